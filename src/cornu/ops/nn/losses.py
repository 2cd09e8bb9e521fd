"""How far predictions are from labels: crossentropies, sequences of labels, images."""

from __future__ import annotations

from typing import Any

import jax
import jax.numpy as jnp
import numpy as np

from cornu.core.errors import show_shape
from cornu.core.symbolic import known_shape
from cornu.ops.arguments import first_outside, of_rank, whole, word
from cornu.ops.formulas import crossentropy, ctc
from cornu.ops.op import along_rows, op
from cornu.ops.tensors import floating, tensor

__all__ = [
    *("binary_crossentropy", "categorical_crossentropy", "ctc_decode", "ctc_loss", "psnr"),
    "sparse_categorical_crossentropy",
]


def _classes_apart(target: Any, output: Any, from_logits: bool = False, axis: int = -1) -> bool:
    return along_rows(output, axis)


@op(samplewise=True)
def binary_crossentropy(target: Any, output: Any, from_logits: bool = False) -> Any:
    """Surprise at each yes-or-no label: -t log p - (1 - t) log(1 - p).

    Args:
        target: t, 0 or 1 or between.
        output: p, of the same shape; kept between 1e-7 and 1 - 1e-7.
        from_logits: whether p = σ(output). Default: False.

    Raises:
        ValueError: if the shapes differ.

    >>> binary_crossentropy([1, 0], [0.5, 0.5]).tolist()
    [0.6931..., 0.6931...]
    """
    target, output = _pair(target, output)
    return crossentropy.binary(target, output, from_logits)


@op(samplewise=_classes_apart)
def categorical_crossentropy(target: Any, output: Any, from_logits: bool = False, axis: int = -1) -> Any:
    """Surprise at one-hot labels: -Σ t log p along the axis of the classes, with p made to sum to 1.

    Args:
        target: t, of any shape but ().
        output: p, of the same shape; kept between 1e-7 and 1 - 1e-7.
        from_logits: whether p = softmax(output). Default: False.
        axis: of the classes. Default: the last.

    Raises:
        ValueError: if the shapes differ.

    >>> categorical_crossentropy([[0, 1]], [[0.5, 0.5]]).tolist()
    [0.6931...]
    """
    target, output = _pair(target, output)
    _has_classes(output)
    return crossentropy.categorical(target, output, from_logits, axis)


@op(samplewise=_classes_apart)
def sparse_categorical_crossentropy(
    target: Any, output: Any, from_logits: bool = False, axis: int = -1
) -> Any:
    """Surprise at class numbers: -log p[target] along the axis of the classes, with p made to sum to 1.

    Args:
        target: whole numbers, of the shape of `output` without the axis of the classes, or with size
            1 there; those that are no class have loss 0.
        output: p, kept between 1e-7 and 1 - 1e-7.
        from_logits: whether p = softmax(output). Default: False.
        axis: of the classes. Default: the last.

    Raises:
        ValueError: if the shapes do not go together.

    >>> sparse_categorical_crossentropy([1], [[0.5, 0.5]]).tolist()
    [0.6931...]
    """
    labels, output = tensor(target), floating(output)
    _has_classes(output)
    place = axis % output.ndim
    expected = output.shape[:place] + output.shape[place + 1 :]
    if labels.ndim == output.ndim and labels.shape[place] == 1:
        labels = jnp.squeeze(labels, place)
    if labels.shape != expected:
        raise ValueError(
            f"target must hold class numbers of shape {show_shape(known_shape(expected))}, got shape "
            f"{show_shape(known_shape(labels.shape))}. One-hot rows go to categorical_crossentropy."
        )
    return crossentropy.sparse(labels, output, from_logits, axis)


@op(samplewise=True)
def ctc_loss(
    target: Any, output: Any, target_length: Any, output_length: Any, mask_index: int = 0
) -> Any:
    """-log of the probability that each sequence of labels is read, in float32 at least.

    At each step a label or a blank is read; repeated labels are written once, blanks left out. The
    probability is that of all such readings together.

    Args:
        target: labels, (batch, most labels).
        output: logits, (batch, steps, classes).
        target_length: how many labels each sequence has, (batch,).
        output_length: how many steps count, (batch,).
        mask_index: the class that is the blank. Default: 0.

    Returns:
        (batch,); about 1e5 for a sequence that cannot be read in so few steps.

    Raises:
        ValueError: if the shapes do not go together, or, where its values are known, a label is no
            class. (In a compiled function such a label counts as the nearest class.)

    >>> ctc_loss([[1]], [[[0.0, 0.0], [0.0, 0.0]]], [1], [2]).tolist()
    [0.2876...]

    Source: Graves et al., Connectionist temporal classification, 2006.
    """
    output, blank = _steps(output, "output", mask_index)
    labels = tensor(target, "int32")
    of_rank("target", labels, (2,), "(batch, most labels)")
    batch = output.shape[0]
    if labels.shape[0] != batch:
        raise ValueError(f"target has {labels.shape[0]} rows, but output {batch}: a row for each.")
    labels_in = _lengths("target_length", target_length, batch)
    steps_in = _lengths("output_length", output_length, batch)
    _are_classes(labels, labels_in, output.shape[-1])
    return ctc.loss(labels, jax.nn.log_softmax(output), labels_in, steps_in, blank)


