"""StringLookup and IntegerLookup: vocabularies, how they are learned, and bad input."""

import json

import jax
import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

import cornu
from cornu.layers import IntegerLookup, StringLookup
from tests.layers.test_preprocessing_numbers import Column, Sequence, Tensor

WORDS = np.array([["b", "a", "b"], ["c", "b", "a"]])
LEARNED = ["[UNK]", "b", "a", "c"]

words = st.lists(st.text(max_size=8), min_size=1, max_size=8, unique=True).filter(
    lambda terms: "[UNK]" not in terms
)
numbers = st.lists(st.integers(-(2**40), 2**40), min_size=1, max_size=8, unique=True).filter(
    lambda terms: -1 not in terms
)


# -- laws ------------------------------------------------------------------------------------------


@settings(deadline=None, max_examples=60)
@given(words.filter(lambda terms: all(t.isprintable() or t == "" for t in terms)))
def test_looking_up_and_back_is_the_identity_on_strings_of_the_vocabulary(terms):
    forth = StringLookup(vocabulary=terms)
    back = StringLookup(vocabulary=forth.get_vocabulary(), invert=True)
    assert back(forth([terms])).tolist() == [terms]
    assert np.asarray(forth([terms])).tolist() == [list(range(1, len(terms) + 1))]


@settings(deadline=None, max_examples=40)
@given(numbers)
def test_looking_up_and_back_is_the_identity_on_numbers_of_the_vocabulary(terms):
    forth = IntegerLookup(vocabulary=terms)
    back = IntegerLookup(vocabulary=forth.get_vocabulary(), invert=True)
    found = forth(np.array([terms]))
    assert np.asarray(found).tolist() == [list(range(1, len(terms) + 1))]
    assert back(found).tolist() == [terms]


@settings(deadline=None, max_examples=40)
@given(st.lists(st.sampled_from("abcdefg"), min_size=1, max_size=40), st.integers(1, 5))
def test_learned_terms_are_the_most_frequent_and_of_equals_the_greatest(tokens, limit):
    layer = StringLookup(max_tokens=limit + 1)
    layer.adapt(tokens)
    expected = sorted(set(tokens), key=lambda t: (tokens.count(t), t), reverse=True)
    assert layer.get_vocabulary(include_special_tokens=False) == expected[:limit]


@settings(deadline=None, max_examples=40)
@given(st.lists(st.text(max_size=5), min_size=1, max_size=6), st.integers(2, 5))
def test_unknown_strings_get_one_of_the_numbers_for_them(terms, count):
    found = np.asarray(StringLookup(vocabulary=["\0known"], num_oov_indices=count)([terms]))
    assert ((found >= 0) & (found < count)).all()


# -- learning --------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "data",
    [
        WORDS.tolist(),
        WORDS.astype(object),
        WORDS.astype("S"),
        Column(WORDS),
        Tensor(WORDS),
        iter(WORDS),
        (row.tolist() for row in WORDS),
        Sequence(WORDS[:1], WORDS[1:]),
        WORDS.ravel().tolist(),
        iter(WORDS.ravel().tolist()),
    ],
    ids=lambda data: type(data).__name__,
)
def test_strings_are_learned_from_data_in_any_form(data):
    layer = StringLookup()
    layer.adapt(data)
    assert layer.get_vocabulary() == LEARNED
    assert layer(["b", "z"]).tolist() == [1, 0]


def test_a_column_of_a_table():
    import pandas

    column = pandas.Series(["b", "a", "b"])
    layer = StringLookup()
    layer.adapt(column)
    assert layer.get_vocabulary() == ["[UNK]", "b", "a"]
    assert layer(column).tolist() == [1, 2, 1]
    codes = IntegerLookup()
    codes.adapt(pandas.Series([3, 1, 3]))
    assert codes.get_vocabulary() == [-1, 3, 1]


def test_adapting_again_forgets_what_was_learned():
    layer = StringLookup()
    layer.adapt(["a", "a"])
    layer.adapt(["b"])
    assert layer.get_vocabulary() == ["[UNK]", "b"]


