"""A FeatureSpace with every type of feature, for Cornu and for Keras.

`KERAS_BACKEND=tensorflow python tests/utils/feature_space_cases.py` writes what Keras 3.15.1 on
TensorFlow 2.21 gives into feature_space_cases.json, which test_feature_space.py reads.
"""

import json
from pathlib import Path

import numpy as np

EXPECTED = Path(__file__).with_suffix(".json")

DATA = {
    "plain": np.array([0, 1, 2, 3, 9, -2, 3.5], "float32"),
    "scaled": np.array([1, 2, 3, 4, 5, 6, 7], "float32"),
    "normal": np.array([1, 2, 3, 4, 5, 6, 7], "float32"),
    "binned": np.array([0.1, 0.9, 0.4, 5, 2, 3, 1], "float32"),
    "code": np.array([1, 2, 2, 3, 3, 3, -7]),
    "word": np.array(["a", "b", "b", "c", "", "a", "zz"]),
    "hashed_code": np.array([1, 2, 3, 4, 5, 6, 7]),
    "hashed_word": np.array(["x", "y", "z", "", "q", "longer string", "é"]),
}
TEXTS = np.array(["a b", "b c", "a", "", "d d", "x", "a b"])


def joined(library):
    """All types, two crosses, joined to one vector per row."""
    space = library.utils.FeatureSpace
    return space(
        {
            "plain": "float",
            "scaled": space.float_rescaled(2.0, 1.0),
            "normal": "float_normalized",
            "binned": "float_discretized",
            "code": "integer_categorical",
            "word": "string_categorical",
            "hashed_code": "integer_hashed",
            "hashed_word": "string_hashed",
        },
        crosses=[("word", "code"), ("hashed_code", "word")],
        crossing_dim=5,
        hashing_dim=4,
        num_discretization_bins=3,
    )


def apart(library):
    """A vector or number per feature, and one for texts with a layer of one's own."""
    space = library.utils.FeatureSpace
    layer = library.layers.TextVectorization(output_mode="tf_idf")
    return space(
        {
            "plain": space.float(),
            "binned": space.float_discretized(3, output_mode="int"),
            "code": space.integer_categorical(max_tokens=3, output_mode="int"),
            "word": space.string_categorical(),
            "text": space.feature("string", layer, "float"),
        },
        output_mode="dict",
        crosses=[space.cross(("word", "code"), 9, "int"), space.cross(("code", "word"), 9)],
    )


def data_for(space):
    columns = {**DATA, "text": TEXTS}
    return {name: columns[name] for name in space.features}


def first_of(data):
    return {name: column[0] for name, column in data.items()}


def main():
    """Writes what Keras gives."""
    import keras

    found = {}
    for make in (joined, apart):
        space = make(keras)
        data = data_for(space)
        space.adapt(data)
        for name, output in (("all", space(data)), ("one", space(first_of(data)))):
            plain = (
                {k: np.array(v).round(6).tolist() for k, v in output.items()}
                if make is apart
                else (np.array(output).round(6).tolist())
            )
            found[f"{make.__name__} {name}"] = plain
        found[f"{make.__name__} config"] = space.get_config()
    EXPECTED.write_text(json.dumps(found) + "\n")


if __name__ == "__main__":
    main()
