"""`explain.activations`: what each layer gives for one input, as images and rows."""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import Any

import jax
import jax.tree_util as tree
import numpy as np

from cornu.core.errors import show_shape
from cornu.explain.numbers import number
from cornu.explain.objective import check_model, first_rows
from cornu.explain.plots.plot import Plot
from cornu.explain.seeing.inside import Inside, Visit
from cornu.explain.seeing.panels import LABEL, show, spread, symmetric, tiled
from cornu.explain.written import aligned
from cornu.training.checks import check_finite

MOST = 12  # layers that are drawn if nobody chose
WIDE = 8  # maps in a row
BARS, NUMBERED = 40, 16  # units that are drawn as bars, and have numbers below them
ROW = 64  # numbers of a vector in a row
NO_MAPS = "explain.activations(maps={maps!r}): a whole number above 0 is needed."


class Activations(Plot):
    """What layers give: `arrays` by the names of layers, without the axis of the batch."""

    def __init__(self, draw: Any, text: str, size: Any, arrays: dict[str, Any]) -> None:
        super().__init__(draw, text, size)
        self.arrays = arrays


def activations(model: Any, x: Any, layers: Any = None, maps: int = 8) -> Activations:
    """Shows what each layer gives for one input: feature maps as small images, vectors as rows of
    colours.

    Args:
        model: a built model.
        x: an input; of a batch the first sample is shown.
        layers: a layer, or a list of layers, each given itself or by its name. Default: all, of more
            than 12 those at equal distances.
        maps: how many feature maps of a layer are drawn, of more those at equal distances. Default: 8.

    Returns:
        a figure; its text has shape, range and mean of each layer, and how many of its maps or units
        are 0; `arrays` has all that the layers give, by their names.

    Raises:
        ValueError: if the model is not built, there is no such layer, or x has another shape than the
            model takes or holds NaN.
        TypeError: if it is no model, or x is made of no numbers.
        ImportError: when it is drawn without matplotlib.

    Example:
        >>> import cornu
        >>> model = cornu.Sequential([cornu.Input((2,)), cornu.layers.Dense(2, "relu", name="hidden")])
        >>> model.set_weights([[[1.0, -1.0], [1.0, -1.0]], [0.0, 0.0]])
        >>> print(cornu.explain.activations(model, [[1.0, 2.0]]))
        hidden (Dense)  (2,)  from 0 to 3, mean 1.5  1 of 2 units are 0
    """
    if not isinstance(maps, int) or maps < 1:
        raise ValueError(NO_MAPS.format(maps=maps))
    check_model("activations", model)
    x, total = first_rows("activations", "x", x, rows=1)
    for leaf in tree.tree_leaves(x):
        if np.asarray(leaf).dtype.kind == "f":
            check_finite(np.asarray(leaf), "x", "x")
    inside = Inside("activations", model, x)
    chosen, note = _chosen(inside, layers)
    numbers = [visit.number for visit in chosen]
    found = _outputs(inside, numbers, x)
    named = dict(zip(_names(chosen), found, strict=True))
    formats = [visit.channels for visit in chosen]
    stacks = [_images(array, axis) for array, axis in zip(found, formats, strict=True)]
    rows = [_row(v, name, a, s) for v, (name, a), s in zip(chosen, named.items(), stacks, strict=True)]
    notes = [note] if note else []
    notes += [f"Of {total:,} samples the first is shown."] if total > 1 else []
    some = [stack for stack in stacks if stack is not None and len(stack) > maps]
    notes += [f"The picture has at most {maps} maps of a layer, at equal distances."] if some else []
    heights = [
        0.85 if stack is None else 1.0 * math.ceil(min(len(stack), maps) / WIDE) for stack in stacks
    ]
    return Activations(
        lambda figure: _draw(figure, list(named), found, stacks, maps, heights),
        "\n".join([*aligned(rows), *notes]),
        (7.5, sum(heights) + 0.3 * len(heights)),
        named,
    )


