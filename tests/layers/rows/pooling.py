"""Pooling: by windows, over everything, and adaptive."""

import itertools

import numpy as np

from tests.layers.contract import IMAGES, RNG, Row

STEPS = RNG.normal(size=(5, 7, 3)).astype("float32")
PICTURES = RNG.normal(size=(5, 6, 7, 2)).astype("float32")
VOLUMES = RNG.normal(size=(5, 4, 5, 3, 2)).astype("float32")
INPUTS = {1: STEPS, 2: PICTURES, 3: VOLUMES}
FIRST = {"data_format": "channels_first"}
KINDS = ("Max", "Average")

ROWS = [
    Row("MaxPooling1D", {}, STEPS, unknown=(0,)),
    Row("MaxPooling1D", {"pool_size": 3, "strides": 2, "padding": "same"}, STEPS),
    Row("MaxPooling1D", {"pool_size": 5}, STEPS, unknown=(0,)),
    Row("MaxPooling2D", {}, PICTURES),
    Row("MaxPooling2D", {"pool_size": 3, "strides": 2, "padding": "same"}, PICTURES),
    Row("MaxPooling2D", {"pool_size": (2, 3), "strides": (3, 1), **FIRST}, PICTURES.mT),
    Row("MaxPooling3D", {}, VOLUMES),
    Row("MaxPooling3D", {"pool_size": (2, 3, 1), "strides": 1, "padding": "same"}, VOLUMES),
    Row("AveragePooling1D", {"pool_size": 2}, STEPS, unknown=(0,)),
    Row("AveragePooling1D", {"pool_size": 5, "padding": "same"}, STEPS),
    Row("AveragePooling2D", {"pool_size": 2}, PICTURES),
    Row("AveragePooling2D", {"pool_size": (2, 3), "strides": 2, "padding": "same"}, PICTURES),
    Row("AveragePooling2D", {"pool_size": (1, 5), "strides": (2, 5), **FIRST}, PICTURES.mT),
    Row("AveragePooling3D", {"pool_size": 2, "padding": "same"}, VOLUMES),
    *(Row(f"Global{kind}Pooling{rank}D", {}, INPUTS[rank]) for kind in KINDS for rank in (1, 2, 3)),
    *(
        Row(f"Global{kind}Pooling{rank}D", {"keepdims": True, **FIRST}, INPUTS[rank])
        for kind in KINDS
        for rank in (1, 2, 3)
    ),
    Row("AdaptiveMaxPooling1D", {"output_size": 3}, STEPS),
    Row("AdaptiveMaxPooling2D", {"output_size": (4, 5)}, PICTURES),
    Row("AdaptiveMaxPooling2D", {"output_size": 7}, PICTURES, keras=False),  # there 7 to 7 gives NaN
    Row("AdaptiveMaxPooling2D", {"output_size": 2, **FIRST}, IMAGES),
    Row("AdaptiveMaxPooling3D", {"output_size": (2, 3, 3)}, VOLUMES),
    Row("AdaptiveAveragePooling1D", {"output_size": 3}, STEPS),
    Row("AdaptiveAveragePooling2D", {"output_size": (3, 5)}, PICTURES),
    Row("AdaptiveAveragePooling2D", {"output_size": 4, **FIRST}, IMAGES),
    Row("AdaptiveAveragePooling3D", {"output_size": (2, 3, 3)}, VOLUMES),
    *(
        Row(
            f"{kind}Pooling{rank}D",
            {"pool_size": size, "strides": strides, "padding": padding, "data_format": layout},
            np.moveaxis(INPUTS[rank], -1, 1) if layout == "channels_first" else INPUTS[rank],
            wide=True,
        )
        for kind, rank, size, strides, padding, layout in itertools.product(
            KINDS,
            (1, 2, 3),
            (1, 2, 3),
            (None, 1, 2),
            ("valid", "same"),
            ("channels_last", "channels_first"),
        )
    ),
    *(
        Row(
            f"Adaptive{kind}Pooling{rank}D",
            {"output_size": size, "data_format": layout},
            INPUTS[rank],
            wide=True,
        )
        for kind, rank, size, layout in itertools.product(
            KINDS, (1, 2, 3), (3, 5), ("channels_last", "channels_first")
        )
    ),
]
