"""Layers that choose among the other layers of images by chance: RandAugment and AugMix."""

from __future__ import annotations

from typing import Any

import jax
import jax.numpy as jnp

from cornu import random
from cornu.layers.arguments import positive_int
from cornu.layers.preprocessing import color, contrast, geometry
from cornu.layers.preprocessing.arguments import bounds, interval, positive
from cornu.layers.preprocessing.base import ImageLayer, KeyStream, RandomImageLayer, Size, clip


class Policy(RandomImageLayer):
    """Base of layers that choose among other layers by chance."""

    OPERATIONS: tuple[str, ...] = (
        *("random_shear", "random_translation", "random_rotation", "random_brightness"),
        *("random_color_degeneration", "random_contrast", "random_sharpness"),
        *("random_posterization", "solarization", "auto_contrast", "equalization"),
    )
    moves = True
    interpolation: str
    value_range: Any

    def _make_operations(self, factor: tuple[float, float], names: tuple[str, ...]) -> None:
        """Sets an attribute for each operation, with strengths drawn between the bounds."""
        warped: dict[str, Any] = {"interpolation": self.interpolation, "seed": self.seed}
        colored: dict[str, Any] = {"value_range": self.value_range, "seed": self.seed}
        bits = max(1, int(8 * factor[1]))
        made: dict[str, Any] = {
            "random_shear": lambda: geometry.RandomShear(factor, factor, **warped),
            "random_translation": lambda: geometry.RandomTranslation(factor, factor, **warped),
            "random_rotation": lambda: geometry.RandomRotation(factor, **warped),
            "random_brightness": lambda: color.RandomBrightness(factor, **colored),
            "random_color_degeneration": lambda: color.RandomColorDegeneration(factor, **colored),
            "random_contrast": lambda: color.RandomContrast(factor, **colored),
            "random_sharpness": lambda: color.RandomSharpness(factor, **colored),
            "random_posterization": lambda: color.RandomPosterization(bits, **colored),
            "solarization": lambda: contrast.Solarization(factor, factor, **colored),
            "auto_contrast": lambda: contrast.AutoContrast(self.value_range),
            "equalization": lambda: contrast.Equalization(self.value_range),
        }
        self._names = names
        for name in names:
            setattr(self, name, made[name]())

    def operations(self) -> list[ImageLayer]:
        """The layers to choose from."""
        return [getattr(self, name) for name in self._names]


def _acting(layer: ImageLayer, drawn: Any, on_masks: bool) -> Any:
    """What a layer does with images, or with their masks, as a function."""

    def act(images: Any) -> Any:
        if on_masks and not layer.moves:
            return images
        change = layer.apply_to_masks if on_masks else layer.apply
        return change(images, drawn).astype(images.dtype)

    return act


def _choose(index: Any, branches: list[Any], *operands: Any) -> Any:
    """What one of the branches makes of the operands."""
    if isinstance(index, jax.core.Tracer):
        return jax.lax.switch(index, branches, *operands)
    return branches[int(index)](*operands)


def _in_turn(step: Any, state: Any, *places: Any) -> Any:
    """The state after a step for each place. A compiled program holds the step once."""
    if isinstance(places[0], jax.core.Tracer):
        return jax.lax.scan(lambda state, its: (step(state, *its), None), state, places)[0]
    for its in zip(*places, strict=True):
        state = step(state, *its)
    return state


