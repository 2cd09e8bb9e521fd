"""`keras.initializations` of Keras 1: initializers as functions that are given a shape."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from cornu import initializers
from cornu.compat.notes import note
from cornu.compat.old.entries import initializer_of_keras_1
from cornu.initializers.constant import Identity, Ones, Zeros
from cornu.initializers.random import Orthogonal, RandomNormal, RandomUniform
from cornu.initializers.scaling import GlorotUniform, HeUniform, LecunUniform, VarianceScaling


def _scaled(name: str, today: str, make: Callable[[float], Any], default: float) -> Any:
    """The function for an initializer that takes a scale."""

    def draw(shape: Any, scale: float = default, name: str | None = None) -> Any:
        note(f"keras.initializations.{draw.__name__}", f"keras.initializers.{today}")
        return make(scale)(tuple(shape))

    draw.__name__ = draw.__qualname__ = name
    draw.__doc__ = f"Values of this shape as `{today}` gives them; scale={default} by default."
    return draw


def _plain(name: str, today: str, make: Callable[[], Any]) -> Any:
    """The function for an initializer that takes a shape alone."""

    def draw(shape: Any, name: str | None = None) -> Any:
        note(f"keras.initializations.{draw.__name__}", f"keras.initializers.{today}")
        return make()(tuple(shape))

    draw.__name__ = draw.__qualname__ = name
    draw.__doc__ = f"Values of this shape as `{today}` gives them."
    return draw


def _normal(scale: float, mode: str) -> Any:
    """What Keras 1 drew from a normal distribution was not cut off."""
    return lambda: VarianceScaling(scale, mode, "untruncated_normal")


uniform = _scaled("uniform", "RandomUniform(-scale, scale)", lambda s: RandomUniform(-s, s), 0.05)
normal = _scaled("normal", "RandomNormal(stddev=scale)", lambda s: RandomNormal(stddev=s), 0.05)
orthogonal = _scaled("orthogonal", "Orthogonal(gain=scale)", lambda s: Orthogonal(gain=s), 1.1)
identity = _scaled("identity", "Identity(gain=scale)", lambda s: Identity(gain=s), 1.0)
lecun_uniform = _plain("lecun_uniform", "LecunUniform()", LecunUniform)
glorot_uniform = _plain("glorot_uniform", "GlorotUniform()", GlorotUniform)
glorot_normal = _plain("glorot_normal", "GlorotNormal()", _normal(1.0, "fan_avg"))
he_uniform = _plain("he_uniform", "HeUniform()", HeUniform)
he_normal = _plain("he_normal", "HeNormal()", _normal(2.0, "fan_in"))
zero = _plain("zero", "Zeros()", Zeros)
one = _plain("one", "Ones()", Ones)


def get(identifier: Any) -> Any:
    """The initializer that a name stands for; a function is taken as it is.

    Raises:
        ValueError: if the name is unknown, with the closest known one.

    Example:
        >>> get("one")((2,)).tolist()
        [1.0, 1.0]
    """
    note("keras.initializations.get", "keras.initializers.get")
    return initializers.get(
        initializer_of_keras_1(identifier) if isinstance(identifier, str) else identifier
    )


__all__ = [
    *("get", "glorot_normal", "glorot_uniform", "he_normal", "he_uniform", "identity", "lecun_uniform"),
    *("normal", "one", "orthogonal", "uniform", "zero"),
]
