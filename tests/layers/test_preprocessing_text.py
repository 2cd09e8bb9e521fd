"""TextVectorization: from texts to numbers, and bad input."""

import json

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from sklearn.feature_extraction.text import CountVectorizer, TfidfTransformer

import cornu
from cornu.layers import TextVectorization
from tests.layers.test_preprocessing_numbers import Column, Sequence, Tensor

TEXTS = ["the cat sat on the mat", "a dog and a cat", "the end"]
LEARNED = ["", "[UNK]", "the", "cat", "a", "sat", "on", "mat", "end", "dog", "and"]

texts = st.lists(st.lists(st.sampled_from(["one", "two", "three", "four"]), max_size=6), min_size=1)


@cornu.utils.register_keras_serializable(package="test")
def without_tags(strings):
    return np.char.replace(np.char.lower(strings), "<br/>", " ")


@cornu.utils.register_keras_serializable(package="test")
def at_commas(strings):
    return [text.split(",") for text in strings.tolist()]


# -- laws ------------------------------------------------------------------------------------------


@settings(deadline=None, max_examples=50)
@given(texts)
def test_a_multi_hot_text_is_the_set_of_its_tokens(rows):
    layer = TextVectorization(output_mode="multi_hot", vocabulary=["one", "two", "three"])
    for row, vector in zip(rows, np.asarray(layer([" ".join(row) for row in rows])), strict=True):
        present = {token for token, there in zip(layer.get_vocabulary(), vector, strict=True) if there}
        assert present == {token if token != "four" else "[UNK]" for token in row}


@settings(deadline=None, max_examples=50)
@given(texts, st.integers(1, 8))
def test_numbers_are_those_of_the_tokens_cut_or_filled_up(rows, length):
    layer = TextVectorization(output_sequence_length=length, vocabulary=["one", "two", "three"])
    found = np.asarray(layer([" ".join(row) for row in rows]))
    assert found.shape == (len(rows), length)
    for row, numbers in zip(rows, found.tolist(), strict=True):
        expected = [{"one": 2, "two": 3, "three": 4}.get(token, 1) for token in row]
        assert numbers == (expected + [0] * length)[:length]


# -- what it gives ---------------------------------------------------------------------------------


@pytest.mark.parametrize("ngrams", [None, 2, (2, 3)])
def test_counts_are_those_of_scikit_learn(ngrams):
    layer = TextVectorization(output_mode="count", ngrams=ngrams)
    layer.adapt(TEXTS)
    span = {None: (1, 1), 2: (1, 2), (2, 3): (2, 3)}[ngrams]
    theirs = CountVectorizer(ngram_range=span, token_pattern=r"\S+").fit(TEXTS)
    tokens = layer.get_vocabulary(include_special_tokens=False)
    assert sorted(tokens) == theirs.get_feature_names_out().tolist()
    order = [theirs.vocabulary_[token] for token in tokens]
    np.testing.assert_array_equal(
        np.asarray(layer(TEXTS))[:, 1:], theirs.transform(TEXTS).toarray()[:, order]
    )


def test_tf_idf_follows_from_the_counts_of_scikit_learn():
    layer = TextVectorization(output_mode="tf_idf")
    layer.adapt(TEXTS)
    tokens = layer.get_vocabulary(include_special_tokens=False)
    counts = CountVectorizer(vocabulary=tokens, token_pattern=r"\S+").transform(TEXTS)
    inverse = TfidfTransformer(smooth_idf=False, norm=None).fit(counts).idf_ - 1  # log(N / n)
    documents = len(TEXTS) / np.exp(inverse)
    expected = counts.toarray() * np.log(1 + len(TEXTS) / (1 + documents))
    np.testing.assert_allclose(np.asarray(layer(TEXTS))[:, 1:], expected, rtol=1e-6)


