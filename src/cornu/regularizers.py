"""Regularizers: penalties on weights that are added to the loss."""

from __future__ import annotations

import math
from typing import Any

import jax
import jax.numpy as jnp
from jax import lax

from cornu.core.config import Configurable, custom_object_scope, lookup
from cornu.core.config import serialize as _serialize
from cornu.core.errors import describe, show_shape
from cornu.core.settings import epsilon

__all__ = [
    *("L1", "L1L2", "L2", "OrthogonalRegularizer", "Regularizer"),
    *("l1", "l1_l2", "l2", "orthogonal_regularizer"),
    *("deserialize", "get", "serialize"),
]


class Regularizer(Configurable):
    """Base of all regularizers: a function of a weight that gives one number.

    Example:
        >>> class L4(Regularizer):
        ...     def __call__(self, x):
        ...         return 0.01 * (x**4).sum()
        >>> float(L4()(jnp.ones((2, 3))))
        0.05999...
    """

    def __call__(self, x: Any) -> Any:
        return 0.0


class L1L2(Regularizer):
    """The penalty l1 Σ|x| + l2 Σx².

    Args:
        l1: weight of the sum of absolute values; 0 by default.
        l2: weight of the sum of squares; 0 by default.

    Raises:
        ValueError: if a weight is negative or not finite.

    Example:
        >>> float(L1L2(l1=1.0, l2=2.0)(jnp.array([-1.0, 2.0])))
        13.0

    Source: Zou and Hastie, Regularization and variable selection via the elastic net, 2005.
    """

    def __init__(self, l1: float | None = 0.0, l2: float | None = 0.0) -> None:
        self.l1 = _penalty(self, "l1", 0.0 if l1 is None else l1)
        self.l2 = _penalty(self, "l2", 0.0 if l2 is None else l2)

    def __call__(self, x: Any) -> jax.Array:
        x = jnp.asarray(x)
        terms = [self.l1 * jnp.sum(jnp.abs(x))] if self.l1 else []
        terms += [self.l2 * jnp.sum(jnp.square(x))] if self.l2 else []
        return sum(terms[1:], terms[0]) if terms else jnp.asarray(0, x.dtype)


class L1(Regularizer):
    """The penalty l1 Σ|x|, which drives weights to exactly 0 (the lasso).

    Args:
        l1: weight of the penalty; 0.01 by default.

    Raises:
        ValueError: if `l1` is negative or not finite.

    Example:
        >>> float(L1(0.5)(jnp.array([-1.0, 2.0])))
        1.5

    Source: Tibshirani, Regression shrinkage and selection via the lasso, 1996.
    """

    def __init__(self, l1: float | None = 0.01) -> None:
        self.l1 = _penalty(self, "l1", 0.01 if l1 is None else l1)

    def __call__(self, x: Any) -> jax.Array:
        return self.l1 * jnp.sum(jnp.abs(jnp.asarray(x)))


class L2(Regularizer):
    """The penalty l2 Σx², which keeps weights small (ridge regression).

    Args:
        l2: weight of the penalty; 0.01 by default.

    Raises:
        ValueError: if `l2` is negative or not finite.

    Example:
        >>> float(L2(0.5)(jnp.array([-1.0, 2.0])))
        2.5

    Source: Hoerl and Kennard, Ridge regression: biased estimation for nonorthogonal problems, 1970.
    """

    def __init__(self, l2: float | None = 0.01) -> None:
        self.l2 = _penalty(self, "l2", 0.01 if l2 is None else l2)

    def __call__(self, x: Any) -> jax.Array:
        return self.l2 * jnp.sum(jnp.square(jnp.asarray(x)))


class OrthogonalRegularizer(Regularizer):
    """A penalty on rows (or columns) of a matrix that are not at right angles to each other.

    factor times the mean of |cos(xᵢ, xⱼ)| over all pairs i < j.

    Args:
        factor: weight of the penalty; 0.01 by default.
        mode: 'rows' (default) or 'columns'.

    Shapes:
        x: (rows, columns) -> one number.

    Raises:
        ValueError: if `factor` is negative, `mode` unknown, or x no matrix.

    Example:
        >>> regularizer = OrthogonalRegularizer(factor=1.0)
        >>> float(regularizer(jnp.eye(2))), float(regularizer(jnp.ones((2, 2))))
        (0.0, 0.99999...)
    """

    def __init__(self, factor: float = 0.01, mode: str = "rows") -> None:
        self.factor = _penalty(self, "factor", factor)
        if mode not in ("rows", "columns"):
            raise ValueError(
                f"OrthogonalRegularizer: mode must be 'rows' or 'columns', got mode={mode!r}. "
                "Write mode='rows'."
            )
        self.mode = mode

    def __call__(self, x: Any) -> jax.Array:
        x = jnp.asarray(x)
        if x.ndim != 2:
            raise ValueError(
                "OrthogonalRegularizer: the weight must be a matrix (rows, columns), "
                f"got shape {show_shape(x.shape)}. Use L2 for a weight of another shape."
            )
        rows = x if self.mode == "rows" else x.T
        squares = jnp.sum(jnp.square(rows), axis=1, keepdims=True)
        rows = rows * lax.rsqrt(jnp.maximum(squares, epsilon() ** 2))  # a row of zeros stays one
        cosines = (rows @ rows.T) * (1.0 - jnp.eye(len(rows), dtype=rows.dtype))
        pairs = len(rows) * (len(rows) - 1.0) / 2.0
        return self.factor * 0.5 * jnp.sum(jnp.abs(cosines)) / pairs


def _penalty(owner: Regularizer, name: str, value: Any) -> float:
    """A finite number that is not negative."""
    if not isinstance(value, (int, float)) or not math.isfinite(value) or value < 0:
        raise ValueError(
            f"{type(owner).__name__}: {name} must be a finite number >= 0, "
            f"got {name}={describe(value)}. Write for example {name}=0.01."
        )
    return float(value)


l1, l2, l1_l2, orthogonal_regularizer = L1, L2, L1L2, OrthogonalRegularizer

REGULARIZERS: dict[str, Any] = {
    "l1": L1,
    "l2": L2,
    "l1_l2": L1L2,
    "l1l2": L1L2,
    "orthogonal_regularizer": OrthogonalRegularizer,
    **{cls.__name__: cls for cls in (L1, L2, L1L2, OrthogonalRegularizer, Regularizer)},
}


def get(identifier: Any) -> Any:
    """A regularizer from its name, configuration, class, or itself; None for None.

    Raises:
        ValueError: if the name is unknown.

    Example:
        >>> get("l2").l2
        0.01
    """
    return None if identifier is None else lookup(identifier, "regularizer", REGULARIZERS)


def serialize(regularizer: Any) -> Any:
    """The configuration of a regularizer, from which `deserialize` makes it again.

    Example:
        >>> serialize(L2(0.5))["config"]
        {'l2': 0.5}
    """
    return _serialize(regularizer)


def deserialize(config: Any, custom_objects: Any = None) -> Any:
    """The regularizer that a configuration describes.

    Args:
        config: a name, or what `serialize` gave.
        custom_objects: names of classes or functions of yours.

    Raises:
        ValueError: if the name is unknown.

    Example:
        >>> deserialize({"class_name": "L1", "config": {"l1": 0.5}}).l1
        0.5
    """
    with custom_object_scope(custom_objects):
        return get(config)
