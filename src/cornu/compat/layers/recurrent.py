"""The recurrent layers for one kind of GPU, of Keras 2."""

from __future__ import annotations

from typing import Any

from cornu import layers
from cornu.compat.notes import note


def CuDNNLSTM(*args: Any, **kwargs: Any) -> Any:
    """An `LSTM`, see `cornu.layers.CuDNNLSTM`."""
    note("keras.layers.CuDNNLSTM", "keras.layers.LSTM")
    return layers.CuDNNLSTM(*args, **kwargs)


def CuDNNGRU(*args: Any, **kwargs: Any) -> Any:
    """A `GRU`, see `cornu.layers.CuDNNGRU`."""
    note("keras.layers.CuDNNGRU", "keras.layers.GRU")
    return layers.CuDNNGRU(*args, **kwargs)


__all__ = ["CuDNNGRU", "CuDNNLSTM"]
