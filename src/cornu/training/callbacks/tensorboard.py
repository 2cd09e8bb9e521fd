"""TensorBoard: what happens in training, written for the program of that name."""

from __future__ import annotations

import os
import time
from collections.abc import Mapping
from typing import Any

import jax
import numpy as np

from cornu.core.errors import NotBuiltYetError, describe, did_you_mean, warn
from cornu.core.settings import image_data_format
from cornu.layers import Embedding
from cornu.training.callback import Callback, Logs
from cornu.training.callbacks.event_files import EventFiles, as_images, numbers_of
from cornu.training.callbacks.monitor import learning_rates

MOST_IMAGES = 3  # of one weight

# Arguments of Keras 1 and 2: the value that asks for nothing, and what to write.
OLD: dict[str, tuple[Any, str]] = {
    "write_grads": (False, "histogram_freq=1 shows the weights themselves."),
    "embeddings_layer_names": (None, "embeddings_freq=1 takes every Embedding layer."),
    "embeddings_data": (None, "embeddings_freq=1 shows the tables of the Embedding layers."),
}
NO_BATCH_SIZE = (
    "TensorBoard(batch_size=...) of Keras 1 and 2 has no effect: what is written needs no further pass "
    "over the data. Leave it out."
)
NO_SUCH_LAYER = "TensorBoard(embeddings_metadata=...): the model has no Embedding layer {name!r}. {hint}"
NO_FREQUENCY = (
    "TensorBoard(update_freq={got}) takes 'epoch', 'batch' or a whole number of batches above 0."
)
NO_GRAPH = "TensorBoard(write_graph=True): the graph of the model is not written. {why}"


