"""What is said about a name that Cornu does not have."""

from __future__ import annotations

import importlib
from types import ModuleType
from typing import Any

from cornu.compat.lookup import room_module, why_gone
from cornu.compat.rooms import public_home
from cornu.core.errors import did_you_mean

#: The modules of the stand-in for TensorFlow that can be imported by name.
TENSORFLOW_ROOMS = (
    *("compat", "compat.v1", "config", "data", "debugging", "dtypes", "image", "io", "linalg", "math"),
    *("nn", "random", "signal", "strings", "test"),
)
_NO_GRAPHS = (
    "There are no graphs and sessions: what is computed has its value at once. "
    "Call the functions on arrays, put them into a tf.function, or let model.fit run them"
)
_RAGGED = "keras.utils.pad_sequences, and layers with masks: an axis of a tensor has one size"
# What to write in place of the TensorFlow names that the stand-in does not have: a thing, or a sentence.
INSTEAD_OF_TENSORFLOW = {
    "AggregationMethod": "Leave it out: gradients are added up",
    "ConfigProto": "tf.config",
    "Graph": _NO_GRAPHS,
    "InteractiveSession": _NO_GRAPHS,
    "RaggedTensor": _RAGGED,
    "Session": _NO_GRAPHS,
    "SparseTensor": "a matrix of scipy.sparse, which fit takes, or a dense tensor",
    "TensorArray": "a Python list, and tf.stack(list) in the end",
    "app": "an ordinary main(): if __name__ == '__main__'",
    "assign": "variable.assign(value)",
    "contrib": "keras.layers and keras.ops: TensorFlow 2 has no tf.contrib either",
    "disable_eager_execution": _NO_GRAPHS,
    "disable_v2_behavior": _NO_GRAPHS,
    "distribute": "Leave it out: JAX computes on its first device, and on no other yet",
    "estimator": "a keras.Model with fit, evaluate and predict: TensorFlow 2.16 has none either",
    "experimental": "the same names without experimental, or keras.ops",
    "feature_column": "keras.utils.FeatureSpace, or keras.layers such as Normalization and StringLookup",
    "flags": "Python's argparse",
    "get_default_graph": _NO_GRAPHS,
    "get_variable": "tf.Variable, or a layer's add_weight",
    "global_variables_initializer": "Leave it out: variables have their values at once",
    "gradients": "tf.GradientTape",
    "hessians": "two tf.GradientTapes within each other, or cornu.hessian",
    "layers": "keras.layers",
    "lite": "model.save: a model of tf.lite can only be made by TensorFlow itself",
    "load_op_library": "functions of tf, keras.ops or jax.numpy: operations in C++ cannot be loaded",
    "lookup": "keras.layers.StringLookup or IntegerLookup",
    "placeholder": f"a function's argument, or keras.Input. {_NO_GRAPHS}",
    "profiler": "jax.profiler",
    "py_func": "tf.py_function",
    "ragged": _RAGGED,
    "raw_ops": "the functions of tf or keras.ops",
    "register_tensor_conversion_function": "a method __jax_array__ of your class",
    "saved_model": 'model.save("model.keras") and keras.models.load_model',
    "set_random_seed": "tf.random.set_seed",
    "sparse": "a matrix of scipy.sparse, which fit takes, or a dense tensor",
    "sparse_placeholder": f"a function's argument. {_NO_GRAPHS}",
    "summary": "keras.callbacks.TensorBoard",
    "sysconfig": "cornu.__version__ and jax.__version__",
    "tpu": "Leave it out: JAX computes on a TPU if there is one",
    "train": "keras.optimizers; for checkpoints keras.callbacks.ModelCheckpoint",
    "truncatediv": "tf.math.floordiv",
    "variable_scope": "tf.Module, or a keras.layers.Layer that owns its variables",
    "xla": "tf.function, which XLA compiles here anyway",
}


def missing(module: str, name: str, rooms: dict[str, str]) -> str:
    """The message for `name`, which the module with this public name does not have.

    `rooms` maps public names of modules to Cornu's, to look whether the name is in another one.
    """
    if module == "tensorflow":
        return missing_in_tensorflow(name)
    if module.startswith("tensorflow."):
        known = public_names(importlib.import_module(f"cornu.compat.{module}"))
        return f'"{module}.{name}" is not built yet. {did_you_mean(name, known)}'
    gone = why_gone(f"{module}.{name}".removeprefix("keras."))
    if gone is not None:
        return gone
    if module not in rooms:
        return f'Cornu does not have "{module}.{name}".'
    for room, ours in rooms.items():
        if name in public_names(importlib.import_module(ours)):
            return f'"{name}" is not in {module} but in {room}. Write: from {room} import {name}'
    known = public_names(importlib.import_module(rooms[module]))
    # Like for like: "optimizer" for the module "optimizers", not for "Optimizer".
    hint = did_you_mean(name, [other for other in known if other.islower() == name.islower()])
    hint = hint if hint.startswith("Did") else did_you_mean(name, known)
    return f'Cornu does not have "{module}.{name}" yet. {hint}'


def missing_in_old(path: str, name: str, rooms: tuple[str, ...]) -> str:
    """The message for `name`, which is in none of the rooms that an old import path leads to."""
    home = public_home(name, path)
    if home is not None:
        return f'"{name}" is not in {path} but in {home}. Write: from {home} import {name}'
    known = [other for room in rooms for other in public_names(room_module(room))]
    return f'Cornu does not have "{path}.{name}". {did_you_mean(name, known)}'


def missing_in_tensorflow(name: str) -> str:
    """The message for a part of TensorFlow outside `tensorflow.keras`."""
    said = f'"tensorflow.{name}" is not built: this tensorflow is Cornu\'s stand-in. '
    if name in INSTEAD_OF_TENSORFLOW:
        instead = INSTEAD_OF_TENSORFLOW[name]
        return said + (f"{instead}." if instead[0].isupper() else f"Use {instead}.")
    known = public_names(importlib.import_module("cornu.compat.tensorflow"))
    hint = did_you_mean(name, known)
    return said + (hint if hint.startswith("Did") else "Use keras.ops or NumPy.")


def public_names(module: ModuleType) -> list[str]:
    """What `from module import *` would bring."""
    names: Any = getattr(module, "__all__", ())
    return list(names)
