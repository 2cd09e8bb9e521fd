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
from typing import Any

from cornu.compat.missing import TENSORFLOW_ROOMS, missing
from cornu.core import engine

STAND_IN = "cornu.compat.tensorflow"
ROOTS = ("keras", "tf_keras", "tensorflow.keras")
ROOMS = (
    *("models", "layers", "optimizers", "losses", "metrics", "callbacks"),
    *("optimizers.schedules", "optimizers.legacy", "optimizers.experimental"),
    *("activations", "initializers", "regularizers", "constraints", "utils", "random"),
    *("backend", "config", "distillation", "dtype_policies", "mixed_precision", "saving", "tree"),
    *("preprocessing", "preprocessing.image", "preprocessing.sequence", "preprocessing.text"),
    *("utils.bounding_boxes", "utils.data_utils", "utils.np_utils", "wrappers"),
    *("ops", "ops.image", "ops.linalg", "ops.nn", "ops.numpy"),
)
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


class AliasFinder(MetaPathFinder):
    """Answers for the names in `ALIASES` and for what is missing below them, and for no other."""

    def __init__(self) -> None:
        self.taught: list[tuple[ModuleType, str]] = []

    def find_spec(
        self, fullname: str, path: Sequence[str] | None = None, target: ModuleType | None = None
    ) -> ModuleSpec | None:
        if fullname in ALIASES:
            return ModuleSpec(fullname, AliasLoader(self), is_package=True)
        parent, _, name = fullname.rpartition(".")
        if fullname.split(".")[0] in _ROOT_PACKAGES:
            public = _PUBLIC[ALIASES[parent]] if parent in ALIASES else parent
            raise ModuleNotFoundError(missing(public, name, _KERAS), name=fullname)
        if parent in _PUBLIC and PathFinder.find_spec(fullname, path) is None:
            raise ImportError(missing(_PUBLIC[parent], name, _KERAS), name=parent)
        return None

    def teach(self, module: ModuleType) -> None:
        """Lets a module say what it is missing, where it does not already.

        `__getattr__` serves `keras.layers.Conv2D`. With a `__path__`, even an empty one, Python
        asks the finders when `from keras.activations import rleu` finds nothing.
        """

        def missing_attribute(name: str) -> Any:
            if name.startswith("__"):
                raise AttributeError(f"module {module.__name__!r} has no attribute {name!r}")
            text = missing(_PUBLIC[module.__name__], name, _KERAS)
            # `obj` keeps Python from adding a suggestion of its own to ours.
            raise AttributeError(text, name=name, obj=object())

        for name, value in (("__getattr__", missing_attribute), ("__path__", [])):
            if name not in vars(module):
                setattr(module, name, value)
                self.taught.append((module, name))

    def forget(self) -> None:
        """Takes back what was added to modules, and all aliases."""
        for module, name in self.taught:
            delattr(module, name)
        self.taught.clear()
        for alias in ALIASES:
            sys.modules.pop(alias, None)


_finder = AliasFinder()


def installed() -> bool:
    """Whether `keras` means Cornu in this process."""
    return _finder in sys.meta_path


def install() -> None:
    """Lets `keras`, `tf_keras` and `tensorflow.keras` mean Cornu in this process, installed or not.

    Call it before the program imports any of them. The names are those in `ALIASES`; each gives
    Cornu's own module object. `tensorflow` becomes a stand-in that has `keras` and `__version__`.
    Calling it again changes nothing. `cornu run script.py` does the same for a script that is to
    stay as it is.

        import cornu.compat
        cornu.compat.install()

        import tensorflow as tf
        from keras.layers import Dense

    Raises:
        RuntimeError: if the real Keras or TensorFlow has been imported in this process.

    Example:
        >>> ALIASES["keras.layers"], ALIASES["tensorflow.keras"]
        ('cornu.layers', 'cornu')
    """
    if installed():
        return
    for name in sorted(_ROOT_PACKAGES):
        if sys.modules.get(name) is not None:
            raise RuntimeError(
                f"cornu.compat.install() comes too late: the real {name} has been imported in this "
                "process. Call it first, before anything imports Keras or TensorFlow, or start the "
                "program with `cornu run script.py`."
            )
    sys.meta_path.insert(0, _finder)


def uninstall() -> None:
    """Gives the names back: the next `import keras` finds the real Keras, if there is one.

    What a program has already imported stays Cornu's. Without `install()` before it, nothing
    happens.
    """
    if installed():
        sys.meta_path.remove(_finder)
        _finder.forget()
