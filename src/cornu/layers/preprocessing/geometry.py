"""Layers that move the pixels of images by chance while training.

Rotation, translation, zoom and shear are one affine map with different coefficients: the pixel at
(x, y) of the result comes from (a0 x + a1 y + a2, b0 x + b1 y + b2) of the image.
"""

from __future__ import annotations

import math
from typing import Any

import jax.numpy as jnp

from cornu import random
from cornu.core.errors import describe
from cornu.layers.preprocessing.arguments import bounds, fraction, interval
from cornu.layers.preprocessing.base import RandomImageLayer, Size, clip
from cornu.ops.image import (
    FILL_MODES,
    INTERPOLATIONS,
    affine_transform,
    compute_homography_matrix,
    gaussian_weights,
    known,
    perspective_transform,
    projected,
    resample,
    smooth,
)


class Warp(RandomImageLayer):
    """Base of layers that take each pixel from another place.

    Args:
        interpolation: 'bilinear' or 'nearest': how a value between pixels is found.
        fill_mode: what is outside the image, see `FILL_MODES`.
        fill_value: for the fill_mode 'constant'.
    """

    moves = True
    fill_modes: tuple[str, ...] = ("reflect", "wrap", "constant", "nearest")

    def __init__(
        self,
        interpolation: str = "bilinear",
        fill_mode: str = "reflect",
        fill_value: float = 0.0,
        **kwargs: Any,
    ) -> None:
        super().__init__(**kwargs)
        self.interpolation = known(self._who, "interpolation", interpolation, INTERPOLATIONS)
        self.fill_mode = known(self._who, "fill_mode", fill_mode, self.fill_modes)
        self.fill_value = fill_value

    def warp(self, images: Any, drawn: Any, interpolation: str) -> Any:
        """The images with their pixels moved."""
        raise NotImplementedError(
            f"{self._who} needs a method warp(self, images, drawn, interpolation)."
        )

    def apply(self, images: Any, drawn: Any) -> Any:
        return self.warp(images, drawn, self.interpolation)

    def apply_to_masks(self, masks: Any, drawn: Any) -> Any:
        return self.warp(masks, drawn, "nearest")


class Affine(Warp):
    """Base of layers that move pixels by an affine map."""

    def coefficients(self, drawn: Any, height: int, width: int) -> tuple[Any, ...]:
        """a0, a1, a2, b0, b1, b2 for each image: arrays (batch,) or numbers."""
        raise NotImplementedError(
            f"{self._who} needs a method coefficients(self, drawn, height, width)."
        )

    def warp(self, images: Any, drawn: Any, interpolation: str) -> Any:
        found = self.coefficients(drawn, images.shape[1], images.shape[2])
        columns = [jnp.broadcast_to(c, images.shape[:1]) for c in (*found, 0.0, 0.0)]
        table = jnp.stack(columns, axis=1)
        return affine_transform(images, table, interpolation, self.fill_mode, self.fill_value)

    def move_points(self, points: Any, drawn: Any, size: Size) -> Any:
        """The map from the result to the image, inverted; it is about the middles of pixels."""
        found = self.coefficients(drawn, size.height, size.width)
        a0, a1, a2, b0, b1, b2 = (jnp.broadcast_to(c, points.shape[:1])[:, None] for c in found)
        x, y = points[..., 0] - 0.5 - a2, points[..., 1] - 0.5 - b2
        area = a0 * b1 - a1 * b0
        return jnp.stack([b1 * x - a1 * y, a0 * y - b0 * x], axis=-1) / area[..., None] + 0.5


