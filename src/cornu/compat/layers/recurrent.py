"""The recurrent layers for one kind of GPU, of Keras 2."""

from __future__ import annotations

import functools
from typing import Any

from cornu import layers
from cornu.compat.notes import note


@functools.wraps(layers.CuDNNLSTM)
def CuDNNLSTM(*args: Any, **kwargs: Any) -> Any:
    note("keras.layers.CuDNNLSTM", "keras.layers.LSTM")
    return layers.CuDNNLSTM(*args, **kwargs)


@functools.wraps(layers.CuDNNGRU)
def CuDNNGRU(*args: Any, **kwargs: Any) -> Any:
    note("keras.layers.CuDNNGRU", "keras.layers.GRU")
    return layers.CuDNNGRU(*args, **kwargs)


__all__ = ["CuDNNGRU", "CuDNNLSTM"]
