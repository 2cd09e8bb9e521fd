"""Reuters: 11,228 newswires of 46 topics, as ranks of words."""

from __future__ import annotations

from typing import Any

from cornu.datasets.files import find
from cornu.datasets.reading import arrays
from cornu.datasets.splitting import Parts, check_share, shuffled
from cornu.datasets.texts import Coding, nothing_left
from cornu.datasets.texts import word_index as read_word_index

__all__ = ["get_label_names", "get_word_index", "load_data"]

TOPICS = """
    cocoa grain veg-oil earn acq wheat copper housing money-supply coffee sugar trade reserves ship
    cotton carcass crude nat-gas cpi money-fx interest gnp meal-feed alum oilseed gold tin
    strategic-metal livestock retail ipi iron-steel rubber heat jobs lei bop zinc orange pet-chem dlr
    gas silver wpi hog lead
"""


def load_data(
    path: Any = "reuters.npz",
    num_words: int | None = None,
    skip_top: int = 0,
    maxlen: int | None = None,
    test_split: float = 0.2,
    seed: int = 113,
    start_char: int | None = 1,
    oov_char: int | None = 2,
    index_from: int | None = 3,
) -> Parts:
    """8,982 newswires to train on and 2,246 to test with: lists of numbers, one for each word.

    Args:
        path, num_words, skip_top, maxlen, seed, start_char, oov_char, index_from: as of
            `imdb.load_data`.
        test_split: the share of newswires for testing. Default: 0.2.

    Returns:
        `(x_train, y_train), (x_test, y_test)`: x an array of lists, y int64, the topics from 0 to 45.

    Raises:
        OSError: if the file is not there and cannot be downloaded; the message says where to put it.
        ValueError: if it is damaged, `maxlen` leaves no newswire, or `test_split` is no share.

    Example:

        (x_train, y_train), (x_test, y_test) = keras.datasets.reuters.load_data(num_words=10000)

    Source: Lewis, Reuters-21578 text categorization test collection, 1997.
    """
    check_share("reuters", test_split, whole=True)
    found = arrays(find("reuters.npz", path), ("x", "y"))
    coding = Coding(num_words, skip_top, maxlen, start_char, oov_char, index_from)
    x, y = coding.short_enough(*shuffled(seed, found["x"], found["y"]))
    if not len(x):
        raise nothing_left("reuters", maxlen)
    (x,) = coding(x)
    count = int(len(x) * (1 - test_split))
    return (x[:count], y[:count]), (x[count:], y[count:])


def get_word_index(path: Any = "reuters_word_index.json") -> dict[str, int]:
    """The rank of each word; `load_data` adds 3 to it.

    Args:
        path: name of the file, or the path of one of your own.
    """
    return read_word_index(find("reuters_word_index.json", path))


def get_label_names() -> tuple[str, ...]:
    """The names of the topics, in the order of their numbers.

    Example:
        >>> get_label_names()[:4]
        ('cocoa', 'grain', 'veg-oil', 'earn')
    """
    return tuple(TOPICS.split())
