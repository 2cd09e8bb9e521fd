"""Learning rates that change with the number of steps."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

from cornu.core import config as configuration
from cornu.core.catalogue import Catalogue
from cornu.optimizers.schedules.schedule import LearningRateSchedule

if TYPE_CHECKING:
    from cornu.optimizers.schedules.decays import (
        CosineDecay,
        CosineDecayRestarts,
        ExponentialDecay,
        InverseTimeDecay,
        PiecewiseConstantDecay,
        PolynomialDecay,
    )

__all__ = [
    "CosineDecay",
    "CosineDecayRestarts",
    "ExponentialDecay",
    "InverseTimeDecay",
    "LearningRateSchedule",
    "PiecewiseConstantDecay",
    "PolynomialDecay",
    "deserialize",
    "serialize",
]

#: The names that stand for a schedule.
SCHEDULES = Catalogue(
    __name__,
    {
        "decays": (
            "ExponentialDecay",
            "InverseTimeDecay",
            "PiecewiseConstantDecay",
            "PolynomialDecay",
            "CosineDecay",
            "CosineDecayRestarts",
        )
    },
)


def __getattr__(name: str) -> Any:
    found = globals()[name] = SCHEDULES.find(name)
    return found


def serialize(learning_rate_schedule: Any) -> Any:
    """A schedule as plain numbers, strings, lists and dicts.

    Example:
        >>> from cornu.optimizers.schedules import CosineDecay
        >>> serialize(CosineDecay(0.1, 100))["config"]["decay_steps"]
        100
    """
    return configuration.serialize(learning_rate_schedule)


def deserialize(config: Any, custom_objects: Mapping[str, Any] | None = None) -> Any:
    """The schedule that `serialize` described.

    Raises:
        ValueError: if it names neither a schedule of ours nor one in `custom_objects`.

    Example:
        >>> from cornu.optimizers.schedules import CosineDecay
        >>> deserialize(serialize(CosineDecay(0.1, 100))).decay_steps
        100
    """
    return configuration.deserialize(config, SCHEDULES, custom_objects)
