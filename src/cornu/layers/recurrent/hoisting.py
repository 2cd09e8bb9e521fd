r"""A loop over time whose gradients cost less: a kernel's is one product, after the loop backward.

JAX adds up the gradient of a kernel in each step of time, $dU = \sum_t h_{t-1}^T dz_t$: a product, and a
sum over the whole kernel. Here all $h_{t-1}$ and $dz_t$ are kept, and multiplied at once. And what is
quickly computed from the rest is not kept for the way back.

The rule is one for forward mode: JAX transposes it, or differentiates it again, as it does any code.
"""

from __future__ import annotations

from collections.abc import Callable
from functools import partial
from typing import Any, NamedTuple

import jax
import jax.numpy as jnp
import jax.tree_util as tree
from jax import lax
from jax.extend.core import ClosedJaxpr, Literal, jaxpr_as_fun

from cornu.core.inlining import rolled
from cornu.layers.recurrent.rows import product_of_rows

# As quickly computed again as read.
CHEAP = frozenset({
    "add", "sub", "mul", "neg", "max", "min", "clamp", "select_n", "ge", "gt", "le", "lt", "eq",
    "convert_element_type", "broadcast_in_dim", "reshape", "squeeze", "slice", "split", "concatenate",
})  # fmt: skip


class Product(NamedTuple):
    """A product of what changes from step to step with a kernel that does not."""

    eqn: Any
    beside: int | None  # the place of the input that is added to it, and used for nothing else


class Step(NamedTuple):
    """The equations of a step: those that give the same in all steps, and the others."""

    jaxpr: Any
    same: list[Any]
    other: list[Any]
    products: list[Product]


def scan(body: Callable[..., Any], start: Any, xs: Any, **options: Any) -> Any:
    """What `rolled(lax.scan, body, start, xs, **options)` gives, with gradients as above."""
    now = tree.tree_map(lambda x: jax.ShapeDtypeStruct(x.shape[1:], x.dtype), xs)
    closed, shape = rolled(_traced, body, start, now)
    carried, inputs = tree.tree_leaves(start), tree.tree_leaves(xs)
    step = _taken_apart(closed.jaxpr, len(carried))
    if not step.products:
        return rolled(lax.scan, body, start, xs, **options)
    kernels, others = _shared(step, closed.consts)
    found = _loop(step, options)(kernels, (others, carried, inputs))
    return tree.tree_unflatten(tree.tree_structure(shape), found)


def _traced(body: Callable[..., Any], start: Any, now: Any) -> Any:
    return jax.make_jaxpr(body, return_shape=True)(start, now)


# -- taking a step apart ---------------------------------------------------------------------------


def _taken_apart(jaxpr: Any, carried: int) -> Step:
    changing = set(jaxpr.invars)
    same: list[Any] = []
    other: list[Any] = []
    for eqn in jaxpr.eqns:
        changes = eqn.effects or any(_among(atom, changing) for atom in eqn.invars)
        (other if changes else same).append(eqn)
        changing.update(eqn.outvars if changes else ())
    products = [
        Product(eqn, _beside(eqn, other, jaxpr, carried)) for eqn in other if _is_product(eqn, changing)
    ]
    return Step(jaxpr, same, other, products)


def _among(atom: Any, variables: Any) -> bool:
    return not isinstance(atom, Literal) and atom in variables


def _is_product(eqn: Any, changing: Any) -> bool:
    """Whether an equation is a product, perhaps with a rule of its own for gradients, with a kernel."""
    only = eqn.params["call_jaxpr"].jaxpr.eqns if eqn.primitive.name == "custom_jvp_call" else [eqn]
    if [inner.primitive for inner in only] != [lax.dot_general_p]:
        return False
    x, kernel = eqn.invars
    floats = all(jnp.issubdtype(v.aval.dtype, jnp.floating) for v in (x, kernel, *eqn.outvars))
    return floats and _among(x, changing) and not _among(kernel, changing)


def _beside(product: Any, eqns: list[Any], jaxpr: Any, carried: int) -> int | None:
    """The place of the input to which alone the product is added: it gets the same gradient."""

    def users(variable: Any) -> list[Any]:
        return [eqn for eqn in (*eqns, jaxpr) for atom in _read(eqn) if atom is variable]

    first, inputs = users(product.outvars[0]), jaxpr.invars[carried:]
    if len(first) != 1 or first[0] is jaxpr or first[0].primitive is not lax.add_p:
        return None
    places = [place for place, v in enumerate(inputs) if v in first[0].invars and len(users(v)) == 1]
    same = [place for place in places if inputs[place].aval == product.outvars[0].aval]
    return same[0] if same else None


def _read(code: Any) -> list[Any]:
    """What an equation reads, or a whole program gives back."""
    return list(code.invars if hasattr(code, "primitive") else code.outvars)


def _program(jaxpr: Any, takes: list[Any], gives: list[Any], eqns: list[Any]) -> Callable[..., Any]:
    """Some equations as a function."""
    names = {"arg_names": ("",) * len(takes), "result_paths": ("",) * len(gives)}
    about = jaxpr.debug_info._replace(**names)
    parts = {"constvars": [], "invars": takes, "outvars": gives, "eqns": eqns, "debug_info": about}
    return jaxpr_as_fun(ClosedJaxpr(jaxpr.replace(**parts), ()))


