"""Settings of the process, beside the dtypes: what layers, losses and `fit` take by default."""

from __future__ import annotations

import logging
import os
import sys
from typing import Any

import jax

from cornu.core import placement
from cornu.core.errors import describe, did_you_mean

DATA_FORMATS = ("channels_last", "channels_first")
_CAPS = {"epochs": "KERAS_MAX_EPOCHS", "steps_per_epoch": "KERAS_MAX_STEPS_PER_EPOCH"}


def _cap(name: str, value: Any) -> int | None:
    """A largest number of epochs or steps, None for no limit."""
    if value is None:
        return None
    if isinstance(value, bool) or not hasattr(value, "__index__") or int(value) < 1:
        raise ValueError(
            f"max_{name} must be a whole number above 0, or None for no limit, got {describe(value)}."
        )
    return int(value)


def _cap_of_environment(name: str) -> int | None:
    text = os.environ.get(_CAPS[name], "").strip()
    try:
        return _cap(name, int(text) if text else None)
    except ValueError:
        raise ValueError(
            f"The environment variable {_CAPS[name]}={text} must be a whole number above 0."
        ) from None


class _Settings:
    """The values that hold now."""

    def __init__(self) -> None:
        self.epsilon = 1e-7
        self.image_data_format = DATA_FORMATS[0]
        self.flash_attention = True
        self.interactive = True
        self.max_epochs = _cap_of_environment("epochs")
        self.max_steps_per_epoch = _cap_of_environment("steps_per_epoch")


_now = _Settings()


def current() -> dict[str, Any]:
    """All settings by name.

    >>> current()["image_data_format"]
    'channels_last'
    """
    return dict(vars(_now))


# -- numbers and shapes -------------------------------------------------------------------------------


def epsilon() -> float:
    """The small number that losses, constraints and layers keep their divisors and logarithms from 0
    by, where they have no argument for it: 1e-7 unless set.

    >>> epsilon()
    1e-07
    """
    return _now.epsilon


def set_epsilon(value: float) -> None:
    """Sets `epsilon`, for what is compiled from now on.

    Args:
        value: a number of at least 0.

    Raises:
        ValueError: if it is none.

    >>> set_epsilon(1e-5)
    >>> epsilon()
    1e-05
    >>> set_epsilon(1e-7)
    """
    if isinstance(value, bool) or not isinstance(value, (int, float)) or not 0 <= value < 1:
        raise ValueError(f"epsilon must be a small number from 0 on, got {describe(value)}: write 1e-7.")
    _now.epsilon = float(value)


def image_data_format() -> str:
    """Where layers of images expect the channels if they are not told: 'channels_last' unless set.

    >>> image_data_format()
    'channels_last'
    """
    return _now.image_data_format


def set_image_data_format(data_format: str) -> None:
    """Sets where layers that are made from now on expect the channels.

    Args:
        data_format: 'channels_last' or 'channels_first'.

    Raises:
        ValueError: if it is neither.

    >>> set_image_data_format("channels_first")
    >>> image_data_format()
    'channels_first'
    >>> set_image_data_format("channels_last")
    """
    name = str(data_format).lower()
    if name not in DATA_FORMATS:
        raise ValueError(
            f"data_format must be 'channels_last' or 'channels_first', got {describe(data_format)}. "
            + did_you_mean(name, DATA_FORMATS)
        )
    _now.image_data_format = name


# -- attention ----------------------------------------------------------------------------------------


def enable_flash_attention() -> None:
    """Attention uses cuDNN's flash attention where it can: the default.

    Example:
        >>> enable_flash_attention()
        >>> is_flash_attention_enabled()
        True
    """
    _now.flash_attention = True


def disable_flash_attention() -> None:
    """Attention uses flash attention only in layers made with `flash_attention=True`.

    Example:
        >>> disable_flash_attention()
        >>> is_flash_attention_enabled()
        False
        >>> enable_flash_attention()
    """
    _now.flash_attention = False


