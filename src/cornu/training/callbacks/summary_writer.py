"""SummaryWriter: numbers, pictures, texts and hyperparameters of one's own, for TensorBoard."""

from __future__ import annotations

import io
import os
import time
from collections.abc import Mapping, Sequence
from typing import Any, Self

import numpy as np

from cornu.core.errors import describe, show_shape, warn
from cornu.training.callbacks.event_files import EventFiles, png

NO_SCALAR = "SummaryWriter.scalar(name={name!r}) takes one number, but got shape {shape}. {hint}"
NO_IMAGES = (
    "SummaryWriter.image(name={name!r}) takes an array (images, height, width, channels) of 1 to 4 "
    "channels, floats from 0 to 1 or whole numbers from 0 to 255, but got shape {shape}, dtype {dtype}. "
    "{hint}"
)
BEYOND = (
    "SummaryWriter.image(name={name!r}): floats are drawn from 0, black, to 1, but these reach from "
    "{low:g} to {high:g}. What is outside is cut off; divide by the largest value first."
)
NO_FIGURE = (
    "SummaryWriter.figure(name={name!r}) takes a figure of matplotlib or a picture of cornu.explain, "
    "but got {got}. For an array of pixels write SummaryWriter.image."
)
NO_HYPERPARAMETER = (
    "The hyperparameter {name!r} must be a number, a bool or a string, but is {got}. "
    "Write its name or its parts, such as repr(value)."
)


class SummaryWriter:
    """Writes into a folder what TensorBoard shows: numbers, histograms, images, figures and texts.

    The callback `TensorBoard` writes what `fit` knows; this is for what only you know. The methods are
    called as those of `tf.summary` and take the same arguments. The package tensorboard must be
    installed; TensorFlow need not.

    Args:
        log_dir: the folder; `tensorboard --logdir` shows each folder below its own as a run.
        max_queue: how many summaries may wait to be written. Default: 10.
        flush_millis: after how many milliseconds they are written at the latest. Default: 120000.
        filename_suffix: what the names of the files end in. Default: ''.

    Raises:
        ImportError: if the package tensorboard is not installed.

    Example:
        >>> import cornu, os, tempfile
        >>> folder = tempfile.mkdtemp()
        >>> with cornu.utils.SummaryWriter(folder) as writer:
        ...     writer.scalar("temperature", 21.5, step=0)
        ...     writer.text("note", "the *first* run", step=0)
        >>> len(os.listdir(folder))
        1
    """

    def __init__(
        self,
        log_dir: Any,
        max_queue: int = 10,
        flush_millis: float = 120_000,
        filename_suffix: str = "",
    ) -> None:
        self.log_dir = os.fspath(log_dir)
        options = {"max_queue_size": max_queue, "flush_secs": flush_millis / 1000}
        self._files = EventFiles(self.log_dir, filename_suffix=filename_suffix, **options)

    def scalar(self, name: str, data: Any, step: int, description: str | None = None) -> None:
        """A point of a curve.

        Args:
            name: what the curve is called; "part/of" groups it under "part".
            data: one number.
            step: where it stands on the axis below, such as the epoch.
            description: a sentence on it, as Markdown. Default: None.

        Raises:
            ValueError: if it is not one number.
        """
        from tensorboard.plugins.scalar.summary_v2 import scalar_pb

        number = np.asarray(data)
        if number.size != 1 or number.dtype.kind not in "biuf":
            hint = "For many numbers write SummaryWriter.histogram, for words SummaryWriter.text."
            raise ValueError(NO_SCALAR.format(name=name, shape=show_shape(number.shape), hint=hint))
        self._files.add("", int(step), scalar_pb(name, np.float32(number.item()), description))

    def histogram(
        self,
        name: str,
        data: Any,
        step: int,
        buckets: int | None = None,
        description: str | None = None,
    ) -> None:
        """How numbers are distributed.

        Args:
            name, step, description: as of a scalar.
            data: an array of any shape.
            buckets: in how many parts they are counted. Default: None, 30.
        """
        from tensorboard.plugins.histogram.summary_v2 import histogram_pb

        values = np.asarray(data, "float32")
        self._files.add("", int(step), histogram_pb(name, values, buckets, description))

    def image(
        self,
        name: str,
        data: Any,
        step: int,
        max_outputs: int = 3,
        description: str | None = None,
    ) -> None:
        """Images, from pixels.

        Args:
            name, step, description: as of a scalar.
            data: (images, height, width, channels), the channels gray, gray and opacity, RGB or RGBA;
                floats from 0 to 1, or whole numbers from 0 to 255.
            max_outputs: how many of them are written, from the first on. Default: 3.

        Raises:
            ValueError: if it is no such array.
        """
        images = np.asarray(data)
        _check_images(name, images)
        files = [png(image) for image in _as_bytes(name, images[:max_outputs])]
        self._files.pngs("", name, images.shape[2:0:-1], files, int(step), description)

    def figure(self, name: str, figure: Any, step: int, description: str | None = None) -> None:
        """A figure of matplotlib, or a picture or plot of `cornu.explain`.

        Args:
            name, step, description: as of a scalar.
            figure: what is drawn; it stays open.

        Raises:
            TypeError: if it is no figure.
        """
        if hasattr(figure, "as_file"):
            content = figure.as_file("png")
        elif hasattr(figure, "savefig"):
            written = io.BytesIO()
            figure.savefig(written, format="png")
            content = written.getvalue()
        else:
            raise TypeError(NO_FIGURE.format(name=name, got=describe(figure)))
        size = [int.from_bytes(content[start : start + 4], "big") for start in (16, 20)]  # of its header
        self._files.pngs("", name, size, [content], int(step), description)

    def text(
        self, name: str, data: str | Sequence[str], step: int, description: str | None = None
    ) -> None:
        """A text, shown as Markdown; a list or an array of texts becomes a table.

        Args:
            name, step, description: as of a scalar.
            data: the text, or texts.
        """
        from tensorboard.plugins.text.summary_v2 import text_pb

        strings = data if isinstance(data, (str, bytes)) else np.asarray(data, dtype=object)
        self._files.add("", int(step), text_pb(name, strings, description))

    def hparams(self, hparams: Mapping[Any, Any], trial_id: str | None = None) -> None:
        """The hyperparameters of the training in this folder; `callbacks.HParams` also tells its end.

        Args:
            hparams: values by name, or by `HParam` of tensorboard.plugins.hparams.
            trial_id: what trainings with equal values share. Default: None, made of the values.

        Raises:
            TypeError: if a value is neither a number, a bool nor a string.
        """
        self._files.add("", 0, hparams_summary(hparams, trial_id))

    def hparams_config(self, hparams: Sequence[Any], metrics: Sequence[Any]) -> None:
        """What an experiment varies and looks at; written once, in the folder above its trainings.

        Args:
            hparams: `HParam`s of tensorboard.plugins.hparams.summary_v2.
            metrics: `Metric`s from there; the callback `TensorBoard` writes the loss of validation as
                `Metric("epoch_loss", group="validation")`.
        """
        from tensorboard.plugins.hparams.summary_v2 import hparams_config_pb

        self._files.add("", 0, hparams_config_pb(hparams, metrics))

    def training_ended(self) -> None:
        """Says that the training whose hyperparameters are in this folder has ended well."""
        self._files.add("", 0, _end_summary())

    def write(self, summary: Any, step: int) -> None:
        """A summary that functions of tensorboard have made, such as those called `..._pb`."""
        self._files.add("", int(step), summary)

    def flush(self) -> None:
        """Writes what waits to be written."""
        self._files.flush()

    def close(self) -> None:
        """Ends the file. What is written later begins another one."""
        self._files.close()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *error: object) -> None:
        self.close()


