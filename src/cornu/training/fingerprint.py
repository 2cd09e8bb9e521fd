"""A fingerprint of everything that the trace of a program depends on.

Two models with the same fingerprint are traced to the same program, in this process or another. So the
fingerprint takes in all that code of ours may look at while it is traced: the attributes of every
object within reach (values of variables aside, which are inputs of the program), how these objects are
shared, settings, versions, sources. Where it meets what it cannot judge, such as
a function of the user's, there is none. An object that knows better what of it is traced says so in
`traced_as`.
"""

from __future__ import annotations

import enum
import functools
import hashlib
import os
import platform
import sys
import types
import zlib
from collections.abc import Collection, Iterable, Iterator
from pathlib import Path
from typing import Any

import jax
import numpy as np

from cornu.core import settings
from cornu.core.context import context
from cornu.core.dtypes import floatx
from cornu.core.inlining import BESIDE
from cornu.core.symbolic import KerasTensor
from cornu.core.variable import Variable
from cornu.initializers.base import Initializer
from cornu.layers.layer import Layer
from cornu.optimizers.optimizer import Optimizer
from cornu.random import SeedGenerator

PACKAGE = Path(__file__).resolve().parent.parent
# Where code that we know comes from: this package, JAX, NumPy.
FOLDERS = (PACKAGE, *(Path(str(module.__file__)).parent for module in (jax, np)))
SOURCES = tuple(f"{folder}{os.sep}" for folder in FOLDERS)
PYTHON = os.path.dirname(os.__file__)
# Libraries whose functions some modules of ours import.
LIBRARIES = (
    *("IPython", "PIL", "h5py", "jaxlib", "libcst", "matplotlib", "ml_dtypes", "optax", "orbax"),
    *("pandas", "pydot", "rich", "scipy", "sklearn", "tensorboard"),
)
PLAIN = (type(None), bool, int, float, complex, str, bytes, type(Ellipsis), slice, range)
# What objects keep for themselves, or what is an input of the program.
LEFT_OUT = BESIDE | {"_constructed_with", "_losses", "_output_shapes", "_value", "_seen", "_warm"}
LEFT_OUT |= {"_start", "revision", "stop_training", "stop_evaluating", "stop_predicting"}
# Their names count up from model to model, and are not in a program. Metrics' are, in the logs.
NAMED = (Layer, Optimizer, SeedGenerator, Variable, KerasTensor)
NAMES = frozenset({"name", "path", "_path"})
# Settings of JAX that say where its files lie and what it tells, not what a program is.
OF_NO_PROGRAM = ("cache", "log", "dump", "traceback", "debug_info", "profile")


class NoFingerprint(Exception):
    """Raised where something within reach may be code or data that we do not know."""


def fingerprint(*things: Any) -> str | None:
    """A text that is the same for the same things in any process; None where that cannot be said.

    >>> import cornu
    >>> one, same, other = (cornu.layers.Dense(2, activation=a) for a in ("relu", "relu", "tanh"))
    >>> fingerprint(one) == fingerprint(same), fingerprint(one) == fingerprint(other)
    (True, False)
    >>> fingerprint(cornu.layers.Lambda(lambda x: x)) is None  # it holds code of the user's
    True
    """
    writer = _Writer()
    try:
        writer.write([_versions(), _sources(), *_settings()])
        writer.write(things)
    except NoFingerprint:
        return None
    return writer.hash.hexdigest()


class _Writer:
    """Writes objects into a hash; one that is met again is written as the number it got at first."""

    def __init__(self) -> None:
        self.hash = hashlib.sha256()
        self.met: dict[int, int] = {}
        self.alive: list[Any] = []  # so that no address is used twice

    def say(self, *words: Any) -> None:
        self.hash.update(repr(words).encode())

    def write(self, thing: Any) -> None:
        """The thing and all that is within it, however deep: a graph of layers is a chain of them."""
        within = [iter((thing,))]
        while within:
            for each in within[-1]:
                if type(each) in PLAIN:
                    self.say(each)
                elif id(each) in self.met:
                    self.say("again", self.met[id(each)])
                else:
                    self.met[id(each)] = len(self.met)
                    self.alive.append(each)
                    within.append(iter(self.open(each)))
                    break
            else:
                within.pop()

    def open(self, thing: Any) -> Iterable[Any]:
        """Says what anything is; gives what is within it, to be written next."""
        if isinstance(thing, (enum.Enum, np.generic, np.dtype, slice)):
            self.say(type(thing).__qualname__, repr(thing))
        elif isinstance(thing, (list, tuple)):
            return self.row(thing)
        elif isinstance(thing, dict):
            return self.row([type(thing).__qualname__, *thing, *thing.values()])
        elif isinstance(thing, (set, frozenset)):
            if any(type(each) not in PLAIN for each in thing):
                raise NoFingerprint(thing)
            return self.row(sorted(thing, key=repr))
        elif isinstance(thing, (np.ndarray, jax.Array)):
            self.array(thing)
        else:
            return self.code(thing) if isinstance(thing, (type, *FUNCTIONS)) else self.object(thing)
        return ()

    def row(self, things: Collection[Any]) -> Collection[Any]:
        """Says how many things there are."""
        self.say(type(things).__name__, len(things))
        return things

    def array(self, array: Any) -> None:
        """Shape, dtype and numbers of an array that is a constant of the program."""
        if isinstance(array, jax.core.Tracer) or array.dtype.hasobject:
            raise NoFingerprint(array)
        self.say(array.shape, str(array.dtype))
        self.hash.update(np.ascontiguousarray(array).tobytes())

    def code(self, thing: Any) -> Iterable[Any]:
        """A class or function that we know: its name, and what it carries with it."""
        if isinstance(thing, functools.partial):
            return self.row([thing.func, thing.args, thing.keywords])
        if isinstance(thing, types.MethodType):
            return self.row([thing.__func__, thing.__self__])
        if isinstance(thing, types.FunctionType):
            _check(thing)
        elif not _known(thing):
            raise NoFingerprint(thing)
        self.say(thing.__module__, thing.__qualname__)
        if not isinstance(thing, types.FunctionType):
            return ()
        self.say(thing.__code__.co_firstlineno)
        cells = [cell.cell_contents for cell in thing.__closure__ or ()]
        return self.row([cells, thing.__defaults__, thing.__kwdefaults__])

    def object(self, thing: Any) -> Iterable[Any]:
        """An object of a class that we know: its attributes."""
        cls = type(thing)
        if not _known(cls):
            raise NoFingerprint(thing)
        self.say(cls.__module__, cls.__qualname__)
        if isinstance(thing, Initializer):
            kept: Any = {}  # has done its work before anything is traced
        elif hasattr(cls, "traced_as"):
            kept = thing.traced_as()
        elif hasattr(thing, "__wrapped__"):  # a function given to jax.jit
            kept = {"": thing.__wrapped__}
        else:
            kept = _attributes(thing)
        if kept is None or getattr(thing, "looks_at_paths", False):
            raise NoFingerprint(thing)
        left_out = LEFT_OUT | NAMES if isinstance(thing, NAMED) else LEFT_OUT
        left_out |= {"seed", "_seed"} if isinstance(thing, SeedGenerator) else frozenset()
        return [part for pair in kept.items() if pair[0] not in left_out for part in pair]


