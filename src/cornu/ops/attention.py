"""Attention: scores, masked, made probabilities, and the values averaged with them."""

from __future__ import annotations

import string
from collections.abc import Callable
from typing import Any

import jax
import jax.numpy as jnp
from jax import lax

HIDDEN = -1e9  # the score of what may not be looked at: its probability is 0 beside any other score


def probabilities(scores: Any, mask: Any = None, axes: Any = -1) -> jax.Array:
    """The softmax of scores over the axes of the keys, computed in float32 at least.

    Where the mask is False the probability is 0; a query that may look at nothing looks at all
    keys alike.

    >>> probabilities(jnp.array([1.0, 1.0, 5.0]), jnp.array([True, True, False])).tolist()
    [0.5, 0.5, 0.0]
    """
    exact = scores.astype(jnp.promote_types(scores.dtype, jnp.float32))
    if mask is not None:
        exact = jnp.where(mask, exact, HIDDEN)
    return jax.nn.softmax(exact, axes).astype(scores.dtype)


def attend(
    query: Any,
    key: Any,
    value: Any,
    mask: Any = None,
    axes: tuple[int, ...] = (1,),
    drop: Callable[[Any], Any] | None = None,
    zero_where_hidden: bool = False,
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

    Returns:
        The means (batch, ..., heads, size) and the weights before `drop`,
        (batch, ..., heads, query axes, key axes).

    >>> q = k = v = jnp.ones((1, 2, 1, 4))
    >>> [part.shape for part in attend(q, k, v)]
    [(1, 2, 1, 4), (1, 1, 2, 2)]
    """
    heads, shared = query.shape[-2], key.shape[-2]
    if heads != shared:
        query = query.reshape(*query.shape[:-2], shared, heads // shared, query.shape[-1])
    groups = "G" if heads != shared else ""
    to_scores, to_means, batch = equations(value.ndim, axes, groups)
    scores = jnp.einsum(
        to_scores, query, key, preferred_element_type=jnp.promote_types(query.dtype, jnp.float32)
    )
    grouped = scores.shape
    if groups:
        scores = scores.reshape(*grouped[:batch], heads, *grouped[batch + 2 :])
    last = tuple(range(-len(axes), 0))
    weights = probabilities(scores / query.shape[-1] ** 0.5, mask, last).astype(query.dtype)
    if zero_where_hidden and mask is not None:
        weights = jnp.where(mask, weights, 0)
    dropped = weights if drop is None else drop(weights)
    means = jnp.einsum(to_means, dropped.reshape(grouped) if groups else dropped, value)
    return (means.reshape(*means.shape[:-3], heads, means.shape[-1]) if groups else means), weights


def equations(rank: int, axes: tuple[int, ...], groups: str = "") -> tuple[str, str, int]:
    """The two products of `attend`, and how many axes come before the heads.

    >>> equations(4, (1,))
    ('abKH,acKH->aKbc', 'aKbc,acKH->abKH', 1)
    """
    targets = string.ascii_lowercase[: rank - 2]
    fresh = iter(string.ascii_lowercase[rank - 2 :])
    sources = "".join(next(fresh) if axis in axes else letter for axis, letter in enumerate(targets))
    batch = "".join(letter for axis, letter in enumerate(targets) if axis not in axes)
    pairs = "".join(targets[axis] for axis in axes) + "".join(sources[axis] for axis in axes)
    scores = f"{batch}K{groups}{pairs}"
    query = f"{targets}K{groups}H"
    return f"{query},{sources}KH->{scores}", f"{scores},{sources}KH->{query}", len(batch)


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


def flash(query: Any, key: Any, value: Any, mask: Any, causal: bool) -> jax.Array:
    """`attend` for (batch, steps, heads, d) by cuDNN, which keeps no weights."""
    return jax.nn.dot_product_attention(
        query, key, value, mask=mask, is_causal=causal, implementation="cudnn"
    )
