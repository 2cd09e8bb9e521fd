"""CallbackList and ProgbarLogger, in loops of one's own and in fit; the signatures of all callbacks."""

import inspect
import re

import keras
import numpy as np
import pytest

import cornu
from cornu.callbacks import CallbackList, History, ProgbarLogger
from cornu.training.callbacks.callback_list import MOMENTS

X = np.random.default_rng(3).normal(size=(30, 4)).astype("float32")
Y = X.sum(axis=1)


def network(lib=cornu):
    lib.utils.set_random_seed(1)
    model = lib.Sequential([lib.layers.Input((4,)), lib.layers.Dense(1)])
    model.compile("sgd", "mse")
    return model


def note(lib, calls, **also):
    """A callback that writes down all its calls."""

    def method(moment):
        return lambda self, *arguments, **logs: calls.append((moment, arguments, logs))

    own = {moment: method(moment) for moment in MOMENTS}
    return type("Note", (lib.callbacks.Callback,), {**own, **also})()


def flat(calls):
    """Calls with their arguments in order, however they were passed."""
    return [(moment, *arguments, *named.values()) for moment, arguments, named in calls]


@pytest.mark.parity
def test_every_method_reaches_the_callbacks_as_in_keras():
    logs = {"b": np.float32(0.5), "a": 1, "nested": {"c": np.array(2.0)}, "z": "text"}

    def run(lib):
        calls = []
        listeners = lib.callbacks.CallbackList([note(lib, calls), note(lib, calls)])
        for kind in ("train", "test", "predict"):
            getattr(listeners, f"on_{kind}_begin")()
            getattr(listeners, f"on_{kind}_batch_begin")(3)
            getattr(listeners, f"on_{kind}_batch_end")(3, logs)
        for moment in ("on_epoch_begin", "on_epoch_end", "on_batch_begin", "on_batch_end"):
            getattr(listeners, moment)(2, logs)
        for kind in ("train", "test", "predict"):
            getattr(listeners, f"on_{kind}_end")(logs)
        return flat(calls)

    ours = run(cornu)
    assert ours == run(keras)
    assert [list(call[-1]) for call in ours if call[0] == "on_epoch_end"] == [["a", "b", "c", "z"]] * 2


@pytest.mark.parity
def test_model_and_params_reach_the_callbacks_as_in_keras():
    def run(lib):
        seen = []
        also = {
            "set_params": lambda self, params: seen.append(params),
            "set_model": lambda self, model: seen.append(model is mine),
        }
        mine = network(lib)
        listeners = lib.callbacks.CallbackList([note(lib, [], **also)], model=mine, epochs=3, steps=2)
        listeners.set_params({"epochs": 4})
        listeners.set_model(None)
        kinds = [type(each).__name__ for each in listeners.callbacks]
        return seen, listeners.params, listeners.model is mine, kinds

    assert run(cornu) == run(keras)


@pytest.mark.parity
def test_history_and_display_are_added_where_there_is_none():
    def run(lib):
        ours = lib.callbacks
        params = {"epochs": 1, "steps": 1, "verbose": 0}
        lists = (
            ours.CallbackList(add_history=True, add_progbar=True, **params),
            ours.CallbackList([ours.History()], add_history=True, **params),
            ours.CallbackList([ours.ProgbarLogger(), ours.History()], True, True, **params),
            ours.CallbackList(ours.History()),
        )
        return [[type(each).__name__ for each in one.callbacks] for one in lists]

    assert run(cornu) == run(keras)


def test_lists_may_be_nested():
    one, two = History(), ProgbarLogger()
    assert CallbackList([[one], (two,)]).callbacks == [one, two]


def test_the_history_of_a_loop_of_ones_own():
    model = network()
    listeners = CallbackList(add_history=True, model=model)
    listeners.on_train_begin()
    for epoch in range(2):
        listeners.on_epoch_end(epoch, {"loss": np.float32(epoch)})
    assert model.history.history == {"loss": [0.0, 1.0]}


