"""A loss that is no number: the batch at which training stops, and what is named as the cause."""

import jax
import keras
import numpy as np
import pytest

import cornu
from cornu import layers, ops
from cornu.core.errors import CornuWarning
from cornu.training import replay
from cornu.training.nan import diagnose

X = np.random.default_rng(3).normal(size=(30, 4)).astype("float32")
Y = X.sum(axis=1)


@pytest.fixture(autouse=True)
def _seed():
    cornu.utils.set_random_seed(1)


def network(*inner, optimizer="sgd", loss="mse"):
    model = cornu.Sequential([layers.Input((4,)), *inner, layers.Dense(1, name="last")])
    model.compile(optimizer, loss)
    return model


def stopped(model, y=Y, epochs=5, callbacks=(), **arguments):
    """The warning of a training that TerminateOnNaN ends, and its history."""
    stop = cornu.callbacks.TerminateOnNaN()
    arguments = {"batch_size": 8, "shuffle": False, "verbose": 0, **arguments}
    with pytest.warns(CornuWarning) as caught:
        history = model.fit(X, y, epochs=epochs, callbacks=[stop, *callbacks], **arguments)
    assert len(caught) == 1
    return str(caught[0].message), history


# -- which batch -----------------------------------------------------------------------------------


def root(y_true, y_pred):
    """NaN where a target is negative."""
    return ops.sqrt(y_true) + 0 * ops.sum(y_pred)


@pytest.mark.parametrize(
    ("batch_size", "batches", "eager"),
    [(1, False, False), (4, False, False), (4, True, False), (4, 0, 1)],
)
def test_training_stops_at_the_batch(batch_size, batches, eager, capsys):
    """Alone, beside a callback that looks at batches, and eagerly."""
    y = np.ones(30)
    y[17] = -1
    model, seen = network(), []
    model.compile("sgd", root, run_eagerly=bool(eager))
    look = cornu.callbacks.LambdaCallback(on_train_batch_end=lambda batch, logs: seen.append(batch))
    text, history = stopped(model, y, batch_size=batch_size, callbacks=[look] if batches else [])
    assert history.epoch == [0]
    assert np.isnan(history.history["loss"][0])
    assert int(model.optimizer.iterations.value) == 17 // batch_size + 1
    batch = 17 // batch_size
    assert capsys.readouterr().out == f"Batch {batch}: the loss is NaN, training stops.\n"
    assert text.startswith(f"The loss became NaN in batch {batch} of epoch 1. All outputs are finite")
    assert "the targets from -1 to" in text
    assert "but the loss of them is NaN. A loss with a logarithm needs outputs above 0" in text
    assert seen == (list(range(batch + 1)) if batches else [])


def test_the_last_short_batch_is_looked_at_too():
    y = np.ones(30)
    y[29] = -1
    text, _ = stopped(network(loss=root), y)
    assert "in batch 3 of epoch 1" in text


@pytest.mark.parity
def test_the_calls_and_the_steps_are_those_of_keras():
    def run(lib):
        calls = []

        class Note(lib.callbacks.Callback):
            def on_train_batch_end(self, batch, logs=None):
                calls.append(("batch", batch, bool(np.isfinite(logs["loss"]))))

            def on_epoch_end(self, epoch, logs=None):
                calls.append(("epoch", epoch, sorted(logs)))

            def on_train_end(self, logs=None):
                calls.append("end")

        y = np.ones((30, 1))
        y[17] = -1
        model = lib.Sequential([lib.layers.Input((4,)), lib.layers.Dense(1)])
        model.compile("sgd", lambda y, p: lib.ops.sqrt(y) + 0 * lib.ops.sum(p))
        callbacks = [lib.callbacks.TerminateOnNaN(), Note()]
        arguments = {"batch_size": 8, "shuffle": False, "verbose": 0, "epochs": 3}
        model.fit(X, y, validation_data=(X, np.ones((30, 1))), callbacks=callbacks, **arguments)
        return calls, int(np.asarray(model.optimizer.iterations))

    with pytest.warns(CornuWarning, match="in batch 2 of epoch 1"):
        ours = run(cornu)
    assert ours == run(keras)


