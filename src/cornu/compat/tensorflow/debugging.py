"""`tf.debugging`: checks of values, and `tf.print`."""

from __future__ import annotations

import sys
from collections.abc import Callable
from typing import Any

import jax
import jax.numpy as jnp
import numpy as np

from cornu.compat.tensorflow.arrays import convert_to_tensor
from cornu.core.errors import NotBuiltYetError, describe, show_shape

_PAIRS: dict[str, tuple[str, Callable[[Any, Any], Any]]] = {
    "assert_equal": ("==", lambda x, y: x == y),
    "assert_none_equal": ("!=", lambda x, y: x != y),
    "assert_greater": (">", lambda x, y: x > y),
    "assert_greater_equal": (">=", lambda x, y: x >= y),
    "assert_less": ("<", lambda x, y: x < y),
    "assert_less_equal": ("<=", lambda x, y: x <= y),
}
_SINGLE: dict[str, tuple[str, Callable[[Any], Any]]] = {
    "assert_positive": ("above 0", lambda x: x > 0),
    "assert_negative": ("below 0", lambda x: x < 0),
    "assert_non_negative": ("at least 0", lambda x: x >= 0),
    "assert_non_positive": ("at most 0", lambda x: x <= 0),
    "assert_all_finite": ("finite", np.isfinite),
}
__all__ = [
    *(*_PAIRS, *_SINGLE, "Assert", "InvalidArgumentError", "assert_integer", "assert_near"),
    *(
        "assert_rank",
        "assert_scalar",
        "assert_shapes",
        "assert_type",
        "check_numerics",
        "is_numeric_tensor",
    ),
    "enable_check_numerics",
]
LATER = (
    "tf.debugging.{name} in a compiled function cannot look at values, which are not known yet. Call it "
    "outside, or run with tf.config.run_functions_eagerly(True) or compile(run_eagerly=True)."
)


class InvalidArgumentError(ValueError):
    """What a check raises whose condition does not hold."""


def _values(name: str, *tensors: Any) -> list[Any]:
    if any(isinstance(each, jax.core.Tracer) for each in tensors):
        raise NotBuiltYetError(LATER.format(name=name))
    return [np.asarray(convert_to_tensor(each)) for each in tensors]


def _check(holds: Any, message: str | None, what: str, *tensors: Any) -> None:
    if not np.all(holds):
        shown = " and ".join(np.array2string(each, threshold=10) for each in tensors)
        raise InvalidArgumentError(
            f"{message or ''} Condition does not hold: {what}, for {shown}.".strip()
        )


def _of_pair(name: str) -> Callable[..., None]:
    sign, holds = _PAIRS[name]

    def check(
        x: Any, y: Any, message: str | None = None, summarize: int | None = None, name: str | None = None
    ) -> None:
        del summarize, name  # how much TensorFlow prints
        one, other = _values(check.__name__, x, y)
        _check(holds(one, other), message, f"x {sign} y", one, other)

    check.__name__ = check.__qualname__ = name
    check.__doc__ = f"An error unless x {sign} y everywhere."
    return check


def _of_one(name: str) -> Callable[..., None]:
    words, holds = _SINGLE[name]

    def check(
        x: Any, message: str | None = None, summarize: int | None = None, name: str | None = None
    ) -> Any:
        del summarize, name
        (one,) = _values(check.__name__, x)
        _check(holds(one), message, f"x is {words}", one)
        return x

    check.__name__ = check.__qualname__ = name
    check.__doc__ = f"An error unless all of x is {words}."
    return check


globals().update({name: _of_pair(name) for name in _PAIRS} | {name: _of_one(name) for name in _SINGLE})


def assert_near(
    x: Any, y: Any, rtol: float | None = None, atol: float | None = None, message: str | None = None,
    summarize: int | None = None, name: str | None = None,
) -> None:  # fmt: skip
    """An error unless |x - y| <= atol + rtol |y| everywhere; by default both are ten times the
    precision."""
    del summarize, name
    one, other = _values("assert_near", x, y)
    least = 10 * float(np.finfo(one.dtype if one.dtype.kind == "f" else "float32").eps)
    near = abs(one - other) <= (least if atol is None else atol) + (
        least if rtol is None else rtol
    ) * abs(other)
    _check(near, message, "x and y are near", one, other)


def assert_rank(x: Any, rank: int, message: str | None = None, name: str | None = None) -> None:
    """An error unless x has so many axes."""
    del name
    if np.ndim(x) != rank:
        raise ValueError(
            f"{message or ''} A tensor of shape {show_shape(np.shape(x))} has not {rank} axes.".strip()
        )


