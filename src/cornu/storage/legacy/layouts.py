"""Weights that lie otherwise in older files: those of Keras 1, and recurrent ones made for cuDNN."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

import numpy as np

GATES = {"LSTM": 4, "GRU": 3}
AFTER = (
    '{cls} "{name}" has reset_after={reset_after}, but the file holds the weights of one with '
    "reset_after={other}: these compute something else. Make the layer with reset_after={other}."
)


# In Keras 1 each gate had a kernel, a recurrent kernel and a bias: where today's gates are among them.
SEPARATE = {"LSTM": (0, 2, 1, 3), "ConvLSTM2D": (0, 2, 1, 3), "GRU": (0, 1, 2)}


def fitted(layer: Any, arrays: Sequence[Any], first: bool = False) -> list[Any]:
    """The arrays of a layer's weights as the layer has them, trainable ones first; `first` says that
    Keras 1 wrote them.

    Raises:
        ValueError: if they are those of another kind of GRU.
    """
    cls = type(layer).__name__
    if cls == "Bidirectional":
        half = len(arrays) // 2
        both = ((layer.forward_layer, arrays[:half]), (layer.backward_layer, arrays[half:]))
        return [array for inner, own in both for array in fitted(inner, own, first)]
    if cls == "TimeDistributed":
        return fitted(layer.layer, arrays, first)
    if getattr(layer, "layers", None) and hasattr(layer, "compile"):
        return fitted_model(layer, arrays, first)
    if first:
        arrays = _from_keras_1(layer, cls, list(arrays))
    gates = next((count for kind, count in GATES.items() if cls in (kind, f"CuDNN{kind}")), None)
    if gates is None or len(arrays) != 3:
        return list(arrays)
    return _from_cudnn(layer, gates, *arrays)


def fitted_model(model: Any, arrays: Sequence[Any], first: bool = False) -> list[Any]:
    """A model's arrays: all that train, layer by layer, and then all that do not."""
    separate = first and len(arrays) > len(model.weights)
    counts = [_count(layer, separate) for layer in model.layers]
    at = sum(counts)
    train, rest = list(arrays[:at]), list(arrays[at:])
    new: tuple[list[Any], list[Any]] = ([], [])
    for layer, count in zip(model.layers, counts, strict=True):
        fixed = len(layer.non_trainable_weights)
        found = fitted(layer, [*train[:count], *rest[:fixed]], first)
        learnt = len(found) - len(rest[:fixed])
        new[0].extend(found[:learnt])
        new[1].extend(found[learnt:])
        del train[:count], rest[:fixed]
    return [*new[0], *train, *new[1], *rest]


def _count(layer: Any, separate: bool) -> int:
    """How many arrays a file has for a layer's weights that train."""
    cls = type(layer).__name__
    if not separate:
        return len(layer.trainable_weights)
    if cls == "Bidirectional":
        return _count(layer.forward_layer, True) + _count(layer.backward_layer, True)
    if cls == "TimeDistributed":
        return _count(layer.layer, True)
    if getattr(layer, "layers", None) and hasattr(layer, "compile"):
        return sum(_count(inner, True) for inner in layer.layers)
    gates = len(SEPARATE.get(cls, (0,)))
    return gates * len(layer.trainable_weights)


def _from_keras_1(layer: Any, cls: str, arrays: list[Any]) -> list[Any]:
    """Kernels with the axes in today's order, and the gates of a layer side by side."""
    order = SEPARATE.get(cls)
    if order and len(arrays) == 3 * len(order):
        parts = [arrays[start::3] for start in range(3)]
        if cls == "ConvLSTM2D":
            parts[:2] = [[_kernel(layer, "Conv2D", gate) for gate in part] for part in parts[:2]]
        return [np.concatenate([part[gate] for gate in order], axis=-1) for part in parts]
    if arrays and cls.startswith("Conv"):
        arrays[0] = _kernel(layer, cls, arrays[0])
    return arrays


def _kernel(layer: Any, cls: str, kernel: Any) -> Any:
    """A kernel of a convolution of Keras 1: filters first where channels are first."""
    first_axis = layer.data_format == "channels_first"
    if cls == "Conv1D" and kernel.ndim == 4:
        if kernel.shape[:2] != (layer.kernel_size[0], 1):  # before Keras 1.2
            kernel = kernel.transpose(2, 3, 1, 0)
        return kernel[:, 0]
    if cls == "Conv2DTranspose" and kernel.ndim == 4:
        return kernel.transpose((2, 3, 0, 1) if first_axis else (0, 1, 3, 2))
    if cls in ("Conv2D", "Conv3D") and first_axis and kernel.ndim > 3:
        return kernel.transpose(*range(2, kernel.ndim), 1, 0)
    return kernel


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
