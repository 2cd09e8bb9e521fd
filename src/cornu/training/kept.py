"""Programs that are kept whole: where one was compiled before, its code is not even traced again.

JAX's own cache saves compiling, but to look into it a program must be traced and lowered, which takes
most of the time that a small network needs. A program of which there is a fingerprint is found by that.
"""

from __future__ import annotations

import hashlib
import math
import os
import pickle
import warnings
from collections import OrderedDict
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Any, NamedTuple

import jax
import jax.tree_util as tree

from cornu.core import cache
from cornu.core.engine import without_collecting
from cornu.native.library import asked, library
from cornu.training.compiling import compile_ahead, compiled, lowered
from cornu.training.fingerprint import constants, fingerprint

# Set to 1, every program that is found is traced nevertheless, and compared with what was traced before.
CHECK = "CORNU_CHECK_PROGRAMS"
RECENT = 16  # so many programs stay in memory, for the next model of the same make


class Found(NamedTuple):
    """A program, the constants it was made under, in check mode a hash of what was compiled, and what
    its convolutions are computed by.

    On disk the program is None where it is one that cannot be written.
    """

    program: Any
    constants: dict[str, int]
    text: str
    native: str = ""


class WrongProgram(AssertionError):
    """Raised in check mode where a program that was found is not what would be made now."""


_recent: OrderedDict[str, Found] = OrderedDict()


class Kept:
    """A function of the state and of data, compiled by JAX and kept on disk for the next process.

    Args:
        function: takes the state first, and then data.
        about: all that the function's trace depends on; None if it must be traced in each process.
        effort, options: as for `compiled`.
        state: how many arguments hold the state, whose shapes stay as they are.
    """

    def __init__(
        self, function: Callable[..., Any], about: Any, effort: str, state: int = 2, **options: Any
    ) -> None:
        self.function, self.effort, self.state, self.options = function, effort, state, options
        self.jitted = compiled(function, effort, **options)
        self.about = about if cache.folder() is not None else None
        self.programs: dict[Any, Callable[..., Any]] = {}

    def __call__(self, *arguments: Any) -> Any:
        if self.about is None:
            return self.jitted(*arguments)
        leaves, structure = tree.tree_flatten(arguments[self.state :])
        shapes = (structure, *[(leaf.shape, leaf.dtype) for leaf in leaves])
        program = self.programs.get(shapes)
        if program is None:
            program = self.programs[shapes] = self._program(arguments)
        return program(*arguments)

    def _program(self, arguments: Any) -> Callable[..., Any]:
        """The program for arguments of these shapes: from memory, from disk, or made now."""
        key, device = self._key(arguments), _device(arguments)
        now = constants()
        if key is None or device is None or now is None:
            return self.jitted
        found = _recent.pop(key, None) or _load(key, device)
        if found is None or any(found.constants.get(module, n) != n for module, n in now.items()):
            return self._made(key, arguments)
        text = self._text(arguments) if found.text else ""
        if text not in ("", found.text):
            raise WrongProgram(f"The program kept as {key} is not the one that would be traced now.")
        _remember(key, found)
        return found.program or self.jitted

    def _made(self, key: str, arguments: Any) -> Callable[..., Any]:
        """The program, kept unless tracing it does something that would be missed without."""
        before = asked()
        with warnings.catch_warnings(record=True) as told, _beside_the_cache(), without_collecting():
            function = _renamed(self.function)
            program = compile_ahead(function, self.effort, arguments, **self.options)
        for each in told:
            warnings.warn_explicit(each.message, each.category, each.filename, each.lineno)
        now = constants()
        if not told and now is not None and self._key(arguments) == key:
            native = "".join(library()) if asked() > before else ""
            found = Found(program, now, self._text(arguments), native)
            _save(key, found)
            _remember(key, found)
        return program

    def _key(self, arguments: Any) -> str | None:
        """Under which name the program is kept; None if it is not."""
        leaves, structure = tree.tree_flatten(arguments)
        specs = [(leaf.shape, str(leaf.dtype), getattr(leaf, "weak_type", False)) for leaf in leaves]
        return fingerprint(self.about, self.effort, self.options, str(structure), specs)

    def _text(self, arguments: Any) -> str:
        """What would be compiled, as a hash, where that is to be checked."""
        if os.environ.get(CHECK) != "1":
            return ""
        text = lowered(self.function, self.effort, arguments, **self.options).as_text()
        return hashlib.sha256(text.encode()).hexdigest()


@contextmanager
def _beside_the_cache() -> Iterator[None]:
    """Within the block JAX's own cache takes in nothing: what is kept here need not lie there, too."""
    setting = "jax_persistent_cache_min_compile_time_secs"
    before = getattr(jax.config, setting)
    jax.config.update(setting, math.inf)
    try:
        yield
    finally:
        jax.config.update(setting, before)


def _renamed(function: Callable[..., Any]) -> Callable[..., Any]:
    """The function by a name that JAX's cache does not know: what comes from there cannot be written."""

    def program(*arguments: Any) -> Any:
        return function(*arguments)

    program.__name__ = program.__qualname__ = f"steps_{os.urandom(8).hex()}"
    return program


def _remember(key: str, found: Found) -> None:
    """Keeps a program in memory, as the latest of a few."""
    _recent[key] = found
    if len(_recent) > RECENT:
        _recent.popitem(last=False)


def _device(arguments: Any) -> Any:
    """The one device that all arrays lie on; None if there are several."""
    arrays = [leaf for leaf in tree.tree_leaves(arguments) if isinstance(leaf, jax.Array)]
    devices = {device for array in arrays for device in array.devices()}
    return devices.pop() if len(devices) == 1 and jax.process_count() == 1 else None


# ------------------------------------------------------------------------------------------ on disk


def _file(key: str) -> Path:
    return Path(cache.folder() or ".") / "whole" / key


def _save(key: str, found: Found) -> None:
    """Keeps a program, if it can be: what fails here costs the next process time, and nothing else."""
    from jax.experimental.serialize_executable import serialize

    try:
        content = pickle.dumps((serialize(found.program), *found[1:]))
    except Exception:  # it calls back to Python, for instance
        content = pickle.dumps((None, *found[1:]))
    with suppress(OSError):
        file = _file(key)
        file.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
        beside = file.with_suffix(f".{os.getpid()}")
        beside.write_bytes(content)
        beside.replace(file)


def _load(key: str, device: Any) -> Found | None:
    """The program that an earlier process of this user has kept, or None."""
    file = _file(key)
    if not file.exists():
        return None
    from jax.experimental.serialize_executable import deserialize_and_load

    try:
        # What is read is code for the machine, so files of anybody else are left alone.
        if hasattr(os, "getuid") and file.stat().st_uid != os.getuid():
            return None
        found = Found(*pickle.loads(file.read_bytes()))  # noqa: S301
        if found.native and found.native != "".join(library()):  # asked before what calls it is loaded
            return None
        if found.program is None:
            return found
        code, inputs, outputs = found.program
        place: Any = {"backend": device.client, "execution_devices": [device]}
        return found._replace(program=deserialize_and_load(code, inputs, outputs, **place))
    except Exception:  # damaged, or of another make: it is made anew
        with suppress(OSError):
            file.unlink()
        return None
