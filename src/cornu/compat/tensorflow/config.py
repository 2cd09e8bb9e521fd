"""`tf.config`, `tf.test` and `tf.device`: which devices there are, and which are used."""

from __future__ import annotations

from contextlib import AbstractContextManager, nullcontext
from typing import Any, NamedTuple

from cornu.compat.tensorflow.functions import functions_run_eagerly, run_functions_eagerly
from cornu.core.errors import NotBuiltYetError, warn

__all__ = [
    "PhysicalDevice",
    "experimental",
    "experimental_run_functions_eagerly",
    "functions_run_eagerly",
    "get_visible_devices",
    "list_logical_devices",
    "list_physical_devices",
    "run_functions_eagerly",
    "set_soft_device_placement",
    "set_visible_devices",
]
experimental_run_functions_eagerly = run_functions_eagerly
LATE = "tf.config.{name} is not built. Set it for JAX before the program starts: {how}."


class PhysicalDevice(NamedTuple):
    """A device, as TensorFlow names it."""

    name: str
    device_type: str


def _devices(device_type: str | None, prefix: str) -> list[PhysicalDevice]:
    import jax

    kinds = {"cpu": "CPU", "gpu": "GPU", "tpu": "TPU"}
    devices = [*jax.devices(), *(jax.devices("cpu") if jax.default_backend() != "cpu" else [])]
    devices.sort(key=lambda device: device.platform != "cpu")  # TensorFlow names the CPU first
    found = []
    counts: dict[str, int] = {}
    for device in devices:
        kind = kinds.get(device.platform, device.platform.upper())
        number = counts[kind] = counts.get(kind, -1) + 1
        found.append(PhysicalDevice(f"/{prefix}:{kind}:{number}", kind))
    return [each for each in found if device_type in (None, each.device_type)]


def list_physical_devices(device_type: str | None = None) -> list[PhysicalDevice]:
    """The devices of JAX: all, or those of a kind: 'CPU', 'GPU' or 'TPU'."""
    return _devices(device_type, "physical_device")


def list_logical_devices(device_type: str | None = None) -> list[PhysicalDevice]:
    """As `list_physical_devices`: no device is divided."""
    return _devices(device_type, "device")


def get_visible_devices(device_type: str | None = None) -> list[PhysicalDevice]:
    """The devices that are used: all that JAX sees."""
    return list_physical_devices(device_type)


def set_visible_devices(devices: Any, device_type: str | None = None) -> None:
    """Nothing, if these are all devices of the kind.

    Raises:
        NotBuiltYetError: for some of them: JAX is told before it starts.
    """
    wanted = devices if isinstance(devices, (list, tuple)) else [devices]
    if sorted(wanted) != sorted(get_visible_devices(device_type)):
        how = "JAX_PLATFORMS=cpu hides the GPU, CUDA_VISIBLE_DEVICES=0 all but the first"
        raise NotBuiltYetError(LATE.format(name="set_visible_devices", how=how))


def set_soft_device_placement(enabled: bool) -> None:
    """Nothing for True, which is how JAX works.

    Raises:
        NotBuiltYetError: for False.
    """
    if not enabled:
        raise NotBuiltYetError("tf.config.set_soft_device_placement(False) is not built: leave it out.")


class experimental:
    """`tf.config.experimental`."""

    list_physical_devices = staticmethod(list_physical_devices)
    list_logical_devices = staticmethod(list_logical_devices)
    get_visible_devices = staticmethod(get_visible_devices)
    set_visible_devices = staticmethod(set_visible_devices)

    @staticmethod
    def get_memory_growth(device: PhysicalDevice) -> bool:
        """Whether JAX takes the memory of the device bit by bit: not unless told before it starts."""
        import os

        del device  # it is one setting for all
        return os.environ.get("XLA_PYTHON_CLIENT_PREALLOCATE", "true").lower() in ("false", "0")

    @staticmethod
    def set_memory_growth(device: PhysicalDevice, enable: bool) -> None:
        """Lets JAX take the memory of a GPU bit by bit, or most of it at once; for all devices.

        Once JAX has started that cannot be changed, and a warning says so.
        """

        wanted = "false" if enable else "true"
        if device.device_type == "CPU" or experimental.get_memory_growth(device) == enable:
            return
        warn(
            "tf.config.experimental.set_memory_growth comes too late: JAX has started, since it was "
            f"asked for its devices. Set the variable XLA_PYTHON_CLIENT_PREALLOCATE={wanted} before the "
            "program starts."
        )


def device(device_name: Any) -> AbstractContextManager[Any]:
    """Within the block, new tensors are on this device: '/GPU:0', '/CPU:0'; None changes nothing."""
    if device_name is None:
        return nullcontext()
    import cornu

    words = str(getattr(device_name, "name", device_name)).strip("/").split(":")
    kind = next((word for word in words if word.lower() in ("cpu", "gpu", "tpu")), words[0])
    number = words[-1] if words[-1].isdigit() else "0"
    scope: AbstractContextManager[Any] = cornu.device(f"{kind.lower()}:{number}")
    return scope
