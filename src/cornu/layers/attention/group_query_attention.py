"""Attention in which several heads of the query share a head of keys and values."""

from __future__ import annotations

from typing import Any, ClassVar

from cornu.core.errors import show_shape
from cornu.core.names import auto_name
from cornu.layers.arguments import positive_int
from cornu.layers.attention.heads import Heads, Shape


class GroupQueryAttention(Heads):
    r"""Multi-head attention in which several heads of the query share a head of keys and values.

    $$y = \sum_h O_h V_h', \quad O_h = \mathrm{softmax}\left(\frac{(q W^Q_h)(k W^K_{g(h)})^T}
    {\sqrt{d}}\right) v W^V_{g(h)}, \quad g(h) = \lfloor h \, n_{kv} / n_q \rfloor$$

    With one key head it is multi-query attention, with as many as query heads `MultiHeadAttention`.

    Args:
        head_dim: $d$, size of a head.
        num_query_heads: $n_q$, number of heads of the query.
        num_key_value_heads: $n_{kv}$, number of heads of keys and values, which divides $n_q$.
        dropout: fraction of the weights to drop while training.
        use_bias: whether the projections have biases.
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
        those of `MultiHeadAttention`

    Input shape:
        query (batch, queries, features), value and key (batch, keys, features)

    Output shape:
        (batch, queries, features); the weights (batch, num_query_heads, queries, keys)

    Raises:
        ValueError: if the heads cannot be shared evenly, or a shape or a mask does not fit.

    Example:
        >>> import cornu, numpy as np
        >>> layer = cornu.layers.GroupQueryAttention(3, num_query_heads=4, num_key_value_heads=2)
        >>> x = np.ones((1, 5, 8))
        >>> layer(x, x).shape, layer.key_dense.kernel.shape
        ((1, 5, 8), (8, 2, 3))

    Source: Ainslie et al., GQA: training generalized multi-query transformer models, 2023.
    """

    _class_in_files = "GroupedQueryAttention"
    _names_in_files: ClassVar[dict[str, str]] = {
        f"{part}_dense": f"_{part}_dense" for part in ("gate", "key", "output", "query", "value")
    }

    def __init__(
        self,
        head_dim: int,
        num_query_heads: int,
        num_key_value_heads: int,
        dropout: float = 0.0,
        use_bias: bool = True,
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
        kwargs["name"] = kwargs.get("name") or auto_name("grouped_query_attention")  # as in Keras
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
        self.head_dim = positive_int(self, "head_dim", head_dim)
        self.num_query_heads = positive_int(self, "num_query_heads", num_query_heads)
        self.num_key_value_heads = positive_int(self, "num_key_value_heads", num_key_value_heads)
        if num_query_heads % num_key_value_heads:
            raise ValueError(
                f'GroupQueryAttention "{self.name}": num_query_heads={num_query_heads} is not a '
                f"multiple of num_key_value_heads={num_key_value_heads}, so the query's heads cannot "
                "share those of keys and values evenly."
            )

    def build(self, query_shape: Shape, value_shape: Any = None, key_shape: Any = None) -> None:
        key_shape = key_shape or value_shape
        self._axes_of(query_shape, value_shape, key_shape)
        if len(query_shape) != 3:
            raise ValueError(
                f'GroupQueryAttention "{self.name}" takes a query of shape (batch, steps, features), '
                f"got {show_shape(query_shape)}."
            )
        shared = (self.num_key_value_heads, self.head_dim)
        heads = [(self.num_query_heads, self.head_dim), shared, shared]
        self._build(query_shape, value_shape, key_shape, heads, query_shape[-1:])


__all__ = ["GroupQueryAttention"]
