"""Vocabularies: terms with their numbers, learned by counting, given as a list, or read from a file."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable
from itertools import chain
from pathlib import Path
from typing import Any

import numpy as np

from cornu.core.errors import describe
from cornu.layers.preprocessing.inputs import on_host, title

SHOWN = 5  # repeated terms that a message lists


class Vocabulary:
    """Terms, numbered from `start` on, and what each weighs in 'tf_idf'.

    Args:
        terms: UTF-8 bytes or whole numbers, without the mask token and those for unknown terms.
        start: number of the first; those below stand for masked and unknown terms.
        masked: the mask token with its number, if there is one.
        idf: a weight per number, from 0 on; None unless the layer weighs terms.
    """

    def __init__(
        self, terms: list[Any], start: int, masked: dict[Any, int] | None = None, idf: Any = None
    ) -> None:
        self.terms = terms
        self.start = start
        self.idf = idf
        self.index: dict[Any, int] = dict(zip(terms, range(start, start + len(terms)), strict=True))
        self.index.update(masked or {})

    @property
    def size(self) -> int:
        """How many numbers there are, those of masked and unknown terms included."""
        return self.start + len(self.terms)


class Counts:
    """How often each term occurs, one batch after the other.

    Args:
        by_document: whether to count also in how many documents each occurs.
    """

    def __init__(self, by_document: bool) -> None:
        self.by_document = by_document
        self.terms: Counter[Any] = Counter()
        self.documents: Counter[Any] = Counter()
        self.rows = 0

    def update(self, rows: list[list[Any]]) -> None:
        """Counts the terms of further documents."""
        self.rows += len(rows)
        self.terms.update(chain.from_iterable(rows))
        if self.by_document:
            self.documents.update(chain.from_iterable(map(set, rows)))

    def most_common(self, without: Iterable[Any], limit: int | None) -> list[Any]:
        """The terms from the most frequent on, of equally frequent ones the greatest first."""
        kept = self.terms.keys() - set(without)
        return sorted(kept, key=lambda term: (self.terms[term], term), reverse=True)[:limit]

    def idf(self, terms: list[Any]) -> Any:
        """Inverse document frequencies: log(1 + documents / (1 + documents with the term))."""
        found = np.array([self.documents[term] for term in terms], "float64")
        return np.log(1 + self.rows / (1 + found)).astype("float32")


def padded(idf: Any, front: int, size: int | None) -> Any:
    """Weights with those of unknown terms before them, the mean of all, and zeros up to a size."""
    weights = np.concatenate([np.full(front, np.mean(idf), "float32"), np.asarray(idf, "float32")])
    return weights if size is None else np.pad(weights, (0, max(size - len(weights), 0)))


def read_lines(layer: Any, path: str | Path, encoding: str) -> list[str]:
    """The lines of a text file, one term each.

    Raises:
        ValueError: if there is no such file, or it is no text in this encoding.
    """
    try:
        data = Path(path).read_bytes()
    except OSError as error:
        raise ValueError(
            f'{title(layer)}: there is no vocabulary file "{path}" that can be read '
            f"({error.strerror}). A string is the path of a text file with a term per line; terms "
            'themselves are given as a list: vocabulary=["a", "b"].'
        ) from None
    lines = data.removeprefix(b"\xef\xbb\xbf").split(b"\n")
    if not lines[-1]:
        lines.pop()
    terms = []
    for number, line in enumerate(lines, 1):
        try:
            terms.append(line.removesuffix(b"\r").decode(encoding))
        except UnicodeDecodeError as error:
            raise ValueError(
                f'{title(layer)}: line {number} of the vocabulary file "{path}" is not {encoding} '
                f"text ({error.reason} at byte {error.start}). Save the file as UTF-8, or pass the "
                "encoding it has."
            ) from None
        if "\0" in terms[-1]:
            raise ValueError(
                f'{title(layer)}: the vocabulary file "{path}" is not text: line {number} holds a '
                "zero byte. Give it a text file with a term per line."
            )
    return terms


def without_specials(layer: Any, terms: list[Any], specials: list[Any], named: list[Any]) -> list[Any]:
    """The terms of a vocabulary less the special ones that it may start with, if it is a proper one.

    Args:
        specials: the special terms in the order in which a vocabulary starts with them.
        named: what must not occur among the others, each with what it stands for.

    Raises:
        ValueError: if there are no terms, one is repeated, or a special one is out of place.
    """
    starts_so = bool(specials) and terms[: len(specials)] == specials
    rest = terms[len(specials) :] if starts_so else terms
    if not terms:
        raise ValueError(f"{title(layer)}: the vocabulary is empty. Give it at least one term.")
    repeated = [term for term, count in Counter(rest).items() if count > 1]
    if repeated:
        shown = ", ".join(repr(_shown(term)) for term in repeated[:SHOWN])
        more = ", ..." if len(repeated) > SHOWN else ""
        raise ValueError(
            f"{title(layer)}: the vocabulary has repeated terms: {shown}{more}. Each needs a number of "
            "its own: list(dict.fromkeys(vocabulary)) keeps the first of each."
        )
    for term, what in named:
        if term in rest:
            place = len(terms) - len(rest) + rest.index(term)
            order = [_shown(special) for special in specials]
            raise ValueError(
                f"{title(layer)}: the vocabulary has the {what} {_shown(term)!r} at position {place}. "
                f"It is added by the layer: leave it out, or start the vocabulary with {order}."
            )
    return rest


def checked_idf(layer: Any, idf: Any, terms: int) -> Any:
    """Weights as an array, if there is one for each term."""
    weights = np.asarray(on_host(idf))
    if weights.ndim != 1 or len(weights) != terms or weights.dtype.kind not in "fiu":
        raise ValueError(
            f"{title(layer)}: idf_weights must be {terms} numbers, one for each term of the "
            f"vocabulary, got {describe(weights)}."
        )
    return weights


def _shown(term: Any) -> Any:
    return term.decode(errors="replace") if isinstance(term, bytes) else term
