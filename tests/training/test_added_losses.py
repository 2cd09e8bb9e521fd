"""Losses and metrics that layers and models add: within a call, as symbolic tensors, as functions."""

import jax
import jax.numpy as jnp
import keras
import numpy as np
import pytest

import cornu
from cornu import backend as K
from cornu import layers, ops
from cornu.core.errors import NotBuiltYetError

RNG = np.random.default_rng(5)
X = RNG.normal(size=(10, 3)).astype("float32")
PARTS = {"batch_size": 4, "epochs": 2, "shuffle": False, "verbose": 0}


def code(library, **arguments):
    return library.layers.Dense(2, kernel_initializer="ones", name="code", **arguments)


def back(library):
    return library.layers.Dense(3, kernel_initializer="ones", name="back")


def small(library):
    class Small(library.layers.Layer):
        def call(self, x):
            self.add_loss(library.ops.mean(x**2))
            return x

    return Small()


def through_a_layer(library):
    """An autoencoder whose code should be small, the error added by a layer."""
    x = library.Input((3,))
    h = small(library)(code(library)(x))
    return library.Model(x, back(library)(h))


def trained(model, y=X, loss="mse"):
    model.compile("sgd", loss)
    return model.fit(X, y, **PARTS).history["loss"], model.get_weights()


def same(one, other):
    np.testing.assert_allclose(one[0], other[0], rtol=1e-5)
    for mine, expected in zip(one[1], other[1], strict=True):
        np.testing.assert_allclose(mine, expected, rtol=1e-5, atol=1e-6)


@pytest.mark.parity
def test_a_loss_that_a_layer_adds_counts_as_in_keras():
    same(trained(through_a_layer(cornu)), trained(through_a_layer(keras)))


def symbolic(loss=True, error=False):
    x = cornu.Input((3,))
    h = code(cornu)(x)
    out = back(cornu)(h)
    model = cornu.Model(x, out)
    if loss:
        model.add_loss(ops.mean(ops.square(h)))
    if error:
        model.add_loss(K.mean(cornu.losses.mse(x, out)))
    return model


def test_a_symbolic_loss_is_that_of_a_layer():
    expected = trained(through_a_layer(cornu))
    same(trained(symbolic()), expected)
    same(trained(symbolic(error=True), y=None, loss=None), expected)


def test_old_arguments_of_add_loss():
    class Old(layers.Layer):
        def call(self, x):
            self.add_loss(K.mean(x**2), inputs=x)
            return x

    x = cornu.Input((3,))
    model = cornu.Model(x, back(cornu)(Old()(code(cornu)(x))))
    same(trained(model), trained(symbolic()))


@pytest.mark.parametrize("own", [False, True])
def test_a_function_without_arguments_is_asked_at_every_step(own):
    model = symbolic(loss=False)
    dense = model.get_layer("code")
    (dense if own else model).add_loss(lambda: 0.1 * ops.sum(ops.square(dense.kernel)))
    x = cornu.Input((3,))
    plain = cornu.Model(x, back(cornu)(code(cornu, kernel_regularizer=cornu.regularizers.L2(0.1))(x)))
    same(trained(model), trained(plain))


def test_a_layer_that_only_a_loss_uses_is_trained():
    model = symbolic(loss=False)
    probe = layers.Dense(1, name="probe")
    model.add_loss(ops.mean(ops.square(probe(model.get_layer("code").output) - 1.0)))
    before = [np.array(each) for each in probe.get_weights()]
    trained(model)
    assert all((a != b).all() for a, b in zip(before, probe.get_weights(), strict=True))


class Watched(layers.Layer):
    """Adds a metric as Keras 2 had it."""

    def call(self, x):
        self.add_metric(ops.max(x), name="largest", aggregation="mean")
        return x


def test_metrics_that_layers_add_are_in_the_logs():
    model = cornu.Sequential([cornu.Input((3,)), Watched(), back(cornu)])
    model.compile("sgd", "mse", metrics=["mae"])
    history = model.fit(X, X, validation_data=(X[:4], X[:4]), **PARTS).history
    assert set(history) == {*("loss", "mae", "largest"), *("val_loss", "val_mae", "val_largest")}
    expected = np.mean([X[:4].max(), X[4:8].max(), X[8:].max()])
    np.testing.assert_allclose(history["largest"], expected, rtol=1e-6)
    assert model.metrics_names == ["loss", "mae", "largest"]
    assert model.evaluate(X[:4], X[:4], verbose=0)[2] == pytest.approx(X[:4].max())


