"""What metrics say of arguments and data that cannot be meant."""

import numpy as np
import pytest

import cornu
from cornu import metrics
from cornu.core.errors import CornuWarning

BITS = np.array([[0, 1, 1], [1, 0, 0]], "float32")
SCORES = np.array([[0.1, 0.8, 0.6], [0.7, 0.2, 0.4]], "float32")
NUMBERS = np.array([2, 0])
WORDS = np.zeros((2, 4, 3), "float32")

# id: a call, and words of the error
CALLS = {
    "a threshold above 1": (
        lambda: metrics.Precision(thresholds=1.5),
        "precision: thresholds must be a number from 0 to 1, but is 1.5. "
        "Write for example thresholds=0.5.",
    ),
    "one of several thresholds below 0": (
        lambda: metrics.TruePositives(thresholds=[0.5, -0.1], name="tp"),
        "tp: thresholds must be a number from 0 to 1, but is -0.1.",
    ),
    "a threshold that is None": (
        lambda: metrics.Recall(thresholds=[None]),
        "thresholds must be a number from 0 to 1, but is None.",
    ),
    "no thresholds at all": (
        lambda: metrics.FalseNegatives(thresholds=[]),
        "thresholds is empty. Leave it out, or write thresholds=[0.5].",
    ),
    "a threshold of AUC in percent": (
        lambda: metrics.AUC(thresholds=[10, 50, 90]),
        "thresholds must be a number from 0 to 1, but is 10.",
    ),
    "a curve that does not exist": (
        lambda: metrics.AUC(curve="RCO"),
        'AUC: unknown curve="RCO". Did you mean "ROC"?',
    ),
    "a method of summation that does not exist": (
        lambda: metrics.AUC(summation_method="interpolate"),
        'AUC: unknown summation_method="interpolate". Did you mean "interpolation"?',
    ),
    "a single threshold for a curve": (
        lambda: metrics.AUC(num_thresholds=1, name="auc"),
        "auc: num_thresholds must be a whole number from 2 on, but is 1.",
    ),
    "labels counted that are not told apart": (
        lambda: metrics.AUC(num_labels=3),
        "num_labels is for multi_label=True. Leave it out.",
    ),
    "more columns than num_labels": (
        lambda: metrics.AUC(multi_label=True, num_labels=2, name="auc")(BITS, SCORES),
        "auc: with multi_label=True y_pred has shape (batch, 2), but here it has shape (2, 3). "
        "Leave multi_label out to count all values together.",
    ),
    "multi_label with sequences": (
        lambda: metrics.AUC(multi_label=True)(WORDS, WORDS),
        "with multi_label=True y_pred has shape (batch, labels), but here it has shape (2, 4, 3).",
    ),
    "label weights for another number of labels": (
        lambda: metrics.AUC(multi_label=True, num_labels=3, label_weights=[1.0, 2.0]),
        "label_weights has 2 entries, but y_pred has 3 labels. Give one weight per label.",
    ),
    "label weights for another number of columns": (
        lambda: metrics.AUC(label_weights=[1.0, 2.0])(BITS, SCORES),
        "label_weights has shape (2,), but y_pred has 3 labels: shape (2, 3).",
    ),
    "a recall above 1": (
        lambda: metrics.PrecisionAtRecall(recall=90),
        "precision_at_recall: recall must be a number from 0 to 1, but is 90.",
    ),
    "a specificity below 0": (
        lambda: metrics.SensitivityAtSpecificity(-0.5),
        "specificity must be a number from 0 to 1, but is -0.5.",
    ),
    "no thresholds to try": (
        lambda: metrics.RecallAtPrecision(0.5, num_thresholds=0),
        "num_thresholds must be a whole number from 1 on, but is 0.",
    ),
    "a class that is no column": (
        lambda: metrics.Recall(class_id=3, name="recall")(BITS, SCORES),
        "recall: class_id=3 is a column of y_pred, shape (batch, classes), but y_pred has shape (2, 3). "
        "Leave class_id out, or give one from 0 to 2.",
    ),
    "a class of predictions without classes": (
        lambda: metrics.Recall(class_id=0)(BITS[0], SCORES[0]),
        "but y_pred has shape (3,). Leave class_id out",
    ),
    "more of the highest than there are": (
        lambda: metrics.Precision(top_k=5)(BITS, SCORES),
        "top_k=5, but y_pred has 3 classes: shape (2, 3). Write top_k=3 or less.",
    ),
    "top_k=0": (
        lambda: metrics.Precision(top_k=0),
        "top_k must be a whole number from 1 on, but is 0.",
    ),
    "k of a top-k accuracy": (
        lambda: metrics.TopKCategoricalAccuracy(k=0.5),
        "TopKCategoricalAccuracy: k must be a whole number from 1 on, but is 0.5.",
    ),
    "class numbers for top-k": (
        lambda: metrics.TopKCategoricalAccuracy(k=2)(NUMBERS, SCORES),
        'y_true looks like class numbers: write "sparse_top_k_categorical_accuracy" instead',
    ),
    "one-hot rows for sparse top-k": (
        lambda: metrics.SparseTopKCategoricalAccuracy(k=2)(BITS, SCORES),
        'y_true looks one-hot: write "top_k_categorical_accuracy" instead.',
    ),
    "labels that are class numbers": (
        lambda: metrics.Precision(name="precision")(NUMBERS, SCORES),
        "precision: y_true has shape (2,) but y_pred has shape (2, 3); they must be equal. y_true looks "
        "like class numbers: write cornu.utils.to_categorical(y_true, 3).",
    ),
    "labels of another length": (
        lambda: metrics.AUC(name="auc")(BITS[:1], SCORES),
        "auc: y_true has shape (1, 3) but y_pred has shape (2, 3); they must be equal. Pass a y_true of "
        "shape (2, 3), or change the model's output.",
    ),
    "labels -1 and 1": (
        lambda: metrics.Recall(name="recall")([-1, 1], [0.2, 0.8]),
        "recall: y_true holds -1, but its labels are 0 and 1. "
        "Write the two classes as 0 and 1: (y_true + 1) / 2.",
    ),
    "class numbers in one column": (
        lambda: metrics.AUC()([0, 2, 1], [0.2, 0.8, 0.5]),
        "y_true holds 2, but its labels are 0 and 1. Write cornu.utils.to_categorical(y_true) "
        "if they are class numbers.",
    ),
    "labels of an F-score above 1": (
        lambda: metrics.F1Score()([[0, 2]], [[0.2, 0.8]]),
        "f1_score: y_true holds 2, but its labels are 0 and 1.",
    ),
    "weights of another length": (
        lambda: metrics.Precision(name="precision")(BITS, SCORES, [1.0, 2.0, 3.0]),
        "precision: sample_weight has shape (3,), which does not fit values of shape (2, 3). Pass one "
        "weight per sample, shape (2,), or one per value, shape (2, 3).",
    ),
    "an unknown average": (
        lambda: metrics.F1Score(average="marco"),
        'f1_score: unknown average="marco". Did you mean "macro"? None gives a score per class.',
    ),
    "beta of 0": (
        lambda: metrics.FBetaScore(beta=0.0),
        "fbeta_score: beta must be a number above 0, but is 0.0.",
    ),
    "a threshold of an F-score above 1": (
        lambda: metrics.F1Score(threshold=2),
        "f1_score: threshold must be a number above 0, at most 1, but is 2. "
        "Write for example threshold=0.5.",
    ),
    "an F-score of sequences": (
        lambda: metrics.F1Score()(WORDS, WORDS),
        "f1_score: y_pred must have shape (batch, classes), but has shape (2, 4, 3).",
    ),
    "an F-score of class numbers": (
        lambda: metrics.F1Score()(NUMBERS, SCORES),
        "y_true looks like class numbers: write cornu.utils.to_categorical(y_true, 3).",
    ),
    "an unknown aggregation of R2": (
        lambda: metrics.R2Score(class_aggregation="uniform"),
        'r2_score: unknown class_aggregation="uniform". Did you mean "uniform_average"? '
        "None gives a score per column.",
    ),
    "fewer than no regressors": (
        lambda: metrics.R2Score(num_regressors=-1),
        "num_regressors must be a whole number from 0 on, but is -1.",
    ),
    "R2 of a vector": (
        lambda: metrics.R2Score()([1.0, 2.0], [1.0, 2.0]),
        "y_pred must have shape (batch, columns), but has shape (2,). For a vector write "
        "y_pred[:, None].",
    ),
    "num_classes that is None": (
        lambda: metrics.MeanIoU(num_classes=None),
        "num_classes must be a whole number from 1 on, but is None. Write for example num_classes=10.",
    ),
    "the name of a metric that needs num_classes": (
        lambda: metrics.get("mean_io_u"),
        "The metric MeanIoU cannot be made from its name alone: it needs num_classes. "
        "Write MeanIoU(num_classes=...).",
    ),
    "the class of a metric that needs two arguments": (
        lambda: metrics.get(metrics.IoU),
        "it needs num_classes and target_class_ids. Write IoU(num_classes=..., target_class_ids=...).",
    ),
    "a target class beyond the last": (
        lambda: metrics.IoU(num_classes=2, target_class_ids=[2], name="iou"),
        "iou: target_class_ids is a list of classes from 0 to 1, but is [2]. "
        "Write for example target_class_ids=[0].",
    ),
    "a target class that is not in a list": (
        lambda: metrics.BinaryIoU(target_class_ids=1),
        "target_class_ids is a list of classes from 0 to 1, but is 1.",
    ),
    "a label beyond the classes": (
        lambda: metrics.MeanIoU(num_classes=2, name="iou")([0, 255], [0, 1]),
        "iou: y_true holds the class 255, but with num_classes=2 classes are 0 to 1. "
        "Write num_classes=256, or ignore_class=255 for a label that does not count.",
    ),
    "a label below the classes": (
        lambda: metrics.MeanIoU(num_classes=2)([-1, 0], [0, 1]),
        "y_true holds the class -1, but with num_classes=2 classes are 0 to 1. Write ignore_class=-1 if "
        "it does not count, else number them from 0.",
    ),
    "a prediction beyond the classes": (
        lambda: metrics.MeanIoU(num_classes=2, ignore_class=7)([7, 0], [7, 1]),
        "y_pred holds the class 7, but with num_classes=2 classes are 0 to 1. Write num_classes=8.",
    ),
    "scores where class numbers were promised": (
        lambda: metrics.MeanIoU(num_classes=3)(NUMBERS, SCORES),
        "y_true has shape (2,) but y_pred has shape (2, 3); they must hold equally many class numbers. "
        "y_pred looks like scores of classes: write sparse_y_pred=False.",
    ),
    "other shapes": (
        lambda: metrics.MeanIoU(num_classes=3)(NUMBERS, [0, 1, 2, 1]),
        "equally many class numbers. Pass one class number of y_true for each of y_pred.",
    ),
    "class numbers where scores were promised": (
        lambda: metrics.OneHotIoU(num_classes=3, target_class_ids=[0], axis=1)(NUMBERS, SCORES),
        "an array of shape (2,) has no axis=1 of classes. For class numbers write sparse_y_true=True",
    ),
    "an axis that correlations do not have": (
        lambda: metrics.PearsonCorrelation(axis=2)(BITS, SCORES),
        "pearson_correlation: y_pred has shape (2, 3), which has no axis=2. Write axis=-1 for the last.",
    ),
    "an axis that is no number": (
        lambda: metrics.CosineSimilarity(axis="last"),
        "CosineSimilarity: axis must be a whole number, but is 'last'.",
    ),
    "an unknown aggregation of a variable": (
        lambda: metrics.Mean().add_variable((), aggregation="avg"),
        'Unknown aggregation "avg".',
    ),
    "a misspelt metric": (
        lambda: metrics.get("f1_scor"),
        'Unknown metric "f1_scor". Did you mean "f1_score"?',
    ),
    "a misspelt metric of compile": (
        lambda: cornu.Sequential([]).compile("sgd", "mse", metrics=["Precison"]),
        'Unknown metric "Precison". Did you mean "precision"?',
    ),
}


