"""A model of Keras on TensorFlow that takes strings: its vocabularies are files beside the weights."""

from pathlib import Path

import numpy as np

import cornu

FILES = Path(__file__).parent / "files"


def test_vocabularies_and_statistics_of_keras(tmp_path):
    with np.load(FILES / "text.npz") as found:
        x, expected = [found[f"x{number}"] for number in range(4)], found["out"]
    model = cornu.models.load_model(FILES / "text.keras")
    np.testing.assert_allclose(model.predict(x, verbose=0), expected, rtol=1e-5, atol=1e-6)
    model.save(tmp_path / "again.keras")
    again = cornu.models.load_model(tmp_path / "again.keras")
    np.testing.assert_array_equal(again.predict(x, verbose=0), model.predict(x, verbose=0))
    assert again.get_layer("words").get_vocabulary() == model.get_layer("words").get_vocabulary()
