"""`tf.function`, and functions of TensorFlow that call functions of the user's."""

from __future__ import annotations

import functools
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

import jax
import jax.numpy as jnp
import jax.tree_util as tree
import numpy as np

from cornu import ops
from cornu.compat.tensorflow.types import TensorShape
from cornu.core import dtypes
from cornu.core.context import context
from cornu.core.errors import NotBuiltYetError, describe, show_shape
from cornu.core.jit import jit
from cornu.utils.dataset.elements import as_tensor

NOT_SIGNED = (
    'The argument {place} of the tf.function "{title}" should be a {dtype} tensor of shape {shape}, as '
    "its input_signature says, but is {given}."
)
IN_PROGRAM = (
    "tf.{name} calls Python while a compiled function runs, which is not built yet. Call it outside, "
    "for instance in Dataset.map; or write the function with tf's own operations."
)
_settings = {"eagerly": False}


def run_functions_eagerly(run_eagerly: bool) -> None:
    """Lets every `tf.function` run as plain Python, for looking into it."""
    _settings["eagerly"] = bool(run_eagerly)


def functions_run_eagerly() -> bool:
    """Whether every `tf.function` runs as plain Python."""
    return _settings["eagerly"]


def function(
    func: Callable[..., Any] | None = None,
    input_signature: Sequence[Any] | None = None,
    autograph: bool = True,
    jit_compile: bool | None = None,
    reduce_retracing: bool = False,
    experimental_implements: Any = None,
    experimental_autograph_options: Any = None,
    experimental_attributes: Any = None,
    experimental_relax_shapes: bool | None = None,
    experimental_compile: bool | None = None,
    experimental_follow_type_hints: bool | None = None,
) -> Any:
    """The function, compiled, if that is possible; otherwise as it is. The results are the same.

    It is compiled by `cornu.jit`, once for each shape and dtype of its tensors. Where its Python code
    needs the value of a number that is an argument (`range(n)`), that becomes part of the program; where
    it needs the values of tensors (`if`, `while` or `for` on what was computed, a loop over a dataset),
    the function runs as plain Python from then on. In a block of a GradientTape it does, too.

    Args:
        func: the function; without one, a decorator is given.
        input_signature: a `tf.TensorSpec` for each argument, which is made a tensor and checked.
        autograph, jit_compile, reduce_retracing, experimental_relax_shapes, experimental_compile,
            experimental_autograph_options, experimental_follow_type_hints: how TensorFlow compiles; the
            results do not depend on it.
        experimental_implements, experimental_attributes: None.

    Raises:
        NotBuiltYetError: for the last two.
        ValueError, TypeError: when it is called with what the signature does not allow.

    Example:
        >>> @function
        ... def collatz(n):
        ...     return n // 2 if n % 2 == 0 else 3 * n + 1
        >>> int(collatz(7)), collatz.python_function.__name__
        (22, 'collatz')
    """
    del autograph, jit_compile, reduce_retracing, experimental_relax_shapes, experimental_compile
    del experimental_autograph_options, experimental_follow_type_hints
    for argument, value in (
        ("experimental_implements", experimental_implements),
        ("experimental_attributes", experimental_attributes),
    ):
        if value is not None:
            raise NotBuiltYetError(f"tf.function({argument}=...) is not built: leave it out.")
    if func is None:
        return functools.partial(function, input_signature=input_signature)
    return _function(func, input_signature)


def _function(plain: Callable[..., Any], signature: Sequence[Any] | None) -> Any:
    with_constants = _with_constants(plain)
    ways = [jit(plain), with_constants, plain]  # from the fastest to the one that always works

    @functools.wraps(plain)
    def call(*args: Any, **kwargs: Any) -> Any:
        if signature is not None:
            args = _signed(plain, signature, args)
        if context.tapes or _settings["eagerly"]:
            return plain(*args, **kwargs)
        for number, way in enumerate(ways[:-1]):
            if way is with_constants and not _has_numbers(args, kwargs):
                continue
            try:
                found = way(*args, **kwargs)
            except Exception:  # a fault of the function itself is met again below, as its own error
                continue
            del ways[:number]
            return found
        found = plain(*args, **kwargs)
        del ways[:-1]
        return found

    call.python_function = plain  # type: ignore[attr-defined]
    call.get_concrete_function = _no_concrete_function  # type: ignore[attr-defined]
    return call


def _no_concrete_function(*args: Any, **kwargs: Any) -> Any:
    given = ", ".join(map(describe, (*args, *kwargs.values())))
    raise NotBuiltYetError(
        f"get_concrete_function({given}) is not built: a function is compiled when it is "
        "called. Call it."
    )


def _has_numbers(*values: Any) -> bool:
    return any(isinstance(leaf, (int, float)) for leaf in tree.tree_leaves(values))


