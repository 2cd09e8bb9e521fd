"""What happens to gradients and weights beside an optimizer's own formula: clipping and decay."""

from __future__ import annotations

import functools
import operator
import re
from collections.abc import Iterable, Sequence
from typing import Any

import jax.numpy as jnp
from jax import lax

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

    def __contains__(self, variable: Variable) -> bool:
        if variable in self._variables:
            return True
        return bool(self._pattern and re.search(self._pattern, variable.name))
