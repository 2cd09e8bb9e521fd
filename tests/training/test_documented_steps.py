"""Programs of one's own, as documentations write them: autoencoders, distillation, adversaries; and
steps that take the state and give it back, as Keras wants them on its JAX backend."""

import jax
import jax.numpy as jnp
import numpy as np
import pytest

import cornu
from cornu import layers, ops
from cornu.training.data import unpack_x_y_sample_weight

RNG = np.random.default_rng(4)
X = RNG.normal(size=(10, 3)).astype("float32")
Y = (X @ np.array([1.0, -2.0, 0.5]) + 0.3).astype("float32")[:, None]
PARTS = {"batch_size": 4, "epochs": 2, "shuffle": False, "verbose": 0}
RATE = 0.1


def network(cls=cornu.Sequential, seed=1, **compiling):
    cornu.utils.set_random_seed(seed)
    model = cls([layers.Dense(3, activation="tanh", input_shape=(3,)), layers.Dense(1)])
    model.compile(**{"optimizer": "adam", "loss": "mse", "metrics": ["mae"], **compiling})
    return model


def same_weights(one, other, **tolerance):
    for mine, expected in zip(one, other, strict=True):
        np.testing.assert_allclose(mine, expected, **{"rtol": 1e-5, "atol": 1e-6, **tolerance})


# -- steps that take the state ----------------------------------------------------------------------


class WithState(cornu.Sequential):
    """The steps of Keras's guide to a train_step of one's own with JAX."""

    def compute_loss_and_updates(self, trainable, non_trainable, x, y, training=False):
        y_pred, non_trainable = self.stateless_call(trainable, non_trainable, x, training=training)
        return self.compute_loss(x, y, y_pred), (y_pred, non_trainable)

    def updated(self, metrics_variables, loss, y, y_pred):
        new, logs = [], {}
        for metric in self.metrics:
            mine = metrics_variables[len(new) : len(new) + len(metric.variables)]
            if metric.name == "loss":
                mine = metric.stateless_update_state(mine, loss, sample_weight=len(y))
            else:
                mine = metric.stateless_update_state(mine, y, y_pred)
            logs[metric.name] = metric.stateless_result(mine)
            new += mine
        return new, logs

    def train_step(self, state, data):
        trainable, non_trainable, optimizer_variables, metrics_variables = state
        x, y = data[:2]
        slope = jax.value_and_grad(self.compute_loss_and_updates, has_aux=True)
        (loss, (y_pred, non_trainable)), grads = slope(trainable, non_trainable, x, y, training=True)
        trainable, optimizer_variables = self.optimizer.stateless_apply(
            optimizer_variables, grads, trainable
        )
        metrics_variables, logs = self.updated(metrics_variables, loss, y, y_pred)
        return logs, (trainable, non_trainable, optimizer_variables, metrics_variables)

    def test_step(self, state, data):
        trainable, non_trainable, metrics_variables = state
        x, y = data[:2]
        loss, (y_pred, non_trainable) = self.compute_loss_and_updates(trainable, non_trainable, x, y)
        metrics_variables, logs = self.updated(metrics_variables, loss, y, y_pred)
        return logs, (trainable, non_trainable, metrics_variables)

    def predict_step(self, state, data):
        trainable, non_trainable = state
        outputs, non_trainable = self.stateless_call(trainable, non_trainable, data[0])
        return 10 * outputs, non_trainable


@pytest.mark.parametrize("eager", [False, True])
def test_steps_that_take_the_state_train_as_the_usual_ones(eager):
    usual, mine = network(), network(WithState, run_eagerly=eager)
    given = {**PARTS, "validation_data": (X[:6], Y[:6])}
    expected, found = (model.fit(X, Y, **given).history for model in (usual, mine))
    assert found.keys() == expected.keys()
    for name, values in expected.items():
        np.testing.assert_allclose(found[name], values, rtol=1e-5)
    same_weights(mine.get_weights(), usual.get_weights())
    np.testing.assert_allclose(
        mine.predict(X, batch_size=4, verbose=0), 10 * usual.predict(X, verbose=0), rtol=1e-5
    )


def test_a_step_with_the_state_keeps_what_layers_keep():
    """Moving means of a batch normalization, and the state of a dropout's generator."""

    def build(cls):
        cornu.utils.set_random_seed(3)
        model = cls(
            [layers.BatchNormalization(input_shape=(3,)), layers.Dropout(0.5, seed=1), layers.Dense(1)]
        )
        model.compile("sgd", "mse", metrics=["mae"])
        model.fit(X, Y, **PARTS)
        return model

    usual, mine = build(cornu.Sequential), build(WithState)
    same_weights(mine.get_weights(), usual.get_weights())
    states = [model.layers[1].seed_generator.state.numpy() for model in (usual, mine)]
    np.testing.assert_array_equal(*states)


