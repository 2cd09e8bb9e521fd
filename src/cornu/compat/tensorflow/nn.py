"""`tf.nn`: what layers and losses are made of."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import jax.numpy as jnp
import numpy as np
from jax import lax

from cornu import ops
from cornu.compat.tensorflow import math
from cornu.compat.tensorflow import random as tf_random
from cornu.compat.tensorflow.arrays import convert_to_tensor
from cornu.compat.tensorflow.rows import named, rows
from cornu.core.errors import NotBuiltYetError, describe, did_you_mean, show_shape

_OPS = {
    **rows(ops, "features", "elu relu relu6 selu softplus softsign", "tf.nn"),
    **rows(ops, "x", "sigmoid tanh", "tf.nn"),
    **rows(ops, "logits axis", "log_softmax softmax", "tf.nn"),
    **rows(ops, "input k sorted", "top_k", "tf.nn"),
    **rows(ops, "targets predictions k", "in_top_k", "tf.nn"),
}
globals().update(_OPS)
_HERE = (
    *("atrous_conv2d", "avg_pool", "avg_pool1d", "avg_pool2d", "avg_pool3d", "batch_normalization"),
    *("bias_add", "conv1d", "conv2d", "conv2d_transpose", "conv3d", "convolution", "crelu"),
    *("depthwise_conv2d", "dropout", "embedding_lookup", "gelu", "l2_loss", "l2_normalize"),
    *("leaky_relu", "local_response_normalization", "log_poisson_loss", "max_pool", "max_pool1d"),
    *("max_pool2d", "max_pool3d", "moments", "separable_conv2d"),
    *("sigmoid_cross_entropy_with_logits", "silu", "softmax_cross_entropy_with_logits"),
    *("sparse_softmax_cross_entropy_with_logits", "swish", "weighted_cross_entropy_with_logits"),
    "zero_fraction",
)
__all__ = sorted([*_OPS, *_HERE])
l2_normalize, zero_fraction = math.l2_normalize, math.zero_fraction
LABELS = "tf.nn.{name}: labels have the shape {labels}, logits {logits}; {wanted}"


@named
def gelu(features: Any, approximate: bool = False) -> Any:
    """x Φ(x), with the normal distribution Φ; or nearly so."""
    return ops.gelu(features, approximate)


@named
def leaky_relu(features: Any, alpha: float = 0.2) -> Any:
    """x where it is positive, else alpha x."""
    return ops.leaky_relu(features, alpha)


@named
def silu(features: Any, beta: float = 1.0) -> Any:
    """x σ(beta x)."""
    return ops.multiply(features, ops.sigmoid(ops.multiply(features, beta)))


swish = silu


@named
def crelu(features: Any, axis: int = -1) -> Any:
    """relu of the features, and of their opposites, side by side."""
    return ops.relu(ops.concatenate([features, ops.negative(features)], axis))


# -- losses ------------------------------------------------------------------------------------------


@named
def sigmoid_cross_entropy_with_logits(labels: Any = None, logits: Any = None) -> Any:
    """Surprise at each yes-or-no label t, given p = σ(logits): -t log p - (1 - t) log(1 - p).

    >>> sigmoid_cross_entropy_with_logits(labels=[1.0, 0.0], logits=[0.0, 0.0]).tolist()
    [0.6931..., 0.6931...]
    """
    labels, logits = _pair("sigmoid_cross_entropy_with_logits", labels, logits)
    return _positive(logits) - logits * labels + _log1p_exp(logits)


def _positive(x: Any) -> Any:
    return jnp.where(x >= 0, x, 0.0)


def _log1p_exp(x: Any) -> Any:
    """log(1 + exp(-|x|)), whose derivative at 0 is that of x < 0."""
    return jnp.log1p(jnp.exp(jnp.where(x >= 0, -x, x)))


@named
def weighted_cross_entropy_with_logits(
    labels: Any = None, logits: Any = None, pos_weight: Any = None
) -> Any:
    """As `sigmoid_cross_entropy_with_logits`, where a label 1 counts `pos_weight` times."""
    if pos_weight is None:
        raise TypeError("tf.nn.weighted_cross_entropy_with_logits needs pos_weight=.")
    labels, logits = _pair("weighted_cross_entropy_with_logits", labels, logits)
    weight = 1 + (pos_weight - 1) * labels
    return (1 - labels) * logits + weight * (_log1p_exp(logits) + _positive(-logits))


@named
def softmax_cross_entropy_with_logits(labels: Any, logits: Any, axis: int = -1) -> Any:
    """-Σ t log p along the axis, with p = softmax(logits)."""
    labels, logits = _pair("softmax_cross_entropy_with_logits", labels, logits)
    return -ops.sum(labels * ops.log_softmax(logits, axis), axis)


@named
def sparse_softmax_cross_entropy_with_logits(labels: Any, logits: Any) -> Any:
    """-log p of the class of each label, with p = softmax(logits) along the last axis.

    Raises:
        ValueError: if the shapes do not go together.
    """
    labels, logits = convert_to_tensor(labels), convert_to_tensor(logits)
    if labels.shape != logits.shape[:-1]:
        raise ValueError(
            LABELS.format(
                name="sparse_softmax_cross_entropy_with_logits",
                labels=show_shape(labels.shape),
                logits=show_shape(logits.shape),
                wanted="labels are the numbers of classes: one for each row of logits. For one-hot "
                "labels use tf.nn.softmax_cross_entropy_with_logits.",
            )
        )
    return ops.sparse_categorical_crossentropy(labels, logits, from_logits=True)


def _pair(name: str, labels: Any, logits: Any) -> tuple[Any, Any]:
    if labels is None or logits is None:
        raise ValueError(f"tf.nn.{name} needs labels= and logits=.")
    logits = convert_to_tensor(logits)
    labels = ops.cast(labels, logits.dtype)
    if labels.shape != logits.shape:
        wanted = "they have the same shape: one-hot labels for classes."
        shapes = {"labels": show_shape(labels.shape), "logits": show_shape(logits.shape)}
        raise ValueError(LABELS.format(name=name, wanted=wanted, **shapes))
    return labels, logits


@named
def log_poisson_loss(targets: Any, log_input: Any, compute_full_loss: bool = False) -> Any:
    """exp(c) - c t, with c = log_input; with `compute_full_loss` also log t!, nearly."""
    targets, log_input = convert_to_tensor(targets), convert_to_tensor(log_input)
    found = ops.exp(log_input) - log_input * targets
    if compute_full_loss:
        stirling = targets * ops.log(targets) - targets + 0.5 * ops.log(2 * np.pi * targets)
        found = found + ops.where((targets >= 0) & (targets <= 1), ops.zeros_like(targets), stirling)
    return found


@named
def l2_loss(t: Any) -> Any:
    """Σ t² / 2."""
    return ops.sum(ops.square(t)) / 2


# -- convolutions and pooling ------------------------------------------------------------------------


def _layout(name: str, data_format: Any, axes: int) -> tuple[str, bool]:
    """Keras's word for where the channels are, and whether they are first."""
    last, first = ("NWC", "NHWC", "NDHWC")[axes - 1], ("NCW", "NCHW", "NCDHW")[axes - 1]
    given = last if data_format is None else data_format
    if given not in (last, first):
        raise ValueError(
            f"tf.nn.{name}(data_format={given!r}): {did_you_mean(str(given), (last, first))}"
        )
    return ("channels_first", True) if given == first else ("channels_last", False)