@pytest.mark.parametrize(
    "data",
    [
        TEXTS,
        np.array(TEXTS),
        np.array(TEXTS, dtype=object)[:, None],
        np.array([text.encode() for text in TEXTS]),
        Column(TEXTS),
        Tensor(TEXTS),
        iter([TEXTS[:1], TEXTS[1:]]),
        iter(TEXTS),
        Sequence(TEXTS[:1], TEXTS[1:]),
    ],
    ids=lambda data: type(data).__name__,
)
def test_tokens_are_learned_from_data_in_any_form(data):
    layer = TextVectorization()
    layer.adapt(data)
    assert layer.get_vocabulary() == LEARNED
    assert layer.vocabulary_size() == len(LEARNED)


def test_adapting_again_forgets_what_was_learned():
    layer = TextVectorization(max_tokens=3)
    layer.adapt(TEXTS)
    layer.adapt(iter([["b b c"], ["c"], ["c"]]), steps=2)
    assert layer.get_vocabulary() == ["", "[UNK]", "c"]
    layer.update_state(["z z"])
    layer.finalize_state()
    assert layer.get_vocabulary() == ["", "[UNK]", "z"]


def test_functions_of_ones_own_standardize_and_split():
    layer = TextVectorization(standardize=without_tags, split=at_commas)
    layer.adapt(["A b<br/>c,D", "d"])
    assert layer.get_vocabulary() == ["", "[UNK]", "d", "a b c"]
    assert layer([["D,x"], ["a b c"]]).tolist() == [[2, 1], [3, 0]]
    assert layer([]).shape == (0, 0)
    config = json.loads(json.dumps(layer.get_config()))
    again = TextVectorization.from_config(config)
    again.set_vocabulary(layer.get_vocabulary())
    assert again(["D,x"]).tolist() == [[2, 1]]


def test_functions_of_ones_own_see_many_texts_in_parts():
    sizes = []

    def count(strings):
        sizes.append(strings.shape)
        assert strings.dtype.kind == "U"
        return strings

    layer = TextVectorization(standardize=count, vocabulary=["a"])
    assert layer([["a"]] * 2500).shape == (2500, 1)
    assert sizes == [(1024, 1), (1024, 1), (452, 1)]


def test_a_single_text():
    layer = TextVectorization(vocabulary=["cat", "the"])
    assert layer("the cat").tolist() == [3, 2]
    assert TextVectorization(vocabulary=["cat"], output_mode="count")("cat cat").tolist() == [0, 2]


def test_no_texts_and_no_words():
    layer = TextVectorization(vocabulary=["cat"])
    assert layer([]).shape == (0, 0)
    assert layer(["", " "]).shape == (2, 0)
    layer = TextVectorization(vocabulary=["cat"], output_mode="count")
    assert layer([]).shape == (0, 2)
    assert layer([""]).tolist() == [[0, 0]]


def test_bytes_in_another_encoding():
    layer = TextVectorization(encoding="latin-1", vocabulary=["grün"])
    assert layer(np.array(["Grün".encode("latin-1")])).tolist() == [[2]]
    with pytest.raises(ValueError, match="got a string that is not ascii"):
        TextVectorization(encoding="ascii", vocabulary=["a"])(np.array(["ü".encode()]))


def test_a_vocabulary_file(tmp_path):
    path = tmp_path / "words.txt"
    path.write_text("the\ncat\n")
    layer = TextVectorization(vocabulary=str(path))
    assert layer(["the cat"]).tolist() == [[2, 3]]
    path.write_bytes(b"the\n\xff\n")
    with pytest.raises(ValueError, match=r'TextVectorization ".*": line 2 of the vocabulary file'):
        TextVectorization(vocabulary=str(path))


