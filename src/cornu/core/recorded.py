"""Functions of arrays that become nodes of a graph when they are called on symbolic tensors."""

from __future__ import annotations

import functools
from collections.abc import Callable
from typing import Any

import jax

from cornu.core.names import auto_name
from cornu.core.symbolic import FUNCTIONS, KerasTensor, Operation

Function = Callable[..., jax.Array]


def recorded(samplewise: Any = True, at_once: bool = False) -> Callable[[Function], Function]:
    """Lets an activation also take a symbolic tensor.

    Args:
        samplewise: whether row i of the result depends on row i of x alone; or a function of the same
            arguments that tells.
        at_once: whether it is called on an array outside any program as one compiled program, not
            operation by operation.
    """

    def decorate(function: Function) -> Function:
        name, compiled = function.__name__, jax.jit(function) if at_once else None
        kind = f"{name}_activation"  # `cornu.ops` has functions of the plain name, with other arguments
        function.samplewise = samplewise  # type: ignore[attr-defined]
        FUNCTIONS[kind] = function

        @functools.wraps(function)
        def call(x: Any, *args: Any, **kwargs: Any) -> jax.Array:
            chosen: Any = function
            if isinstance(x, KerasTensor):
                chosen = Operation(kind, auto_name(name))
            elif compiled and isinstance(x, jax.Array) and not (args or kwargs):
                chosen = function if isinstance(x, jax.core.Tracer) else compiled
            result: jax.Array = chosen(x, *args, **kwargs)
            return result

        return call

    return decorate


def along_rows(x: Any, axis: Any = -1) -> bool:
    """Whether an axis, or none of several, is the one of the batch."""
    axes = axis if isinstance(axis, (list, tuple)) else (axis,)
    return all(each % max(x.ndim, 1) != 0 for each in axes)
