"""Attention with one head and no projections: by dot products, or additive."""

from __future__ import annotations

from typing import Any

import jax.numpy as jnp

from cornu.core.errors import describe, did_you_mean
from cornu.core.symbolic import known_shape
from cornu.layers.attention.attention_checks import check_shapes, rate, step_mask, three
from cornu.layers.layer import Layer
from cornu.ops.formulas.attention import band, both, weigh
from cornu.random import SeedGenerator, dropout


class _PairAttention(Layer):
    """What the two kinds share; they differ in how the scores come about."""

    samplewise = True

    def __init__(
        self, use_scale: bool = False, dropout: float = 0.0, seed: int | None = None, **kwargs: Any
    ) -> None:
        super().__init__(**kwargs)
        self.use_scale = use_scale
        self.dropout = rate(self, dropout)
        self.seed = seed
        if dropout > 0:
            self.seed_generator = SeedGenerator(seed)

    def _scores(self, query: Any, key: Any) -> Any:
        raise NotImplementedError

    def call(
        self,
        inputs: Any,
        mask: Any = None,
        training: bool = False,
        return_attention_scores: bool = False,
        use_causal_mask: bool = False,
    ) -> Any:
        query, value, key = three(self, inputs)
        self._check(*(known_shape(tensor.shape) for tensor in (query, value, key)))
        query_mask, *key_masks = self._masks(mask, query, value)
        scores = self._scores(query, key)
        scores = scores.astype(jnp.promote_types(scores.dtype, jnp.float32))
        allowed = band(query.shape[-2], value.shape[-2], use_causal_mask, None)
        for key_mask in key_masks:
            allowed = both(allowed, key_mask[..., None, :])
        weights, sums = weigh(scores, allowed, whole=return_attention_scores)
        weights = weights.astype(value.dtype)
        if training and self.dropout > 0:
            weights = dropout(weights, self.dropout, seed=self.seed_generator)
        outputs = jnp.matmul(weights, value, preferred_element_type=scores.dtype)
        if sums is not None:
            outputs = outputs / sums[..., None]
        outputs = outputs.astype(value.dtype)
        if query_mask is not None:
            outputs = jnp.where(query_mask[..., None], outputs, jnp.zeros((), outputs.dtype))
        return (outputs, weights) if return_attention_scores else outputs

    def _check(self, query: Any, value: Any, key: Any) -> None:
        check_shapes(self, query, value, key, (len(query) - 2,))

    def _masks(self, mask: Any, query: Any, value: Any) -> list[Any]:
        """The mask of the query, or None, and those of value and key that there are."""
        if mask is None:
            return [None]
        if not isinstance(mask, (list, tuple)) or len(mask) not in (2, 3):
            got = f"{len(mask)} of them" if isinstance(mask, (list, tuple)) else describe(mask)
            raise ValueError(
                f'{type(self).__name__} "{self.name}": mask must be a list, '
                f"[query_mask, value_mask], each of which may be None, got {got}."
            )
        names = ("query", "value", "key")
        checked = [
            step_mask(self, name, one, query if name == "query" else value)
            for name, one in zip(names, mask, strict=False)
        ]
        return [checked[0], *(one for one in checked[1:] if one is not None)]

    def compute_mask(self, inputs: Any, previous_mask: Any = None) -> Any:
        return previous_mask[0] if previous_mask else None


