"""The ways through a fit give the same: one program per epoch, step by step, uncompiled."""

import gc
import os
import subprocess
import sys
from pathlib import Path

import jax
import jax.numpy as jnp
import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

import cornu
from cornu import layers

SOURCE = Path(__file__).resolve().parents[2] / "src"
RNG = np.random.default_rng(3)
X = RNG.normal(size=(50, 4)).astype("float32")
Y = (X.sum(axis=1) > 0).astype("float32")


class Watcher(cornu.callbacks.Callback):
    """Looks at each batch, so that each is a call of its own."""

    def on_train_batch_end(self, batch, logs=None):
        pass


def squared(y_true, y_pred):
    """A loss of the user's: nobody knows whether rows with weight zero count."""
    return jnp.mean((y_true - y_pred) ** 2, axis=-1)


def network(seed=1, units=1, dropout=0.2, **compiling):
    cornu.utils.set_random_seed(seed)
    model = cornu.Sequential(
        [
            layers.Dense(5, activation="relu", input_shape=(4,)),
            layers.Dropout(dropout),
            layers.Dense(units, activation="sigmoid"),
        ]
    )
    compiling.setdefault("loss", "binary_crossentropy")
    model.compile(compiling.pop("optimizer", "adam"), metrics=["accuracy"], **compiling)
    return model


def trained(model, **arguments):
    history = model.fit(X, Y, verbose=0, **{"epochs": 3, "batch_size": 16, **arguments})
    return history.history, model.get_weights()


def assert_equal(first, second, atol=1e-6):
    for name, values in first[0].items():
        np.testing.assert_allclose(values, second[0][name], atol=atol, rtol=1e-5, err_msg=name)
    for a, b in zip(first[1], second[1], strict=True):
        np.testing.assert_allclose(a, b, atol=atol, rtol=0)


@pytest.fixture
def compiles(monkeypatch):
    """Counts the programs that are compiled or fetched from the cache of compiled programs."""
    monkeypatch.setenv("CORNU_CACHE_DIR", "off")  # else programs come from earlier tests, uncompiled
    counted = []

    def listen(event, duration, **kwargs):
        if event == "/jax/core/compile/backend_compile_duration":
            counted.append(kwargs.get("fun_name"))

    jax.monitoring.register_event_duration_secs_listener(listen)
    yield counted
    jax.monitoring.unregister_event_duration_listener(listen)


@pytest.mark.parametrize("batch_size", [16, 25, 7, 50, 64])
@pytest.mark.parametrize("loss", ["binary_crossentropy", squared])
def test_an_epoch_in_one_program_is_the_same_as_step_by_step(loss, batch_size):
    whole = trained(network(loss=loss), batch_size=batch_size)
    watched = trained(network(loss=loss), batch_size=batch_size, callbacks=[Watcher()])
    assert_equal(whole, watched)


@pytest.mark.parametrize("batch_size", [16, 25])
@pytest.mark.parametrize("loss", ["binary_crossentropy", squared])
def test_uncompiled_is_the_same_as_compiled(loss, batch_size):
    whole = trained(network(loss=loss), batch_size=batch_size, epochs=2)
    eager = trained(network(loss=loss, run_eagerly=True), batch_size=batch_size, epochs=2)
    assert_equal(whole, eager)


def test_jit_compile_false_runs_uncompiled():
    seen = []

    def loss(y_true, y_pred):
        seen.append(isinstance(y_pred, jax.core.Tracer) and "jit" in str(y_pred))
        return jnp.mean((y_true - y_pred) ** 2)

    model = network(loss=loss, jit_compile=False)
    model.fit(X, Y, batch_size=25, epochs=2, verbose=0)
    assert model.run_eagerly
    assert len(seen) == 4  # once per step, not once per trace


def test_numbers_can_be_looked_at_while_running_eagerly():
    seen = []

    class Peek(layers.Layer):
        def call(self, inputs):
            return inputs

    class Model(cornu.Model):
        def __init__(self):
            super().__init__()
            self.dense = layers.Dense(1)

        def call(self, inputs):
            return self.dense(inputs)

        def test_step(self, data):
            x, y, _ = cornu.training.data.unpack_x_y_sample_weight(data)
            seen.append(float(jnp.sum(self(x))))
            return {"loss": jnp.mean((self(x)[:, 0] - y) ** 2)}

    model = Model()
    model.compile("sgd", "mse", run_eagerly=True)
    model.evaluate(X, Y, batch_size=25, verbose=0)
    np.testing.assert_allclose(sum(seen), model.predict(X, verbose=0).sum(), rtol=1e-4)


@pytest.mark.parametrize("loss", ["binary_crossentropy", squared])
def test_the_last_short_batch_is_masked_only_where_rows_are_independent(loss, compiles):
    network(loss=loss).fit(X, Y, batch_size=16, verbose=0)
    expected = ["jit(_run_many)"] if loss != squared else ["jit(_run_many)", "jit(_run_one)"]
    assert [name for name in compiles if "_run_" in name] == expected


