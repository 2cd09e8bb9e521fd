"""Several callbacks, called as one."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any

import numpy as np

from cornu.training.callback import Begin, Callback, Logs
from cornu.training.callbacks.history import History
from cornu.training.callbacks.progbar_logger import ProgbarLogger
from cornu.training.looking import Looking
from cornu.training.progress import Progress

MOMENTS = tuple(name for name in vars(Callback) if name.startswith("on_"))


class CallbackList(Callback):
    """Several callbacks, called as one: what a training loop of your own calls at its turning points.

    Each method of `Callback` calls that method of every callback, in their order, with the same dict
    of logs: numbers, sorted by name. So a callback sees what an earlier one added.

    Args:
        callbacks: a callback, or a list of them, which may be nested. Default: None.
        add_history: whether a `History` comes after them, unless there is one. Default: False.
        add_progbar: whether a `ProgbarLogger` comes last, unless there is one. Default: False.
        model: given to each callback. Default: None.
        **params: given to each callback: usually `epochs`, `steps` and `verbose`.

    Raises:
        TypeError: if one of them is no Callback.

    Example:
        >>> import cornu
        >>> show = cornu.callbacks.LambdaCallback(on_epoch_end=lambda epoch, logs: print(epoch, logs))
        >>> callbacks = cornu.callbacks.CallbackList([show], add_history=True, epochs=1, steps=2)
        >>> callbacks.on_epoch_end(0, {"mse": 2, "loss": 1})
        0 {'loss': 1.0, 'mse': 2.0}
    """

    def __init__(
        self,
        callbacks: Any = None,
        add_history: bool = False,
        add_progbar: bool | Progress = False,
        model: Any = None,
        **params: Any,
    ) -> None:
        super().__init__()
        self.callbacks = list(_flat(callbacks))
        for callback in self.callbacks:
            _check(callback)
        self.history = self._find(History)
        if add_history and self.history is None:
            self.history = History()
            self.callbacks.append(self.history)
        self._progbar(add_progbar)
        self.callbacks.sort(key=lambda callback: callback.comes_last)
        for callback in self.callbacks:
            if callback.comes_last:
                callback.companions = self.callbacks
        self.set_model(model)
        self.set_params(params)

    @classmethod
    def of(cls, callbacks: Any, **arguments: Any) -> CallbackList:
        """What `fit` was given, as a list; a CallbackList stays as it was made."""
        return callbacks if isinstance(callbacks, CallbackList) else cls(callbacks, **arguments)

    def _find(self, kind: type[Any]) -> Any:
        return next((callback for callback in self.callbacks if isinstance(callback, kind)), None)

    def _progbar(self, wanted: bool | Progress) -> None:
        """Adds the display: a new one, or this one, which the logger that is there takes over."""
        display = wanted if isinstance(wanted, Progress) else Progress(1, None)
        logger = self._find(ProgbarLogger)
        if logger is None and (wanted if isinstance(wanted, bool) else display.verbose):
            logger = ProgbarLogger()
            self.callbacks.append(logger)
        if logger is not None:
            logger.display = display

    def set_model(self, model: Any) -> None:
        if model is None:
            return
        super().set_model(model)
        if self.history is not None:
            model.history = self.history
        for callback in self.callbacks:
            callback.set_model(model)

    def set_params(self, params: dict[str, Any]) -> None:
        super().set_params(params)
        if params:
            for callback in self.callbacks:
                callback.set_params(params)

    def __iter__(self) -> Iterator[Callback]:
        return iter(self.callbacks)

    @property
    def stops_on_nan(self) -> bool:  # type: ignore[override]
        """Whether training is to stop as soon as the loss is no number."""
        return any(callback.stops_on_nan for callback in self.callbacks)

    @property
    def keeps_place(self) -> bool:  # type: ignore[override]
        """Whether any of them asks where the sources of batches are."""
        return keep_place(self.callbacks)

    def take_sources(self, *sources: Any) -> None:
        """Gives those that come last what is gone over."""
        for callback in self.callbacks:
            if callback.comes_last:
                callback.sources = [source for source in sources if source is not None]

    def watches(self, phase: str) -> bool:
        """Whether any callback looks at single batches in this phase: 'train', 'test' or 'predict'."""
        return Looking(self.callbacks, phase).any

    def begins_at(self, epoch: int) -> Begin:
        """Where training begins: at this epoch, unless a callback knows better."""
        return next(filter(None, (each.fit_begins_at for each in self.callbacks)), Begin(epoch))

    def call(self, moment: str, *arguments: Any) -> None:
        """Calls the method of this name on each callback; the last argument are the logs."""
        *numbers, logs = arguments
        logs = dict(logs)  # callbacks may write to it
        for callback in self.callbacks:
            getattr(callback, moment)(*numbers, logs)

    def halt(self, batch: int, logs: Logs, finding: Any) -> None:
        """Tells those that stop training where the loss is NaN of the batch, and what was found."""
        for callback in self.callbacks:
            if callback.stops_on_nan:
                callback.on_nan(batch, logs, finding)


def _forwarding(moment: str) -> Callable[..., None]:
    """The method of this name of a CallbackList."""
    about_a_batch_or_epoch = "batch" in moment or "epoch" in moment

    def of_one(self: CallbackList, number: int, logs: Logs | None = None) -> None:
        self.call(moment, number, plain(logs))

    def of_all(self: CallbackList, logs: Logs | None = None) -> None:
        self.call(moment, plain(logs))

    return of_one if about_a_batch_or_epoch else of_all


for _moment in MOMENTS:
    setattr(CallbackList, _moment, _forwarding(_moment))


def plain(logs: Logs | None) -> Logs:
    """Logs as a flat dict, sorted by name, of Python's floats where they are numbers."""
    found: Logs = {}
    for name, value in sorted((logs or {}).items()):
        if isinstance(value, dict):
            found.update(plain(value))
        elif np.ndim(value) == 0 and not isinstance(value, (str, bytes)):
            found[name] = float(value)
        else:
            found[name] = value
    return found


def _flat(callbacks: Any) -> Iterator[Any]:
    """The callbacks in lists and tuples, however nested."""
    if isinstance(callbacks, (list, tuple)):
        for callback in callbacks:
            yield from _flat(callback)
    elif callbacks is not None:
        yield callbacks


def keep_place(callbacks: Any) -> bool:
    """Whether any of these, a list that may be nested, asks where the sources of batches are."""
    return any(getattr(callback, "keeps_place", False) for callback in _flat(callbacks))


def _check(callback: Any) -> None:
    if not isinstance(callback, Callback):
        hint = f" Write it with brackets: {callback.__name__}()." if isinstance(callback, type) else ""
        raise TypeError(f"callbacks=... takes objects of class Callback, got {callback!r}.{hint}")


__all__ = ["CallbackList", "keep_place"]
