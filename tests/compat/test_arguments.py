"""Old arguments give the objects that modern calls give, or are refused with what to write."""

import inspect
import re
import warnings

import numpy as np
import pytest

from cornu import callbacks, constraints, initializers, layers, models, optimizers, regularizers, utils
from cornu.backend import images as backend_images
from cornu.compat import calls, notes
from cornu.compat.old.arguments import ARGUMENTS, PLACES
from cornu.compat.old.entries import Renamed
from cornu.compat.old.eras import WORDS_OF_KERAS_1
from cornu.compat.old.methods import METHODS
from cornu.core.errors import NotBuiltYetError
from cornu.datasets import imdb
from cornu.preprocessing import image, text
from tests.compat.old_calls import rows

pytestmark = pytest.mark.filterwarnings("ignore::cornu.compat.notes.OldNameWarning")
ROWS = rows()
KEPT = {name: calls.taker(f"layers.{name}") for name in ("LocallyConnected1D", "LocallyConnected2D")}
NAMES = KEPT | {
    name: getattr(room, name)
    for room in (initializers, regularizers, constraints, optimizers, callbacks, image, text, layers)
    for name in room.__all__
    if not name.startswith("_") and name not in ("get", "serialize", "deserialize")
}


@pytest.fixture(autouse=True, scope="module")
def old_arguments():
    calls.start()
    yield
    calls.stop()


def made(call):
    return eval(call, dict(NAMES))


def contents(thing):
    """What an object is made of: its configuration, or its attributes."""
    if hasattr(thing, "get_config"):
        config = dict(thing.get_config())
        declared = getattr(thing, "_declared_input_shape", None)
        return {**{key: config[key] for key in config if key != "name"}, "declared": declared}
    return {key: value for key, value in vars(thing).items() if isinstance(value, (int, float, str))}


GATES_OF_KERAS_1 = {
    "recurrent_initializer": "Orthogonal(1.1)",
    "recurrent_activation": "'old_hard_sigmoid'",
    "reset_after": "False",
}
OF_KERAS_1 = {"SimpleRNN": 1, "LSTM": 2, "ConvLSTM2D": 2, "GRU": 3}  # how many of these they have


def with_defaults_of_its_time(old, modern):
    """The modern call, with what Keras 1 did where the old one, in its words, says nothing."""
    if WORDS_OF_KERAS_1.isdisjoint(re.findall(r"(\w+)=", old)):
        return modern
    defaults = list(GATES_OF_KERAS_1.items())[: OF_KERAS_1.get(old.split("(")[0], 0)]
    missing = [f", {name}={value}" for name, value in defaults if f"{name}=" not in modern]
    return f"{modern[:-1]}{''.join(missing)})"


@pytest.mark.parametrize("old, modern", [row[:2] for row in ROWS if not row[3]])
def test_an_old_call_gives_what_the_modern_one_gives(old, modern):
    assert contents(made(old)) == contents(made(with_defaults_of_its_time(old, modern)))


@pytest.mark.parametrize("old, words", [row[:2] for row in ROWS if row[3]])
def test_what_has_no_meaning_today_is_refused_with_what_to_write(old, words):
    with pytest.raises((NotBuiltYetError, TypeError, ValueError), match=re.escape(words)):
        made(old)


def test_every_word_of_every_constructor_has_a_row():
    tested = {}
    for call, _, old, _ in ROWS:
        name = call.split("(")[0]
        tested.setdefault(name, set()).update(re.findall(r"(\w+)=", old))
    for key, table in ARGUMENTS.items():
        name = key.split(".")[-1]
        if name[0].isupper() and key not in ("models.Model", "layers.Input"):
            assert set(table) - {"weights"} <= tested.get(name, set()), key


@pytest.mark.parametrize("key", sorted(ARGUMENTS))
def test_what_old_words_become_is_taken_today(key):
    thing = calls.taker(key)
    taken = set(inspect.signature(thing).parameters)
    # What is taken by **kwargs, as each layer says in its documentation.
    taken |= (
        {"workers", "use_multiprocessing", "max_queue_size"}
        if key.startswith("models.Model.")
        else set()
    )
    if inspect.isclass(thing) and issubclass(thing, layers.Layer):
        taken |= {"dtype", "autocast", "implementation"}
    for word, entry in ARGUMENTS[key].items():
        names = (Renamed(entry) if isinstance(entry, str) else entry).names
        assert set(names) <= taken, (key, word)


def test_there_are_at_least_150_old_words():
    assert sum(map(len, ARGUMENTS.values())) >= 150
    assert len(ROWS) >= 150


def test_the_signature_is_still_todays():
    with_words = inspect.signature(layers.Dense)
    calls.stop()
    try:
        assert inspect.signature(layers.Dense) == with_words
        assert not hasattr(layers.Dense.__init__, "__wrapped__")
        assert not hasattr(layers.Dense, "output_dim")
        with pytest.raises(TypeError, match="units"):
            layers.Dense(output_dim=3)
    finally:
        calls.start()
    assert layers.Dense(output_dim=3).units == 3


def test_all_is_taken_back():
    def everything():
        found = {}
        for key in {**ARGUMENTS, **METHODS}:
            room, name, _ = calls._parsed(key)
            if not key.startswith("datasets."):
                thing = calls.taker(f"{room}.{name}")
                found[room, name] = dict(vars(thing)) if inspect.isclass(thing) else thing
        return found

    calls.stop()
    try:
        before = everything()
        calls.start()
        changed = everything()
        assert all(changed[place] != before[place] for place in before)
        calls.stop()
        assert everything() == before
    finally:
        calls.start()


