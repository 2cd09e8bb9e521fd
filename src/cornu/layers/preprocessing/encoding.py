"""Categories as vectors: one-hot, multi-hot and counts; the layer CategoryEncoding."""

from __future__ import annotations

from typing import Any

import jax
import jax.numpy as jnp
import numpy as np

from cornu.core.errors import describe
from cornu.layers.arguments import positive_int
from cornu.layers.layer import Layer
from cornu.layers.preprocessing.inputs import choice, is_concrete, refuse_sparse, title


def encode(indices: jax.Array, mode: str, depth: int, dtype: Any, weights: Any = None) -> jax.Array:
    """Indices as vectors of size `depth`; those below 0 or from `depth` on count for nothing.

    'one_hot' gives one vector per index (a last axis of size 1 is dropped first); 'multi_hot' and
    'count' one per sample, the last axis being the sample.
    """
    indices = jnp.atleast_1d(indices)
    if mode == "one_hot":
        single = indices.ndim > 1 and indices.shape[-1] == 1
        return jax.nn.one_hot(indices[..., 0] if single else indices, depth, dtype=dtype)
    leading = indices.shape[:-1]
    lead = tuple(jax.lax.broadcasted_iota("int32", indices.shape, axis) for axis in range(len(leading)))
    kept = jnp.where(indices < 0, depth, indices)  # a negative index would count from the end
    empty = jnp.zeros((*leading, depth), dtype)
    if mode == "multi_hot":
        return empty.at[(*lead, kept)].set(1, mode="drop")
    return empty.at[(*lead, kept)].add(1 if weights is None else weights, mode="drop")


def encode_on_host(indices: np.ndarray[Any, Any], mode: str, depth: int) -> np.ndarray[Any, Any]:
    """The same in NumPy."""
    indices = np.atleast_1d(indices)
    if mode == "one_hot":
        single = indices.ndim > 1 and indices.shape[-1] == 1
        indices = indices[..., 0] if single else indices
        return (indices[..., None] == np.arange(depth)).astype("float32")
    leading = indices.shape[:-1]
    rows = indices.reshape(int(np.prod(leading)), indices.shape[-1])
    return encode_rows(list(rows), mode, depth).reshape(*leading, depth)


def encode_rows(rows: list[Any], mode: str, depth: int) -> np.ndarray[Any, Any]:
    """The vector of each list of indices, multi-hot or counted."""
    encoded = np.zeros((len(rows), depth), "float32")
    for row, given in zip(encoded, rows, strict=True):
        indices = np.asarray(given, np.int64)
        indices = indices[(indices >= 0) & (indices < depth)]
        if mode == "multi_hot":
            row[indices] = 1
        else:
            row += np.bincount(indices, minlength=depth)
    return encoded


def encoded_shape(shape: tuple[int | None, ...], mode: str, depth: int) -> tuple[int | None, ...]:
    """The shape of what `encode` gives for indices of this shape."""
    if mode == "int":
        return shape
    if mode == "one_hot" and not (len(shape) > 1 and shape[-1] == 1):
        return (*shape, depth) if shape else (depth,)
    return (*shape[:-1], depth)


class CategoryEncoding(Layer):
    r"""Categories numbered from 0 as vectors: one-hot, multi-hot, or counts.

    With $n$ = `num_tokens`, 'one_hot' turns each category $c$ into the unit vector $e_c$ of size
    $n$; 'count' a sample $c_1, \dots, c_m$ into $\sum_i w_i e_{c_i}$ with weights $w_i$ = 1 unless
    `count_weights` are given; 'multi_hot' into the vector of those $e_{c_i}$ that occur.

    Args:
        num_tokens: $n$, the number of categories.
        output_mode: 'multi_hot' (default), 'one_hot' or 'count'.
        sparse: must be False.

    Call arguments:
        inputs: whole numbers from 0 to `num_tokens` - 1.
        count_weights: numbers of the inputs' shape, for 'count'.

    Input shape:
        (batch, samples)

    Output shape:
        (batch, num_tokens); with 'one_hot' (batch, samples, num_tokens), or (batch, num_tokens) if
        `samples` is 1

    Raises:
        ValueError: if an input is not below `num_tokens`, as far as it can be seen: inside a compiled
            program it counts for nothing.

    Example:
        >>> import cornu
        >>> layer = cornu.layers.CategoryEncoding(4, output_mode="count")
        >>> layer([[0, 1], [2, 2]]).tolist()
        [[1.0, 1.0, 0.0, 0.0], [0.0, 0.0, 2.0, 0.0]]
    """

    samplewise = True

    def __init__(
        self,
        num_tokens: int | None = None,
        output_mode: str = "multi_hot",
        sparse: bool = False,
        **kwargs: Any,
    ) -> None:
        super().__init__(**kwargs)
        self.autocast = False  # in half precision large numbers would become other ones
        if num_tokens is None:
            raise ValueError(
                f"{title(self)} needs num_tokens, the number of categories. Where it is not known, "
                "IntegerLookup learns it from data."
            )
        self.num_tokens = positive_int(self, "num_tokens", num_tokens)
        mode = "multi_hot" if output_mode == "binary" else output_mode
        self.output_mode = choice(self, "output_mode", mode, ("one_hot", "multi_hot", "count"))
        self.sparse = refuse_sparse(self, sparse)

    def call(self, inputs: jax.Array, count_weights: Any = None) -> jax.Array:
        if count_weights is not None:
            count_weights = jnp.asarray(count_weights, self.compute_dtype)
            self._check_weights(inputs, count_weights)
        self._check_range(inputs)
        return encode(
            inputs.astype("int32"), self.output_mode, self.num_tokens, self.compute_dtype, count_weights
        )

    def _check_weights(self, inputs: Any, weights: Any) -> None:
        if self.output_mode != "count":
            raise ValueError(
                f'{title(self)}: count_weights go with output_mode="count", but this layer has '
                f'output_mode="{self.output_mode}". Leave them out, or count.'
            )
        if weights.shape != inputs.shape:
            raise ValueError(
                f"{title(self)}: count_weights need a weight for each input, so the inputs' shape "
                f"{inputs.shape}, but have shape {weights.shape}."
            )

    def _check_range(self, inputs: Any) -> None:
        if not is_concrete(inputs) or inputs.size == 0:
            return
        values = np.asarray(inputs)
        wrong = values[(values < 0) | (values >= self.num_tokens) | (values != np.floor(values))]
        if wrong.size:
            raise ValueError(
                f"{title(self)} encodes the categories 0 to {self.num_tokens - 1}, but got "
                f"{describe(wrong.flat[0].item())}. Number the categories from 0 (IntegerLookup does "
                f"that), or pass num_tokens={int(values.max()) + 1} if there are that many."
            )

    def get_config(self) -> dict[str, Any]:
        config = super().get_config()
        del config["sparse"]  # as Keras, which does not store it
        return config
