"""Steps over objects in one compiled scan, from which the objects come back as they were."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import jax
import jax.tree_util as tree
import numpy as np
from jax import lax

from cornu.core.pure import ForeignVariables, Variables, numbered, pure, read
from cornu.explain.tracing import as_numbers
from cornu.training.compiling import compiled

LENGTHS = "explain.{call}: x has {x:,} rows, but y has {y:,}. Give one target for each row."


def swept(
    step: Callable[[Any, Any], Any],
    variables: Variables,
    constants: Any,
    inputs: Any,
    effort: str = "little",
) -> Any:
    """What `step(constants, input)` returns for each of the inputs, one after another; it may change
    variables, of which the changes are forgotten at the end."""
    found: list[Any] = []
    while True:
        parts = {**variables, "others": numbered(found)}

        def run(values: Any, constants: Any, inputs: Any, parts: Any = parts) -> Any:
            lifted = pure(step, parts)
            return lax.scan(lambda now, each: lifted(now, constants, each), values, inputs)[1]

        try:
            return jax.device_get(compiled(run, effort)(read(parts), constants, inputs))
        except ForeignVariables as error:  # of the user's, which the step reads
            found += error.variables


def rows_drawn(call: str, x: Any, y: Any, rows: int, seed: int) -> tuple[Any, Any, int]:
    """So many rows of x and y, drawn if there are more, as arrays; and how many there are.

    Raises:
        TypeError: if they are no numbers.
        ValueError: if they have different lengths, or hold NaN.
    """
    from cornu.explain.plots.outputs import IN_DATA, check_finite

    x, y = (as_numbers(call, what, _whole(value)) for what, value in (("x", x), ("y", y)))
    counts = [len(next(iter(tree.tree_leaves(each)), ())) for each in (x, y)]
    if counts[0] != counts[1]:
        raise ValueError(LENGTHS.format(call=call, x=counts[0], y=counts[1]))
    for what, each in (("x", x), ("y", y)):
        for leaf in tree.tree_leaves(each):
            check_finite(call, what, np.asarray(leaf), IN_DATA)
    if counts[0] <= rows:
        return x, y, counts[0]
    drawn = np.sort(np.random.default_rng(seed).choice(counts[0], rows, replace=False))
    x, y = (tree.tree_map(lambda leaf: np.asarray(leaf)[drawn], each) for each in (x, y))
    return x, y, counts[0]


def _whole(value: Any) -> Any:
    """A list of rows as one array; a list of arrays is several inputs, and stays."""
    if hasattr(value, "__next__"):
        return "a generator"  # of which rows cannot be drawn: refused as no numbers
    if isinstance(value, (list, tuple)) and not any(getattr(each, "ndim", 0) for each in value):
        try:
            return np.asarray(value)
        except ValueError:  # rows of different lengths
            return value
    return value


def whole(call: str, name: str, value: Any, least: int) -> int:
    """A whole number.

    Raises:
        ValueError: if it is none, or less than it may be.
    """
    if isinstance(value, bool) or not isinstance(value, (int, np.integer)) or value < least:
        raise ValueError(f"explain.{call}({name}={value!r}): a whole number from {least} on is needed.")
    return int(value)


__all__ = ["rows_drawn", "swept", "whole"]
