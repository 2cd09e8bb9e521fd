"""Branches and loops of TensorFlow: in Python where values are known, in the program otherwise."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

import jax
import jax.numpy as jnp
import jax.tree_util as tree

from cornu import ops
from cornu.compat.tensorflow.rows import named
from cornu.core.errors import NotBuiltYetError
from cornu.core.symbolic import is_symbolic

__all__ = [
    *("case", "cond", "foldl", "foldr", "map_fn", "scan", "switch_case", "vectorized_map"),
    "while_loop",
]


def _known(*values: Any) -> bool:
    """Whether these have values now."""
    return not is_symbolic(values) and not any(
        isinstance(leaf, jax.core.Tracer) for leaf in tree.tree_leaves(values)
    )


@named
def cond(pred: Any, true_fn: Callable[[], Any], false_fn: Callable[[], Any]) -> Any:
    """What one of two functions without arguments gives."""
    if _known(pred):
        return true_fn() if bool(pred) else false_fn()
    return ops.cond(pred, true_fn, false_fn)


@named
def case(
    pred_fn_pairs: Any,
    default: Callable[[], Any] | None = None,
    exclusive: bool = False,
    strict: bool = False,
) -> Any:
    """What the function of the first true condition gives, else `default`.

    Raises:
        ValueError: if none is true and there is no default; with `exclusive`, if several are.
        NotBuiltYetError: with `strict`, or without default where values are not known yet.
    """
    if strict:
        raise NotBuiltYetError("tf.case(strict=True) is not built: leave it out.")
    pairs = list(pred_fn_pairs)
    if _known([pred for pred, _ in pairs]):
        true = [fn for pred, fn in pairs if bool(pred)]
        if exclusive and len(true) > 1:
            raise ValueError(f"tf.case(exclusive=True): {len(true)} conditions are true.")
        if not true and default is None:
            raise ValueError("tf.case: no condition is true, and there is no default=.")
        return (true or [default])[0]()
    if default is None or exclusive:
        raise NotBuiltYetError("tf.case in a compiled function needs default=, and no exclusive=True.")
    found: Callable[[], Any] = default
    for pred, fn in reversed(pairs):
        found = _either(pred, fn, found)
    return found()


def _either(pred: Any, one: Callable[[], Any], other: Callable[[], Any]) -> Callable[[], Any]:
    return lambda: ops.cond(pred, one, other)


@named
def switch_case(branch_index: Any, branch_fns: Any, default: Callable[[], Any] | None = None) -> Any:
    """What the function of this number gives; `default`, or the last, if there is no such number."""
    pairs = dict(branch_fns if isinstance(branch_fns, dict) else _numbered(branch_fns))
    last = default or pairs[max(pairs)]
    branches = [pairs.get(i, last) for i in range(max(pairs) + 1)]
    if _known(branch_index):
        index = int(branch_index)
        return (branches[index] if 0 <= index < len(branches) else last)()
    inside = (branch_index >= 0) & (branch_index < len(branches))
    return ops.switch(jnp.where(inside, branch_index, len(branches)), [*branches, last])


def _numbered(functions: Sequence[Any]) -> list[tuple[int, Any]]:
    return [each if isinstance(each, tuple) else (i, each) for i, each in enumerate(functions)]


@named
def while_loop(
    cond: Callable[..., Any],
    body: Callable[..., Any],
    loop_vars: Any,
    shape_invariants: Any = None,
    parallel_iterations: int = 10,
    back_prop: bool = True,
    swap_memory: bool = False,
    maximum_iterations: int | None = None,
) -> Any:
    """Repeats `loop_vars = body(*loop_vars)` as long as `cond(*loop_vars)`.

    Where the values are known, it is a loop of Python, so a tape can go back through it.

    Args:
        cond, body, loop_vars, maximum_iterations: as in `keras.ops.while_loop`.
        shape_invariants: shapes that change from step to step: only where values are known.
        parallel_iterations, swap_memory: how TensorFlow computes it; the result does not depend on it.
        back_prop: whether gradients flow back.
    """
    del parallel_iterations, swap_memory
    listed = isinstance(loop_vars, (list, tuple))
    values = tuple(loop_vars) if listed else (loop_vars,)
    if not back_prop:
        values = tree.tree_map(ops.stop_gradient, values)
    if _known(values):
        steps = 0
        while (maximum_iterations is None or steps < maximum_iterations) and bool(cond(*values)):
            found = body(*values)
            values = tuple(found) if isinstance(found, (list, tuple)) else (found,)
            if not back_prop:
                values = tree.tree_map(ops.stop_gradient, values)
            steps += 1
    else:
        if shape_invariants is not None:
            raise NotBuiltYetError(
                "tf.while_loop(shape_invariants=...): in a compiled function tensors keep their shapes."
            )
        values = ops.while_loop(cond, body, values, maximum_iterations)
    values = tree.tree_map(jnp.asarray, values)
    return type(loop_vars)(values) if isinstance(loop_vars, list) else values if listed else values[0]


@named
def map_fn(
    fn: Callable[[Any], Any],
    elems: Any,
    dtype: Any = None,
    parallel_iterations: int | None = None,
    back_prop: bool = True,
    swap_memory: bool = False,
    infer_shape: bool = True,
    fn_output_signature: Any = None,
) -> Any:
    """`fn` of each element along the first axis, put together.

    Args:
        fn, elems: as in `keras.ops.map`.
        dtype, fn_output_signature: dtypes that the results get. Default: as they are.
        back_prop: whether gradients flow back.
        parallel_iterations, swap_memory, infer_shape: how TensorFlow computes it.
    """
    del parallel_iterations, swap_memory, infer_shape
    found = ops.map(fn, tree.tree_map(ops.convert_to_tensor, elems))
    wanted = dtype if fn_output_signature is None else fn_output_signature
    if wanted is not None:
        kinds = tree.tree_leaves(wanted, is_leaf=lambda leaf: hasattr(leaf, "dtype"))
        leaves, nesting = tree.tree_flatten(found)
        cast = [ops.cast(x, getattr(d, "dtype", d)) for x, d in zip(leaves, kinds, strict=True)]
        found = tree.tree_unflatten(nesting, cast)
    return found if back_prop else tree.tree_map(ops.stop_gradient, found)


@named
def scan(
    fn: Callable[[Any, Any], Any],
    elems: Any,
    initializer: Any = None,
    parallel_iterations: int = 10,
    back_prop: bool = True,
    swap_memory: bool = False,
    infer_shape: bool = True,
    reverse: bool = False,
) -> Any:
    """All values of `a = fn(a, element)`, put together; a starts as `initializer`, or the first element.

    Args:
        fn, elems, initializer: as said.
        back_prop: whether gradients flow back.
        reverse: from the last element to the first. Default: False.
        parallel_iterations, swap_memory, infer_shape: how TensorFlow computes it.
    """
    del parallel_iterations, swap_memory, infer_shape
    elems = tree.tree_map(ops.convert_to_tensor, elems)
    start, rest = _start(elems, initializer, reverse)

    def step(state: Any, element: Any) -> tuple[Any, Any]:
        new = fn(state, element)
        return new, new

    _, found = ops.scan(step, start, rest, reverse=reverse)
    if initializer is None:
        first = tree.tree_map(lambda one: one[None], start)
        pair = (found, first) if reverse else (first, found)
        found = tree.tree_map(lambda one, other: ops.concatenate([one, other]), *pair)
    return found if back_prop else tree.tree_map(ops.stop_gradient, found)


def _start(elems: Any, initializer: Any, reverse: bool) -> tuple[Any, Any]:
    if initializer is not None:
        return tree.tree_map(ops.convert_to_tensor, initializer), elems
    first, rest = (-1, slice(None, -1)) if reverse else (0, slice(1, None))
    return tree.tree_map(lambda x: x[first], elems), tree.tree_map(lambda x: x[rest], elems)


def _folded(fn: Callable[[Any, Any], Any], elems: Any, initializer: Any, reverse: bool) -> Any:
    elems = tree.tree_map(ops.convert_to_tensor, elems)
    start, rest = _start(elems, initializer, reverse)
    return ops.scan(lambda state, element: (fn(state, element), None), start, rest, reverse=reverse)[0]


@named
def foldl(fn: Callable[[Any, Any], Any], elems: Any, initializer: Any = None) -> Any:
    """The last value of `a = fn(a, element)`, from the first element on."""
    return _folded(fn, elems, initializer, reverse=False)


@named
def foldr(fn: Callable[[Any, Any], Any], elems: Any, initializer: Any = None) -> Any:
    """As `foldl`, from the last element on."""
    return _folded(fn, elems, initializer, reverse=True)


@named
def vectorized_map(fn: Callable[[Any], Any], elems: Any, fallback_to_while_loop: bool = True) -> Any:
    """`fn` of all elements along the first axis at once."""
    del fallback_to_while_loop  # it never has to
    return ops.vectorized_map(fn, tree.tree_map(ops.convert_to_tensor, elems))
