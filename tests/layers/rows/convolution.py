"""Convolutions: plain, transposed, depthwise and separable."""

from itertools import product

import numpy as np

from tests.layers.contract import Row

RNG = np.random.default_rng(5)
CHANNELS = 4
SHAPES = {1: (5, 9), 2: (5, 6, 7), 3: (5, 4, 5, 4)}  # the batch first
IMAGES = {rank: RNG.normal(size=(*shape, CHANNELS)).astype("float32") for rank, shape in SHAPES.items()}
FIRST = {rank: np.moveaxis(images, -1, 1).copy() for rank, images in IMAGES.items()}

EVERYTHING = {
    "kernel_regularizer": "l2",
    "bias_regularizer": "l1",
    "activity_regularizer": "l2",
    "kernel_constraint": "max_norm",
    "bias_constraint": "non_neg",
    "kernel_initializer": "he_normal",
    "bias_initializer": "ones",
}
DEPTHWISE = {key.replace("kernel", "depthwise"): value for key, value in EVERYTHING.items()}
SEPARABLE = {
    **DEPTHWISE,
    **{key.replace("kernel", "pointwise"): v for key, v in EVERYTHING.items() if "kernel" in key},
}


def row(name, rank, wide=False, /, **arguments):
    first = arguments.get("data_format") == "channels_first"
    if not name.startswith("Depthwise"):
        arguments = {"filters": 4, **arguments}
    x = (FIRST if first else IMAGES)[rank]
    return Row(name, arguments, x, unknown=(0, 2) if first else (0, 1), wide=wide, atol=1e-5)


def wide_rows():
    """The product of what can be combined, for one kernel size on each number of axes."""
    formats = ("channels_last", "channels_first")
    steps = ((1, 1), (3, 1), (1, 2))  # strides, dilation_rate
    for rank, padding, (stride, dilation), data_format in product(
        (1, 2, 3), ("valid", "same", "causal"), steps, formats
    ):
        common = {
            "kernel_size": 2 if rank == 3 else 3,
            "strides": stride,
            "dilation_rate": dilation,
            "padding": padding,
            "data_format": data_format,
        }
        if padding == "causal" and rank > 1:
            continue
        for groups in (1, 2):
            yield row(f"Conv{rank}D", rank, True, **common, groups=groups)
        if padding == "causal":
            continue
        for more in (None, stride - 1):
            yield row(f"Conv{rank}DTranspose", rank, True, **common, output_padding=more)
        if rank < 3:
            yield row(f"DepthwiseConv{rank}D", rank, True, **common, depth_multiplier=2)
            yield row(f"SeparableConv{rank}D", rank, True, **common, depth_multiplier=2)


ROWS = [
    row("Conv1D", 1, kernel_size=3),
    row("Conv1D", 1, kernel_size=2, padding="causal", dilation_rate=2, activation="tanh"),
    row("Conv1D", 1, kernel_size=3, strides=2, padding="same", data_format="channels_first"),
    row("Conv2D", 2, kernel_size=3),
    row("Conv2D", 2, kernel_size=(2, 3), strides=(2, 1), padding="SAME", use_bias=False),
    row("Conv2D", 2, kernel_size=3, groups=2, activation="sigmoid", data_format="channels_first"),
    row("Conv2D", 2, kernel_size=2, groups=4, filters=8),
    row("Conv2D", 2, kernel_size=2, dilation_rate=(1, 2), filters=2, padding="same"),
    row("Conv2D", 2, kernel_size=1, **EVERYTHING),
    row("Conv3D", 3, kernel_size=2),
    row("Conv3D", 3, kernel_size=(1, 2, 3), strides=2, padding="same", filters=2),
    row("Conv1DTranspose", 1, kernel_size=3),
    row("Conv1DTranspose", 1, kernel_size=2, strides=3, padding="same", output_padding=1),
    row("Conv2DTranspose", 2, kernel_size=3, strides=2, padding="same", **EVERYTHING),
    row("Conv2DTranspose", 2, kernel_size=(2, 3), dilation_rate=2, use_bias=False),
    row("Conv2DTranspose", 2, kernel_size=3, strides=2, data_format="channels_first", filters=2),
    row("Conv3DTranspose", 3, kernel_size=2, strides=(1, 2, 2), output_padding=(0, 1, 0)),
    row("DepthwiseConv1D", 1, kernel_size=3, activation="tanh"),
    row("DepthwiseConv2D", 2, kernel_size=3, **DEPTHWISE),
    row("DepthwiseConv2D", 2, kernel_size=2, strides=2, depth_multiplier=2, padding="same"),
    row("DepthwiseConv2D", 2, kernel_size=2, data_format="channels_first", dilation_rate=2),
    row("SeparableConv1D", 1, kernel_size=3, strides=2, padding="same"),
    row("SeparableConv2D", 2, kernel_size=3, **SEPARABLE),
    row("SeparableConv2D", 2, kernel_size=2, depth_multiplier=2, data_format="channels_first"),
    *wide_rows(),
]
