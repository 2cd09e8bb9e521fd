"""HParams: the hyperparameters of a training, for TensorBoard's table of trainings."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from cornu.training.callback import Callback, Logs
from cornu.training.callbacks.summary_writer import SummaryWriter, hparams_summary


class HParams(Callback):
    """Writes the hyperparameters of a training, for TensorBoard's page that compares trainings.

    What `hp.KerasCallback` of `tensorboard.plugins.hparams.api` does, without TensorFlow. Each training
    has a folder of its own; the callback `TensorBoard`, given the same, writes losses and metrics there.

    Args:
        writer: the folder of this training, or a `SummaryWriter`.
        hparams: values by name, numbers, bools or strings; a name may be an `HParam` of
            tensorboard.plugins.hparams.summary_v2.
        trial_id: what trainings with equal values share. Default: None, made of the values.

    Raises:
        ImportError: if the package tensorboard is not installed.
        TypeError: if a value is neither a number, a bool nor a string.

    Example:
        >>> import cornu, os, tempfile
        >>> model = cornu.Sequential([cornu.layers.Dense(1, input_shape=(1,))])
        >>> model.compile("sgd", "mse")
        >>> folder = tempfile.mkdtemp()
        >>> board = cornu.callbacks.TensorBoard(folder)
        >>> values = cornu.callbacks.HParams(folder, {"units": 1, "optimizer": "sgd"})
        >>> history = model.fit([[0.0]], [0.0], verbose=0, callbacks=[board, values])
        >>> [name.split(".")[0] for name in sorted(os.listdir(folder))]
        ['events', 'train']
    """

    def __init__(self, writer: Any, hparams: Mapping[Any, Any], trial_id: str | None = None) -> None:
        super().__init__()
        self.writer = writer if isinstance(writer, SummaryWriter) else SummaryWriter(writer)
        self.hparams, self.trial_id = dict(hparams), trial_id
        hparams_summary(self.hparams, trial_id)  # a value that cannot be written is told now

    def on_train_begin(self, logs: Logs | None = None) -> None:
        self.writer.hparams(self.hparams, self.trial_id)
        self.writer.flush()

    def on_train_end(self, logs: Logs | None = None) -> None:
        self.writer.training_ended()
        self.writer.close()


__all__ = ["HParams"]
