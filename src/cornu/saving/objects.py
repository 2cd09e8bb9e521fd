"""Objects as plain values and back."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from cornu.core import config as configuration
from cornu.core.config import custom_object_scope, register_keras_serializable

__all__ = [
    "CustomObjectScope",
    "deserialize_keras_object",
    "get_registered_object",
    "register_keras_serializable",
    "serialize_keras_object",
]

CustomObjectScope = custom_object_scope


def get_registered_object(
    name: str,
    custom_objects: Mapping[str, Any] | None = None,
    module_objects: Mapping[str, Any] | None = None,
) -> Any:
    """The class or function registered under this name; None if there is none.

    Args:
        name: the name, `package>name` for what was registered with a package.
        custom_objects: looked in first. Default: nothing.
        module_objects: looked in last. Default: nothing.

    Example:
        >>> @register_keras_serializable(package="example")
        ... def triple(x):
        ...     return 3 * x
        >>> get_registered_object("example>triple")(2)
        6
    """
    with custom_object_scope(custom_objects):
        found = configuration.custom_object(name)
    return (module_objects or {}).get(name) if found is None else found


def serialize_keras_object(obj: Any) -> Any:
    """An object as plain numbers, strings, lists and dicts.

    Example:
        >>> from cornu.layers import Dropout
        >>> serialize_keras_object(Dropout(0.5))["class_name"]
        'Dropout'
    """
    return configuration.serialize(obj)


def deserialize_keras_object(
    config: Any, custom_objects: Mapping[str, Any] | None = None, safe_mode: bool = True
) -> Any:
    """The object that `serialize_keras_object` described.

    Args:
        config: what it gave. Classes are looked up by name among Cornu's and the registered ones;
            nothing is imported.
        custom_objects: further classes and functions, by name. Default: none.
        safe_mode: always True.

    Raises:
        ValueError: if a name is unknown, or `safe_mode` is not True.

    Example:
        >>> from cornu.layers import Dropout
        >>> deserialize_keras_object(serialize_keras_object(Dropout(0.5))).rate
        0.5
    """
    if safe_mode is not True:
        raise ValueError(
            f"safe_mode={safe_mode!r} is refused: Cornu never runs code from a configuration. "
            'Leave safe_mode out, and pass your own functions by name: custom_objects={"f": f}.'
        )
    return configuration.deserialize(config, custom_objects=custom_objects)
