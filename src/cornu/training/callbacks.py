"""Callbacks: code that `fit`, `evaluate` and `predict` call at their turning points."""

from __future__ import annotations

import math
from collections.abc import Callable, Iterator, Sequence
from typing import Any

import numpy as np

from cornu.core.errors import did_you_mean, warn

Logs = dict[str, Any]
_BATCH_METHODS = ("on_batch_begin", "on_batch_end", "on_train_batch_begin", "on_train_batch_end")


class Callback:
    """Base of all callbacks: override the methods for the moments you want.

    `self.model` is the model, `self.params` holds 'epochs', 'steps' and 'verbose'. Logs are dicts
    of numbers. While no
    callback overrides a method about batches, a whole epoch runs without coming back to Python.

    Example:
        >>> import cornu
        >>> class Print(cornu.callbacks.Callback):
        ...     def on_epoch_end(self, epoch, logs=None):
        ...         print(epoch, sorted(logs))
        >>> model = cornu.Sequential([cornu.layers.Dense(1, input_shape=(2,))])
        >>> model.compile("sgd", "mse")
        >>> history = model.fit([[0, 1], [1, 0]], [1, 0], epochs=1, verbose=0, callbacks=[Print()])
        0 ['loss']
    """

    stops_on_nan = False  # whether training is to stop as soon as the loss is no number

    def __init__(self) -> None:
        self.model: Any = None
        self.params: dict[str, Any] = {}

    def set_params(self, params: dict[str, Any]) -> None:
        self.params = params

    def set_model(self, model: Any) -> None:
        self.model = model

    def on_batch_begin(self, batch: int, logs: Logs | None = None) -> None:
        """Same as on_train_batch_begin."""

    def on_batch_end(self, batch: int, logs: Logs | None = None) -> None:
        """Same as on_train_batch_end."""

    def on_train_batch_begin(self, batch: int, logs: Logs | None = None) -> None:
        self.on_batch_begin(batch, logs=logs)

    def on_train_batch_end(self, batch: int, logs: Logs | None = None) -> None:
        self.on_batch_end(batch, logs=logs)

    def on_epoch_begin(self, epoch: int, logs: Logs | None = None) -> None: ...

    def on_epoch_end(self, epoch: int, logs: Logs | None = None) -> None: ...

    def on_train_begin(self, logs: Logs | None = None) -> None: ...

    def on_train_end(self, logs: Logs | None = None) -> None: ...

    def on_test_begin(self, logs: Logs | None = None) -> None: ...

    def on_test_end(self, logs: Logs | None = None) -> None: ...

    def on_test_batch_begin(self, batch: int, logs: Logs | None = None) -> None: ...

    def on_test_batch_end(self, batch: int, logs: Logs | None = None) -> None: ...

    def on_predict_begin(self, logs: Logs | None = None) -> None: ...

    def on_predict_end(self, logs: Logs | None = None) -> None: ...

    def on_predict_batch_begin(self, batch: int, logs: Logs | None = None) -> None: ...

    def on_predict_batch_end(self, batch: int, logs: Logs | None = None) -> None: ...

    def overrides(self, *methods: str) -> bool:
        """Whether any of these methods does something."""
        return any(
            method in vars(self) or getattr(type(self), method) is not getattr(Callback, method)
            for method in methods
        )


class CallbackList:
    """Several callbacks, called as one.

    Args:
        callbacks: callbacks, or None.
        model: given to each of them.
        more: further callbacks, called last.
        params: given to each of them, by name.
    """

    def __init__(
        self, callbacks: Sequence[Callback] | Callback | None, model: Any, *more: Callback, **params: Any
    ) -> None:
        if isinstance(callbacks, Callback):
            callbacks = [callbacks]
        self.callbacks = [*(callbacks or []), *more]
        for callback in self.callbacks:
            if not isinstance(callback, Callback):
                raise TypeError(
                    f"callbacks=... takes objects of class Callback, got {callback!r}."
                    + (
                        " Write it with brackets: " + callback.__name__ + "()."
                        if isinstance(callback, type)
                        else ""
                    )
                )
            callback.set_model(model)
            callback.set_params(params)
        self.stops_on_nan = any(callback.stops_on_nan for callback in self.callbacks)

    def __iter__(self) -> Iterator[Callback]:
        return iter(self.callbacks)

    def watches(self, phase: str) -> bool:
        """Whether any callback looks at single batches in this phase: 'train', 'test' or 'predict'."""
        methods = [f"on_{phase}_batch_begin", f"on_{phase}_batch_end"]
        methods += _BATCH_METHODS[:2] if phase == "train" else []
        return any(callback.overrides(*methods) for callback in self.callbacks)

    def call(self, moment: str, *arguments: Any) -> None:
        """Calls the method of this name on each callback."""
        for callback in self.callbacks:
            getattr(callback, moment)(*arguments)


