"""Losses: what training minimizes, as functions and as objects."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from cornu.core import config
from cornu.losses.crossentropy import (
    BinaryCrossentropy,
    CategoricalCrossentropy,
    SparseCategoricalCrossentropy,
)
from cornu.losses.distributions import (
    KLDivergence,
    Poisson,
)
from cornu.losses.focal import (
    BinaryFocalCrossentropy,
    CategoricalFocalCrossentropy,
    CategoricalGeneralizedCrossEntropy,
)
from cornu.losses.functions import (
    ALL_FUNCTIONS,
    binary_crossentropy,
    binary_focal_crossentropy,
    categorical_crossentropy,
    categorical_focal_crossentropy,
    categorical_generalized_cross_entropy,
    categorical_hinge,
    circle,
    cosine_similarity,
    ctc,
    dice,
    hinge,
    huber,
    kl_divergence,
    log_cosh,
    mean_absolute_error,
    mean_absolute_percentage_error,
    mean_squared_error,
    mean_squared_logarithmic_error,
    poisson,
    sparse_categorical_crossentropy,
    squared_hinge,
    tversky,
)
from cornu.losses.hinge import (
    CategoricalHinge,
    Hinge,
    SquaredHinge,
)
from cornu.losses.loss import Loss
from cornu.losses.reduction import Reduction
from cornu.losses.regression import (
    MeanAbsoluteError,
    MeanAbsolutePercentageError,
    MeanSquaredError,
    MeanSquaredLogarithmicError,
)
from cornu.losses.robust import (
    Huber,
    LogCosh,
)
from cornu.losses.segmentation import (
    Dice,
    Tversky,
)
from cornu.losses.sequence import (
    CTC,
)
from cornu.losses.similarity import (
    Circle,
    CosineSimilarity,
)
from cornu.losses.wrapper import LossFunctionWrapper

CLASSES = (
    BinaryCrossentropy,
    BinaryFocalCrossentropy,
    CTC,
    CategoricalCrossentropy,
    CategoricalFocalCrossentropy,
    CategoricalGeneralizedCrossEntropy,
    CategoricalHinge,
    Circle,
    CosineSimilarity,
    Dice,
    Hinge,
    Huber,
    KLDivergence,
    LogCosh,
    MeanAbsoluteError,
    MeanAbsolutePercentageError,
    MeanSquaredError,
    MeanSquaredLogarithmicError,
    Poisson,
    SparseCategoricalCrossentropy,
    SquaredHinge,
    Tversky,
)
# The names that functions had in Keras 2, and have in `compile`, beside their own.
mse = MSE = mean_squared_error
mae = MAE = mean_absolute_error
mape = MAPE = mean_absolute_percentage_error
msle = MSLE = mean_squared_logarithmic_error
kld = KLD = kullback_leibler_divergence = kl_divergence
bce = BCE = binary_crossentropy
logcosh = log_cosh
cosine_proximity = cosine_similarity
OLD_NAMES = {
    **dict.fromkeys(("mse", "MSE"), mean_squared_error),
    **dict.fromkeys(("mae", "MAE"), mean_absolute_error),
    **dict.fromkeys(("mape", "MAPE"), mean_absolute_percentage_error),
    **dict.fromkeys(("msle", "MSLE"), mean_squared_logarithmic_error),
    **dict.fromkeys(("kld", "KLD", "kullback_leibler_divergence"), kl_divergence),
    **dict.fromkeys(("bce", "BCE"), binary_crossentropy),
    "logcosh": log_cosh,
    "cosine_proximity": cosine_similarity,
}
#: Every name that stands for a loss.
LOSSES: dict[str, Any] = {
    **{function.__name__: function for function in ALL_FUNCTIONS},
    **{cls.__name__: cls for cls in CLASSES},
    **OLD_NAMES,
    "huber_loss": huber,
}

__all__ = [
    *("BCE", "KLD", "MAE", "MAPE", "MSE", "MSLE", "bce", "cosine_proximity", "kld"),
    *("kullback_leibler_divergence", "logcosh", "mae", "mape", "mse", "msle"),
    "BinaryCrossentropy",
    "BinaryFocalCrossentropy",
    "CTC",
    "CategoricalCrossentropy",
    "CategoricalFocalCrossentropy",
    "CategoricalGeneralizedCrossEntropy",
    "CategoricalHinge",
    "Circle",
    "CosineSimilarity",
    "Dice",
    "Hinge",
    "Huber",
    "KLDivergence",
    "LogCosh",
    "Loss",
    "LossFunctionWrapper",
    "MeanAbsoluteError",
    "MeanAbsolutePercentageError",
    "MeanSquaredError",
    "MeanSquaredLogarithmicError",
    "Poisson",
    "Reduction",
    "SparseCategoricalCrossentropy",
    "SquaredHinge",
    "Tversky",
    "binary_crossentropy",
    "binary_focal_crossentropy",
    "categorical_crossentropy",
    "categorical_focal_crossentropy",
    "categorical_generalized_cross_entropy",
    "categorical_hinge",
    "circle",
    "cosine_similarity",
    "ctc",
    "deserialize",
    "dice",
    "get",
    "hinge",
    "huber",
    "kl_divergence",
    "log_cosh",
    "mean_absolute_error",
    "mean_absolute_percentage_error",
    "mean_squared_error",
    "mean_squared_logarithmic_error",
    "poisson",
    "serialize",
    "sparse_categorical_crossentropy",
    "squared_hinge",
    "tversky",
]


def get(identifier: Any) -> Any:
    """The loss that a name, configuration, class, object or function stands for; None for None.

    Raises:
        ValueError: if the name is unknown, with the closest known one.

    Example:
        >>> get("mse").__name__, get("MeanSquaredError")
        ('mean_squared_error', <MeanSquaredError name=mean_squared_error>)
    """
    return None if identifier is None else config.lookup(identifier, "loss", LOSSES)


def serialize(loss: Any) -> Any:
    """A loss as plain numbers, strings, lists and dicts.

    Example:
        >>> serialize(MeanSquaredError())["class_name"]
        'MeanSquaredError'
    """
    return config.serialize(loss)


def deserialize(name: Any, custom_objects: Mapping[str, Any] | None = None) -> Any:
    """The loss that `serialize` described, or that has this name.

    Raises:
        ValueError: if it names neither a loss of ours nor one in `custom_objects`.

    Example:
        >>> deserialize(serialize(MeanSquaredError(reduction="sum"))).reduction
        'sum'
    """
    if isinstance(name, str):
        with config.custom_object_scope(custom_objects):
            return get(name)
    return config.deserialize(name, LOSSES, custom_objects)
