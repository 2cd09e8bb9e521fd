"""Functions of TensorFlow that models of Keras 2 hold, and the functions of ours that do the same."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from cornu.core.errors import NotBuiltYetError
from cornu.storage.functions import written

# The function in a file: ours, and the names of its operands and arguments in order; None: not taken.
ELEMENTWISE = {
    "abs": "absolute",
    "add": "add",
    "cos": "cos",
    "divide": "true_divide",
    "exp": "exp",
    "floordiv": "floor_divide",
    "log": "log",
    "maximum": "maximum",
    "minimum": "minimum",
    "multiply": "multiply",
    "negative": "negative",
    "pow": "power",
    "sigmoid": "sigmoid",
    "sin": "sin",
    "sqrt": "sqrt",
    "square": "square",
    "subtract": "subtract",
    "tanh": "tanh",
    "truediv": "true_divide",
    "greater": "greater",
    "greater_equal": "greater_equal",
    "less": "less",
    "less_equal": "less_equal",
    "equal": "equal",
    "not_equal": "not_equal",
}
REDUCTIONS = {
    "reduce_max": "max",
    "reduce_mean": "mean",
    "reduce_min": "min",
    "reduce_prod": "prod",
    "reduce_sum": "sum",
}
OTHERS = {
    "cast": ("cast", ("dtype",)),
    "clip_by_value": ("clip", ("clip_value_min", "clip_value_max")),
    "concat": ("concatenate", ("axis",)),
    "expand_dims": ("expand_dims", ("axis",)),
    "linalg.matmul": ("matmul", ("b",)),
    "matmul": ("matmul", ("b",)),
    "nn.relu": ("relu", ()),
    "nn.softmax": ("softmax", ("axis",)),
    "nn.sigmoid": ("sigmoid", ()),
    "nn.tanh": ("tanh", ()),
    "reshape": ("reshape", ("shape",)),
    "squeeze": ("squeeze", ("axis",)),
    "stack": ("stack", ("axis",)),
    "transpose": ("transpose", ("perm",)),
}
TABLE: dict[str, tuple[str, tuple[str, ...]]] = {
    **{f"math.{theirs}": (ours, ("y",)) for theirs, ours in ELEMENTWISE.items()},
    **{f"__operators__.{theirs}": (ours, ("y",)) for theirs, ours in ELEMENTWISE.items()},
    **{f"math.{theirs}": (ours, ("axis", "keepdims")) for theirs, ours in REDUCTIONS.items()},
    **OTHERS,
}
IGNORED = ("name", "transpose_a", "transpose_b", "adjoint_a", "adjoint_b", "output_type")
UNKNOWN = (
    'The model holds the TensorFlow function "{function}" ("{name}"), which is not built yet. Make the '
    "model anew with a layer or a function of cornu.ops for it, and load the weights alone: "
    "model.load_weights(path)."
)


def operation(entry: Mapping[str, Any], calls: list[tuple[Any, dict[str, Any]]]) -> dict[str, Any]:
    """The description of a function of ours for one of TensorFlow's, given the operands of its calls.

    Raises:
        NotBuiltYetError: if there is none.
    """
    theirs, name = str(entry["config"].get("function")), entry["name"]
    taken: tuple[str, ...]
    if theirs == "__operators__.getitem":
        kind, taken = "get_item", ("slice_spec",)
    else:
        kind, taken = TABLE.get(theirs, ("", ()))
    unknown = [key for _, named in calls for key in named if key not in (*taken, *IGNORED)]
    used = [key for _, named in calls for key in IGNORED[1:5] if named.get(key)]
    if not kind or unknown or used:
        raise NotBuiltYetError(UNKNOWN.format(function=theirs, name=name))
    module, cls = written(kind)
    return {
        "module": module,
        "class_name": cls,
        "config": {"name": name},
        "registered_name": cls,
        "name": name,
        "inbound_nodes": [_call(first, named, taken) for first, named in calls],
    }


def _call(first: Any, named: dict[str, Any], taken: tuple[str, ...]) -> dict[str, Any]:
    rest = [named.get(key) for key in taken]
    while rest and rest[-1] is None:
        rest.pop()
    return {"args": [first, *map(_slices, rest)], "kwargs": {}}


def _slices(value: Any) -> Any:
    """A part of an index, in which TensorFlow writes slices as dicts."""
    if isinstance(value, list):
        return [_slices(item) for item in value]
    if isinstance(value, dict) and "start" in value and "step" in value:
        return {"class_name": "__slice__", "config": value}
    return value