def test_an_error_may_be_raised():
    """Then no callback is called at the end of training, and the model has made the step."""
    ends = []
    callbacks = [
        cornu.callbacks.TerminateOnNaN(raise_error=True),
        cornu.callbacks.LambdaCallback(
            on_epoch_end=lambda *a: ends.append(1), on_train_end=lambda *a: ends.append(2)
        ),
    ]
    y = np.ones(30)
    y[17] = -1
    model = network(loss=root)
    with pytest.raises(RuntimeError, match=r"The loss became NaN in batch 2 of epoch 1\. All outputs"):
        model.fit(X, y, batch_size=8, shuffle=False, verbose=0, callbacks=callbacks)
    assert ends == []
    assert int(model.optimizer.iterations.value) == 3


def test_in_a_loop_of_ones_own_the_logs_tell(capsys):
    model = network()
    callbacks = cornu.callbacks.CallbackList([cornu.callbacks.TerminateOnNaN()], model=model)
    callbacks.on_train_begin()
    callbacks.on_train_batch_end(3, {"loss": 1.0})
    assert not model.stop_training
    callbacks.on_train_batch_end(4, {"loss": np.inf})
    assert model.stop_training
    assert capsys.readouterr().out == "Batch 4: the loss is infinite, training stops.\n"


# -- why -------------------------------------------------------------------------------------------


class Inverse(layers.Layer):
    def call(self, x):
        return 1 / (x - x)


def test_a_net_that_explodes():
    model = network(layers.Dense(8, name="first"), optimizer=cornu.optimizers.SGD(100.0))
    text, _ = stopped(model, epochs=50)
    assert "The numbers have grown while training: try a tenth of the learning rate" in text
    assert "clipnorm=1.0" in text


@pytest.mark.parametrize(
    ("layer", "words"),
    [
        (
            layers.Lambda(lambda t: ops.log(t - t), name="log"),
            'output that is infinite is that of layer "log" (Lambda); its input goes from ',
        ),
        (Inverse(name="inverse"), 'output that is infinite is that of layer "inverse" (Inverse); '),
        (layers.Lambda(ops.sqrt, name="root"), 'output that is NaN is that of layer "root" (Lambda); '),
    ],
    ids=["log(0)", "1/0", "root"],
)
def test_the_layer_whose_output_is_not_finite_is_named(layer, words):
    text, _ = stopped(network(layers.Dense(3, name="first"), layer, layers.Dense(2, name="second")))
    assert f" in batch 0 of epoch 1. The first {words}" in text
    assert "bound the argument, for instance by ops.maximum(x, 1e-7)" in text


def test_a_layer_inside_of_a_model_inside_is_named():
    inner = cornu.Sequential([layers.Dense(3, name="deep"), Inverse(name="deeper")], name="inner")
    assert 'that of layer "deeper" (Inverse)' in stopped(network(inner))[0]


def test_an_operation_between_layers_is_told():
    inputs = layers.Input((4,))
    outputs = layers.Dense(1, name="after")(ops.log(layers.Dense(3, name="before")(inputs)))
    model = cornu.Model(inputs, outputs)
    model.compile("sgd", "mse")
    assert (
        'The input of layer "after" (Dense) is NaN, though all layers before gave' in stopped(model)[0]
    )


def test_a_weight_that_was_set_is_named():
    model = network(layers.Dense(3, name="first"))
    model.get_layer("last").kernel.assign([[1.0], [np.nan], [1.0]])
    text, _ = stopped(model)
    assert 'The weight "kernel" of layer "last" (Dense) is NaN before the step.' in text
    assert "Set it to finite numbers" in text


def length(t):
    """A length, whose derivative at 0 is no number."""
    return ops.sqrt(ops.sum(ops.square(t), axis=-1, keepdims=True))


@pytest.mark.parametrize("batch_size", [8, 30], ids=["the step before", "the epoch before"])
def test_a_gradient_is_found_in_the_step_before(batch_size):
    """The loss of that step is finite; its update makes the weights NaN."""
    zeros = layers.Dense(3, name="first", kernel_initializer="zeros")
    model = network(zeros, layers.Lambda(length, name="length"))
    text, history = stopped(model, batch_size=batch_size)
    assert len(history.epoch) == (1 if batch_size == 8 else 2)
    assert 'the gradient of weight "bias" of layer "first" is NaN.' in text
    assert 'It became so in layer "length" (Lambda), whose output has a finite one.' in text
    assert "add a small number inside, as in ops.sqrt(x + 1e-7)" in text