@dataclass(frozen=True)
class _Number:
    """A number of Python that is part of the program."""

    value: Any


def _with_constants(plain: Callable[..., Any]) -> Callable[..., Any]:
    """The function compiled with the numbers among its arguments as constants."""

    def inside(*args: Any, **kwargs: Any) -> Any:
        args, kwargs = tree.tree_map(
            lambda leaf: leaf.value if isinstance(leaf, _Number) else leaf, (args, kwargs)
        )
        return plain(*args, **kwargs)

    program = jit(functools.wraps(plain)(inside))

    def call(*args: Any, **kwargs: Any) -> Any:
        args, kwargs = tree.tree_map(
            lambda leaf: _Number(leaf) if isinstance(leaf, (int, float)) else leaf, (args, kwargs)
        )
        return program(*args, **kwargs)

    return call


def _signed(plain: Callable[..., Any], signature: Sequence[Any], args: Sequence[Any]) -> tuple[Any, ...]:
    """The arguments as tensors of the dtypes and shapes that the signature says; before them, self."""
    title = getattr(plain, "__name__", "function")
    first = len(args) - len(signature)
    if first < 0 or first > 1:
        raise TypeError(
            f'The tf.function "{title}" has an input_signature of {len(signature)} arguments, but was '
            f"called with {len(args)}."
        )
    pairs = enumerate(zip(args[first:], signature, strict=True))
    return (*args[:first], *(_fitted(title, str(place), *pair) for place, pair in pairs))


def _fitted(title: str, place: str, value: Any, spec: Any) -> Any:
    if isinstance(spec, dict):
        return {
            name: _fitted(title, f"{place}[{name!r}]", value[name], each) for name, each in spec.items()
        }
    if not hasattr(spec, "dtype"):
        pairs = enumerate(zip(value, spec, strict=True))
        return type(value)(_fitted(title, f"{place}[{i}]", *pair) for i, pair in pairs)
    dtype = dtypes.standardize(spec.dtype)
    if isinstance(value, (jax.Array, np.ndarray)):
        kept = str(jax.dtypes.canonicalize_dtype(dtypes.numpy_dtype(dtype)))
        fits = str(jax.dtypes.canonicalize_dtype(value.dtype)) == kept
    else:
        value, fits = jnp.asarray(np.asarray(value), dtypes.numpy_dtype(dtype)), True
    if not fits or (
        spec.shape is not None and not TensorShape(spec.shape).is_compatible_with(value.shape)
    ):
        shape = "any" if spec.shape is None else show_shape(spec.shape)
        given = describe(value)
        raise ValueError(
            NOT_SIGNED.format(place=place, title=title, dtype=dtype, shape=shape, given=given)
        )
    return value


def custom_gradient(f: Callable[..., Any]) -> Callable[..., Any]:
    """A decorator for a function that gives its value, and the function that goes back through it."""
    return ops.custom_gradient(f)


def recompute_grad(f: Callable[..., Any]) -> Callable[..., Any]:
    """The function, computed again on the way back, so that it needs less memory."""
    from cornu.core.remat import remat

    return remat(f)


def py_function(func: Callable[..., Any], inp: Any, Tout: Any) -> Any:
    """`func` of the tensors, as plain Python; its results get these dtypes.

    Raises:
        NotBuiltYetError: inside a compiled function.
    """
    return _called("py_function", func, list(inp), Tout)


def numpy_function(func: Callable[..., Any], inp: Any, Tout: Any, stateful: bool = True) -> Any:
    """`func` of the tensors as arrays of NumPy; its results get these dtypes.

    Raises:
        NotBuiltYetError: inside a compiled function.
    """
    del stateful  # it is called each time
    return _called("numpy_function", func, [_plain("numpy_function", each) for each in inp], Tout)


def _plain(name: str, value: Any) -> Any:
    if isinstance(value, jax.core.Tracer):
        raise NotBuiltYetError(IN_PROGRAM.format(name=name))
    return np.asarray(value)[()] if hasattr(value, "dtype") else value


def _called(name: str, func: Callable[..., Any], inputs: list[Any], dtype: Any) -> Any:
    if any(isinstance(each, jax.core.Tracer) for each in inputs):
        raise NotBuiltYetError(IN_PROGRAM.format(name=name))
    found = func(*inputs)
    if isinstance(dtype, (list, tuple)):
        return [_typed(each, one) for each, one in zip(found, dtype, strict=True)]
    return _typed(found, dtype)


def _typed(value: Any, dtype: Any) -> Any:
    spec = getattr(dtype, "dtype", dtype)  # a TensorSpec has one
    tensor = as_tensor(np.asarray(value) if isinstance(value, jax.Array) else value)
    return tensor if spec == "string" else tensor.astype(dtypes.numpy_dtype(dtypes.standardize(spec)))
