"""Class weights: for one output, for several, for the places of a row."""

import numpy as np
import pytest

import cornu
from cornu.training.class_weights import class_weights, weights_of

RNG = np.random.default_rng(5)
X = RNG.normal(size=(10, 3)).astype("float32")
BITS = RNG.integers(0, 2, 10)
LABELS = RNG.integers(0, 3, 10)
TABLES = {"bit": {0: 0.5, 1: 3.0}, "label": {2: 7.0}}
BY_HAND = {"bit": np.where(BITS == 1, 3.0, 0.5), "label": np.where(LABELS == 2, 7.0, 1.0)}
PARTS = {"batch_size": 4, "epochs": 2, "shuffle": False, "verbose": 0}


def network(keys=False):
    x = cornu.Input((3,))
    bit = cornu.layers.Dense(1, "sigmoid", name="bit", kernel_initializer="ones")(x)
    label = cornu.layers.Dense(3, "softmax", name="label", kernel_initializer="ones")(x)
    model = cornu.Model(x, {"bit": bit, "label": label} if keys else [bit, label])
    losses = {"bit": "binary_crossentropy", "label": "sparse_categorical_crossentropy"}
    model.compile("sgd", losses, weighted_metrics={"label": ["accuracy"]})
    return model


def expected():
    model = network()
    return model.fit(X, [BITS, LABELS], sample_weight=list(BY_HAND.values()), **PARTS).history


@pytest.mark.parametrize(
    ("keys", "y", "given"),
    [
        (False, [BITS, LABELS], TABLES),
        (False, [BITS, LABELS], list(TABLES.values())),
        (False, {"bit": BITS, "label": LABELS}, TABLES),
        (True, {"bit": BITS, "label": LABELS[:, None]}, TABLES),
        (True, {"label": LABELS, "bit": BITS}, list(TABLES.values())),
    ],
)
def test_each_output_has_class_weights_of_its_own(keys, y, given):
    history, wanted = network(keys).fit(X, y, class_weight=given, **PARTS).history, expected()
    assert history.keys() == wanted.keys()
    for name, values in wanted.items():
        np.testing.assert_allclose(history[name], values, rtol=1e-6)


@pytest.mark.parametrize("given", [{"label": TABLES["label"]}, [None, TABLES["label"]]])
def test_an_output_may_have_none(given):
    weights = [np.ones(10), BY_HAND["label"]]
    wanted = network().train_on_batch(X, [BITS, LABELS], sample_weight=weights)
    assert network().train_on_batch(X, [BITS, LABELS], class_weight=given) == pytest.approx(wanted)
    history = network().fit(X, [BITS, LABELS], class_weight=given, **PARTS).history
    assert history["loss"][0] > 0


def test_one_output_may_be_named():
    x = cornu.Input((3,))
    model = cornu.Model(x, cornu.layers.Dense(1, name="bit")(x))
    np.testing.assert_array_equal(
        class_weights(model, BITS, {"bit": TABLES["bit"]}, None), BY_HAND["bit"].astype("float32")
    )


def test_places_of_a_row_have_weights():
    tags = np.array([[[1], [0]], [[2], [2]]])
    table = {1: 2.0, 2: 5.0}
    wanted = [[2, 1], [5, 5]]
    for y in (tags, np.eye(3)[tags[..., 0]]):
        np.testing.assert_array_equal(weights_of(y, table), wanted)
    masks = np.array([[[1, 0], [2, 2]], [[0, 0], [0, 1]]])  # an image of class numbers
    np.testing.assert_array_equal(weights_of(masks, table), [[[2, 1], [5, 5]], [[1, 1], [1, 2]]])


def test_a_training_on_tags_with_class_weights():
    series = RNG.normal(size=(6, 2, 3)).astype("float32")
    tags = RNG.integers(0, 3, (6, 2, 1))
    losses = []
    for arguments in ({"class_weight": {1: 4.0}}, {"sample_weight": 1.0 + 3.0 * (tags[..., 0] == 1)}):
        dense = cornu.layers.Dense(3, "softmax", kernel_initializer="ones")
        model = cornu.Sequential([cornu.Input((2, 3)), dense])
        model.compile("sgd", "sparse_categorical_crossentropy")
        losses.append(model.fit(series, tags, **PARTS, **arguments).history["loss"])
    np.testing.assert_allclose(losses[0], losses[1], rtol=1e-6)


@pytest.mark.parametrize(
    ("given", "words"),
    [
        ({"bits": {0: 1.0}}, 'class_weight names an output "bits".*Did you mean "bit"'),
        ({0: 1.0}, r"does not say for which of the 2 outputs it is \(bit, label\).*class_weight="),
        ([{0: 1.0}], "does not say for which of the 2 outputs"),
        ({"bit": {"yes": 1.0}}, "the keys are classes, whole numbers from 0"),
        ({"bit": 3.0, "label": {0: 1.0}}, "class_weight must be a dict of classes and weights, got 3.0"),
    ],
)
def test_what_names_no_output_or_class_is_refused(given, words):
    with pytest.raises(ValueError, match=words):
        network().fit(X, [BITS, LABELS], class_weight=given, verbose=0)
