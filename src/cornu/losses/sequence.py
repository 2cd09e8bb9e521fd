"""Losses of sequences: labels whose places in time are not known."""

from __future__ import annotations

from typing import Any

import jax
import jax.numpy as jnp

from cornu.core.errors import show_shape
from cornu.losses.function import loss_function
from cornu.losses.loss import Loss
from cornu.losses.shapes import to_float
from cornu.ops.formulas import ctc as formula

BLANK = 0


@loss_function
def ctc(y_true: Any, y_pred: Any) -> Any:
    """Surprise at a sequence of labels that may be read at any steps: connectionist temporal
    classification.

    −log of the probability that is read, where class 0, the blank, stands for no label; see
    `ops.ctc_loss`

    Args:
        y_true: labels from 1 on, filled up with 0, shape (batch, most labels).
        y_pred: logits, shape (batch, steps, classes).

    Returns:
        Losses, shape (batch,); about 1e5 for labels that cannot be read in so few steps.

    Raises:
        ValueError: if the shapes are others.

    Example:
        >>> round(float(ctc([[1]], [[[0.0, 0.0], [0.0, 0.0]]])[0]), 4)
        0.2877

    Source: A. Graves et al., Connectionist temporal classification, 2006.
    """
    labels, logits = jnp.asarray(y_true), to_float(y_pred)
    if labels.ndim != 2 or logits.ndim != 3 or len(labels) != len(logits):
        raise ValueError(
            "ctc takes labels of shape (batch, most labels) and logits of shape (batch, steps, "
            f"classes), but y_true has shape {show_shape(labels.shape)} and y_pred has shape "
            f"{show_shape(logits.shape)}. Fill up shorter sequences of labels with 0."
        )
    logits = logits.astype(jnp.promote_types(logits.dtype, "float32"))
    counts = jnp.sum(labels != BLANK, axis=-1, dtype="int32")
    steps = jnp.full(logits.shape[:1], logits.shape[1], "int32")
    return formula.loss(labels.astype("int32"), jax.nn.log_softmax(logits), counts, steps, BLANK)


class CTC(Loss):
    """Surprise at a sequence of labels that may be read at any steps: connectionist temporal
    classification.

    −log of the probability that is read, where class 0, the blank, stands for no label; see
    `ops.ctc_loss`

    Args:
        reduction, name, dtype: as for `Loss`.

    Inputs:
        y_true: labels from 1 on, filled up with 0, shape (batch, most labels).
        y_pred: logits, shape (batch, steps, classes).
        sample_weight: shape (batch,).

    Raises:
        ValueError: if the shapes are others.

    Example:
        >>> import numpy as np
        >>> round(float(CTC()(np.array([[1]]), np.zeros((1, 2, 2)))), 4)
        0.2877

    Source: A. Graves et al., Connectionist temporal classification, 2006.
    """

    samplewise = True

    def __init__(
        self,
        reduction: str | None = "sum_over_batch_size",
        name: str | None = "ctc",
        dtype: Any = None,
    ) -> None:
        super().__init__(name=name, reduction=reduction, dtype=dtype)

    def call(self, y_true: Any, y_pred: Any) -> Any:
        return ctc(y_true, y_pred)
