"""The state of a model as a tree of arrays: the variables by their paths, as checkpoints hold them."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

import numpy as np

from cornu.core.errors import did_you_mean, show_shape
from cornu.core.names import unique_names
from cornu.core.variable import Variable

PARTS = (
    *("trainable_variables", "non_trainable_variables"),
    *("optimizer_variables", "metrics_variables"),
)
FORMATS: dict[str, Callable[[Variable], Any]] = {
    "backend_tensor": lambda variable: variable.value,
    "numpy_array": lambda variable: variable.numpy(),
}
UNKNOWN_PART = "set_state_tree: the tree has a part {part!r}. {hint}"
UNKNOWN_PATH = 'set_state_tree: the model has no variable "{path}" among its {part}. {hint}'
OTHER_SHAPE = 'set_state_tree: "{path}" has shape {wanted}, but the tree holds one of shape {found}.'


def _variables(model: Any, part: str) -> dict[str, Variable]:
    """The variables of a part of the state, by path."""
    if part == "optimizer_variables":
        optimizer = getattr(model, "optimizer", None)
        variables = list(optimizer.variables) if optimizer is not None else []
    else:
        variables = list(getattr(model, part))
    return dict(zip(unique_names(variables), variables, strict=True))


def state_tree(model: Any, value_format: str) -> dict[str, Any]:
    """The values of all variables, in nested dicts by the parts of their paths."""
    if value_format not in FORMATS:
        hint = did_you_mean(str(value_format), FORMATS)
        raise ValueError(f"get_state_tree(value_format={value_format!r}): {hint}")
    found: dict[str, Any] = {}
    for part in PARTS:
        found[part] = {}
        for path, variable in _variables(model, part).items():
            *above, name = path.split("/")
            place = found[part]
            for step in above:
                place = place.setdefault(step, {})
            place[name] = FORMATS[value_format](variable)
    return found


def set_state_tree(model: Any, tree: Mapping[str, Any]) -> None:
    """Gives variables the values in a tree of `state_tree`'s form; all of them, or none."""
    for _, variable, value in fitting(model, tree):
        variable.assign(value)


def fitting(model: Any, tree: Mapping[str, Any]) -> list[tuple[str, Variable, Any]]:
    """Of all that is in a tree: its path, the variable of that path, and what the tree holds, a value
    or its description.

    Raises:
        ValueError: for a part, path or shape that the model does not have.
    """
    found = []
    for part, values in tree.items():
        if part not in PARTS:
            raise ValueError(UNKNOWN_PART.format(part=part, hint=did_you_mean(str(part), PARTS)))
        known = _variables(model, part)
        for path, value in _flat(values):
            if path not in known:
                hint = did_you_mean(path, known)
                raise ValueError(UNKNOWN_PATH.format(path=path, part=part, hint=hint))
            shape = value.shape if hasattr(value, "shape") else np.shape(value)
            if known[path].shape != tuple(shape):
                wanted = show_shape(known[path].shape)
                raise ValueError(OTHER_SHAPE.format(path=path, wanted=wanted, found=show_shape(shape)))
            found.append((f"{part}/{path}", known[path], value))
    return found


def _flat(values: Mapping[str, Any], above: str = "") -> Any:
    for name, value in values.items():
        if isinstance(value, Mapping):
            yield from _flat(value, f"{above}{name}/")
        else:
            yield f"{above}{name}", value
