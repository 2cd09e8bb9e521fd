"""Tensors put together, and cut apart."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import jax
import jax.numpy as jnp

from cornu.ops.op import Samplewise, along_rows_third, as_op, op, row
from cornu.ops.tensors import tensor

# fmt: off
__all__ = [
    "append", "array_split", "concatenate", "dsplit", "dstack", "hsplit", "hstack", "split", "stack",
    "vsplit", "vstack",
]
# fmt: on


def _joined(
    name: str, function: Callable[..., Any], says: str, gives: str, rank: int | None
) -> Callable[..., Any]:
    """The op that joins tensors along an axis of its own. From `rank` on, this is not axis 0."""

    def row(xs: Any) -> jax.Array:
        return function([tensor(x) for x in xs])

    def samplewise(xs: Any) -> bool:
        return rank is not None and len(getattr(xs[0], "shape", ())) >= rank

    takes = "xs: list of tensors."
    return as_op(row, name, says, takes, "[[1, 2], [3, 4]]", gives, samplewise)


def _cut(
    name: str, function: Callable[..., Any], says: str, example: str, rank: int, samplewise: Samplewise
) -> Callable[..., Any]:
    """The op that cuts a tensor along an axis of its own."""

    def row(x: Any, indices_or_sections: Any) -> list[jax.Array]:
        return function(tensor(x), _places(name, indices_or_sections))

    row.__name__ = row.__qualname__ = name
    row.__module__ = __name__
    row.__doc__ = (
        f"{says}\n\nArgs:\n    x: tensor of rank {rank} or more.\n"
        "    indices_or_sections: as in `split`.\n\n"
        f">>> len({name}({example}, 2))\n2\n"
    )
    return op(samplewise=samplewise)(row)


def _places(name: str, given: Any) -> Any:
    """Where to cut, or into how many parts."""
    if isinstance(given, float) or (isinstance(given, int) and given <= 0):
        raise ValueError(
            f"ops.{name}(indices_or_sections={given}): give the number of parts, from 1 on, "
            "or a list of the places to cut at."
        )
    return tuple(given) if isinstance(given, list) else given


hstack = _joined(
    "hstack", jnp.hstack, "Joined along axis 1, vectors along axis 0.", "[1, 2, 3, 4]", rank=2
)
vstack = _joined(
    "vstack", jnp.vstack, "Joined along axis 0; a vector counts as a row.", "[[1, 2], [3, 4]]", rank=None
)
# fmt: off
dstack = _joined(
    "dstack", jnp.dstack, "Joined along axis 2, which tensors of rank 1 or 2 get first.",
    "[[[1, 3], [2, 4]]]", rank=2
)

hsplit = _cut(
    "hsplit", jnp.hsplit, "Cut along axis 1, a vector along axis 0.", "[1, 2]", 1,
    lambda x, indices_or_sections: len(getattr(x, "shape", ())) > 1
)
# fmt: on
vsplit = _cut("vsplit", jnp.vsplit, "Cut along axis 0.", "[[1], [2]]", 2, False)
dsplit = _cut("dsplit", jnp.dsplit, "Cut along axis 2.", "[[[1, 2]]]", 3, True)


def _rows_of_concatenate(xs: Any, axis: int = 0) -> bool:
    return axis % max((len(getattr(x, "shape", ())) for x in xs), default=1) != 0


def _rows_of_stack(x: Any, axis: int = 0) -> bool:
    return axis % (max((len(getattr(each, "shape", ())) for each in x), default=0) + 1) != 0


# fmt: off
concatenate = row(
    "concatenate", lambda xs, axis=0: jnp.concatenate([tensor(x) for x in xs], axis=axis),
    "One after the other, along an axis; `xs` is a list of tensors, alike but for this axis.",
    "[[1, 2], [3]]", "[1, 2, 3]", _rows_of_concatenate
)
stack = row(
    "stack", lambda x, axis=0: jnp.stack([tensor(each) for each in x], axis=axis),
    "One after the other, along a new axis; `x` is a list of tensors of the same shape.",
    "[[1, 2], [3, 4]], axis=1", "[[1, 3], [2, 4]]", _rows_of_stack
)
append = row(
    "append", lambda x1, x2, axis=None: jnp.append(tensor(x1), tensor(x2), axis=axis),
    "`x2` after `x1` along an axis, or all elements of both in a vector.", "[[1, 2]], [3]", "[1, 2, 3]"
)
# fmt: on


@op(samplewise=along_rows_third)
def split(x: Any, indices_or_sections: Any, axis: int = 0) -> list[jax.Array]:
    """Cut along an axis, into a number of equal parts or at a list of places.

    >>> [part.tolist() for part in split([1, 2, 3, 4], [1, 3])]
    [[1], [2, 3], [4]]
    """
    return jnp.split(tensor(x), _places("split", indices_or_sections), axis=axis)


@op(samplewise=along_rows_third)
def array_split(x: Any, indices_or_sections: Any, axis: int = 0) -> list[jax.Array]:
    """As `split`, but the first parts are longer by one where the number does not divide the size.

    Args:
        x: a tensor.
        indices_or_sections: the number of parts, or the places where they begin.
        axis: the first by default.

    >>> [part.tolist() for part in array_split([1, 2, 3], 2)]
    [[1, 2], [3]]
    """
    return jnp.array_split(tensor(x), _places("array_split", indices_or_sections), axis=axis)
