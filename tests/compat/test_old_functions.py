"""Functions and estimators of Keras 1 and 2 that are kept."""

import numpy as np
import pytest

import cornu
from cornu.compat import OldNameWarning, initializations, notes, regularizers, utils
from cornu.compat import backend as old_backend
from cornu.compat.layers.gates import MaxoutDense
from cornu.compat.scikit_learn import KerasClassifier, KerasRegressor
from cornu.layers import Dense

pytestmark = pytest.mark.filterwarnings("ignore::cornu.compat.notes.OldNameWarning")
RNG = np.random.default_rng(2)
X = RNG.normal(size=(40, 2)).astype("float32")
Y = (X[:, 0] > 0).astype(int)


@pytest.fixture(autouse=True)
def told_anew():
    notes.forget()
    yield
    notes.forget()
    cornu.backend.set_image_data_format("channels_last")


# ------------------------------------------------------------------------------------------ functions


def test_image_dim_ordering():
    old_backend.set_image_dim_ordering("th")
    assert cornu.backend.image_data_format() == "channels_first"
    assert old_backend.image_dim_ordering() == "th"
    with pytest.warns(OldNameWarning, match=r'set_image_data_format\("channels_last"\)'):
        old_backend.set_image_dim_ordering("tf")
    assert old_backend.image_dim_ordering() == "tf"
    with pytest.raises(ValueError, match=r"unknown 'theano'. Known names: tf, th"):
        old_backend.set_image_dim_ordering("theano")


def test_penalties_with_the_defaults_of_keras_1():
    for make in (regularizers.l1l2, regularizers.activity_l1l2):
        x = np.array([1.0, -2.0], "float32")
        assert float(make()(x)) == pytest.approx(0.01 * 3 + 0.01 * 5)
        assert float(make(l1=0.5, l2=0)(x)) == pytest.approx(1.5)


@pytest.mark.parametrize(
    "name, check",
    [
        ("uniform", lambda x: abs(x).max() <= 0.05 and x.std() > 0.02),
        ("normal", lambda x: 0.045 < x.std() < 0.055),
        ("zero", lambda x: (x == 0).all()),
        ("one", lambda x: (x == 1).all()),
        ("identity", lambda x: (x == np.eye(60)).all()),
        ("orthogonal", lambda x: np.allclose(x @ x.T, 1.1**2 * np.eye(60), atol=1e-4)),
        ("glorot_uniform", lambda x: 0.2 < abs(x).max() <= np.sqrt(6 / 120)),
        ("glorot_normal", lambda x: abs(x.std() / np.sqrt(2 / 120) - 1) < 0.1),
        ("he_uniform", lambda x: 0.3 < abs(x).max() <= np.sqrt(6 / 60)),
        ("he_normal", lambda x: abs(x.std() / np.sqrt(2 / 60) - 1) < 0.1),
        ("lecun_uniform", lambda x: 0.2 < abs(x).max() <= np.sqrt(3 / 60)),
    ],
)
def test_initializations_draw_values_of_a_shape(name, check):
    draw = getattr(initializations, name)
    values = np.asarray(draw((60, 60), name="w"))
    assert values.shape == (60, 60)
    assert check(values)
    assert draw.__name__ == name
    assert draw.__doc__


def test_the_scale_of_an_initialization():
    assert np.asarray(initializations.uniform((9,), scale=0.5)).max() > 0.05
    assert float(np.asarray(initializations.identity((2, 2), scale=3))[0, 0]) == 3


def test_an_initialization_of_ones_own():
    """What the documentation of Keras 1 told to write."""

    def my_init(shape, name=None):
        return initializations.normal(shape, scale=0.01, name=name)

    layer = MaxoutDense(64, init=my_init)
    layer(np.ones((1, 8)))
    assert 0.005 < np.asarray(layer.W.value).std() < 0.015
    assert initializations.get("glorot_uniform")((2, 3)).shape == (2, 3)
    assert initializations.get(my_init) is my_init


