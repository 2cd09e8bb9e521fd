"""`tf.strings`: tensors of strings, which are bytes in UTF-8; computed on the host."""

from __future__ import annotations

import re
from collections.abc import Callable
from typing import Any

import jax
import numpy as np

from cornu.compat.tensorflow.rows import named
from cornu.core import dtypes
from cornu.core.errors import NotBuiltYetError, describe
from cornu.utils.dataset.elements import as_tensor

__all__ = [
    *("as_string", "format", "join", "length", "lower", "reduce_join", "regex_full_match"),
    *("regex_replace", "split", "strip", "substr", "to_number", "unicode_split", "upper"),
]
UNITS = ("BYTE", "UTF8_CHAR")


def _texts(name: str, value: Any) -> Any:
    """A tensor of strings.

    Raises:
        TypeError: if it is made of something else.
    """
    if isinstance(value, jax.core.Tracer):
        raise TypeError(f"tf.strings.{name}: a compiled function holds no strings. Call it before.")
    texts = as_tensor(value)
    if texts.dtype != object:
        raise TypeError(f"tf.strings.{name} takes strings, got {describe(value)}.")
    return texts


def _each(function: Callable[..., Any], texts: Any, dtype: Any = object) -> Any:
    """`function` of each string."""
    found = np.empty(texts.shape, dtype)
    for place in np.ndindex(texts.shape):
        found[place] = function(texts[place].item())
    return as_tensor(found)


def _encoding(name: str, encoding: str) -> bool:
    """Whether whole characters count, and not only those of ASCII."""
    if encoding not in ("", "utf-8"):
        raise ValueError(f"tf.strings.{name}(encoding={encoding!r}): '' or 'utf-8'.")
    return encoding == "utf-8"


@named
def lower(input: Any, encoding: str = "") -> Any:
    """Small letters; beyond those of ASCII with encoding='utf-8'."""
    whole = _encoding("lower", encoding)
    return _each(
        lambda text: text.decode().lower().encode() if whole else text.lower(), _texts("lower", input)
    )


@named
def upper(input: Any, encoding: str = "") -> Any:
    """Capital letters; beyond those of ASCII with encoding='utf-8'."""
    whole = _encoding("upper", encoding)
    return _each(
        lambda text: text.decode().upper().encode() if whole else text.upper(), _texts("upper", input)
    )


@named
def strip(input: Any) -> Any:
    """Without white space at both ends."""
    return _each(lambda text: text.strip(), _texts("strip", input))


def _whole(name: str, unit: str) -> bool:
    if unit not in UNITS:
        raise ValueError(f"tf.strings.{name}(unit={unit!r}): {' or '.join(UNITS)}.")
    return unit == "UTF8_CHAR"


@named
def length(input: Any, unit: str = "BYTE") -> Any:
    """The number of bytes of each string, or of characters with unit='UTF8_CHAR'."""
    whole = _whole("length", unit)
    return _each(lambda text: len(text.decode() if whole else text), _texts("length", input), "int32")


@named
def substr(input: Any, pos: int, len: int, unit: str = "BYTE") -> Any:
    """`len` bytes, or characters, of each string from `pos` on."""
    whole, start, count = _whole("substr", unit), int(pos), int(len)

    def part(text: bytes) -> bytes:
        line: Any = text.decode() if whole else text
        begin = start if start >= 0 else max(start + line.__len__(), 0)
        found = line[begin : begin + count]
        return found.encode() if whole else found

    return _each(part, _texts("substr", input))


@named
def regex_replace(input: Any, pattern: str, rewrite: str, replace_global: bool = True) -> Any:
    """Each string with what fits the pattern replaced; in `rewrite`, \\\\1 is the first group."""
    found = re.compile(pattern.encode())
    count = 0 if replace_global else 1
    return _each(
        lambda text: found.sub(rewrite.encode(), text, count=count), _texts("regex_replace", input)
    )


@named
def regex_full_match(input: Any, pattern: str) -> Any:
    """Whether each string as a whole fits the pattern."""
    found = re.compile(pattern.encode())
    return _each(lambda text: bool(found.fullmatch(text)), _texts("regex_full_match", input), "bool")


