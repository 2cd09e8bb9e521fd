"""Random Fourier features, which TensorFlow had under `experimental`."""

from __future__ import annotations

import math
from typing import Any

import jax
import jax.numpy as jnp

from cornu import initializers
from cornu.compat.layers.old_layer import OldLayer
from cornu.core.errors import describe
from cornu.initializers.constant import Constant
from cornu.initializers.random import RandomNormal, RandomUniform
from cornu.layers.arguments import known_size, positive_int
from cornu.layers.input_spec import InputSpec


class RandomFourierFeatures(OldLayer):
    r"""Random features whose inner products come near a kernel: $\cos(x W / s + b)$.

    $b$ is uniform in $[0, 2\pi)$; $W$ has the normal distribution for the Gaussian kernel, Cauchy's for
    the Laplacian one. Neither is learnt.

    Args:
        output_dim: number of features.
        kernel_initializer: 'gaussian' (default), 'laplacian', or an initializer of $W$.
        scale: $s$; by default the root of half the number of inputs for 'gaussian', else 1.
        trainable: whether $s$ is learnt.

    Input shape:
        (batch, features)

    Output shape:
        (batch, output_dim)

    Raises:
        ValueError: if `scale` is not above 0.

    Example:
        >>> import numpy as np
        >>> RandomFourierFeatures(8)(np.ones((2, 3))).shape
        (2, 8)

    Source: Rahimi and Recht, Random features for large-scale kernel machines, 2007.
    """

    today = "a Layer of your own, with keras.ops.cos(inputs @ kernel + bias)"
    samplewise = True

    def __init__(
        self,
        output_dim: int,
        kernel_initializer: Any = "gaussian",
        scale: float | None = None,
        trainable: bool = False,
        **kwargs: Any,
    ) -> None:
        super().__init__(trainable=trainable, **kwargs)
        self.output_dim = positive_int(self, "output_dim", output_dim)
        if scale is not None and not scale > 0:
            raise ValueError(
                f'RandomFourierFeatures "{self.name}": scale must be above 0, got {describe(scale)}.'
            )
        named = isinstance(kernel_initializer, str) and kernel_initializer.lower()
        self.kernel_initializer = named if named in KERNELS else initializers.get(kernel_initializer)
        self.scale = scale
        self.input_spec = InputSpec(ndim=2)

    def build(self, input_shape: tuple[int | None, ...]) -> None:
        size = known_size(self, input_shape)
        kernel = KERNELS.get(self.kernel_initializer, self.kernel_initializer)
        self.unscaled_kernel = self.add_weight(
            (size, self.output_dim), kernel, trainable=False, name="unscaled_kernel"
        )
        self.bias = self.add_weight(
            (self.output_dim,),
            RandomUniform(0.0, 2 * math.pi),
            trainable=False,
            name="bias",
        )
        scale = math.sqrt(size / 2) if self.kernel_initializer == "gaussian" else 1.0
        initial = Constant(scale if self.scale is None else self.scale)
        self.kernel_scale = self.add_weight((1,), initial, name="kernel_scale")
        self.input_spec = InputSpec(ndim=2, axes={-1: size})

    def call(self, inputs: jax.Array) -> jax.Array:
        kernel = self.unscaled_kernel.value / self.kernel_scale.value
        return jnp.cos(inputs @ kernel + self.bias.value)


def _cauchy(shape: Any, dtype: Any = None) -> Any:
    """Numbers with Cauchy's distribution, from uniform ones by its quantile function."""
    return jnp.tan(math.pi * (RandomUniform(0.0, 1.0)(shape, dtype) - 0.5))


KERNELS: dict[Any, Any] = {"gaussian": RandomNormal(stddev=1.0), "laplacian": _cauchy}

__all__ = ["RandomFourierFeatures"]
