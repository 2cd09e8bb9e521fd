"""The networks that many devices, and many processes, must train as one device does."""

from typing import Any

import numpy as np

import cornu
from cornu import layers

ROWS = 77  # 4 batches of 16 and one of 13


def mlp() -> Any:
    return cornu.Sequential(
        [layers.Input((8,)), layers.Dense(64, "relu"), layers.Dropout(0.3), layers.Dense(4, "softmax")]
    )


def cnn() -> Any:
    return cornu.Sequential(
        [
            layers.Input((8, 8, 2)),
            layers.Conv2D(16, 3, padding="same", use_bias=False),
            layers.BatchNormalization(),
            layers.ReLU(),
            layers.MaxPooling2D(),
            layers.Conv2D(32, 3, use_bias=False),  # BatchNormalization takes it away again
            layers.BatchNormalization(),
            layers.GlobalAveragePooling2D(),
            layers.Dense(4, "softmax"),
        ]
    )


def lstm() -> Any:
    return cornu.Sequential(
        [
            layers.Input((6,), dtype="int32"),
            layers.Embedding(20, 16, mask_zero=True),
            layers.LSTM(32),
            layers.Dense(4, "softmax"),
        ]
    )


def transformer() -> Any:
    tokens = cornu.Input((6,), dtype="int32")
    x = layers.Embedding(20, 16, mask_zero=True)(tokens)
    attended = layers.MultiHeadAttention(2, 8, use_bias=False)(x, x)  # softmax takes that of keys away
    x = layers.LayerNormalization()(x + attended)
    hidden = layers.Dense(64, "gelu")(x)
    x = layers.LayerNormalization()(x + layers.Dense(16)(hidden))
    return cornu.Model(tokens, layers.Dense(4, "softmax")(layers.GlobalAveragePooling1D()(x)))


MODELS = {"mlp": mlp, "cnn": cnn, "lstm": lstm, "transformer": transformer}


def rows_for(name: str) -> dict[str, Any]:
    rng = np.random.default_rng(0)
    if name == "mlp":
        x = rng.normal(size=(ROWS, 8)).astype("float32")
    elif name == "cnn":
        x = rng.normal(size=(ROWS, 8, 8, 2)).astype("float32")
    else:
        x = rng.integers(1, 20, (ROWS, 6))
        x[np.arange(ROWS) % 3 == 0, 4:] = 0  # shorter sentences
    weight = rng.uniform(0.5, 2, ROWS).astype("float32")
    return {"x": x, "y": rng.integers(0, 4, ROWS), "sample_weight": weight}


def optimizer_for(name: str) -> Any:
    """Adam, which also divides what is nothing but rounding by its size; so another one where the
    gradients of some weights are that small."""
    return cornu.optimizers.SGD(0.01, momentum=0.9) if name == "cnn" else cornu.optimizers.Adam()


def trained(name: str) -> tuple[Any, Any, Any]:
    """Four epochs of five steps, with validation; gives logs, weights, predictions."""
    cornu.utils.set_random_seed(3)
    model = MODELS[name]()
    data = rows_for(name)
    model.compile(optimizer_for(name), "sparse_categorical_crossentropy", metrics=["accuracy"])
    held = data["x"][:21], data["y"][:21]
    history = model.fit(**data, batch_size=16, epochs=4, verbose=0, validation_data=held).history
    return history, model, model.predict(data["x"], batch_size=16, verbose=0)
