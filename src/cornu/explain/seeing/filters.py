"""`explain.filters`: the kernels of a layer as images."""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import Any

import numpy as np

from cornu.core.errors import did_you_mean
from cornu.explain.numbers import number
from cornu.explain.objective import check_model
from cornu.explain.plots.plot import Plot
from cornu.explain.seeing.panels import LABEL, show, spread, symmetric, tiled
from cornu.layers.layer import Layer

MOST = 64  # filters that are drawn
WIDE, DEEP = 16, 8  # filters and channels, where these are drawn one by one
NO_LAYER = 'explain.filters: model "{model}" has no layer "{layer}". {advice}'
NO_KERNEL = (
    'explain.filters: layer "{layer}" ({kind}) has no kernels that are images. Layers that have: '
    "{names}."
)
NO_SHAPE = (
    'explain.filters: each unit of layer "{layer}" (Dense) has {size} weights, which become an image '
    "only with shape=: (height, width) or (height, width, channels), {size} numbers in all, such as "
    "shape={example}."
)


class Filters(Plot):
    """Kernels as images: `array` is (filters, height, width, channels)."""

    def __init__(self, draw: Any, text: str, size: Any, array: Any) -> None:
        super().__init__(draw, text, size)
        self.array = array


def filters(model: Any, layer: Any = None, shape: Sequence[int] | None = None) -> Filters:
    """Shows what the units of a layer look for: the kernels of a convolution, or, reshaped, the weights
    of a Dense on images.

    Kernels of three channels are shown in colour, of one in blue (below 0) and red; of others a column
    for each filter has its first channels one below the other.

    Args:
        model: a built model.
        layer: a layer, or its name. Default: the first convolution.
        shape: of the images that a Dense sees, such as (28, 28).

    Returns:
        a figure of up to 64 filters (16 of those with many channels), of more those at equal distances;
        `array` has all of them.

    Raises:
        ValueError: if the model is not built, there is no such layer, it has no kernels, or the weights
            of a Dense are not as many as the shape has.
        TypeError: if it is no model.
        ImportError: when it is drawn without matplotlib.

    Example:
        >>> import cornu
        >>> model = cornu.Sequential([cornu.Input((4, 4, 1)), cornu.layers.Conv2D(2, 3, name="edges")])
        >>> model.layers[0].kernel.assign(np.ones((3, 3, 1, 2)))
        >>> print(cornu.explain.filters(model))
        edges (Conv2D): 2 filters of 3 x 3 x 1
        weights from 1 to 1, mean 1; norms of filters from 3 to 3
    """
    check_model("filters", model)
    chosen = _chosen(model, layer, shape)
    array = _kernels(chosen, shape)
    channels = array.shape[-1]
    picked = array[spread(len(array), MOST if channels in (1, 3) else WIDE)]
    norms = np.sqrt((array.astype("float64") ** 2).sum(axis=(1, 2, 3)))
    size = " x ".join(map(str, array.shape[1:]))
    text = [f"{chosen.name} ({type(chosen).__name__}): {len(array):,} filters of {size}"]
    text.append(
        f"weights from {number(array.min())} to {number(array.max())}, mean {number(array.mean())}; "
        f"norms of filters from {number(norms.min())} to {number(norms.max())}"
    )
    if len(picked) < len(array):
        text.append(f"The picture has {len(picked)} of the {len(array):,} filters, at equal distances.")
    if channels not in (1, 3) and channels > DEEP:
        text.append(f"Of their {channels:,} channels it has {DEEP}, at equal distances.")
    images, columns = _arranged(picked)
    rows = math.ceil(len(images) / columns)
    wide = 6.4
    tall = min(9.0, 0.6 + wide * rows * (images[0].shape[0] + 1) / (columns * (images[0].shape[1] + 1)))
    title = f"{text[0]}"
    return Filters(
        lambda figure: _draw(figure, images, columns, title), "\n".join(text), (wide, tall), array
    )


def _chosen(model: Any, layer: Any, shape: Any) -> Any:
    layers = [each for each in model._flatten_layers() if each is not model]
    able = [each for each in layers if _is_convolution(each) or (shape and _is_dense(each))]
    if layer is None:
        if not able:
            raise ValueError(_no_kernel(model, model, able))
        return able[0]
    name = layer.name if isinstance(layer, Layer) else str(layer)
    found = [each for each in layers if each is layer or each.name == name]
    if not found:
        advice = did_you_mean(name, [each.name for each in layers])
        raise ValueError(NO_LAYER.format(model=model.name, layer=name, advice=advice))
    if not _is_convolution(found[0]) and not _is_dense(found[0]):
        raise ValueError(_no_kernel(model, found[0], able))
    return found[0]


def _no_kernel(model: Any, layer: Any, able: list[Any]) -> str:
    names = ", ".join(f'"{each.name}"' for each in able) or "none; a Dense is shown with shape=(28, 28)"
    return NO_KERNEL.format(layer=layer.name, kind=type(layer).__name__, names=names)


def _is_convolution(layer: Any) -> bool:
    return getattr(layer, "rank", 0) in (1, 2) and _weights(layer) is not None


def _is_dense(layer: Any) -> bool:
    kernel = _weights(layer)
    return kernel is not None and not getattr(layer, "rank", 0) and len(kernel.shape) == 2


def _weights(layer: Any) -> Any:
    kernel = getattr(layer, "depthwise_kernel", None)
    return kernel if kernel is not None else getattr(layer, "kernel", None)


def _kernels(layer: Any, shape: Any) -> Any:
    """The kernels as (filters, height, width, channels)."""
    kernel = _weights(layer).numpy().astype("float32")
    if _is_dense(layer):
        size = kernel.shape[0]
        if shape is None or math.prod(shape) != size or len(shape) not in (2, 3):
            side = math.isqrt(size)
            example = (side, side) if side * side == size else (1, size)
            raise ValueError(NO_SHAPE.format(layer=layer.name, size=size, example=example))
        images = kernel.T.reshape(-1, *shape)
        return images if images.ndim == 4 else images[..., None]
    if kernel.ndim == 3:  # of one axis: an image of one row
        kernel = kernel[None]
    kind = type(layer).__name__
    if "Transpose" in kind and "Depthwise" not in kind:  # filters come before channels there
        kernel = kernel.swapaxes(-1, -2)
    if "Depthwise" in kind or "Separable" in kind:  # each channel has filters of its own
        kernel = kernel.reshape(*kernel.shape[:2], 1, -1)
    return np.moveaxis(kernel, -1, 0)


def _arranged(array: Any) -> tuple[list[Any], int]:
    """Images to lay out, and how many of them make a row."""
    count, channels = len(array), array.shape[-1]
    if channels == 3:
        low, high = float(array.min()), float(array.max())
        scaled = (array - low) / (high - low or 1.0)
        return list(scaled), min(count, 16 if count > 32 else 8)
    if channels == 1:
        return list(array[..., 0]), min(count, 16 if count > 32 else 8)
    shown = spread(channels, DEEP)
    return [array[column, ..., channel] for channel in shown for column in range(count)], count


def _draw(figure: Any, images: list[Any], columns: int, title: str) -> None:
    axes = figure.subplots()
    coloured = images[0].ndim == 3
    how = {} if coloured else symmetric(np.asarray(images))
    drawn = show(axes, tiled(images, columns, gap=1.0 if coloured else math.nan), **how)
    axes.axis("off")
    axes.set_title(title, fontsize=LABEL)
    if not coloured:
        figure.colorbar(drawn, ax=axes, shrink=0.6).ax.tick_params(labelsize=8)


__all__ = ["Filters", "filters"]