@named
def split(input: Any, sep: Any = None, maxsplit: int = -1) -> Any:
    """The parts between `sep`, or between white space.

    Raises:
        NotBuiltYetError: for strings with different numbers of parts: there are no ragged tensors.
    """
    texts = _texts("split", input)
    by = None if sep in (None, "") else _texts("split", sep).item()
    parts = [text.split(by, maxsplit) for text in texts.ravel().tolist()]
    return _rectangle("split", parts, texts.shape)


@named
def unicode_split(input: Any, input_encoding: str = "UTF-8") -> Any:
    """The characters of each string.

    Raises:
        NotBuiltYetError: for strings of different lengths: there are no ragged tensors.
    """
    texts = _texts("unicode_split", input)
    parts = [[c.encode() for c in text.decode(input_encoding)] for text in texts.ravel().tolist()]
    return _rectangle("unicode_split", parts, texts.shape)


def _rectangle(name: str, parts: list[list[bytes]], shape: Any) -> Any:
    lengths = {len(each) for each in parts}
    if len(lengths) > 1:
        raise NotBuiltYetError(
            f"tf.strings.{name}: the strings have different numbers of parts "
            f"({sorted(lengths)[:3]}...), and there are no ragged tensors here. "
            "Take them one by one: ds.map(tf.strings.split)."
        )
    found = np.empty((len(parts), *lengths), object)
    for number, each in enumerate(parts):
        found[number] = each
    return as_tensor(found.reshape(*shape, *lengths))


@named
def join(inputs: Any, separator: str = "") -> Any:
    """Strings put together, element by element.

    >>> join(["a", "b"], "-").numpy()
    b'a-b'
    """
    rows: Any = np.broadcast_arrays(*(np.asarray(_texts("join", each)) for each in inputs))
    found = np.empty(rows[0].shape, object)
    for place in np.ndindex(found.shape):
        found[place] = separator.encode().join(row[place] for row in rows)
    return as_tensor(found)


@named
def reduce_join(
    inputs: Any, axis: int | None = None, keepdims: bool = False, separator: str = ""
) -> Any:
    """The strings along an axis, or all, put together."""
    texts = np.asarray(_texts("reduce_join", inputs))
    lines = texts.reshape(1, -1) if axis is None else np.moveaxis(texts, axis, -1)
    found = np.empty(lines.shape[:-1], object)
    for place in np.ndindex(found.shape):
        found[place] = separator.encode().join(lines[place].tolist())
    if axis is None:
        return as_tensor(found.reshape((1,) * texts.ndim if keepdims else ()))
    return as_tensor(np.expand_dims(found, axis) if keepdims else found)


@named
def to_number(input: Any, out_type: Any = "float32") -> Any:
    """The number that each string says."""
    dtype = dtypes.numpy_dtype(dtypes.standardize(out_type))
    kind: Any = int if np.issubdtype(dtype, np.integer) else float
    return _each(lambda text: kind(text), _texts("to_number", input), dtype)


@named
def as_string(input: Any, precision: int = -1, width: int = -1, fill: str = "") -> Any:
    """Each number as a string, with so many digits behind the point, filled up to a width.

    Floats are written with six digits by default, as in TensorFlow.
    """
    numbers = np.asarray(input)
    form = f"{fill}>{width}" if fill and width > 0 else f"{width}" if width > 0 else ""
    if np.issubdtype(numbers.dtype, np.floating):
        form += f".{6 if precision < 0 else precision}f"
    found = np.empty(numbers.shape, object)
    for place in np.ndindex(numbers.shape):
        value = numbers[place].item()
        text = str(value).lower() if isinstance(value, bool) else value
        found[place] = f"{text:{form}}".encode()
    return as_tensor(found)


@named
def format(template: str, inputs: Any, placeholder: str = "{}") -> Any:
    """The template, with what tensors hold in the places of the placeholder."""
    values = list(inputs) if isinstance(inputs, (list, tuple)) else [inputs]
    head, *rest = template.split(placeholder)
    if len(rest) != len(values):
        raise ValueError(f"tf.strings.format: {len(rest)} placeholders for {len(values)} values.")
    shown = [np.array2string(np.asarray(each), separator=" ") for each in values]
    return as_tensor(head + "".join(one + part for one, part in zip(shown, rest, strict=True)))
