"""Lookup: strings and whole numbers as their places in a vocabulary, and back."""

from __future__ import annotations

from typing import Any

import jax
import jax.numpy as jnp
import numpy as np

from cornu.core.context import context, name_scope
from cornu.core.module import Module
from cornu.core.symbolic import KerasTensor
from cornu.core.variable import Variable
from cornu.layers.preprocessing.encoding import encode
from cornu.layers.preprocessing.index import DROPPED, UNKNOWN, Lookup
from cornu.layers.preprocessing.inputs import (
    INT32,
    as_integers,
    as_strings,
    choice,
    is_concrete,
    no_integers,
    shape_of,
    title,
)


class StringLookup(Lookup):
    r"""Strings as their places in a vocabulary.

    With `output_mode` 'int' the numbers start with 0 for `mask_token` (if there is one), then
    `num_oov_indices` numbers for unknown strings, then the terms. The other modes give vectors with
    a place per term, unknown ones first, in which masked strings count for nothing: 'one_hot' one
    vector per string; 'multi_hot', 'count' and 'tf_idf' one per row. In 'tf_idf' the count of term
    $t$ is multiplied by $\log(1 + \frac{N}{1 + n_t})$ for $N$ rows of which $n_t$ have the term.

    It runs on the host, before the compiled program of a model.

    Args:
        max_tokens: size of the vocabulary at most, special tokens included; None for no limit.
        num_oov_indices: how many numbers unknown strings have, 1 by default. With more than one
            their hash decides; with 0 they are an error.
        mask_token: what stands for no string; None for nothing.
        oov_token: what an inverted lookup gives for unknown strings, '[UNK]' by default.
        vocabulary: terms as a list or array, or the path of a text file with a term per line; None to
            learn it with `adapt`.
        idf_weights: with a `vocabulary` for 'tf_idf', the weight of each term.
        invert: True to turn numbers into strings.
        output_mode: 'int' (default), 'one_hot', 'multi_hot', 'count' or 'tf_idf'.
        pad_to_max_tokens: whether vectors have size `max_tokens` however many terms there are.
        sparse: must be False.
        encoding: how strings that come as bytes, and a file, are encoded, 'utf-8' by default.
        salt: a whole number or a pair of them: unknown strings are hashed with SipHash under this key
            rather than with FarmHash.

    Input shape:
        (batch, ...) of strings, for 'multi_hot', 'count' and 'tf_idf' (batch, strings)

    Output shape:
        that of the input for 'int'; else (batch, terms), for 'one_hot' with several strings per row
        (batch, strings, terms). The numbers are 32-bit, where Keras has 64.

    Raises:
        ValueError: if a vocabulary is empty, too long, has repeated terms, or there is none yet.
        TypeError: if the input is no strings.

    Example:
        >>> import cornu
        >>> layer = cornu.layers.StringLookup(vocabulary=["a", "b"])
        >>> layer([["a", "z"], ["b", "b"]]).tolist()
        [[1, 0], [2, 2]]
        >>> back = cornu.layers.StringLookup(vocabulary=layer.get_vocabulary(), invert=True)
        >>> back([[1, 0]]).tolist()
        [['a', '[UNK]']]
    """

    on_host = True
    samplewise = True

    def __init__(
        self,
        max_tokens: int | None = None,
        num_oov_indices: int = 1,
        mask_token: str | None = None,
        oov_token: str = "[UNK]",
        vocabulary: Any = None,
        idf_weights: Any = None,
        invert: bool = False,
        output_mode: str = "int",
        pad_to_max_tokens: bool = False,
        sparse: bool = False,
        encoding: str = "utf-8",
        name: str | None = None,
        salt: Any = None,
        oov_method: str = "floormod",
        **kwargs: Any,
    ) -> None:
        self.encoding = encoding
        super().__init__(
            max_tokens=max_tokens,
            num_oov_indices=num_oov_indices,
            mask_token=mask_token,
            oov_token=oov_token,
            vocabulary=vocabulary,
            idf_weights=idf_weights,
            invert=invert,
            output_mode=output_mode,
            pad_to_max_tokens=pad_to_max_tokens,
            sparse=sparse,
            oov_method=oov_method,
            salt=salt,
            name=name,
            **kwargs,
        )

    @property
    def takes_strings(self) -> bool:
        """Whether the inputs are strings."""
        return not self.invert

    def _canonical(self, values: Any) -> Any:
        return as_strings(self, values, self.encoding)

    def _shown(self, term: bytes) -> str:
        return term.decode()

    def call(self, inputs: Any) -> Any:
        if not self.invert:
            return self._on_host(inputs)
        return self._terms_on_host(inputs).astype(str)

    def compute_output_spec(self, inputs: Any) -> Any:
        """The output for a symbolic input, as a symbolic tensor."""
        if self.invert:
            return KerasTensor(shape_of(inputs), "string")
        return super().compute_output_spec(inputs)


