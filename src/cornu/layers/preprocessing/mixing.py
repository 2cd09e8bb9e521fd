"""Layers that mix images with each other, and erase parts of them."""

from __future__ import annotations

from typing import Any

import jax.numpy as jnp

from cornu import random
from cornu.core.errors import describe, show_shape
from cornu.core.symbolic import known_shape
from cornu.layers.preprocessing.arguments import bounds, interval, positive
from cornu.layers.preprocessing.base import ImageLayer, RandomImageLayer, Size, clip


def random_windows(layer: ImageLayer, size: Size, parts: Any, seed: Any) -> Any:
    """Windows with parts (batch, 2) of the images' width and height, at random places: where they are,
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
        inside, _ = random_windows(self, size, parts, seed)
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
        inside, area = random_windows(self, size, parts, seed)
        order = random.shuffle(jnp.arange(size.batch, dtype="int32"), seed=seed.next())
        return inside, order, 1.0 - area / (size.width * size.height)

    def apply(self, images: Any, drawn: Any) -> Any:
        return images if drawn is None else jnp.where(drawn[0], images[drawn[1]], images)


__all__ = ["CutMix", "MixUp", "RandomErasing"]