def test_a_loss_with_given_values():
    model = network()
    model.fit(X, Y, **PARTS)
    parts = [model.trainable_variables, model.non_trainable_variables, model.metrics_variables]
    zeros = [[np.zeros(v.shape, v.dtype) for v in variables] for variables in parts]
    loss, after = model.stateless_compute_loss(*zeros, x=X, y=Y, y_pred=jnp.asarray(Y) + 2.0)
    assert float(loss) == pytest.approx(4.0)
    assert [len(values) for values in after] == [len(variables) for variables in parts]
    with pytest.raises(ValueError, match="trainable_variables must hold a value for each of the 4"):
        model.stateless_compute_loss([], *zeros[1:], x=X, y=Y, y_pred=Y)
    with pytest.raises(ValueError, match=r"is not built yet.*before stateless_call"):
        layers.Dense(1).stateless_call([], [], X)


def logs_alone(self, state, data):
    return {"loss": 0.0}


def three_parts(self, state, data):
    return {"loss": 0.0}, state[:3]


def too_few(self, state, data):
    return {"loss": 0.0}, (state[0][:1], *state[1:])


@pytest.mark.parametrize(
    ("step", "words"),
    [
        (
            logs_alone,
            r"must return \(logs, state\).*To return logs alone, write train_step\(self",
        ),
        (three_parts, "with the state in 4 lists of values, for trainable_variables, non_trainable_var"),
        (too_few, "returned 1 values for trainable_variables, but was given 4"),
    ],
)
def test_a_step_that_loses_the_state_is_refused(step, words):
    model = network(type("Wrong", (cornu.Sequential,), {"train_step": step}))
    with pytest.raises(ValueError, match=words):
        model.fit(X, Y, verbose=0)


# -- overrides of parts of a step -------------------------------------------------------------------


def test_a_loss_and_metrics_of_the_models_own():
    """`compute_loss` and `compute_metrics` as Keras's guide overrides them."""

    class Own(cornu.Sequential):
        def __init__(self, *arguments):
            super().__init__(*arguments)
            self.loss_tracker = cornu.metrics.Mean(name="mine")

        def compute_loss(self, x=None, y=None, y_pred=None, sample_weight=None, training=True):
            loss = ops.mean((y_pred - y) ** 2) + 0.1 * ops.sum(ops.stack([ops.sum(x) ** 2]))
            self.loss_tracker.update_state(loss)
            return loss

        def compute_metrics(self, x, y, y_pred, sample_weight=None):
            logs = super().compute_metrics(x, y, y_pred, sample_weight)
            return {**logs, "size": ops.max(ops.abs(y_pred))}

        def get_metrics_result(self):
            return {**super().get_metrics_result(), "one": 1.0}

    model = network(Own, loss=None)
    error = np.mean((model.predict(X[:4], verbose=0) - Y[:4]) ** 2) + 0.1 * X[:4].sum() ** 2
    logs = model.evaluate(X[:4], Y[:4], verbose=0, return_dict=True)
    assert set(logs) == {"loss", "mae", "mine", "size", "one"}
    assert logs["mine"] == pytest.approx(error, rel=1e-5) == logs["loss"]
    assert logs["size"] == pytest.approx(np.abs(model.predict(X[:4], verbose=0)).max())
    assert set(model.fit(X, Y, **PARTS).history) == set(logs)


def test_a_predict_step_that_looks_at_the_whole_batch_sees_no_other_rows():
    class Centred(cornu.Sequential):
        def predict_step(self, data):
            outputs = super().predict_step(data)
            return outputs - ops.mean(outputs, axis=0)

    model = network(Centred)
    plain = network().predict(X, verbose=0)
    expected = np.concatenate([part - part.mean(axis=0) for part in (plain[:7], plain[7:])])
    found = model.predict(X, batch_size=7, verbose=0)
    np.testing.assert_allclose(found, expected, rtol=1e-4, atol=1e-6)


# -- losses of one's own, in a short last batch -----------------------------------------------------


def per_row(y_true, y_pred):
    return jnp.mean(jnp.abs(y_true - y_pred) ** 3, axis=-1)


def of_batch(y_true, y_pred):
    return jnp.sqrt(jnp.mean((y_true - y_pred) ** 2))


def ranked(y_true, y_pred):
    return jnp.maximum(0.0, 1.0 - y_pred + y_pred[::-1])


