"""device: where arrays are made."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import jax

from cornu.core.errors import describe, did_you_mean


@contextmanager
def device(device_name: Any) -> Iterator[None]:
    """Within the block, arrays and variables are made on this device, and computed with there.

    Args:
        device_name: 'cpu', 'gpu:1' or the like, or a device of JAX.

    Raises:
        ValueError: if there is no such device.

    Example:
        >>> import cornu
        >>> with cornu.device("cpu:0"):
        ...     x = cornu.ops.ones((2,))
        >>> x.device.platform
        'cpu'
    """
    with jax.default_device(_found(device_name)):
        yield


def _found(name: Any) -> Any:
    if not isinstance(name, str):
        if not hasattr(name, "platform"):
            raise ValueError(f"device takes a name such as 'cpu:0', got {describe(name)}.")
        return name
    kind, _, number = name.lower().strip("/").removeprefix("device:").partition(":")
    kind = "gpu" if kind == "cuda" else kind
    try:
        devices = jax.devices(kind)
        return devices[int(number or 0)]
    except (RuntimeError, ValueError, IndexError):
        known = [f"{each.platform}:{each.id}" for each in {*jax.devices(), *jax.devices("cpu")}]
        raise ValueError(f'There is no device "{name}". {did_you_mean(name, known)}') from None
