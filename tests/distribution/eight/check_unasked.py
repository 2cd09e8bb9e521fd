"""Several accelerators are used unasked where that pays; here the virtual devices stand for them."""

from typing import Any

import jax
import numpy as np
import pytest

import cornu
from cornu import distribution, layers
from cornu.core import placement
from cornu.core.in_force import in_force
from cornu.distribution import costs
from cornu.training import unasked

RNG = np.random.default_rng(0)
X = RNG.normal(size=(64, 8)).astype("float32")
Y = RNG.integers(0, 2, 64)


@pytest.fixture(autouse=True)
def virtual(monkeypatch: pytest.MonkeyPatch) -> None:
    """Slow accelerators with quick links, so that they pay for the smallest network."""
    monkeypatch.setattr(unasked, "accelerators", jax.local_devices)
    quick = costs.Link(1e12, 1e-9)
    machine = costs.Machine("cpu", 1e6, 1e-9, quick, 8, quick)
    monkeypatch.setattr(costs, "MACHINES", (machine,))
    monkeypatch.setattr(in_force, "said", False)


def network(**compiling: Any) -> Any:
    cornu.utils.set_random_seed(1)
    model = cornu.Sequential(
        [layers.Input((8,)), layers.Dense(16, "relu"), layers.Dropout(0.2), layers.Dense(2, "softmax")]
    )
    model.compile("adam", "sparse_categorical_crossentropy", metrics=["accuracy"], **compiling)
    return model


def fitted(model: Any, verbose: int = 0, **arguments: Any) -> Any:
    given = {"batch_size": 16, "epochs": 2, "validation_split": 0.25, **arguments}
    return model.fit(X, Y, verbose=verbose, **given).history


def test_the_result_is_that_of_one_device_and_one_line_says_so(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    many = network()
    history = fitted(many, verbose=2)
    out = capsys.readouterr().out
    assert "Training on 8 devices (cpu:0 to cpu:7), each with 2 rows of a batch" in out
    assert "set_distribution(None) keeps to one" in out
    assert "times as fast" in many.explain_fit()
    assert "On 8 devices (DataParallel) a step took" in many.explain_fit()
    monkeypatch.setenv("CORNU_DISTRIBUTE", "0")
    one = network()
    alone = fitted(one, verbose=2)
    assert "devices" not in capsys.readouterr().out + one.explain_fit()
    for key, values in alone.items():
        np.testing.assert_allclose(history[key], values, rtol=2e-6, atol=1e-6)
    for found, expected in zip(many.get_weights(), one.get_weights(), strict=True):
        np.testing.assert_allclose(found, expected, atol=2e-6)


def test_after_fit_the_variables_are_where_they_were() -> None:
    model = network()
    fitted(model)
    assert placement.current() is None
    assert {len(v.value.devices()) for v in [*model.variables, *model.optimizer.variables]} == {1}
    programs = len(model._loops)
    fitted(model)
    assert len(model._loops) == programs
    assert model.predict(X, verbose=0).shape == (64, 2)


def test_verbose_0_is_silent_and_explain_fit_tells(capsys: pytest.CaptureFixture[str]) -> None:
    model = network()
    fitted(model, epochs=1)
    assert capsys.readouterr().out == ""
    assert "Training on 8 devices" in model.explain_fit()


class Own(cornu.Sequential):
    def train_step(self, data: Any) -> Any:
        return super().train_step(data)


def test_one_device_is_kept_to_where_the_user_says_so_or_it_would_not_pay(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    source = type("Source", (), {"size": 16, "example": cornu.training.data.Data(X, Y)})
    model = network()
    fitted(model, epochs=1)
    assert unasked.choice(model, source) is not None
    own = Own(network().layers)
    own.compile("sgd", "sparse_categorical_crossentropy")
    assert unasked.choice(own, source) is None
    source.size = 12  # which 8 devices do not divide
    assert unasked.choice(model, source) is None
    source.size = 16
    with distribution.DataParallel(devices=["cpu:0"]).scope():
        assert unasked.choice(model, source) is None
    with monkeypatch.context() as patch:
        patch.setattr(costs, "MACHINES", ())  # a small GPU takes longer to sum than to compute this
        assert unasked.choice(model, source) is None
    distribution.set_distribution(None)
    assert unasked.choice(model, source) is None


def test_an_error_in_fit_brings_the_variables_back() -> None:
    class Stop(cornu.callbacks.Callback):
        def on_epoch_end(self, epoch: int, logs: Any = None) -> None:
            raise RuntimeError("enough")

    model = network()
    with pytest.raises(RuntimeError, match="enough"):
        fitted(model, callbacks=[Stop()])
    assert placement.current() is None
    assert {len(v.value.devices()) for v in model.variables} == {1}
