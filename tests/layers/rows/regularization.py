"""Dropout and its kin, noise, ActivityRegularization."""

import numpy as np

from tests.layers.contract import IMAGES, SERIES, Row

VOLUMES = np.random.default_rng(4).normal(size=(5, 2, 2, 3, 4)).astype("float32")

ROWS = [
    Row("Dropout", {"rate": 0.4, "seed": 5}, random=True),
    Row("Dropout", {"rate": 0.5, "noise_shape": (None, 1, 4), "seed": 5}, SERIES, random=True),
    Row("Dropout", {"rate": 0.5, "noise_shape": [5, 3, 1], "seed": 5}, SERIES, random=True, wide=True),
    Row("Dropout", {"rate": 0.0}),
    Row("AlphaDropout", {"rate": 0.4, "seed": 5}, random=True),
    Row("AlphaDropout", {"rate": 0.5, "noise_shape": (None, 1, 4), "seed": 5}, SERIES, random=True),
    Row("AlphaDropout", {"rate": 0.0}, wide=True),
    Row("GaussianDropout", {"rate": 0.4, "seed": 5}, random=True),
    Row("GaussianDropout", {"rate": 0}, SERIES, wide=True),
    Row("GaussianNoise", {"stddev": 0.3, "seed": 5}, random=True),
    Row("GaussianNoise", {"stddev": 0}, SERIES, wide=True),
    Row("SpatialDropout1D", {"rate": 0.4, "seed": 5}, SERIES, random=True),
    Row("SpatialDropout1D", {"rate": 0}, SERIES, wide=True),
    Row("SpatialDropout2D", {"rate": 0.4, "seed": 5}, IMAGES, random=True),
    Row(
        "SpatialDropout2D",
        {"rate": 0.4, "seed": 5, "data_format": "channels_first"},
        IMAGES,
        random=True,
    ),
    Row("SpatialDropout3D", {"rate": 0.4, "seed": 5}, VOLUMES, random=True),
    Row(
        "SpatialDropout3D",
        {"rate": 0.4, "seed": 5, "data_format": "channels_first"},
        VOLUMES,
        random=True,
        wide=True,
    ),
    Row("ActivityRegularization", {"l1": 0.2, "l2": 0.3}),
    Row("ActivityRegularization", {}, SERIES, wide=True),
]
