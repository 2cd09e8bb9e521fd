"""The callbacks of one `fit`, called together."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Any

from cornu.training.callback import Callback

_BATCH_METHODS = ("on_batch_begin", "on_batch_end", "on_train_batch_begin", "on_train_batch_end")


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


__all__ = ["CallbackList"]
