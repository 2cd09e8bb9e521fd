"""The callbacks of one `fit`, called together."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Any

from cornu.training.callback import Begin, Callback
from cornu.training.looking import Looking


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
        self.callbacks.sort(key=lambda callback: callback.comes_last)
        for callback in self.callbacks:
            if callback.comes_last:
                callback.companions = self.callbacks
        self.stops_on_nan = any(callback.stops_on_nan for callback in self.callbacks)

    def __iter__(self) -> Iterator[Callback]:
        return iter(self.callbacks)

    def watches(self, phase: str) -> bool:
        """Whether any callback looks at single batches in this phase: 'train', 'test' or 'predict'."""
        return Looking(self.callbacks, phase).any

    def begins_at(self, epoch: int) -> Begin:
        """Where training begins: at this epoch, unless a callback knows better."""
        return next(filter(None, (each.fit_begins_at for each in self.callbacks)), Begin(epoch))

    def call(self, moment: str, *arguments: Any) -> None:
        """Calls the method of this name on each callback."""
        for callback in self.callbacks:
            getattr(callback, moment)(*arguments)


__all__ = ["CallbackList"]