def test_names_of_initializations_have_the_numbers_of_their_time():
    """Keras 1 stretched orthogonal matrices by 1.1, and did not cut normal distributions off."""
    matrix = np.asarray(initializations.get("orthogonal")((4, 4)))
    np.testing.assert_allclose(matrix @ matrix.T, 1.21 * np.eye(4), atol=1e-5)
    layer = MaxoutDense(3, init="orthogonal")
    assert layer.init.gain == 1.1
    drawn = np.asarray(initializations.get("glorot_normal")((300, 300)))
    spread = np.sqrt(2 / 600)
    assert drawn.std() == pytest.approx(spread, rel=0.02)
    assert np.abs(drawn).max() > 3 * spread  # a normal distribution that is cut off ends at 2


def test_classes_of_probabilities():
    many = np.array([[0.1, 0.9], [0.8, 0.2], [0.3, 0.7]])
    assert utils.probas_to_classes(many).tolist() == [1, 0, 1]
    assert utils.categorical_probas_to_classes(many).tolist() == [1, 0, 1]
    assert utils.probas_to_classes(np.array([0.2, 0.6])).tolist() == [0, 1]


@pytest.mark.parametrize("size, kernel, padding, step, dilation", [
    *((9, 3, p, s, d) for p in ("same", "valid", "causal") for s, d in ((1, 1), (2, 1), (1, 2))),
])  # fmt: skip
def test_lengths_are_those_of_a_convolution(size, kernel, padding, step, dilation):
    shape = cornu.layers.Conv1D(
        1, kernel, strides=step, padding=padding, dilation_rate=dilation
    ).compute_output_shape((None, size, 1))
    assert utils.conv_output_length(size, kernel, padding, step, dilation) == shape[1]


def test_further_lengths():
    assert utils.conv_output_length(9, 3, "full", 1) == 11
    assert utils.conv_output_length(None, 3, "same", 1) is None
    assert [utils.conv_input_length(4, 3, p, 1) for p in ("same", "valid", "full")] == [4, 6, 2]
    assert utils.conv_input_length(None, 3, "same", 1) is None
    for function in (utils.conv_output_length, utils.conv_input_length):
        with pytest.raises(ValueError, match="padding='smae' must be"):
            function(4, 3, "smae", 1)


def test_tuples_of_sizes():
    assert utils.normalize_tuple(2, 3, "strides") == (2, 2, 2)
    assert utils.normalize_tuple([1, 2], 2, "strides") == (1, 2)
    for wrong in ((1, 2, 3), "ab", None, (1.5, 2)):
        with pytest.raises(ValueError, match="strides must be a whole number or 2 of them"):
            utils.normalize_tuple(wrong, 2, "strides")


# ----------------------------------------------------------------------------------------- estimators


def binary(units=4, optimizer="adam"):
    cornu.utils.set_random_seed(3)
    model = cornu.Sequential(
        [Dense(units, input_dim=2, activation="tanh"), Dense(1, activation="sigmoid")]
    )
    model.compile(loss="binary_crossentropy", optimizer=optimizer, metrics=["accuracy"])
    return model


def several():
    cornu.utils.set_random_seed(3)
    model = cornu.Sequential([Dense(8, input_dim=2, activation="relu"), Dense(3, activation="softmax")])
    model.compile(loss="categorical_crossentropy", optimizer="adam", metrics=["accuracy"])
    return model


def line():
    model = cornu.Sequential([Dense(1, input_dim=2, kernel_initializer="zeros")])
    model.compile(loss="mean_squared_error", optimizer="sgd")
    return model


def test_a_binary_classifier():
    names = np.array(["no", "yes"])[Y]
    found = KerasClassifier(build_fn=binary, units=8, epochs=3, batch_size=10, verbose=0)
    history = found.fit(X, names)
    assert len(history.history["loss"]) == 3
    assert found.model.layers[0].units == 8
    assert (found.classes_.tolist(), found.n_classes_) == (["no", "yes"], 2)
    outputs = found.model.predict(X, verbose=0)
    assert found.predict(X).tolist() == np.where(outputs > 0.5, "yes", "no").tolist()
    np.testing.assert_allclose(found.predict_proba(X), np.hstack([1 - outputs, outputs]))
    assert found.score(X, names) == pytest.approx(np.mean(found.predict(X)[:, 0] == names), abs=1e-6)
    assert len(found.fit(X, names, epochs=1).history["loss"]) == 1


