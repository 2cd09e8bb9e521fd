"""What StringLookup and IntegerLookup share: a vocabulary, how it is learned, and the outputs."""

from __future__ import annotations

from collections.abc import Mapping
from itertools import repeat
from pathlib import Path
from typing import Any

import jax.numpy as jnp
import numpy as np

from cornu.core.errors import describe
from cornu.core.symbolic import KerasTensor
from cornu.layers.layer import Layer
from cornu.layers.preprocessing.encoding import encode_on_host, encoded_shape
from cornu.layers.preprocessing.fingerprints import fingerprint64, siphash64
from cornu.layers.preprocessing.inputs import (
    as_integers,
    batches,
    choice,
    on_host,
    refuse_sparse,
    salt_pair,
    shape_of,
    title,
)
from cornu.layers.preprocessing.vocabulary import (
    Counts,
    Vocabulary,
    checked_idf,
    padded,
    read_lines,
    without_specials,
)

MODES = ("int", "one_hot", "multi_hot", "count", "tf_idf")
OLD_MODES = {"binary": "multi_hot", "tf-idf": "tf_idf"}
UNKNOWN, DROPPED = -1, -2  # what the table gives for terms that it lacks, and for masked ones


class Lookup(Layer):
    """A vocabulary, how it is learned, and what becomes of the terms that are met."""

    samplewise = True

    def __init__(
        self,
        *,
        max_tokens: int | None,
        num_oov_indices: int,
        mask_token: Any,
        oov_token: Any,
        vocabulary: Any,
        idf_weights: Any,
        invert: bool,
        output_mode: str,
        pad_to_max_tokens: bool,
        sparse: bool,
        oov_method: str,
        salt: Any,
        **kwargs: Any,
    ) -> None:
        size = kwargs.pop("vocabulary_size", None)  # both are in Keras's configurations
        self._fixed = kwargs.pop("has_input_vocabulary", vocabulary is not None)
        self._title = kwargs.pop("spoken_for", None)  # the layer that messages name, if not this
        super().__init__(**kwargs)
        self.max_tokens = max_tokens
        self.num_oov_indices = num_oov_indices
        self.mask_token = mask_token
        self.oov_token = oov_token
        self.invert = bool(invert)
        self.output_mode = choice(self, "output_mode", OLD_MODES.get(output_mode, output_mode), MODES)
        self.pad_to_max_tokens = bool(pad_to_max_tokens)
        self.sparse = refuse_sparse(self, sparse)
        self.oov_method = choice(self, "oov_method", oov_method, ("floormod", "farmhash"))
        self.salt = salt_pair(self, salt)
        self.vocabulary = None if isinstance(vocabulary, (str, Path)) else vocabulary
        self.idf_weights = idf_weights
        self._expected_size = size  # of a vocabulary that is still to be loaded
        self._learned: Vocabulary | None = None
        self.reset_state()
        self._check_arguments()
        if vocabulary is not None:
            self.set_vocabulary(vocabulary, idf_weights)
            if self.vocabulary is not None:
                self.vocabulary = [self._shown(term) for term in self._canonical(vocabulary).tolist()]
            self.idf_weights = None if idf_weights is None else on_host(idf_weights).tolist()

    def _check_arguments(self) -> None:
        for argument, least in (("max_tokens", 2), ("num_oov_indices", 0)):
            value = getattr(self, argument)
            missing = argument == "max_tokens" and value is None
            if not missing and (not hasattr(value, "__index__") or int(value) < least):
                raise ValueError(
                    f"{title(self)}: {argument} must be a whole number, {least} or more, "
                    f"got {argument}={describe(value)}."
                )
        if self.max_tokens is not None and self.max_tokens <= self._start:
            raise ValueError(
                f"{title(self)}: max_tokens={self.max_tokens} leaves no room for terms, since "
                f"{self._start} numbers stand for masked and unknown ones. Take at least "
                f"{self._start + 1}."
            )
        wrong = {
            "pad_to_max_tokens=True needs max_tokens": self.pad_to_max_tokens and not self.max_tokens,
            'invert=True needs output_mode="int"': self.invert and self.output_mode != "int",
            "invert=True needs an oov_token": self.invert and self.oov_token is None,
            'idf_weights need output_mode="tf_idf"': (
                self.idf_weights is not None and self.output_mode != "tf_idf"
            ),
        }
        for rule in (rule for rule, broken in wrong.items() if broken):
            raise ValueError(
                f"{title(self)}: {rule}, got output_mode={self.output_mode!r}, "
                f"max_tokens={self.max_tokens}."
            )

    # -- what a subclass says --------------------------------------------------------------------

    @property
    def takes_strings(self) -> bool:
        """Whether the inputs are strings."""
        return not self.invert

    def _canonical(self, values: Any) -> Any:
        """Values as an array of terms as the table holds them."""
        raise NotImplementedError

    def _shown(self, term: Any) -> Any:
        """A term of the table as `get_vocabulary` gives it."""
        return term

    def _hashable(self, terms: list[Any]) -> list[bytes]:
        """Terms as the bytes that are hashed."""
        return terms

    def _parse(self, lines: list[str], path: Any) -> list[Any]:
        """The lines of a vocabulary file as terms."""
        return lines

    # -- the vocabulary --------------------------------------------------------------------------

    @property
    def _oov_start(self) -> int:
        return int(self.mask_token is not None and self.output_mode == "int")

    @property
    def _start(self) -> int:
        """The number of the first term."""
        return self._oov_start + self.num_oov_indices

    def _special(self, token: Any) -> Any:
        return None if token is None else self._canonical([token]).tolist()[0]

    def set_vocabulary(self, vocabulary: Any, idf_weights: Any = None) -> None:
        """Replaces the vocabulary.

        Args:
            vocabulary: terms as a list or array, or the path of a text file with a term per line.
            idf_weights: a weight per term, needed for 'tf_idf' and for nothing else.

        Raises:
            ValueError: if a term is repeated or special, there are none or too many, or the file
                cannot be read.

        Example:
            >>> import cornu
            >>> layer = cornu.layers.StringLookup()
            >>> layer.set_vocabulary(["sun", "sea"])
            >>> layer(["sea", "moon"]).tolist()
            [2, 0]
        """
        if (self.output_mode == "tf_idf") != (idf_weights is not None):
            raise ValueError(
                f"{title(self)}: idf_weights, a weight per term, go together with a vocabulary and "
                f'output_mode="tf_idf", got output_mode={self.output_mode!r} and idf_weights='
                f"{describe(idf_weights)}. Or let adapt(data) learn both."
            )
        if isinstance(vocabulary, (str, Path)):
            lines = read_lines(self, vocabulary, getattr(self, "encoding", "utf-8"))
            vocabulary = self._parse(lines, vocabulary)
        given = self._canonical(vocabulary)
        if given.ndim != 1:
            raise ValueError(f"{title(self)}: a vocabulary is one list of terms, got {describe(given)}.")
        mask, oov = self._special(self.mask_token), self._special(self.oov_token)
        specials = [mask] * self._oov_start + [oov] * self.num_oov_indices
        named = [(mask, "mask token")] * (mask is not None) + (
            [(oov, "token for unknown terms")] * (self.invert and oov is not None)
        )
        terms = without_specials(self, given.tolist(), specials, named)
        if self.max_tokens is not None and self._start + len(terms) > self.max_tokens:
            raise ValueError(
                f"{title(self)}: max_tokens={self.max_tokens}, but the vocabulary has "
                f"{self._start + len(terms)} terms, the {self._start} for masked and unknown ones "
                "included. Raise max_tokens, or shorten the vocabulary."
            )
        idf = None
        if idf_weights is not None:
            idf = checked_idf(self, idf_weights, given.size)
            idf = padded(idf, self._start if len(terms) == given.size else 0, self._padded_size)
        self._use(terms, idf)

    @property
    def _padded_size(self) -> int | None:
        return self.max_tokens if self.pad_to_max_tokens else None

    def _use(self, terms: list[Any], idf: Any) -> None:
        """Takes a vocabulary into use."""
        masked = 0 if self.output_mode == "int" else DROPPED
        mask = {} if self.mask_token is None else {self._special(self.mask_token): masked}
        vocabulary = Vocabulary(terms, self._start, mask, idf)
        old = self._learned.size if self._learned else self._expected_size or vocabulary.size
        shows_size = self.output_mode != "int" and not self.pad_to_max_tokens
        if self._nodes and shows_size and old != vocabulary.size:
            raise ValueError(
                f"{title(self)} is part of a model that was made for {old} terms, but the new "
                f"vocabulary has {vocabulary.size}. Build the model after the vocabulary, or "
                "keep the size with pad_to_max_tokens=True."
            )
        self._learned = vocabulary

    def get_vocabulary(self, include_special_tokens: bool = True) -> list[Any]:
        """The terms in the order of their numbers.

        Args:
            include_special_tokens: whether the mask token and those for unknown terms come first, so
                that a term's place is its number.

        Example:
            >>> import cornu
            >>> cornu.layers.StringLookup(vocabulary=["sun", "sea"]).get_vocabulary()
            ['[UNK]', 'sun', 'sea']
        """
        terms = [self._shown(term) for term in self._learned.terms] if self._learned else []
        if not include_special_tokens:
            return terms
        return [self.mask_token] * self._oov_start + [self.oov_token] * self.num_oov_indices + terms

    def vocabulary_size(self) -> int:
        """The number of terms, the mask token and those for unknown terms included.

        Example:
            >>> import cornu
            >>> cornu.layers.StringLookup(vocabulary=["sun", "sea"]).vocabulary_size()
            3
        """
        return self._learned.size if self._learned else self._start

    def _depth(self) -> int:
        """The size of encoded outputs."""
        size = self._learned.size if self._learned else self._expected_size
        if not self.pad_to_max_tokens and size is None:
            raise ValueError(self._no_vocabulary())
        return int(self.max_tokens if self.pad_to_max_tokens and self.max_tokens else size or 0)

    def _no_vocabulary(self) -> str:
        return (
            f"{title(self)} has no vocabulary yet. Call adapt(data) first, which learns one, or pass "
            "vocabulary=[...]."
        )

    # -- learning --------------------------------------------------------------------------------

    def adapt(self, data: Any, steps: int | None = None) -> None:
        """Learns the vocabulary from data: the most frequent terms, after forgetting what it knew.

        Of equally frequent terms the greatest comes first. For 'tf_idf' each row is a document; a
        flat list holds a document per item.

        Args:
            data: an array, a list, a column of a table, or something that yields batches.
            steps: how many batches to take, all by default.

        Raises:
            ValueError: if a vocabulary was given when the layer was made, or the data hold no terms.
        """
        self.reset_state()
        self._check_free()
        for batch in batches(self, data, steps):
            terms = self._canonical(batch)
            self._count(terms[:, None] if batch is data and terms.ndim == 1 else terms)
        if not self._counts.rows:
            raise ValueError(f"{title(self)}: adapt got no data, so there is nothing to learn.")
        self.finalize_state()

    def update_state(self, data: Any) -> None:
        """Counts the terms of one batch; an array with one axis is one document."""
        self._check_free()
        self._count(self._canonical(data))

    def _count(self, terms: Any) -> None:
        self._counts.update(terms.reshape(-1, terms.shape[-1] if terms.ndim else 1).tolist())

    def _check_free(self) -> None:
        if self._fixed:
            raise ValueError(
                f"{title(self)} was given its vocabulary, so it cannot adapt to data. Leave out "
                "vocabulary= to learn one, or replace it with set_vocabulary."
            )

    def finalize_state(self) -> None:
        """Makes the vocabulary from what was counted; nothing if nothing was."""
        if self._fixed or not self._counts.rows:
            return
        specials = [self._special(self.mask_token), self._special(self.oov_token)]
        limit = None if self.max_tokens is None else self.max_tokens - self._start
        terms = self._counts.most_common(specials, limit)
        if not terms:
            raise ValueError(
                f"{title(self)}: adapt found no terms, only {[self.mask_token, self.oov_token]}, "
                "which stand for masked and unknown ones. Give it data with other terms."
            )
        idf = None
        if self.output_mode == "tf_idf":
            idf = padded(self._counts.idf(terms), self._start, self._padded_size)
        self._use(terms, idf)
        self.reset_state()

    def reset_state(self) -> None:
        """Forgets what was counted; the vocabulary stays until a new one is learned."""
        self._counts = Counts(by_document=self.output_mode == "tf_idf")

    # -- numbers ---------------------------------------------------------------------------------

    def _numbers(self, terms: list[Any]) -> Any:
        """The number of each term; DROPPED for masked ones that have none."""
        if self._learned is None:
            raise ValueError(self._no_vocabulary())
        find = self._learned.index.get
        numbers = np.fromiter(map(find, terms, repeat(UNKNOWN)), np.int32, len(terms))
        places = np.flatnonzero(numbers == UNKNOWN)
        if places.size:
            numbers[places] = self._oov_start + self._bucket([terms[place] for place in places])
        return numbers

    def _bucket(self, unknown: list[Any]) -> Any:
        """Which of the numbers for unknown terms each of these gets."""
        count = self.num_oov_indices
        if count == 0:
            raise ValueError(
                f"{title(self)} met {self._shown(unknown[0])!r}, which is not in its vocabulary, and "
                "num_oov_indices=0 leaves no number for unknown terms. Take num_oov_indices=1."
            )
        if count == 1:
            return 0
        if isinstance(unknown[0], int) and self.oov_method == "floormod":
            return np.array(unknown) % count
        names = self._hashable(unknown)
        hashes = fingerprint64(names) if self.salt is None else siphash64(names, self.salt)
        return (hashes % np.uint64(count)).astype(np.int32)

    def _on_host(self, inputs: Any) -> Any:
        """The output for values on the host."""
        terms = self._canonical(inputs)
        numbers = self._numbers(terms.ravel().tolist()).reshape(terms.shape)
        if self.output_mode == "int":
            return jnp.asarray(numbers)
        if self.output_mode != "tf_idf":
            encoded = encode_on_host(numbers, self.output_mode, self._depth())
        else:
            encoded = self._weighted(encode_on_host(numbers, "count", self._depth()))
        return jnp.asarray(encoded, self.compute_dtype)

    def _terms_on_host(self, inputs: Any) -> Any:
        """The term at each place, as an array of objects."""
        if self._learned is None:
            raise ValueError(self._no_vocabulary())
        places = as_integers(self, inputs)
        terms = dict(enumerate(self.get_vocabulary()))
        found = np.empty(places.size, dtype=object)
        found[:] = [terms.get(place, self.oov_token) for place in places.ravel().tolist()]
        return found.reshape(places.shape)

    def _weighted(self, counts: Any) -> Any:
        assert self._learned is not None
        return counts * self._learned.idf

    def compute_output_spec(self, inputs: Any) -> Any:
        """The output for a symbolic input, as a symbolic tensor."""
        shape = shape_of(inputs)
        if self.output_mode == "int":
            return KerasTensor(shape, "int32")
        mode = "one_hot" if self.output_mode == "one_hot" else "multi_hot"
        return KerasTensor(encoded_shape(shape, mode, self._depth()), self.compute_dtype)

    # -- configuration and files -----------------------------------------------------------------

    def get_config(self) -> dict[str, Any]:
        """The constructor's arguments. A vocabulary that was learned or read is no part of them:
        `save_assets` writes it."""
        return {
            **super().get_config(),
            "vocabulary_size": self._learned.size if self._learned else self._expected_size,
        }

    @classmethod
    def from_config(cls, config: Mapping[str, Any]) -> Any:
        """A new layer from what `get_config` gave.

        Raises:
            ValueError: if it names a file: a configuration never makes Cornu read one.
        """
        cls.refuse_path(config)
        return cls(**config)

    @classmethod
    def refuse_path(cls, config: Mapping[str, Any]) -> None:
        """A configuration may have come from anywhere: it never makes Cornu read a file."""
        if isinstance(config.get("vocabulary"), str):
            raise ValueError(
                f"{cls.__name__}: a configuration holds the terms of a vocabulary, but this one holds "
                f'the path "{config["vocabulary"]}". Make the layer without it, and call '
                "set_vocabulary(path) if you trust the file."
            )

    def save_own_variables(self, store: Any) -> None:
        """Stores the weights of terms for 'tf_idf', as Keras does."""
        if self.output_mode == "tf_idf" and self._learned is not None:
            store["idf_weights"] = self._learned.idf

    def load_own_variables(self, store: Any) -> None:
        """Reads what `save_own_variables` stored; `load_assets` puts it to use."""
        if self.output_mode == "tf_idf":
            self._loaded_idf = np.asarray(store["idf_weights"])

    def save_assets(self, dir_path: str) -> None:
        """Writes the vocabulary into `vocabulary.txt`, unless the configuration has it."""
        if self.vocabulary is None:
            lines = "\n".join(map(str, self.get_vocabulary()))
            (Path(dir_path) / "vocabulary.txt").write_text(lines, encoding="utf-8")

    def load_assets(self, dir_path: str) -> None:
        """Reads what `save_assets` wrote."""
        if self.vocabulary is None:
            path = Path(dir_path) / "vocabulary.txt"
            terms = self._parse(read_lines(self, path, "utf-8"), path)
            idf = getattr(self, "_loaded_idf", None)
            self.set_vocabulary(terms, None if idf is None else idf[: len(terms)])