class Own(cornu.losses.Loss):
    def __init__(self, power=2, name="own", reduction="sum_over_batch_size"):
        super().__init__(name=name, reduction=reduction)
        self.power = power

    def call(self, y_true, y_pred):
        return jnp.mean(jnp.abs(y_true - y_pred) ** self.power, axis=-1)


@pytest.mark.parametrize("loss", [per_row, of_batch, ranked, Own(3), Own(3, reduction="sum")])
def test_a_loss_of_ones_own_sees_no_rows_that_fill_up(loss):
    model = cornu.Sequential([cornu.Input((3,)), layers.Dense(1, kernel_initializer="ones")])
    model.compile(cornu.optimizers.SGD(0.01), loss)
    weights = tuple(map(jnp.asarray, model.get_weights()))

    def value(weights, x, y):
        found = loss(jnp.asarray(y), x @ weights[0] + weights[1])
        return found if jnp.ndim(found) == 0 else jnp.mean(found)

    total = 0.0
    for i in (0, 4, 8):
        part, slopes = jax.value_and_grad(value)(weights, X[i : i + 4], Y[i : i + 4])
        total += float(part) * len(X[i : i + 4]) / len(X)
        weights = tuple(w - 0.01 * slope for w, slope in zip(weights, slopes, strict=True))
    history = model.fit(X, Y, **{**PARTS, "epochs": 1}).history
    assert history["loss"][0] == pytest.approx(total, rel=1e-5)
    same_weights(model.get_weights(), weights)


@pytest.mark.parametrize("reduction", ["sum", "mean", "mean_with_sample_weight"])
@pytest.mark.parametrize("weighted", [False, True])
def test_a_short_last_batch_is_reduced_as_it_is(reduction, weighted):
    """Losses at two places of each row: filled up and masked, and as they are, uncompiled."""
    series = RNG.normal(size=(6, 2, 3)).astype("float32")
    weight = np.array([[1.0], [0.5], [2.0], [0.0], [3.0], [1.0]]) if weighted else None
    found = []
    for eager in (False, True):
        dense = layers.Dense(1, kernel_initializer="ones")
        model = cornu.Sequential([cornu.Input((2, 3)), dense])
        model.compile("sgd", cornu.losses.Huber(reduction=reduction), run_eagerly=eager)
        logs = model.fit(series, series[..., :1], sample_weight=weight, **PARTS).history
        assert model.objective.samplewise
        found.append((logs["loss"], model.get_weights()))
    np.testing.assert_allclose(found[0][0], found[1][0], rtol=1e-5)
    same_weights(found[0][1], found[1][1])


# -- a variational autoencoder ----------------------------------------------------------------------


class Sampling(layers.Layer):
    def __init__(self, **kwargs):
        super().__init__(**kwargs)
        self.seed_generator = cornu.random.SeedGenerator(7)

    def call(self, inputs):
        z_mean, z_log_var = inputs
        epsilon = cornu.random.normal(ops.shape(z_mean), seed=self.seed_generator)
        return z_mean + ops.exp(0.5 * z_log_var) * epsilon


class VAE(cornu.Model):
    """As Keras's example writes it: losses tracked by metrics, a train_step."""

    def __init__(self):
        super().__init__()
        x = cornu.Input((3,))
        z_mean = layers.Dense(2, kernel_initializer="ones", name="z_mean")(x)
        z_log_var = layers.Dense(2, name="z_log_var", kernel_initializer="zeros")(x)
        self.encoder = cornu.Model(x, [z_mean, z_log_var, Sampling()([z_mean, z_log_var])])
        code = cornu.Input((2,))
        self.decoder = cornu.Model(code, layers.Dense(3, kernel_initializer="ones")(code))
        self.total = cornu.metrics.Mean(name="total_loss")
        self.kl = cornu.metrics.Mean(name="kl_loss")

    @property
    def metrics(self):
        return [self.total, self.kl]

    def train_step(self, data):
        x = data[0] if isinstance(data, tuple) else data

        def loss_of_batch():
            z_mean, z_log_var, z = self.encoder(x)
            error = ops.mean(ops.sum(ops.square(x - self.decoder(z)), axis=-1))
            kl = -0.5 * (1 + z_log_var - ops.square(z_mean) - ops.exp(z_log_var))
            kl = ops.mean(ops.sum(kl, axis=1))
            return error + kl, kl

        weights = self.trainable_weights
        (loss, kl), grads = cornu.value_and_grad(loss_of_batch, weights, has_aux=True)()
        self.optimizer.apply_gradients(zip(grads, weights, strict=True))
        self.total.update_state(loss)
        self.kl.update_state(kl)
        return {metric.name: metric.result() for metric in self.metrics}


