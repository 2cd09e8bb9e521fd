"""Texts as numbers, as Keras 2 had it: words in the order of their frequency."""

from __future__ import annotations

import json
from collections import Counter, defaultdict
from collections.abc import Callable, Iterable, Iterator
from typing import Any

import numpy as np

from cornu.core.errors import describe, did_you_mean, warn

__all__ = ["Tokenizer", "hashing_trick", "one_hot", "text_to_word_sequence", "tokenizer_from_json"]

FILTERS = '!"#$%&()*+,-./:;<=>?@[\\]^_`{|}~\t\n'
MODES = ("binary", "count", "freq", "tfidf")
# The tables of a Tokenizer, and whether their keys are numbers.
TABLES = {
    "word_counts": False,
    "word_docs": False,
    "index_docs": True,
    "index_word": True,
    "word_index": False,
}


def text_to_word_sequence(
    input_text: str, filters: str = FILTERS, lower: bool = True, split: str = " "
) -> list[str]:
    """The words of a text.

    Args:
        input_text: the text.
        filters: characters that are left out; punctuation, tabs and ends of lines by default.
        lower: whether to write everything small (default).
        split: what stands between words, a blank by default.

    Example:
        >>> text_to_word_sequence("The cat, the dog!")
        ['the', 'cat', 'the', 'dog']
    """
    if lower:
        input_text = input_text.lower()
    cleaned = input_text.translate({ord(character): split for character in filters})
    return [word for word in cleaned.split(split) if word]


def one_hot(
    input_text: str,
    n: int,
    filters: str = FILTERS,
    lower: bool = True,
    split: str = " ",
    analyzer: Callable[[str], Any] | None = None,
) -> list[int]:
    """The words of a text as numbers from 1 to n - 1, by Python's hash: another one in each process.

    The arguments are those of `hashing_trick`, which takes a hash that stays.

    Example:
        >>> words = one_hot("The sun, the sea.", 10)
        >>> len(words), words[0] == words[2]
        (4, True)
    """
    return hashing_trick(input_text, n, hash, filters, lower, split, analyzer)


def hashing_trick(
    text: str,
    n: int,
    hash_function: Any = None,
    filters: str = FILTERS,
    lower: bool = True,
    split: str = " ",
    analyzer: Callable[[str], Any] | None = None,
) -> list[int]:
    """The words of a text as numbers from 1 to n - 1, by a hash; different words may have one number.

    Args:
        text: the text.
        n: how many numbers there are, with 0, which no word gets.
        hash_function: 'md5', which stays from run to run, or a function of a word; by default Python's
            own, which does not.
        filters, lower, split: as in `text_to_word_sequence`.
        analyzer: a function that gives the words of a text, in its place.

    Example:
        >>> hashing_trick("the cat the dog", 10, "md5")
        [6, 3, 6, 6]
    """
    hashed = _md5 if hash_function == "md5" else hash_function or hash
    words = text_to_word_sequence(text, filters, lower, split) if analyzer is None else analyzer(text)
    return [hashed(word) % (n - 1) + 1 for word in words]


def _md5(word: str) -> int:
    import hashlib

    return int(hashlib.md5(word.encode(), usedforsecurity=False).hexdigest(), 16)


