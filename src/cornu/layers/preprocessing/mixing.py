"""Layers that mix images with each other, erase parts of them, and chain other layers."""

from __future__ import annotations

from typing import Any

import jax
import jax.numpy as jnp

from cornu import random
from cornu.core.config import deserialize
from cornu.core.errors import describe, show_shape
from cornu.core.symbolic import known_shape
from cornu.layers.core import positive_int
from cornu.layers.layer import Layer
from cornu.layers.preprocessing import color, contrast, geometry
from cornu.layers.preprocessing.base import (
    ImageLayer,
    KeyStream,
    RandomImageLayer,
    Size,
    bounds,
    clip,
    interval,
    positive,
)


def boxes(layer: ImageLayer, size: Size, parts: Any, seed: Any) -> Any:
    """Boxes with parts (batch, 2) of the images' width and height, at random places: where they are,
    as a mask (batch, height, width, 1), and their areas."""
    area, inside = 1.0, jnp.ones((), bool)
    for axis, length in enumerate((size.width, size.height)):
        part = (parts[:, axis] * length).astype(layer.compute_dtype)
        start = layer.uniform(seed, (size.batch,), 0, 1, computed=True) * (length - part)
        end = start + part
        at = jnp.arange(length, dtype=layer.compute_dtype)
        within = (at >= start[:, None]) & (at < end[:, None])
        inside = inside & (within[:, None, :, None] if axis == 0 else within[:, :, None, None])
        area = area * (end - start)
    return inside, area


class RandomErasing(RandomImageLayer):
    """While training, fills a random box in some images with noise or with one value.

    The box has sqrt(s) of the width and sqrt(t) of the height, s and t drawn between the bounds of
    `scale`. Each image is changed with a probability that is drawn between the bounds of `factor`.

    Args:
        factor: two probabilities; a number p (1 by default) stands for (0, p).
        scale: two bounds within 0..1, (0.02, 0.33) by default; a number s stands for (0, s).
        fill_value: a number, one for each of three channels, or None (default) for noise: normally
            distributed around 0 with the largest value as standard deviation, kept within the range.
        value_range: the smallest and largest value of a pixel, (0, 255) by default.
        seed: a whole number for the same changes in every run.
        data_format: 'channels_last' (default) or 'channels_first'.

    Input shape:
        (batch, height, width, channels) or (height, width, channels)

    Output shape:
        that of the input, floats

    Raises:
        ValueError: if `factor` or `scale` is outside 0..1, or `fill_value` is none of these.

    Example:
        >>> import cornu, numpy as np
        >>> layer = cornu.layers.RandomErasing((1, 1), scale=(1.0, 1.0), fill_value=5)
        >>> layer(np.zeros((2, 2, 1)), training=True)[..., 0].tolist()
        [[5.0, 5.0], [5.0, 5.0]]

    Source: Zhong et al., Random erasing data augmentation, AAAI 2020.
    """

    def __init__(
        self,
        factor: Any = 1.0,
        scale: Any = (0.02, 0.33),
        fill_value: Any = None,
        value_range: Any = (0, 255),
        seed: int | None = None,
        data_format: str | None = None,
        **kwargs: Any,
    ) -> None:
        super().__init__(seed, data_format=data_format, **kwargs)
        self.factor = bounds(self, "factor", factor, 0, 1)
        self.scale = bounds(self, "scale", scale, 0, 1)
        values = fill_value if isinstance(fill_value, (tuple, list)) else [fill_value] * 3
        if len(values) != 3 or not all(v is None or isinstance(v, (int, float)) for v in values):
            raise ValueError(
                f"{self._who}: fill_value must be a number, three numbers (red, green, blue), or None "
                f"for noise; got fill_value={describe(fill_value)}."
            )
        self.fill_value = fill_value
        self.value_range = interval(self, value_range, ordered=False)

    def draw(self, size: Size, seed: Any) -> Any:
        parts = jnp.sqrt(self.uniform(seed, (size.batch, 2), *self.scale, computed=True))
        inside, _ = boxes(self, size, parts, seed)
        chosen = self.chosen(size, seed)
        if self.fill_value is None:
            noise = random.normal(size.shape, dtype=self.compute_dtype, seed=seed.next())
            filling = self.as_batch(noise) * self.value_range[1]
        else:
            filling = jnp.asarray(self.fill_value, self.compute_dtype)
        return chosen & inside, clip(filling, self.value_range)

    def apply(self, images: Any, drawn: Any) -> Any:
        return jnp.where(drawn[0], drawn[1], images)