class RandomRotation(Affine):
    """While training, turns each image around its middle by an angle, drawn between the bounds of
    `factor` times a full turn, counterclockwise.

    Args:
        factor: two bounds, in turns, within -1..1; a number f stands for (-f, f).
        fill_mode: what is outside the image: 'reflect' (default: d c b a | a b c d | d c b a), 'wrap'
            (a b c d | a b c d), 'nearest' (the border) or 'constant'.
        interpolation: 'bilinear' (default) or 'nearest'.
        seed: a whole number for the same changes in every run.
        fill_value: for 'constant', 0 by default.
        data_format: 'channels_last' (default) or 'channels_first'.

    Input shape:
        (batch, height, width, channels) or (height, width, channels)

    Output shape:
        that of the input, floats

    Raises:
        ValueError: if `factor` is outside -1..1, or a word is not known.

    Example:
        >>> import cornu, numpy as np
        >>> layer = cornu.layers.RandomRotation((0.25, 0.25), interpolation="nearest")
        >>> layer(np.array([[[1.0], [2.0]], [[3.0], [4.0]]]), training=True)[..., 0].tolist()
        [[2.0, 4.0], [1.0, 3.0]]
    """

    def __init__(
        self,
        factor: Any,
        fill_mode: str = "reflect",
        interpolation: str = "bilinear",
        seed: int | None = None,
        fill_value: float = 0.0,
        data_format: str | None = None,
        **kwargs: Any,
    ) -> None:
        super().__init__(
            interpolation, fill_mode, fill_value, seed=seed, data_format=data_format, **kwargs
        )
        self.factor = bounds(self, "factor", factor, -1, 1)

    def draw(self, size: Size, seed: Any) -> Any:
        low, high = self.factor
        return self.uniform(seed, (size.batch,), low * 360.0, high * 360.0)

    def coefficients(self, drawn: Any, height: int, width: int) -> tuple[Any, ...]:
        angle, x, y = drawn * (math.pi / 180.0), 0.5 * (width - 1), 0.5 * (height - 1)
        cos, sin = jnp.cos(angle), jnp.sin(angle)
        return cos, -sin, x - x * cos + y * sin, sin, cos, y - x * sin - y * cos


class RandomTranslation(Affine):
    """While training, shifts each image down and to the right, by a part of its size.

    Args:
        height_factor: two bounds within -1..1 of the shift down, in heights; a number f stands for
            (-f, f).
        width_factor: of the shift to the right, in widths, likewise.
        fill_mode: what is outside the image: 'reflect' (default: d c b a | a b c d | d c b a), 'wrap'
            (a b c d | a b c d), 'nearest' (the border) or 'constant'.
        interpolation: 'bilinear' (default) or 'nearest'.
        seed: a whole number for the same changes in every run.
        fill_value: for 'constant', 0 by default.
        data_format: 'channels_last' (default) or 'channels_first'.

    Input shape:
        (batch, height, width, channels) or (height, width, channels)

    Output shape:
        that of the input, floats

    Raises:
        ValueError: if a factor is outside -1..1, or a word is not known.

    Example:
        >>> import cornu, numpy as np
        >>> layer = cornu.layers.RandomTranslation(0, (0.5, 0.5), fill_mode="constant")
        >>> layer(np.array([[[1.0], [2.0]]]), training=True)[..., 0].tolist()
        [[0.0, 1.0]]
    """

    def __init__(
        self,
        height_factor: Any,
        width_factor: Any,
        fill_mode: str = "reflect",
        interpolation: str = "bilinear",
        seed: int | None = None,
        fill_value: float = 0.0,
        data_format: str | None = None,
        **kwargs: Any,
    ) -> None:
        super().__init__(
            interpolation, fill_mode, fill_value, seed=seed, data_format=data_format, **kwargs
        )
        self.height_factor = height_factor
        self.width_factor = width_factor
        self._bounds = [
            bounds(self, name, getattr(self, name), -1, 1, strict=True)
            for name in ("height_factor", "width_factor")
        ]

    def draw(self, size: Size, seed: Any) -> Any:
        down, right = (self.uniform(seed, (size.batch, 1), *pair)[:, 0] for pair in self._bounds)
        return down * size.height, right * size.width

    def coefficients(self, drawn: Any, height: int, width: int) -> tuple[Any, ...]:
        down, right = drawn
        return 1.0, 0.0, -right, 0.0, 1.0, -down


