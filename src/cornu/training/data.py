"""Data: what `fit` is given, as arrays ready for the compiled loop."""

from __future__ import annotations

import math
from collections.abc import Mapping
from functools import cached_property
from typing import Any

import jax
import jax.tree_util as tree
import numpy as np

from cornu.core import dtypes, placement
from cornu.core.errors import describe, show_lengths
from cornu.layers.host import is_sparse
from cornu.training.host import HostResults
from cornu.training.sparse import SparseRows, sparse_rows

ALIGNMENT = 64  # bytes; JAX's CPU device shares memory with arrays that start at a multiple of it

RAGGED = (
    "{name} cannot become one array: its {count} rows have different lengths or types ({example}). "
    "Fill them up with zeros before calling {call}, and mask these, with Embedding(..., mask_zero=True) "
    'or Masking(): {name} = cornu.utils.pad_sequences({name}, padding="post").'
)
STRINGS = (
    '{name} holds strings (the first is "{example}"), but a network computes with numbers. '
    "Number the classes first:\n"
    "    classes, {name} = numpy.unique({name}, return_inverse=True)"
)
NO_ARRAY = (
    "{call} got a {kind} for {name}, but needs an array there. What gives batches one after another "
    "goes in place of x, and gives (x, y) or (x, y, sample_weight)."
)
SPARSE = (
    "{call} got a sparse matrix ({kind}) for {name}, which only x may be. Make it an ordinary array: "
    "{name} = {name}.toarray()."
)
NO_NUMBERS = "{name} holds values of type {dtype}, but a network computes with real numbers."
DEFAULT_BATCH = 32
MANY = 8  # arrays up to which a message lists them all


class Data:
    """Inputs, targets and sample weights as nested structures of arrays with the same number of rows.

    Args:
        x, y: arrays, lists of numbers, or lists, tuples and dicts of such; x also sparse matrices.
        sample_weight: one weight per row, or a structure of them, one per output.
        call: name of the method that the user called, for messages.

    Raises:
        ValueError: if there is no data, it is ragged, holds strings, or has different numbers of rows.
    """

    _laid_out: Any = None  # a placement, and the arrays on its devices

    def __init__(self, x: Any, y: Any = None, sample_weight: Any = None, call: str = "fit") -> None:
        if x is None:
            raise ValueError(f"{call} got x=None, but needs data: an array with one row per sample.")
        self.x = as_arrays(x, "x", call)
        self.y = as_arrays(y, "y", call)
        self.sample_weight = as_arrays(sample_weight, "sample_weight", call)
        self.rows = _common_rows({"x": self.x, "y": self.y, "sample_weight": self.sample_weight}, call)

    @classmethod
    def of(cls, batch: tuple[Any, Any, Any]) -> Data:
        """Data of three structures of arrays that are known to go together."""
        data = object.__new__(cls)
        data.x, data.y, data.sample_weight = batch
        data.rows = len(tree.tree_leaves(data.x)[0])
        return data

    @cached_property
    def on_device(self) -> Any:
        """The three structures on the device, where they stay."""
        return jax.device_put(self.batch)

    def on_each(self, where: Any) -> Any:
        """The three structures on every device of a placement, where they stay."""
        if self._laid_out is None or self._laid_out[0] is not where:
            self._laid_out = where, placement.put_whole(self.batch, where)
        return self._laid_out[1]

    @property
    def row_shapes(self) -> Any:
        """The shape of one row of each input."""
        return tree.tree_map(lambda array: array.shape[1:], self.x)

    @property
    def row_size(self) -> int:
        """How many numbers a row holds, in all arrays together."""
        return sum(array.size for array in tree.tree_leaves(self.batch)) // self.rows

    @property
    def places(self) -> int:
        """At how many places of a row the weights may be used: the pixels of an image, the steps of a
        sequence."""
        return max(math.prod(array.shape[1:-1]) for array in tree.tree_leaves(self.x))

    @property
    def batch(self) -> tuple[Any, Any, Any]:
        """The three structures as one tree, None where there is none."""
        return self.x, self.y, self.sample_weight

    def take(self, rows: slice | np.ndarray[Any, Any]) -> Data:
        """The same data, these rows only."""
        return Data.of(tree.tree_map(lambda array: array[rows], self.batch))

    def named(self) -> list[tuple[str, Any]]:
        """The arrays with their names: x, y["age"], sample_weight."""
        parts = {"x": self.x, "y": self.y, "sample_weight": self.sample_weight}
        return [pair for part, structure in parts.items() for pair in _with_names(part, structure)]

    def specs(self, batch_size: int | None) -> tuple[Any, Any, Any]:
        """Shapes and dtypes of one batch."""
        size = self.rows if batch_size is None else batch_size

        def spec(array: Any) -> Any:
            if isinstance(array, SparseRows):
                return jax.ShapeDtypeStruct((size, array.width), array.values.dtype)
            return jax.ShapeDtypeStruct((size, *array.shape[1:]), array.dtype)

        return tree.tree_map(spec, self.batch, is_leaf=lambda leaf: isinstance(leaf, SparseRows))


