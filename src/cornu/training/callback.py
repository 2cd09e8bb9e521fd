"""Callback: code that `fit`, `evaluate` and `predict` call at their turning points."""

from __future__ import annotations

from typing import Any

Logs = dict[str, Any]


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

    def on_nan(self, batch: int, logs: Logs, finding: Any) -> None:
        """Called where `stops_on_nan`, when the loss of a batch is no number, with what was found."""

    def overrides(self, *methods: str, base: type[Callback] | None = None) -> bool:
        """Whether any of these methods does something: something else than in `base`."""
        base = base or Callback
        return any(
            method in vars(self) or getattr(type(self), method) is not getattr(base, method)
            for method in methods
        )


__all__ = ["Callback"]
