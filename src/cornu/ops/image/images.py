"""What ops of images share: images as tensors, and functions of `formulas` as ops."""

from __future__ import annotations

import functools
import inspect
import sys
from collections.abc import Callable
from typing import Any, Literal

import jax.numpy as jnp

from cornu.core.errors import describe
from cornu.ops.arguments import alone, layout, of_rank
from cornu.ops.op import op
from cornu.ops.tensors import floating, tensor


def images_of(images: Any, data_format: Any, argument: str = "images") -> tuple[Any, str]:
    """One image or a batch of them as a tensor, and where the channels are."""
    images, data_format = tensor(images), layout(data_format)
    axes = "(height, width, channels)" if data_format == "channels_last" else "(channels, height, width)"
    of_rank(argument, images, (3, 4), f"{axes} or a batch of these")
    return images, data_format


def batch_apart(images: Any, *others: Any, **named: Any) -> bool:
    """Whether there is a batch of images, each of which is computed with by itself."""
    return len(images.shape) == 4 and alone("images")(images, *others, **named)


def like(images: Any, dtype: Any) -> Any:
    """Floats as whole numbers, rounded and kept in their range, if the dtype is one of these."""
    if not jnp.issubdtype(dtype, jnp.integer):
        return images
    limits: Any = jnp.iinfo(dtype)  # type: ignore[no-untyped-call]
    return jnp.clip(jnp.round(images), limits.min, limits.max).astype(dtype)


def of_formula(
    function: Callable[..., Any],
    whole: Literal["kept", "rounded", "refused"] = "kept",
    **prepared: Callable[[Any], Any],
) -> Any:
    """A function of images, its documentation included, as an op.

    Args:
        function: takes images, and further arguments, among them `data_format`.
        whole: whether images of whole numbers are kept as they are; computed with as floats, and
            the results rounded; or refused.
        prepared: for arguments by name, a function that checks and converts them.
    """
    signature = inspect.signature(function)

    @functools.wraps(function)
    def row(*args: Any, **kwargs: Any) -> Any:
        given = signature.bind(*args, **kwargs).arguments
        images, given["data_format"] = images_of(given["images"], given.get("data_format"))
        given |= {name: check(given[name]) for name, check in prepared.items() if name in given}
        if whole == "refused" and not jnp.issubdtype(images.dtype, jnp.floating):
            raise ValueError(
                f"images must hold floats, got {describe(images)}. Write "
                "ops.cast(images, 'float32') / 255 for whole numbers from 0 to 255."
            )
        if whole == "kept":
            return function(**given | {"images": images})
        return like(function(**given | {"images": floating(images)}), images.dtype)

    row.__module__ = sys._getframe(1).f_globals["__name__"]
    return op(samplewise=batch_apart)(row)
