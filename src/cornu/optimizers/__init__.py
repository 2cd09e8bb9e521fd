"""Optimizers: how gradients change variables."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

from cornu.core import config as configuration
from cornu.core.catalogue import Catalogue
from cornu.core.errors import describe
from cornu.optimizers import schedules
from cornu.optimizers.optimizer import Optimizer

if TYPE_CHECKING:
    from cornu.optimizers.adadelta import Adadelta
    from cornu.optimizers.adafactor import Adafactor
    from cornu.optimizers.adagrad import Adagrad
    from cornu.optimizers.adam import Adam
    from cornu.optimizers.adamax import Adamax
    from cornu.optimizers.adamw import AdamW
    from cornu.optimizers.ftrl import Ftrl
    from cornu.optimizers.lamb import Lamb
    from cornu.optimizers.lion import Lion
    from cornu.optimizers.loss_scale import LossScaleOptimizer
    from cornu.optimizers.multi_optimizer import MultiOptimizer, OptimizerMap
    from cornu.optimizers.muon import Muon
    from cornu.optimizers.nadam import Nadam
    from cornu.optimizers.optax_optimizer import OptaxOptimizer
    from cornu.optimizers.rmsprop import RMSprop
    from cornu.optimizers.schedule_free_adamw import ScheduleFreeAdamW
    from cornu.optimizers.sgd import SGD

__all__ = [
    "Adadelta",
    "Adafactor",
    "Adagrad",
    "Adam",
    "AdamW",
    "Adamax",
    "Ftrl",
    "Lamb",
    "Lion",
    "LossScaleOptimizer",
    "MultiOptimizer",
    "Muon",
    "Nadam",
    "OptaxOptimizer",
    "Optimizer",
    "OptimizerMap",
    "RMSprop",
    "SGD",
    "ScheduleFreeAdamW",
    "deserialize",
    "get",
    "schedules",
    "serialize",
]

#: The names that stand for an optimizer, whatever the case that they are written in.
OPTIMIZERS = Catalogue(
    __name__,
    {
        "adadelta": ("Adadelta",),
        "adafactor": ("Adafactor",),
        "adagrad": ("Adagrad",),
        "adam": ("Adam",),
        "adamw": ("AdamW",),
        "adamax": ("Adamax",),
        "ftrl": ("Ftrl",),
        "lamb": ("Lamb",),
        "lion": ("Lion",),
        "loss_scale": ("LossScaleOptimizer",),
        "multi_optimizer": ("MultiOptimizer", "OptimizerMap"),
        "muon": ("Muon",),
        "nadam": ("Nadam",),
        "optax_optimizer": ("OptaxOptimizer",),
        "rmsprop": ("RMSprop",),
        "sgd": ("SGD",),
        "schedule_free_adamw": ("ScheduleFreeAdamW",),
    },
    key=str.lower,
)


def __getattr__(name: str) -> Any:
    found = globals()[name] = OPTIMIZERS.find(name)
    return found


def get(identifier: Any) -> Any:
    """The optimizer that a name, configuration, class or object stands for, a transformation of optax
    included; None for None.

    Raises:
        ValueError: if the name is unknown, with the closest known one, or it is no optimizer.

    Example:
        >>> get("Adam")
        <Adam name=adam..., learning_rate=0.001>
    """
    if identifier is None:
        return None
    if isinstance(identifier, str) and identifier.lower() in OPTIMIZERS:
        identifier = OPTIMIZERS[identifier.lower()]
    elif isinstance(identifier, Mapping):
        identifier = deserialize(identifier)
    elif not isinstance(identifier, (str, type, Optimizer)):
        from cornu.optimizers.optax_optimizer import OptaxOptimizer, is_transformation

        if is_transformation(identifier):
            return OptaxOptimizer(identifier)
    found = configuration.lookup(identifier, "optimizer", OPTIMIZERS)
    if not isinstance(found, Optimizer):
        raise ValueError(
            f"optimizer={describe(identifier)} is no optimizer. "
            'Write a name such as "adam", or an object such as Adam(learning_rate=0.001).'
        )
    return found


def serialize(optimizer: Any) -> Any:
    """An optimizer as plain numbers, strings, lists and dicts.

    Example:
        >>> from cornu.optimizers import SGD
        >>> serialize(SGD(momentum=0.9))["config"]["momentum"]
        0.9
    """
    return configuration.serialize(optimizer)


def deserialize(config: Any, custom_objects: Mapping[str, Any] | None = None) -> Any:
    """The optimizer that `serialize` described, or that has this name.

    Raises:
        ValueError: if it names neither an optimizer of ours nor one in `custom_objects`.

    Example:
        >>> deserialize({"class_name": "SGD", "config": {"momentum": 0.9}}).momentum
        0.9
    """
    with configuration.custom_object_scope(custom_objects):
        if isinstance(config, str):
            return get(config)
        name = str(config.get("class_name")).removeprefix("Custom>").lower()  # as Keras 2.11 wrote it
        if name in OPTIMIZERS and configuration.custom_object(config["class_name"]) is None:
            config = {**config, "class_name": name}
        return configuration.deserialize(config, OPTIMIZERS)
