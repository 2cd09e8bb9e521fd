"""Hashing: categories without a vocabulary, numbered by their hash; Hashing and HashedCrossing."""

from __future__ import annotations

from typing import Any

import jax
import jax.numpy as jnp
import numpy as np

from cornu.core.dtypes import is_float
from cornu.core.errors import describe, show_shape
from cornu.core.symbolic import KerasTensor
from cornu.layers.layer import Layer
from cornu.layers.preprocessing.encoding import encode_on_host, encoded_shape
from cornu.layers.preprocessing.fingerprints import combine, fingerprint64, siphash64
from cornu.layers.preprocessing.inputs import (
    as_strings,
    bins,
    choice,
    on_host,
    refuse_sparse,
    salt_pair,
    shape_of,
    title,
)

CROSSING_SEED = 0xDECAFCAFFE  # what TensorFlow starts the hash of a crossing with


class _Hashed(Layer):
    """What the layers share whose numbers are hashes: the dtype and the encoding."""

    on_host = True

    def __init__(self, num_bins: int, output_mode: str, sparse: bool, dtype: Any, **kwargs: Any) -> None:
        if dtype is None and output_mode == "int":
            dtype = "int64" if jax.config.read("jax_enable_x64") else "int32"
        super().__init__(dtype=dtype, **kwargs)
        self.num_bins = bins(self, num_bins)
        self.output_mode = output_mode
        self.sparse = refuse_sparse(self, sparse)
        if output_mode == "int" and is_float(self.dtype):
            raise ValueError(
                f'{title(self)}: with output_mode="int" the dtype must be one of whole numbers, '
                f'got dtype="{self.dtype}". Leave it out.'
            )

    def _encoded(self, numbers: Any) -> jax.Array:
        if self.output_mode != "int":
            numbers = encode_on_host(numbers, self.output_mode, self.num_bins)
        return jnp.asarray(numbers, jax.dtypes.canonicalize_dtype(self.compute_dtype))

    def _spec(self, shape: tuple[int | None, ...]) -> KerasTensor:
        dtype = str(jax.dtypes.canonicalize_dtype(self.compute_dtype))
        return KerasTensor(encoded_shape(shape, self.output_mode, self.num_bins), dtype)


class Hashing(_Hashed):
    r"""Numbers categories by their hash, so that none have to be known beforehand.

    $$n = h(x) \bmod b$$

    with the hash $h$ of the string $x$ (numbers are written in decimal digits) and `num_bins` $b$.
    Two categories may share a number: of $k$ categories a pair does with probability about
    $1 - e^{-k^2 / 2b}$. The hash is FarmHash's Fingerprint64; with a `salt`, SipHash under that key.
    It runs on the host, before the compiled program of a model.

    Args:
        num_bins: $b$, how many numbers there are, that for masked inputs included.
        mask_value: what stands for nothing and gets the number 0, which no other input then gets;
            None if there is none.
        salt: a whole number or a pair of them; None (default) for FarmHash.
        output_mode: 'int' (default), 'one_hot', 'multi_hot' or 'count', as in CategoryEncoding.
        sparse: must be False.

    Input shape:
        (batch, ...) of strings or numbers; floats are cut off to whole numbers

    Output shape:
        that of the input for 'int'; else the last axis becomes one of `num_bins`, or, for 'one_hot'
        with several inputs per sample, is followed by one. Numbers are 32-bit, where Keras has 64.

    Raises:
        ValueError: if `num_bins` is no whole number above 0, or `salt` is neither one nor a pair.

    Example:
        >>> import cornu
        >>> layer = cornu.layers.Hashing(3)
        >>> layer([["A"], ["B"], ["C"], ["D"], ["E"]]).tolist()
        [[1], [0], [1], [1], [2]]

    Source: Weinberger et al., Feature hashing for large scale multitask learning, 2009.
    """

    samplewise = True

    def __init__(
        self,
        num_bins: int,
        mask_value: Any = None,
        salt: Any = None,
        output_mode: str = "int",
        sparse: bool = False,
        dtype: Any = None,
        **kwargs: Any,
    ) -> None:
        super().__init__(num_bins, output_mode, sparse, dtype, **kwargs)
        self.mask_value = mask_value
        self.salt = salt_pair(self, salt)
        choice(self, "output_mode", output_mode, ("int", "one_hot", "multi_hot", "count"))

    def call(self, inputs: Any) -> jax.Array:
        values = on_host(inputs)
        if self.mask_value is None or self.num_bins == 1:
            return self._encoded(self._hash(values, self.num_bins))
        hashed = self._hash(values, self.num_bins - 1) + 1
        return self._encoded(np.where(self._masked(values), 0, hashed))

    def _hash(self, values: Any, count: int) -> Any:
        names = _names(self, values).ravel().tolist()
        hashes = fingerprint64(names) if self.salt is None else siphash64(names, self.salt)
        return (hashes % np.uint64(count)).astype(np.int64).reshape(values.shape)

    def _masked(self, values: Any) -> Any:
        strings = values.dtype == object
        if strings != isinstance(self.mask_value, (str, bytes)):
            raise TypeError(
                f"{title(self)} has mask_value={self.mask_value!r}, but got {describe(values)}. A mask "
                "value is a string where the inputs are, and a number where they are numbers."
            )
        if strings:
            return as_strings(self, values) == as_strings(self, self.mask_value).item()
        return values == self.mask_value

    def compute_output_spec(self, inputs: Any) -> KerasTensor:
        """The output for a symbolic input, as a symbolic tensor."""
        return self._spec(shape_of(inputs))


