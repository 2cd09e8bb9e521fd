"""Crossentropies, and connectionist temporal classification."""

from __future__ import annotations

from typing import Any

from cornu import ops
from cornu.core.errors import NotBuiltYetError
from cornu.core.settings import epsilon

__all__ = [
    *("binary_crossentropy", "categorical_crossentropy", "ctc_batch_cost", "ctc_decode"),
    *("ctc_label_dense_to_sparse", "sparse_categorical_crossentropy"),
]


def binary_crossentropy(target: Any, output: Any, from_logits: bool = False) -> Any:
    """-target log output - (1 - target) log(1 - output), by element."""
    return ops.binary_crossentropy(target, output, from_logits=from_logits)


def categorical_crossentropy(target: Any, output: Any, from_logits: bool = False, axis: int = -1) -> Any:
    """-Σ target log output along the axis of the classes."""
    return ops.categorical_crossentropy(target, output, from_logits=from_logits, axis=axis)


def sparse_categorical_crossentropy(
    target: Any, output: Any, from_logits: bool = False, axis: int = -1
) -> Any:
    """-log output of the target class, given by its number."""
    return ops.sparse_categorical_crossentropy(target, output, from_logits=from_logits, axis=axis)


def ctc_batch_cost(y_true: Any, y_pred: Any, input_length: Any, label_length: Any) -> Any:
    """-log of the probability that the outputs spell the labels, blanks and repetitions left out.

    Args:
        y_true: (batch, labels), class numbers.
        y_pred: (batch, time, classes), probabilities; the last class is the blank.
        input_length: (batch, 1), steps that count.
        label_length: (batch, 1), labels that count.

    Returns:
        (batch, 1).

    Source: Graves et al., Connectionist temporal classification, ICML 2006.
    """
    lengths = [ops.cast(ops.squeeze(x, axis=-1), "int32") for x in (label_length, input_length)]
    logits = ops.log(ops.convert_to_tensor(y_pred) + epsilon())
    blank = ops.shape(y_pred)[-1] - 1
    cost = ops.ctc_loss(ops.cast(y_true, "int32"), logits, *lengths, mask_index=blank)
    return ops.expand_dims(cost, -1)


def ctc_decode(
    y_pred: Any, input_length: Any, greedy: bool = True, beam_width: int = 100, top_paths: int = 1
) -> tuple[list[Any], Any]:
    """What outputs spell, with the last class as the blank.

    Args:
        y_pred: (batch, time, classes), probabilities.
        input_length: (batch,), steps that count.
        greedy: whether to take the best class of each step; else a beam search.
        beam_width: of that search.
        top_paths: how many of its results are wanted.

    Returns:
        A list of tables (batch, time) of class numbers, filled up with -1, and their scores
        (batch, paths): logarithms of probabilities; in a greedy search the negative of them.
    """
    paths, scores = ops.ctc_decode(
        ops.log(ops.convert_to_tensor(y_pred) + epsilon()),
        ops.cast(input_length, "int32"),
        strategy="greedy" if greedy else "beam_search",
        beam_width=beam_width,
        top_paths=top_paths,
        mask_index=ops.shape(y_pred)[-1] - 1,
    )
    return ops.unstack(paths, num=1 if greedy else top_paths), scores


def ctc_label_dense_to_sparse(labels: Any, label_lengths: Any) -> Any:
    """Not built: there are no sparse tensors here, and `ctc_batch_cost` takes the dense labels.

    Raises:
        NotBuiltYetError: always.
    """
    raise NotBuiltYetError(
        "K.ctc_label_dense_to_sparse: sparse tensors are not built yet. K.ctc_batch_cost takes the "
        "labels as they are, with their lengths."
    )
