"""InputSpec: what a layer expects of its input, and the error when it gets something else."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from cornu.core.errors import describe, show_shape


class InputSpec:
    """Rank, shape and dtype that a layer expects of an input.

    Args:
        dtype: expected dtype, or None.
        shape: expected shape, None for sizes that may vary.
        ndim, min_ndim, max_ndim: expected rank and its bounds.
        axes: expected sizes of single axes, as in `{-1: 8}`.
        allow_last_axis_squeeze: whether a last axis of size 1 may be missing.
        name: name of the input.
        optional: whether None may be given.

    Example:
        >>> InputSpec(min_ndim=2, axes={-1: 8})
        InputSpec(min_ndim=2, axes={-1: 8})
    """

    def __init__(
        self,
        dtype: str | None = None,
        shape: tuple[int | None, ...] | None = None,
        ndim: int | None = None,
        max_ndim: int | None = None,
        min_ndim: int | None = None,
        axes: Mapping[int, int] | None = None,
        allow_last_axis_squeeze: bool = False,
        name: str | None = None,
        optional: bool = False,
    ) -> None:
        self.dtype = dtype
        self.shape = tuple(shape) if shape is not None else None
        self.ndim = len(self.shape) if self.shape is not None else ndim
        self.max_ndim = max_ndim
        self.min_ndim = min_ndim
        self.axes = {int(axis): size for axis, size in (axes or {}).items()}
        self.allow_last_axis_squeeze = allow_last_axis_squeeze
        self.name = name
        self.optional = optional

    def __repr__(self) -> str:
        known = {k: v for k, v in vars(self).items() if v not in (None, False) and v != {}}
        return f"InputSpec({', '.join(f'{k}={v!r}' for k, v in known.items())})"

    def problem(self, shape: tuple[Any, ...]) -> str | None:
        """What is wrong with an input of this shape, in words; None if nothing is."""
        rank, wanted = len(shape), self.shape
        if self.allow_last_axis_squeeze and wanted is not None:
            shape, wanted = (each[:-1] if each[-1:] == (1,) else each for each in (shape, wanted))
            if len(shape) != len(wanted):
                return f"expects inputs of rank {self.ndim}, but got rank {rank}"
        elif self.ndim is not None and rank != self.ndim:
            return f"expects inputs of rank {self.ndim}, but got rank {rank}"
        if self.min_ndim is not None and rank < self.min_ndim:
            return f"expects inputs of rank {self.min_ndim} or more, but got rank {rank}"
        if self.max_ndim is not None and rank > self.max_ndim:
            return f"expects inputs of rank {self.max_ndim} or less, but got rank {rank}"
        expected = dict(enumerate(wanted)) if wanted is not None else self.axes
        for axis, size in expected.items():
            if size is not None and isinstance(shape[axis], int) and shape[axis] != size:
                where = "the last axis" if axis in (-1, rank - 1) else f"axis {axis}"
                return f"expects size {size} on {where}, but got size {shape[axis]}"
        return None

    def advice(self, problem: str, shape: tuple[Any, ...]) -> str:
        """What to write instead; `shape` is that of one sample."""
        text = next(text for start, text in WHAT_TO_WRITE.items() if problem.startswith(start))
        return text.format(new=show_shape(shape))


WHAT_TO_WRITE = {
    "expects inputs of rank": (
        "Rows of samples come first: give x the shape (samples, features), for instance "
        "x.reshape(len(x), -1), or x[None] for a single sample."
    ),
    "expects size": (
        "The layer's weights were made for that size. Give the data the size the model was built "
        "for, or build "
        "the model for this data: input_shape={new} (or Input({new}))."
    ),
}


def check_input(layer: Any, spec: InputSpec, value: Any) -> None:
    """Raises ValueError if `value` is not what `spec` describes."""
    if value is None and spec.optional:
        return
    if not hasattr(value, "shape"):
        several = isinstance(value, (list, tuple))
        got = f"a {type(value).__name__} of {len(value)}" if several else describe(value)
        raise ValueError(
            f'{type(layer).__name__} layer "{layer.name}" takes one tensor, but got {got}. '
            "Join several tensors first."
        )
    problem = spec.problem(value.shape)
    if problem is None:
        return
    from cornu.core.symbolic import known_shape

    shape = known_shape(value.shape)
    raise ValueError(
        f'{type(layer).__name__} layer "{layer.name}" {problem}: its input has shape '
        f"{show_shape(shape)}. {spec.advice(problem, shape[1:])}"
    )
