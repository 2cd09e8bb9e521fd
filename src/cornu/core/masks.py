"""Masks: which steps of a sequence count, known beside the array that holds the sequence.

An array cannot carry an attribute, so masks are kept in a table by the identity of their array, for
as long as that lives.
"""

from __future__ import annotations

import weakref
from typing import Any

# The identity of an array, the array (weakly), and its mask: True where a step counts.
alive: dict[int, tuple[weakref.ref[Any], Any]] = {}


def mask_of(array: Any) -> Any:
    """The mask that was set for this array; None if there is none.

    >>> import jax.numpy as jnp
    >>> x, mask = jnp.ones((1, 2)), jnp.array([[True, False]])
    >>> set_mask(x, mask)
    >>> mask_of(x).tolist(), mask_of(x + 1)
    ([[True, False]], None)
    """
    found = alive.get(id(array))
    return found[1] if found is not None and found[0]() is array else None


def set_mask(array: Any, mask: Any) -> None:
    """Sets the mask of an array; None takes it away."""
    key = id(array)
    if mask is None:
        alive.pop(key, None)
        return

    # The table is bound here: when the interpreter leaves, the names of modules may be gone first.
    def forget(reference: weakref.ref[Any], alive: dict[int, Any] = alive) -> None:
        found = alive.get(key)
        if found is not None and found[0] is reference:  # no later array has the same identity
            del alive[key]

    alive[key] = weakref.ref(array, forget), mask
