"""The contract that every layer keeps: a table with a row per layer, read by test_contract.py."""

from dataclasses import dataclass, field

import numpy as np

RNG = np.random.default_rng(3)
ROWS = RNG.normal(size=(5, 4)).astype("float32")
CUBES = RNG.normal(size=(5, 3, 4)).astype("float32")
IMAGES = RNG.normal(size=(5, 2, 3, 4)).astype("float32")


def double(x):
    return 2 * x


@dataclass(frozen=True)
class Row:
    """One layer: its class and arguments, an input, and what does not hold for it."""

    name: str
    arguments: dict = field(default_factory=dict)
    x: np.ndarray = field(default_factory=lambda: ROWS)
    random: bool = False  # draws random numbers while training
    smooth: bool = True  # has a derivative where the input is
    custom: dict = field(default_factory=dict)  # functions that the configuration names


TABLE = [
    Row("Dense", {"units": 3}),
    Row("Dense", {"units": 3, "use_bias": False}),
    Row("Dense", {"units": 3, "activation": "tanh", "kernel_initializer": "he_normal"}, CUBES),
    Row("Dense", {"units": 2, "activation": "softmax", "bias_initializer": "ones"}, IMAGES),
    Row(
        "Dense",
        {
            "units": 3,
            "kernel_regularizer": "l2",
            "bias_regularizer": "l1",
            "activity_regularizer": "l2",
            "kernel_constraint": "max_norm",
            "bias_constraint": "non_neg",
        },
    ),
    Row("Dense", {"units": 1, "trainable": False, "name": "frozen"}),
    Row("Activation", {"activation": "relu"}),
    Row("Activation", {"activation": "softmax"}, CUBES),
    Row("Activation", {"activation": "sigmoid"}),
    Row("Dropout", {"rate": 0.4, "seed": 5}, random=True),
    Row("Dropout", {"rate": 0.5, "noise_shape": (None, 1, 4), "seed": 5}, CUBES, random=True),
    Row("Dropout", {"rate": 0.0}),
    Row("Flatten", {}, IMAGES),
    Row("Flatten", {"data_format": "channels_first"}, IMAGES),
    Row("Flatten", {}, ROWS[:, 0]),
    Row("Lambda", {"function": double}, custom={"double": double}),
    Row("InputLayer", {"shape": (4,), "name": "here"}),
]
IDS = [f"{row.name}-{number}" for number, row in enumerate(TABLE)]
