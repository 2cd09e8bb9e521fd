"""Whole models in the format of Keras 2: the architecture and how it is compiled as JSON text in
attributes, weights and the optimizer's state in groups."""

from __future__ import annotations

from collections.abc import Callable, Collection, Mapping
from pathlib import Path
from typing import Any

from cornu import losses, metrics, optimizers
from cornu.core.allowance import allowed
from cornu.core.atomic import write_whole
from cornu.core.config import custom_object, custom_object_scope, serialize
from cornu.core.errors import warn
from cornu.core.plain import from_json, made_from
from cornu.storage.attributes import attribute
from cornu.storage.description import as_json, described, model_of
from cornu.storage.hdf5 import holds, inside, text_of
from cornu.storage.kinds import KERAS
from cornu.storage.legacy.configs import modern, named
from cornu.storage.legacy.layouts import fitted_model
from cornu.storage.legacy.weights import (
    Stored,
    by_keras_1,
    load_layers,
    names_in,
    save_layers,
    write_arrays,
)

# What the slots of optimizers are called in files of Keras 2.
SLOTS = {
    "m": "momentum",
    "v": "velocity",
    "vhat": "velocity_hat",
    "rms": "velocity",
    "mg": "average_gradient",
    "momentum": "momentum",
}
GONE = ("jit_compile", "is_legacy_optimizer", "schedule_decay")  # what an optimizer could be told
LISTS = ("layer_names", "layer_names0", "nb_layers")  # attributes that say what layers there are
COUNTERS = ("iteration", "iter", "iterations", "learning_rate")
NO_MODEL = (
    'load_model: "{path}" holds no model, but {what}. Make the model, and then: '
    'model.load_weights("{path}").'
)
AFRESH = (
    '{path}: the state of the optimizer {cls} is of another form ("{name}") and was left out; training '
    "goes on with a fresh one."
)


def has_architecture(file: Any) -> bool:
    return "model_config" in file.attrs


def is_old(file: Any) -> bool:
    """Whether an HDF5 file is one of Keras 2's format."""
    return (
        any(name in file.attrs for name in LISTS)
        or holds(file, "model_weights")
        or has_architecture(file)
    )


def weights_group(file: Any) -> Any:
    """Where the layers' weights lie in a file of a model, or of weights alone."""
    if any(name in file.attrs for name in LISTS):
        return file
    return inside(file, "model_weights")


# ----------------------------------------------------------------------------------------------- reading


def load_old_model(
    file: Any, path: Path, custom_objects: Mapping[str, Any] | None, compile: bool
) -> Any:
    """The model that an open file of the older format holds.

    Raises:
        ValueError: if it holds no architecture, or something that is not known.
    """
    if not has_architecture(file):
        raise ValueError(NO_MODEL.format(path=path, what="weights alone"))
    by_keras_3 = text_of(attribute(file, "keras_version"), "keras_version").startswith("3")
    config = from_json(text_of(attribute(file, "model_config"), "model_config"))
    with allowed(path.stat().st_size):
        with custom_object_scope(custom_objects), made_from("The model", config):
            config = named(config) if by_keras_3 else modern(config)
        model = model_of(config, custom_objects)
        weights = weights_group(file)
        by_name = by_keras_1(weights) and _all_named(model, weights)
        load_layers(model, weights, path, by_name, new=True)
        training = attribute(file, "training_config")
        if compile and training is not None:
            _compile(model, file, from_json(text_of(training, "training_config")), path, custom_objects)
    return model


def _compile(model: Any, file: Any, training: Any, path: Path, custom_objects: Any) -> None:
    """Compiles the model as the file says, with the state that the optimizer had."""
    with custom_object_scope(custom_objects), made_from("What the model is compiled with", None):
        model.compile(**_compile_arguments(training, model))
    if holds(file, "optimizer_weights"):
        model.optimizer.build(model.trainable_variables)
        stored = Stored(inside(file, "optimizer_weights"))
        if by_keras_1(weights_group(file)):
            _load_first_optimizer(model, stored, path)
        else:
            _load_optimizer(model.optimizer, stored, path)


def _all_named(model: Any, weights: Any) -> bool:
    """Whether all layers with weights are in the file under their names, in whatever order: Keras 1 had
    the layers of a Sequential with branches in another one."""
    names = names_in(weights, "layer_names")
    return all(layer.name in names for layer in model.layers if layer.weights)


def _compile_arguments(training: Mapping[str, Any], model: Any) -> dict[str, Any]:
    """What `compile` is given, from its description."""
    names = list(getattr(model, "output_names", None) or [])

    def metric(entry: Any) -> Any:
        return _of_kind(metrics, entry, names if len(names) > 1 else [])

    def loss(entry: Any) -> Any:
        return _of_kind(losses, entry, [])

    described = training["optimizer_config"]
    cls = str(described["class_name"]).removeprefix("Custom>")
    config = {key: value for key, value in described["config"].items() if key not in GONE}
    if not config.get("use_ema"):
        config.pop("ema_overwrite_frequency", None)
    return {
        "optimizer": optimizers.deserialize({"class_name": cls, "config": config}),
        "loss": _each(loss, training.get("loss")),
        "loss_weights": training.get("loss_weights"),
        "metrics": _of_outputs(_each(metric, training.get("metrics")), names),
        "weighted_metrics": _of_outputs(_each(metric, training.get("weighted_metrics")), names),
    }


def _of_outputs(found: Any, names: list[str]) -> Any:
    """Metrics of the only output, which Keras 2 lists in a list."""
    one = isinstance(found, list) and len(found) == 1 and isinstance(found[0], list)
    return found[0] if one and len(names) < 2 else found