class IntegerLookup(Lookup):
    r"""Whole numbers as their places in a vocabulary.

    As StringLookup, for numbers such as codes or identifiers. It is part of a model's compiled
    program, except where it cannot be and runs on the host before it: if unknown numbers are an error
    (`num_oov_indices=0`) or are hashed, or a term needs more than 32 bits.

    Args:
        max_tokens: size of the vocabulary at most, special tokens included; None for no limit.
        num_oov_indices: how many numbers unknown inputs have, 1 by default; with 0 they are an error.
        mask_token: the number that stands for nothing; None if there is none.
        oov_token: what an inverted lookup gives for unknown numbers, -1 by default; it is never
            learned as a term.
        vocabulary: terms as a list or array, or the path of a text file with a number per line; None
            to learn it with `adapt`.
        vocabulary_dtype: must be 'int64'.
        idf_weights: with a `vocabulary` for 'tf_idf', the weight of each term.
        invert: True to turn places into terms.
        output_mode: 'int' (default), 'one_hot', 'multi_hot', 'count' or 'tf_idf'.
        sparse: must be False.
        pad_to_max_tokens: whether vectors have size `max_tokens` however many terms there are.
        oov_method: how unknown inputs $x$ are told apart if they have $n$ > 1 numbers: 'floormod'
            (default) by $x \bmod n$, 'farmhash' by the hash of their decimal digits.
        salt: with 'farmhash', a whole number or a pair of them: hashed with SipHash under this key.

    Input shape:
        (batch, ...) of whole numbers

    Output shape:
        that of the input for 'int'; else (batch, terms), for 'one_hot' with several numbers per row
        (batch, numbers, terms). Places are 32-bit, where Keras has 64.

    Raises:
        ValueError: if a vocabulary is empty, too long, has repeated terms, or there is none yet.
        TypeError: if the input is no whole numbers.

    Example:
        >>> import cornu, numpy as np
        >>> layer = cornu.layers.IntegerLookup()
        >>> layer.adapt([7, 42, 42])
        >>> layer.get_vocabulary()
        [-1, 42, 7]
        >>> layer(np.array([[42, 7, 1000]])).tolist()
        [[1, 2, 0]]
    """

    samplewise = True

    def __init__(
        self,
        max_tokens: int | None = None,
        num_oov_indices: int = 1,
        mask_token: int | None = None,
        oov_token: int = -1,
        vocabulary: Any = None,
        vocabulary_dtype: str = "int64",
        idf_weights: Any = None,
        invert: bool = False,
        output_mode: str = "int",
        sparse: bool = False,
        pad_to_max_tokens: bool = False,
        oov_method: str = "floormod",
        salt: Any = None,
        name: str | None = None,
        **kwargs: Any,
    ) -> None:
        self._table: _Table | None = None
        self.vocabulary_dtype = vocabulary_dtype
        super().__init__(
            max_tokens=max_tokens,
            num_oov_indices=num_oov_indices,
            mask_token=mask_token,
            oov_token=oov_token,
            vocabulary=vocabulary,
            idf_weights=idf_weights,
            invert=invert,
            output_mode=output_mode,
            pad_to_max_tokens=pad_to_max_tokens,
            sparse=sparse,
            oov_method=oov_method,
            salt=salt,
            name=name,
            **kwargs,
        )
        choice(self, "vocabulary_dtype", vocabulary_dtype, ("int64",))

    def _check_arguments(self) -> None:
        super()._check_arguments()
        if self.salt is not None and self.oov_method != "farmhash":
            raise ValueError(
                f'{title(self)}: salt needs oov_method="farmhash", got oov_method="{self.oov_method}".'
            )
        self._place([])

    def _place(self, terms: list[int]) -> None:
        """Decides where the layer runs, and why it cannot be inside a compiled program if it cannot."""
        self._only_on_host: str | None = None
        if not self.invert and self.num_oov_indices > 1 and self.oov_method == "farmhash":
            self._only_on_host = "hashes unknown numbers (oov_method='farmhash')"
        elif any(not INT32.min <= term <= INT32.max for term in terms):
            self._only_on_host = "has terms that need 64 bits"
        errors = self.num_oov_indices == 0 and not self.invert
        self.on_host = errors or self._only_on_host is not None

    def _canonical(self, values: Any) -> Any:
        return as_integers(self, values)

    def _hashable(self, terms: list[int]) -> list[bytes]:
        return [str(term).encode() for term in terms]

    def _parse(self, lines: list[str], path: Any) -> list[int]:
        terms = []
        for number, line in enumerate(lines, 1):
            try:
                terms.append(int(line))
            except ValueError:
                raise ValueError(
                    f'{title(self)}: line {number} of the vocabulary file "{path}" is {line!r}, which '
                    "is no whole number. For words there is StringLookup."
                ) from None
        return terms

    def _use(self, terms: list[Any], idf: Any) -> None:
        super()._use(terms, idf)
        self._place(terms)
        with name_scope(self.name):
            on_device = self._only_on_host is None
            self._table = _Table(terms, self._start, idf, self.invert) if on_device else None

    def _as_array(self, value: Any) -> Any:
        """As for other layers, but what needs 64 bits stays as it is, instead of losing some."""
        whole = isinstance(value, np.ndarray) and value.dtype.kind in "iu" and value.size > 0
        if whole and not INT32.min <= value.min() <= value.max() <= INT32.max:
            return value
        return super()._as_array(value)

    def call(self, inputs: Any) -> Any:
        if self._learned is None and (is_concrete(inputs) or context.bindings):
            raise ValueError(self._no_vocabulary())
        if is_concrete(inputs) and (self.on_host or isinstance(inputs, np.ndarray)):
            return self._terms_on_host(inputs) if self.invert else self._on_host(inputs)
        if self._only_on_host is not None:
            raise ValueError(
                f"{title(self)} {self._only_on_host}, so it cannot be inside a compiled program. Call "
                "it on the data before."
            )
        if inputs.dtype.kind not in "iub":
            raise no_integers(self, inputs)
        if inputs.dtype.itemsize < INT32.dtype.itemsize:  # which could hold no -1, or no term
            inputs = inputs.astype("int32")
        if self.invert:
            return self._terms_at(inputs)
        numbers = self._numbers_of(inputs)
        if self.output_mode == "int":
            return numbers
        if self.output_mode != "tf_idf":
            return encode(numbers, self.output_mode, self._depth(), self.compute_dtype)
        counts = encode(numbers, "count", self._depth(), self.compute_dtype)
        idf = None if self._table is None else self._table.idf
        return counts if idf is None else counts * idf.value

    def _numbers_of(self, inputs: jax.Array) -> jax.Array:
        """The number of each input; below 0 for masked ones that have none."""
        unknown = jnp.full_like(inputs, self._oov_start if self.num_oov_indices else UNKNOWN, "int32")
        if self.num_oov_indices > 1:
            unknown = unknown + (inputs % self.num_oov_indices).astype("int32")
        if self._table is None:
            numbers = unknown
        else:
            terms = self._table.terms.value
            place = jnp.minimum(jnp.searchsorted(terms, inputs), len(terms) - 1)
            numbers = jnp.where(terms[place] == inputs, self._table.numbers.value[place], unknown)
        if self.mask_token is None:
            return numbers
        masked = 0 if self.output_mode == "int" else DROPPED
        return jnp.where(inputs == self.mask_token, masked, numbers)

    def _terms_at(self, inputs: jax.Array) -> jax.Array:
        """The term at each place."""
        found = jnp.full_like(inputs, self.oov_token)
        if self._table is not None:
            terms, place = self._table.terms.value, inputs - self._start
            known = (place >= 0) & (place < len(terms))
            found = jnp.where(known, terms[jnp.clip(place, 0, len(terms) - 1)], found)
        return found if self.mask_token is None else jnp.where(inputs == 0, self.mask_token, found)


class _Table(Module):
    """A vocabulary on the device, as part of a program's state: no program holds an old one."""

    def __init__(self, terms: list[int], start: int, idf: Any, in_order: bool) -> None:
        dtype = "int64" if jax.config.read("jax_enable_x64") else "int32"
        order = np.arange(len(terms)) if in_order else np.argsort(terms)
        self.terms = Variable(np.asarray(terms)[order], dtype=dtype, trainable=False, name="terms")
        self.numbers = Variable(order + start, dtype="int32", trainable=False, name="numbers")
        self.idf = None if idf is None else Variable(idf, trainable=False, name="idf_weights")
