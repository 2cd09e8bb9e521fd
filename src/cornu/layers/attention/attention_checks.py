"""What attention is given, checked: shapes that go together, masks, the rate of dropout."""

from __future__ import annotations

from typing import Any

import jax.numpy as jnp

from cornu.core.errors import describe, show_shape
from cornu.core.symbolic import known_shape
from cornu.layers.layer import Layer


def three(layer: Layer, given: Any) -> tuple[Any, Any, Any]:
    """Query, value and key, or their shapes, from a list of two or three."""
    several = isinstance(given, (list, tuple)) and all(
        hasattr(one, "shape") or isinstance(one, (list, tuple)) for one in given
    )
    if not several or len(given) not in (2, 3):
        got = f"{len(given)} tensors" if several else "one tensor"
        raise ValueError(
            f'{type(layer).__name__} "{layer.name}" is called on a list, [query, value] or '
            f"[query, value, key], but got {got}. For self-attention write layer([x, x])."
        )
    query, value, *key = given
    return query, value, key[0] if key else value


def check_shapes(
    layer: Layer, query: Any, value: Any, key: Any, axes: tuple[int, ...], compared: bool = True
) -> None:
    """Raises ValueError if tensors of these shapes do not go together for attention along `axes`."""
    if not len(query) == len(value) == len(key) or len(query) < 3:
        problem = "query, value and key must have the same number of axes, (batch, steps, features)"
    elif compared and unlike(query[-1], key[-1]):
        problem = f"queries of size {query[-1]} cannot be compared with keys of size {key[-1]}"
    elif any(map(unlike, key[:-1], value[:-1])):
        problem = "there must be a key for each value"
    elif any(unlike(query[i], value[i]) for i in range(len(query) - 1) if i not in axes):
        problem = f"query and value may differ in size along axis {axes[-1]} and the features only"
    else:
        return
    shapes = ", ".join(
        f"{name} {show_shape(shape)}"
        for name, shape in zip(("query", "value", "key"), (query, value, key), strict=True)
    )
    raise ValueError(f'{type(layer).__name__} "{layer.name}": {problem}; got {shapes}.')


def step_mask(layer: Layer, name: str, mask: Any, tensor: Any) -> Any:
    """The mask of a tensor's steps as booleans, if it has their shape; None if there is none."""
    if mask is None:
        return None
    expected, shape = known_shape(tensor.shape[:-1]), known_shape(jnp.shape(mask))
    if len(shape) != len(expected) or any(map(unlike, shape, expected)):
        raise ValueError(
            f'{type(layer).__name__} "{layer.name}": {name}_mask has shape {show_shape(shape)}, but the '
            f"{name} has shape {show_shape(known_shape(tensor.shape))}, so its mask must have "
            f"{show_shape(expected)}: one True or False for each step."
        )
    return jnp.asarray(mask, bool)


def unlike(one: int | None, other: int | None) -> bool:
    """Whether two sizes differ, as far as they are known."""
    return None not in (one, other) and one != other


def rate(layer: Layer, dropout: Any) -> float:
    """A rate of dropout, if it is a number from 0 to 1."""
    if not isinstance(dropout, (int, float)) or not 0 <= dropout <= 1:
        raise ValueError(
            f'{type(layer).__name__} "{layer.name}": dropout must be a number from 0 to 1, the fraction '
            f"of weights to drop, got dropout={describe(dropout)}. Write for instance dropout=0.1."
        )
    return dropout
