"""Evaluation: loss and metrics on data, or on one batch; and one update of the weights by a batch."""

from __future__ import annotations

from collections.abc import Mapping
from contextlib import closing
from typing import Any

from cornu.training.agreeing import agree_on
from cornu.training.callbacks import CallbackList
from cornu.training.class_weights import class_weights
from cornu.training.data import Data
from cornu.training.epochs import Pass, interruptible, run_pass
from cornu.training.progress import Progress, resolve_verbose
from cornu.training.sources.opening import Opening, steps_of
from cornu.training.state import to_floats


def evaluate(
    model: Any,
    x: Any,
    y: Any,
    *,
    sample_weight: Any,
    batch_size: int | None,
    steps: int | None,
    verbose: Any,
    callbacks: Any,
    return_dict: bool,
    workers: Mapping[str, Any],
) -> Any:
    """The logs of a pass over the data that changes no weights."""
    model._assert_compiled("evaluate")
    opening = Opening(model, "evaluate", batch_size, steps_of("steps", steps), workers=workers)
    with closing(opening.open(x, y, sample_weight)) as source:
        model._prepare(source.example, source.size)
        loop = model._loop("test", source.size, source.example, 1, source.steps)
        progress = Progress(resolve_verbose(verbose), 0)
        work = Pass(loop, source, progress, "test", model.steps_per_execution)
        about = {"epochs": 1, "steps": source.steps, "verbose": progress.verbose}
        listeners = CallbackList.of(callbacks, add_progbar=progress, model=model, **about)
        agree_on(model, "evaluate", source)
        model.stop_evaluating = False
        with interruptible() as interrupt:
            listeners.call("on_test_begin", {})
            logs = run_pass(work, listeners, interrupt, model)
            listeners.call("on_test_end", logs)
    interrupt.raise_if_requested()
    return logs if return_dict else in_order(model, logs)


def on_batch(
    model: Any,
    kind: str,
    x: Any,
    y: Any,
    sample_weight: Any,
    class_weight: Mapping[Any, Any] | list[Any] | None,
    return_dict: bool,
) -> Any:
    """The logs of this one batch, which updates the weights if `kind` is 'train'."""
    call = f"{kind}_on_batch"
    model._assert_compiled(call)
    data = Data(model._prepared(x, call), y, sample_weight, call=call)
    if class_weight:
        data.sample_weight = class_weights(model, data.y, class_weight, data.sample_weight)
    model._prepare(data, data.rows)
    logs = to_floats(model._loop(kind, data.rows, data, steps=1).single(data.batch, fresh=True))
    return logs if return_dict else in_order(model, logs)


def in_order(model: Any, logs: dict[str, Any]) -> Any:
    """The logs in the order of `metrics_names`; one alone is a number."""
    names = [name for name in model.metrics_names if name in logs]
    values = [logs[name] for name in [*names, *(name for name in logs if name not in names)]]
    return values[0] if len(values) == 1 else values
