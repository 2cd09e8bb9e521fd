"""Files in the format of Keras 2: those that Keras 2 itself wrote (`keras2/recipe.py`), and exchange
with Keras 3, which still reads and writes the format."""

import json
from pathlib import Path

import h5py
import keras
import numpy as np
import pytest

import cornu
from cornu.core.errors import NotBuiltYetError

FILES = Path(__file__).parent / "keras2"
NAMES = sorted(path.stem for path in FILES.glob("*.npz"))
CUSTOM = {"twice": lambda x: x * 2.0, "lambda": lambda x: x * 2.0}


def arrays(name, prefix):
    with np.load(FILES / f"{name}.npz") as found:
        return [found[key] for key in sorted(found.files) if key.startswith(prefix)]


def one_or_all(values):
    return values[0] if len(values) == 1 else values


def outputs(model, x):
    found = model.predict(one_or_all(x), verbose=0)
    return found if isinstance(found, list) else [found]


def close(found, expected, rtol=1e-5, atol=1e-6):
    assert len(found) == len(expected)
    for ours, theirs in zip(found, expected, strict=True):
        np.testing.assert_allclose(ours, theirs, rtol=rtol, atol=atol)


@pytest.mark.parametrize("name", NAMES)
def test_a_model_of_keras_2_gives_the_same_predictions_and_goes_on_training(name):
    model = cornu.models.load_model(FILES / f"{name}.h5", custom_objects=CUSTOM)
    x, y = arrays(name, "x"), arrays(name, "y")
    close(outputs(model, x), arrays(name, "out"))
    assert bool(y) == model.compiled
    for _ in range(2 * bool(y)):
        model.train_on_batch(one_or_all(x), one_or_all(y))
    close(outputs(model, x), arrays(name, "after") or arrays(name, "out"), rtol=2e-4, atol=2e-5)


def test_weights_alone_in_order_and_by_name(tmp_path):
    trained = cornu.models.load_model(FILES / "recurrent.h5", compile=False)
    model = cornu.models.clone_model(trained)
    model.load_weights(FILES / "weights_only.h5")
    close(outputs(model, arrays("recurrent", "x")), arrays("recurrent", "after"))

    x = cornu.Input((6,))
    other = cornu.Model(x, cornu.layers.Embedding(7, 4, name="embedding")(x))
    other.load_weights(str(FILES / "weights_only.h5"), by_name=True)
    close(other.get_weights(), model.layers[1].get_weights(), rtol=0)


def twice(x):
    return x * 2.0


def make(k):
    """A model with layers of most kinds, shared and nested, in either library."""
    L = k.layers
    inner = k.Sequential([k.Input((4,)), L.Dense(4, activation="tanh"), L.BatchNormalization()])
    a, b = k.Input((5, 3), name="a"), k.Input((4,), name="b")
    shared = L.Dense(4, name="shared")
    h = L.Bidirectional(L.LSTM(2), name="both")(a)
    h = L.Concatenate(name="joined")([inner(shared(b)), shared(h), L.Lambda(twice, name="twice")(b)])
    model = k.Model([a, b], [L.Dense(2, name="first")(h), L.Dense(1, name="second")(h)])
    model.compile(
        k.optimizers.Adam(0.01),
        loss={"first": "mean_squared_error", "second": "mean_absolute_error"},
        metrics={"first": ["mae"], "second": ["mse"]},
        loss_weights={"first": 1.0, "second": 0.5},
    )
    return model


