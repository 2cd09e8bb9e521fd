"""Layers that are a function: any of one's own (Lambda), or the one that changes nothing (Identity)."""

from __future__ import annotations

import inspect
from collections.abc import Callable
from typing import Any

from cornu.core.config import deserialize
from cornu.core.errors import describe
from cornu.layers.layer import Layer


class Identity(Layer):
    """Hands its input on as it is, for a place where a layer is asked for and none is wanted.

    Input shape, output shape:
        any

    Example:
        >>> import cornu, numpy as np
        >>> cornu.layers.Identity()(np.array([[3.0]])).tolist()
        [[3.0]]
    """

    samplewise = True

    def __init__(self, **kwargs: Any) -> None:
        super().__init__(**kwargs)
        self.supports_masking = True

    def call(self, inputs: Any) -> Any:
        return inputs


class Lambda(Layer):
    """Makes a layer of any function of arrays.

    Args:
        function: called with the inputs, and with `arguments`.
        output_shape: not needed, since shapes are found by tracing the function; kept in the
            configuration.
        mask: the mask of the output, or a function of the inputs and their mask that gives it; None:
            the input's mask is lost.
        arguments: keyword arguments for the function. A function with an argument `training` or
            `mask` is told these too.

    Input shape, output shape:
        what the function takes and gives

    Example:
        >>> import cornu, numpy as np
        >>> cornu.layers.Lambda(lambda x: x**2)(np.array([[3.0]])).tolist()
        [[9.0]]
    """

    def __init__(
        self,
        function: Callable[..., Any],
        output_shape: Any = None,
        mask: Any = None,
        arguments: dict[str, Any] | None = None,
        **kwargs: Any,
    ) -> None:
        super().__init__(**kwargs)
        if not callable(function):
            raise TypeError(f"Lambda needs a function, got {describe(function)}.")
        self.function = function
        self.output_shape = output_shape
        self.mask = mask
        self.arguments = arguments or {}
        self.supports_masking = mask is not None
        try:
            self._told = {"mask", "training"} & set(inspect.signature(function).parameters)
        except ValueError:  # a function written in C may not say what it takes
            self._told = set()

    def call(self, inputs: Any, mask: Any = None, training: bool = False) -> Any:
        told = {"mask": mask, "training": training}
        return self.function(inputs, **self.arguments, **{name: told[name] for name in self._told})

    def compute_mask(self, inputs: Any, previous_mask: Any = None) -> Any:
        return self.mask(inputs, previous_mask) if callable(self.mask) else self.mask

    @classmethod
    def from_config(cls, config: Any) -> Any:
        """A new layer from what `get_config` gave; the function must be registered.

        Raises:
            ValueError: if the function is not known by its name, as one written in place never is.
        """
        return cls(**{**config, "function": deserialize(config["function"])})


__all__ = ["Identity", "Lambda"]
