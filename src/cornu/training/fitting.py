"""Fit: epochs of training, with validation and callbacks around them."""

from __future__ import annotations

from collections.abc import Callable, Collection, Mapping
from contextlib import ExitStack
from typing import Any

from cornu.core.errors import describe
from cornu.core.settings import max_epochs
from cornu.training.agreeing import agree_on
from cornu.training.callbacks import CallbackList, History
from cornu.training.callbacks.callback_list import keep_place
from cornu.training.checks import check_indices, check_targets
from cornu.training.data import Data, check_rows, is_arrays, split, split_at, whole_number
from cornu.training.epochs import Interrupt, Pass, capped, interruptible, run_pass
from cornu.training.explaining import FitPath
from cornu.training.hints import hint_after_fit
from cornu.training.progress import Progress, resolve_verbose
from cornu.training.sources.opening import Opening, is_large, steps_of
from cornu.training.sources.source import Source
from cornu.training.state import traced_outputs
from cornu.training.unasked import unasked

NO_SPLIT = (
    "validation_split={split} needs arrays, of which it takes the last rows; a {kind} gives batches one "
    "after another. Pass validation_data=..., with other data."
)


def fit(
    model: Any,
    x: Any,
    y: Any,
    *,
    sample_weight: Any,
    class_weight: Any,
    batch_size: int | None,
    epochs: int,
    initial_epoch: int,
    steps_per_epoch: int | None,
    verbose: Any,
    callbacks: Any,
    shuffle: bool,
    validation_split: float,
    validation_data: Any,
    validation_batch_size: int | None,
    validation_steps: int | None,
    validation_freq: Any,
    workers: Mapping[str, Any],
) -> History:
    """Trains the model; gives what happened."""
    model._assert_compiled("fit")
    epochs = capped(whole_number("epochs", epochs, least=0), "epochs", max_epochs())
    validates = _validates(validation_freq)
    steps = steps_of("steps_per_epoch", steps_per_epoch)
    keeps = keep_place(callbacks)
    opening = Opening(model, "fit", batch_size, steps, bool(shuffle), class_weight, workers, keeps=keeps)
    later = opening._replace(
        batch_size=validation_batch_size,
        steps=steps_of("validation_steps", validation_steps),
        shuffle=False,
        class_weight=None,
        where=" of validation_data",
    )
    with ExitStack() as stack:
        source, validation = _open(
            opening, later, x, y, sample_weight, float(validation_split), validation_data
        )
        stack.callback(source.close)
        first = not (model.objective.built and model.optimizer.built)
        model._prepare(source.example, source.size)
        if first:
            source.draw()
        progress = Progress(resolve_verbose(verbose), 0)
        chosen = stack.enter_context(unasked(model, source, progress.verbose))
        loop = model._loop("train", source.size, source.example, epochs - initial_epoch, source.steps)
        train = Pass(loop, source, progress, "train", model.steps_per_execution, epochs - initial_epoch)
        test = None
        if validation is not None:
            stack.callback(validation.close)
            test = validation_pass(model, validation, source.example, epochs)
        about = {"epochs": epochs, "steps": source.steps, "verbose": progress.verbose, "model": model}
        listeners = CallbackList.of(callbacks, add_history=True, add_progbar=progress, **about)
        agree_on(model, "fit", source, validation, epochs=range(initial_epoch, epochs))
        listeners.take_sources(source, validation)
        history = listeners.history or History()
        model.last_fit = FitPath.of(model, train, test, listeners, chosen)
        _run(model, train, test, range(initial_epoch, epochs), validates, listeners, history)
    return history


def _run(
    model: Any,
    train: Pass,
    test: Pass | None,
    epochs: range,
    validates: Callable[[int], bool],
    listeners: CallbackList,
    history: History,
) -> None:
    """The epochs, and what callbacks are told of them."""
    model.stop_training = False
    with interruptible() as interrupt:
        listeners.call("on_train_begin", {})
        train.begin = listeners.begins_at(epochs.start)
        logs = dict(train.begin.logs)
        for epoch in range(train.begin.epoch, epochs.stop):
            validate = test if validates(epoch + 1) else None
            logs = run_epoch(model, epoch, epochs.stop, train, validate, listeners, interrupt) or logs
            if model.stop_training or interrupt.requested:
                break
            if train.source.exhausted and epoch + 1 < epochs.stop:
                train.source.ended(epoch + 1, epochs.stop)
                break
        if epochs:
            model.optimizer.finalize_variable_values(model.trainable_variables)
        listeners.call("on_train_end", logs)
    hint_after_fit(model, train.source.example, history, listeners)
    interrupt.raise_if_requested()


