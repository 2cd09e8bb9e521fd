"""`tf.test`: what programs ask about the machine, and a class for tests."""

from __future__ import annotations

import unittest
from typing import Any

import jax
import numpy as np

from cornu.compat.tensorflow.config import list_physical_devices

__all__ = ["TestCase", "gpu_device_name", "is_built_with_cuda", "is_gpu_available", "main"]


def is_gpu_available(cuda_only: bool = False, min_cuda_compute_capability: Any = None) -> bool:
    """Whether JAX computes on a GPU; of NVIDIA with `cuda_only`.

    Raises:
        ValueError: for a `min_cuda_compute_capability`, which JAX does not tell.
    """
    if min_cuda_compute_capability is not None:
        raise ValueError("tf.test.is_gpu_available(min_cuda_compute_capability=...): leave it out.")
    return bool(list_physical_devices("GPU")) and (not cuda_only or is_built_with_cuda())


def is_built_with_cuda() -> bool:
    """Whether JAX computes on a GPU of NVIDIA."""
    version = getattr(jax.devices()[0].client, "platform_version", "")
    return jax.default_backend() == "gpu" and "cuda" in version.lower()


def gpu_device_name() -> str:
    """'/device:GPU:0', or '' if there is no GPU."""
    return "/device:GPU:0" if list_physical_devices("GPU") else ""


class TestCase(unittest.TestCase):
    """`unittest.TestCase` with comparisons of arrays."""

    def assertAllClose(
        self, a: Any, b: Any, rtol: float = 1e-6, atol: float = 1e-6, msg: Any = None
    ) -> None:
        """Fails unless the numbers are nearly equal."""
        np.testing.assert_allclose(np.asarray(a), np.asarray(b), rtol, atol, err_msg=msg or "")

    def assertAllEqual(self, a: Any, b: Any, msg: Any = None) -> None:
        """Fails unless the numbers are equal."""
        np.testing.assert_array_equal(np.asarray(a), np.asarray(b), err_msg=msg or "")


def main(argv: Any = None) -> None:
    """Runs the tests of the program."""
    unittest.main(argv=argv)
