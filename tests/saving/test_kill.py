"""Processes that are killed while they save: what was there before, or the new file, loads."""

import os
import random
import subprocess
import sys
import time
from pathlib import Path

import pytest

import cornu

WRITER = """
import itertools, sys
from tests.saving.test_kill import make, save
model = make()
for number in itertools.count(int(sys.argv[3])):
    model.layers[0].bias.assign([number] * 2)
    model.layers[-1].bias.assign([number])
    save(model, sys.argv[1], sys.argv[2])
    print(number, flush=True)
"""
PATHS = {
    "keras": "a.keras",
    "folder": "a",
    "h5": "a.weights.h5",
    "shards": "a.weights.json",
    "safetensors": "a.safetensors",
    "old": "a.h5",
    "old weights": "b.h5",
}
WHOLE = ("keras", "folder", "old")


def make():
    cornu.utils.clear_session(free_memory=False)
    sizes = enumerate((2, 300, 300, 300, 1))
    layers = [cornu.layers.Dense(size, name=f"dense_{number}") for number, size in sizes]
    return cornu.Sequential([cornu.Input((2,)), *layers])


def save(model, kind, folder):
    path = f"{folder}/{PATHS[kind]}"
    if kind in WHOLE:
        model.save(path, zipped=kind != "folder")
    else:
        model.save_weights(path, max_shard_size=4e-4 if kind == "shards" else None)


def number_in(kind, folder, model):
    if kind in WHOLE:
        model = cornu.models.load_model(folder / PATHS[kind])
    else:
        model.load_weights(folder / PATHS[kind])
    first, last = (int(model.layers[n].bias[0]) for n in (0, -1))
    assert first == last
    return first


@pytest.mark.wide
@pytest.mark.timeout(1800)
@pytest.mark.parametrize("kind", PATHS)
def test_25_kills(kind, tmp_path):
    """Of all kinds 175; each process goes on with the folder as the one before left it."""
    model, dice, begun = make(), random.Random(PATHS[kind]), 1
    paths = (Path(cornu.__file__).parents[1], Path(__file__).parents[2])
    environment = {**os.environ, "PYTHONPATH": os.pathsep.join(map(str, paths))}
    for _ in range(25):
        command = [sys.executable, "-c", WRITER, kind, str(tmp_path), str(begun)]
        with subprocess.Popen(command, stdout=subprocess.PIPE, env=environment) as child:
            child.stdout.readline()
            time.sleep(dice.uniform(0, 0.06))
            child.kill()
            finished = [begun, *map(int, child.stdout.read().split())][-1]
        assert number_in(kind, tmp_path, model) in (finished, finished + 1)
        begun = finished + 2
        assert len(list(tmp_path.glob(".*.tmp"))) <= 4  # of the last one alone: at most its shards
