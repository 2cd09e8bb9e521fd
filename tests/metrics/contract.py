"""The contract that every metric keeps: a table with a row per metric, read by test_contract.py.

Rows of one kind share their data, so that all of them can be metrics of one model.
"""

from collections.abc import Callable
from dataclasses import dataclass, field
from itertools import product

import numpy as np
import pytest
from scipy import stats
from sklearn import metrics as sk

RNG = np.random.default_rng(11)
ROWS_OF_DATA = 10
WEIGHTS = np.array([1.0, 0.0, 2.0, 0.5, 1.0, 3.0, 0.0, 1.5, 1.0, 0.25], "float32")


def _scores(shape):
    """Scores of classes that sum to 1 along the last axis."""
    scores = RNG.random(shape).astype("float32")
    return scores / scores.sum(-1, keepdims=True)


BITS = RNG.integers(0, 2, size=(ROWS_OF_DATA, 3)).astype("float32")
# tenths: many ties, some of them at thresholds
TENTHS = RNG.integers(0, 11, size=(ROWS_OF_DATA, 3)).astype("float32") / np.float32(10)
REAL = RNG.normal(size=(2, ROWS_OF_DATA, 3)).astype("float32")
NUMBERS = RNG.integers(0, 3, size=ROWS_OF_DATA)
MAPS = RNG.integers(0, 3, size=(2, ROWS_OF_DATA, 2, 2))
SEQUENCES = _scores((ROWS_OF_DATA, 4, 3))

# labels and predictions
KINDS = {
    "yes or no": (BITS, TENTHS),
    "one answer": (BITS[:, 0], TENTHS[:, :1]),
    "logits": (BITS, REAL[1]),
    "one-hot": (np.eye(3, dtype="float32")[NUMBERS], _scores((ROWS_OF_DATA, 3))),
    "class numbers": (NUMBERS.astype("int32"), _scores((ROWS_OF_DATA, 3))),
    "numbers": (REAL[0], REAL[1]),
    "maps": (MAPS[0].astype("int32"), MAPS[1].astype("float32")),
    "words": (RNG.integers(0, 3, size=(ROWS_OF_DATA, 4)).astype("int32"), SEQUENCES),
}


@dataclass(frozen=True)
class Row:
    """One metric: its class and arguments, its kind of data, and what does not hold for it."""

    name: str
    kind: str
    arguments: dict = field(default_factory=dict)
    expected: Callable | None = (
        None  # the value by scikit-learn or SciPy, of labels, predictions, weights
    )
    keras_weights: bool = True  # Keras takes one weight per row
    keras_edges: bool = True  # and gives the same where labels or predictions do not vary
    keras_compiles: bool = True  # and can compile it
    same_config: bool = True  # Keras's configuration has the same entries
    rtol: float = 1e-5
    atol: float = 1e-6
    wide: bool = False

    @property
    def data(self):
        return KINDS[self.kind]


def flat(measure, cut=None, **arguments):
    """A measure of scikit-learn of all values at once, cut at a threshold."""

    def expected(y_true, y_pred, weight):
        y_pred = y_pred if cut is None else y_pred > np.float32(cut)
        weight = None if weight is None else np.repeat(weight, y_pred[0].size)
        return measure(y_true.ravel(), y_pred.ravel(), sample_weight=weight, **arguments)

    return expected


def by_column(measure, cut=None, factor=1, **arguments):
    """A measure of scikit-learn of columns of labels and of predictions."""

    def expected(y_true, y_pred, weight):
        if cut is not None:
            best = y_pred == y_pred.max(-1, keepdims=True)
            y_pred = best & (y_pred > 0) if cut == "largest" else y_pred > np.float32(cut)
        return factor * measure(y_true, y_pred, sample_weight=weight, **arguments)

    return expected


def of_class(measure, **arguments):
    """A measure of scikit-learn of class numbers, of which those with the best scores are predicted."""

    def expected(y_true, y_pred, weight):
        y_true = y_true.argmax(-1) if y_true.ndim == y_pred.ndim else y_true
        weight = None if weight is None else np.repeat(weight, y_true[0].size)
        return measure(y_true.ravel(), y_pred.argmax(-1).ravel(), sample_weight=weight, **arguments)

    return expected


