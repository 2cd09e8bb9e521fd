"""Callbacks that end training: TerminateOnNaN, EarlyStopping."""

from __future__ import annotations

from typing import Any

import numpy as np

from cornu.core.errors import warn
from cornu.core.settings import show
from cornu.training.callback import Callback, Logs
from cornu.training.callbacks.monitor import MonitorCallback

FOUND = "The loss became {kind} in batch {batch} of epoch {epoch}. {finding}"
NOTHING = "In a second run of that step every output, weight and gradient is finite."


class TerminateOnNaN(Callback):
    """Stops training at the batch whose loss is NaN or infinite, and says where that comes from.

    The check runs inside the compiled loop. When it stops, the step is made again layer by layer:
    a warning names the first data, weight, output, loss or gradient that is not finite, and what to
    try. For that a copy of the model's state is kept.

    Args:
        raise_error: whether training ends with an error, which holds the same words, without the
            calls of callbacks at the end of the epoch and of training. Default: False.

    Raises:
        RuntimeError: in training, if `raise_error`.

    Example:
        >>> import cornu, warnings
        >>> model = cornu.Sequential([cornu.Input((1,)), cornu.layers.Dense(1)])
        >>> model.compile("sgd", "mse")
        >>> model.layers[0].bias.assign([float("inf")])
        >>> with warnings.catch_warnings():
        ...     warnings.simplefilter("ignore")
        ...     history = model.fit(
        ...         [[1.0]], [1.0], epochs=9, verbose=0, callbacks=[cornu.callbacks.TerminateOnNaN()]
        ...     )
        Batch 0: the loss is infinite, training stops.
        >>> history.epoch
        [0]
    """

    stops_on_nan = True

    def __init__(self, raise_error: bool = False) -> None:
        super().__init__()
        self.raise_error = raise_error
        self.epoch = 0
        self.told = False

    def overrides(self, *methods: str, base: type[Callback] | None = None) -> bool:
        """Whether a subclass looks at batches: here the compiled loop itself does."""
        return super().overrides(*methods, base=base or TerminateOnNaN)

    def on_train_begin(self, logs: Logs | None = None) -> None:
        self.told = False

    def on_epoch_begin(self, epoch: int, logs: Logs | None = None) -> None:
        self.epoch = epoch

    def on_batch_end(self, batch: int, logs: Logs | None = None) -> None:
        """For a loop of one's own, which gives the logs of each batch."""
        loss = (logs or {}).get("loss", 0.0)
        if not np.isfinite(loss) and not self.told:
            self._stop(batch, loss, "")

    def on_nan(self, batch: int, logs: Logs, finding: Any) -> None:
        self._stop(batch, logs["loss"], NOTHING if finding is None else finding.text)

    def _stop(self, batch: int, loss: float, finding: str) -> None:
        self.told = True
        kind = "NaN" if np.isnan(loss) else "infinite"
        text = FOUND.format(kind=kind, batch=batch, epoch=self.epoch + 1, finding=finding).strip()
        if self.raise_error:
            raise RuntimeError(text)
        show(f"Batch {batch}: the loss is {kind}, training stops.\n")
        if finding:
            warn(text)
        self.model.stop_training = True


class EarlyStopping(MonitorCallback):
    """Stops training when a log has not improved for some epochs.

    Args:
        monitor: name of the log, 'val_loss' by default.
        min_delta: the least change that counts as an improvement, 0 by default.
        patience: how many epochs without improvement to wait, 0 by default.
        verbose: 1 prints a line when it stops.
        mode: 'min', 'max', or 'auto': as the metric of that name has it, else by the name.
        baseline: a value that must be reached.
        restore_best_weights: whether the model ends with the weights of its best epoch, however
            training ends.
        start_from_epoch: epochs to wait before looking, 0 by default.

    Raises:
        ValueError: if `mode` is none of these; after an epoch, if 'auto' cannot tell.

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
        super().__init__(monitor, mode, min_delta)
        self.patience, self.verbose, self.baseline = patience, verbose, baseline
        self.restore_best_weights, self.start_from_epoch = restore_best_weights, start_from_epoch
        self.on_train_begin()

    def on_train_begin(self, logs: Logs | None = None) -> None:
        self.wait = 0
        self.stopped_epoch = 0
        self.best: float | None = None
        self.best_epoch = 0
        self.best_weights: list[Any] | None = None

    def on_epoch_end(self, epoch: int, logs: Logs | None = None) -> None:
        current = self.get_monitor_value(logs)
        if current is None or epoch < self.start_from_epoch:
            return
        self.wait += 1
        if self.improved(current, self.best):
            self.best, self.best_epoch = current, epoch
            if self.restore_best_weights:
                self.best_weights = self.model.get_weights()
            if self.baseline is None or self.improved(current, self.baseline):
                self.wait = 0
        elif self.wait >= self.patience and epoch > 0:
            self.stopped_epoch = epoch
            self.model.stop_training = True

    def on_train_end(self, logs: Logs | None = None) -> None:
        if self.stopped_epoch > 0 and self.verbose > 0:
            show(f"Epoch {self.stopped_epoch + 1}: early stopping\n")
        if self.restore_best_weights and self.best_weights is not None:
            if self.verbose > 0:
                show(f"Restoring the weights of the best epoch, {self.best_epoch + 1}.\n")
            self.model.set_weights(self.best_weights)


__all__ = ["EarlyStopping", "TerminateOnNaN"]
