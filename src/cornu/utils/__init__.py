"""Utilities: seeds, labels, sequences, files, folders as data, names of classes of one's own."""

from __future__ import annotations

import importlib
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

# What is imported when it is first used, and from where.
_LATER = {
    "Config": "cornu.utils.config",
    "Dataset": "cornu.utils.dataset",
    "FeatureSpace": "cornu.utils.feature_space",
    "Progbar": "cornu.utils.progbar",
    "PyDataset": "cornu.training.sources.py_dataset",
    "Sequence": "cornu.training.sources.py_dataset",
    "SummaryWriter": "cornu.training.callbacks.summary_writer",
    "array_to_img": "cornu.utils.images",
    "audio_dataset_from_directory": "cornu.utils.audio_dataset",
    "deserialize_keras_object": "cornu.saving.objects",
    "get_file": "cornu.utils.downloads",
    "get_registered_object": "cornu.saving.objects",
    "get_source_inputs": "cornu.utils.sources",
    "image_dataset_from_directory": "cornu.utils.image_dataset",
    "img_to_array": "cornu.utils.images",
    "load_img": "cornu.utils.images",
    "model_to_dot": "cornu.utils.model_plot",
    "pack_x_y_sample_weight": "cornu.utils.splitting",
    "plot_model": "cornu.utils.model_plot",
    "save_img": "cornu.utils.images",
    "serialize_keras_object": "cornu.saving.objects",
    "split_dataset": "cornu.utils.splitting",
    "text_dataset_from_directory": "cornu.utils.text_dataset",
    "timeseries_dataset_from_array": "cornu.utils.timeseries",
    "unpack_x_y_sample_weight": "cornu.utils.splitting",
}
_MODULES = ("bounding_boxes",)
_FORMERLY = {"Sequence": "PyDataset"}  # what Keras 2 called it
__all__ = [
    *_LATER,
    *_MODULES,
    "CustomObjectScope",
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
    if name in _LATER:
        value = getattr(importlib.import_module(_LATER[name]), _FORMERLY.get(name, name))
        globals()[name] = value
        return value
    if name in _MODULES:
        return importlib.import_module(f"{__name__}.{name}")
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