def as_arrays(value: Any, name: str, call: str) -> Any:
    """A structure of NumPy or JAX arrays: floats as `floatx`, whole numbers as at most 32 bits."""
    if value is None:
        return None
    if type(value) is np.ndarray:  # nearly always, and for each batch of a stream
        return _as_array(value, name, call)
    if isinstance(value, HostResults):
        return tree.tree_map(lambda array: _as_array(array, name, call), value)
    if isinstance(value, Mapping):
        return {key: as_arrays(item, f'{name}["{key}"]', call) for key, item in value.items()}
    if isinstance(value, (list, tuple)) and _are_arrays(value):
        return [as_arrays(item, f"{name}[{i}]", call) for i, item in enumerate(value)]
    if is_sparse(value):
        return _as_sparse(value, name, call)
    if isinstance(value, (str, bytes)):
        raise TypeError(f"{call} got {name}={describe(value)}, but needs an array. Load the file first.")
    if not _is_array_like(value) and not isinstance(value, (list, tuple, int, float)):
        if hasattr(value, "__iter__") or hasattr(value, "__getitem__"):
            raise TypeError(NO_ARRAY.format(call=call, name=name, kind=type(value).__name__))
        raise TypeError(f"{call} got {name}={describe(value)}, but needs an array.")
    return _as_array(value, name, call)


def _is_array_like(value: Any) -> bool:
    """Whether it is an array, a table or a column of one, or a sparse matrix."""
    if not (hasattr(value, "__array__") or is_sparse(value) or _is_in_a_file(value)):
        return False
    return len(value.shape) > 0 if hasattr(value, "shape") else hasattr(value, "__len__")


def _is_in_a_file(value: Any) -> bool:
    return all(hasattr(value, name) for name in ("shape", "dtype", "chunks", "__getitem__"))


def is_arrays(value: Any) -> bool:
    """Whether it is data as a whole, not something that gives batches one after another."""
    if type(value) is np.ndarray or value is None:
        return True
    plain = isinstance(value, (HostResults, Mapping, list, tuple, int, float, str, bytes))
    return plain or _is_array_like(value) or is_sparse(value)


def _as_sparse(value: Any, name: str, call: str) -> Any:
    """A sparse matrix of inputs by its entries."""
    if not name.startswith("x"):
        raise TypeError(SPARSE.format(call=call, kind=type(value).__name__, name=name))
    rows = sparse_rows(value)
    if not isinstance(rows, SparseRows):
        return _as_array(rows, name, call)
    return SparseRows(rows.columns, _as_array(rows.values, name, call), rows.width)


def _are_arrays(values: Any) -> bool:
    """Whether these are arrays, or some of them and None for inputs that are optional."""
    arrays = [_is_array_like(item) for item in values if item is not None]
    return bool(arrays) and all(arrays)


