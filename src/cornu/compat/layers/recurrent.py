"""The recurrent layers for one kind of GPU, of Keras 2."""

from __future__ import annotations

import functools
from typing import Any

from cornu.compat.notes import note
from cornu.layers.recurrent import gru, lstm  # `cornu.layers` itself hands out those below


@functools.wraps(lstm.CuDNNLSTM)
def CuDNNLSTM(*args: Any, **kwargs: Any) -> Any:
    note("keras.layers.CuDNNLSTM", "keras.layers.LSTM")
    return lstm.CuDNNLSTM(*args, **kwargs)


@functools.wraps(gru.CuDNNGRU)
def CuDNNGRU(*args: Any, **kwargs: Any) -> Any:
    note("keras.layers.CuDNNGRU", "keras.layers.GRU")
    return gru.CuDNNGRU(*args, **kwargs)


__all__ = ["CuDNNGRU", "CuDNNLSTM"]
