"""Every way in is closed to code and foreign names, and nothing opens it for later calls."""

import json
import sys

import numpy as np
import pytest

import cornu
from tests.hostile.configurations import entry, function, lambda_of

LAMBDA = 'Lambda "evil": its function was a lambda, and Cornu never runs code'
NOT_KNOWN = "No class or function"


def model_of(layer):
    return entry("Sequential", {"name": "m", "layers": [layer]}, "keras")


def graph_of(layer):
    first = entry("InputLayer", {"batch_shape": [None, 2], "name": "x"}, name="x", inbound_nodes=[])
    place = {"class_name": "__keras_tensor__", "config": {"keras_history": ["x", 0, 0]}}
    last = {**layer, "name": "evil", "inbound_nodes": [{"args": [place], "kwargs": {}}]}
    return {
        "name": "g",
        "layers": [first, last],
        "input_layers": [["x", 0, 0]],
        "output_layers": [["evil", 0, 0]],
    }


def saved(layer, tmp_path, ending):
    path = tmp_path / f"evil{ending}"
    model = cornu.Sequential([cornu.Input((2,)), cornu.layers.Dense(1)])
    model.save(path)
    if ending == ".h5":
        import h5py

        with h5py.File(path, "a") as file:
            file.attrs["model_config"] = json.dumps(model_of(layer))
    else:
        import zipfile

        with zipfile.ZipFile(path) as good:
            members = {name: good.read(name) for name in good.namelist()}
        with zipfile.ZipFile(path, "w") as bad:
            for name, content in {**members, "config.json": json.dumps(model_of(layer))}.items():
                bad.writestr(name, content)
    return path


def checkpoint(model, folder):
    """A folder that looks like a checkpoint of Orbax, with this architecture."""
    (folder / "0" / "pytree").mkdir(parents=True, exist_ok=True)
    (folder / "0" / "model_config").mkdir(exist_ok=True)
    text = json.dumps({"config": json.dumps(model)})
    (folder / "0" / "model_config" / "metadata").write_text(text)
    return folder


DOORS = {
    "load_model of Orbax": lambda layer, tmp: cornu.models.load_model(checkpoint(model_of(layer), tmp)),
    "load_model of .keras": lambda layer, tmp: cornu.models.load_model(saved(layer, tmp, ".keras")),
    "load_model of .h5": lambda layer, tmp: cornu.models.load_model(saved(layer, tmp, ".h5")),
    "model_from_json": lambda layer, tmp: cornu.models.model_from_json(json.dumps(model_of(layer))),
    "Sequential.from_config": lambda layer, tmp: cornu.Sequential.from_config({"layers": [layer]}),
    "Model.from_config": lambda layer, tmp: cornu.Model.from_config(graph_of(layer)),
    "layers.deserialize": lambda layer, tmp: cornu.layers.deserialize(layer),
    "a wrapper's from_config": lambda layer, tmp: cornu.layers.TimeDistributed.from_config(
        {"layer": layer}
    ),
    "deserialize_keras_object": lambda layer, tmp: cornu.saving.deserialize_keras_object(layer),
    "the same of a whole model": lambda layer, tmp: cornu.saving.deserialize_keras_object(
        model_of(layer)
    ),
}


@pytest.mark.parametrize("door", DOORS)
def test_code_and_foreign_names_do_not_get_in(door, tmp_path):
    evil = {"name": "evil", "function": lambda_of(tmp_path)}
    for layer, words in (
        (entry("Lambda", evil), LAMBDA),
        (entry("Lambda", {**evil, "safe_mode": False}), LAMBDA),
        (
            entry("Lambda", {"name": "evil", "function": function("system", "os")}),
            f'{NOT_KNOWN} "system"',
        ),
        (entry("system", {"command": "true"}, "os"), f'{NOT_KNOWN} "system"'),
        (entry("Popen", {"args": "true"}, "subprocess"), f'{NOT_KNOWN} "Popen"'),
        (entry("fly", {}, "antigravity"), f'{NOT_KNOWN} "fly"'),
    ):
        with pytest.raises(ValueError, match=words):
            DOORS[door](layer, tmp_path)
        assert "antigravity" not in sys.modules
        assert not (tmp_path / "touched").exists()


def test_the_layer_itself_takes_no_code(tmp_path):
    with pytest.raises(ValueError, match=LAMBDA):
        cornu.layers.Lambda.from_config({"name": "evil", "function": lambda_of(tmp_path)})
    with pytest.raises(TypeError, match="Lambda needs a function, got"):
        cornu.layers.Lambda.from_config({"name": "evil", "function": ["4wEAAAA=", None, None]})


def test_a_clone_of_a_lambda_is_refused_as_a_file_would_be():
    """A function in place of a name is no text: the clone is made from the configuration alone."""
    x = cornu.Input((2,))
    model = cornu.Model(x, cornu.layers.Lambda(lambda v: v + 1, name="evil")(x))
    with pytest.raises(ValueError, match=LAMBDA):
        cornu.models.clone_model(model)


