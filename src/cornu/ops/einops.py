"""rearrange: axes taken apart, reordered and put together, in the notation of einops."""

from __future__ import annotations

import math
import re
from typing import Any

from cornu.core.errors import did_you_mean, show_shape
from cornu.core.symbolic import known_shape
from cornu.ops.op import op
from cornu.ops.tensors import tensor

__all__ = ["rearrange"]

Groups = list[list[str]]  # the names of each axis of a tensor: several where an axis is put together
REST = "..."


def _rows_stay(tensor: Any, pattern: str, **_: Any) -> bool:
    """Whether both sides begin with the same axis alone."""
    firsts = [side.split()[:1] for side in str(pattern).split("->")]
    return firsts[0] == firsts[-1] and bool(firsts[0]) and firsts[0][0].isidentifier()


@op(samplewise=_rows_stay)
def rearrange(tensor: Any, pattern: str, **axes_lengths: int) -> Any:
    """A tensor with its axes in another order, taken apart or put together.

    Args:
        tensor: tensor of any shape.
        pattern: names of the axes before and after, 'b h w c -> b (h w) c': names in brackets are one
            axis, the last of them the quickest; 1 is an axis of size 1; ... stands for all others.
        axes_lengths: sizes of named axes, where they do not follow from the shape.

    Raises:
        ValueError: if the pattern is wrong, or does not fit the shape.

    >>> rearrange([[1, 2, 3, 4]], "b (h w) -> b w h", h=2).tolist()
    [[[1, 3], [2, 4]]]

    Source: Rogozhnikov, Einops, ICLR 2022.
    """
    x = as_tensor(tensor)
    before, after = _sides(pattern)
    before, after = (_with_rest(side, before, x.ndim, pattern) for side in (before, after))
    if len(before) != x.ndim:
        raise _error(
            pattern,
            f"the left side names {len(before)} axes, but the tensor has {x.ndim}, shape "
            f"{show_shape(known_shape(x.shape))}.",
        )
    sizes = _sizes(before, x.shape, pattern, axes_lengths)
    source, target = ([name for group in side for name in group] for side in (before, after))
    parts = x.reshape([sizes[name] for name in source])
    ordered = parts.transpose([source.index(name) for name in target])
    return ordered.reshape([math.prod(sizes[name] for name in group) for group in after])


as_tensor = tensor  # the first argument has the name, too


def _error(pattern: str, problem: str) -> ValueError:
    return ValueError(f"ops.rearrange(x, {pattern!r}): {problem}")


def _sides(pattern: str) -> tuple[Groups, Groups]:
    """Both sides of a pattern, which must name the same axes."""
    sides = pattern.split("->")
    if len(sides) != 2:
        raise _error(pattern, "a pattern has two sides and one arrow, as in 'b h w c -> b c h w'.")
    before, after = (_groups(side, pattern) for side in sides)
    names = [[name for group in side for name in group] for side in (before, after)]
    for side, named in zip(("left", "right"), names, strict=True):
        twice = [name for name in named if named.count(name) > 1]
        if twice:
            raise _error(pattern, f"{twice[0]!r} is named twice on the {side} side.")
    for name in names[0] + names[1]:
        if name not in names[0] or name not in names[1]:
            there, missing = ("left", 1) if name in names[0] else ("right", 0)
            raise _error(
                pattern,
                f"{name!r} is on the {there} side alone; both sides name the same axes. "
                f"{did_you_mean(name, set(names[missing]) - set(names[1 - missing]) or names[missing])}",
            )
    return before, after


def _groups(side: str, pattern: str) -> Groups:
    """The axes of one side; a 1 is an axis of no names."""
    groups: Groups = []
    inside = False
    for token in re.findall(r"\.\.\.|\w+|\S", side):
        if token in "()":
            if inside == (token == "("):
                raise _error(pattern, "the brackets do not close, or are within others.")
            inside = token == "("
            groups += [[]] if inside else []
        elif token == "1" and inside:
            continue
        elif token == "1":
            groups.append([])
        elif not token.isidentifier() and (token != REST or inside):
            raise _error(
                pattern,
                f"{token!r} is no name of an axis. An axis is a name, names in brackets, 1, or ... "
                "outside of brackets.",
            )
        elif inside:
            groups[-1].append(token)
        else:
            groups.append([token])
    if inside:
        raise _error(pattern, "the brackets do not close, or are within others.")
    return groups


def _with_rest(side: Groups, before: Groups, rank: int, pattern: str) -> Groups:
    """A side with names in place of the three dots."""
    if [REST] not in side:
        return side
    count = rank - (len(before) - 1)
    if count < 0:
        raise _error(pattern, f"the left side names {len(before) - 1} axes, but the tensor has {rank}.")
    place = side.index([REST])
    return [*side[:place], *([f"...{number}"] for number in range(count)), *side[place + 1 :]]


def _sizes(before: Groups, shape: Any, pattern: str, given: dict[str, int]) -> dict[str, Any]:
    """The size of each named axis."""
    names = {name for group in before for name in group}
    for name in given:
        if name not in names:
            raise _error(pattern, f"there is no axis {name!r}. {did_you_mean(name, names)}")
    sizes: dict[str, Any] = {}
    for group, size in zip(before, shape, strict=True):
        open_ = [name for name in group if name not in given]
        if len(open_) > 1:
            raise _error(
                pattern, f"of {' '.join(group)!r} all sizes but one must be given, as in {open_[0]}=2."
            )
        sizes |= {name: given[name] for name in group if name in given}
        rest = math.prod(given[name] for name in group if name in given)
        known = known_shape((size,))[0]
        if known is not None and (known % rest if open_ else known != rest):
            shown = " x ".join(str(given.get(name, name)) for name in group) or "1"
            raise _error(pattern, f"an axis of size {known} cannot be taken apart into {shown}.")
        if open_:
            sizes[open_[0]] = size // rest if rest != 1 else size
    return sizes
