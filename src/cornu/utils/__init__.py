"""Utilities: seeds, labels, sequences, names of classes of one's own."""

from __future__ import annotations

from typing import Any

from cornu.core.config import (
    custom_object_scope,
    get_custom_objects,
    get_registered_name,
    register_keras_serializable,
)
from cornu.core.dtypes import standardize as standardize_dtype
from cornu.core.names import clear_session
from cornu.core.settings import (
    disable_interactive_logging,
    enable_interactive_logging,
    is_interactive_logging_enabled,
)
from cornu.random import set_random_seed
from cornu.utils.arrays import normalize, pad_sequences, to_categorical

__all__ = [
    "CustomObjectScope",
    "FeatureSpace",
    "PyDataset",
    "Sequence",
    "clear_session",
    "custom_object_scope",
    "disable_interactive_logging",
    "enable_interactive_logging",
    "get_custom_objects",
    "get_registered_name",
    "is_interactive_logging_enabled",
    "is_keras_tensor",
    "normalize",
    "pad_sequences",
    "register_keras_serializable",
    "set_random_seed",
    "standardize_dtype",
    "to_categorical",
]

CustomObjectScope = custom_object_scope


def __getattr__(name: str) -> Any:
    if name == "FeatureSpace":  # imported when first used: it brings the preprocessing layers with it
        from cornu.utils.feature_space import FeatureSpace

        return FeatureSpace
    if name in ("PyDataset", "Sequence"):  # the latter is what Keras 2 called it
        from cornu.training.sources.py_dataset import PyDataset

        return PyDataset
    raise AttributeError(f"module {__name__!r} has no attribute {name!r}")


def is_keras_tensor(x: Any) -> bool:
    """Whether this is a symbolic tensor, as `Input` gives it.

    Example:
        >>> import cornu
        >>> is_keras_tensor(cornu.Input((3,))), is_keras_tensor([1.0])
        (True, False)
    """
    from cornu.core.symbolic import KerasTensor

    return isinstance(x, KerasTensor)
