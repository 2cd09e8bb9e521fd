"""`explain.learning_rates`: which learning rates are too small, good, and too large."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import jax
import jax.numpy as jnp
import jax.tree_util as tree
import numpy as np

from cornu import optimizers
from cornu.core.variable import Variable
from cornu.explain.objective import check_model
from cornu.explain.plots.plot import Plot
from cornu.explain.plots.style import color, columns, quiet
from cornu.explain.plots.sweep import rows_drawn, swept, whole
from cornu.training.callbacks.monitor import learning_rates as optimizers_of
from cornu.training.compiling import effort_for
from cornu.training.data import Data
from cornu.training.state import state_of
from cornu.training.stateless import imperative

SMOOTH = np.array([1, 2, 3, 2, 1])  # weights of neighbours: batches differ by chance
TENTH = 0.1  # of the fall of the loss: so much has to happen before a rate counts as good
LEAST = 0.02  # of the loss: if it falls by less, there is no good rate
NOT_COMPILED = (
    "explain.learning_rates: the model is not compiled, so it has no loss and no optimizer. Write "
    'model.compile("sgd", loss=...) with the optimizer that you will train with.'
)
RANGE = (
    "explain.learning_rates(lowest={lowest!r}, highest={highest!r}): two numbers above 0 are needed, "
    "the lower one first."
)
NOTHING = (
    "No rate brought the loss down by more than {share:.0%}. Try more steps, a wider range, scaled "
    "inputs (layers.Normalization), or see whether the loss fits the last layer."
)


class LearningRates(Plot):
    """The sweep: `rates`, `losses` (after the step with that rate, on the next batch), `smoothed`; the
    `good` range as (low, high), and `suggestion`; both None if no rate made the loss fall."""

    rates: Any
    losses: Any
    smoothed: Any
    good: tuple[float, float] | None
    suggestion: float | None


def learning_rates(
    model: Any,
    x: Any,
    y: Any,
    lowest: float = 1e-6,
    highest: float = 10.0,
    steps: int = 100,
    batch_size: int = 32,
    seed: int = 0,
) -> LearningRates:
    """Finds a learning rate: trains for a few steps with rates that grow exponentially, and looks
    where the loss falls, and where it rises.

    Too small are the rates by which a tenth of the fall has not come yet; too large those from where
    the loss was lowest; between lie the good ones. The suggestion is the rate at which the loss falls
    fastest, but at most a third of where it is lowest. All is done on copies: weights, optimizer and
    random numbers are afterwards what they were.

    Args:
        model: a compiled model; it begins at the weights it has.
        x, y: data as for `fit`.
        lowest, highest: the first and the last rate. Default: 1e-6 and 10.
        steps: how many rates. Default: 100.
        batch_size: that of the training to come. Default: 32.
        seed: of the order of the rows. Default: 0.

    Raises:
        TypeError: if it is no model, or x or y hold no numbers.
        ValueError: if the model is not built or not compiled, lengths differ, there is NaN, or a number
            is out of range.
        AttributeError: if the optimizer is of optax and keeps its rate to itself.

    Example:
        >>> import cornu
        >>> import numpy as np
        >>> model = cornu.Sequential([cornu.Input((1,)), cornu.layers.Dense(1, use_bias=False)])
        >>> model.set_weights([np.array([[3.0]])])
        >>> model.compile("sgd", "mse")
        >>> found = cornu.explain.learning_rates(model, np.ones((32, 1)), np.zeros(32))
        >>> found.good[1] < 1.2, model.get_weights()[0].item()  # the loss is w², so 1 is the bound
        (True, 3.0)

    Source: Smith, Cyclical Learning Rates for Training Neural Networks (2017).
    """
    steps = whole("learning_rates", "steps", steps, 10)
    size = whole("learning_rates", "batch_size", batch_size, 1)
    if not (np.ndim(lowest) == np.ndim(highest) == 0 and 0 < lowest < highest < np.inf):
        raise ValueError(RANGE.format(lowest=lowest, highest=highest))
    check_model("learning_rates", model)
    if not model.compiled:
        raise ValueError(NOT_COMPILED)
    x, y, rows = rows_drawn("learning_rates", x, y, (steps + 1) * size, seed)
    kept = min(rows, (steps + 1) * size)
    data = Data(x, y, call="explain.learning_rates")
    size = min(size, kept)
    rates = np.geomspace(lowest, highest, steps).astype("float32")
    losses = _sweep(model, data, rates, _batches(kept, steps + 1, size, seed))
    plot = LearningRates(lambda figure: _draw(figure, plot), "", (6.8, 4.4))
    plot.rates, plot.losses = rates, losses[1:]
    plot.smoothed = _smoothed(losses[1:])
    plot.good, plot.suggestion = _judge(rates, plot.smoothed)
    plot.text = _text(plot, size)
    return plot


def _batches(rows: int, steps: int, size: int, seed: int) -> Any:
    """The rows of each batch; when all have been seen, in a new order."""
    draw = np.random.default_rng(seed)
    passes = -(-steps * size // rows)
    order = np.concatenate([draw.permutation(rows) for _ in range(passes)])
    return order[: steps * size].reshape(steps, size).astype("int32")


def _sweep(model: Any, data: Data, rates: Any, batches: Any) -> Any:
    """The loss of each batch, before the step that it makes at its rate."""
    model._prepare(data, batches.shape[1])
    rate = Variable(np.float32(rates[0]), trainable=False, name="learning_rate")
    state = {**state_of(model), "rate": {"0": rate}}
    step = imperative(model, "train")
    others = [each.learning_rate for _, _, each in optimizers_of(model) if _of_optax(each)]

    def one(arrays: Any, each: Any) -> Any:
        now, rows = each
        for variable in (rate, *others):
            variable.assign(now)
        model.reset_metrics()
        logs = step(tree.tree_map(lambda array: jnp.asarray(array)[rows], arrays))
        return jnp.asarray(logs["loss"], "float32")

    size = sum(weight.size for weight in model.trainable_variables) * data.places
    effort = effort_for(size, data.row_size * batches.shape[1], len(batches))
    with _ruled_by(model, rate), jax.debug_nans(False):
        # One step more than there are rates: its loss is what the last rate has led to.
        inputs = np.append(rates, rates[-1]), batches
        return np.asarray(swept(one, state, data.batch, inputs, effort), "float64")


def _of_optax(optimizer: Any) -> bool:
    """Whether its learning rate lies in the state of a transformation, if anywhere."""
    return isinstance(optimizer, optimizers.OptaxOptimizer)


@contextmanager
def _ruled_by(model: Any, rate: Variable) -> Iterator[None]:
    """Within the block the model's optimizers have this learning rate, schedules or not."""
    each = [optimizer for _, _, optimizer in optimizers_of(model) if not _of_optax(optimizer)]
    before = [optimizer._learning_rate for optimizer in each]
    try:
        for optimizer in each:  # not by assignment: compiled programs of fit stay as they are
            object.__setattr__(optimizer, "_learning_rate", rate)
        yield
    finally:
        for optimizer, own in zip(each, before, strict=True):
            object.__setattr__(optimizer, "_learning_rate", own)


