"""Loops over the time axis, of code over objects."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from functools import partial
from typing import Any

import jax.numpy as jnp
from jax import lax

from cornu.core.context import bound, call_scope, context
from cornu.core.inlining import rolled
from cornu.core.variable import Variable
from cornu.layers.recurrent import hoisting


def scan(
    step: Callable[[Any, Any], tuple[Any, Any]],
    carry: Any,
    xs: Any,
    variables: Sequence[Variable] = (),
    reverse: bool = False,
    unroll: int | bool = 1,
) -> tuple[Any, Any, list[Any]]:
    """`lax.scan` of code over objects: what a step assigns to `variables` is there in the next step,
    and after the loop; the losses that layers add in the steps are summed up.

    Returns:
        The last carry, the results of all steps, and the losses.
    """
    outer = context.bindings or {}

    def body(state: Any, x: Any) -> Any:
        carry, values = state
        losses: list[Any] = []
        current = {**outer, **dict(zip(variables, values, strict=True))}
        with bound(current) as after, call_scope(context.training, losses):
            carry, result = step(carry, x)
        return (carry, [after[variable] for variable in variables]), (result, losses)

    start = carry, [variable._current() for variable in variables]
    options = {"reverse": reverse, "unroll": unroll}
    loop = hoisting.scan if context.training else partial(rolled, lax.scan)
    (carry, values), (results, losses) = loop(body, start, xs, **options)
    for variable, value in zip(variables, values, strict=True):
        variable.assign(value)
    return carry, results, [jnp.sum(loss, axis=0) for loss in losses]


@contextmanager
def computes_as(layer: Any) -> Iterator[None]:
    """Within the block, weights are read in the float that a layer computes in."""
    before, context.autocast = context.autocast, layer._autocast
    try:
        yield
    finally:
        context.autocast = before


def changing(layer: Any) -> list[Variable]:
    """The variables of a layer that its call may assign: the non-trainable ones and random states."""
    return list(getattr(layer, "non_trainable_variables", ()))