def _open(
    opening: Opening,
    later: Opening,
    x: Any,
    y: Any,
    sample_weight: Any,
    validation_split: float,
    validation_data: Any,
) -> tuple[Source, Source | None]:
    """The sources to train on and to validate on, checked."""
    size = later.batch_size or opening.batch_size
    if not is_arrays(x):
        if validation_split and validation_data is None:
            raise ValueError(NO_SPLIT.format(split=validation_split, kind=type(x).__name__))
        source = opening.open(x, y, sample_weight)
    elif is_large(x, y, sample_weight):
        batch = x, y, sample_weight
        rows = check_rows(batch, "fit")
        at = split_at(rows, validation_split) if validation_split and validation_data is None else rows
        source = opening.rows(batch, 0, at)
        if at < rows:
            return source, later._replace(batch_size=size).rows(batch, at, rows)
    else:
        data = opening.data(x, y, sample_weight)
        if validation_split and validation_data is None:
            data, rest = split(data, validation_split)
            return opening.arrays(data), later._replace(batch_size=size).arrays(rest)
        source = opening.arrays(data)
    if validation_data is None:
        return source, None
    try:
        return source, _open_validation(opening, later, validation_data)
    except BaseException:
        source.close()
        raise


def _open_validation(opening: Opening, later: Opening, validation_data: Any) -> Source:
    """The source of what was given as `validation_data`."""
    if not is_arrays(validation_data):
        return later.open(validation_data)
    if not isinstance(validation_data, (tuple, list)) or len(validation_data) not in (2, 3):
        many = isinstance(validation_data, (tuple, list))
        given = f"{len(validation_data)} entries" if many else describe(validation_data)
        raise ValueError(f"validation_data must be (x, y) or (x, y, sample_weight), got {given}.")
    if is_arrays(validation_data[0]):
        later = later._replace(batch_size=later.batch_size or opening.batch_size)
    return later.open(*validation_data)


def _validates(freq: Any) -> Callable[[int], bool]:
    """Tells of an epoch, counted from 1, whether validation comes after it."""
    if isinstance(freq, Collection) and not isinstance(freq, str):
        return {whole_number("validation_freq", epoch) for epoch in freq}.__contains__
    every = whole_number("validation_freq", freq)
    return lambda epoch: epoch % every == 0


def validation_pass(model: Any, source: Source, data: Data, epochs: int) -> Pass:
    """The pass over validation data, which must look like the data that are trained on."""
    example = source.example
    check_targets(model.objective, example)
    check_indices(model, example.x)
    if example.row_shapes != data.row_shapes and model.objective.outputs:
        traced_outputs(model, example.specs(source.size)[0])  # fails now, not after an epoch
    loop = model._loop("test", source.size, example, epochs, source.steps)
    return Pass(loop, source, Progress(0, 0), "test", model.steps_per_execution)


def run_epoch(
    model: Any,
    epoch: int,
    epochs: int,
    train: Pass,
    test: Pass | None,
    callbacks: CallbackList,
    interrupt: Interrupt,
) -> dict[str, Any]:
    """One epoch of training, and the validation after it; gives the logs."""
    interrupt.where = f"epoch {epoch + 1} of {epochs}"
    callbacks.call("on_epoch_begin", epoch, {})
    logs = run_pass(train, callbacks, interrupt, model)
    if interrupt.requested or not logs:  # stopped, or there was no batch
        train.progress.interrupted()
        return logs
    if test is not None:
        model.stop_evaluating = False
        callbacks.call("on_test_begin", {})
        values = run_pass(test, callbacks, interrupt, model)
        callbacks.call("on_test_end", values)
        logs = {**logs, **{f"val_{name}": value for name, value in values.items()}}
    callbacks.call("on_epoch_end", epoch, logs)
    return logs
