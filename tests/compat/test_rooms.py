"""The small rooms that old programs import from: `config`, `backend` and `saving`."""

import pytest

from cornu import backend, config, saving, utils
from cornu.layers import Dense, Layer


def test_the_backend_is_jax():
    assert backend.backend() == "jax"


@pytest.fixture
def restored():
    yield
    config.set_floatx("float32")


@pytest.mark.parametrize("room", [config, backend])
def test_floatx_is_what_layers_use(restored, room):
    assert room.floatx() == "float32"
    room.set_floatx("bfloat16")
    layer = Dense(2)
    layer.build((None, 3))
    assert str(layer.kernel.dtype) == "bfloat16"
    with pytest.raises(ValueError, match='Did you mean "float32"'):
        room.set_floatx("flaot32")


def test_clear_session_starts_the_names_afresh():
    backend.clear_session()
    assert [Dense(1).name, Dense(1).name] == ["dense", "dense_1"]
    backend.clear_session()
    assert Dense(1).name == "dense"


def test_a_layer_comes_back_from_its_plain_values():
    layer = saving.deserialize_keras_object(
        saving.serialize_keras_object(Dense(3, activation="relu", name="mine"))
    )
    assert (type(layer), layer.units, layer.name) == (Dense, 3, "mine")


def test_the_names_of_registered_classes():
    @saving.register_keras_serializable(package="rooms")
    class Mine(Layer):
        """A layer of the user's."""

    class Other(Layer):
        """Another, not registered."""

    assert saving.get_registered_name(Mine) == "rooms>Mine"
    assert saving.get_registered_name(Other) == "Other"
    assert saving.get_registered_object("rooms>Mine") is Mine
    assert saving.get_registered_object("Other") is None
    assert saving.get_registered_object("Other", custom_objects={"Other": Other}) is Other
    assert saving.get_registered_object("Other", module_objects={"Other": Other}) is Other
    described = saving.serialize_keras_object(Other(name="o"))
    with pytest.raises(ValueError, match='No class or function "Other" is known'):
        saving.deserialize_keras_object(described)
    assert isinstance(saving.deserialize_keras_object(described, {"Other": Other}), Other)
    with saving.CustomObjectScope({"Other": Other}):
        assert isinstance(saving.deserialize_keras_object(described), Other)
    assert utils.get_custom_objects() is saving.get_custom_objects()
    saving.get_custom_objects().pop("rooms>Mine")


@pytest.mark.parametrize("safe_mode", [False, None])
def test_there_is_no_unsafe_mode(safe_mode):
    with pytest.raises(ValueError, match="is refused: Cornu never runs code from a config"):
        saving.deserialize_keras_object({}, safe_mode=safe_mode)


@pytest.mark.parametrize("room", [backend, config, saving])
def test_every_public_name_is_there_and_says_what_it_is(room):
    for name in room.__all__:
        assert getattr(room, name).__doc__
