"""`tf.summary`: numbers, images and texts for TensorBoard, written by the writer that is the default."""

from __future__ import annotations

import contextlib
from collections.abc import Iterator
from types import SimpleNamespace
from typing import Any

from cornu.compat.tensorflow.scopes import executing_eagerly
from cornu.core.context import context
from cornu.training.callbacks.summary_writer import SummaryWriter as Files

__all__ = [
    *("SummaryWriter", "create_file_writer", "experimental", "flush", "histogram", "image", "record_if"),
    *("scalar", "should_record_summaries", "text", "trace_export", "trace_off", "trace_on"),
]

NO_STEP = (
    "tf.summary.{kind}({name!r}) does not know the step. Write step=epoch, or before it "
    "tf.summary.experimental.set_step(epoch)."
)
IN_COMPILED = (
    "tf.summary.{kind}({name!r}) is within a compiled function, where its value is not known. Return "
    "the value, and write it after the call."
)
NO_TRACE = (
    "tf.summary.{name}: TensorFlow's graphs do not exist here. Write "
    "TensorBoard(log_dir, write_graph=True, profile_batch=2) among the callbacks of fit."
)


class _State:
    """Which writers are in use, the innermost last, the step, and whether anything is written."""

    writers: tuple[SummaryWriter, ...] = ()
    step: Any = None
    records: Any = True


class SummaryWriter:
    """A writer, made by `tf.summary.create_file_writer`."""

    def __init__(self, files: Files) -> None:
        self.files = files

    @contextlib.contextmanager
    def as_default(self, step: Any = None) -> Iterator[SummaryWriter]:
        """A block within which this writer writes, by this step where none is given."""
        before = _State.writers, _State.step
        _State.writers = (*_State.writers, self)
        _State.step = before[1] if step is None else step
        try:
            yield self
        finally:
            _State.writers, _State.step = before
            self.flush()

    def set_as_default(self, step: Any = None) -> None:
        """From now on this writer writes."""
        _State.writers = (self,)
        _State.step = _State.step if step is None else step

    def init(self) -> None:
        """Nothing: it is ready."""

    def flush(self) -> None:
        """Writes what waits to be written."""
        self.files.flush()

    def close(self) -> None:
        """Ends the file."""
        self.files.close()


def create_file_writer(
    logdir: Any,
    max_queue: int | None = None,
    flush_millis: float | None = None,
    filename_suffix: str | None = None,
    name: str | None = None,
) -> SummaryWriter:
    """A writer of files in a folder; the defaults are 10 summaries and two minutes."""
    del name
    given = {"max_queue": max_queue, "flush_millis": flush_millis, "filename_suffix": filename_suffix}
    options: dict[str, Any] = {each: value for each, value in given.items() if value is not None}
    return SummaryWriter(Files(logdir, **options))


def scalar(name: str, data: Any, step: Any = None, description: str | None = None) -> bool:
    """A point of a curve. Says whether it was written: there must be a writer."""
    return _write("scalar", name, data, step, description=description)


def histogram(
    name: str, data: Any, step: Any = None, buckets: int | None = None, description: str | None = None
) -> bool:
    """How numbers are distributed. Says whether it was written."""
    return _write("histogram", name, data, step, buckets=buckets, description=description)


def image(
    name: str, data: Any, step: Any = None, max_outputs: int = 3, description: str | None = None
) -> bool:
    """Images, (images, height, width, channels). Says whether they were written."""
    return _write("image", name, data, step, max_outputs=max_outputs, description=description)


def text(name: str, data: Any, step: Any = None, description: str | None = None) -> bool:
    """A text as Markdown. Says whether it was written."""
    return _write("text", name, data, step, description=description)


def flush(writer: SummaryWriter | None = None, name: str | None = None) -> None:
    """Writes what waits to be written, of this writer or of the default."""
    del name  # it is for graphs, here as below
    for each in [writer] if writer else _State.writers[-1:]:
        each.flush()


@contextlib.contextmanager
def record_if(condition: Any) -> Iterator[None]:
    """A block within which things are written where the condition holds; it may be a function."""
    before, _State.records = _State.records, condition
    try:
        yield
    finally:
        _State.records = before


def should_record_summaries() -> bool:
    """Whether what is written now gets into a file."""
    records = _State.records() if callable(_State.records) else _State.records
    return bool(_State.writers) and bool(records)


def _write(kind: str, name: str, data: Any, step: Any, **options: Any) -> bool:
    if not should_record_summaries():
        return False
    if not executing_eagerly():  # a tf.function runs as plain Python then
        raise ValueError(IN_COMPILED.format(kind=kind, name=name))
    tag = "/".join((*context.path, name))
    getattr(_State.writers[-1].files, kind)(tag, data, _step_of(kind, name, step), **options)
    return True


def _step_of(kind: str, name: str, step: Any) -> int:
    step = _State.step if step is None else step
    if step is None:
        raise ValueError(NO_STEP.format(kind=kind, name=name))
    return int(step)


def _no_trace(name: str) -> Any:
    def refuse(*args: Any, **kwargs: Any) -> None:
        raise NotImplementedError(NO_TRACE.format(name=name))

    refuse.__name__ = refuse.__qualname__ = name
    refuse.__doc__ = "An error: there are no graphs of TensorFlow."
    return refuse


trace_on, trace_off, trace_export = map(_no_trace, ("trace_on", "trace_off", "trace_export"))


@contextlib.contextmanager
def summary_scope(
    name: str, default_name: str = "summary", values: Any = None
) -> Iterator[tuple[str, str]]:
    """A block for one summary: its tag, and the scope it stands in."""
    del values  # of a graph: the tensors that are written
    tag = "/".join((*context.path, name or default_name))
    yield tag, f"{tag}/"


def write_raw_pb(tensor: bytes, step: Any = None, name: str | None = None) -> bool:
    """A summary that is ready, as bytes. Says whether it was written."""
    from tensorboard.compat.proto.summary_pb2 import Summary

    if not should_record_summaries():
        return False
    where = _step_of("experimental.write_raw_pb", name or "", step)
    _State.writers[-1].files.write(Summary.FromString(tensor), where)
    return True


def get_step() -> Any:
    """The step of what is written without one."""
    return _State.step


def set_step(step: Any) -> None:
    """Sets the step of what is written without one; None forgets it."""
    _State.step = step


experimental = SimpleNamespace(
    get_step=get_step, set_step=set_step, summary_scope=summary_scope, write_raw_pb=write_raw_pb
)


def make_tensor_proto(values: Any, dtype: Any = None, shape: Any = None) -> Any:
    """An array as TensorBoard's files have it; `tf.make_ndarray` reads it."""
    from tensorboard.util.tensor_util import make_tensor_proto as made

    return made(values, dtype, shape)


def make_ndarray(tensor: Any) -> Any:
    """The array that `tf.make_tensor_proto` wrote."""
    from tensorboard.util.tensor_util import make_ndarray as read

    return read(tensor)
