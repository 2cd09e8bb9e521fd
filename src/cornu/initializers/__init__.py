"""Initializers: what the weights of a layer are before training.

An initializer is called with a shape and a dtype, and gives a NumPy array: a weight that is built
while JAX traces a function has its numbers at once, and nothing is compiled for it.
"""

from __future__ import annotations

from typing import Any

import numpy as np

from cornu.core import dtypes
from cornu.core.config import custom_object_scope, lookup
from cornu.core.config import serialize as _serialize
from cornu.core.errors import show_shape
from cornu.initializers.base import Initializer
from cornu.initializers.constant import STFT, Constant, Identity, Ones, Zeros
from cornu.initializers.random import Orthogonal, RandomNormal, RandomUniform, TruncatedNormal
from cornu.initializers.scaling import (
    GlorotNormal,
    GlorotUniform,
    HeNormal,
    HeUniform,
    LecunNormal,
    LecunUniform,
    VarianceScaling,
)

__all__ = [
    *("Constant", "GlorotNormal", "GlorotUniform", "HeNormal", "HeUniform", "Identity"),
    *("IdentityInitializer", "Initializer", "LecunNormal", "LecunUniform", "Ones", "Orthogonal"),
    *("OrthogonalInitializer", "RandomNormal", "RandomUniform", "STFT", "STFTInitializer"),
    *("TruncatedNormal", "VarianceScaling", "Zeros"),
    *("constant", "glorot_normal", "glorot_uniform", "he_normal", "he_uniform", "identity"),
    *("lecun_normal", "lecun_uniform", "ones", "orthogonal", "random_normal", "random_uniform"),
    *("stft", "truncated_normal", "variance_scaling", "zeros"),
    *("deserialize", "get", "serialize"),
]

IdentityInitializer, OrthogonalInitializer, STFTInitializer = Identity, Orthogonal, STFT
constant, identity, ones, stft, zeros = Constant, Identity, Ones, STFT, Zeros
glorot_normal, glorot_uniform = GlorotNormal, GlorotUniform
he_normal, he_uniform = HeNormal, HeUniform
lecun_normal, lecun_uniform = LecunNormal, LecunUniform
random_normal, random_uniform = RandomNormal, RandomUniform
orthogonal, truncated_normal, variance_scaling = Orthogonal, TruncatedNormal, VarianceScaling

INITIALIZERS: dict[str, Any] = {
    "constant": Constant,
    "glorot_normal": GlorotNormal,
    "glorot_uniform": GlorotUniform,
    "he_normal": HeNormal,
    "he_uniform": HeUniform,
    "identity": Identity,
    "lecun_normal": LecunNormal,
    "lecun_uniform": LecunUniform,
    "normal": RandomNormal,
    "one": Ones,
    "ones": Ones,
    "orthogonal": Orthogonal,
    "random_normal": RandomNormal,
    "random_uniform": RandomUniform,
    "stft": STFT,
    "truncated_normal": TruncatedNormal,
    "uniform": RandomUniform,
    "variance_scaling": VarianceScaling,
    "zero": Zeros,
    "zeros": Zeros,
    "IdentityInitializer": Identity,
    "OrthogonalInitializer": Orthogonal,
    "STFTInitializer": STFT,
    **{
        cls.__name__: cls
        for cls in (
            *(Initializer, Constant, Identity, Ones, STFT, Zeros),
            *(Orthogonal, RandomNormal, RandomUniform, TruncatedNormal, VarianceScaling),
            *(GlorotNormal, GlorotUniform, HeNormal, HeUniform, LecunNormal, LecunUniform),
        )
    },
}


def get(identifier: Any) -> Any:
    """An initializer from its name, configuration, class, function or array; None for None.

    Raises:
        ValueError: if the name is unknown; if an array's shape is not the one asked for.

    Example:
        >>> get("ones")((2,)).tolist(), get(np.array([3, 4]))((2,)).tolist()
        ([1.0, 1.0], [3.0, 4.0])
    """
    if hasattr(identifier, "shape") and hasattr(identifier, "dtype"):
        return _given(identifier)
    return None if identifier is None else lookup(identifier, "initializer", INITIALIZERS)


def _given(array: Any) -> Any:
    """An initializer that gives this array."""

    def given(shape: Any, dtype: Any = None) -> Any:
        if tuple(shape) != tuple(array.shape):
            raise ValueError(
                f"The array given as initializer has shape {show_shape(array.shape)}, but the "
                f"weight has shape {show_shape(shape)}. Give an array of the weight's shape."
            )
        return np.asarray(array).astype(dtypes.numpy_dtype(dtypes.standardize(dtype)))

    return given


def serialize(initializer: Any) -> Any:
    """The configuration of an initializer, from which `deserialize` makes it again.

    Example:
        >>> serialize(Constant(2.0))["config"]
        {'value': 2.0}
    """
    return _serialize(initializer)


def deserialize(config: Any, custom_objects: Any = None) -> Any:
    """The initializer that a configuration describes.

    Args:
        config: a name, or what `serialize` gave.
        custom_objects: names of classes or functions of yours.

    Raises:
        ValueError: if the name is unknown.

    Example:
        >>> deserialize({"class_name": "Constant", "config": {"value": 2.0}}).value
        2.0
    """
    with custom_object_scope(custom_objects):
        return get(config)
