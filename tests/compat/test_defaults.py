"""Defaults of other times, where a program tells its time: docs/defaults.md."""

import re
from pathlib import Path

import numpy as np
import pytest

from cornu import layers, optimizers
from cornu.compat import calls, notes, shims
from cornu.compat.lookup import find
from cornu.compat.old.eras import OF_KERAS_1, OF_NAMES, WORDS_OF_KERAS_1

pytestmark = pytest.mark.filterwarnings("ignore::cornu.compat.notes.OldNameWarning")
DOCS = (Path(__file__).parents[2] / "docs" / "defaults.md").read_text()
HARD = "old_hard_sigmoid"
CELL = {"recurrent_activation": HARD}
RATES = {"adagrad": 0.01, "adadelta": 1.0, "adamax": 0.002, "nadam": 0.002}
# What each old name of a layer is given, and the defaults of its time.
LAYERS = {
    "recurrent.LSTM": ((4,), CELL),
    "recurrent.LSTMCell": ((4,), CELL),
    "recurrent.GRU": ((4,), {**CELL, "reset_after": False}),
    "recurrent.GRUCell": ((4,), {**CELL, "reset_after": False}),
    **{f"convolutional_recurrent.ConvLSTM{n}D": ((4, 3), CELL) for n in (1, 2, 3)},
    **{f"rnn.conv_lstm{n}d.ConvLSTM{n}D": ((4, 3), CELL) for n in (1, 2, 3)},
}
# Today's layers with words of Keras 1.
WITH_WORDS = {
    "SimpleRNN": ({"output_dim": 4}, {}),
    "LSTM": ({"output_dim": 4}, CELL),
    "GRU": ({"units": 4, "dropout_W": 0.1}, {**CELL, "reset_after": False}),
    "ConvLSTM2D": ({"nb_filter": 4, "kernel_size": 3}, CELL),
}


@pytest.fixture(autouse=True, scope="module")
def old_arguments():
    calls.start()
    yield
    calls.stop()


def old(path):
    """What `from keras.layers.<path> import <name>` gives."""
    module, _, name = path.rpartition(".")
    return getattr(shims.old_module(f"keras.layers.{module}"), name)


def test_every_row_is_tested_and_told():
    assert {f"layers.{path}" for path in LAYERS} | {f"optimizers.{each}" for each in RATES} == set(
        OF_NAMES
    )
    assert {f"layers.{name}" for name in WITH_WORDS} == set(OF_KERAS_1)
    for word in (*WORDS_OF_KERAS_1, *RATES, *WITH_WORDS):
        assert re.search(rf"`(keras\.optimizers\.)?{word}`", DOCS), word


@pytest.mark.parametrize("path", LAYERS)
def test_an_old_path_has_the_defaults_of_its_time(path):
    args, wanted = LAYERS[path]
    cls, today = old(path), getattr(layers, path.rpartition(".")[2])
    layer = cls(*args)
    assert type(layer) is today
    assert isinstance(layer, cls)
    assert issubclass(cls, today)
    assert layer.get_config().items() >= wanted.items()
    assert today(*args).get_config()["recurrent_activation"] == "sigmoid"
    assert cls(*args, recurrent_activation="tanh").get_config()["recurrent_activation"] == "tanh"
    assert cls.from_config(layer.get_config()).get_config() == layer.get_config()


@pytest.mark.parametrize("name", RATES)
def test_an_optimizer_in_small_letters_has_the_rate_of_its_time(name):
    cls = find("optimizers", name, "")
    assert isinstance(cls(), getattr(optimizers, name.capitalize()))
    assert float(cls().learning_rate) == pytest.approx(RATES[name])
    assert float(cls(lr=0.5).learning_rate) == float(cls(0.5).learning_rate) == 0.5
    assert float(getattr(optimizers, name.capitalize())().learning_rate) == pytest.approx(0.001)


@pytest.mark.parametrize("name", WITH_WORDS)
def test_a_word_of_keras_1_brings_its_defaults(name):
    words, wanted = WITH_WORDS[name]
    config = getattr(layers, name)(**words).get_config()
    assert config.items() >= wanted.items()
    assert config["recurrent_initializer"]["config"]["gain"] == 1.1
    chosen = getattr(layers, name)(**words, recurrent_initializer="zeros").get_config()
    assert chosen["recurrent_initializer"]["class_name"] == "Zeros"


def test_a_word_of_keras_1_beside_one_that_is_chosen():
    config = old("recurrent.LSTM")(
        output_dim=4, inner_activation="sigmoid", inner_init="zero"
    ).get_config()
    assert config["recurrent_activation"] == "sigmoid"
    assert config["recurrent_initializer"]["class_name"] == "Zeros"


def test_words_that_keras_2_had_too_tell_nothing():
    config = layers.LSTM(4, input_dim=2, input_length=3).get_config()
    assert config["recurrent_activation"] == "sigmoid"


def test_a_class_of_the_program_has_the_defaults_of_its_base():
    class Mine(old("recurrent.GRU")):
        def __init__(self, units, **kwargs):
            super().__init__(units, **kwargs)

    config = Mine(4).get_config()
    assert (config["recurrent_activation"], config["reset_after"]) == (HARD, False)
    assert not isinstance(layers.GRU(4), Mine)


def test_the_note_says_what_to_write():
    notes.forget()
    with pytest.warns(notes.OldNameWarning, match="is an old name") as said:
        old("recurrent.GRU")(4)
    texts = [str(each.message) for each in said]
    assert (
        "keras.layers.recurrent.GRU(...) without reset_after is an old name. "
        "Today: keras.layers.GRU(reset_after=False, ...)"
    ) in texts


def hard(x):
    return np.clip(0.2 * x + 0.5, 0, 1)


def test_numbers_of_the_gates_are_those_of_keras_2():
    """Worked out with NumPy: a step of an LSTM, and one of a GRU that resets before its product."""
    x, h, c = (np.random.default_rng(seed).normal(size=(2, 3)) for seed in (0, 1, 2))
    cell = old("recurrent.LSTMCell")(3)
    cell.build((2, 3))
    kernel, recurrent, bias = (np.asarray(w, "float64") for w in cell.get_weights())
    i, f, g, o = np.split(x @ kernel + h @ recurrent + bias, 4, axis=1)
    memory = hard(f) * c + hard(i) * np.tanh(g)
    found, states = cell(x, [h, c])
    np.testing.assert_allclose(found, hard(o) * np.tanh(memory), atol=1e-6)
    np.testing.assert_allclose(states[1], memory, atol=1e-6)

    cell = old("recurrent.GRUCell")(3)
    cell.build((2, 3))
    kernel, recurrent, bias = (np.asarray(w, "float64") for w in cell.get_weights())
    inputs, (rz, rr, rh) = np.split(x @ kernel + bias, 3, axis=1), np.split(recurrent, 3, axis=1)
    update, reset = hard(inputs[0] + h @ rz), hard(inputs[1] + h @ rr)
    candidate = np.tanh(inputs[2] + (reset * h) @ rh)
    np.testing.assert_allclose(cell(x, [h])[0], update * h + (1 - update) * candidate, atol=1e-6)
