"""Layers that change the colors of images by chance while training."""

from __future__ import annotations

from typing import Any

import jax.numpy as jnp

from cornu import random
from cornu.core.errors import describe
from cornu.layers.preprocessing.arguments import bounds, fraction, interval, need_rgb
from cornu.layers.preprocessing.base import ImageLayer, RandomImageLayer, Size, clip, rescale
from cornu.ops.colors import hsv_to_rgb, rgb_to_grayscale, rgb_to_hsv
from cornu.ops.image import gaussian_blur, smooth

PER_IMAGE = (1, 1, 1)  # one number for each image of a batch


class ColorLayer(RandomImageLayer):
    """Base of layers that draw a number between the bounds of `factor`, and know the `value_range`
    of pixels."""

    factor_bounds: tuple[float, float] = (-1, 1)
    ordered = True  # whether the configuration shows the value range sorted

    def __init__(
        self,
        factor: Any,
        value_range: Any = (0, 255),
        data_format: str | None = None,
        seed: int | None = None,
        **kwargs: Any,
    ) -> None:
        super().__init__(seed, data_format=data_format, **kwargs)
        self.factor = bounds(self, "factor", factor, *self.factor_bounds)
        self.value_range = interval(self, value_range, self.ordered)

    def draw(self, size: Size, seed: Any) -> Any:
        return self.uniform(seed, (size.batch, *PER_IMAGE), *self.factor)


class RandomBrightness(ColorLayer):
    """While training, adds a random number to each image: $y = x + d (v_1 - v_0)$.

    $d$ is drawn between the bounds of `factor`, $v_0$ and $v_1$ are the ends of `value_range`,
    which the result does not leave.

    Args:
        factor: two bounds within -1..1; a number f stands for (-f, f).
        value_range: the smallest and largest value of a pixel, (0, 255) by default.
        seed: a whole number for the same changes in every run.

    Input shape:
        (batch, height, width, channels) or (height, width, channels)

    Output shape:
        that of the input, floats

    Raises:
        ValueError: if `factor` is outside -1..1 or `value_range` is no pair of numbers.

    Example:
        >>> import cornu, numpy as np
        >>> layer = cornu.layers.RandomBrightness((0.2, 0.2), value_range=(0, 1))
        >>> layer(np.full((1, 1, 1), 0.5), training=True).item()
        0.699...
    """

    def __init__(
        self, factor: Any, value_range: Any = (0, 255), seed: int | None = None, **kwargs: Any
    ) -> None:
        super().__init__(factor, value_range, seed=seed, **kwargs)

    def apply(self, images: Any, drawn: Any) -> Any:
        low, high = self.value_range
        return clip(images + (drawn * (high - low)).astype(images.dtype), self.value_range)


class RandomContrast(ColorLayer):
    """While training, spreads or narrows each channel around its mean: $y = m + c (x - m)$.

    $c$ is drawn from $1 - f_0$ to $1 + f_1$, with $f_0$ and $f_1$ the two numbers of `factor`.

    Args:
        factor: two numbers in 0..1; a number f stands for (0, f).
        value_range: the smallest and largest value of a pixel, (0, 255) by default.
        seed: a whole number for the same changes in every run.

    Input shape:
        (batch, height, width, channels) or (height, width, channels)

    Output shape:
        that of the input, floats

    Raises:
        ValueError: if `factor` is outside 0..1 or `value_range` is no pair of numbers.

    Example:
        >>> import cornu, numpy as np
        >>> layer = cornu.layers.RandomContrast((0.5, 0.5), seed=1)
        >>> layer(np.full((2, 2, 1), 7.0), training=True)[..., 0].tolist()
        [[7.0, 7.0], [7.0, 7.0]]
    """

    factor_bounds = (0, 1)
    ordered = False

    def __init__(
        self, factor: Any, value_range: Any = (0, 255), seed: int | None = None, **kwargs: Any
    ) -> None:
        super().__init__(factor, value_range, seed=seed, **kwargs)

    def draw(self, size: Size, seed: Any) -> Any:
        low, high = 1.0 - self.factor[0], 1.0 + self.factor[1]
        return self.uniform(seed, (size.batch, *PER_IMAGE), low, high, computed=True)

    def apply(self, images: Any, drawn: Any) -> Any:
        mean = images.mean(axis=(1, 2), keepdims=True)
        return clip((images - mean) * drawn + mean, self.value_range)


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
        return factor / (1 - factor + 1e-7)

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


