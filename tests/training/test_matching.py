"""Which last activations go with which losses: what `fit` warns of, and what only a checkup tells."""

import warnings

import numpy as np
import pytest

import cornu
from cornu import activations, layers
from cornu.core.errors import CornuWarning
from cornu.training.matching import activation_of

X, Y = np.ones((4, 2), "float32"), np.array([0, 1, 2, 0])


@pytest.mark.parametrize(
    ("layer", "function"),
    [
        (layers.Dense(1, "tanh"), activations.tanh),
        (layers.Dense(1), activations.linear),
        (layers.Activation("relu"), activations.relu),
        (layers.ReLU(), activations.relu),
        (layers.ReLU(negative_slope=0.1), None),
        (layers.Softmax(), activations.softmax),
        (layers.Dense(1, activation=layers.ReLU()), activations.relu),
        (cornu.Sequential([layers.Dense(1), layers.Softmax()]), activations.softmax),
        (layers.Flatten(), None),
    ],
)
def test_the_activation_that_a_layer_ends_with(layer, function):
    assert activation_of(layer) is function


def fitted(last, loss, y=Y):
    model = cornu.Sequential([cornu.Input((2,)), layers.Dense(3), *last])
    model.compile("sgd", loss)
    model.fit(X, y, verbose=0)


def test_fit_warns_of_a_softmax_layer_below_logits():
    loss = cornu.losses.SparseCategoricalCrossentropy(from_logits=True)
    with pytest.warns(CornuWarning, match="has from_logits=True, but the output .* through softmax"):
        fitted([layers.Softmax()], loss)


def test_fit_is_silent_about_what_may_be_meant():
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        fitted([layers.Activation("softmax")], "mse", np.eye(3)[Y])
        fitted([layers.Activation("sigmoid")], "sparse_categorical_crossentropy")
