"""LearningRateScheduler and ReduceLROnPlateau: Keras's rates, logs and lines; the direction of a log."""

import types

import keras
import numpy as np
import pytest

import cornu
from cornu.core.errors import CornuWarning
from cornu.training.callbacks.monitor import MonitorCallback

X = np.random.default_rng(3).normal(size=(12, 4)).astype("float32")
Y = (X.sum(axis=1) > 0).astype("float32")


def network(lib=cornu, optimizer=None, metrics=("accuracy",)):
    lib.utils.set_random_seed(1)
    model = lib.Sequential([lib.layers.Input((4,)), lib.layers.Dense(1, activation="sigmoid")])
    model.compile(optimizer or lib.optimizers.SGD(0.5), "binary_crossentropy", metrics=list(metrics))
    return model


# -- LearningRateScheduler -------------------------------------------------------------------------


@pytest.mark.parity
@pytest.mark.parametrize(
    "schedule",
    [lambda epoch, lr: lr * 0.5, lambda epoch: 0.1 / (epoch + 1)],
    ids=["epoch and rate", "epoch alone"],
)
def test_a_schedule_as_in_keras(schedule, capsys):
    def run(lib):
        capsys.readouterr()
        callback = lib.callbacks.LearningRateScheduler(schedule, verbose=1)
        history = network(lib).fit(X, Y, epochs=3, verbose=0, callbacks=[callback]).history
        return history, capsys.readouterr().out

    (ours, printed), (theirs, their_lines) = run(cornu), run(keras)
    assert list(ours) == list(theirs) == ["accuracy", "loss", "learning_rate"]
    for name, values in theirs.items():
        np.testing.assert_allclose(ours[name], values, rtol=1e-5)
    assert printed == their_lines


def test_the_progress_line_shows_the_rate(capsys):
    halve = cornu.callbacks.LearningRateScheduler(lambda epoch, lr: lr / 2)
    network().fit(X, Y, epochs=2, verbose=2, callbacks=[halve])
    lines = capsys.readouterr().out.splitlines()
    assert lines[1].endswith(" - learning_rate: 0.2500")
    assert lines[3].endswith(" - learning_rate: 0.1250")


def test_the_name_of_keras_2_finds_the_rate():
    halve = cornu.callbacks.LearningRateScheduler(lambda epoch, lr: lr / 2)
    history = network().fit(X, Y, epochs=2, verbose=0, callbacks=[halve]).history
    assert history["lr"] == history["learning_rate"] == [0.25, 0.125]


def test_a_schedule_may_return_any_number():
    rates = [1, np.float64(0.25), np.array(0.125), cornu.ops.convert_to_tensor(0.75)]
    scheduler = cornu.callbacks.LearningRateScheduler(lambda epoch: rates[epoch])
    history = network().fit(X, Y, epochs=4, verbose=0, callbacks=[scheduler]).history
    assert history["learning_rate"] == [1.0, 0.25, 0.125, 0.75]


def test_a_schedule_that_returns_no_number_is_told():
    forgot = cornu.callbacks.LearningRateScheduler(lambda epoch, lr: None)
    with pytest.raises(ValueError, match=r"for epoch 0 it returned None\. Perhaps it lacks a `return`"):
        network().fit(X, Y, verbose=0, callbacks=[forgot])
    text = cornu.callbacks.LearningRateScheduler(lambda epoch, lr: "0.1")
    with pytest.raises(ValueError, match=r"it returned '0\.1'"):
        network().fit(X, Y, verbose=0, callbacks=[text])


def test_a_schedule_must_be_a_function():
    with pytest.raises(TypeError, match=r"takes a function of the epoch .* got 0\.1"):
        cornu.callbacks.LearningRateScheduler(0.1)


def test_an_error_in_a_schedule_is_not_taken_for_the_old_form():
    def broken(epoch, lr):
        return lr + None

    with pytest.raises(TypeError, match="unsupported operand"):
        network().fit(X, Y, verbose=0, callbacks=[cornu.callbacks.LearningRateScheduler(broken)])


def test_a_rate_that_is_a_schedule_already_cannot_be_set():
    decay = cornu.optimizers.schedules.ExponentialDecay(0.1, 10, 0.9)
    halve = cornu.callbacks.LearningRateScheduler(lambda epoch, lr: lr / 2)
    with pytest.raises(TypeError, match="learning rate is a schedule and cannot be set"):
        network(optimizer=cornu.optimizers.SGD(decay)).fit(X, Y, verbose=0, callbacks=[halve])


def test_each_of_several_optimizers_has_its_rate():
    """As in a model whose layers have optimizers of their own."""
    two = [
        types.SimpleNamespace(name=name, learning_rate=rate) for name, rate in (("a", 1.0), ("b", 4.0))
    ]
    halve = cornu.callbacks.LearningRateScheduler(lambda epoch, lr: lr / 2)
    halve.set_model(types.SimpleNamespace(optimizer=types.SimpleNamespace(optimizers=two)))
    logs = {}
    halve.on_epoch_begin(0)
    halve.on_epoch_end(0, logs)
    assert logs == {"learning_rate_a": 0.5, "learning_rate_b": 2.0}


# -- ReduceLROnPlateau -----------------------------------------------------------------------------

VALUES = [5.0, 4.0, 4.5, 4.2, 3.99995, 3.1, 3.2, 3.3, 3.15, 3.4, 3.1, 3.3, 3.5]