def test_fit_takes_a_list_that_was_made():
    history = History()
    given = CallbackList([history], model=network())
    assert given.model.fit(X, Y, epochs=2, verbose=0, callbacks=given) is history
    assert len(history.history["loss"]) == 2
    assert given.model.fit(X, Y, verbose=0, callbacks=CallbackList()).history == {}


# -- the display -----------------------------------------------------------------------------------


def shown(capsys):
    """What was printed, with the times as words."""
    text = re.sub(r"\d+(\.\d+)?(us|ms|s)/step", "EACH", capsys.readouterr().out)
    return re.sub(r"(?<=[ \n])\d+s(?=[ \n])", "TIME", text)


@pytest.mark.parity
@pytest.mark.parametrize("epochs", [1, 2])
def test_lines_are_those_of_keras(epochs, capsys):
    def run(lib):
        capsys.readouterr()
        model = network(lib)
        halve = lib.callbacks.LearningRateScheduler(lambda epoch, lr: lr / 2, verbose=1)
        arguments = {"batch_size": 10, "verbose": 2}
        model.fit(X, Y, epochs=epochs, validation_split=0.5, callbacks=[halve], **arguments)
        model.evaluate(X, Y, **arguments)
        model.predict(X, **arguments)
        return re.sub(r"(\d\.\d{3})\d", r"\1", shown(capsys))  # the last digit may round otherwise

    assert run(cornu) == run(keras)


def test_a_loop_of_ones_own_whose_steps_are_not_known(capsys, monkeypatch):
    monkeypatch.setattr("cornu.training.progress._redraws", lambda: True)
    listeners = CallbackList(add_progbar=True, epochs=1, steps=None, verbose=1)
    listeners.on_train_begin()
    listeners.on_epoch_begin(0)
    listeners.on_train_batch_end(6, {"loss": 0.5})
    listeners.on_epoch_end(0, {"loss": 0.25})
    first, last = shown(capsys).split("\r")[1:]
    assert first.rstrip() == "      7/Unknown TIME EACH - loss: 0.5000"
    assert last.rstrip() == f"7/7 {'━' * 20} TIME EACH - loss: 0.2500"


def test_a_display_that_was_given_is_the_only_one(capsys):
    network().fit(X, Y, verbose=2, callbacks=[ProgbarLogger()])
    assert capsys.readouterr().out.count("loss") == 1
    network().fit(X, Y, verbose=0, callbacks=[ProgbarLogger()])
    assert capsys.readouterr().out == ""


def test_a_display_leaves_the_loop_in_one_piece():
    assert not CallbackList(add_progbar=True).watches("train")

    class Own(ProgbarLogger):
        def on_train_batch_end(self, batch, logs=None):
            super().on_train_batch_end(batch, logs)

    assert CallbackList([Own()]).watches("train")
    assert not CallbackList([Own()]).watches("test")


def test_what_a_callback_prints_stands_before_the_line_of_its_epoch(capsys):
    look = cornu.callbacks.LambdaCallback(on_epoch_end=lambda epoch, logs: print("mine"))
    network().fit(X, Y, verbose=2, callbacks=[look])
    assert capsys.readouterr().out.startswith("mine\n1/1 - ")


# -- the signatures --------------------------------------------------------------------------------

NOT_HERE = {"BackupAndRestore", "ModelCheckpoint", "OrbaxCheckpoint", "SwapEMAWeights"}  # elsewhere
NAMES = sorted(name for name in vars(keras.callbacks) if name[0].isupper() and name not in NOT_HERE)


@pytest.mark.parity
@pytest.mark.parametrize("name", NAMES)
def test_arguments_and_defaults_are_those_of_keras(name):
    def arguments(lib):
        found = inspect.signature(getattr(lib.callbacks, name)).parameters.values()
        return [(one.name, one.default) for one in found if one.kind is not one.VAR_KEYWORD]

    assert arguments(cornu) == arguments(keras)
    assert {name for name in dir(cornu.callbacks) if name[0].isupper()} >= set(NAMES)
