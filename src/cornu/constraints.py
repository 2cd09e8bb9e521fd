"""Constraints: functions that bring a weight back into a set after each step of training."""

from __future__ import annotations

from typing import Any

import jax
import jax.numpy as jnp

from cornu.core.config import Configurable, custom_object_scope, lookup
from cornu.core.config import serialize as _serialize
from cornu.core.errors import describe
from cornu.core.settings import epsilon

__all__ = [
    *("Constraint", "MaxNorm", "MinMaxNorm", "NonNeg", "UnitNorm"),
    *("max_norm", "min_max_norm", "non_neg", "unit_norm"),
    *("deserialize", "get", "serialize"),
]


class Constraint(Configurable):
    """Base of all constraints: a function from a weight to an allowed weight of the same shape.

    Example:
        >>> class AtMostOne(Constraint):
        ...     def __call__(self, w):
        ...         return jnp.minimum(w, 1)
        >>> AtMostOne()(jnp.array([0.5, 2.0])).tolist()
        [0.5, 1.0]
    """

    def __call__(self, w: Any) -> Any:
        return w


class NonNeg(Constraint):
    """No weight below 0: max(w, 0).

    Example:
        >>> NonNeg()(jnp.array([-1.0, 2.0])).tolist()
        [0.0, 2.0]
    """

    def __call__(self, w: Any) -> jax.Array:
        return jnp.maximum(jnp.asarray(w), 0)


class MaxNorm(Constraint):
    """Weights into a unit have at most the norm m: w min(|w|, m) / |w|, with m = max_value.

    Args:
        max_value: the largest norm; 2 by default.
        axis: the axis, or list of axes, over which the norm is taken: 0 (default) for the kernel
            (inputs, units) of Dense, [0, 1, 2] for the kernel of Conv2D.

    Raises:
        ValueError: if `max_value` is negative.

    Example:
        >>> round(float(jnp.linalg.norm(MaxNorm(1.0)(jnp.array([[3.0], [4.0]])))), 3)
        1.0

    Source: Srivastava et al., Dropout: a simple way to prevent neural networks from overfitting
    (2014).
    """

    def __init__(self, max_value: float = 2, axis: Any = 0) -> None:
        self.max_value = _at_least_zero(self, "max_value", max_value)
        self.axis = axis

    def __call__(self, w: Any) -> jax.Array:
        w = jnp.asarray(w)
        norm = _norm(w, self.axis)
        return jnp.multiply(w, jnp.minimum(norm, self.max_value) / (epsilon() + norm))


class UnitNorm(Constraint):
    """Weights into a unit have the norm 1: w / |w|.

    Args:
        axis: the axis, or list of axes, over which the norm is taken; 0 by default.

    Example:
        >>> round(float(jnp.linalg.norm(UnitNorm()(jnp.array([[3.0], [4.0]])))), 3)
        1.0
    """

    def __init__(self, axis: Any = 0) -> None:
        self.axis = axis

    def __call__(self, w: Any) -> jax.Array:
        w = jnp.asarray(w)
        return jnp.divide(w, epsilon() + _norm(w, self.axis))


class MinMaxNorm(Constraint):
    """Weights into a unit have a norm from min_value to max_value.

    w n / |w| with n = rate clip(|w|, min_value, max_value) + (1 - rate) |w|.

    Args:
        min_value: the smallest norm; 0 by default.
        max_value: the largest norm; 1 by default.
        rate: 1 (default) enforces it at once, less moves towards it at each step.
        axis: the axis, or list of axes, over which the norm is taken; 0 by default.

    Raises:
        ValueError: if a bound is negative, or `min_value` is above `max_value`.

    Example:
        >>> round(float(jnp.linalg.norm(MinMaxNorm(1.0, 2.0)(jnp.array([[0.3], [0.4]])))), 3)
        1.0
    """

    def __init__(
        self, min_value: float = 0.0, max_value: float = 1.0, rate: float = 1.0, axis: Any = 0
    ) -> None:
        self.min_value = _at_least_zero(self, "min_value", min_value)
        self.max_value = _at_least_zero(self, "max_value", max_value)
        if min_value > max_value:
            raise ValueError(
                "MinMaxNorm: min_value must not be above max_value, got "
                f"min_value={min_value}, max_value={max_value}. Exchange them."
            )
        self.rate = rate
        self.axis = axis

    def __call__(self, w: Any) -> jax.Array:
        w = jnp.asarray(w)
        norm = _norm(w, self.axis)
        clipped = jnp.clip(norm, self.min_value, self.max_value)
        desired = self.rate * clipped + (1 - self.rate) * norm
        return jnp.multiply(w, desired / (epsilon() + norm))


def _norm(w: jax.Array, axis: Any) -> jax.Array:
    """The Euclidean norm over these axes, which stay with size 1."""
    axes = tuple(axis) if isinstance(axis, list) else axis
    return jnp.sqrt(jnp.sum(jnp.square(w), axis=axes, keepdims=True))


def _at_least_zero(owner: Constraint, name: str, value: Any) -> Any:
    """A number that is not negative."""
    if not isinstance(value, (int, float)) or not value >= 0:
        raise ValueError(
            f"{type(owner).__name__}: {name} must be a number >= 0, "
            f"got {name}={describe(value)}. Write for example {name}=1.0."
        )
    return value


max_norm, min_max_norm, non_neg, unit_norm = MaxNorm, MinMaxNorm, NonNeg, UnitNorm

CONSTRAINTS: dict[str, Any] = {
    "max_norm": MaxNorm,
    "min_max_norm": MinMaxNorm,
    "non_neg": NonNeg,
    "unit_norm": UnitNorm,
    **{cls.__name__: cls for cls in (MaxNorm, MinMaxNorm, NonNeg, UnitNorm, Constraint)},
}


def get(identifier: Any) -> Any:
    """A constraint from its name, configuration, class, or itself; None for None.

    Raises:
        ValueError: if the name is unknown.

    Example:
        >>> get("max_norm").max_value
        2
    """
    return None if identifier is None else lookup(identifier, "constraint", CONSTRAINTS)


def serialize(constraint: Any) -> Any:
    """The configuration of a constraint, from which `deserialize` makes it again.

    Example:
        >>> serialize(MaxNorm(3))["config"]
        {'max_value': 3, 'axis': 0}
    """
    return _serialize(constraint)


def deserialize(config: Any, custom_objects: Any = None) -> Any:
    """The constraint that a configuration describes.

    Args:
        config: a name, or what `serialize` gave.
        custom_objects: names of classes or functions of yours.

    Raises:
        ValueError: if the name is unknown.

    Example:
        >>> deserialize({"class_name": "UnitNorm", "config": {"axis": 1}}).axis
        1
    """
    with custom_object_scope(custom_objects):
        return get(config)
