"""Callback: code that `fit`, `evaluate` and `predict` call at their turning points."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, NamedTuple

Logs = dict[str, Any]


class Begin(NamedTuple):
    """Where training begins: at an epoch, or after some of its steps."""

    epoch: int
    step: int = 0
    logs: Logs = {}  # noqa: RUF012 - a NamedTuple's default, never changed


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
    comes_last = False  # whether it is called after all others
    companions: Sequence[Callback] = ()  # all callbacks of the call, if it comes last
    keeps_place = False  # whether it asks `sources` where they are
    sources: Sequence[Any] = ()  # what is trained on and validated on, if it comes last
    fit_begins_at: Begin | None = None  # where training is to begin, if it knows that better than `fit`

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

    def on_nan(self, batch: int, logs: Logs, finding: Any) -> None:
        """Called where `stops_on_nan`, when the loss of a batch is no number, with what was found."""

    def looks_in(self) -> float:
        """How many more batches may pass until it wants to be called after one; infinity: never.

        This counts where the same class, or one below it, defines the methods about batches. Steps
        in between are then taken in one call of the compiled loop. The methods may be called more
        often than asked for, so they count batches by their numbers. Default: 1.
        """
        return 1

    def backup_state(self) -> dict[str, Any]:
        """What `BackupAndRestore` keeps of this callback, of which it takes plain values (numbers,
        strings, arrays, lists and dicts of them) that training has changed. Default: its attributes."""
        return {name: value for name, value in vars(self).items() if name not in ("model", "params")}

    def restore_state(self, state: dict[str, Any]) -> None:
        """Takes back what of `backup_state` has changed; lists and dicts stay the same objects."""
        for name, value in state.items():
            mine = vars(self).get(name)
            if isinstance(mine, list) and isinstance(value, list):
                mine[:] = value
            elif isinstance(mine, dict) and isinstance(value, dict):
                mine.clear()
                mine.update(value)
            else:
                setattr(self, name, value)

    def overrides(self, *methods: str, base: type[Callback] | None = None) -> bool:
        """Whether any of these methods does something: something else than in `base`."""
        base = base or Callback
        return any(
            method in vars(self) or getattr(type(self), method) is not getattr(base, method)
            for method in methods
        )


__all__ = ["Begin", "Callback"]
