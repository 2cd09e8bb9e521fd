"""Loops over the first axis, or the axis of time."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

import jax
import jax.numpy as jnp
import jax.tree_util as tree

from cornu import ops
from cornu.core.context import throwaway
from cornu.core.errors import describe
from cornu.ops.op import op
from cornu.ops.tensors import tensor

__all__ = ["foldl", "foldr", "map_fn", "rnn"]


def map_fn(fn: Callable[..., Any], elems: Any, name: str | None = None, dtype: Any = None) -> Any:
    """fn of each element along the first axis, put together; `dtype` casts the result.

    Example:
        >>> map_fn(lambda x: 2 * x, ops.array([1.0, 2.0])).tolist()
        [2.0, 4.0]
    """
    found = ops.map(fn, elems)
    return found if dtype is None else tree.tree_map(lambda x: ops.cast(x, dtype), found)


def foldl(fn: Callable[..., Any], elems: Any, initializer: Any = None, name: str | None = None) -> Any:
    """fn(fn(fn(initializer, x₁), x₂), x₃) ...; by default it starts from the first element.

    Example:
        >>> foldl(lambda total, x: 2 * total + x, jnp.array([1, 2, 3])).tolist()
        11
    """
    return _fold(fn, elems, initializer, backwards=False)


def foldr(fn: Callable[..., Any], elems: Any, initializer: Any = None, name: str | None = None) -> Any:
    """As `foldl`, beginning at the end.

    Args:
        fn: a function (so far, element).
        elems: a tensor, or several, along whose first axis it goes.
        initializer: what it starts from, by default the last element.

    Example:
        >>> foldr(lambda total, x: 2 * total + x, jnp.array([1, 2, 3])).tolist()
        17
    """
    return _fold(fn, elems, initializer, backwards=True)


def _fold(fn: Callable[..., Any], elems: Any, start: Any, backwards: bool) -> Any:
    if start is None:
        first = -1 if backwards else 0
        start = tree.tree_map(lambda x: x[first], elems)
        elems = tree.tree_map(lambda x: x[:-1] if backwards else x[1:], elems)

    def step(total: Any, x: Any) -> Any:
        return fn(total, x), None

    return ops.scan(step, start, elems, reverse=backwards)[0]


@op(face="K", explain=False)
def rnn(
    step_function: Callable[..., Any],
    inputs: Any,
    initial_states: Sequence[Any],
    go_backwards: bool = False,
    mask: Any = None,
    constants: Sequence[Any] | None = None,
    unroll: bool = False,
    input_length: Any = None,
    time_major: bool = False,
    zero_output_for_mask: bool = False,
    return_all_outputs: bool = True,
) -> tuple[Any, Any, list[Any]]:
    """Runs a step over the axis of time, and carries states along.

    Args:
        step_function: `step(x, states)` returns an output and the list of new states; `states` are
            those, then the constants.
        inputs: (batch, time, ...), or a structure of such tensors.
        initial_states: list of tensors.
        go_backwards: whether to begin at the end; outputs come in the order of computing.
        mask: (batch, time), False for steps to be skipped: the states stay, the output is repeated.
        constants: further tensors that each step is given.
        unroll: whether the loop is written out.
        input_length: (batch,) or a number: how many steps count, in place of a mask.
        time_major: whether inputs and outputs are (time, batch, ...).
        zero_output_for_mask: whether the output of a skipped step is zero.
        return_all_outputs: whether all outputs are wanted, or the last one alone, with a time of 1.

    Returns:
        The last output, all outputs (batch, time, ...), and the list of last states.

    Raises:
        ValueError: if the inputs have no axis of time.

    Example:
        >>> last, outputs, states = rnn(
        ...     lambda x, states: (x + states[0], [x + states[0]]),
        ...     jnp.ones((1, 3, 2)),
        ...     [jnp.zeros((1, 2))],
        ... )
        >>> outputs[0, :, 0].tolist()
        [1.0, 2.0, 3.0]
    """
    inputs = tree.tree_map(tensor, inputs)
    for x in tree.tree_leaves(inputs):
        if x.ndim < 3:
            raise ValueError(
                f"K.rnn: inputs must be (batch, time, features), but they are {describe(x)}. One number "
                "per step is a feature: K.expand_dims(x)."
            )
    xs = inputs if time_major else tree.tree_map(_swapped, inputs)
    counts = _counts(mask, input_length, tree.tree_leaves(xs)[0], time_major)
    if go_backwards:
        xs, counts = tree.tree_map(lambda x: jnp.flip(x, 0), (xs, counts))
    constants = tuple(constants or ())

    def run(x: Any, states: Any) -> Any:
        output, new = step_function(x, (*states, *constants))
        return output, tree.tree_map(lambda a, b: a.astype(b.dtype), tuple(new), tuple(states))

    def step(before: Any, x: Any) -> Any:
        shown, states = before
        x, count = x
        output, new = run(x, states)
        if count is not None:
            kept = tree.tree_map(jnp.zeros_like, output) if zero_output_for_mask else shown
            output, new = _where(count, (output, new), (kept, states))
        after = (output if counts is not None else None, new)
        return after, output

    states = tuple(tree.tree_map(tensor, list(initial_states)))
    shown = None
    if counts is not None:
        with throwaway():
            spec = jax.eval_shape(lambda: run(tree.tree_map(lambda x: x[0], xs), states))[0]
        shown = tree.tree_map(lambda x: jnp.zeros(x.shape, x.dtype), spec)
    (_, states), outputs = ops.scan(step, (shown, states), (xs, counts), unroll=unroll or 1)
    last = tree.tree_map(lambda x: x[-1], outputs)
    if not return_all_outputs:
        outputs = tree.tree_map(lambda x: x[-1:], outputs)
    return last, outputs if time_major else tree.tree_map(_swapped, outputs), list(states)


def _swapped(x: Any) -> Any:
    return jnp.swapaxes(x, 0, 1)


def _counts(mask: Any, length: Any, xs: Any, time_major: bool) -> Any:
    """Which steps count, (time, batch), or None."""
    if mask is None and length is None:
        return None
    if mask is None:
        steps = jnp.arange(xs.shape[0])[:, None]
        return jnp.broadcast_to(steps < jnp.reshape(tensor(length), (1, -1)), xs.shape[:2])
    mask = tensor(mask).astype(bool)
    mask = mask[..., 0] if mask.ndim == 3 else mask
    return mask if time_major else _swapped(mask)


def _where(count: Any, new: Any, old: Any) -> Any:
    """New values for the rows that count, old ones for the others."""

    def choose(a: Any, b: Any) -> Any:
        return jnp.where(count.reshape(count.shape + (1,) * (a.ndim - 1)), a, b)

    return tree.tree_map(choose, new, old)