class RandAugment(Policy):
    """While training, applies a few operations, each chosen among eleven for the whole batch.

    They are RandomShear, RandomTranslation, RandomRotation, RandomBrightness,
    RandomColorDegeneration, RandomContrast, RandomSharpness, RandomPosterization, Solarization,
    AutoContrast and Equalization.

    Args:
        value_range: the smallest and largest value of a pixel, (0, 255) by default.
        num_ops: how many are applied one after another, 2 by default.
        factor: their strength: two bounds within 0..1; a number f (0.5 by default) stands for
            (0, f).
        interpolation: of those that move pixels: 'bilinear' (default) or 'nearest'.
        seed: a whole number for the same changes in every run.
        data_format: 'channels_last' (default) or 'channels_first'.

    Input shape:
        (batch, height, width, 3) or (height, width, 3)

    Output shape:
        that of the input, floats

    Raises:
        ValueError: if `factor` is outside 0..1, or `num_ops` is no positive whole number.

    Example:
        >>> import cornu, numpy as np
        >>> cornu.layers.RandAugment(seed=1)(np.ones((2, 8, 8, 3)), training=True).shape
        (2, 8, 8, 3)

    Source: Cubuk et al., RandAugment, 2020.
    """

    def __init__(
        self,
        value_range: Any = (0, 255),
        num_ops: int = 2,
        factor: Any = 0.5,
        interpolation: str = "bilinear",
        seed: int | None = None,
        data_format: str | None = None,
        **kwargs: Any,
    ) -> None:
        super().__init__(seed, data_format=data_format, **kwargs)
        self.value_range = interval(self, value_range, ordered=False)
        self.num_ops = positive_int(self, "num_ops", num_ops)
        self.factor = bounds(self, "factor", factor, 0, 1)
        self.interpolation = interpolation
        self._make_operations(self.factor, self.OPERATIONS)

    def draw(self, size: Size, seed: Any) -> Any:
        chosen = random.randint((self.num_ops,), 0, len(self.OPERATIONS), seed=seed.next())
        return chosen, [operation.draw(size, seed) for operation in self.operations()]

    def apply(self, images: Any, drawn: Any, on_masks: bool = False) -> Any:
        chosen, drawn_by_each = drawn
        pairs = zip(self.operations(), drawn_by_each, strict=True)
        branches = [_acting(operation, its, on_masks) for operation, its in pairs]
        return _in_turn(lambda images, index: _choose(index, branches, images), images, chosen)

    def apply_to_masks(self, masks: Any, drawn: Any) -> Any:
        return self.apply(masks, drawn, on_masks=True)

    def move_boxes(self, boxes: Any, drawn: Any, size: Size) -> Any:
        def moving(layer: ImageLayer, its: Any) -> Any:
            return lambda boxes: layer.move_boxes(boxes, its, size) if layer.moves else boxes

        branches = [moving(*pair) for pair in zip(self.operations(), drawn[1], strict=True)]
        return _in_turn(lambda boxes, index: _choose(index, branches, boxes), boxes, drawn[0])


class AugMix(Policy):
    r"""While training, mixes each image with several versions of it, changed by chains of operations.

    $$y = m x + (1 - m) \sum_i w_i c_i(x)$$

    with $m \sim \mathrm{Beta}(\alpha, \alpha)$ and $w \sim \mathrm{Dirichlet}(\alpha)$, drawn for the
    whole batch. Each chain $c_i$ has `chain_depth` places, for each of which one of the operations of
    RandAugment is chosen, or none. (Keras 3.15 chooses with Python's generator, so that a compiled
    program would repeat the chains of its first step; here they are chosen anew at every step.)

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
            return lambda images, key: _acting(
                operation, operation.draw(size, KeyStream(key)), on_masks
            )(images)

        branches = [*map(acting, self.operations()), lambda images, key: images]

        def place(state: Any, index: Any, key: Any, begins: Any, share: Any) -> Any:
            changed, mixed = state
            changed = _choose(index, branches, jnp.where(begins, images, changed), key)
            return changed, mixed + share * changed

        # One row of places, chain after chain; the last place of a chain has its share.
        begins = jnp.zeros(chosen.shape, bool).at[:, 0].set(True)
        share = jnp.zeros(chosen.shape, images.dtype).at[:, -1].set(shares.astype(images.dtype))
        places = (chosen.ravel(), keys.reshape(chosen.size, -1), begins.ravel(), share.ravel())
        _, mixed = _in_turn(place, (images, jnp.zeros_like(images)), *places)
        kept = kept.astype(images.dtype)
        mixed = kept * images + (1 - kept) * mixed
        return mixed if on_masks else clip(mixed, self.value_range)

    def transform_segmentation_masks(
        self, segmentation_masks: Any, transformation: Any = None, training: bool = True
    ) -> Any:
        """The masks of one class per channel, mixed as the images are."""
        masks = self.as_floats(segmentation_masks) if training else segmentation_masks
        return super().transform_segmentation_masks(masks, transformation, training)

    def apply_to_masks(self, masks: Any, drawn: Any) -> Any:
        return self.apply(masks, drawn, on_masks=True)


__all__ = ["AugMix", "RandAugment"]