def is_flash_attention_enabled() -> bool:
    """Whether attention uses flash attention where it can.

    >>> is_flash_attention_enabled()
    True
    """
    return _now.flash_attention


# -- what is shown ------------------------------------------------------------------------------------


def enable_interactive_logging() -> None:
    """Progress and summaries are printed: the default.

    Example:
        >>> enable_interactive_logging()
        >>> is_interactive_logging_enabled()
        True
    """
    _now.interactive = True


def disable_interactive_logging() -> None:
    """Progress and summaries go to the logger 'cornu' of Python's logging, as level INFO, a line for
    each epoch and no bar that is drawn again and again.

    Example:
        >>> disable_interactive_logging()
        >>> is_interactive_logging_enabled()
        False
        >>> enable_interactive_logging()
    """
    _now.interactive = False


def is_interactive_logging_enabled() -> bool:
    """Whether progress and summaries are printed.

    >>> is_interactive_logging_enabled()
    True
    """
    return _now.interactive


def show(text: str) -> None:
    """Prints a text that ends its own lines, or hands it to the logger; of several processes the first
    does."""
    if not placement.is_first():
        return
    if _now.interactive:
        sys.stdout.write(text)
        sys.stdout.flush()
    elif text.strip():
        logging.getLogger("cornu").info(text.rstrip("\n"))


def enable_traceback_filtering() -> None:
    """The frames of the engine, JAX, are left out of tracebacks: the default.

    Example:
        >>> enable_traceback_filtering()
        >>> is_traceback_filtering_enabled()
        True
    """
    jax.config.update("jax_traceback_filtering", "auto")


def disable_traceback_filtering() -> None:
    """Tracebacks show all frames, those of the engine too.

    Example:
        >>> disable_traceback_filtering()
        >>> is_traceback_filtering_enabled()
        False
        >>> enable_traceback_filtering()
    """
    jax.config.update("jax_traceback_filtering", "off")


def is_traceback_filtering_enabled() -> bool:
    """Whether the engine's frames are left out of tracebacks.

    >>> is_traceback_filtering_enabled()
    True
    """
    return bool(getattr(jax.config, "jax_traceback_filtering", "auto") != "off")


# -- short runs, for looking for faults ---------------------------------------------------------------


def max_epochs() -> int | None:
    """The most epochs that a call of `fit` makes, whatever it was told; None for no limit.

    At the start that is the environment variable KERAS_MAX_EPOCHS, if there is one.

    Example:
        >>> set_max_epochs(2)
        >>> max_epochs()
        2
        >>> set_max_epochs(None)
    """
    return _now.max_epochs


def set_max_epochs(max_epochs: int | None) -> None:
    """Limits the epochs of `fit`, to try out a program.

    Raises:
        ValueError: if it is neither a whole number above 0 nor None.

    Args:
        max_epochs: the most epochs that a call of `fit` makes; None for no limit.

    Example:
        >>> set_max_epochs(1)
        >>> max_epochs()
        1
        >>> set_max_epochs(None)
    """
    _now.max_epochs = _cap("epochs", max_epochs)


def max_steps_per_epoch() -> int | None:
    """The most steps of a pass over the data in `fit`, `evaluate` and `predict`; None for no limit.

    At the start that is the environment variable KERAS_MAX_STEPS_PER_EPOCH, if there is one.

    Example:
        >>> set_max_steps_per_epoch(5)
        >>> max_steps_per_epoch()
        5
        >>> set_max_steps_per_epoch(None)
    """
    return _now.max_steps_per_epoch


def set_max_steps_per_epoch(max_steps_per_epoch: int | None) -> None:
    """Limits the steps of each pass over the data, to try out a program.

    Raises:
        ValueError: if it is neither a whole number above 0 nor None.

    Args:
        max_steps_per_epoch: the most steps of a pass over the data; None for no limit.

    Example:
        >>> set_max_steps_per_epoch(1)
        >>> max_steps_per_epoch()
        1
        >>> set_max_steps_per_epoch(None)
    """
    _now.max_steps_per_epoch = _cap("steps_per_epoch", max_steps_per_epoch)