@pytest.mark.parity
@pytest.mark.parametrize("first, second", [(keras, cornu), (cornu, keras), (cornu, cornu)])
@pytest.mark.filterwarnings("ignore:You are saving your model")
def test_exchange_of_whole_models_with_keras_3(first, second, tmp_path):
    rng = np.random.default_rng(0)
    x = [rng.normal(size=(6, 5, 3)).astype("float32"), rng.normal(size=(6, 4)).astype("float32")]
    y = [rng.normal(size=(6, 2)).astype("float32"), rng.normal(size=(6, 1)).astype("float32")]
    model = make(first)
    model.fit(x, y, epochs=1, shuffle=False, verbose=0)
    model.save(tmp_path / "model.h5")
    again = second.models.load_model(tmp_path / "model.h5", custom_objects={"twice": twice})
    close(outputs(again, x), outputs(model, x))
    if second is keras:  # which cannot evaluate or train a model that it loads from this format
        return
    ours, theirs = (each.evaluate(x, y, verbose=0, return_dict=True) for each in (again, model))
    assert ours == pytest.approx(theirs, rel=1e-5)
    for each in (model, again):
        each.fit(x, y, epochs=2, shuffle=False, verbose=0)
    close(outputs(again, x), outputs(model, x), rtol=1e-4, atol=1e-5)


@pytest.mark.parity
@pytest.mark.parametrize("ending", [".h5", ".hdf5"])
@pytest.mark.parametrize("first, second", [(keras, cornu), (cornu, keras)])
def test_exchange_of_weights_with_keras_3(first, second, ending, tmp_path):
    x = [np.ones((2, 5, 3), "float32"), np.ones((2, 4), "float32")]
    model, other = make(first), make(second)
    path = tmp_path / f"weights{ending}"
    if first is keras:  # whose save_weights does not write the format any longer; whole models hold it
        keras.src.legacy.saving.legacy_h5_format.save_model_to_hdf5(model, path)
    else:
        model.save_weights(path)
    other.load_weights(path)
    close(outputs(other, x), outputs(model, x))


def test_a_sequential_of_the_first_keras_2_is_a_list():
    layer = {"class_name": "Dense", "config": {"units": 2, "batch_input_shape": [None, 3]}}
    model = cornu.models.model_from_json(
        json.dumps({"class_name": "Sequential", "config": [layer], "keras_version": "2.0.8"})
    )
    assert model.output_shape == (None, 2)


def test_hard_sigmoid_is_that_of_its_time():
    layer = {
        "class_name": "Dense",
        "config": {"units": 1, "activation": "hard_sigmoid", "batch_input_shape": [None, 1]},
    }
    model = cornu.models.model_from_json(
        json.dumps({"class_name": "Sequential", "config": {"name": "s", "layers": [layer]}})
    )
    model.set_weights([np.ones((1, 1)), np.zeros(1)])
    np.testing.assert_allclose(model.predict(np.array([[1.0]]), verbose=0), [[0.7]], rtol=1e-6)
    again = cornu.models.model_from_json(model.to_json())
    assert again.layers[0].activation.__name__ == "old_hard_sigmoid"


# --------------------------------------------------------------------------------------------- bad input


def edited(tmp_path, name, change):
    """A copy of a file of Keras 2, changed by a function of its model's configuration or of the file."""
    path = tmp_path / f"{name}.h5"
    path.write_bytes((FILES / f"{name}.h5").read_bytes())
    with h5py.File(path, "r+") as file:
        change(file)
    return path


def with_config(change):
    def edit(file):
        config = json.loads(file.attrs["model_config"])
        change(config["config"]["layers"])
        file.attrs["model_config"] = json.dumps(config)

    return edit