def _as_array(value: Any, name: str, call: str) -> Any:
    if isinstance(value, jax.Array):
        return value
    if not hasattr(value, "__array__") and hasattr(value, "shape"):  # like an array of zarr
        value = value[:]
    if hasattr(value, "detach"):  # a tensor of PyTorch, which may be on a device or in a graph
        value = value.detach().cpu()
        value = value.float() if str(value.dtype) == "torch.bfloat16" else value
    if hasattr(value, "dtypes") or hasattr(value, "schema"):  # a table: name columns without numbers
        _check_columns(value, name)
    try:
        array = np.asarray(value)
    except ValueError:
        raise ValueError(
            RAGGED.format(name=name, count=len(value), example=show_lengths(value), call=call)
        ) from None
    if array.dtype.kind in "USO":
        array = _from_objects(array, name, call)
    if array.dtype.kind == "f" or array.dtype.name == "bfloat16":
        return np.asarray(array, dtypes.numpy_dtype(dtypes.floatx()))
    if (
        array.dtype.kind in "iu"
        and array.dtype.itemsize == 8
        and not getattr(jax.config, "jax_enable_x64", False)
    ):
        if array.size and not -(2**31) <= array.min() <= array.max() < 2**31:
            return array.astype(dtypes.numpy_dtype(dtypes.floatx()))
        return array.astype(array.dtype.kind + "4")
    if array.dtype.kind not in "biu":
        raise TypeError(NO_NUMBERS.format(name=name, dtype=array.dtype))
    return array


def aligned_copy(array: np.ndarray[Any, Any], dtype: np.dtype[Any]) -> np.ndarray[Any, Any]:
    """A copy in another dtype, placed so that the CPU device can use it as it lies, without a
    second copy."""
    size = array.size * dtype.itemsize
    memory = np.empty(size + ALIGNMENT, np.uint8)
    start = -memory.ctypes.data % ALIGNMENT
    copy = memory[start : start + size].view(dtype).reshape(array.shape)
    copy[...] = array
    return copy


def _from_objects(array: np.ndarray[Any, Any], name: str, call: str) -> np.ndarray[Any, Any]:
    """An array of Python objects as one of numbers, if that is what they are."""
    flat = array.ravel()
    strings = [item for item in flat[:1000] if isinstance(item, (str, bytes))]
    if array.dtype.kind in "US" or strings:
        raise ValueError(STRINGS.format(name=name, example=flat[0] if not strings else strings[0]))
    try:
        return np.asarray(array.tolist(), dtype=dtypes.floatx())
    except (ValueError, TypeError):
        kinds = ", ".join(sorted({type(item).__name__ for item in flat[:1000]}))
        ragged = any(hasattr(item, "__len__") for item in flat)
        example = show_lengths(flat) if ragged else f"an object array of {kinds}"
        raise ValueError(
            RAGGED.format(name=name, count=len(array), example=example, call=call)
        ) from None


#: How the names of the dtypes of numbers begin, in polars and Arrow.
NUMBERS = ("bool", "decimal", "double", "float", "halffloat", "int", "uint")


def _check_columns(frame: Any, name: str) -> None:
    encode, drop = f"pandas.get_dummies({name}, dtype=float)", "columns="
    if hasattr(getattr(frame, "dtypes", None), "items"):  # of pandas
        kinds = frame.dtypes.items()
        bad = [str(column) for column, dtype in kinds if getattr(dtype, "kind", "O") not in "biuf"]
    else:  # of polars or Arrow
        encode, drop, schema = f"{name}.to_dummies() of polars", "", getattr(frame, "schema", ())
        kinds = (
            schema.items() if hasattr(schema, "items") else ((each.name, each.type) for each in schema)
        )
        bad = [column for column, dtype in kinds if not str(dtype).lower().startswith(NUMBERS)]
    if bad:
        raise ValueError(
            f"{name} is a table whose columns {', '.join(bad)} hold no numbers. Encode them first "
            f"(for instance {encode}) or leave them out ({name}.drop({drop}{bad}))."
        )