def _chosen(inside: Inside, layers: Any) -> tuple[list[Visit], str]:
    """The visits that are shown, and what is to be said of those that are not."""
    if layers is not None:
        listed = layers if isinstance(layers, Sequence) and not isinstance(layers, str) else [layers]
        return [inside.visit(layer) for layer in listed], ""
    able = [visit for visit in inside.leaves if visit.shape and visit.kind != "InputLayer"]
    picked = [able[n] for n in spread(len(able), MOST)]
    few = f"{len(picked)} of {len(able)} layers, at equal distances; choose others by layers=[...]."
    return picked, few if len(picked) < len(able) else ""


def _names(visits: list[Visit]) -> list[str]:
    """The names of layers; a later call of the same one is numbered."""
    seen: dict[str, int] = {}
    names = []
    for visit in visits:
        seen[visit.name] = seen.get(visit.name, 0) + 1
        names.append(visit.name if seen[visit.name] == 1 else f"{visit.name} ({seen[visit.name]})")
    return names


def _outputs(inside: Inside, numbers: list[int], x: Any) -> list[Any]:
    def run(x: Any) -> Any:
        kept: dict[int, Any] = {}

        def look(number: int, layer: Any, args: Any, output: Any) -> Any:
            if number in numbers:
                kept[number] = tree.tree_leaves(output)[0]
            return output

        inside.run(x, look)
        return kept

    kept = inside.computed(run, jax.tree_util.tree_map(np.asarray, x))
    return [np.asarray(kept[number], "float32")[0] for number in numbers]


def _images(array: Any, channels: int) -> list[Any] | None:
    """The feature maps of a layer; None of one that has none, or maps of one pixel."""
    if array.ndim != 3:
        return None
    array = np.moveaxis(array, 0, -1) if channels == 1 else array
    return [array[..., n] for n in range(array.shape[-1])] if max(array.shape[:2]) > 1 else None


def _row(visit: Visit, name: str, array: Any, images: list[Any] | None) -> list[str]:
    low, high, mean = number(array.min()), number(array.max()), number(array.mean())
    units = (
        images if images is not None else array.reshape(-1, array.shape[-1]).T if array.ndim else [array]
    )
    dead = sum(not np.any(unit) for unit in units)
    what = "maps" if images is not None else "units"
    zeros = f"{dead} of {len(units)} {what} are 0" if dead else ""
    return [
        f"{name} ({visit.kind})",
        show_shape(array.shape),
        f"from {low} to {high}, mean {mean}",
        zeros,
    ]


def _draw(figure: Any, names: list[str], arrays: Any, stacks: Any, maps: int, heights: Any) -> None:
    rows = figure.subplots(len(names), 1, squeeze=False, height_ratios=heights)[:, 0]
    for axes, name, array, images in zip(rows, names, arrays, stacks, strict=True):
        title = f"{name}  {show_shape(array.shape)}"
        if images is not None:
            picked = [images[n] for n in spread(len(images), maps)]
            show(axes, tiled(picked, WIDE), cmap="viridis")
            axes.axis("off")
            axes.set_anchor("W")
        elif array.size <= BARS:
            _bars(axes, array.reshape(-1))
        else:
            flat = array.reshape(-1, array.shape[-1]) if array.ndim > 1 else array.reshape(1, -1)
            shown = flat[np.ix_(spread(len(flat), ROW), spread(flat.shape[1], 4 * ROW))]
            show(axes, shown, aspect="auto", **symmetric(shown))
        axes.set_title(title, fontsize=LABEL, loc="left")


def _bars(axes: Any, values: Any) -> None:
    """The outputs of some units as bars; few of them are numbered."""
    axes.bar(range(len(values)), values, color="#2166ac")
    axes.axhline(0, color="black", linewidth=0.6)
    axes.set_xlim(-0.6, max(len(values), 8) - 0.4)  # one bar alone is no wall
    axes.set_xticks(range(len(values)) if len(values) <= NUMBERED else [])
    axes.tick_params(labelsize=7)
    for side in ("top", "right"):
        axes.spines[side].set_visible(False)


__all__ = ["Activations", "activations"]
