"""Networks of many layers: what is traced and compiled once for layers that are alike gives the same."""

import jax
import jax.numpy as jnp
import numpy as np
import pytest

import cornu
from cornu import layers, optimizers
from cornu.core import inlining, products, symbolic
from cornu.core.inlining import inlined
from cornu.training import compiling
from cornu.training.fingerprint import fingerprint

OPTIMIZERS = {
    "adam": lambda: optimizers.Adam(0.01, amsgrad=True, weight_decay=0.1, clipnorm=1.0),
    "nadam": lambda: optimizers.Nadam(0.01),
    "rmsprop": lambda: optimizers.RMSprop(0.01, momentum=0.9, centered=True),
    "sgd": lambda: optimizers.SGD(0.01, momentum=0.9, nesterov=True),
    "adafactor": lambda: optimizers.Adafactor(0.01),
}
LAYERS = {
    "dense": (lambda: layers.Dense(3, activation="tanh"), (4,)),
    "conv": (lambda: layers.Conv2D(3, 3, strides=2, padding="same"), (9, 9, 2)),
    "batch norm": (layers.BatchNormalization, (4,)),
    "lstm": (lambda: layers.LSTM(3, return_sequences=True), (None, 4)),
    "reshape": (lambda: layers.Reshape((2, -1)), (4,)),
    "dropout": (lambda: layers.Dropout(0.5, seed=1), (4,)),
}


def chain(depth: int, units: int = 3) -> cornu.Model:
    """A Functional model of twice so many layers, and two more."""
    inputs = cornu.Input((4,))
    x = layers.Dense(units)(inputs)
    for _ in range(depth):
        x = layers.Add()([x, layers.Dense(units, activation="tanh")(x)])
    return cornu.Model(inputs, layers.Dense(1)(x))


def test_a_model_of_a_thousand_layers_has_a_fingerprint():
    one, same, other = chain(500), chain(500), chain(499)
    assert fingerprint(one) is not None
    assert fingerprint(one) == fingerprint(same) != fingerprint(other)


@pytest.mark.parametrize("name", OPTIMIZERS)
def test_an_update_shared_by_weights_of_one_shape_is_the_plain_one(name, monkeypatch):
    rng = np.random.default_rng(len(name))
    shapes = [*[tuple(rng.integers(1, 6, 2))] * 5, (3,), *[(4,)] * 4]
    start = [rng.normal(size=shape).astype("float32") for shape in shapes]
    gradients = [rng.normal(size=shape).astype("float32") for shape in shapes]

    def stepped():
        optimizer, variables = OPTIMIZERS[name](), [cornu.Variable(value) for value in start]
        optimizer.build(variables)

        def step(own, gradients, values):
            with inlined():
                return optimizer.stateless_apply(own, gradients, values)

        arguments = [v.value for v in optimizer.variables], gradients, start
        called = str(jax.make_jaxpr(step)(*arguments)).count("name=once")
        return called, jax.jit(step)(*arguments)

    called, shared = stepped()
    monkeypatch.setattr("cornu.optimizers.optimizer.MANY", 1000)
    none, plain = stepped()
    assert (called, none) == (9, 0)  # five weights of one shape, four of another, and one alone
    jax.tree.map(lambda a, b: np.testing.assert_allclose(a, b, rtol=1e-6), shared, plain)


@pytest.mark.parametrize("rows, size", [(2, 3), (40, 20), (90, 64)])
def test_a_product_shared_by_layers_is_the_plain_one(rows, size, monkeypatch):
    rng = np.random.default_rng(size)
    x = rng.normal(size=(rows, size)).astype("float32")
    kernels = (rng.normal(size=(6, size, size)) / size**0.5).astype("float32")

    def gradient(x, kernels):
        def total(x, kernels):
            for kernel in kernels:
                x = lax_tanh(products.matmul(x, kernel))
            return x.sum()

        with inlined():
            return jax.grad(total, (0, 1))(x, list(kernels))

    lax_tanh = jax.lax.tanh
    assert str(jax.make_jaxpr(gradient)(x, kernels)).count("jit[") >= 3
    shared = jax.jit(gradient)(x, kernels)
    monkeypatch.setattr(inlining, "MANY", 1000)
    assert " jit[" not in str(jax.make_jaxpr(lambda *a: gradient(*a))(x, kernels))
    plain = jax.jit(lambda *a: gradient(*a))(x, kernels)
    jax.tree.map(lambda a, b: np.testing.assert_allclose(a, b, rtol=1e-5, atol=1e-6), shared, plain)


def test_training_many_equal_layers_is_compiled_otherwise_and_learns_the_same(monkeypatch):
    x = np.random.default_rng(0).normal(size=(8, 4)).astype("float32")
    efforts = []

    def learnt():
        cornu.utils.set_random_seed(1)
        model = chain(6)
        model.compile("adam", "mse")
        history = model.fit(x, x.sum(1), batch_size=4, epochs=3, verbose=0).history
        efforts.extend(effort for *_, effort in model._loops)
        return history["loss"], model.get_weights()

    monkeypatch.setitem(compiling.REPEATS, "little", 3)
    fast = learnt()
    monkeypatch.setattr(compiling, "REPEATS", {})
    monkeypatch.setattr(inlining, "MANY", 1000)
    monkeypatch.setattr("cornu.optimizers.optimizer.MANY", 1000)
    plain = learnt()
    assert efforts == ["repeated", "little"]
    jax.tree.map(lambda a, b: np.testing.assert_allclose(a, b, rtol=1e-5, atol=1e-6), fast, plain)


@pytest.mark.parametrize("name", LAYERS)
def test_a_layer_like_an_earlier_one_gives_the_shapes_that_a_trace_gives(name, monkeypatch):
    make, shape = LAYERS[name]
    tensor = cornu.Input(shape)
    monkeypatch.setattr(symbolic, "_found", {})
    traced = make()(tensor)
    found = dict(symbolic._found)
    monkeypatch.setattr(symbolic, "_traced", lambda *_: pytest.fail("traced again"))
    if name == "lstm":  # its cell is a layer, which is yet to be called
        assert found == {}
        return
    again = make()(tensor)
    assert (again.shape, again.dtype) == (traced.shape, traced.dtype)


def test_a_layer_that_was_changed_is_traced():
    tensor = cornu.Input((4,))
    one, other = layers.Flatten(), layers.Dense(2)
    assert [one(tensor).shape, other(tensor).shape] == [(None, 4), (None, 2)]
    changed = layers.Dense(2)
    changed.build((None, 4))
    changed.activation = cornu.activations.linear
    changed.kernel = cornu.Variable(jnp.ones((4, 5)))
    changed.use_bias = False
    assert changed(tensor).shape == (None, 5)