class History(Callback):
    """What happened in training: `history` maps each log to its value at the end of each epoch,
    `epoch` counts them.

    Where the metric was asked for as 'accuracy', `history['acc']` answers too, and the reverse.

    Example:
        >>> import cornu
        >>> model = cornu.Sequential([cornu.layers.Dense(1, input_shape=(2,))])
        >>> model.compile("sgd", "mse")
        >>> history = model.fit([[0, 1], [1, 0]], [1, 0], epochs=3, verbose=0)
        >>> history.epoch, list(history.history)
        ([0, 1, 2], ['loss'])
    """

    def __init__(self) -> None:
        super().__init__()
        self.history: LogTable = LogTable()
        self.epoch: list[int] = []

    def on_train_begin(self, logs: Logs | None = None) -> None:
        self.epoch = []

    def on_epoch_end(self, epoch: int, logs: Logs | None = None) -> None:
        self.epoch.append(epoch)
        for name, value in (logs or {}).items():
            self.history.setdefault(name, []).append(value)
        self.model.history = self


class LogTable(dict[str, Any]):
    """A dict of logs that answers to the other spelling of accuracy too, without listing it."""

    def __missing__(self, name: str) -> Any:
        other = other_spelling(name, self)
        if other is None:
            raise KeyError(f"There is no log {name}. {did_you_mean(name, self)}")
        return self[other]

    def get(self, name: str, default: Any = None) -> Any:
        other = other_spelling(name, self)
        return default if other is None else self[other]


def other_spelling(name: str, logs: Any) -> str | None:
    """The key in `logs` that `name` means: itself, or the only accuracy where some accuracy is
    asked for.

    >>> other_spelling("val_acc", {"val_accuracy": 1, "val_loss": 2})
    'val_accuracy'
    """
    if dict.__contains__(logs, name):
        return name
    prefix, short = ("val_", name[4:]) if name.startswith("val_") else ("", name)
    spellings = (
        "acc",
        "accuracy",
        "binary_accuracy",
        "categorical_accuracy",
        "sparse_categorical_accuracy",
    )
    if short not in spellings:
        return None
    found = [key for key in logs if key in {prefix + spelling for spelling in spellings}]
    return found[0] if len(found) == 1 else None


class LambdaCallback(Callback):
    """A callback made of functions.

    Args:
        on_epoch_begin, on_epoch_end: called as `f(epoch, logs)`.
        on_train_begin, on_train_end: called as `f(logs)`.
        on_train_batch_begin, on_train_batch_end: called as `f(batch, logs)`.
        **kwargs: any other method of Callback, by name.

    Raises:
        ValueError: if there is no such method.

    Example:
        >>> import cornu
        >>> show = cornu.callbacks.LambdaCallback(on_train_end=lambda logs: print("done"))
        >>> model = cornu.Sequential([cornu.layers.Dense(1, input_shape=(2,))])
        >>> model.compile("sgd", "mse")
        >>> history = model.fit([[0, 1], [1, 0]], [1, 0], verbose=0, callbacks=[show])
        done
    """

    def __init__(
        self,
        on_epoch_begin: Callable[..., Any] | None = None,
        on_epoch_end: Callable[..., Any] | None = None,
        on_train_begin: Callable[..., Any] | None = None,
        on_train_end: Callable[..., Any] | None = None,
        on_train_batch_begin: Callable[..., Any] | None = None,
        on_train_batch_end: Callable[..., Any] | None = None,
        **kwargs: Callable[..., Any],
    ) -> None:
        super().__init__()
        given = {
            "on_epoch_begin": on_epoch_begin,
            "on_epoch_end": on_epoch_end,
            "on_train_begin": on_train_begin,
            "on_train_end": on_train_end,
            "on_train_batch_begin": on_train_batch_begin,
            "on_train_batch_end": on_train_batch_end,
            **kwargs,
        }
        for name, function in given.items():
            if not hasattr(Callback, name) or not name.startswith("on_"):
                moments = [method for method in dir(Callback) if method.startswith("on_")]
                raise ValueError(
                    f'LambdaCallback has no argument "{name}". {did_you_mean(name, moments)}'
                )
            if function is not None:
                setattr(self, name, function)


