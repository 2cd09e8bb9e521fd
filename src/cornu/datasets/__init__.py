"""Data sets: Keras's eight and the two tables of first lectures, each a module with `load_data()`."""

from __future__ import annotations

import importlib
from typing import Any

_MODULES = (
    "banknotes",
    "boston_housing",
    "california_housing",
    "cifar10",
    "cifar100",
    "fashion_mnist",
    "imdb",
    "mnist",
    "pima",
    "reuters",
)
__all__ = [*_MODULES]


def __getattr__(name: str) -> Any:
    if name in _MODULES:
        return importlib.import_module(f"{__name__}.{name}")
    from cornu.core.errors import did_you_mean

    text = f"cornu.datasets has no {name!r}. {did_you_mean(name, _MODULES)}"
    raise AttributeError(text, name=name, obj=object())


def __dir__() -> list[str]:
    return __all__
