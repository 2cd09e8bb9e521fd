"""Losses against Keras: values, gradients, configurations; and against NumPy and scikit-learn."""

import jax
import jax.numpy as jnp
import keras
import numpy as np
import pytest
from sklearn import metrics as sk

from cornu import activations, losses

RNG = np.random.default_rng(7)
REAL = RNG.normal(size=(6, 4)).astype("float32")
LOGITS = (4 * RNG.normal(size=(6, 4))).astype("float32")
PROBABILITIES = (np.exp(LOGITS) / np.exp(LOGITS).sum(-1, keepdims=True)).astype("float32")
SIGMOIDS = (1 / (1 + np.exp(-LOGITS))).astype("float32")
SIGMOIDS[0, 0], SIGMOIDS[1, 1] = 0.0, 1.0  # where clipping matters
BITS = RNG.integers(0, 2, size=(6, 4))
LABELS = RNG.integers(0, 4, size=6)
ONE_HOT = np.eye(4)[LABELS]
IMAGES = RNG.normal(size=(2, 3, 4)).astype("float32")  # (batch, position, class)
WEIGHTS = np.array([0.5, 2.0, 0.0, 1.0, 3.0, 1.0], "float32")

# class, arguments, labels, predictions
ROWS = [
    ("MeanSquaredError", {}, RNG.normal(size=(6, 4)), REAL),
    ("MeanSquaredError", {}, BITS[:, 0], REAL[:, :1]),
    ("MeanSquaredError", {}, BITS[:, :1], REAL[:, 0]),
    ("MeanAbsoluteError", {}, RNG.normal(size=(6, 4)), REAL),
    ("BinaryCrossentropy", {}, BITS, SIGMOIDS),
    ("BinaryCrossentropy", {}, BITS[:, 0], SIGMOIDS[:, :1]),
    ("BinaryCrossentropy", {"from_logits": True}, BITS, LOGITS),
    ("BinaryCrossentropy", {"from_logits": True}, BITS, 30 * LOGITS),
    ("BinaryCrossentropy", {"from_logits": True}, BITS, 0 * LOGITS),
    ("BinaryCrossentropy", {"label_smoothing": 0.2}, BITS, SIGMOIDS),
    ("BinaryCrossentropy", {"axis": 0}, BITS, SIGMOIDS),
    ("CategoricalCrossentropy", {}, ONE_HOT, PROBABILITIES),
    ("CategoricalCrossentropy", {}, ONE_HOT, SIGMOIDS),
    ("CategoricalCrossentropy", {"from_logits": True}, ONE_HOT, LOGITS),
    ("CategoricalCrossentropy", {"label_smoothing": 0.1}, ONE_HOT, PROBABILITIES),
    ("CategoricalCrossentropy", {"axis": 0, "from_logits": True}, ONE_HOT, LOGITS),
    ("SparseCategoricalCrossentropy", {}, LABELS, PROBABILITIES),
    ("SparseCategoricalCrossentropy", {}, LABELS[:, None], PROBABILITIES),
    ("SparseCategoricalCrossentropy", {"from_logits": True}, LABELS, LOGITS),
    ("SparseCategoricalCrossentropy", {"ignore_class": 2}, LABELS, PROBABILITIES),
    ("SparseCategoricalCrossentropy", {"ignore_class": -1}, LABELS - 1, PROBABILITIES),
    (
        "SparseCategoricalCrossentropy",
        {"from_logits": True, "ignore_class": 255},
        np.array([[1, 255, 3], [0, 0, 255]]),
        IMAGES,
    ),
    ("SparseCategoricalCrossentropy", {"from_logits": True}, np.array([0, 9, 1, 2, -1, 3]), LOGITS),
]
IDS = [f"{name}-{number}" for number, (name, *_) in enumerate(ROWS)]


@pytest.mark.parity
@pytest.mark.parametrize(("name", "arguments", "y_true", "y_pred"), ROWS, ids=IDS)
def test_value_and_gradient(name, arguments, y_true, y_pred):
    ours, theirs = (getattr(room, name)(**arguments) for room in (losses, keras.losses))
    expected, slope = jax.value_and_grad(lambda p: theirs(y_true, p))(jnp.asarray(y_pred))
    value, gradient = jax.value_and_grad(lambda p: ours(y_true, p))(jnp.asarray(y_pred))
    np.testing.assert_allclose(value, expected, rtol=1e-5)
    passes = learns_where_keras_does_not(name, arguments, y_pred)
    np.testing.assert_allclose(gradient[~passes], slope[~passes], rtol=1e-5, atol=1e-9)
    assert not np.any(slope[passes])


def learns_where_keras_does_not(name, arguments, y_pred):
    """Where a probability is clipped: the one place where binary crossentropy's gradient is ours."""
    if name != "BinaryCrossentropy" or arguments.get("from_logits"):
        return np.zeros(np.shape(y_pred), bool)
    y_pred = np.asarray(y_pred)
    return (y_pred >= 0) & (y_pred <= 1) & ((y_pred <= 1e-7) | (y_pred >= 1 - 1e-7))


