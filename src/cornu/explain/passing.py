"""`explain.forward`: the way through a model, layer by layer, with its matrices."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import numpy as np

from cornu.explain.numbers import CORNER, Evaluated, Numbers, evaluate, matrix, number
from cornu.explain.objective import trace_model
from cornu.explain.program import Program
from cornu.explain.tracing import Call, Traced
from cornu.explain.written import Written, beside
from cornu.layers.core import Dense

SIGNS = {"sigmoid": "σ"}


def forward(model: Any, x: Any, training: bool = False) -> Written:
    """Goes through a model layer by layer: z = x · W + b, then a = f(z), with the numbers.

    Each row of x is one sample. Of large matrices the upper left corner is written; `rows` has the
    arrays of the outputs, as far as they are small.

    Args:
        model: a built model.
        x: a batch, of which up to 256 rows are computed.
        training: whether layers such as Dropout work as in training. Default: False.

    Returns:
        text to print, and `rows`: dicts with layer, kind, inputs, shape, output, and z for a Dense.

    Raises:
        ValueError: if the model is not built.
        TypeError: if it is no model, or x is symbolic or no numbers.

    Example:
        >>> import cornu
        >>> model = cornu.Sequential([cornu.Input((2,)), cornu.layers.Dense(1, "sigmoid", name="p")])
        >>> model.set_weights([[[0.3], [0.1]], [1.0]])
        >>> print(cornu.explain.forward(model, [[1.0, 2.2]]))
        x: (1, 2)
        [   1  2.2 ]
        <BLANKLINE>
        p (Dense): (1, 2) -> (1, 1)
          z = x · W + b
            = [   1  2.2 ] · [ 0.3 ] + [ 1 ]
                             [ 0.1 ]
            = [ 1.52 ]
          a = σ(z)
            = [ 0.8205 ]
    """
    traced, notes = trace_model("forward", model, x, training=training)
    numbers = evaluate(traced.program, traced.inputs, gradients=False)
    inputs = [value for value in traced.program.values if value.kind == "input"]
    lines: list[str] = []
    for value in inputs:
        if value.number in numbers.values:
            lines += [f"{value.name}: {value.shape}", *_matrix(numbers.values[value.number]), ""]
    rows = []
    for place, call in enumerate(traced.calls):
        row = _row(traced, numbers, place, call)
        if row is not None:
            lines += [*_lines(row, call, numbers), ""]
            rows.append({key: _plain(each) for key, each in row.items()})
    return Written("\n".join([*lines[:-1], *notes]), rows)


def _plain(value: Any) -> Any:
    """An array in place of its measures; None of one that is not kept whole."""
    if isinstance(value, Numbers):
        return np.asarray(value.array) if value.whole else None
    return value


def _row(traced: Traced, numbers: Evaluated, place: int, call: Call) -> dict[str, Any] | None:
    """What is to be said of one call of a layer; nothing of a call that holds others."""
    program = traced.program
    if call.leaf or any(inner.outer == place and not inner.leaf for inner in traced.calls):
        return None
    steps = [step for step in program.steps if place in step.calls]
    outs = [step.outputs[0] for step in steps if step.mark == place]
    if not outs:
        return None
    made = {output for step in steps for output in step.outputs}
    given = [n for step in steps for n in step.inputs if n not in made]
    arrays = [n for n in dict.fromkeys(given) if program.values[n].kind in ("input", "step")]
    output = numbers.values[outs[0]]
    row: dict[str, Any] = {"layer": call.name, "kind": call.kind}
    row["inputs"] = [numbers.values[number].shape for number in arrays]
    row["shape"], row["output"] = output.shape, output
    if isinstance(call.layer, Dense) and arrays:
        row |= _of_dense(program, numbers, traced.calls, steps, call)
        row["x"] = numbers.values[arrays[0]]
    return row


def _of_dense(
    program: Program, numbers: Evaluated, calls: list[Call], steps: list[Any], call: Call
) -> dict[str, Any]:
    """Weights of a Dense, and z: what its last operation before the activation gives."""
    before = [step for step in steps if step.mark is None and not any(calls[n].leaf for n in step.calls)]
    weights = {}
    for value in program.values:
        for name, own in (("W", call.layer.kernel), ("b", getattr(call.layer, "bias", None))):
            if own is not None and value.variable is own:
                weights[name] = numbers.values.get(value.number)
    found = {name: each for name, each in weights.items() if each is not None}
    return {**found, "z": numbers.values[before[-1].outputs[0]]} if before else found


def _lines(row: dict[str, Any], call: Call, numbers: Evaluated) -> Iterator[str]:
    shapes = ", ".join(map(str, row["inputs"])) or "()"
    yield f"{row['layer']} ({row['kind']}): {shapes} -> {row['shape']}"
    if "z" not in row:
        yield from (f"  {line}" for line in _matrix(row["output"]))
        return
    terms: list[list[str]] = [["="], _matrix(row["x"]), ["·"], _matrix(row["W"])]
    if "b" in row:
        terms += [["+"], _matrix(row["b"])]
    yield f"  z = x · W{' + b' if 'b' in row else ''}"
    yield from _indented(_top(terms))
    yield from _indented(_top([["="], _matrix(row["z"])]))
    name = getattr(call.layer.activation, "__name__", type(call.layer.activation).__name__)
    if name != "linear":
        yield f"  a = {SIGNS.get(name, name)}(z)"
        yield from _indented(_top([["="], _matrix(row["output"])]))


def _top(terms: list[list[str]]) -> list[str]:
    """Matrices side by side, signs between them in the first line."""
    height = max(map(len, terms))
    return beside(*([*term, *[""] * (height - len(term))] for term in terms))


def _indented(lines: list[str]) -> Iterator[str]:
    return (f"    {line}" for line in lines)


def _matrix(numbers: Numbers) -> list[str]:
    """A vector or matrix; of an array with more axes its shape and its range."""
    if len(numbers.shape) <= 2 and numbers.array.size:
        return matrix(numbers, CORNER)
    low, high = number(numbers.low), number(numbers.high)
    return [f"array of shape {numbers.shape}, from {low} to {high}, norm {number(numbers.norm)}"]


__all__ = ["forward"]
