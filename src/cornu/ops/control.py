"""Control flow: loops and branches of functions of the user's.

These functions may read and assign variables; their own errors come out as they are (`core/lifting.py`).
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

import jax
import jax.numpy as jnp
import jax.tree_util as tree
import numpy as np
from jax import lax

from cornu.core.errors import describe, show_shape
from cornu.core.inlining import inlined
from cornu.core.lifting import CHANGES, NOT_THERE, Lifted, show
from cornu.core.pure import assigning
from cornu.core.symbolic import is_symbolic, known_shape
from cornu.ops.op import op
from cornu.ops.tensors import operand, operands_in, tensor

__all__ = [
    *("associative_scan", "cond", "fori_loop", "map", "scan", "switch", "vectorized_map", "while_loop")
]

BRANCHES = (
    "ops.{op}: all branches must return the same structure of tensors, of the same shapes and dtypes, "
    "but they return {returned}. Bring them to one form with ops.reshape, ops.broadcast_to and ops.cast."
)


map_ = map  # the name is that of an op below


def _length(name: str, argument: str, xs: Any, axis: int = 0) -> Any:
    """The common size of an axis of all tensors in a structure.

    Raises:
        ValueError: if they have none.
    """
    shapes = [known_shape(x.shape) for x in tree.tree_leaves(xs)]
    sizes = {shape[axis] for shape in shapes if -len(shape) <= axis < len(shape)}
    if not shapes or len(sizes) != 1 or not all(-len(shape) <= axis < len(shape) for shape in shapes):
        shown = ", ".join(map_(show_shape, shapes)) or "nothing"
        raise ValueError(
            f"ops.{name}: the tensors in {argument} must have one size of axis {axis}, along which they "
            f"are gone through, but their shapes are {shown}."
        )
    return sizes.pop()


@op(explain=False)
def map(f: Callable[..., Any], xs: Any) -> Any:
    """f of each element along the first axis, one after the other, put together.

    Args:
        f: function of one element, with the structure of xs.
        xs: tensor, or structure of tensors with a first axis of one size.

    Raises:
        ValueError: if the tensors differ in the size of their first axis.

    >>> map(lambda x: x**2, [1, 2, 3]).tolist()
    [1, 4, 9]
    """
    xs = _elements(xs)
    _length("map", "xs", xs)
    objects = Lifted("map", "Make it a part of xs.")
    body = objects.pure(f)

    def loop() -> Any:
        def step(state: Any, x: Any) -> Any:
            result, state = body(state, x)
            return state, result

        state, results = lax.scan(step, objects.start(), xs)
        return results, state

    return objects.run(loop, str)


def _elements(xs: Any) -> Any:
    """Tensors in a structure; a list of numbers is a tensor, not a structure of numbers."""
    leaves = tree.tree_leaves(xs)
    numbers = bool(leaves) and all(isinstance(leaf, (bool, int, float, complex)) for leaf in leaves)
    return tensor(xs) if numbers and not isinstance(xs, dict) else tree.tree_map(tensor, xs)


@op(explain=False)
def vectorized_map(function: Callable[..., Any], elements: Any) -> Any:
    """function of each element along the first axis, all at the same time, put together.

    Random numbers that the function draws are the same for all elements.

    Args:
        function: function of one element, with the structure of `elements`.
        elements: tensor, or structure of tensors with a first axis of one size.

    Raises:
        ValueError: if the tensors differ in the size of their first axis.
        TypeError: if the function assigns a variable what differs from element to element.

    >>> vectorized_map(lambda x: x**2, [1, 2, 3]).tolist()
    [1, 4, 9]
    """
    elements = _elements(elements)
    _length("vectorized_map", "elements", elements)
    objects = Lifted("vectorized_map", "Make it a part of elements.")
    body = objects.pure(function, "function")

    def loop() -> Any:
        def one(element: Any) -> Any:
            result, (values, total) = body(objects.start(), element)
            return result, values, total

        results, values, totals = jax.vmap(one, out_axes=(0, None, 0))(elements)
        return results, (values, jnp.sum(totals))

    def advice() -> str:
        if not objects.variables:
            return ""
        names = ", ".join(f'"{variable.path}"' for variable in objects.variables)
        return (
            f"ops.vectorized_map: its function assigns variables ({names}) what differs from element to "
            "element, so none of them would be right. Write ops.map, which goes through them in order."
        )

    return objects.run(loop, advice)


@op(explain=False)
def scan(
    f: Callable[..., Any],
    init: Any,
    xs: Any = None,
    length: int | None = None,
    reverse: bool = False,
    unroll: int | bool = 1,
) -> tuple[Any, Any]:
    """Goes along the first axis and carries something from step to step: carry, y = f(carry, x).

    Args:
        f: function of what is carried and one element; returns both, the new carry and an output.
        init: what the first step is given: tensor or structure; its form must stay.
        xs: tensor, or structure of tensors with a first axis of one size. Default: none; x is None then.
        length: number of steps; needed without xs.
        reverse: whether to begin at the end. Default: False.
        unroll: how many steps are written out in one round of the loop; True for all. Default: 1.

    Returns:
        The last carry, and the outputs, put together along a first axis.

    Raises:
        TypeError: if f returns no pair, or a carry of another form.
        ValueError: if the number of steps is unclear.

    >>> carry, sums = scan(lambda total, x: (total + x, total + x), 0, jnp.arange(4))
    >>> sums.tolist()
    [0, 1, 3, 6]
    """
    init, xs = operands_in(init), _elements(xs)
    if not isinstance(unroll, bool) and (not isinstance(unroll, int) or unroll < 1):
        raise ValueError(f"ops.scan: unroll must be True, False or a number from 1 on, got {unroll!r}.")
    if tree.tree_leaves(xs):
        size = _length("scan", "xs", xs)
        if length is not None and size is not None and length != size:
            raise ValueError(f"ops.scan: length={length}, but xs has {size} elements. Leave it out.")
    elif length is None:
        raise ValueError("ops.scan needs xs, or the number of steps: ops.scan(f, init, length=10).")
    objects = Lifted("scan", "Make it a part of init or xs.")

    def checked(carry: Any, x: Any) -> Any:
        pair = f(carry, x)
        if not isinstance(pair, (tuple, list)) or len(pair) != 2:
            raise TypeError(
                f"ops.scan: f must return a pair, the new carry and an output, but it returned "
                f"{show(pair)}. Write: return carry, None, if there is no output."
            )
        return tuple(pair)

    body = objects.pure(checked)

    def loop() -> Any:
        def step(state: Any, x: Any) -> Any:
            carry, state = state
            (carry, y), state = body(state, carry, x)
            objects.returned["f"] = carry
            return (carry, state), y

        (carry, state), ys = lax.scan(step, (init, objects.start()), xs, length, reverse, unroll)
        return (carry, ys), state

    return objects.run(loop, lambda: objects.changed("f", init))


@op(explain=False)
def associative_scan(f: Callable[..., Any], elems: Any, reverse: bool = False, axis: int = 0) -> Any:
    """All x₁, f(x₁, x₂), f(f(x₁, x₂), x₃), ... along an axis, in log n rounds.

    Args:
        f: function of two tensors (structures) of elements along the axis, by element, with
            f(a, f(b, c)) = f(f(a, b), c).
        elems: tensor, or structure of tensors with one size of the axis.
        reverse: whether to begin at the end. Default: False.
        axis: 0 by default.

    Raises:
        ValueError: if the tensors differ in the size of that axis.
        TypeError: if f returns another form than that of its arguments.

    >>> associative_scan(lambda a, b: a + b, jnp.arange(5)).tolist()
    [0, 1, 3, 6, 10]

    Source: Blelloch, Prefix sums and their applications, 1990.
    """
    elems = _elements(elems)
    _length("associative_scan", "elems", elems, axis)

    def checked(a: Any, b: Any) -> Any:
        result = f(a, b)
        if is_symbolic(result):
            raise TypeError(NOT_THERE.format(op="associative_scan", instead="Make it a part of elems."))
        shown = [show(structure) for structure in (a, result)]
        if shown[0] != shown[1]:
            given, returned = shown
            raise TypeError(
                CHANGES.format(op="associative_scan", function="f", given=given, returned=returned)
            )
        return result

    with inlined(False):
        return lax.associative_scan(checked, elems, reverse, axis)


def _choose(
    objects: Lifted, index: Any, branches: Sequence[tuple[str, Callable[..., Any]]], *operands: Any
) -> Any:
    """What the branch with this number returns."""
    bodies = [objects.pure(function, name) for name, function in branches]

    def loop() -> Any:
        return lax.switch(index, bodies, objects.start(), *operands)

    def advice() -> str:
        shown = [f"{show(result)} ({name})" for name, result in objects.returned.items()]
        if len(shown) < 2 or len({show(result) for result in objects.returned.values()}) == 1:
            return ""
        return BRANCHES.format(op=objects.op, returned=" and ".join(shown))

    return objects.run(loop, advice)


@op(explain=False)
def cond(pred: Any, true_fn: Callable[[], Any], false_fn: Callable[[], Any]) -> Any:
    """true_fn() where pred is true, else false_fn(); in a compiled program only one is computed.

    Args:
        pred: a single truth value.
        true_fn, false_fn: functions without arguments, which return the same structure of tensors.

    Raises:
        TypeError: if what they return differs in structure, shape or dtype.
        ValueError: if `pred` is not a single value.

    >>> cond(2 > 1, lambda: jnp.ones(2), lambda: jnp.zeros(2)).tolist()
    [1.0, 1.0]
    """
    pred = tensor(pred)
    if pred.ndim:
        raise ValueError(
            f"ops.cond: pred must be a single truth value, but it is {describe(pred)}. For a choice by "
            "element write ops.where(pred, x1, x2)."
        )
    for name, function in (("true_fn", true_fn), ("false_fn", false_fn)):
        if not callable(function):
            raise TypeError(
                f"ops.cond: {name} must be a function without arguments, but got {describe(function)}. "
                "Write lambda: value."
            )
    instead = "Write ops.where(pred, x1, x2), or ops.switch(index, branches, x), which hands on x."
    objects = Lifted("cond", instead)
    index = (pred != 0).astype("int32")
    return _choose(objects, index, [("false_fn", false_fn), ("true_fn", true_fn)])


@op(explain=False)
def switch(index: Any, branches: Sequence[Callable[..., Any]], *operands: Any) -> Any:
    """branches[index](*operands); in a compiled program only that one is computed.

    Args:
        index: a whole number; below 0 it counts as 0, beyond the end as the last.
        branches: functions that return the same structure of tensors.
        operands: their arguments.

    Raises:
        TypeError: if what they return differs in structure, shape or dtype.
        ValueError: if there is no branch, or `index` is not a single whole number.

    >>> switch(1, [lambda x: x + 1, lambda x: x * 2], 5).tolist()
    10
    """
    index = tensor(index)
    if index.ndim or not jnp.issubdtype(index.dtype, jnp.integer):
        raise ValueError(
            f"ops.switch: index must be a single whole number, but it is {describe(index)}."
        )
    if not branches:
        raise ValueError("ops.switch: branches is empty; give it at least one function.")
    objects = Lifted("switch", "Make it one of the operands.")
    named = [(f"branches[{number}]", branch) for number, branch in enumerate(branches)]
    return _choose(objects, index, named, *operands_in(operands))


@op(explain=False)
def while_loop(
    cond: Callable[..., Any],
    body: Callable[..., Any],
    loop_vars: Any,
    maximum_iterations: int | None = None,
) -> Any:
    """Repeats loop_vars = body(*loop_vars) as long as cond(*loop_vars).

    Args:
        cond: function that gives a truth value.
        body: function that returns as many values, of the same form.
        loop_vars: what the first round is given: a tuple or list, or a single value.
        maximum_iterations: after which it ends all the same. Default: none.

    Returns:
        The last values, as a tuple; a single one if `loop_vars` was one. No gradient flows back.

    Raises:
        TypeError: if a round returns another form.

    >>> while_loop(lambda i, x: i < 3, lambda i, x: (i + 1, x * 2), (0, 1))[1].tolist()
    8
    """
    several = isinstance(loop_vars, (tuple, list))
    first = tuple(operands_in(loop_vars)) if several else (operands_in(loop_vars),)
    objects = Lifted("while_loop", "Make it one of the loop_vars.")

    def as_tuple(*values: Any) -> Any:
        result = body(*values)
        if not several:
            result = result if isinstance(result, tuple) and len(result) == 1 else (result,)
        if not isinstance(result, (tuple, list)):
            raise TypeError(
                f"ops.while_loop: body must return a tuple of {len(first)} values, as loop_vars has, "
                f"but it returned {show(result)}. Write: return value,"
            )
        return tuple(result)

    step = objects.pure(as_tuple, "body")

    def goes_on(state: Any) -> Any:
        values, round_, state = state
        given = dict(zip(objects.variables, state[0], strict=True))
        with objects.told_apart():
            wanted, assigned, _ = assigning(lambda: cond(*values), given)
            if assigned:
                raise ValueError(
                    f'ops.while_loop: cond assigns the variable "{assigned[0].path}". Assign it in body.'
                )
            if np.shape(wanted):
                raise ValueError(
                    f"ops.while_loop: cond must give a single truth value, but gave {show(wanted)}."
                )
        wanted = jnp.asarray(wanted, bool)
        return wanted if maximum_iterations is None else wanted & (round_ < maximum_iterations)

    def loop() -> Any:
        def once(state: Any) -> Any:
            values, round_, state = state
            values, state = step(state, *values)
            return values, round_ + 1, state

        values, _, state = lax.while_loop(goes_on, once, (first, 0, objects.start()))
        return values if several else values[0], state

    return objects.run(loop, lambda: objects.changed("body", first))


@op(explain=False)
def fori_loop(lower: Any, upper: Any, body_fun: Callable[..., Any], init_val: Any) -> Any:
    """Repeats value = body_fun(i, value) for i from `lower` to below `upper`.

    Args:
        lower, upper: whole numbers; gradients flow back where they are Python's.
        body_fun: function of i and a value, which returns one of the same form.
        init_val: what the first round is given: tensor or structure.

    Raises:
        TypeError: if a round returns another form.

    >>> fori_loop(0, 4, lambda i, total: total + i, 0).tolist()
    6
    """
    init_val = operands_in(init_val)
    objects = Lifted("fori_loop", "Make it a part of init_val.")
    body = objects.pure(body_fun, "body_fun")

    def loop() -> Any:
        def step(i: Any, state: Any) -> Any:
            value, state = state
            return body(state, i, value)

        return lax.fori_loop(operand(lower), operand(upper), step, (init_val, objects.start()))

    return objects.run(loop, lambda: objects.changed("body_fun", init_val))
