"""What `keras.ops` has beside NumPy's functions: segments, the largest k, special functions."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import jax
import jax.numpy as jnp
import numpy as np
from jax import lax

from cornu.core.errors import describe
from cornu.core.symbolic import known_shape
from cornu.ops.op import along_rows, op, unary
from cornu.ops.tensors import floating, tensor

__all__ = [
    *("cdist", "erf", "erfc", "erfinv", "in_top_k", "logdet", "logsumexp", "rsqrt"),
    *("segment_max", "segment_min", "segment_prod", "segment_sum"),
    *("top_k", "view_as_complex", "view_as_real"),
]

erf = unary("erf", lax.erf, "2/√π ∫₀ˣ exp(-t²) dt of every element x.", "[0]", "[0.0]", floats=True)
erfc = unary("erfc", lax.erfc, "1 - erf x of every element x.", "[0]", "[1.0]", floats=True)
erfinv = unary(
    "erfinv", lax.erf_inv, "The y with erf y = x, for x in (-1, 1).", "[0]", "[0.0]", floats=True
)
rsqrt = unary("rsqrt", lax.rsqrt, "1/√x of every element x.", "[4]", "[0.5]", floats=True)


def _segments(name: str, reduce: Callable[..., Any], says: str, example: str) -> Callable[..., Any]:
    """The op that makes one number, or array, of each segment of the first axis."""

    def row(data: Any, segment_ids: Any, num_segments: int | None = None, sorted: bool = False) -> Any:
        data, ids = tensor(data), tensor(segment_ids)
        known = known_shape((*data.shape[:1], *ids.shape))
        if ids.ndim != 1 or not data.ndim or (None not in known and known[0] != known[1]):
            raise ValueError(
                f"ops.{name}: segment_ids needs one number for each of the first axis of data, but data "
                f"is {describe(data)} and segment_ids {describe(ids)}."
            )
        values = np.zeros(0) if isinstance(ids, jax.core.Tracer) else np.asarray(ids)
        largest = int(values.max()) if values.size else None
        if num_segments is None:
            if isinstance(ids, jax.core.Tracer):
                raise ValueError(
                    f"ops.{name}: in a compiled function or a model the number of segments must be "
                    f"given, since it is a size of the result: ops.{name}(data, segment_ids, "
                    "num_segments=4)."
                )
            num_segments = 0 if largest is None else largest + 1
        elif largest is not None and largest >= num_segments:
            place = int(np.argmax(values >= num_segments))
            raise ValueError(
                f"ops.{name}: segment_ids[{place}] is {values[place]}, but with num_segments="
                f"{num_segments} segments are numbered from 0 to {num_segments - 1}."
            )
        return reduce(data, ids, num_segments, indices_are_sorted=sorted)

    row.__name__ = row.__qualname__ = name
    row.__doc__ = (
        f"{says}\n\nArgs:\n    data: (n, ...).\n    segment_ids: (n,), the segment of each; what has a "
        "number below 0 is in none.\n    num_segments: their number; by default the largest id and one. "
        "In compiled functions it\n        must be given, and what has a larger id is in none.\n"
        "    sorted: whether the ids ascend (quicker). Default: False.\n\nRaises:\n    ValueError: if "
        "the lengths differ or an id is too large.\n\n"
        f">>> {name}([2, 3, 4], [0, 0, 1]).tolist()\n{example}\n"
    )
    return op(row)


segment_sum = _segments(
    "segment_sum", jax.ops.segment_sum, "The sum of each segment, 0 for an empty one.", "[5, 4]"
)
# fmt: off
segment_prod = _segments(
    "segment_prod", jax.ops.segment_prod,
    "The product of each segment, 1 for an empty one; no gradient flows back.", "[6, 4]"
)
segment_max = _segments(
    "segment_max", jax.ops.segment_max,
    "The largest of each segment; for an empty one the least number of the dtype.", "[3, 4]"
)
segment_min = _segments(
    "segment_min", jax.ops.segment_min,
    "The least of each segment; for an empty one the largest number of the dtype.", "[2, 4]"
)
# fmt: on


@op(samplewise=lambda x, *_, **__: len(x.shape) > 1)
def top_k(x: Any, k: int, sorted: bool = True) -> tuple[Any, Any]:
    """The k largest along the last axis, and their indices; of equals the first comes first.

    Args:
        x: (..., n).
        k: how many, at most n.
        sorted: whether in descending order, which they always are here. Default: True.

    Raises:
        ValueError: if there are fewer than k.

    >>> [part.tolist() for part in top_k([3, 1, 4], 2)]
    [[4, 3], [2, 0]]
    """
    x = tensor(x)
    if not x.ndim or (known_shape(x.shape)[-1] is not None and not 0 <= k <= x.shape[-1]):
        raise ValueError(f"ops.top_k: the last axis must have k={k} elements, but x is {describe(x)}.")
    return tuple(lax.top_k(x, k))  # type: ignore[return-value]


@op(samplewise=True)
def in_top_k(targets: Any, predictions: Any, k: int) -> Any:
    """Whether each target class is among the k with the highest predictions; equals count as one.

    Args:
        targets: (...), class numbers. A number that is no class is never among them.
        predictions: (..., classes).
        k: how many.

    Raises:
        ValueError: if there is not one target for each row of predictions.

    >>> in_top_k([1, 2], [[0.1, 0.7, 0.2], [0.5, 0.3, 0.2]], 2).tolist()
    [True, False]
    """
    targets, predictions = tensor(targets), tensor(predictions)
    pairs = zip(known_shape(targets.shape), known_shape(predictions.shape[:-1]), strict=False)
    if targets.ndim != predictions.ndim - 1 or any(a != b and None not in (a, b) for a, b in pairs):
        raise ValueError(
            "ops.in_top_k needs one target for each row of predictions, shapes (...) and (..., classes)"
            f", but targets is {describe(targets)} and predictions {describe(predictions)}."
        )
    inside = (targets >= 0) & (targets < predictions.shape[-1])
    own = jnp.take_along_axis(predictions, jnp.where(inside, targets, 0)[..., None], axis=-1)
    ahead = jnp.sum(predictions > own, axis=-1)
    return inside & (ahead < k) & ~jnp.isnan(own[..., 0])


@op(samplewise=along_rows)
def logsumexp(x: Any, axis: Any = None, keepdims: bool = False) -> Any:
    """log Σ exp x along the axes, without overflow.

    Args:
        x: tensor of any shape.
        axis: axis, or tuple of axes. Default: all.
        keepdims: whether those axes stay, with size 1. Default: False.

    >>> logsumexp([1000, 1000]).round(2).tolist()
    1000.69...
    """
    return jax.scipy.special.logsumexp(floating(x), axis=axis, keepdims=keepdims)


@op
def cdist(x: Any, y: Any) -> Any:
    """√Σ(xᵢ - yⱼ)²: the distance of each vector of x from each of y.

    Args:
        x: (..., n, size).
        y: (..., m, size). The result is (..., n, m).

    Raises:
        ValueError: if these are no tables of vectors of one size.

    >>> cdist([[0.0, 0.0]], [[3.0, 4.0], [0.0, 1.0]]).tolist()
    [[5.0, 1.0]]
    """
    x, y = floating(x), floating(y)
    if min(x.ndim, y.ndim) < 2 or x.shape[-1] != y.shape[-1]:
        raise ValueError(
            "ops.cdist takes tables of vectors of one size, (..., n, size) and (..., m, size), but x "
            f"is {describe(x)} and y {describe(y)}. Write x[None] for a single vector."
        )
    squares = jnp.sum((x[..., :, None, :] - y[..., None, :, :]) ** 2, axis=-1)
    apart = squares > 0  # the root has no derivative at 0: there its gradient is 0, not NaN
    return jnp.where(apart, jnp.sqrt(jnp.where(apart, squares, 1)), 0)


@op(samplewise=lambda x: len(x.shape) > 2)
def logdet(x: Any) -> Any:
    """log |det x| of square matrices.

    Args:
        x: (..., n, n). The result is (...).

    Raises:
        ValueError: if a matrix is not square.

    >>> logdet([[1.0, 0.0], [0.0, 1.0]]).tolist()
    0.0
    """
    from cornu.ops.linalg import matrix

    return jnp.linalg.slogdet(matrix("logdet", x, square=True))[1]


@op(samplewise=lambda x: len(x.shape) > 1)
def view_as_complex(x: Any) -> Any:
    """Complex numbers of pairs (real, imaginary).

    Args:
        x: (..., 2). The result is (...), complex64.

    Raises:
        ValueError: if the last axis has another size than 2.

    >>> view_as_complex([[1.0, 2.0]]).tolist()
    [(1+2j)]
    """
    x = floating(x)
    if not x.ndim or known_shape(x.shape)[-1] not in (2, None):
        raise ValueError(
            f"ops.view_as_complex: the last axis must hold pairs (real, imaginary), but x is "
            f"{describe(x)}."
        )
    x = x if x.dtype == jnp.float64 else x.astype(jnp.float32)
    return lax.complex(x[..., 0], x[..., 1])


@op(samplewise=True)
def view_as_real(x: Any) -> Any:
    """Pairs (real, imaginary) of complex numbers.

    Args:
        x: tensor (...). The result is (..., 2).

    >>> view_as_real([1 + 2j]).tolist()
    [[1.0, 2.0]]
    """
    x = tensor(x)
    return jnp.stack([jnp.real(x), jnp.imag(x)], axis=-1)
