"""Defaults that changed from one Keras to the next under the same name, and what tells a program's time.

Only what can be told for certain is here: an import path that no later Keras had, or words of Keras 1
in the call itself. `docs/defaults.md` has the evidence, and what cannot be told.
"""

from __future__ import annotations

from typing import Any

Defaults = dict[str, Any]

#: Their hard_sigmoid had a slope of 0.2.
_HARD: Defaults = {"recurrent_activation": "old_hard_sigmoid"}
_GRU: Defaults = {**_HARD, "reset_after": False}

#: By an old name below `keras`, the defaults of its time. (In `recurrent` Keras 2.3 alone, a year before
#: TensorFlow took it over, had 'sigmoid'.)
OF_NAMES: dict[str, Defaults] = {
    **dict.fromkeys(("layers.recurrent.LSTM", "layers.recurrent.LSTMCell"), _HARD),
    **dict.fromkeys(("layers.recurrent.GRU", "layers.recurrent.GRUCell"), _GRU),
    **{
        f"layers.{path}.ConvLSTM{rank}D": _HARD
        for rank in (1, 2, 3)
        for path in ("convolutional_recurrent", f"rnn.conv_lstm{rank}d")
    },
    "optimizers.adagrad": {"learning_rate": 0.01},
    "optimizers.adadelta": {"learning_rate": 1.0},
    "optimizers.adamax": {"learning_rate": 0.002},
    "optimizers.nadam": {"learning_rate": 0.002},
}

#: Words that Keras 1 alone had, of the layers below.
_WORDS = """init inner_init inner_activation forget_bias_init output_dim W_regularizer U_regularizer
    b_regularizer dropout_W dropout_U consume_less nb_filter nb_row nb_col border_mode subsample
    dim_ordering"""
WORDS_OF_KERAS_1 = frozenset(_WORDS.split())
_INNER = {"inner_init": "orthogonal"}  # stretched by 1.1
#: By what takes them, what Keras 1 did where these were left out, in its own words where it had one.
OF_KERAS_1: dict[str, Defaults] = {
    "layers.SimpleRNN": _INNER,
    "layers.LSTM": {**_INNER, "inner_activation": "hard_sigmoid"},
    "layers.GRU": {**_INNER, "inner_activation": "hard_sigmoid", "reset_after": False},
    "layers.ConvLSTM2D": {**_INNER, "inner_activation": "hard_sigmoid"},
}