class RandomColorDegeneration(ColorLayer):
    """While training, mixes each image with its gray version: $y = x + f (g - x)$.

    $f$ is drawn between the bounds of `factor`.

    Args:
        factor: two bounds within -1..1; a number f stands for (-f, f).
        value_range: the smallest and largest value of a pixel, (0, 255) by default.
        data_format: 'channels_last' (default) or 'channels_first'.
        seed: a whole number for the same changes in every run.

    Input shape:
        (batch, height, width, 3) or (height, width, 3)

    Output shape:
        that of the input, floats

    Raises:
        ValueError: if `factor` is outside -1..1, or there are neither 3 channels nor 1.

    Example:
        >>> import cornu, numpy as np
        >>> layer = cornu.layers.RandomColorDegeneration((1.0, 1.0))
        >>> layer(np.array([[[0.0, 100.0, 0.0]]]), training=True).round(1).tolist()
        [[[58.7..., 58.7..., 58.7...]]]
    """

    draws_always = True

    def apply(self, images: Any, drawn: Any) -> Any:
        need_rgb(self, images, gray=True)
        gray = rgb_to_grayscale(images)
        return clip(images + drawn.astype(images.dtype) * (gray - images), self.value_range)


class RandomSharpness(ColorLayer):
    """While training, blurs or sharpens: $y = x + (1 - 2f) (b - x)$.

    $b$ is the image smoothed by a 3x3 kernel with 5/13 in the middle and 1/13 around it, $f$ is
    drawn between the bounds of `factor`: 0 gives $b$, 0.5 changes nothing, 1 sharpens.

    Args:
        factor: two bounds within 0..1; a number f stands for (0, f).
        value_range: the smallest and largest value of a pixel, (0, 255) by default.
        data_format: 'channels_last' (default) or 'channels_first'.
        seed: a whole number for the same changes in every run.

    Input shape:
        (batch, height, width, channels) or (height, width, channels)

    Output shape:
        that of the input, floats

    Raises:
        ValueError: if `factor` is outside 0..1 or `value_range` is no pair of numbers.

    Example:
        >>> import cornu, numpy as np
        >>> layer = cornu.layers.RandomSharpness((0.0, 0.0))
        >>> layer(np.full((1, 1, 1), 13.0), training=True).item()
        5.0
    """

    factor_bounds = (0, 1)
    draws_always = True

    def draw(self, size: Size, seed: Any) -> Any:
        return self.uniform(seed, (size.batch,), *self.factor)

    def apply(self, images: Any, drawn: Any) -> Any:
        three = jnp.ones(3, images.dtype) / 13
        around = smooth(smooth(images, three, 1), jnp.ones(3, images.dtype), 2)
        strength = (1 - 2 * drawn).astype(images.dtype).reshape(-1, 1, 1, 1)
        return clip(images + strength * (around + images * (4 / 13) - images), self.value_range)


class RandomPosterization(ColorLayer):
    """While training, keeps only the highest bits of each value: $y = ⌊x / 2^{8-n}⌋ 2^{8-n}$.

    $n$ is the number of bits: drawn from the first number of `factor` to the one before the
    second.

    Args:
        factor: two numbers of bits within 1..8, or one number n for (1, n).
        value_range: the smallest and largest value of a pixel, (0, 255) by default; for the
            formula it is mapped to 0..255.
        data_format: 'channels_last' (default) or 'channels_first'.
        seed: a whole number for the same changes in every run.

    Input shape:
        (batch, height, width, channels) or (height, width, channels)

    Output shape:
        that of the input, floats

    Raises:
        ValueError: if `factor` is outside 1..8 or `value_range` is no pair of numbers.

    Example:
        >>> import cornu, numpy as np
        >>> layer = cornu.layers.RandomPosterization((2, 2))
        >>> layer(np.array([[[10.0, 70.0, 200.0]]]), training=True).tolist()
        [[[0.0, 64.0, 192.0]]]
    """

    factor_bounds = (1, 8)
    draws_always = True

    def draw(self, size: Size, seed: Any) -> Any:
        low, high = self.factor
        if low == high:
            return jnp.full((size.batch, *PER_IMAGE), 8 - low, "uint8")
        bits = random.randint((size.batch,), low, high, "uint8", seed.next())
        return (8 - bits).reshape(-1, *PER_IMAGE)

    def apply(self, images: Any, drawn: Any) -> Any:
        values = rescale(images, self.value_range, (0, 255)).astype("uint8")
        kept = (values >> drawn << drawn).astype(images.dtype)
        return rescale(kept, (0, 255), self.value_range)


