"""Texts as lists of the ranks of their words: what `imdb` and `reuters` do alike."""

from __future__ import annotations

import json
from collections.abc import Iterable
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np

from cornu.datasets.reading import LIMIT, damaged

Array = np.ndarray[Any, Any]


class Coding(NamedTuple):
    """How ranks become the numbers that a network gets; see `imdb.load_data`."""

    num_words: int | None
    skip_top: int
    maxlen: int | None
    start_char: int | None
    oov_char: int | None
    index_from: int | None

    def short_enough(self, rows: Array, labels: Array) -> tuple[Array, Array]:
        """The texts with fewer than `maxlen` numbers, the start among them."""
        if not self.maxlen:
            return rows, labels
        room = self.maxlen - (self.start_char is not None)
        kept = np.array([len(row) < room for row in rows], dtype=bool)
        return rows[kept], labels[kept]

    def __call__(self, *parts: Array) -> list[Array]:
        """The texts in numbers; where `num_words` is not given, the largest number of all falls out."""
        move = self.index_from or 0
        most = self.num_words or self._largest(parts, move)
        return [self._coded(rows, move, range(self.skip_top, most)) for rows in parts]

    def _largest(self, parts: Iterable[Array], move: int) -> int:
        largest = max((max(row, default=0) for rows in parts for row in rows), default=0) + move
        return max(largest, self.start_char or 0)

    def _coded(self, rows: Array, move: int, kept: range) -> Array:
        start, rare = self.start_char, self.oov_char
        first = [] if start is None else self._one(start, kept)
        low, high = kept.start - move, kept.stop - move
        coded = np.empty(len(rows), dtype=object)  # of lists, even if all are of one length
        for place, row in enumerate(rows):
            if rare is None:
                coded[place] = first + [word + move for word in row if low <= word < high]
            else:
                coded[place] = first + [word + move if low <= word < high else rare for word in row]
        return coded

    def _one(self, word: int, kept: range) -> list[int]:
        if word in kept:
            return [word]
        return [] if self.oov_char is None else [self.oov_char]


def nothing_left(name: str, maxlen: Any) -> ValueError:
    """The error for a `maxlen` that no text meets."""
    return ValueError(
        f"{name}.load_data: After filtering for sequences shorter than maxlen={maxlen}, no sequence was "
        "kept. Increase maxlen."
    )


def word_index(path: Path) -> dict[str, int]:
    """The rank of each word, out of a JSON file."""
    try:
        if path.stat().st_size > LIMIT:
            raise ValueError(f"it has {path.stat().st_size:,} bytes")
        index = json.loads(path.read_bytes())
        if not isinstance(index, dict) or not all(type(rank) is int for rank in index.values()):
            raise ValueError("it does not give a rank for each word")
    except ValueError as error:
        raise damaged(path.name, error) from error
    return index
