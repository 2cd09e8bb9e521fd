"""A cell on several devices: each advances its own rows, with a copy of the weights of its own.

With one copy for all, the gradient of the weights would be summed over the devices in every step of
time; with a copy for each it is summed once, after the loop.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import jax
import jax.tree_util as tree

from cornu.core import placement
from cornu.core.context import bound, context
from cornu.layers.layer import is_samplewise
from cornu.layers.recurrent.cell_stack import assigned

Advance = Callable[[Any, Any, Any], Any]


def apart(cell: Any, stepper: Any, batch: Any, training: bool) -> Advance:
    """`stepper.advance`, on the rows of each device apart where there are several."""
    where = placement.current()
    parts = 1 if where is None else where.replicas
    alone = training and is_samplewise(cell) and not assigned(cell)
    if parts == 1 or not alone or not isinstance(batch, int) or batch % parts:
        return stepper.advance
    weights = list(getattr(cell, "trainable_variables", ()))
    own = [placement.copies(weight, weight._current(), where) for weight in weights]
    outer = context.bindings or {}

    def one(values: list[Any], *arguments: Any) -> Any:
        with bound({**outer, **dict(zip(weights, values, strict=True))}):
            return stepper.advance(*arguments)

    def advance(*arguments: Any) -> Any:
        split = tree.tree_map(lambda a: a.reshape(parts, -1, *a.shape[1:]), arguments)
        results = jax.vmap(one)(own, *split)
        return tree.tree_map(lambda a: a.reshape(batch, *a.shape[2:]), results)

    return advance
