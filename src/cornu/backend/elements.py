"""Arithmetic on elements, comparisons and reductions: ops under their names of Keras 2."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from cornu import activations, ops
from cornu.ops.op import op
from cornu.ops.tensors import floating

# What is the op itself, with its arguments: our name, and that of the op.
_SAME = {
    "abs": "absolute",
    **{name: name for name in ("all", "any", "cast", "cos", "exp", "log", "logsumexp", "max", "mean")},
    **{
        name: name for name in ("min", "prod", "round", "sigmoid", "sign", "sin", "softplus", "softsign")
    },
    **{name: name for name in ("square", "std", "sum", "tanh", "var")},
}
# Functions of two tensors, x and y, and what they give for the example.
_PAIRS = {
    "equal": [False, True, False],
    "greater": [False, False, True],
    "greater_equal": [False, True, True],
    "less": [True, False, False],
    "less_equal": [True, True, False],
    "maximum": [3.0, 5.0, 7.0],
    "minimum": [1.0, 5.0, 2.0],
    "not_equal": [True, False, True],
}

__all__ = [
    *_SAME,
    *_PAIRS,
    *("argmax", "argmin", "clip", "cumprod", "cumsum", "elu", "hard_sigmoid", "l2_normalize"),
    *("pow", "relu", "softmax", "sqrt", "stop_gradient"),
]


def __getattr__(name: str) -> Any:
    if name in _SAME:
        return getattr(ops, _SAME[name])
    raise AttributeError(name)


def _pair(name: str) -> Callable[[Any, Any], Any]:
    def row(x: Any, y: Any) -> Any:
        return getattr(ops, name)(x, y)

    row.__name__ = row.__qualname__ = name
    row.__doc__ = (
        f"`ops.{name}` of x and y, by element.\n\nExample:\n"
        f"    >>> {name}([1.0, 5.0, 7.0], [3.0, 5.0, 2.0]).tolist()\n    {_PAIRS[name]}\n"
    )
    return row


for _name in _PAIRS:
    globals()[_name] = _pair(_name)


def pow(x: Any, a: Any) -> Any:
    """x to the power of a, by element.

    Example:
        >>> pow([2.0, 3.0], 2).tolist()
        [4.0, 9.0]
    """
    return ops.power(x, a)


def sqrt(x: Any) -> Any:
    """The square root, by element; 0 of what is below 0.

    Example:
        >>> sqrt([-1.0, 9.0]).tolist()
        [0.0, 3.0]
    """
    return ops.sqrt(ops.maximum(x, 0.0))


def clip(x: Any, min_value: Any, max_value: Any) -> Any:
    """x within [min_value, max_value]; None for no limit.

    Example:
        >>> clip([-3.0, 0.5, 3.0], -1, 1).tolist()
        [-1.0, 0.5, 1.0]
    """
    low = -float("inf") if min_value is None else min_value
    high = float("inf") if max_value is None else max_value
    if isinstance(low, (int, float)) and isinstance(high, (int, float)):
        high = max(low, high)
    return ops.minimum(ops.maximum(x, low), high)


def argmax(x: Any, axis: int = -1) -> Any:
    """The index of the largest along an axis, the last by default.

    Example:
        >>> argmax([[1.0, 5.0, 2.0]]).tolist()
        [1]
    """
    return ops.argmax(x, axis=axis)


def argmin(x: Any, axis: int = -1) -> Any:
    """The index of the least along an axis, the last by default.

    Example:
        >>> argmin([[1.0, 5.0, 2.0]]).tolist()
        [0]
    """
    return ops.argmin(x, axis=axis)


def cumsum(x: Any, axis: int = 0) -> Any:
    """The sums so far along an axis, the first by default.

    Example:
        >>> cumsum([1.0, 2.0, 3.0]).tolist()
        [1.0, 3.0, 6.0]
    """
    return ops.cumsum(x, axis=axis)


def cumprod(x: Any, axis: int = 0) -> Any:
    """The products so far along an axis, the first by default.

    Example:
        >>> cumprod([1.0, 2.0, 3.0]).tolist()
        [1.0, 2.0, 6.0]
    """
    return ops.cumprod(x, axis=axis)


def l2_normalize(x: Any, axis: Any = None) -> Any:
    """x / √Σx² along an axis, all by default; the sum is taken as at least 1e-12.

    Example:
        >>> [round(number, 4) for number in l2_normalize([3.0, 4.0]).tolist()]
        [0.6, 0.8]
    """
    squares = ops.sum(ops.square(x), axis=axis, keepdims=True)
    return ops.multiply(x, ops.rsqrt(ops.maximum(squares, 1e-12)))


def stop_gradient(variables: Any) -> Any:
    """The same numbers, through which no gradient flows back; of a list, each.

    Example:
        >>> stop_gradient(ops.array([1.0, 2.0])).tolist()
        [1.0, 2.0]
    """
    return ops.stop_gradient(variables)


@op(samplewise=True, face="K")
def relu(x: Any, alpha: float = 0.0, max_value: float | None = None, threshold: float = 0.0) -> Any:
    """x from `threshold` on, at most `max_value`; below it alpha (x - threshold).

    Example:
        >>> relu([-1.0, 2.0, 9.0], alpha=0.5, max_value=6).tolist()
        [-0.5, 2.0, 6.0]
    """
    return activations.relu(floating(x), negative_slope=alpha, max_value=max_value, threshold=threshold)


def elu(x: Any, alpha: float = 1.0) -> Any:
    """x where positive, else alpha (exp x - 1).

    Example:
        >>> [round(number, 4) for number in elu([-1.0, 2.0]).tolist()]
        [-0.6321, 2.0]
    """
    return ops.elu(x, alpha=alpha)


def hard_sigmoid(x: Any) -> Any:
    """0.2 x + 0.5 within [0, 1]. (The activation of Keras 3 has a slope of 1/6.)

    Example:
        >>> hard_sigmoid(ops.array([-9.0, 0.0, 1.25])).tolist()
        [0.0, 0.5, 0.75]
    """
    return clip(x * 0.2 + 0.5, 0.0, 1.0)


def softmax(x: Any, axis: Any = -1) -> Any:
    """exp x / Σ exp x along an axis, the last by default.

    Example:
        >>> softmax([[0.0, 0.0]]).tolist()
        [[0.5, 0.5]]
    """
    return ops.softmax(x, axis=axis)
