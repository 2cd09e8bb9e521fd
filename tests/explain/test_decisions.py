"""explain.confusion, calibration, misclassified: scikit-learn's numbers, pictures, faults in words."""

import numpy as np
import pytest
from sklearn import metrics
from sklearn.calibration import calibration_curve
from sklearn.linear_model import LogisticRegression

import cornu
from cornu import explain, layers

DRAW = np.random.default_rng(0)
TRUTH = DRAW.integers(0, 3, 200)
CHANCES = DRAW.dirichlet([1, 1, 1], 200)
TWO = TRUTH > 0


class Line(cornu.Model):
    """A class of one's own with one unit."""

    def __init__(self):
        super().__init__()
        self.out = layers.Dense(1, activation="sigmoid")

    def call(self, x):
        return self.out(x)


def models():
    inputs = cornu.Input((2,))
    own = Line()
    own(np.zeros((1, 2)))
    return [
        cornu.Sequential([cornu.Input((2,)), layers.Dense(1, activation="sigmoid")]),
        cornu.Model(inputs, layers.Dense(1, activation="sigmoid")(inputs)),
        own,
    ]


def test_the_matrix_is_scikit_learns():
    found = explain.confusion(CHANCES, None, TRUTH, names=["a", "b", "c"])
    said = CHANCES.argmax(axis=1)
    np.testing.assert_array_equal(found.matrix, metrics.confusion_matrix(TRUTH, said))
    np.testing.assert_allclose(found.precision, metrics.precision_score(TRUTH, said, average=None))
    np.testing.assert_allclose(found.recall, metrics.recall_score(TRUTH, said, average=None))
    assert found.accuracy == pytest.approx(metrics.accuracy_score(TRUTH, said))
    for same in (said, said.astype("float32"), said[:, None]):
        np.testing.assert_array_equal(explain.confusion(same, None, TRUTH).matrix, found.matrix)
    hot = np.eye(3)[TRUTH]
    np.testing.assert_array_equal(explain.confusion(CHANCES, None, hot).matrix, found.matrix)
    texts = [text.get_text() for text in found.figure.axes[0].texts]
    assert texts == [str(count) for count in found.matrix.reshape(-1)]


def test_words_are_labels_too():
    names = np.array(["cat", "dog", "eel"])
    said = names[CHANCES.argmax(axis=1)]
    found = explain.confusion(said, None, names[TRUTH])
    np.testing.assert_array_equal(found.matrix, metrics.confusion_matrix(names[TRUTH], said))
    x = DRAW.normal(size=(200, 2))
    estimator = LogisticRegression().fit(x, names[TRUTH])
    found = explain.confusion(estimator, x, names[TRUTH])
    np.testing.assert_array_equal(
        found.matrix, metrics.confusion_matrix(names[TRUTH], estimator.predict(x))
    )
    assert found.names == ["cat", "dog", "eel"]


def test_the_threshold_counts():
    found = explain.confusion(CHANCES[:, 1], None, TWO, threshold=0.3)
    np.testing.assert_array_equal(found.matrix, metrics.confusion_matrix(TWO, CHANCES[:, 1] >= 0.3))


def test_models_of_every_kind_are_asked():
    x = DRAW.normal(size=(20, 2)).astype("float32")
    y = (x[:, 0] > 0).astype(int)
    for model in models():
        said = model.predict(x, verbose=0).reshape(-1) >= 0.5
        matrix = explain.confusion(model, x, y).matrix
        np.testing.assert_array_equal(matrix, metrics.confusion_matrix(y, said, labels=[0, 1]))
        assert explain.misclassified(model, x, y).wrong == (said != y).sum()
        assert explain.calibration(model, x, y).counts.sum() == 20