class Mixing(RandomImageLayer):
    """Base of layers that mix each image with another one of the batch, and the labels alike.

    What is drawn ends with two arrays: the order of the partners, and the share of the first image.
    """

    moves = True

    def transform_labels(self, labels: Any, transformation: Any = None, training: bool = True) -> Any:
        """The labels, mixed in the proportion of the images: w l + (1 - w) l'."""
        labels = jnp.asarray(labels)
        if not training or transformation.drawn is None:
            return labels
        partner, share = transformation.drawn[-2:]
        if labels.ndim < 2 and labels.shape == share.shape and labels.size > 1:
            raise ValueError(
                f"{self._who} mixes labels in proportion, which numbers of classes cannot be: they have "
                f"shape {show_shape(known_shape(labels.shape))}. Make them one-hot, of shape "
                "(batch, classes), for instance np.eye(classes)[labels]."
            )
        if labels.ndim < 2:  # of a single image, which has no partner
            return labels
        weight = share.reshape(-1, *(1,) * (labels.ndim - 1))
        return weight * labels + (1.0 - weight) * labels[partner]

    def call(self, data: Any, training: bool = True) -> Any:  # rows depend on each other
        if isinstance(data, dict) and list(data) == ["images"]:
            raise ValueError(
                f"{self._who} mixes images together with their labels, but the dict has no labels. "
                'Give it {"images": x, "labels": one_hot_labels}.'
            )
        return super().call(data, training)


class MixUp(Mixing):
    r"""While training, lays another image of the batch over each one: $y = w x + (1 - w) x'$.

    The labels are mixed with the same $w \sim \mathrm{Beta}(\alpha, \alpha)$, so they have to come
    along: `MixUp()({"images": x, "labels": one_hot})`.

    Args:
        alpha: of the distribution, above 0; 0.2 by default. Small numbers hardly mix.
        data_format: 'channels_last' (default) or 'channels_first'.
        seed: a whole number for the same changes in every run.

    Input shape:
        (batch, height, width, channels) or (height, width, channels), or a dict of such "images",
        "labels" (batch, classes) and "segmentation_masks"

    Output shape:
        that of the input, floats

    Raises:
        ValueError: if `alpha` is not above 0, a dict has no labels, or labels are not one-hot.

    Example:
        >>> import cornu, numpy as np
        >>> layer = cornu.layers.MixUp(seed=1)
        >>> batch = {"images": np.ones((2, 4, 4, 3)), "labels": np.eye(2)}
        >>> layer(batch, training=True)["labels"].sum(axis=1).tolist()
        [1.0, 1.0]

    Source: Zhang et al., mixup: beyond empirical risk minimization, ICLR 2018.
    """

    draws_always = True

    def __init__(
        self,
        alpha: float = 0.2,
        data_format: str | None = None,
        seed: int | None = None,
        **kwargs: Any,
    ) -> None:
        super().__init__(seed, data_format=data_format, **kwargs)
        self.alpha = positive(self, "alpha", alpha)

    def draw(self, size: Size, seed: Any) -> Any:
        order = random.shuffle(jnp.arange(size.batch), seed=seed.next())
        return order, random.beta((size.batch,), self.alpha, self.alpha, seed=seed.next())

    def apply(self, images: Any, drawn: Any) -> Any:
        order, share = drawn
        weight = share.reshape(-1, 1, 1, 1).astype(images.dtype)
        return weight * images + (1.0 - weight) * images[order]

    def transform_segmentation_masks(
        self, segmentation_masks: Any, transformation: Any = None, training: bool = True
    ) -> Any:
        """The masks of one class per channel, mixed as the images are."""
        masks = self.as_floats(segmentation_masks) if training else segmentation_masks
        return super().transform_segmentation_masks(masks, transformation, training)

    def transform_bounding_boxes(
        self, bounding_boxes: Any, transformation: Any = None, training: bool = True
    ) -> Any:
        """The boxes of both images."""
        boxes = {name: jnp.asarray(value) for name, value in bounding_boxes.items()}
        if not training or boxes["boxes"].ndim == 2:
            return bounding_boxes
        order = transformation.drawn[0]
        return {name: jnp.concatenate([v, v[order]], axis=1) for name, v in boxes.items()}