class RandomZoom(Affine):
    """While training, makes what is in each image smaller or larger, around its middle.

    A drawn number above 0 shows more of the surroundings (zooming out), below 0 less (zooming in):
    0.2 makes things 1 / 1.2 times as large.

    Args:
        height_factor: two bounds above -1 and up to 1; a number f stands for (-f, f).
        width_factor: likewise; None (default) for that of the height, which keeps the proportions.
        fill_mode: what is outside the image: 'reflect' (default: d c b a | a b c d | d c b a), 'wrap'
            (a b c d | a b c d), 'nearest' (the border) or 'constant'.
        interpolation: 'bilinear' (default) or 'nearest'.
        seed: a whole number for the same changes in every run.
        fill_value: for 'constant', 0 by default.
        data_format: 'channels_last' (default) or 'channels_first'.

    Input shape:
        (batch, height, width, channels) or (height, width, channels)

    Output shape:
        that of the input, floats

    Raises:
        ValueError: if a factor is outside its bounds, or a word is not known.

    Example:
        >>> import cornu, numpy as np
        >>> layer = cornu.layers.RandomZoom((1.0, 1.0), fill_mode="constant")
        >>> layer(np.ones((1, 4, 1)), training=True)[..., 0].round(2).tolist()
        [[0.0, 1.0, 1.0, 0.0]]
    """

    def __init__(
        self,
        height_factor: Any,
        width_factor: Any = None,
        fill_mode: str = "reflect",
        interpolation: str = "bilinear",
        seed: int | None = None,
        fill_value: float = 0.0,
        data_format: str | None = None,
        **kwargs: Any,
    ) -> None:
        super().__init__(
            interpolation, fill_mode, fill_value, seed=seed, data_format=data_format, **kwargs
        )
        self.height_factor = height_factor
        self.width_factor = width_factor
        factors = {"height_factor": height_factor}
        if width_factor is not None:
            factors["width_factor"] = width_factor
        self._bounds = [bounds(self, name, f, -1, 1, strict=True) for name, f in factors.items()]
        for name, (low, _) in zip(factors, self._bounds, strict=True):
            if low <= -1:
                raise ValueError(
                    f"{self._who}: {name} must be above -1, where the image would be enlarged without "
                    f"end; got {name}={describe(factors[name])}. Write for instance {name}=0.2."
                )

    def draw(self, size: Size, seed: Any) -> Any:
        zooms = [
            self.uniform(seed, (size.batch, 1), 1.0 + low, 1.0 + high)[:, 0]
            for low, high in self._bounds
        ]
        return zooms[0], zooms[-1]

    def coefficients(self, drawn: Any, height: int, width: int) -> tuple[Any, ...]:
        tall, wide = drawn
        x, y = (width - 1.0) / 2.0, (height - 1.0) / 2.0
        return wide, 0.0, x * (1.0 - wide), 0.0, tall, y * (1.0 - tall)


class RandomShear(Affine):
    """While training, slants each image: rows slide along each other, and columns.

    A pixel comes from $(x + s y, y + t x)$, with $s$ drawn between the bounds of `x_factor` and $t$
    between those of `y_factor`, both with the other sign in half of the images.

    Args:
        x_factor, y_factor: two bounds within 0..1; a number f (0 by default) stands for (-f, f).
        interpolation: 'bilinear' (default) or 'nearest'.
        fill_mode: what is outside the image: 'reflect' (default: d c b a | a b c d | d c b a), 'wrap'
            (a b c d | a b c d), 'nearest' (the border) or 'constant'.
        fill_value: for 'constant', 0 by default.
        data_format: 'channels_last' (default) or 'channels_first'.
        seed: a whole number for the same changes in every run.

    Input shape:
        (batch, height, width, channels) or (height, width, channels)

    Output shape:
        that of the input, floats

    Raises:
        ValueError: if a factor is outside 0..1, or a word is not known.

    Example:
        >>> import cornu, numpy as np
        >>> layer = cornu.layers.RandomShear(x_factor=0.2, seed=1)
        >>> layer(np.ones((2, 4, 4, 3)), training=True).shape
        (2, 4, 4, 3)
    """

    def __init__(
        self,
        x_factor: Any = 0.0,
        y_factor: Any = 0.0,
        interpolation: str = "bilinear",
        fill_mode: str = "reflect",
        fill_value: float = 0.0,
        data_format: str | None = None,
        seed: int | None = None,
        **kwargs: Any,
    ) -> None:
        super().__init__(
            interpolation, fill_mode, fill_value, seed=seed, data_format=data_format, **kwargs
        )
        self.x_factor = self._factor("x_factor", x_factor)
        self.y_factor = self._factor("y_factor", y_factor)

    def _factor(self, name: str, value: Any) -> tuple[float, float]:
        if isinstance(value, (tuple, list)) and len(value) == 2 and value[0] == -value[1]:
            return bounds(self, name, value, -1, 1, strict=True)  # of a configuration
        low, high = bounds(self, name, value, 0, 1, strict=True)
        return (low, high) if isinstance(value, (tuple, list)) else (0.0 - high, high)

    def draw(self, size: Size, seed: Any) -> Any:
        def each(low: float, high: float) -> Any:
            return self.uniform(seed, (size.batch, 1), low, high, computed=True)[:, 0]

        sign = jnp.where(each(0.0, 1.0) > 0.5, -1.0, 1.0)
        downward = each(*self.y_factor) * sign
        return each(*self.x_factor) * sign, downward

    def coefficients(self, drawn: Any, height: int, width: int) -> tuple[Any, ...]:
        across, down = (part.astype("float32") for part in drawn)
        return 1.0, across, 0.0, down, 1.0, 0.0


