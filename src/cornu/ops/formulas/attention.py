"""Attention: scores, masked, made weights by softmax, and the values averaged with them."""

from __future__ import annotations

import string
from collections.abc import Callable
from typing import Any

import jax
import jax.numpy as jnp
from jax import lax

HEADS_FIRST = "aNbH,aNcH->aNbc", "aNbc,aNcH->aNbH", "aNb->aNb"  # as `equations`, for one axis of steps
HIDDEN = -1e9  # the score of what may not be looked at: its probability is 0 beside any other score


def weigh(scores: Any, mask: Any = None, axes: Any = -1, whole: bool = True) -> tuple[Any, Any]:
    """How much each key counts for each query: the softmax of scores over the axes of the keys, in
    float32 at least.

    Where the mask is False a key counts for nothing; a query that may look at nothing looks at all
    keys alike. If not `whole`, the weights need not sum to 1, and come with their sums: the means of
    the values are to be divided by these. Nothing of the size of the scores is divided then, which on a
    CPU saves up to a third of a training step (docs/performance.md).

    >>> weigh(jnp.array([1.0, 1.0, 5.0]), jnp.array([True, True, False]))[0].tolist()
    [0.5, 0.5, 0.0]
    >>> [part.tolist() for part in weigh(jnp.array([1.0, 1.0]), whole=False)]
    [[1.0, 1.0], 2.0]
    """
    exact: Any = scores.astype(jnp.promote_types(scores.dtype, jnp.float32))
    if mask is not None:
        exact = jnp.where(mask, exact, HIDDEN)
    if whole or jax.default_backend() != "cpu":
        return jax.nn.softmax(exact, axes), None
    weights = jnp.exp(exact - lax.stop_gradient(jnp.max(exact, axes, keepdims=True)))
    return weights, jnp.sum(weights, axes)


