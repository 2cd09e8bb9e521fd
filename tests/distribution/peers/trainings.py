"""Trainings that are made by one process, and by several that must learn the same."""

from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np

import cornu
from cornu import layers
from cornu.core.in_force import in_force
from tests.distribution import networks

ROWS, SIZE = 77, 16  # 4 batches of 16 and one of 13
RNG = np.random.default_rng(0)
X = RNG.normal(size=(ROWS, 8)).astype("float32")
Y = RNG.integers(0, 4, ROWS).astype("int32")
WEIGHT = RNG.uniform(0.5, 2, ROWS).astype("float32")
Results = dict[str, Any]


def mlp() -> Any:
    cornu.utils.set_random_seed(3)
    model = cornu.Sequential(
        [layers.Input((8,)), layers.Dense(16, "relu"), layers.Dropout(0.3), layers.Dense(4, "softmax")]
    )
    model.compile("adam", "sparse_categorical_crossentropy", metrics=["accuracy"])
    return model


def normalized() -> Any:
    cornu.utils.set_random_seed(3)
    inner = [layers.Dense(16, use_bias=False), layers.BatchNormalization(), layers.ReLU()]
    model = cornu.Sequential([layers.Input((8,)), *inner, layers.Dense(4, "softmax")])
    model.compile("adam", "sparse_categorical_crossentropy", metrics=["accuracy"])
    return model


def results(model: Any, history: Any, **more: Any) -> Results:
    """What is compared, by name."""
    weights = {f"weight {i}": weight for i, weight in enumerate(model.get_weights())}
    return {**{key: np.array(values) for key, values in history.history.items()}, **weights, **more}


def from_arrays(model: Any, folder: Path, **more: Any) -> Results:
    history = model.fit(
        X, Y, batch_size=SIZE, epochs=4, verbose=0, validation_data=(X[:21], Y[:21]), **more
    )
    tested = np.array(model.evaluate(X, Y, batch_size=SIZE, verbose=0))
    predicted = model.predict(X, batch_size=SIZE, verbose=0)
    return results(model, history, tested=tested, predicted=predicted)


def weighted(folder: Path) -> Results:
    return from_arrays(mlp(), folder, sample_weight=WEIGHT)


def batch_statistics(folder: Path) -> Results:
    return from_arrays(normalized(), folder)


def memmap(folder: Path) -> Results:
    """In one process the arrays themselves, which are small."""
    path = folder / f"x{in_force.process}.npy"
    np.save(path, X)
    x = np.load(path, mmap_mode="r")
    model = normalized()
    history = model.fit(x, Y, batch_size=SIZE, epochs=2, verbose=0, validation_data=(x, Y))
    return results(model, history)


class Numbered(cornu.utils.PyDataset):
    def __len__(self) -> int:
        return -(-ROWS // SIZE)

    def __getitem__(self, index: int) -> Any:
        part = slice(index * SIZE, (index + 1) * SIZE)
        return X[part], Y[part], WEIGHT[part]


def numbered(folder: Path) -> Results:
    model = mlp()
    history = model.fit(Numbered(), epochs=2, verbose=0)
    tested = np.array(model.evaluate(Numbered(), verbose=0))
    return results(model, history, tested=tested)


def generator(folder: Path) -> Results:
    model = normalized()
    batches = (Numbered()[i % 4] for i in range(8))
    return results(model, model.fit(batches, steps_per_epoch=4, epochs=2, verbose=0))


def own_part(array: Any) -> Any:
    """Of each batch the rows of this process."""
    shape = -1, in_force.processes, SIZE // in_force.processes, *array.shape[1:]
    return np.concatenate(array[: 4 * SIZE].reshape(shape)[:, in_force.process])


def own_generator(folder: Path) -> Results:
    model, size = mlp(), SIZE // in_force.processes
    parts = [own_part(array).reshape(4, size, *array.shape[1:]) for array in (X, Y, WEIGHT)]
    batches = (tuple(part[i % 4] for part in parts) for i in range(8))
    return results(model, model.fit(batches, steps_per_epoch=4, epochs=2, verbose=0))


def own_arrays(folder: Path) -> Results:
    model = mlp()
    parts = {"x": own_part(X), "y": own_part(Y), "sample_weight": own_part(WEIGHT)}
    history = model.fit(**parts, batch_size=SIZE, epochs=2, shuffle=False, verbose=0)
    tested = np.array(model.evaluate(**parts, batch_size=SIZE, verbose=0))
    predicted = model.predict(own_part(X), batch_size=SIZE, verbose=0)
    assert predicted.shape == (len(parts["x"]), 4)
    return results(model, history, tested=tested)


def of_network(name: str) -> Results:
    history, model, predicted = networks.trained(name)
    weights = {f"weight {i}": weight for i, weight in enumerate(model.get_weights())}
    return {**{key: np.array(v) for key, v in history.items()}, **weights, "predicted": predicted}


TOGETHER: tuple[Callable[[Path], Results], ...]
TOGETHER = (weighted, batch_statistics, memmap, numbered, generator)
SPLIT = (weighted, batch_statistics, memmap)
EACH_ITS_OWN = (own_generator, own_arrays)
