"""What a process of the tests does: `python -m tests.distribution.peers.worker TASK FOLDER`."""

import os
import signal
import sys
from pathlib import Path
from typing import Any

import numpy as np

import cornu
from cornu import distribution
from cornu.core.in_force import in_force
from tests.distribution import networks
from tests.distribution.peers import trainings
from tests.distribution.peers.trainings import SIZE, WEIGHT, X, Y


def equal(folder: Path) -> None:
    """All trainings; what came of them goes into a file by process."""
    own = distribution.DataParallel(auto_shard_dataset=False)
    for how, kinds in ((distribution.DataParallel(), trainings.TOGETHER), (own, trainings.EACH_ITS_OWN)):
        distribution.set_distribution(how)
        for train in kinds:
            np.savez(folder / f"{train.__name__}-{in_force.process}.npz", **train(folder))


def by_columns() -> Any:
    """Kernels split by their columns over the processes, and each batch whole on all of them."""
    mesh = distribution.DeviceMesh((1, in_force.processes), ["batch", "model"])
    layout_map = distribution.LayoutMap(mesh)
    layout_map[".*/kernel"] = (None, "model")
    return distribution.ModelParallel(layout_map=layout_map)


def split(folder: Path) -> None:
    """Trainings whose weights no process has as a whole."""
    fully = distribution.FullySharded(min_size=16)
    for kind, how in (("fully", fully), ("columns", by_columns())):
        distribution.set_distribution(how)
        for train in trainings.SPLIT:
            found = train(folder)
            np.savez(folder / f"{kind}-{train.__name__}-{in_force.process}.npz", **found)
    saved(folder, fully)


def several(folder: Path) -> None:
    """The networks of the checks on eight devices."""
    for kind, how in (
        ("data", distribution.DataParallel()),
        ("fully", distribution.FullySharded(min_size=64)),
    ):
        distribution.set_distribution(how)
        for name in networks.MODELS:
            found = trainings.of_network(name)
            np.savez(folder / f"{kind}-{name}-{in_force.process}.npz", **found)


def saved(folder: Path, how: Any = None) -> None:
    """All save, one writes; all load."""
    distribution.set_distribution(how or distribution.DataParallel())
    model = trainings.mlp()
    log, path = cornu.callbacks.CSVLogger(folder / "log.csv"), folder / "model.keras"
    kept = cornu.callbacks.ModelCheckpoint(folder / "{epoch}.weights.h5", save_weights_only=True)
    model.fit(X, Y, batch_size=SIZE, epochs=2, verbose=2, callbacks=[log, kept])
    model.save(path)
    loaded = cornu.models.load_model(path)
    np.testing.assert_array_equal(loaded.predict(X, verbose=0), model.predict(X, verbose=0))
    try:
        model.save(folder / "missing" / "model.keras")
    except OSError as error:
        said(folder, "disk", error)


def bad(folder: Path) -> None:
    """Each bad input, one after another: what is said of it goes into a file by process."""
    mine, rows = in_force.process, trainings.ROWS - in_force.process
    with_own = distribution.DataParallel(auto_shard_dataset=False)
    distribution.set_distribution(distribution.DataParallel())
    model = trainings.mlp()
    calls: dict[str, Any] = {
        "rows": lambda: model.fit(X[:rows], Y[:rows], batch_size=SIZE, verbose=0),
        "epochs": lambda: model.fit(X, Y, batch_size=SIZE, epochs=1 + mine, verbose=0),
        "place": lambda: (model.evaluate if mine else model.fit)(X, Y, batch_size=SIZE, verbose=0),
        "twice": lambda: distribution.initialize("127.0.0.1:1", 2, 0),
        "seed": lambda: (
            np.random.seed(mine),
            model.fit(X, Y, batch_size=SIZE, verbose=0),
        ),
        "other model": lambda: other_model(mine),
    }
    own: dict[str, Any] = {
        "short": lambda: model.fit(iter([(X[:8], Y[:8]), (X[:5], Y[:5])]), verbose=0),
        "own rows": lambda: model.fit(X[:20], Y[:20], batch_size=SIZE, verbose=0),
    }
    for name, call in {**calls, **own}.items():
        if name in own:
            distribution.set_distribution(with_own)
        try:
            call()
        except Exception as error:
            said(folder, name, error)


def other_model(process: int) -> None:
    cornu.utils.set_random_seed(1)
    out = cornu.layers.Dense(4 + process, name="out")
    model = cornu.Sequential([cornu.layers.Input((8,)), out], name="net")
    model.compile("sgd", "mse")
    model.predict(X, verbose=0)


def said(folder: Path, name: str, error: Exception) -> None:
    (folder / f"{name}-{in_force.process}.txt").write_text(f"{type(error).__name__}: {error}")


class Kill(cornu.callbacks.Callback):
    """Ends this process in the middle of training."""

    def on_epoch_begin(self, epoch: int, logs: Any = None) -> None:
        if epoch == 3 and in_force.process == int(os.environ["KILLED"]):
            os.kill(os.getpid(), int(os.environ.get("SIGNAL", signal.SIGKILL)))


def backup(folder: Path) -> None:
    """Training that can be killed, and goes on."""
    split = "SPLIT" in os.environ
    how = distribution.FullySharded(min_size=16) if split else distribution.DataParallel()
    distribution.set_distribution(how)
    model = trainings.mlp()
    callbacks = [cornu.callbacks.BackupAndRestore(folder / "backup")]
    callbacks += [Kill()] if "KILLED" in os.environ else []
    data = {"x": X, "y": Y, "sample_weight": WEIGHT}
    try:
        model.fit(**data, batch_size=SIZE, epochs=6, verbose=0, callbacks=callbacks)
    except RuntimeError as error:
        said(folder, "lost", error)
        if not split:  # else nobody has them as a whole any more
            assert all(np.isfinite(weight).all() for weight in model.get_weights())
        raise
    np.savez(folder / f"weights-{in_force.process}.npz", *model.get_weights())


def uneven(folder: Path) -> None:
    """Process 1 has fewer batches, which nobody can know before."""
    distribution.set_distribution(distribution.DataParallel())
    model = trainings.mlp()
    count = 5 - in_force.process
    model.fit(((X[:SIZE], Y[:SIZE]) for _ in range(count)), epochs=1, verbose=0)


TASKS = {task.__name__: task for task in (equal, split, several, saved, bad, backup, uneven)}


def main() -> None:
    tasks, folder = sys.argv[1].split("+"), Path(sys.argv[2])
    distribution.initialize()
    for task in tasks:
        TASKS[task](folder)


if __name__ == "__main__":
    main()
