"""Metrics against Keras, batch by batch, with weights; and against scikit-learn."""

import keras
import numpy as np
import pytest
from sklearn import metrics as sk

from cornu import metrics

RNG = np.random.default_rng(11)
SCORES = RNG.random((6, 4)).astype("float32")
REAL = RNG.normal(size=(6, 4)).astype("float32")
BITS = RNG.integers(0, 2, size=(6, 4))
LABELS = RNG.integers(0, 4, size=6)
ONE_HOT = np.eye(4)[LABELS]
SEQUENCES = RNG.random((6, 3, 4)).astype("float32")  # (batch, position, class)
WORDS = RNG.integers(0, 4, size=(6, 3))
ROUND = RNG.integers(0, 3, size=(6, 2))

# class, arguments, labels, predictions
ROWS = [
    ("Accuracy", {}, ROUND, RNG.integers(0, 3, size=(6, 2)).astype("float32")),
    ("Accuracy", {}, ROUND[:, 0], RNG.integers(0, 3, size=(6, 1))),
    ("BinaryAccuracy", {}, BITS, SCORES),
    ("BinaryAccuracy", {}, BITS[:, 0], SCORES[:, :1]),
    ("BinaryAccuracy", {"threshold": 0.2}, BITS[:, :1], SCORES[:, 0]),
    ("CategoricalAccuracy", {}, ONE_HOT, SCORES),
    ("CategoricalAccuracy", {}, np.eye(4)[WORDS], SEQUENCES),
    ("SparseCategoricalAccuracy", {}, LABELS, SCORES),
    ("SparseCategoricalAccuracy", {}, LABELS[:, None].astype("float32"), SCORES),
    ("SparseCategoricalAccuracy", {}, WORDS.astype("uint8"), SEQUENCES),
    ("MeanSquaredError", {}, REAL[::-1], REAL),
    ("MeanSquaredError", {}, BITS[:, 0], REAL[:, :1]),
    ("MeanAbsoluteError", {}, SEQUENCES[:, ::-1], SEQUENCES),
    ("BinaryCrossentropy", {}, BITS, SCORES),
    ("BinaryCrossentropy", {"from_logits": True, "label_smoothing": 0.1}, BITS, REAL),
    ("CategoricalCrossentropy", {}, ONE_HOT, SCORES),
    ("CategoricalCrossentropy", {"from_logits": True, "label_smoothing": 0.1}, ONE_HOT, REAL),
    ("SparseCategoricalCrossentropy", {}, LABELS, SCORES),
    ("SparseCategoricalCrossentropy", {"from_logits": True}, WORDS, SEQUENCES),
    ("SparseCategoricalCrossentropy", {"ignore_class": 1}, LABELS, SCORES),
]
IDS = [f"{name}-{number}" for number, (name, *_) in enumerate(ROWS)]
ROW_WEIGHTS = np.array([1.0, 0.0, 2.0, 0.5, 1.0, 3.0], "float32")


@pytest.mark.parity
@pytest.mark.parametrize("weights", [None, ROW_WEIGHTS, ROW_WEIGHTS[:, None]], ids=["1", "n", "n,1"])
@pytest.mark.parametrize(("name", "arguments", "y_true", "y_pred"), ROWS, ids=IDS)
def test_results(name, arguments, y_true, y_pred, weights):
    ours, theirs = (getattr(room, name)(**arguments) for room in (metrics, keras.metrics))
    for rows in (slice(0, 4), slice(4, 6)):
        weight = None if weights is None else weights[rows]
        ours.update_state(y_true[rows], y_pred[rows], weight)
        theirs.update_state(y_true[rows], y_pred[rows], weight)
        np.testing.assert_allclose(ours.result(), theirs.result(), rtol=1e-5)
    for mine, other in zip(ours.variables, theirs.variables, strict=True):
        np.testing.assert_allclose(mine.numpy(), np.asarray(other.value), rtol=1e-5)
    ours.reset_state()
    assert float(ours.result()) == 0.0