def test_steps_say_how_many_batches_are_taken():
    layer = StringLookup()
    layer.adapt(iter([["a"], ["b"], ["c"]]), steps=2)
    assert layer.get_vocabulary() == ["[UNK]", "b", "a"]


def test_states_may_be_updated_by_hand():
    layer = StringLookup(output_mode="tf_idf")
    layer.update_state(["a", "a"])
    layer.update_state(["a", "b"])
    layer.finalize_state()
    assert layer.get_vocabulary() == ["[UNK]", "a", "b"]
    np.testing.assert_allclose(
        layer([["a"], ["b"]]), [[0, np.log(1 + 2 / 3), 0], [0, 0, np.log(2)]], rtol=1e-6
    )
    layer.update_state(["c"])
    layer.reset_state()
    layer.finalize_state()
    assert layer.get_vocabulary() == ["[UNK]", "a", "b"]


def test_special_tokens_are_never_learned():
    layer = StringLookup(mask_token="")
    layer.adapt(["", "", "[UNK]", "a"])
    assert layer.get_vocabulary() == ["", "[UNK]", "a"]
    codes = IntegerLookup(mask_token=0)
    codes.adapt([0, -1, -1, 4])
    assert codes.get_vocabulary() == [0, -1, 4]


# -- vocabularies ----------------------------------------------------------------------------------


def test_a_vocabulary_is_given_as_a_list_an_array_or_a_file(tmp_path):
    path = tmp_path / "words.txt"
    path.write_bytes("\ufeffgr\u00fcn\r\nrot\n".encode())
    for vocabulary in (["grün", "rot"], ("grün", "rot"), np.array(["grün", "rot"]), str(path), path):
        layer = StringLookup(vocabulary=vocabulary)
        assert layer.get_vocabulary() == ["[UNK]", "grün", "rot"]
    assert layer.get_config()["vocabulary"] is None
    (tmp_path / "latin.txt").write_bytes("grün\nrot".encode("latin-1"))
    layer = StringLookup(vocabulary=str(tmp_path / "latin.txt"), encoding="latin-1")
    assert layer(["grün"]).tolist() == [1]
    assert layer(np.array(["grün".encode("latin-1")])).tolist() == [1]
    (tmp_path / "codes.txt").write_text("7\n-3\n")
    assert IntegerLookup(vocabulary=str(tmp_path / "codes.txt")).get_vocabulary() == [-1, 7, -3]


def test_a_vocabulary_may_start_with_its_special_tokens():
    layer = StringLookup(vocabulary=["", "[UNK]", "a"], mask_token="")
    assert layer(["", "z", "a"]).tolist() == [0, 1, 2]
    assert layer.get_vocabulary() == ["", "[UNK]", "a"]
    assert layer.vocabulary_size() == 3


def test_a_vocabulary_survives_saving_and_loading(tmp_path):
    store = {}
    layer = StringLookup(output_mode="tf_idf", max_tokens=6, pad_to_max_tokens=True)
    layer.adapt(WORDS)
    layer.save_own_variables(store)
    layer.save_assets(tmp_path)
    again = StringLookup.from_config(json.loads(json.dumps(layer.get_config())))
    assert again(cornu.Input((3,), dtype="string")).shape == (None, 6)
    again.load_own_variables(store)
    again.load_assets(tmp_path)
    np.testing.assert_allclose(again(WORDS), layer(WORDS), rtol=1e-6)
    codes = IntegerLookup()
    codes.adapt([5, 5, 3])
    codes.save_assets(tmp_path)
    again = IntegerLookup.from_config(codes.get_config())
    again.load_assets(tmp_path)
    assert again.get_vocabulary() == [-1, 5, 3]


def test_before_it_is_loaded_a_vocabulary_has_its_size():
    layer = StringLookup(output_mode="multi_hot")
    layer.adapt(WORDS)
    again = StringLookup.from_config(layer.get_config())
    assert again(cornu.Input((3,), dtype="string")).shape == (None, 4)
    with pytest.raises(ValueError, match="part of a model that was made for 4 terms"):
        again.set_vocabulary(["a"])