@op
def ctc_decode(
    inputs: Any,
    sequence_lengths: Any,
    strategy: str = "greedy",
    beam_width: int = 100,
    top_paths: int = 1,
    merge_repeated: bool = True,
    mask_index: int | None = 0,
) -> Any:
    """The sequences of labels that are most probably read; see `ctc_loss`.

    Args:
        inputs: logits, (batch, steps, classes).
        sequence_lengths: how many steps count, (batch,).
        strategy: 'greedy' (default) takes the best class of each step; 'beam_search' keeps the
            `beam_width` most probable beginnings of sequences, and adds up all their readings.
        beam_width: for 'beam_search'. Default: 100.
        top_paths: for 'beam_search', how many sequences are given, at most `beam_width`. Default: 1.
        merge_repeated: for 'greedy', whether repeated labels are written once. Default: True.
        mask_index: the class that is the blank; None for the last. Default: 0.

    Returns:
        The sequences, (paths, batch, steps), filled up with -1; and (batch, paths): for 'greedy' minus
        the sum of the logits, for 'beam_search' the logarithms of the probabilities.

    Raises:
        ValueError: if the shapes do not go together, or the strategy is not known.

    >>> paths, scores = ctc_decode([[[0.0, 2.0], [0.0, 3.0], [1.0, 0.0]]], [3])
    >>> paths.tolist(), scores.tolist()
    ([[[1, -1, -1]]], [[-6.0]])
    """
    inputs, blank = _steps(inputs, "inputs", mask_index)
    lengths = _lengths("sequence_lengths", sequence_lengths, inputs.shape[0])
    if word("strategy", strategy, ("greedy", "beam_search")) == "greedy":
        paths, scores = ctc.greedy(inputs, lengths, blank, merge_repeated)
        return paths[None], scores[:, None]
    width, top = whole("beam_width", beam_width), whole("top_paths", top_paths)
    if top > width:
        raise ValueError(f"top_paths={top} sequences cannot come out of beam_width={width}.")
    paths, scores = ctc.beam_search(jax.nn.log_softmax(inputs), lengths, blank, width, top)
    return jnp.moveaxis(paths, 1, 0), scores


@op
def psnr(x1: Any, x2: Any, max_val: Any) -> Any:
    """The peak signal-to-noise ratio in decibels: 20 log₁₀(max_val) - 10 log₁₀(mean((x1 - x2)²)).

    Args:
        x1, x2: tensors of one shape.
        max_val: the largest value that they may have.

    Raises:
        ValueError: if the shapes differ.

    >>> psnr([0.0, 0.0], [1.0, 1.0], 10.0).item()
    20.0
    """
    x1, x2 = floating(x1), floating(x2)
    _same("x1", x1, "x2", x2)
    return 20 * jnp.log10(tensor(max_val, x2.dtype)) - 10 * jnp.log10(jnp.mean(jnp.square(x1 - x2)))


def _pair(target: Any, output: Any) -> tuple[Any, Any]:
    output = floating(output)
    target = tensor(target, output.dtype)
    _same("target", target, "output", output)
    return target, output


def _same(name: str, x: Any, other: str, y: Any) -> None:
    if x.shape != y.shape:
        shapes = [show_shape(known_shape(each.shape)) for each in (x, y)]
        raise ValueError(
            f"{name} and {other} must have the same shape, got {shapes[0]} and {shapes[1]}. "
            "ops.reshape or ops.expand_dims gives a tensor another."
        )


def _has_classes(output: Any) -> None:
    if output.ndim == 0:
        raise ValueError("output must have an axis of classes, got a single number.")


def _steps(x: Any, argument: str, blank: int | None) -> tuple[Any, int]:
    """The logits of each step in float32 at least, and which class is the blank."""
    x = floating(x)
    of_rank(argument, x, (3,), "(batch, steps, classes)")
    classes = x.shape[-1]
    if blank is not None and not 0 <= whole("mask_index", blank, 0) < classes:
        raise ValueError(f"mask_index={blank} is no class: there are {classes}, counted from 0.")
    return x.astype(jnp.promote_types(x.dtype, "float32")), classes - 1 if blank is None else blank


def _are_classes(labels: Any, counts: Any, classes: Any) -> None:
    """Raises a ValueError for a label, of those that count, that is no class, if values are known."""
    if any(isinstance(given, jax.core.Tracer) for given in (labels, counts)):
        return
    used = np.arange(labels.shape[1]) < np.asarray(counts)[:, None]
    outside = first_outside(np.where(used, np.asarray(labels), 0), classes)
    if outside:
        raise ValueError(
            f"the label {outside[1]} at {outside[0]} of target is no class: there are {classes}, "
            "counted from 0."
        )


def _lengths(argument: str, lengths: Any, batch: Any) -> Any:
    lengths = tensor(lengths, "int32")
    if lengths.shape != (batch,):
        raise ValueError(
            f"{argument} must hold a whole number for each of the {batch} sequences, got shape "
            f"{show_shape(lengths.shape)}."
        )
    return lengths