def attend(
    query: Any,
    key: Any,
    value: Any,
    mask: Any = None,
    axes: tuple[int, ...] = (1,),
    drop: Callable[[Any], Any] | None = None,
    zero_where_hidden: bool = False,
    whole: bool = True,
    scale: Any = None,
    change: Callable[[Any], Any] | None = None,
) -> tuple[jax.Array, jax.Array]:
    r"""Each head's weighted mean of the values, and the weights.

    $$P = \mathrm{softmax}(Q K^T / \sqrt{d}), \quad O = P V$$

    Args:
        query: (batch, ..., heads, d); the heads may be a multiple of those of `key` and `value`,
            which then are shared by as many neighbouring heads of the query.
        key: (batch, ..., key heads, d).
        value: (batch, ..., key heads, size).
        mask: what may look at what; of a shape that stretches to that of the weights.
        axes: those along which queries look at keys; the others are kept apart, as the batch is.
        drop: applied to the weights before the mean.
        zero_where_hidden: whether a query that may look at nothing gets zeros, not the mean of all.
        whole: whether the weights are wanted, so that they must sum to 1.
        scale: what the products of queries and keys are multiplied with, not 1 / sqrt(d).
        change: applied to the scores before the mask.

    Returns:
        The means (batch, ..., heads, size) and the weights before `drop`,
        (batch, ..., heads, query axes, key axes).

    >>> q = k = v = jnp.ones((1, 2, 1, 4))
    >>> [part.shape for part in attend(q, k, v)]
    [(1, 2, 1, 4), (1, 1, 2, 2)]
    """
    heads, (shared, size) = query.shape[-2], key.shape[-2:]
    if heads != shared:  # copies; a product with an axis more for who shares takes longer on a CPU
        key, value = (jnp.repeat(tensor, heads // shared, axis=-2) for tensor in (key, value))
    exact = jnp.promote_types(query.dtype, jnp.float32)
    first = query.ndim == 4 and axes == (1,) and jax.default_backend() == "cpu"
    if first:  # said so, heads are put before the steps once, not for each product and its gradients
        query, key, value = (jnp.swapaxes(tensor, 1, 2) for tensor in (query, key, value))
    to_scores, to_means, to_sums = HEADS_FIRST if first else equations(value.ndim, axes)
    factor = 1 / size**0.5 if scale is None else scale
    if query.dtype == exact:  # fewer numbers than the scores are
        query, factor = query * factor, None
    scores = jnp.einsum(to_scores, query, key, preferred_element_type=exact)
    scores = scores if factor is None else scores * factor
    scores = scores if change is None else change(scores)
    weights, sums = weigh(scores, mask, tuple(range(-len(axes), 0)), whole)
    if zero_where_hidden and mask is not None:
        weights = jnp.where(mask, weights, 0)
    weights = weights.astype(value.dtype)
    dropped = weights if drop is None else drop(weights)
    means = jnp.einsum(to_means, dropped, value, preferred_element_type=exact)
    if sums is not None:
        means = means / jnp.einsum(to_sums, sums)[..., None]
    means = jnp.swapaxes(means, 1, 2) if first else means
    return means.astype(value.dtype), weights


def equations(rank: int, axes: tuple[int, ...]) -> tuple[str, str, str]:
    """The two products of `attend`, and how sums over the keys come into the order of the means.

    >>> equations(4, (1,))
    ('abNH,acNH->aNbc', 'aNbc,acNH->abNH', 'aNb->abN')
    """
    targets = string.ascii_lowercase[: rank - 2]
    fresh = iter(string.ascii_lowercase[rank - 2 :])
    sources = "".join(next(fresh) if axis in axes else letter for axis, letter in enumerate(targets))
    batch = "".join(letter for axis, letter in enumerate(targets) if axis not in axes)
    asked, looked_at = ("".join(letters[axis] for axis in axes) for letters in (targets, sources))
    query, key, scores = f"{targets}NH", f"{sources}NH", f"{batch}N{asked}{looked_at}"
    return f"{query},{key}->{scores}", f"{scores},{key}->{query}", f"{batch}N{asked}->{targets}N"


def band(queries: Any, keys: Any, causal: bool, window: int | None) -> Any:
    """Which of the keys each query may look at by their places: not later ones, if `causal`, and only
    those less than `window` away. None if all.

    >>> band(3, 3, True, 2).astype(int).tolist()
    [[1, 0, 0], [1, 1, 0], [0, 1, 1]]
    """
    if not causal and window is None:
        return None
    ahead = lax.broadcasted_iota(jnp.int32, (queries, keys), 0) - lax.broadcasted_iota(
        jnp.int32, (queries, keys), 1
    )
    allowed = ahead >= 0 if causal else jnp.ones((queries, keys), bool)
    return allowed if window is None else allowed & (abs(ahead) < window)


def both(one: Any, other: Any) -> Any:
    """What two masks allow, None allowing all."""
    if one is None or other is None:
        return other if one is None else one
    return one & other


def flash_problem(query: Any, key: Any, value: Any) -> str | None:
    """Why cuDNN's flash attention cannot be used for these; None if it can."""
    if jax.default_backend() != "gpu":
        return f"it needs an NVIDIA GPU with cuDNN, and JAX runs on {jax.default_backend()!r} here"
    if query.ndim != 4:
        return f"it takes queries of shape (batch, steps, features), got {query.ndim - 1} axes"
    if query.dtype not in (jnp.float16, jnp.bfloat16):
        return f'it computes in float16 or bfloat16, got {query.dtype}; use dtype="mixed_bfloat16"'
    if query.shape[-1] != value.shape[-1]:
        return f"heads of the same size are needed, got {query.shape[-1]} and {value.shape[-1]}"
    if query.shape[-1] > 128 or query.shape[-1] % 8:
        return f"the size of a head must be a multiple of 8, at most 128, got {query.shape[-1]}"
    if not all(isinstance(size, int) and size % 2 == 0 for size in (query.shape[1], key.shape[1])):
        return f"an even number of steps is needed, got {query.shape[1]} and {key.shape[1]}"
    return None


def flash(
    query: Any, key: Any, value: Any, mask: Any, causal: bool, bias: Any = None, scale: Any = None
) -> jax.Array:
    """`attend` for (batch, steps, heads, d) by cuDNN, which keeps no weights; `bias` is added to the
    scores."""
    if mask is not None:  # cuDNN wants each query and key in it
        places = (query.shape[1], key.shape[1])
        mask = mask.reshape((1,) * (4 - mask.ndim) + mask.shape)
        mask = jnp.broadcast_to(mask, (*mask.shape[:2], *places))
    return jax.nn.dot_product_attention(
        query, key, value, bias, mask, scale=scale, is_causal=causal, implementation="cudnn"
    )