def _common_rows(parts: dict[str, Any], call: str) -> int:
    """The number of rows that all arrays have."""
    sizes = {array.shape[:1] for array in tree.tree_leaves(parts)}
    if len(sizes) == 1 and () not in sizes and (0,) not in sizes:
        return int(sizes.pop()[0])
    rows = {
        name: array.shape[0] if array.shape else None
        for part, structure in parts.items()
        for name, array in _with_names(part, structure)
    }
    for name, count in rows.items():
        if count is None:
            raise ValueError(f"{call} got a single number for {name}, but needs one row per sample.")
        if count == 0:
            raise ValueError(f"{call} got no data: {name} has 0 rows.")
    if len(set(rows.values())) > 1:
        shown = [f"{name} has {count}" for name, count in rows.items()]
        advice = "Row i of y belongs to row i of x."
        if len(shown) > MANY:
            shown, part = [*shown[:MANY], "..."], "y" if "x" in rows else "x"
            advice = f"If {part} is a list of samples, make it one array: {part} = numpy.stack({part})."
        raise ValueError(f"{call} needs as many rows in each array, but {', '.join(shown)}. {advice}")
    return next(count for count in rows.values() if count is not None)


def check_rows(batch: tuple[Any, Any, Any], call: str) -> int:
    """The number of rows that x, y and sample_weight have.

    Raises:
        ValueError: if they differ.
    """
    return _common_rows(dict(zip(("x", "y", "sample_weight"), batch, strict=True)), call)


def _with_names(name: str, structure: Any) -> list[tuple[str, Any]]:
    return [(name + tree.keystr(path), leaf) for path, leaf in tree.tree_flatten_with_path(structure)[0]]


def split(data: Data, validation_split: float) -> tuple[Data, Data]:
    """The data without its last rows, and those rows: the fraction `validation_split` of all.

    Raises:
        ValueError: if the fraction is not between 0 and 1, or leaves one part empty.
    """
    at = split_at(data.rows, validation_split)
    return data.take(slice(0, at)), data.take(slice(at, data.rows))


def split_at(rows: int, validation_split: float) -> int:
    """The first of the rows that are kept for validation."""
    if not 0 < validation_split < 1:
        raise ValueError(
            f"validation_split={validation_split} must be a fraction between 0 and 1: 0.2 keeps "
            "the last 20% of the "
            "rows for validation."
        )
    at = math.floor(rows * (1 - validation_split))
    if at == 0 or at == rows:
        raise ValueError(
            f"validation_split={validation_split} of {rows} rows leaves one part empty. Use "
            "another fraction, "
            "or pass validation_data=(x_val, y_val)."
        )
    return at


def whole_number(name: str, value: Any, least: int = 1) -> int:
    """`value` as an int, if it is a whole number of at least `least`.

    Raises:
        ValueError: if it is not.
    """
    if isinstance(value, bool) or not hasattr(value, "__index__") or int(value) < least:
        raise ValueError(
            f"{name} must be a whole number of {least} or more, got {name}={describe(value)}."
        )
    return int(value)


def batch_size_of(batch_size: Any, rows: int) -> int:
    """`batch_size`, 32 by default, and at most the number of rows."""
    return min(DEFAULT_BATCH if batch_size is None else whole_number("batch_size", batch_size), rows)


def unpack_x_y_sample_weight(data: Any) -> tuple[Any, Any, Any]:
    """`(x, y, sample_weight)` of what a train_step is given, None for what is missing.

    >>> unpack_x_y_sample_weight((1, 2))
    (1, 2, None)
    """
    if not isinstance(data, tuple):
        return data, None, None
    return (*data, *(None,) * (3 - len(data)))
