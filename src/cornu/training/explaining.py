"""Which way a fit took, in one line: the compiled loop over data on the device, or a slower one."""

from __future__ import annotations

from typing import Any, NamedTuple

from cornu.training.looking import told_apart

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


class FitPath(NamedTuple):
    """What decided the way that a fit took.

    Args:
        source: what was gone over.
        eager: whether steps were uncompiled.
        stride: steps between two calls of callbacks that look at batches.
        watchers: names of these callbacks.
    """

    source: Any
    eager: bool
    stride: int
    watchers: list[str]

    @classmethod
    def of(cls, work: Any, listeners: Any) -> FitPath:
        """The way that these passes will take."""
        watchers = [type(each).__name__ for each in told_apart(listeners, "train")[0]]
        return cls(work.source, work.loop.eager, work.stride, watchers)

    def line(self) -> str:
        """The way in one line, and what would avoid a slower one."""
        source = self.source
        if self.eager:
            return EAGER.format(source=source.path)
        line = LOOP.format(source=source.path)
        if self.watchers and self.stride == 1:
            line += WATCHED.format(who=" and ".join(sorted(set(self.watchers))))
        if source.advice_for_speed:
            line += "; " + source.advice_for_speed
        if source.shapes > 1:
            line += SHAPES.format(count=source.shapes)
        return line + "."


def explain(model: Any) -> str:
    """The way that the last fit of a model took."""
    path: FitPath | None = getattr(model, "last_fit", None)
    if path is not None:
        return path.line()
    return NOT_YET.format(first=WILL_BE_EAGER if getattr(model, "run_eagerly", False) else "").replace(
        "  ", " "
    )