@pytest.mark.parametrize("value", [False, None, 0, "no"])
def test_safe_mode_is_an_argument_that_only_says_yes(value, tmp_path):
    cornu.Sequential([cornu.Input((2,)), cornu.layers.Dense(1)]).save(tmp_path / "a.keras")
    with pytest.raises(ValueError, match=r"load_model\(safe_mode=False\) is refused"):
        cornu.models.load_model(tmp_path / "a.keras", safe_mode=value)
    with pytest.raises(ValueError, match="is refused: Cornu never runs code from a configuration"):
        cornu.saving.deserialize_keras_object({}, safe_mode=value)


def test_no_state_of_the_process_opens_a_door(tmp_path):
    with pytest.raises(ValueError, match="never runs code"):
        cornu.config.enable_unsafe_deserialization()
    test_code_and_foreign_names_do_not_get_in("layers.deserialize", tmp_path)


def test_what_the_caller_gives_by_name_is_used(tmp_path):
    """The way that stays: the function comes from the program, not from the file."""
    layer = entry("Lambda", {"name": "evil", "function": lambda_of(tmp_path)})
    with cornu.saving.custom_object_scope({"evil": lambda x: x * 2}):
        assert float(cornu.layers.deserialize(layer)(np.ones(())).item()) == 2


# ---------------------------------------------------------------------------- memory, when it is loaded


def test_a_loaded_model_takes_its_numbers_from_the_file_alone(tmp_path):
    """No initializer runs while loading."""

    @cornu.saving.register_keras_serializable("hostile")
    class Loud(cornu.initializers.Initializer):
        ran = 0

        def __call__(self, shape, dtype=None):
            Loud.ran += 1
            return np.ones(shape, dtype)

    model = cornu.Sequential([cornu.Input((2,)), cornu.layers.Dense(3, kernel_initializer=Loud())])
    model.compile("adam", "mse")
    model.save(tmp_path / "a.keras")
    Loud.ran = 0
    loaded = cornu.models.load_model(tmp_path / "a.keras")
    assert Loud.ran == 0
    np.testing.assert_array_equal(loaded.get_weights()[0], np.ones((2, 3)))
    fresh = cornu.models.model_from_json(model.to_json())
    assert (Loud.ran, fresh.count_params()) == (0, 9)
    np.testing.assert_array_equal(fresh.predict(np.ones((1, 2)), verbose=0), [[2.0, 2.0, 2.0]])
    assert Loud.ran == 1


def test_a_checkpoint_asks_for_no_more_than_it_holds(tmp_path):
    layers = [entry("InputLayer", {"batch_shape": [None, 20_000]}), entry("Dense", {"units": 20_000})]
    huge = entry("Sequential", {"name": "m", "layers": layers}, "keras")
    with pytest.raises(ValueError, match="asks for 1,600,000,000 bytes, but the file holds only"):
        cornu.models.load_model(checkpoint(huge, tmp_path))


def test_a_layer_that_looks_at_its_numbers_is_loaded(tmp_path):
    class Odd(cornu.layers.Layer):
        def build(self, input_shape):
            self.factor = self.add_weight((), "ones", name="factor")

        def call(self, inputs):
            return inputs * float(np.asarray(self.factor.value))

    model = cornu.Sequential([cornu.Input((2,)), Odd()])
    model.layers[0].factor.assign(3.0)
    model.save(tmp_path / "a.keras")
    loaded = cornu.models.load_model(tmp_path / "a.keras", custom_objects={"Odd": Odd})
    assert float(loaded.layers[0].factor) == 3
    assert loaded.output_shape == (None, 2)


def test_weights_that_do_not_fit_leave_a_declared_model_declared(tmp_path):
    config = cornu.Sequential([cornu.Input((2,)), cornu.layers.Dense(3)]).to_json()
    cornu.Sequential([cornu.Input((2,)), cornu.layers.Dense(4)]).save_weights(tmp_path / "a.weights.h5")
    model = cornu.models.model_from_json(config)
    with pytest.raises(ValueError, match=r'"kernel" has shape \(2, 3\), but'):
        model.load_weights(tmp_path / "a.weights.h5")
    assert not any(variable.made for variable in model.weights)
    assert model.get_weights()[0].shape == (2, 3)


def test_what_is_wrong_in_a_configuration_is_said():
    dense = cornu.layers.Dense(3, name="d").get_config()
    for config, words in (
        (
            {**dense, "unitz": 3},
            'Dense "d" cannot be made from its configuration: .*no argument "unitz". Did you mean',
        ),
        ({"name": "d"}, "Dense \"d\" cannot be made from its configuration: it lacks 'units'"),
        (7, "Dense cannot be made from its configuration: a value in it is not of the kind"),
    ):
        with pytest.raises(ValueError, match=words):
            cornu.layers.deserialize(entry("Dense", config))


def test_errors_of_a_class_of_the_users_stay_as_they_are():
    class Mine(cornu.layers.Layer):
        def __init__(self, size, **kwargs):
            super().__init__(**kwargs)
            raise KeyError("mine")

    for config in (entry("Mine", {"size": 1}), model_of(entry("Mine", {"size": 1}))):
        with pytest.raises(KeyError, match="mine"):
            cornu.saving.deserialize_keras_object(config, custom_objects={"Mine": Mine})