def test_a_class_that_no_table_names_is_left_alone():
    assert not hasattr(layers.Masking.__init__, "__wrapped__")
    assert not hasattr(layers.Permute.__init__, "__wrapped__")


def test_the_configuration_holds_todays_names():
    layer = layers.Dense(output_dim=3, init="uniform")
    assert layer._constructed_with[1] == {"units": 3, "kernel_initializer": "uniform"}
    again = layers.Dense.from_config(layer.get_config())
    assert again.get_config() == layer.get_config()


class Wide(layers.Dense):
    def __init__(self, times, **kwargs):
        super().__init__(output_dim=10 * times, init="uniform", **kwargs)
        self.times = times


class Forwarding(layers.Dense):
    def __init__(self, *args, **kwargs):
        super().__init__(*args, **kwargs)


class OwnWord(layers.Dense):
    def __init__(self, output_dim, **kwargs):
        super().__init__(output_dim, **kwargs)


def test_a_subclass_may_use_old_words():
    layer = Wide(2, W_regularizer="l2")
    assert layer.units == 20
    assert layer.get_config()["times"] == 2
    assert Forwarding(output_dim=3, bias=False).get_config()["use_bias"] is False
    assert OwnWord(output_dim=3).get_config()["output_dim"] == 3
    assert OwnWord(output_dim=3, bias=False).units == 3


def test_a_misspelt_word_still_gets_todays_suggestion():
    with pytest.raises(ValueError, match=r'no argument "actvation"\. Did you mean "activation"'):
        layers.Dense(output_dim=3, actvation="relu")


def test_a_word_is_told_once_at_the_users_line():
    notes.forget()
    with warnings.catch_warnings(record=True) as caught:
        warnings.simplefilter("always")
        layers.Dense(output_dim=3)
        layers.Dense(output_dim=4)
        layers.Dense(3)
    told = [(str(each.message), each.filename) for each in caught]
    assert told == [("Dense(output_dim=...) is an old name. Today: Dense(units=...)", __file__)]


@pytest.mark.parametrize(
    "old, modern",
    [
        (lambda: utils.to_categorical(y=[0, 2], nb_classes=4), lambda: utils.to_categorical([0, 2], 4)),
        (lambda: utils.normalize(a=[[3.0, 4.0]]), lambda: utils.normalize([[3.0, 4.0]])),
        (
            lambda: utils.img_to_array(np.ones((2, 3, 3)), dim_ordering="th"),
            lambda: utils.img_to_array(np.ones((2, 3, 3)), data_format="channels_first"),
        ),
        (
            lambda: utils.array_to_img(np.ones((3, 2, 2)), dim_ordering="th"),
            lambda: utils.array_to_img(np.ones((3, 2, 2)), data_format="channels_first"),
        ),
        (
            lambda: text.text_to_word_sequence(text="one two"),
            lambda: text.text_to_word_sequence("one two"),
        ),
        (lambda: text.one_hot(text="one", n=5), lambda: text.one_hot("one", 5)),
        (
            lambda: backend_images.pool2d(
                np.ones((1, 3, 4, 4)), (2, 2), border_mode="same", dim_ordering="th"
            ),
            lambda: backend_images.pool2d(
                np.ones((1, 3, 4, 4)), (2, 2), padding="same", data_format="channels_first"
            ),
        ),
        (
            lambda: backend_images.spatial_2d_padding(np.ones((1, 3, 4, 4)), dim_ordering="th"),
            lambda: backend_images.spatial_2d_padding(
                np.ones((1, 3, 4, 4)), data_format="channels_first"
            ),
        ),
        (
            lambda: next(image.ImageDataGenerator().flow(X=np.ones((2, 3, 3, 1)), batch_size=2)),
            lambda: np.ones((2, 3, 3, 1)),
        ),
    ],
)
def test_functions_take_old_words(old, modern):
    assert np.array_equal(np.asarray(old()), np.asarray(modern()))


def test_a_grayscale_picture(tmp_path):
    path = str(tmp_path / "a.png")
    utils.save_img(path, np.full((2, 2, 3), 200.0), dim_ordering="tf")
    assert utils.load_img(path, grayscale=True).mode == "L"
    assert utils.load_img(path, grayscale=False).mode == "RGB"


def test_axes_of_random_transforms():
    picture = np.random.rand(3, 6, 6)
    np.random.seed(0)
    old = image.random_shift(picture, 0.3, 0.3, row_index=1, col_index=2, channel_index=0)
    np.random.seed(0)
    assert np.array_equal(old, image.random_shift(picture, 0.3, 0.3, 1, 2, 0))


def test_data_sets_take_nb_words():
    assert "num_words" in inspect.signature(imdb.load_data).parameters
    with pytest.raises(NotBuiltYetError, match="the parts are fixed"):
        imdb.load_data(test_split=0.5)


def test_a_model_of_input_and_output():
    x = layers.Input((3,))
    model = models.Model(input=x, output=layers.Dense(2)(x))
    assert model.output_shape == (None, 2)
    assert models.Model(inputs=x, outputs=model.output).get_config()["layers"]


def test_places_name_old_words_or_todays():
    for key, places in PLACES.items():
        thing = calls.taker(key)
        known = {*ARGUMENTS.get(key, {}), *inspect.signature(thing).parameters, "weights"}
        assert set(places.names) <= known, key
