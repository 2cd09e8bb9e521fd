"""Steps of one's own: train_step and test_step, two optimizers, variables that no layer owns."""

import warnings

import jax
import jax.numpy as jnp
import keras
import numpy as np
import pytest

import cornu
from cornu import layers
from cornu.training.data import unpack_x_y_sample_weight

RNG = np.random.default_rng(3)
X = RNG.normal(size=(30, 4)).astype("float32")
Y = (X @ np.array([1.0, -2.0, 0.5, 0.0]) + 0.3).astype("float32")


def squared(y_true, y_pred):
    return jnp.mean((y_true - y_pred) ** 2)


class ByHand(cornu.Sequential):
    """The usual step, written out."""

    def train_step(self, data):
        x, y, _ = unpack_x_y_sample_weight(data)

        def loss_of_batch():
            y_pred = self(x, training=True)
            return squared(y, y_pred[:, 0]), y_pred

        weights = self.trainable_variables
        (loss, _), gradients = cornu.value_and_grad(loss_of_batch, weights, has_aux=True)()
        self.optimizer.apply(gradients, weights)
        return {"loss": loss, "size": jnp.max(jnp.abs(gradients[0]))}


def network(cls=cornu.Sequential, seed=1, **compiling):
    cornu.utils.set_random_seed(seed)
    model = cls([layers.Dense(3, activation="tanh", input_shape=(4,)), layers.Dense(1)])
    model.compile(**{"optimizer": "adam", "loss": "mse", **compiling})
    return model


@pytest.mark.parametrize("batch_size", [10, 8])
@pytest.mark.parametrize("eager", [False, True])
def test_a_train_step_of_ones_own_trains_as_the_usual_one(batch_size, eager):
    arguments = {"batch_size": batch_size, "epochs": 2, "verbose": 0}
    usual = network()
    usual.fit(X, Y, **arguments)
    mine = network(ByHand, run_eagerly=eager)
    history = mine.fit(X, Y, **arguments)
    for a, b in zip(usual.get_weights(), mine.get_weights(), strict=True):
        np.testing.assert_allclose(a, b, atol=1e-6)
    assert list(history.history) == ["loss", "size"]


def test_a_train_step_of_ones_own_is_compiled():
    traces = []

    class Model(ByHand):
        def train_step(self, data):
            traces.append(isinstance(data[0], jax.core.Tracer))
            return super().train_step(data)

    network(Model).fit(X, Y, batch_size=5, epochs=5, verbose=0)
    assert all(traces)
    assert len(traces) <= 3  # the shapes of the logs, the loop


def test_logs_are_those_of_the_last_step_where_the_step_gives_them():
    class Count(ByHand):
        def train_step(self, data):
            super().train_step(data)
            return {"loss": jnp.sum(data[0][:, 0])}

    history = network(Count).fit(X, Y, batch_size=12, shuffle=False, verbose=0)
    assert history.history["loss"][0] == pytest.approx(X[24:, 0].sum(), rel=1e-5)


def test_metrics_of_the_model_are_reset_each_epoch():
    class Tracked(cornu.Sequential):
        def __init__(self, *arguments):
            super().__init__(*arguments)
            self.tracker = cornu.metrics.Mean(name="mine")

        def train_step(self, data):
            self.tracker.update_state(jnp.mean(data[0]), sample_weight=data[0].shape[0])
            return {"mine": self.tracker.result()}

        def test_step(self, data):
            self.tracker.update_state(jnp.mean(data[1]))
            return {"mine": self.tracker.result()}

    model = network(Tracked)
    history = model.fit(X, Y, batch_size=8, epochs=2, verbose=0, validation_data=(X, 3 + 0 * Y)).history
    np.testing.assert_allclose(history["mine"], [X.mean()] * 2, rtol=1e-5)
    assert history["val_mine"] == [3.0, 3.0]
    assert model.tracker in model.metrics


def test_a_test_step_of_ones_own():
    class Model(cornu.Sequential):
        def test_step(self, data):
            x, y, _ = unpack_x_y_sample_weight(data)
            return {"largest": jnp.max(jnp.abs(self(x)[:, 0] - y))}

    model = network(Model)
    expected = np.abs(model.predict(X, verbose=0)[:, 0] - Y).max()
    found = model.evaluate(X, Y, batch_size=30, verbose=0, return_dict=True)
    assert found == {"largest": pytest.approx(expected, rel=1e-5)}
    history = model.fit(X, Y, verbose=0, validation_data=(X, Y)).history
    assert list(history) == ["loss", "val_largest"]


