"""The contract that every loss keeps: a table with a row per loss, read by test_contract.py."""

from dataclasses import dataclass, field
from typing import Any

import jax
import jax.numpy as jnp
import numpy as np
import pytest

RNG = np.random.default_rng(7)
SHAPE = (6, 4)
REAL, OTHER = (RNG.normal(size=SHAPE).astype("float32") for _ in range(2))
HUGE = np.array([[0, 1e4, -1e4, 1]] * 6, "float32")
LOGITS = 4 * REAL
EXTREME = np.array([[0, 100, -100, 30]] * 6, "float32")
EXTREME[1::2] = EXTREME[1::2, ::-1]
PROBABILITIES = (np.exp(LOGITS) / np.exp(LOGITS).sum(-1, keepdims=True)).astype("float32")
SIGMOIDS = (1 / (1 + np.exp(-LOGITS))).astype("float32")
CORNERS = np.zeros(SHAPE, "float32")  # probabilities of exactly 0 and 1
CORNERS[np.arange(6), [0, 1, 2, 3, 0, 1]] = 1
BITS = RNG.integers(0, 2, size=SHAPE)
LABELS = np.array([0, 1, 2, 2, 0, 1])  # class 3 is empty
ONE_HOT = np.eye(4)[LABELS]
NOTHING = np.zeros(SHAPE)
POSITIVE = RNG.uniform(0.1, 3.0, size=SHAPE).astype("float32")
SPELLED = np.array([[1, 2], [3, 0], [2, 2], [1, 0], [3, 1], [1, 3]])
STEPS = RNG.normal(size=(6, 5, 4)).astype("float32")
EMBEDDINGS = (REAL / np.linalg.norm(REAL, axis=-1, keepdims=True)).astype("float32")

NUMBERS = [(OTHER, REAL), (HUGE, REAL), (REAL, HUGE), (REAL, REAL), (NOTHING, REAL)]
NO_LESS = (NOTHING, CORNERS)


@dataclass(frozen=True)
class Row:
    """One loss: its class, its function, arguments, labels with predictions, and how a model ends that
    is trained with it."""

    name: str
    function: str
    arguments: dict = field(default_factory=dict)
    cases: Any = ()
    end: str = "linear"  # of the model that is trained
    clips: Any = None  # where predictions are clipped, and ours still learns
    alone: bool = True  # treats rows alone
    smooth: Any = 0  # the case that has derivatives
    half: bool = True  # makes sense in bfloat16
    rtol: float = 1e-5


def beyond(p):
    """Probabilities that a crossentropy clips."""
    return (p >= 0) & (p <= 1) & ((p <= 1e-7) | (p >= 1 - 1e-7))


def saturated(z):
    return np.abs(z) > 15


PROBABLE = [(ONE_HOT, PROBABILITIES), (ONE_HOT, CORNERS), (NOTHING, PROBABILITIES), (ONE_HOT, SIGMOIDS)]
YES_OR_NO = [(BITS, SIGMOIDS), (BITS, CORNERS), (NOTHING, CORNERS), (SIGMOIDS, SIGMOIDS)]
SCORES = [(ONE_HOT, LOGITS), (ONE_HOT, EXTREME), (NOTHING, LOGITS)]
NUMBERED = [(LABELS, PROBABILITIES), (LABELS[:, None], CORNERS), (0 * LABELS, SIGMOIDS)]
SIGNS = [
    (2 * BITS - 1, REAL),
    (BITS, REAL),
    (1 + 0 * BITS, HUGE),
    (BITS - (REAL > 0), REAL),  # -1, 0 and 1: taken as they are
]
FOCAL = {"alpha": 0.4, "gamma": 3.0}
BALANCED = {"apply_class_balancing": True, "label_smoothing": 0.1, **FOCAL}
CLASSES = {"alpha": [0.1, 0.2, 0.3, 0.4], "gamma": 1.5}

