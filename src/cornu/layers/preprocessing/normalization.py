"""Numbers moved to another range: Normalization by what data have, Rescaling by what is given."""

from __future__ import annotations

import math
from collections.abc import Iterator
from typing import Any

import jax
import jax.numpy as jnp
import numpy as np

from cornu.core import dtypes
from cornu.core.context import context
from cornu.core.errors import describe, show_shape
from cornu.core.settings import epsilon
from cornu.layers.layer import Layer
from cornu.layers.preprocessing.inputs import batches, is_concrete, on_host, title
from cornu.layers.spatial import is_whole


class Normalization(Layer):
    r"""Moves numbers to mean 0 and standard deviation 1, feature by feature.

    $$y = \frac{x - \mu}{\max(\sqrt{\sigma^2}, \epsilon)}$$

    with the `mean` $\mu$ and the `variance` $\sigma^2$ of the data that `adapt` was given, and
    $\epsilon$ = `cornu.config.epsilon()`, 1e-7. Every index along `axis` has its own. With `invert`
    the other way around: $x = \mu + y \max(\sqrt{\sigma^2}, \epsilon)$.

    Args:
        axis: the axis or axes along which numbers are kept apart, the last (-1) by default; None for
            one mean and variance of all.
        mean, variance: numbers or arrays to use instead of learning them, both or none.
        invert: True to undo a normalization.

    Input shape:
        any

    Output shape:
        that of the input

    Raises:
        ValueError: if the layer was neither adapted nor given mean and variance, an axis is missing
            or of unknown size, or mean and variance do not fit.

    Example:
        >>> import cornu, numpy as np
        >>> layer = cornu.layers.Normalization()
        >>> layer.adapt(np.array([[0.0, 7.0], [2.0, 9.0]]))
        >>> layer(np.array([[0.0, 9.0]])).tolist()
        [[-1.0, 1.0]]
    """

    samplewise = True

    def __init__(
        self, axis: Any = -1, mean: Any = None, variance: Any = None, invert: bool = False, **kwargs: Any
    ) -> None:
        super().__init__(**kwargs)
        axes: Any = () if axis is None else axis if isinstance(axis, (tuple, list)) else (axis,)
        if not all(is_whole(number) for number in axes):
            raise ValueError(
                f"{title(self)}: axis must be a whole number, a tuple of them, or None for one mean and "
                f"variance of all, got axis={describe(axis)}."
            )
        axes = tuple(axes)
        self.axis = axes
        self.input_mean, self.input_variance = mean, variance
        self.invert = bool(invert)
        self.supports_masking = True
        self._adaptable = mean is None
        if (mean is None) != (variance is None):
            raise ValueError(
                f"{title(self)} takes mean and variance together, or none of them and adapt(data), "
                f"got mean={describe(mean)} and variance={describe(variance)}."
            )
        if mean is not None and (np.shape(mean) != np.shape(variance) or np.ndim(mean) > len(axes)):
            raise ValueError(
                f"{title(self)}: mean and variance must have the same shape, with at most one axis "
                f"for each in axis={axes}, got shapes {np.shape(mean)} and {np.shape(variance)}."
            )

    def build(self, input_shape: tuple[int | None, ...]) -> None:
        rank = len(input_shape)
        if any(not -rank <= axis < rank for axis in self.axis):
            raise ValueError(
                f"{title(self)}: axis={self.axis} is not among the axes of its input, which has shape "
                f"{show_shape(input_shape)}."
            )
        self._kept = tuple(sorted(axis % rank for axis in self.axis))
        if any(input_shape[axis] is None for axis in self._kept):
            raise ValueError(
                f"{title(self)} keeps a mean for each index along axis={self.axis}, so it needs to know "
                f"that size, but its input has shape {show_shape(input_shape)}."
            )
        self._sizes = tuple(input_shape[axis] for axis in self._kept)
        self._broadcast = [input_shape[axis] if axis in self._kept else 1 for axis in range(rank)]
        if self._adaptable:
            self.adapt_mean = self.add_weight(self._sizes, "zeros", trainable=False, name="mean")
            self.adapt_variance = self.add_weight(self._sizes, "ones", trainable=False, name="variance")
            self.count = self.add_weight((), "zeros", "int32", trainable=False, name="count")
            self._untouched = self.adapt_variance._value  # until it is adapted, or weights are set
        else:
            self._given = tuple(map(self._spread, (self.input_mean, self.input_variance)))

    def _spread(self, given: Any) -> Any:
        """A given mean or variance, over the axes that are kept."""
        array = np.asarray(given, dtypes.numpy_dtype(self.compute_dtype))
        try:
            return np.broadcast_to(array, self._sizes).reshape(self._broadcast)
        except ValueError:
            raise ValueError(
                f"{title(self)} was given a mean and variance of shape {array.shape}, but the sizes of "
                f"its input along axis={self.axis} are {self._sizes}."
            ) from None

    def call(self, inputs: jax.Array) -> jax.Array:
        inputs = jnp.asarray(inputs, self.compute_dtype)
        mean, variance = self._moments(inputs)
        deviation = jnp.maximum(jnp.sqrt(variance), epsilon())
        return mean + inputs * deviation if self.invert else (inputs - mean) / deviation

    def traced_as(self) -> dict[str, Any]:
        """What decides how it is traced: also whether it has learnt anything yet."""
        unlearned = self._adaptable and self.built and self.adapt_variance._value is self._untouched
        return {**vars(self), "_untouched": unlearned}

    def _moments(self, inputs: Any) -> tuple[Any, Any]:
        if not self._adaptable:
            return self._given
        unlearned = self.adapt_variance._value is self._untouched
        if unlearned and (is_concrete(inputs) or context.bindings):
            raise ValueError(
                f"{title(self)} knows no mean and variance yet. Call adapt(data) first, which learns "
                "them, or pass mean= and variance=."
            )
        return tuple(
            weight.value.reshape(self._broadcast).astype(self.compute_dtype)
            for weight in (self.adapt_mean, self.adapt_variance)
        )

    def adapt(self, data: Any) -> None:
        """Learns mean and variance from data, after forgetting what it knew.

        Args:
            data: an array, a table of numbers, or something that yields batches, which may be of
                different sizes; of a tuple (inputs, targets) the inputs.

        Raises:
            ValueError: if mean and variance were given, there are no data, or they have other sizes
                than those the layer was built for.
        """
        if not self._adaptable:
            raise ValueError(
                f"{title(self)} was given its mean and variance, so it cannot adapt to data. Leave "
                "them out to learn them."
            )
        count, mean, variance = 0, np.zeros(()), np.zeros(())
        for batch in self._batches(data):
            axes = tuple(axis for axis in range(batch.ndim) if axis not in self._kept)
            size = math.prod(batch.shape[axis] for axis in axes)
            if size == 0:
                continue
            count += size
            part = size / count  # of this batch in what was seen so far
            own, spread = batch.mean(axes, dtype="float64"), batch.var(axes, dtype="float64")
            total = mean + (own - mean) * part
            variance = (variance + (mean - total) ** 2) * (1 - part) + (
                spread + (own - total) ** 2
            ) * part
            mean = total
        if not count:
            raise ValueError(f"{title(self)}: adapt got no data, so there is nothing to learn.")
        self.adapt_mean.assign(np.broadcast_to(mean, self._sizes))
        self.adapt_variance.assign(np.broadcast_to(variance, self._sizes))

    def _batches(self, data: Any) -> Iterator[Any]:
        """The batches as arrays of numbers; the first builds the layer."""
        whole = not isinstance(data, (list, tuple)) or not any(hasattr(x, "shape") for x in data)
        for given in batches(self, data) if whole else data:
            batch = on_host(given[0] if isinstance(given, tuple) and given is not data else given)
            if batch.dtype.kind not in "fiub" and batch.dtype.name != "bfloat16":
                raise TypeError(
                    f"{title(self)} adapts to numbers, but got {describe(batch)}. Turn them into "
                    'numbers first: x.astype("float32").'
                )
            if not self.built:
                self.build(batch.shape)
            found = tuple(batch.shape[axis] for axis in self._kept if axis < batch.ndim)
            if batch.ndim != len(self._broadcast) or found != self._sizes:
                raise ValueError(
                    f"{title(self)} was built for data of shape "
                    f"{show_shape(size if size != 1 else None for size in self._broadcast)} along "
                    f"axis={self.axis}, but adapt got data of shape {batch.shape}."
                )
            yield batch

    def finalize_state(self) -> None:
        """Nothing is left to be done after `adapt`, or after weights are set; here for Keras's sake."""

    def get_config(self) -> dict[str, Any]:
        given = {
            name: None if value is None else np.asarray(value).tolist()
            for name, value in (("mean", self.input_mean), ("variance", self.input_variance))
        }
        return {**super().get_config(), **given}


