"""Images of another size, or whose pixels come from elsewhere."""

from __future__ import annotations

from typing import Any

import jax
import jax.numpy as jnp

from cornu import random
from cornu.core.errors import describe, show_shape
from cornu.core.symbolic import known_shape
from cornu.ops.arguments import sizes, word
from cornu.ops.formulas import image as formulas
from cornu.ops.image.images import images_of, of_formula
from cornu.ops.op import op
from cornu.ops.tensors import floating, tensor

__all__ = [
    *("affine_transform", "elastic_transform", "map_coordinates", "perspective_transform", "resize"),
    "scale_and_translate",
]

METHODS = (
    *("linear", "bilinear", "trilinear", "triangle", "cubic", "bicubic", "tricubic"),
    *("lanczos3", "lanczos5"),
)

affine_transform = of_formula(formulas.affine_transform, transform=floating)
perspective_transform = of_formula(
    formulas.perspective_transform, start_points=tensor, end_points=tensor
)
resize = of_formula(formulas.resize, "rounded", size=lambda size: sizes("size", size, 2))


@op
def map_coordinates(
    inputs: Any, coordinates: Any, order: int, fill_mode: str = "constant", fill_value: Any = 0
) -> Any:
    """A tensor at places between its numbers: the numbers next to them, weighted by nearness.

    Args:
        inputs: tensor of any rank n.
        coordinates: (n, ...): for each axis where on it, counted in places.
        order: 0 for the nearest number, 1 for the weighted mean of those around.
        fill_mode: what is outside of a b c d: 'constant' (default), 'nearest' (a a | a b c d | d d),
            'wrap' (c d | a b c d | a b), 'mirror' (c b | a b c d | c b) or 'reflect' (b a | a b c d |
            d c).
        fill_value: for 'constant'. Default: 0.

    Returns:
        A tensor of the shape of `coordinates` without its first axis.

    Raises:
        ValueError: if there are not as many coordinates as axes, or an argument is not known.

    >>> map_coordinates([0.0, 10.0, 20.0], [[0.5, 1.0, 2.5]], 1, "nearest").tolist()
    [5.0, 10.0, 20.0]
    """
    x, places = tensor(inputs), tensor(coordinates)
    word("fill_mode", fill_mode, formulas.FILL_MODES)
    if order not in (0, 1):
        raise ValueError(f"order must be 0 (nearest) or 1 (linear), got order={describe(order)}.")
    if places.ndim < 2 or places.shape[0] != x.ndim:
        raise ValueError(
            f"coordinates must have shape ({x.ndim}, ...), a row for each axis of inputs of shape "
            f"{show_shape(known_shape(x.shape))}, got {show_shape(known_shape(places.shape))}."
        )
    return jax.scipy.ndimage.map_coordinates(x, list(places), order, fill_mode, fill_value)


@op
def elastic_transform(
    images: Any,
    alpha: float = 20.0,
    sigma: float = 5.0,
    interpolation: str = "bilinear",
    fill_mode: str = "reflect",
    fill_value: float = 0.0,
    seed: Any = None,
    data_format: Any = None,
) -> Any:
    """Images bent like rubber: pixels are moved by noise, smoothed by a bell curve, along x and y.

    Args:
        images: (batch, height, width, channels), or one image.
        alpha: how far pixels are moved. Default: 20.
        sigma: the width of the curve, and of the noise before it is smoothed. Default: 5.
        interpolation: 'bilinear' (default) or 'nearest'.
        fill_mode: what is outside the image, as in `affine_transform`. Default: 'reflect'.
        fill_value: for 'constant'. Default: 0.
        seed: an integer, a `SeedGenerator`, a key of JAX's, or None for new numbers.
        data_format: 'channels_last' (default) or 'channels_first'.

    Raises:
        ValueError: if the rank is another, a word is not known, or `sigma` is not above 0.

    >>> elastic_transform([[[1.0], [2.0]]], alpha=0.0).tolist()
    [[[1.0], [2.0]]]

    Source: Simard, Steinkraus, Platt, Best practices for convolutional neural networks, 2003.
    """
    images, data_format = images_of(images, data_format)
    if not sigma > 0:
        raise ValueError(f"sigma must be above 0, got sigma={describe(sigma)}.")
    key, dtype = random.draw_seed(seed), floating(images).dtype

    def bent(batch: Any) -> Any:
        weights = formulas.gaussian_weights(int(6 * sigma) | 1, sigma, dtype)

        def field(key: Any) -> Any:
            noise = random.normal(batch.shape[:3], dtype=dtype, seed=key) * sigma
            return alpha * formulas.smooth(formulas.smooth(noise, weights, 2), weights, 1)

        fields = [field(key), field(jax.random.fold_in(jnp.asarray(key), 1))]
        return formulas.resample(
            batch,
            lambda moved, x, y: (x + moved[0], y + moved[1]),
            fields,
            interpolation,
            fill_mode,
            fill_value,
        )

    return formulas.on_batch(bent, images, data_format)


@op
def scale_and_translate(
    images: Any,
    output_shape: Any,
    scale: Any,
    translation: Any,
    spatial_dims: Any,
    method: str,
    antialias: bool = True,
) -> Any:
    """Images made larger or smaller, and moved: place x goes to scale x + translation.

    Places are counted in pixels, the middle of the first being 0.5; what comes from outside is 0.

    Args:
        images: tensor of any shape.
        output_shape: of the result, of the same length.
        scale, translation: a number for each of `spatial_dims`.
        spatial_dims: the axes that are changed.
        method: 'linear' (also 'bilinear', 'trilinear', 'triangle'), 'cubic' ('bicubic', 'tricubic'),
            'lanczos3' or 'lanczos5'.
        antialias: whether to blur before making smaller. Default: True.

    Raises:
        ValueError: if the lengths differ, or the method is not known.

    >>> scale_and_translate([1.0, 2.0, 3.0], (3,), [1.0], [1.0], (0,), "linear").tolist()
    [0.0, 1.0, 2.0]
    """
    x, scale, move = floating(images), floating(scale), floating(translation)
    word("method", method, METHODS)
    axes, shape = tuple(spatial_dims), tuple(output_shape)
    if len(shape) != x.ndim or scale.shape != (len(axes),) or move.shape != (len(axes),):
        raise ValueError(
            f"output_shape must have {x.ndim} sizes, scale and translation a number for each of "
            f"spatial_dims={axes}, got {shape} and shapes {show_shape(scale.shape)} and "
            f"{show_shape(move.shape)}."
        )
    return jax.image.scale_and_translate(x, shape, axes, scale, move, method, antialias)
