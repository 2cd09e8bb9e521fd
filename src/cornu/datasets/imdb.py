"""IMDB: 50,000 reviews of films, liked or not, as ranks of words."""

from __future__ import annotations

from typing import Any

import numpy as np

from cornu.datasets.files import find
from cornu.datasets.reading import arrays
from cornu.datasets.splitting import Parts
from cornu.datasets.texts import Coding, nothing_left
from cornu.datasets.texts import word_index as read_word_index

__all__ = ["get_word_index", "load_data"]


def load_data(
    path: Any = "imdb.npz",
    num_words: int | None = None,
    skip_top: int = 0,
    maxlen: int | None = None,
    seed: int = 113,
    start_char: int | None = 1,
    oov_char: int | None = 2,
    index_from: int | None = 3,
) -> Parts:
    """25,000 reviews to train on and 25,000 to test with: lists of numbers, one for each word.

    A word's number is its rank, 1 for the most frequent one, plus `index_from`. 0 is left free for
    filling up, see `keras.utils.pad_sequences`.

    Args:
        path: name of the file, or the path of one of your own.
        num_words: only words with numbers below it are kept. By default all below the largest one.
        skip_top: words with numbers below it fall out. Default: 0.
        maxlen: reviews with that many numbers or more fall out. Default: none do.
        seed: for the order of the reviews. Default: 113.
        start_char: number before each review, None for none. Default: 1.
        oov_char: number in the place of words that fell out; None leaves the place out. Default: 2.
        index_from: what is added to ranks. Default: 3.

    Returns:
        `(x_train, y_train), (x_test, y_test)`: x an array of lists, y int64 with 1 for a review that
        likes its film.

    Raises:
        OSError: if the file is not there and cannot be downloaded; the message says where to put it.
        ValueError: if it is damaged, or `maxlen` leaves no review.

    Example:

        (x_train, y_train), (x_test, y_test) = keras.datasets.imdb.load_data(num_words=10000)
        x_train = keras.utils.pad_sequences(x_train, maxlen=200)

    Source: Maas et al., Learning word vectors for sentiment analysis, 2011.
    """
    found = arrays(find("imdb.npz", path), ("x_train", "y_train", "x_test", "y_test"))
    coding = Coding(num_words, skip_top, maxlen, start_char, oov_char, index_from)
    random = np.random.RandomState(seed)  # one after the other, as Keras draws them
    parts = []
    for part in ("train", "test"):
        x, y = found[f"x_{part}"], found[f"y_{part}"]
        order = np.arange(len(x))
        random.shuffle(order)
        parts.append(coding.short_enough(x[order], y[order]))
    (x_train, y_train), (x_test, y_test) = parts
    if not len(x_train) or not len(x_test):
        raise nothing_left("imdb", maxlen)
    x_train, x_test = coding(x_train, x_test)
    return (x_train, y_train), (x_test, y_test)


def get_word_index(path: Any = "imdb_word_index.json") -> dict[str, int]:
    """The rank of each word; `load_data` adds 3 to it.

    Args:
        path: name of the file, or the path of one of your own.

    Example:

        words = {rank + 3: word for word, rank in keras.datasets.imdb.get_word_index().items()}
        " ".join(words.get(number, "?") for number in x_train[0])
    """
    return read_word_index(find("imdb_word_index.json", path))
