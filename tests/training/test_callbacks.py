"""Callbacks: when they are called, with what, and what they can change."""

import keras
import numpy as np
import pytest

import cornu
from cornu import layers
from cornu.core.errors import CornuWarning
from cornu.training.callbacks import other_spelling

RNG = np.random.default_rng(3)
X = RNG.normal(size=(30, 4)).astype("float32")
Y = (X.sum(axis=1) > 0).astype("float32")
MOMENTS = [name for name in dir(cornu.callbacks.Callback) if name.startswith("on_")]


def network(lib=cornu, loss="binary_crossentropy", metrics=("accuracy",), **compiling):
    lib.utils.set_random_seed(1)
    inputs = lib.layers.Input((4,))
    model = lib.Sequential([inputs, lib.layers.Dense(1, activation="sigmoid")])
    model.compile(compiling.pop("optimizer", "sgd"), loss, metrics=list(metrics), **compiling)
    return model


def recorder(lib, moments, calls, name=""):
    """A callback that writes down each call: moment, number, names of the logs."""

    def method(moment):
        def record(self, *arguments, logs=None):
            *numbers, logs = (*arguments, logs) if logs is not None else arguments
            # While a network predicts, the logs of a batch are its outputs.
            calls.append((name + moment, *numbers, sorted(logs or {})))

        return record

    return type("Recorder", (lib.callbacks.Callback,), {m: method(m) for m in moments})()


# -- the calls -------------------------------------------------------------------------------------

NOT_BATCHES = [moment for moment in MOMENTS if "batch" not in moment]


@pytest.mark.parity
def test_params_and_model_are_those_of_keras():
    def run(lib):
        seen = []

        class Look(lib.callbacks.Callback):
            def on_train_begin(self, logs=None):
                seen.append((self.params, self.model is model))

            def on_predict_begin(self, logs=None):
                seen.append((self.params["steps"], self.model is model))

        model = network(lib)
        model.fit(X, Y, batch_size=13, epochs=2, verbose=0, callbacks=[Look()])
        model.predict(X, batch_size=13, verbose=0, callbacks=[Look()])
        return seen

    assert run(cornu) == run(keras)


def test_a_single_callback_needs_no_list():
    calls = []
    network().fit(X, Y, verbose=0, callbacks=recorder(cornu, ["on_train_end"], calls))
    assert calls == [("on_train_end", ["accuracy", "loss"])]


def test_an_epoch_is_one_program_unless_a_callback_looks_at_batches():
    def calls_of_the_loop(*callbacks):
        model, calls = network(), []
        model.fit(X, Y, batch_size=2, verbose=0)
        ((_, loop),) = model._loops.values()
        run, loop.run = loop.run, lambda *a: calls.append(a[2:4]) or run(*a)
        model.fit(X, Y, batch_size=2, verbose=0, callbacks=list(callbacks))
        return calls

    epochs = recorder(cornu, NOT_BATCHES, [])
    assert calls_of_the_loop(epochs) == [(0, 15)]
    assert calls_of_the_loop(cornu.callbacks.TerminateOnNaN()) == [(0, 15)]
    batches = recorder(cornu, ["on_batch_end"], [])
    assert calls_of_the_loop(epochs, batches) == [(i, i + 1) for i in range(15)]


# -- what they change ------------------------------------------------------------------------------


class At(cornu.callbacks.Callback):
    """Does something at the begin of an epoch, or of a batch of it."""

    def __init__(self, action, epoch=1, batch=None):
        super().__init__()
        self.action, self.epoch, self.now = action, epoch, 0
        if batch is not None:
            self.on_train_batch_begin = lambda number, logs=None: self._at(number == batch)

    def on_epoch_begin(self, epoch, logs=None):
        self.now = epoch
        if "on_train_batch_begin" not in vars(self):
            self._at(True)

    def _at(self, due):
        if due and self.now == self.epoch:
            self.action(self.model)


@pytest.mark.parametrize("batch", [None, 0])
def test_a_learning_rate_set_in_a_callback_takes_effect(batch):
    model = network()

    def stop_learning(model):
        model.optimizer.learning_rate = 0.0
        seen.append(model.get_weights()[0])

    seen = []
    model.fit(X, Y, epochs=3, verbose=0, callbacks=[At(stop_learning, 1, batch)])
    np.testing.assert_array_equal(model.get_weights()[0], seen[0])
    assert float(model.optimizer.learning_rate) == 0.0


