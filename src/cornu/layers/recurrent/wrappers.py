"""Layers around a layer: Wrapper, TimeDistributed."""

from __future__ import annotations

from typing import Any

import jax.numpy as jnp
import jax.tree_util as tree

from cornu.core.config import deserialize
from cornu.core.errors import describe, show_shape
from cornu.core.module import owned, walk
from cornu.core.symbolic import known_shape
from cornu.layers.layer import Layer, is_samplewise
from cornu.layers.recurrent.stepping import changing, scan
from cornu.random import SeedGenerator


class Wrapper(Layer):
    """Base of layers around one other layer, which it builds and keeps in its configuration.

    Subclasses write `call`; see `TimeDistributed`.

    Args:
        layer: the layer inside.

    Raises:
        ValueError: if `layer` is no layer.

    Example:
        >>> import cornu, numpy as np
        >>> class Twice(cornu.layers.Wrapper):
        ...     def call(self, inputs):
        ...         return self.layer(self.layer(inputs))
        >>> Twice(cornu.layers.Dense(3))(np.ones((2, 3))).shape
        (2, 3)
    """

    def __init__(self, layer: Any, **kwargs: Any) -> None:
        super().__init__(**kwargs)
        self.layer = a_layer(self, "layer", layer)

    def build(self, input_shape: Any = None) -> None:
        if not self.layer.built:
            self.layer.build(input_shape)

    @classmethod
    def from_config(cls, config: Any, custom_objects: Any = None) -> Any:
        """A new wrapper from what `get_config` gave."""
        layer = deserialize(config["layer"], custom_objects=custom_objects)
        return cls(**{**config, "layer": layer})


class TimeDistributed(Wrapper):
    r"""Applies one layer, with the same weights, to every step of time: $y_t = \mathrm{layer}(x_t)$.

    A layer that treats rows alone is applied to all steps of all samples at once. One that does not
    (BatchNormalization), or draws random numbers, is applied to one step after the other.

    Args:
        layer: a layer, or a model.

    Input shape:
        (batch, time, ...)

    Output shape:
        (batch, time, ...): what the layer makes of (batch, ...), at each step

    Raises:
        ValueError: if `layer` is no layer, the input has no axis after time, or a mask does not begin
            with (batch, time).

    Example:
        >>> import cornu, numpy as np
        >>> layer = cornu.layers.TimeDistributed(cornu.layers.Dense(4))
        >>> layer(np.ones((2, 10, 3))).shape
        (2, 10, 4)
    """

    samplewise = True

    def __init__(self, layer: Any, **kwargs: Any) -> None:
        super().__init__(layer, **kwargs)
        self.supports_masking = True

    def build(self, input_shape: Any = None) -> None:
        if not isinstance(input_shape, (tuple, list)) or len(input_shape) < 3:
            raise ValueError(
                f'TimeDistributed "{self.name}" expects inputs of shape (batch, time, ...), with at '
                f"least three axes, but its input has shape {show_shape(input_shape)}. One number per "
                "step is a feature: write x[..., None]."
            )
        super().build((input_shape[0], *input_shape[2:]))

    def call(self, inputs: Any, training: bool = False, mask: Any = None) -> Any:
        self._check_mask(inputs, mask)
        batch, time = inputs.shape[:2]
        takes_mask = mask is not None and "mask" in self.layer._call_parameters

        def apply(pair: Any) -> Any:
            x, mask = pair
            return self.layer(x, mask=mask) if takes_mask else self.layer(x)

        pair = inputs, mask if takes_mask else None
        if is_samplewise(self.layer) and not draws(self.layer):
            merged = tree.tree_map(lambda x: x.reshape(batch * time, *x.shape[2:]), pair)
            return tree.tree_map(lambda y: y.reshape(batch, time, *y.shape[1:]), apply(merged))
        steps = tree.tree_map(lambda x: jnp.swapaxes(x, 0, 1), pair)
        _, outputs, losses = scan(lambda _, x: (None, apply(x)), None, steps, changing(self.layer))
        self.add_loss(losses)
        return tree.tree_map(lambda y: jnp.swapaxes(y, 0, 1), outputs)

    def _check_mask(self, inputs: Any, mask: Any) -> None:
        if mask is None:
            return
        shape, wanted = known_shape(mask.shape), known_shape(inputs.shape[:2])
        if len(shape) < 2 or any(
            a != b and None not in (a, b) for a, b in zip(shape, wanted, strict=False)
        ):
            raise ValueError(
                f'TimeDistributed "{self.name}": the shape of a mask begins with (batch, time) = '
                f"{show_shape(wanted)}, but got a mask of shape {show_shape(shape)}."
            )


def a_layer(wrapper: Layer, argument: str, layer: Any) -> Layer:
    """`layer`, if it is one."""
    if not isinstance(layer, Layer):
        hint = " Write it with brackets: layers.Dense(8)." if isinstance(layer, type) else ""
        raise ValueError(
            f'{type(wrapper).__name__} "{wrapper.name}" takes a layer, got '
            f"{argument}={describe(layer)}.{hint}"
        )
    return layer


def draws(layer: Layer) -> bool:
    """Whether a call of the layer may draw random numbers."""
    return any(
        owned(inner, SeedGenerator) and getattr(inner, "drops", True) for inner in walk(layer, Layer)
    )


__all__ = ["TimeDistributed", "Wrapper"]
