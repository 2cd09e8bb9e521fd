"""Progbar, Config, split_dataset, packing, and where tensors come from, against Keras 3.15."""

import re

import numpy as np
import pytest

import cornu
from cornu.core.errors import NotBuiltYetError
from cornu.utils import Config, Progbar, get_source_inputs, pack_x_y_sample_weight, split_dataset
from cornu.utils import unpack_x_y_sample_weight as unpack
from cornu.utils.dataset import Dataset

# -- Progbar ------------------------------------------------------------------------------------------


@pytest.mark.parity
@pytest.mark.parametrize(
    "arguments", [{}, {"stateful_metrics": ["acc"]}, {"stateless_metrics": ["acc"]}]
)
def test_the_values_are_those_of_keras(capsys, arguments):
    import keras

    found = []
    for cls in (Progbar, keras.utils.Progbar):
        bar = cls(4, verbose=1, interval=0, unit_name="batch", **arguments)
        for step, value in ((1, 1.0), (3, 0.5), (4, 0.0001)):
            bar.update(step, [("loss", value), ("acc", np.float32(value))])
        text = re.sub(r"\x1b\[\d+m|\x08", "", capsys.readouterr().out)
        found.append(re.findall(r"(\d/4) .*?( - loss: .*? - acc: \S+)", text))
    assert found[0] == found[1]
    assert len(found[0]) == 3


def test_the_bar_fills():
    bar = Progbar(4, width=8, interval=0)
    assert repr_of(bar, 1).startswith("1/4 ━━──────")
    assert repr_of(bar, 3).startswith("3/4 ━━━━━━──")


def repr_of(bar, step):
    import contextlib
    import io

    with contextlib.redirect_stdout(io.StringIO()) as out:
        bar.update(step)
    return out.getvalue().strip()


def test_steps_of_unknown_number_and_silence(capsys):
    bar = Progbar(None, interval=0)
    bar.add(3, [("loss", 2.0)])
    bar.add(
        4,
        [("loss", 1.0)],
    )
    out = capsys.readouterr().out
    assert "      7/Unknown" in out
    assert f"- loss: {(3 * 2 + 4 * 1) / 7:.4f}" in out
    Progbar(2, verbose=0).update(2)
    assert capsys.readouterr().out == ""


def test_a_bar_takes_one_list_of_names():
    with pytest.raises(ValueError, match=r"not both: what one does not name is the other"):
        Progbar(2, stateful_metrics=["a"], stateless_metrics=["b"])


# -- Config -------------------------------------------------------------------------------------------


@pytest.mark.parity
def test_config_behaves_as_that_of_keras():
    import keras

    seen = []
    for cls in (Config, keras.utils.Config):
        config = cls(b=1, a=2)
        config.c = 3
        config["d"] = 4
        config.update({"e": 5})
        del config["b"]
        seen.append(
            [
                *(list(config), dict(config.items()), config.get("z", 9), "a" in config, len(config)),
                *(config.pop("e"), config.as_dict(), config.to_json(), repr(config), config.frozen),
                *(sorted(config.keys()), sorted(config.values())),
            ]
        )
    assert seen[0] == seen[1]


def test_a_frozen_config_and_wrong_names():
    config = Config(rate=0.1)
    config.freeze()
    for change in (
        lambda: setattr(config, "rate", 1),
        lambda: config.update(rate=1),
        lambda: config.pop("rate"),
        lambda: config.__delitem__("rate"),
    ):
        with pytest.raises(ValueError, match=r'The Config is frozen, so "rate" cannot be changed'):
            change()
    assert config.rate == 0.1
    config.unfreeze()
    config.rate = 1
    with pytest.raises(AttributeError, match=r'has no "rte". Did you mean "rate"'):
        _ = config.rte
    with pytest.raises(AttributeError, match=r'"items" is a method of Config'):
        config.items = 3


# -- split_dataset: what Keras 3.15 gave on TensorFlow ------------------------------------------------


def values(dataset):
    return [
        np.asarray(x).tolist() if not isinstance(x, tuple) else tuple(map(float, x)) for x in dataset
    ]


