"""Worked cases for layers that need TensorFlow in Keras: strings, lookups, hashing.

`KERAS_BACKEND=tensorflow python tests/layers/preprocessing_cases.py` writes what Keras 3.15.1 on
TensorFlow 2.21 gives for them into preprocessing_cases.json, which test_preprocessing_cases.py reads.
"""

import json
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import numpy as np

EXPECTED = Path(__file__).with_suffix(".json")

TEXTS = [
    "The cat sat on the mat.",
    "A dog! A dog? The cat...",
    "",
    "naïve  café\tÉCOLE it's 3.5%\n",
    " \u00a0x y\u3000z ",
    "The quick brown-fox",
]
COLUMN = [[text] for text in TEXTS]
WORDS = [["a", "b", "b"], ["c", "a", "b"], ["", "z", "b"], ["d", "d", "e"]]
CODES = [[5, 3, 3], [7, 5, 3], [0, 9, 3], [-4, -4, 12]]
LONG = "The quick brown fox jumps over the lazy dog, and 0123456789 times it wonders: näïve café. " * 4
LENGTHS = (
    *(0, 1, 2, 3, 4, 7, 8, 9, 15, 16, 17, 24, 31, 32, 33, 48, 63, 64, 65),
    *(100, 127, 128, 129, 192, 300),
)
PREFIXES = [LONG[:length] for length in LENGTHS]
ENCODED = ("one_hot", "multi_hot", "count", "tf_idf")


@dataclass(frozen=True)
class Case:
    """A layer, what it adapts to, and what it is called on."""

    layer: str
    x: Any
    adapt: Any = None
    arguments: dict = field(default_factory=dict)

    def __str__(self):
        return f"{self.layer} {json.dumps(self.arguments)} {'adapted' * (self.adapt is not None)}"

    def run(self, library):
        """Output and vocabulary, with the layers of this library."""
        layer = getattr(library.layers, self.layer)(**self.arguments)
        if self.adapt is not None:
            layer.adapt(np.array(self.adapt))
        crossing = self.layer == "HashedCrossing"
        output = np.array(layer([np.array(x) for x in self.x] if crossing else np.array(self.x)))
        if output.dtype.kind in "OSU":
            words = [w.decode() if isinstance(w, bytes) else w for w in output.ravel().tolist()]
            output = np.array(words).reshape(output.shape)
        vocabulary = layer.get_vocabulary() if hasattr(layer, "get_vocabulary") else None
        return layer, output, None if vocabulary is None else np.array(vocabulary).tolist()


def texts():
    """TextVectorization."""
    for mode in ("int", "multi_hot", "count", "tf_idf"):
        yield TEXTS, TEXTS, {"output_mode": mode}
        yield COLUMN, TEXTS, {"output_mode": mode, "max_tokens": 5}
        yield TEXTS, TEXTS, {"output_mode": mode, "ngrams": 2}
        yield TEXTS, TEXTS, {"output_mode": mode, "ngrams": (3, 1)}
        yield TEXTS, TEXTS, {"output_mode": mode, "split": "character"}
        yield WORDS, WORDS, {"output_mode": mode, "split": None}
        if mode != "int":
            yield TEXTS, TEXTS[:3], {"output_mode": mode, "max_tokens": 20, "pad_to_max_tokens": True}
    for standardize in (None, "lower", "strip_punctuation"):
        yield TEXTS, TEXTS, {"standardize": standardize}
    for length in (2, 3, 9):
        yield TEXTS, TEXTS, {"output_sequence_length": length}
        yield WORDS, WORDS, {"output_sequence_length": length, "split": None}
    yield WORDS, WORDS, {"split": None, "ngrams": 2}
    yield TEXTS, None, {"vocabulary": ["the", "cat"]}
    yield TEXTS, None, {"vocabulary": ["", "[UNK]", "the", "cat"]}
    weighted = {"output_mode": "tf_idf", "max_tokens": 5, "pad_to_max_tokens": True}
    yield TEXTS, None, {**weighted, "vocabulary": ["the", "cat"], "idf_weights": [0.5, 2.0]}
    special = ["[UNK]", "the", "cat"]
    yield TEXTS, None, {**weighted, "vocabulary": special, "idf_weights": [3.0, 0.5, 2.0]}


