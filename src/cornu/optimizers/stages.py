"""What happens to gradients and weights beside an optimizer's own formula: clipping, decay, averages."""

from __future__ import annotations

import functools
import operator
import re
from collections.abc import Callable, Iterable, Sequence
from typing import Any

import jax.numpy as jnp
from jax import lax

from cornu.core.context import bound, context
from cornu.core.pure import assigning
from cornu.core.variable import Variable


def norm(gradients: Sequence[Any]) -> Any:
    """Euclidean length of all gradients together."""
    squares = [jnp.sum(lax.square(gradient)) for gradient in gradients]
    return lax.sqrt(functools.reduce(operator.add, squares))


def clip(
    gradients: Sequence[Any],
    clipnorm: float | None,
    clipvalue: float | None,
    global_clipnorm: float | None,
) -> list[Any]:
    """The gradients with each number, each length or their common length bounded.

    Source: R. Pascanu et al., On the difficulty of training recurrent neural networks, 2013.
    """
    if clipvalue is not None:
        return [jnp.minimum(jnp.maximum(g, -clipvalue), clipvalue) for g in gradients]
    if clipnorm is not None:
        return [g * (clipnorm / jnp.maximum(norm([g]), clipnorm)) for g in gradients]
    if global_clipnorm is not None:
        length = norm(gradients)
        # length - length is 0, or NaN where the length is infinite: a blow-up must not go unseen.
        scale = global_clipnorm / jnp.maximum(length, global_clipnorm) + (length - length)
        return [g * scale.astype(g.dtype) for g in gradients]
    return list(gradients)


class Undecayed:
    """The variables that weight decay leaves alone: these, and those whose name holds a pattern."""

    def __init__(self, variables: Iterable[Variable] = (), names: Iterable[str] = ()) -> None:
        self._variables = dict.fromkeys(variables)
        self._pattern = "|".join(names)

    @property
    def looks_at_paths(self) -> bool:
        """Whether names of variables decide what is done with them, hence are part of what is traced."""
        return bool(self._pattern)

    def __contains__(self, variable: Variable) -> bool:
        if variable in self._variables:
            return True
        return bool(self._pattern and re.search(self._pattern, variable.name))


def accumulate(sums: Sequence[Variable], gradients: Sequence[Any], ready: Any) -> list[Any]:
    """Adds the gradients to the sums, which start afresh where they are ready; gives the sums."""
    totals = [total.value + gradient for total, gradient in zip(sums, gradients, strict=True)]
    for total, value in zip(sums, totals, strict=True):
        total.assign(jnp.where(ready, jnp.zeros_like(value), value))
    return totals


def only_if(ready: Any, step: Callable[[], None]) -> None:
    """Runs the step, which changes variables, if it is ready: in a program, under a condition."""
    if context.bindings is None:
        if ready:
            step()
        return
    around = context.bindings
    _, state, _ = assigning(step)  # which it changes; what this computes is in no one's result

    def stepped(values: list[Any]) -> list[Any]:
        with bound({**around, **dict(zip(state, values, strict=True))}) as after:
            step()
        return [after[variable] for variable in state]

    before = [variable.value for variable in state]
    for variable, value in zip(state, lax.cond(ready, stepped, list, before), strict=True):
        variable.assign(value)


def average(
    variables: Iterable[Variable],
    averages: Iterable[Variable],
    momentum: float,
    overwrite_frequency: int | None,
    done: Any,
) -> None:
    """Moves the averages, a ← β a + (1 − β) w, the first time to w itself; now and then w ← a.

    Source: B. T. Polyak and A. B. Juditsky, Acceleration of stochastic approximation by averaging, 1992.
    """
    kept = jnp.where(done == 0, 0.0, momentum)
    for variable, mean in zip(variables, averages, strict=True):
        beta, value = kept.astype(variable.dtype), variable.value
        mean.assign(beta * mean.value + (1 - beta) * value)
        if overwrite_frequency is not None:
            now = (done + 1) % overwrite_frequency == 0
            variable.assign(jnp.where(now, mean.value, value))
