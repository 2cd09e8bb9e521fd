"""Training on eight devices gives what one device gives: losses, metrics and weights."""

from collections.abc import Callable
from typing import Any

import jax
import numpy as np
import pytest

import cornu
from cornu import distribution, layers

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


def by_layout(name: str, mesh: Any) -> Any:
    """Kernels split by their columns, as in a tensor-parallel network."""
    layout_map = distribution.LayoutMap(mesh)
    layout_map[".*(dense|lstm_cell).*/(recurrent_)?kernel"] = (None, "model")
    if name == "cnn":
        layout_map[".*conv2d.*kernel"] = (None, None, None, "model")
    if name in ("lstm", "transformer"):
        layout_map[".*embeddings"] = (None, "model")
    return distribution.ModelParallel(layout_map=layout_map, batch_dim_name="batch")


def strategies(name: str) -> dict[str, Callable[[], Any]]:
    grid = distribution.DeviceMesh((4, 2), ["batch", "model"])
    return {
        "data": distribution.DataParallel,
        "model": lambda: by_layout(name, grid),
        "sharded": lambda: distribution.FullySharded(min_size=64),
    }


def trained(name: str, optimizer: Any = "adam") -> tuple[Any, Any, Any]:
    """Four epochs of five steps, with validation; gives logs, weights, predictions."""
    cornu.utils.set_random_seed(3)
    model = MODELS[name]()
    data = rows_for(name)
    if name == "cnn":
        del data["sample_weight"]
    model.compile(optimizer, "sparse_categorical_crossentropy", metrics=["accuracy"])
    held = data["x"][:21], data["y"][:21]
    history = model.fit(**data, batch_size=16, epochs=4, verbose=0, validation_data=held).history
    return history, model, model.predict(data["x"], batch_size=16, verbose=0)


alone: dict[str, Any] = {}


def test_there_are_eight_devices() -> None:
    assert jax.device_count() == 8


@pytest.mark.parametrize("kind", ["data", "model", "sharded"])
@pytest.mark.parametrize("name", MODELS)
def test_eight_devices_learn_what_one_learns(name: str, kind: str) -> None:
    if name not in alone:
        history, model, predicted = trained(name)
        alone[name] = history, model.get_weights(), predicted
    wanted, weights, predictions = alone[name]
    with strategies(name)[kind]().scope():
        history, model, predicted = trained(name)
    assert history.keys() == wanted.keys()
    for key, values in wanted.items():
        np.testing.assert_allclose(history[key], values, rtol=1e-6, atol=1e-9, err_msg=key)
    for variable, found, expected in zip(model.weights, model.get_weights(), weights, strict=True):
        assert len(variable.value.devices()) == 8
        error = np.linalg.norm(found - expected) / max(np.linalg.norm(expected), 1)
        assert error < 1e-6, variable.path
    np.testing.assert_allclose(predicted, predictions, atol=1e-6)
    if kind != "data":
        split = [v for v in model.weights if not v.value.sharding.is_fully_replicated]
        assert len(split) >= 2
        slots = [v for v in model.optimizer.variables if not v.value.sharding.is_fully_replicated]
        assert len(slots) == 2 * len([v for v in split if v.trainable])
