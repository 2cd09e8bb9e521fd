"""Configuration: the settings that hold for the whole process."""

from __future__ import annotations

from cornu.backend import backend
from cornu.core.dtypes import floatx, set_floatx
from cornu.core.errors import describe
from cornu.core.policies import dtype_policy, set_dtype_policy
from cornu.core.settings import (
    disable_flash_attention,
    disable_interactive_logging,
    disable_traceback_filtering,
    enable_flash_attention,
    enable_interactive_logging,
    enable_traceback_filtering,
    epsilon,
    image_data_format,
    is_flash_attention_enabled,
    is_interactive_logging_enabled,
    is_traceback_filtering_enabled,
    max_epochs,
    max_steps_per_epoch,
    set_epsilon,
    set_image_data_format,
    set_max_epochs,
    set_max_steps_per_epoch,
)

__all__ = [
    "backend",
    "disable_flash_attention",
    "disable_interactive_logging",
    "disable_traceback_filtering",
    "dtype_policy",
    "enable_flash_attention",
    "enable_interactive_logging",
    "enable_traceback_filtering",
    "enable_unsafe_deserialization",
    "epsilon",
    "floatx",
    "image_data_format",
    "is_flash_attention_enabled",
    "is_interactive_logging_enabled",
    "is_nnx_enabled",
    "is_traceback_filtering_enabled",
    "max_epochs",
    "max_steps_per_epoch",
    "set_backend",
    "set_dtype_policy",
    "set_epsilon",
    "set_floatx",
    "set_image_data_format",
    "set_max_epochs",
    "set_max_steps_per_epoch",
]


def set_backend(backend: str) -> None:
    """Takes 'jax', the only engine.

    Raises:
        ValueError: for any other.

    >>> set_backend("jax")
    """
    if backend != "jax":
        raise ValueError(
            f"set_backend({describe(backend)}): Cornu has one engine, JAX. Leave the call out; what is "
            "built with Keras's layers runs on it as it is."
        )


def is_nnx_enabled() -> bool:
    """Whether layers are modules of Flax NNX: never.

    >>> is_nnx_enabled()
    False
    """
    return False


def enable_unsafe_deserialization() -> None:
    """Refused: no file can make Cornu run code.

    Raises:
        ValueError: always; it says how to load a model with functions of your own.

    Example:
        >>> enable_unsafe_deserialization()
        Traceback (most recent call last):
        ValueError: enable_unsafe_deserialization: Cornu never runs code from a file. ...
    """
    raise ValueError(
        "enable_unsafe_deserialization: Cornu never runs code from a file. Pass the functions and "
        'classes that the model uses by name, custom_objects={"f": f}, or decorate them with '
        "@register_keras_serializable()."
    )
