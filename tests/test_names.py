"""The public names of finished modules are those of Keras, argument for argument."""

import importlib

import pytest

from tests.table_of_names import KERAS_2, Room, details, room, table

FINISHED = (
    *("activations", "backend", "config", "constraints", "initializers", "ops", "ops.image"),
    *("mixed_precision", "ops.linalg", "ops.nn", "ops.numpy", "random", "regularizers", "tree"),
    *("callbacks", "losses", "metrics", "models", "optimizers", "optimizers.schedules"),
)


@pytest.mark.parity
@pytest.mark.parametrize("name", FINISHED)
def test_every_name_is_there_with_the_same_arguments(name):
    found = room(importlib.import_module(f"keras.{name}"))
    assert (found.missing, found.different) == ([], {})
    assert found.present == len(found.names) > 5


@pytest.mark.parity
@pytest.mark.parametrize("name", ["backend", "ops", "ops.image", "random", KERAS_2])
def test_every_name_of_tensors_is_tested(name):
    of_keras_2 = name == KERAS_2
    module = "keras.src.legacy.backend" if of_keras_2 else f"keras.{name}"
    found = room(importlib.import_module(module), name if of_keras_2 else "")
    assert (found.missing, found.different) == ([], {})
    assert found.tested == set(found.names)


def test_what_is_missing_or_different_is_seen():
    import keras

    class Theirs:
        __name__ = "keras.random"
        beta, gone = staticmethod(lambda shape, alpha, gamma=2.0: 0), staticmethod(lambda: 0)
        normal = staticmethod(keras.random.normal)

    found = room(Theirs())
    assert (found.names, found.missing) == (["beta", "gone", "normal"], ["gone"])
    assert found.different == {"beta": "no gamma"}
    assert "| `keras.random` | 3 | 2 | 1 | 2 |\n| all | 3 | 2 | 1 | |" in table([found])
    assert details([found]) == "`keras.random`:\n\n- not there: `gone`\n- `beta`: no gamma"
    assert details([Room("keras.none", ["a"], ["a"], {})]) == ""
