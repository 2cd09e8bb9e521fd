"""Attention with queries, keys and values that are given."""

from __future__ import annotations

from typing import Any

import jax.numpy as jnp

from cornu.core.errors import describe, show_shape
from cornu.core.symbolic import holds_symbolic, known_shape
from cornu.ops.arguments import of_rank
from cornu.ops.formulas.attention import attend, band, both, flash, flash_problem
from cornu.ops.op import op
from cornu.ops.tensors import floating, tensor

__all__ = ["dot_product_attention"]


@op(samplewise=lambda query, key, value, *others, **named: not holds_symbolic((others, named)))
def dot_product_attention(
    query: Any,
    key: Any,
    value: Any,
    bias: Any = None,
    mask: Any = None,
    scale: Any = None,
    is_causal: bool = False,
    flash_attention: bool | None = None,
    attn_logits_soft_cap: float | None = None,
) -> Any:
    """Means of the values, weighted by how well keys match queries: softmax(Q Kᵀ scale + bias) V.

    Args:
        query: (batch, queries, heads, d).
        key: (batch, keys, key heads, d); the heads of the query may be a multiple of these.
        value: (batch, keys, key heads, size).
        bias: added to the scores; of a shape that stretches to (batch, heads, queries, keys).
        mask: booleans of such a shape: which key a query may look at. Default: all.
        scale: of the scores. Default: 1 / √d.
        is_causal: whether query i may look at keys 0 to i only. Default: False.
        flash_attention: whether cuDNN computes it, without keeping weights. Default: where it can.
        attn_logits_soft_cap: c keeps scores s between -c and c: c tanh(s / c), before the bias.

    Returns:
        (batch, queries, heads, size).

    Raises:
        ValueError: if the shapes do not go together, the mask is of numbers, or `flash_attention` is
            asked for where it cannot be had.

    >>> one = [[[[1.0]]]]
    >>> dot_product_attention(one, one, [[[[7.0, 5.0]]]]).tolist()
    [[[[7.0, 5.0]]]]

    Source: Vaswani et al., Attention is all you need, 2017.
    """
    query, key, value = (floating(part) for part in (query, key, value))
    _go_together(query, key, value)
    dtype = jnp.result_type(query, key, value)
    query, key, value = (part.astype(dtype) for part in (query, key, value))
    places = (query.shape[0], query.shape[2], query.shape[1], key.shape[1])
    mask, bias, cap = _mask(mask), None if bias is None else tensor(bias), attn_logits_soft_cap
    for name, part in (("mask", mask), ("bias", bias)):
        _stretches(name, part, places)
    problem = "it keeps scores within no bounds" if cap else flash_problem(query, key, value)
    if flash_attention and problem:
        raise ValueError(f"flash_attention=True cannot be had: {problem}.")
    if flash_attention or (flash_attention is None and not problem):
        return flash(query, key, value, mask, is_causal, bias, scale)

    def changed(scores: Any) -> Any:
        scores = cap * jnp.tanh(scores / cap) if cap else scores
        return scores if bias is None else scores + bias

    allowed = both(mask, band(places[2], places[3], is_causal, None))
    return attend(query, key, value, allowed, whole=False, scale=scale, change=changed)[0]


def _go_together(query: Any, key: Any, value: Any) -> None:
    for name, part in (("query", query), ("key", key), ("value", value)):
        of_rank(name, part, (4,), "(batch, steps, heads, features)")
    (batch, _, heads, size), (_, steps, shared, _) = query.shape, key.shape
    fits = key.shape[0] == batch and key.shape[3] == size and heads % shared == 0
    if not fits or value.shape[:3] != (batch, steps, shared):
        shapes = ", ".join(show_shape(known_shape(part.shape)) for part in (query, key, value))
        raise ValueError(
            "query (batch, queries, heads, d), key (batch, keys, key heads, d) and value (batch, keys, "
            f"key heads, size) do not go together, got {shapes}. The key heads must divide the heads."
        )


def _mask(mask: Any) -> Any:
    if mask is None:
        return None
    mask = tensor(mask)
    if jnp.issubdtype(mask.dtype, jnp.floating):
        raise ValueError(
            f"mask must hold truth values, got {describe(mask)}. What is to be added to the scores is "
            "the bias; of zeros and ones make truth values with ops.cast(mask, 'bool')."
        )
    return mask.astype(bool)


def _stretches(name: str, part: Any, places: tuple[Any, ...]) -> None:
    """Raises a ValueError unless the sizes, counted from the end, are those of the scores or 1."""
    if part is None:
        return
    pairs = zip(reversed(part.shape), reversed(places), strict=False)
    if part.ndim > 4 or any(size not in (1, whole) for size, whole in pairs):
        raise ValueError(
            f"{name} must have a shape that stretches to (batch, heads, queries, keys), which is "
            f"{show_shape(known_shape(places))}, got {show_shape(known_shape(part.shape))}."
        )