@pytest.mark.parametrize("batch", [None, 1])
def test_weights_set_in_a_callback_take_effect(batch):
    model = network(optimizer=cornu.optimizers.SGD(0.0))
    mine = [np.full((4, 1), 0.5), np.array([2.0])]
    at = At(lambda model: model.set_weights(mine), 1, batch)
    history = model.fit(
        X, Y, epochs=3, batch_size=30 if batch is None else 10, callbacks=[at], verbose=0
    )
    np.testing.assert_array_equal(model.get_weights()[0], mine[0])
    logits = X @ mine[0] + mine[1]
    p = 1 / (1 + np.exp(-logits[:, 0]))
    expected = -np.mean(Y * np.log(p) + (1 - Y) * np.log(1 - p))
    assert history.history["loss"][2] == pytest.approx(expected, rel=1e-5)
    assert history.history["loss"][0] != pytest.approx(expected, rel=1e-2)


def test_one_weight_assigned_in_a_callback_takes_effect():
    model = network(optimizer=cornu.optimizers.SGD(0.0))
    at = At(lambda model: model.layers[0].bias.assign([7.0]))
    model.fit(X, Y, epochs=3, verbose=0, callbacks=[at])
    assert model.get_weights()[1].tolist() == [7.0]


@pytest.mark.parametrize("again", [True, False])
def test_freezing_a_layer_takes_effect_in_the_next_fit(again):
    cornu.utils.set_random_seed(1)
    model = cornu.Sequential([layers.Dense(3, input_shape=(4,)), layers.Dense(1)])
    model.compile("sgd", "mse")
    model.fit(X, Y, verbose=0)
    model.layers[0].trainable = False
    if again:
        model.compile("sgd", "mse")
    before = model.get_weights()
    model.fit(X, Y, verbose=0)
    after = model.get_weights()
    np.testing.assert_array_equal(before[0], after[0])
    assert not np.array_equal(before[2], after[2])


def test_stop_training_stops_after_the_epoch():
    def stop(model):
        model.stop_training = True

    history = network().fit(X, Y, epochs=9, batch_size=10, verbose=0, callbacks=[At(stop, 2)])
    assert history.epoch == [0, 1, 2]


@pytest.mark.parity
def test_stop_training_in_the_middle_of_an_epoch_as_in_keras():
    def run(lib):
        calls = []

        class Stop(lib.callbacks.Callback):
            def on_train_batch_end(self, batch, logs=None):
                calls.append(batch)
                if len(calls) == 5:
                    self.model.stop_training = True

            def on_epoch_end(self, epoch, logs=None):
                calls.append(("epoch", epoch))

        model = network(lib)
        history = model.fit(X, Y, epochs=9, batch_size=10, verbose=0, callbacks=[Stop()])
        return calls, history.history

    ours, theirs = run(cornu), run(keras)
    assert ours[0] == theirs[0]
    np.testing.assert_allclose(ours[1]["loss"], theirs[1]["loss"], rtol=1e-5)


def test_an_error_in_a_callback_leaves_a_usable_model():
    model = network()
    before = model.get_weights()

    def fail(model):
        raise LookupError("mine")

    with pytest.raises(LookupError, match="mine"):
        model.fit(X, Y, epochs=3, verbose=0, callbacks=[At(fail)])
    assert not np.array_equal(before[0], model.get_weights()[0])
    model.fit(X, Y, verbose=0)
    assert np.isfinite(model.get_weights()[0]).all()


def test_a_callback_may_evaluate_and_predict():
    values = []

    class Look(cornu.callbacks.Callback):
        def on_epoch_end(self, epoch, logs=None):
            values.append(self.model.evaluate(X, Y, verbose=0))
            self.model.predict(X[:3], verbose=0)

    plain = network().fit(X, Y, epochs=3, batch_size=10, verbose=0).history
    look = Look()
    history = network().fit(X, Y, epochs=3, batch_size=10, verbose=0, callbacks=[look]).history
    assert len(values) == 3
    np.testing.assert_allclose(history["loss"], plain["loss"], rtol=1e-6)


# -- History ---------------------------------------------------------------------------------------


def test_history_keeps_a_list_for_each_log():
    model = network()
    history = model.fit(X, Y, epochs=3, verbose=0, validation_split=0.2)
    assert list(history.history) == ["accuracy", "loss", "val_accuracy", "val_loss"]
    assert all(isinstance(v, float) for values in history.history.values() for v in values)
    assert history.epoch == [0, 1, 2]
    assert model.history is history
    assert history.params["epochs"] == 3


def test_history_answers_to_the_other_spelling_of_accuracy():
    new = network().fit(X, Y, verbose=0, validation_split=0.2).history
    assert new["acc"] == new["accuracy"]
    assert new["val_acc"] == new["val_accuracy"]
    assert new.get("acc") == new["accuracy"]
    assert new.get("auc", 3) == 3
    old = network(metrics=["acc"]).fit(X, Y, verbose=0, validation_split=0.2).history
    assert list(old) == ["acc", "loss", "val_acc", "val_loss"]
    assert old["accuracy"] == old["acc"]
    exact = network(metrics=["binary_accuracy"]).fit(X, Y, verbose=0).history
    assert exact["accuracy"] == exact["binary_accuracy"]