class Attention(_PairAttention):
    r"""Attention: for each query the mean of the values, weighted by how well their keys fit.

    $$s_{ij} = q_i \cdot k_j, \quad p_{ij} = \frac{e^{s_{ij}}}{\sum_l e^{s_{il}}}, \quad
    y_i = \sum_j p_{ij} v_j$$

    Args:
        use_scale: whether the scores $s$ are multiplied by a weight, `scale`.
        score_mode: 'dot' for $s$ as above, or 'concat' for
            $s_{ij} = c \sum \tanh(\mathrm{scale} \cdot (q_i + k_j))$ with the weight
            `concat_score_weight` $c$.
        dropout: fraction of the weights $p$ to drop while training.
        seed: a whole number for the same drops in every run.

    Call arguments:
        inputs: list [query, value] or [query, value, key]; without a key the values are the keys.
        mask: list [query_mask, value_mask] of booleans: steps of the value that do not count get
            the weight 0, those of the query the output 0. Filled from the inputs' own masks.
        return_attention_scores: whether to return the weights $p$ too.
        use_causal_mask: whether query i sees the keys 0 to i only.

    Input shape:
        query (batch, queries, dim), value (batch, keys, size), key (batch, keys, dim)

    Output shape:
        (batch, queries, size); the weights (batch, queries, keys)

    Raises:
        ValueError: if it is not called on such a list, or shapes or masks do not fit.

    Example:
        >>> import cornu, numpy as np
        >>> query, value = np.ones((1, 2, 4)), np.array([[[1.0] * 4, [3.0] * 4]])
        >>> cornu.layers.Attention()([query, np.zeros((1, 2, 4))]).shape
        (1, 2, 4)
        >>> cornu.layers.Attention()([0 * query, value])[0, 0].tolist()
        [2.0, 2.0, 2.0, 2.0]

    Source: Luong et al., Effective approaches to attention-based neural machine translation, 2015.
    """

    def __init__(
        self,
        use_scale: bool = False,
        score_mode: str = "dot",
        dropout: float = 0.0,
        seed: int | None = None,
        **kwargs: Any,
    ) -> None:
        super().__init__(use_scale, dropout, seed, **kwargs)
        if score_mode not in ("dot", "concat"):
            raise ValueError(
                f"Attention \"{self.name}\": score_mode must be 'dot' or 'concat', "
                f"got {score_mode!r}. {did_you_mean(str(score_mode), ['dot', 'concat'])}"
            )
        self.score_mode = score_mode

    def build(self, input_shape: Any) -> None:
        self._check(*three(self, input_shape))
        if self.use_scale:
            self.scale = self.add_weight((), "ones", name="scale")
        if self.score_mode == "concat":
            self.concat_score_weight = self.add_weight((), "ones", name="concat_score_weight")

    def _scores(self, query: Any, key: Any) -> Any:
        scale = self.scale.value if self.use_scale else 1
        if self.score_mode == "dot":
            return query @ key.swapaxes(-2, -1) * scale
        sums = query[..., :, None, :] + key[..., None, :, :]
        return self.concat_score_weight.value * jnp.sum(jnp.tanh(scale * sums), axis=-1)


class AdditiveAttention(_PairAttention):
    r"""Attention whose scores come from a hidden layer: $s_{ij} = \sum_d w_d \tanh(q_i + k_j)_d$.

    The rest is that of `Attention`: weights $p$ by softmax, and the mean of the values.

    Args:
        use_scale: whether there is a weight `scale` $w$ of shape (dim,); else $w$ is 1.
        dropout: fraction of the weights $p$ to drop while training.
        seed: a whole number for the same drops in every run.

    Call arguments:
        those of `Attention`

    Input shape:
        query (batch, queries, dim), value (batch, keys, size), key (batch, keys, dim)

    Output shape:
        (batch, queries, size); the weights (batch, queries, keys)

    Raises:
        ValueError: if it is not called on such a list, or shapes or masks do not fit.

    Example:
        >>> import cornu, numpy as np
        >>> layer = cornu.layers.AdditiveAttention()
        >>> layer([np.ones((1, 2, 4)), np.ones((1, 3, 4))]).shape
        (1, 2, 4)

    Source: Bahdanau, Cho, Bengio, Neural machine translation by jointly learning to align and
    translate, 2015.
    """

    def __init__(
        self, use_scale: bool = True, dropout: float = 0.0, seed: int | None = None, **kwargs: Any
    ) -> None:
        super().__init__(use_scale, dropout, seed, **kwargs)

    def build(self, input_shape: Any) -> None:
        query, value, key = three(self, input_shape)
        self._check(query, value, key)
        if self.use_scale:
            self.scale = self.add_weight((query[-1],), "glorot_uniform", name="scale")

    def _scores(self, query: Any, key: Any) -> Any:
        scale = self.scale.value if self.use_scale else 1
        sums = query[..., :, None, :] + key[..., None, :, :]
        return jnp.sum(scale * jnp.tanh(sums), axis=-1)


__all__ = ["AdditiveAttention", "Attention"]
