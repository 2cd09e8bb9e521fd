"""What is said about a name that Cornu does not have."""

from __future__ import annotations

import difflib
import importlib

from cornu.compat.lookup import joined, why_gone
from cornu.compat.rooms import ROOMS, names_of, public_home
from cornu.core.errors import did_you_mean

#: The modules of the stand-in for TensorFlow that can be imported by name.
TENSORFLOW_ROOMS = (
    *("compat", "compat.v1", "config", "data", "debugging", "dtypes", "image", "io", "linalg", "math"),
    *("nn", "random", "signal", "strings", "summary", "test"),
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
    "sysconfig": "cornu.__version__ and jax.__version__",
    "tpu": "Leave it out: JAX computes on a TPU if there is one",
    "train": "keras.optimizers; for checkpoints keras.callbacks.ModelCheckpoint",
    "truncatediv": "tf.math.floordiv",
    "variable_scope": "tf.Module, or a keras.layers.Layer that owns its variables",
    "xla": "tf.function, which XLA compiles here anyway",
}


IN_ANOTHER = '"{name}" is not in {path} but in {home}. Write: from {home} import {name}'


def missing(module: str, name: str) -> str:
    """The message for `name`, which the module with this public name does not have."""
    if module == "tensorflow":
        return missing_in_tensorflow(name)
    if module.startswith("tensorflow."):
        known = importlib.import_module(f"cornu.compat.{module}").__all__
        return f'"{module}.{name}" is not built yet. {did_you_mean(name, known)}'
    room = module.removeprefix("keras").removeprefix(".")
    gone = why_gone(joined(room, name))
    if gone is not None:
        return gone
    if room not in ("", *ROOMS):
        return f'Cornu does not have "{module}.{name}".'
    home = public_home(name)
    if home is not None:
        return IN_ANOTHER.format(name=name, path=module, home=home)
    known = names_of(room)
    # Like for like: "optimizer" for the module "optimizers", not for "Optimizer".
    hint = did_you_mean(name, [other for other in known if other.islower() == name.islower()])
    if not hint.startswith("Did"):
        hint = _close_by(name) or did_you_mean(name, known)
    return f'Cornu does not have "{module}.{name}" yet. {hint}'


def _close_by(name: str) -> str:
    """A sentence with the public name of any room that is very much like this one, if there is one."""
    rooms = {each: room for room in reversed(ROOMS) for each in names_of(room)}
    close = difflib.get_close_matches(name, rooms, n=1, cutoff=0.8)
    return f'Did you mean "{close[0]}" of keras.{rooms[close[0]]}?' if close else ""


def missing_in_old(path: str, name: str, rooms: tuple[str, ...]) -> str:
    """The message for `name`, which is in none of the rooms that an old import path leads to."""
    home = public_home(name, path)
    if home is not None:
        return IN_ANOTHER.format(name=name, path=path, home=home)
    known = [other for room in rooms for other in names_of(room)]
    return f'Cornu does not have "{path}.{name}". {did_you_mean(name, known)}'


def missing_in_tensorflow(name: str) -> str:
    """The message for a part of TensorFlow outside `tensorflow.keras`."""
    said = f'"tensorflow.{name}" is not built: this tensorflow is Cornu\'s stand-in. '
    if name in INSTEAD_OF_TENSORFLOW:
        instead = INSTEAD_OF_TENSORFLOW[name]
        return said + (f"{instead}." if instead[0].isupper() else f"Use {instead}.")
    known = importlib.import_module("cornu.compat.tensorflow").__all__
    hint = did_you_mean(name, known)
    return said + (hint if hint.startswith("Did") else "Use keras.ops or NumPy.")