def _sizes(name: str, what: str, value: Any, axes: int, first: bool) -> tuple[int, ...]:
    """A number, one for each axis of space, or one for each axis of the tensor, as those of space."""
    sizes = tuple(int(each) for each in np.atleast_1d(np.asarray(value)))
    if len(sizes) == axes + 2:
        space = sizes[2:] if first else sizes[1:-1]
        others = (sizes[0], sizes[1] if first else sizes[-1])
        if others != (1, 1):
            raise ValueError(f"tf.nn.{name}: {what}={value} must be 1 for batch and channels.")
        return space
    if len(sizes) not in (1, axes):
        raise ValueError(
            f"tf.nn.{name}: {what} takes 1, {axes} or {axes + 2} numbers, got {describe(value)}."
        )
    return sizes if len(sizes) == axes else sizes * axes


def _padded(name: str, x: Any, padding: Any, first: bool) -> tuple[Any, str]:
    """Explicit paddings are done at once; the words stay."""
    if isinstance(padding, str):
        return x, _word(name, padding)
    pairs = [tuple(int(each) for each in pair) for pair in padding]
    if len(pairs) != np.ndim(x):
        raise ValueError(
            f"tf.nn.{name}: explicit padding is a pair for each axis, got {describe(padding)}."
        )
    del first
    return ops.pad(x, pairs), "valid"


def _word(name: str, padding: str) -> str:
    if padding.lower() not in ("same", "valid"):
        raise ValueError(
            f"tf.nn.{name}(padding={padding!r}): {did_you_mean(padding, ('SAME', 'VALID'))}"
        )
    return padding.lower()


