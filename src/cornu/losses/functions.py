"""All losses as functions of labels and predictions: one number per sample (and position)."""

from __future__ import annotations

from cornu.losses.crossentropy import (
    binary_crossentropy,
    categorical_crossentropy,
    check_axis,
    check_label_smoothing,
    sparse_categorical_crossentropy,
)
from cornu.losses.distributions import kl_divergence, poisson
from cornu.losses.focal import (
    binary_focal_crossentropy,
    categorical_focal_crossentropy,
    categorical_generalized_cross_entropy,
)
from cornu.losses.hinge import categorical_hinge, hinge, squared_hinge
from cornu.losses.regression import (
    mean_absolute_error,
    mean_absolute_percentage_error,
    mean_squared_error,
    mean_squared_logarithmic_error,
)
from cornu.losses.robust import huber, log_cosh
from cornu.losses.segmentation import dice, tversky
from cornu.losses.sequence import ctc
from cornu.losses.similarity import circle, cosine_similarity

# Those that treat rows alone, unless they are told to go along the axis of the rows.
FUNCTIONS = (
    mean_squared_error,
    mean_absolute_error,
    mean_absolute_percentage_error,
    mean_squared_logarithmic_error,
    huber,
    log_cosh,
    cosine_similarity,
    hinge,
    squared_hinge,
    categorical_hinge,
    binary_crossentropy,
    binary_focal_crossentropy,
    categorical_crossentropy,
    categorical_focal_crossentropy,
    sparse_categorical_crossentropy,
    categorical_generalized_cross_entropy,
    kl_divergence,
    poisson,
    ctc,
)
ALL_FUNCTIONS = (*FUNCTIONS, circle, dice, tversky)

__all__ = [
    "ALL_FUNCTIONS",
    "FUNCTIONS",
    "check_axis",
    "check_label_smoothing",
    "binary_crossentropy",
    "binary_focal_crossentropy",
    "categorical_crossentropy",
    "categorical_focal_crossentropy",
    "categorical_generalized_cross_entropy",
    "categorical_hinge",
    "circle",
    "cosine_similarity",
    "ctc",
    "dice",
    "hinge",
    "huber",
    "kl_divergence",
    "log_cosh",
    "mean_absolute_error",
    "mean_absolute_percentage_error",
    "mean_squared_error",
    "mean_squared_logarithmic_error",
    "poisson",
    "sparse_categorical_crossentropy",
    "squared_hinge",
    "tversky",
]