def test_of_many_classes_the_text_names_the_pairs():
    found = explain.confusion(np.arange(30), None, np.arange(30) // 2 * 2)
    assert "true \\ said" not in str(found)
    assert "Most frequent: 0 taken for 1 once" in str(found)
    assert np.isnan(found.recall[1])
    found.as_file("svg")


@pytest.mark.parametrize("strategy", ["uniform", "quantile"])
def test_the_reliability_diagram_is_scikit_learns(strategy):
    for bins in (5, 10):
        found = explain.calibration(CHANCES[:, 1], None, TWO, bins=bins, strategy=strategy)
        observed, predicted = calibration_curve(TWO, CHANCES[:, 1], n_bins=bins, strategy=strategy)
        np.testing.assert_allclose(found.observed, observed)
        np.testing.assert_allclose(found.predicted, predicted)
        assert found.counts.sum() == 200


def test_of_several_classes_it_is_the_certainty_that_counts():
    right, sure = CHANCES.argmax(axis=1) == TRUTH, CHANCES.max(axis=1)
    found = explain.calibration(CHANCES, None, TRUTH)
    observed, predicted = calibration_curve(right, sure, n_bins=10)
    np.testing.assert_allclose(found.observed, observed)
    counts = np.histogram(sure, np.linspace(0, 1, 11))[0]
    expected = np.sum(counts[counts > 0] / 200 * np.abs(observed - predicted))
    assert found.error == pytest.approx(expected)
    one = explain.calibration(CHANCES, None, TRUTH, label=2)
    np.testing.assert_allclose(one.observed, calibration_curve(TRUTH == 2, CHANCES[:, 2], n_bins=10)[0])


def test_what_to_try_depends_on_whether_it_is_too_sure():
    truth = np.tile([0, 0, 1, 1, 1], 40)
    sure = np.where(np.arange(200) % 5 < 3, 0.02, 0.98)
    assert "too sure: try early stopping" in str(explain.calibration(sure, None, truth))
    shy = np.where(truth == 1, 0.6, 0.4)
    assert "less sure than it could be" in str(explain.calibration(shy, None, truth))
    exact = np.full(200, 0.6)
    found = explain.calibration(exact, None, truth)
    assert found.error == pytest.approx(0, abs=1e-9)
    assert "taken at their word" in str(found)
    assert len(found.figure.axes) == 2


def test_logits_are_made_probabilities():
    logits = np.log(CHANCES[:, 1] / (1 - CHANCES[:, 1]))
    with pytest.raises(ValueError, match=r"no probabilities: they lie between.*from_logits=True"):
        explain.calibration(logits, None, TWO)
    plain, found = (
        explain.calibration(p, None, TWO, from_logits=n) for n, p in enumerate((CHANCES[:, 1], logits))
    )
    np.testing.assert_allclose(found.predicted, plain.predicted)
    soft = explain.calibration(np.log(CHANCES) + 5, None, TRUTH, from_logits=True)
    np.testing.assert_allclose(soft.predicted, explain.calibration(CHANCES, None, TRUTH).predicted)


def test_the_surest_mistakes_come_first():
    x = DRAW.normal(size=(200, 4))
    found = explain.misclassified(None, x, TRUTH, predictions=CHANCES, count=5)
    said = CHANCES.argmax(axis=1)
    wrong = np.flatnonzero(said != TRUTH)
    best = wrong[np.argsort(-CHANCES.max(axis=1)[wrong])][:5]
    assert [row["index"] for row in found.rows] == best.tolist()
    assert found.wrong == len(wrong)
    assert found.rows[0]["probability_of_true"] == pytest.approx(CHANCES[best[0], TRUTH[best[0]]])
    assert len(found.figure.axes[0].patches) == 10


@pytest.mark.parametrize(
    "shape, given", [((5, 4), None), ((5, 4, 1), None), ((5, 4, 3), None), ((20,), (5, 4))]
)
def test_images_are_shown_as_pictures(shape, given):
    x = DRAW.integers(0, 256, (200, *shape)).astype("uint8")
    found = explain.misclassified(None, x, TRUTH, predictions=CHANCES, count=3, image_shape=given)
    panels = found.figure.axes
    assert len(panels) == 3
    row = found.rows[0]
    expected = x[row["index"]].reshape((5, 4, 3) if shape[-1] == 3 else (5, 4)) / 255
    np.testing.assert_allclose(panels[0].images[0].get_array(), expected)
    assert panels[0].get_title() == f"{row['said']} ({row['probability']:.0%})\ntrue: {row['true']}"


def test_nothing_wrong_is_said():
    found = explain.misclassified(None, np.eye(3), [0, 1, 2], predictions=np.eye(3))
    assert str(found) == "All 3 examples are right."
    assert found.figure.axes[0].texts[0].get_text() == "All are right."


def test_faults_are_named():
    x, y = np.zeros((4, 2)), np.array([0, 1, 0, 1])
    model = models()[0]
    with pytest.raises(ValueError, match="is not built"):
        explain.confusion(cornu.Sequential([layers.Dense(1)]), x, y)
    with pytest.raises(
        TypeError, match=r"anything with a method `predict`, got 3\. Predictions go without data"
    ):
        explain.confusion(3, x, y)
    with pytest.raises(TypeError, match=r"Give the data: explain.confusion\(model, x, y\)"):
        explain.confusion(model, None, y)
    with pytest.raises(ValueError, match="there are 4 predictions, but 3 labels in y"):
        explain.confusion(model, x, y[:3])
    with pytest.raises(
        ValueError, match="1 of 4 rows of x hold NaN or infinity, the first of them row 2"
    ):
        explain.confusion(model, np.where(np.arange(8).reshape(4, 2) == 4, np.nan, x), y)
    with pytest.raises(ValueError, match="rows of the predictions hold NaN"):
        explain.confusion([0.1, np.nan], None, [0, 1])
    with pytest.raises(
        ValueError, match=r"y holds 2, but the model tells 2 classes apart: 0, 1.*return_inverse"
    ):
        explain.confusion(model, x, y + 1)
    with pytest.raises(ValueError, match=r"y holds 'a', but"):
        explain.confusion(model, x, ["a", "b", "a", "b"])
    with pytest.raises(ValueError, match="rows of y have several classes, or none"):
        explain.confusion(CHANCES, None, np.ones((200, 3)))
    with pytest.raises(ValueError, match=r"y has shape \(200, 2\), and the outputs tell 3 classes"):
        explain.confusion(CHANCES, None, np.zeros((200, 2)))
    with pytest.raises(ValueError, match="a name for each of the 2 classes is needed, got 3"):
        explain.confusion(model, x, y, names=["a", "b", "c"])
    with pytest.raises(ValueError, match=r"for the probabilities of two classes.*these are 3 classes"):
        explain.confusion(CHANCES, None, TRUTH, threshold=0.3)
    with pytest.raises(ValueError, match=r"these are labels. Leave them out"):
        explain.confusion([0, 1], None, [0, 1], from_logits=True)
    with pytest.raises(ValueError, match=r"threshold=2\): a number between 0 and 1"):
        explain.confusion(model, x, y, threshold=2)
    with pytest.raises(TypeError, match=r"y is None; an array with one row per example"):
        explain.confusion(model, x, None)
    with pytest.raises(ValueError, match="the outputs are no probabilities: they are labels"):
        explain.calibration([0, 1, 0, 1], None, y)
    with pytest.raises(ValueError, match=r"the first row sums to 0.5, not to 1"):
        explain.calibration(np.full((4, 2), 0.25), None, y)
    with pytest.raises(ValueError, match=r"bins=0\): a whole number above 0"):
        explain.calibration(model, x, y, bins=0)
    with pytest.raises(ValueError, match=r'strategy="uniforn"\): Did you mean "uniform"'):
        explain.calibration(model, x, y, strategy="uniforn")
    with pytest.raises(ValueError, match="the number of a class, 0 to 1, is needed"):
        explain.calibration(model, x, y, label=2)
    with pytest.raises(ValueError, match=r"count=0\): a whole number above 0"):
        explain.misclassified(model, x, y, count=0)
    with pytest.raises(
        ValueError, match=r"image_shape=\(2, 2\)\): that is 4 numbers, but a row of x has 2"
    ):
        explain.misclassified(model, x, y, image_shape=(2, 2))
    with pytest.raises(ValueError, match=r"\(height, width\) is needed"):
        explain.misclassified(model, x, y, image_shape=(2,))
    with pytest.raises(ValueError, match="x has 3 rows, but y has 4"):
        explain.misclassified(None, x[:3], y, predictions=[0.1, 0.2, 0.3, 0.4])


def test_a_model_with_two_outputs_is_refused():
    inputs = cornu.Input((2,))
    model = cornu.Model(inputs, [layers.Dense(1)(inputs), layers.Dense(1)(inputs)])
    with pytest.raises(ValueError, match=r"has 2 outputs. Give those of one.*model.predict\(x\)\[0\]"):
        explain.confusion(model, np.zeros((2, 2)), [0, 1])