# -- running it ------------------------------------------------------------------------------------


def _names(step: Step) -> list[Any]:
    """The variables that are the same in all steps and that other equations read."""
    given = [*step.jaxpr.constvars, *(v for eqn in step.same for v in eqn.outvars)]
    kernels = {id(product.eqn): product.eqn.invars[1] for product in step.products}
    read = {
        atom
        for eqn in (*step.other, step.jaxpr)
        for place, atom in enumerate(_read(eqn))
        if not isinstance(atom, Literal) and not (id(eqn) in kernels and place == 1)
    }
    return [variable for variable in given if variable in read]


def _shared(step: Step, consts: Any) -> tuple[list[Any], list[Any]]:
    """The kernels of the products, and all else that is the same in all steps."""
    gives = [*(product.eqn.invars[1] for product in step.products), *_names(step)]
    found = _program(step.jaxpr, step.jaxpr.constvars, gives, step.same)(*consts)
    return found[: len(step.products)], found[len(step.products) :]


def _one_step(step: Step) -> Callable[..., Any]:
    """The code of a step as a function of kernels, others, slack, carry and inputs; it gives the
    operands of the products last. Slack is what changes a product alone, and has no value."""
    eqns: list[Any] = []
    kernels = [_variable(product.eqn.invars[1]) for product in step.products]
    slack = [_variable(p.eqn.outvars[0]) for p in step.products if p.beside is None]
    places = {id(product.eqn): place for place, product in enumerate(step.products)}
    left = iter(slack)
    for eqn in step.other:
        if id(eqn) not in places:
            eqns.append(eqn)
            continue
        place, (out,) = places[id(eqn)], eqn.outvars
        alone = step.products[place].beside is None
        made = _variable(out) if alone else out
        eqns.append(eqn.replace(invars=[eqn.invars[0], kernels[place]], outvars=[made]))
        if alone:
            (shift,) = jax.make_jaxpr(_shifted)(made.aval, made.aval).eqns
            eqns.append(shift.replace(invars=[made, next(left)], outvars=[out]))
    operands = [product.eqn.invars[0] for product in step.products]
    takes = [*kernels, *_names(step), *slack, *step.jaxpr.invars]
    return _program(step.jaxpr, takes, [*step.jaxpr.outvars, *operands], eqns)


def _variable(like: Any) -> Any:
    """A new variable of the same shape."""
    return jax.make_jaxpr(lambda x: x)(
        jax.ShapeDtypeStruct(like.aval.shape, like.aval.dtype)
    ).jaxpr.invars[0]


@jax.custom_jvp
def _shifted(z: Any, slack: Any) -> Any:
    """z, whose derivative with respect to slack is one."""
    return z


@_shifted.defjvp
def _shift(primals: Any, tangents: Any) -> Any:
    return primals[0], tangents[0] + tangents[1]


def _loop(step: Step, options: dict[str, Any]) -> Callable[..., Any]:
    """The loop as a function of kernels, and of others, carry and inputs."""
    run, count = _one_step(step), len(step.jaxpr.outvars)

    def through(keep: bool, kernels: Any, rest: Any, slack: Any) -> Any:
        others, start, xs = rest

        def body(carry: Any, now: Any) -> Any:
            x, slack = now
            found = run(*kernels, *others, *slack, *carry, *x)
            end = len(found) if keep else count
            return found[: len(start)], found[len(start) : end]

        if keep:
            body = jax.checkpoint(body, prevent_cse=False, policy=_worth_keeping)
        last, results = rolled(lax.scan, body, start, (xs, slack), **options)
        results, operands = results[: count - len(start)], results[count - len(start) :]
        return [*last, *results], operands

    def slack_of(xs: Any) -> list[Any]:
        shapes = [p.eqn.outvars[0].aval for p in step.products if p.beside is None]
        return [jnp.zeros((len(xs[0]), *one.shape), one.dtype) for one in shapes]

    @jax.custom_jvp
    def loop(kernels: Any, rest: Any) -> Any:
        return through(False, kernels, rest, slack_of(rest[2]))[0]

    @loop.defjvp
    def tangent(primals: Any, tangents: Any) -> Any:
        (kernels, rest), (slopes, (others, start, xs)) = primals, tangents
        found, linear, operands = jax.linearize(
            partial(through, True, kernels), rest, slack_of(rest[2]), has_aux=True
        )
        slack, xs = [], list(xs)
        for product, x, slope in zip(step.products, operands, slopes, strict=True):
            change = _multiplied(product.eqn, x, slope)
            if product.beside is None:
                slack.append(change)
            else:
                xs[product.beside] = xs[product.beside] + change
        return found, linear((others, start, xs), slack)

    return loop


def _multiplied(eqn: Any, xs: Any, kernel: Any) -> Any:
    """The product of an equation in all steps, with another kernel."""
    inner = eqn.params["call_jaxpr"].jaxpr.eqns[0] if "call_jaxpr" in eqn.params else eqn
    numbers = inner.params["dimension_numbers"]
    if numbers == (((xs.ndim - 2,), (0,)), ((), ())) and kernel.ndim == 2:
        return product_of_rows(xs, kernel)
    return jax.vmap(lambda x: lax.dot_general(x, kernel, numbers))(xs)


def _worth_keeping(primitive: Any, *_: Any, **__: Any) -> bool:
    return primitive.name not in CHEAP