def _conv(
    name: str,
    axes: int,
    input: Any,
    filters: Any,
    strides: Any,
    padding: Any,
    data_format: Any,
    dilations: Any,
) -> Any:
    keras, first = _layout(name, data_format, axes)
    steps = _sizes(name, "strides", strides, axes, first)
    wide = 1 if dilations is None else _sizes(name, "dilations", dilations, axes, first)
    input, words = _padded(name, input, padding, first)
    return ops.conv(input, filters, steps, words, keras, wide)


@named
def conv1d(
    input: Any, filters: Any, stride: Any, padding: Any, data_format: str = "NWC", dilations: Any = None
) -> Any:
    """Sums of products with filters (width, channels in, channels out) along one axis."""
    return _conv("conv1d", 1, input, filters, stride, padding, data_format, dilations)


@named
def conv2d(
    input: Any,
    filters: Any,
    strides: Any,
    padding: Any,
    data_format: str = "NHWC",
    dilations: Any = None,
) -> Any:
    """Sums of products of images (batch, height, width, channels) with filters (height, width,
    channels in, channels out).

    Args:
        input, filters: as said.
        strides: a number, two, or four with 1 for batch and channels.
        padding: 'SAME', 'VALID', or a pair of numbers for each axis.
        data_format: 'NHWC' (default) or 'NCHW'.
        dilations: as strides. Default: 1.
    """
    return _conv("conv2d", 2, input, filters, strides, padding, data_format, dilations)


@named
def conv3d(
    input: Any,
    filters: Any,
    strides: Any,
    padding: Any,
    data_format: str = "NDHWC",
    dilations: Any = None,
) -> Any:
    """As `conv2d`, for volumes."""
    return _conv("conv3d", 3, input, filters, strides, padding, data_format, dilations)


@named
def convolution(
    input: Any,
    filters: Any,
    strides: Any = None,
    padding: Any = "VALID",
    data_format: Any = None,
    dilations: Any = None,
) -> Any:
    """As `conv1d`, `conv2d` or `conv3d`, whichever has so many axes."""
    axes = np.ndim(input) - 2
    return _conv("convolution", axes, input, filters, strides or 1, padding, data_format, dilations)


@named
def atrous_conv2d(value: Any, filters: Any, rate: int, padding: Any) -> Any:
    """`conv2d` with its filter spread out: dilations=rate."""
    return _conv("atrous_conv2d", 2, value, filters, 1, padding, "NHWC", rate)


@named
def depthwise_conv2d(
    input: Any, filter: Any, strides: Any, padding: Any, data_format: str = "NHWC", dilations: Any = None
) -> Any:
    """As `conv2d`, each channel by itself, with filters (height, width, channels, results of each)."""
    keras, first = _layout("depthwise_conv2d", data_format, 2)
    steps = _sizes("depthwise_conv2d", "strides", strides, 2, first)
    wide = 1 if dilations is None else _sizes("depthwise_conv2d", "dilations", dilations, 2, first)
    input, words = _padded("depthwise_conv2d", input, padding, first)
    return ops.depthwise_conv(input, filter, steps, words, keras, wide)


@named
def separable_conv2d(
    input: Any,
    depthwise_filter: Any,
    pointwise_filter: Any,
    strides: Any,
    padding: Any,
    data_format: str = "NHWC",
    dilations: Any = None,
) -> Any:
    """`depthwise_conv2d`, then a `conv2d` of size 1 that mixes the channels."""
    found = depthwise_conv2d(input, depthwise_filter, strides, padding, data_format, dilations)
    return conv2d(found, pointwise_filter, 1, "VALID", data_format)


@named
def conv2d_transpose(
    input: Any,
    filters: Any,
    output_shape: Any,
    strides: Any,
    padding: str = "SAME",
    data_format: str = "NHWC",
    dilations: Any = None,
) -> Any:
    """What flows back through a `conv2d` that gives `input` from `output_shape`: filters (height, width,
    channels out, channels in).

    Raises:
        NotBuiltYetError: for channels first or dilations.
        ValueError: if such a conv2d would not give the shape of the input.
    """
    if _layout("conv2d_transpose", data_format, 2)[1] or dilations not in (None, 1, (1, 1), [1, 1]):
        raise NotBuiltYetError("tf.nn.conv2d_transpose takes channels last and no dilations.")
    steps = _sizes("conv2d_transpose", "strides", strides, 2, False)
    shape = tuple(int(each) for each in output_shape)
    x, kernel = convert_to_tensor(input), convert_to_tensor(filters)

    def forward(image: Any) -> Any:
        numbers = ("NHWC", "HWIO", "NHWC")
        return lax.conv_general_dilated(image, kernel, steps, padding, dimension_numbers=numbers)

    import jax

    like = jax.ShapeDtypeStruct(shape, x.dtype)
    given = jax.eval_shape(forward, like).shape
    if given != x.shape:
        raise ValueError(
            f"tf.nn.conv2d_transpose: a conv2d of output_shape {show_shape(shape)} has the shape "
            f"{show_shape(given)}, but the input has {show_shape(x.shape)}."
        )
    return jax.linear_transpose(forward, like)(x)[0]