class TerminateOnNaN(Callback):
    """Stops training at the batch whose loss is NaN or infinite.

    The check runs inside the compiled loop, so it costs no calls between batches.

    Example:
        >>> import cornu
        >>> cornu.callbacks.TerminateOnNaN().stops_on_nan
        True
    """

    stops_on_nan = True

    def on_epoch_end(self, epoch: int, logs: Logs | None = None) -> None:
        if not math.isfinite((logs or {}).get("loss", 0.0)):
            print(f"Epoch {epoch + 1}: the loss is no longer a number; training stops.")
            self.model.stop_training = True


_BETTER = {"min": np.less, "max": np.greater}
_MAX_NAMES = ("acc", "auc", "precision", "recall", "f1", "fbeta", "iou", "r2")


class EarlyStopping(Callback):
    """Stops training when a log has not improved for some epochs.

    Args:
        monitor: name of the log, 'val_loss' by default.
        min_delta: the least change that counts as an improvement, 0 by default.
        patience: how many epochs without improvement to wait, 0 by default.
        verbose: 1 prints a line when it stops.
        mode: 'min', 'max', or 'auto': by the name of the log.
        baseline: a value that must be reached.
        restore_best_weights: whether the model ends with the weights of its best epoch, however
            training ends.
        start_from_epoch: epochs to wait before looking, 0 by default.

    Raises:
        ValueError: if `mode` is none of these.

    Example:
        >>> import cornu
        >>> stop = cornu.callbacks.EarlyStopping(monitor="loss", patience=2)
        >>> model = cornu.Sequential([cornu.layers.Dense(1, input_shape=(2,))])
        >>> model.compile(cornu.optimizers.SGD(0.0), "mse")
        >>> history = model.fit([[0, 1], [1, 0]], [1, 0], epochs=9, verbose=0, callbacks=[stop])
        >>> len(history.epoch), stop.stopped_epoch
        (3, 2)

    Source: Prechelt, Early stopping - but when?, 1998.
    """

    def __init__(
        self,
        monitor: str = "val_loss",
        min_delta: float = 0,
        patience: int = 0,
        verbose: int = 0,
        mode: str = "auto",
        baseline: float | None = None,
        restore_best_weights: bool = False,
        start_from_epoch: int = 0,
    ) -> None:
        super().__init__()
        if mode not in ("auto", "min", "max"):
            raise ValueError(
                f'EarlyStopping(mode="{mode}"): {did_you_mean(mode, ("auto", "min", "max"))}'
            )
        self.monitor, self.min_delta, self.patience = monitor, abs(min_delta), patience
        self.verbose, self.mode, self.baseline = verbose, mode, baseline
        self.restore_best_weights, self.start_from_epoch = restore_best_weights, start_from_epoch
        self.on_train_begin()

    def on_train_begin(self, logs: Logs | None = None) -> None:
        self.wait = 0
        self.stopped_epoch = 0
        self.best: float | None = None
        self.best_epoch = 0
        self.best_weights: list[Any] | None = None

    def on_epoch_end(self, epoch: int, logs: Logs | None = None) -> None:
        current = self._value(logs or {})
        if current is None or epoch < self.start_from_epoch:
            return
        self.wait += 1
        if self._better(current, self.best):
            self.best, self.best_epoch = current, epoch
            if self.restore_best_weights:
                self.best_weights = self.model.get_weights()
            if self.baseline is None or self._better(current, self.baseline):
                self.wait = 0
        elif self.wait >= self.patience and epoch > 0:
            self.stopped_epoch = epoch
            self.model.stop_training = True

    def on_train_end(self, logs: Logs | None = None) -> None:
        if self.stopped_epoch > 0 and self.verbose > 0:
            print(f"Epoch {self.stopped_epoch + 1}: early stopping")
        if self.restore_best_weights and self.best_weights is not None:
            if self.verbose > 0:
                print(f"Restoring the weights of the best epoch, {self.best_epoch + 1}.")
            self.model.set_weights(self.best_weights)

    def _better(self, value: float, than: float | None) -> bool:
        if than is None:
            return True
        mode = self.mode
        if mode == "auto":
            mode = "max" if any(name in self.monitor.lower() for name in _MAX_NAMES) else "min"
        delta = -self.min_delta if mode == "max" else self.min_delta
        return bool(_BETTER[mode](value + delta, than))

    def _value(self, logs: Logs) -> float | None:
        name = other_spelling(self.monitor, logs)
        if name is None:
            warn(
                f'EarlyStopping looks at "{self.monitor}", which is not among the logs. '
                f"{did_you_mean(self.monitor, logs)}"
                + (" Pass validation data to fit for it." if self.monitor.startswith("val_") else "")
            )
            return None
        return float(logs[name])


__all__ = [
    "Callback",
    "CallbackList",
    "EarlyStopping",
    "History",
    "LambdaCallback",
    "TerminateOnNaN",
]
