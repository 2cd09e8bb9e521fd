"""Cornu's stand-in for TensorFlow: `import tensorflow as tf` with what courses use beside `tf.keras`.

This is not TensorFlow. `__version__` says so: it names the release whose `tf.keras` is followed,
then Cornu and its own version. What is missing raises an AttributeError that says what to use.

The tables say where each name lives; a module is imported when one of its names is first used.
"""

from __future__ import annotations

import importlib
from typing import Any

import cornu as keras
from cornu.compat.missing import TENSORFLOW_ROOMS, missing_in_tensorflow
from cornu.core import engine

DTYPES = (
    *("bfloat16", "bool", "complex64", "complex128", "float16", "float32", "float64", "half", "double"),
    *("int8", "int16", "int32", "int64", "string", "uint8", "uint16", "uint32", "uint64"),
)
MODULES = tuple(room for room in TENSORFLOW_ROOMS if "." not in room)
#: Modules of tf.keras that also have a name of their own in TensorFlow.
OF_KERAS = {
    **{name: (name, None) for name in ("initializers", "losses", "metrics", "optimizers")},
    "constant_initializer": ("initializers", "Constant"),
    "ones_initializer": ("initializers", "Ones"),
    "zeros_initializer": ("initializers", "Zeros"),
    "random_normal_initializer": ("initializers", "RandomNormal"),
    "random_uniform_initializer": ("initializers", "RandomUniform"),
}
#: Which module defines each name; `here=theirs` where that calls it otherwise.
_NAMES = {
    "arrays": (
        "argsort bitcast boolean_mask broadcast_to cast clip_by_global_norm clip_by_norm clip_by_value "
        "complex concat constant convert_to_tensor ensure_shape expand_dims eye fill gather gather_nd "
        "get_static_value histogram_fixed_width identity linspace meshgrid one_hot ones ones_like pad "
        "range rank repeat reshape reverse roll saturate_cast scatter_nd searchsorted sequence_mask "
        "shape size slice sort split squeeze stack stop_gradient tensor_scatter_nd_add "
        "tensor_scatter_nd_update tile transpose unique unique_with_counts unstack where zeros "
        "zeros_like"
    ),
    "config": "device",
    "control": "case cond foldl foldr map_fn scan switch_case vectorized_map while_loop",
    "debugging": "Assert assert_equal assert_greater assert_less assert_rank print=print_",
    "functions": "custom_gradient function numpy_function py_function recompute_grad",
    "linalg": "einsum matmul norm tensordot",
    "math": (
        "abs acos acosh add add_n argmax argmin asin asinh atan atan2 atanh ceil cos cosh cumsum divide "
        "equal exp floor greater greater_equal less less_equal logical_and logical_not logical_or "
        "maximum minimum multiply negative not_equal pow reduce_all reduce_any reduce_logsumexp "
        "reduce_max reduce_mean reduce_min reduce_prod reduce_sum round scalar_mul sigmoid sign sin "
        "sinh sqrt square subtract tan tanh truediv"
    ),
    "scopes": (
        "autograph control_dependencies executing_eagerly get_logger group init_scope "
        "is_symbolic_tensor name_scope no_op"
    ),
    "strings": "as_string",
    "summary": "make_ndarray make_tensor_proto",
    "tape": "GradientTape UnconnectedGradients",
    "types": "DType Tensor TensorShape TensorSpec as_dtype is_tensor",
    "variable": "Module Variable",
}
_WHERE = {
    each.partition("=")[0]: (module, each.partition("=")[2] or each)
    for module, names in _NAMES.items()
    for each in names.split()
}
__all__ = sorted([*DTYPES, *MODULES, *OF_KERAS, *_WHERE, "keras", "newaxis"])
__version__ = f"2.21.0+cornu.{keras.__version__}"
newaxis = None


def _teach_arrays() -> None:
    """Arrays of JAX learn `numpy()`, which every tensor has."""
    from cornu.compat.tensorflow.types import teach_arrays

    teach_arrays()


engine.when_started(_teach_arrays)


def __getattr__(name: str) -> Any:
    if name in MODULES:
        value: Any = importlib.import_module(f"{__name__}.{name}")
    elif name in OF_KERAS:
        room, member = OF_KERAS[name]
        value = getattr(keras, room) if member is None else getattr(getattr(keras, room), member)
    elif name in _WHERE:
        module, theirs = _WHERE[name]
        value = getattr(importlib.import_module(f"{__name__}.{module}"), theirs)
    elif name in DTYPES:
        value = getattr(importlib.import_module(f"{__name__}.dtypes"), name)
    else:
        # `obj` keeps Python from adding a suggestion of its own to ours.
        raise AttributeError(missing_in_tensorflow(name), name=name, obj=object())
    globals()[name] = value
    return value


def __dir__() -> list[str]:
    return [*__all__, "__version__"]
