"""Hue and saturation of images, changed by chance while training."""

from __future__ import annotations

from typing import Any

import jax.numpy as jnp

from cornu.core.settings import epsilon
from cornu.layers.preprocessing.arguments import need_rgb
from cornu.layers.preprocessing.base import Size, clip, rescale
from cornu.layers.preprocessing.color import ColorLayer
from cornu.ops.formulas.colors import hsv_to_rgb, rgb_to_hsv


class RandomSaturation(ColorLayer):
    r"""While training, makes colors paler or stronger: $s' = s f / (1 - f)$, at most 1.

    $s$ is the saturation of a pixel, $f$ is drawn between the bounds of `factor`: 0 gives gray
    images, 0.5 changes nothing.

    Args:
        factor: two bounds within -1..1, where below 0 means gray; a number f stands for (-f, f).
        value_range: the smallest and largest value of a pixel, (0, 255) by default.
        data_format: 'channels_last' (default) or 'channels_first'.
        seed: a whole number for the same changes in every run.

    Input shape:
        (batch, height, width, 3) or (height, width, 3)

    Output shape:
        that of the input, floats

    Raises:
        ValueError: if `factor` is outside -1..1, or the images do not have 3 channels.

    Example:
        >>> import cornu, numpy as np
        >>> layer = cornu.layers.RandomSaturation((0.0, 0.0))
        >>> layer(np.array([[[10.0, 20.0, 40.0]]]), training=True).tolist()
        [[[40.0, 40.0, 40.0]]]
    """

    draws_always = True

    def draw(self, size: Size, seed: Any) -> Any:
        factor = self.uniform(seed, (size.batch,), *self.factor)
        return factor / (1 - factor + epsilon())

    def apply(self, images: Any, drawn: Any) -> Any:
        need_rgb(self, images)
        hsv = rgb_to_hsv(images)
        stronger = jnp.clip(hsv[..., 1] * drawn.astype(images.dtype)[:, None, None], 0.0, 1.0)
        return hsv_to_rgb(hsv.at[..., 1].set(stronger))


class RandomHue(ColorLayer):
    """While training, turns the circle of colors: $h' = h ± f / 2$ (mod 1).

    $h$ is the hue of a pixel, $f$ is drawn between the bounds of `factor`, the sign by chance.

    Args:
        factor: two bounds within 0..1; a number f stands for (0, f).
        value_range: the smallest and largest value of a pixel, (0, 255) by default.
        data_format: 'channels_last' (default) or 'channels_first'.
        seed: a whole number for the same changes in every run.

    Input shape:
        (batch, height, width, 3) or (height, width, 3)

    Output shape:
        that of the input, floats

    Raises:
        ValueError: if `factor` is outside 0..1, or the images do not have 3 channels.

    Example:
        >>> import cornu, numpy as np
        >>> layer = cornu.layers.RandomHue((1.0, 1.0))
        >>> layer(np.array([[[255.0, 0.0, 0.0]]]), training=True).tolist()
        [[[0.0, 255.0, 255.0]]]
    """

    factor_bounds = (0, 1)
    ordered = False
    draws_always = True

    def draw(self, size: Size, seed: Any) -> Any:
        sign = jnp.where(self.uniform(seed, (size.batch,), 0.0, 1.0) > 0.5, -1.0, 1.0)
        return sign * self.uniform(seed, (size.batch,), *self.factor) * 0.5

    def apply(self, images: Any, drawn: Any) -> Any:
        need_rgb(self, images)
        hsv = rgb_to_hsv(rescale(images, self.value_range, (0, 1)))
        turned = (hsv[..., 0] + drawn.astype(images.dtype)[:, None, None]) % 1.0
        rgb = hsv_to_rgb(hsv.at[..., 0].set(turned))
        return rescale(clip(rgb, (0, 1)), (0, 1), self.value_range)


__all__ = ["RandomHue", "RandomSaturation"]
