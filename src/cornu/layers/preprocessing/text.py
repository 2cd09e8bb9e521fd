"""Text: TextVectorization, from strings to the numbers of their words."""

from __future__ import annotations

from collections.abc import Mapping
from itertools import accumulate, chain, pairwise
from typing import Any, ClassVar

import jax
import jax.numpy as jnp
import numpy as np

from cornu.core.config import deserialize
from cornu.core.errors import describe, show_shape
from cornu.core.symbolic import KerasTensor
from cornu.layers.layer import Layer
from cornu.layers.preprocessing.encoding import encode_on_host, encode_rows, encoded_shape
from cornu.layers.preprocessing.inputs import (
    as_strings,
    batches,
    choice,
    on_host,
    refuse_sparse,
    shape_of,
    title,
)
from cornu.layers.preprocessing.lookup import MODES, OLD_MODES
from cornu.layers.preprocessing.string_lookup import StringLookup
from cornu.layers.preprocessing.tokens import SPLIT, STANDARDIZE

# Texts that a function of the user's is given together: an array of strings takes four bytes per
# character of its longest string, for each.
AT_ONCE = 1024
HIDDEN = ("vocabulary_size", "has_input_vocabulary")  # entries of Keras's configuration


class TextVectorization(Layer):
    r"""Texts as the numbers of their words.

    Each text is standardized, split into tokens, these are joined to n-grams, and looked up in a
    vocabulary that `adapt` learned. With `output_mode` 'int' a text becomes a row of numbers, filled
    up with 0; 1 stands for unknown tokens. The other modes give one vector per text with a place per
    token of the vocabulary, the first for unknown ones: 'multi_hot' (which occur), 'count' (how
    often), and 'tf_idf', the count times $\log(1 + \frac{N}{1 + n_t})$, where $n_t$ of the $N$ texts
    have the token $t$. It runs on the host, before the compiled program of a model.

    Args:
        max_tokens: size of the vocabulary at most, special tokens included; None for no limit.
        standardize: 'lower_and_strip_punctuation' (default), 'lower', 'strip_punctuation', None, or
            a function from an array of strings to one of the same shape. Of letters, the first two
            change those of ASCII only.
        split: 'whitespace' (default), 'character', None if the inputs are tokens, or a function from
            an array of strings to lists of strings.
        ngrams: None (default); a number n for sequences of 1 to n tokens; a tuple of their lengths.
        output_mode: 'int' (default), 'multi_hot', 'count' or 'tf_idf'; without `split` also 'one_hot'.
        output_sequence_length: for 'int', the length to which rows are cut or filled up; None for
            that of the longest.
        pad_to_max_tokens: whether vectors have size `max_tokens` however many tokens there are.
        vocabulary: tokens as a list or array, or the path of a text file with one per line; None to
            learn it with `adapt`.
        idf_weights: with a `vocabulary` for 'tf_idf', the weight of each token.
        sparse, ragged: must be False.
        encoding: how texts that come as bytes, and a file, are encoded, 'utf-8' by default.

    Input shape:
        (batch,) or (batch, 1) of strings; without `split` (batch, tokens)

    Output shape:
        (batch, output_sequence_length) for 'int', else (batch, tokens of the vocabulary). The
        numbers are 32-bit, where Keras has 64.

    Raises:
        ValueError: if there is no vocabulary yet, or an argument or the shape of the input is wrong.
        TypeError: if the input is no strings.

    Example:
        >>> import cornu
        >>> layer = cornu.layers.TextVectorization(output_sequence_length=4)
        >>> layer.adapt(["The cat sat.", "The dog!"])
        >>> layer.get_vocabulary()
        ['', '[UNK]', 'the', 'sat', 'dog', 'cat']
        >>> layer(["the cat ran"]).tolist()
        [[2, 5, 1, 0]]

    Source: for 'tf_idf', Sparck Jones, A statistical interpretation of term specificity, 1972.
    """

    on_host = True
    _names_in_files: ClassVar[dict[str, str]] = {"_lookup": "_lookup_layer"}
    takes_strings = True
    samplewise = True

    def __init__(
        self,
        max_tokens: int | None = None,
        standardize: Any = "lower_and_strip_punctuation",
        split: Any = "whitespace",
        ngrams: Any = None,
        output_mode: str = "int",
        output_sequence_length: int | None = None,
        pad_to_max_tokens: bool = False,
        vocabulary: Any = None,
        idf_weights: Any = None,
        sparse: bool = False,
        ragged: bool = False,
        encoding: str = "utf-8",
        name: str | None = None,
        **kwargs: Any,
    ) -> None:
        lookup = {key: kwargs.pop(key) for key in HIDDEN if key in kwargs}
        super().__init__(name=name, **kwargs)
        self.standardize = self._checked_step("standardize", standardize, STANDARDIZE)
        self.split = self._checked_step("split", split, SPLIT)
        self.ngrams = tuple(ngrams) if isinstance(ngrams, list) else ngrams
        self.output_mode = choice(self, "output_mode", OLD_MODES.get(output_mode, output_mode), MODES)
        self.output_sequence_length = output_sequence_length
        self.sparse = refuse_sparse(self, sparse)
        self.ragged = refuse_sparse(self, ragged, "ragged")
        self.encoding = encoding
        self._check_arguments()
        self._lookup = StringLookup(
            max_tokens=max_tokens,
            vocabulary=vocabulary,
            idf_weights=idf_weights,
            pad_to_max_tokens=pad_to_max_tokens,
            mask_token="",
            output_mode=self.output_mode,
            encoding=encoding,
            spoken_for=title(self),
            **lookup,
        )
        self.max_tokens = max_tokens
        self.pad_to_max_tokens = self._lookup.pad_to_max_tokens
        self.vocabulary, self.idf_weights = self._lookup.vocabulary, self._lookup.idf_weights

    def _checked_step(self, argument: str, value: Any, table: Mapping[str, Any]) -> Any:
        return value if value is None or callable(value) else choice(self, argument, value, tuple(table))

    def _check_arguments(self) -> None:
        lengths = self.ngrams if isinstance(self.ngrams, tuple) else (self.ngrams,)
        if self.ngrams is not None and not (lengths and all(type(n) is int and n > 0 for n in lengths)):
            raise ValueError(
                f"{title(self)}: ngrams must be a whole number above 0 or a tuple of them, "
                f"got ngrams={describe(self.ngrams)}. ngrams=2 gives single tokens and pairs."
            )
        length = self.output_sequence_length
        if length is not None and (type(length) is not int or length < 1 or self.output_mode != "int"):
            raise ValueError(
                f"{title(self)}: output_sequence_length must be a whole number above 0, and goes with "
                f'output_mode="int", got output_sequence_length={describe(length)} and '
                f"output_mode={self.output_mode!r}."
            )
        if self.output_mode == "one_hot" and self.split is not None:
            raise ValueError(
                f'{title(self)}: output_mode="one_hot" has no fixed size when texts are split. Take '
                '"multi_hot", or split=None if the inputs are single tokens.'
            )

    # -- texts to tokens -------------------------------------------------------------------------

    def _tokens(self, inputs: Any) -> tuple[list[list[bytes]], tuple[int, ...], int]:
        """The tokens of each text, the shape that the texts have, and how many tokens each has if
        that is the same for all, else 0."""
        texts = as_strings(self, inputs, self.encoding)
        if callable(self.standardize) and texts.size:
            texts = self._standardized(texts)
        if self.split is None:
            rows = texts.reshape(-1, texts.shape[-1] if texts.ndim > 1 else 1).tolist()
            if not callable(self.standardize):
                rows = [self._standard(row) for row in rows]
            shape = texts.shape if texts.ndim > 1 else (*texts.shape, 1)
            return self._grams(rows), shape[:-1], self._grams_of(shape[-1]) or 0
        if texts.ndim > 1 and texts.shape[-1] != 1:
            raise ValueError(
                f"{title(self)} takes texts in the shape (batch,) or (batch, 1), got "
                f"{show_shape(texts.shape)}. Give each text a row of its own, or take split=None if "
                "they are tokens."
            )
        texts = texts[..., 0] if texts.ndim > 1 else texts
        if callable(self.split):
            rows = self._split_by_user(texts)
        else:
            rows = list(map(SPLIT[self.split], self._standard(texts.ravel().tolist())))
        return self._grams(rows), texts.shape, 0

    def _standard(self, texts: list[bytes]) -> list[bytes]:
        if self.standardize is None or callable(self.standardize):
            return texts
        return list(map(STANDARDIZE[self.standardize], texts))

    def _standardized(self, texts: Any) -> Any:
        """What the user's function makes of the texts."""
        done = []
        for part in _parts(texts):
            result = on_host(self.standardize(part))
            if result.shape != part.shape:
                raise ValueError(
                    f"{title(self)}: the function standardize={describe(self.standardize)} was given "
                    f"strings of shape {part.shape}, but returned {describe(result)}. It has to return "
                    "a string for each."
                )
            done.append(as_strings(self, result))
        return np.concatenate(done) if texts.ndim else done[0]

    def _split_by_user(self, texts: Any) -> list[list[bytes]]:
        """The tokens that the user's function splits texts into."""
        rows: list[list[bytes]] = []
        for part in _parts(texts):
            found = self.split(part)
            found = found.tolist() if hasattr(found, "tolist") else list(found)
            found = [found] if part.ndim == 0 else found
            if len(found) != part.size or any(isinstance(row, (str, bytes)) for row in found):
                raise ValueError(
                    f"{title(self)}: the function split={describe(self.split)} was given "
                    f"{part.size} strings. It has to return a list of strings for each, such as "
                    "[text.split() for text in texts]."
                )
            rows += [as_strings(self, list(row)).tolist() if len(row) else [] for row in found]
        return rows

    def _grams(self, rows: list[list[bytes]]) -> list[list[bytes]]:
        """Rows of tokens as rows of n-grams, the shorter first, or as the user ordered the lengths."""
        if self.ngrams is None:
            return rows
        return [
            [b" ".join(row[i : i + n]) for n in self._lengths for i in range(len(row) - n + 1)]
            for row in rows
        ]

    @property
    def _lengths(self) -> tuple[int, ...]:
        """The lengths of the n-grams."""
        given = self.ngrams or 1
        return given if isinstance(given, tuple) else tuple(range(1, given + 1))

    def _grams_of(self, tokens: int | None) -> int | None:
        """How many n-grams a row of so many tokens has."""
        return None if tokens is None else sum(max(tokens - n + 1, 0) for n in self._lengths)

    # -- tokens to numbers -----------------------------------------------------------------------

    def call(self, inputs: Any) -> jax.Array:
        rows, shape, width = self._tokens(inputs)
        numbers = self._lookup._numbers(list(chain.from_iterable(rows)))
        ends = accumulate(map(len, rows), initial=0)
        found = [numbers[start:end] for start, end in pairwise(ends)]
        depth = 0 if self.output_mode == "int" else self._lookup._depth()
        if self.output_mode == "int":
            encoded = self._filled_up(found, width)
        elif self.output_mode == "one_hot":
            encoded = encode_on_host(numbers.reshape(len(rows), width), "one_hot", depth)
        else:
            encoded = encode_rows(found, self.output_mode, depth)
        if self.output_mode == "tf_idf":
            encoded = self._lookup._weighted(encoded)
        dtype = "int32" if self.output_mode == "int" else self.compute_dtype
        return jnp.asarray(encoded.reshape(*shape, *encoded.shape[1:]), dtype)

    def _filled_up(self, rows: list[Any], width: int) -> Any:
        """Rows of numbers as one array, cut or filled up with 0."""
        size = self.output_sequence_length or max(map(len, rows), default=width)
        filled = np.zeros((len(rows), size), np.int32)
        for row, numbers in zip(filled, rows, strict=True):
            row[: len(numbers)] = numbers[:size]
        return filled

    def compute_output_spec(self, inputs: Any) -> KerasTensor:
        """The output for a symbolic input, as a symbolic tensor."""
        shape = shape_of(inputs)
        if self.split is not None:
            shape = (*(shape[:-1] if len(shape) > 1 else shape), None)
        else:
            shape = (*shape[:-1], self._grams_of(shape[-1])) if len(shape) > 1 else (*shape, 1)
        if self.output_mode == "int":
            return KerasTensor((*shape[:-1], self.output_sequence_length or shape[-1]), "int32")
        mode = "one_hot" if self.output_mode == "one_hot" else "multi_hot"
        return KerasTensor(encoded_shape(shape, mode, self._lookup._depth()), self.compute_dtype)

    # -- the vocabulary --------------------------------------------------------------------------

    def adapt(self, data: Any, batch_size: int | None = None, steps: int | None = None) -> None:
        """Learns the vocabulary from texts: the most frequent tokens, after forgetting what it knew.

        Of equally frequent tokens the one that comes last in the alphabet is first.

        Args:
            data: an array, a list or a column of texts, or something that yields batches of them.
            batch_size: without effect; all batches together decide.
            steps: how many batches to take, all by default.

        Raises:
            ValueError: if a vocabulary was given when the layer was made, or there are no tokens.
        """
        self.reset_state()
        self._lookup._check_free()
        for batch in batches(self, data, steps):
            self.update_state(batch)
        if not self._lookup._counts.rows:
            raise ValueError(f"{title(self)}: adapt got no data, so there is nothing to learn.")
        self.finalize_state()

    def update_state(self, data: Any) -> None:
        """Counts the tokens of one batch of texts."""
        self._lookup._check_free()
        self._lookup._counts.update(self._tokens(data)[0])

    def finalize_state(self) -> None:
        """Makes the vocabulary from what was counted; nothing if nothing was."""
        self._lookup._nodes = self._nodes
        self._lookup.finalize_state()

    def reset_state(self) -> None:
        """Forgets what was counted; the vocabulary stays until a new one is learned."""
        self._lookup.reset_state()

    def set_vocabulary(self, vocabulary: Any, idf_weights: Any = None) -> None:
        """Replaces the vocabulary by a list or array of tokens, or the lines of a text file.

        Args:
            vocabulary: tokens, or the path of a text file with one per line.
            idf_weights: a weight per token, needed for 'tf_idf' and for nothing else.

        Raises:
            ValueError: if a token is repeated, there are none or too many, or the file cannot be read.

        Example:
            >>> import cornu
            >>> layer = cornu.layers.TextVectorization()
            >>> layer.set_vocabulary(["sun", "sea"])
            >>> layer(["sea sun"]).tolist()
            [[3, 2]]
        """
        self._lookup._nodes = self._nodes
        self._lookup.set_vocabulary(vocabulary, idf_weights)

    def get_vocabulary(self, include_special_tokens: bool = True) -> list[str]:
        """The tokens in the order of their numbers.

        Args:
            include_special_tokens: whether the empty string and '[UNK]' come first, so that a
                token's place is its number.

        Example:
            >>> import cornu
            >>> layer = cornu.layers.TextVectorization(vocabulary=["sun", "sea"])
            >>> layer.get_vocabulary()
            ['', '[UNK]', 'sun', 'sea']
        """
        return self._lookup.get_vocabulary(include_special_tokens)

    def vocabulary_size(self) -> int:
        """The number of tokens, special ones included.

        Example:
            >>> import cornu
            >>> cornu.layers.TextVectorization(vocabulary=["sun", "sea"]).vocabulary_size()
            4
        """
        return self._lookup.vocabulary_size()

    # -- configuration and files -----------------------------------------------------------------

    def get_config(self) -> dict[str, Any]:
        """The constructor's arguments. A vocabulary that was learned or read is no part of them:
        `save_assets` writes it."""
        return {**super().get_config(), "vocabulary_size": self._lookup.get_config()["vocabulary_size"]}

    @classmethod
    def from_config(cls, config: Mapping[str, Any]) -> Any:
        """A new layer from what `get_config` gave; functions must be registered."""
        StringLookup.refuse_path(config)
        steps = {key: deserialize(config[key]) for key in ("standardize", "split") if key in config}
        return cls(**{**config, **steps})

    def save_own_variables(self, store: Any) -> None:
        self._lookup.save_own_variables(store)

    def load_own_variables(self, store: Any) -> None:
        self._lookup.load_own_variables(store)

    def save_assets(self, dir_path: str) -> None:
        self._lookup.save_assets(dir_path)

    def load_assets(self, dir_path: str) -> None:
        self._lookup.load_assets(dir_path)


def _parts(texts: Any) -> Any:
    """An array of UTF-8 bytes as arrays of strings, some at a time."""
    words = np.array([text.decode() for text in texts.ravel().tolist()], dtype=object)
    words = words.reshape(texts.shape)
    if not words.ndim:
        return [words.astype(str)]
    starts = range(0, len(words), AT_ONCE)
    return (words[start : start + AT_ONCE].astype(str) for start in starts)