def test_a_misspelt_log_is_named():
    history = network().fit(X, Y, verbose=0).history
    with pytest.raises(KeyError, match=r'There is no log accuarcy. Did you mean "accuracy"\?'):
        history["accuarcy"]


def test_two_accuracies_have_no_other_spelling():
    logs = {"categorical_accuracy": 1, "sparse_categorical_accuracy": 0}
    assert other_spelling("acc", logs) is None
    assert other_spelling("loss", logs) is None


# -- LambdaCallback --------------------------------------------------------------------------------


def test_lambda_callback_calls_the_functions():
    calls = []
    keep = {m: (lambda *a, m=m: calls.append((m, *a[:-1]))) for m in MOMENTS if "predict" not in m}
    callback = cornu.callbacks.LambdaCallback(**keep)
    network().fit(X, Y, verbose=0, batch_size=15, validation_split=0.5, callbacks=[callback])
    assert [call[0] for call in calls] == [
        "on_train_begin",
        "on_epoch_begin",
        "on_train_batch_begin",
        "on_train_batch_end",
        "on_test_begin",
        "on_test_batch_begin",
        "on_test_batch_end",
        "on_test_end",
        "on_epoch_end",
        "on_train_end",
    ]


def test_lambda_callback_names_an_unknown_moment():
    with pytest.raises(ValueError, match=r'no argument "on_epoch_ends". Did you mean "on_epoch_end"'):
        cornu.callbacks.LambdaCallback(on_epoch_ends=print)


def test_lambda_callback_with_epochs_only_needs_no_calls_for_batches():
    callback = cornu.callbacks.LambdaCallback(on_epoch_end=lambda epoch, logs: None)
    assert not cornu.callbacks.CallbackList([callback], None).watches("train")


# -- EarlyStopping, TerminateOnNaN -----------------------------------------------------------------

FALLING = [5.0, 4.0, 3.0, 2.0, 1.0, 0.5]
BUMPY = [5.0, 4.0, 4.5, 4.2, 3.0, 3.1, 3.2, 3.3, 2.0]
LEVEL = [1.0, 0.99, 0.985, 0.984, 0.983, 0.2]


def watched(lib, values, monitor="val_loss", **arguments):
    """What EarlyStopping does when it is told these values."""

    class Model:
        stop_training = False
        weights = None

        def get_weights(self):
            return self.weights

        def set_weights(self, weights):
            self.weights = weights

    model = Model()
    model.optimizer = model
    callback = lib.callbacks.EarlyStopping(monitor, **arguments)
    callback.set_model(model)
    # Keras finds the direction of 'auto' in the model's metrics, hence only told modes here.
    callback.on_train_begin()
    epochs = 0
    for epoch, value in enumerate(values):
        model.weights = [epoch]
        callback.on_epoch_end(epoch, {monitor: value})
        epochs += 1
        if model.stop_training:
            break
    callback.on_train_end()
    return {
        "epochs": epochs,
        "stopped_epoch": callback.stopped_epoch,
        "best": callback.best,
        "best_epoch": callback.best_epoch,
        "weights": model.weights,
    }


@pytest.mark.parity
@pytest.mark.parametrize("values", [FALLING, BUMPY, LEVEL], ids=["falling", "bumpy", "level"])
@pytest.mark.parametrize(
    "arguments",
    [
        {},
        {"patience": 1},
        {"patience": 2},
        {"patience": 2, "restore_best_weights": True},
        {"restore_best_weights": True},
        {"min_delta": 0.02, "patience": 1},
        {"min_delta": -0.02, "patience": 1},
        {"baseline": 2.5, "patience": 2},
        {"baseline": 4.8, "patience": 1, "restore_best_weights": True},
        {"start_from_epoch": 3, "patience": 1},
        {"mode": "max", "patience": 1, "restore_best_weights": True},
        {"mode": "max", "patience": 1, "baseline": 10.0},
        {"mode": "max", "min_delta": 0.02},
    ],
    ids=str,
)
def test_early_stopping_as_in_keras(values, arguments):
    arguments = {"mode": "min", **arguments}
    assert watched(cornu, values, **arguments) == watched(keras, values, **arguments)


def test_early_stopping_finds_the_direction_by_the_name():
    rising = [0.1, 0.2, 0.3, 0.4]
    assert watched(cornu, rising, "val_loss", patience=1)["epochs"] == 2
    for name in ("accuracy", "val_acc", "auc", "precision", "f1_score", "r2_score"):
        assert watched(cornu, rising, name, patience=1)["epochs"] == 4