def test_data_are_divided_as_keras_does():
    left, right = split_dataset(np.arange(10), left_size=0.7, shuffle=True, seed=4)
    assert (values(left), values(right)) == ([8, 2, 0, 7, 6, 9, 5], [1, 4, 3])
    left, right = split_dataset(Dataset.range(7).batch(2), right_size=2)
    assert (values(left), values(right)) == ([[0, 1], [2, 3], [4]], [[5, 6]])
    left, right = split_dataset((np.arange(4), np.arange(4) * 2.0), left_size=1)
    assert (values(left), values(right)) == ([(0, 0)], [(1, 2), (2, 4), (3, 6)])
    assert (len(left), len(right)) == (1, 3)
    left, right = split_dataset(Dataset.range(4), left_size=0.25, right_size=0.5)
    assert (values(left), values(right)) == ([0], [2, 3])


WRONG = [
    ((np.arange(4),), {}, ValueError, "needs left_size or right_size"),
    ((np.arange(4), 4), {}, ValueError, "left_size must be above 0 and below 4, got left_size=4"),
    ((np.arange(4), 0.7, 0.7), {}, ValueError, "are more than the whole"),
    ((np.arange(4), 3, 3), {}, ValueError, "4 rows cannot be divided into 3 and 3"),
    ((np.arange(4), 0.1), {}, ValueError, "cannot be divided into 0 and 4"),
    ((np.arange(4), "half"), {}, TypeError, "left_size must be a float up to 1 or a whole number"),
    ((3, 0.5), {}, TypeError, "an array, a list or tuple of arrays, or a Dataset, got 3"),
    (([1, 2, 3], 0.5), {}, TypeError, r"but got 1 in it. Write numpy.array\(...\)"),
    (([np.arange(3), np.arange(4)], 0.5), {}, ValueError, "but they have 3, 4"),
    (((), 0.5), {}, ValueError, "but they have none"),
    ((np.arange(4), 0.5), {"preferred_backend": "torch"}, NotBuiltYetError, "one engine"),
]


@pytest.mark.parametrize("arguments, named, error, words", WRONG)
def test_what_cannot_be_divided_is_said(arguments, named, error, words):
    with pytest.raises(error, match=words):
        split_dataset(*arguments, **named)


# -- packing, sources, names --------------------------------------------------------------------------


@pytest.mark.parity
def test_packing_is_that_of_keras():
    import keras

    for given in ((1,), ([1, 2],), (1, 2), (1, 2, 3), (1, None, 3)):
        packed = pack_x_y_sample_weight(*given)
        assert packed == keras.utils.pack_x_y_sample_weight(*given)
    for data in ((1,), [1, 2], (1, 2, 3), 5, {"a": 1}):
        assert unpack(data) == keras.utils.unpack_x_y_sample_weight(data)
    with pytest.raises(ValueError, match=r"this is a tuple of 4. Put several inputs into a tuple"):
        unpack((1, 2, 3, 4))


def test_the_inputs_that_a_tensor_is_made_from():
    a, b, c = (cornu.Input((2,), name=name) for name in "abc")
    hidden = cornu.layers.Dense(2)(cornu.ops.add(a, b))
    assert [t.name for t in get_source_inputs(cornu.layers.Concatenate()([hidden, a, c]))] == [
        "a",
        "b",
        "c",
    ]
    assert get_source_inputs(a) == [a]
    assert get_source_inputs(3) == 3


def test_objects_as_plain_values_are_in_utils_too():
    layer = cornu.layers.Dropout(0.5)
    described = cornu.utils.serialize_keras_object(layer)
    assert cornu.utils.deserialize_keras_object(described).rate == 0.5
    assert cornu.utils.get_registered_object("none") is None


@pytest.mark.parity
@pytest.mark.parametrize(
    "name", ["utils", "preprocessing", "preprocessing.image", "preprocessing.sequence"]
)
def test_names_and_arguments_are_those_of_keras(name):
    import importlib

    from tests.table_of_names import room

    found = room(importlib.import_module(f"keras.{name}"))
    assert (found.missing, found.different) == ([], {})
