"""Batch normalization, and batch renormalization."""

from __future__ import annotations

from typing import Any

import jax
import jax.numpy as jnp
import numpy as np
from jax import lax

from cornu import initializers
from cornu.core.errors import describe, did_you_mean, show_shape
from cornu.layers.input_spec import InputSpec
from cornu.layers.normalization.axes import along, known_sizes, one_axis, positions
from cornu.layers.normalization.normalizer import Normalizer, at_least_float32
from cornu.ops.formulas.moments import moments, standardized

_BOUNDS = ("rmax", "rmin", "dmax")
_NO_ROW = 1e-7  # keeps the mean of no rows at all at 0


class BatchNormalization(Normalizer):
    r"""Gives each channel mean 0 and variance 1 over the batch, then a learnt scale and offset.

    $$y = \gamma \frac{x - \mu}{\sqrt{\sigma^2 + \epsilon}} + \beta$$

    While training, $\mu$ and $\sigma^2$ are the mean and variance of the batch (and of all
    positions), and moving averages of them are kept:

    $$m \leftarrow c m + (1 - c) \mu$$

    with the `momentum` $c$. Otherwise $\mu$ and $\sigma^2$ are those averages. A layer whose `trainable`
    is False uses and keeps the averages as they are, also in `fit`.

    With `renorm`, training uses $\hat x r + d$ for $\hat x$, where $r$ and $d$ lead from the statistics
    of the batch to slowly moving ones, so that a sample depends less on the others of its batch.

    Args:
        axis: the axis of the channels, the last by default; 1 after channels_first layers.
        momentum: $c$, 0.99 by default.
        epsilon: $\epsilon$, 0.001 by default.
        center, scale: whether there is a $\beta$, a $\gamma$; True by default.
        beta_initializer, gamma_initializer: 'zeros' and 'ones' by default.
        moving_mean_initializer, moving_variance_initializer: 'zeros' and 'ones' by default.
        beta_regularizer, gamma_regularizer: penalties, added to the loss.
        beta_constraint, gamma_constraint: applied after each update.
        renorm: whether to renormalize; False by default.
        renorm_clipping: bounds for it: a dict with any of 'rmax', 'rmin' (for $r$) and 'dmax' (for
            $|d|$).
        renorm_momentum: momentum of the statistics that it leads to; 0.99 by default.
        synchronized: whether a batch that is spread over several devices has one mean and variance.
            That is always so here, since it is one array.

    Call arguments:
        inputs: an array of any rank.
        training: whether to use the batch's statistics.
        mask: of the input's shape without the last axis; what is False does not count in them.

    Input shape, output shape:
        any; the size of the axis `axis` must be known

    Raises:
        ValueError: if the input has no such axis or its size is not known, if the mask has another
            rank, or `renorm_clipping` other keys.

    Example:
        >>> import cornu, numpy as np
        >>> layer = cornu.layers.BatchNormalization(epsilon=0)
        >>> layer(np.array([[1.0], [3.0]]), training=True).tolist()
        [[-1.0], [1.0]]
        >>> [w.name for w in layer.weights]
        ['gamma', 'beta', 'moving_mean', 'moving_variance']

    Source: Ioffe and Szegedy, Batch normalization, 2015; Ioffe, Batch renormalization, 2017.
    """

    def __init__(
        self,
        axis: Any = -1,
        momentum: float = 0.99,
        epsilon: float = 1e-3,
        center: bool = True,
        scale: bool = True,
        beta_initializer: Any = "zeros",
        gamma_initializer: Any = "ones",
        moving_mean_initializer: Any = "zeros",
        moving_variance_initializer: Any = "ones",
        beta_regularizer: Any = None,
        gamma_regularizer: Any = None,
        beta_constraint: Any = None,
        gamma_constraint: Any = None,
        renorm: bool = False,
        renorm_clipping: dict[str, float] | None = None,
        renorm_momentum: float = 0.99,
        synchronized: bool = False,
        **kwargs: Any,
    ) -> None:
        super().__init__(
            epsilon=epsilon,
            center=center,
            scale=scale,
            beta_initializer=beta_initializer,
            gamma_initializer=gamma_initializer,
            beta_regularizer=beta_regularizer,
            gamma_regularizer=gamma_regularizer,
            beta_constraint=beta_constraint,
            gamma_constraint=gamma_constraint,
            **kwargs,
        )
        self.axis = one_axis(self, axis)
        self.momentum = _share(self, "momentum", momentum)
        self.moving_mean_initializer = initializers.get(moving_mean_initializer)
        self.moving_variance_initializer = initializers.get(moving_variance_initializer)
        self.renorm = renorm
        self.renorm_clipping = _bounds(self, renorm_clipping or {}) if renorm else renorm_clipping
        self.renorm_momentum = _share(self, "renorm_momentum", renorm_momentum)
        self.synchronized = synchronized

    def build(self, input_shape: Any) -> None:
        (self._channels,) = positions(self, self.axis, input_shape)
        shape = known_sizes(self, input_shape, (self._channels,))
        self.add_scale_and_offset(shape, self.scale, self.center)

        def average(name: str, initializer: Any) -> Any:
            return self.add_weight(shape, initializer, trainable=False, name=name, autocast=False)

        mean, variance = self.moving_mean_initializer, self.moving_variance_initializer
        self.moving_mean = average("moving_mean", mean)
        self.moving_variance = average("moving_variance", variance)
        if self.renorm:
            self.moving_stddev = average("moving_stddev", _root_of(variance))
            self.renorm_mean = average("renorm_mean", mean)
            self.renorm_stddev = average("renorm_stddev", _root_of(variance))
        self.input_spec = InputSpec(ndim=len(input_shape), axes={self._channels: shape[0]})

    def call(self, inputs: jax.Array, training: bool | None = None, mask: Any = None) -> jax.Array:
        x, channels = at_least_float32(inputs), (self._channels,)
        gamma, beta = self.scale_and_offset(channels, x.shape, x.dtype)
        if training and self.trainable:
            mean, variance = self._moments(x, mask)
            if self.renorm:
                r, d = lax.stop_gradient(self._correction(mean, variance))
                gamma, beta = r * gamma, d * gamma + beta
            self._follow(mean.reshape(-1), variance.reshape(-1))
        else:
            mean, variance = (
                along(average.value.astype(x.dtype), channels, x.shape)
                for average in (self.moving_mean, self.moving_variance)
            )
        y = standardized(x, mean, variance, self.epsilon, gamma, beta)
        return y.astype(self.compute_dtype)

    def _moments(self, x: Any, mask: Any) -> tuple[Any, Any]:
        """Mean and variance of each channel, of what the mask keeps."""
        axes = tuple(axis for axis in range(x.ndim) if axis != self._channels)
        if mask is None:
            return moments(x, axes)
        _check_mask(self, mask, x)
        kept = jnp.broadcast_to(jnp.expand_dims(mask, -1).astype(bool), x.shape)
        count = jnp.sum(kept, axes, x.dtype, keepdims=True) + _NO_ROW
        mean = jnp.sum(jnp.where(kept, x, 0), axes, keepdims=True) / count
        square = jnp.square(jnp.where(kept, x - mean, 0))
        return mean, jnp.sum(square, axes, keepdims=True) / count

    def _follow(self, mean: Any, variance: Any) -> None:
        """Moves the averages towards the statistics of this batch."""
        _move(self.moving_mean, mean, self.momentum)
        if not self.renorm:
            _move(self.moving_variance, variance, self.momentum)
            return
        stddev = jnp.sqrt(variance + self.epsilon)
        _move(self.renorm_mean, mean, self.renorm_momentum)
        _move(self.renorm_stddev, stddev, self.renorm_momentum)
        moved = _move(self.moving_stddev, stddev, self.momentum)
        self.moving_variance.assign(jnp.maximum(jnp.square(moved) - self.epsilon, 0))

    def _correction(self, mean: Any, variance: Any) -> tuple[Any, Any]:
        """r and d, which lead from the batch's statistics to the slowly moving ones."""
        slow_mean = self.renorm_mean.value.reshape(mean.shape)
        slow_stddev = jnp.maximum(self.renorm_stddev.value.reshape(mean.shape), self.epsilon**0.5)
        r = jnp.sqrt(variance + self.epsilon) / slow_stddev
        d = (mean - slow_mean) / slow_stddev
        bounds = self.renorm_clipping or {}
        r = jnp.clip(r, bounds.get("rmin"), bounds.get("rmax"))
        farthest = bounds.get("dmax")
        return r, d if farthest is None else jnp.clip(d, -farthest, farthest)