@pytest.mark.parametrize("label", [0.0, 1.0, 0.3])
@pytest.mark.parametrize("z", [-300.0, -50.0, -17.0, 0.5, 17.0, 50.0, 300.0])
def test_a_saturated_sigmoid_still_learns(label, z):
    """Sigmoid and binary crossentropy together have the gradient p - y, as by the formula on logits."""

    def loss(z):
        return losses.binary_crossentropy(jnp.asarray([label]), activations.sigmoid(z[None]))

    gradient = jax.grad(lambda z: loss(z))(jnp.asarray(z, "float32"))
    p = 1 / (1 + np.exp(-np.float64(z)))
    np.testing.assert_allclose(gradient, p - label, rtol=1e-3, atol=1e-6)


@pytest.mark.parametrize("prediction", [-3.0, -1e-3, 1.001, 7.0])
def test_what_is_no_probability_gets_no_gradient(prediction):
    gradient = jax.grad(lambda p: losses.binary_crossentropy(jnp.ones(1), p[None]))(prediction)
    assert gradient == 0


@pytest.mark.parity
@pytest.mark.parametrize("reduction", ["sum_over_batch_size", "sum", "mean", "none", None])
@pytest.mark.parametrize("ignore_class", [None, 2])
def test_weights_and_reductions(reduction, ignore_class):
    arguments = {"reduction": reduction, "ignore_class": ignore_class}
    ours, theirs = (room.SparseCategoricalCrossentropy(**arguments) for room in (losses, keras.losses))
    for weights in (None, WEIGHTS, WEIGHTS[:, None], 2.0):
        expected = theirs(LABELS, PROBABILITIES, weights)
        np.testing.assert_allclose(ours(LABELS, PROBABILITIES, weights), expected, rtol=1e-5)


@pytest.mark.parity
@pytest.mark.parametrize("weights", [None, WEIGHTS, 0 * WEIGHTS], ids=["none", "some", "zero"])
def test_mean_with_sample_weight(weights):
    arguments = {"reduction": "mean_with_sample_weight"}
    ours, theirs = (room.MeanSquaredError(**arguments) for room in (losses, keras.losses))
    expected = theirs(BITS, REAL, weights)
    np.testing.assert_allclose(ours(BITS, REAL, weights), expected, rtol=1e-6)


@pytest.mark.parity
def test_weights_of_rank_two():
    for weights in (RNG.random((2, 3)).astype("float32"), np.ones((2, 1), "float32")):
        for loss in ("MeanSquaredError", "CategoricalCrossentropy"):
            y_true = np.abs(IMAGES[:, ::-1])
            y_pred = np.abs(IMAGES) + 0.1
            ours, theirs = (getattr(room, loss)() for room in (losses, keras.losses))
            expected = theirs(y_true, y_pred, weights)
            np.testing.assert_allclose(ours(y_true, y_pred, weights), expected, rtol=1e-5)


@pytest.mark.parity
@pytest.mark.parametrize(("name", "arguments"), {(r[0], tuple(r[1].items())): 0 for r in ROWS})
def test_config(name, arguments):
    ours, theirs = (getattr(room, name)(**dict(arguments)) for room in (losses, keras.losses))
    config, expected = ours.get_config(), theirs.get_config()
    assert {key: config[key] for key in expected} == expected
    assert losses.deserialize(keras.losses.serialize(theirs)).get_config() == config
    assert type(ours).from_config(config).get_config() == config
    assert losses.serialize(ours)["module"] == keras.losses.serialize(theirs)["module"]


@pytest.mark.parity
@pytest.mark.parametrize("name", sorted(set(losses.LOSSES) & set(keras.src.losses.ALL_OBJECTS_DICT)))
def test_names_are_those_of_keras(name):
    ours, theirs = losses.get(name), keras.losses.get(name)
    assert getattr(ours, "__name__", type(ours)) in (
        getattr(theirs, "__name__", None),
        getattr(losses, type(theirs).__name__, None),
    )


def test_against_numpy_and_scikit_learn():
    assert float(losses.MeanSquaredError()(BITS, REAL)) == pytest.approx(
        sk.mean_squared_error(BITS, REAL)
    )
    assert float(losses.MeanAbsoluteError()(BITS, REAL)) == pytest.approx(
        sk.mean_absolute_error(BITS, REAL)
    )
    expected = sk.log_loss(LABELS, PROBABILITIES)
    for loss, labels in (
        (losses.SparseCategoricalCrossentropy(), LABELS),
        (losses.CategoricalCrossentropy(), ONE_HOT),
    ):
        assert float(loss(labels, PROBABILITIES)) == pytest.approx(expected, rel=1e-5)
    inside = SIGMOIDS[2:, 0]
    assert float(losses.BinaryCrossentropy()(BITS[2:, 0], inside)) == pytest.approx(
        sk.log_loss(BITS[2:, 0], inside, labels=[0, 1]), rel=1e-5
    )