class Rescaling(Layer):
    """Multiplies by one number and adds another: $y = s x + o$.

    Args:
        scale: $s$, a number, or an array that fits the input's last axes, such as one per channel.
        offset: $o$, 0 by default.

    Input shape:
        any, of numbers or whole numbers

    Output shape:
        that of the input, as floats

    Raises:
        ValueError: if `scale` or `offset` is no number or array of numbers.

    Example:
        >>> import cornu, numpy as np
        >>> cornu.layers.Rescaling(1 / 127.5, offset=-1)(np.array([0, 255])).tolist()
        [-1.0, 1.0]
    """

    samplewise = True

    def __init__(self, scale: Any, offset: Any = 0.0, **kwargs: Any) -> None:
        super().__init__(**kwargs)
        self.scale, self.offset = scale, offset
        self.supports_masking = True
        for name, value in (("scale", scale), ("offset", offset)):
            if value is None or not _is_number(value):
                raise ValueError(
                    f"{title(self)}: {name} must be a number or an array of numbers, "
                    f"got {name}={describe(value)}. For pixels from 0 to 255: Rescaling(1 / 255)."
                )

    def call(self, inputs: jax.Array) -> jax.Array:
        scale, offset = (jnp.asarray(number, self.compute_dtype) for number in (self.scale, self.offset))
        return inputs.astype(self.compute_dtype) * scale + offset

    @classmethod
    def from_config(cls, config: Any) -> Any:
        """A new layer from what `get_config` gave; Keras writes arrays as objects of its own."""
        plain = {key: _plain_array(config[key]) for key in ("scale", "offset") if key in config}
        return cls(**{**config, **plain})


def _is_number(value: Any) -> bool:
    """Whether it is a number or an array of numbers."""
    try:
        np.asarray(value, "float32")
    except (TypeError, ValueError):
        return False
    return True


def _plain_array(value: Any) -> Any:
    return value["config"]["value"] if isinstance(value, dict) else value
