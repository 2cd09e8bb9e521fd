"""Files of models and weights under each distribution: written on eight devices, read on one."""

from typing import Any

import jax
import numpy as np
import pytest

import cornu
from cornu import distribution, layers
from cornu.core import placement

RNG = np.random.default_rng(0)
X = RNG.normal(size=(32, 8)).astype("float32")
Y = RNG.integers(0, 4, 32)


def by_layout() -> Any:
    layout_map = distribution.LayoutMap(distribution.DeviceMesh((4, 2), ["batch", "model"]))
    layout_map[".*hidden/kernel"] = (None, "model")
    return distribution.ModelParallel(layout_map=layout_map).scope()


SCOPES = {
    "alone": lambda: placement.under(None),
    "data": lambda: distribution.DataParallel().scope(),
    "model": by_layout,
    "full": lambda: distribution.FullySharded(min_size=64).scope(),
}
# How many weights, and how many of what the optimizer remembers, no device has whole.
SPLIT = {"alone": (0, 0), "data": (0, 0), "model": (1, 2), "full": (7, 10)}


def network() -> Any:
    cornu.utils.set_random_seed(1)
    parts = [layers.Dense(64, "relu", name="hidden"), layers.BatchNormalization(name="norm")]
    parts = [*parts, layers.Dense(4, "softmax", name="out")]
    model = cornu.Sequential([layers.Input((8,)), *parts], name="net")
    model.compile("adam", "sparse_categorical_crossentropy", metrics=["accuracy"])
    return model


def trained() -> Any:
    model = network()
    model.fit(X, Y, batch_size=16, epochs=2, verbose=0)
    return model


def state(model: Any) -> list[Any]:
    return [*model.get_weights(), *(variable.numpy() for variable in model.optimizer.variables)]


def same(found: list[Any], wanted: list[Any], tolerance: float = 0.0) -> None:
    for mine, theirs in zip(found, wanted, strict=True):
        np.testing.assert_allclose(mine, theirs, rtol=0, atol=tolerance)


def lies_as(model: Any, kind: str, optimizer: bool) -> None:
    """The variables lie as the distribution says."""
    slots = model.optimizer.variables if optimizer else []
    many = 1 if kind == "alone" else 8
    assert {len(v.value.devices()) for v in (*model.weights, *slots)} == {many}
    found = [
        sum(not variable.value.sharding.is_fully_replicated for variable in variables)
        for variables in (model.weights, slots)
    ]
    assert found == [SPLIT[kind][0], SPLIT[kind][1] if optimizer else 0]


@pytest.fixture(scope="module")
def models() -> dict[str, Any]:
    """What is learnt on eight devices, by distribution."""
    found = {}
    for kind, scope in SCOPES.items():
        with scope():
            found[kind] = trained()
            lies_as(found[kind], kind, True)
    return found


WHOLE = {"keras": "a.keras", "folder": "a_folder", "h5": "a.h5"}
WEIGHTS = {
    "weights": "a.weights.h5",
    "shards": "a.weights.json",
    "safetensors": "a.safetensors",
    "old": "b.h5",
}


@pytest.mark.parametrize("kind", SCOPES)
def test_a_model_saved_under_one_distribution_is_loaded_under_each(
    kind: str, models: dict[str, Any], tmp_path: Any
) -> None:
    with SCOPES[kind]():
        for form, name in WHOLE.items():
            models[kind].save(tmp_path / name, **({"zipped": False} if form == "folder" else {}))
    for now in ("alone", kind if kind != "alone" else "full"):
        for name in WHOLE.values():
            with SCOPES[now]():
                again = cornu.models.load_model(tmp_path / name)
                same(state(again), state(models[kind]))
                lies_as(again, now, True)


@pytest.mark.parametrize("kind", SCOPES)
def test_weights_saved_under_one_distribution_are_loaded_under_another(
    kind: str, models: dict[str, Any], tmp_path: Any
) -> None:
    size = {"max_shard_size": 3e-6}
    with SCOPES[kind]():
        for form, name in WEIGHTS.items():
            models[kind].save_weights(tmp_path / name, **(size if form == "shards" else {}))
    others = [each for each in SCOPES if each != kind] if kind == "full" else ["full"]
    for now in ("alone" if kind == "alone" else kind, *others):
        with SCOPES[now]():
            new = network()
            for name in WEIGHTS.values():
                new.set_weights([np.zeros(v.shape, v.dtype) for v in new.weights])
                new.load_weights(tmp_path / name)
                same(new.get_weights(), models[kind].get_weights())
                lies_as(new, now, False)


def test_a_loaded_model_learns_on_as_the_one_that_was_saved(
    models: dict[str, Any], tmp_path: Any
) -> None:
    models["full"].save(tmp_path / "a.keras")
    wanted: Any = None
    for kind in ("full", "alone", "model"):
        with SCOPES[kind]():
            again = cornu.models.load_model(tmp_path / "a.keras")
            again.fit(X, Y, batch_size=16, epochs=1, shuffle=False, verbose=0)
        wanted = wanted or state(again)
        same(state(again), wanted, 2e-6)


@pytest.mark.parametrize("kind", ["data", "model", "full"])
def test_weights_are_read_and_written_where_they_lie(kind: str, models: dict[str, Any]) -> None:
    with SCOPES[kind]():
        model = models[kind]
        weights = model.get_weights()
        copy = cornu.models.clone_model(model)
        copy.compile("adam", "sparse_categorical_crossentropy")
        copy.set_weights(weights)
        same(copy.get_weights(), weights)
        np.testing.assert_allclose(
            copy.predict(X, verbose=0), model.predict(X, verbose=0), rtol=0, atol=1e-6
        )
        model.set_weights([2 * weight for weight in weights])
        lies_as(model, kind, True)
        same(model.get_weights(), [2 * weight for weight in weights])
        model.set_weights(weights)
        again = cornu.models.model_from_json(model.to_json())
        again.set_weights(weights)
        tree = model.get_state_tree()
        model.set_state_tree(tree)
        lies_as(model, kind, True)
        same(model.get_weights(), weights)


def test_a_file_that_does_not_fit_changes_nothing(models: dict[str, Any], tmp_path: Any) -> None:
    with SCOPES["full"]():
        models["full"].save_weights(tmp_path / "a.weights.h5")
        other = cornu.Sequential([layers.Input((8,)), layers.Dense(72, name="hidden")], name="net")
        other.compile("sgd", "mse")
        other.fit(X, np.zeros((32, 72)), batch_size=16, verbose=0)
        before = other.get_weights()
        with pytest.raises(ValueError, match="the model is unchanged"):
            other.load_weights(tmp_path / "a.weights.h5")
        same(other.get_weights(), before)


def test_there_are_eight_devices() -> None:
    assert jax.device_count() == 8