def vae_by_hand(epochs):
    """The same in plain JAX: the losses of each step, and the weights."""
    weights = [np.ones((3, 2)), np.zeros(2), np.zeros((3, 2)), np.zeros(2), np.ones((2, 3)), np.zeros(3)]
    weights, seeds, losses = list(map(jnp.float32, weights)), cornu.random.SeedGenerator(7), []

    def loss(weights, x, epsilon):
        a, b, c, d, e, f = weights
        mean, log_var = x @ a + b, x @ c + d
        z = mean + jnp.exp(log_var / 2) * epsilon
        error = jnp.sum((x - z @ e - f) ** 2, axis=-1)
        kl = 0.5 * jnp.sum(mean**2 + jnp.exp(log_var) - log_var - 1, axis=-1)
        return jnp.mean(error + kl)

    for _ in range(epochs):
        for i in (0, 4, 8):
            x = X[i : i + 4]
            epsilon = cornu.random.normal((len(x), 2), seed=seeds)
            value, slopes = jax.value_and_grad(loss)(weights, x, epsilon)
            weights = [w - 0.01 * slope for w, slope in zip(weights, slopes, strict=True)]
            losses.append(float(value))
    return losses, weights


def test_a_variational_autoencoder_with_a_train_step_is_what_it_says():
    vae = VAE()
    vae.compile(optimizer=cornu.optimizers.SGD(0.01))
    history = vae.fit(X, **PARTS).history
    losses, weights = vae_by_hand(2)
    np.testing.assert_allclose(
        history["total_loss"], [np.mean(losses[:3]), np.mean(losses[3:])], rtol=1e-4
    )
    assert list(history) == ["kl_loss", "total_loss"]
    same_weights([*vae.encoder.get_weights(), *vae.decoder.get_weights()], weights, rtol=1e-3, atol=1e-5)


# -- distillation ------------------------------------------------------------------------------------


class Distiller(cornu.Model):
    """As Keras's example writes it: a student that learns from targets and from a teacher."""

    def __init__(self, student, teacher):
        super().__init__()
        self.student, self.teacher = student, teacher
        teacher.trainable = False

    def compile(self, alpha, temperature, **kwargs):
        super().compile(**kwargs)
        self.alpha, self.temperature = alpha, temperature
        self.distillation = cornu.losses.KLDivergence()

    def call(self, x):
        return self.student(x)

    def compute_loss(self, x=None, y=None, y_pred=None, sample_weight=None, training=True):
        known = super().compute_loss(x, y, y_pred, sample_weight, training)
        soft = [ops.softmax(z / self.temperature) for z in (self.teacher(x, training=False), y_pred)]
        taught = self.distillation(*soft) * self.temperature**2
        return self.alpha * known + (1 - self.alpha) * taught


def test_distillation_is_what_it_says():
    labels = RNG.integers(0, 3, 10)
    student, teacher = (
        cornu.Sequential([cornu.Input((3,)), layers.Dense(3, kernel_initializer=start)])
        for start in ("zeros", cornu.initializers.RandomNormal(seed=5))
    )
    model = Distiller(student, teacher)
    loss = cornu.losses.SparseCategoricalCrossentropy(from_logits=True)
    model.compile(0.3, 2.0, optimizer=cornu.optimizers.SGD(RATE), loss=loss)
    taught = [np.array(each) for each in teacher.get_weights()]

    def by_hand(weights, x, y):
        z = x @ weights[0] + weights[1]
        known = -jnp.mean(jax.nn.log_softmax(z)[jnp.arange(len(y)), y])
        p = jax.nn.softmax((x @ taught[0] + taught[1]) / 2.0)
        apart = jnp.mean(jnp.sum(p * (jnp.log(p) - jax.nn.log_softmax(z / 2.0)), axis=-1))
        return 0.3 * known + 0.7 * 4.0 * apart

    weights, losses = [jnp.zeros((3, 3)), jnp.zeros(3)], []
    for i in (0, 4, 8):
        value, slopes = jax.value_and_grad(by_hand)(weights, X[i : i + 4], labels[i : i + 4])
        weights = [w - RATE * slope for w, slope in zip(weights, slopes, strict=True)]
        losses.append(float(value))
    history = model.fit(X, labels, **{**PARTS, "epochs": 1}).history
    assert history["loss"][0] == pytest.approx(np.average(losses, weights=[4, 4, 2]), rel=1e-4)
    same_weights(student.get_weights(), weights, rtol=1e-4)
    same_weights(teacher.get_weights(), taught)


# -- adversaries -------------------------------------------------------------------------------------


