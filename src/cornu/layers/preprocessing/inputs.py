"""What preprocessing layers are given: strings, whole numbers, and the data they adapt to."""

from __future__ import annotations

from collections.abc import Iterator
from itertools import islice
from typing import Any

import jax
import numpy as np

from cornu.core.errors import describe, did_you_mean, show_lengths
from cornu.core.symbolic import KerasTensor

INT32 = np.iinfo(np.int32)


def title(layer: Any) -> str:
    """How a message calls a layer."""
    return getattr(layer, "_title", None) or f'{type(layer).__name__} "{layer.name}"'


def choice(layer: Any, argument: str, value: Any, options: tuple[str, ...]) -> str:
    """`value`, if it is one of the options."""
    if value not in options:
        raise ValueError(
            f"{title(layer)}: {argument} must be one of {', '.join(map(repr, options))}, "
            f"got {argument}={describe(value)}. {did_you_mean(str(value), options)}"
        )
    return str(value)


def refuse_sparse(layer: Any, sparse: Any, argument: str = "sparse") -> bool:
    """False, the only value that `sparse` and `ragged` may have: JAX's arrays are dense."""
    if sparse:
        raise ValueError(
            f"{title(layer)}: {argument}=True needs a kind of tensor that Cornu does not have: its "
            f"outputs are ordinary arrays. Leave {argument} out."
        )
    return False


def bins(layer: Any, value: Any) -> int:
    """A number of bins as an int, if it is a whole number above 0."""
    if isinstance(value, bool) or not hasattr(value, "__index__") or not 0 < int(value) <= INT32.max:
        raise ValueError(
            f"{title(layer)}: num_bins must be a whole number from 1 to {INT32.max}, "
            f"got num_bins={describe(value)}."
        )
    return int(value)


def salt_pair(layer: Any, salt: Any) -> list[int] | None:
    """A salt as the list of two numbers that SipHash takes as its key; None if there is none."""
    if salt is None:
        return None
    pair = [salt, salt] if hasattr(salt, "__index__") else salt
    if (
        not isinstance(pair, (tuple, list))
        or len(pair) != 2
        or not all(hasattr(number, "__index__") for number in pair)
    ):
        raise ValueError(
            f"{title(layer)}: salt must be a whole number or a pair of them, got salt={describe(salt)}."
        )
    return [int(number) for number in pair]


def is_concrete(values: Any) -> bool:
    """Whether an array has values that can be looked at: it does not while a program is traced."""
    return not isinstance(values, jax.core.Tracer)


# -- strings and numbers on the host ----------------------------------------------------------------


def on_host(values: Any) -> Any:
    """An array, tensor, column of a table or nested list as a NumPy array; strings as objects.

    As objects because an array of `str` takes four bytes per character of its longest string.
    """
    if hasattr(values, "numpy"):
        values = values.numpy()
    if isinstance(values, (str, bytes)):
        return np.array(values, dtype=object)
    if isinstance(values, (list, tuple)):
        if any(hasattr(item, "numpy") for item in values):
            values = [on_host(item) for item in values]
        if _holds_strings(values):
            return np.array(values, dtype=object)
    array = np.asarray(values)
    return array.astype(object) if array.dtype.kind in "UST" else array


def _holds_strings(values: Any) -> bool:
    while isinstance(values, (list, tuple)) and values:
        values = next((item for item in values if item is not None), None)
    return isinstance(values, (str, bytes))


