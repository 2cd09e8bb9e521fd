"""The backend: what old programs import as K, `from keras import backend as K`.

Its functions take arrays, variables, numbers and symbolic tensors. Most are ops under their name of
Keras 2, a table; graphs (`placeholder`, `function`, `gradients`) have a room of their own.
"""

from __future__ import annotations

import importlib
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from cornu.backend.elements import *
    from cornu.backend.graph import *
    from cornu.backend.images import *
    from cornu.backend.loops import *
    from cornu.backend.losses import *
    from cornu.backend.phase import *
    from cornu.backend.products import *
    from cornu.backend.settings import *
    from cornu.backend.shapes import *
    from cornu.backend.variables import *

_FAMILIES = (
    *("settings", "elements", "shapes", "products", "variables", "phase", "losses", "images"),
    *("loops", "graph"),
)


def _family(name: str) -> Any:
    return importlib.import_module(f"cornu.backend.{name}")


def __getattr__(name: str) -> Any:
    if name == "__all__":
        return __dir__()
    if name.startswith("__"):
        raise AttributeError(name)
    for family in _FAMILIES:
        if name in _family(family).__all__:
            return getattr(_family(family), name)
    from cornu.core.errors import did_you_mean

    text = f"cornu.backend has no {name!r} (yet). {did_you_mean(name, __dir__())}"
    raise AttributeError(text, name=name, obj=object())


def __dir__() -> list[str]:
    return sorted(name for family in _FAMILIES for name in _family(family).__all__)