@pytest.mark.parity
@pytest.mark.parametrize("weights", [RNG.random((6, 3)).astype("float32"), np.ones((6, 1))])
def test_weights_of_rank_two(weights):
    for name in ("CategoricalAccuracy", "MeanSquaredError"):
        ours, theirs = (getattr(room, name)() for room in (metrics, keras.metrics))
        expected = theirs(np.eye(4)[WORDS], SEQUENCES, weights)
        np.testing.assert_allclose(ours(np.eye(4)[WORDS], SEQUENCES, weights), expected, rtol=1e-5)


@pytest.mark.parity
@pytest.mark.parametrize("name", ["Mean", "Sum"])
@pytest.mark.parametrize(
    ("values", "weights"),
    [
        (3.0, None),
        (3.0, 2.0),
        ([1.0, 2.0, 4.0], None),
        ([1.0, 2.0, 4.0], [1.0, 0.0, 2.0]),
        ([1.0, 2.0, 4.0], 2.0),
        (REAL, None),
        (REAL, ROW_WEIGHTS),
        (REAL, np.abs(REAL)),
        (REAL, np.ones((1, 4))),
        (SEQUENCES, ROW_WEIGHTS),
        (SEQUENCES, SEQUENCES[:, :, 0]),
    ],
)
def test_mean_and_sum(name, values, weights):
    ours, theirs = (getattr(room, name)() for room in (metrics, keras.metrics))
    for _ in range(2):
        np.testing.assert_allclose(ours(values, weights), theirs(values, weights), rtol=1e-5)


@pytest.mark.parity
@pytest.mark.parametrize(("name", "arguments"), {(r[0], tuple(r[1].items())): 0 for r in ROWS})
def test_config(name, arguments):
    ours, theirs = (getattr(room, name)(**dict(arguments)) for room in (metrics, keras.metrics))
    assert ours.get_config() == theirs.get_config()
    assert metrics.serialize(ours) == keras.metrics.serialize(theirs)
    assert [v.path for v in ours.variables] == [v.path for v in theirs.variables]
    copy = metrics.deserialize(keras.metrics.serialize(theirs))
    assert (type(copy), copy.get_config()) == (type(ours), ours.get_config())


@pytest.mark.parity
@pytest.mark.parametrize("name", sorted(set(metrics.METRICS) & set(KERAS_NAMES) - set(WITH_ARGUMENTS)))
def test_names_are_those_of_keras(name):
    ours, theirs = metrics.get(name), keras.metrics.get(name)
    assert (type(ours).__name__, ours.name) == (type(theirs).__name__, theirs.name)


@pytest.mark.parity
@pytest.mark.parametrize("name", ["binary", "categorical", "sparse_categorical"])
def test_functions(name):
    y_true = {"binary": BITS, "categorical": ONE_HOT, "sparse_categorical": LABELS}[name]
    ours, theirs = (getattr(room, f"{name}_accuracy") for room in (metrics, keras.metrics))
    np.testing.assert_array_equal(ours(y_true, SCORES), theirs(y_true, SCORES))


def test_against_scikit_learn():
    best = SCORES.argmax(-1)
    for weights in (None, ROW_WEIGHTS):
        expected = pytest.approx(sk.accuracy_score(LABELS, best, sample_weight=weights))
        assert float(metrics.SparseCategoricalAccuracy()(LABELS, SCORES, weights)) == expected
        assert float(metrics.CategoricalAccuracy()(ONE_HOT, SCORES, weights)) == expected
        assert float(metrics.Accuracy()(LABELS, best, weights)) == expected
        error = sk.mean_squared_error(BITS, REAL, sample_weight=weights)
        assert float(metrics.MeanSquaredError()(BITS, REAL, weights)) == pytest.approx(error)
        cut = SCORES[:, 0] > 0.5
        expected = pytest.approx(sk.accuracy_score(BITS[:, 0], cut, sample_weight=weights))
        assert float(metrics.BinaryAccuracy()(BITS[:, 0], SCORES[:, 0], weights)) == expected
