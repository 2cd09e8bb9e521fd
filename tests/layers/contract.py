"""The contract that every layer keeps: a table with a row per layer, read by test_contract.py.

The rows of a family are in `rows/<family>.py`, a list called ROWS.
"""

import importlib
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import numpy as np
import pytest

import cornu

RNG = np.random.default_rng(3)
TABLE_2D = RNG.normal(size=(5, 4)).astype("float32")
SERIES = RNG.normal(size=(5, 3, 4)).astype("float32")
IMAGES = RNG.normal(size=(5, 2, 3, 4)).astype("float32")


@dataclass(frozen=True)
class Nested:
    """A layer among the arguments of another one, made anew for each library."""

    name: str
    arguments: dict = field(default_factory=dict)


@dataclass(frozen=True)
class Row:
    """One layer: its class and arguments, an input, and what does not hold for it.

    A list as `x` stands for several inputs. Rows with `wide` are left out unless asked for.
    """

    name: str
    arguments: dict = field(default_factory=dict)
    x: Any = field(default_factory=lambda: TABLE_2D)
    call: dict = field(default_factory=dict)  # further keyword arguments of the call, such as a mask
    # (training=False for a layer that takes a call without it for one while training)
    random: bool = False  # draws random numbers while training
    trains: bool = False  # acts otherwise while training, though it draws none
    smooth: bool = True  # has derivatives where the input is
    custom: dict = field(default_factory=dict)  # functions that the configuration names
    unknown: tuple = (0, 1)  # axes of the input (not the last) whose sizes may be unknown
    adapt: Any = None  # what a preprocessing layer is adapted to
    keras: bool = True  # Keras on JAX can run it, and gives the same
    same_config: bool = True  # Keras's configuration has the same entries
    half: bool = True  # can compute in bfloat16 and float16
    rtol: float = 1e-5
    atol: float = 1e-6
    wide: bool = False

    @property
    def several(self) -> bool:
        return isinstance(self.x, list)

    @property
    def inputs(self) -> list:
        return self.x if self.several else [self.x]


def resolved(value, library, **more):
    """An argument in which nested layers are those of this library."""
    if isinstance(value, Nested):
        return getattr(library.layers, value.name)(**resolved(value.arguments, library, **more), **more)
    if isinstance(value, dict):
        return {key: resolved(item, library, **more) for key, item in value.items()}
    if isinstance(value, list):
        return [resolved(item, library, **more) for item in value]
    return value


def make(row, library=cornu, **more):
    """The layer of a row, of Cornu or of Keras."""
    shared = {name: more[name] for name in more if name == "dtype"}  # nested layers have it, too
    arguments = resolved(row.arguments, library, **shared)
    return adapted(row, getattr(library.layers, row.name)(**arguments, **more))


def adapted(row, layer):
    """The layer, having seen what its row has it adapt to."""
    if row.adapt is not None:
        layer.adapt(row.adapt)
    return layer


def dtype_name(x):
    """The dtype that an input of a model has for this array."""
    return "string" if x.dtype.kind in "UO" else str(x.dtype)


def spread(layer):
    """Gives a layer weights that are not all alike: the same for the same shapes, none below 0.1
    where the name says that it is a variance."""
    rng = np.random.default_rng(11)

    def draw(weight):
        values = 0.5 * rng.normal(size=weight.shape)
        if "variance" in weight.path:
            values = np.abs(values) + 0.1
        kept = not str(weight.dtype).startswith(("float", "bfloat"))
        return np.asarray(weight) if kept else values.astype("float32")

    layer.set_weights([draw(weight) for weight in layer.weights])
    return layer


def built(row, library=cornu, **more):
    """The layer of a row, built, with weights from `spread`."""
    layer = make(row, library, **more)
    layer(row.x, **row.call)
    return layer if row.adapt is not None else spread(layer)


def families():
    """The table, put together."""
    found = []
    for path in sorted((Path(__file__).parent / "rows").glob("*.py")):
        if path.stem != "__init__":
            found += importlib.import_module(f"tests.layers.rows.{path.stem}").ROWS
    return found


TABLE = families()
PARAMETERS = [
    pytest.param(row, id=f"{row.name}-{number}", marks=[pytest.mark.wide] if row.wide else [])
    for number, row in enumerate(TABLE)
]