class RandomPerspective(Warp):
    """While training, shows some images as if seen from the side.

    The corners of an image are moved: each coordinate by a random part of itself, up to half of
    `scale`; the projective map that takes the corners there takes the pixels along. (The corner
    (0, 0) stays where it is.) Each image is changed with a probability that is drawn between the
    bounds of `factor`.

    Args:
        factor: two probabilities; a number p (1 by default) stands for (0, p).
        scale: 0 to 1, how far corners may move; 1 by default.
        interpolation: 'bilinear' (default) or 'nearest'.
        fill_value: of what is outside the image, 0 by default.
        seed: a whole number for the same changes in every run.
        data_format: 'channels_last' (default) or 'channels_first'.

    Input shape:
        (batch, height, width, channels) or (height, width, channels)

    Output shape:
        that of the input, floats

    Raises:
        ValueError: if `factor` or `scale` is outside 0..1, or `interpolation` is not known.

    Example:
        >>> import cornu, numpy as np
        >>> layer = cornu.layers.RandomPerspective(scale=0.4, seed=1)
        >>> layer(np.ones((2, 4, 4, 3)), training=True).shape
        (2, 4, 4, 3)
    """

    def __init__(
        self,
        factor: Any = 1.0,
        scale: float = 1.0,
        interpolation: str = "bilinear",
        fill_value: float = 0.0,
        seed: int | None = None,
        data_format: str | None = None,
        **kwargs: Any,
    ) -> None:
        super().__init__(
            interpolation, "constant", fill_value, seed=seed, data_format=data_format, **kwargs
        )
        self.factor = bounds(self, "factor", factor, 0, 1)
        self.scale = fraction(self, "scale", scale)

    def get_config(self) -> dict[str, Any]:
        config = super().get_config()
        config.pop("fill_mode")
        return config

    def draw(self, size: Size, seed: Any) -> Any:
        chosen = self.chosen(size, seed)
        half = 0.5 * self.scale
        moved = self.uniform(seed, (size.batch, 4, 2), -half, half, computed=True)
        right, bottom = size.width - 1, size.height - 1
        corners = jnp.array([[0, 0], [right, 0], [0, bottom], [right, bottom]], moved.dtype)
        start = jnp.broadcast_to(corners, moved.shape)
        return chosen, start, start + start * moved

    def warp(self, images: Any, drawn: Any, interpolation: str) -> Any:
        chosen, start, end = drawn
        seen = perspective_transform(images, start, end, interpolation, self.fill_value)
        return jnp.where(chosen, seen, images)

    def move_points(self, points: Any, drawn: Any, size: Size) -> Any:
        chosen, start, end = drawn
        forth = compute_homography_matrix(end.astype("float32"), start.astype("float32"))
        x, y = projected(forth.T[..., None], points[..., 0] - 0.5, points[..., 1] - 0.5)
        return jnp.where(chosen[:, 0], jnp.stack([x, y], axis=-1) + 0.5, points)


