"""The public names of finished modules are those of Keras, argument for argument."""

import importlib

import pytest

from tests.table_of_names import Room, details, room, table

FINISHED = (
    *("activations", "backend", "config", "constraints", "initializers", "ops", "ops.image"),
    *("ops.linalg", "ops.nn", "ops.numpy", "random", "regularizers", "tree"),
)


@pytest.mark.parity
@pytest.mark.parametrize("name", FINISHED)
def test_every_name_is_there_with_the_same_arguments(name):
    found = room(importlib.import_module(f"keras.{name}"))
    assert (found.missing, found.different) == ([], {})
    assert found.present == len(found.names) > 10


def test_what_is_missing_or_different_is_seen():
    import keras

    class Theirs:
        __name__ = "keras.random"
        beta, gone = staticmethod(lambda shape, alpha, gamma=2.0: 0), staticmethod(lambda: 0)
        normal = staticmethod(keras.random.normal)

    found = room(Theirs())
    assert (found.names, found.missing) == (["beta", "gone", "normal"], ["gone"])
    assert found.different == {"beta": "no gamma"}
    assert "| `keras.random` | 3 | 2 | 1 |\n| all | 3 | 2 | 1 |" in table([found])
    assert details([found]) == "`keras.random`:\n\n- not there: `gone`\n- `beta`: no gamma"
    assert details([Room("keras.none", ["a"], ["a"], {})]) == ""