def of_rows(measure):
    """The weighted mean of a measure of each row."""

    def expected(y_true, y_pred, weight):
        return np.average([measure(*row) for row in zip(y_true, y_pred, strict=True)], weights=weight)

    return expected


def count(row, column, cut=0.5):
    """An entry of scikit-learn's matrix of counts."""
    return lambda t, p, w: flat(sk.confusion_matrix, cut, labels=[0, 1])(t, p, w)[row, column]


def rates(t, p, w):
    """False and true positive rates at all thresholds, by scikit-learn."""
    weight = None if w is None else np.repeat(w, p[0].size)
    return sk.roc_curve(t.ravel(), p.ravel(), sample_weight=weight, drop_intermediate=False)[:2]


def iou(classes, **arguments):
    """Jaccard's coefficient of these classes."""
    return lambda t, p, w: sk.jaccard_score(
        t.ravel(), p.ravel(), sample_weight=w, average="macro", labels=classes, **arguments
    )


def iou_of_scores(classes):
    return lambda t, p, w: iou(classes)(t.argmax(-1), p.argmax(-1), w)


def cosine(t, p):
    return t @ p / np.linalg.norm(t) / np.linalg.norm(p)


def concordance(t, p):
    return 2 * np.cov(t, p, bias=True)[0, 1] / (t.var() + p.var() + (t.mean() - p.mean()) ** 2)


def top_k(t, p, w):
    t = t.argmax(-1) if t.ndim == 2 else t
    return sk.top_k_accuracy_score(t, p, k=2, sample_weight=w)


def best_rate(wanted, bounded, least):
    """The largest of one measure where another is at least so much, over all thresholds."""

    def expected(t, p, w):
        measures = []
        for cut in np.arange(-1, 11) / 10 + 0.05:
            (tn, fp), (fn, tp) = count(slice(None), slice(None), cut)(t, p, w)
            shares = {"sensitivity": (tp, fn), "specificity": (tn, fp), "precision": (tp, fp)}
            pair = [shares[name] for name in (wanted, bounded)]
            measures.append([a / (a + b) if a + b else 0.0 for a, b in pair])
        return max(x for x, y in measures if y >= least)

    return expected


ONE, HOT, SPARSE, REALS, YES = "one answer", "one-hot", "class numbers", "numbers", "yes or no"

COUNTS = ("TruePositives", "TrueNegatives", "FalsePositives", "FalseNegatives")


def choices(**options):
    """All products of arguments."""
    return [dict(zip(options, chosen, strict=True)) for chosen in product(*options.values())]


