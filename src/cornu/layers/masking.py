"""Masking: steps that count for nothing are marked."""

from __future__ import annotations

from typing import Any

import jax
import jax.numpy as jnp
import numpy as np

from cornu.layers.input_spec import InputSpec
from cornu.layers.layer import Layer


class Masking(Layer):
    """Masks the steps of a sequence in which all features have one value; there the output is 0.

    Layers that come later leave these steps out, if they know of masks.

    Args:
        mask_value: the value that marks a step that is not there, 0 by default.

    Input shape:
        (batch, steps, features)

    Output shape:
        that of the input

    Raises:
        ValueError: if `mask_value` is NaN, which no number equals.

    Example:
        >>> import cornu, numpy as np
        >>> x = np.array([[[1.0, 2.0], [9.0, 9.0]]])
        >>> cornu.layers.Masking(mask_value=9.0)(x).tolist()
        [[[1.0, 2.0], [0.0, 0.0]]]
    """

    samplewise = True

    def __init__(self, mask_value: Any = 0.0, **kwargs: Any) -> None:
        super().__init__(**kwargs)
        if np.any(np.isnan(mask_value)):
            raise ValueError(
                f'Masking "{self.name}": mask_value is NaN, which equals no number, so nothing would be '
                "masked. Replace NaN in the data, x = np.nan_to_num(x, nan=-1.0), and mask that value."
            )
        self.mask_value = mask_value
        self.input_spec = InputSpec(min_ndim=2)

    def call(self, inputs: jax.Array) -> jax.Array:
        return jnp.where(self.compute_mask(inputs)[..., None], inputs, jnp.zeros((), inputs.dtype))

    def compute_mask(self, inputs: Any, previous_mask: Any = None) -> Any:
        floating = jnp.issubdtype(inputs.dtype, jnp.floating)
        value = jnp.asarray(self.mask_value, inputs.dtype if floating else None)
        return jnp.any(inputs != value, axis=-1)


__all__ = ["Masking"]
