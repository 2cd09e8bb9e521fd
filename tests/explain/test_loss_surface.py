"""explain.loss_surface and WeightPath: the loss of moved weights, weights untouched, faults in words."""

import numpy as np
import pytest
from sklearn.decomposition import PCA

import cornu
from cornu import explain, layers
from tests.explain.subjects import Own, functional

DRAW = np.random.default_rng(0)
X, Y = DRAW.normal(size=(20, 3)).astype("float32"), DRAW.normal(size=(20, 1)).astype("float32")


def network():
    model = cornu.Sequential(
        [
            cornu.Input((3,)),
            layers.Dense(4, activation="tanh"),
            layers.BatchNormalization(),
            layers.Dense(1),
        ]
    )
    model.compile("sgd", "mse")
    return model


@pytest.fixture(scope="module")
def trained():
    model, path = network(), explain.WeightPath(every=2)
    model.fit(X, Y, batch_size=5, epochs=5, verbose=0, callbacks=[path])
    return model, path


def _moved(model, first, second, a, b):
    """The loss, by `evaluate`, of a copy with moved weights."""
    copy = cornu.models.clone_model(model)
    copy.compile("sgd", "mse")
    copy.set_weights(model.get_weights())
    for variable, u, v in zip(copy.trainable_variables, first, second, strict=True):
        variable.assign(variable.numpy() + a * u + b * v)
    return copy.evaluate(X, Y, verbose=0)


def test_each_point_is_the_loss_of_moved_weights(trained):
    model, path = trained
    before = [weight.copy() for weight in model.get_weights()]
    for given in (None, path):
        plot = explain.loss_surface(model, X, Y, path=given, points=3)
        first, second = plot.directions.first, plot.directions.second
        for row, column in ((0, 0), (2, 1)):
            expected = _moved(model, first, second, plot.xs[column], plot.ys[row])
            assert plot.losses[row, column] == pytest.approx(expected, rel=1e-4)
        assert plot.here == pytest.approx(model.evaluate(X, Y, verbose=0), rel=1e-5)
        assert "lowest at (" in str(plot)
        plot.as_file("svg")
    for one, other in zip(before, model.get_weights(), strict=True):
        assert one.tobytes() == other.tobytes()


def test_random_directions_are_as_long_as_the_filters(trained):
    model, _ = trained
    plot = explain.loss_surface(model, X, Y, points=2)
    for weight, move in zip(model.trainable_variables, plot.directions.first, strict=True):
        if len(weight.shape) == 1:
            assert not move.any()
        else:
            np.testing.assert_allclose(
                np.linalg.norm(move, axis=0), np.linalg.norm(weight.numpy(), axis=0), rtol=1e-4
            )


def test_a_path_is_drawn_along_its_principal_components(trained):
    model, path = trained
    assert len(path.records) == 11
    plot = explain.loss_surface(model, X, Y, path=path, points=2)
    flat = np.stack([np.concatenate([w.reshape(-1) for w in record]) for record in path.records])
    gone = flat - flat[-1]
    pca = PCA(2)
    pca.fit(
        np.concatenate([gone, -gone])
    )  # of differences from where the weights are, not from the mean
    np.testing.assert_allclose(np.abs(plot.path), np.abs(gone @ pca.components_.T), atol=1e-4)
    np.testing.assert_allclose(plot.shares, pca.explained_variance_ratio_, rtol=1e-3)
    np.testing.assert_allclose(plot.path[-1], 0, atol=1e-5)


def test_it_works_for_every_kind_of_model():
    own = Own()
    own(X)
    assert explain.loss_surface(own, X, Y, loss="mse", points=2).losses.shape == (2, 2)
    inputs = {"x": X, "side": X[:, :2]}
    plot = explain.loss_surface(functional(), inputs, Y, loss="mae", points=2, rows=8)
    assert "Computed from 8 rows, drawn from 20." in str(plot)


def test_of_a_large_model_fewer_rows_and_points_are_computed():
    from cornu.explain.plots.loss_surface import FEWEST_POINTS, FEWEST_ROWS, WORK, _affordable

    assert _affordable(10_000, 256, 25) == (256, 25)
    rows, points = _affordable(10_000_000, 256, 25)
    assert rows >= FEWEST_ROWS
    assert points >= FEWEST_POINTS
    assert 10_000_000 * rows * points**2 <= WORK
    assert _affordable(10**10, 256, 25) == (FEWEST_ROWS, FEWEST_POINTS)


def compiled(model):
    model.compile("sgd", "mse")
    return model


@pytest.mark.wide
def test_ten_million_parameters_are_bounded():
    model = cornu.Sequential([cornu.Input((1000,)), layers.Dense(5000), layers.Dense(1000)])
    assert model.count_params() > 10_000_000
    x = DRAW.normal(size=(300, 1000)).astype("float32")
    plot = explain.loss_surface(model, x, x, loss="mse")
    assert "Computed from 64 rows, drawn from 300." in str(plot)
    assert "x 17 points are computed." in str(plot)
    found = explain.learning_rates(compiled(model), x, x, steps=10)
    assert len(found.losses) == 10


def test_a_path_that_is_too_long_is_thinned_evenly():
    model, path = network(), explain.WeightPath(every=1, most=8)
    model.fit(X, Y, batch_size=1, epochs=1, verbose=0, callbacks=[path])
    assert 4 <= len(path.records) <= 9
    for mine, now in zip(path.records[-1], model.trainable_variables, strict=True):
        np.testing.assert_array_equal(mine, now.numpy())


def test_faults_are_named(trained):
    model, path = trained
    with pytest.raises(TypeError, match="takes a model first"):
        explain.loss_surface(None, X, Y)
    with pytest.raises(ValueError, match="is not built"):
        explain.loss_surface(cornu.Sequential([layers.Dense(1)]), X, Y)
    with pytest.raises(ValueError, match="is not compiled"):
        explain.loss_surface(cornu.Sequential([cornu.Input((3,)), layers.Dense(1)]), X, Y)
    with pytest.raises(ValueError, match="x has 20 rows, but y has 19"):
        explain.loss_surface(model, X, Y[1:])
    with pytest.raises(ValueError, match="of 20 rows of y hold NaN"):
        explain.loss_surface(model, X, Y * np.nan)
    with pytest.raises(ValueError, match=r"points=1\): a whole number from 2 on"):
        explain.loss_surface(model, X, Y, points=1)
    with pytest.raises(ValueError, match=r"span=0\): a number above 0"):
        explain.loss_surface(model, X, Y, span=0)
    with pytest.raises(TypeError, match=r"a cornu.explain.WeightPath that was among the callbacks"):
        explain.loss_surface(model, X, Y, path=3)
    with pytest.raises(ValueError, match=r"2 records that differ; two directions need at least 3"):
        explain.loss_surface(model, X, Y, path=path.records[:2])
    with pytest.raises(ValueError, match="1 records that differ"):
        explain.loss_surface(model, X, Y, path=[path.records[-1]] * 5)
    with pytest.raises(ValueError, match=r"record 0 has weights of shapes \[\(2,\)\], but the model's"):
        explain.loss_surface(model, X, Y, path=[[np.zeros(2)]] * 3)
    frozen = cornu.Sequential([cornu.Input((3,)), layers.Dense(1)])
    frozen.trainable = False
    with pytest.raises(ValueError, match="no trainable weights to move"):
        explain.loss_surface(frozen, X, Y, loss="mse")
    with pytest.raises(ValueError, match=r"WeightPath\(every=0\): a whole number from 1 on"):
        explain.WeightPath(every=0)
