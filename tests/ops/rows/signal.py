"""Fourier transforms."""

import numpy as np

from tests.ops.contract import POSITIVE, RNG, SERIES, TABLE, WHOLE, Row

PAIR = (TABLE, POSITIVE)
SOUND = RNG.normal(size=(2, 24)).astype("float32")
SPECTRUM = tuple(RNG.normal(size=(2, 2, 5, 5)).astype("float32"))
ROWS = [
    Row("fft", (PAIR,), unknown=False),
    Row("fft", ((SERIES, SERIES),), unknown=False, wide=True),
    Row("fft2", (PAIR,), unknown=False),
    Row("fft2", ((SERIES, SERIES),), unknown=False, wide=True),
    Row("ifft2", (PAIR,), unknown=False),
    Row("rfft", (TABLE,)),
    Row("rfft", (TABLE, 3)),
    Row("rfft", (TABLE,), {"fft_length": 8}),
    Row("irfft", (PAIR,)),
    Row("irfft", (PAIR,), {"fft_length": 5}),
    Row("extract_sequences", (TABLE, 2, 1)),
    Row("extract_sequences", (SERIES, 3, 2)),
    Row("extract_sequences", (WHOLE, 3, 1)),
    Row("stft", (SOUND, 8, 4, 8)),
    Row("stft", (SOUND, 6, 3, 8), {"window": "hamming", "center": False}),
    Row("stft", (SOUND, 8, 4, 8), {"window": None}),
    Row("stft", (SOUND, 3, 2, 4), {"window": np.array([0.5, 1, 0.5], "float32").tolist()}),
    Row("istft", (SPECTRUM, 8, 4, 8)),
    Row("istft", (SPECTRUM, 6, 3, 8), {"window": "hamming", "center": False}),
    Row("istft", (SPECTRUM, 8, 4, 8), {"length": 10}, unknown=False),
    # there it is divided by the stride, so that the signal does not come back
    Row("istft", (SPECTRUM, 8, 4, 8), {"window": None}, keras=False, unknown=False),
]
