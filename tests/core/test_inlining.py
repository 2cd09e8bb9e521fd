"""Tracing quickly: which code is inlined, and that it changes no number."""

import jax
import jax.numpy as jnp
import numpy as np
import pytest
from jax import lax

import cornu
from cornu.core.inlining import inlined, only_ours, rolled
from cornu.training.loop import Loop

X = np.random.default_rng(0).normal(size=(20, 3)).astype("float32")
Y = (X.sum(1) > 0).astype("float32")


def swish(x):
    return x * jax.nn.sigmoid(x)


@pytest.mark.parametrize(
    ("layer", "expected"),
    [
        (
            lambda: cornu.layers.Dense(2, "relu", kernel_regularizer="l2", kernel_constraint="max_norm"),
            True,
        ),
        (lambda: cornu.layers.Dense(2, activation=jax.nn.relu), True),
        (lambda: cornu.layers.Dense(2, activation=swish), False),
        (lambda: cornu.layers.Dense(2, kernel_regularizer=lambda w: jnp.sum(w)), False),
        (lambda: cornu.Sequential([cornu.layers.Dense(2), cornu.layers.Dropout(0.5)]), True),
        (lambda: cornu.Sequential([cornu.layers.Lambda(swish)]), False),
        (lambda: cornu.losses.LossFunctionWrapper(lambda a, b: a - b), False),
        (lambda: cornu.optimizers.Adam(lambda: 0.1), False),
        (lambda: type("Mine", (cornu.layers.Layer,), {})(), False),
    ],
)
def test_code_of_the_users_is_found(layer, expected):
    assert only_ours(layer()) is expected


def train(monkeypatch, inline, module="cornu.layers.core"):
    class Looping(cornu.layers.Dropout):
        """Works only where loops stay loops."""

        samplewise = True

        def call(self, inputs, training=False):
            least = jnp.sum(lax.stop_gradient(inputs) > 1e9) + 3
            count = lax.while_loop(lambda n: n < least, lambda n: n + 1, 0)
            return inputs * count.astype(inputs.dtype)

    Looping.__module__ = module
    if inline is not None:
        monkeypatch.setattr("cornu.training.state.only_ours", lambda thing: inline)
    cornu.utils.set_random_seed(0)
    layers = [Looping(0.5)] if inline is None else [cornu.layers.Dropout(0.2)]
    model = cornu.Sequential([cornu.Input((3,)), cornu.layers.Dense(8, "tanh"), *layers])
    model.add(cornu.layers.Dense(1, "sigmoid"))
    model.compile("adam", "binary_crossentropy", metrics=["accuracy"])
    history = model.fit(X, Y, epochs=4, batch_size=8, verbose=0).history
    return dict(history), model.evaluate(X, Y, verbose=0), model.predict(X, verbose=0)


def test_inlining_changes_no_number(monkeypatch):
    for one, other in zip(
        jax.tree_util.tree_leaves(train(monkeypatch, True)),
        jax.tree_util.tree_leaves(train(monkeypatch, False)),
        strict=True,
    ):
        np.testing.assert_allclose(one, other, rtol=1e-6)


@pytest.mark.parametrize("module", ["cornu.layers.core", "__main__"])
def test_loops_inside_layers_work_whoever_wrote_them(monkeypatch, module):
    history, _, _ = train(monkeypatch, None, module)
    assert np.isfinite(history["loss"]).all()


def test_an_error_of_the_users_comes_through_once(monkeypatch):
    made = []
    original = Loop._make_programs
    monkeypatch.setattr(Loop, "_make_programs", lambda self: (made.append(1), original(self)))
    model = cornu.Sequential([cornu.layers.Lambda(lambda x: x / undefined)])  # noqa: F821
    model.compile("sgd", "mse")
    with pytest.raises(NameError, match="undefined"):
        model.fit(X, X, verbose=0)
    assert len(made) <= 1


def test_our_loops_stay_loops():
    def total(x):
        with inlined():
            return rolled(lax.scan, lambda carry, row: (jnp.add(carry, row), None), 0.0, x)[0]

    program = str(jax.make_jaxpr(total)(jnp.arange(50.0)))
    assert program.count("scan[") == 1
    assert float(jax.jit(total)(jnp.arange(50.0))) == 1225
