"""Reshaping, padding, cropping, up-sampling."""

import itertools

import numpy as np

from tests.layers.contract import IMAGES, RNG, SERIES, TABLE_2D, Row

STEPS = RNG.normal(size=(5, 6, 2)).astype("float32")
PICTURES = RNG.normal(size=(5, 4, 5, 2)).astype("float32")
VOLUMES = RNG.normal(size=(5, 3, 4, 5, 2)).astype("float32")
FIRST = {"data_format": "channels_first"}

ROWS = [
    Row("Reshape", {"target_shape": (2, 2)}),
    Row("Reshape", {"target_shape": (4, 3)}, SERIES),
    Row("Reshape", {"target_shape": (-1,)}, SERIES),
    Row("Reshape", {"target_shape": (2, -1, 3)}, IMAGES),
    Row("Reshape", {"target_shape": (1, -1)}, TABLE_2D[:, 0]),
    Row("Reshape", {"target_shape": ()}, TABLE_2D[:, :1]),
    Row("Permute", {"dims": (2, 1)}, SERIES),
    Row("Permute", {"dims": (3, 1, 2)}, IMAGES),
    Row("RepeatVector", {"n": 3}),
    Row("ZeroPadding1D", {}, STEPS),
    Row("ZeroPadding1D", {"padding": (0, 2), **FIRST}, STEPS),
    Row("ZeroPadding2D", {}, PICTURES),
    Row("ZeroPadding2D", {"padding": ((1, 0), (2, 3)), **FIRST}, PICTURES),
    Row("ZeroPadding2D", {"padding": 2}, PICTURES),
    Row("ZeroPadding3D", {}, VOLUMES),
    Row("ZeroPadding3D", {"padding": (0, 1, 2)}, VOLUMES),
    Row("ZeroPadding3D", {"padding": ((1, 0), (0, 1), (2, 2)), **FIRST}, VOLUMES),
    Row("Cropping1D", {}, STEPS),
    Row("Cropping1D", {"cropping": (2, 0)}, STEPS),
    Row("Cropping2D", {}, PICTURES),
    Row("Cropping2D", {"cropping": ((1, 0), (2, 1))}, PICTURES),
    Row("Cropping2D", {"cropping": (2, 0), **FIRST}, PICTURES.transpose(0, 3, 2, 1)),
    Row("Cropping3D", {}, VOLUMES),
    Row("Cropping3D", {"cropping": ((1, 0), (0, 1), (2, 2))}, VOLUMES),
    Row("UpSampling1D", {}, STEPS),
    Row("UpSampling1D", {"size": 3}, STEPS),
    Row("UpSampling2D", {}, PICTURES),
    Row("UpSampling2D", {"size": (1, 3), **FIRST}, PICTURES),
    Row("UpSampling2D", {"interpolation": "bilinear", **FIRST}, PICTURES),
    Row("UpSampling2D", {"size": (3, 2), "interpolation": "bicubic"}, PICTURES),
    Row("UpSampling3D", {}, VOLUMES[:, :2]),
    Row("UpSampling3D", {"size": (1, 2, 3), **FIRST}, VOLUMES),
    *(
        Row(
            "UpSampling2D",
            {"size": size, "interpolation": interpolation, "data_format": layout},
            PICTURES,
            wide=True,
        )
        for size, interpolation, layout in itertools.product(
            (1, 2, (3, 1)),
            ("nearest", "bilinear", "bicubic", "lanczos3", "lanczos5"),
            ("channels_last", "channels_first"),
        )
    ),
    *(
        Row(name, {argument: edges, "data_format": layout}, np.tile(PICTURES, (1, 2, 2, 2)), wide=True)
        for (name, argument), edges, layout in itertools.product(
            (("ZeroPadding2D", "padding"), ("Cropping2D", "cropping")),
            (0, 1, (0, 1), ((0, 1), (1, 0))),
            ("channels_last", "channels_first"),
        )
    ),
]
