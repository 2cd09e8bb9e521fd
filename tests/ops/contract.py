"""The contract that every op keeps: a table with a row per op, read by test_contract.py.

The rows of a family are in `rows/<family>.py`, a list called ROWS.
"""

import importlib
from dataclasses import dataclass, field
from pathlib import Path

import jax
import numpy as np
import pytest

RNG = np.random.default_rng(5)
TABLE = RNG.normal(size=(3, 4)).astype("float32")
SERIES = RNG.normal(size=(2, 3, 4)).astype("float32")
POSITIVE = RNG.uniform(0.5, 2.0, size=(3, 4)).astype("float32")
WHOLE = RNG.integers(-3, 4, size=(3, 4)).astype("int32")


@dataclass(frozen=True)
class Row:
    """One op: its name, arguments, and what does not hold for it.

    Arrays among the arguments are what the op is about: they become symbolic tensors, have gradients,
    and take the other dtypes. What is no array stays as it is.
    """

    name: str  # as in Keras: "add", or "image.resize"
    args: tuple = ()
    kwargs: dict = field(default_factory=dict)
    dtypes: tuple = ()  # further dtypes that float arrays are compared in
    smooth: bool = True  # has derivatives at these arguments
    symbolic: bool = True  # takes symbolic tensors
    unknown: bool = True  # the result's shape does not depend on an unknown size in a way of Keras's own
    compiles: bool = True  # the result's shape does not depend on values
    keras: bool = True  # Keras on JAX gives the same
    same_dtype: bool = True  # of the same dtype
    rtol: float = 1e-5
    atol: float = 1e-6
    wide: bool = False


def function(library, row):
    """The op of a row, of Cornu or of Keras."""
    found = library.ops
    for part in row.name.split("."):
        found = getattr(found, part)
    return found


def arrays_in(row):
    """The arrays among a row's arguments, and a function that puts others in their places."""
    leaves, structure = jax.tree.flatten((row.args, row.kwargs), is_leaf=lambda leaf: leaf is None)
    places = [i for i, leaf in enumerate(leaves) if isinstance(leaf, np.ndarray)]

    def filled(arrays):
        new = list(leaves)
        for place, array in zip(places, arrays, strict=True):
            new[place] = array
        return jax.tree.unflatten(structure, new)

    return [leaves[place] for place in places], filled


def families():
    """The table, put together."""
    found = []
    for path in sorted((Path(__file__).parent / "rows").glob("*.py")):
        if path.stem != "__init__":
            found += importlib.import_module(f"tests.ops.rows.{path.stem}").ROWS
    return found


ROWS = families()


def rows_where(condition, wide=False, once=False):
    """Parametrizes a test with the rows that meet a condition; `wide` marks all of them so, `once` all
    but the first of each op."""
    chosen, seen = [], set()
    for number, row in enumerate(ROWS):
        if condition(row):
            apart = wide or row.wide or (once and row.name in seen)
            seen |= set() if row.wide else {row.name}
            marks = [pytest.mark.wide] if apart else []
            chosen.append(pytest.param(row, id=f"{row.name}-{number}", marks=marks))
    return pytest.mark.parametrize("row", chosen)
