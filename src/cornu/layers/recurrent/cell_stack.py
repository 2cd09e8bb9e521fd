"""Cells on top of each other, and cells that users write, as what a loop over time runs."""

from __future__ import annotations

from typing import Any

import jax
import jax.numpy as jnp
import jax.tree_util as tree
import numpy as np

from cornu.core.config import deserialize
from cornu.core.context import call_scope, context, throwaway
from cornu.core.errors import describe, show_shape
from cornu.core.symbolic import known_shape
from cornu.core.variable import Variable
from cornu.layers.layer import Layer
from cornu.layers.recurrent.cells import Cell, zeros
from cornu.layers.recurrent.stepping import changing


class StackedRNNCells(Cell):
    """Cells on top of each other as one cell: each is given the output of the one below.

    Args:
        cells: list of cells, the lowest first.

    Input shape:
        inputs (batch, features); states: a list with the states of each cell

    Output shape:
        that of the last cell, and the list of new states

    Raises:
        ValueError: if there is no cell, or one has no `call` or no `state_size`.

    Example:
        >>> import cornu, numpy as np
        >>> cells = [cornu.layers.GRUCell(4), cornu.layers.GRUCell(2)]
        >>> cornu.layers.RNN(cornu.layers.StackedRNNCells(cells))(np.ones((3, 5, 1))).shape
        (3, 2)
    """

    def __init__(self, cells: Any, **kwargs: Any) -> None:
        super().__init__(**kwargs)
        if not isinstance(cells, (list, tuple)) or not cells:
            raise ValueError(
                f'StackedRNNCells "{self.name}" takes a list of one cell or more, got {describe(cells)}.'
            )
        self.cells = [checked(cell, f'StackedRNNCells "{self.name}"') for cell in cells]
        if not all(isinstance(cell, Layer) for cell in self.cells):
            self.samplewise = False

    @property
    def state_size(self) -> list[Any]:
        return [cell.state_size for cell in self.cells]

    @property
    def output_size(self) -> Any:
        return output_size(self.cells[-1])

    def get_initial_state(self, batch_size: Any = None) -> list[Any]:
        return [first_states(cell, batch_size, self.compute_dtype) for cell in self.cells]

    def build(self, input_shape: Any) -> None:
        for cell in self.cells:
            if isinstance(cell, Layer) and not cell.built:
                cell.build(input_shape)
            input_shape = (input_shape[0], output_size(cell))

    def draw_masks(self, step: Any, states: Any, training: bool) -> list[Any]:
        masks = []
        for cell, own in zip(map(stepper, self.cells), states, strict=True):
            masks.append(cell.draw_masks(step, own, training))
            step = cell.first_output(step, own)
        return masks

    def project(self, inputs: Any, masks: Any) -> Any:
        return stepper(self.cells[0]).project(inputs, masks[0])

    def advance(self, projected: Any, states: Any, masks: Any) -> tuple[Any, list[Any]]:
        x, new = projected, []
        for number, cell in enumerate(map(stepper, self.cells)):
            x = cell.project(x, masks[number]) if number else x
            x, own = cell.advance(x, states[number], masks[number])
            new.append(own)
        return x, new

    def first_output(self, step: Any, states: Any) -> Any:
        for cell, own in zip(map(stepper, self.cells), states, strict=True):
            step = cell.first_output(step, own)
        return step

    @classmethod
    def from_config(cls, config: Any, custom_objects: Any = None) -> Any:
        """A new stack from what `get_config` gave."""
        cells = deserialize(config["cells"], custom_objects=custom_objects)
        return cls(**{**config, "cells": cells})


