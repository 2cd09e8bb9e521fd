"""Neighbours summed up: blur, edges, and how alike two images look."""

from __future__ import annotations

from typing import Any

import jax.numpy as jnp
from jax import lax

from cornu.core.errors import describe, show_shape
from cornu.core.symbolic import known_shape
from cornu.ops.arguments import fits, sizes, whole
from cornu.ops.formulas import image as formulas
from cornu.ops.image.images import batch_apart, images_of, of_formula
from cornu.ops.op import op
from cornu.ops.tensors import floating

__all__ = ["gaussian_blur", "sobel_edges", "ssim"]


def _widths(sigma: Any) -> Any:
    if not isinstance(sigma, (tuple, list)) or len(sigma) != 2:
        raise ValueError(
            f"sigma must be two numbers, along the width and the height, got {describe(sigma)}."
        )
    return sigma


gaussian_blur = of_formula(
    formulas.gaussian_blur,
    whole="rounded",
    kernel_size=lambda size: sizes("kernel_size", size, 2),
    sigma=_widths,
)


@op(samplewise=batch_apart)
def sobel_edges(images: Any, data_format: Any = None) -> Any:
    """How fast pixels change downwards and to the right: the filters of Sobel; 0 outside the images.

    Downwards [1, 2, 1] times [-1, 0, 1] below each other, to the right the other way round.

    Args:
        images: (batch, height, width, channels), or one image.
        data_format: 'channels_last' (default) or 'channels_first'.

    Returns:
        The shape of the images and an axis of 2 after it.

    Raises:
        ValueError: if the rank is another.

    >>> sobel_edges([[[1.0], [2.0], [4.0]]])[0, 1].tolist()
    [[0.0, 6.0]]
    """
    images, data_format = images_of(images, data_format)
    if jnp.issubdtype(images.dtype, jnp.unsignedinteger):  # differences may be negative
        images = floating(images)
    rows, columns = (axis + images.ndim for axis in formulas.spatial_axes(data_format))
    blur, difference = (jnp.array(weights, images.dtype) for weights in ([1, 2, 1], [-1, 0, 1]))
    down = formulas.smooth(formulas.smooth(images, blur, columns), difference, rows)
    right = formulas.smooth(formulas.smooth(images, blur, rows), difference, columns)
    return jnp.stack([down, right], axis=-1)


@op(samplewise=lambda image1, *_, **__: len(image1.shape) == 4)
def ssim(
    image1: Any,
    image2: Any,
    max_val: float = 1.0,
    filter_size: int = 11,
    filter_sigma: float = 1.5,
    k1: float = 0.01,
    k2: float = 0.03,
    data_format: Any = None,
) -> Any:
    """How alike two images look, from -1 to 1: the structural similarity.

    The mean over all places, that a bell curve is laid on, of (2 μ₁ μ₂ + c₁) (2 σ₁₂ + c₂) /
    ((μ₁² + μ₂² + c₁) (σ₁² + σ₂² + c₂)), with means μ, variances σ² and covariance σ₁₂ weighted by
    the curve, c₁ = (k1 max_val)², c₂ = (k2 max_val)².

    Args:
        image1, image2: (batch, height, width, channels), or one image each.
        max_val: the largest value of a pixel. Default: 1.
        filter_size, filter_sigma: how many pixels the curve reaches over, and its width. Default: 11
            and 1.5.
        k1, k2: keep the quotient from 0 / 0. Default: 0.01 and 0.03.
        data_format: 'channels_last' (default) or 'channels_first'.

    Returns:
        (batch,), or a single number.

    Raises:
        ValueError: if the shapes differ, or the images are smaller than the filter.

    >>> ssim([[[0.0], [1.0]]], [[[0.0], [1.0]]], filter_size=1).item()
    1.0

    Source: Wang et al., Image quality assessment: from error visibility to structural similarity, 2004.
    """
    one, data_format = images_of(image1, data_format, "image1")
    other, _ = images_of(image2, data_format, "image2")
    one, other = floating(one), floating(other)
    if one.shape != other.shape:
        shapes = [show_shape(known_shape(image.shape)) for image in (one, other)]
        raise ValueError(f"the images must have the same shape, got {shapes[0]} and {shapes[1]}.")
    size, axes = whole("filter_size", filter_size), formulas.spatial_axes(data_format)
    fits("a filter", (size, size), [one.shape[axis] for axis in axes])
    weights = formulas.gaussian_weights(size, filter_sigma, one.dtype)

    def mean(images: Any) -> Any:
        """Weighted means around each pixel for which all neighbours are there."""
        for axis in (axis + images.ndim for axis in axes):
            length = images.shape[axis]
            images = formulas.smooth(images, weights, axis)
            images = lax.slice_in_dim(images, (size - 1) // 2, length - size // 2, axis=axis)
        return images

    c1, c2 = (k1 * max_val) ** 2, (k2 * max_val) ** 2
    m1, m2 = mean(one), mean(other)
    v1, v2 = mean(one * one) - m1 * m1, mean(other * other) - m2 * m2
    both = mean(one * other) - m1 * m2
    alike = (2 * m1 * m2 + c1) * (2 * both + c2) / ((m1 * m1 + m2 * m2 + c1) * (v1 + v2 + c2))
    return jnp.mean(alike, axis=(-3, -2, -1))
