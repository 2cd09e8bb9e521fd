"""ReversibleEmbedding: whole numbers become vectors, and vectors scores of whole numbers."""

from __future__ import annotations

from typing import Any

import jax
import jax.numpy as jnp

from cornu.core.errors import describe
from cornu.core.masks import set_mask
from cornu.core.products import matmul
from cornu.layers.embedding import Embedding


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


__all__ = ["ReversibleEmbedding"]