class RandomInvert(ColorLayer):
    """While training, turns some images into their negatives: $y = v_0 + v_1 - x$.

    Each image with a probability that is drawn between the bounds of `factor`.

    Args:
        factor: two probabilities; a number p (1 by default) stands for (0, p).
        value_range: $v_0$ and $v_1$, the smallest and largest value of a pixel, (0, 255) by default.
        seed: a whole number for the same changes in every run.
        data_format: 'channels_last' (default) or 'channels_first'.

    Input shape:
        (batch, height, width, channels) or (height, width, channels)

    Output shape:
        that of the input, floats

    Raises:
        ValueError: if `factor` is outside 0..1 or `value_range` is no pair of numbers.

    Example:
        >>> import cornu, numpy as np
        >>> layer = cornu.layers.RandomInvert((1.0, 1.0))
        >>> layer(np.full((1, 1, 1), 55.0), training=True).item()
        200.0
    """

    factor_bounds = (0, 1)
    ordered = False

    def __init__(
        self,
        factor: Any = 1.0,
        value_range: Any = (0, 255),
        seed: int | None = None,
        data_format: str | None = None,
        **kwargs: Any,
    ) -> None:
        super().__init__(factor, value_range, data_format, seed, **kwargs)

    def draw(self, size: Size, seed: Any) -> Any:
        return self.chosen(size, seed)

    def apply(self, images: Any, drawn: Any) -> Any:
        low, high = self.value_range
        return jnp.where(drawn, low + high - images, images)


class RandomGrayscale(RandomImageLayer):
    """While training, makes each image gray with probability `factor`.

    Args:
        factor: the probability, 0.5 by default.
        data_format: 'channels_last' (default) or 'channels_first'.
        seed: a whole number for the same changes in every run.

    Input shape:
        (batch, height, width, 3) or (height, width, 3)

    Output shape:
        that of the input; the channels of gray images are equal

    Raises:
        ValueError: if `factor` is outside 0..1, or there are neither 3 channels nor 1.

    Example:
        >>> import cornu, numpy as np
        >>> cornu.layers.RandomGrayscale(1.0)(np.ones((2, 2, 3)), training=True).shape
        (2, 2, 3)
    """

    draws_always = True

    def __init__(
        self,
        factor: float = 0.5,
        data_format: str | None = None,
        seed: int | None = None,
        **kwargs: Any,
    ) -> None:
        super().__init__(seed, data_format=data_format, **kwargs)
        self.factor = fraction(self, "factor", factor)

    def draw(self, size: Size, seed: Any) -> Any:
        return (self.uniform(seed, (size.batch,), 0, 1) < self.factor).reshape(-1, *PER_IMAGE)

    def apply(self, images: Any, drawn: Any) -> Any:
        need_rgb(self, images, gray=True)
        return jnp.where(drawn, rgb_to_grayscale(images), images)


