"""Functions of tensors, under Keras's names: `cornu.ops.add`, `cornu.ops.nn.relu`.

Each works at once, inside a compiled function, and on symbolic tensors. A family is imported when one
of its ops is first used. `formulas/` holds what layers and ops share: computations with a choice of
how.
"""

from __future__ import annotations

import importlib
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from cornu.ops import image as image
    from cornu.ops.arrays import *
    from cornu.ops.control import *
    from cornu.ops.derivatives import *
    from cornu.ops.einops import *
    from cornu.ops.linalg import *
    from cornu.ops.math import *
    from cornu.ops.nn import *
    from cornu.ops.numpy import *
    from cornu.ops.signal import *

# The families whose names are also those of `cornu.ops` itself, and those that are not.
_FAMILIES = ("numpy", "nn", "linalg", "math", "signal", "arrays", "control", "derivatives", "einops")
_APART = ("image",)


def __getattr__(name: str) -> Any:
    if name in _FAMILIES or name in _APART:
        return importlib.import_module(f"cornu.ops.{name}")
    if name == "__all__":
        return __dir__()
    if name.startswith("__"):
        raise AttributeError(name)
    for family in _FAMILIES:
        module = importlib.import_module(f"cornu.ops.{family}")
        if name in module.__all__:
            globals()[name] = getattr(module, name)
            return globals()[name]
    from cornu.core.errors import did_you_mean

    text = f"cornu.ops has no {name!r} (yet). {did_you_mean(name, __dir__())}"
    raise AttributeError(text, name=name, obj=object())


def __dir__() -> list[str]:
    modules = [importlib.import_module(f"cornu.ops.{family}") for family in _FAMILIES]
    return sorted({*_FAMILIES, *_APART, *(name for module in modules for name in module.__all__)})