class RandomElasticTransform(Warp):
    """While training, distorts some images as if they were printed on rubber.

    Every pixel is moved by a random field: noise, smoothed by a Gaussian, along x and along y. With
    a strength s, drawn between the bounds of `scale` for the whole batch, the Gaussian has the width
    0.05 s min(height, width), and the fields are 0.1 s max(height, width) times the noise. Each image
    is changed with a probability that is drawn between the bounds of `factor`. (Keras 3.15 on JAX
    takes the same field for x and y, which moves pixels along one diagonal only.)

    Args:
        factor: two probabilities; a number p (1 by default) stands for (0, p).
        scale: two bounds within 0..1; a number s (1 by default) stands for (0, s).
        interpolation: 'bilinear' (default) or 'nearest'.
        fill_mode: what is outside the image: 'reflect' (default: d c b a | a b c d | d c b a), 'mirror'
            (d c b | a b c d | c b a), 'wrap' (a b c d | a b c d), 'nearest' (the border) or 'constant'.
        fill_value: for 'constant', 0 by default.
        value_range: the smallest and largest value of a pixel, (0, 255) by default.
        seed: a whole number for the same changes in every run.
        data_format: 'channels_last' (default) or 'channels_first'.

    Input shape:
        (batch, height, width, channels) or (height, width, channels)

    Output shape:
        that of the input, floats

    Raises:
        ValueError: if `factor` or `scale` is outside 0..1, or a word is not known.

    Example:
        >>> import cornu, numpy as np
        >>> layer = cornu.layers.RandomElasticTransform(seed=1)
        >>> layer(np.ones((2, 8, 8, 3)), training=True).shape
        (2, 8, 8, 3)

    Source: Simard, Steinkraus, Platt, Best practices for convolutional neural networks, 2003.
    """

    fill_modes = FILL_MODES

    def __init__(
        self,
        factor: Any = 1.0,
        scale: Any = 1.0,
        interpolation: str = "bilinear",
        fill_mode: str = "reflect",
        fill_value: float = 0.0,
        value_range: Any = (0, 255),
        seed: int | None = None,
        data_format: str | None = None,
        **kwargs: Any,
    ) -> None:
        super().__init__(
            interpolation, fill_mode, fill_value, seed=seed, data_format=data_format, **kwargs
        )
        self.factor = bounds(self, "factor", factor, 0, 1)
        self.scale = bounds(self, "scale", scale, 0, 1)
        self.value_range = interval(self, value_range, ordered=False)

    def draw(self, size: Size, seed: Any) -> Any:
        if self.scale[1] == 0 or self.factor[1] == 0:
            return None
        chosen = self.chosen(size, seed)
        strength = self.uniform(seed, (), *self.scale, computed=True)
        sigma = jnp.maximum(strength * min(size.height, size.width) * 0.05, 1e-6)
        alpha = strength * max(size.height, size.width) * 0.1
        # The kernel reaches three sigma; its size has to be known, so it is that of the largest.
        taps = int(6 * self.scale[1] * min(size.height, size.width) * 0.05) | 1
        weights = gaussian_weights(taps, sigma, sigma.dtype, jnp.floor(6 * sigma) // 2)
        shape = (size.batch, size.height, size.width)
        fields = [random.normal(shape, dtype=self.compute_dtype, seed=seed.next()) * sigma for _ in "xy"]
        return chosen, [alpha * smooth(smooth(field, weights, 2), weights, 1) for field in fields]

    def apply(self, images: Any, drawn: Any) -> Any:
        return images if drawn is None else clip(super().apply(images, drawn), self.value_range)

    def warp(self, images: Any, drawn: Any, interpolation: str) -> Any:
        if drawn is None:
            return images
        chosen, fields = drawn
        warped = resample(
            images,
            lambda field, x, y: (x + field[0], y + field[1]),
            fields,
            interpolation,
            self.fill_mode,
            self.fill_value,
        )
        return jnp.where(chosen, warped, images)


__all__ = [
    *("RandomElasticTransform", "RandomPerspective", "RandomRotation", "RandomShear"),
    *("RandomTranslation", "RandomZoom"),
]
