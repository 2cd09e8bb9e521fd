"""Values and gradients of all steps of a program, in one compiled pass; and how they are written."""

from __future__ import annotations

import math
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Any

import jax
import jax.numpy as jnp
import numpy as np

from cornu.explain.program import Program, Step
from cornu.training.compiling import compiled, effort_for

KEPT = 256  # arrays of more numbers are not kept whole
CORNER = 6  # how much of each axis of them is


@dataclass
class Numbers:
    """An array of the computation: whole if it is small, else its corner and its measures."""

    shape: tuple[int, ...]
    array: Any  # the array, or its corner
    norm: float
    low: float
    high: float

    @property
    def whole(self) -> bool:
        return self.array.shape == self.shape

    def __str__(self) -> str:
        return in_brief(self)


Place = tuple[int, int]  # (step, its argument)


@dataclass
class Evaluated:
    """Values of arrays, gradients of those that have one, and by what steps these came."""

    values: dict[int, Numbers]
    gradients: dict[int, Numbers]
    parts: dict[Place, Numbers]  # what a step hands down to an argument
    slopes: dict[Place, Numbers]  # its own derivative by it, where it works number by number


def evaluate(
    program: Program,
    inputs: Sequence[Any],
    gradients: bool = True,
    wanted: Iterable[int] | None = None,
    parts: bool = False,
) -> Evaluated:
    """Runs a program forwards, and backwards from its result.

    Args:
        program: what is computed; with gradients its first result is one number.
        inputs: the arrays it starts from.
        gradients: whether to go backwards.
        wanted: the values to measure; all by default.
        parts: whether to keep what each step hands down.
    """
    shown = {value.number for value in program.values} if wanted is None else set(wanted)

    def run(*arrays: Any) -> Any:
        return _passes(program, arrays, gradients, shown, parts)

    work = sum(math.prod(value.shape) for value in program.values)
    found = jax.device_get(compiled(run, effort_for(work, 0, 1))(*inputs))
    shapes = [value.shape for value in program.values]
    values, by_value, by_place, slopes = found
    arguments = {place: program.steps[place[0]].inputs[place[1]] for place in by_place}
    return Evaluated(
        {key: Numbers(shapes[key], *each) for key, each in values.items()},
        {key: Numbers(shapes[key], *each) for key, each in by_value.items()},
        {key: Numbers(shapes[arguments[key]], *each) for key, each in by_place.items()},
        {key: Numbers(shapes[arguments[key]], *each) for key, each in slopes.items()},
    )


def _passes(
    program: Program, arrays: Sequence[Any], gradients: bool, shown: set[int], parts: bool
) -> Any:
    env: dict[int, Any] = {v.number: v.constant for v in program.values if v.kind == "constant"}
    starts = [v for v in program.values if v.kind in ("input", "weight", "state")]
    env.update({value.number: array for value, array in zip(starts, arrays, strict=True)})
    backwards = []
    for step in program.steps:
        active = [n for n, i in enumerate(step.inputs) if gradients and program.values[i].differentiable]
        outs, back = _forward(step, [env[i] for i in step.inputs], active)
        backwards.append((active, back))
        env.update(zip(step.outputs, outs, strict=True))
    # The states of random generators have numbers of a kind of their own.
    keys = {n for n in env if jnp.issubdtype(jnp.asarray(env[n]).dtype, jax.dtypes.extended)}
    values = {number: _measured(env[number]) for number in (shown & env.keys()) - keys}
    if not gradients:
        return values, {}, {}, {}
    up: dict[int, Any] = {program.results[0]: jnp.ones_like(env[program.results[0]])}
    handed, slopes = {}, {}
    for place in range(len(program.steps) - 1, -1, -1):
        step, (active, back) = program.steps[place], backwards[place]
        if back is None or not any(number in up for number in step.outputs):
            continue
        above = [up[n] if n in up else _zero(env[n]) for n in step.outputs]
        ones = back([jnp.ones_like(each) for each in above]) if parts and step.by_number else active
        for argument, part, slope in zip(active, back(above), ones, strict=True):
            number = step.inputs[argument]
            if parts:
                handed[place, argument] = _measured(part)
            if parts and step.by_number and part.shape == env[step.outputs[0]].shape:
                slopes[place, argument] = _measured(slope)
            up[number] = up[number] + part if number in up else part
    return values, {n: _measured(each) for n, each in up.items() if n in shown}, handed, slopes


