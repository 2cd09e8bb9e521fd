"""The seam: lifts code over objects to pure functions over one pytree of state, and back.

`pure(function, state)` is the one place where objects become values. It binds the values of a
pytree to the
variables, calls ordinary object code, and reads the new values back:

    pure(step, variables)(values, batch) -> (new values, result)
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Any

import jax
import jax.tree_util as tree

from cornu.core.context import bound, context
from cornu.core.names import unique_names
from cornu.core.variable import Variable

Variables = Mapping[str, Mapping[str, Variable]]
Values = dict[str, dict[str, Any]]


def named(**parts: Sequence[Variable]) -> dict[str, dict[str, Variable]]:
    """The variables of each named part of the state, by path: {'trainable': {'dense/kernel': ...},
    ...}."""
    return {
        part: dict(zip(unique_names(list(variables)), variables, strict=True))
        for part, variables in parts.items()
    }


def numbered(variables: Sequence[Variable]) -> dict[str, Variable]:
    """Variables by their number, as text."""
    return {str(number): variable for number, variable in enumerate(variables)}


class ForeignVariables(Exception):
    """Raised while tracing when the code uses variables that are not part of the state.

    `assigned` are those of them that it changes.
    """

    def __init__(self, variables: list[Variable], assigned: list[Variable]) -> None:
        super().__init__(", ".join(variable.path for variable in variables))
        self.variables, self.assigned = variables, assigned


def pure(function: Callable[..., Any], variables: Variables) -> Callable[..., tuple[Values, Any]]:
    """`function` as a pure function `(values, *arguments) -> (new values, result)`.

    Raises:
        ForeignVariables: if the function meets a variable outside `variables`; its value would
            become a constant.
    """

    def pure_function(values: Values, *arguments: Any) -> tuple[Values, Any]:
        bindings = {
            variable: values[part][path]
            for part, named_variables in variables.items()
            for path, variable in named_variables.items()
        }
        outer, context.foreign = context.foreign, {}
        try:
            with bound(bindings):
                result = arrays(function(*arguments))  # a variable's value is another one outside
            if context.foreign:
                assigned = [variable for variable in context.foreign if variable in bindings]
                raise ForeignVariables(list(context.foreign), assigned)
        finally:
            context.foreign = outer
        return {
            part: {path: bindings[variable] for path, variable in named_variables.items()}
            for part, named_variables in variables.items()
        }, result

    return pure_function


def read(variables: Variables, donate: bool = False) -> Values:
    """The values that the variables hold now; with `donate`, values that nobody else holds."""
    if context.when_touched is not None:
        context.when_touched()
    return {
        part: {
            path: private(variable) if donate else variable._value
            for path, variable in named_variables.items()
        }
        for part, named_variables in variables.items()
    }


def private(variable: Variable) -> Any:
    """The variable's array, or a copy of it where the user may have kept the array itself."""
    if variable._seen:
        return jax.device_put(variable._value, may_alias=False)
    return variable._value


def write(variables: Variables, values: Values) -> None:
    """Gives the variables these values."""
    for part, named_variables in variables.items():
        new = values[part]
        for path, variable in named_variables.items():
            variable._value, variable._seen = new[path], False


def arrays(structure: Any) -> Any:
    """The structure with the values of variables in their place."""
    return tree.tree_map(
        lambda leaf: leaf.value if isinstance(leaf, Variable) else leaf,
        structure,
        is_leaf=lambda leaf: isinstance(leaf, Variable),
    )


def assigning(
    function: Callable[[], Any], given: Mapping[Variable, Any] | None = None
) -> tuple[Any, list[Variable], list[Any]]:
    """What the function returns, the variables that it assigned, and what it assigned to them.

    Outside the call they keep the values they had. `given` are values for it to start from.
    """
    before = {**(context.bindings or {}), **(given or {})}
    with bound(dict(before)) as after:
        result = function()
    assigned = [variable for variable in after if after[variable] is not before.get(variable)]
    return result, assigned, [after[variable] for variable in assigned]
