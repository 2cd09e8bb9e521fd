"""`explain.integrated_gradients`: a number of the model, divided among the features of its input."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import jax
import jax.numpy as jnp
import numpy as np

from cornu.core.errors import show_shape
from cornu.explain.numbers import number
from cornu.explain.seeing.inputs import Score, channels_last, one_sample, refuse_indices
from cornu.explain.seeing.inside import Inside
from cornu.explain.seeing.panels import LABEL, Attribution, beside, displayed, show, symmetric
from cornu.explain.written import aligned
from cornu.training.checks import check_finite

NUMBERS = 1 << 20  # of points on the way that are given to the model at once
LISTED = 20  # features in the text and in the figure
OFF = 0.05  # an error of completeness from which on more steps are advised
NO_STEPS = "explain.integrated_gradients(steps={steps!r}): a whole number above 0 is needed."
NO_BASELINE = (
    "explain.integrated_gradients: baseline has shape {shape}, but x {wanted}. Give one number, or an "
    "array of the shape of x."
)
NO_NAMES = "explain.integrated_gradients: names has {count} names, but x has {wanted} features."


class IntegratedGradients(Attribution):
    """`array` has the shape of the sample; `error` is how far its sum is from `score - start`, with the
    score at the baseline, `start`."""

    def __init__(self, *arguments: Any, start: float) -> None:
        super().__init__(*arguments)
        self.start = start
        self.error = abs(float(self.array.sum()) - (self.score - start))


def integrated_gradients(
    model: Any,
    x: Any,
    baseline: Any = 0,
    steps: int = 50,
    index: int | None = None,
    names: Sequence[str] | None = None,
) -> IntegratedGradients:
    r"""Divides an output among the features of the input: gradients, on the way from a baseline to x.

    $$a_i = (x_i - b_i) \int_0^1 \frac{\partial f}{\partial x_i}\big(b + t (x - b)\big)\, dt$$

    by the midpoint rule. The attributions sum to $f(x) - f(b)$ (completeness): how closely they do is
    told.

    Args:
        model: a built model of inputs that are amounts: rows of a table, images, signals.
        x: one sample, with or without an axis for the batch.
        baseline: $b$, what an absent feature is: a number, or an array of the shape of x. Default: 0.
        steps: points on the way. Default: 50.
        index: the output $f$ that is explained. Default: the largest.
        names: of the features of a row, for the figure. Default: x[0], x[1], ...

    Returns:
        a figure; `array` with the attributions, of the shape of the sample, `index`, `score` $f(x)$,
        `start` $f(b)$ and `error` for programs.

    Raises:
        ValueError: if the model is not built, takes several inputs or indices, there is no such output,
            x or the baseline has another shape than the model takes or holds NaN, or there are no steps.
        TypeError: if it is no model, or x is made of no numbers.
        ImportError: when it is drawn without matplotlib.

    Example:
        >>> import cornu
        >>> model = cornu.Sequential([cornu.Input((2,)), cornu.layers.Dense(1)])
        >>> model.set_weights([[[3.0], [-1.0]], [5.0]])
        >>> print(cornu.explain.integrated_gradients(model, [2.0, 4.0], names=["size", "age"]))
        Integrated gradients of output 0: 7 at x, 5 at the baseline, 50 steps.
          size   6
          age   -4
        They sum to 2, as 7 - 5 does (completeness).

    Source: Sundararajan, Taly, Yan, Axiomatic Attribution for Deep Networks, 2017.
    """
    if not isinstance(steps, int) or isinstance(steps, bool) or steps < 1:
        raise ValueError(NO_STEPS.format(steps=steps))
    array = one_sample("integrated_gradients", model, x)
    refuse_indices("integrated_gradients", model)
    if names is not None and len(names) != array[0].size:
        raise ValueError(NO_NAMES.format(count=len(names), wanted=array[0].size))
    start = _baseline(baseline, array)
    inside = Inside("integrated_gradients", model, array)
    score = Score(inside, index)
    ends = inside.computed(
        lambda ends: score.all(model(ends, training=False)), np.concatenate([array, start])
    )
    score.choose(ends)
    at_x, at_start = (float(value) for value in score.of(ends))
    found = ((array - start) * _mean_gradient(inside, score, array, start, steps))[0]
    last = found.ndim != 3 or channels_last(array, inside)
    labels = list(names) if names is not None else [f"x[{n}]" for n in range(found.size)]
    assert score.index is not None
    return IntegratedGradients(
        lambda figure: _draw(figure, array[0], found, last, labels, score.index),
        _text(found, labels, score.index, at_x, at_start, steps),
        beside(2) if found.ndim == 3 else (6.4, 1.2 + 0.25 * min(found.size, LISTED)),
        *(found, score.index, at_x),
        start=at_start,
    )


def _baseline(baseline: Any, x: Any) -> Any:
    given = np.asarray(baseline, "float32")
    for shape in (x.shape, x.shape[1:], ()):
        if given.shape == shape:
            check_finite(given, "baseline", "baseline")
            return np.broadcast_to(given, x.shape).astype("float32")
    about = {"shape": show_shape(given.shape), "wanted": show_shape(x.shape[1:])}
    raise ValueError(NO_BASELINE.format(**about))


def _mean_gradient(inside: Inside, score: Score, x: Any, start: Any, steps: int) -> Any:
    """The mean of the gradients at the middles of the steps, part by part in one program."""
    rows = max(1, min(steps, NUMBERS // x.size))

    def total(shares: Any, weights: Any) -> Any:
        points = start + shares.reshape(-1, *(1,) * (x.ndim - 1)) * (x - start)

        def scores(points: Any) -> Any:
            return (score.of(inside.model(points, training=False)) * weights).sum()

        return jax.grad(scores)(points).sum(axis=0, keepdims=True)

    program = inside.program(lambda shares, weights: total(jnp.asarray(shares), jnp.asarray(weights)))
    middles = (np.arange(steps, dtype="float32") + 0.5) / steps
    found = np.zeros(x.shape, "float64")
    for first in range(0, steps, rows):
        part = middles[first : first + rows]
        weights = np.zeros(rows, "float32")  # points that only fill up the last part count for nothing
        weights[: len(part)] = 1.0 / steps
        found += program(np.resize(part, rows), weights)
    return found.astype("float32")


def _largest_first(array: Any) -> Any:
    """The places of the largest numbers; those that differ by rounding alone stay in their order."""
    sizes = [float(f"{abs(value):.5g}") for value in array]
    return np.argsort(-np.asarray(sizes), kind="stable")[:LISTED]


def _text(array: Any, labels: list[str], index: int, at_x: float, at_start: float, steps: int) -> str:
    lines = [
        f"Integrated gradients of output {index}: {number(at_x)} at x, {number(at_start)} at the "
        f"baseline, {steps} steps."
    ]
    flat = array.reshape(-1)
    if array.ndim == 1:
        order = _largest_first(flat)
        values = [number(flat[n]) for n in order]
        signed = any(value.startswith("-") for value in values)
        shown = [value if value.startswith("-") or not signed else f" {value}" for value in values]
        lines += aligned([[labels[n], value] for n, value in zip(order, shown, strict=True)], "  ")
        if flat.size > LISTED:
            lines.append(f"  and {flat.size - LISTED:,} features that count for less")
    else:
        place = [int(n) for n in np.unravel_index(int(np.abs(flat).argmax()), array.shape)]
        lines.append(f"  the largest, {number(flat[np.abs(flat).argmax()])}, is at {place}")
        up, down = float(flat[flat > 0].sum()), float(flat[flat < 0].sum())
        lines.append(f"  for it {number(up)}, against it {number(down)}")
    return "\n".join([*lines, _completeness(float(flat.sum()), at_x, at_start)])


def _completeness(total: float, at_x: float, at_start: float) -> str:
    """Whether the attributions sum to the difference of the outputs, in words."""
    wanted = at_x - at_start
    off = abs(total - wanted) / max(abs(wanted), 1e-6)
    does = f"{number(at_x)} - {number(at_start)}"
    if abs(total - wanted) <= 1e-4 * max(1.0, abs(wanted)):
        return f"They sum to {number(total)}, as {does} does (completeness)."
    more = " Give more steps." if off > OFF else ""
    return (
        f"They sum to {number(total)}, {does} is {number(wanted)}: {off:.1%} off (completeness).{more}"
    )


def _draw(figure: Any, x: Any, array: Any, last: bool, labels: list[str], index: Any) -> None:
    if array.ndim == 3:
        left, right = figure.subplots(1, 2)
        show(left, displayed(x, last), "image")
        by_pixel = array.sum(axis=-1 if last else 0)
        drawn = show(right, by_pixel, f"what speaks for output {index}", **symmetric(by_pixel))
        figure.colorbar(drawn, ax=[left, right], shrink=0.8).ax.tick_params(labelsize=8)
        return
    axes = figure.subplots()
    if array.ndim == 2:
        show(axes, array.T, f"steps, and what each speaks for output {index}", **symmetric(array))
        axes.set_aspect("auto")
        return
    order = _largest_first(array)[::-1]
    colours = ["#c02626" if array[n] > 0 else "#2166ac" for n in order]
    axes.barh(range(len(order)), array[order], color=colours)
    axes.set_yticks(range(len(order)), [labels[n] for n in order], fontsize=LABEL)
    axes.axvline(0, color="black", linewidth=0.8)
    axes.set_xlabel(f"share of output {index}", fontsize=LABEL)


__all__ = ["IntegratedGradients", "integrated_gradients"]
