"""Functions of JAX as layers: their parameters train, their state moves, their keys change."""

import types
from typing import NamedTuple

import jax
import jax.numpy as jnp
import keras
import numpy as np
import pytest

import cornu
from cornu.core.inlining import only_ours
from cornu.layers import Dense, FlaxLayer, JaxLayer
from tests.layers.contract import TABLE

X = np.random.default_rng(1).normal(size=(8, 4)).astype("float32")
Y = (X @ np.array([1.0, -2.0, 0.5, 0.0]) + 1).astype("float32")[:, None]


# What stands for a module of Flax in the table of contracts.
Module = next(type(row.arguments["module"]) for row in TABLE if row.name == "FlaxLayer")


class Affine(NamedTuple):
    kernel: jax.Array
    bias: jax.Array


def affine(params, inputs):
    return inputs @ params.kernel + params.bias


def affine_start(rng, inputs):
    return Affine(0.1 * jax.random.normal(rng, (inputs.shape[-1], 1)), jnp.zeros(1))


def two_layers(params, inputs):
    hidden = jnp.tanh(inputs @ params["first"][0] + params["first"][1])
    return hidden @ params["second"]


def parameters():
    rng = np.random.default_rng(7)
    first = [rng.normal(size=(4, 3)).astype("float32"), np.zeros(3, "float32")]
    return {"second": rng.normal(size=(3, 1)).astype("float32"), "first": first}


@pytest.mark.parity
def test_a_structure_of_parameters_trains_as_in_keras():
    def run(library):
        layer = library.layers.JaxLayer(two_layers, params=parameters())
        model = library.Sequential([layer])
        model.compile("adam", "mse")
        losses = model.fit(X, Y, epochs=20, batch_size=8, verbose=0).history["loss"]
        return losses, [np.asarray(w) for w in layer.weights], [w.path for w in layer.weights]

    cornu.utils.clear_session(free_memory=False)
    keras.utils.clear_session(free_memory=False)
    ours, theirs = run(cornu), run(keras)
    np.testing.assert_allclose(ours[0], theirs[0], rtol=1e-5)
    for weight, expected in zip(ours[1], theirs[1], strict=True):
        np.testing.assert_allclose(weight, expected, rtol=1e-5, atol=1e-6)
    assert ours[2] == theirs[2]


def test_parameters_made_when_the_shape_is_known():
    layer = JaxLayer(affine, affine_start)
    assert not layer.built
    model = cornu.Sequential([cornu.Input((4,)), layer])
    assert model.output_shape == (None, 1)
    assert [w.shape for w in layer.trainable_weights] == [(4, 1), (1,)]
    np.testing.assert_allclose(layer(X), X @ layer.params.kernel.numpy(), rtol=1e-5)
    model.compile(cornu.optimizers.Adam(0.1), "mse")
    losses = model.fit(X, Y, epochs=150, verbose=0).history["loss"]
    assert losses[-1] < 0.01 * losses[0]


def test_the_first_parameters_follow_the_seed():
    def kernel():
        cornu.utils.set_random_seed(3)
        layer = JaxLayer(affine, affine_start)
        layer(X)
        return layer.params.kernel.numpy()

    np.testing.assert_array_equal(kernel(), kernel())


def running(params, state, inputs, training):
    mean = jnp.mean(inputs, 0)
    new = {"mean": 0.5 * state["mean"] + 0.5 * mean, "count": state["count"] + 1}
    return params * (inputs - state["mean"]), new if training else state


def test_state_moves_while_training_and_in_fit():
    layer = JaxLayer(running, params=jnp.ones(4), state={"mean": jnp.zeros(4), "count": 0})
    assert layer.built
    assert [w.shape for w in layer.non_trainable_weights] == [(), (4,)]
    layer(X)
    assert int(layer.state["count"]) == 0
    layer(X, training=True)
    np.testing.assert_allclose(layer.state["mean"], X.mean(0) / 2, rtol=1e-5, atol=1e-7)
    model = cornu.Sequential([layer, Dense(1)])
    model.compile("sgd", "mse")
    model.fit(X, Y, batch_size=2, epochs=2, verbose=0)
    assert int(layer.state["count"]) == 9
    assert layer.state["count"].dtype == "int32"


def test_numbers_that_are_no_floats_are_not_trained():
    layer = JaxLayer(lambda params, inputs: inputs * params[0] * params[1], params=[2, 3.0])
    assert [w.dtype for w in layer.trainable_weights] == ["float32"]
    assert [w.dtype for w in layer.non_trainable_weights] == ["int32"]
    model = cornu.Sequential([layer])
    model.compile("sgd", "mse")
    model.fit(X, X, verbose=0)
    assert int(layer.params[0]) == 2


def test_what_is_no_array_stays_in_the_structure():
    def call(params, inputs):
        return getattr(jnp, params["function"])(inputs) * params["scale"]

    layer = JaxLayer(call, params={"function": "tanh", "scale": np.float32(2)})
    np.testing.assert_allclose(layer(X), 2 * np.tanh(X), rtol=1e-5)
    assert layer.count_params() == 1


def test_keys_come_while_training_alone():
    def noisy(rng, inputs):
        return inputs if rng is None else inputs + jax.random.normal(rng, inputs.shape)

    layer = JaxLayer(noisy, seed=4)
    np.testing.assert_array_equal(layer(X), X)
    first, second = layer(X, training=True), layer(X, training=True)
    assert not np.array_equal(first, second)
    np.testing.assert_array_equal(JaxLayer(noisy, seed=4)(X, training=True), first)


