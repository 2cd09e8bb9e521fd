"""explain.boundary: lines where they must lie, planes of more features, faults in words."""

import numpy as np
import pandas as pd
import pytest
from sklearn.decomposition import PCA
from sklearn.linear_model import LogisticRegression

import cornu
from cornu import explain, layers

DRAW = np.random.default_rng(0)
X = DRAW.normal(size=(60, 2)).astype("float32")
Y = (X[:, 0] + X[:, 1] > 0).astype(int)
FOUR = DRAW.normal(size=(60, 4)).astype("float32")


def sigmoid(weights, bias):
    model = cornu.Sequential(
        [cornu.Input((len(weights),)), layers.Dense(1, activation="sigmoid")], name="line"
    )
    model.set_weights([np.array(weights, "float32")[:, None], np.array([bias])])
    return model


@pytest.fixture(scope="module")
def four():
    return sigmoid([1, -2, 3, 0.5], 0.25)


def test_the_lecture_s_line():
    """With w = (4, 1) and b = 2 the boundary is x2 = -2 - 4 x1, as the deck derives it."""
    plot = explain.boundary(sigmoid([4, 1], 2), [[-2, -6], [1, 4]], [0, 1], resolution=40)
    xs, ys = np.meshgrid(plot.xs, plot.ys)
    np.testing.assert_allclose(
        plot.probabilities[..., 1], 1 / (1 + np.exp(-(4 * xs + ys + 2))), rtol=1e-4
    )
    (line,) = [each for each in plot.figure.axes[0].collections if len(each.get_paths()[0].vertices)]
    places = line.get_paths()[0].vertices
    np.testing.assert_allclose(places[:, 1], -2 - 4 * places[:, 0], atol=0.05)


def test_softmax_and_one_hot_labels_and_names():
    model = cornu.Sequential([cornu.Input((2,)), layers.Dense(3, activation="softmax")])
    y = np.where(X[:, 0] > 0.5, 2, Y)
    plot = explain.boundary(model, X, np.eye(3)[y], names=["a", "b", "c"], resolution=20)
    grid = np.stack(np.meshgrid(plot.xs, plot.ys), -1).reshape(-1, 2).astype("float32")
    np.testing.assert_allclose(
        plot.probabilities.reshape(-1, 3), model.predict(grid, verbose=0), rtol=1e-5
    )
    assert plot.accuracy == np.mean(model.predict(X, verbose=0).argmax(1) == y)
    legend = plot.figure.legends[0]
    assert [text.get_text() for text in legend.get_texts()] == ["a", "b", "c"]


def test_logits_and_estimators_of_scikit_learn():
    flat = cornu.Sequential([cornu.Input((2,)), layers.Dense(1)])
    flat.set_weights([np.array([[3.0], [3.0]]), np.array([0.0])])
    with pytest.raises(ValueError, match="from_logits=True"):
        explain.boundary(flat, X, Y)
    plot = explain.boundary(flat, X, Y, from_logits=True, resolution=10)
    expected = explain.boundary(sigmoid([3, 3], 0), X, Y, resolution=10)
    np.testing.assert_allclose(plot.probabilities, expected.probabilities, atol=1e-6)
    assert plot.accuracy == 1
    words = np.where(Y, "up", "down")
    estimator = LogisticRegression().fit(X, words)
    plot = explain.boundary(estimator, X, words, resolution=10)
    assert plot.names == ["down", "up"]
    assert plot.accuracy == estimator.score(X, words)


