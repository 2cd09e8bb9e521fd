"""Losses of distributions: how far one is from another, how well a rate explains counts."""

from __future__ import annotations

from typing import Any

import jax.numpy as jnp
from jax import lax

from cornu.core.settings import epsilon
from cornu.losses.function import loss_function
from cornu.losses.loss import Loss
from cornu.losses.shapes import at_least, paired


@loss_function
def kl_divergence(y_true: Any, y_pred: Any) -> Any:
    """How much one distribution tells of another: the Kullback-Leibler divergence.

    Σ t log(t / p) with t = y_true, p = y_pred, both kept within [1e-7, 1]

    Args:
        y_true: probabilities, shape (batch, ..., classes).
        y_pred: predicted probabilities, the same shape.

    Returns:
        Losses, shape (batch, ...).

    Raises:
        ValueError: if the shapes differ by more than a last axis of size 1.

    Example:
        >>> round(float(kl_divergence([[0.0, 1.0]], [[0.5, 0.5]])[0]), 4)
        0.6931

    Source: S. Kullback and R. Leibler, On information and sufficiency, 1951.
    """
    t, p = paired("kl_divergence", y_true, y_pred)
    t, p = (lax.min(at_least(each, epsilon()), lax.full_like(each, 1)) for each in (t, p))
    return jnp.sum(t * lax.log(t / p), axis=-1)


@loss_function
def poisson(y_true: Any, y_pred: Any) -> Any:
    """How badly rates explain counts: minus the log-likelihood of Poisson, less a constant.

    mean(p − t log(p + ε)) with t = y_true, p = y_pred, ε = `config.epsilon()`, 1e-7

    Args:
        y_true: counts, shape (batch, ..., d).
        y_pred: predicted rates, above 0, the same shape.

    Returns:
        Losses, shape (batch, ...).

    Raises:
        ValueError: if the shapes differ by more than a last axis of size 1.

    Example:
        >>> round(float(poisson([[2.0]], [[1.0]])[0]), 4)
        1.0

    Source: S.-D. Poisson, Recherches sur la probabilité des jugements, 1837.
    """
    t, p = paired("poisson", y_true, y_pred)
    return jnp.mean(p - t * lax.log(p + p.dtype.type(epsilon())), axis=-1)


class KLDivergence(Loss):
    """How much one distribution tells of another: the Kullback-Leibler divergence.

    Σ t log(t / p) with t = y_true, p = y_pred, both kept within [1e-7, 1]

    Args:
        reduction, name, dtype: as for `Loss`.

    Inputs:
        y_true, y_pred: probabilities, shape (batch, ..., classes).
        sample_weight: shape (batch, ...).

    Raises:
        ValueError: if the shapes of `y_true` and `y_pred` differ by more than a last axis of 1.

    Example:
        >>> round(float(KLDivergence()([[0.0, 1.0]], [[0.5, 0.5]])), 4)
        0.6931

    Source: S. Kullback and R. Leibler, On information and sufficiency, 1951.
    """

    samplewise = True

    def __init__(
        self,
        reduction: str | None = "sum_over_batch_size",
        name: str | None = "kl_divergence",
        dtype: Any = None,
    ) -> None:
        super().__init__(name=name, reduction=reduction, dtype=dtype)

    def call(self, y_true: Any, y_pred: Any) -> Any:
        return kl_divergence(y_true, y_pred)


class Poisson(Loss):
    """How badly rates explain counts: minus the log-likelihood of Poisson, less a constant.

    mean(p − t log(p + ε)) with t = y_true, p = y_pred, ε = `config.epsilon()`, 1e-7

    Args:
        reduction, name, dtype: as for `Loss`.

    Inputs:
        y_true: counts, shape (batch, ..., d).
        y_pred: predicted rates, above 0, the same shape.
        sample_weight: shape (batch, ...).

    Raises:
        ValueError: if the shapes of `y_true` and `y_pred` differ by more than a last axis of 1.

    Example:
        >>> round(float(Poisson()([[2.0]], [[1.0]])), 4)
        1.0

    Source: S.-D. Poisson, Recherches sur la probabilité des jugements, 1837.
    """

    samplewise = True

    def __init__(
        self,
        reduction: str | None = "sum_over_batch_size",
        name: str | None = "poisson",
        dtype: Any = None,
    ) -> None:
        super().__init__(name=name, reduction=reduction, dtype=dtype)

    def call(self, y_true: Any, y_pred: Any) -> Any:
        return poisson(y_true, y_pred)
