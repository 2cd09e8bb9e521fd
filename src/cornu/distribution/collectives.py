"""What a compiled program sends between devices, read from its text (XLA's optimized HLO).

XLA decides, from how arrays are to lie, where devices have to talk to each other, and writes it down as
collectives: `%x = f32[64,8] all-reduce(...), replica_groups=[1,8]<=[8]`.
"""

from __future__ import annotations

import math
import re
from collections.abc import Callable, Iterator
from typing import Any, NamedTuple

import numpy as np

Groups = tuple[tuple[int, ...], ...]
KINDS = ("all-reduce", "all-gather", "reduce-scatter", "all-to-all", "collective-permute")
# What a device sends if the parts go around in a ring (Patarasuk and Yuan 2009), as a multiple of the
# bytes, among n devices.
SENT: dict[str, Callable[[int], float]] = {
    "all-reduce": lambda n: 2 * (n - 1) / n,
    "all-gather": lambda n: (n - 1) / n,
    "reduce-scatter": lambda n: (n - 1) / n,
    "all-to-all": lambda n: (n - 1) / n,
    "collective-permute": lambda n: 1.0,
}
_HEAD = re.compile(r"^(ENTRY\s+)?%?([^\s(]+)\s*\(.*\{\s*$")
_LINE = re.compile(r"^\s+(?:ROOT\s+)?%?([^\s=]+) = (.*?[\])}]) ([a-z][a-z0-9-]*)\((.*)$")
_ARRAY = re.compile(r"\b(pred|token|(?:[a-z]+)(\d+)\w*)\[([\d,]*)\]")
_CALLED = re.compile(r"\b(?:calls|to_apply|body|true_computation|false_computation)=%?([\w.\-]+)")
_BRANCHES = re.compile(r"branch_computations=\{([^}]*)\}")
_LISTED = re.compile(r"(?:replica_groups|source_target_pairs)=\{(\{[\d,{} ]*\})\}")
_IOTA = re.compile(r"replica_groups=\[([\d,]+)\]<=\[([\d,]+)\](?:T\(([\d,]+)\))?")
_MESH = re.compile(
    r"replica_groups=(?:@?\w*)?mesh\[([^\]]*)\]"
    r"(?:, device_ids=\((?:\[([\d,]+)\](?:T\(([\d,]+)\))?|([\d,]+))\))? \{([^}]*)\}"
)
_AXIS = re.compile(r"'([^']+)'=(\d+)")
_PART = re.compile(r"'([^']+)':\((\d+)\)(\d+)")
_TRIPS = re.compile(r'"known_trip_count":\{"n":"(\d+)"')
_SOURCE = re.compile(r'op_name="([^"]*)"')
_DEVICES = re.compile(r"(?:num_partitions|replica_count)=(\d+)")


class Collective(NamedTuple):
    """One collective of a program.

    Args:
        kind: one of `KINDS`.
        bytes: what it works on: of an all-gather the result, of a reduce-scatter what goes in.
        groups: the numbers of the devices that talk to each other; of a permute, the pairs.
        depth: how many loops it stands in: 0 outside of all, 1 in the loop of steps, 2 in one within.
        trips: how often it is done in a round of the outermost loop; None if that is not known.
        source: the operation that it comes from.
    """

    kind: str
    bytes: int
    groups: Groups
    depth: int
    trips: int | None
    source: str

    @property
    def devices(self) -> int:
        """How many devices a group has."""
        return len(self.groups[0]) if self.groups else 1

    @property
    def sent(self) -> float:
        """Bytes that each device sends for it, by a ring."""
        return float(self.bytes * SENT[self.kind](self.devices))

    @property
    def per_step(self) -> int:
        """How often it is done in a step; of an inner loop of unknown length, one round."""
        return 0 if self.depth == 0 else self.trips or 1


class _Line(NamedTuple):
    name: str
    shape: str
    operation: str
    rest: str


def collectives(text: str) -> list[Collective]:
    """The collectives of a program, in the order in which they stand there.

    Args:
        text: the program, as `jax.jit(f).lower(...).compile().as_text()` gives it.

    Example:
        >>> found = collectives('''HloModule f, num_partitions=4
        ... ENTRY %main (x: f32[8]) -> f32[8] {
        ...   ROOT %y = f32[8]{0} all-reduce(%x), replica_groups=[1,4]<=[4], to_apply=%add
        ... }''')
        >>> found[0].kind, found[0].bytes, found[0].groups
        ('all-reduce', 32, ((0, 1, 2, 3),))
    """
    everyone = (tuple(range(math.prod(int(n) for n in _DEVICES.findall(text.split("\n", 1)[0])))),)
    parts, entry = _computations(text)
    return list(_within(parts, entry, 0, 1, everyone)) if entry else []


