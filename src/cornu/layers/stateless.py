"""Layers as pure functions: the values of variables go in and come out."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

from cornu.core.context import bound, context
from cornu.core.errors import describe
from cornu.core.variable import Variable, values_of
from cornu.layers.stored import Stored


class Stateless(Stored):
    """The part of a layer that calls it with given values of its variables."""

    trainable_variables: Any
    non_trainable_variables: Any
    losses: Any
    __call__: Callable[..., Any]

    def stateless_call(
        self,
        trainable_variables: Sequence[Any],
        non_trainable_variables: Sequence[Any],
        *args: Any,
        return_losses: bool = False,
        **kwargs: Any,
    ) -> Any:
        """Calls the layer with these values of its variables; the variables keep their own.

        Args:
            trainable_variables, non_trainable_variables: values of the variables that the properties of
                these names list, in that order.
            *args, **kwargs: what the layer is called with.
            return_losses: whether the losses that the call added are given, too. Default: False.

        Returns:
            (outputs, values of the non-trainable variables after the call), and the list of losses.

        Raises:
            ValueError: if the layer is not built, or there are too many or too few values.

        Example:
            >>> import cornu, numpy as np
            >>> layer = cornu.layers.Dense(1)
            >>> layer.build((None, 2))
            >>> outputs, _ = layer.stateless_call([np.ones((2, 1)), np.zeros(1)], [], np.ones((1, 2)))
            >>> outputs.tolist()
            [[2.0]]
        """
        if not self.built:
            raise ValueError(
                f'{type(self).__name__} "{self.name}" is not built yet, so its variables are not known. '
                "Call it on data, or build it, before stateless_call."
            )
        others = self.non_trainable_variables
        with substituted(
            (self.trainable_variables, trainable_variables, "trainable_variables"),
            (others, non_trainable_variables, "non_trainable_variables"),
        ) as values:
            outputs = self(*args, **kwargs)
            losses = self.losses if return_losses else []
        after = [values[variable] for variable in others]
        return (outputs, after, losses) if return_losses else (outputs, after)


def substituted(*parts: tuple[Sequence[Variable], Sequence[Any], str]) -> Any:
    """A block in which variables have the given values, and what is assigned to them stays within.

    Each part is: variables, their values, the name of the argument that held these.
    """
    bindings = dict(context.bindings or {})
    for variables, values, name in parts:
        if len(variables) != len(values):
            raise ValueError(
                f"{name} must hold a value for each of the {len(variables)} variables, got "
                f"{describe(values) if not values else len(values)}."
            )
        bindings.update(zip(variables, values_of(values), strict=True))
    return bound(bindings)
