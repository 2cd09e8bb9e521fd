"""Names, functions and means of the metrics against Keras; test_contract.py has the rest."""

import re
from inspect import signature

import keras
import numpy as np
import pytest

from cornu import metrics
from cornu.core.names import snake_case

RNG = np.random.default_rng(11)
SCORES = RNG.random((6, 4)).astype("float32")
REAL = RNG.normal(size=(6, 4)).astype("float32")
BITS = RNG.integers(0, 2, size=(6, 4))
LABELS = RNG.integers(0, 4, size=6)
ONE_HOT = np.eye(4)[LABELS]
SEQUENCES = RNG.random((6, 3, 4)).astype("float32")  # (batch, position, class)
WORDS = RNG.integers(0, 4, size=(6, 3))
ROUND = RNG.integers(0, 3, size=(6, 2))

ROW_WEIGHTS = np.array([1.0, 0.0, 2.0, 0.5, 1.0, 3.0], "float32")


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


KNOWN_TO_KERAS = {
    name
    for cls in vars(keras.metrics).values()
    if isinstance(cls, type)
    for name in (cls.__name__, snake_case(cls.__name__))
} | {"mse", "MSE", "mae", "MAE", "mape", "MAPE", "msle", "MSLE", "bce", "BCE"}
NEED_ARGUMENTS = "at_|At|iou|io_u|IoU|wrapper|Wrapper|^[Mm]etric$"


@pytest.mark.parity
def test_names_are_those_of_keras():
    names = sorted(name for name in KNOWN_TO_KERAS if not re.search(NEED_ARGUMENTS, name))
    assert len(names) >= 80
    for name in [*names, "BinaryIoU", "binary_io_u"]:
        ours, theirs = metrics.get(name), keras.metrics.get(name)
        assert type(ours).__name__ == type(theirs).__name__
        assert re.sub(r"_\d+$", "", ours.name) == re.sub(r"_\d+$", "", theirs.name)
        assert ours._direction == getattr(theirs, "_direction", None) or name in KEEP_QUIET


# Keras does not say whether more of these is better.
KEEP_QUIET = ("KLDivergence", "kl_divergence", "Poisson", "poisson", "BinaryIoU", "binary_io_u")

FUNCTIONS = {
    "binary_accuracy": (BITS, SCORES),
    "categorical_accuracy": (ONE_HOT, SCORES),
    "sparse_categorical_accuracy": (LABELS, SCORES),
    "top_k_categorical_accuracy": (ONE_HOT, SCORES),
    "sparse_top_k_categorical_accuracy": (WORDS, SEQUENCES),
    "pearson_correlation": (REAL[::-1], REAL),
    "concordance_correlation": (REAL[::-1], REAL),
}


@pytest.mark.parity
@pytest.mark.parametrize("name", FUNCTIONS)
def test_functions(name):
    ours, theirs = (getattr(room, name) for room in (metrics, keras.metrics))
    more = {"k": 2} if "top_k" in name else {}
    np.testing.assert_allclose(
        ours(*FUNCTIONS[name], **more), theirs(*FUNCTIONS[name], **more), rtol=1e-5, atol=1e-6
    )


def test_the_room_is_that_of_keras():
    theirs = {name for name in vars(keras.metrics) if not name.startswith("_")}
    assert theirs == set(metrics.__all__)
    for name in metrics.__all__:
        assert callable(getattr(metrics, name))


@pytest.mark.parity
@pytest.mark.parametrize("name", sorted(metrics.__all__))
def test_signatures_are_those_of_keras(name):
    ours, theirs = (signature(getattr(room, name)).parameters for room in (metrics, keras.metrics))
    assert [(p.name, p.default) for p in ours.values()] == [(p.name, p.default) for p in theirs.values()]
