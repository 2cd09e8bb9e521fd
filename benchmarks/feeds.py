"""How the rows of a workload are given to `fit`: as arrays, or batch by batch."""

import math
from collections.abc import Iterator
from typing import Any

from benchmarks import data
from benchmarks.workloads import Workload


def batches(work: Workload, rows: data.Data, seed: int = 0) -> Iterator[tuple[Any, Any]]:
    """Batches without end, of the rows in a new order each time through; the last may be smaller."""
    import numpy as np

    if work.feed == "DataLoader":
        loader = data_loader(work, rows)
        while True:
            yield from ((x.numpy(), y.numpy()) for x, y in loader)
    rng = np.random.default_rng(seed)
    while True:
        order = rng.permutation(len(rows.x))
        for at in range(0, len(order), work.batch):
            picked = order[at : at + work.batch]
            yield rows.x[picked], rows.y[picked]


def steps(work: Workload, rows: data.Data) -> int:
    """Batches of an epoch."""
    return math.ceil(len(rows.x) / work.batch)


def py_dataset(keras: Any, work: Workload, rows: data.Data) -> Any:
    """The rows as a PyDataset, whose batches are slices."""

    class Slices(keras.utils.PyDataset):
        def __len__(self) -> int:
            return steps(work, rows)

        def __getitem__(self, index: int) -> tuple[Any, Any]:
            part = slice(index * work.batch, (index + 1) * work.batch)
            return rows.x[part], rows.y[part]

    return Slices()


def data_loader(work: Workload, rows: data.Data) -> Any:
    """The rows as a DataLoader of PyTorch, shuffled anew in each epoch."""
    import torch
    from torch.utils.data import DataLoader, TensorDataset

    dataset = TensorDataset(torch.from_numpy(rows.x), torch.from_numpy(rows.y))
    return DataLoader(dataset, batch_size=work.batch, shuffle=True)


def arguments(keras: Any, work: Workload, rows: data.Data) -> dict[str, Any]:
    """What `fit` is given, by name."""
    if work.feed == "generator":
        return {"x": batches(work, rows), "steps_per_epoch": steps(work, rows)}
    if work.feed == "PyDataset":
        return {"x": py_dataset(keras, work, rows)}
    if work.feed == "DataLoader":
        return {"x": data_loader(work, rows)}
    return {"x": rows.x, "y": rows.y, "batch_size": work.batch}