def _pool(
    name: str, of: Any, axes: int, input: Any, ksize: Any, strides: Any, padding: Any, data_format: Any
) -> Any:
    keras, first = _layout(name, data_format, axes)
    size = _sizes(name, "ksize", ksize, axes, first)
    steps = _sizes(name, "strides", strides, axes, first)
    if not isinstance(padding, str):
        raise NotBuiltYetError(f"tf.nn.{name} takes padding='SAME' or 'VALID'. Use tf.pad before it.")
    return of(input, size, steps, _padded(name, input, padding, first)[1], keras)


def _pools(kind: str, of: Any) -> dict[str, Any]:
    """`max_pool2d` and its kind."""

    def made(axes: int | None) -> Any:
        name = f"{kind}{axes}d" if axes else kind

        @named
        def pool(input: Any, ksize: Any, strides: Any, padding: Any, data_format: Any = None) -> Any:
            return _pool(
                name, of, axes or np.ndim(input) - 2, input, ksize, strides, padding, data_format
            )

        pool.__name__ = pool.__qualname__ = name
        pool.__doc__ = f"One number for each window: `{kind}` along {axes or 'all'} axes of space."
        return pool

    return {f"{kind}{axes}d" if axes else kind: made(axes) for axes in (1, 2, 3, None)}


globals().update({**_pools("max_pool", ops.max_pool), **_pools("avg_pool", ops.average_pool)})


# -- the rest ----------------------------------------------------------------------------------------


@named
def bias_add(value: Any, bias: Any, data_format: str | None = None) -> Any:
    """A number added to each channel."""
    if data_format is not None and data_format.startswith("NC"):
        bias = ops.reshape(bias, (-1, *[1] * (np.ndim(value) - 2)))
    return ops.add(value, bias)


@named
def dropout(x: Any, rate: float, noise_shape: Any = None, seed: Any = None) -> Any:
    """Each number is 0 with the probability `rate`; the others are divided by 1 - rate.

    Raises:
        ValueError: unless the rate is from 0 to below 1.
    """
    if not 0 <= rate < 1:
        raise ValueError(f"tf.nn.dropout(rate={rate}): the rate is from 0 to below 1.")
    x = convert_to_tensor(x)
    shape: Sequence[int] = x.shape if noise_shape is None else _filled(noise_shape, x.shape)
    kept = tf_random.uniform(shape, seed=seed) >= rate
    return ops.where(kept, x / (1 - rate), ops.zeros_like(x))


def _filled(sizes: Any, shape: Any) -> tuple[int, ...]:
    return tuple(real if size is None else int(size) for size, real in zip(sizes, shape, strict=True))


@named
def moments(x: Any, axes: Any, shift: Any = None, keepdims: bool = False) -> Any:
    """Mean and variance along axes."""
    if shift is not None:
        raise NotBuiltYetError("tf.nn.moments(shift=...): leave it out.")
    return ops.moments(x, list(np.atleast_1d(axes)) if not isinstance(axes, int) else axes, keepdims)


@named
def batch_normalization(
    x: Any, mean: Any, variance: Any, offset: Any, scale: Any, variance_epsilon: float
) -> Any:
    """scale (x - mean) / √(variance + variance_epsilon) + offset."""
    factor = ops.rsqrt(ops.add(variance, variance_epsilon))
    factor = factor if scale is None else ops.multiply(factor, scale)
    shift = ops.multiply(ops.negative(mean), factor)
    return ops.add(ops.multiply(x, factor), shift if offset is None else ops.add(shift, offset))


@named
def local_response_normalization(
    input: Any, depth_radius: int = 5, bias: float = 1.0, alpha: float = 1.0, beta: float = 0.5
) -> Any:
    """x / (bias + alpha s)^beta, with s the sum of the squares of channels up to `depth_radius` away."""
    x = convert_to_tensor(input)
    channels = np.arange(x.shape[-1])
    near = abs(channels[:, None] - channels) <= depth_radius
    return x / (bias + alpha * (ops.square(x) @ near.astype(x.dtype))) ** beta


@named
def embedding_lookup(params: Any, ids: Any, max_norm: Any = None) -> Any:
    """The rows of a matrix with these numbers; shortened to the length `max_norm`, if that is given."""
    found = ops.take(params, ids, 0)
    if max_norm is None:
        return found
    length = ops.sqrt(ops.sum(ops.square(found), -1, keepdims=True))
    return found * (max_norm / ops.maximum(length, max_norm))