def test_a_vocabulary_survives_saving_and_loading(tmp_path):
    layer, store = TextVectorization(output_mode="tf_idf"), {}
    layer.adapt(TEXTS)
    layer.save_own_variables(store)
    layer.save_assets(tmp_path)
    again = TextVectorization.from_config(layer.get_config())
    assert again(cornu.Input((1,), dtype="string")).shape == (None, len(LEARNED) - 1)
    again.load_own_variables(store)
    again.load_assets(tmp_path)
    np.testing.assert_allclose(again(TEXTS), layer(TEXTS), rtol=1e-6)
    (tmp_path / "int").mkdir()
    layer = TextVectorization()
    layer.adapt(TEXTS)
    layer.save_assets(tmp_path / "int")
    again = TextVectorization()
    again.load_assets(tmp_path / "int")
    assert again.get_vocabulary() == LEARNED


def test_texts_go_on_into_an_embedding_of_symbolic_tensors():
    layer = TextVectorization(vocabulary=["the", "cat"], output_sequence_length=5)
    tokens = layer(cornu.Input((1,), dtype="string"))
    assert tokens.shape == (None, 5)
    assert tokens.dtype == "int32"
    assert TextVectorization()(cornu.Input((), dtype="string")).shape == (None, None)
    pairs = TextVectorization(split=None, ngrams=2, vocabulary=["a"])
    assert pairs(cornu.Input((4,), dtype="string")).shape == (None, 7)


# -- bad input -------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "arguments, words",
    [
        ({"standardize": "lowercase"}, 'standardize must be one of .* Did you mean "lower"'),
        ({"split": "whitespaces"}, 'split must be one of .* Did you mean "whitespace"'),
        ({"output_mode": "tfidf"}, 'Did you mean "tf_idf"'),
        ({"output_mode": "one_hot"}, "has no fixed size when texts are split"),
        ({"ngrams": 0}, "ngrams must be a whole number above 0 or a tuple"),
        ({"ngrams": (1, "2")}, "ngrams must be a whole number above 0 or a tuple"),
        ({"output_sequence_length": 0}, "output_sequence_length must be a whole number above 0"),
        ({"output_sequence_length": 2.0}, "output_sequence_length must be a whole number above 0"),
        ({"output_sequence_length": 4, "output_mode": "count"}, 'goes with output_mode="int"'),
        ({"ragged": True}, "ragged=True needs a kind of tensor that Cornu does not have"),
        ({"sparse": True, "output_mode": "count"}, "sparse=True needs a kind of tensor"),
        ({"max_tokens": 2}, r'TextVectorization ".*": max_tokens=2 leaves no room'),
        ({"vocabulary": ["a", "a"]}, r"TextVectorization .* repeated terms: 'a'"),
        ({"vocabulary": ["a", ""]}, r"has the mask token '' at position 1"),
        ({"nmae": "x"}, 'has no argument "nmae"'),
    ],
)
def test_wrong_arguments_are_named(arguments, words):
    with pytest.raises(ValueError, match=words):
        TextVectorization(**arguments)


def test_wrong_calls_are_named():
    with pytest.raises(ValueError, match=r"TextVectorization .* has no vocabulary yet\. Call adapt"):
        TextVectorization()(["a"])
    layer = TextVectorization(vocabulary=["a"])
    with pytest.raises(ValueError, match="was given its vocabulary, so it cannot adapt"):
        layer.adapt(["a"])
    with pytest.raises(ValueError, match=r"texts in the shape \(batch,\) or \(batch, 1\), got \(1, 2\)"):
        layer([["a", "b"]])
    with pytest.raises(TypeError, match=r"TextVectorization .* takes strings, but got int64"):
        layer([[1]])
    with pytest.raises(ValueError, match="adapt got no data"):
        TextVectorization().adapt([])
    with pytest.raises(ValueError, match="adapt found no terms"):
        TextVectorization().adapt(["", " "])


def test_functions_that_return_something_else_are_named():
    joined = TextVectorization(standardize=lambda strings: strings[0], vocabulary=["a"])
    with pytest.raises(ValueError, match=r"given strings of shape \(2,\), but returned"):
        joined(["a", "b"])
    unsplit = TextVectorization(split=lambda strings: strings, vocabulary=["a"])
    with pytest.raises(ValueError, match="has to return a list of strings for each"):
        unsplit(["a b"])
