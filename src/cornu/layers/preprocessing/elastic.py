"""RandomElasticTransform: images bent like rubber, by chance while training."""

from __future__ import annotations

from typing import Any

import jax.numpy as jnp

from cornu import random
from cornu.layers.preprocessing.arguments import bounds, interval
from cornu.layers.preprocessing.base import Size, clip
from cornu.layers.preprocessing.warping import Warp
from cornu.ops.formulas.image import FILL_MODES, gaussian_weights, resample, smooth


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


__all__ = ["RandomElasticTransform"]