def test_messages_of_what_cannot_be_loaded(tmp_path):
    load = cornu.models.load_model
    with pytest.raises(ValueError, match="holds no model, but weights alone"):
        load(FILES / "weights_only.h5")
    with pytest.raises(ValueError, match=r'The function of Lambda|custom_objects=\{"lambda"'):
        load(FILES / "nested.h5")

    def renorm(layers):
        layers[1]["config"]["renorm"] = True

    with pytest.raises(
        ValueError, match="was made with renorm=True, which Keras 3 and Cornu do not have"
    ):
        load(edited(tmp_path, "cnn", with_config(renorm)))

    def strange(layers):
        made = next(each for each in layers if each["class_name"] == "TFOpLambda")
        made["config"]["function"] = "py"

    with pytest.raises(NotBuiltYetError, match='holds the TensorFlow function "py"'):
        load(edited(tmp_path, "functions", with_config(strange)))

    def cut(file):
        del file["model_weights/dense/dense/kernel:0"]

    with pytest.raises(ValueError, match=r'no "model_weights/dense/dense/kernel:0" in it'):
        load(edited(tmp_path, "mlp", cut))

    def no_json(file):
        file.attrs["model_config"] = "{'class_name': 'Sequential'}"

    with pytest.raises(ValueError, match="The configuration is no JSON text"):
        load(edited(tmp_path, "mlp", no_json))

    def linked(file):
        del file["model_weights/dense/dense/kernel:0"]
        file["model_weights/dense/dense/kernel:0"] = h5py.ExternalLink("/etc/passwd", "/x")

    with pytest.raises(ValueError, match=r"refused.*link into another file"):
        load(edited(tmp_path, "mlp", linked))


def test_weights_that_do_not_fit_name_the_layer_and_leave_the_model(tmp_path):
    model = cornu.Sequential([cornu.layers.Dense(5, input_shape=(3,)), cornu.layers.Dense(1)])
    before = model.get_weights()
    with pytest.raises(ValueError, match=r'the weight "kernel" has shape \(3, 5\).* one of \(3, 4\)'):
        model.load_weights(FILES / "mlp.h5")
    close(model.get_weights(), before, rtol=0, atol=0)
    with pytest.warns(UserWarning, match="do not fit and were left as they are"):
        model.load_weights(FILES / "mlp.h5", skip_mismatch=True)
    one = cornu.Sequential([cornu.layers.Dense(4, input_shape=(3,), name="mine")])
    with pytest.raises(ValueError, match=r"of 2 layers \(dense, dense_1\), but the model has 1"):
        one.load_weights(FILES / "mlp.h5")
    with pytest.warns(UserWarning, match="no layer of such a name, but mine: nothing was loaded"):
        one.load_weights(FILES / "mlp.h5", by_name=True)
    one.save_weights(tmp_path / "a.weights.h5")
    with pytest.raises(ValueError, match=r"by_name=True\) takes files in the format of Keras 2"):
        one.load_weights(tmp_path / "a.weights.h5", by_name=True)


def test_a_gru_of_the_other_kind_is_refused(tmp_path):
    x = cornu.Input((4, 2))
    model = cornu.Model(x, cornu.layers.GRU(2, name="gru", reset_after=False)(x))
    source = cornu.Model(x, cornu.layers.GRU(2, name="gru")(x))
    source.save_weights(tmp_path / "gru.h5")
    with pytest.raises(ValueError, match=r"reset_after=False, but the file holds .* reset_after=True"):
        model.load_weights(tmp_path / "gru.h5")


@pytest.mark.parametrize("library", [cornu, keras], ids=["cornu", "keras"])
def test_functions_of_ones_own_as_loss_and_metric_are_found_by_name(tmp_path, library):
    """`log_cosh` is a name of ours, too: the user's comes first."""

    def log_cosh(y_true, y_pred):
        return abs(y_true - y_pred) * 3.0

    def wrong(y_true, y_pred):
        return abs(y_true - y_pred)

    model = library.Sequential([library.Input((3,)), library.layers.Dense(1)])
    model.compile("sgd", log_cosh, metrics=[wrong])
    x, y = np.ones((4, 3), "float32"), np.zeros((4, 1), "float32")
    model.evaluate(x, y, verbose=0)
    model.save(tmp_path / "own.h5")
    again = cornu.models.load_model(
        tmp_path / "own.h5", custom_objects={"log_cosh": log_cosh, "wrong": wrong}
    )
    loss, metric = again.evaluate(x, y, verbose=0)
    assert loss == pytest.approx(3 * metric, rel=1e-5)
    close([loss], [model.evaluate(x, y, verbose=0)[0]])