class Tokenizer:
    """Texts as lists of numbers, the most frequent word being number 1; or as rows of a table.

    In code of today the layer TextVectorization does this.

    Args:
        num_words: only numbers below it are used; all by default.
        filters, lower, split: as in `text_to_word_sequence`.
        char_level: whether characters take the place of words.
        oov_token: stands for words that are not known, as number 1; by default they are left out.
        analyzer: a function that gives the words of a text.

    Attributes:
        word_index: the number of each word; `index_word` the other way round.
        word_counts: how often each word was seen; `word_docs`, in how many texts.
        document_count: how many texts were seen.

    Example:
        >>> tokenizer = Tokenizer(num_words=3)
        >>> tokenizer.fit_on_texts(["the cat sat", "the dog sat"])
        >>> tokenizer.word_index
        {'the': 1, 'sat': 2, 'cat': 3, 'dog': 4}
        >>> tokenizer.texts_to_sequences(["the dog sat"])
        [[1, 2]]
    """

    def __init__(
        self,
        num_words: int | None = None,
        filters: str = FILTERS,
        lower: bool = True,
        split: str = " ",
        char_level: bool = False,
        oov_token: str | None = None,
        analyzer: Callable[[str], Any] | None = None,
        **kwargs: Any,
    ) -> None:
        if "nb_words" in kwargs:
            warn("Tokenizer: nb_words is now called num_words.")
            num_words = kwargs.pop("nb_words")
        self.document_count: int = kwargs.pop("document_count", 0)
        if kwargs:
            known = ["num_words", "filters", "lower", "split", "char_level", "oov_token", "analyzer"]
            raise TypeError(
                f"Tokenizer has no argument {next(iter(kwargs))!r}. "
                f"{did_you_mean(next(iter(kwargs)), known)}"
            )
        self.num_words = num_words
        self.filters = filters
        self.lower = lower
        self.split = split
        self.char_level = char_level
        self.oov_token = oov_token
        self.analyzer = analyzer
        self.word_counts: dict[str, int] = {}
        self.word_docs: dict[str, int] = defaultdict(int)
        self.index_docs: dict[int, int] = defaultdict(int)
        self.word_index: dict[str, int] = {}
        self.index_word: dict[int, str] = {}

    def _words(self, text: Any) -> Any:
        """The words of a text, or its characters; a list is taken for words."""
        if self.char_level or isinstance(text, list):
            if not self.lower:
                return text
            return [word.lower() for word in text] if isinstance(text, list) else text.lower()
        if self.analyzer is not None:
            return self.analyzer(text)
        return text_to_word_sequence(text, self.filters, self.lower, self.split)

    def fit_on_texts(self, texts: Iterable[Any]) -> None:
        """Counts the words of texts, and numbers them by their frequency.

        Example:
            >>> tokenizer = Tokenizer()
            >>> tokenizer.fit_on_texts(["the sun", "the sea"])
            >>> tokenizer.word_index
            {'the': 1, 'sun': 2, 'sea': 3}
        """
        if isinstance(texts, str):
            raise TypeError(
                "Tokenizer.fit_on_texts takes a list of texts. Write fit_on_texts([text]) for a "
                "single one."
            )
        for text in texts:
            words = self._words(text)
            self.document_count += 1
            for word in words:
                self.word_counts[word] = self.word_counts.get(word, 0) + 1
            for word in set(words):
                self.word_docs[word] += 1
        ordered = sorted(self.word_counts, key=lambda word: -self.word_counts[word])
        names = [*([] if self.oov_token is None else [self.oov_token]), *ordered]
        self.word_index = dict(zip(names, range(1, len(names) + 1), strict=True))
        self.index_word = {number: word for word, number in self.word_index.items()}
        for word, count in self.word_docs.items():
            self.index_docs[self.word_index[word]] = count

    def fit_on_sequences(self, sequences: Any) -> None:
        """Counts in how many lists each number is, for mode 'tfidf' without texts.

        Example:
            >>> tokenizer = Tokenizer(num_words=4)
            >>> tokenizer.fit_on_sequences([[1, 3], [3]])
            >>> tokenizer.sequences_to_matrix([[3]], mode="tfidf").round(2).tolist()
            [[0.0, 0.0, 0.0, 0.51]]
        """
        self.document_count += len(sequences)
        for sequence in sequences:
            for number in set(sequence):
                self.index_docs[number] += 1

    def texts_to_sequences(self, texts: Iterable[Any]) -> list[list[int]]:
        """Each text as a list of numbers.

        Example:
            >>> tokenizer = Tokenizer()
            >>> tokenizer.fit_on_texts(["the sun", "the sea"])
            >>> tokenizer.texts_to_sequences(["the blue sea"])
            [[1, 3]]
        """
        return list(self.texts_to_sequences_generator(texts))

    def texts_to_sequences_generator(self, texts: Iterable[Any]) -> Iterator[list[int]]:
        """As `texts_to_sequences`, one after the other.

        Example:
            >>> tokenizer = Tokenizer()
            >>> tokenizer.fit_on_texts(["the sun"])
            >>> next(tokenizer.texts_to_sequences_generator(["sun"]))
            [2]
        """
        for text in texts:
            numbers = (self._kept(self.word_index.get(word)) for word in self._words(text))
            yield [number for number in numbers if number is not None]

    def _kept(self, number: int | None) -> int | None:
        """A number, or that of unknown words in its place, or None."""
        known = number is not None and not (self.num_words and number >= self.num_words)
        if known:
            return number
        return None if self.oov_token is None else self.word_index.get(self.oov_token)

    def sequences_to_texts(self, sequences: Iterable[Any]) -> list[str]:
        """Each list of numbers as a text.

        Example:
            >>> tokenizer = Tokenizer()
            >>> tokenizer.fit_on_texts(["the sun", "the sea"])
            >>> tokenizer.sequences_to_texts([[1, 3]])
            ['the sea']
        """
        return list(self.sequences_to_texts_generator(sequences))

    def sequences_to_texts_generator(self, sequences: Iterable[Any]) -> Iterator[str]:
        """As `sequences_to_texts`, one after the other.

        Example:
            >>> tokenizer = Tokenizer()
            >>> tokenizer.fit_on_texts(["the sun"])
            >>> next(tokenizer.sequences_to_texts_generator([[2]]))
            'sun'
        """
        for sequence in sequences:
            numbers = (self._kept(n if n in self.index_word else None) for n in sequence)
            yield " ".join(self.index_word[number] for number in numbers if number is not None)

    def texts_to_matrix(self, texts: Iterable[Any], mode: str = "binary") -> np.ndarray[Any, Any]:
        """Each text as a row, with a column for each number; see `sequences_to_matrix`.

        Example:
            >>> tokenizer = Tokenizer()
            >>> tokenizer.fit_on_texts(["the sun", "the sea"])
            >>> tokenizer.texts_to_matrix(["the sea"]).tolist()  # the first column is of no word
            [[0.0, 1.0, 0.0, 1.0]]
        """
        return self.sequences_to_matrix(self.texts_to_sequences(texts), mode=mode)

    def sequences_to_matrix(self, sequences: Any, mode: str = "binary") -> np.ndarray[Any, Any]:
        """Each list of numbers as a row, with a column for each number.

        Args:
            sequences: the lists.
            mode: 'binary' (default): 1 where a number is in the list; 'count': how often; 'freq': the
                part of the list; 'tfidf': (1 + log count) log(1 + texts / (1 + texts with it)).

        Raises:
            ValueError: if the mode is not known, or there is no number of columns, or no text was seen.

        Example:
            >>> Tokenizer(num_words=4).sequences_to_matrix([[1, 3, 3]], mode="count").tolist()
            [[0.0, 1.0, 0.0, 2.0]]
        """
        if mode not in MODES:
            raise ValueError(
                f"Tokenizer: mode={describe(mode)} is not known. {did_you_mean(str(mode), MODES)}"
            )
        if not self.num_words and not self.word_index:
            raise ValueError(
                "Tokenizer: how many columns the table has is not known. Pass num_words=, or call "
                "fit_on_texts(texts) first."
            )
        if mode == "tfidf" and not self.document_count:
            raise ValueError('Tokenizer: mode="tfidf" needs texts first: call fit_on_texts(texts).')
        columns = self.num_words or len(self.word_index) + 1
        table = np.zeros((len(sequences), columns))
        for row, sequence in zip(table, sequences, strict=True):
            for number, count in Counter(n for n in sequence if n < columns).items():
                row[number] = self._entry(mode, number, count, len(sequence))
        return table

    def _entry(self, mode: str, number: int, count: int, length: int) -> float:
        if mode == "tfidf":
            spread = self.document_count / (1 + self.index_docs.get(number, 0))
            return float((1 + np.log(count)) * np.log(1 + spread))
        return {"binary": 1, "count": count, "freq": count / length}[mode]

    def get_config(self) -> dict[str, Any]:
        """The arguments, and the tables as JSON."""
        names = ["num_words", "filters", "lower", "split", "char_level", "oov_token", "document_count"]
        return {
            **{name: getattr(self, name) for name in names},
            **{name: json.dumps(getattr(self, name)) for name in TABLES},
        }

    def to_json(self, **kwargs: Any) -> str:
        """Everything as JSON, for `tokenizer_from_json`; `kwargs` are for `json.dumps`.

        Example:
            >>> tokenizer = Tokenizer()
            >>> tokenizer.fit_on_texts(["the sun"])
            >>> tokenizer_from_json(tokenizer.to_json()).word_index
            {'the': 1, 'sun': 2}
        """
        return json.dumps({"class_name": type(self).__name__, "config": self.get_config()}, **kwargs)


def tokenizer_from_json(json_string: str) -> Tokenizer:
    """The Tokenizer that `to_json` wrote.

    Example:
        >>> tokenizer = Tokenizer()
        >>> tokenizer.fit_on_texts(["a b a"])
        >>> tokenizer_from_json(tokenizer.to_json()).word_index
        {'a': 1, 'b': 2}
    """
    config = json.loads(json_string)["config"]
    tables = {name: json.loads(config.pop(name)) for name in TABLES}
    tokenizer = Tokenizer(**config)
    for name, numbers in TABLES.items():
        table = {int(key): value for key, value in tables[name].items()} if numbers else tables[name]
        getattr(tokenizer, name).update(table)
    return tokenizer
