"""Which way a fit took: the compiled loop over data on the device, or a slower one; on several devices,
what a step was made of."""

from __future__ import annotations

import math
from typing import Any, NamedTuple

from cornu.layers.layer import is_samplewise
from cornu.native.library import asked, library
from cornu.training.looking import told_apart
from cornu.training.sources.arrays import Arrays
from cornu.training.stateless import overridden

NOT_YET = (
    "There was no fit yet. {first} The compiled loop runs over data that lie on the device where fit is "
    "given arrays that fit into memory, and no callback looks at batches."
)
WILL_BE_EAGER = "compile(run_eagerly=True) will run each step uncompiled: leave it out."
EAGER = (
    "Each step was run uncompiled, since compile was given run_eagerly=True or jit_compile=False; "
    "without that, a compiled loop would run over {source}."
)
LOOP = "A compiled loop ran over {source}"
WATCHED = (
    ", but came back for each batch, since {who} looks at batches: with on_epoch_end in place of "
    "on_train_batch_end, or compile(steps_per_execution=100), it would not"
)
SHAPES = "; its batches had {count} shapes, each with a program of its own: fill them up to fewer"

PATIENT = (
    ", but came back wherever {who} wanted to look at a batch: a larger save_freq, or "
    "save_freq='epoch', would let more steps be one call"
)
VALIDATION = (
    "; validation came back for each batch, since {who} looks at its batches: with on_test_end in place "
    "of on_test_batch_end it would not"
)
SHORT = (
    "; the last batch, of {rows} rows, had a program of its own, since {who}: a batch_size that divides "
    "the {total} rows would avoid that"
)
NAN = (
    "; before each call the state was copied for {who}, which goes back to where a NaN came from: leave "
    "it out"
)
PRODUCTS = (
    "; convolutions were put together from matrix products, which takes several times as long as by "
    "oneDNN, since {why}"
)
OWN_METHOD = "{name} is one of your own"
UNKNOWN = '{what} "{name}" ({cls}) does not say that it treats rows alone (samplewise = True)'
MIXING = '{what} "{name}" ({cls}) does not treat rows alone'
STEPS = ("train_step", "compute_loss", "compute_metrics", "get_metrics_result")


class FitPath(NamedTuple):
    """What decided the way that a fit took.

    Args:
        source: what was gone over.
        eager: whether steps were uncompiled.
        stride: steps between two calls of callbacks that look at batches.
        watchers: the callbacks that look at each batch.
        patient: those that say when they look.
        validating: those that look at each batch of validation data.
        stopping: those that want to know of NaN.
        short: what is said of a last, shorter batch.
        loop: the compiled loop.
        clock: how long it ran, and waited for data.
        chosen: what is said of devices that were not asked for.
    """

    source: Any
    eager: bool
    stride: int
    watchers: list[Any]
    patient: list[Any]
    validating: list[Any]
    stopping: list[Any]
    short: str
    loop: Any
    clock: Any
    chosen: str

    @classmethod
    def of(cls, model: Any, train: Any, test: Any, listeners: Any, chosen: str = "") -> FitPath:
        """The way that these passes will take."""
        watchers, patient = told_apart(listeners, "train")
        validating = told_apart(listeners, "test")[0] if test is not None else []
        stopping = [each for each in listeners if each.stops_on_nan]
        short = _short(model, train.source, train.loop)
        who = watchers, patient, validating, stopping
        how = train.loop, train.clock, chosen
        return cls(train.source, train.loop.eager, train.stride, *who, short, *how)

    def line(self) -> str:
        """The way in one line, and what would avoid a slower one."""
        source = self.source
        if self.eager:
            return EAGER.format(source=source.path)
        line = LOOP.format(source=source.path)
        patient = [each for each in self.patient if each.looks_in() < math.inf]
        if self.watchers and self.stride == 1:
            line += WATCHED.format(who=_names(self.watchers))
        elif patient and not self.watchers:
            line += PATIENT.format(who=_names(patient))
        if self.validating and self.stride == 1:
            line += VALIDATION.format(who=_names(self.validating))
        if self.stopping:
            line += NAN.format(who=_names(self.stopping))
        line += self.short
        if source.advice_for_speed:
            line += "; " + source.advice_for_speed
        if source.shapes > 1:
            line += SHAPES.format(count=source.shapes)
        if asked() and not library().name:
            line += PRODUCTS.format(why=library().missing)
        parts = [line + ".", self.chosen]
        if self.loop.placement is not None:
            from cornu.training.shares import shares  # one device needs nothing of it

            parts.append(shares(self.loop, self.clock))
        return " ".join(part for part in parts if part)


def _names(callbacks: list[Any]) -> str:
    return " and ".join(sorted({type(each).__name__ for each in callbacks}))


def _short(model: Any, source: Any, loop: Any) -> str:
    """What is to be said of a last, shorter batch of arrays; nothing where it was filled up."""
    if not isinstance(source, Arrays) or loop.samplewise or loop.eager:
        return ""
    rows, total = source.example.rows % source.size, source.example.rows
    if not rows or total < source.size:
        return ""
    return SHORT.format(rows=rows, total=total, who=_mixing(model))


def _mixing(model: Any) -> str:
    """Why rows may influence each other, as far as anyone knows."""
    for name in STEPS:
        if overridden(model, name):
            return OWN_METHOD.format(name=name)
    for output in model.objective.outputs:
        for what, parts in (
            ("the loss", output.losses),
            ("the metric", (*output.metrics, *output.weighted_metrics)),
        ):
            for part in parts:
                if not part.treats_rows_alone(len(output.shape)):
                    return MIXING.format(what=what, name=part.name, cls=type(part).__name__)
    layers = [each for each in model._flatten_layers() if not is_samplewise(each)]
    last = layers[-1] if layers else model  # what holds others comes before them
    return UNKNOWN.format(what="the layer", name=last.name, cls=type(last).__name__)


def explain(model: Any) -> str:
    """The way that the last fit of a model took."""
    path: FitPath | None = getattr(model, "last_fit", None)
    if path is not None:
        return path.line()
    return NOT_YET.format(first=WILL_BE_EAGER if getattr(model, "run_eagerly", False) else "").replace(
        "  ", " "
    )
