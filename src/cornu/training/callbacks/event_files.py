"""Event files, which TensorBoard reads: scalars, histograms, images and the graph of a model."""

from __future__ import annotations

import os
import struct
import time
import zlib
from collections.abc import Sequence
from typing import Any

import numpy as np

from cornu.core import placement

MISSING = 'Files for TensorBoard need the package tensorboard: pip install "cornu[tensorboard]".'


class EventFiles:
    """Writes summaries into files below a folder, one for each run: 'train', 'validation'.

    Args:
        folder: the folder, which is made when something is written.
        **options: of tensorboard's EventFileWriter: max_queue_size, flush_secs, filename_suffix.

    Raises:
        ImportError: if the package tensorboard is not installed.
    """

    def __init__(self, folder: str, **options: Any) -> None:
        try:
            import tensorboard.summary.writer.event_file_writer  # noqa: F401 - only whether it is there
        except ImportError as error:
            raise ImportError(MISSING) from error
        self.folder, self.options = folder, options
        self.writers: dict[str, Any] = {}

    def path(self, run: str) -> str:
        return os.path.join(self.folder, run)

    def scalar(self, run: str, tag: str, value: Any, step: int) -> None:
        from tensorboard.plugins.scalar.summary_v2 import scalar_pb

        self.add(run, step, scalar_pb(tag, np.float32(value)))

    def histogram(self, run: str, tag: str, values: np.ndarray[Any, Any], step: int) -> None:
        from tensorboard.plugins.histogram.summary_v2 import histogram_pb

        self.add(run, step, histogram_pb(tag, values))

    def images(self, run: str, tag: str, images: np.ndarray[Any, Any], step: int) -> None:
        """Images of bytes, in an array (images, height, width, channels)."""
        self.pngs(run, tag, images.shape[2:0:-1], [png(image) for image in images], step)

    def pngs(
        self,
        run: str,
        tag: str,
        size: Sequence[int],
        files: Sequence[bytes],
        step: int,
        description: str | None = None,
    ) -> None:
        """Images of this width and height, as the contents of PNG files."""
        from tensorboard.plugins.image.metadata import create_summary_metadata

        strings = [*(str(length).encode() for length in size), *files]
        metadata = create_summary_metadata(display_name=None, description=description)
        self._add_strings(run, tag, strings, metadata, step)

    def model(self, run: str, tag: str, configuration: str) -> None:
        """A model's graph, from its configuration as JSON, as the graph plugin wants it."""
        from tensorboard.compat.proto.summary_pb2 import SummaryMetadata

        data = SummaryMetadata.PluginData(plugin_name="graph_keras_model", content=b"1")
        self._add_strings(run, tag, configuration.encode(), SummaryMetadata(plugin_data=data), 0)

    def flush(self) -> None:
        for writer in self.writers.values():
            writer.flush()

    def close(self) -> None:
        while self.writers:
            self.writers.popitem()[1].close()

    def _add_strings(self, run: str, tag: str, strings: Any, metadata: Any, step: int) -> None:
        from tensorboard.compat.proto.summary_pb2 import Summary
        from tensorboard.util.tensor_util import make_tensor_proto

        summary = Summary()
        tensor = make_tensor_proto(np.array(strings, dtype=object))
        summary.value.add(tag=tag, metadata=metadata, tensor=tensor)
        self.add(run, step, summary)

    def add(self, run: str, step: int, summary: Any) -> None:
        """A summary as TensorBoard's own functions make it; of several processes the first writes it."""
        if not placement.is_first():
            return
        from tensorboard.compat.proto.event_pb2 import Event
        from tensorboard.summary.writer.event_file_writer import EventFileWriter

        if run not in self.writers:
            self.writers[run] = EventFileWriter(self.path(run), **self.options)
        self.writers[run].add_event(Event(wall_time=time.time(), step=step, summary=summary))


_COLOURS = {1: 0, 2: 4, 3: 2, 4: 6}  # PNG's number for gray, gray with opacity, RGB, RGBA


def png(image: np.ndarray[Any, Any]) -> bytes:
    """An image of bytes (height, width, channels) as a PNG file.

    Source: Portable Network Graphics specification, W3C, 2003.
    """
    height, width, channels = image.shape

    def chunk(kind: bytes, data: bytes) -> bytes:
        return struct.pack(">I", len(data)) + kind + data + struct.pack(">I", zlib.crc32(kind + data))

    header = struct.pack(">IIBBBBB", width, height, 8, _COLOURS[channels], 0, 0, 0)
    unfiltered = np.zeros((height, 1), "uint8")  # each row begins with the number of its filter
    rows = np.hstack([unfiltered, image.reshape(height, -1)]).tobytes()
    parts = [chunk(b"IHDR", header), chunk(b"IDAT", zlib.compress(rows)), chunk(b"IEND", b"")]
    return b"\x89PNG\r\n\x1a\n" + b"".join(parts)


def as_images(weight: np.ndarray[Any, Any], channels_last: bool) -> np.ndarray[Any, Any] | None:
    """A weight as images of bytes, the least value black and the largest white; None if it is none.

    A vector is one row; a matrix lies; of a kernel with three axes longer than 1 each channel is an
    image.
    """
    weight = np.squeeze(weight)
    if weight.ndim == 1:
        weight = weight[None, None, :, None]
    elif weight.ndim == 2:
        weight = (weight.T if weight.shape[0] > weight.shape[1] else weight)[None, ..., None]
    elif weight.ndim == 3:
        weight = (weight.transpose(2, 0, 1) if channels_last else weight)[..., None]
    if weight.ndim != 4 or weight.shape[-1] not in (1, 3, 4):
        return None
    low, high = weight.min(), weight.max()
    return ((weight - low) / ((high - low) or 1) * 255).round().astype("uint8")


def numbers_of(profile_batch: int | str | Sequence[int]) -> tuple[int, int]:
    """The first and the last batch to profile, from a number, a pair or a text of them; 0 is none.

    Raises:
        ValueError: if it is none of these.

    >>> numbers_of("3,5"), numbers_of(2), numbers_of(0)
    ((3, 5), (2, 2), (0, 0))
    """
    given: Any = profile_batch.split(",") if isinstance(profile_batch, str) else profile_batch
    parts = list(given) if isinstance(given, (list, tuple)) else [given]
    try:
        first, last = (int(part) for part in (parts * 2 if len(parts) == 1 else parts))
    except (TypeError, ValueError):
        first = last = -1
    if not 0 <= first <= last or any(isinstance(part, (bool, float)) for part in parts):
        raise ValueError(
            f"TensorBoard(profile_batch={profile_batch!r}) takes the number of a batch, from 1 on, or a "
            "pair of them, the first and the last to profile; 0 for none."
        )
    return first, last


__all__ = ["EventFiles", "as_images", "numbers_of", "png"]
