"""A model as plain values: its architecture, and how it was built and compiled."""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any

from cornu.core.config import (
    UnknownNameError,
    custom_object,
    custom_object_scope,
    describing,
    deserialize,
    serialize,
)
from cornu.core.errors import describe
from cornu.core.plain import from_json
from cornu.layers.layer import Layer
from cornu.storage.naming import custom, line_to_write

NOT_PLAIN = (
    "The model cannot be written: {place} is {value}, and only numbers, strings, lists and dicts can. "
    "Let get_config() give plain values, and make the object from them in __init__ or from_config."
)
SEVERAL = (
    "The model needs {count} classes and functions of yours that are not known: {names}. Pass them,\n"
    "    {line}\n"
    "or decorate each with @register_keras_serializable() before."
)
NO_MODEL = "The configuration describes a {kind}, not a model."


def described(model: Any) -> dict[str, Any]:
    """The model's classes with their configurations, as Keras 3 writes them."""
    with describing():
        found: dict[str, Any] = serialize(model)
    return found


def as_json(description: Any, **kwargs: Any) -> str:
    """Plain values as JSON text.

    Raises:
        TypeError: if a value is not plain, with the place where it is.
    """
    try:
        return json.dumps(description, **kwargs)
    except (TypeError, ValueError):
        place, value = next(_not_plain(description, "the model"), ("a part", None))
        raise TypeError(NOT_PLAIN.format(place=place, value=describe(value))) from None


def _not_plain(value: Any, place: str) -> Any:
    if isinstance(value, dict):
        name = value["config"].get("name") if isinstance(value.get("config"), dict) else None
        if name and "class_name" in value:
            place = f'{value["class_name"]} "{name}"'
        for key, item in value.items():
            yield from _not_plain(item, place if key == "config" else f"{place}, {key}")
    elif isinstance(value, (list, tuple)):
        for item in value:
            yield from _not_plain(item, place)
    elif not isinstance(value, (str, int, float, bool, type(None))):
        yield place, value


def model_from(
    text: str | bytes, custom_objects: Mapping[str, Any] | None = None, compiled: bool = True
) -> Any:
    """The model that JSON text describes, with new weights.

    Raises:
        ValueError: if it is no JSON text, describes no model, or names what is not known.
    """
    config = from_json(text)
    if isinstance(config, dict) and not compiled:
        config.pop("compile_config", None)
    return model_of(config, custom_objects)


def model_of(config: Any, custom_objects: Mapping[str, Any] | None = None) -> Any:
    """The model that plain values describe, with new weights.

    Raises:
        ValueError: if they describe no model, or name what is not known.
    """
    if not isinstance(config, dict) or "class_name" not in config:
        raise ValueError(NO_MODEL.format(kind=type(config).__name__))
    with custom_object_scope(custom_objects):
        try:
            model = deserialize(config)
        except UnknownNameError as error:
            raise _all_unknown(config, error) from None
    if not isinstance(model, Layer):
        raise ValueError(NO_MODEL.format(kind=config["class_name"]))
    return model


def _all_unknown(config: Any, error: UnknownNameError) -> ValueError:
    """The error that names all that is not known at once; the one that was raised, if that is all."""
    unknown = [each for each in custom(config) if custom_object(each.registered) is None]
    unknown = [each for each in unknown if custom_object(each.name) is None]
    if len(unknown) < 2:
        return error
    names = ", ".join(f'"{each.key}"' for each in unknown)
    line = line_to_write(unknown, "load_model(path")
    return UnknownNameError(SEVERAL.format(count=len(unknown), names=names, line=line))


def model_from_json(json_string: str, custom_objects: Mapping[str, Any] | None = None) -> Any:
    """The model that `model.to_json()` described, with new weights.

    Args:
        json_string: JSON text, from Cornu or Keras 3.
        custom_objects: your own classes and functions, by name. Default: none but registered ones.

    Raises:
        ValueError: if the text describes no model, or names a class or function that is not known.

    Example:
        >>> import cornu
        >>> model = cornu.Sequential([cornu.layers.Dense(2, input_shape=(3,))])
        >>> model_from_json(model.to_json()).count_params()
        8
    """
    return model_from(json_string, custom_objects)