def _zero(array: Any) -> Any:
    """What is handed down where nothing is; integers have a kind of zero of their own."""
    if jnp.issubdtype(array.dtype, jnp.floating):
        return jnp.zeros_like(array)
    return np.zeros(array.shape, jax.dtypes.float0)


def _forward(step: Step, given: list[Any], active: list[int]) -> tuple[Any, Any]:
    """What a step gives, and its way back to the active ones of its arguments."""
    if not active:
        return step.run(*given), None

    def of_active(*some: Any) -> Any:
        every = list(given)
        for place, array in zip(active, some, strict=True):
            every[place] = array
        return list(step.run(*every))

    return jax.vjp(of_active, *(given[place] for place in active))


def _measured(array: Any) -> tuple[Any, Any, Any, Any]:
    """The array or its corner, its norm, its least and its largest number."""
    array = jnp.asarray(array)
    numbers = array.astype("float32")
    if not array.size:
        return array, jnp.float32(0), jnp.float32(0), jnp.float32(0)
    kept = array if array.size <= KEPT else array[tuple(slice(0, CORNER) for _ in array.shape)]
    return kept, jnp.sqrt(jnp.sum(numbers**2)), jnp.min(numbers), jnp.max(numbers)


# -- writing ----------------------------------------------------------------------------------------


def number(value: Any) -> str:
    """A number with four figures.

    >>> number(0.900249), number(-6.0), number(2.5e-7), number(True)
    ('0.9002', '-6', '2.5e-07', 'True')
    """
    if isinstance(value, (bool, np.bool_)):
        return str(bool(value))
    text = f"{float(value):.4g}"
    return "0" if text == "-0" else text


def in_brief(numbers: Numbers) -> str:
    """An array in one line: a number, a short row, or shape and norm.

    >>> in_brief(Numbers((2,), np.array([0.9, 0.17]), 0.916, 0.17, 0.9))
    '[0.9 0.17]'
    """
    array = numbers.array
    if numbers.whole and array.size == 1:
        return number(array.reshape(())[()])
    if numbers.whole and array.size <= 4:
        flat = array.ndim == 1 or array.size == max(array.shape)
        return row(array.reshape(-1)) if flat else _nested(array)
    shape = "×".join(map(str, numbers.shape)) + (" numbers" if len(numbers.shape) == 1 else "")
    return f"{shape}, norm {number(numbers.norm)}"


def row(array: Any) -> str:
    """One row of numbers.

    >>> row(np.array([0.5, -1.0]))
    '[0.5 -1]'
    """
    return f"[{' '.join(map(number, array))}]"


def _nested(array: Any) -> str:
    return row(array) if array.ndim == 1 else f"[{' '.join(map(_nested, array))}]"


def matrix(numbers: Numbers, rows: int = CORNER) -> list[str]:
    """An array as lines, its columns aligned; of a large one the corner, with dots.

    >>> matrix(Numbers((2, 2), np.array([[3.7, 2.9], [0.5, -4.0]]), 5.5, -4.0, 3.7))
    ['[ 3.7  2.9 ]', '[ 0.5   -4 ]']
    """
    array = np.asarray(numbers.array)
    table = array.reshape(1, -1) if array.ndim < 2 else array.reshape(-1, array.shape[-1])
    total = (1, numbers.shape[0] if numbers.shape else 1)
    if array.ndim >= 2:
        total = (math.prod(numbers.shape[:-1]), numbers.shape[-1])
    shown = [[number(each) for each in line[:rows]] for line in table[:rows]]
    more = total[1] > rows
    widths = [max(map(len, column)) for column in zip(*shown, strict=True)]
    lines = [
        "[ " + "  ".join(map(str.rjust, line, widths)) + ("  …" if more else "") + " ]" for line in shown
    ]
    return [*lines, "[ … ]"] if total[0] > rows else lines


__all__ = ["Evaluated", "Numbers", "evaluate", "in_brief", "matrix", "number", "row"]
