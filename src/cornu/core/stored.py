"""Variables in a store: what a file holds of one object, a mapping from names to arrays."""

from __future__ import annotations

from collections.abc import Sequence
from functools import partial
from typing import Any

import numpy as np

from cornu.core.errors import show_shape
from cornu.core.variable import Variable

COUNT = (
    "{owner} has {count} weights ({names}), but the file holds {found} for it. The model must be made "
    "like the one that was saved."
)


def owner_of(part: Any) -> str:
    """What messages call a part."""
    name = getattr(part, "name", None)
    return type(part).__name__ + (f' "{name}"' if name else "")


def save_variables(variables: Sequence[Variable], store: Any) -> None:
    """Puts values into a store, numbered from 0."""
    at_once = getattr(store, "at_once", False)  # whether it keeps nothing of what it is given
    for number, variable in enumerate(variables):
        store[str(number)] = variable.on_host() if at_once else variable.numpy()


def load_variables(owner: str, variables: Sequence[Variable], store: Any) -> None:
    """Takes values out of a store, once it is clear that all fit; messages name their `owner`.

    Raises:
        ValueError: if their number or a shape differs; then nothing is changed.
    """
    require_fit(owner, variables, store)
    for number, variable in enumerate(variables):
        if hasattr(store, "array"):
            variable.take_from(partial(store.array, str(number)))
        else:
            variable.assign(store[str(number)])


def require_fit(owner: str, variables: Sequence[Variable], store: Any) -> None:
    """Raises an error if the number or a shape of what a store holds differs, or it cannot be read."""
    if len(store.keys()) != len(variables):
        names = ", ".join(variable.name for variable in variables) or "none"
        raise ValueError(
            COUNT.format(
                owner=owner, count=len(variables), names=names, found=len(store.keys()) or "none"
            )
        )
    keys = [str(number) for number in range(len(variables))]
    for key, variable in zip(keys, variables, strict=True):
        if key not in store:
            raise ValueError(f'{owner}: the file holds no weight "{key}", but {list(store.keys())}.')
        shape = store.shape(key) if hasattr(store, "shape") else np.shape(store[key])
        if tuple(shape) != variable.shape:
            raise ValueError(
                f'{owner}: the weight "{variable.name}" has shape {show_shape(variable.shape)}, but '
                f"the file holds one of shape {show_shape(shape)}."
            )