def rates(lib, name="val_loss", **arguments):
    """The learning rate after each epoch, when the log has these values; and what is printed."""
    model = network(lib)
    callback = lib.callbacks.ReduceLROnPlateau(name, **{"mode": "min", **arguments})
    callback.set_model(model)
    callback.on_train_begin()
    found = []
    for epoch, value in enumerate(VALUES):
        logs = {name: value}
        callback.on_epoch_end(epoch, logs)
        found.append((logs["learning_rate"], float(np.asarray(model.optimizer.learning_rate))))
    return found


@pytest.mark.parity
@pytest.mark.parametrize(
    "arguments",
    [
        {},
        {"patience": 1},
        {"patience": 2, "factor": 0.5, "verbose": 1},
        {"patience": 1, "cooldown": 2},
        {"patience": 1, "min_lr": 0.02, "verbose": 1},
        {"patience": 1, "min_delta": 0.5},
        {"patience": 0},
        {"mode": "max", "patience": 2},
        {"mode": "max", "patience": 1, "min_delta": 0.2, "cooldown": 1},
    ],
    ids=str,
)
def test_the_rate_is_reduced_as_in_keras(arguments, capsys):
    ours, printed = rates(cornu, **arguments), capsys.readouterr().out
    theirs, their_lines = rates(keras, **arguments), capsys.readouterr().out
    np.testing.assert_allclose(ours, theirs, rtol=1e-6)
    assert printed == their_lines


def test_the_history_holds_the_rate_of_each_epoch():
    reduce = cornu.callbacks.ReduceLROnPlateau("loss", factor=0.5, patience=1, min_delta=100)
    history = network().fit(X, Y, epochs=4, verbose=0, callbacks=[reduce]).history
    assert history["learning_rate"] == [0.5, 0.5, 0.25, 0.125]


def test_reducing_starts_afresh_with_each_fit():
    reduce = cornu.callbacks.ReduceLROnPlateau("loss", patience=1, cooldown=5, min_delta=100)
    model = network()
    for expected in (0.05, 0.005):
        model.fit(X, Y, epochs=2, verbose=0, callbacks=[reduce])
        assert float(model.optimizer.learning_rate) == pytest.approx(expected)


def test_the_epsilon_of_keras_2_is_min_delta():
    with pytest.warns(CornuWarning, match=r"Keras 2's name for min_delta. Write min_delta=0\.5"):
        old = cornu.callbacks.ReduceLROnPlateau(epsilon=0.5)
    assert old.min_delta == 0.5


def test_bad_arguments_of_reduce_are_named():
    with pytest.raises(ValueError, match=r"factor=1\.5\): .* from 0 to below 1"):
        cornu.callbacks.ReduceLROnPlateau(factor=1.5)
    with pytest.raises(TypeError, match=r'no argument "patiense". Did you mean "patience"\?'):
        cornu.callbacks.ReduceLROnPlateau(patiense=3)
    with pytest.raises(ValueError, match=r'ReduceLROnPlateau\(mode="maxi"\): Did you mean "max"\?'):
        cornu.callbacks.ReduceLROnPlateau(mode="maxi")


# -- the log that is looked at ---------------------------------------------------------------------


def test_a_log_that_is_not_there_is_named_with_those_that_are():
    reduce = cornu.callbacks.ReduceLROnPlateau("val_los")
    words = r'ReduceLROnPlateau looks at "val_los", .* Known names|Did you mean'
    with pytest.warns(CornuWarning, match=words):
        network().fit(X, Y, verbose=0, callbacks=[reduce])


def test_epochs_without_validation_are_passed_over(recwarn):
    stop = cornu.callbacks.EarlyStopping("val_loss", patience=50)
    stop.on_epoch_end(0, {"loss": 1.0, "val_loss": 1.0})
    stop.on_epoch_end(1, {"loss": 1.0})
    assert not recwarn.list


@pytest.mark.parametrize(
    ("name", "direction"),
    [
        ("loss", "min"),
        ("val_out_loss", "min"),
        ("mean_squared_error", "min"),
        ("val_mae", "min"),
        ("accuracy", "max"),
        ("val_top_k_categorical_accuracy", "max"),
        ("auc", "max"),
        ("false_positives", "min"),
        ("r2_score", "max"),
    ],
)
def test_the_direction_of_a_name(name, direction):
    assert MonitorCallback(name).direction == direction


def test_the_direction_is_that_of_the_metric():
    metric = types.SimpleNamespace(name="quality_error", _direction="up")
    look = MonitorCallback("val_quality_error")
    look.set_model(types.SimpleNamespace(metrics=[metric]))
    assert look.direction == "max"


def test_a_metric_of_ones_own_needs_a_mode():
    def quality(y_true, y_pred):
        return cornu.ops.mean(y_pred)

    stop = cornu.callbacks.EarlyStopping("quality")
    with pytest.raises(ValueError, match=r'EarlyStopping\(monitor="quality", mode="max"\) if it is'):
        network(metrics=[quality]).fit(X, Y, epochs=2, verbose=0, callbacks=[stop])
    stop = cornu.callbacks.EarlyStopping("quality", mode="max")
    network(metrics=[quality]).fit(X, Y, epochs=2, verbose=0, callbacks=[stop])
