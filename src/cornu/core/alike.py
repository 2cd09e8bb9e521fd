"""Which objects of ours are alike in all that a trace of them could look at, names and numbers aside.

The hundredth layer of a deep network gives shapes as the first one did. `likeness` is what they have in
common, as a key of a table; what it cannot judge at a glance has none.
"""

from __future__ import annotations

import types
from typing import Any

from cornu.core.inlining import BESIDE
from cornu.core.variable import Variable

PLAIN = (type(None), bool, int, float, complex, str, bytes, type(Ellipsis))
LEFT_OUT = BESIDE | {"_constructed_with", "_output_shapes", "_warm", "_path", "name"}
DEEPEST = 4  # how deep what is looked at may lie in lists and objects


class Unlike(Exception):
    """Raised where something is more than plain data, and is not known to be alike another."""


def likeness(*things: Any) -> Any:
    """A key that is the same for things that are alike; None if that cannot be said.

    >>> import cornu
    >>> one, same, other = (cornu.layers.Dense(2, activation=a) for a in ("relu", "relu", "tanh"))
    >>> likeness(one) == likeness(same), likeness(one) == likeness(other)
    (True, False)
    >>> likeness(cornu.ops.ones(2)) is None  # more than plain data
    True
    """
    try:
        return tuple(_key(thing, 0) for thing in things)
    except Unlike:
        return None


def _key(thing: Any, depth: int) -> Any:
    kind = type(thing)
    if kind in PLAIN:
        return kind, thing
    if isinstance(thing, Variable):
        return kind, thing.shape, thing.dtype, thing.autocast
    if isinstance(thing, types.FunctionType):
        return thing  # the same one, that is
    if depth == DEEPEST or (depth and hasattr(kind, "call")):  # a layer within is yet to be called
        raise Unlike(thing)
    if kind in (list, tuple):
        return kind, *(_key(each, depth + 1) for each in thing)
    if kind is dict:
        return kind, *((_key(name, depth), _key(each, depth + 1)) for name, each in thing.items())
    if kind.__module__.startswith("cornu.initializers."):  # has done its work when variables are there
        return kind
    if not kind.__module__.startswith("cornu.") or not hasattr(thing, "__dict__"):
        raise Unlike(thing)
    if any("__slots__" in vars(cls) for cls in kind.__mro__[:-1]):
        raise Unlike(thing)
    return kind, *(
        (name, _key(value, depth + 1)) for name, value in vars(thing).items() if name not in LEFT_OUT
    )
