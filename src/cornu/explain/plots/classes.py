"""Outputs and labels as classes: what was said, how surely, and what is true."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, NamedTuple

import numpy as np

from cornu.core.errors import describe
from cornu.explain.plots.outputs import as_rows, outputs_of

NOT_PROBABILITIES = (
    "explain.{call}: the outputs are no probabilities: {found}. If the model ends without sigmoid or "
    "softmax, and its loss has from_logits=True, say so: explain.{call}(..., from_logits=True)."
)
SHAPE = (
    "explain.{call}: the outputs have shape {shape}; shape (rows, 1) or (rows,) for two classes, or "
    "(rows, classes), is needed."
)
LENGTHS = "explain.{call}: there are {outputs:,} predictions, but {labels:,} labels in y."
LABELS = "explain.{call}: y holds {found}, but the model tells {count} classes apart: {known}. {advice}"
ADVICE = "Number the classes from 0: numpy.unique(y, return_inverse=True)[1]."
SEVERAL_LABELS = (
    "explain.{call}: rows of y have several classes, or none. Look at one class at a time: "
    "explain.{call}(model.predict(x)[:, 0], None, y[:, 0])."
)
FOR_CHANCES = (
    "explain.{call}: a threshold is for the probabilities of two classes, and from_logits for outputs "
    "before the sigmoid or softmax; these are {what}. Leave them out."
)


class Judged(NamedTuple):
    """Examples with their classes by number: the true one, the one said, and all probabilities."""

    truth: Any
    said: Any
    chances: Any  # (rows, classes), or None where labels alone were given
    names: list[str]


def judged(
    call: str,
    model: Any,
    x: Any,
    y: Any,
    names: Sequence[str] | None = None,
    threshold: float = 0.5,
    from_logits: bool = False,
    surely: bool = True,
) -> Judged:
    """What a model says of examples, beside the truth.

    Args:
        call: for messages.
        model, x: a model and data; or predictions and None: probabilities, or labels.
        y: labels, as numbers or words, or one-hot rows.
        names: of the classes.
        threshold: from which probability on the second of two classes is said.
        from_logits: whether outputs are yet to go through a sigmoid or softmax.
        surely: whether probabilities are needed, not labels alone.

    Raises:
        TypeError, ValueError: if something is missing, of a wrong length, or no class.
    """
    if isinstance(threshold, bool) or not isinstance(threshold, (int, float)) or not 0 < threshold < 1:
        raise ValueError(f"explain.{call}(threshold={threshold!r}): a number between 0 and 1 is needed.")
    outputs = outputs_of(call, model, x)
    labels = as_rows(call, "y", y)
    if len(outputs) != len(labels):
        raise ValueError(LENGTHS.format(call=call, outputs=len(outputs), labels=len(labels)))
    if _are_labels(outputs):
        if surely:
            raise ValueError(
                NOT_PROBABILITIES.format(call=call, found=f"they are labels, {describe(outputs)}")
            )
        if from_logits or threshold != 0.5:
            raise ValueError(FOR_CHANCES.format(call=call, what="labels"))
        flat = _one_column(call, outputs)
        known = np.unique(np.concatenate([np.unique(flat), np.unique(_plain(call, labels))]))
        said, chances = np.searchsorted(known, flat), None
    else:
        chances = probabilities(call, outputs, from_logits, strict=surely)
        known = np.asarray(getattr(model, "classes_", np.arange(chances.shape[1])))
        if threshold != 0.5 and chances.shape[1] != 2:
            raise ValueError(FOR_CHANCES.format(call=call, what=f"{chances.shape[1]} classes"))
        said = (chances[:, 1] >= threshold).astype(int) if chances.shape[1] == 2 else chances.argmax(1)
    truth = _numbered(call, _plain(call, labels, chances), known)
    return Judged(truth, said, chances, class_names(call, names, known))


def _are_labels(outputs: Any) -> bool:
    """Whether these are classes, not probabilities of them."""
    if outputs.ndim > 1 and outputs.shape[1:] != (1,):
        return False
    if outputs.dtype.kind in "OUSbiu":
        return True
    return bool((outputs == np.round(outputs)).all() and outputs.max() > 1)


def _one_column(call: str, array: Any) -> Any:
    if array.ndim == 1 or array.shape[1:] == (1,):
        return array.reshape(-1)
    raise ValueError(SHAPE.format(call=call, shape=array.shape))


def probabilities(call: str, outputs: Any, from_logits: bool, strict: bool = True) -> Any:
    """Outputs as (rows, classes), with rows that sum to 1."""
    outputs = np.asarray(outputs, "float64")
    if outputs.ndim > 2:
        raise ValueError(SHAPE.format(call=call, shape=outputs.shape))
    if outputs.ndim == 1 or outputs.shape[1] == 1:
        one = outputs.reshape(-1)
        one = 1 / (1 + np.exp(-np.clip(one, -700, 700))) if from_logits else one
        outputs = np.stack([1 - one, one], axis=1)
    elif from_logits:
        powers = np.exp(outputs - outputs.max(axis=1, keepdims=True))
        outputs = powers / powers.sum(axis=1, keepdims=True)
    low, high = outputs.min(), outputs.max()
    if low < -1e-6 or high > 1 + 1e-6:
        found = f"they lie between {min(low, 1 - high):.4g} and {high:.4g}"
        raise ValueError(NOT_PROBABILITIES.format(call=call, found=found))
    sums = outputs.sum(axis=1)
    if strict and np.abs(sums - 1).max() > 1e-3:
        found = f"the first row sums to {sums[0]:.4g}, not to 1"
        raise ValueError(NOT_PROBABILITIES.format(call=call, found=found))
    return outputs


def _plain(call: str, labels: Any, chances: Any = None) -> Any:
    """Labels in one column; of one-hot rows the place of the 1."""
    if labels.ndim == 1 or labels.shape[1:] == (1,):
        return labels.reshape(-1)
    if labels.ndim > 2 or (chances is not None and labels.shape[1] != chances.shape[1]):
        count = "any number of" if chances is None else chances.shape[1]
        raise ValueError(
            f"explain.{call}: y has shape {labels.shape}, and the outputs tell {count} classes apart. "
            "Give one label per row, or one-hot rows of as many columns."
        )
    if not ((labels == 0) | (labels == 1)).all() or not (labels.sum(axis=1) == 1).all():
        raise ValueError(SEVERAL_LABELS.format(call=call))
    return labels.argmax(axis=1)


def _numbered(call: str, labels: Any, known: Any) -> Any:
    """Labels as places among the known ones."""
    words = labels.dtype.kind in "OUS"
    if words != (known.dtype.kind in "OUS"):
        missing = labels[:1]
    else:
        missing = np.setdiff1d(labels, known)
    if len(missing):
        shown = ", ".join(str(each) for each in known[:8]) + ", ..." * (len(known) > 8)
        found = repr(missing[0].item())
        raise ValueError(
            LABELS.format(call=call, found=found, count=len(known), known=shown, advice=ADVICE)
        )
    order = np.argsort(known)
    return order[np.searchsorted(known, labels, sorter=order)]


def class_names(call: str, names: Sequence[str] | None, known: Any) -> list[str]:
    """A name for each class; its label by default."""
    if names is None:
        return [str(each) for each in known]
    if isinstance(names, str) or len(names) != len(known):
        given = repr(names) if isinstance(names, str) else f"{len(names)}"
        raise ValueError(
            f"explain.{call}(names=...): a list with a name for each of the {len(known)} classes is "
            f"needed, got {given}."
        )
    return [str(name) for name in names]


__all__ = ["Judged", "class_names", "judged", "probabilities"]