class WassersteinGan(cornu.Model):
    """A critic held to slopes of length 1 by a penalty, several steps of it for one of the generator."""

    def __init__(self, weight=10.0, extra=2):
        super().__init__()
        self.critic = cornu.Sequential([cornu.Input((3,)), layers.Dense(1, use_bias=False)])
        self.generator = cornu.Sequential([cornu.Input((2,)), layers.Dense(3)])
        self.weight, self.extra = weight, extra
        self.seeds = cornu.random.SeedGenerator(3)

    def compile(self, critic_optimizer, generator_optimizer):
        super().compile()
        self.critic_optimizer, self.generator_optimizer = critic_optimizer, generator_optimizer

    def gradient_penalty(self, real, fake):
        share = cornu.random.uniform((len(real), 1), seed=self.seeds)
        between = real + share * (fake - real)
        slopes = cornu.grad(lambda x: ops.sum(self.critic(x, training=True)))(between)
        sizes = ops.sqrt(ops.sum(ops.square(slopes), axis=1))
        return ops.mean((sizes - 1.0) ** 2)

    def train_step(self, data):
        real = unpack_x_y_sample_weight(data)[0]
        for _ in range(self.extra):
            fake = self.generator(cornu.random.normal((len(real), 2), seed=self.seeds))

            def loss_of_critic(fake=fake):
                cost = ops.mean(self.critic(fake)) - ops.mean(self.critic(real))
                return cost + self.weight * self.gradient_penalty(real, fake)

            weights = self.critic.trainable_variables
            critic_loss, grads = cornu.value_and_grad(loss_of_critic, weights)()
            self.critic_optimizer.apply(grads, weights)

        def loss_of_generator():
            noise = cornu.random.normal((len(real), 2), seed=self.seeds)
            return -ops.mean(self.critic(self.generator(noise)))

        weights = self.generator.trainable_variables
        generator_loss, grads = cornu.value_and_grad(loss_of_generator, weights)()
        self.generator_optimizer.apply(grads, weights)
        return {"critic": critic_loss, "generator": generator_loss}


def test_a_gradient_penalty_is_differentiated_twice():
    """A linear critic w has slopes of length |w| everywhere: what training does is known exactly."""
    cornu.utils.set_random_seed(2)
    gan = WassersteinGan(weight=1.0, extra=1)
    gan.generator.set_weights([np.zeros((2, 3)), np.zeros(3)])
    gan.compile(cornu.optimizers.SGD(RATE), cornu.optimizers.SGD(0.0))
    w = gan.critic.get_weights()[0][:, 0].astype("float64")
    gan.fit(X, **PARTS)
    for _ in range(2):
        for i in (0, 4, 8):
            size = np.linalg.norm(w)
            w = w - RATE * (2 * (size - 1) * w / size - X[i : i + 4].mean(axis=0))
    np.testing.assert_allclose(gan.critic.get_weights()[0][:, 0], w, rtol=1e-4)


def test_a_gan_with_a_gradient_penalty_finds_where_the_data_are():
    cornu.utils.set_random_seed(2)
    gan = WassersteinGan()
    gan.compile(cornu.optimizers.Adam(0.05), cornu.optimizers.Adam(0.02))
    real = (RNG.normal(size=(64, 3)) * 0.2 + np.array([1.0, -2.0, 0.5])).astype("float32")
    history = gan.fit(real, batch_size=32, epochs=150, verbose=0).history
    assert len(history["critic"]) == 150
    made = np.asarray(gan.generator(RNG.normal(size=(200, 2)))).mean(axis=0)
    np.testing.assert_allclose(made, real.mean(axis=0), atol=0.6)


# -- what a step is given ---------------------------------------------------------------------------


@pytest.mark.parametrize("eagerly", [False, True])
def test_a_step_is_given_only_the_parts_of_the_data_that_there_are(eagerly):
    """As in Keras: so that `x, y = data` works, and data are x where there is no y."""
    found = []

    class Watching(cornu.Sequential):
        def train_step(self, data):
            found.append(
                [np.shape(part) for part in data] if isinstance(data, tuple) else np.shape(data)
            )
            return {"loss": 0.0}

    model = Watching([layers.Dense(1, input_shape=(3,))])
    model.compile("sgd", "mse", run_eagerly=eagerly)
    for arguments in ((X,), (X, Y), (X, Y, np.ones(10))):
        model.fit(*arguments[:2], sample_weight=(*arguments, None, None)[2], batch_size=10, verbose=0)
        assert found[-1] == ([part.shape for part in arguments] if len(arguments) > 1 else X.shape)
