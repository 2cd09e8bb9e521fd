"""What a configuration names: classes and functions of the user's, and code, which is never run."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

# How plain values are written that JSON has no word for.
VALUES = (
    "__keras_tensor__",
    "__numpy__",
    "__tensor__",
    "__slice__",
    "__ellipsis__",
    "__bytes__",
    "__op__",
)
MODELS = ("Functional", "Model", "Sequential")
OPERATIONS = ("TFOpLambda", "SlicingOpLambda", "TensorFlowOpLayer")
# Where entries without a module, as Keras 2 wrote them, are layers.
LAYERS = ("layers", "layer", "forward_layer", "backward_layer", "cell", "cells")


@dataclass(frozen=True)
class Named:
    """A class or function that is not Keras's: its name, the module that it came from, and the name that
    it is registered by, if any."""

    name: str
    module: str
    registered: str
    function: bool = False

    @property
    def key(self) -> str:
        """What it is looked up by in custom_objects."""
        return self.registered if ">" in self.registered else self.name


def custom(config: Any) -> list[Named]:
    """Classes and functions of the user's, each once, in the order in which they are met."""
    return list(
        dict.fromkeys(found for found in _walk(config, "", "the model") if isinstance(found, Named))
    )


def code(config: Any) -> list[str]:
    """The places of what a configuration holds as code."""
    return list(
        dict.fromkeys(found for found in _walk(config, "", "the model") if isinstance(found, str))
    )


def _walk(value: Any, key: str, place: str) -> Iterator[Named | str]:
    if isinstance(value, list):
        for item in value:
            yield from _walk(item, key, place)
    if not isinstance(value, Mapping):
        return
    cls = value.get("class_name")
    if isinstance(cls, str):
        config = value.get("config")
        name = config.get("name") if isinstance(config, Mapping) else None
        place = f'{cls} "{name}"' if isinstance(name, str) and not cls.startswith("__") else place
        if cls == "__lambda__" or (cls == "Lambda" and _is_code(config)):
            yield place
        if cls in VALUES or cls == "__lambda__":
            return
        named = _named(cls, value, key)
        if named is not None:
            yield named
    for inner, item in value.items():
        # What a layer is given in a call is no layer, though it may stand in a list.
        yield from _walk(item, key if inner == "config" else inner, place)


def _is_code(config: Any) -> bool:
    """Whether a Lambda of Keras 2 holds its function's code."""
    return isinstance(config, Mapping) and isinstance(config.get("function"), list)


def _named(cls: str, entry: Mapping[str, Any], key: str) -> Named | None:
    function = cls == "function"
    name = entry.get("config") if function else cls
    module, registered = entry.get("module"), entry.get("registered_name")
    if not isinstance(name, str) or (module is None and not _is_layer(entry, key)):
        return None
    module = str(module or "")
    known = module == "keras" or module.startswith(("keras.", "cornu."))
    if known or (not module and _is_ours(name)):
        return None
    return Named(name, module, registered if isinstance(registered, str) else name, function)


def _is_layer(entry: Mapping[str, Any], key: str) -> bool:
    return key in LAYERS and isinstance(entry.get("config"), (Mapping, list))


def _is_ours(name: str) -> bool:
    """Whether a class of Keras 1 or 2 is known."""
    from cornu import layers
    from cornu.storage.legacy import first

    return name in (*MODELS, *OPERATIONS) or name in layers.__all__ or name in first.KNOWN


def line_to_write(named: list[Named], call: str) -> str:
    """How they are given to a call."""
    inside = ", ".join(f'"{each.key}": {each.name.rpartition(">")[2]}' for each in named)
    return f"{call}, custom_objects={{{inside}}})"
