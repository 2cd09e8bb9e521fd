"""Models that go from Cornu to Cornu, from Keras to Cornu and from Cornu to Keras."""

import jax
import numpy as np
import pytest

import cornu
from tests.saving.models import NAMES, losses_for, make, targets_for

pytestmark = [
    pytest.mark.filterwarnings("ignore:Do not pass an `input_shape`:UserWarning"),
    pytest.mark.filterwarnings("ignore:.*structure of `inputs`:UserWarning"),
]
each = pytest.mark.parametrize("name", NAMES)
UNTRAINED = ("dicts",)  # what the outputs are called in targets is another matter
OPTIMIZERS = ("Adam", "RMSprop", "SGD")


def steps(model, x, y, count):
    """The weights after so many updates from the same batch."""
    for _ in range(count):
        model.train_on_batch(x, y)
    return [np.asarray(w, "float32") for w in model.get_weights()]


def outputs(model, x):
    return jax.tree_util.tree_map(lambda a: np.asarray(a, "float32"), model.predict(x, verbose=0))


def trained(name, k):
    """A compiled model after two steps, its data, and the classes that loading needs."""
    model, x = make(name, k)
    first = outputs(model, x)
    y = targets_for(first)
    which = OPTIMIZERS[NAMES.index(name) % 3]
    options = {"momentum": 0.9} if which == "SGD" else {}
    optimizer = getattr(k.optimizers, which)(0.01, **options)
    if name not in UNTRAINED:
        model.compile(optimizer=optimizer, loss=losses_for(first, "mse"))
        steps(model, x, y, 2)
    return model, x, y


def same(found, expected, **tolerance):
    found, expected = map(jax.tree_util.tree_leaves, (found, expected))
    for one, other in zip(found, expected, strict=True):
        np.testing.assert_allclose(one, other, **tolerance)


def of(model):
    """What load_model needs to know for it."""
    cls = type(model)
    return {} if cls.__module__.startswith(("cornu.", "keras.")) else {cls.__name__: cls}


@pytest.mark.wide
@each
def test_from_cornu_to_cornu(name, tmp_path):
    model, x, y = trained(name, cornu)
    model.save(tmp_path / "model.keras")
    cornu.utils.clear_session(free_memory=False)
    loaded = cornu.models.load_model(tmp_path / "model.keras", custom_objects=of(model))
    assert [w.path for w in loaded.weights] == [w.path for w in model.weights]
    same(outputs(loaded, x), outputs(model, x), rtol=0, atol=0)
    if name not in UNTRAINED:
        same(steps(loaded, x, y, 5), steps(model, x, y, 5), rtol=0, atol=0)


def cross(name, first, second, tmp_path, monkeypatch):
    for k in (first, second):
        monkeypatch.setattr(k.layers.Dropout, "call", lambda self, inputs, training=False: inputs)
    model, x, y = trained(name, first)
    model.save(tmp_path / "model.keras")
    template, _ = make(name, second)
    loaded = second.models.load_model(tmp_path / "model.keras", custom_objects=of(template))
    half = {"rtol": 2e-2, "atol": 2e-2} if name == "half" else {"rtol": 1e-5, "atol": 1e-6}
    same(outputs(loaded, x), outputs(model, x), **half)
    if name not in UNTRAINED:
        same(steps(loaded, x, y, 5), steps(model, x, y, 5), **half)
        assert int(loaded.optimizer.iterations) == 7


@each
@pytest.mark.parity
def test_from_keras_to_cornu(name, tmp_path, monkeypatch):
    import keras

    cross(name, keras, cornu, tmp_path, monkeypatch)


@each
@pytest.mark.parity
def test_from_cornu_to_keras(name, tmp_path, monkeypatch):
    import keras

    if name in ("in_a_class", "graph_in_a_class"):
        pytest.skip("Keras does not load a class whose constructor takes no name")
    cross(name, cornu, keras, tmp_path, monkeypatch)