class HashedCrossing(_Hashed):
    """Numbers combinations of categories by their hash.

    Two features that matter together (a place is a latitude and a longitude) become one feature: the
    hash of all their values, of which the remainder by `num_bins` is taken. It runs on the host,
    before the compiled program of a model.

    Args:
        num_bins: how many numbers there are.
        output_mode: 'int' (default) or 'one_hot'.
        sparse: must be False.

    Input shape:
        a list of two or more inputs of strings or whole numbers, of the same shape (batch,) or
        (batch, 1), or single values

    Output shape:
        that of the inputs for 'int'; (batch, num_bins) for 'one_hot'. Numbers are 32-bit, where Keras
        has 64.

    Raises:
        ValueError: if there are fewer than two inputs, or their shapes differ or have other sizes.
        TypeError: if an input holds floats.

    Example:
        >>> import cornu, numpy as np
        >>> layer = cornu.layers.HashedCrossing(5)
        >>> layer([np.array(["A", "B", "A"]), np.array([101, 101, 102])]).tolist()
        [1, 4, 3]
    """

    samplewise = True

    def __init__(
        self,
        num_bins: int,
        output_mode: str = "int",
        sparse: bool = False,
        name: str | None = None,
        dtype: Any = None,
        **kwargs: Any,
    ) -> None:
        super().__init__(num_bins, output_mode, sparse, dtype, name=name, **kwargs)
        choice(self, "output_mode", output_mode, ("int", "one_hot"))

    def call(self, inputs: Any) -> jax.Array:
        columns = [on_host(column) for column in self._several(inputs)]
        self._check_shapes([column.shape for column in columns])
        hashed = np.full(columns[0].size, CROSSING_SEED, np.uint64)
        for column in columns:
            hashed = combine(hashed, self._fingerprint(column))
        numbers = (hashed % np.uint64(self.num_bins)).astype(np.int64)
        return self._encoded(numbers.reshape(columns[0].shape))

    def _fingerprint(self, column: Any) -> Any:
        """The hash of each string; whole numbers are their own."""
        if column.dtype == object:
            return fingerprint64(as_strings(self, column).ravel().tolist())
        if column.dtype.kind not in "iub":
            raise TypeError(
                f"{title(self)} crosses strings and whole numbers, but got {describe(column)}. Put "
                "floats into bins first, with Discretization."
            )
        return column.ravel().astype(np.int64).view(np.uint64)

    def _several(self, inputs: Any) -> Any:
        if not isinstance(inputs, (list, tuple)) or len(inputs) < 2:
            got = f"{len(inputs)}" if isinstance(inputs, (list, tuple)) else describe(inputs)
            raise ValueError(
                f"{title(self)} takes a list of two or more inputs, got {got}. Write "
                "layer([first, second])."
            )
        return inputs

    def _check_shapes(self, shapes: list[Any]) -> None:
        first = shapes[0]
        if len(first) > 2 or first[1:] not in ((), (1,)) or any(shape != first for shape in shapes):
            shown = ", ".join(show_shape(shape) for shape in shapes)
            raise ValueError(
                f"{title(self)} takes inputs of the same shape, (batch,) or (batch, 1), got {shown}. "
                "Give it one column per input: x[:, [0]]."
            )

    def get_config(self) -> dict[str, Any]:
        config = super().get_config()
        del config["trainable"]  # as Keras: the layer has nothing to train
        return config

    def compute_output_spec(self, inputs: Any) -> KerasTensor:
        """The output for symbolic inputs, as a symbolic tensor."""
        shapes = [shape_of(column) for column in self._several(inputs)]
        self._check_shapes([(None, *shape[1:]) if shape else shape for shape in shapes])
        return self._spec(shapes[0])


def _names(layer: Layer, values: Any) -> Any:
    """What is hashed: strings as they are, numbers in decimal digits."""
    if values.dtype == object:
        return as_strings(layer, values)
    if values.dtype.kind not in "iubf":
        raise TypeError(f"{title(layer)} hashes strings and numbers, but got {describe(values)}.")
    whole = values.astype(np.int64)
    names = np.empty(whole.size, dtype=object)
    names[:] = [b"%d" % number for number in whole.ravel().tolist()]
    return names.reshape(whole.shape)
