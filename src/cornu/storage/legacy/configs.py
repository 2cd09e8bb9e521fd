"""Configurations as Keras 2 wrote them, put into the words of Keras 3.

What Keras 2 wrote names classes without the module that they are in; that is how it is known.
"""

from __future__ import annotations

import inspect
from collections.abc import Callable, Mapping
from typing import Any

from cornu import layers
from cornu.core.config import custom_object, parameters
from cornu.storage.legacy import first
from cornu.storage.legacy.functions import operation

MODELS = ("Functional", "Model", "Sequential")
ADDERS = ("AddLoss", "AddMetric")
OPERATIONS = ("TFOpLambda", "SlicingOpLambda", "TensorFlowOpLayer")
# What a layer could be told and cannot be any longer, with the values that ask for nothing; None: any.
GONE: dict[str, tuple[Any, ...] | None] = {
    "implementation": None,
    "time_major": (False,),
    "renorm": (False,),
    "renorm_clipping": (None, {}),
    "renorm_momentum": None,
    "virtual_batch_size": (None,),
    "fused": None,
    "experimental_autocast": None,
    "optional": (False,),
    "output_shape_type": None,
    "output_shape_module": None,
    "function_type": None,
    "module": None,
    "force_generator": None,
    "rng_type": None,
    "unit_forget_bias": None,
    "groups": (1,),
    "kernel_initializer": None,
    "kernel_regularizer": None,
    "kernel_constraint": None,
    "softmax_robust_masking": None,
    "query_shape": None,
    "key_shape": None,
    "value_shape": None,
}
# What the same word means now is something else.
RENAMED = {
    (argument, "hard_sigmoid"): "old_hard_sigmoid" for argument in ("activation", "recurrent_activation")
}
NOT_NOW = (
    '{cls} "{name}" was made with {argument}={value!r}, which Keras 3 and Cornu do not have. Make the '
    "model anew without it, and load the weights alone: model.load_weights(path)."
)


def is_old(config: Any) -> bool:
    """Whether a description of an object is one of Keras 2."""
    return isinstance(config, Mapping) and "class_name" in config and "module" not in config


def modern(entry: Any, within: bool = False) -> Any:
    """A description of a model or layer in the words of Keras 3; those of Keras 3 stay as they are.

    Within one of Keras 2 all are of Keras 2: its last versions do name modules there.

    Raises:
        ValueError: if it asks for what no layer can be told any longer.
    """
    if not (within and isinstance(entry, Mapping)) and not is_old(entry):
        return entry
    entry = entry if within else first.translated(entry)
    cls, config = entry["class_name"], entry.get("config")
    if cls in MODELS:
        name = "Sequential" if cls == "Sequential" else "Functional"
        new = {"module": "keras.models", "class_name": name, "config": modern_model(config, True)}
        return {**entry, **new}
    ours = getattr(layers, cls, None) if custom_object(cls) is None else None
    if ours is None or not isinstance(config, Mapping):
        return entry
    return {**entry, "module": "keras.layers", "config": _layer(ours, cls, dict(config))}


def named(entry: Any) -> Any:
    """A description that Keras 3 wrote in the older format: its own words, but without modules."""
    if not is_old(entry):
        return entry
    cls, config = entry["class_name"], entry.get("config")
    if custom_object(cls) is not None or not (cls in MODELS or hasattr(layers, cls)):
        return entry
    if cls not in MODELS:
        return {**entry, "module": "keras.layers"}
    name = "Sequential" if cls == "Sequential" else "Functional"
    config = {**config, "layers": [named(each) for each in config["layers"]]}
    return {**entry, "module": "keras.models", "class_name": name, "config": config}


def modern_model(config: Any, within: bool = False) -> Any:
    """What describes a Sequential or a graph inside, in the words of Keras 3."""
    if isinstance(config, list):  # a Sequential before Keras 2.2.3 had no name
        config = config if within else first.translated(config)
        return {"layers": [modern(entry, within=True) for entry in config]}
    if not isinstance(config, Mapping) or not isinstance(config.get("layers"), list):
        return config
    if not within and not any(is_old(entry) for entry in config["layers"]):
        return config
    config = config if within else first.translated(config)
    if "input_layers" not in config:
        return {**config, "layers": [modern(entry, within=True) for entry in config["layers"]]}
    entries = [_with_calls(entry) for entry in config["layers"] if entry["class_name"] not in ADDERS]
    added = [_added(entry) for entry in config["layers"] if entry["class_name"] in ADDERS]
    ends = {key: config[key] for key in ("input_layers", "output_layers")}
    calls = _first_calls(entries, [ends, added])
    nested = {entry["name"] for entry in entries if entry["class_name"] == "Functional"}

    def renumbered(place: list[Any]) -> list[Any]:
        return [place[0], place[1] - calls.get(place[0], 0), place[2]]

    def end(place: list[Any]) -> list[Any]:  # Keras 3 counts one more of a graph within a graph
        name, number, index = renumbered(place)
        return [name, number + (name in nested), index]

    def ends_of(places: Any) -> Any:  # one tensor was written as a list of one
        found = _each_place(end, places)
        return found[0] if isinstance(found, list) and len(found) == 1 else found

    entries = [
        {**entry, "inbound_nodes": _each_place(renumbered, entry["inbound_nodes"])} for entry in entries
    ]
    if added:
        config = {**config, "added": _each_place(renumbered, added)}
    return {**config, "layers": entries, **{key: ends_of(at) for key, at in ends.items()}}


