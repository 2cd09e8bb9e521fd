"""What the attentions with several heads share: projections, masks, and the ways of computing."""

from __future__ import annotations

import string
from typing import Any

import jax
import jax.numpy as jnp

from cornu import constraints, initializers, regularizers
from cornu.core.config import serialize
from cornu.core.errors import show_shape
from cornu.core.settings import is_flash_attention_enabled
from cornu.core.symbolic import known_shape
from cornu.layers.arguments import positive_int
from cornu.layers.attention.attention_checks import check_shapes, rate, step_mask, unlike
from cornu.layers.einsum_dense import EinsumDense
from cornu.layers.layer import Layer
from cornu.layers.regularization.dropout import Dropout
from cornu.ops.formulas.attention import attend, band, both, flash, flash_problem

Shape = tuple[int | None, ...]


class Heads(Layer):
    """What the layers with several heads share; they differ in the numbers of their heads."""

    samplewise = True

    def __init__(
        self,
        dropout: float,
        use_bias: bool,
        sliding_window: int | None,
        flash_attention: bool | None,
        kernel_initializer: Any,
        bias_initializer: Any,
        kernel_regularizer: Any,
        bias_regularizer: Any,
        activity_regularizer: Any,
        kernel_constraint: Any,
        bias_constraint: Any,
        use_gate: bool,
        seed: int | None,
        **kwargs: Any,
    ) -> None:
        super().__init__(**kwargs)
        self.supports_masking = True
        self.dropout = rate(self, dropout)
        self.use_bias = use_bias
        if sliding_window is not None:
            sliding_window = positive_int(self, "sliding_window", sliding_window)
        self.sliding_window = sliding_window
        self.flash_attention = flash_attention
        if flash_attention and dropout > 0:
            self._no_flash("it cannot drop weights; use dropout=0")
        self.kernel_initializer = initializers.get(kernel_initializer)
        self.bias_initializer = initializers.get(bias_initializer)
        self.kernel_regularizer = regularizers.get(kernel_regularizer)
        self.bias_regularizer = regularizers.get(bias_regularizer)
        self._activity_regularizer = regularizers.get(activity_regularizer)  # of each projection
        self.kernel_constraint = constraints.get(kernel_constraint)
        self.bias_constraint = constraints.get(bias_constraint)
        self.use_gate = use_gate
        self.seed = seed

    def _build(self, query: Shape, value: Shape, key: Shape, heads: Any, out: Shape) -> None:
        """Makes the projections; `heads` are (number, size) of query, key and value."""
        of_query, of_key, of_value = heads
        self.query_dense = self._project("query", query, 1, of_query)
        self.key_dense = self._project("key", key, 1, of_key)
        means = (of_query[0], of_value[1])
        if self.use_gate:
            self.gate_dense = self._project("gate", query, 1, means, activation="sigmoid")
        self.value_dense = self._project("value", value, 1, of_value)
        self.dropout_layer = Dropout(self.dropout, seed=self.seed, dtype=self.dtype_policy)
        self.output_dense = self._project("attention_output", (*query[:-1], *means), 2, out)

    def _project(
        self, name: str, shape: Shape, summed: int, sizes: Shape, activation: Any = None
    ) -> EinsumDense:
        """A dense layer from the last `summed` axes of the input to axes of these sizes."""
        letters = iter(string.ascii_letters)
        kept = "".join(next(letters) for _ in shape[:-summed])
        bound = "".join(next(letters) for _ in range(summed))
        made = "".join(next(letters) for _ in sizes)
        layer = EinsumDense(
            f"{kept}{bound},{bound}{made}->{kept}{made}",
            output_shape=(*[None] * (len(kept) - 1), *sizes),
            activation=activation,
            bias_axes=made if self.use_bias else None,
            kernel_initializer=_again(self.kernel_initializer),
            bias_initializer=_again(self.bias_initializer),
            kernel_regularizer=self.kernel_regularizer,
            bias_regularizer=self.bias_regularizer,
            activity_regularizer=self._activity_regularizer,
            kernel_constraint=self.kernel_constraint,
            bias_constraint=self.bias_constraint,
            dtype=self.dtype_policy,
            name=name,
        )
        layer.supports_masking = True  # the steps stay where they are
        layer.build(shape)
        return layer

    def call(
        self,
        query: jax.Array,
        value: jax.Array,
        key: jax.Array | None = None,
        query_mask: Any = None,
        value_mask: Any = None,
        key_mask: Any = None,
        attention_mask: Any = None,
        return_attention_scores: bool = False,
        training: bool | None = None,
        use_causal_mask: bool = False,
    ) -> Any:
        key = value if key is None else key
        axes = self._axes_of(*(known_shape(tensor.shape) for tensor in (query, value, key)))
        hidden = self._step_masks(query, value, key, query_mask, value_mask, key_mask, axes)
        places = (query.shape[axes[0]], key.shape[axes[0]])
        if len(axes) > 1 and (use_causal_mask or self.sliding_window):
            raise ValueError(
                f'{type(self).__name__} "{self.name}": use_causal_mask and sliding_window need steps in '
                f"a row, but attention is over the axes {axes}. Choose one, as in attention_axes=(1,)."
            )
        gate = self.gate_dense(query) if self.use_gate else None
        query, key, value = self.query_dense(query), self.key_dense(key), self.value_dense(value)
        if attention_mask is not None:
            hidden = both(hidden, self._stretched(attention_mask, query, key, axes))
        kept = self.dropout == 0 and not return_attention_scores
        if self._use_flash(query, key, value, return_attention_scores):
            near = band(*places, False, self.sliding_window)
            means, weights = flash(query, key, value, both(hidden, near), use_causal_mask), None
        else:
            means, weights = attend(
                query,
                key,
                value,
                both(hidden, band(*places, use_causal_mask, self.sliding_window)),
                axes,
                lambda p: self.dropout_layer(p, training=training),
                zero_where_hidden=not (kept and query.ndim == 4),
                whole=return_attention_scores,
            )
        outputs = self.output_dense(means if gate is None else means * gate)
        return (outputs, weights) if return_attention_scores else outputs

    def _axes(self, rank: int) -> tuple[int, ...]:
        """The axes of the inputs along which queries look at keys."""
        return tuple(range(1, rank - 1))

    def _axes_of(self, query: Any, value: Any, key: Any) -> tuple[int, ...]:
        """These axes, if tensors of these shapes go together."""
        several = not all(size is None or isinstance(size, int) for size in query)
        if several or value is None:
            got = "a list of tensors" if several else "one tensor"
            raise ValueError(
                f'{type(self).__name__} "{self.name}" is called on a query and a value, '
                f"layer(query, value), but got {got}. For self-attention write layer(x, x)."
            )
        axes = self._axes(len(query))
        check_shapes(self, query, value, key, axes, compared=False)
        return axes

    def _step_masks(self, query: Any, value: Any, key: Any, *rest: Any) -> Any:
        """What the masks of query, value and key allow, in the form of the weights; None if all."""
        *masks, axes = rest
        count = len(axes)
        allowed = None
        for name, mask, tensor in zip(
            ("query", "value", "key"), masks, (query, value, key), strict=True
        ):
            mask = step_mask(self, name, mask, tensor)
            if mask is None:
                continue
            mask = jnp.expand_dims(jnp.moveaxis(mask, axes, range(-count, 0)), -count - 1)  # the heads
            ahead = range(-count, 0) if name == "query" else range(-2 * count, -count)
            allowed = both(allowed, jnp.expand_dims(mask, tuple(ahead)))
        return allowed

    def _stretched(self, mask: Any, query: Any, key: Any, axes: tuple[int, ...]) -> Any:
        """An `attention_mask` with an axis of heads, if it fits the weights."""
        kept = [size for axis, size in enumerate(query.shape[:-2]) if axis not in axes]
        pairs = [tensor.shape[axis] for tensor in (query, key) for axis in axes]
        expected = known_shape((*kept, query.shape[-2], *pairs))
        given, mask = known_shape(jnp.shape(mask)), jnp.asarray(mask, bool)
        while mask.ndim < len(expected):
            mask = jnp.expand_dims(mask, max(-len(pairs) - 1, -mask.ndim - 1))
        shape = known_shape(mask.shape)
        if len(shape) != len(expected) or any(
            unlike(one, other) and one != 1 for one, other in zip(shape, expected, strict=True)
        ):
            without = expected[: len(kept)] + expected[len(kept) + 1 :]
            raise ValueError(
                f'{type(self).__name__} "{self.name}": attention_mask has shape {show_shape(given)}, '
                f"but must have {show_shape(without)}, the batch, the queries and the keys, or "
                f"{show_shape(expected)} with a mask for each head; a size of 1 stands for all."
            )
        return mask

    def _use_flash(self, query: Any, key: Any, value: Any, scores: bool) -> bool:
        """Whether cuDNN's flash attention is to be used: wherever it can, unless told otherwise."""
        wanted = self.flash_attention
        if wanted is False or (wanted is None and not is_flash_attention_enabled()):
            return False
        problem = flash_problem(query, key, value)
        if scores:
            problem = "it keeps no weights to return; call with return_attention_scores=False"
        if self.flash_attention and problem:
            self._no_flash(problem)
        return problem is None and self.dropout == 0

    def _no_flash(self, problem: str) -> None:
        raise ValueError(
            f'{type(self).__name__} "{self.name}": flash_attention=True cannot be followed: {problem}. '
            "With flash_attention=None it is used where possible."
        )

    def get_config(self) -> dict[str, Any]:
        config = {**super().get_config(), "activity_regularizer": serialize(self._activity_regularizer)}
        if self.flash_attention is None:
            del config["flash_attention"]
        return config


def _again(initializer: Any) -> Any:
    """Another initializer like this one, with a seed of its own unless a seed was given."""
    return initializer.clone() if hasattr(initializer, "clone") else initializer
