"""WeightPath: a callback that records where the optimizer has been."""

from __future__ import annotations

from typing import Any

import numpy as np

from cornu.training.callback import Callback, Logs

MEMORY = 1 << 28  # bytes of records that are kept at most, in any case so many of them:
LEAST = 8


class WeightPath(Callback):
    """Records the trainable weights while a model trains, for `explain.loss_surface(..., path=path)`.

    When there are too many records every second one is dropped, and recording goes on half as often:
    memory stays below 256 MB (or 8 records, of more than 8 million weights).

    Args:
        every: batches between two records. Default: None, once at the end of each epoch.
        most: how many records to keep at most. Default: 200.

    Raises:
        ValueError: if a number is not a whole number above 0.

    Example:
        >>> import cornu
        >>> model = cornu.Sequential([cornu.layers.Dense(1, input_shape=(2,))])
        >>> model.compile("sgd", "mse")
        >>> path = cornu.explain.WeightPath()
        >>> history = model.fit([[0, 1], [1, 0]], [1, 0], epochs=3, verbose=0, callbacks=[path])
        >>> len(path.records), [weights.shape for weights in path.records[0]]
        (4, [(2, 1), (1,)])
    """

    def __init__(self, every: int | None = None, most: int = 200) -> None:
        super().__init__()
        for name, value, least in (("every", every, 1), ("most", most, LEAST)):
            whole = isinstance(value, int) and not isinstance(value, bool) and value >= least
            if not whole and not (name == "every" and value is None):
                raise ValueError(
                    f"WeightPath({name}={value!r}): a whole number from {least} on is needed."
                )
        self.every, self.most = every, most
        self.records: list[list[Any]] = []
        self._stride, self._seen = 1, 0

    def on_train_begin(self, logs: Logs | None = None) -> None:
        self.records, self._stride, self._seen = [], 1, 0
        self._record()

    def on_train_batch_end(self, batch: int, logs: Logs | None = None) -> None:
        if self.every is not None and (batch + 1) % self.every == 0:
            self._count()

    def on_epoch_end(self, epoch: int, logs: Logs | None = None) -> None:
        if self.every is None:
            self._count()

    def on_train_end(self, logs: Logs | None = None) -> None:
        if self._seen % self._stride:  # where the way ends belongs to it
            self._record()

    def looks_in(self) -> float:
        return 1 if self.every is not None else float("inf")

    def backup_state(self) -> dict[str, Any]:
        """Nothing: after an interruption the path begins anew."""
        return {}

    def _count(self) -> None:
        self._seen += 1
        if self._seen % self._stride == 0:
            self._record()

    def _record(self) -> None:
        weights = [np.asarray(variable.numpy()) for variable in self.model.trainable_variables]
        size = sum(weight.nbytes for weight in weights)
        if len(self.records) >= max(LEAST, min(self.most, MEMORY // max(size, 1))):
            self.records = self.records[::2]
            self._stride *= 2
        self.records.append(weights)


__all__ = ["WeightPath"]
