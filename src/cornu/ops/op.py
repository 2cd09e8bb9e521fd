"""What an op is: a function of `jax.numpy` or `jax.nn` under Keras's name.

An op takes arrays, variables, lists and numbers, and works in three places alike: at once, inside a
compiled function, and on symbolic tensors, where it becomes a node of the graph. A function
becomes an op by the decorator `op`; where it is JAX's own function, a row made by `unary`, `binary` or
`reduction` is all there is to write.
"""

from __future__ import annotations

import functools
import operator
import sys
import textwrap
from collections.abc import Callable
from typing import Any, Literal, ParamSpec, TypeVar, overload

from cornu.core.errors import describe, explained
from cornu.core.names import auto_name
from cornu.core.symbolic import FUNCTIONS, Operation, holds_symbolic
from cornu.ops.tensors import floating, operand, tensor

P = ParamSpec("P")
R = TypeVar("R")
# Whether row i of the result depends on row i of the arguments alone: always, never, or for which
# arguments.
Samplewise = bool | Callable[..., bool]


@overload
def op(function: Callable[P, R]) -> Callable[P, R]: ...
@overload
def op(
    *, samplewise: Samplewise = False, explain: bool = True, face: str = "ops"
) -> Callable[[Callable[P, R]], Callable[P, R]]: ...
def op(
    function: Callable[..., Any] | None = None,
    *,
    samplewise: Samplewise = False,
    explain: bool = True,
    face: str = "ops",
) -> Any:
    """Makes a function of arrays an op.

    Args:
        samplewise: whether row i of the result depends on row i of the arguments alone; or a function
            of the same arguments that tells.
        face: what the user knows the room of the op as, for messages.
        explain: whether errors of the engine are put into the op's terms. False for ops that call
            functions of the user's.
    """
    if function is None:
        return functools.partial(op, samplewise=samplewise, explain=explain, face=face)
    plain: Callable[..., Any] = function
    name = plain.__name__
    kind = name if face == "ops" else f"{face}.{name}"
    FUNCTIONS[kind] = plain
    plain.label = f"{face}.{name}"  # type: ignore[attr-defined]
    plain.samplewise = samplewise  # type: ignore[attr-defined]
    plain.explain = explain  # type: ignore[attr-defined]

    @functools.wraps(plain)
    def call(*args: Any, **kwargs: Any) -> Any:
        if holds_symbolic(args) or (kwargs and holds_symbolic(kwargs)):
            return Operation(kind, None if kind == name else auto_name(name))(*args, **kwargs)
        if not explain:
            return plain(*args, **kwargs)
        try:
            return plain(*args, **kwargs)
        except (TypeError, ValueError, IndexError) as error:
            raise explained(f"{face}.{name}", args, kwargs, error) from error

    return call


def row(
    name: str, function: Any, says: str, example: str, gives: str, samplewise: Samplewise = False
) -> Callable[..., Any]:
    """The op that a function of JAX's is as it stands, once its arguments are tensors."""
    return as_op(function, name, says, "", example, gives, samplewise)


def unary(
    name: str, function: Callable[..., Any], says: str, example: str, gives: str, floats: bool = False
) -> Callable[[Any], Any]:
    """The op that applies `function` to every element.

    Args:
        name: the op's name.
        function: takes and gives one array.
        says: the first sentence of its documentation.
        example, gives: an argument and what comes out, as Python prints it.
        floats: whether whole numbers become floats first.
    """

    def row(x: Any) -> Any:
        return function(floating(x) if floats else tensor(x))

    return as_op(row, name, says, "x: tensor of any shape.", example, gives)


def binary(
    name: str,
    function: Callable[..., Any],
    says: str,
    example: str,
    gives: str,
    names: Literal["x1, x2", "x, y"] = "x1, x2",
) -> Callable[[Any, Any], Any]:
    """The op that applies `function` to pairs of elements; its two arguments are broadcast together."""

    def row(x1: Any, x2: Any) -> Any:
        return function(*operands(x1, x2))

    def old_row(x: Any, y: Any) -> Any:
        return function(*operands(x, y))

    what = f"{names}: tensors whose shapes go together: sizes equal or 1, counted from the end."
    return as_op(row if names == "x1, x2" else old_row, name, says, what, example, gives)


def operands(x1: Any, x2: Any) -> tuple[Any, Any]:
    """Both as arrays; a Python number stays one next to an array, whose dtype then holds."""
    first, second = operand(x1), operand(x2)
    if not hasattr(first, "dtype") and not hasattr(second, "dtype"):
        return tensor(first), tensor(second)
    return first, second


def reduction(
    name: str, function: Callable[..., Any], says: str, example: str, gives: str
) -> Callable[..., Any]:
    """The op that makes one number of those along the axes."""

    def row(x: Any, axis: Any = None, keepdims: bool = False) -> Any:
        return function(tensor(x), axis=as_axes(name, axis), keepdims=keepdims)

    what = (
        "x: tensor of any shape.\n"
        "axis: axis, or tuple of axes, to go along. Default: all.\n"
        "keepdims: whether those axes stay, with size 1. Default: False."
    )
    return as_op(row, name, says, what, example, gives, along_rows)


def as_axes(name: str, axis: Any) -> Any:
    """None, a number or a tuple of numbers, as JAX takes axes; an error of the op `name` otherwise."""
    try:
        if isinstance(axis, (list, tuple)):
            return tuple(map(operator.index, axis))
        return None if axis is None else operator.index(axis)
    except TypeError as error:
        raise TypeError(
            f"ops.{name}(x, axis): axis is a whole number, or several in a tuple, not {describe(axis)}. "
            "Two tensors are combined by ops.add, ops.maximum, ops.logical_and and the like."
        ) from error


def along_rows(x: Any, axis: Any = None, *_: Any, **__: Any) -> bool:
    """Whether the first axis, the one of the batch, is not among those that an op goes along."""
    axes = axis if isinstance(axis, (list, tuple)) else (axis,)
    rank = len(getattr(x, "shape", ()))
    return all(isinstance(each, int) and each % max(rank, 1) != 0 for each in axes)


def along_rows_third(x: Any, _: Any = None, axis: Any = None, *__: Any, **___: Any) -> bool:
    """As `along_rows`, for ops whose third argument is the axis."""
    return along_rows(x, axis)


def as_op(
    row: Callable[..., Any],
    name: str,
    says: str,
    takes: str,
    example: str,
    gives: str,
    samplewise: Samplewise = True,
) -> Any:
    """A row as an op with a name and documentation of its own, in the module that it is written in.

    To be called by the function that makes rows, which that module calls.
    """
    row.__name__ = row.__qualname__ = name
    row.__module__ = sys._getframe(2).f_globals["__name__"]
    told = f"Args:\n{textwrap.indent(takes, '    ')}\n\n" if takes else ""
    row.__doc__ = f"{says}\n\n{told}>>> {name}({example}).tolist()\n{gives}\n"
    return op(samplewise=samplewise)(row)
