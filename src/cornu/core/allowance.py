"""How much a model that a file describes may ask for, before memory is taken for it.

Whoever reads a file opens an `allowed` block around the making of the model. Within it a variable is
only declared: it has a shape and a dtype, and gets a value when one is assigned or somebody asks for it.
What all of them declare is added up, and a configuration that asks for very much more than the file
holds is refused at the first weight that is too much. So are too many layers, calls and weights: making
these takes time.
"""

from __future__ import annotations

import os
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from cornu.core import dtypes
from cornu.core.context import context
from cornu.core.errors import describe, show_shape
from cornu.core.plain import MisdescribedError

# A model may declare this many bytes whatever the file holds; and this many times what it holds, since
# its numbers may be packed.
ANYWAY, PACKED = 1 << 26, 100
MOST_AXES = 32
# What takes time: layers, weights, and calls, which count twice since they are traced. Keras's largest
# application, NASNetLarge, has 1,041 layers and 1,546 weights: 4,669 together.
MOST_PARTS, CALL = 9_000, 2

TOO_MUCH = (
    'The configuration is refused: with the weight "{path}" of shape {shape} it asks for {asked:,} '
    "bytes, but {holds}."
)
TOO_MANY = (
    "The configuration is refused: with {layers:,} layers, {calls:,} calls of layers and {weights:,} "
    "weights it asks for more than any known model, and making it would take long. If the file is "
    "yours, make the model in Python, and load its weights: model.load_weights(path)."
)
NO_SIZES = (
    'The weight "{path}" cannot have the shape {shape}: a shape is a tuple of at most {most} whole '
    "numbers from 0 on."
)


class Allowance:
    """The bytes that may still be declared, and the parts that may still be made."""

    def __init__(self, limit: int, holds: str) -> None:
        self.limit, self.holds, self.asked = limit, holds, 0
        self.layers = self.calls = self.weights = 0

    def count(self, layers: int = 0, calls: int = 0, weights: int = 0) -> None:
        """Adds parts.

        Raises:
            ValueError: if these are too many.
        """
        self.layers += layers
        self.calls += calls
        self.weights += weights
        if self.layers + CALL * self.calls + self.weights > MOST_PARTS:
            counts = {"layers": self.layers, "calls": self.calls, "weights": self.weights}
            raise MisdescribedError(TOO_MANY.format(**counts))

    def take(self, path: str, shape: Any, dtype: str) -> None:
        """Adds a weight to what was asked for.

        Raises:
            ValueError: if that is too much.
        """
        self.count(weights=1)
        self.asked += size_of(shape) * dtypes.numpy_dtype(dtype).itemsize
        if self.asked > self.limit:
            raise ValueError(
                TOO_MUCH.format(path=path, shape=show_shape(shape), asked=self.asked, holds=self.holds)
            )


def count(layers: int = 0, calls: int = 0) -> None:
    """Notes layers that are made, and calls that are traced, of a model that a file describes."""
    if context.allowance is not None:
        context.allowance.count(layers, calls)


def size_of(shape: Any) -> int:
    """The number of elements, exactly: NumPy's product overflows."""
    size = 1
    for each in shape:
        size *= int(each)
    return size


def checked(path: str, shape: Any) -> tuple[int, ...]:
    """A shape that a weight can have.

    Raises:
        ValueError: if it is none.
    """
    whole = all(hasattr(size, "__index__") and int(size) >= 0 for size in shape)
    if not whole or len(shape) > MOST_AXES:
        raise ValueError(NO_SIZES.format(path=path, shape=describe(tuple(shape)), most=MOST_AXES))
    return tuple(int(size) for size in shape)


@contextmanager
def allowed(file_size: int | None) -> Iterator[None]:
    """Within the block variables are only declared, and ask for no more than a file of this size may;
    None: for no more than the machine has."""
    before = context.allowance
    if file_size is None:
        limit = _machine()
        context.allowance = Allowance(limit, f"this machine has {limit:,}")
    else:
        limit = max(ANYWAY, PACKED * file_size)
        context.allowance = Allowance(limit, f"the file holds only {file_size:,}")
    try:
        yield
    finally:
        context.allowance = before


@contextmanager
def shapes_alone() -> Iterator[list[Any]]:
    """Within the block only shapes are looked for: a declared variable gets no value for that. Gives
    those that are read."""
    before, context.shapes_alone = context.shapes_alone, []
    try:
        yield context.shapes_alone
    finally:
        context.shapes_alone = before


def _machine() -> int:
    """The bytes of memory that the machine has."""
    try:
        return os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES")
    except (AttributeError, ValueError, OSError):  # no such question on this system
        return 1 << 40
