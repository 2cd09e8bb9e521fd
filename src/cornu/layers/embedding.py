"""Embedding and its kin: whole numbers become vectors, and steps that count for nothing are masked."""

from __future__ import annotations

from typing import Any

import jax
import jax.numpy as jnp
import numpy as np

from cornu import constraints, initializers, regularizers
from cornu.core.config import serialize
from cornu.core.errors import describe
from cornu.core.masks import set_mask
from cornu.layers.arguments import positive_int
from cornu.layers.input_spec import InputSpec
from cornu.layers.layer import Layer
from cornu.ops.embedding import as_indices, first_outside, largest_exact, lookup
from cornu.ops.products import matmul


class Embedding(Layer):
    """Turns each whole number, such as the index of a word, into a vector that is learnt.

    $$y = E_i$$

    row $i$ of the table `embeddings` $E$ of shape (input_dim, output_dim). Indices run from 0 to
    `input_dim` - 1; floats are rounded towards 0.

    An index outside the table never reads another row. Called on arrays, the layer raises an error;
    in a compiled program, which cannot raise one, the vector is NaN, and so is the loss.

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


class ReversibleEmbedding(Embedding):
    r"""An embedding that also leads back: from vectors to a score for each row of its table.

    $$y = E_i, \qquad \text{reverse: } z = x E^T$$

    With `tie_weights` False the way back has a table of its own, `reverse_embeddings` of shape
    (output_dim, input_dim). With `logit_soft_cap` $c$ the scores are $c \tanh(z / c)$.

    Args:
        input_dim: number of rows, the largest index + 1.
        output_dim: size of the vectors.
        tie_weights: whether the same table serves both ways.
        embeddings_initializer: of the tables, 'uniform' by default.
        embeddings_regularizer: penalty on $E$, added to the loss.
        embeddings_constraint: applied to $E$ after each update.
        mask_zero: whether index 0 stands for a step that is not there.
        reverse_dtype: in which the scores are computed; that of the layer by default.
        logit_soft_cap: $c$, a bound for the scores; None for none.

    Call arguments:
        inputs: whole numbers, or vectors if `reverse`.
        reverse: whether to go from vectors to scores.

    Input shape:
        (batch, ...), whole numbers; with `reverse` (batch, ..., output_dim)

    Output shape:
        (batch, ..., output_dim); with `reverse` (batch, ..., input_dim)

    Raises:
        ValueError: as `Embedding`, or if vectors of another size are to be led back.

    Example:
        >>> import cornu, numpy as np
        >>> layer = cornu.layers.ReversibleEmbedding(100, 8)
        >>> vectors = layer(np.array([[4, 20, 0]]))
        >>> layer(vectors, reverse=True).shape
        (1, 3, 100)

    Source: Press and Wolf, Using the output embedding to improve language models, 2016.
    """

    samplewise = True

    def __init__(
        self,
        input_dim: int,
        output_dim: int,
        tie_weights: bool = True,
        embeddings_initializer: Any = "uniform",
        embeddings_regularizer: Any = None,
        embeddings_constraint: Any = None,
        mask_zero: bool = False,
        reverse_dtype: Any = None,
        logit_soft_cap: float | None = None,
        **kwargs: Any,
    ) -> None:
        weights = kwargs.pop("weights", None)
        super().__init__(
            input_dim,
            output_dim,
            embeddings_initializer,
            embeddings_regularizer,
            embeddings_constraint,
            mask_zero,
            **kwargs,
        )
        self.tie_weights = tie_weights
        self.reverse_dtype = reverse_dtype
        if logit_soft_cap is not None and not logit_soft_cap > 0:
            raise ValueError(
                f'ReversibleEmbedding "{self.name}": logit_soft_cap must be a number above 0, a bound '
                f"for the scores, got logit_soft_cap={describe(logit_soft_cap)}."
            )
        self.logit_soft_cap = logit_soft_cap
        self._start_from(weights)

    def build(self, input_shape: Any = None) -> None:
        super().build(input_shape)
        if not self.tie_weights:
            self.reverse_embeddings = self.add_weight(
                (self.output_dim, self.input_dim), self.embeddings_initializer, name="reverse_embeddings"
            )

    def call(self, inputs: jax.Array, reverse: bool = False) -> jax.Array:
        if not reverse:
            vectors = super().call(inputs)
            if self.mask_zero:
                set_mask(vectors, inputs != 0)
            return vectors
        if inputs.shape[-1] != self.output_dim:
            raise ValueError(
                f'ReversibleEmbedding "{self.name}" leads vectors of output_dim={self.output_dim} '
                f"numbers back, but its input has {inputs.shape[-1]} on the last axis."
            )
        dtype = self.reverse_dtype or self.compute_dtype
        kernel = self.embeddings.value.T if self.tie_weights else self.reverse_embeddings.value
        scores = matmul(inputs.astype(dtype), kernel.astype(dtype))
        if self.logit_soft_cap is not None:
            scores = jnp.tanh(scores / self.logit_soft_cap) * self.logit_soft_cap
        return scores

    def compute_mask(self, inputs: Any, previous_mask: Any = None) -> Any:
        return None  # set in `call`, which knows the direction


class Masking(Layer):
    """Masks the steps of a sequence in which all features have one value; there the output is 0.

    Layers that come later leave these steps out, if they know of masks.

    Args:
        mask_value: the value that marks a step that is not there, 0 by default.

    Input shape:
        (batch, steps, features)

    Output shape:
        that of the input

    Raises:
        ValueError: if `mask_value` is NaN, which no number equals.

    Example:
        >>> import cornu, numpy as np
        >>> x = np.array([[[1.0, 2.0], [9.0, 9.0]]])
        >>> cornu.layers.Masking(mask_value=9.0)(x).tolist()
        [[[1.0, 2.0], [0.0, 0.0]]]
    """

    samplewise = True

    def __init__(self, mask_value: Any = 0.0, **kwargs: Any) -> None:
        super().__init__(**kwargs)
        if np.any(np.isnan(mask_value)):
            raise ValueError(
                f'Masking "{self.name}": mask_value is NaN, which equals no number, so nothing would be '
                "masked. Replace NaN in the data, x = np.nan_to_num(x, nan=-1.0), and mask that value."
            )
        self.mask_value = mask_value
        self.input_spec = InputSpec(min_ndim=2)

    def call(self, inputs: jax.Array) -> jax.Array:
        return jnp.where(self.compute_mask(inputs)[..., None], inputs, jnp.zeros((), inputs.dtype))

    def compute_mask(self, inputs: Any, previous_mask: Any = None) -> Any:
        floating = jnp.issubdtype(inputs.dtype, jnp.floating)
        value = jnp.asarray(self.mask_value, inputs.dtype if floating else None)
        return jnp.any(inputs != value, axis=-1)


__all__ = ["Embedding", "Masking", "ReversibleEmbedding"]
