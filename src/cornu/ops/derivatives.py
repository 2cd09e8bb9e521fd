"""Derivatives of functions of the user's, and derivatives that they give themselves."""

from __future__ import annotations

import functools
from collections.abc import Callable
from typing import Any

import jax
import jax.tree_util as tree

from cornu.core.inlining import inlined
from cornu.core.lifting import Lifted, show
from cornu.core.pure import assigning
from cornu.ops.op import op
from cornu.ops.tensors import operands_in, tensor

__all__ = ["custom_gradient", "jvp"]


@op(explain=False)
def jvp(fun: Callable[..., Any], primals: Any, tangents: Any, has_aux: bool = False) -> Any:
    """fun at a point, and its derivative there in a direction.

    Args:
        fun: function of tensors or structures.
        primals: the point: a tuple or list of its arguments.
        tangents: the direction, in the same form.
        has_aux: whether fun returns a pair, of which the second is handed out as it is. Default: False.

    Returns:
        (value, derivative), or (value, derivative, second).

    Raises:
        TypeError: if point and direction differ in form.

    >>> [part.tolist() for part in jvp(lambda x: x**2, (3.0,), (1.0,))]
    [9.0, 6.0]
    """
    primals, tangents = tuple(operands_in(primals)), tuple(operands_in(tangents))
    objects = Lifted("jvp", "Make it one of the primals.")
    body = objects.pure(fun, "fun")

    def loop() -> Any:
        def split(*arguments: Any) -> Any:
            result, state = body(objects.start(), *arguments)
            result, aux = result if has_aux else (result, None)
            return result, (aux, state)

        value, slope, (aux, state) = jax.jvp(split, primals, tangents, has_aux=True)
        return ((value, slope, aux) if has_aux else (value, slope)), state

    def advice() -> str:
        shown = [show(structure) for structure in (primals, tangents)]
        if shown[0] == shown[1]:
            return ""
        return (
            f"ops.jvp: tangents must have the form of primals, but primals is {shown[0]} and tangents "
            f"{shown[1]}."
        )

    return objects.run(loop, advice)


def custom_gradient(f: Callable[..., Any]) -> Callable[..., Any]:
    """A decorator for a function that says itself what flows back through it.

    Args:
        f: function of tensors that returns its value and a function: that is given the gradient with
            respect to the value, and returns those with respect to the arguments.

    >>> import jax.numpy as jnp
    >>> @custom_gradient
    ... def log1pexp(x):
    ...     e = jnp.exp(x)
    ...     return jnp.log(1 + e), lambda upstream: upstream * (1 - 1 / (1 + e))
    >>> float(jax.grad(log1pexp)(100.0))  # from the formula it would be NaN
    1.0
    """

    @functools.wraps(f)
    def call(*args: Any, **kwargs: Any) -> Any:
        return with_own_gradient(f, *args, **kwargs)

    return call


@op(explain=False)
def with_own_gradient(f: Callable[..., Any], *args: Any, **kwargs: Any) -> Any:
    """What a call of `custom_gradient(f)` is, as an op.

    >>> with_own_gradient(lambda x: (x * 2, lambda upstream: upstream), 3.0).tolist()
    6.0
    """

    def checked(*args: Any, **kwargs: Any) -> Any:
        (value, gradient), assigned, _ = assigning(lambda: f(*args, **kwargs))
        if assigned:
            raise ValueError(
                f'ops.custom_gradient: the function assigns the variable "{assigned[0].path}", and its '
                "value would be lost. Return it as a second value, and assign it outside."
            )
        return tree.tree_map(tensor, value), gradient

    args, kwargs = operands_in((args, kwargs))
    with inlined(False):
        return jax.custom_gradient(checked)(*args, **kwargs)
