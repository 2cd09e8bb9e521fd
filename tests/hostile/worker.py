"""The child process in which hostile files are loaded, one after the other, while it is watched.

It takes a line of JSON for each, {"door", "path", "folder"}, and answers with one: what came of it, what
Python was asked to do meanwhile that no loading needs, how much memory was taken, and how long it took.
"""

import io
import json
import linecache
import os
import resource
import shutil
import sys
import sysconfig
import tempfile
import time
import warnings
from pathlib import Path

import h5py  # noqa: F401
import jax
import numpy as np

import cornu
from cornu.core.errors import NotBuiltYetError
from cornu.storage import inspecting

ROOM = 4 << 30  # address space beyond that of the start: a net below the limit that is tested
OURS = ("cornu", "jax", "jaxlib", "numpy", "h5py", "ml_dtypes")
ROOTS = tuple(
    os.path.realpath(path)
    for path in (
        Path(cornu.__file__).parent,
        *(sysconfig.get_path(name) for name in ("stdlib", "platstdlib", "purelib", "platlib")),
        *(Path(os.path.dirname(module.__file__)) for module in (jax, np)),
    )
)
READ_BY_THE_RUNTIME = ("/proc/self/", "/sys/", __file__)
# Of the standard library, what makes classes of our own modules when they are first imported.
MAKERS = ("ast.py", "typing.py", "dataclasses.py", "collections/__init__.py")
PARSERS = tuple(os.path.join(os.path.dirname(os.__file__), name) for name in MAKERS)
# What no loading ever does, wherever it is aimed at.
NEVER = (
    *("socket.", "subprocess.", "pickle.", "ctypes.", "urllib.", "http.", "ftplib.", "webbrowser."),
    *("os.system", "os.exec", "os.fork", "os.posix_spawn", "os.spawn", "os.putenv", "os.kill"),
    *("code.__new__", "sys.setprofile", "sys.settrace", "shutil.unpack_archive"),
)
# What it may do in its own temporary folder alone, with the number of its arguments that are paths.
CHANGES = {
    **dict.fromkeys(("os.remove", "os.mkdir", "os.rmdir", "os.chmod", "os.chown", "os.truncate"), 1),
    **dict.fromkeys(("os.utime", "os.setxattr", "shutil.rmtree", "tempfile.mkdtemp"), 1),
    **dict.fromkeys(("os.rename", "os.link", "os.symlink", "shutil.move", "shutil.copyfile"), 2),
}


class Watch:
    """Notes the events of Python's audit hook that no loading needs."""

    def __init__(self):
        self.on, self.seen, self.file, self.folders, self.inside = False, [], "", (), ""

    def __call__(self, event, arguments):
        if self.on:
            self.on = False  # what is done here is not looked at
            try:
                if self.is_strange(event, arguments):
                    shown = f"{event}: {', '.join(repr(each)[:120] for each in arguments[:3])}"
                    self.seen.append(shown)
            finally:
                self.on = True

    def is_strange(self, event, arguments):
        if event == "open":
            path, mode, flags = arguments
            if not isinstance(path, (str, bytes, os.PathLike)):
                return False  # a descriptor that is open already
            return not self.may_open(os.path.realpath(os.fsdecode(path)), str(mode or ""), flags or 0)
        if event == "import":
            return str(arguments[0]).split(".")[0] not in OURS
        if event in ("exec", "compile") and sys._getframe(2).f_code.co_filename.startswith(PARSERS):
            return False  # a signature is parsed by `inspect`, or an annotation of a class is read
        if event in ("exec", "compile"):
            code = arguments[0] if event == "exec" else None
            name = code.co_filename if code is not None else str(arguments[1])
            return not (os.path.realpath(name).startswith(ROOTS) or name.startswith("<frozen"))
        if event in ("marshal.loads", "marshal.load"):
            return "importlib" not in sys._getframe(2).f_code.co_filename
        if event in CHANGES:
            count, inside = CHANGES[event], arguments[-1]
            if count == 1 and len(arguments) > 1 and isinstance(inside, int) and inside >= 0:
                return not self.is_mine(f"/proc/self/fd/{inside}")  # a name in a folder that is open
            return not all(map(self.is_mine, arguments[:count]))
        return event.startswith(NEVER) and not self.is_download(event, arguments)

    def may_open(self, path, mode, flags):
        writes = any(letter in mode for letter in "wax+") or flags & (os.O_WRONLY | os.O_RDWR)
        if self.is_mine(path) or (path == self.file and not writes):
            return True
        if self.inside and not writes and path.startswith(self.inside + os.sep):
            return True
        return not writes and path.startswith((*ROOTS, *READ_BY_THE_RUNTIME))

    def is_mine(self, path):
        place = os.path.realpath(os.fsdecode(path)) if path is not None else ""
        return any(place == folder or place.startswith(folder + os.sep) for folder in self.folders)

    def is_download(self, event, arguments):
        return event == "urllib.Request" and str(arguments[0]) == Path(self.file).as_uri()