def test_metrics_of_symbolic_tensors():
    model = symbolic()
    model.add_metric(ops.mean(model.get_layer("code").output), name="size", aggregation="mean")
    model.add_metric(ops.max(model.output), name="top")
    model.compile("sgd", "mse")
    expected = X[:4].sum(axis=1).mean()
    logs = model.evaluate(X[:4], X[:4], verbose=0, return_dict=True)
    assert logs["size"] == pytest.approx(expected, rel=1e-5)
    assert set(logs) == {"loss", "size", "top"}
    assert set(model.fit(X, X, **PARTS).history) == {"loss", "size", "top"}


class Counted(layers.Layer):
    """Keeps a metric of its own."""

    def __init__(self):
        super().__init__()
        self.seen = cornu.metrics.Sum(name="seen")

    def call(self, x):
        self.seen.update_state(ops.mean(x))
        return x


def test_metrics_that_layers_keep_are_in_the_logs():
    model = cornu.Sequential([cornu.Input((3,)), Counted(), back(cornu)])
    model.compile("sgd", "mse")
    history = model.fit(X, X, **PARTS).history
    expected = sum(X[i : i + 4].mean() for i in (0, 4, 8))
    assert list(history) == ["loss", "seen"]
    np.testing.assert_allclose(history["seen"], expected, rtol=1e-5)  # afresh in each epoch


def test_the_metrics_of_a_compiled_model_inside_are_not_reported():
    inner = cornu.Sequential([cornu.Input((3,)), code(cornu)])
    inner.compile("sgd", "mse", metrics=["mae"])
    inner.fit(X, X[:, :2], verbose=0)
    model = cornu.Sequential([cornu.Input((3,)), inner, back(cornu)])
    model.compile("sgd", "mse")
    assert list(model.fit(X, X, **PARTS).history) == ["loss"]
    assert model.metrics == [model.objective.mean_loss]


def test_the_variational_autoencoder_of_the_old_books_learns():
    cornu.utils.set_random_seed(3)
    data = np.array([[1, 1, 1, 0, 0, 0], [0, 0, 0, 1, 1, 1]], "float32")[RNG.integers(0, 2, 60)]
    x = layers.Input(shape=(6,))
    h = layers.Dense(8, activation="relu")(x)
    z_mean, z_log_var = layers.Dense(1)(h), layers.Dense(1)(h)

    def sampling(args):
        z_mean, z_log_var = args
        epsilon = K.random_normal(shape=(K.shape(z_mean)[0], 1), mean=0.0, stddev=1.0)
        return z_mean + K.exp(z_log_var / 2) * epsilon

    z = layers.Lambda(sampling, output_shape=(1,))([z_mean, z_log_var])
    decoded = layers.Dense(6, activation="sigmoid")(layers.Dense(8, activation="relu")(z))
    vae = cornu.Model(x, decoded)
    xent = 6 * cornu.losses.binary_crossentropy(x, decoded)
    kl = -0.5 * K.sum(1 + z_log_var - K.square(z_mean) - K.exp(z_log_var), axis=-1)
    vae.add_loss(K.mean(xent + kl))
    vae.compile(optimizer=cornu.optimizers.Adam(0.02))
    arguments = {"shuffle": True, "batch_size": 25, "validation_data": (data, None), "verbose": 0}
    logs = vae.fit(data, epochs=150, **arguments).history
    apart = 6 * np.log(2)  # what six bits cost that are not seen as one of two patterns
    assert logs["loss"][0] > 0.9 * apart
    assert max(np.mean(logs["loss"][-10:]), np.mean(logs["val_loss"][-10:])) < 0.5 * apart


def vector(layer, x):
    layer.add_loss(x[:, 0])


def nameless(layer, x):
    layer.add_metric(ops.max(x))


def summed(layer, x):
    layer.add_metric(ops.max(x), name="largest", aggregation="sum")


