"""Writes the files of this folder with the real Keras 3 on TensorFlow, which it needs for strings:
`pip install tensorflow keras==3.15.0`, then `KERAS_BACKEND=tensorflow python recipe.py`."""

from pathlib import Path

import keras
import numpy as np
import tensorflow as tf

L = keras.layers
HERE = Path(__file__).parent
TEXTS = np.array(["The cat sat", "the dog", "a cat and a dog", ""])
KINDS = np.array([["red"], ["blue"], ["red"], ["green"]])
CODES = np.array([[5], [9], [5], [7]])
SIZES = np.array([[0.5], [2.5], [9.0], [-1.0]], "float32")


def main():
    keras.utils.set_random_seed(1)
    words = L.TextVectorization(max_tokens=8, output_sequence_length=4, name="words")
    words.adapt(TEXTS)
    weighted = L.TextVectorization(output_mode="tf_idf", name="weighted")
    weighted.adapt(TEXTS)
    kinds = L.StringLookup(num_oov_indices=2, output_mode="one_hot", name="kinds")
    kinds.adapt(KINDS)
    codes = L.IntegerLookup(output_mode="int", name="codes")
    codes.adapt(CODES)
    bins = L.Discretization(num_bins=3, name="bins")
    bins.adapt(SIZES[:, 0])
    scaled = L.Normalization(name="scaled")
    scaled.adapt(SIZES)
    hashed = L.Hashing(5, salt=3, name="hashed")

    text, kind = (
        keras.Input((1,), dtype="string", name="text"),
        keras.Input((1,), dtype="string", name="kind"),
    )
    code, size = keras.Input((1,), dtype="int64", name="code"), keras.Input((1,), name="size")
    h = L.GlobalAveragePooling1D()(L.Embedding(8, 3)(words(text)))
    parts = [h, L.Reshape((-1,))(weighted(text)), kinds(kind), scaled(size)]
    numbers = [L.Flatten()(L.Embedding(6, 2)(each)) for each in (codes(code), bins(size), hashed(kind))]
    model = keras.Model([text, kind, code, size], L.Dense(2)(L.Concatenate()([*parts, *numbers])))
    x = [TEXTS[:, None], KINDS, CODES, SIZES]
    out = model.predict([tf.constant(each) for each in x], verbose=0)
    model.save(HERE / "text.keras")
    arrays = {f"x{number}": each for number, each in enumerate(x)}
    np.savez(HERE / "text.npz", out=out, **arrays)


if __name__ == "__main__":
    main()
