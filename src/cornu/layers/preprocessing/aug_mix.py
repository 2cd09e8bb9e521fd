"""AugMix: images mixed from several chains of layers chosen by chance."""

from __future__ import annotations

from typing import Any

import jax
import jax.numpy as jnp

from cornu import random
from cornu.layers.arguments import positive_int
from cornu.layers.preprocessing.arguments import bounds, interval, positive
from cornu.layers.preprocessing.base import ImageLayer, KeyStream, Size, clip
from cornu.layers.preprocessing.policies import Policy, as_function, choose, in_turn


class AugMix(Policy):
    r"""While training, mixes each image with several versions of it, changed by chains of operations.

    $$y = m x + (1 - m) \sum_i w_i c_i(x)$$

    with $m \sim \mathrm{Beta}(\alpha, \alpha)$ and $w \sim \mathrm{Dirichlet}(\alpha)$, drawn for the
    whole batch. Each chain $c_i$ has `chain_depth` places, for each of which one of the operations of
    RandAugment is chosen, or none. (Keras 3.15 chooses with Python's generator, so that a compiled
    program would repeat the chains of its first step; here they are chosen anew at every step.)
    Bounding boxes stay as they are.

    Args:
        value_range: the smallest and largest value of a pixel, (0, 255) by default.
        num_chains: number of chains, 3 by default.
        chain_depth: places in a chain, 3 by default.
        factor: strength of the operations: two bounds within 0..1; a number f (0.3 by default)
            stands for (0, f).
        alpha: of both distributions, 1 by default.
        all_ops: whether to choose also among brightness, color, contrast and sharpness.
        interpolation: of those that move pixels: 'bilinear' (default) or 'nearest'.
        seed: a whole number for the same changes in every run.
        data_format: 'channels_last' (default) or 'channels_first'.

    Input shape:
        (batch, height, width, 3) or (height, width, 3)

    Output shape:
        that of the input, floats

    Raises:
        ValueError: if `factor` is outside 0..1, or a number is not above 0.

    Example:
        >>> import cornu, numpy as np
        >>> cornu.layers.AugMix(num_chains=2, seed=1)(np.ones((2, 8, 8, 3)), training=True).shape
        (2, 8, 8, 3)

    Source: Hendrycks et al., AugMix, ICLR 2020.
    """

    LEFT_OUT = (
        *("random_brightness", "random_color_degeneration", "random_contrast", "random_sharpness"),
    )

    def __init__(
        self,
        value_range: Any = (0, 255),
        num_chains: int = 3,
        chain_depth: int = 3,
        factor: Any = 0.3,
        alpha: float = 1.0,
        all_ops: bool = True,
        interpolation: str = "bilinear",
        seed: int | None = None,
        data_format: str | None = None,
        **kwargs: Any,
    ) -> None:
        super().__init__(seed, data_format=data_format, **kwargs)
        self.value_range = interval(self, value_range, ordered=False)
        self.num_chains = positive_int(self, "num_chains", num_chains)
        self.chain_depth = positive_int(self, "chain_depth", chain_depth)
        self.factor = bounds(self, "factor", factor, 0, 1)
        self.alpha = positive(self, "alpha", alpha)
        self.all_ops = all_ops
        self.interpolation = interpolation
        names = tuple(n for n in self.OPERATIONS if all_ops or n not in self.LEFT_OUT)
        self._make_operations(self.factor, names)

    def draw(self, size: Size, seed: Any) -> Any:
        shares = random.gamma((self.num_chains,), self.alpha, seed=seed.next())
        kept = random.beta((), self.alpha, self.alpha, seed=seed.next())
        places = (self.num_chains, self.chain_depth)
        chosen = random.randint(places, 0, len(self._names) + 1, seed=seed.next())
        keys = jax.random.split(jnp.asarray(seed.next()), places)
        return kept, shares / shares.sum(), chosen, keys, size

    def apply(self, images: Any, drawn: Any, on_masks: bool = False) -> Any:
        kept, shares, chosen, keys, size = drawn

        def acting(operation: ImageLayer) -> Any:
            return lambda images, key: as_function(
                operation, operation.draw(size, KeyStream(key)), on_masks
            )(images)

        branches = [*map(acting, self.operations()), lambda images, key: images]

        def place(state: Any, index: Any, key: Any, begins: Any, share: Any) -> Any:
            changed, mixed = state
            changed = choose(index, branches, jnp.where(begins, images, changed), key)
            return changed, mixed + share * changed

        # One row of places, chain after chain; the last place of a chain has its share.
        begins = jnp.zeros(chosen.shape, bool).at[:, 0].set(True)
        share = jnp.zeros(chosen.shape, images.dtype).at[:, -1].set(shares.astype(images.dtype))
        places = (chosen.ravel(), keys.reshape(chosen.size, -1), begins.ravel(), share.ravel())
        _, mixed = in_turn(place, (images, jnp.zeros_like(images)), *places)
        kept = kept.astype(images.dtype)
        mixed = kept * images + (1 - kept) * mixed
        return mixed if on_masks else clip(mixed, self.value_range)

    def transform_segmentation_masks(
        self, segmentation_masks: Any, transformation: Any = None, training: bool = True
    ) -> Any:
        """The masks of one class per channel, mixed as the images are."""
        masks = self.as_floats(segmentation_masks) if training else segmentation_masks
        return super().transform_segmentation_masks(masks, transformation, training)

    def transform_bounding_boxes(
        self, bounding_boxes: Any, transformation: Any = None, training: bool = True
    ) -> Any:
        """The boxes as they are: those of the unchanged image, which is always a part of the mixture."""
        return bounding_boxes

    def apply_to_masks(self, masks: Any, drawn: Any) -> Any:
        return self.apply(masks, drawn, on_masks=True)


__all__ = ["AugMix"]