def as_strings(layer: Any, values: Any, encoding: str = "utf-8") -> Any:
    """Strings in any form as an array of UTF-8 bytes; bytes that come in another encoding are recoded.

    Raises:
        ValueError: if lists have different lengths, or a string has no UTF-8 form.
        TypeError: if something else than strings is given.
    """
    try:
        array = on_host(values)
    except ValueError:
        raise _ragged(layer, show_lengths(values)) from None
    if array.dtype != object:
        if array.size == 0:
            return array.astype(object)
        raise TypeError(
            f"{title(layer)} takes strings, but got {describe(array)}. Turn numbers into strings "
            "first, x.astype(str), or use a layer for numbers such as IntegerLookup."
        )
    flat = array.ravel().tolist()
    try:
        encoded = [item.encode() if isinstance(item, str) else _recoded(item, encoding) for item in flat]
    except UnicodeError as error:
        raise ValueError(
            f"{title(layer)} got a string that is not {encoding} ({error}). Read the file with the "
            'encoding it was written in, or pass that as encoding="latin-1" for instance.'
        ) from None
    except TypeError:
        raise _no_string(layer, flat) from None
    result = np.empty(len(encoded), dtype=object)
    result[:] = encoded
    return result.reshape(array.shape)


def _recoded(item: Any, encoding: str) -> bytes:
    if not isinstance(item, bytes):
        raise TypeError
    return item if encoding.lower() in ("utf-8", "utf8") else item.decode(encoding).encode()


def _no_string(layer: Any, flat: list[Any]) -> Exception:
    place, wrong = next((i, x) for i, x in enumerate(flat) if not isinstance(x, (str, bytes)))
    if isinstance(wrong, (list, tuple, np.ndarray)):
        return _ragged(layer, f"item {place} is {describe(wrong)}")
    return TypeError(
        f"{title(layer)} takes strings, but item {place} is {describe(wrong)} "
        f"({type(wrong).__name__}). Put a string in the place of missing values, for instance "
        '"" (pandas: column.fillna("")).'
    )


def _ragged(layer: Any, example: Any) -> Exception:
    return ValueError(
        f"{title(layer)} got lists of different lengths ({example}), which make no array. Give each "
        "row the same length, for instance by filling up with a mask_token, or join the words of each "
        "row to one string for TextVectorization."
    )


def as_integers(layer: Any, values: Any) -> Any:
    """Whole numbers in any form as an array of at most 64 bits.

    Raises:
        ValueError: if lists have different lengths.
        TypeError: if something else than whole numbers is given.
    """
    try:
        array = on_host(values)
    except ValueError:
        raise _ragged(layer, show_lengths(values)) from None
    if array.dtype.kind not in "iub" and array.size:
        raise no_integers(layer, array)
    return array.astype(np.int64)


def no_integers(layer: Any, values: Any) -> TypeError:
    """The error for floats or strings where whole numbers are expected."""
    return TypeError(
        f"{title(layer)} takes whole numbers, but got {describe(values)}. Turn the data into whole "
        'numbers first, x.astype("int32"), and declare the input of a model as such: '
        'Input(shape, dtype="int32"). For strings there is StringLookup.'
    )


# -- data to adapt to -------------------------------------------------------------------------------


def batches(layer: Any, data: Any, steps: int | None = None) -> Iterator[Any]:
    """What `adapt` was given, batch by batch: an array, a list or a column is a single batch.

    Everything else that can be looped over yields batches, of which `steps` are taken.

    Raises:
        TypeError: if the data can be neither an array nor looped over.
    """
    if isinstance(data, KerasTensor):
        raise TypeError(
            f"{title(layer)}: adapt needs the data themselves, but got a symbolic tensor. Give it an "
            "array, a list, or batches of them."
        )
    if isinstance(data, (list, tuple, str, bytes)) or hasattr(data, "__array__"):
        yield data
    elif hasattr(data, "__iter__"):
        yield from islice(data, steps)
    elif hasattr(data, "numpy"):
        yield data.numpy()
    elif hasattr(data, "__getitem__") and hasattr(data, "__len__"):
        yield from (data[i] for i in range(len(data) if steps is None else min(steps, len(data))))
    else:
        raise TypeError(
            f"{title(layer)}: adapt takes an array, a list, or something that yields batches, "
            f"got {describe(data)}."
        )


def shape_of(inputs: Any) -> tuple[int | None, ...]:
    """The shape of a symbolic tensor or of anything that can become an array."""
    return tuple(inputs.shape) if isinstance(inputs, KerasTensor) else np.shape(inputs)
