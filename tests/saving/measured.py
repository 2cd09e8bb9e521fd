"""A process that saves or loads a large model and says how much memory that took: run by test_memory.

python -m tests.saving.measured save_keras FOLDER 200
python -m tests.saving.measured save_keras FOLDER 200 giant  # the same in one array
"""

import contextlib
import sys
import tempfile
from pathlib import Path

import cornu

SIDE = 2560  # a matrix of so many rows and columns has 25 MiB
FILES = {
    "keras": lambda f: f / "a.keras",
    "folder": lambda f: f / "a",
    "h5": lambda f: f / "a.weights.h5",
    "shards": lambda f: f / "a.weights.json",
    "tensors": lambda f: f / "a.safetensors",
    "old": lambda f: f / "a.h5",
    "oldweights": lambda f: f / "b.h5",
}
WHOLE = ("keras", "folder", "old")


def make(megabytes, side=SIDE):
    cornu.utils.clear_session(free_memory=False)
    count = max(round(megabytes * 2**20 / (4 * side * side)), 1)
    layers = [cornu.layers.Dense(side, use_bias=False, name=f"dense_{n}") for n in range(count)]
    return cornu.Sequential([cornu.Input((side,)), *layers])


def save(model, kind, folder, size=0.06):
    path = FILES[kind](folder)
    if kind in WHOLE:
        model.save(path, zipped=kind != "folder")
    else:
        model.save_weights(path, max_shard_size=size if kind == "shards" else None)


def load(kind, folder, model=None):
    path = FILES[kind](folder)
    if kind in WHOLE:
        return cornu.models.load_model(path)
    model.load_weights(path)
    return model


def held():
    """Bytes of memory that the process has now, and has had at most."""
    fields = dict(line.split(":", 1) for line in Path("/proc/self/status").read_text().splitlines())
    return tuple(int(fields[name].split()[0]) * 1024 for name in ("VmRSS", "VmHWM"))


def main(what, folder, megabytes, giant=False):
    folder, (verb, kind) = Path(folder), what.split("_")
    with tempfile.TemporaryDirectory() as warm:  # so that everything is imported
        small = make(0, 8)
        for each in {kind, "keras"}:
            save(small, each, Path(warm))
            load(each, Path(warm), small)
    if not (folder / "a.keras").exists():
        save(make(megabytes, round((megabytes * 2**18) ** 0.5) if giant else SIDE), "keras", folder)
        return
    before = held()[0]
    # A model that was loaded leaves no memory behind that making its first values took.
    model = load("keras", folder) if verb == "save" or kind not in WHOLE else None
    forget_peak()
    if verb == "save":
        save(model, kind, folder, 1 if giant else 0.06)
    else:
        model = load(kind, folder, model)
    size = sum(4 * weight.size for weight in model.weights)
    print((held()[1] - before) / size)


def forget_peak():
    with contextlib.suppress(OSError):
        Path("/proc/self/clear_refs").write_text("5")


if __name__ == "__main__":
    main(sys.argv[1], sys.argv[2], float(sys.argv[3]), "giant" in sys.argv)