def test_several_classes():
    labels = np.array([5, 7, 9])[RNG.integers(0, 3, 40)]
    found = KerasClassifier(several, nb_epoch=2, verbose=0)
    assert len(found.fit(X, labels).history["loss"]) == 2
    outputs = found.model.predict(X, verbose=0)
    assert found.predict(X).tolist() == np.array([5, 7, 9])[outputs.argmax(1)].tolist()
    np.testing.assert_allclose(found.predict_proba(X), outputs)
    assert found.score(X, labels) == pytest.approx(np.mean(found.predict(X) == labels), abs=1e-6)
    one_hot = np.eye(3)[(labels - 5) // 2]
    found.fit(X, one_hot)
    assert found.classes_.tolist() == [0, 1, 2]
    assert found.score(X, one_hot) == pytest.approx(
        np.mean(found.predict(X) == one_hot.argmax(1)), abs=1e-6
    )


def test_a_regressor():
    y = X @ [1.0, -1.0]
    found = KerasRegressor(build_fn=line, epochs=2, verbose=0)
    found.fit(X, y)
    predicted = found.predict(X)
    assert predicted.shape == (40,)
    assert found.score(X, y) == pytest.approx(-np.mean((predicted - y) ** 2), rel=1e-5)


def test_a_subclass_makes_the_model_by_being_called():
    class Mine(KerasClassifier):
        def __call__(self, units=3):
            return binary(units)

    found = Mine(units=5, verbose=0)
    found.fit(X, Y)
    assert found.model.layers[0].units == 5


def test_parameters_are_those_of_scikit_learn():
    from sklearn.base import clone, is_classifier, is_regressor

    found = KerasClassifier(binary, epochs=2)
    assert found.get_params() == {"build_fn": binary, "epochs": 2}
    assert found.set_params(epochs=5, units=2) is found
    assert clone(found).get_params() == {"build_fn": binary, "epochs": 5, "units": 2}
    assert is_classifier(found)
    assert is_regressor(KerasRegressor(line))


@pytest.mark.slow
def test_scores_and_searches_of_scikit_learn():
    from sklearn.model_selection import GridSearchCV, StratifiedKFold, cross_val_score
    from sklearn.pipeline import Pipeline
    from sklearn.preprocessing import StandardScaler

    folds = StratifiedKFold(n_splits=2)
    found = KerasClassifier(build_fn=binary, epochs=2, batch_size=10, verbose=0)
    steps = Pipeline([("scale", StandardScaler()), ("model", found)])
    scores = cross_val_score(steps, X, Y, cv=folds)
    assert scores.shape == (2,)
    assert ((scores >= 0) & (scores <= 1)).all()
    search = GridSearchCV(found, {"epochs": [1, 2]}, cv=folds).fit(X, Y)
    assert search.best_params_["epochs"] in (1, 2)


def test_what_an_estimator_refuses():
    with pytest.raises(ValueError, match=r'takes "epoch". Did you mean "epochs"'):
        KerasClassifier(binary, epoch=3)
    with pytest.raises(ValueError, match=r"\(samples,\) or \(samples, classes\), got \(2, 2, 2\)"):
        KerasClassifier(binary).fit(X, np.zeros((2, 2, 2)))

    def without():
        model = cornu.Sequential([Dense(1, input_dim=2, activation="sigmoid")])
        model.compile("sgd", "binary_crossentropy")
        return model

    found = KerasClassifier(without, verbose=0)
    found.fit(X, Y)
    with pytest.raises(ValueError, match=r"needs the accuracy. Compile the model with metrics"):
        found.score(X, Y)


def test_an_estimator_notes_what_to_write():
    with pytest.warns(
        OldNameWarning, match=r"KerasRegressor\(build_fn\) .*keras.wrappers.SKLearnRegressor"
    ):
        KerasRegressor(line)
