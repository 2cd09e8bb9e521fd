"""Ranks and order of a layered drawing: which boxes lie side by side, and in which order.

The method of Sugiyama, Tagawa and Toda (1981): ranks by the longest path, a dummy for each rank that
an edge passes, and an order of each rank by the barycentres of the neighbours' places.
"""

from __future__ import annotations

import bisect
import itertools
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

SWEEPS = 16
FAR = 2  # ranks between a source and what it leads to, beyond which it is moved there

Slot = str | tuple[int, int]  # a box, or the place (edge, rank) at which an edge passes a rank


@dataclass
class Ranked:
    """Slots by rank and in order, and the pieces of edges between neighbouring ranks."""

    ranks: list[list[Slot]]
    paths: list[list[Slot]]  # per edge: tail, dummies, head

    def neighbours(self, before: bool) -> dict[Slot, list[Slot]]:
        """The slots that each one is joined with, in the rank before or after its own."""
        found: dict[Slot, list[Slot]] = {}
        for path in self.paths:
            for tail, head in itertools.pairwise(path):
                key, other = (head, tail) if before else (tail, head)
                found.setdefault(key, []).append(other)
        return found


def ranked(
    keys: Sequence[str], edges: Sequence[tuple[str, str]], wishes: Mapping[str, str | None]
) -> Ranked:
    """The boxes in ranks and in order.

    Args:
        keys: the boxes.
        edges: pairs (tail, head) of different boxes; those that close a cycle are turned.
        wishes: 'first', 'last' or 'near', for some boxes.
    """
    edges = [
        (head, tail) if back else (tail, head)
        for (tail, head), back in zip(edges, backwards(keys, edges), strict=True)
    ]
    rank = _levels(keys, edges, wishes)
    paths: list[list[Slot]] = []
    for number, (tail, head) in enumerate(edges):
        dummies = [(number, level) for level in range(rank[tail] + 1, rank[head])]
        paths.append([tail, *dummies, head])
    ranks: list[list[Slot]] = [[] for _ in range(max(rank.values(), default=-1) + 1)]
    for key in keys:
        ranks[rank[key]].append(key)
    for path in paths:
        for slot in path[1:-1]:
            ranks[slot[1]].append(slot)  # type: ignore[index]
    found = Ranked(ranks, paths)
    _order(found)
    return found


def backwards(keys: Sequence[str], edges: Sequence[tuple[str, str]]) -> list[bool]:
    """Which edges lead back to a box that a walk from the sources is still below.

    >>> backwards(["a", "b"], [("a", "b"), ("b", "a")])
    [False, True]
    """
    after: dict[str, list[int]] = {key: [] for key in keys}
    for number, (tail, _) in enumerate(edges):
        after[tail].append(number)
    found, state = [False] * len(edges), dict.fromkeys(keys, 0)  # 1: below it now; 2: done
    heads = {head for _, head in edges}
    for key in sorted(keys, key=lambda key: key in heads):
        stack = [(key, iter(after[key]))] if not state[key] else []
        state[key] = state[key] or 1
        while stack:
            number = next(stack[-1][1], -1)
            if number < 0:
                state[stack.pop()[0]] = 2
                continue
            head = edges[number][1]
            found[number] = state[head] == 1
            if not state[head]:
                state[head] = 1
                stack.append((head, iter(after[head])))
    return found


def _levels(
    keys: Sequence[str], edges: Sequence[tuple[str, str]], wishes: Mapping[str, str | None]
) -> dict[str, int]:
    """The rank of each box: one more than the largest of those before it."""
    before: dict[str, list[str]] = {key: [] for key in keys}
    after: dict[str, list[str]] = {key: [] for key in keys}
    for tail, head in edges:
        before[head].append(tail)
        after[tail].append(head)
    rank: dict[str, int] = {}
    waiting = {key: len(tails) for key, tails in before.items()}
    ready = [key for key in keys if not waiting[key]]
    for key in ready:
        rank[key] = max((rank[tail] + 1 for tail in before[key]), default=0)
        for head in after[key]:
            waiting[head] -= 1
            if not waiting[head]:
                ready.append(head)
    for key in keys:  # sources stay beside what they lead to
        first = min((rank[head] for head in after[key]), default=1)
        if (not before[key] and wishes.get(key) == "near" and first > 0) or (
            not before[key] and wishes.get(key) is None and first > FAR
        ):
            rank[key] = first - 1
    last = max(rank.values(), default=0)
    rank.update({key: last for key in keys if wishes.get(key) == "last"})
    return rank


def _order(found: Ranked) -> None:
    """Sorts each rank so that few edges cross; the best of several sweeps stays."""
    before, after = found.neighbours(before=True), found.neighbours(before=False)
    best, fewest = [list(rank) for rank in found.ranks], _crossings(found.ranks, before)
    for sweep in range(SWEEPS):
        down = sweep % 2 == 0
        ranks = found.ranks if down else found.ranks[::-1]
        for fixed, moved in itertools.pairwise(ranks):
            _sort_by(moved, fixed, before if down else after)
        count = _crossings(found.ranks, before)
        if count < fewest:
            best, fewest = [list(rank) for rank in found.ranks], count
    for rank, order in zip(found.ranks, best, strict=True):
        rank[:] = order


def _sort_by(moved: list[Slot], fixed: list[Slot], neighbours: Mapping[Slot, Iterable[Slot]]) -> None:
    place = {slot: float(number) for number, slot in enumerate(fixed)}
    wish: dict[Slot, float] = {}
    for number, slot in enumerate(moved):
        others = [place[other] for other in neighbours.get(slot, ()) if other in place]
        wish[slot] = sum(others) / len(others) if others else float(number)
    moved.sort(key=wish.__getitem__)


def _crossings(ranks: list[list[Slot]], before: Mapping[Slot, Iterable[Slot]]) -> int:
    """How many pairs of edges cross between neighbouring ranks."""
    count = 0
    for upper, lower in itertools.pairwise(ranks):
        place = {slot: number for number, slot in enumerate(upper)}
        seen: list[int] = []
        for slot in lower:
            ends = sorted(place[other] for other in before.get(slot, ()))
            count += sum(len(seen) - bisect.bisect_right(seen, end) for end in ends)
            for end in ends:
                bisect.insort(seen, end)
    return count


__all__ = ["Ranked", "Slot", "backwards", "ranked"]
