"""Sequences of one length, and the small names of utils."""

import keras
import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

import cornu
from cornu.utils import pad_sequences

SIDES = st.sampled_from(["pre", "post"])


@settings(deadline=None, max_examples=60, derandomize=True)
@given(
    st.lists(st.lists(st.integers(-9, 9), max_size=6), min_size=1, max_size=5),
    st.one_of(st.none(), st.integers(1, 8)),
    SIDES,
    SIDES,
    st.integers(-1, 1),
)
def test_rows_are_those_of_keras(sequences, maxlen, padding, truncating, value):
    arguments = {"padding": padding, "truncating": truncating, "value": value}
    found = pad_sequences(sequences, maxlen, **arguments)
    expected = keras.utils.pad_sequences(sequences, maxlen, **arguments)
    np.testing.assert_array_equal(found, expected)
    assert found.dtype == expected.dtype


def test_elements_may_be_arrays_or_strings():
    found = pad_sequences([np.ones((2, 3)), np.ones((1, 3))], dtype="float32", padding="post")
    assert found.tolist() == [[[1, 1, 1]] * 2, [[1, 1, 1], [0, 0, 0]]]
    words = pad_sequences([["a"], ["b", "c"]], dtype=object, value="-")
    assert words.tolist() == [["-", "a"], ["b", "c"]]


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        (([1, 2],), r"takes a list of sequences, but element 0 is 1"),
        (([[1]], None, "int32", "after"), r'padding="after" is not known'),
        (([[1]], None, "int32", "pre", "posd"), r'truncating="posd" is not known. Did you mean "post"'),
        (([[[1, 2]], [[1]]],), r"one shape, not \(1,\) and \(2,\)"),
        (([["a"]], None, "int32", "pre", "pre", "x"), r"needs dtype=object"),
    ],
)
def test_bad_input(arguments, words):
    with pytest.raises(ValueError, match=words):
        pad_sequences(*arguments)


def test_small_names():
    assert cornu.utils.is_interactive_logging_enabled()
    cornu.utils.disable_interactive_logging()
    assert not cornu.config.is_interactive_logging_enabled()
    cornu.utils.enable_interactive_logging()
    assert cornu.utils.standardize_dtype(None) == "float32"
    assert cornu.utils.CustomObjectScope is cornu.utils.custom_object_scope
