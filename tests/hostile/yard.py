"""Where hostile files are made, loaded in a child process, and looked at from outside."""

import contextlib
import ctypes
import json
import os
import select
import shutil
import subprocess
import sys
import zipfile
from pathlib import Path

import h5py

import cornu
from cornu.core.config import serialize

ROOT = Path(cornu.__file__).resolve().parent.parent
WORKER = Path(__file__).with_name("worker.py")
HANG = 60  # seconds of the clock until the child is ended; the limit is on the seconds it computes
SECRET = "the canary's secret"


class Yard:
    """A folder with whole files to begin from, a canary beside it, and a child process that loads.

    Args:
        folder: an empty one.
    """

    def __init__(self, folder):
        self.folder, self.canary = folder / "files", folder / "canary"
        self.scratch = folder / "scratch"
        for each in (self.folder, self.canary, self.scratch):
            each.mkdir()
        (self.canary / "secret.txt").write_text(SECRET)
        with h5py.File(self.canary / "other.h5", "w") as file:
            file["x"] = [1.0, 2.0, 3.0]
        self.whole = self._whole_files()
        self._child, self._watch = None, Opened(self.canary)

    # -- whole files --------------------------------------------------------------------------------

    def _whole_files(self):
        layers = cornu.layers
        cornu.utils.clear_session(free_memory=False)
        stack = [layers.Dense(3, name="first"), layers.Dense(1, name="second")]
        model = cornu.Sequential([cornu.Input((4,)), *stack], name="stack")
        model.compile("adam", "mse", metrics=["mae"])
        model.optimizer.build(model.trainable_variables)
        x = cornu.Input((4,), name="x")
        h = layers.Dense(3, name="first")(x)
        graph = cornu.Model(
            x, layers.Add(name="sum")([layers.Dense(3, name="second")(h), h]), name="graph"
        )
        words = layers.StringLookup(name="words")
        words.adapt(["a", "b"])
        text = cornu.Input((1,), dtype="string")
        for name, each in (
            ("stack", model),
            ("graph", graph),
            ("words", cornu.Model(text, words(text))),
        ):
            each.save(self.folder / f"{name}.keras")
        model.save(self.folder / "stack", zipped=False)
        cornu.Model(text, words(text)).save(self.folder / "words", zipped=False)
        (self.folder / "shards").mkdir()
        model.save_weights(self.folder / "shards" / "stack.weights.json", max_shard_size=6e-8)
        model.save_weights(self.folder / "stack.safetensors")
        for ending in (".weights.h5", ".h5"):
            (model.save_weights if "weights" in ending else model.save)(self.folder / f"stack{ending}")
        self.configs = {"stack": serialize(model), "graph": serialize(graph)}
        (self.folder / "stack.json").write_text(model.to_json())
        endings = ("keras", "weights.h5", "h5", "safetensors")
        return {name: self.folder / name for name in map("stack.{}".format, endings)}

    def config(self, name="stack"):
        """The configuration of a whole model, to be changed."""
        return json.loads(json.dumps(self.configs[name]))

    def _new(self, ending):
        self._count = getattr(self, "_count", 0) + 1
        return self.folder / f"bad{self._count}{ending}"

    def keras(self, members=None, config=None, base="stack.keras", packed=zipfile.ZIP_STORED):
        """A '.keras' file with other members than a whole one: None leaves one out."""
        path = self._new(".keras")
        with zipfile.ZipFile(self.folder / base) as good, zipfile.ZipFile(path, "w", packed) as bad:
            found = {name: good.read(name) for name in good.namelist()}
            if config is not None:
                found["config.json"] = config if isinstance(config, bytes) else json.dumps(config)
            for name, content in {**found, **(members or {})}.items():
                if content is not None:
                    bad.writestr(name, content)
        return path

    def weights(self, change, base="stack.weights.h5"):
        """A '.weights.h5' file that a function has changed."""
        path = self._new(".weights.h5" if "weights" in base else ".h5")
        shutil.copy(self.folder / base, path)
        with h5py.File(path, "a") as file:
            change(file)
        return path

    def keras_with_weights(self, change):
        """The same within a '.keras' file."""
        inner = self.weights(change)
        return self.keras({"model.weights.h5": inner.read_bytes()})

    def old(self, config=None, change=None):
        """A '.h5' file in the format of Keras 2."""

        def both(file):
            file.attrs["keras_version"] = "2.15.0"
            text = (
                config if isinstance(config, bytes) else json.dumps(config or old_words(self.config()))
            )
            del file.attrs["model_config"]
            file.attrs.create("model_config", text if isinstance(text, bytes) else text.encode())
            if change is not None:
                change(file)

        return self.weights(both, "stack.h5")

    def json(self, config):
        path = self._new(".json")
        path.write_bytes(config if isinstance(config, bytes) else json.dumps(config).encode())
        return path

    def file(self, content, ending=".keras"):
        path = self._new(ending)
        path.write_bytes(content)
        return path

    def several(self, change, base="shards"):
        """A model of several files that a function has changed: weights in shards with their map, or a
        folder as `save(zipped=False)` writes it."""
        folder = self._new("")
        shutil.copytree(self.folder / base, folder)
        change(folder)
        return folder / "stack.weights.json" if base == "shards" else folder

    def tensors(self, header=None, data=None, change=None):
        """A file of safetensors with another header, given or changed, or with other numbers."""
        content = (self.folder / "stack.safetensors").read_bytes()
        length = int.from_bytes(content[:8], "little")
        found, numbers = json.loads(content[8 : 8 + length]), content[8 + length :]
        if change is not None:
            header = change(found) or found
        text = header if isinstance(header, bytes) else json.dumps(header or found).encode()
        numbers = numbers if data is None else data
        return self.file(len(text).to_bytes(8, "little") + text + numbers, ".safetensors")

    # -- the child ----------------------------------------------------------------------------------

    def load(self, path, door):
        """What comes of a file at a door: the child's answer, and which canaries were opened."""
        if self._child is None:
            self._start()
        self._watch.opened()
        request = {"path": str(path), "door": door, "folder": str(self.scratch)}
        if path.is_dir() or path.parent != self.folder:
            request["inside"] = str(path if path.is_dir() else path.parent)
        self._child.stdin.write(json.dumps(request) + "\n")
        self._child.stdin.flush()
        ready, _, _ = select.select([self._child.stdout], [], [], HANG)
        line = self._child.stdout.readline() if ready else ""
        if not line:
            code = self.close()
            what = f"the process ended with {code}" if ready else f"no answer after {HANG} s"
            return {
                "outcome": what,
                "message": "",
                "events": [],
                "growth": 0,
                "seconds": 0,
                "canary": [],
            }
        left = [str(each.relative_to(self.scratch)) for each in self.scratch.iterdir()]
        return {**json.loads(line), "canary": self._watch.opened(), "left": left}

    def _start(self):
        warm = [
            ("stack.keras", "load_model"),
            ("graph.keras", "load_model"),
            ("words.keras", "load_model"),
        ]
        warm += [("stack.h5", "load_model"), ("stack.weights.h5", "load_weights")]
        warm += [("stack", "load_model"), ("stack.safetensors", "load_weights")]
        warm += [("shards/stack.weights.json", "load_weights"), ("stack.keras", "inspect")]
        warm += [
            ("stack.json", "model_from_json"),
            ("stack.json", "from_config"),
            ("stack.json", "deserialize"),
        ]
        warm += [
            ("broken.keras", "load_model"),
            ("misspelt.json", "deserialize"),
            ("metric.json", "deserialize"),
            ("good.zip", "get_file"),
        ]
        (self.folder / "broken.keras").write_bytes(b"PK broken")
        large = {"module": "keras.metrics", "class_name": "AUC", "config": {}}
        (self.folder / "metric.json").write_text(json.dumps(large))
        with zipfile.ZipFile(self.folder / "good.zip", "w") as archive:
            archive.writestr("a.txt", "a")
        misspelt = {"module": "keras.layers", "class_name": "Dens", "config": {}}
        (self.folder / "misspelt.json").write_text(json.dumps(misspelt))
        given = json.dumps([(str(self.folder / name), door) for name, door in warm])
        environment = {**os.environ, "PYTHONPATH": str(ROOT), "TMPDIR": str(self.scratch)}
        environment["CORNU_CACHE_DIR"] = str(self.folder.parent / "cache")
        environment.pop("PYTHONDONTWRITEBYTECODE", None)
        self._child = subprocess.Popen(
            [sys.executable, "-B", str(WORKER), given],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            text=True,
            env=environment,
        )

    def close(self):
        """Ends the child; gives its exit status."""
        child, self._child = self._child, None
        if child is None:
            return None
        for stream in (child.stdin, child.stdout):
            with contextlib.suppress(OSError):
                stream.close()
        try:
            return child.wait(timeout=1)
        except subprocess.TimeoutExpired:
            child.kill()
            return child.wait()


