"""Models in pickles."""

import copy
import pickle

import numpy as np
import pytest

import cornu

X = np.random.default_rng(0).normal(size=(6, 3)).astype("float32")
Y = np.ones((6, 2), "float32")


class Twice(cornu.layers.Layer):
    def call(self, inputs):
        return 2 * inputs


def halved(y_true, y_pred):
    return cornu.ops.mean((y_true - y_pred) ** 2, axis=-1) / 2


def network():
    x = cornu.Input((3,))
    model = cornu.Model(x, Twice()(cornu.layers.Dense(2, activation=cornu.activations.tanh)(x)))
    model.compile(cornu.optimizers.Adam(0.1), halved, metrics=[halved])
    return model


@pytest.mark.parametrize("copied", [lambda model: pickle.loads(pickle.dumps(model)), copy.deepcopy])
@pytest.mark.parametrize("trained", [False, True])
def test_a_copy_goes_on_like_the_model(copied, trained):
    model = network()
    if trained:
        model.fit(X, Y, verbose=0)
    again = copied(model)
    np.testing.assert_array_equal(again.predict(X, verbose=0), model.predict(X, verbose=0))
    losses = [m.fit(X, Y, epochs=3, shuffle=False, verbose=0).history for m in (model, again)]
    assert losses[0] == losses[1]
    assert model.get_weights()[0] is not again.get_weights()[0]
