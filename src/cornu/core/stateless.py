"""StatelessScope: variables with other values for a while, and their own again afterwards."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

import jax.numpy as jnp
import numpy as np

from cornu.core.context import bound, context
from cornu.core.errors import describe, show_shape
from cornu.core.variable import Variable


class StatelessScope:
    """Within the block variables have the values that are given, and what is assigned stays in it.

    So code that assigns variables can be part of a pure function, of `jax.grad` or `jax.jit` for
    instance.

    Args:
        state_mapping: pairs (variable, value).
        collect_losses: whether losses that layers add are kept, in `losses`.
        initialize_variables: True; variables have values from the beginning.

    Raises:
        ValueError: if a key is no variable, or a value has another shape.

    Example:
        >>> import cornu
        >>> count = cornu.Variable(1.0)
        >>> with cornu.StatelessScope([(count, 5.0)]) as scope:
        ...     count.assign(count + 1)
        >>> float(scope.get_current_value(count)), float(count)
        (6.0, 1.0)
    """

    def __init__(
        self,
        state_mapping: Iterable[tuple[Variable, Any]] | None = None,
        collect_losses: bool = False,
        initialize_variables: bool = True,
    ) -> None:
        if not initialize_variables:
            raise ValueError(
                "StatelessScope: variables of Cornu have their values when they are made, so "
                "initialize_variables can only be True."
            )
        self.collect_losses = collect_losses
        self.losses: list[Any] = []
        self._values: dict[Variable, Any] = {}
        for variable, value in state_mapping or ():
            self.add_update((variable, value))

    def add_update(self, update: tuple[Variable, Any]) -> None:
        """Gives a variable another value within the block."""
        variable, value = update
        if not isinstance(variable, Variable):
            raise ValueError(f"StatelessScope takes pairs (variable, value), got {describe(variable)}.")
        value = value.value if isinstance(value, Variable) else value
        if np.shape(value) != variable.shape:
            raise ValueError(
                f'StatelessScope: variable "{variable.path}" has shape {show_shape(variable.shape)}, '
                f"but its value {show_shape(np.shape(value))}."
            )
        self._values[variable] = jnp.asarray(value, variable.dtype)

    def add_loss(self, loss: Any) -> None:
        """Keeps a loss, with `collect_losses`.

        Example:
            >>> with StatelessScope(collect_losses=True) as scope:
            ...     scope.add_loss(2.0)
            >>> scope.losses
            [2.0]
        """
        if self.collect_losses:
            self.losses.append(loss)

    def get_current_value(self, variable: Variable) -> Any:
        """The value within the block, None for a variable that was neither given nor assigned."""
        return self._values.get(variable)

    def __enter__(self) -> StatelessScope:
        if context.bindings is not None:
            self._values = {**context.bindings, **self._values}
        self._block = bound(self._values)
        self._block.__enter__()
        self._outer_losses = context.losses
        if self.collect_losses:
            context.losses = self.losses
        return self

    def __exit__(self, *error: Any) -> None:
        context.losses = self._outer_losses
        self._block.__exit__(*error)
