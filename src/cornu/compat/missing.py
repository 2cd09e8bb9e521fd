"""What is said about a name that Cornu does not have."""

from __future__ import annotations

import importlib
from types import ModuleType
from typing import Any

from cornu.compat.lookup import room_module, why_gone
from cornu.compat.rooms import public_home
from cornu.core.errors import did_you_mean

# What to write in place of the TensorFlow names that Keras programs use most.
INSTEAD_OF_TENSORFLOW = {
    "Tensor": "jax.Array",
    "Variable": "keras.Variable",
    "GradientTape": "cornu.value_and_grad",
    "config": "jax.devices() to see the devices",
    "constant": "keras.ops.convert_to_tensor",
    "convert_to_tensor": "keras.ops.convert_to_tensor",
    "image": "keras.ops.image",
    "io": "pathlib.Path(...).read_bytes()",
    "function": "cornu.jit, or nothing: fit() compiles the whole training",
    "math": "keras.ops",
    "nn": "keras.ops.nn",
    "random": "keras.random, and keras.utils.set_random_seed(...) for a seed",
}


def missing(module: str, name: str, rooms: dict[str, str]) -> str:
    """The message for `name`, which the module with this public name does not have.

    `rooms` maps public names of modules to Cornu's, to look whether the name is in another one.
    """
    if module == "tensorflow":
        return missing_in_tensorflow(name)
    if module == "tensorflow.data":
        known = public_names(importlib.import_module("cornu.compat.tensorflow_data"))
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
    said = (
        f'"tensorflow.{name}" is not built yet: this tensorflow is Cornu\'s stand-in, which has '
        "only tensorflow.keras and tensorflow.data. "
    )
    hint = did_you_mean(name, ["keras"])
    instead = INSTEAD_OF_TENSORFLOW.get(name, "keras.ops or NumPy")
    return said + (hint if hint.startswith("Did") else f"Use {instead}.")


def public_names(module: ModuleType) -> list[str]:
    """What `from module import *` would bring."""
    names: Any = getattr(module, "__all__", ())
    return list(names)