def assert_scalar(tensor: Any, message: str | None = None, name: str | None = None) -> Any:
    """An error unless it is one number."""
    assert_rank(tensor, 0, message, name)
    return tensor


def assert_type(tensor: Any, tf_type: Any, message: str | None = None, name: str | None = None) -> None:
    """An error unless it has this dtype."""
    del name
    if str(tensor.dtype) != str(tf_type):
        raise TypeError(f"{message or ''} The tensor is of {tensor.dtype}, not {tf_type}.".strip())


def assert_integer(x: Any, message: str | None = None, name: str | None = None) -> None:
    """An error unless it is of whole numbers."""
    del name
    if not jnp.issubdtype(convert_to_tensor(x).dtype, jnp.integer):
        raise TypeError(f"{message or ''} {describe(x)} is not of whole numbers.".strip())


def assert_shapes(
    shapes: Any,
    data: Any = None,
    summarize: int | None = None,
    message: str | None = None,
    name: str | None = None,
) -> None:
    """An error unless tensors have these shapes; letters stand for sizes that must be equal."""
    del data, summarize, name
    known: dict[Any, int] = {}
    for tensor, wanted in shapes.items() if isinstance(shapes, dict) else shapes:
        given = np.shape(tensor)
        sizes = tuple(wanted)
        fits = len(given) == len(sizes) and all(
            size is None or real == (size if isinstance(size, int) else known.setdefault(size, real))
            for size, real in zip(sizes, given, strict=True)
        )
        if not fits:
            raise ValueError(
                f"{message or ''} The shape {given} does not fit {sizes}, with {known}.".strip()
            )


def Assert(condition: Any, data: Any, summarize: int | None = None, name: str | None = None) -> None:
    """An error that shows `data` unless the condition is true."""
    del summarize, name
    (holds,) = _values("Assert", condition)
    if not holds.all():
        raise InvalidArgumentError(
            f"tf.Assert: the condition is false. Data: {list(map(describe, data))}."
        )


def check_numerics(tensor: Any, message: str, name: str | None = None) -> Any:
    """The tensor, if all its numbers are finite.

    Raises:
        InvalidArgumentError: if one is not.
    """
    del name
    (values,) = _values("check_numerics", tensor)
    _check(np.isfinite(values), message, "x is finite", values)
    return tensor


def enable_check_numerics(*args: Any, **kwargs: Any) -> None:
    """An error that says what does this here."""
    del args, kwargs
    raise NotBuiltYetError(
        "tf.debugging.enable_check_numerics is not built. keras.callbacks.TerminateOnNaN() names the "
        "layer and the batch in which NaN comes up."
    )


def is_numeric_tensor(tensor: Any) -> bool:
    """Whether it is a tensor of numbers."""
    return isinstance(tensor, jax.Array) and tensor.dtype != bool


def print_(
    *inputs: Any,
    output_stream: Any = None,
    summarize: int = 3,
    sep: str = " ",
    end: str = "\n",
    name: Any = None,
) -> None:
    """Prints tensors and texts, also each time a compiled function runs.

    Args:
        inputs: what to print.
        output_stream: a stream such as sys.stdout. Default: sys.stderr, as in TensorFlow.
        summarize: how many numbers at both ends of an axis are shown; all with -1.
        sep, end: between them, and at the end.
    """
    del name
    stream = sys.stderr if output_stream is None else output_stream
    if not hasattr(stream, "write"):
        stream = open(str(stream).removeprefix("file://"), "a")  # noqa: SIM115 (it goes on after the call)
    arrays = [
        each.value if hasattr(each, "value") and hasattr(each, "shape") else each for each in inputs
    ]
    places = [i for i, each in enumerate(arrays) if isinstance(each, jax.Array)]

    def show(*values: Any) -> None:
        shown = dict(zip(places, values, strict=True))
        texts = [_shown(shown.get(i, each), summarize) for i, each in enumerate(arrays)]
        print(*texts, sep=sep, end=end, file=stream)

    if any(isinstance(arrays[i], jax.core.Tracer) for i in places):
        jax.debug.callback(show, *(arrays[i] for i in places), ordered=False)
    else:
        show(*(arrays[i] for i in places))


def _shown(value: Any, summarize: int) -> str:
    if not hasattr(value, "shape"):
        return str(value)
    array = np.asarray(value)
    if array.ndim == 0:
        item = array.item()
        return item.decode() if isinstance(item, bytes) else str(array[()])
    edge = max(summarize, 1)
    threshold = sys.maxsize if summarize < 0 else 2 * edge
    return np.array2string(
        array, threshold=threshold, edgeitems=edge, formatter={"float_kind": "{:.9g}".format}
    )
