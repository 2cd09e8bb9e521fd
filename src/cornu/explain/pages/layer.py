"""The page of a layer."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from cornu.core.errors import show_shape
from cornu.explain.pages.html import folded, heading, note, page_of, short, table
from cornu.explain.pages.variable import in_brief

NO_CONFIGURATION = "The constructor's arguments are not known: {why}"


def layer_page(layer: Any) -> str:
    """Shapes, weights and configuration of a layer.

    >>> import cornu
    >>> page = layer_page(cornu.layers.Dense(3, name="hidden"))
    >>> "hidden" in page, "not built yet" in page
    (True, True)
    """
    size = f"{layer.count_params():,} parameters" if layer.built else "not built yet"
    frozen = "" if layer.trainable else "frozen"
    head = heading(f'{type(layer).__name__} "{layer.name}"', _shapes(layer), size, frozen)
    return page_of(head, weights_table(layer), folded("Configuration", configuration(layer)))


def weights_table(layer: Any) -> str:
    """A row for each weight, or nothing where there are none."""
    weights = layer.weights
    rows = [
        [
            each.path,
            show_shape(each.shape),
            each.dtype,
            "yes" if each.trainable else "no",
            in_brief(each),
        ]
        for each in weights
    ]
    return table(["Weight", "Shape", "Dtype", "Trainable", "Values"], rows) if rows else ""


def configuration(layer: Any) -> str:
    """The constructor's arguments, as a table."""
    try:
        config = layer.get_config()
    except Exception as error:  # a class of the user's may have one that fails
        return note(short(NO_CONFIGURATION.format(why=error)))
    return table([], [[str(name), short(in_words(value))] for name, value in config.items()])


def in_words(value: Any) -> str:
    """A value of a configuration, without what only files need.

    >>> in_words({"module": "keras", "class_name": "L2", "config": {"l2": 0.1, "seed": None}})
    'L2(l2=0.1)'
    """
    if isinstance(value, Mapping) and "class_name" in value:
        inner = value.get("config")
        given = inner if isinstance(inner, Mapping) else {}
        arguments = [f"{name}={in_words(each)}" for name, each in given.items() if each is not None]
        return f"{value['class_name']}({', '.join(arguments)})"
    return str(value) if isinstance(value, str) else repr(value)


def _shapes(layer: Any) -> str:
    if not layer._nodes:
        return ""
    node = layer._nodes[0]
    sides = (", ".join(show_shape(t.shape) for t in side) for side in (node.inputs, node.output_list))
    return " → ".join(side for side in sides if side)


__all__ = ["configuration", "in_words", "layer_page", "weights_table"]