class CutMix(Mixing):
    r"""While training, pastes a box of another image of the batch into each one.

    The box has the part $1 - w$ of the image, $w \sim \mathrm{Beta}(\alpha, \alpha)$ with $\alpha$
    drawn between the bounds of `factor`; labels are mixed in the proportion of the areas:
    `CutMix()({"images": x, "labels": one_hot})`. A single image stays as it is.

    Args:
        factor: two bounds within 0..1; a number f (1 by default) stands for (0, f).
        seed: a whole number for the same changes in every run.
        data_format: 'channels_last' (default) or 'channels_first'.

    Input shape:
        (batch, height, width, channels) or (height, width, channels), or a dict of such "images",
        "labels" (batch, classes) and "segmentation_masks"

    Output shape:
        that of the input, floats

    Raises:
        ValueError: if `factor` is outside 0..1, a dict has no labels, or labels are not one-hot.

    Example:
        >>> import cornu, numpy as np
        >>> layer = cornu.layers.CutMix(seed=1)
        >>> batch = {"images": np.ones((2, 4, 4, 3)), "labels": np.eye(2)}
        >>> layer(batch, training=True)["labels"].sum(axis=1).tolist()
        [1.0, 1.0]

    Source: Yun et al., CutMix, ICCV 2019.
    """

    def __init__(
        self,
        factor: Any = 1.0,
        seed: int | None = None,
        data_format: str | None = None,
        **kwargs: Any,
    ) -> None:
        super().__init__(seed, data_format=data_format, **kwargs)
        self.factor = bounds(self, "factor", factor, 0, 1)

    def draw(self, size: Size, seed: Any) -> Any:
        if len(size.shape) == 3:
            return None
        low, high = self.factor
        alpha = self.uniform(seed, (), low, high, computed=True) + 1e-6
        share = random.beta((size.batch,), alpha, alpha, self.compute_dtype, seed.next())
        parts = jnp.repeat(jnp.sqrt(1.0 - share)[:, None], 2, axis=1)
        inside, area = boxes(self, size, parts, seed)
        order = random.shuffle(jnp.arange(size.batch, dtype="int32"), seed=seed.next())
        return inside, order, 1.0 - area / (size.width * size.height)

    def apply(self, images: Any, drawn: Any) -> Any:
        return images if drawn is None else jnp.where(drawn[0], images[drawn[1]], images)


# --------------------------------------------------------------------------- policies of many steps


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


class Pipeline(Layer):
    """Applies layers one after another: those that prepare data, as one.

    Args:
        layers: a list of layers.
        name: 'pipeline' by default.

    Input shape, output shape:
        what the first takes, what the last gives

    Raises:
        TypeError: if `layers` is no list of layers.

    Example:
        >>> import cornu, numpy as np
        >>> steps = [cornu.layers.Resizing(4, 4), cornu.layers.CenterCrop(2, 2)]
        >>> cornu.layers.Pipeline(steps)(np.ones((1, 8, 8, 3))).shape
        (1, 2, 2, 3)
    """

    hands_masks_on = True

    def __init__(self, layers: Any, name: str | None = None, **kwargs: Any) -> None:
        super().__init__(name=name, autocast=False, **kwargs)
        listed = isinstance(layers, (list, tuple))
        if not listed or not all(isinstance(layer, Layer) for layer in layers):
            raise TypeError(
                f'Pipeline "{self.name}": layers must be a list of layers, got {describe(layers)}. '
                "Write Pipeline([Resizing(8, 8), ...])."
            )
        self.layers = list(layers)

    def call(self, inputs: Any, training: bool = True) -> Any:
        for layer in self.layers:
            inputs = layer(inputs, training=training)
        return inputs

    def get_config(self) -> dict[str, Any]:
        config = super().get_config()
        return {"layers": config["layers"], "name": config["name"]}

    @classmethod
    def from_config(cls, config: Any) -> Any:
        """A new pipeline from what `get_config` gave."""
        return cls(**{**config, "layers": deserialize(config["layers"])})


__all__ = ["AugMix", "CutMix", "MixUp", "Pipeline", "RandAugment", "RandomErasing"]