def test_a_loss_of_the_models_own():
    class Model(cornu.Sequential):
        def compute_loss(self, x=None, y=None, y_pred=None, sample_weight=None, training=True):
            return jnp.mean((y - y_pred[:, 0]) ** 2) + 1.0

    plain, mine = network(), network(Model, loss=None)
    expected = plain.evaluate(X, Y, verbose=0)
    assert mine.evaluate(X, Y, verbose=0) == pytest.approx(expected + 1, rel=1e-5)
    mine.fit(X, Y, batch_size=8, verbose=0)


@pytest.mark.parity
def test_the_written_out_step_of_keras_on_jax_and_ours_agree():
    """Against Keras's own step: our imperative code, its compiled program, the same weights."""
    keras.utils.set_random_seed(1)
    inputs = keras.layers.Input((4,))
    theirs = keras.Sequential([inputs, keras.layers.Dense(3, activation="tanh"), keras.layers.Dense(1)])
    theirs.compile("adam", "mse")
    theirs.fit(X, Y, batch_size=8, epochs=2, verbose=0)
    mine = network(ByHand)
    mine.fit(X, Y, batch_size=8, epochs=2, verbose=0)
    for a, b in zip(mine.get_weights(), theirs.get_weights(), strict=True):
        np.testing.assert_allclose(a, b, rtol=1e-4, atol=1e-6)


# -- two networks, two optimizers ------------------------------------------------------------------


class Gan(cornu.Model):
    """A generator of numbers against a critic of numbers."""

    def __init__(self):
        super().__init__()
        self.generator = cornu.Sequential([layers.Dense(4, "relu", input_shape=(2,)), layers.Dense(1)])
        self.critic = cornu.Sequential([layers.Dense(4, "relu", input_shape=(1,)), layers.Dense(1)])
        self.seeds = cornu.random.SeedGenerator(7)

    def compile(self, generator_optimizer, critic_optimizer):
        super().compile()
        self.generator_optimizer, self.critic_optimizer = generator_optimizer, critic_optimizer
        self.loss_of_critic = cornu.metrics.Mean(name="critic")
        self.loss_of_generator = cornu.metrics.Mean(name="generator")

    def train_step(self, real):
        real = real[0] if isinstance(real, tuple) else real
        noise = cornu.random.normal((real.shape[0], 2), seed=self.seeds)
        bce = cornu.losses.BinaryCrossentropy(from_logits=True)

        def loss_of_critic():
            guesses = jnp.concatenate([self.critic(real), self.critic(self.generator(noise))])
            truth = jnp.concatenate([jnp.ones_like(real), jnp.zeros_like(real)])
            return bce(truth, guesses)

        weights = self.critic.trainable_variables
        loss, gradients = cornu.value_and_grad(loss_of_critic, weights)()
        self.critic_optimizer.apply(gradients, weights)
        self.loss_of_critic.update_state(loss)

        def loss_of_generator():
            return bce(jnp.ones_like(real), self.critic(self.generator(noise)))

        weights = self.generator.trainable_variables
        loss, gradients = cornu.value_and_grad(loss_of_generator, weights)()
        self.generator_optimizer.apply(gradients, weights)
        self.loss_of_generator.update_state(loss)
        return {"critic": self.loss_of_critic.result(), "generator": self.loss_of_generator.result()}


def test_a_gan_with_two_optimizers_learns_where_the_numbers_are():
    cornu.utils.set_random_seed(2)
    gan = Gan()
    gan.compile(cornu.optimizers.Adam(0.02), cornu.optimizers.Adam(0.02))
    real = RNG.normal(3.0, 0.1, size=(200, 1)).astype("float32")
    before = gan.seeds.state.numpy()
    history = gan.fit(real, batch_size=50, epochs=120, verbose=0)
    assert list(history.history) == ["critic", "generator"]
    assert len(set(history.history["critic"])) > 100
    assert not np.array_equal(before, gan.seeds.state.numpy())  # new noise in each step
    made = np.asarray(gan.generator(RNG.normal(size=(500, 2))))
    assert abs(float(made.mean()) - 3.0) < 1.5
    assert int(gan.critic_optimizer.iterations.value) == 4 * 120
    assert int(gan.generator_optimizer.iterations.value) == 4 * 120


