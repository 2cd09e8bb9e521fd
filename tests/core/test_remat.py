"""Rematerialization: the same numbers and gradients, with less kept for the backward pass."""

import jax
import jax.numpy as jnp
import numpy as np
import pytest

import cornu
from cornu.core.pure import named, pure, read

X = np.random.default_rng(0).normal(size=(4, 8)).astype("float32")


class Counting(cornu.layers.Layer):
    """Counts its calls in a weight, adds a loss, and draws random numbers."""

    def __init__(self, **kwargs):
        super().__init__(**kwargs)
        self.dropout = cornu.layers.Dropout(0.5, seed=3)

    def build(self, input_shape):
        self.scale = self.add_weight((), "ones", name="scale")
        self.calls = self.add_weight((), "zeros", trainable=False, name="calls")

    def call(self, inputs, training=False):
        self.calls.assign_add(1.0)
        self.add_loss(jnp.sum(self.scale.value**2))
        return jnp.sin(jnp.sin(self.dropout(inputs, training=training) * self.scale.value))


def network(scope):
    with scope:
        return cornu.Sequential(
            [
                cornu.Input((8,)),
                cornu.layers.Dense(64, activation="tanh", name="wide"),
                Counting(),
                cornu.layers.Dense(1, name="last"),
            ]
        )


def recomputes(program):
    """Whether the program computes anything twice; JAX has called it by two names."""
    return "remat" in program or "checkpoint[" in program


def gradients(model):
    """Loss and gradients of a model with fixed weights, and the text of the gradients' program."""
    rng = np.random.default_rng(1)
    model.set_weights([rng.normal(size=w.shape).astype("float32") for w in model.get_weights()])
    state = named(all=model.variables)

    def loss(values):
        new, (output, extra) = pure(lambda: (model(X, training=True), sum(model.losses)), state)(values)
        return jnp.sum(output**2) + extra, new

    values = read(state)
    text = str(jax.make_jaxpr(jax.grad(loss, has_aux=True, allow_int=True))(values))
    found, new = jax.grad(loss, has_aux=True, allow_int=True)(values)
    return [np.asarray(found["all"][v.path]) for v in model.trainable_weights], new, text


@pytest.mark.parametrize(
    ("scope", "wanted"),
    [
        (cornu.RematScope("full"), True),
        (cornu.RematScope("activations"), True),
        (cornu.RematScope("larger_than", output_size_threshold=32), True),
        (cornu.RematScope("larger_than", output_size_threshold=100), False),
        (cornu.RematScope("list_of_layers", layer_names=["wide"]), True),
        (cornu.RematScope(None), False),
    ],
)
def test_gradients_and_assignments_stay_the_same(scope, wanted):
    plain, plain_new, text = gradients(network(cornu.RematScope(None)))
    found, new, rematerialized = gradients(network(scope))
    assert not recomputes(text)
    assert recomputes(rematerialized) == wanted
    for one, other in zip(found, plain, strict=True):
        np.testing.assert_allclose(one, other, rtol=1e-5, atol=1e-6)
    for path, value in plain_new["all"].items():
        np.testing.assert_array_equal(
            value, list(new["all"].values())[list(plain_new["all"]).index(path)]
        )


def test_a_rematerialized_model_trains():
    losses = []
    for scope in (cornu.RematScope(None), cornu.RematScope()):
        cornu.utils.set_random_seed(0)
        model = network(scope)
        model.compile("sgd", "mse")
        losses.append(model.fit(X, X[:, :1], epochs=3, verbose=0, batch_size=2).history["loss"])
    np.testing.assert_allclose(losses[0], losses[1], rtol=1e-5)


def test_remat_of_a_function():
    wrapped = cornu.remat(lambda x, power: jnp.sin(x) ** power)
    assert recomputes(str(jax.make_jaxpr(jax.grad(lambda x: wrapped(x, power=2)))(1.0)))
    np.testing.assert_allclose(jax.grad(lambda x: wrapped(x, power=2))(1.0), np.sin(2.0), rtol=1e-6)


def test_an_unknown_mode_is_named():
    with pytest.raises(ValueError, match=r'Unknown mode "ful" of RematScope. Did you mean "full"'):
        cornu.RematScope("ful")
