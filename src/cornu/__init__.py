"""Cornu: the Keras API on one engine, JAX.

Everything public is imported when it is first used, so that `import cornu` costs next to nothing.
"""

from __future__ import annotations

import importlib
from typing import Any

__version__ = "0.1.0"

_MODULES = (
    *(
        "activations",
        "backend",
        "callbacks",
        "config",
        "constraints",
        "datasets",
        "distillation",
        "distribution",
        "dtype_policies",
        "explain",
        "initializers",
        "layers",
        "losses",
    ),
    *("metrics", "mixed_precision", "models", "ops", "optimizers", "preprocessing", "random"),
    *("regularizers", "saving", "tree", "utils", "wrappers"),
)
# Each public name, and the module that defines it.
_NAMES = {
    "Callback": "cornu.training.callback",
    "Function": "cornu.models.function",
    "Initializer": "cornu.initializers",
    "Input": "cornu.layers",
    "InputSpec": "cornu.layers",
    "KerasTensor": "cornu.core.symbolic",
    "Layer": "cornu.layers",
    "Loss": "cornu.losses",
    "Metric": "cornu.metrics",
    "Model": "cornu.models",
    "Optimizer": "cornu.optimizers",
    "DTypePolicy": "cornu.core.policies",
    "FloatDTypePolicy": "cornu.core.policies",
    "Regularizer": "cornu.regularizers",
    "RematScope": "cornu.core.remat",
    "Sequential": "cornu.models",
    "StatelessScope": "cornu.core.stateless",
    "Variable": "cornu.core.variable",
    "device": "cornu.core.devices",
    "grad": "cornu.core.gradients",
    "hessian": "cornu.core.gradients",
    "jacobian": "cornu.core.gradients",
    "jit": "cornu.core.jit",
    "name_scope": "cornu.core.context",
    "remat": "cornu.core.remat",
    "value_and_grad": "cornu.core.gradients",
}

__all__ = sorted([*_MODULES, *_NAMES, "version"])


def version() -> str:
    """The version of Cornu.

    >>> import cornu
    >>> cornu.version() == cornu.__version__
    True
    """
    return __version__


def load_ipython_extension(ipython: Any) -> None:
    """`%load_ext cornu` in a notebook: from now on `keras` and `tensorflow.keras` mean Cornu.

    Raises:
        RuntimeError: if the real Keras or TensorFlow has been imported in this notebook.
    """
    from cornu import compat

    compat.install()


def unload_ipython_extension(ipython: Any) -> None:
    """`%unload_ext cornu`: the next `import keras` finds the real Keras, if there is one."""
    from cornu import compat

    compat.uninstall()


def __getattr__(name: str) -> Any:
    if name in _NAMES or name in _MODULES:
        from cornu.core import engine

        engine.start()
    if name in _NAMES:
        value = getattr(importlib.import_module(_NAMES[name]), name)
        globals()[name] = value
        return value
    if name in _MODULES:
        return importlib.import_module(f"cornu.{name}")
    from cornu.core.errors import did_you_mean

    text = f"cornu has no {name!r} (yet). {did_you_mean(name, __all__)}"
    raise AttributeError(
        text, name=name, obj=object()
    )  # an object without names: Python adds no suggestion of its own


def __dir__() -> list[str]:
    return __all__