def lookups(x, vocabulary, mask):
    """StringLookup and IntegerLookup, what they have in common."""
    for mode in ("int", *ENCODED):
        given = {"output_mode": mode, "vocabulary": vocabulary}
        given |= {"idf_weights": [0.5, 1.0, 2.0]} if mode == "tf_idf" else {}
        yield x, x, {"output_mode": mode}
        yield x, x, {"output_mode": mode, "mask_token": mask}
        yield x, x, {"output_mode": mode, "mask_token": mask, "max_tokens": 4, "num_oov_indices": 2}
        yield x, None, given
        yield x, None, {**given, "num_oov_indices": 3, "mask_token": mask}
        if mode != "int":
            yield x, None, {**given, "max_tokens": 7, "pad_to_max_tokens": True}
            yield [row[:1] for row in x], None, given
            yield [row[0] for row in x], None, given
    places = [[0, 1, 2], [3, 4, 9]]
    yield places, None, {"vocabulary": vocabulary, "invert": True}
    yield places, None, {"vocabulary": vocabulary, "invert": True, "mask_token": mask}
    yield places, x, {"invert": True, "num_oov_indices": 2}


def strings():
    """StringLookup alone."""
    yield WORDS, None, {"vocabulary": ["a", "b", "c"], "num_oov_indices": 4, "salt": [133, 137]}
    yield WORDS, None, {"vocabulary": ["[UNK]", "a", "b"]}
    yield WORDS, None, {"vocabulary": ["", "[UNK]", "a", "b"], "mask_token": ""}


def integers():
    """IntegerLookup alone: hashed unknown numbers, and such as need 64 bits."""
    hashed = {"vocabulary": [5, 3, -4], "num_oov_indices": 4, "oov_method": "farmhash"}
    yield CODES, None, hashed
    yield CODES, None, {**hashed, "salt": 7}
    yield [[2**40, 1, 2**40 + 1]], None, {"vocabulary": [2**40, 1], "num_oov_indices": 2}


def hashes():
    """Hashing."""
    modes = [{"output_mode": mode} for mode in ("one_hot", "multi_hot", "count")]
    for more in ({}, {"salt": 133}, {"salt": [133, 137]}, *modes):
        for bins in (1, 3, 10):
            for x, mask in ((WORDS, ""), (CODES, 3)):
                yield x, None, {"num_bins": bins, **more}
                yield x, None, {"num_bins": bins, "mask_value": mask, **more}
        yield [["a"], ["b"]], None, {"num_bins": 3, **more}
        yield ["a", "b"], None, {"num_bins": 3, **more}
    yield [[1.7, -2.3], [1e6, 0.0]], None, {"num_bins": 10}
    for more in ({}, {"salt": [2**63 - 5, 3]}):
        yield PREFIXES, None, {"num_bins": 2**31 - 1, **more}


def crossings():
    """HashedCrossing."""
    several = [[["A"], ["B"], ["A"]], [[101], [101], [-5]], [["x"], ["y"], [""]]]
    for mode in ("int", "one_hot"):
        yield [["A", "B", "A"], [101, 101, -5]], None, {"num_bins": 5, "output_mode": mode}
        yield several, None, {"num_bins": 50, "output_mode": mode}
        yield ["A", 7], None, {"num_bins": 50, "output_mode": mode}


CASES = [
    Case(layer, *case)
    for layer, cases in (
        ("TextVectorization", texts()),
        ("StringLookup", lookups(WORDS, ["a", "b", "c"], "")),
        ("IntegerLookup", lookups(CODES, [5, 3, -4], 0)),
        ("StringLookup", strings()),
        ("IntegerLookup", integers()),
        ("Hashing", hashes()),
        ("HashedCrossing", crossings()),
    )
    for case in cases
]


def main():
    """Writes what Keras gives, a case to a line."""
    import keras

    lines = []
    for case in CASES:
        _, output, vocabulary = case.run(keras)
        plain = np.round(output, 6).tolist() if output.dtype.kind == "f" else output.tolist()
        lines.append(json.dumps({"case": str(case), "output": plain, "vocabulary": vocabulary}))
    EXPECTED.write_text("[\n" + ",\n".join(lines) + "\n]\n")


if __name__ == "__main__":
    main()
