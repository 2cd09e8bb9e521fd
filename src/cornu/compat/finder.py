"""The import hook: modules of Cornu under the names of Keras and TensorFlow.

`import keras.layers` asks each finder in `sys.meta_path` for that module. Ours stands first and
answers with Cornu's module object itself, so that `keras.layers is cornu.layers`. The same finder
is asked again by `from keras.layers import X` when there is no X, and says then what is missing,
and the closest name.
"""

from __future__ import annotations

import importlib
import sys
from collections.abc import Sequence
from importlib.abc import Loader, MetaPathFinder
from importlib.machinery import ModuleSpec, PathFinder
from types import ModuleType

from cornu.compat import calls, children, shims, teaching
from cornu.compat.missing import TENSORFLOW_ROOMS, missing
from cornu.compat.notes import show_briefly, turn
from cornu.compat.rooms import ROOMS
from cornu.core import engine

STAND_IN = "cornu.compat.tensorflow"
ROOTS = ("keras", "tf_keras", "tensorflow.keras")
#: Each name that can be imported, and the module of Cornu that it stands for.
ALIASES = {
    "tensorflow": STAND_IN,
    **{f"tensorflow.{room}": f"{STAND_IN}.{room}" for room in TENSORFLOW_ROOMS},
    "tensorflow.data.experimental": f"{STAND_IN}.data",
    **{f"{root}.{room}": f"cornu.{room}" for root in ROOTS for room in ROOMS},
    **dict.fromkeys(ROOTS, "cornu"),
}
_KERAS = {name: ours for name, ours in ALIASES.items() if name.split(".")[0] == "keras"}
_PUBLIC = {
    STAND_IN: "tensorflow",
    **{f"{STAND_IN}.{room}": f"tensorflow.{room}" for room in TENSORFLOW_ROOMS},
    **{ours: name for name, ours in _KERAS.items()},
}
_ROOT_PACKAGES = {name.split(".")[0] for name in ALIASES}


class AliasLoader(Loader):
    """Puts Cornu's module in the place of the one that was asked for."""

    def __init__(self, finder: AliasFinder) -> None:
        self.finder = finder

    def create_module(self, spec: ModuleSpec) -> None:
        """Python's own blank module will do: `exec_module` replaces it."""

    def exec_module(self, module: ModuleType) -> None:
        # Python takes what is in `sys.modules` afterwards: so our module keeps its name and spec.
        name = ALIASES[module.__name__]
        if name not in ("cornu", STAND_IN):
            engine.start()
        ours = importlib.import_module(name)
        self.finder.teach(ours)
        sys.modules[module.__name__] = ours


class OldLoader(Loader):
    """Puts the module for an old import path in place."""

    def create_module(self, spec: ModuleSpec) -> ModuleType:
        engine.start()
        return shims.old_module(spec.name)

    def exec_module(self, module: ModuleType) -> None:
        """It is ready."""


class AliasFinder(MetaPathFinder):
    """Answers for the names in `ALIASES`, old paths, and what is missing below; for no other."""

    def find_spec(
        self, fullname: str, path: Sequence[str] | None = None, target: ModuleType | None = None
    ) -> ModuleSpec | None:
        if fullname in ALIASES:
            return ModuleSpec(fullname, AliasLoader(self), is_package=True)
        if shims.is_old(fullname):
            return ModuleSpec(fullname, OldLoader(), is_package=True)
        parent, _, name = fullname.rpartition(".")
        if shims.is_old(parent):
            raise ImportError(shims.old_module(parent).missing(name), name=parent)
        if fullname.split(".")[0] in _ROOT_PACKAGES:
            public = _PUBLIC[ALIASES[parent]] if parent in ALIASES else parent
            raise ModuleNotFoundError(missing(public, name), name=fullname)
        if parent in _PUBLIC and PathFinder.find_spec(fullname, path) is None:
            raise ImportError(missing(_PUBLIC[parent], name), name=parent)
        return None

    def teach(self, module: ModuleType) -> None:
        """Gives a module of Cornu its old names."""
        public = _PUBLIC[module.__name__]
        room = public.removeprefix("keras").removeprefix(".")
        teaching.teach(module, room, lambda name: missing(public, name))

    def forget(self) -> None:
        """Takes back what was added to modules, and all aliases."""
        teaching.forget()
        shims.forget()
        for name in list(sys.modules):
            if name in ALIASES or shims.is_old(name):
                del sys.modules[name]


_finder = AliasFinder()


def installed() -> bool:
    """Whether `keras` means Cornu in this process.

    Example:
        >>> installed()
        False
    """
    return _finder in sys.meta_path


def install(notes: bool = True) -> None:
    """Lets `keras`, `tf_keras` and `tensorflow.keras` mean Cornu in this process, installed or not.

    Call it before the program imports any of them. The names are those in `ALIASES`; each gives
    Cornu's own module object. `tensorflow` becomes a stand-in that has `keras` and `__version__`.
    Calling it again changes nothing. `cornu run script.py` does the same for a script that is to
    stay as it is.

        import cornu.compat
        cornu.compat.install()

        import tensorflow as tf
        from keras.layers import Dense

    Args:
        notes: whether an old name is noted, once, in a line that gives today's (`OldNameWarning`). The
            environment variable CORNU_NOTES=0 turns that off, too.

    Raises:
        RuntimeError: if the real Keras or TensorFlow has been imported in this process.

    Example:
        >>> ALIASES["keras.layers"], ALIASES["tensorflow.keras"]
        ('cornu.layers', 'cornu')
    """
    if installed():
        return
    turn(notes)
    show_briefly(True)
    for name in sorted(_ROOT_PACKAGES):
        if sys.modules.get(name) is not None:
            raise RuntimeError(
                f"cornu.compat.install() comes too late: the real {name} has been imported in this "
                "process. Call it first, before anything imports Keras or TensorFlow, or start the "
                "program with `cornu run script.py`."
            )
    sys.meta_path.insert(0, _finder)
    calls.start()
    children.tell()


def uninstall() -> None:
    """Gives the names back: the next `import keras` finds the real Keras, if there is one.

    What a program has already imported stays Cornu's. Without `install()` before it, nothing
    happens.

    Example:
        >>> uninstall()
        >>> installed()
        False
    """
    if installed():
        show_briefly(False)
        sys.meta_path.remove(_finder)
        calls.stop()
        _finder.forget()