def _smoothed(losses: Any) -> Any:
    """Each loss with its neighbours; NaN from where it is no number any more."""
    broken = np.flatnonzero(~np.isfinite(losses))
    end = broken[0] if len(broken) else len(losses)
    reach = len(SMOOTH) // 2
    whole = np.convolve(losses[:end], SMOOTH)[reach : reach + end]
    weight = np.convolve(np.ones(end), SMOOTH)[reach : reach + end]
    return np.concatenate([whole / np.maximum(weight, 1), np.full(len(losses) - end, np.nan)])


def _judge(rates: Any, smoothed: Any) -> tuple[tuple[float, float] | None, float | None]:
    """The good range and the suggestion."""
    if not np.isfinite(smoothed[: len(rates) // 10 + 2]).all():
        return None, None
    start = smoothed[: max(len(rates) // 10, 1)].mean()
    lowest = int(np.nanargmin(smoothed))
    fall = start - smoothed[lowest]
    if fall <= LEAST * abs(start) or lowest < 2:
        return None, None
    high = smoothed[: lowest + 1] > start - TENTH * fall
    first = int(np.flatnonzero(high)[-1]) + 1 if high.any() else 0
    slopes = np.gradient(smoothed[: lowest + 1], np.log(rates[: lowest + 1]))
    fastest = first + int(np.argmin(slopes[first:]))
    # Where it is lowest it is about to rise: a third of that is as far as one should go.
    suggestion = max(min(rates[fastest], rates[lowest] / 3), rates[first])
    return (float(rates[first]), float(rates[lowest])), float(suggestion)


def _text(plot: LearningRates, size: int) -> str:
    tried = f"{plot.rates[0]:.2g} to {plot.rates[-1]:.2g}"
    first = f"{len(plot.rates)} learning rates from {tried}, a batch of {size} rows each."
    if plot.good is None:
        return f"{first}\n{NOTHING.format(share=LEAST)}"
    low, high = (f"{each:.2g}" for each in plot.good)
    rows = [
        ["too small", f"below {low}", "the loss hardly moves"],
        ["good", f"{low} to {high}", "the loss falls"],
        ["too large", f"above {high}", "the loss rises again"],
    ]
    if plot.good[1] >= plot.rates[-1]:
        rows[2] = ["too large", "none that was tried", f"go on: highest={100 * plot.rates[-1]:.2g}"]
    hint = f"Suggestion: learning_rate={plot.suggestion:.2g}."
    return "\n".join([first, *columns(rows, left=3), hint])


def _draw(figure: Any, plot: LearningRates) -> None:
    axes = quiet(figure.subplots(), "", "learning rate", "loss after a step")
    axes.set_xscale("log")
    axes.plot(plot.rates, plot.losses, color=color(0), alpha=0.25, linewidth=1)
    axes.plot(plot.rates, plot.smoothed, color=color(0), linewidth=2)
    seen = plot.smoothed[np.isfinite(plot.smoothed)]
    if not len(seen):
        return
    start, low = seen[: max(len(seen) // 10, 1)].mean(), seen.min()
    room = max(start - low, 0.05 * abs(start), 1e-12)
    axes.set(xlim=(plot.rates[0], plot.rates[-1]), ylim=(low - 0.15 * room, start + 0.6 * room))
    if plot.good is None:
        return
    zones = ((plot.rates[0], plot.good[0], 6), (*plot.good, 2), (plot.good[1], plot.rates[-1], 1))
    for (left, right, pen), word in zip(zones, ("too small", "good", "too large"), strict=True):
        if right <= left:
            continue
        axes.axvspan(left, right, color=color(pen), alpha=0.15, linewidth=0, label=word)
    axes.axvline(
        plot.suggestion, color=color(2), linestyle="--", label=f"suggestion: {plot.suggestion:.2g}"
    )
    figure.legend(frameon=False, loc="outside upper center", ncols=4)


__all__ = ["LearningRates", "learning_rates"]