TABLE = [
    Row("MeanSquaredError", "mean_squared_error", {}, NUMBERS),
    Row("MeanAbsoluteError", "mean_absolute_error", {}, NUMBERS),
    Row("MeanAbsolutePercentageError", "mean_absolute_percentage_error", {}, NUMBERS),
    Row(
        "MeanSquaredLogarithmicError",
        "mean_squared_logarithmic_error",
        {},
        [(POSITIVE, np.abs(OTHER)), *NUMBERS],
        end="softplus",
    ),
    Row("Huber", "huber", {}, [*NUMBERS, (REAL, REAL + 1)]),
    Row("Huber", "huber", {"delta": 0.3}, NUMBERS),
    Row("LogCosh", "log_cosh", {}, NUMBERS, rtol=2e-5),
    Row("CosineSimilarity", "cosine_similarity", {}, [*NUMBERS, (REAL, NOTHING.astype("float32"))]),
    Row("CosineSimilarity", "cosine_similarity", {"axis": 0}, NUMBERS[:1], alone=False),
    Row("Hinge", "hinge", {}, SIGNS),
    Row("SquaredHinge", "squared_hinge", {}, SIGNS),
    Row("CategoricalHinge", "categorical_hinge", {}, SCORES),
    Row("BinaryCrossentropy", "binary_crossentropy", {}, YES_OR_NO, "sigmoid", beyond),
    Row("BinaryCrossentropy", "binary_crossentropy", {"from_logits": True}, SCORES),
    Row("BinaryCrossentropy", "binary_crossentropy", {"axis": 0}, YES_OR_NO[:1], "sigmoid", alone=False),
    Row("BinaryFocalCrossentropy", "binary_focal_crossentropy", {}, YES_OR_NO, "sigmoid", beyond),
    Row("BinaryFocalCrossentropy", "binary_focal_crossentropy", BALANCED, YES_OR_NO, "sigmoid", beyond),
    Row(
        "BinaryFocalCrossentropy",
        "binary_focal_crossentropy",
        {"from_logits": True, **FOCAL},
        SCORES,
        clips=saturated,
    ),
    Row("CategoricalCrossentropy", "categorical_crossentropy", {}, PROBABLE, "softmax"),
    Row(
        "CategoricalCrossentropy",
        "categorical_crossentropy",
        {"from_logits": True, "label_smoothing": 0.1},
        SCORES,
    ),
    Row("CategoricalFocalCrossentropy", "categorical_focal_crossentropy", {}, PROBABLE, "softmax"),
    Row("CategoricalFocalCrossentropy", "categorical_focal_crossentropy", CLASSES, PROBABLE, "softmax"),
    Row(
        "CategoricalFocalCrossentropy",
        "categorical_focal_crossentropy",
        {"from_logits": True, "label_smoothing": 0.2},
        SCORES,
    ),
    Row("SparseCategoricalCrossentropy", "sparse_categorical_crossentropy", {}, NUMBERED, "softmax"),
    Row(
        "SparseCategoricalCrossentropy",
        "sparse_categorical_crossentropy",
        {"from_logits": True, "ignore_class": 2},
        [(LABELS, LOGITS), (LABELS, EXTREME), (0 * LABELS + 2, LOGITS)],
    ),
    Row(
        "CategoricalGeneralizedCrossEntropy",
        "categorical_generalized_cross_entropy",
        {"q": 0.7},
        [(LABELS, PROBABILITIES), (LABELS, SIGMOIDS), (LABELS, CORNERS)],
        "softmax",
    ),
    Row("KLDivergence", "kl_divergence", {}, [(POSITIVE / 4, PROBABILITIES), *PROBABLE], "softmax"),
    Row("Poisson", "poisson", {}, [(BITS, POSITIVE), (BITS, CORNERS), NO_LESS], "softplus"),
    Row("Dice", "dice", {}, [*YES_OR_NO, NO_LESS], "sigmoid", alone=False),
    Row("Dice", "dice", {"axis": (1,)}, [*YES_OR_NO, NO_LESS], "sigmoid"),
    Row("Tversky", "tversky", {}, [*YES_OR_NO, NO_LESS], "sigmoid", alone=False),
    Row(
        "Tversky", "tversky", {"alpha": 0.2, "beta": 0.9, "axis": [-1]}, [*YES_OR_NO, NO_LESS], "sigmoid"
    ),
    Row("Circle", "circle", {}, [(LABELS, EMBEDDINGS)], "unit", alone=False, half=False, rtol=1e-4),
    Row(
        "Circle",
        "circle",
        {"gamma": 2.0, "margin": 0.1, "remove_diagonal": False},
        [(LABELS, EMBEDDINGS), (0 * LABELS, EMBEDDINGS), (np.arange(6), EMBEDDINGS)],
        "unit",
        alone=False,
        rtol=1e-4,
    ),
    Row("CTC", "ctc", {}, [(SPELLED, STEPS), (0 * SPELLED, STEPS), (SPELLED, 20 * STEPS)], "steps"),
]
SEEN: set[str] = set()
PARAMETERS, FIRST, CASES = [], [], []
for number, row in enumerate(TABLE):
    # Of the rows of one loss the first is always checked, and one that mixes rows; the others if asked.
    first, named = row.name not in SEEN, f"{row.name}-{number}"
    SEEN.add(row.name)
    wide = [] if first or not row.alone else [pytest.mark.wide]
    PARAMETERS.append(pytest.param(row, id=named, marks=wide))
    FIRST += [pytest.param(row, id=named)] if first else []
    for i, case in enumerate(row.cases):
        CASES.append(pytest.param(row, *case, id=f"{named}-{i}", marks=wide if i > 1 else []))


def make(row, library, **more):
    """The loss of a row, of Cornu or of Keras."""
    return getattr(library.losses, row.name)(**row.arguments, **more)


def end(row, library):
    """The layers with which the model of a row ends."""
    layers = library.layers
    return {
        "unit": [layers.Dense(4), layers.UnitNormalization()],
        "steps": [layers.Dense(20), layers.Reshape((5, 4))],
    }.get(row.end) or [layers.Dense(4, activation=row.end)]


def forward(row, x, kernel, bias):
    """What that model computes, written out."""
    z = x @ kernel + bias
    return {
        "unit": lambda: z / jnp.sqrt(jnp.sum(z * z, axis=-1, keepdims=True)),
        "steps": lambda: z.reshape(-1, 5, 4),
        "linear": lambda: z,
    }.get(row.end, lambda: getattr(jax.nn, row.end)(z))()
