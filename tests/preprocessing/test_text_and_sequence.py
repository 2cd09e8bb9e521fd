"""Keras 2's texts and sequences, against what Keras 3.15 still has of them, seed for seed."""

import json
import random

import numpy as np
import pytest

from cornu.core.errors import CornuWarning
from cornu.preprocessing import sequence, text

TEXTS = [
    "The cat sat on the mat.",
    "The dog ate my homework! the the",
    "Ein Käse, zwei Käse; drei\tKäse\n",
    "",
]


def theirs(module):
    import importlib

    return importlib.import_module(f"keras.src.legacy.preprocessing.{module}")


@pytest.mark.parity
@pytest.mark.parametrize("arguments", [{}, {"lower": False}, {"filters": "aeiou"}, {"split": ","}])
def test_words(arguments):
    old = theirs("text")
    for line in TEXTS:
        assert text.text_to_word_sequence(line, **arguments) == old.text_to_word_sequence(
            line, **arguments
        )
        assert text.hashing_trick(line, 50, "md5", **arguments) == old.hashing_trick(
            line, 50, "md5", **arguments
        )
        assert text.one_hot(line, 50, **arguments) == old.one_hot(line, 50, **arguments)
    own = {"hash_function": len, "analyzer": str.split}
    assert text.hashing_trick("a bcd", 5, **own) == old.hashing_trick("a bcd", 5, **own) == [2, 4]


TOKENIZERS = [
    {},
    {"num_words": 5},
    {"num_words": 5, "oov_token": "<UNK>"},
    {"oov_token": "<UNK>", "lower": False},
    {"char_level": True, "num_words": 9},
    {"analyzer": str.split},
]


@pytest.mark.parity
@pytest.mark.parametrize("arguments", TOKENIZERS)
def test_tokenizers(arguments):
    found = []
    for cls in (text.Tokenizer, theirs("text").Tokenizer):
        tokenizer = cls(**arguments)
        tokenizer.fit_on_texts(TEXTS[:2])
        tokenizer.fit_on_texts([TEXTS[2], ["the", "Word"]])
        sequences = tokenizer.texts_to_sequences([*TEXTS, "nobody knows the cat"])
        matrices = [
            tokenizer.texts_to_matrix(TEXTS, mode=mode).tolist()
            for mode in ("binary", "count", "freq", "tfidf")
        ]
        texts = tokenizer.sequences_to_texts([[1, 2, 3, 99], *sequences])
        config = tokenizer.get_config()
        orders = {
            name: list(json.loads(config.pop(name)).items()) for name in ("word_counts", "word_index")
        }
        counts = {
            name: json.loads(config.pop(name)) for name in ("word_docs", "index_docs", "index_word")
        }
        found.append([sequences, matrices, texts, config, orders, counts, tokenizer.document_count])
    assert found[0] == found[1]


@pytest.mark.parity
def test_tokenizers_cross_as_json():
    old = theirs("text")
    for here, there in ((text, old), (old, text)):
        tokenizer = here.Tokenizer(num_words=6, oov_token="?")
        tokenizer.fit_on_texts(TEXTS)
        back = there.tokenizer_from_json(tokenizer.to_json(indent=1))
        assert back.texts_to_sequences(TEXTS) == tokenizer.texts_to_sequences(TEXTS)
        np.testing.assert_array_equal(
            back.texts_to_matrix(TEXTS, "tfidf"), tokenizer.texts_to_matrix(TEXTS, "tfidf")
        )


def test_sequences_alone_serve_for_tfidf():
    tokenizer = text.Tokenizer(num_words=4)
    tokenizer.fit_on_sequences([[1, 2], [2, 3, 3]])
    found = tokenizer.sequences_to_matrix([[3, 3]], mode="tfidf")[0, 3]
    assert found == pytest.approx((1 + np.log(2)) * np.log(1 + 2 / (1 + 1)))