def test_a_gradient_that_is_lost_in_the_loss():
    def distance(y_true, y_pred):
        return ops.sqrt(ops.square(y_pred - ops.stop_gradient(y_pred)))

    model = network(loss=distance)
    model.evaluate(X, Y, verbose=0)
    finding = diagnose(model, (X, Y, None))
    assert (finding.what, finding.layer) == ("gradient", None)
    assert "It became so in the loss, whose output" in finding.text


def test_a_gradient_that_is_lost_in_a_layer_of_ones_own():
    class Root(layers.Layer):
        def build(self, shape):
            self.scale = self.add_weight(shape=(), initializer="zeros", name="scale")

        def call(self, x):
            return x * ops.sqrt(self.scale)

    model = network(Root(name="root"))
    model.evaluate(X, Y, verbose=0)  # builds what the data decide
    finding = diagnose(model, (X, Y, None))
    assert (finding.what, finding.layer) == ("gradient", "root")
    assert (
        'weight "scale" of layer "root" is infinite. It became so in that layer itself' in finding.text
    )


def test_data_are_named_first():
    bad = X.copy()
    bad[3, 1] = np.inf
    finding = diagnose(network(), (bad, Y, None))
    assert finding.text.startswith("x of this batch is infinite. Look at the data: numpy.isfinite(x)")


def test_an_index_that_an_embedding_lacks_is_told():
    """Data are looked at before training; here the index is made by a layer."""
    model = network(
        layers.Lambda(lambda t: ops.cast(t * 0 + 7, "int32"), name="index"),
        layers.Embedding(5, 2, name="table"),
        layers.Flatten(),
    )
    text, _ = stopped(model)
    assert "Run outside of the compiled loop, the step ends with an error" in text
    assert "7" in text


class Own(cornu.Model):
    """A train_step of the user's; `loss` and `change` of gradients are given."""

    def __init__(self, layer, loss=lambda e: ops.mean(ops.square(e)), change=lambda g: g):
        super().__init__()
        self.dense, self.layer = layers.Dense(3, name="first"), layer
        self.loss_of, self.change = loss, change

    def call(self, x):
        return self.layer(self.dense(x))

    def train_step(self, data):
        x, y = data[0], data[1]

        def loss():
            return self.loss_of(self(x, training=True) - y[:, None])

        value, gradients = cornu.value_and_grad(loss, self.trainable_variables)()
        self.optimizer.apply([self.change(g) for g in gradients], self.trainable_variables)
        return {"loss": value, "rate": ops.mean(x) / ops.mean(x)}


class OfState(Own):
    """The same with JAX's own derivative, as Keras shows it."""

    def train_step(self, state, data):
        trainable, other, slots, metrics = state
        x, y = data[0], data[1]

        def loss(trainable):
            outputs, _ = self.stateless_call(trainable, other, x, training=True)
            return self.loss_of(outputs - y[:, None])

        value, gradients = jax.value_and_grad(loss)(trainable)
        gradients = [self.change(g) for g in gradients]
        trainable, slots = self.optimizer.stateless_apply(slots, gradients, trainable)
        return {"loss": value}, (trainable, other, slots, metrics)


def of_zeros(layer=None):
    return layers.Dense(1, name="zero", kernel_initializer="zeros", use_bias=False)


OWN = {
    "output": (Own, Inverse, {}, 'that is infinite is that of layer "inverse" (Inverse)'),
    "loss": (
        Own,
        of_zeros,
        {"loss": lambda e: ops.sum(e) / 0.0},
        'of layer "zero" (Dense), from 0 to 0, but the loss that train_step takes the derivative of is',
    ),
    "gradient": (
        Own,
        lambda name: layers.Lambda(lambda t: length(t * 0), name=name),
        {},
        'is NaN. It became so in layer "inverse" (Lambda), whose output has a finite one. The deriv',
    ),
    "gradient in the loss": (
        Own,
        of_zeros,
        {"loss": lambda e: ops.sum(ops.sqrt(e - ops.stop_gradient(e)))},
        'the gradient of weight "kernel" of layer "zero" is ',
    ),
    "changed gradient": (
        Own,
        of_zeros,
        {"change": lambda g: g / 0.0},
        'layer "first" that train_step gives to the optimizer "sgd" is',
    ),
    "loss of a state": (
        OfState,
        of_zeros,
        {"loss": lambda e: ops.sum(e) / 0.0},
        'All layers and gradients are finite, but the log "loss" that train_step returns is infinite',
    ),
    "gradient of a state": (
        OfState,
        of_zeros,
        {"change": lambda g: g / 0.0},
        'layer "first" that train_step gives to the optimizer "sgd" is',
    ),
}


