"""Spectral normalization: of a layer's weights, not of what goes through it."""

from __future__ import annotations

from typing import Any

import jax
import jax.numpy as jnp

from cornu.initializers.random import TruncatedNormal
from cornu.layers.arguments import positive_int
from cornu.layers.normalization.length_normalization import unit
from cornu.layers.recurrent.wrappers import Wrapper


class SpectralNormalization(Wrapper):
    r"""Wraps a layer and keeps the largest singular value of its kernel near 1 while it trains.

    $$W \leftarrow W / \sigma, \quad \sigma = v^T W u$$

    with $u$ and $v$ from a few steps of the power iteration, which starts from the last $u$. So the
    layer cannot stretch a distance much beyond its length, which steadies the training of a GAN.

    Args:
        layer: a layer with a `kernel` (Dense, Conv2D, ...) or `embeddings`.
        power_iterations: how many steps at each call while training; 1 by default.

    Input shape, output shape:
        those of `layer`

    Raises:
        ValueError: if `layer` is no layer or has neither a kernel nor embeddings, or
            `power_iterations` is not above 0.

    Example:
        >>> import cornu, numpy as np
        >>> layer = cornu.layers.SpectralNormalization(cornu.layers.Dense(2), power_iterations=20)
        >>> outputs = layer(np.ones((1, 3)), training=True)
        >>> round(float(np.linalg.norm(layer.layer.kernel, 2)), 3)
        1.0

    Source: Miyato et al., Spectral normalization for generative adversarial networks, 2018.
    """

    samplewise = True

    def __init__(self, layer: Any, power_iterations: int = 1, **kwargs: Any) -> None:
        super().__init__(layer, **kwargs)
        self.power_iterations = positive_int(self, "power_iterations", power_iterations)

    def build(self, input_shape: Any = None) -> None:
        super().build(input_shape)
        name = next((name for name in ("kernel", "embeddings") if hasattr(self.layer, name)), None)
        if name is None:
            raise ValueError(
                f'SpectralNormalization "{self.name}" needs a layer with a kernel or embeddings, but '
                f'{type(self.layer).__name__} "{self.layer.name}" has neither.'
            )
        self.kernel = getattr(self.layer, name)
        self.vector_u = self.add_weight(
            (1, self.kernel.shape[-1]),
            TruncatedNormal(stddev=0.02),
            trainable=False,
            name="vector_u",
            autocast=False,
        )

    def call(self, inputs: Any, training: bool = False) -> Any:
        if training:
            u, kernel = self._normalized(self.vector_u.value, self.kernel._current())
            self.vector_u.assign(u)
            self.kernel.assign(kernel)
        return self.layer(inputs).astype(self.compute_dtype)

    def _normalized(self, u: Any, kernel: Any) -> tuple[Any, Any]:
        """The next u, and the kernel divided by its largest singular value; a kernel of zeros as it
        is."""
        matrix = kernel.reshape(-1, kernel.shape[-1])
        fixed = jax.lax.stop_gradient(matrix)
        next_u = u
        for _ in range(self.power_iterations):
            v = unit(next_u @ fixed.T, (0, 1), 1e-7)
            next_u = unit(v @ fixed, (0, 1), 1e-7)
        zero = jnp.all(matrix == 0)
        sigma = jnp.where(zero, 1, (v @ matrix @ next_u.T)[0, 0])
        return jnp.where(zero, u, next_u), kernel / sigma


__all__ = ["SpectralNormalization"]
