"""Normalization, Rescaling, Discretization, CategoryEncoding, lookups, hashing, text.

Keras needs TensorFlow for those that are compared in test_preprocessing_cases.py instead.
"""

import numpy as np

from tests.layers.contract import IMAGES, SERIES, TABLE_2D, Row

CODES = np.array([[5, 3, 3], [7, 5, 3], [0, 9, 3], [-4, -4, 12], [3, 1, 1]], "int32")
TOKENS = np.array([[0, 1, 1], [2, 3, 0], [3, 3, 3], [1, 2, 0], [0, 0, 2]], "int32")
WORDS = np.array([["a", "b", "b"], ["c", "a", "b"], ["", "z", "b"], ["d", "d", "e"], ["b", "b", "a"]])
TEXTS = np.array([["The cat sat."], ["A dog! A cat?"], [""], ["the mat"], ["It is a dog"]])
STRINGS = {"keras": False, "smooth": False}


def modes(name, arguments, x, options, **more):
    """A row per output mode, all but the first of them wide: preprocessing_cases.py has the others."""
    return [
        Row(name, {**arguments, "output_mode": mode}, x, smooth=False, wide=mode != options[0], **more)
        for mode in options
    ]


ROWS = [
    Row("Normalization", {}, adapt=TABLE_2D),
    Row("Normalization", {"axis": None}, SERIES, adapt=SERIES),
    Row("Normalization", {"axis": (1, 2)}, SERIES, adapt=SERIES, unknown=(0,)),
    Row("Normalization", {"invert": True}, adapt=TABLE_2D),
    Row("Normalization", {"mean": 1.0, "variance": 4.0}),
    Row("Normalization", {"mean": [1.0, 2.0, 3.0, 4.0], "variance": [1.0, 2.0, 3.0, 4.0]}, SERIES),
    Row("Rescaling", {"scale": 0.5}),
    Row("Rescaling", {"scale": 1 / 127.5, "offset": -1.0}, np.arange(40, dtype="int32").reshape(5, 8)),
    Row("Rescaling", {"scale": [1.0, 2.0, 3.0, 4.0], "offset": [0.0, 1.0, 0.0, 1.0]}, IMAGES),
    Row("Discretization", {"bin_boundaries": [-1.0, 0.0, 0.5]}, smooth=False),
    Row("Discretization", {"num_bins": 3}, adapt=TABLE_2D, smooth=False, keras=False),
    *modes(
        "Discretization",
        {"bin_boundaries": [-1.0, 0.0, 0.5]},
        TABLE_2D,
        ("multi_hot", "one_hot", "count"),
    ),
    Row("CategoryEncoding", {"num_tokens": 4}, TOKENS, smooth=False),
    Row("CategoryEncoding", {"num_tokens": 4, "output_mode": "count"}, TOKENS, smooth=False),
    Row("CategoryEncoding", {"num_tokens": 4, "output_mode": "one_hot"}, TOKENS[:, :1], smooth=False),
    Row("IntegerLookup", {"vocabulary": [5, 3, -4]}, CODES, **STRINGS),
    Row(
        "IntegerLookup", {"vocabulary": [5, 3], "num_oov_indices": 2, "mask_token": 0}, CODES, **STRINGS
    ),
    Row("IntegerLookup", {"vocabulary": [5, 3, -4], "invert": True}, TOKENS, **STRINGS),
    Row("IntegerLookup", {"vocabulary": [*range(-4, 13)], "num_oov_indices": 0}, CODES, **STRINGS),
    Row("IntegerLookup", {"max_tokens": 4}, CODES, adapt=CODES, **STRINGS),
    *modes(
        "IntegerLookup",
        {"vocabulary": [5, 3, -4], "mask_token": 0},
        CODES,
        ("multi_hot", "one_hot", "count"),
        keras=False,
    ),
    Row(
        "IntegerLookup",
        {"vocabulary": [5, 3], "output_mode": "tf_idf", "idf_weights": [0.5, 2.0]},
        CODES,
        **STRINGS,
    ),
    Row("StringLookup", {"vocabulary": ["a", "b"]}, WORDS, **STRINGS),
    Row("StringLookup", {"max_tokens": 4, "mask_token": ""}, WORDS, adapt=WORDS, **STRINGS),
    *modes(
        "StringLookup",
        {"vocabulary": ["a", "b", "c"], "num_oov_indices": 2},
        WORDS,
        ("multi_hot", "one_hot", "count"),
        keras=False,
    ),
    Row(
        "TextVectorization",
        {"vocabulary": ["the", "cat"], "output_sequence_length": 2},
        TEXTS,
        **STRINGS,
    ),
    Row("TextVectorization", {"output_sequence_length": 3}, TEXTS, adapt=TEXTS, **STRINGS),
    Row("TextVectorization", {"output_mode": "tf_idf", "ngrams": 2}, TEXTS, adapt=TEXTS, **STRINGS),
    Row("TextVectorization", {"vocabulary": ["a", "b"], "split": None}, WORDS, **STRINGS),
    Row("Hashing", {"num_bins": 7}, WORDS, **STRINGS),
    Row("Hashing", {"num_bins": 7, "salt": 3, "mask_value": 3}, CODES, **STRINGS),
    *modes("Hashing", {"num_bins": 4}, WORDS, ("multi_hot", "one_hot", "count"), keras=False),
    Row("HashedCrossing", {"num_bins": 7}, [WORDS[:, :1], CODES[:, :1]], **STRINGS),
    Row(
        "HashedCrossing",
        {"num_bins": 7, "output_mode": "one_hot"},
        [WORDS[:, :1], CODES[:, :1]],
        **STRINGS,
    ),
]

SHAPES = {1: TABLE_2D[:, 0], 2: TABLE_2D, 3: SERIES, 4: IMAGES}
BOUNDARIES = [-1.0, 0.0, 0.5]

ROWS += [
    Row(
        "Normalization",
        {"axis": axis, "invert": invert},
        SHAPES[rank],
        adapt=SHAPES[rank],
        unknown=(0,),  # a size that has statistics of its own is known
        wide=True,
    )
    for rank, axes in {1: [None], 2: [None, 1, -1], 3: [None, 1, 2, (1, 2)], 4: [(1, 3), -1, -2]}.items()
    for axis in axes
    for invert in (False, True)
]
ROWS += [
    Row(
        "Discretization", {"bin_boundaries": BOUNDARIES, "output_mode": mode}, x, smooth=False, wide=True
    )
    for mode in ("int", "one_hot", "multi_hot", "count")
    for x in (TABLE_2D[:, :1], TABLE_2D, *([SERIES, IMAGES] if mode in ("int", "one_hot") else []))
]
ROWS += [
    Row("CategoryEncoding", {"num_tokens": size, "output_mode": mode}, x, smooth=False, wide=True)
    for mode in ("multi_hot", "one_hot", "count")
    for size in (4, 9)
    for x in (TOKENS[:, :1], TOKENS, TOKENS.astype("uint8"))
]
ROWS += [
    Row("Rescaling", {"scale": scale, "offset": offset}, x, wide=True)
    for scale in (2.0, [1.0, 2.0, 3.0, 4.0])
    for offset in (0.0, 1, [0.0, 1.0, 2.0, 3.0])
    for x in (TABLE_2D, SERIES, IMAGES)
]