@pytest.mark.parametrize(
    "case",
    [
        pytest.param(case, marks=pytest.mark.wide) if case.startswith("gradient ") else case
        for case in OWN
    ],
)
def test_a_train_step_of_ones_own(case):
    """What is not finite first is named, whoever takes the derivative."""
    kind, layer, arguments, words = OWN[case]
    model = kind(layer(name="inverse") if layer is not of_zeros else of_zeros(), **arguments)
    model.compile("sgd")
    model.build((None, 4))
    text, _ = stopped(model)
    assert words in text
    assert "apply" not in vars(model.optimizer)


class Exploding(cornu.optimizers.Optimizer):
    def update_step(self, gradient, variable, learning_rate):
        self.assign(variable, variable / 0.0)


def test_an_update_that_is_not_finite_is_told_apart():
    model = Own(of_zeros())
    model.compile(Exploding(0.1))
    model.build((None, 4))
    text, _ = stopped(model)
    assert "the update that train_step makes of them is not: after it, the weight " in text
    assert "Try a smaller learning rate" in text


def test_a_log_of_a_sound_step_is_named_last():
    model = Own(of_zeros())
    model.compile("sgd")
    model.build((None, 4))
    model(X)
    model.optimizer.build(model.trainable_variables)
    assert diagnose(model, (X, Y, None)) is None
    finding = diagnose(model, (0 * X, Y, None))
    assert 'the log "rate" that train_step returns is NaN' in finding.text


def test_two_losses_of_one_step_are_told_apart():
    """As in a GAN: the second derivative is bad, the first sound."""

    class Two(Own):
        def train_step(self, data):
            weights = self.trainable_variables
            for loss in (lambda: ops.mean(self(data[0])), lambda: ops.log(-ops.sum(self(data[0]) ** 2))):
                value, gradients = cornu.value_and_grad(loss, weights)()
                self.optimizer.apply(gradients, weights)
            return {"loss": value}

    model = Two(layers.Dense(1, name="second"))
    model.compile("sgd")
    model.build((None, 4))
    text, _ = stopped(model)
    assert 'of layer "second" (Dense), from ' in text
    assert "but the loss that train_step takes the derivative of is NaN" in text


# -- it changes nothing ----------------------------------------------------------------------------


def test_finding_the_cause_leaves_the_state(monkeypatch):
    """Weights, optimizer, statistics and seeds are those of a training without it."""

    def end(finds):
        cornu.utils.set_random_seed(1)
        monkeypatch.setattr(replay.Replay, "explain", explain if finds else lambda self, step: None)
        inner = [layers.Dense(8), layers.BatchNormalization(), layers.Dropout(0.5)]
        model = network(*inner, optimizer=cornu.optimizers.SGD(1e30, momentum=0.5))
        text, _ = stopped(model, shuffle=True)
        assert ("every output, weight and gradient is finite" in text) != finds
        return [np.asarray(v.value) for v in (*model.variables, *model.optimizer.variables)]

    explain = replay.Replay.explain
    for found, plain in zip(end(True), end(False), strict=True):
        np.testing.assert_array_equal(found, plain)


def test_a_healthy_training_is_the_same_with_it():
    weights = []
    for callbacks in ([], [cornu.callbacks.TerminateOnNaN()]):
        cornu.utils.set_random_seed(1)
        model = network(layers.Dense(8, activation="relu"))
        model.fit(X, Y, batch_size=8, epochs=3, verbose=0, callbacks=callbacks)
        weights.append(model.get_weights())
    for one, other in zip(*weights, strict=True):
        np.testing.assert_array_equal(one, other)


def test_diagnose_finds_nothing_where_all_is_well_and_changes_nothing():
    model = network(layers.BatchNormalization(), layers.Dropout(0.5))
    model.evaluate(X, Y, verbose=0)
    before = [np.asarray(v.value) for v in model.variables]
    assert diagnose(model, (X, Y, None)) is None
    for variable, old in zip(model.variables, before, strict=True):
        np.testing.assert_array_equal(variable.value, old)
    assert "call" not in vars(model.layers[0])