# -- variables that no layer owns ------------------------------------------------------------------


def loss_with(factor):
    def loss(y_true, y_pred):
        return factor * jnp.mean((y_true - y_pred) ** 2)

    return loss


class Set(cornu.callbacks.Callback):
    """Assigns a variable at the begin of epoch 1, or of its batch 1."""

    def __init__(self, variable, value, by_batch):
        super().__init__()
        self.variable, self.value, self.epoch = variable, value, 0
        if by_batch:
            self.on_train_batch_begin = lambda batch, logs=None: self._set(batch == 1)

    def on_epoch_begin(self, epoch, logs=None):
        self.epoch = epoch
        if "on_train_batch_begin" not in vars(self):
            self._set(True)

    def _set(self, due):
        if due and self.epoch == 1:
            self.variable.assign(self.value)


@pytest.mark.parametrize("by_batch", [False, True])
@pytest.mark.parametrize("batch_size", [10, 8])
@pytest.mark.parametrize("eager", [False, True])
def test_a_variable_that_only_the_loss_reads_may_be_changed(by_batch, batch_size, eager):
    factor = cornu.Variable(1.0, name="factor")
    model = network(loss=loss_with(factor), optimizer="sgd", run_eagerly=eager)
    middle = []
    keep = cornu.callbacks.LambdaCallback(
        on_epoch_end=lambda epoch, logs: middle.append(model.get_weights()[0])
    )
    callbacks = [Set(factor, 0.0, by_batch), keep]
    history = model.fit(X, Y, epochs=3, batch_size=batch_size, callbacks=callbacks, verbose=0)
    assert history.history["loss"][2] == 0.0
    np.testing.assert_array_equal(middle[1], middle[2])
    assert history.history["loss"][0] > 0.1


def test_two_variables_of_one_name_are_two():
    factors = [cornu.Variable(value, name="factor") for value in (2.0, 3.0)]
    model = network(loss=lambda y, p: (factors[0] + factors[1]) * jnp.mean((y - p) ** 2))
    plain = network()
    assert model.evaluate(X, Y, verbose=0) == pytest.approx(
        5 * plain.evaluate(X, Y, verbose=0), rel=1e-5
    )


def test_a_variable_outside_that_a_step_changes_keeps_its_value():
    counter = cornu.Variable(0.0, name="counter")

    class Counting(ByHand):
        def train_step(self, data):
            counter.assign_add(1.0)
            return super().train_step(data)

    network(Counting).fit(X, Y, batch_size=10, epochs=4, verbose=0)
    assert float(counter) == 12


def test_uncompiled_stays_uncompiled_with_a_variable_outside():
    factor, numbers = cornu.Variable(2.0), []

    def loss(y_true, y_pred):
        value = factor * jnp.mean((y_true - y_pred) ** 2)
        numbers.append(y_pred)
        return value

    model = network(loss=loss, run_eagerly=True)
    model.evaluate(X, Y, batch_size=10, verbose=0)
    assert len(numbers) >= 3
    assert not any(isinstance(value, jax.core.Tracer) for value in numbers)


def test_a_layer_that_another_model_owns_is_read_as_it_is_now():
    """A teacher in the loss: its weights are no part of the student."""
    teacher, student = network(seed=9), network()
    student.compile("sgd", lambda y, p: jnp.mean((teacher(y) - p) ** 2))
    first = student.evaluate(X, X, verbose=0)
    teacher.set_weights([10 * weight for weight in teacher.get_weights()])
    expected = np.mean((teacher.predict(X, verbose=0) - student.predict(X, verbose=0)) ** 2)
    second = student.evaluate(X, X, verbose=0)
    assert second == pytest.approx(expected, rel=1e-4)
    assert second != pytest.approx(first, rel=0.1)


def test_a_model_without_weights_warns_and_runs():
    model = cornu.Sequential([layers.Flatten(input_shape=(4,))])
    model.compile("sgd", "mse")
    with pytest.warns(UserWarning, match="has no trainable weights: training changes nothing"):
        history = model.fit(X, X, verbose=0)
    assert history.history["loss"] == [0.0]


def test_a_healthy_fit_warns_of_nothing():
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        network().fit(X, Y, batch_size=8, epochs=3, verbose=0, validation_split=0.2)
