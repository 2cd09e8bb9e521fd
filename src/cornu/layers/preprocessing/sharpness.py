"""Images made sharper or blurred by chance while training."""

from __future__ import annotations

from typing import Any

import jax.numpy as jnp

from cornu.core.errors import describe
from cornu.layers.preprocessing.arguments import bounds, interval
from cornu.layers.preprocessing.base import RandomImageLayer, Size, clip
from cornu.layers.preprocessing.color import ColorLayer
from cornu.ops.formulas.image import gaussian_blur, smooth


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


__all__ = ["RandomGaussianBlur", "RandomSharpness"]
