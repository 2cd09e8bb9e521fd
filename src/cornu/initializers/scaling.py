"""Initializers whose variance depends on how many inputs and outputs a unit has."""

from __future__ import annotations

import math
from typing import Any

from cornu.core.errors import describe, did_you_mean
from cornu.initializers.base import known
from cornu.initializers.random import RandomInitializer
from cornu.random import draw_normal, draw_truncated_normal, draw_uniform

# The standard deviation of N(0, 1) cut off at -2 and 2.
_TRUNCATED_STDDEV = 0.87962566103423978

_MODES = ("fan_in", "fan_out", "fan_avg")
_DISTRIBUTIONS = ("truncated_normal", "untruncated_normal", "uniform")


class VarianceScaling(RandomInitializer):
    """Numbers with mean 0 and variance scale / n.

    n is fan_in, the number of inputs of a unit, fan_out, that of its outputs, or their mean: for a
    kernel (inputs, units) the two sizes; for one of a convolution (..., channels, filters) the last
    two sizes, each times the product of the others.

    Args:
        scale: a positive number; 1 by default.
        mode: 'fan_in' (default), 'fan_out' or 'fan_avg'.
        distribution: 'truncated_normal' (default; also 'normal'), 'untruncated_normal', 'uniform'.
        seed: an integer, a `SeedGenerator`, or None (default) for a random one.
        input_axes: with `output_axes`, the axes whose sizes make up fan_in; None by default.
        output_axes: likewise for fan_out.

    Raises:
        ValueError: if `scale` is not positive, or `mode` or `distribution` unknown.

    Example:
        >>> weights = VarianceScaling(2.0, seed=1)((200, 100))
        >>> round(float(weights.var()), 3)  # 2 / 200
        0.01
    """

    def __init__(
        self,
        scale: float = 1.0,
        mode: str = "fan_in",
        distribution: str = "truncated_normal",
        seed: Any = None,
        input_axes: Any = None,
        output_axes: Any = None,
    ) -> None:
        if not scale > 0:
            raise ValueError(
                f"{type(self).__name__}: scale must be a number > 0, got scale={describe(scale)}. "
                "Write for example scale=1.0."
            )
        distribution = str(distribution).lower()
        distribution = "truncated_normal" if distribution == "normal" else distribution
        for name, value, options in (
            ("mode", mode, _MODES),
            ("distribution", distribution, _DISTRIBUTIONS),
        ):
            if value not in options:
                raise ValueError(
                    f"{type(self).__name__}: unknown {name}={value!r}. "
                    f"{did_you_mean(str(value), options)}"
                )
        self.scale, self.mode, self.distribution = scale, mode, distribution
        self.input_axes, self.output_axes = input_axes, output_axes
        super().__init__(seed)

    def __call__(self, shape: Any, dtype: Any = None) -> Any:
        fan_in, fan_out = fans(known(self, shape), self.input_axes, self.output_axes)
        count = {"fan_in": fan_in, "fan_out": fan_out, "fan_avg": (fan_in + fan_out) / 2}
        stddev = math.sqrt(self.scale / max(1.0, count[self.mode]))
        if self.distribution == "uniform":
            limit = math.sqrt(3.0) * stddev
            return self._draw(draw_uniform, shape, -limit, limit, dtype)
        if self.distribution == "untruncated_normal":
            return self._draw(draw_normal, shape, 0.0, stddev, dtype)
        return self._draw(draw_truncated_normal, shape, 0.0, stddev / _TRUNCATED_STDDEV, dtype)


def fans(shape: tuple[int, ...], input_axes: Any = None, output_axes: Any = None) -> tuple[int, int]:
    """The number of inputs and of outputs of a unit.

    >>> fans((8, 12)), fans((3, 3, 16, 32)), fans((5,))
    ((8, 12), (144, 288), (5, 5))
    """
    if input_axes is not None and output_axes is not None:
        fan_in, fan_out = (math.prod(shape[axis] for axis in axes) for axes in (input_axes, output_axes))
        return fan_in, fan_out
    if len(shape) < 2:
        return math.prod(shape), math.prod(shape)
    field = math.prod(shape[:-2])
    return shape[-2] * field, shape[-1] * field


