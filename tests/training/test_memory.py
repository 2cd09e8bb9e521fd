"""Memory stays flat, and nothing is compiled twice, however often one trains: counted in processes of
their own, which do nothing else."""

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest

import cornu

BEGIN = """
import gc, json, sys
import jax, numpy as np
import cornu

compiles = []
jax.monitoring.register_event_duration_secs_listener(
    lambda name, *_, **__: compiles.append(name) if name.endswith("backend_compile_duration") else None
)
x, y = np.ones((20, 4), "float32"), np.ones((20, 1), "float32")

def build():
    model = cornu.Sequential([cornu.layers.Dense(3, activation="relu"), cornu.layers.Dense(1)])
    model.compile("adam", "mse", metrics=["mae"])
    return model

def now():
    gc.collect()
    with open("/proc/self/statm") as file:
        resident = int(file.read().split()[1]) * 4096 / 2**20
    return {"arrays": len(jax.live_arrays()), "compiles": len(compiles), "MB": resident}

def measured(round, warm, rounds):
    for _ in range(warm):
        round()
    before = now()
    for _ in range(rounds):
        round()
    print(json.dumps([before, now()]))
"""
ROUNDS = {
    "build, fit, predict, delete": "lambda: build().fit(x, y, epochs=2, verbose=0)",
    "fit": "lambda model=build(): model.fit(x, y, batch_size=8, verbose=0)",
    "fit with validation and a callback": (
        "lambda model=build(): model.fit(x, y, batch_size=8, validation_data=(x, y), verbose=0, "
        "callbacks=[cornu.callbacks.LambdaCallback(on_train_batch_end=lambda batch, logs: None)])"
    ),
    "fit of a generator": (
        "lambda model=build(): model.fit(((x[:8], y[:8]) for _ in range(3)), verbose=0)"
    ),
    "evaluate": "lambda model=build(): model.evaluate(x, y, verbose=0)",
    "predict": "lambda model=build(): model.predict(x, verbose=0)",
    "predict_on_batch": "lambda model=build(): model.predict_on_batch(x)",
    "train_on_batch": "lambda model=build(): model.train_on_batch(x, y)",
    "test_on_batch": "lambda model=build(): model.test_on_batch(x, y)",
    "save and load": (
        "lambda model=build(): (model.fit(x, y, verbose=0), model.save(sys.argv[1]), "
        "cornu.models.load_model(sys.argv[1]))"
    ),
}


def run(name, warm, rounds, folder):
    code = f"{BEGIN}\nmeasured({ROUNDS[name]}, {warm}, {rounds})"
    command = [sys.executable, "-c", code, str(folder / "model.keras")]
    place = {**os.environ, "PYTHONPATH": str(Path(cornu.__file__).parents[1])}
    done = subprocess.run(command, capture_output=True, text=True, env=place, check=False)
    assert done.returncode == 0, done.stderr
    return json.loads(done.stdout)


@pytest.mark.skipif(not Path("/proc/self/statm").exists(), reason="memory is read from /proc")
@pytest.mark.timeout(3000)
@pytest.mark.parametrize(
    ("name", "warm", "rounds"),
    [
        ("fit", 5, 100),
        *(
            pytest.param(name, warm, rounds, marks=pytest.mark.wide)
            for name, warm, rounds in (
                ("build, fit, predict, delete", 20, 200),
                ("fit", 500, 10_000),
                ("fit with validation and a callback", 500, 2000),
                ("fit of a generator", 200, 2000),
                ("evaluate", 500, 5000),
                ("predict", 500, 10_000),
                ("predict_on_batch", 500, 5000),
                ("train_on_batch", 500, 10_000),
                ("test_on_batch", 500, 5000),
                ("save and load", 20, 200),
            )
        ),
    ],
)
def test_memory_stays_flat(name, warm, rounds, tmp_path):
    before, after = run(name, warm, rounds, tmp_path)
    assert after["arrays"] <= before["arrays"]
    if "delete" not in name and "load" not in name:
        assert after["compiles"] == before["compiles"]
    assert after["MB"] < before["MB"] + 20
