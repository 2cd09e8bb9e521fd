"""Saving: models as files, objects as plain values and back, and the names of classes of one's own."""

from cornu.core.config import (
    custom_object_scope,
    get_custom_objects,
    get_registered_name,
    register_keras_serializable,
)
from cornu.saving.file_editor import KerasFileEditor
from cornu.saving.objects import (
    CustomObjectScope,
    deserialize_keras_object,
    get_registered_object,
    serialize_keras_object,
)
from cornu.storage import load_model, load_weights, save_model, save_weights

__all__ = [
    "CustomObjectScope",
    "KerasFileEditor",
    "custom_object_scope",
    "deserialize_keras_object",
    "get_custom_objects",
    "get_registered_name",
    "get_registered_object",
    "load_model",
    "load_weights",
    "register_keras_serializable",
    "save_model",
    "save_weights",
    "serialize_keras_object",
]
