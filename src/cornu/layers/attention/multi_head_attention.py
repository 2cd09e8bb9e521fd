"""Attention with several heads, each on a projection of its own."""

from __future__ import annotations

from typing import Any, ClassVar

from cornu.core.errors import describe
from cornu.layers.arguments import positive_int
from cornu.layers.attention.heads import Heads, Shape
from cornu.layers.layer import Layer


class MultiHeadAttention(Heads):
    r"""Attention of several heads at once, each with projections of query, key and value of its own.

    $$y = \sum_h O_h V_h', \quad O_h = \mathrm{softmax}\left(\frac{(q W^Q_h)(k W^K_h)^T}{\sqrt{d}}\right)
    v W^V_h$$

    with the kernels $W^Q, W^K$ of shape (features, num_heads, key_dim), $W^V$ of (features, num_heads,
    value_dim) and $V'$, `attention_output`, of (num_heads, value_dim, output). With `query` as `value`
    it is self-attention.

    Args:
        num_heads: number of heads.
        key_dim: $d$, size of a head's queries and keys.
        value_dim: size of a head's values, `key_dim` by default.
        dropout: fraction of the weights to drop while training.
        use_bias: whether the projections have biases.
        output_shape: size or sizes of the output's last axis or axes; that of the query by default.
        attention_axes: axes along which queries look at keys; all but the first and the last by
            default.
        sliding_window: how many steps near a query it may look at: those less than so many away.
        flash_attention: whether cuDNN computes it without keeping the weights; None for where it
            can, on a GPU in half precision.
        kernel_initializer, bias_initializer: of the projections.
        kernel_regularizer, bias_regularizer: penalties on their weights.
        activity_regularizer: penalty on their outputs.
        kernel_constraint, bias_constraint: applied to their weights after each update.
        use_gate: whether each head's result is multiplied by a sigmoid of another projection of the
            query, `gate`.
        seed: a whole number for the same drops in every run.

    Call arguments:
        query, value: tensors; key: another one, if the keys are not the values.
        attention_mask: booleans (batch, queries, keys), True where a query may look at a key;
            also (batch, heads, queries, keys) or (queries, keys).
        query_mask, value_mask, key_mask: booleans (batch, steps), filled from the inputs' own masks.
        return_attention_scores: whether to return the weights too.
        use_causal_mask: whether query i may look at the keys 0 to i only.

    A query that may look at nothing gets the mean of all values, as in Keras; with `dropout`, with
    `return_attention_scores` or with more than three axes it gets zeros.

    Input shape:
        query (batch, queries, features), value and key (batch, keys, features)

    Output shape:
        (batch, queries, output); the weights (batch, heads, queries, keys)

    Raises:
        ValueError: if an argument, a shape or a mask does not fit, or flash attention is asked for
            where it cannot be had.

    Example:
        >>> import cornu, numpy as np
        >>> layer = cornu.layers.MultiHeadAttention(num_heads=2, key_dim=3, name="look")
        >>> x = np.ones((1, 5, 8))
        >>> layer(x, x).shape
        (1, 5, 8)
        >>> [(w.path, w.shape) for w in layer.weights][:2]
        [('look/query/kernel', (8, 2, 3)), ('look/query/bias', (2, 3))]

    Source: Vaswani et al., Attention is all you need, 2017; gates: Qiu et al., Gated attention for
    large language models, 2025.
    """

    _names_in_files: ClassVar[dict[str, str]] = {"gate_dense": "_gate_dense"}

    def __init__(
        self,
        num_heads: int,
        key_dim: int,
        value_dim: int | None = None,
        dropout: float = 0.0,
        use_bias: bool = True,
        output_shape: Any = None,
        attention_axes: Any = None,
        sliding_window: int | None = None,
        flash_attention: bool | None = None,
        kernel_initializer: Any = "glorot_uniform",
        bias_initializer: Any = "zeros",
        kernel_regularizer: Any = None,
        bias_regularizer: Any = None,
        activity_regularizer: Any = None,
        kernel_constraint: Any = None,
        bias_constraint: Any = None,
        use_gate: bool = False,
        seed: int | None = None,
        **kwargs: Any,
    ) -> None:
        super().__init__(
            dropout,
            use_bias,
            sliding_window,
            flash_attention,
            kernel_initializer,
            bias_initializer,
            kernel_regularizer,
            bias_regularizer,
            activity_regularizer,
            kernel_constraint,
            bias_constraint,
            use_gate,
            seed,
            **kwargs,
        )
        self.num_heads = positive_int(self, "num_heads", num_heads)
        self.key_dim = positive_int(self, "key_dim", key_dim)
        self.value_dim = (
            self.key_dim if value_dim is None else positive_int(self, "value_dim", value_dim)
        )
        self._output_shape = _sizes(self, "output_shape", output_shape)
        if self._output_shape:
            self._output_shape = tuple(positive_int(self, "output_shape", n) for n in self._output_shape)
        self.attention_axes = _sizes(self, "attention_axes", attention_axes)

    def build(self, query_shape: Shape, value_shape: Any = None, key_shape: Any = None) -> None:
        key_shape = key_shape or value_shape
        self._axes_of(query_shape, value_shape, key_shape)
        self._build(
            query_shape,
            value_shape,
            key_shape,
            [(self.num_heads, size) for size in (self.key_dim, self.key_dim, self.value_dim)],
            self._output_shape or query_shape[-1:],
        )

    def _axes(self, rank: int) -> tuple[int, ...]:
        if self.attention_axes is None:
            return super()._axes(rank)
        axes = tuple(axis if axis >= 0 else rank + axis for axis in self.attention_axes)
        if len(set(axes)) < len(axes) or not all(0 < axis < rank - 1 for axis in axes):
            raise ValueError(
                f'MultiHeadAttention "{self.name}": attention_axes={self.attention_axes} must be '
                f"axes between the batch, axis 0, and the features, axis {rank - 1}."
            )
        return axes

    def get_config(self) -> dict[str, Any]:
        return {**super().get_config(), "output_shape": self._output_shape}


def _sizes(layer: Layer, argument: str, value: Any) -> tuple[int, ...] | None:
    """A whole number, or several, as a tuple; None if there is none."""
    if value is None:
        return None
    values = value if isinstance(value, (list, tuple)) else (value,)
    if not values or not all(isinstance(one, int) and not isinstance(one, bool) for one in values):
        raise ValueError(
            f'{type(layer).__name__} "{layer.name}": {argument} must be a whole number or a tuple of '
            f"them, got {argument}={describe(value)}."
        )
    return tuple(values)


__all__ = ["MultiHeadAttention"]