FUNCTIONS = (types.FunctionType, types.BuiltinFunctionType, types.MethodType, functools.partial)


def _attributes(thing: Any) -> dict[str, Any] | None:
    """The object's attributes by name; None if it has none that can be looked at."""
    slots = [name for cls in type(thing).__mro__ for name in getattr(cls, "__slots__", ())]
    found = {name: getattr(thing, name) for name in slots if hasattr(thing, name)}
    return {**found, **vars(thing)} if hasattr(thing, "__dict__") else found or None


def _known(thing: Any) -> bool:
    return f"{thing.__module__}.".startswith(("cornu.", "jax.", "jaxlib.", "numpy.", "builtins."))


# ------------------------------------------------------------------ what lies around, in one process


def _versions() -> tuple[Any, ...]:
    libraries = jax.__version__, getattr(jax.lib, "__version__", ""), np.__version__, sys.version
    return *libraries, platform.machine(), _processor()


@functools.cache
def _processor() -> str:
    """What the processor can do: programs are compiled for it."""
    try:
        with open("/proc/cpuinfo") as file:
            return next((line for line in file if line.startswith(("flags", "Features"))), "")
    except OSError:
        return platform.processor()


@functools.cache
def _sources() -> tuple[Any, ...]:
    """Each source file of ours with its size and age, or the version where it is installed."""
    if PACKAGE.parent.name in ("site-packages", "dist-packages"):
        from importlib.metadata import version  # takes long

        return (version("cornu"),)
    found = []
    folders = [os.fspath(PACKAGE)]
    while folders:
        with os.scandir(folders.pop()) as entries:
            for entry in entries:
                if entry.name.endswith(".py"):
                    about = entry.stat()
                    found.append((entry.path, about.st_size, about.st_mtime_ns))
                elif entry.is_dir() and entry.name != "__pycache__":
                    folders.append(entry.path)
    return tuple(sorted(found))


def _settings() -> Iterator[Any]:
    """JAX's settings, its devices, and what the code now running is part of."""
    for name in jax.config.values:
        if not any(part in name for part in OF_NO_PROGRAM):
            yield name, repr(getattr(jax.config, name, None))
    yield os.environ.get("XLA_FLAGS"), os.environ.get("LIBTPU_INIT_ARGS")
    yield [(device.platform, device.device_kind) for device in jax.local_devices()], jax.process_count()
    yield settings.current(), floatx()
    yield context.training, context.autocast, context.rows is None, len(context.tapes)
    yield context.differentiated is None


def constants() -> dict[str, int] | None:
    """For each module of ours that is loaded, a number that stands for its constants as they are now.

    None if somebody has put code in the place of ours.
    """
    found = {}
    try:
        for name, module in list(sys.modules.items()):
            if name.startswith("cornu.") and module is not None:
                found[name] = _constants_of(name, module)
    except NoFingerprint:
        return None
    return found


def _constants_of(name: str, module: Any) -> int:
    said = []
    for word, value in list(vars(module).items()):
        if word.isupper() and all(
            type(v) in PLAIN for v in (value if type(value) is tuple else [value])
        ):
            said.append((word, value))
        elif type(value) is types.FunctionType:
            _check(value)
        elif isinstance(value, type) and value.__module__ == name:
            for part in vars(value).values():
                _check(part)
    return zlib.crc32(repr(said).encode())


def _check(thing: Any) -> None:
    """Refuses a function that is not ours, also where it has been put in the place of one of ours."""
    code = getattr(thing, "__code__", None)
    if code is None or code.co_filename.startswith(SOURCES):
        return
    generated = code.co_filename == "<string>" and _known(thing)  # as for dataclasses
    if generated or code.co_filename.startswith("<frozen "):  # a part of Python
        return
    _, installed, within = code.co_filename.rpartition("-packages" + os.sep)
    if installed:
        if within.split(os.sep)[0].removesuffix(".py") not in LIBRARIES:
            raise NoFingerprint(thing)
    elif not code.co_filename.startswith(PYTHON):
        raise NoFingerprint(thing)
    if hasattr(thing, "__wrapped__"):  # by a decorator of theirs
        _check(thing.__wrapped__)
