"""`Merge` and `merge` of Keras 1: a mode that joins tensors, layers, or whole models."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

from cornu import layers
from cornu.compat.notes import note
from cornu.core.errors import describe, did_you_mean
from cornu.layers.layer import Layer
from cornu.models import Model

# What each mode is today, as a layer.
_TODAY = {
    "sum": "add([a, b])",
    "mul": "multiply([a, b])",
    "ave": "average([a, b])",
    "max": "maximum([a, b])",
    "concat": "concatenate([a, b], axis)",
    "dot": "dot([a, b], axes)",
    "cos": "dot([a, b], axes, normalize=True)",
}
_LAYERS: dict[str, Any] = {
    "sum": layers.Add,
    "mul": layers.Multiply,
    "ave": layers.Average,
    "max": layers.Maximum,
}
NO_INPUT = (
    "Merge: {branch} has no input yet, so the branches cannot be joined. Give its first layer "
    "input_dim=... or input_shape=..., or begin it with keras.Input."
)


def merge(
    inputs: Sequence[Any],
    mode: str | Callable[..., Any] = "sum",
    concat_axis: int = -1,
    dot_axes: Any = -1,
    output_shape: Any = None,
    output_mask: Any = None,
    arguments: dict[str, Any] | None = None,
    name: str | None = None,
) -> Any:
    """Joins symbolic tensors into one, as Keras 1 wrote it.

    Args:
        inputs: list of symbolic tensors.
        mode: 'sum' (default), 'mul', 'concat', 'ave', 'max', 'dot', 'cos' (the dot product of vectors
            scaled to length 1), or a function of the list.
        concat_axis: the axis that 'concat' joins along; the last by default.
        dot_axes: the axis, or one for each tensor, that 'dot' and 'cos' sum along; the last by default.
        output_shape, output_mask, arguments: for a function: what `Lambda` takes as output_shape, mask
            and arguments.
        name: of the layer.

    Raises:
        ValueError: if the mode is unknown, or there are fewer than two tensors.

    Example:
        >>> import cornu
        >>> a, b = cornu.Input((3,)), cornu.Input((2,))
        >>> merge([a, b], mode="concat").shape
        (None, 5)
    """
    if not isinstance(inputs, (list, tuple)) or len(inputs) < 2:
        raise ValueError(f"merge takes a list of two tensors or more, got {describe(inputs)}.")
    layer = _layer(mode, concat_axis, dot_axes, output_shape, output_mask, arguments, name)
    if all(isinstance(each, Layer) for each in inputs):
        return _joined(inputs, layer)
    return layer(list(inputs))


def Merge(
    layers: Sequence[Any] | None = None,
    mode: str | Callable[..., Any] = "sum",
    concat_axis: int = -1,
    dot_axes: Any = -1,
    output_shape: Any = None,
    output_mask: Any = None,
    arguments: dict[str, Any] | None = None,
    name: str | None = None,
) -> Any:
    """The layer that joins tensors, or the model that joins branches, as Keras 1 wrote it.

    Args:
        layers: the branches, models whose input is known; then the result is a model with their
            inputs, for instance the first layer of a Sequential, which is given a list of arrays. By
            default the result is a layer, called on a list of tensors.
        mode, and the others: see `merge`.

    Example:
        >>> import cornu, numpy as np
        >>> left = cornu.Sequential([cornu.layers.Dense(2, input_dim=3)])
        >>> right = cornu.Sequential([cornu.layers.Dense(2, input_dim=4)])
        >>> model = cornu.Sequential()
        >>> model.add(Merge([left, right], mode="concat"))
        >>> model.add(cornu.layers.Dense(1))
        >>> model.predict([np.ones((5, 3)), np.ones((5, 4))], verbose=0).shape
        (5, 1)
    """
    if layers is not None:
        return merge(layers, mode, concat_axis, dot_axes, output_shape, output_mask, arguments, name)
    return _layer(mode, concat_axis, dot_axes, output_shape, output_mask, arguments, name)


def _layer(
    mode: Any, axis: int, axes: Any, shape: Any, mask: Any, arguments: Any, name: str | None
) -> Layer:
    """Today's layer for a mode."""
    if callable(mode):
        note("keras.layers.merge(mode=function)", "keras.layers.Lambda(function)([a, b])")
        return layers.Lambda(mode, output_shape=shape, mask=mask, arguments=arguments, name=name)
    if mode not in _TODAY:
        raise ValueError(f"merge: mode={mode!r} is unknown. {did_you_mean(str(mode), _TODAY)}")
    note(f'keras.layers.merge(mode="{mode}")', f"keras.layers.{_TODAY[mode]}")
    if mode == "concat":
        return layers.Concatenate(axis=axis, name=name)
    if mode in ("dot", "cos"):
        return layers.Dot(axes=_axes(axes), normalize=mode == "cos", name=name)
    layer: Layer = _LAYERS[mode](name=name)
    return layer


def _axes(axes: Any) -> Any:
    """One axis, or one for each of two tensors: Keras 1 also wrote ([1], [1])."""
    if isinstance(axes, int):
        return axes
    return tuple(axis[0] if isinstance(axis, (list, tuple)) else axis for axis in axes)


def _joined(branches: Sequence[Any], layer: Layer) -> Model:
    """The model that has the inputs of all branches, and their outputs joined."""
    inputs: dict[int, Any] = {}
    for branch in branches:
        if not isinstance(branch, Model) or branch.graph is None:
            raise ValueError(NO_INPUT.format(branch=f'{type(branch).__name__} "{branch.name}"'))
        inputs.update((id(tensor), tensor) for tensor in branch.inputs)
    outputs = layer([branch.outputs[0] for branch in branches])
    found: Model = Model(list(inputs.values()), outputs, name=layer.name)
    return found


__all__ = ["Merge", "merge"]