@pytest.mark.parametrize(
    ("adds", "words"),
    [
        (vector, r"add_loss was given an array of shape \(\w+,\), but training minimizes one.*ops.mean"),
        (nameless, r"add_metric needs a name for the logs, got name=None: add_metric\(value, name="),
        (summed, r"add_metric\(aggregation='sum'\): only 'mean' is known.*cornu.metrics.Sum"),
    ],
)
def test_what_cannot_be_added_is_refused(adds, words):
    class Wrong(layers.Layer):
        def call(self, x):
            adds(self, x)
            return x

    with pytest.raises(ValueError, match=words):
        trained(cornu.Sequential([cornu.Input((3,)), Wrong(), back(cornu)]))


def test_a_tensor_from_elsewhere_cannot_be_added():
    model, other = symbolic(), cornu.Input((2,), name="other")
    with pytest.raises(ValueError, match=r'not connected.*needs the input "other"'):
        model.add_loss(ops.mean(other))
    trained(model)  # nothing was changed


def test_a_symbolic_loss_needs_a_graph():
    class Own(cornu.Model):
        def call(self, x):
            return x

    with pytest.raises(AttributeError, match="add_loss or add_metric could use a symbolic tensor"):
        Own().add_loss(cornu.Input(()))


@pytest.mark.parametrize("name", ["m.keras", "m.h5"])
def test_a_graph_with_added_tensors_goes_through_a_file(name, tmp_path):
    model = symbolic()
    model.add_metric(ops.mean(model.output), "size")
    trained(model)
    model.save(tmp_path / name)
    again = cornu.models.load_model(tmp_path / name)
    assert again.get_config() == model.get_config()
    mine, expected = (
        each.fit(X, X, epochs=2, shuffle=False, verbose=0).history for each in (again, model)
    )
    assert mine == expected
    assert list(mine) == ["loss", "size"]


def test_added_tensors_that_no_layer_makes_are_named():
    config = symbolic().get_config()
    config["added"][0]["tensor"] = ["nowhere", 0, 0]
    with pytest.raises(ValueError, match=r"adds .*nowhere.* to the model, which no layer makes"):
        cornu.Model.from_config(config)


def test_a_loss_of_rows_is_right_in_a_short_last_batch():
    """A mean over the batch counts no rows that fill it up."""
    model = symbolic()
    model.compile("sgd")
    means = [np.mean(np.square(X[i : i + 4].sum(axis=1))) for i in (0, 4, 8)]
    expected = np.average(means, weights=[4, 4, 2])
    assert model.evaluate(X, batch_size=4, verbose=0) == pytest.approx(expected, rel=1e-5)


def test_added_losses_are_numbers_of_the_last_call():
    layer = small(cornu)
    layer(jnp.ones((2, 3)))
    layer(2 * jnp.ones((2, 3)))
    assert [float(each) for each in layer.losses] == [4.0]


@pytest.mark.parametrize("lib", [cornu, pytest.param(keras, marks=pytest.mark.parity)], ids=str)
def test_after_fit_the_losses_are_those_of_weights_alone(lib):
    """What a compiled step added is gone with it."""
    dense = lib.layers.Dense(
        2,
        kernel_initializer="ones",
        kernel_regularizer=lib.regularizers.L2(0.5),
        activity_regularizer="l2",
    )
    model = lib.Sequential([lib.Input((3,)), small(lib), dense])
    model.compile(lib.optimizers.SGD(0.0), "mse")
    for train in (model.fit, model.train_on_batch, model.evaluate):
        train(X, X[:, :2])
        assert [float(each) for each in model.losses] == [3.0]
    model(X)
    assert len(model.losses) == 3


def test_losses_are_there_within_derivatives_of_ones_own():
    layer = small(cornu)

    def loss(x):
        layer(x)
        return sum(layer.losses)

    expected = X * 2 / X.size
    np.testing.assert_allclose(jax.grad(loss)(X), expected, rtol=1e-6)
    np.testing.assert_allclose(jax.jit(jax.grad(loss))(X), expected, rtol=1e-6)
    assert layer.losses == []


def test_a_loss_that_holds_tensors_of_the_graph_is_in_no_configuration():
    model = symbolic()
    model.graph.look_at(model.output, lambda value: None)  # as under compat
    with pytest.raises(NotBuiltYetError, match=r"a loss that uses symbolic tensors.*save_weights"):
        model.get_config()
