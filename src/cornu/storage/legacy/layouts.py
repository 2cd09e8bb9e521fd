"""Weights that lie otherwise in files of Keras 2: those of recurrent layers made for cuDNN."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

import numpy as np

GATES = {"LSTM": 4, "GRU": 3}
AFTER = (
    '{cls} "{name}" has reset_after={reset_after}, but the file holds the weights of one with '
    "reset_after={other}: these compute something else. Make the layer with reset_after={other}."
)


def fitted(layer: Any, arrays: Sequence[Any]) -> list[Any]:
    """The arrays of a layer's weights as the layer has them, trainable ones first.

    Raises:
        ValueError: if they are those of another kind of GRU.
    """
    cls = type(layer).__name__
    if cls == "Bidirectional":
        half = len(arrays) // 2
        both = zip((layer.forward_layer, layer.backward_layer), (0, half), strict=True)
        return [array for inner, start in both for array in fitted(inner, arrays[start : start + half])]
    if cls == "TimeDistributed":
        return fitted(layer.layer, arrays)
    if getattr(layer, "layers", None) and hasattr(layer, "compile"):
        return _of_model(layer, arrays)
    gates = next((count for kind, count in GATES.items() if cls in (kind, f"CuDNN{kind}")), None)
    if gates is None or len(arrays) != 3:
        return list(arrays)
    return _from_cudnn(layer, gates, *arrays)


def _of_model(model: Any, arrays: Sequence[Any]) -> list[Any]:
    """A model's arrays: all that train, layer by layer, and then all that do not."""
    train = list(arrays[: len(model.trainable_weights)])
    rest = list(arrays[len(model.trainable_weights) :])
    new: tuple[list[Any], list[Any]] = ([], [])
    for layer in model.layers:
        count, fixed = len(layer.trainable_weights), len(layer.non_trainable_weights)
        found = fitted(layer, [*train[:count], *rest[:fixed]])
        new[0].extend(found[:count])
        new[1].extend(found[count:])
        del train[:count], rest[:fixed]
    return [*new[0], *train, *new[1], *rest]


def _from_cudnn(layer: Any, gates: int, kernel: Any, recurrent: Any, bias: Any) -> list[Any]:
    """Kernels of cuDNN lie transposed, gate by gate; it has one bias for the inputs and one for the
    state."""
    units = recurrent.shape[0]
    after = getattr(layer, "reset_after", None)
    made_after = bias.shape != (gates * units,)
    if after is not None and after != made_after:
        raise ValueError(
            AFTER.format(cls=type(layer).__name__, name=layer.name, reset_after=after, other=made_after)
        )
    if bias.shape != (2 * gates * units,):
        return [kernel, recurrent, bias]
    kernel = _by_gate(lambda gate: gate.T.reshape(gate.shape, order="F"), kernel, gates)
    recurrent = _by_gate(np.transpose, recurrent, gates)
    bias = bias.reshape(2, -1)
    return [kernel, recurrent, bias.sum(axis=0) if after is None else bias]


def _by_gate(change: Callable[[Any], Any], kernel: Any, gates: int) -> Any:
    return np.hstack([change(gate) for gate in np.hsplit(kernel, gates)])
