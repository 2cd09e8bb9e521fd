"""RNN: any cell, run over the time axis; masks, states, and their checks."""

from __future__ import annotations

from typing import Any

import jax
import jax.numpy as jnp
import jax.tree_util as tree
import numpy as np

from cornu.core.config import deserialize
from cornu.core.errors import show_shape
from cornu.core.symbolic import known_shape
from cornu.layers.input_spec import InputSpec
from cornu.layers.layer import Layer
from cornu.layers.recurrent.apart import apart
from cornu.layers.recurrent.cell_stack import (
    StackedRNNCells,
    assigned,
    checked,
    conform,
    first_states,
    stepper,
)
from cornu.layers.recurrent.memory import Memory
from cornu.layers.recurrent.rnn_arguments import take_apart
from cornu.layers.recurrent.stepping import computes_as, scan

NO_BATCH_SIZE = (
    "{layer} is stateful: it keeps a state for each row of the batch, so it has to know the batch size. "
    "Write Input(batch_shape=(32, None, 8)), or batch_input_shape=(32, None, 8) in the first layer."
)
OTHER_BATCH = (
    "{layer} is stateful and keeps states for {kept} rows, but was called with {given}. Use "
    "batch_size={kept} everywhere, and data whose number of rows it divides."
)
NO_SEQUENCE = "{layer} expects sequences of shape {expected}, but its input has shape {shape}. {advice}"
NO_CONFIG = (
    "{layer} cannot be described, to be saved or cloned: its cell {cell} has no get_config. Give it\n"
    "    def get_config(self):\n        return {{...}}  # the arguments of __init__\n"
    "and a classmethod from_config(cls, config), or make it a Layer, which has both."
)
WRONG_MASK = (
    "{layer}: a mask has the shape (batch, time) = {expected}, True where a step counts, but got a "
    "mask of shape {shape}."
)


