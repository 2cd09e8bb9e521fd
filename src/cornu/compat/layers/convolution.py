"""Convolutions under their names of Keras 1, which took the sides of the kernel one by one.

`Convolution2D(32, 3, 3)` is `Conv2D(32, (3, 3))`; `Conv2D(32, 3, 3)` has strides of 3. What is made is
today's layer: its class, name and configuration say `Conv2D`.
"""

from __future__ import annotations

from typing import Any

from cornu.compat.notes import note
from cornu.compat.old_form import OldForm, old_form
from cornu.layers import Conv1D, Conv2D, Conv2DTranspose, Conv3D, Conv3DTranspose, SeparableConv2D

# What Keras 1 took after the sides of the kernel, in that order.
_AFTER = ("init", "activation", "weights", "border_mode", "subsample")
_SIDES = {
    1: ("filter_length",),
    2: ("nb_row", "nb_col"),
    3: ("kernel_dim1", "kernel_dim2", "kernel_dim3"),
}


class OldConvolution(OldForm):
    """The class of such a name."""

    rank: int
    after: tuple[str, ...]

    def positions(cls, args: tuple[Any, ...], kwargs: dict[str, Any]) -> tuple[Any, ...]:
        sides = _SIDES[cls.rank]
        if "nb_filter" in kwargs:
            args = (kwargs.pop("nb_filter"), *args)
        given = [kwargs.pop(side) for side in sides if side in kwargs]
        args = (*args, *given)
        kernel, more = args[1 : 1 + cls.rank], args[1 + cls.rank :]
        old = len(kernel) == cls.rank and all(isinstance(side, int) for side in kernel)
        if not old or (cls.rank == 1 and not given and not (more and isinstance(more[0], str))):
            return args
        after = [name for name in cls.after if name not in kwargs]
        kwargs.update(zip(after, more, strict=False))
        shown = f"{cls.today.__name__}(filters, ({', '.join(['size'] * cls.rank)}))"
        note(f"keras.layers.{cls.__name__}(nb_filter, {', '.join(sides)})", f"keras.layers.{shown}")
        return (args[0], tuple(kernel))


def _old_form(
    name: str,
    today: Any,
    rank: int,
    after: tuple[str, ...] = _AFTER,
    kind: type[OldConvolution] = OldConvolution,
) -> Any:
    """The class for an old name of a convolution of today."""
    doc = f"`{today.__name__}`, as Keras 1 wrote it: ({', '.join(_SIDES[rank])}) one by one."
    return old_form(kind, name, today, doc, rank=rank, after=after)


class _Dilated(OldConvolution):
    """Also renames `atrous_rate`, the space between what a kernel looks at."""

    def positions(cls, args: tuple[Any, ...], kwargs: dict[str, Any]) -> tuple[Any, ...]:
        args = super().positions(args, kwargs)
        if "atrous_rate" in kwargs:
            kwargs["dilation_rate"] = kwargs.pop("atrous_rate")
        note(
            f"keras.layers.{cls.__name__}(atrous_rate)",
            f"keras.layers.{cls.today.__name__}(dilation_rate)",
        )
        return args


Convolution1D = _old_form("Convolution1D", Conv1D, 1)
Convolution2D = _old_form("Convolution2D", Conv2D, 2)
Convolution3D = _old_form("Convolution3D", Conv3D, 3)
SeparableConvolution2D = _old_form("SeparableConvolution2D", SeparableConv2D, 2)
AtrousConvolution1D = _old_form("AtrousConvolution1D", Conv1D, 1, (*_AFTER, "atrous_rate"), _Dilated)
AtrousConvolution2D = _old_form("AtrousConvolution2D", Conv2D, 2, (*_AFTER, "atrous_rate"), _Dilated)
Deconvolution2D = _old_form("Deconvolution2D", Conv2DTranspose, 2, ("output_shape", *_AFTER))
Deconvolution3D = _old_form("Deconvolution3D", Conv3DTranspose, 3, ("output_shape", *_AFTER))
AtrousConv1D, AtrousConv2D = AtrousConvolution1D, AtrousConvolution2D
Deconv2D, Deconv3D = Deconvolution2D, Deconvolution3D

__all__ = [
    "AtrousConv1D",
    "AtrousConv2D",
    "AtrousConvolution1D",
    "AtrousConvolution2D",
    "Convolution1D",
    "Convolution2D",
    "Convolution3D",
    "Deconv2D",
    "Deconv3D",
    "Deconvolution2D",
    "Deconvolution3D",
    "SeparableConvolution2D",
]
