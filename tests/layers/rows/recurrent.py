"""Recurrent layers, their cells, and the layers around them."""

from dataclasses import replace
from itertools import product

import numpy as np

from tests.layers.contract import RNG, SERIES, Nested, Row

STATE = RNG.normal(size=(5, 3)).astype("float32")
MASK = np.array([[1, 1, 1], [0, 1, 1], [1, 1, 0], [1, 0, 1], [0, 0, 0]], bool)
FILMS = {
    1: RNG.normal(size=(2, 2, 5, 2)).astype("float32"),
    2: RNG.normal(size=(2, 2, 4, 5, 2)).astype("float32"),
    3: RNG.normal(size=(2, 2, 3, 4, 3, 1)).astype("float32"),
}
PENALTIES = {
    "kernel_regularizer": "l2",
    "recurrent_regularizer": "l1",
    "bias_regularizer": "l2",
    "kernel_constraint": "max_norm",
    "recurrent_constraint": "unit_norm",
    "bias_constraint": "non_neg",
}
ALL = {"return_sequences": True, "return_state": True}
LAYERS = ("SimpleRNN", "LSTM", "GRU")
FACES = [
    row
    for name in LAYERS
    for row in (
        Row(name, {"units": 3}, SERIES),
        Row(name, {"units": 2, **ALL, "go_backwards": True, "use_bias": False}, SERIES),
        Row(name, {"units": 2, **ALL}, SERIES, {"mask": MASK}),
        Row(
            name,
            {"units": 2, "dropout": 0.4, "recurrent_dropout": 0.3, "seed": 4},
            SERIES,
            random=True,
            same_config=name != "SimpleRNN",
        ),
        Row(name, {"units": 2, **PENALTIES, "trainable": False}, SERIES),
    )
]
CELLS = [
    Row("SimpleRNNCell", {"units": 3}, call={"states": [STATE]}),
    Row("LSTMCell", {"units": 3}, call={"states": [STATE, STATE]}),
    Row(
        "LSTMCell",
        {"units": 3, "unit_forget_bias": False, "recurrent_activation": "hard_sigmoid", **PENALTIES},
        call={"states": [STATE, STATE]},
        smooth=False,
    ),
    Row("GRUCell", {"units": 3}, call={"states": [STATE]}),
    Row("GRUCell", {"units": 3, "reset_after": False, "use_bias": False}, call={"states": STATE}),
    Row(
        "StackedRNNCells",
        {"cells": [Nested("GRUCell", {"units": 3}), Nested("LSTMCell", {"units": 3})]},
        call={"states": [[STATE], [STATE, STATE]]},
    ),
]
ALL_ROWS = [
    *FACES,
    *CELLS,
    Row("LSTM", {"units": 2, "dropout": 0.4, "seed": 4, "unit_forget_bias": False}, SERIES, random=True),
    Row(
        "LSTM",
        {"units": 2, "activity_regularizer": "l2", "implementation": 1},
        SERIES,
        same_config=False,
    ),
    Row("LSTM", {"units": 2, "unroll": True}, SERIES, unknown=(0,)),
    Row("GRU", {"units": 2, "reset_after": False, **ALL}, SERIES, {"mask": MASK}),
    Row(
        "GRU",
        {"units": 2, "reset_after": False, "recurrent_dropout": 0.3, "seed": 4},
        SERIES,
        random=True,
    ),
    Row("GRU", {"units": 2, "zero_output_for_mask": True, **ALL}, SERIES, {"mask": MASK}),
    Row("RNN", {"cell": Nested("LSTMCell", {"units": 2}), "return_state": True}, SERIES),
    Row(
        "RNN",
        {
            "cell": [
                Nested("GRUCell", {"units": 2}),
                Nested("LSTMCell", {"units": 3, "dropout": 0.3, "seed": 1}),
            ],
            **ALL,
        },
        SERIES,
        random=True,
    ),
    Row(
        "Bidirectional",
        {"layer": Nested("LSTM", {"units": 2, "return_sequences": True})},
        SERIES,
        {"mask": MASK},
    ),
    Row(
        "Bidirectional",
        {"layer": Nested("GRU", {"units": 2, "return_state": True}), "merge_mode": "ave"},
        SERIES,
    ),
    Row(
        "Bidirectional",
        {
            "layer": Nested("GRU", {"units": 2}),
            "merge_mode": "mul",
            "backward_layer": Nested("GRU", {"units": 2, "go_backwards": True, "activation": "relu"}),
        },
        SERIES,
    ),
    Row("TimeDistributed", {"layer": Nested("Dense", {"units": 2})}, SERIES),
    Row("TimeDistributed", {"layer": Nested("Dropout", {"rate": 0.5, "seed": 3})}, SERIES, random=True),
    *[Row(f"ConvLSTM{rank}D", {"filters": 2, "kernel_size": 2}, FILMS[rank]) for rank in (1, 2, 3)],
    Row(
        "ConvLSTM1D",
        {"filters": 2, "kernel_size": 2, "dropout": 0.3, "recurrent_dropout": 0.2, "seed": 3},
        FILMS[1],
        random=True,
    ),
    Row(
        "ConvLSTM2D",
        {"filters": 2, "kernel_size": (3, 2), "strides": 2, "padding": "same", **ALL},
        FILMS[2],
    ),
    Row(
        "ConvLSTM2D",
        {
            "filters": 2,
            "kernel_size": 2,
            "data_format": "channels_first",
            "dilation_rate": 2,
            "use_bias": True,
        },
        np.moveaxis(FILMS[2], -1, 2),
        unknown=(0, 1),
    ),
    # ---------------------------------------------------------------- the wide product
    *[
        Row(
            name,
            {
                "units": 2,
                "return_sequences": sequences,
                "return_state": state,
                "go_backwards": back,
                "unroll": unroll,
            },
            SERIES,
            {"mask": MASK} if masked and not unroll else {},
            unknown=(0,) if unroll else (0, 1),
            wide=True,
        )
        for name, sequences, state, back, unroll, masked in product(LAYERS, *[(False, True)] * 5)
        if not (unroll and masked)
    ],
    *[
        Row(
            "Bidirectional",
            {
                "layer": Nested(
                    name, {"units": 2, "return_sequences": sequences, "return_state": state}
                ),
                "merge_mode": mode,
            },
            SERIES,
            {"mask": MASK} if masked else {},
            wide=True,
        )
        for name, sequences, state, mode, masked in product(
            ("LSTM", "GRU"),
            (False, True),
            (False, True),
            ("sum", "mul", "ave", "concat", None),
            (False, True),
        )
    ],
    *[
        Row(
            f"ConvLSTM{rank}D",
            {
                "filters": 2,
                "kernel_size": 2,
                "padding": padding,
                "strides": strides,
                "dilation_rate": dilation,
                "data_format": layout,
                **ALL,
            },
            FILMS[rank] if layout == "channels_last" else np.moveaxis(FILMS[rank], -1, 2),
            wide=True,
        )
        for rank, padding, (strides, dilation), layout in product(
            (1, 2, 3), ("valid", "same"), ((1, 1), (2, 1), (1, 2)), ("channels_last", "channels_first")
        )
    ],
]

# Where a mask or states are given, the batch has their number of rows.
ROWS = [replace(row, unknown=()) if row.call else row for row in ALL_ROWS]
