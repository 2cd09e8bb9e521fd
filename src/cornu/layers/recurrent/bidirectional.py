"""Bidirectional: a recurrent layer forwards, and another one backwards, over the same sequences."""

from __future__ import annotations

from typing import Any

import jax.numpy as jnp
import jax.tree_util as tree

from cornu.core.config import deserialize
from cornu.core.errors import describe
from cornu.layers.layer import Layer
from cornu.layers.recurrent.rnn_arguments import take_apart
from cornu.layers.recurrent.wrappers import a_layer

MERGES: dict[Any, Any] = {
    "concat": lambda y, z: jnp.concatenate([y, z], axis=-1),
    "sum": lambda y, z: y + z,
    "ave": lambda y, z: (y + z) / 2,
    "mul": lambda y, z: y * z,
    None: lambda y, z: (y, z),
}
RECURRENT = ("go_backwards", "stateful", "return_sequences", "return_state")


class Bidirectional(Layer):
    r"""Runs one recurrent layer forwards and one backwards over the sequence, and merges what they give.

    $$y_t = \mathrm{merge}(\overrightarrow{h}_t, \overleftarrow{h}_t)$$

    The layer given is a pattern: both are made anew from its configuration, with weights of their own.

    Args:
        layer: a recurrent layer, such as `LSTM(8)`.
        merge_mode: 'concat' (default), 'sum', 'ave', 'mul', or None for both outputs as they are.
        weights: values for the weights, those of the forward layer first.
        backward_layer: the layer that runs backwards, used itself; by default made like `layer`, with
            `go_backwards=True`.

    Input shape:
        (batch, time, ...). `initial_state`, given as an argument of the call or as `[x, *states]` in
        place of x, has the states of the forward layer first.

    Output shape:
        that of the layer, with 'concat' twice as many features; with merge_mode None two outputs; with
        `return_state` followed by the states of both layers

    Raises:
        ValueError: if the layers do not fit each other, or `merge_mode` is unknown.

    Example:
        >>> import cornu, numpy as np
        >>> layer = cornu.layers.Bidirectional(cornu.layers.LSTM(4, return_sequences=True))
        >>> layer(np.ones((2, 10, 3))).shape
        (2, 10, 8)

    Source: Schuster and Paliwal, Bidirectional recurrent neural networks, 1997.
    """

    samplewise = True

    def __init__(
        self,
        layer: Any,
        merge_mode: str | None = "concat",
        weights: Any = None,
        backward_layer: Any = None,
        **kwargs: Any,
    ) -> None:
        super().__init__(**kwargs)
        for argument, given in (("layer", layer), ("backward_layer", backward_layer)):
            if given is not None or argument == "layer":
                a_layer(self, argument, given)
                self._check_recurrent(argument, given)
        if merge_mode not in MERGES:
            raise ValueError(
                f'Bidirectional "{self.name}": merge_mode must be one of {list(MERGES)}, '
                f"got merge_mode={describe(merge_mode)}."
            )
        self.merge_mode = merge_mode
        self.forward_layer = _again(layer, "forward")
        self.backward_layer = backward_layer or _again(layer, "backward", go_backwards=True)
        self._check_pair()
        for one in (self.forward_layer, self.backward_layer):
            if hasattr(one, "zero_output_for_mask"):
                one.zero_output_for_mask = one.return_sequences
        self.return_sequences, self.return_state = layer.return_sequences, layer.return_state
        self.stateful = layer.stateful
        self.supports_masking = True
        self._declared_input_shape = self._declared_input_shape or layer._declared_input_shape
        self._weights_to_set = weights

    @property
    def layer(self) -> Any:
        """The layer that runs forwards, which the configuration calls so."""
        return self.forward_layer

    @property
    def states(self) -> Any:
        """The states that both layers keep, if they are stateful."""
        if self.forward_layer.states is None:
            return None
        return [*self.forward_layer.states, *self.backward_layer.states]

    def reset_state(self) -> None:
        """Sets the states that stateful layers keep to zero."""
        self.forward_layer.reset_state()
        self.backward_layer.reset_state()

    reset_states = reset_state

    def build(self, sequences_shape: Any) -> None:
        for layer in (self.forward_layer, self.backward_layer):
            if not layer.built:
                layer.build(sequences_shape)
        if self._weights_to_set is not None:
            self.set_weights(self._weights_to_set)

    def __call__(self, sequences: Any, *args: Any, **kwargs: Any) -> Any:
        sequences, kwargs = take_apart(self, sequences, args, kwargs)
        return super().__call__(sequences, **kwargs)

    def call(
        self, sequences: Any, initial_state: Any = None, mask: Any = None, training: bool = False
    ) -> Any:
        starts = self._halves(initial_state)
        results = [
            layer(
                sequences,
                **({} if start is None else {"initial_state": start}),
                **({} if mask is None or "mask" not in layer._call_parameters else {"mask": mask}),
            )
            for layer, start in zip((self.forward_layer, self.backward_layer), starts, strict=True)
        ]
        forward, backward = (result[0] if self.return_state else result for result in results)
        forward, backward = forward.astype(self.compute_dtype), backward.astype(self.compute_dtype)
        if self.return_sequences:
            backward = jnp.flip(backward, axis=1)
        output = MERGES[self.merge_mode](forward, backward)
        if not self.return_state:
            return output
        outputs = (output,) if self.merge_mode else output
        return (*outputs, *results[0][1:], *results[1][1:])

    def compute_mask(self, inputs: Any, previous_mask: Any = None) -> Any:
        """The mask of the inputs for sequences of outputs; none for single outputs and for states."""
        mask = next(iter(tree.tree_leaves(previous_mask)), None) if self.return_sequences else None
        masks = [mask] if self.merge_mode else [mask, mask]
        if self.return_state:
            masks += [None] * (2 * len(self.forward_layer.state_size))
        return masks[0] if len(masks) == 1 else masks

    def get_config(self) -> dict[str, Any]:
        config = super().get_config()
        del config["weights"]
        return config

    @classmethod
    def from_config(cls, config: Any, custom_objects: Any = None) -> Any:
        """A new layer from what `get_config` gave."""
        layers = {
            name: deserialize(config.get(name), custom_objects=custom_objects)
            for name in ("layer", "backward_layer")
        }
        return cls(**{**config, **layers})

    # -- checks ----------------------------------------------------------------------------------

    def _check_recurrent(self, argument: str, layer: Any) -> None:
        missing = [name for name in RECURRENT if not hasattr(layer, name)]
        if missing:
            raise ValueError(
                f'Bidirectional "{self.name}": {argument} must be a recurrent layer, such as '
                f"LSTM(8), but {describe(layer)} has no {missing[0]}."
            )

    def _check_pair(self) -> None:
        first, second = self.forward_layer, self.backward_layer
        if first.go_backwards == second.go_backwards:
            raise ValueError(
                f'Bidirectional "{self.name}": one layer must run forwards and one backwards, '
                f"but both have go_backwards={first.go_backwards}. Give the backward_layer "
                "go_backwards=True."
            )
        for name in RECURRENT[1:]:
            if getattr(first, name) != getattr(second, name):
                raise ValueError(
                    f'Bidirectional "{self.name}": both layers must have the same {name}, but layer has '
                    f"{name}={getattr(first, name)} and backward_layer {name}={getattr(second, name)}."
                )

    def _halves(self, states: Any) -> tuple[Any, Any]:
        """The initial states of the forward layer and those of the backward layer."""
        if states is None:
            return None, None
        states = list(states) if isinstance(states, (list, tuple)) else [states]
        half = len(states) // 2
        if not states or len(states) % 2:
            raise ValueError(
                f'Bidirectional "{self.name}": initial_state needs the states of the forward layer '
                f"and as many of the backward layer, got {len(states)} in all."
            )
        return states[:half], states[half:]


def _again(layer: Any, direction: str, **more: Any) -> Any:
    """A layer made anew from another's configuration, named after its direction."""
    name = f"{direction}_{layer.name.removeprefix(f'{direction}_')}"
    made = type(layer).from_config({**layer.get_config(), **more, "name": name})
    made._restore({"build_config": layer.get_build_config()})
    return made


__all__ = ["Bidirectional"]
