"""What a generator is said to yield: dtypes and shapes, and whether it does."""

from __future__ import annotations

from typing import Any

import numpy as np

from cornu.core.errors import describe
from cornu.utils.dataset.elements import Tensor, TensorSpec, as_tensor, map_leaves


def signature_of(types: Any, shapes: Any) -> Any:
    """A TensorSpec for each dtype, with its shape where that is given."""
    if isinstance(types, tuple):
        given = shapes or (None,) * len(types)
        return tuple(signature_of(dtype, shape) for dtype, shape in zip(types, given, strict=True))
    if isinstance(types, dict):
        return {name: signature_of(dtype, (shapes or {}).get(name)) for name, dtype in types.items()}
    return TensorSpec(None if shapes is None else tuple(shapes), types)  # type: ignore[arg-type]


def plain_spec(spec: Any) -> TensorSpec:
    """A description of a tensor of any kind as ours; a dtype has a name, or is one."""
    shape = () if spec.shape is None else tuple(spec.shape)
    return TensorSpec(shape, getattr(spec.dtype, "name", spec.dtype))


def fitted(element: Any, signature: Any) -> Any:
    """What a generator gave, with the dtypes and shapes that were announced."""

    def fit(spec: Any, value: Any) -> Tensor:
        dtype = getattr(spec.dtype, "name", spec.dtype)
        tensor = as_tensor(value)
        tensor = tensor if dtype == "string" else tensor.astype(dtype).view(Tensor)
        if spec.shape is None:
            return tensor
        shape = tuple(spec.shape)
        fits = len(shape) == tensor.ndim and all(
            size in (None, real) for size, real in zip(shape, tensor.shape, strict=True)
        )
        if not fits:
            raise ValueError(
                f"from_generator was told of tensors of shape {shape}, but the generator gave "
                f"{describe(np.asarray(tensor))}."
            )
        return tensor

    listed = isinstance(element, list) and isinstance(signature, tuple)
    return map_leaves(fit, signature, tuple(element) if listed else element)
