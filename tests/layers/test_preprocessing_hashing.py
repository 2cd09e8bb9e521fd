"""Hashing, HashedCrossing, and the hash functions under them."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

import cornu
from cornu.layers import HashedCrossing, Hashing
from cornu.layers.preprocessing.fingerprints import fingerprint64, siphash64


def test_siphash_is_that_of_its_paper():
    """The vectors of the reference implementation, for the key 00 01 ... 0f and messages 00 01 ..."""
    key = (0x0706050403020100, 0x0F0E0D0C0B0A0908)
    found = siphash64([bytes(range(length)) for length in (0, 1, 7, 8, 15, 63)], key)
    expected = ["310e0edd47db6f72", "fd67dc93c539f874", "37d1018bf50002ab", "6224939a79f5f593"]
    assert [int(x).to_bytes(8, "little").hex() for x in found][:4] == expected
    assert int(found[4]) == 0xA129CA6149BE45E5
    assert int(found[5]).to_bytes(8, "little").hex() == "724506eb4c328a95"


def test_hashes_do_not_depend_on_the_strings_beside():
    strings = [b"x" * length for length in range(140)]
    together = fingerprint64(strings)
    assert len(set(together.tolist())) == 140
    for place in (0, 3, 8, 17, 40, 64, 65, 139):
        assert fingerprint64([strings[place]])[0] == together[place]
    assert fingerprint64([]).shape == (0,)


@settings(deadline=None, max_examples=60)
@given(
    st.lists(st.one_of(st.text(max_size=80)), min_size=1, max_size=5),
    st.integers(1, 50),
    st.one_of(st.none(), st.integers(0, 2**64 - 1)),
)
def test_hashes_are_in_range_and_always_the_same(strings, bins, salt):
    strings = [text.encode("utf-8", "replace").decode() for text in strings]
    layer = Hashing(bins, salt=salt)
    found = np.asarray(layer([strings]))
    assert ((found >= 0) & (found < bins)).all()
    assert [int(layer([text])[0]) for text in strings] == found[0].tolist()


@settings(deadline=None, max_examples=30)
@given(st.lists(st.integers(-5, 5), min_size=1, max_size=6), st.integers(2, 9))
def test_only_the_masked_value_has_the_number_0(values, bins):
    found = np.asarray(Hashing(bins, mask_value=0)(np.array([values])))[0]
    assert (found == 0).tolist() == [value == 0 for value in values]


def test_hashes_spread_evenly():
    counts = np.bincount(np.asarray(Hashing(10)(np.arange(5000))))
    assert counts.min() > 0.7 * counts.max()


def test_a_number_is_hashed_as_its_digits():
    layer = Hashing(1000)
    assert layer(np.array([12, -3])).tolist() == layer(["12", "-3"]).tolist()
    assert layer(np.array([b"12"])).tolist() == layer(["12"]).tolist()


def test_a_crossing_depends_on_all_its_features_and_their_order():
    layer = HashedCrossing(10**6)
    a, b = np.array(["x", "x", "y"]), np.array([1, 2, 1])
    found = layer([a, b]).tolist()
    assert len(set(found)) == 3
    assert layer((a, b)).tolist() == found
    assert layer([b, a]).tolist() != found


def test_the_dtype_may_be_that_of_keras_configuration():
    layer = Hashing.from_config({**Hashing(3).get_config(), "dtype": "int64"})
    assert layer(["a"]).dtype == "int32"
    assert layer(cornu.Input((2,), dtype="string")).dtype == "int32"


@pytest.mark.parametrize(
    "make, words",
    [
        (lambda: Hashing(0), "num_bins must be a whole number from 1"),
        (lambda: Hashing(None), "num_bins must be a whole number from 1"),
        (lambda: HashedCrossing(2.5), "num_bins must be a whole number from 1"),
        (lambda: Hashing(3, salt="a"), "salt must be a whole number or a pair"),
        (lambda: Hashing(3, salt=[1, 2, 3]), "salt must be a whole number or a pair"),
        (lambda: Hashing(3, salt=(1, "2")), "salt must be a whole number or a pair"),
        (lambda: Hashing(3, output_mode="tf_idf"), "output_mode must be one of 'int', 'one_hot'"),
        (lambda: HashedCrossing(3, "multi_hot"), "output_mode must be one of 'int', 'one_hot'"),
        (lambda: Hashing(3, dtype="float32"), "dtype must be one of whole numbers"),
        (lambda: Hashing(3, output_mode="count", sparse=True), "sparse=True needs a kind of tensor"),
        (lambda: HashedCrossing(3)(np.array([1])), "takes a list of two or more inputs, got int64"),
        (lambda: HashedCrossing(3)([np.array([1])]), "takes a list of two or more inputs, got 1"),
        (
            lambda: HashedCrossing(3)([np.ones(2, int), np.ones(3, int)]),
            r"inputs of the same shape, .* got \(2,\), \(3,\)",
        ),
        (lambda: HashedCrossing(3)([np.ones((2, 2), int)] * 2), r"\(batch, 1\), got \(2, 2\)"),
        (lambda: HashedCrossing(3)([cornu.Input((2,))] * 2), r"\(batch, 1\), got \(None, 2\)"),
        (lambda: Hashing(3)([["a"], ["b", "c"]]), "lists of different lengths"),
    ],
)
def test_what_is_wrong_is_named(make, words):
    with pytest.raises(ValueError, match=words):
        make()


def test_inputs_of_the_wrong_kind_are_named():
    with pytest.raises(TypeError, match="crosses strings and whole numbers, but got float64 array"):
        HashedCrossing(3)([np.ones(2), np.ones(2)])
    with pytest.raises(TypeError, match="item 0 is None"):
        Hashing(3)([None, "a"])
    with pytest.raises(TypeError, match="has mask_value='', but got int64 array"):
        Hashing(3, mask_value="")(np.array([1]))
    with pytest.raises(TypeError, match="hashes strings and numbers, but got complex128"):
        Hashing(3)(np.array([1j]))