def _computations(text: str) -> tuple[dict[str, list[_Line]], str]:
    """The lines of each computation, and the name of that with which the program begins."""
    parts: dict[str, list[_Line]] = {}
    entry = name = ""
    for line in text.splitlines():
        head = _HEAD.match(line)
        if head:
            name = head[2]
            parts[name] = []
            entry = name if head[1] else entry
            continue
        found = _LINE.match(re.sub(r"/\*.*?\*/", "", line))
        if found and name:
            parts[name].append(_Line(*found.groups()))
    return parts, entry


def _within(
    parts: dict[str, list[_Line]],
    name: str,
    depth: int,
    trips: int | None,
    everyone: Groups,
) -> Iterator[Collective]:
    for line in parts.get(name, []):
        kind = line.operation.removesuffix("-start")
        if kind in KINDS:
            source = _SOURCE.search(line.rest)
            groups = _groups(line.rest) or everyone
            size = _bytes(line, kind, len(groups[0]))
            yield Collective(kind, size, groups, depth, trips, source[1] if source else "")
            continue
        inner, times = depth, trips
        if line.operation == "while":
            inner = depth + 1
            known = _TRIPS.search(line.rest)
            if depth:
                times = trips * int(known[1]) if known and trips else None
        for called in _called(line):
            yield from _within(parts, called, inner, times, everyone)


def _called(line: _Line) -> list[str]:
    """The computations that a line runs."""
    several = _BRANCHES.search(line.rest)
    more = [name.strip().lstrip("%") for name in several[1].split(",")] if several else []
    return [*_CALLED.findall(line.rest), *more]


def _bytes(line: _Line, kind: str, devices: int) -> int:
    shape = line.shape
    if line.operation.endswith("-start") and kind != "all-reduce":
        shape = _halves(shape)[1]  # it gives what went in and what comes out
    size = sum(_size_of(*found) for found in _ARRAY.findall(shape))
    return size * devices if kind == "reduce-scatter" else size


def _halves(shape: str) -> list[str]:
    """The entries of a tuple of shapes, without those inside."""
    found, level, start = [], 0, 1
    for at, letter in enumerate(shape):
        level += (letter in "([{") - (letter in ")]}")
        if (letter == "," and level == 1) or at == len(shape) - 1:
            found.append(shape[start:at])
            start = at + 1
    return found


def _size_of(dtype: str, bits: str, shape: str) -> int:
    """Bytes of an array such as f32[8,4]."""
    if dtype == "token":
        return 0
    numbers = math.prod(int(n) for n in shape.split(",") if n)
    return math.ceil(numbers * (8 if dtype == "pred" else int(bits)) / 8)


def _groups(text: str) -> Groups:
    """Which devices talk to each other: listed, as the rows of a table of all of them, or along axes
    of a mesh."""
    mesh, table, listed = _MESH.search(text), _IOTA.search(text), _LISTED.search(text)
    if mesh:
        return _along_axes(*mesh.groups())
    if table:
        return _as_groups(_ids(table[2], table[3]).reshape(_numbers(table[1])))
    inner = re.findall(r"\{([\d, ]*)\}", listed[1]) if listed else []
    return tuple(tuple(_numbers(group)) for group in inner)


def _along_axes(axes: str, table: str | None, order: str | None, ids: str | None, along: str) -> Groups:
    """The groups of a mesh `['a'=4,'b'=2]`, whose devices may be numbered in another order, along some
    of its axes, or along a part `'a':(2)4` of one: behind 2, 4 of it."""
    parts = {name: (int(before), int(size)) for name, before, size in _PART.findall(along)}
    shape: list[int] = []
    place: dict[str, int] = {}
    for name, text in _AXIS.findall(axes):
        before, own = parts.get(name, (1, int(text)))
        place[name] = len(shape) + 1
        shape += [before, own, int(text) // (before * own)]
    wanted = [place[name] for name in re.findall(r"'([^']+)'", along)]
    others = [axis for axis in range(len(shape)) if axis not in wanted]
    numbers = np.array(_numbers(ids)) if ids else _ids(table or str(math.prod(shape)), order)
    size = math.prod(shape[axis] for axis in wanted)
    return _as_groups(numbers.reshape(shape).transpose(others + wanted).reshape(-1, size))


def _ids(shape: str, order: str | None) -> Any:
    """Numbers from 0, as a table of this shape whose axes are put into another order, in a row."""
    dims = _numbers(shape)
    numbers = np.arange(math.prod(dims)).reshape(dims)
    return numbers.transpose(_numbers(order) if order else range(len(dims))).ravel()


def _numbers(text: str) -> list[int]:
    return [int(number) for number in text.split(",") if number.strip()]


def _as_groups(rows: Any) -> Groups:
    return tuple(tuple(int(number) for number in row) for row in rows)


__all__ = ["KINDS", "Collective", "collectives"]
