"""Training on eight devices gives what one device gives: losses, metrics and weights."""

from collections.abc import Callable
from typing import Any

import jax
import numpy as np
import pytest

from cornu import distribution
from tests.distribution.networks import MODELS, trained


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
        each = len(model.optimizer.variables[2:]) // len(model.trainable_weights)
        assert len(slots) == each * len([v for v in split if v.trainable])