def hparams_summary(hparams: Mapping[Any, Any], trial_id: str | None) -> Any:
    """Hyperparameters as the plugin of that name reads them.

    Raises:
        TypeError: if a value is neither a number, a bool nor a string.
    """
    from tensorboard.plugins.hparams.summary_v2 import hparams_pb

    for name, value in hparams.items():
        if not isinstance(value, (bool, int, float, str, np.bool_, np.number)):
            shown = getattr(name, "name", name)
            raise TypeError(NO_HYPERPARAMETER.format(name=shown, got=describe(value)))
    return hparams_pb(hparams, trial_id=trial_id)


def _end_summary() -> Any:
    from tensorboard.compat.proto.summary_pb2 import Summary
    from tensorboard.plugins.hparams import api_pb2, metadata
    from tensorboard.plugins.hparams.plugin_data_pb2 import HParamsPluginData, SessionEndInfo

    end = SessionEndInfo(status=api_pb2.STATUS_SUCCESS, end_time_secs=time.time())
    content = metadata.create_summary_metadata(HParamsPluginData(session_end_info=end))
    summary = Summary()
    tag = metadata.SESSION_END_INFO_TAG
    summary.value.add(tag=tag, metadata=content, tensor=metadata.NULL_TENSOR)
    return summary


def _check_images(name: str, images: np.ndarray[Any, Any]) -> None:
    drawable = images.ndim == 4 and 1 <= images.shape[-1] <= 4 and images.size
    bytes_ = images.dtype.kind in "biu" and images.size and images.min() >= 0 and images.max() <= 255
    if drawable and (bytes_ or images.dtype.kind == "f"):
        return
    hints = {2: "Write data[None, ..., None].", 3: "Write data[..., None], or data[None] for one image."}
    what = {"shape": show_shape(images.shape), "dtype": images.dtype}
    raise ValueError(NO_IMAGES.format(name=name, **what, hint=hints.get(images.ndim, "")).rstrip())


def _as_bytes(name: str, images: np.ndarray[Any, Any]) -> np.ndarray[Any, Any]:
    """Floats from 0 to 1 in 256 parts, as `tf.summary.image` has them; True is white."""
    if images.dtype.kind in "iu":
        return images.astype("uint8")
    floats = np.nan_to_num(images.astype("float32"))
    low, high = float(floats.min()), float(floats.max())
    if low < 0 or high > 1:
        warn(BEYOND.format(name=name, low=low, high=high))
    return (floats * 255.5).clip(0, 255).astype("uint8")


__all__ = ["SummaryWriter", "hparams_summary"]