def fixed_model():
    """What weights are loaded into."""
    cornu.utils.clear_session(free_memory=False)
    layers = [cornu.layers.Dense(3, name="first"), cornu.layers.Dense(1, name="second")]
    return cornu.Sequential([cornu.Input((4,)), *layers])


def into_a_model(path, folder):
    model = fixed_model()
    before = model.get_weights()
    try:
        model.load_weights(path)
    except BaseException:
        after = model.get_weights()
        if not all(np.array_equal(one, other) for one, other in zip(before, after, strict=True)):
            raise AssertionError("the weights were changed by a file that was refused") from None
        raise


def plain(path):
    return json.loads(Path(path).read_text())


def unpacked(path, folder):
    cornu.utils.get_file("got", Path(path).as_uri(), extract=True, cache_dir=os.path.join(folder, "out"))


def downloaded(path, folder):
    """What a file says of the address and the name of another."""
    cornu.utils.get_file(**plain(path), cache_dir=os.path.join(folder, "out"))


DOORS = {
    "load_model": lambda path, folder: cornu.models.load_model(path),
    "load_weights": into_a_model,
    "model_from_json": lambda path, folder: cornu.models.model_from_json(Path(path).read_text()),
    "from_config": lambda path, folder: cornu.Sequential.from_config(plain(path)["config"]),
    "layers.deserialize": lambda path, folder: cornu.layers.deserialize(plain(path)),
    "deserialize": lambda path, folder: cornu.saving.deserialize_keras_object(plain(path)),
    "get_file": unpacked,
    "a name for get_file": downloaded,
    "inspect": lambda path, folder: inspecting.inspect(Path(path)),
}
# A sentence of ours is a ValueError; what is not built, or not there, may be said by others.
TEACHING = (ValueError, NotBuiltYetError, FileNotFoundError)


def is_raised_by_us(error):
    """Whether a line of Cornu's raised it, with a sentence, and no library did, nor Python itself."""
    at = error.__traceback__
    while at.tb_next is not None:
        at = at.tb_next
    line = linecache.getline(at.tb_frame.f_code.co_filename, at.tb_lineno).strip()
    return str(at.tb_frame.f_globals.get("__name__")).startswith("cornu") and line.startswith("raise")


def memory(what):
    with open("/proc/self/status") as file:
        return next(int(line.split()[1]) << 10 for line in file if line.startswith(what))


def forget_the_peak():
    with open("/proc/self/clear_refs", "w") as file:
        file.write("5")


def answer(watch, request):
    """What comes of one file."""
    folder = os.path.realpath(request["folder"])
    watch.file, watch.seen = os.path.realpath(request["path"]), []
    inside = request.get("inside")  # a model that is several files
    watch.inside = os.path.realpath(inside) if inside else ""
    watch.folders = (folder, os.path.realpath(os.environ["CORNU_CACHE_DIR"]))
    tempfile.tempdir = folder
    cornu.utils.clear_session(free_memory=False)
    forget_the_peak()
    before, wall, cpu = memory("VmRSS"), time.monotonic(), time.process_time()
    kind, message, taught = "loaded", "", True
    try:
        watch.on = True
        DOORS[request["door"]](request["path"], folder)
    except Exception as error:
        kind = "refused" if isinstance(error, TEACHING) else type(error).__name__
        message = "\n".join([str(error), *getattr(error, "__notes__", [])])
        taught = is_raised_by_us(error)
    finally:
        watch.on = False
    shutil.rmtree(os.path.join(folder, "out"), ignore_errors=True)
    return {
        "outcome": kind,
        "message": message,
        "taught": taught,
        "events": watch.seen[:20],
        "growth": max(0, memory("VmHWM") - before),
        "seconds": time.process_time() - cpu,
        "wall": time.monotonic() - wall,
    }


def main():
    warnings.simplefilter("ignore")  # what a file is warned about is not what is asked here
    watch = Watch()
    out, sys.stdout = sys.stdout, io.StringIO()  # what a library prints is no answer
    for path, door in json.loads(sys.argv[1]):
        answer(watch, {"path": path, "door": door, "folder": tempfile.gettempdir()})
    sys.addaudithook(watch)
    limit = memory("VmSize") + ROOM
    resource.setrlimit(resource.RLIMIT_AS, (limit, limit))
    for line in sys.stdin:
        out.write(json.dumps(answer(watch, json.loads(line))) + "\n")
        out.flush()


if __name__ == "__main__":
    main()
