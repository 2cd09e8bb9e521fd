"""Memory: the states that a stateful layer keeps from batch to batch."""

from __future__ import annotations

from typing import Any

import jax.tree_util as tree

from cornu.core.module import Module
from cornu.core.variable import Variable
from cornu.initializers.constant import Zeros


class Memory(Module):
    """The states that a stateful layer keeps: part of what it may change, but none of its weights."""

    part = "memory"

    def __init__(self, states: Any, dtype: str) -> None:
        leaves, self._structure = tree.tree_flatten(states)
        self.variables = [
            Variable(Zeros(), leaf.shape, dtype, trainable=False, name="rnn_state") for leaf in leaves
        ]
        self.batch_size = leaves[0].shape[0]

    @property
    def nested(self) -> Any:
        """The variables, in the structure of the states."""
        return tree.tree_unflatten(self._structure, self.variables)

    def assign(self, states: Any) -> None:
        for variable, state in zip(self.variables, tree.tree_leaves(states), strict=True):
            variable.assign(state)