def test_two_of_four_features_the_others_at_their_mean(four):
    table = pd.DataFrame(FOUR, columns=["a", "b", "c", "d"])
    plot = explain.boundary(four, table, Y, features=("d", "a"), resolution=10)
    mean = FOUR.mean(axis=0)
    rows = np.tile(mean, (100, 1))
    rows[:, [3, 0]] = np.stack(np.meshgrid(plot.xs, plot.ys), -1).reshape(-1, 2)
    np.testing.assert_allclose(
        plot.probabilities.reshape(-1, 2)[:, 1:], four.predict(rows, verbose=0), rtol=1e-4
    )
    np.testing.assert_allclose(plot.held[[1, 2]], mean[[1, 2]], rtol=1e-5)
    assert f"Held at the mean: b = {mean[1]:.4g}, c = {mean[2]:.4g}." in str(plot)
    assert plot.figure.axes[0].get_xlabel() == "d"
    same = explain.boundary(four, FOUR, Y, features=(3, 0), resolution=10)
    np.testing.assert_array_equal(same.probabilities, plot.probabilities)


def test_the_plane_of_principal_components(four):
    plot = explain.boundary(four, FOUR, Y, project="pca", resolution=10)
    pca = PCA(2).fit(FOUR)
    np.testing.assert_allclose(np.abs(plot.points), np.abs(pca.transform(FOUR)), atol=1e-5)
    assert f"hold {pca.explained_variance_ratio_.sum():.0%} of the rows' variance" in str(plot)


def test_more_features_need_a_choice(four):
    y = (FOUR[:, 2] > 0).astype(int)
    with pytest.raises(
        ValueError, match=r"x has 4: 0 to 3\. Choose two.*features=\(\d, \d\).*project=\"pca\""
    ):
        explain.boundary(four, FOUR, y)
    with pytest.raises(
        ValueError, match=r"features=\((\d, 2|2, 3)\), the two that tell the classes apart"
    ):
        explain.boundary(four, FOUR, y)
    with pytest.raises(
        ValueError, match=r"features=\(0, 4\)\): two different features are needed, of 0 to 3"
    ):
        explain.boundary(four, FOUR, y, features=(0, 4))
    table = pd.DataFrame(FOUR, columns=["age", "fare", "sex", "deck"])
    with pytest.raises(ValueError, match='Did you mean "fare"'):
        explain.boundary(four, table, y, features=("age", "far"))
    with pytest.raises(ValueError, match=r"0 to 3 \(age, fare, sex, deck\)"):
        explain.boundary(four, table, y)
    with pytest.raises(ValueError, match=r"not both features and project"):
        explain.boundary(four, FOUR, y, features=(0, 1), project="pca")
    with pytest.raises(ValueError, match=r'write project="pca".*got \'tsne\''):
        explain.boundary(four, FOUR, y, project="tsne")


def test_faults_are_named():
    line = sigmoid([1, 1], 0)
    with pytest.raises(ValueError, match="is not built"):
        explain.boundary(cornu.Sequential([layers.Dense(1)]), X, Y)
    with pytest.raises(TypeError, match="anything with a method `predict`, got 'line'"):
        explain.boundary("line", X, Y)
    with pytest.raises(ValueError, match=r"and x has 1. Of one, draw the outputs"):
        explain.boundary(line, X[:, :1], Y)
    with pytest.raises(ValueError, match=r"x has shape \(4, 3, 3\)"):
        explain.boundary(line, np.zeros((4, 3, 3)), Y[:4])
    with pytest.raises(ValueError, match=r"rows of x hold NaN or infinity"):
        explain.boundary(line, X * np.nan, Y)
    with pytest.raises(ValueError, match="there are 60 predictions, but 59 labels"):
        explain.boundary(line, X, Y[1:])
    with pytest.raises(TypeError, match="numbers are needed"):
        explain.boundary(line, [["a", "b"]], [0])
    with pytest.raises(ValueError, match=r"resolution=1\): a whole number from 2"):
        explain.boundary(line, X, Y, resolution=1)
    broken = sigmoid([np.nan, 1], 0)
    with pytest.raises(ValueError, match=r"what the model predicts hold NaN.*smaller learning rate"):
        explain.boundary(broken, X, Y)


def test_the_map_in_words_has_the_classes_where_they_are():
    text = str(explain.boundary(sigmoid([9, 0], 0), [[-1, 0], [1, 1]], [0, 1], resolution=30))
    assert "." * 24 + "#" * 24 in text
    assert "100.0% of 2 examples are right." in text
