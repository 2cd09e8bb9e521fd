"""Penalties of Keras 1 that have other defaults than today's."""

from __future__ import annotations

from cornu.compat.notes import note
from cornu.regularizers import L1L2


def l1l2(l1: float = 0.01, l2: float = 0.01) -> L1L2:
    """`L1L2` with the defaults of Keras 1.

    Example:
        >>> l1l2().l1
        0.01
    """
    note("keras.regularizers.l1l2", "keras.regularizers.L1L2(l1=0.01, l2=0.01)")
    return L1L2(l1, l2)


def activity_l1l2(l1: float = 0.01, l2: float = 0.01) -> L1L2:
    """As `l1l2`, for outputs.

    Example:
        >>> activity_l1l2(l2=0.1).l2
        0.1
    """
    note("keras.regularizers.activity_l1l2", "keras.regularizers.L1L2(l1=0.01, l2=0.01)")
    return L1L2(l1, l2)


__all__ = ["activity_l1l2", "l1l2"]