class UserCell:
    """A cell that is not ours, with the parts that a loop over time asks for: one call per step."""

    def __init__(self, cell: Any) -> None:
        self.cell = cell

    def draw_masks(self, step: Any, states: Any, training: bool) -> None:
        return None

    def project(self, inputs: Any, masks: Any) -> Any:
        return inputs

    def advance(self, projected: Any, states: Any, masks: Any) -> tuple[Any, Any]:
        call = self.cell if callable(self.cell) else self.cell.call
        nested = isinstance(states, (list, tuple))
        result = call(projected, list(states) if nested else [states])
        if not isinstance(result, (list, tuple)) or len(result) != 2:
            raise ValueError(
                f"The cell {type(self.cell).__name__} must return two things, its output and the list "
                f"of its new states, got {describe(result)}. Write: return output, [new_state]."
            )
        output, new = result
        return output, conform(new, states, f"The cell {type(self.cell).__name__} returned new states")

    def first_output(self, step: Any, states: Any) -> Any:
        """The first state, if it is like an output; else zeros."""
        with throwaway(), call_scope(context.training, []):
            like = jax.eval_shape(lambda x: self.advance(x, states, None)[0], step)
        first = tree.tree_leaves(states)[0]
        if first.shape == like.shape:
            return first.astype(like.dtype)
        return jnp.zeros(like.shape, like.dtype)


def stepper(cell: Any) -> Any:
    """A cell as what a loop over time runs: itself, if its `call` is ours."""
    return cell if getattr(type(cell), "call", None) is Cell.call else UserCell(cell)


def assigned(cell: Any) -> list[Variable]:
    """The variables that a cell may assign while a loop runs: ours draw their masks before it."""
    if isinstance(cell, StackedRNNCells):
        return [variable for inner in cell.cells for variable in assigned(inner)]
    return changing(cell) if isinstance(stepper(cell), UserCell) else []


def checked(cell: Any, owner: str) -> Any:
    """`cell`, if it has what every cell needs."""
    for name, what in (("call", "call(self, inputs, states)"), ("state_size", "state_size")):
        if not hasattr(cell, name):
            raise ValueError(
                f"{owner} needs a cell with a method call(inputs, states) and an attribute "
                "state_size (a whole number, or a list with one for each state), but "
                f"{describe(cell)} has no "
                f"{what}. Cells are for instance LSTMCell(8), GRUCell(8) or an object of your own."
            )
    for size in tree.tree_leaves(cell.state_size):
        if isinstance(size, bool) or not hasattr(size, "__index__"):
            raise ValueError(
                f"{owner}: state_size of the cell must be a whole number or a list of them, one for "
                f"each state, got state_size={describe(cell.state_size)}."
            )
    return cell


def output_size(cell: Any) -> Any:
    """The size of a cell's output: by default that of its first state."""
    size = getattr(cell, "output_size", None)
    return tree.tree_leaves(cell.state_size)[0] if size is None else size


def first_states(cell: Any, batch_size: Any, dtype: Any) -> Any:
    """The states that a cell starts from: what it says itself, or zeros."""
    own = getattr(cell, "get_initial_state", None)
    if own is not None:
        return own(batch_size=batch_size)
    sizes = cell.state_size
    states = zeros(sizes, batch_size, getattr(cell, "compute_dtype", dtype))
    return states if isinstance(sizes, (list, tuple)) else states[0]


def conform(given: Any, expected: Any, what: str) -> Any:
    """Given states in the structure of the expected ones and with their dtypes.

    Raises:
        ValueError: if their number or a shape differs.
    """
    leaves, wanted = tree.tree_leaves(given), tree.tree_leaves(expected)
    shapes = [known_shape(np.shape(leaf)) for leaf in leaves]
    sizes = [known_shape(leaf.shape) for leaf in wanted]
    if [len(shape) for shape in shapes] != [len(size) for size in sizes] or any(
        a != b and None not in (a, b)
        for shape, size in zip(shapes, sizes, strict=True)
        for a, b in zip(shape, size, strict=True)
    ):
        raise ValueError(
            f"{what} of shapes [{', '.join(map(show_shape, shapes))}], but expected "
            f"[{', '.join(map(show_shape, sizes))}]."
        )
    cast = [jnp.asarray(leaf, like.dtype) for leaf, like in zip(leaves, wanted, strict=True)]
    return tree.tree_unflatten(tree.tree_structure(expected), cast)


__all__ = ["StackedRNNCells"]