def test_a_configuration_never_makes_a_layer_read_a_file(tmp_path):
    (tmp_path / "secret").write_text("a\nb")
    for cls in (StringLookup, IntegerLookup, cornu.layers.TextVectorization):
        config = {**cls().get_config(), "vocabulary": str(tmp_path / "secret")}
        with pytest.raises(ValueError, match="a configuration holds the terms of a vocabulary"):
            cls.from_config(config)


def test_a_new_vocabulary_of_another_size_does_not_fit_a_model():
    layer = StringLookup(vocabulary=["a"], output_mode="multi_hot")
    layer(cornu.Input((2,), dtype="string"))
    with pytest.raises(ValueError, match=r"part of a model that was made for 2 terms, .* has 3"):
        layer.set_vocabulary(["a", "b"])
    layer.set_vocabulary(["b"])
    assert layer([["b", "b"]]).tolist() == [[0, 1]]


# -- inside and outside of programs ----------------------------------------------------------------


def test_integers_are_looked_up_inside_a_compiled_model_also_when_they_are_learned_later():
    layer = IntegerLookup(num_oov_indices=2)
    inputs = cornu.Input((1,), dtype="int32")
    model = cornu.Model(inputs, layer(inputs))
    codes = np.array([[7], [9], [4], [5]], "int32")
    for learned, expected in (([7, 9, 9], [3, 2, 0, 1]), ([4, 4, 5], [1, 1, 2, 3])):
        layer.adapt(learned)
        assert model.predict(codes, verbose=0)[:, 0].tolist() == expected
    assert jax.jit(layer)(codes)[:, 0].tolist() == [1, 1, 2, 3]
    assert layer.weights == []


def test_codes_feed_a_network_that_trains():
    rng = np.random.default_rng(0)
    codes = rng.choice([10, 20, 30], (90, 1)).astype("int32")
    layer = IntegerLookup(output_mode="one_hot")
    layer.adapt(codes)
    model = cornu.Sequential([cornu.Input((1,), dtype="int32"), layer, cornu.layers.Dense(1)])
    model.compile(cornu.optimizers.SGD(0.5), "mse")
    model.fit(codes, (codes == 20).astype("float32"), epochs=20, verbose=0)
    assert model.evaluate(codes, (codes == 20).astype("float32"), verbose=0) < 1e-3


@pytest.mark.parametrize("dtype", ["uint8", "int8", "bool", "uint32"])
def test_codes_of_few_bits(dtype):
    codes = np.array([[1, 0]], dtype)
    assert IntegerLookup(vocabulary=[300, 1])(codes).tolist() == [[2, 0]]
    assert IntegerLookup(vocabulary=[300, 1], invert=True)(codes).tolist() == [[300, -1]]


def test_codes_of_64_bits_are_looked_up_on_the_host():
    layer = IntegerLookup(vocabulary=[2**40, 2**40 + 1])
    assert layer.on_host
    assert layer(np.array([[2**40 + 1, 1]])).tolist() == [[2, 0]]
    small = IntegerLookup(vocabulary=[0, 5])
    assert not small.on_host
    assert small(np.array([[2**32, 2**32 + 5, 5]])).tolist() == [[0, 0, 2]]


def test_hashed_unknown_numbers_need_the_host():
    layer = IntegerLookup(vocabulary=[1], num_oov_indices=2, oov_method="farmhash")
    with pytest.raises(
        ValueError, match=r"hashes unknown numbers .* cannot be inside a compiled program"
    ):
        jax.jit(layer)(np.array([[5]]))
    layer = IntegerLookup(max_tokens=3)
    layer.adapt([2**40, 1])
    with pytest.raises(ValueError, match="has terms that need 64 bits, so it cannot be inside"):
        jax.jit(layer)(np.array([[5]]))
    layer.adapt([4, 5])
    assert jax.jit(layer)(np.array([[5]])).tolist() == [[1]]


