"""The estimators for scikit-learn, by scikit-learn's own checks."""

import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest
import sklearn
from sklearn.datasets import load_iris
from sklearn.model_selection import GridSearchCV, cross_val_score
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import StandardScaler
from sklearn.utils.estimator_checks import parametrize_with_checks

import cornu
from cornu.wrappers import SKLearnClassifier, SKLearnRegressor, SKLearnTransformer

pytestmark = pytest.mark.filterwarnings("ignore::cornu.core.errors.CornuWarning")


def network(X, y, loss, activation=None, units=8, rate=0.1):
    cornu.utils.set_random_seed(1)  # then a fit does what the one before did
    model = cornu.Sequential(
        [
            cornu.layers.Dense(units, activation="relu", input_shape=X.shape[1:]),
            cornu.layers.Dense(y.shape[1], activation=activation),
        ]
    )
    model.compile(cornu.optimizers.Adam(rate), loss)
    return model


class Network:
    """`network`, with a name that is the same in every process: it is in the names of tests."""

    def __call__(self, *args, **kwargs):
        return network(*args, **kwargs)

    def __repr__(self):
        return "network"


FIT = {"epochs": 15, "verbose": 0}
SOFTMAX = {"loss": "categorical_crossentropy", "activation": "softmax"}
ESTIMATORS = [
    SKLearnClassifier(Network(), model_kwargs=SOFTMAX, fit_kwargs=FIT),
    SKLearnRegressor(Network(), model_kwargs={"loss": "mse"}, fit_kwargs=FIT),
    SKLearnTransformer(Network(), model_kwargs={"loss": "mse"}, fit_kwargs=FIT),
]


def not_expected(estimator):
    if isinstance(estimator, SKLearnClassifier):
        return {
            "check_classifiers_classes": "the decision function has a column for each of two classes",
            "check_classifiers_train": "the decision function has a column for each of two classes",
        }
    if isinstance(estimator, SKLearnRegressor):
        return {"check_regressor_multioutput": "it wants float64, and models compute in float32"}
    return {}


@pytest.mark.wide
@parametrize_with_checks(ESTIMATORS, expected_failed_checks=not_expected)
def test_the_checks_of_scikit_learn(estimator, check):
    check(estimator)


@pytest.fixture(scope="module")
def iris():
    return load_iris(return_X_y=True)


def test_in_a_pipeline_a_search_and_a_cross_validation(iris):
    x, y = iris
    names = np.array(["setosa", "versicolor", "virginica"])[y]
    classifier = SKLearnClassifier(
        network, model_kwargs=SOFTMAX, fit_kwargs={"epochs": 20, "verbose": 0}
    )
    pipeline = make_pipeline(StandardScaler(), classifier)
    assert cross_val_score(pipeline, x, names, cv=3).mean() > 0.9
    search = GridSearchCV(
        classifier, {"model_kwargs": [{**SOFTMAX, "rate": r} for r in (0.1, 0.0)]}, cv=2
    )
    assert search.fit(x, names).best_params_["model_kwargs"]["rate"] == 0.1
    assert set(search.predict(x)) <= set(names)


def test_a_model_is_cloned_and_stays_as_it_is(iris):
    x, y = iris
    model = network(x, y.reshape(-1, 1), "mse")
    before = model.get_weights()
    regressor = SKLearnRegressor(model, fit_kwargs=FIT)
    regressor.fit(x, y)
    np.testing.assert_array_equal(
        np.concatenate([*map(np.ravel, model.get_weights())]), np.concatenate([*map(np.ravel, before)])
    )
    assert regressor.score(x, y) > 0.5
    assert regressor.epoch_ == 15
    again = sklearn.base.clone(regressor)
    assert again.fit_kwargs == FIT
    assert again.model is not model


def test_a_warm_start_goes_on(iris):
    x, y = iris
    regressor = SKLearnRegressor(
        network(x, y.reshape(-1, 1), "mse"), warm_start=True, fit_kwargs={"epochs": 1, "verbose": 0}
    )
    regressor.fit(x, y)
    model, first = regressor.model_, regressor.history_.history["loss"][0]
    assert model is regressor.model
    regressor.fit(x, y, epochs=3)
    assert regressor.model_ is model
    assert regressor.history_.history["loss"][0] < first
    assert regressor.fit_kwargs == {"epochs": 1, "verbose": 0}


def test_sample_weights_count(iris):
    x, y = iris
    plain, weighted = (SKLearnRegressor(network, False, {"loss": "mse"}, FIT) for _ in range(2))
    plain.fit(x, y)
    weighted.fit(x, y, sample_weight=np.where(y == 2, 10.0, 0.1))
    error = [np.square(each.predict(x) - y)[y == 2].mean() for each in (plain, weighted)]
    assert error[1] < error[0]


def test_several_outputs(iris):
    x, y = iris
    y = np.stack([y, -y], axis=1)
    regressor = SKLearnRegressor(network, model_kwargs={"loss": "mse"}, fit_kwargs=FIT).fit(x, y)
    assert regressor.predict(x).shape == (150, 2)
    transformer = SKLearnTransformer(network, model_kwargs={"loss": "mse"}, fit_kwargs=FIT)
    np.testing.assert_allclose(transformer.fit_transform(x, y), regressor.predict(x), rtol=1e-5)


@pytest.mark.parametrize(
    ("make", "error", "words"),
    [
        (lambda: SKLearnRegressor("mlp"), TypeError, r"model must be a compiled model.* got 'mlp'"),
        (lambda: SKLearnRegressor(lambda X, y: None), TypeError, "model must be a compiled model"),
        (
            lambda: SKLearnClassifier(cornu.Sequential([cornu.layers.Dense(2)])),
            RuntimeError,
            r'not compiled, or has no loss.*loss="categorical_crossentropy"',
        ),
    ],
)
def test_what_is_no_model_is_named(make, error, words, iris):
    with pytest.raises(error, match=words):
        make().fit(*iris)


def test_outputs_that_are_not_one_for_each_class(iris):
    x, y = iris

    def single(X, y):
        return network(X, y[:, :1], "mse", "sigmoid")

    classifier = SKLearnClassifier(single, fit_kwargs=FIT)
    classifier.model = lambda X, y: _broadcasting(X)
    classifier.fit(x, y)
    with pytest.raises(ValueError, match=r"outputs of shape \(150, 1\), but there are 3 classes"):
        classifier.predict(x)


def _broadcasting(X):
    model = cornu.Sequential([cornu.layers.Dense(1, input_shape=X.shape[1:])])
    model.compile("sgd", lambda y_true, y_pred: cornu.ops.mean(cornu.ops.square(y_pred), axis=-1))
    return model


def test_without_scikit_learn_the_message_says_what_to_install():
    code = (
        "import sys; sys.modules['sklearn'] = None\n"
        "try:\n    import cornu.wrappers\n"
        "except ImportError as error:\n    print(error)"
    )
    command = [sys.executable, "-c", code]
    place = {"PYTHONPATH": str(Path(cornu.__file__).parents[1])}
    run = subprocess.run(command, capture_output=True, text=True, check=True, env=place)
    assert "pip install scikit-learn" in run.stdout
