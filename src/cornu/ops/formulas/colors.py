"""Colors of images: gray, and hue, saturation and value; under their names in keras.ops.image."""

from __future__ import annotations

from typing import Any

import jax
import jax.numpy as jnp

from cornu.core.errors import show_shape
from cornu.core.symbolic import known_shape
from cornu.ops.formulas.image import channel_axis, need_floats

RED_GREEN_BLUE = (0.2989, 0.5870, 0.1140)  # how bright each looks, ITU-R BT.601


def rgb_to_grayscale(images: Any, data_format: str | None = None) -> jax.Array:
    """How bright each pixel looks: 0.299 red + 0.587 green + 0.114 blue, as images of one channel.

    Args:
        images: (..., height, width, 3); images of one channel stay as they are.
        data_format: 'channels_last' (default) or 'channels_first'.

    Raises:
        ValueError: if there are neither 1 nor 3 channels.

    >>> import numpy as np
    >>> rgb_to_grayscale(np.array([[[0.0, 1.0, 0.0]]])).item()
    0.587...
    """
    images, axis = jnp.asarray(images), channel_axis(data_format)
    if images.shape[axis] == 1:
        return images
    red, green, blue = planes("rgb_to_grayscale", images, data_format)
    weights = RED_GREEN_BLUE
    gray = weights[0] * red + weights[1] * green + weights[2] * blue
    return jnp.expand_dims(gray, axis).astype(images.dtype)


def rgb_to_hsv(images: Any, data_format: str | None = None) -> jax.Array:
    """Red, green, blue as hue (0 to 1 around the circle of colors), saturation (0 to 1) and value.

    Args:
        images: (..., height, width, 3), floats.
        data_format: 'channels_last' (default) or 'channels_first'.

    Raises:
        ValueError: if there are not 3 channels.
        TypeError: if the images are not floats.

    >>> import numpy as np
    >>> rgb_to_hsv(np.array([[[0.0, 0.0, 0.5]]])).tolist()
    [[[0.666..., 1.0, 0.5]]]

    Source: Smith, Color gamut transform pairs, 1978.
    """
    red, green, blue = planes("rgb_to_hsv", need_floats("rgb_to_hsv", images), data_format)
    value = jnp.maximum(jnp.maximum(red, green), blue)
    spread = value - jnp.minimum(jnp.minimum(red, green), blue)
    safe = jnp.where(spread > 0, spread, 1.0)
    sector = jnp.where(
        value == red,
        (green - blue) / safe,
        jnp.where(value == green, 2 + (blue - red) / safe, 4 + (red - green) / safe),
    )
    hue = jnp.where(spread > 0, sector / 6 % 1.0, 0.0)
    saturation = jnp.where(value > 0, spread / jnp.where(value > 0, value, 1.0), 0.0)
    return jnp.stack([hue, saturation, value], axis=channel_axis(data_format))


def hsv_to_rgb(images: Any, data_format: str | None = None) -> jax.Array:
    """Hue, saturation and value as red, green and blue: the inverse of `rgb_to_hsv`.

    Args:
        images: (..., height, width, 3), floats.
        data_format: 'channels_last' (default) or 'channels_first'.

    Raises:
        ValueError: if there are not 3 channels.
        TypeError: if the images are not floats.

    >>> import numpy as np
    >>> hsv_to_rgb(np.array([[[0.5, 1.0, 1.0]]])).tolist()
    [[[0.0, 1.0, 1.0]]]
    """
    hue, saturation, value = planes("hsv_to_rgb", need_floats("hsv_to_rgb", images), data_format)

    def primary(offset: float) -> Any:
        """Full within a third of the circle around the color, falling to 0 over a sixth."""
        distance = jnp.abs((hue * 6 + offset) % 6.0 - 3.0)
        return value * (1 - saturation * jnp.clip(2.0 - distance, 0.0, 1.0))

    return jnp.stack([primary(0.0), primary(4.0), primary(2.0)], axis=channel_axis(data_format))


def planes(function: str, images: Any, data_format: str | None) -> list[Any]:
    """The three channels of the images."""
    axis = channel_axis(data_format)
    shape = known_shape(images.shape)
    if images.ndim < 3 or shape[axis] not in (3, None):
        raise ValueError(
            f"{function} needs 3 channels (red, green, blue) on axis {axis} "
            f"(data_format='{data_format}'), but the images have shape {show_shape(shape)}."
        )
    return [jnp.take(images, i, axis=axis) for i in range(3)]
