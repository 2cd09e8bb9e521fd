"""Dense, Flatten, Identity, Lambda, InputLayer."""

from tests.layers.contract import IMAGES, SERIES, TABLE_2D, Row


def double(x):
    return 2 * x


ROWS = [
    Row("Dense", {"units": 3}),
    Row("Dense", {"units": 3, "use_bias": False}),
    Row("Dense", {"units": 3, "activation": "tanh", "kernel_initializer": "he_normal"}, SERIES),
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
    Row("Flatten", {}, IMAGES),
    Row("Flatten", {"data_format": "channels_first"}, IMAGES),
    Row("Flatten", {}, TABLE_2D[:, 0]),
    Row("Identity"),
    Row("Identity", {}, SERIES),
    Row("Lambda", {"function": double}, custom={"double": double}, keras=False),
    Row("InputLayer", {"shape": (4,), "name": "here"}, keras=False),
]