class RandomGaussianBlur(RandomImageLayer):
    """While training, blurs some images: each pixel becomes a mean of its neighbours, weighted by
    $exp(-(x^2 / 2 s_x^2 + y^2 / 2 s_y^2))$.

    Each image with a probability drawn between the bounds of `factor`; $s_x$ and $s_y$ are drawn
    between the bounds of `sigma`, for the whole batch.

    Args:
        factor: two probabilities; a number p (1 by default) stands for (0, p).
        kernel_size: how many neighbours along width and height, odd numbers; 3 by default.
        sigma: two bounds within 0..1; a number s (1 by default) stands for (0, s).
        value_range: the smallest and largest value of a pixel, (0, 255) by default.
        data_format: 'channels_last' (default) or 'channels_first'.
        seed: a whole number for the same changes in every run.

    Input shape:
        (batch, height, width, channels) or (height, width, channels)

    Output shape:
        that of the input, floats

    Raises:
        ValueError: if `factor` or `sigma` is outside 0..1, or `kernel_size` is not odd.

    Example:
        >>> import cornu, numpy as np
        >>> cornu.layers.RandomGaussianBlur(seed=1)(np.ones((4, 4, 3)), training=True).shape
        (4, 4, 3)
    """

    def __init__(
        self,
        factor: Any = 1.0,
        kernel_size: Any = 3,
        sigma: Any = 1.0,
        value_range: Any = (0, 255),
        data_format: str | None = None,
        seed: int | None = None,
        **kwargs: Any,
    ) -> None:
        super().__init__(seed, data_format=data_format, **kwargs)
        self.factor = bounds(self, "factor", factor, 0, 1)
        self.sigma = bounds(self, "sigma", sigma, 0, 1)
        self.value_range = interval(self, value_range, ordered=False)
        pair = tuple(kernel_size) if isinstance(kernel_size, (tuple, list)) else (kernel_size,) * 2
        if len(pair) != 2 or not all(isinstance(n, int) and n > 0 and n % 2 for n in pair):
            raise ValueError(
                f"{self._who}: kernel_size must be an odd number above 0, or two of them, so that a "
                f"pixel is in the middle; got kernel_size={describe(kernel_size)}. "
                "Write for instance kernel_size=3."
            )
        self.kernel_size = pair

    def draw(self, size: Size, seed: Any) -> Any:
        chosen = self.chosen(size, seed)
        return chosen, self.uniform(seed, (2,), *self.sigma, computed=True) + 1e-6

    def apply(self, images: Any, drawn: Any) -> Any:
        chosen, sigma = drawn
        blurred = gaussian_blur(images, self.kernel_size, sigma)
        return clip(jnp.where(chosen, blurred, images), self.value_range)


class RandomColorJitter(RandomImageLayer):
    """While training, changes brightness, contrast, saturation and hue, in this order.

    Args:
        value_range: the smallest and largest value of a pixel, (0, 255) by default.
        brightness_factor: as in RandomBrightness, None (default) to leave it out.
        contrast_factor: as in RandomContrast, None (default) to leave it out.
        saturation_factor: as in RandomSaturation, None (default) to leave it out.
        hue_factor: as in RandomHue, None (default) to leave it out.
        seed: a whole number for the same changes in every run.
        data_format: 'channels_last' (default) or 'channels_first'.

    Input shape:
        (batch, height, width, channels) or (height, width, channels)

    Output shape:
        that of the input, floats

    Raises:
        ValueError: if a factor is outside its bounds, or hue and saturation meet other than 3
            channels.

    Example:
        >>> import cornu, numpy as np
        >>> layer = cornu.layers.RandomColorJitter(brightness_factor=0.1, hue_factor=0.1, seed=1)
        >>> layer(np.ones((2, 4, 4, 3)), training=True).shape
        (2, 4, 4, 3)
    """

    STEPS = {  # noqa: RUF012  (a table)
        "random_brightness": RandomBrightness,
        "random_contrast": RandomContrast,
        "random_saturation": RandomSaturation,
        "random_hue": RandomHue,
    }

    def __init__(
        self,
        value_range: Any = (0, 255),
        brightness_factor: Any = None,
        contrast_factor: Any = None,
        saturation_factor: Any = None,
        hue_factor: Any = None,
        seed: int | None = None,
        data_format: str | None = None,
        **kwargs: Any,
    ) -> None:
        super().__init__(seed, data_format=data_format, **kwargs)
        self.value_range = interval(self, value_range, ordered=False)
        self.brightness_factor = brightness_factor
        self.contrast_factor = contrast_factor
        self.saturation_factor = saturation_factor
        self.hue_factor = hue_factor
        for attribute, step in self.STEPS.items():
            factor = getattr(self, attribute.replace("random_", "") + "_factor")
            made = None if factor is None else step(factor, value_range=value_range, seed=seed)
            setattr(self, attribute, made)

    def _steps(self) -> list[ImageLayer]:
        return [step for name in self.STEPS if (step := getattr(self, name)) is not None]

    def draw(self, size: Size, seed: Any) -> Any:
        return [step.draw(size, seed) for step in self._steps()]

    def apply(self, images: Any, drawn: Any) -> Any:
        for step, its in zip(self._steps(), drawn, strict=True):
            images = step.apply(images, its).astype(images.dtype)
        return images


__all__ = [
    *("RandomBrightness", "RandomColorDegeneration", "RandomColorJitter", "RandomContrast"),
    *("RandomGaussianBlur", "RandomGrayscale", "RandomHue", "RandomInvert", "RandomPosterization"),
    *("RandomSaturation", "RandomSharpness"),
]