ROWS = [
    Row("Accuracy", "maps", expected=flat(sk.accuracy_score)),
    Row("BinaryAccuracy", YES, expected=flat(sk.accuracy_score, 0.5)),
    Row("BinaryAccuracy", ONE, {"threshold": 0.3}, expected=flat(sk.accuracy_score, 0.3)),
    Row("CategoricalAccuracy", HOT, expected=of_class(sk.accuracy_score)),
    Row("SparseCategoricalAccuracy", SPARSE, expected=of_class(sk.accuracy_score)),
    Row("SparseCategoricalAccuracy", "words", expected=of_class(sk.accuracy_score)),
    Row("TopKCategoricalAccuracy", HOT, {"k": 2}, expected=top_k),
    Row("SparseTopKCategoricalAccuracy", SPARSE, {"k": 2}, expected=top_k),
    Row("SparseTopKCategoricalAccuracy", "words", {"k": 2}),
    Row("SparseTopKCategoricalAccuracy", SPARSE, {"from_sorted_ids": True, "k": 1}),
    Row("TruePositives", YES, expected=count(1, 1)),
    Row("TrueNegatives", YES, {"thresholds": 0.3}, expected=count(0, 0, 0.3)),
    Row("FalsePositives", YES, {"thresholds": [0.7, 0.0, 0.4]}),
    Row("FalseNegatives", YES, {"thresholds": [0.0, 0.25, 0.5, 0.75, 1.0]}),
    Row("FalseNegatives", ONE, expected=count(1, 0)),
    Row("Precision", YES, expected=flat(sk.precision_score, 0.5)),
    Row("Precision", YES, {"thresholds": [0.2, 0.6]}),
    Row("Precision", HOT, {"top_k": 2}, expected=lambda t, p, w: top_k(t, p, w) / 2),
    Row("Precision", HOT, {"class_id": 1, "thresholds": 0.3}),
    Row("Recall", YES, expected=flat(sk.recall_score, 0.5)),
    Row("Recall", HOT, {"top_k": 2}, expected=top_k),
    Row("Recall", ONE, {"thresholds": [0.9, 0.1]}),
    Row("Recall", HOT, {"class_id": 2, "top_k": 2}),
    Row(
        "SensitivityAtSpecificity",
        YES,
        {"specificity": 0.6},
        expected=best_rate("sensitivity", "specificity", 0.6),
    ),
    Row(
        "SpecificityAtSensitivity",
        YES,
        {"sensitivity": 0.4},
        expected=best_rate("specificity", "sensitivity", 0.4),
    ),
    Row(
        "PrecisionAtRecall", YES, {"recall": 0.5}, expected=best_rate("precision", "sensitivity", 0.5)
    ),
    Row(
        "RecallAtPrecision", YES, {"precision": 0.5}, expected=best_rate("sensitivity", "precision", 0.5)
    ),
    Row("RecallAtPrecision", HOT, {"precision": 0.3, "num_thresholds": 1, "class_id": 0}),
    Row("AUC", YES, expected=flat(sk.roc_auc_score)),
    Row("AUC", ONE, expected=lambda t, p, w: sk.auc(*rates(t, p, w))),
    Row("AUC", YES, {"curve": "PR"}),
    Row("AUC", YES, {"curve": "PRGAIN", "num_thresholds": 11}),
    Row("AUC", YES, {"curve": "pr", "summation_method": "minoring"}),
    Row("AUC", YES, {"summation_method": "Majoring", "thresholds": [0.6, 0.2, 0.3]}),
    Row(
        *("AUC", YES, {"multi_label": True, "num_labels": 3}),
        expected=by_column(sk.roc_auc_score, average="macro"),
    ),
    Row("AUC", YES, {"multi_label": True, "curve": "PR", "label_weights": [0.2, 0.0, 1.0]}),
    Row("AUC", YES, {"label_weights": [0.2, 0.0, 1.0]}),
    Row("AUC", "logits", {"from_logits": True}),
    Row("F1Score", YES, {"threshold": 0.5}, expected=by_column(sk.f1_score, 0.5, average=None)),
    Row("F1Score", HOT, expected=by_column(sk.f1_score, "largest", average=None)),
    Row(
        *("FBetaScore", YES, {"average": "macro", "beta": 2.0, "threshold": 0.5}),
        expected=by_column(sk.fbeta_score, 0.5, average="macro", beta=2.0),
    ),
    Row(
        *("FBetaScore", HOT, {"average": "weighted", "beta": 0.5}),
        expected=by_column(sk.fbeta_score, "largest", average="weighted", beta=0.5),
    ),
    Row(
        *("FBetaScore", HOT, {"average": "micro"}),
        expected=by_column(sk.f1_score, "largest", average="micro"),
    ),
    Row("IoU", "maps", {"num_classes": 3, "target_class_ids": [0, 2]}, keras_weights=False),
    Row(
        *("IoU", "maps", {"num_classes": 3, "target_class_ids": [1], "ignore_class": 2}),
        keras_weights=False,
    ),
    Row("BinaryIoU", ONE, {"threshold": 0.4, "dtype": "float32"}),
    Row("BinaryIoU", YES, {"target_class_ids": [1]}, keras_weights=False),
    Row("MeanIoU", "maps", {"num_classes": 3, "dtype": "float32"}, expected=None, keras_weights=False),
    Row(
        *("MeanIoU", SPARSE, {"num_classes": 3, "sparse_y_pred": False, "dtype": "float32"}),
        expected=lambda t, p, w: iou([0, 1, 2])(t, p.argmax(-1), w),
    ),
    Row(
        *("OneHotIoU", HOT, {"num_classes": 3, "target_class_ids": [0, 1], "dtype": "float32"}),
        expected=iou_of_scores([0, 1]),
    ),
    Row("OneHotMeanIoU", HOT, {"num_classes": 3, "dtype": "float32"}, expected=iou_of_scores([0, 1, 2])),
    Row("MeanSquaredError", REALS, expected=by_column(sk.mean_squared_error)),
    Row("MeanSquaredError", ONE),
    Row("RootMeanSquaredError", REALS, expected=lambda *a: by_column(sk.mean_squared_error)(*a) ** 0.5),
    Row("MeanAbsoluteError", REALS, expected=by_column(sk.mean_absolute_error)),
    Row(
        "MeanAbsolutePercentageError",
        REALS,
        expected=by_column(sk.mean_absolute_percentage_error, factor=100),
    ),
    Row("MeanSquaredLogarithmicError", YES, expected=by_column(sk.mean_squared_log_error)),
    Row("LogCoshError", REALS, expected=of_rows(lambda t, p: np.log(np.cosh(t - p)).mean())),
    Row("CosineSimilarity", REALS, expected=of_rows(cosine), same_config=False),
    Row("CosineSimilarity", REALS, {"axis": 1}, same_config=False, wide=True),
    Row("R2Score", REALS, expected=by_column(sk.r2_score), keras_edges=False),
    Row(
        *("R2Score", REALS, {"class_aggregation": None}),
        expected=by_column(sk.r2_score, multioutput="raw_values"),
        keras_edges=False,
    ),
    Row(
        *("R2Score", REALS, {"class_aggregation": "variance_weighted_average"}),
        expected=by_column(sk.r2_score, multioutput="variance_weighted"),
        keras_edges=False,
    ),
    Row("R2Score", REALS, {"num_regressors": 2}, keras_edges=False, keras_compiles=False),
    Row("PearsonCorrelation", REALS, expected=of_rows(lambda t, p: stats.pearsonr(t, p)[0])),
    Row("ConcordanceCorrelation", REALS, expected=of_rows(concordance)),
    Row("PearsonCorrelation", YES, {"axis": 0}, keras_weights=False, wide=True),
    Row("Hinge", REALS),
    Row("Hinge", "logits"),
    Row("SquaredHinge", "logits"),
    Row("CategoricalHinge", HOT),
    Row("KLDivergence", HOT, expected=of_rows(stats.entropy)),
    Row("Poisson", YES),
    Row("BinaryCrossentropy", YES, {"label_smoothing": 0.1}),
    Row("BinaryCrossentropy", "logits", {"from_logits": True}),
    Row("CategoricalCrossentropy", HOT, expected=by_column(sk.log_loss)),
    Row("CategoricalCrossentropy", HOT, {"from_logits": True, "label_smoothing": 0.1}),
    Row("SparseCategoricalCrossentropy", SPARSE, expected=by_column(sk.log_loss)),
    Row("SparseCategoricalCrossentropy", "words", {"from_logits": True}),
    Row("SparseCategoricalCrossentropy", SPARSE, {"ignore_class": 1}),
    *(Row("AUC", YES, arguments, wide=True) for arguments in choices(
        curve=("ROC", "PR", "PRGAIN"),
        summation_method=("interpolation", "majoring", "minoring"),
        multi_label=(False, True),
        num_thresholds=(3, 50),
    )),
    *(Row("FBetaScore", YES, arguments, wide=True) for arguments in choices(
        average=(None, "micro", "macro", "weighted"), beta=(0.5, 3.0), threshold=(None, 0.25)
    )),
    *(Row(name, kind, arguments, wide=True)
        for name in (*COUNTS, "Precision", "Recall") for kind in (YES, ONE)
        for arguments in choices(thresholds=(0, 1.0, [0.5, 0.1], [0, 0.5, 1]))),
]  # fmt: skip


def parameters(condition=lambda row: True, once=False):
    """The rows that meet a condition, each with its number; `once` marks all but the first of each
    metric as wide."""
    chosen, seen = [], set()
    for number, row in enumerate(ROWS):
        if condition(row):
            wide = row.wide or (once and row.name in seen)
            seen.add(row.name)
            marks = [pytest.mark.wide] if wide else []
            chosen.append(pytest.param(row, id=f"{row.name}-{number}", marks=marks))
    return pytest.mark.parametrize("row", chosen)


def kinds():
    """For each kind of data its rows, the wide ones left out."""
    return pytest.mark.parametrize(
        "rows",
        [pytest.param([r for r in ROWS if r.kind == kind and not r.wide], id=kind) for kind in KINDS],
    )
