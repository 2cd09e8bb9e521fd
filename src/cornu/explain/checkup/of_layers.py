"""Findings about layers: dead and saturated units, gradients that vanish or explode."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np

from cornu.explain.checkup.finding import Finding
from cornu.explain.checkup.measures import Layer, Measures
from cornu.explain.numbers import number

DEAD, ALL_DEAD = 0.1, 0.5  # shares of dead units that are worth a note, and a problem
SATURATED = 0.5
VANISHING = 1e-3  # of the last gradient by an output, what is left at the first
LARGE_STEP = 100.0  # gradient / weights: SGD at 0.01 would change the weights as much as they are

TRY_DEAD = (
    'Start again with new weights, a smaller learning rate, scaled inputs, or activation="leaky_relu", '
    'kernel_initializer="he_normal".'
)
TRY_SATURATED = 'Scale the inputs, start with smaller weights, or use activation="relu".'
TRY_VANISHING = (
    'Use activation="relu" with kernel_initializer="he_normal", BatchNormalization between the layers, '
    "or fewer of them; connections around layers (Add) carry gradients past them."
)
TRY_EXPLODING = (
    'Start with smaller weights (kernel_initializer="he_normal" or "glorot_uniform"), bound gradients '
    "with clipnorm=1.0 in the optimizer, scale the inputs and targets, or use BatchNormalization."
)
TRY_STEP = "Use a smaller learning rate, clipnorm=1.0 in the optimizer, or scale the inputs and targets."
TRY_NOTHING = (
    "Look at the layers whose gradient is 0 in the table: the first of them from the end is where it "
    "stops (dead units, saturation, a loss that is met, or ops.stop_gradient)."
)


def findings_of_layers(measures: Measures, rows: int) -> Iterator[Finding]:
    """What the measures of layers tell."""
    for layer in measures.layers:
        yield from _dead(layer, rows)
        yield from _saturated(layer)
    yield from _along_depth(measures.layers)
    for layer in measures.layers:
        yield from _large(layer)


def _dead(layer: Layer, rows: int) -> Iterator[Finding]:
    if layer.never is None or layer.last or layer.never < DEAD * layer.units:
        return
    share = layer.never / layer.units
    text = (
        f"{layer.never} of {layer.units} ReLU units ({share:.0%}) give 0 for each of the {rows:,} "
        f"rows: no gradient passes through them."
    )
    numbers = {"share": share, "units": layer.units, "never": layer.never}
    yield Finding("dead ReLUs", text, TRY_DEAD, layer.name, share >= ALL_DEAD, numbers)


def _saturated(layer: Layer) -> Iterator[Finding]:
    if layer.saturated is None or layer.last or layer.saturated < SATURATED:
        return
    text = (
        f"{layer.saturated:.0%} of the outputs lie at the limits of the activation, where its slope is "
        "nearly 0: little gradient passes."
    )
    yield Finding("saturated", text, TRY_SATURATED, layer.name, True, {"share": layer.saturated})


def _along_depth(layers: list[Layer]) -> Iterator[Finding]:
    """Gradients by outputs, from the last layer with weights back to the first."""
    deep = [layer for layer in layers if layer.gradient is not None]
    if len(deep) < 2:
        return
    first, last = deep[0], deep[-1]
    if not last.by_output or not any(layer.gradient for layer in deep):
        yield Finding("no gradient", "The gradient of the loss is 0 by all weights.", TRY_NOTHING)
        return
    ratio = first.by_output / last.by_output
    numbers = {"first": first.by_output, "last": last.by_output, "ratio": ratio}
    text = (
        f'The gradient by the output of "{first.name}" has norm {number(first.by_output)}, by that of '
        f'"{last.name}" {number(last.by_output)}: '
    )
    if ratio < VANISHING:
        left = f"{number(ratio)} of it is left after {len(deep)} layers."
        yield Finding("vanishing gradients", text + left, TRY_VANISHING, first.name, True, numbers)
    elif ratio > 1 / VANISHING:
        grown = f"it grows {number(ratio)} times on the way through {len(deep)} layers."
        yield Finding("exploding gradients", text + grown, TRY_EXPLODING, first.name, True, numbers)


def _large(layer: Layer) -> Iterator[Finding]:
    ratio = layer.ratio
    if ratio is None or not np.isfinite(ratio) or ratio < LARGE_STEP or not layer.weights:
        return
    text = (
        f"The gradient is {number(ratio)} times as large as the weights: a step of SGD with a learning "
        f"rate of 0.01 would overthrow them."
    )
    yield Finding("large gradients", text, TRY_STEP, layer.name, True, {"ratio": ratio})


__all__ = ["findings_of_layers"]
