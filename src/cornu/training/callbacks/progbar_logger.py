"""ProgbarLogger: the progress display as a callback."""

from __future__ import annotations

from typing import Any

from cornu.training.callback import Callback, Logs
from cornu.training.progress import Progress, resolve_verbose


class ProgbarLogger(Callback):
    """Shows how far training is, and the logs: what `verbose=1` and `verbose=2` of `fit` add.

    It comes after all other callbacks, so its line holds the logs that these have added, such as
    the learning rate. The bar is drawn ten times a second, in whatever number of steps.

    Example:
        >>> import cornu
        >>> callbacks = cornu.callbacks.CallbackList(add_progbar=True, epochs=2, steps=5, verbose=2)
        >>> callbacks.on_epoch_begin(0)
        Epoch 1/2
        >>> callbacks.on_epoch_end(0, {"loss": 0.5})
        5/5 - 0s - .../step - loss: 0.5000
    """

    def __init__(self) -> None:
        super().__init__()
        self.display = Progress(1, None)
        self.in_fit = False  # then validation is not shown

    def set_params(self, params: dict[str, Any]) -> None:
        super().set_params(params)
        self.display.verbose = resolve_verbose(params.get("verbose", 1))
        self.display.steps = params.get("steps")

    def overrides(self, *methods: str, base: type[Callback] | None = None) -> bool:
        """Whether a subclass looks at batches: the display itself is shown by `fit`, now and then,
        which leaves the loop in one piece."""
        return super().overrides(*methods, base=base or ProgbarLogger)

    def on_train_begin(self, logs: Logs | None = None) -> None:
        self.in_fit = True

    def on_epoch_begin(self, epoch: int, logs: Logs | None = None) -> None:
        epochs = self.params.get("epochs", 1)
        self.display.begin(f"Epoch {epoch + 1}/{epochs}" if epochs > 1 else "")

    def on_test_begin(self, logs: Logs | None = None) -> None:
        if not self.in_fit:
            self.display.begin()

    def on_predict_begin(self, logs: Logs | None = None) -> None:
        self.display.begin()

    def on_train_batch_end(self, batch: int, logs: Logs | None = None) -> None:
        self.display.reached(batch + 1, logs or {})

    def on_test_batch_end(self, batch: int, logs: Logs | None = None) -> None:
        if not self.in_fit:
            self.display.reached(batch + 1, logs or {})

    def on_predict_batch_end(self, batch: int, logs: Logs | None = None) -> None:
        self.display.reached(batch + 1, {})  # the outputs are no logs

    def on_epoch_end(self, epoch: int, logs: Logs | None = None) -> None:
        self.display.end(logs or {})

    def on_test_end(self, logs: Logs | None = None) -> None:
        if not self.in_fit:
            self.display.end(logs or {})

    def on_predict_end(self, logs: Logs | None = None) -> None:
        self.display.end({})

    def on_train_end(self, logs: Logs | None = None) -> None:
        self.in_fit = False


__all__ = ["ProgbarLogger"]