class _Setting(VarianceScaling):
    """VarianceScaling with scale, mode and distribution fixed."""

    _fixed: tuple[float, str, str]

    def __init__(self, seed: Any = None, input_axes: Any = None, output_axes: Any = None) -> None:
        super().__init__(*self._fixed, seed, input_axes, output_axes)


class GlorotUniform(_Setting):
    """Evenly spread over ±√(6 / (fan_in + fan_out)), also called Xavier: the default of Dense.

    Args:
        seed: an integer, a `SeedGenerator`, or None (default) for a random one.
        input_axes: see `VarianceScaling`.
        output_axes: likewise.

    Example:
        >>> bool(abs(GlorotUniform(seed=1)((4, 2))).max() <= 1)  # √(6 / 6)
        True

    Source: Glorot and Bengio, Understanding the difficulty of training deep feedforward neural
    networks (2010).
    """

    _fixed = (1.0, "fan_avg", "uniform")


class GlorotNormal(_Setting):
    """A truncated normal distribution of variance 2 / (fan_in + fan_out).

    Args:
        seed: an integer, a `SeedGenerator`, or None (default) for a random one.
        input_axes: see `VarianceScaling`.
        output_axes: likewise.

    Example:
        >>> round(float(GlorotNormal(seed=1)((200, 200)).var()), 4)
        0.005

    Source: Glorot and Bengio, Understanding the difficulty of training deep feedforward neural
    networks (2010).
    """

    _fixed = (1.0, "fan_avg", "truncated_normal")


class HeUniform(_Setting):
    """Evenly spread over ±√(6 / fan_in), for layers with relu.

    Args:
        seed: an integer, a `SeedGenerator`, or None (default) for a random one.
        input_axes: see `VarianceScaling`.
        output_axes: likewise.

    Example:
        >>> bool(abs(HeUniform(seed=1)((6, 2))).max() <= 1)
        True

    Source: He et al., Delving deep into rectifiers, 2015.
    """

    _fixed = (2.0, "fan_in", "uniform")


class HeNormal(_Setting):
    """A truncated normal distribution of variance 2 / fan_in, for layers with relu.

    Args:
        seed: an integer, a `SeedGenerator`, or None (default) for a random one.
        input_axes: see `VarianceScaling`.
        output_axes: likewise.

    Example:
        >>> round(float(HeNormal(seed=1)((200, 100)).var()), 3)
        0.01

    Source: He et al., Delving deep into rectifiers, 2015.
    """

    _fixed = (2.0, "fan_in", "truncated_normal")


class LecunUniform(_Setting):
    """Evenly spread over ±√(3 / fan_in).

    Args:
        seed: an integer, a `SeedGenerator`, or None (default) for a random one.
        input_axes: see `VarianceScaling`.
        output_axes: likewise.

    Example:
        >>> bool(abs(LecunUniform(seed=1)((3, 2))).max() <= 1)
        True

    Source: LeCun et al., Efficient backprop, 1998.
    """

    _fixed = (1.0, "fan_in", "uniform")


class LecunNormal(_Setting):
    """A truncated normal distribution of variance 1 / fan_in, for layers with selu.

    Args:
        seed: an integer, a `SeedGenerator`, or None (default) for a random one.
        input_axes: see `VarianceScaling`.
        output_axes: likewise.

    Example:
        >>> round(float(LecunNormal(seed=1)((100, 100)).var()), 3)
        0.01

    Source: Klambauer et al., Self-normalizing neural networks, 2017.
    """

    _fixed = (1.0, "fan_in", "truncated_normal")
