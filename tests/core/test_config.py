"""Configuration from a constructor's signature, and names looked up in closed tables."""

import sys

import numpy as np
import pytest

import cornu
from cornu.core import config
from cornu.core.config import Configurable


class Scale(Configurable):
    def __init__(self, factor, offset=0.0, *, shape=(1, 2), note=None):
        self.factor = factor
        self.offset = offset
        self.shape = shape


class Child(Scale):
    def __init__(self, extra="x", **kwargs):
        super().__init__(**kwargs)
        self.renamed = extra


def test_the_signature_is_the_configuration():
    assert Scale(2.0, note="hello").get_config() == {
        "factor": 2.0,
        "offset": 0.0,
        "shape": (1, 2),
        "note": "hello",  # no attribute of that name: what was passed
    }
    assert Scale(3).get_config()["note"] is None


def test_arguments_of_base_classes_count_and_attributes_win():
    child = Child("y", factor=np.float32(2))
    child.offset = 5
    found = child.get_config()
    assert found == {"extra": "y", "factor": 2.0, "offset": 5, "shape": (1, 2), "note": None}
    again = Child.from_config(found)
    assert again.get_config() == found


def test_plain_values():
    array = np.arange(4).reshape(2, 2)
    assert config.serialize({"a": array, "b": [np.int64(3), (1, None)]}) == {
        "a": [[0, 1], [2, 3]],
        "b": [3, (1, None)],
    }
    assert config.serialize(cornu.activations.relu) == "relu"
    assert config.serialize(len)["class_name"] == "function"


class Registered(cornu.layers.Layer):
    def __init__(self, units=3, **kwargs):
        super().__init__(**kwargs)
        self.units = units

    def call(self, inputs):
        return inputs * self.units


def test_a_registered_class_is_found_by_its_name():
    cornu.utils.register_keras_serializable("pack", "Times")(Registered)
    try:
        assert cornu.utils.get_registered_name(Registered) == "pack>Times"
        found = cornu.layers.serialize(Registered(5, name="times"))
        assert found["registered_name"] == "pack>Times"
        again = cornu.layers.deserialize(found)
        assert (type(again), again.units, again.name) == (Registered, 5, "times")
    finally:
        del cornu.utils.get_custom_objects()["pack>Times"]


def test_custom_objects_by_argument_and_by_scope():
    found = cornu.layers.serialize(Registered(5))
    with pytest.raises(ValueError, match='No class or function "Registered" is known'):
        cornu.layers.deserialize(found)
    again = cornu.layers.deserialize(found, custom_objects={"Registered": Registered})
    assert again.units == 5
    with cornu.utils.custom_object_scope({"Registered": Registered}):
        assert cornu.layers.deserialize(found).units == 5

        class Registered2(Registered):
            pass

        with cornu.utils.custom_object_scope({"Registered": Registered2}):
            assert type(cornu.layers.deserialize(found)) is Registered2
        assert type(cornu.layers.deserialize(found)) is Registered
    with pytest.raises(ValueError, match="custom_objects="):
        cornu.layers.deserialize(found)


def test_a_custom_activation_by_name():
    def twice(x):
        return 2 * x

    with cornu.utils.custom_object_scope({"twice": twice}):
        layer = cornu.layers.Dense(2, activation="twice")
        again = cornu.layers.Dense.from_config(layer.get_config())
    assert layer.activation is again.activation is twice


def test_registering_needs_a_configuration():
    with pytest.raises(ValueError, match=r"Bare needs a get_config\(\) method"):

        @cornu.utils.register_keras_serializable()
        class Bare:
            pass


def entry(name, module="keras.layers", **more):
    return {"class_name": name, "module": module, "config": {}, "registered_name": None, **more}


def test_an_unknown_class_is_named_with_the_closest():
    with pytest.raises(ValueError, match=r'"Dnse" is known. Did you mean "Dense"'):
        cornu.layers.deserialize(entry("Dnse"))


@pytest.mark.parametrize(
    "hostile",
    [
        entry("system", "os"),
        entry("system", "os", config="true", registered_name="os>system"),
        entry("function", "os", config="system"),
        entry("Popen", "subprocess", config={"args": "true"}),
        entry("os", "cornu.core.config"),
        entry("importlib", "cornu.core.config"),
        entry("eval", "builtins"),
        entry("__import__", "keras"),
        entry("Dense", "cornu.layers.dense.__class__"),
        entry("_once", "keras.layers"),
        entry("jax", "keras.layers"),
    ],
)
def test_names_are_looked_up_and_nothing_is_imported(hostile):
    with pytest.raises(ValueError, match="is known"):
        cornu.layers.deserialize(hostile)


def test_a_module_named_in_a_configuration_stays_unimported(monkeypatch):
    monkeypatch.delitem(sys.modules, "wave", raising=False)
    with pytest.raises(ValueError, match="is known"):
        cornu.layers.deserialize(entry("Wave_read", "wave"))
    assert "wave" not in sys.modules


@pytest.mark.parametrize("name", ["deserialize", "serialize", "InputSpec"])
def test_what_is_not_made_from_a_configuration_cannot_be_named(name):
    with pytest.raises(ValueError, match=f'"{name}" is known'):
        cornu.layers.deserialize(entry(name))


@pytest.mark.parametrize("named", [("load_model", "keras.models"), ("set_random_seed", "keras.utils")])
def test_a_configuration_names_functions_of_arrays_only(named):
    name, module = named
    with pytest.raises(ValueError, match=f'"{name}" is known'):
        cornu.layers.Dense(1, activation=entry("function", module, config=name))


def test_only_layers_come_out_of_layers_deserialize():
    with pytest.raises(ValueError, match="takes the configuration of a layer"):
        cornu.layers.deserialize(entry("Adam", "keras.optimizers"))


def test_lookup_of_what_is_no_name():
    with pytest.raises(TypeError, match=r'activation=3 is not understood. Write a name such as "'):
        cornu.layers.Dense(2, activation=3)
    with pytest.raises(ValueError, match=r'Unknown activation "rleu". Did you mean "relu"'):
        cornu.layers.Dense(2, activation="rleu")