class RNN(Layer):
    r"""Runs a cell over the time axis: $o_t, s_t = \mathrm{cell}(x_t, s_{t-1})$.

    The loop is one program, whatever the number of steps; what a cell of ours does with the inputs
    alone is computed for all steps at once.

    Args:
        cell: a cell, such as `LSTMCell(8)`, or a list of cells, one on top of the other. A cell of your
            own is an object, perhaps a Layer, with `call(inputs, states)` that returns the output
            and the list of new states, `state_size` (a whole number or a list of them), and perhaps
            `output_size` and `get_initial_state(batch_size)`.
        return_sequences: whether to give the outputs of all steps, or that of the last one (default).
        return_state: whether to give the last states, too.
        go_backwards: whether to start at the end; the outputs come in the order of computing.
        stateful: whether each batch starts from the states that the one before left (row i from row i).
            It needs a known batch size; `reset_state()` sets the states to zero.
        unroll: whether the loop is written out, step after step; the program is longer, and
            for a few steps perhaps faster.
        zero_output_for_mask: whether the output of a masked step is zero, not that of the step before.

    Input shape:
        (batch, time, ...). `initial_state`, a list of states, may be given as an argument of the call,
        or as `[x, *states]` in place of x. `mask` is (batch, time), False for steps to be skipped:
        there the state stays, and the output is repeated.

    Output shape:
        (batch, ...) or with `return_sequences` (batch, time, ...); with `return_state` a tuple of
        that and the states

    Raises:
        ValueError: if the input is no batch of sequences, states or a mask do not fit it, or the
            cell is none.

    Example:
        >>> import cornu, numpy as np
        >>> class Sum:
        ...     state_size = 2
        ...
        ...     def call(self, inputs, states):
        ...         return states[0] + inputs, [states[0] + inputs]
        >>> cornu.layers.RNN(Sum())(np.ones((1, 5, 2))).tolist()
        [[5.0, 5.0]]

    Source: Rumelhart, Hinton, Williams, Learning internal representations by error propagation, 1986.
    """

    samplewise = True
    axes = "features"  # the axes of one step, for messages

    def __init__(
        self,
        cell: Any,
        return_sequences: bool = False,
        return_state: bool = False,
        go_backwards: bool = False,
        stateful: bool = False,
        unroll: bool = False,
        zero_output_for_mask: bool = False,
        **kwargs: Any,
    ) -> None:
        super().__init__(**kwargs)
        self.cell = (
            StackedRNNCells(cell, dtype=kwargs.get("dtype"))
            if isinstance(cell, (list, tuple))
            else checked(cell, self._label)
        )
        self.return_sequences = return_sequences
        self.return_state = return_state
        self.go_backwards = go_backwards
        self.stateful = stateful
        self.unroll = unroll
        self.zero_output_for_mask = zero_output_for_mask
        self.supports_masking = True
        self._memory: Memory | None = None
        if stateful or not isinstance(self.cell, Layer):
            self.samplewise = False

    @property
    def _label(self) -> str:
        return f'{type(self).__name__} "{self.name}"'

    # -- building --------------------------------------------------------------------------------

    def build(self, sequences_shape: Any) -> None:
        shape = tuple(sequences_shape)
        self._check_rank(shape)
        if isinstance(self.cell, Layer) and not self.cell.built:
            self.cell.build((shape[0], *shape[2:]))
        self.input_spec = InputSpec(ndim=len(shape), axes=dict(enumerate(shape[2:], 2)))
        if self.stateful:
            if shape[0] is None:
                raise ValueError(NO_BATCH_SIZE.format(layer=self._label))
            states = jax.eval_shape(lambda: self.get_initial_state(shape[0]))
            self._memory = Memory(states, self.variable_dtype)

    def get_initial_state(self, batch_size: Any) -> list[Any]:
        """The states that a batch starts from: those of the cell, or zeros."""
        states = first_states(self.cell, batch_size, self.compute_dtype)
        return list(states) if isinstance(states, (list, tuple)) else [states]

    @property
    def state_size(self) -> list[Any]:
        """The size of each state."""
        size = self.cell.state_size
        return list(size) if isinstance(size, (list, tuple)) else [size]

    @property
    def states(self) -> Any:
        """The states that a stateful layer keeps, as variables; None if there are none."""
        return None if self._memory is None else self._memory.nested

    def reset_state(self) -> None:
        """Sets the states that a stateful layer keeps to zero."""
        if self._memory is not None:
            self._memory.assign([np.zeros(v.shape) for v in self._memory.variables])

    reset_states = reset_state

    # -- calling ---------------------------------------------------------------------------------

    def __call__(self, sequences: Any, *args: Any, **kwargs: Any) -> Any:
        sequences, kwargs = take_apart(self, sequences, args, kwargs)
        self._check_rank(np.shape(sequences))
        return super().__call__(sequences, **kwargs)

    def call(
        self, sequences: Any, initial_state: Any = None, mask: Any = None, training: bool = False
    ) -> Any:
        computing = self.cell if isinstance(self.cell, Layer) else self
        with computes_as(computing):
            last, outputs, states = self._loop(
                sequences.astype(computing.compute_dtype), initial_state, mask, training
            )
        if self._memory is not None:
            self._memory.assign(states)
        if self.return_sequences:
            last = jnp.swapaxes(jnp.flip(outputs, 0) if self.go_backwards else outputs, 0, 1)
        output, states = tree.tree_map(lambda x: x.astype(self.compute_dtype), (last, states))
        return (output, *states) if self.return_state else output

    def _loop(self, sequences: Any, initial_state: Any, mask: Any, training: bool) -> Any:
        """The last output, those of all steps where they are wanted, and the last states."""
        batch, time, *rest = sequences.shape
        states = self._states_to_start_from(sequences, initial_state)
        cell = stepper(self.cell)
        one_step = jax.ShapeDtypeStruct((batch, *rest), sequences.dtype)
        masks = cell.draw_masks(one_step, states, training)
        inputs = cell.project(jnp.swapaxes(sequences, 0, 1), masks)
        counts = self._mask_over_time(sequences, mask)
        advance = apart(self.cell, cell, batch, training)

        def step(before: Any, x: Any) -> tuple[Any, Any]:
            x, count = x
            after = advance(x, before[1], masks)
            after = tree.tree_map(lambda new, old: new.astype(old.dtype), after, before)
            if count is not None:
                shown, states = before
                kept = (jnp.zeros_like(shown) if self.zero_output_for_mask else shown), states
                after = tree.tree_map(
                    lambda new, old: jnp.where(_spread(count, new), new, old), after, kept
                )
            return after, after[0] if self.return_sequences else None

        start = cell.first_output(one_step, states), states
        (last, states), outputs, losses = scan(
            step, start, (inputs, counts), assigned(self.cell), self.go_backwards, self._unrolled(time)
        )
        self.add_loss(losses)
        return last, outputs, states

    def compute_mask(self, inputs: Any, previous_mask: Any = None) -> Any:
        """The mask of the inputs for sequences of outputs; none for a single output and for states."""
        mask = next(iter(tree.tree_leaves(previous_mask)), None) if self.return_sequences else None
        return [mask, *[None] * len(self.state_size)] if self.return_state else mask

    def _states_to_start_from(self, sequences: Any, given: Any) -> Any:
        batch = sequences.shape[0]
        if self._memory is not None and known_shape((batch,))[0] not in (None, self._memory.batch_size):
            kept = self._memory.batch_size
            raise ValueError(OTHER_BATCH.format(layer=self._label, kept=kept, given=batch))
        if given is None:
            if self._memory is None:
                return self.get_initial_state(batch)
            given = [variable.value for variable in self._memory.variables]
        expected = jax.eval_shape(lambda: self.get_initial_state(batch))
        return conform(given, expected, f"{self._label}: it was given initial states")

    def _mask_over_time(self, sequences: Any, mask: Any) -> Any:
        """The mask with time in front, True for the steps that count."""
        mask = next(iter(tree.tree_leaves(mask)), None)
        if mask is None:
            return None
        pairs = zip(known_shape(sequences.shape[:2]), known_shape(mask.shape[:2]), strict=False)
        if mask.ndim < 2 or any(a != b and None not in (a, b) for a, b in pairs):
            expected, shape = known_shape(sequences.shape[:2]), known_shape(mask.shape)
            raise ValueError(
                WRONG_MASK.format(
                    layer=self._label, expected=show_shape(expected), shape=show_shape(shape)
                )
            )
        mask = jnp.asarray(mask, bool)
        return jnp.swapaxes(jnp.any(mask, axis=tuple(range(2, mask.ndim))), 0, 1)

    def _unrolled(self, time: Any) -> int | bool:
        if self.unroll and known_shape((time,)) == (None,):
            raise ValueError(
                f"{self._label} has unroll=True, so it has to know the number of steps, but the "
                "input has the shape (batch, None, ...). Write Input((10, 8)), or leave unroll out."
            )
        return bool(self.unroll) or 1

    # -- checks ----------------------------------------------------------------------------------

    def _check_rank(self, shape: Any) -> None:
        wanted = 2 + len(self.axes.split(", "))
        if len(shape) == wanted or (type(self) is RNN and len(shape) > wanted):
            return
        advice = (
            "One number per step is a feature: write x[..., None], or x.reshape(len(x), -1, 1)."
            if len(shape) < wanted
            else f"Give it one more or fewer axes, so that a step has {self.axes}."
        )
        if len(shape) < 2:
            advice = "Rows of samples come first, then the steps: x[None, :, None] for a single series."
        shown = show_shape(known_shape(shape))
        expected = f"(batch, time, {self.axes})"
        raise ValueError(
            NO_SEQUENCE.format(layer=self._label, expected=expected, shape=shown, advice=advice)
        )

    # -- configuration ---------------------------------------------------------------------------

    def get_config(self) -> dict[str, Any]:
        for cell in getattr(self.cell, "cells", [self.cell]):
            if not hasattr(cell, "get_config"):
                raise TypeError(NO_CONFIG.format(layer=self._label, cell=type(cell).__name__))
        return super().get_config()

    @classmethod
    def from_config(cls, config: Any, custom_objects: Any = None) -> Any:
        """A new layer from what `get_config` gave."""
        if "cell" not in config:
            return cls(**config)
        cell = deserialize(config["cell"], custom_objects=custom_objects)
        return cls(**{**config, "cell": cell})


def _spread(count: Any, like: Any) -> Any:
    """A mask of rows with as many axes as an array has."""
    return count.reshape(count.shape + (1,) * (like.ndim - 1))
