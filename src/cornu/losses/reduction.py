"""Reduction: the reductions of losses, as tf.keras named them."""

from __future__ import annotations


class Reduction:
    """Names for the argument `reduction` of losses, as tf.keras had them; plain strings do as well.

    Example:
        >>> from cornu.losses import MeanSquaredError
        >>> MeanSquaredError(reduction=Reduction.NONE)([[1.0], [2.0]], [[3.0], [2.0]]).tolist()
        [4.0, 0.0]
    """

    AUTO = "auto"
    NONE = "none"
    SUM = "sum"
    SUM_OVER_BATCH_SIZE = "sum_over_batch_size"
