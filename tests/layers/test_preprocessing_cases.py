"""Lookups, hashing and text against Keras on TensorFlow: the cases of preprocessing_cases.py."""

import json

import numpy as np
import pytest

import cornu
from tests.layers.preprocessing_cases import CASES, EXPECTED

KERAS = json.loads(EXPECTED.read_text())


def test_the_file_has_the_cases():
    assert [str(case) for case in CASES] == [row["case"] for row in KERAS]


PAIRS = list(zip(CASES, KERAS, strict=True))


@pytest.mark.parametrize("case, row", PAIRS, ids=map(str, CASES))
def test_the_output_and_the_vocabulary_are_those_of_keras(case, row):
    layer, output, vocabulary = case.run(cornu)
    assert output.shape == np.shape(row["output"])
    if output.dtype.kind == "U":
        assert output.tolist() == row["output"]
    else:
        np.testing.assert_allclose(output, row["output"], rtol=1e-6, atol=1e-6)
        whole = case.arguments.get("output_mode", "int") == "int"
        assert output.dtype == ("int32" if whole else "float32")
    assert vocabulary == row["vocabulary"]
    if vocabulary is not None:
        assert layer.vocabulary_size() == len(vocabulary)


@pytest.mark.parametrize("case", CASES[:: len(CASES) // 40], ids=str)
def test_the_symbolic_output_has_the_shape_and_dtype_of_the_real_one(case):
    layer, output, _ = case.run(cornu)
    arrays = [np.array(x) for x in case.x] if case.layer == "HashedCrossing" else [np.array(case.x)]
    kinds = ["string" if x.dtype.kind == "U" else str(x.dtype) for x in arrays]
    inputs = [
        cornu.Input(batch_shape=x.shape, dtype=kind) for x, kind in zip(arrays, kinds, strict=True)
    ]
    symbolic = layer(inputs if len(inputs) > 1 else inputs[0])
    assert str(symbolic.dtype) == ("string" if output.dtype.kind == "U" else str(output.dtype))
    assert len(symbolic.shape) == output.ndim
    unknown = layer.output_sequence_length is None if case.layer == "TextVectorization" else False
    assert all(
        size == real or (unknown and size is None)
        for size, real in zip(symbolic.shape, output.shape, strict=True)
    )
