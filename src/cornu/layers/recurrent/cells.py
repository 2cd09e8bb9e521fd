"""Cells: what a recurrent layer does at one step of time.

A cell of ours has three parts, so that a loop over time does as little as possible in each step:
`draw_masks` (once per call), `project` (of all steps at once: what does not depend on the state) and
`advance` (step by step). Its `call` is one step of all three.
"""

from __future__ import annotations

from typing import Any

import jax.numpy as jnp
import jax.tree_util as tree

from cornu.layers.layer import Layer


class Cell(Layer):
    """Base of the cells: one step as drawing masks, projecting the input, and advancing the state."""

    samplewise = True

    def draw_masks(self, step: Any, states: Any, training: bool) -> Any:
        """The dropout masks of one call, for inputs of a step like `step`."""
        raise NotImplementedError

    def project(self, inputs: Any, masks: Any) -> Any:
        """What the inputs contribute, of one step or, with a time axis in front, of all."""
        raise NotImplementedError

    def advance(self, projected: Any, states: Any, masks: Any) -> tuple[Any, Any]:
        """The output and the new states, from the projected inputs of one step."""
        raise NotImplementedError

    def first_output(self, step: Any, states: Any) -> Any:
        """What stands for the output before the first step."""
        return states[0]

    def call(self, inputs: Any, states: Any, training: bool = False) -> tuple[Any, Any]:
        nested = isinstance(states, (list, tuple))
        states = list(states) if nested else [states]
        masks = self.draw_masks(inputs, states, training)
        output, states = self.advance(self.project(inputs, masks), states, masks)
        return output, states if nested else states[0]


def zeros(sizes: Any, batch_size: Any, dtype: Any) -> list[Any]:
    """States of zeros, one for each size."""
    sizes = list(sizes) if isinstance(sizes, (list, tuple)) else [sizes]
    return tree.tree_map(lambda size: jnp.zeros((batch_size, size), dtype), sizes)