@settings(max_examples=12, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(
    rows=st.integers(1, 40),
    size=st.integers(1, 20),
    weighted=st.booleans(),
    regression=st.booleans(),
)
def test_a_masked_batch_is_the_same_as_a_smaller_one(rows, size, weighted, regression):
    """Law: training on `rows` rows in batches of `size` = one train_on_batch for each batch."""
    x, y = X[:rows], Y[:rows]
    weights = np.linspace(0.5, 2, rows).astype("float32") if weighted else None
    loss = "mse" if regression else "binary_crossentropy"
    whole, by_hand = (network(loss=loss, dropout=0.0, optimizer="sgd") for _ in range(2))
    arguments = {"batch_size": size, "shuffle": False, "verbose": 0, "sample_weight": weights}
    history = whole.fit(x, y, **arguments).history
    totals = dict.fromkeys(history, 0.0)
    for start in range(0, rows, size):
        part = slice(start, start + size)
        weight = None if weights is None else weights[part]
        logs = by_hand.train_on_batch(x[part], y[part], sample_weight=weight, return_dict=True)
        for name, value in logs.items():
            totals[name] += value * len(x[part])
    for name, total in totals.items():
        np.testing.assert_allclose(history[name][-1], total / rows, rtol=1e-5, atol=1e-6)
    assert_equal(({}, whole.get_weights()), ({}, by_hand.get_weights()))


@settings(max_examples=10, deadline=None)
@given(rows=st.integers(1, 50), size=st.integers(1, 60))
def test_evaluate_and_predict_do_not_depend_on_the_batch_size(rows, size):
    model = MODEL
    x, y = X[:rows], Y[:rows]
    expected = model.evaluate(x, y, batch_size=rows, verbose=0)
    found = model.evaluate(x, y, batch_size=size, verbose=0)
    np.testing.assert_allclose(found, expected, rtol=1e-5, atol=1e-6)
    outputs = model.predict(x, batch_size=size, verbose=0)
    np.testing.assert_allclose(outputs, np.asarray(model(x)), atol=1e-6)


MODEL = network()


# -- the same every time ---------------------------------------------------------------------------


def test_the_same_seed_gives_the_same_bits():
    first, second = trained(network(seed=4)), trained(network(seed=4))
    assert first[0] == second[0]
    for a, b in zip(first[1], second[1], strict=True):
        np.testing.assert_array_equal(a, b)
    other = trained(network(seed=5))
    assert other[0] != first[0]


PROGRAM = """
import numpy as np, cornu
from cornu import layers
cornu.utils.set_random_seed(4)
x = np.random.default_rng(3).normal(size=(50, 4)).astype("float32")
model = cornu.Sequential([layers.Dense(5, activation="relu", input_shape=(4,)), layers.Dropout(0.2),
                          layers.Dense(1)])
model.compile("adam", "mse")
model.fit(x, x[:, 0], batch_size=16, epochs=3, verbose=0)
print([w.tobytes().hex() for w in model.get_weights()])
"""


def run_python(program, **environment):
    path = os.pathsep.join([str(SOURCE), *filter(None, [os.environ.get("PYTHONPATH")])])
    return subprocess.run(
        [sys.executable, "-c", program],
        env={**os.environ, "PYTHONPATH": path, **environment},
        capture_output=True,
        text=True,
        timeout=120,
        check=True,
    ).stdout


def test_the_same_seed_gives_the_same_bits_in_another_process():
    first = run_python(PROGRAM)
    assert len(first) > 200
    assert run_python(PROGRAM, PYTHONHASHSEED="123") == first


# -- compiles, memory ------------------------------------------------------------------------------


def test_a_fit_of_many_epochs_compiles_each_program_once(compiles):
    model = network()
    compiles.clear()
    model.fit(X, Y, validation_data=(X, Y), batch_size=16, epochs=6, verbose=0)
    assert compiles.count("jit(_run_many)") == 2  # one to train, one to validate


def test_later_fits_and_evaluations_compile_nothing(compiles):
    model = network()
    model.fit(X, Y, batch_size=16, epochs=2, verbose=0, callbacks=[Watcher()])
    model.evaluate(X, Y, batch_size=16, verbose=0)
    compiles.clear()
    model.fit(X, Y, batch_size=16, epochs=3, verbose=0)
    model.fit(X, Y, batch_size=16, epochs=3, verbose=0, initial_epoch=1, callbacks=[Watcher()])
    model.evaluate(X, Y, batch_size=16, verbose=0)
    model.optimizer.learning_rate = 0.5
    model.set_weights(network().get_weights())
    compiles.clear()
    model.fit(X, Y, batch_size=16, verbose=0)
    assert compiles == []


def test_a_model_built_anew_finds_its_program(tmp_path):
    """The counters in names ('dense_7') are no part of a program; a loop over folds compiles once."""
    program = f"""
import jax
compiles = []
jax.monitoring.register_event_duration_secs_listener(
    lambda event, *_, **kw: compiles.append(event) if event.endswith("compile_duration") else None)
{PROGRAM.split("print")[0]}
before = len(compiles)
for fold in range(12):
    model = cornu.Sequential([layers.Dense(5, activation="relu", input_shape=(4,)), layers.Dropout(0.2),
                              layers.Dense(1)])
    model.compile("adam", "mse")
    model.fit(x, x[:, 0], batch_size=16, verbose=0)
print(before, len(compiles) - before)
"""
    before, after = map(int, run_python(program, CORNU_CACHE_DIR=str(tmp_path)).split())
    assert before > 0
    assert after == 0


def test_training_does_not_gather_arrays():
    model = network()
    model.fit(X, Y, batch_size=16, verbose=0)
    gc.collect()
    before = len(jax.live_arrays())
    model.fit(X, Y, batch_size=16, epochs=200, validation_data=(X, Y), verbose=0)
    gc.collect()
    assert len(jax.live_arrays()) <= before + 2


def test_models_that_are_gone_leave_no_arrays():
    def build_and_fit():
        model = network()
        model.fit(X, Y, batch_size=16, verbose=0)
        model.predict(X, verbose=0)
        del model
        gc.collect()
        return len(jax.live_arrays())

    build_and_fit()
    counts = [build_and_fit() for _ in range(5)]
    assert counts[-1] <= counts[0]


# -- what the user holds ---------------------------------------------------------------------------


def test_arrays_taken_out_before_training_stay_readable():
    model = network()
    kernel = model.layers[0].kernel
    array, weights, view = kernel.value, model.get_weights(), np.asarray(kernel.value)
    kept = np.array(array)
    model.fit(X, Y, batch_size=16, epochs=2, verbose=0)
    middle = kernel.value
    model.train_on_batch(X, Y)
    np.testing.assert_array_equal(array, kept)
    np.testing.assert_array_equal(view, kept)
    np.testing.assert_array_equal(weights[0], kept)
    assert np.isfinite(np.asarray(middle)).all()
    assert not np.array_equal(kernel.value, kept)


def test_an_array_that_was_assigned_stays_readable():
    model = network()
    mine = jnp.ones((4, 5))
    model.layers[0].kernel.assign(mine)
    model.fit(X, Y, batch_size=16, verbose=0)
    assert float(mine.sum()) == 20


def test_the_data_are_not_changed():
    model, x, y = network(), X.copy(), jnp.asarray(Y)
    model.fit(x, y, batch_size=16, verbose=0)
    np.testing.assert_array_equal(x, X)
    np.testing.assert_array_equal(y, Y)


@pytest.mark.parametrize("kind", ["lists", "tuple of rows", "float64", "jax", "pandas", "integers"])
def test_data_of_every_kind_train_alike(kind):
    import pandas as pd

    grid = np.round(X * 4)
    convert = {
        "lists": lambda a: a.tolist(),
        "tuple of rows": lambda a: tuple(map(tuple, a.tolist())) if a.ndim > 1 else tuple(a.tolist()),
        "float64": lambda a: a.astype("float64"),
        "jax": jnp.asarray,
        "pandas": lambda a: pd.DataFrame(a) if a.ndim > 1 else pd.Series(a, index=range(7, 57)),
        "integers": lambda a: a.astype("int64"),
    }[kind]
    expected = network()
    expected.fit(grid, Y, batch_size=16, verbose=0)
    found = network()
    found.fit(convert(grid), convert(Y), batch_size=16, verbose=0)
    assert_equal(({}, expected.get_weights()), ({}, found.get_weights()))


@pytest.mark.parametrize("shape", [(5,), (5, 3), (5, 4, 3)])
def test_targets_of_any_rank_in_a_short_last_batch(shape):
    rng = np.random.default_rng(0)
    x = rng.normal(size=(10, *shape)).astype("float32")
    model = cornu.Sequential([cornu.Input(shape), cornu.layers.Dense(shape[-1])])
    model.compile("sgd", "mse", metrics=["mae"])
    expected = (
        np.mean((model.predict(x, verbose=0) - x) ** 2),
        np.mean(np.abs(model.predict(x, verbose=0) - x)),
    )
    np.testing.assert_allclose(model.evaluate(x, x, batch_size=4, verbose=0), expected, rtol=1e-5)
    assert np.isfinite(model.fit(x, x, batch_size=4, verbose=0).history["loss"][0])


@pytest.mark.parametrize("rows", [1, 5, 40])
def test_predictions_may_be_written_to(rows):
    """As Keras's: programs set their own thresholds in them."""
    model = cornu.Sequential([cornu.Input((3,)), cornu.layers.Dense(2)])
    first = model.predict(np.ones((rows, 3)), verbose=0)
    first[first > 0] = 1
    second = model.predict_on_batch(np.ones((rows, 3)))
    second[:] = 0
    assert not np.array_equal(model.predict(np.ones((rows, 3)), verbose=0), second)