def test_where_unknown_numbers_are_an_error_they_are_minus_1_in_a_compiled_program():
    layer = IntegerLookup(vocabulary=[4, 5], num_oov_indices=0)
    assert jax.jit(layer)(np.array([[5, 6]])).tolist() == [[1, -1]]


# -- bad input -------------------------------------------------------------------------------------


@pytest.mark.parametrize("cls", [StringLookup, IntegerLookup])
@pytest.mark.parametrize(
    "arguments, words",
    [
        ({"max_tokens": 1}, "max_tokens must be a whole number, 2 or more"),
        ({"max_tokens": 2.5}, "max_tokens must be a whole number, 2 or more"),
        ({"max_tokens": 3, "num_oov_indices": 3}, r"leaves no room for terms, .*Take at least 4"),
        ({"num_oov_indices": -1}, "num_oov_indices must be a whole number, 0 or more"),
        ({"output_mode": "one-hot"}, 'Did you mean "one_hot"'),
        ({"pad_to_max_tokens": True}, "pad_to_max_tokens=True needs max_tokens"),
        ({"invert": True, "output_mode": "count"}, 'invert=True needs output_mode="int"'),
        ({"invert": True, "oov_token": None}, "invert=True needs an oov_token"),
        ({"idf_weights": [1.0]}, 'idf_weights need output_mode="tf_idf"'),
        ({"vocabulary": [], "output_mode": "tf_idf"}, "idf_weights, a weight per term, go together"),
        ({"vocabulary": []}, "the vocabulary is empty"),
        ({"sparse": True, "output_mode": "count"}, "sparse=True needs a kind of tensor"),
        ({"oov_method": "farm"}, 'Did you mean "farmhash"'),
        ({"oov_method": "farmhash", "salt": [1, 2, 3]}, "salt must be a whole number or a pair"),
        ({"nmae": "x"}, 'has no argument "nmae"'),
    ],
)
def test_wrong_arguments_are_named(cls, arguments, words):
    with pytest.raises(ValueError, match=words):
        cls(**arguments)


def test_wrong_vocabularies_are_named():
    with pytest.raises(ValueError, match=r"repeated terms: 'a'\. .*dict\.fromkeys"):
        StringLookup(vocabulary=["a", "b", "a"])
    with pytest.raises(ValueError, match=r"repeated terms: 0, 1, 2, 3, 4, \.\.\."):
        IntegerLookup(vocabulary=[*range(9), *range(9)])
    with pytest.raises(ValueError, match=r"has the mask token 'm' at position 1"):
        StringLookup(vocabulary=["a", "m"], mask_token="m")
    with pytest.raises(ValueError, match=r"token for unknown terms '\[UNK\]' at position 1"):
        StringLookup(vocabulary=["a", "[UNK]"], invert=True)
    with pytest.raises(ValueError, match="max_tokens=2, but the vocabulary has 3 terms"):
        StringLookup(vocabulary=["a", "b"], max_tokens=2)
    with pytest.raises(ValueError, match="is one list of terms, got object array of shape"):
        StringLookup(vocabulary=[["a", "b"]])
    with pytest.raises(TypeError, match="takes strings, but got int64 array"):
        StringLookup(vocabulary=[1, 2])
    with pytest.raises(TypeError, match="takes whole numbers, but got"):
        IntegerLookup(vocabulary=["a"])
    with pytest.raises(ValueError, match="idf_weights must be 2 numbers, one for each term"):
        StringLookup(vocabulary=["a", "b"], idf_weights=[1.0], output_mode="tf_idf")
    with pytest.raises(ValueError, match="vocabulary_dtype must be one of 'int64'"):
        IntegerLookup(vocabulary_dtype="int32")
    with pytest.raises(ValueError, match='salt needs oov_method="farmhash"'):
        IntegerLookup(salt=1)


