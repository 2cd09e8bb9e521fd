"""Crossentropies, and connectionist temporal classification."""

from __future__ import annotations

from typing import Any

from cornu import ops
from cornu.core.errors import NotBuiltYetError
from cornu.core.settings import epsilon

__all__ = [
    *("binary_crossentropy", "binary_focal_crossentropy", "categorical_crossentropy"),
    *("categorical_focal_crossentropy", "ctc_batch_cost", "ctc_decode"),
    *("ctc_label_dense_to_sparse", "sparse_categorical_crossentropy"),
]


def binary_crossentropy(target: Any, output: Any, from_logits: bool = False) -> Any:
    """-target log output - (1 - target) log(1 - output), by element.

    Example:
        >>> binary_crossentropy([1.0], [0.5]).item()  # log 2
        0.6931...
    """
    return ops.binary_crossentropy(target, output, from_logits=from_logits)


def binary_focal_crossentropy(
    target: Any,
    output: Any,
    apply_class_balancing: bool = False,
    alpha: float = 0.25,
    gamma: float = 2.0,
    from_logits: bool = False,
) -> Any:
    """(1 - p)^gamma times the binary crossentropy, p being the probability given to the target.

    Args:
        target: labels, 0 or 1.
        output: probabilities, or logits where `from_logits`.
        apply_class_balancing: whether to weight label 1 by `alpha` and label 0 by 1 - `alpha`.
            Default: False.
        alpha: that weight. Default: 0.25.
        gamma: how much less what is nearly right counts. Default: 2.
        from_logits: whether `output` are logits. Default: False.

    Example:
        >>> binary_focal_crossentropy([1.0], [0.5]).item()  # 0.5² log 2
        0.1732...

    Source: Lin et al., Focal loss for dense object detection, ICCV 2017.
    """
    target = ops.convert_to_tensor(target, "float32")
    p = ops.sigmoid(output) if from_logits else ops.convert_to_tensor(output)
    given = target * p + (1 - target) * (1 - p)
    loss = ops.power(1 - given, gamma) * binary_crossentropy(target, output, from_logits)
    return (target * alpha + (1 - target) * (1 - alpha)) * loss if apply_class_balancing else loss


def categorical_crossentropy(target: Any, output: Any, from_logits: bool = False, axis: int = -1) -> Any:
    """-Σ target log output along the axis of the classes.

    Example:
        >>> categorical_crossentropy([[0.0, 1.0]], [[0.5, 0.5]]).item()  # log 2
        0.6931...
    """
    return ops.categorical_crossentropy(target, output, from_logits=from_logits, axis=axis)


def categorical_focal_crossentropy(
    target: Any,
    output: Any,
    alpha: float = 0.25,
    gamma: float = 2.0,
    from_logits: bool = False,
    axis: int = -1,
) -> Any:
    """-Σ alpha (1 - p)^gamma target log p along the axis of the classes, p being the output's
    probabilities.

    Args:
        target: probabilities of the classes.
        output: likewise, or logits where `from_logits`.
        alpha: weight of all, or of each class. Default: 0.25.
        gamma: how much less what is nearly right counts. Default: 2.
        from_logits: whether `output` are logits. Default: False.
        axis: of the classes. Default: the last.

    Example:
        >>> categorical_focal_crossentropy([[0.0, 1.0]], [[0.5, 0.5]]).item()  # 0.25 · 0.5² log 2
        0.0433...

    Source: Lin et al., Focal loss for dense object detection, ICCV 2017.
    """
    p = ops.softmax(output, axis=axis) if from_logits else ops.convert_to_tensor(output)
    p = ops.clip(p / ops.sum(p, axis=axis, keepdims=True), epsilon(), 1 - epsilon())
    return -ops.sum(alpha * ops.power(1 - p, gamma) * ops.multiply(target, ops.log(p)), axis=axis)


def sparse_categorical_crossentropy(
    target: Any,
    output: Any,
    from_logits: bool = False,
    axis: int = -1,
    ignore_class: int | None = None,
) -> Any:
    """-log output of the target class, given by its number; 0 where that is `ignore_class`.

    Example:
        >>> sparse_categorical_crossentropy([1], [[0.5, 0.5]]).item()  # log 2
        0.6931...
    """
    if ignore_class is None:
        return ops.sparse_categorical_crossentropy(target, output, from_logits=from_logits, axis=axis)
    ignored = ops.equal(target, ignore_class)
    some_class = ops.where(ignored, 0, target)
    loss = ops.sparse_categorical_crossentropy(some_class, output, from_logits=from_logits, axis=axis)
    return ops.where(ops.reshape(ignored, ops.shape(loss)), 0.0, loss)


def ctc_batch_cost(y_true: Any, y_pred: Any, input_length: Any, label_length: Any) -> Any:
    """-log of the probability that the outputs spell the labels, blanks and repetitions left out.

    Args:
        y_true: (batch, labels), class numbers.
        y_pred: (batch, time, classes), probabilities; the last class is the blank.
        input_length: (batch, 1), steps that count.
        label_length: (batch, 1), labels that count.

    Returns:
        (batch, 1).

    Example:
        >>> outputs = ops.array([[[0.5, 0.5], [0.5, 0.5]]])  # three of four ways spell "0"
        >>> ctc_batch_cost([[0]], outputs, [[2]], [[1]]).item()  # -log 0.75
        0.2876...

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

    Example:
        >>> outputs = ops.array([[[0.9, 0.1], [0.2, 0.8]]])
        >>> paths, scores = ctc_decode(outputs, [2])
        >>> paths[0].tolist()
        [[0, -1]]
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

    Example:
        >>> ctc_label_dense_to_sparse([[0, 1]], [2])
        Traceback (most recent call last):
        cornu.core.errors.NotBuiltYetError: K.ctc_label_dense_to_sparse: ...
    """
    raise NotBuiltYetError(
        "K.ctc_label_dense_to_sparse: sparse tensors are not built yet. K.ctc_batch_cost takes the "
        "labels as they are, with their lengths."
    )
