"""The product of a kernel with what lies at all steps of time."""

from __future__ import annotations

from typing import Any

from cornu.core import placement
from cornu.core.products import matmul


def product_of_rows(x: Any, kernel: Any) -> Any:
    """The product x W over the last axis, with all other axes taken as one.

    Otherwise XLA turns round what comes back, for the kernel's gradient, which takes longer than the
    product. On several devices the rows are split, and the axes are left alone.
    """
    if x.ndim < 3 or placement.current() is not None:
        return matmul(x, kernel)
    return matmul(x.reshape(-1, x.shape[-1]), kernel).reshape(*x.shape[:-1], kernel.shape[1])