def _move(average: Any, value: Any, momentum: float) -> Any:
    """Moves an average towards a value, and gives where it is then."""
    moved = average.value.astype(value.dtype) * momentum + value * (1 - momentum)
    average.assign(moved)
    return moved


def _root_of(initializer: Any) -> Any:
    """An initializer that gives the square root of what another one gives."""
    return lambda shape, dtype=None: np.sqrt(np.asarray(initializer(shape, dtype=dtype)))


def _share(layer: BatchNormalization, argument: str, value: Any) -> float:
    """`value`, if it is a number from 0 to 1."""
    if isinstance(value, bool) or not isinstance(value, (int, float)) or not 0 <= value <= 1:
        raise ValueError(
            f'BatchNormalization "{layer.name}": {argument} must be a number from 0 to 1, the share of '
            f"the old average that is kept, got {argument}={describe(value)}."
        )
    return value


def _bounds(layer: BatchNormalization, clipping: dict[str, float]) -> dict[str, float]:
    """What `renorm_clipping` gives, checked."""
    which = f'BatchNormalization "{layer.name}": renorm_clipping={describe(clipping)}'
    for key in clipping:
        if key not in _BOUNDS:
            raise ValueError(f"{which} has a key {key!r}. {did_you_mean(key, _BOUNDS)}")
    if clipping.get("dmax", 0) < 0:
        raise ValueError(f"{which}: dmax, the largest |d|, must be at least 0.")
    if clipping.get("rmin", 0) > clipping.get("rmax", float("inf")):
        raise ValueError(f"{which}: rmin must be at most rmax.")
    return clipping


def _check_mask(layer: BatchNormalization, mask: Any, x: Any) -> None:
    """Refuses a mask that does not say of each position whether it counts."""
    wanted = x.shape[:-1]
    fits = mask.ndim == len(wanted) and all(
        a == b or a == 1 for a, b in zip(mask.shape, wanted, strict=True)
    )
    if not fits:
        raise ValueError(
            f'BatchNormalization "{layer.name}" takes a mask of the shape of its input without the last '
            f"axis, {show_shape(wanted)}, but got a mask of shape {show_shape(mask.shape)} with an "
            f"input of shape {show_shape(x.shape)}."
        )


__all__ = ["BatchNormalization"]