def _each(make: Callable[[Any], Any], entry: Any) -> Any:
    """`make` of each description in lists and dicts by output."""
    if isinstance(entry, Mapping) and "class_name" not in entry:
        return {key: _each(make, item) for key, item in entry.items()}
    if isinstance(entry, list):
        return [_each(make, item) for item in entry]
    return make(entry)


def _of_kind(room: Any, entry: Any, outputs: list[str]) -> Any:
    """The loss or metric of a description."""
    if isinstance(entry, Mapping) and entry["class_name"] == "function":
        entry = entry["config"]
    if not isinstance(entry, Mapping):
        return custom_object(entry) or entry
    config = dict(entry.get("config") or {})
    name = str(config.get("name"))
    prefix = next((f"{each}_" for each in outputs if name.startswith(f"{each}_")), "")
    if entry["class_name"] == "MeanMetricWrapper":
        return metrics.MeanMetricWrapper(metrics.get(config["fn"]), name=name.removeprefix(prefix))
    if config.get("reduction") == "auto":
        config["reduction"] = "sum_over_batch_size"
    if prefix:
        config["name"] = name.removeprefix(prefix)
    if "module" not in entry:
        config.pop("fn", None)
        config.pop("dtype", None)
    return room.deserialize({**entry, "config": config})


def _load_optimizer(optimizer: Any, stored: Stored, path: Path) -> None:
    """Gives an optimizer the state in a file, slot by slot in the order of the weights."""
    arrays = stored.unread
    ours = optimizer.variables
    if [a.shape for a in arrays] == [v.shape for v in ours]:
        for variable, array in zip(ours, arrays, strict=True):
            variable.take_from(array.read)
        return
    found: dict[str, list[Any]] = {}
    for name, array in zip(stored.names, arrays, strict=True):
        found.setdefault(_slot(name), []).append(array)
    counted = [array for name in COUNTERS[:3] for array in found.pop(name, [])]
    found.pop("learning_rate", None)
    slots = {name: [each[name] for each in optimizer._slots if name in each] for name in found}
    slots = {name: variables for name, variables in slots.items() if variables}  # SGD may need none
    for name, variables in slots.items():
        if [v.shape for v in variables] != [a.shape for a in found[name]]:
            cls = type(optimizer).__name__
            warn(AFRESH.format(path=path, cls=cls, name=name))
            return
    for name, variables in slots.items():
        for variable, array in zip(variables, found[name], strict=True):
            variable.take_from(array.read)
    for array in counted[:1]:
        optimizer.iterations.take_from(array.read)


def _load_first_optimizer(model: Any, stored: Stored, path: Path) -> None:
    """Gives an optimizer the state that Keras 1 wrote: the count of steps, if it is kept, then slot by
    slot an array for each weight that trains."""
    optimizer, arrays = model.optimizer, stored.arrays
    counted = [array for array in arrays[:1] if not array.shape]
    arrays = arrays[len(counted) :]
    names = list(optimizer._slots[0]) if optimizer._slots else []
    size = len(arrays) // max(1, len(names))
    slots = {
        name: fitted_model(model, arrays[number * size : (number + 1) * size], True)
        for number, name in enumerate(names)
    }
    for name, values in slots.items():
        if [v.shape for v in model.trainable_variables] != [a.shape for a in values]:
            warn(AFRESH.format(path=path, cls=type(optimizer).__name__, name=name))
            return
    for name, values in slots.items():
        for each, array in zip(optimizer._slots, values, strict=True):
            each[name].assign(array)
    for array in counted:
        optimizer.iterations.assign(array)


def _slot(name: str) -> str:
    """The slot that an array of an optimizer's state belongs to: `Adam/m/dense/kernel:0` and, before,
    `training/Adam/dense/kernel/m:0`."""
    parts = name.removesuffix(":0").split("/")
    if parts[-1] in COUNTERS:
        return parts[-1]
    known = {**SLOTS, **{name: name for name in SLOTS.values()}}
    return next((known[part] for part in (parts[1:2] + parts[-1:]) if part in known), parts[-1])


# ----------------------------------------------------------------------------------------------- writing


def save_old_model(model: Any, path: Path, include_optimizer: bool = True) -> None:
    """Writes a whole model in the older format.

    Raises:
        OSError: if the file cannot be written; what was there before stays.
    """
    import h5py

    whole = described(model)
    config = as_json({key: whole[key] for key in ("class_name", "config")})
    compiled = include_optimizer and model.compiled

    def write(open_file: Any) -> None:
        with h5py.File(open_file, "w") as file:
            file.attrs["keras_version"], file.attrs["backend"] = KERAS, "jax"
            file.attrs["model_config"] = config.encode()
            save_layers(model, file.create_group("model_weights"))
            if compiled:
                file.attrs["training_config"] = as_json(_training(model)).encode()
                if model.optimizer.variables:
                    state = file.create_group("optimizer_weights")
                    write_arrays(state, model.optimizer.variables)

    write_whole(path, write)


def _training(model: Any) -> dict[str, Any]:
    config = model.get_compile_config()
    optimizer = serialize(model.optimizer)
    return {
        **{key: config[key] for key in ("loss_weights", "metrics", "weighted_metrics")},
        "loss": _each(_whole_name, config["loss"]),
        "optimizer_config": {key: optimizer[key] for key in ("class_name", "config")},
    }


def _whole_name(loss: Any) -> Any:
    """The whole name of a loss; Keras 3 does not read short ones from such a file."""
    return losses.get(loss).__name__ if isinstance(loss, str) else loss


def save_old_weights(model: Any, path: Path, left_out: Collection[int] = ()) -> None:
    """Writes a model's weights alone in the older format."""
    import h5py

    def write(open_file: Any) -> None:
        with h5py.File(open_file, "w") as file:
            save_layers(model, file, left_out)

    write_whole(path, write)