def old_words(config):
    """A whole model's configuration as Keras 2 wrote it: without how it is built and compiled."""
    return in_old_words({key: config[key] for key in ("class_name", "config")})


def in_old_words(config):
    """A configuration without the modules of its classes, as Keras 2 wrote it."""
    if isinstance(config, dict):
        named = {key: value for key, value in config.items() if key not in ("module", "registered_name")}
        return {
            key: in_old_words(value)
            for key, value in (named if "class_name" in config else config).items()
        }
    return [in_old_words(item) for item in config] if isinstance(config, list) else config


class Opened:
    """Which files of a folder were opened, by whatever library: the kernel tells (Linux alone)."""

    OPEN, MODIFY, CREATE = 0x20, 0x2, 0x100

    def __init__(self, folder):
        self._file = -1
        if sys.platform == "linux":
            libc = ctypes.CDLL(None, use_errno=True)
            self._file = libc.inotify_init1(os.O_NONBLOCK)
            libc.inotify_add_watch(
                self._file, os.fsencode(folder), self.OPEN | self.MODIFY | self.CREATE
            )

    def opened(self):
        """The names since the last question."""
        with contextlib.suppress(BlockingIOError, OSError):
            data = os.read(self._file, 1 << 16)
            names = set()
            while data:
                length = int.from_bytes(data[12:16], "little")
                names.add(data[16 : 16 + length].rstrip(b"\0").decode() or "the folder")
                data = data[16 + length :]
            return sorted(names)
        return []