def _added(entry: Mapping[str, Any]) -> dict[str, Any]:
    """What Keras 2 kept of a symbolic loss or metric of a model: a layer that hands its tensor on."""
    place = _items(entry["inbound_nodes"][0])[0][:3]
    config = entry["config"]
    if entry["class_name"] == "AddLoss":
        return {"as": "loss", "tensor": place}
    aggregation = config.get("aggregation")
    return {"as": "metric", "name": config["metric_name"], "aggregation": aggregation, "tensor": place}


def _is_place(value: Any) -> bool:
    """Whether this is where a tensor is made: a layer, the number of its call, and which output."""
    return (
        isinstance(value, list)
        and len(value) == 3
        and isinstance(value[0], str)
        and all(isinstance(number, int) for number in value[1:])
    )


def _each_place(change: Callable[[list[Any]], Any], value: Any) -> Any:
    """`change` of each place in nested lists and dicts."""
    if _is_place(value):
        return change(value)
    if isinstance(value, list):
        return [_each_place(change, item) for item in value]
    if isinstance(value, Mapping):
        return {key: _each_place(change, item) for key, item in value.items()}
    return value


def _first_calls(entries: list[dict[str, Any]], ends: Any) -> dict[str, int]:
    """From what the calls of each layer are counted: of a model they may be from 1, its own making being
    the first."""
    last: dict[str, int] = {}

    def note(place: list[Any]) -> None:
        last[place[0]] = max(place[1], last.get(place[0], 0))

    _each_place(note, [ends, *(entry["inbound_nodes"] for entry in entries)])
    calls = {entry["name"]: len(entry["inbound_nodes"]) for entry in entries}
    return {name: number - calls[name] + 1 for name, number in last.items() if calls.get(name)}


def _layer(cls: Any, name: str, config: dict[str, Any]) -> dict[str, Any]:
    """The configuration of a layer of ours."""
    if name == "InputLayer":
        config["batch_shape"] = config.pop("batch_input_shape", config.pop("batch_shape", None))
    axis = config.get("axis")
    if isinstance(axis, list) and len(axis) == 1:
        config["axis"] = axis[0]
    if name == "Lambda" and isinstance(config.get("function"), list):
        config["function"] = {"class_name": "__lambda__", "config": {}}
    taken = parameters(cls) if isinstance(cls, type) else inspect.signature(cls).parameters
    for argument in [each for each in config if each in GONE and each not in taken]:
        value, harmless = config.pop(argument), GONE[argument]
        if harmless is not None and value not in harmless:
            raise ValueError(
                NOT_NOW.format(cls=name, name=config.get("name"), argument=argument, value=value)
            )
    return {key: RENAMED.get((key, str(value))) or _inner(value) for key, value in config.items()}


def _inner(value: Any) -> Any:
    """A part of a layer's configuration: a layer in it, an initializer, a policy."""
    if isinstance(value, list):
        return [_inner(item) for item in value]
    if not isinstance(value, dict):
        return value
    cls, config = value.get("class_name"), value.get("config")
    if cls in ("Policy", "PolicyV1") and isinstance(config, dict):
        return config.get("name")
    if not isinstance(config, dict) or cls in ("__lambda__", "function"):
        return value
    if hasattr(layers, str(cls)) or cls in MODELS:
        return modern(value, within=True)
    return {**value, "config": {key: item for key, item in config.items() if key != "dtype"}}


# -------------------------------------------------------------------------------------- calls in a graph


def _with_calls(entry: Mapping[str, Any]) -> dict[str, Any]:
    """A layer of a graph, with each call as arguments by place and by name."""
    calls = [_items(call) for call in entry.get("inbound_nodes", [])]
    if entry["class_name"] in OPERATIONS:
        return operation(entry, [_operands(call) for call in calls])
    new = modern(entry, within=True)
    inbound = [_call(call) for call in calls]
    return {**new, "name": entry["name"], "inbound_nodes": inbound}


def _items(call: Any) -> list[Any]:
    """The tensors of a call, each a list of layer, number of its call, which output, and arguments."""
    return [call] if call and isinstance(call[0], str) else list(call)


def _call(items: list[Any]) -> dict[str, Any]:
    tensors = [_reference(item) for item in items]
    named = {key: value for item in items for key, value in (item[3] if len(item) > 3 else {}).items()}
    kwargs = {key: _argument(value) for key, value in named.items() if value is not None}
    return {
        "args": [tensors[0] if len(tensors) == 1 else tensors],
        "kwargs": kwargs,
        **({"told_training": True} if "training" in kwargs else {}),
    }


def _operands(items: list[Any]) -> tuple[Any, dict[str, Any]]:
    """What a function of TensorFlow was given: the first operand, and the others by name."""
    first = _reference(items[0]) if len(items) == 1 else [_reference(item) for item in items]
    if items and items[0][0] == "_CONSTANT_VALUE":
        first = items[0][2]
    named = items[0][3] if len(items[0]) > 3 else {}
    return first, {key: _argument(value) for key, value in named.items()}


def _argument(value: Any) -> Any:
    """An argument by name: a tensor is a list of layer, number of its call, and which output."""
    if isinstance(value, list) and len(value) >= 3 and isinstance(value[0], str):
        numbers = value[1:3]
        if all(isinstance(number, int) for number in numbers):
            return value[2] if value[0] == "_CONSTANT_VALUE" else _reference(value)
    if isinstance(value, list):
        return [_argument(item) for item in value]
    return value


def _reference(item: Any) -> dict[str, Any]:
    config = {"keras_history": [item[0], item[1], item[2]]}
    return {"class_name": "__keras_tensor__", "config": config}