class TensorBoard(Callback):
    """Writes logs, weights and the model's graph to files, which the program TensorBoard shows.

    Logs of training are in the folder 'train' of `log_dir`, those of validation in 'validation': at the
    end of each epoch as 'epoch_loss' and so on, with 'epoch_learning_rate'; with `update_freq` also as
    'batch_loss'. After each evaluation there is 'evaluation_loss_vs_iterations'. Look at them by
    `tensorboard --logdir logs`. The package tensorboard must be installed; TensorFlow need not.

    Args:
        log_dir: the folder. Default: 'logs'.
        histogram_freq: every so many epochs the distribution of each weight is written. Default: 0,
            never.
        write_graph: whether the graph of layers is written. Default: True.
        write_images: whether the weights are also written as images, with the histograms; the least
            number is black, the largest white. Default: False.
        write_steps_per_second: whether the speed is written, after each epoch, and with `update_freq`
            for each batch, which costs the speed of the compiled loop. Default: False.
        update_freq: 'epoch'; 'batch'; or a number: every so many batches. Default: 'epoch'.
        profile_batch: the number of the batch to profile, from 1 on, or a pair of the first and the
            last. Default: 0, none.
        embeddings_freq: every so many epochs the tables of Embedding layers are written, for the
            projector. Default: 0, never.
        embeddings_metadata: file of the labels of the rows, below `log_dir`, or a dict of such by the
            name of the layer. Default: None.

    Raises:
        ImportError: if the package tensorboard is not installed.
        ValueError: if an argument is out of its range, or `embeddings_metadata` names a layer that the
            model lacks.
        NotBuiltYetError: for an argument of Keras 2 that has no place here, with what to write.

    Example:
        >>> import cornu, os, tempfile
        >>> folder = tempfile.mkdtemp()
        >>> model = cornu.Sequential([cornu.layers.Dense(1, input_shape=(1,))])
        >>> model.compile("sgd", "mse")
        >>> board = cornu.callbacks.TensorBoard(folder)
        >>> history = model.fit([[0.0]], [0.0], epochs=2, verbose=0, callbacks=[board])
        >>> os.listdir(folder)
        ['train']
    """

    def __init__(
        self,
        log_dir: Any = "logs",
        histogram_freq: int = 0,
        write_graph: bool = True,
        write_images: bool = False,
        write_steps_per_second: bool = False,
        update_freq: int | str = "epoch",
        profile_batch: Any = 0,
        embeddings_freq: int = 0,
        embeddings_metadata: str | Mapping[str, str] | None = None,
        **old: Any,
    ) -> None:
        super().__init__()
        _check_old(old)
        self.log_dir = os.fspath(log_dir)
        self.histogram_freq, self.write_images = histogram_freq, write_images
        self.write_graph, self.write_steps_per_second = write_graph, write_steps_per_second
        self.update_freq: Any = 1 if update_freq == "batch" else update_freq
        if self.update_freq != "epoch" and not _is_count(self.update_freq):
            raise ValueError(NO_FREQUENCY.format(got=describe(update_freq)))
        self.first_profiled, self.last_profiled = numbers_of(profile_batch)
        self.embeddings_freq, self.embeddings_metadata = embeddings_freq, embeddings_metadata
        self.files = EventFiles(self.log_dir)
        self.steps = self.written = 0  # batches of this training, and up to which logs are written
        self.in_fit = self.profiling = False
        self.clock = (0, 0.0)  # steps, and the time of them, that a speed is counted from

    def overrides(self, *methods: str, base: type[Callback] | None = None) -> bool:
        """Whether it looks at batches now: for their logs, or until the last that is profiled."""
        looks = self.update_freq != "epoch" or self.steps < self.last_profiled
        return super().overrides(*methods, base=base or (Callback if looks else TensorBoard))

    # -- the turning points ------------------------------------------------------------------------

    def on_train_begin(self, logs: Logs | None = None) -> None:
        self._stop_profiling()  # of a training that ended in an error, as what follows
        self.files.close()
        self.steps = self.written = 0
        self.in_fit = True
        if self.embeddings_freq:
            self._configure_projector()
        if self.write_graph:
            self._write_graph()

    def on_epoch_begin(self, epoch: int, logs: Logs | None = None) -> None:
        self.before = self.steps
        self.clock = (self._iterations(), time.perf_counter())

    def on_train_batch_begin(self, batch: int, logs: Logs | None = None) -> None:
        if self.write_steps_per_second or self.steps < self.last_profiled:
            self._iterations()  # whoever looks at the state gets batches made one by one
        self.batch_begun = time.perf_counter()
        if self.steps < self.first_profiled <= self.before + batch + 1:
            jax.profiler.start_trace(self.files.path("train"))
            self.profiling = True

    def on_train_batch_end(self, batch: int, logs: Logs | None = None) -> None:
        self.steps = self.before + batch + 1
        if self.profiling and self.steps >= self.last_profiled:
            self._stop_profiling()
        if self.update_freq == "epoch" or self.steps // self.update_freq == self.written:
            return
        self.written = self.steps // self.update_freq
        if self.write_steps_per_second:
            took = max(time.perf_counter() - self.batch_begun, 1e-9)
            logs = {**(logs or {}), "steps_per_second": 1 / took}
        self._scalars("train", "batch_{}", logs, self.steps)

    def on_epoch_end(self, epoch: int, logs: Logs | None = None) -> None:
        logs = dict(logs or {})
        self.steps = max(self.steps, self.before + (self.params.get("steps") or 0))
        validated = {name[4:]: logs.pop(name) for name in list(logs) if name.startswith("val_")}
        rates = {log: getattr(one, "learning_rate", None) for log, _, one in learning_rates(self.model)}
        logs |= {log: float(rate) for log, rate in rates.items() if rate is not None}
        if self.write_steps_per_second:
            first, begun = self.clock
            logs["steps_per_second"] = (self._iterations() - first) / (time.perf_counter() - begun)
        self._scalars("train", "epoch_{}", logs, epoch)
        self._scalars("validation", "epoch_{}", validated, epoch)
        if self.histogram_freq and epoch % self.histogram_freq == 0:
            self._write_weights(epoch)
        if self.embeddings_freq and epoch % self.embeddings_freq == 0:
            self._write_embeddings()
        self.files.flush()

    def on_test_end(self, logs: Logs | None = None) -> None:
        self._scalars("validation", "evaluation_{}_vs_iterations", logs, self._iterations())
        if not self.in_fit:
            self.files.close()

    def on_train_end(self, logs: Logs | None = None) -> None:
        self.in_fit = False
        self._stop_profiling()
        self.files.close()

    def backup_state(self) -> dict[str, Any]:
        return {"steps": self.steps, "written": self.written}  # a profile is not gone on with

    # -- what is written ---------------------------------------------------------------------------

    def _scalars(self, run: str, tag: str, logs: Logs | None, step: int) -> None:
        for name, value in (logs or {}).items():
            if np.ndim(value) == 0:
                self.files.scalar(run, tag.format(name), value, step)

    def _iterations(self) -> int:
        return int(self.model.optimizer.iterations)

    def _stop_profiling(self) -> None:
        if self.profiling:
            self.profiling = False
            jax.profiler.stop_trace()

    def _write_graph(self) -> None:
        if getattr(self.model, "graph", None) is None:
            return  # a model with a `call` of its own: its layers are known, not how they are connected
        try:
            configuration = self.model.to_json()
        except Exception as error:
            warn(NO_GRAPH.format(why=error))
            return
        self.files.model("train", "keras", configuration)

    def _write_weights(self, epoch: int) -> None:
        for layer in self.model.layers:
            for weight in layer.weights:
                name, values = weight.path.replace(":", "_"), np.asarray(weight.value, "float32")
                self.files.histogram("train", f"{name}/histogram", values, epoch)
                images = as_images(values, image_data_format() == "channels_last")
                if self.write_images and images is not None:
                    self.files.images("train", f"{name}/image", images[:MOST_IMAGES], epoch)

    def _embeddings(self) -> list[Any]:
        return [layer for layer in self.model._flatten_layers() if isinstance(layer, Embedding)]

    def _configure_projector(self) -> None:
        """Tells the projector where the tables are, and where their labels."""
        from google.protobuf import text_format
        from tensorboard.plugins.projector.projector_config_pb2 import ProjectorConfig

        config, names = ProjectorConfig(), [layer.name for layer in self._embeddings()]
        given = self.embeddings_metadata
        files = given if isinstance(given, Mapping) else dict.fromkeys(names, given) if given else {}
        for name in set(files) - set(names):
            raise ValueError(NO_SUCH_LAYER.format(name=name, hint=did_you_mean(name, names)))
        for name in names:
            config.embeddings.add(
                tensor_name=name, tensor_path=self._table(name), metadata_path=files.get(name)
            )
        os.makedirs(self.log_dir, exist_ok=True)
        path = os.path.join(self.log_dir, "projector_config.pbtxt")
        with open(path, "w", encoding="utf-8") as file:
            file.write(text_format.MessageToString(config))

    @staticmethod
    def _table(name: str) -> str:
        return f"{name.replace('/', '_')}.tsv"

    def _write_embeddings(self) -> None:
        for layer in self._embeddings():
            path = os.path.join(self.log_dir, self._table(layer.name))
            np.savetxt(path, np.asarray(layer.embeddings.value, "float32"), "%.9g", "\t")


def _check_old(old: Mapping[str, Any]) -> None:
    """Says what to write instead of arguments of Keras 1 and 2."""
    for name, value in old.items():
        if name == "batch_size":
            warn(NO_BATCH_SIZE)
        elif name not in OLD:
            raise TypeError(f'TensorBoard has no argument "{name}". {did_you_mean(name, _known())}')
        elif value is not OLD[name][0]:
            raise NotBuiltYetError(f"TensorBoard({name}=...) of Keras 2 is not built. {OLD[name][1]}")


def _is_count(value: Any) -> bool:
    return isinstance(value, int) and not isinstance(value, bool) and value > 0


def _known() -> list[str]:
    code = TensorBoard.__init__.__code__
    return list(code.co_varnames[1 : code.co_argcount])


__all__ = ["TensorBoard"]