def test_wrong_vocabulary_files_are_named(tmp_path):
    with pytest.raises(ValueError, match=r"there is no vocabulary file .* given as a list"):
        StringLookup(vocabulary="cat")
    with pytest.raises(ValueError, match="there is no vocabulary file"):
        StringLookup(vocabulary=str(tmp_path))
    path = tmp_path / "words"
    path.write_bytes(b"a\nb\n\xff\xfe\n")
    with pytest.raises(ValueError, match=r"line 3 of the vocabulary file .* is not utf-8 text"):
        StringLookup(vocabulary=str(path))
    path.write_bytes(b"PK\0\1")
    with pytest.raises(ValueError, match=r"is not text: line 1 holds a zero byte"):
        StringLookup(vocabulary=str(path))
    path.write_bytes(b"1\ntwo\n")
    with pytest.raises(ValueError, match=r"line 2 of the vocabulary file .* is 'two'.*StringLookup"):
        IntegerLookup(vocabulary=str(path))
    path.write_bytes(b"")
    with pytest.raises(ValueError, match="the vocabulary is empty"):
        StringLookup(vocabulary=str(path))


def test_layers_without_a_vocabulary_say_so():
    for layer, x in (
        (StringLookup(), ["a"]),
        (StringLookup(invert=True), [1]),
        (IntegerLookup(), [[1]]),
    ):
        with pytest.raises(ValueError, match=r"has no vocabulary yet\. Call adapt\(data\) first"):
            layer(x)
    with pytest.raises(ValueError, match="has no vocabulary yet"):
        StringLookup(output_mode="multi_hot")(cornu.Input((2,), dtype="string"))
    inputs = cornu.Input((2,), dtype="int32")
    assert IntegerLookup()(inputs).shape == (None, 2)
    assert IntegerLookup().get_vocabulary() == [-1]


def test_layers_with_a_given_vocabulary_do_not_adapt():
    with pytest.raises(ValueError, match="was given its vocabulary, so it cannot adapt"):
        StringLookup(vocabulary=["a"]).adapt(["a"])


def test_data_without_terms_are_named():
    with pytest.raises(ValueError, match="adapt got no data"):
        StringLookup().adapt([])
    with pytest.raises(ValueError, match=r"adapt found no terms, only \['', '\[UNK\]'\]"):
        StringLookup(mask_token="").adapt(["", ""])


def test_inputs_of_the_wrong_kind_are_named():
    layer = StringLookup(vocabulary=["a"])
    with pytest.raises(TypeError, match=r"takes strings, but got int64 array .* x\.astype\(str\)"):
        layer([1, 2])
    with pytest.raises(TypeError, match=r"item 1 is None \(NoneType\)\. Put a string in the place"):
        layer(["a", None])
    with pytest.raises(ValueError, match=r"got lists of different lengths \((lengths|item)"):
        layer([["a", "b"], ["c"]])
    with pytest.raises(ValueError, match="got a string that is not utf-8"):
        layer(["\ud800"])
    codes = IntegerLookup(vocabulary=[1])
    with pytest.raises(TypeError, match=r"takes whole numbers, but got float32 array.*dtype=\"int32\""):
        codes([[1.5]])
    with pytest.raises(ValueError, match=r"got lists of different lengths \((lengths|item)"):
        IntegerLookup().adapt([[1, 2], [3]])
    with pytest.raises(TypeError, match="takes whole numbers"):
        codes(cornu.Input((1,)))
    with pytest.raises(
        ValueError, match=r"met 'z', which is not in its vocabulary, and num_oov_indices=0"
    ):
        StringLookup(vocabulary=["a"], num_oov_indices=0)(["z"])
    with pytest.raises(ValueError, match="met 5, which is not in its vocabulary"):
        IntegerLookup(vocabulary=[1], num_oov_indices=0)(np.array([[5]]))


def test_a_long_list_makes_no_long_message():
    with pytest.raises(TypeError) as caught:
        StringLookup(vocabulary=["a"])([None] * 1000)
    assert len("\n".join([str(caught.value), *caught.value.__notes__])) < 500
