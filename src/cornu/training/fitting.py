"""Fit: epochs of training, with validation and callbacks around them."""

from __future__ import annotations

from typing import Any

import numpy as np

from cornu.core.errors import describe
from cornu.core.settings import max_epochs
from cornu.training.callbacks import CallbackList, History
from cornu.training.checks import check_indices, check_targets, check_values
from cornu.training.class_weights import class_weights
from cornu.training.data import Data, batch_size_of, split, whole_number
from cornu.training.epochs import Interrupt, Pass, capped, interruptible, run_pass
from cornu.training.hints import hint_after_fit
from cornu.training.progress import Progress, resolve_verbose


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
    verbose: Any,
    callbacks: Any,
    shuffle: bool,
    validation_split: float,
    validation_data: Any,
    validation_batch_size: int | None,
    validation_freq: int,
) -> History:
    """Trains the model; gives what happened."""
    model._assert_compiled("fit")
    epochs = capped(whole_number("epochs", epochs, least=0), "epochs", max_epochs())
    validation_freq = whole_number("validation_freq", validation_freq)
    data, validation = fit_data(
        model, x, y, sample_weight, class_weight, float(validation_split), validation_data
    )
    size = batch_size_of(batch_size, data.rows)
    first = not (model.objective.built and model.optimizer.built)
    model._prepare(data, size)
    if first and shuffle:
        np.random.permutation(data.rows)  # as Keras draws one to build from; then the orders agree
    loop = model._loop("train", size, data, epochs - initial_epoch)
    progress = Progress(resolve_verbose(verbose), 0)
    passes = epochs - initial_epoch
    train = Pass(loop, data, progress, "train", bool(shuffle), model.steps_per_execution, passes)
    test = None
    if validation is not None:
        size = batch_size_of(validation_batch_size or size, validation.rows)
        test = validation_pass(model, validation, data, size, epochs)
    history = History()
    shown = train.progress.verbose
    listeners = CallbackList(callbacks, model, history, epochs=epochs, steps=train.steps, verbose=shown)
    model.stop_training = False
    model.history = history
    with interruptible() as interrupt:
        listeners.call("on_train_begin", {})
        logs: dict[str, Any] = {}
        for epoch in range(initial_epoch, epochs):
            validate = test if (epoch + 1) % validation_freq == 0 else None
            logs = run_epoch(model, epoch, epochs, train, validate, listeners, interrupt)
            if model.stop_training or interrupt.requested:
                break
        listeners.call("on_train_end", logs)
    hint_after_fit(model, data, history)
    interrupt.raise_if_requested()
    return history


def fit_data(
    model: Any,
    x: Any,
    y: Any,
    sample_weight: Any,
    class_weight: Any,
    validation_split: float,
    validation_data: Any,
) -> tuple[Data, Data | None]:
    """The data to train on and those to validate on, checked."""
    data, validation = Data(model._prepared(x, "fit"), y, sample_weight), None
    check_values(data)
    if validation_split:
        data, validation = split(data, validation_split)
    if class_weight:
        data.sample_weight = class_weights(model, data.y, class_weight, data.sample_weight)
    if validation_data is not None:
        if not isinstance(validation_data, (tuple, list)) or len(validation_data) not in (2, 3):
            many = isinstance(validation_data, (tuple, list))
            given = f"{len(validation_data)} entries" if many else describe(validation_data)
            raise ValueError(f"validation_data must be (x, y) or (x, y, sample_weight), got {given}.")
        x, y, sample_weight = (*validation_data, None)[:3]
        validation = Data(model._prepared(x, "fit"), y, sample_weight, call="fit(validation_data=...)")
        check_values(validation, " of validation_data")
    return data, validation


def validation_pass(model: Any, validation: Data, data: Data, size: int, epochs: int) -> Pass:
    """The pass over validation data, which must look like the data that are trained on."""
    from cornu.training.trainer import Trainer

    check_targets(model.objective, validation)
    check_indices(model, validation.x)
    if validation.row_shapes != data.row_shapes and model.objective.outputs:
        Trainer.output_specs(model, validation.specs(size)[0])  # fails now, not after an epoch
    loop = model._loop("test", size, validation, epochs)
    return Pass(loop, validation, Progress(0, 0), "test", False, model.steps_per_execution)


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
    train.progress.begin(f"Epoch {epoch + 1}/{epochs}")
    logs = run_pass(train, callbacks, interrupt, model=model)
    if interrupt.requested:
        train.progress.interrupted()
        return logs
    if test is not None:
        callbacks.call("on_test_begin", {})
        values = run_pass(test, callbacks, interrupt)
        callbacks.call("on_test_end", values)
        logs = {**logs, **{f"val_{name}": value for name, value in values.items()}}
    train.progress.end(logs)
    callbacks.call("on_epoch_end", epoch, logs)
    return logs