WRONG = [
    (
        lambda: text.Tokenizer(num_word=3),
        TypeError,
        "no argument 'num_word'. Did you mean \"num_words\"",
    ),
    (
        lambda: text.Tokenizer().fit_on_texts("a text"),
        TypeError,
        r"takes a list of texts. Write fit_on_texts\(\[",
    ),
    (lambda: text.Tokenizer().texts_to_matrix(["a"]), ValueError, "how many columns .* is not known"),
    (lambda: text.Tokenizer(3).texts_to_matrix(["a"], "tfidf"), ValueError, "needs texts first"),
    (
        lambda: text.Tokenizer(3).texts_to_matrix(["a"], "tfdf"),
        ValueError,
        'mode=.tfdf. is not known. Did you mean "tfidf"',
    ),
    (lambda: sequence.TimeseriesGenerator([1], [1, 2], 1), ValueError, "1 steps and 2 targets"),
    (lambda: sequence.TimeseriesGenerator([1, 2], [1, 2], 3), ValueError, "no window fits in"),
    (lambda: sequence.TimeseriesGenerator([1, 2], [1, 2], 1)[1], IndexError, "there is no batch 1"),
    (
        lambda: sequence.TimeseriesGenerator([{1}, {2}], [1, 2], 1).to_json(),
        TypeError,
        "data=.* cannot be written as JSON",
    ),
]


@pytest.mark.parametrize("call, error, words", WRONG)
def test_wrong_arguments_are_named(call, error, words):
    with pytest.raises(error, match=words):
        call()


def test_the_name_of_keras_1_is_taken():
    with pytest.warns(CornuWarning, match="nb_words is now called num_words"):
        assert text.Tokenizer(nb_words=3).num_words == 3


# -- sequences ----------------------------------------------------------------------------------------


@pytest.mark.parity
@pytest.mark.parametrize(
    "arguments",
    [
        {},
        {"negative_samples": 0, "shuffle": False},
        {"categorical": True, "window_size": 2, "seed": 3},
        {"sampling_table": sequence.make_sampling_table(20), "negative_samples": 2.0},
    ],
)
def test_pairs_of_words_are_those_of_keras(arguments):
    words = [1, 5, 0, 19, 2, 3, 3, 18]
    found = []
    for function in (sequence.skipgrams, theirs("sequence").skipgrams):
        random.seed(0)
        # Keras would draw a seed of its own as a float, which today's Python refuses
        found.append(function(words, 20, **{"seed": 1, **arguments}))
    assert found[0] == found[1]


@pytest.mark.parity
def test_the_sampling_table_is_that_of_keras():
    found = sequence.make_sampling_table(100, 1e-3)
    np.testing.assert_array_equal(found, theirs("sequence").make_sampling_table(100, 1e-3))


@pytest.mark.parity
@pytest.mark.parametrize(
    "arguments",
    [
        {"length": 4},
        {"length": 6, "sampling_rate": 2, "stride": 2, "batch_size": 3},
        {"length": 3, "start_index": 5, "end_index": 12, "reverse": True, "batch_size": 2},
        {"length": 3, "shuffle": True, "batch_size": 4},
    ],
)
def test_windows_are_those_of_keras(arguments):
    data, targets = np.arange(40.0).reshape(20, 2), np.arange(20)
    ours = sequence.TimeseriesGenerator(data, targets, **arguments)
    old = theirs("sequence").TimeseriesGenerator(data, targets, **arguments)
    assert len(ours) == len(old)
    for index in range(len(ours)):
        batches = []
        for generator in (ours, old):
            np.random.seed(index)
            batches.append(generator[index])
        for mine, wanted in zip(*batches, strict=True):
            np.testing.assert_array_equal(mine, wanted)
    assert next(iter(ours))[0].shape == ours[0][0].shape
    assert json.loads(ours.to_json())["config"]["data"] == json.dumps(data.tolist())
    assert ours.get_config()["length"] == arguments["length"]


def test_sequences_have_pad_sequences():
    assert sequence.pad_sequences([[1], [2, 3]]).tolist() == [[0, 1], [2, 3]]