@pytest.mark.parity
def test_early_stopping_in_fit_as_in_keras():
    def run(lib, monitor, patience):
        stop = lib.callbacks.EarlyStopping(monitor, patience=patience, restore_best_weights=True)
        model = network(lib, optimizer=lib.optimizers.SGD(3.0, momentum=0.9))
        held_out = {"validation_data": (X[20:], 1 - Y[20:])}
        history = model.fit(X, Y, epochs=12, verbose=0, callbacks=[stop], **held_out)
        return len(history.epoch), stop.best_epoch, model.get_weights()

    for monitor, patience in (("val_loss", 2), ("accuracy", 1)):
        ours, theirs = run(cornu, monitor, patience), run(keras, monitor, patience)
        assert ours[:2] == theirs[:2]
        np.testing.assert_allclose(ours[2][0], theirs[2][0], rtol=1e-4)


def test_early_stopping_says_what_it_did(capsys):
    watched(cornu, BUMPY, patience=1, verbose=1, restore_best_weights=True)
    printed = capsys.readouterr().out
    assert printed == "Epoch 3: early stopping\nRestoring the weights of the best epoch, 2.\n"


def test_early_stopping_may_be_used_twice():
    stop = cornu.callbacks.EarlyStopping("loss", patience=1)
    model = network(optimizer=cornu.optimizers.SGD(0.0))
    for _ in range(2):
        arguments = {"epochs": 9, "shuffle": False, "verbose": 0, "callbacks": [stop]}
        assert len(model.fit(X, Y, **arguments).epoch) == 2


def test_early_stopping_names_a_log_that_is_not_there():
    model = network()
    with pytest.warns(CornuWarning, match='EarlyStopping looks at "val_loss".*Pass validation data'):
        model.fit(X, Y, verbose=0, callbacks=[cornu.callbacks.EarlyStopping()])
    stop = cornu.callbacks.EarlyStopping("accurcy")
    with pytest.warns(CornuWarning, match=r'looks at "accurcy".*Did you mean "accuracy"\?'):
        model.fit(X, Y, verbose=0, callbacks=[stop])


def test_early_stopping_takes_the_other_spelling():
    stop = cornu.callbacks.EarlyStopping("acc", patience=0)
    model = network(optimizer=cornu.optimizers.SGD(0.0))
    assert len(model.fit(X, Y, epochs=9, verbose=0, callbacks=[stop]).epoch) == 2


def test_early_stopping_refuses_an_unknown_mode():
    with pytest.raises(ValueError, match=r'EarlyStopping\(mode="mini"\): Did you mean "min"\?'):
        cornu.callbacks.EarlyStopping(mode="mini")


def test_terminate_on_nan_leaves_a_healthy_training_alone():
    stop = cornu.callbacks.TerminateOnNaN()
    history = network().fit(X, Y, epochs=3, batch_size=7, verbose=0, callbacks=[stop])
    assert history.epoch == [0, 1, 2]


# -- bad callbacks ---------------------------------------------------------------------------------


def test_what_is_no_callback_is_named():
    with pytest.raises(TypeError, match=r"takes objects of class Callback, got 'early'"):
        network().fit(X, Y, callbacks=["early"])
    with pytest.raises(TypeError, match=r"Write it with brackets: EarlyStopping\(\)\."):
        network().fit(X, Y, callbacks=[cornu.callbacks.EarlyStopping])


@pytest.mark.parametrize("call", ["fit", "evaluate", "predict"])
def test_a_callback_needs_no_call_of_super(call):
    class Mine(cornu.callbacks.Callback):
        def __init__(self):
            self.seen = []

        def on_train_end(self, logs=None):
            self.seen.append(self.model)

        on_test_end = on_predict_end = on_train_end

    mine, model = Mine(), network()
    data = (X,) if call == "predict" else (X, Y)
    getattr(model, call)(*data, verbose=0, callbacks=[mine])
    assert mine.seen == [model]


@pytest.mark.parametrize("stride", [1, 3, 100])
def test_batches_are_looked_at_as_often_as_in_keras(stride):
    """The batches that callbacks are told of, for steps_per_execution of 1, a few, and an epoch."""
    import keras

    x, y = np.ones((22, 2), "float32"), np.ones((22, 1), "float32")
    seen = {}
    for library in (cornu, keras):

        class Watch(library.callbacks.Callback):
            def on_train_begin(self, logs=None):
                self.calls = []

            def on_train_batch_begin(self, batch, logs=None):
                self.calls.append(("begin", batch))

            def on_train_batch_end(self, batch, logs=None):
                self.calls.append(("end", batch))

        watch = Watch()
        model = library.Sequential([library.Input((2,)), library.layers.Dense(1)])
        model.compile("sgd", "mse", steps_per_execution=stride)
        model.fit(x, y, batch_size=2, verbose=0, callbacks=[watch])
        seen[library] = watch.calls
    last = 10  # Keras counts on beyond the last batch of the epoch
    assert seen[cornu] == [(moment, min(batch, last)) for moment, batch in seen[keras]]
