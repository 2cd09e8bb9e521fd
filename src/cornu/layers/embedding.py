"""Embedding: whole numbers become vectors."""

from __future__ import annotations

from typing import Any

import jax
import jax.numpy as jnp
import numpy as np

from cornu import constraints, initializers, regularizers
from cornu.core.config import serialize
from cornu.layers.arguments import positive_int
from cornu.layers.layer import Layer
from cornu.ops.arguments import first_outside


class Embedding(Layer):
    """Turns each whole number, such as the index of a word, into a vector that is learnt.

    $$y = E_i$$

    row $i$ of the table `embeddings` $E$ of shape (input_dim, output_dim). Indices run from 0 to
    `input_dim` - 1; floats are rounded towards 0.

    An index outside the table never reads another row. Called on arrays, the layer raises an error,
    and so do `fit`, `evaluate` and `predict` where it takes an input of the model as it is. What is
    computed inside a compiled program cannot raise one: there the vector is NaN, and so is the loss.
    `compile(..., run_eagerly=True)` runs the same steps uncompiled, and finds the index.

    Args:
        input_dim: number of rows, the largest index + 1.
        output_dim: size of the vectors.
        embeddings_initializer: of $E$, 'uniform' by default: between -0.05 and 0.05.
        embeddings_regularizer: penalty on $E$, added to the loss.
        embeddings_constraint: applied to $E$ after each update.
        mask_zero: whether index 0 stands for a step that is not there; layers that come later then
            leave it out. The words are numbered from 1.
        weights: the first value of $E$, an array (input_dim, output_dim), perhaps in a list.
        input_length: number of indices in a sample, as programs for Keras 2 give it; the same as
            `input_shape=(input_length,)`.

    Input shape:
        (batch, ...), whole numbers

    Output shape:
        (batch, ..., output_dim)

    Raises:
        ValueError: if a size is no positive whole number, an index is outside the table, or the
            input's floats cannot tell apart as many indices as there are rows.

    Example:
        >>> import cornu, numpy as np
        >>> layer = cornu.layers.Embedding(1000, 8)
        >>> layer(np.array([[4, 20, 0]])).shape
        (1, 3, 8)

    Source: Bengio et al., A neural probabilistic language model, JMLR 2003.
    """

    samplewise = True

    def __init__(
        self,
        input_dim: int,
        output_dim: int,
        embeddings_initializer: Any = "uniform",
        embeddings_regularizer: Any = None,
        embeddings_constraint: Any = None,
        mask_zero: bool = False,
        weights: Any = None,
        **kwargs: Any,
    ) -> None:
        length = kwargs.pop("input_length", None)
        if length is not None and not {"input_shape", "batch_input_shape"} & set(kwargs):
            kwargs["input_shape"] = length if isinstance(length, (tuple, list)) else (length,)
        super().__init__(**kwargs)
        self.autocast = False  # indices are not cast to the float of the layer, which may not hold them
        self.input_dim = positive_int(self, "input_dim", input_dim)
        self.output_dim = positive_int(self, "output_dim", output_dim)
        self.embeddings_initializer = initializers.get(embeddings_initializer)
        self.embeddings_regularizer = regularizers.get(embeddings_regularizer)
        self.embeddings_constraint = constraints.get(embeddings_constraint)
        self.mask_zero = mask_zero
        self.supports_masking = bool(mask_zero)
        self._start_from(weights)

    def _start_from(self, weights: Any) -> None:
        if weights is not None:
            self.build(None)
            self.set_weights(
                weights if isinstance(weights, list) and np.ndim(weights[0]) == 2 else [weights]
            )

    def build(self, input_shape: Any = None) -> None:
        if not self.built:
            self.embeddings = self.add_weight(
                (self.input_dim, self.output_dim),
                self.embeddings_initializer,
                regularizer=self.embeddings_regularizer,
                constraint=self.embeddings_constraint,
                name="embeddings",
                autocast=False,  # what is cast are the rows that were read, not the table
            )

    def call(self, inputs: jax.Array) -> jax.Array:
        exact = largest_exact(inputs.dtype)
        if exact is not None and self.input_dim > exact + 1:
            raise ValueError(
                f'{type(self).__name__} "{self.name}": {inputs.dtype} cannot tell apart whole numbers '
                f"above {exact}, and the table has input_dim={self.input_dim} rows. Give the indices "
                'as whole numbers, in a model by Input(..., dtype="int32").'
            )
        if not isinstance(inputs, jax.core.Tracer):
            self.check_indices(inputs)
        return lookup(self.embeddings.value, as_indices(inputs)).astype(self.compute_dtype)

    def check_indices(self, indices: Any) -> None:
        """Looks at data on the host for an index outside the table.

        Args:
            indices: array of any shape.

        Raises:
            ValueError: naming the index, where it is, and the size of the table.
        """
        found = first_outside(indices, self.input_dim)
        if found is not None:
            place, index = found
            enough = (
                f"Write input_dim={int(index) + 1} or more" if 0 < index < 2**31 else "Number from 0"
            )
            raise ValueError(
                f'{type(self).__name__} "{self.name}": index {index} at position {place} of its input '
                f"is not in the table, which has input_dim={self.input_dim} rows, numbered from 0 to "
                f"{self.input_dim - 1}. {enough}, or map what is not in the vocabulary to one of these."
            )

    def compute_mask(self, inputs: Any, previous_mask: Any = None) -> Any:
        return inputs != 0 if self.mask_zero else None

    def get_config(self) -> dict[str, Any]:
        config = {**super().get_config(), "activity_regularizer": serialize(self.activity_regularizer)}
        del config["weights"]  # kept with the model's other weights
        return config


def lookup(table: Any, indices: Any) -> jax.Array:
    """The rows of a table of shape (rows, features) at whole numbers of any shape; NaN where there is
    no such row.

    An index outside reads row 0, to which NaN is added. So the gradient of what was read has no
    condition in it: against `jnp.take(table, indices, axis=0, mode="fill")` a step of a small
    embedding takes a third of the time, of a large one the same (docs/performance.md).

    >>> lookup(jnp.array([[1.0], [2.0]]), jnp.array([1, 2, -1])).tolist()
    [[2.0], [nan], [nan]]
    """
    inside = (indices >= 0) & (indices < table.shape[0])
    rows = table.at[jnp.where(inside, indices, 0)].get(mode="promise_in_bounds")
    return rows + jnp.where(inside, 0.0, jnp.nan).astype(table.dtype)[..., None]


def as_indices(values: Any) -> jax.Array:
    """Numbers as the whole numbers that a lookup takes, floats rounded towards 0; -1 for what is no
    number.

    >>> as_indices(jnp.array([2.0, 0.5, jnp.nan])).tolist()
    [2, 0, -1]
    """
    if jnp.issubdtype(values.dtype, jnp.floating):
        values = jnp.where(jnp.isnan(values), -1, values)
    return values.astype(jnp.int64 if values.dtype.itemsize == 8 else jnp.int32)


def largest_exact(dtype: Any) -> int | None:
    """The number from which on a float of this dtype no longer holds every whole number; None if it
    is no float.

    >>> largest_exact("float32"), largest_exact("bfloat16"), largest_exact("int32")
    (16777216, 256, None)
    """
    bits = {"bfloat16": 8, "float16": 11, "float32": 24, "float64": 53}.get(str(jnp.dtype(dtype)))
    return None if bits is None else 2**bits


__all__ = ["Embedding"]
