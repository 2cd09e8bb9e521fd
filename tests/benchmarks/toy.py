"""Every workload at toy size by one contestant, in one process: `python -m tests.benchmarks.toy JOB`.

The tests run it, here or under the interpreter of the peers.
"""

import importlib
import json
import sys
from typing import Any

from benchmarks import data
from benchmarks.contestants import CONTESTANTS
from benchmarks.worker import MARK
from benchmarks.workloads import WORKLOADS, Workload, small

#: One row for each network, loss and optimizer; the others differ from these in size or feed only.
ROWS = (
    "linear", "banknotes", "imdb", "mnist", "autoencoder", "search", "deep", "mnist-cnn", "cifar-cnn",
    "resnet", "lstm", "gru", "cnn-1d", "transformer", "gpt",
)  # fmt: skip
#: Of these, some for `torch.compile`, which takes long and runs the networks of `torch`.
COMPILED = ("banknotes", "lstm", "gpt")
EPOCHS = {"search": 5, "resnet": 5}


def work_of(name: str) -> Workload:
    """The workload at toy size, long enough to learn something."""
    return small(WORKLOADS[name])._replace(epochs=EPOCHS.get(name, 20))


def results(contestant: str, names: Any = ROWS, seeds: int = 3) -> dict[str, dict[str, Any]]:
    """For each workload that the contestant can do: its final losses, and how many weights it has."""
    one = CONTESTANTS[contestant]
    settings = json.loads(one.job())
    sys.modules.update(dict.fromkeys(settings["hide"]))
    module = importlib.import_module(f"benchmarks.{one.worker}")
    library = [importlib.import_module(one.library)] if one.library else []
    found: dict[str, dict[str, Any]] = {}
    for name in names:
        work = work_of(name)
        if one.unable(work):
            continue
        rows = data.load(work)
        runs = [module.run(*library, work, rows, settings | {"seed": seed}) for seed in range(seeds)]
        found[name] = {"losses": [run["loss"] for run in runs], "weights": runs[0]["weights"]}
    return found


if __name__ == "__main__":
    print("\n" + MARK + json.dumps(results(*json.loads(sys.argv[1]))))