def test_a_compiled_function_is_the_users_too():
    @jax.jit
    def powers(params, inputs):
        return jax.lax.scan(lambda x, _: (params * x, None), inputs, None, length=3)[0]

    layer = JaxLayer(powers, params=jnp.full((), 2.0))
    assert not only_ours(layer)  # whose loops must stay loops
    np.testing.assert_allclose(cornu.Sequential([layer]).predict(X, verbose=0), 8 * X, rtol=1e-6)


def test_several_inputs_in_one_structure():
    def start(inputs):
        return jnp.ones((inputs["a"].shape[-1], inputs["b"].shape[-1]))

    def call(params, inputs):
        return inputs["a"] @ params + inputs["b"]

    inputs = {"a": cornu.Input((4,), name="a"), "b": cornu.Input((2,), name="b")}
    model = cornu.Model(inputs, JaxLayer(call, start)(inputs))
    assert model.output_shape == (None, 2)
    found = model.predict({"a": X, "b": X[:, :2]}, verbose=0)
    np.testing.assert_allclose(found, X.sum(1, keepdims=True) + X[:, :2], rtol=1e-4, atol=1e-5)


def test_built_inside_another_layer_while_it_is_traced():
    class Outer(cornu.layers.Layer):
        def __init__(self):
            super().__init__()
            self.inner = JaxLayer(affine, affine_start)

        def call(self, inputs):
            return self.inner(inputs)

    outer = Outer()
    assert outer(cornu.Input((4,))).shape == (None, 1)
    assert outer(X).shape == (8, 1)
    assert np.isfinite(outer.inner.params.kernel.numpy()).all()


def test_a_module_of_flax_with_values_of_its_own():
    module = Module(2)
    variables = {"params": {"kernel": jnp.ones((4, 2))}, "batch_stats": {"mean": jnp.full(2, 0.5)}}
    layer = FlaxLayer(module, variables=variables)
    np.testing.assert_allclose(layer(X), X @ np.ones((4, 2)) - 0.5, rtol=1e-5, atol=1e-6)
    assert [w.shape for w in layer.trainable_weights] == [(4, 2)]
    model = cornu.Sequential([layer])
    model.compile("sgd", "mse")
    model.fit(X, X[:, :2], epochs=2, verbose=0)
    assert not np.allclose(layer.params["params"]["kernel"], 1)
    assert not np.allclose(layer.state["batch_stats"]["mean"], 0.5)


def test_a_real_module_of_flax():
    flax = pytest.importorskip("flax")

    class Network(flax.linen.Module):
        @flax.linen.compact
        def __call__(self, inputs, training):
            x = flax.linen.Dense(6)(inputs)
            x = flax.linen.BatchNorm(use_running_average=not training, momentum=0.5)(x)
            x = flax.linen.Dropout(0.1, deterministic=not training)(flax.linen.relu(x))
            return flax.linen.Dense(1)(x)

        def doubled(self, inputs):
            return 2 * inputs

    layer = FlaxLayer(Network())
    model = cornu.Sequential([cornu.Input((4,)), layer])
    assert len(layer.trainable_weights) == 6
    assert len(layer.non_trainable_weights) == 2
    model.compile(cornu.optimizers.Adam(0.05), "mse")
    losses = model.fit(X, Y, epochs=100, verbose=0).history["loss"]
    assert losses[-1] < 0.3 * losses[0]
    assert not np.allclose(layer.state["batch_stats"]["BatchNorm_0"]["mean"], 0)
    for method in ("doubled", Network.doubled, Network().doubled):
        np.testing.assert_allclose(FlaxLayer(Network(), method=method)(X), 2 * X)


def wrong_state(state, inputs):
    return inputs, {"other": state["mean"]}


@pytest.mark.parametrize(
    ("make", "error", "words"),
    [
        (lambda: JaxLayer(3), TypeError, "call_fn must be a function, got call_fn=3"),
        (lambda: JaxLayer(affine, "start"), TypeError, "init_fn must be a function"),
        (
            lambda: JaxLayer(lambda parms, inputs: inputs),
            ValueError,
            'call_fn has an argument "parms". Did you mean "params".* params, state, rng, inputs,',
        ),
        (
            lambda: JaxLayer(lambda rng: rng),
            ValueError,
            r'must take an argument "inputs", but takes \(rng\)',
        ),
        (
            lambda: JaxLayer(affine, lambda inputs, state: 1),
            ValueError,
            'init_fn has an argument "state"',
        ),
        (lambda: JaxLayer(affine), ValueError, "call_fn takes params, but there is nothing .* init_fn="),
        (
            lambda: JaxLayer(affine, affine_start, native_serialization_platforms=("cpu",)),
            ValueError,
            "is for Keras on TensorFlow. Leave it out",
        ),
        (lambda: FlaxLayer("net"), TypeError, "takes a module of Flax, got 'net'"),
        (
            lambda: FlaxLayer(types.SimpleNamespace(init=1, apply=2, __call__=affine)).get_config(),
            TypeError,
            "cannot be configured again from SimpleNamespace, which has no method get_config",
        ),
        (
            lambda: JaxLayer(wrong_state, state={"mean": jnp.zeros(())})(X),
            ValueError,
            r"returned a state of the structure PyTreeDef\(\{'other'.*has the structure .*'mean'",
        ),
    ],
)
def test_errors_teach(make, error, words):
    with pytest.raises(error, match=words):
        make()
