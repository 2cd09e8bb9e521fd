"""Initializers that draw from a distribution which does not depend on the shape."""

from __future__ import annotations

import math
from collections.abc import Callable
from typing import Any

import jax
import numpy as np

from cornu.core.context import context
from cornu.core.errors import describe, show_shape
from cornu.core.in_force import in_force
from cornu.initializers.base import Initializer, known, numpy_dtype
from cornu.random import (
    SeedGenerator,
    default_seed,
    draw_normal,
    draw_seed,
    draw_truncated_normal,
    draw_uniform,
    float_dtype,
    int_key,
)


class RandomInitializer(Initializer):
    """Base of the initializers that draw numbers.

    With an integer `seed`, or None, an initializer gives the same numbers at each call; with a
    `SeedGenerator` other ones.
    """

    def __init__(self, seed: Any = None) -> None:
        if isinstance(seed, dict) and seed.get("class_name") == "SeedGenerator":
            seed = SeedGenerator.from_config(seed["config"])
        if seed is not None and not isinstance(seed, SeedGenerator):
            int_key(seed)  # raises where it is no seed
        self.seed = seed
        self._seed = default_seed() if seed is None else seed

    def _draw(
        self,
        function: Callable[..., Any],
        shape: Any,
        first: Any,
        second: Any,
        dtype: Any,
        in_parts: bool = True,
    ) -> Any:
        """Numbers of this distribution as a NumPy array, also while JAX traces: unless it traces to have
        each of several devices draw its part."""
        name = float_dtype(dtype, type(self).__name__)
        bindings, context.bindings = context.bindings, None
        try:
            with jax.ensure_compile_time_eval():
                seed = draw_seed(self._seed)
                if not (in_parts and in_force.making):
                    drawn = function(known(self, shape), first, second, name, seed)
                    return np.asarray(drawn).astype(numpy_dtype(dtype), copy=False)
        finally:
            context.bindings = bindings
        return function(known(self, shape), first, second, name, seed).astype(numpy_dtype(dtype))


class RandomNormal(RandomInitializer):
    """Numbers of the normal distribution N(mean, stddev²).

    Args:
        mean: 0 by default.
        stddev: the standard deviation; 0.05 by default.
        seed: an integer, a `SeedGenerator`, or None (default) for a random one.

    Raises:
        ValueError: if `stddev` is negative.

    Example:
        >>> RandomNormal(seed=1)((3, 2)).shape
        (3, 2)
    """

    def __init__(self, mean: Any = 0.0, stddev: Any = 0.05, seed: Any = None) -> None:
        self.mean = mean
        self.stddev = _not_negative(self, "stddev", stddev)
        super().__init__(seed)

    def __call__(self, shape: Any, dtype: Any = None) -> Any:
        return self._draw(draw_normal, shape, self.mean, self.stddev, dtype)


class TruncatedNormal(RandomInitializer):
    """Numbers of N(mean, stddev²), none further than two `stddev` from `mean`.

    Args:
        mean: 0 by default.
        stddev: the standard deviation before truncation; 0.05 by default.
        seed: an integer, a `SeedGenerator`, or None (default) for a random one.

    Raises:
        ValueError: if `stddev` is negative.

    Example:
        >>> bool(abs(TruncatedNormal(seed=1)((100,))).max() < 0.1)
        True
    """

    def __init__(self, mean: Any = 0.0, stddev: Any = 0.05, seed: Any = None) -> None:
        self.mean = mean
        self.stddev = _not_negative(self, "stddev", stddev)
        super().__init__(seed)

    def __call__(self, shape: Any, dtype: Any = None) -> Any:
        return self._draw(draw_truncated_normal, shape, self.mean, self.stddev, dtype)


class RandomUniform(RandomInitializer):
    """Numbers spread evenly over [minval, maxval).

    Args:
        minval: the smallest possible number; -0.05 by default.
        maxval: the bound above; 0.05 by default.
        seed: an integer, a `SeedGenerator`, or None (default) for a random one.

    Raises:
        ValueError: if `minval` is above `maxval`.

    Example:
        >>> bool(abs(RandomUniform(seed=1)((100,))).max() <= 0.05)
        True
    """

    def __init__(self, minval: Any = -0.05, maxval: Any = 0.05, seed: Any = None) -> None:
        if minval > maxval:
            raise ValueError(
                "RandomUniform: minval must not be above maxval, "
                f"got minval={minval}, maxval={maxval}. Exchange them."
            )
        self.minval = minval
        self.maxval = maxval
        super().__init__(seed)

    def __call__(self, shape: Any, dtype: Any = None) -> Any:
        return self._draw(draw_uniform, shape, self.minval, self.maxval, dtype)


class Orthogonal(RandomInitializer):
    """gain times a matrix whose rows (or columns, if there are more rows) are orthonormal.

    Q of the decomposition A = QR of a matrix A of standard normal numbers, with the signs that make
    R's diagonal positive. More than two sizes are taken as (their product but for the last, last).

    Args:
        gain: 1 by default.
        seed: an integer, a `SeedGenerator`, or None (default) for a random one.

    Raises:
        ValueError: if the shape has fewer than two sizes.

    Example:
        >>> q = Orthogonal(seed=1)((4, 2))
        >>> (q.T @ q).round(3).tolist() == [[1.0, 0.0], [0.0, 1.0]]
        True

    Source: Saxe et al., Exact solutions to the nonlinear dynamics of learning in deep linear neural
    networks (2014).
    """

    def __init__(self, gain: float = 1.0, seed: Any = None) -> None:
        self.gain = gain
        super().__init__(seed)

    def __call__(self, shape: Any, dtype: Any = None) -> Any:
        shape = known(self, shape)
        if len(shape) < 2:
            raise ValueError(
                "Orthogonal: shape must have at least 2 sizes, "
                f"got shape={show_shape(shape)}. Use RandomNormal for this weight."
            )
        rows, columns = math.prod(shape[:-1]), shape[-1]
        flat = (max(rows, columns), min(rows, columns))
        q, r = np.linalg.qr(self._draw(draw_normal, flat, 0.0, 1.0, dtype, False).astype(np.float64))
        q *= np.sign(np.diagonal(r))
        q = q if rows >= columns else q.T
        return (self.gain * q.reshape(shape)).astype(numpy_dtype(dtype))


def _not_negative(owner: Initializer, name: str, value: Any) -> Any:
    """A number that is not below 0."""
    if not value >= 0:
        raise ValueError(
            f"{type(owner).__name__}: {name} must be a number >= 0, "
            f"got {name}={describe(value)}. Write for example {name}=0.05."
        )
    return value