@pytest.mark.parametrize("case", CALLS)
def test_errors(case):
    call, words = CALLS[case]
    with pytest.raises(ValueError) as caught:  # noqa: PT011  (the words are compared below)
        call()
    assert words in str(caught.value)


def test_a_name_that_the_room_does_not_have():
    with pytest.raises(AttributeError, match=r"has no 'Recal'. Did you mean .Recall.\?"):
        _ = metrics.Recal


def test_wrong_data_lose_nothing():
    metric = metrics.Precision()
    metric.update_state(BITS, SCORES)
    before = metric.true_positives.numpy()
    with pytest.raises(ValueError, match="must be equal"):
        metric.update_state(NUMBERS, SCORES)
    assert (metric.true_positives.numpy() == before).all()


def test_fractions_of_weights_that_are_cut_off_are_told():
    metric = metrics.MeanIoU(num_classes=2, name="iou")
    with pytest.warns(CornuWarning, match='iou counts in int32, so fractions.*Write dtype="float32"'):
        metric.update_state([0, 1], [0, 1], np.array([0.5, 1.0]))
    assert metric.total_cm.numpy().tolist() == [[0, 0], [0, 1]]
    metric.update_state([0, 1], [0, 1], np.array([2.0, 1.0]))  # whole numbers are fine
    exact = metrics.MeanIoU(num_classes=2, dtype="float32")
    exact.update_state([0, 1], [0, 1], np.array([0.5, 1.0]))
    assert exact.total_cm.numpy().tolist() == [[0.5, 0], [0, 1]]


def test_too_few_samples_for_an_adjusted_score():
    metric = metrics.R2Score(num_regressors=2, name="r2")
    metric.update_state([[1.0], [4.0], [3.0]], [[2.0], [4.0], [4.0]])
    with pytest.warns(CornuWarning, match="r2: 3 samples are too few for num_regressors=2"):
        assert float(metric.result()) == pytest.approx(0.571428)
