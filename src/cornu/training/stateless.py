"""Steps that take the state and give it back, as Keras wants them on its JAX backend.

Such a step, `train_step(self, state, data)`, is made an imperative one: it is given the values of the
variables, and what it returns is assigned to them.
"""

from __future__ import annotations

import inspect
from collections.abc import Callable
from typing import Any

# The variables whose values make up the state of each step, in Keras's order.
STATES = {
    "train": ("trainable_variables", "non_trainable_variables", "optimizer", "metrics_variables"),
    "test": ("trainable_variables", "non_trainable_variables", "metrics_variables"),
    "predict": ("trainable_variables", "non_trainable_variables"),
}
WRONG = (
    "{name}(self, state, data) must return {wanted} with the state in {count} lists of values, for "
    "{parts}.{instead}"
)


def overridden(model: Any, name: str) -> bool:
    """Whether the method is not ours but one of the user's."""
    return not getattr(type(model), name).__module__.startswith("cornu.")


def imperative(model: Any, kind: str) -> Callable[[Any], Any]:
    """The model's step for 'train', 'test' or 'predict' as a function of the data alone."""
    step = getattr(model, f"{kind}_step")
    if not overridden(model, f"{kind}_step"):
        return step
    if not _takes_the_state(step):
        return lambda data: step(as_given(data))

    def with_state(data: Any) -> Any:
        parts = [_variables(model, part) for part in STATES[kind]]
        result = step(tuple([v.value for v in variables] for variables in parts), as_given(data))
        first, after = _unpacked(kind, result)
        # What several parts hold, such as a metric's variable, is assigned last where it belongs.
        for part, variables, values in zip(STATES[kind], parts, after, strict=True):
            if values is not None:
                _assign(kind, part, variables, list(values))
        return first

    return with_state


def as_given(data: Any) -> Any:
    """A batch without the parts that are not there, as Keras hands it to a step of the user's.

    >>> as_given((1, 2, None)), as_given((1, None, None))
    ((1, 2), 1)
    """
    if not isinstance(data, tuple) or len(data) != 3 or data[2] is not None:
        return data
    x, y, _ = data
    if y is not None:
        return x, y
    return (x,) if isinstance(x, (tuple, list)) else x


def _takes_the_state(step: Any) -> bool:
    parameters = inspect.signature(step).parameters.values()
    kinds = (inspect.Parameter.POSITIONAL_ONLY, inspect.Parameter.POSITIONAL_OR_KEYWORD)
    return len([p for p in parameters if p.kind in kinds and p.default is p.empty]) == 2


def _variables(model: Any, part: str) -> list[Any]:
    return list(model.optimizer.variables if part == "optimizer" else getattr(model, part))


def _assign(kind: str, part: str, variables: list[Any], values: list[Any]) -> None:
    if len(values) != len(variables):
        raise ValueError(
            f"{kind}_step(self, state, data) returned {len(values)} values for {part}, but was given "
            f"{len(variables)}: give each variable its value back, in the same order."
        )
    for variable, value in zip(variables, values, strict=True):
        variable.assign(value)


def _unpacked(kind: str, result: Any) -> tuple[Any, Any]:
    """What a step returned: the logs or outputs, and the new values of the variables that it may
    change."""
    wanted = "(outputs, non_trainable_variables)" if kind == "predict" else "(logs, state)"
    if isinstance(result, tuple) and len(result) == 2:
        first, state = result
        if kind == "predict":
            return first, (None, state)
        if isinstance(state, (tuple, list)) and len(state) == len(STATES[kind]):
            return first, state
    instead = ""
    if isinstance(result, dict):
        instead = f" To return logs alone, write {kind}_step(self, data), which assigns to variables."
    raise ValueError(
        WRONG.format(
            name=f"{kind}_step",
            wanted=wanted,
            count=len(STATES[kind]),
            parts=", ".join(STATES[kind]),
            instead=instead,
        )
    )
