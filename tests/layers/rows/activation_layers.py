"""Activation, ReLU, LeakyReLU, PReLU, ELU, Softmax."""

import itertools

import numpy as np

from tests.layers.contract import IMAGES, SERIES, TABLE_2D, Row

KEPT = np.array([[1, 1, 0, 1], [1, 0, 0, 0], [0, 0, 0, 0], [1, 1, 1, 1], [0, 1, 0, 1]], bool)

ROWS = [
    Row("Activation", {"activation": "relu"}),
    Row("Activation", {"activation": "softmax"}, SERIES),
    Row("Activation", {"activation": "sigmoid"}),
    Row("ReLU"),
    Row("ReLU", {"max_value": 0.8, "negative_slope": 0.1, "threshold": 0.3}, SERIES),
    *(
        Row(
            "ReLU",
            {"max_value": most, "negative_slope": slope, "threshold": threshold},
            SERIES,
            wide=True,
        )
        for most, slope, threshold in itertools.product((None, 0, 0.5), (0.0, 0.2), (0.0, 0.4))
    ),
    Row("LeakyReLU"),
    Row("LeakyReLU", {"negative_slope": 0.1}, SERIES),
    Row("LeakyReLU", {"negative_slope": 0}, wide=True),
    Row("PReLU"),
    Row("PReLU", {"alpha_initializer": "ones", "shared_axes": [1, 2]}, IMAGES, unknown=(0, 1, 2)),
    Row("PReLU", {"shared_axes": 1}, SERIES),
    Row("PReLU", {}, SERIES, unknown=(0,), wide=True),
    Row("PReLU", {"shared_axes": (2,)}, SERIES, unknown=(0,), wide=True),
    Row("PReLU", {"shared_axes": (1, 3)}, IMAGES, unknown=(0, 1), wide=True),
    Row(
        "PReLU",
        {"alpha_regularizer": "l2", "alpha_constraint": "non_neg", "alpha_initializer": "he_normal"},
        wide=True,
    ),
    Row("ELU"),
    Row("ELU", {"alpha": 0.5}, SERIES),
    Row("Softmax"),
    Row("Softmax", {"axis": [1, 2]}, SERIES),
    Row("Softmax", {}, TABLE_2D, {"mask": KEPT[:1]}),
    Row("Softmax", {"axis": (1, 2)}, IMAGES, {"mask": KEPT[1:2, None, None]}, wide=True),
    Row("Softmax", {"axis": 1}, IMAGES, wide=True),
    Row("Softmax", {"axis": [-1]}, IMAGES, {"mask": KEPT[:1].astype("float32")}, wide=True),
    Row("Softmax", {"axis": 0}, SERIES, wide=True),
]
