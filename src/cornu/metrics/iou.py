"""Intersection over union: how well predicted regions cover those of the labels."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import jax.numpy as jnp
import numpy as np

from cornu.core.context import context
from cornu.core.errors import describe, show_shape, warn
from cornu.metrics.inputs import known, require_classes, require_count, weight_of
from cornu.metrics.metric import Metric

TINY = 1e-7


class IoU(Metric):
    """Mean intersection over union of some classes.

    TP / (TP + FP + FN) for each class, from a matrix of counts of labels and predictions; classes that
    are neither labels nor predictions are left out of the mean.

    Args:
        num_classes: how many classes there are.
        target_class_ids: the classes whose mean is the result.
        name: as for `Metric`.
        dtype: of the counts. Default: "int32", which cuts off fractions of weights.
        ignore_class: a label that does not count. Default: none.
        sparse_y_true: whether labels are class numbers; else the largest along `axis` is meant.
        sparse_y_pred: the same for predictions. Default: True, both are class numbers.
        axis: the axis of the classes, where there is one. Default: the last.

    Inputs:
        y_true, y_pred: class numbers of one shape (batch, ...), or scores with an axis more.
        sample_weight: one per row or per class number.

    Raises:
        ValueError: if `num_classes` is missing, a class is outside of it, or the shapes do not match.

    Example:
        >>> metric = IoU(num_classes=2, target_class_ids=[0])
        >>> round(float(metric([0, 0, 1, 1], [0, 1, 0, 1])), 4)
        0.3333
    """

    samplewise = True
    _direction = "up"

    def __init__(
        self,
        num_classes: int,
        target_class_ids: Sequence[int],
        name: str | None = None,
        dtype: Any = None,
        ignore_class: int | None = None,
        sparse_y_true: bool = True,
        sparse_y_pred: bool = True,
        axis: int = -1,
    ) -> None:
        super().__init__(name=name, dtype=dtype or "int32")
        require_count(self.name, "num_classes", num_classes)
        self.num_classes, self.ignore_class, self.axis = num_classes, ignore_class, axis
        self.sparse_y_true, self.sparse_y_pred = sparse_y_true, sparse_y_pred
        self.target_class_ids = _classes(self.name, target_class_ids, num_classes)
        size = (num_classes, num_classes)
        self.total_cm = self.add_variable(size, dtype=self.dtype, name="total_confusion_matrix")

    def update_state(self, y_true: Any, y_pred: Any, sample_weight: Any = None) -> None:
        given = y_pred
        y_true = self._numbers(y_true, self.sparse_y_true)
        y_pred = self.predicted(y_pred)
        if y_true.size != y_pred.size:
            raise ValueError(self._different(y_true, y_pred))
        require_classes(self.name, "y_true", y_true, self.num_classes, self.ignore_class)
        require_classes(self.name, "y_pred", y_pred, self.num_classes)
        self._check_fractions(sample_weight)
        weight = weight_of(self.name, sample_weight, given, y_true, self.dtype)
        weight = jnp.ones((), self.dtype) if weight is None else weight
        counted = jnp.broadcast_to(weight, y_true.shape).reshape(-1)
        y_true, y_pred = y_true.reshape(-1), y_pred.reshape(-1)
        inside = (y_true >= 0) & (y_true < self.num_classes)
        inside &= (y_pred >= 0) & (y_pred < self.num_classes)
        if self.ignore_class is not None:
            inside &= y_true != self.ignore_class
        counted = jnp.where(inside, counted, 0)
        y_true, y_pred = jnp.where(inside, y_true, 0), jnp.where(inside, y_pred, 0)
        matrix = jnp.zeros(self.total_cm.shape, counted.dtype).at[y_true, y_pred].add(counted)
        self.total_cm.assign_add(matrix)

    def predicted(self, y_pred: Any) -> Any:
        """The class numbers that predictions mean."""
        return self._numbers(y_pred, self.sparse_y_pred)

    def _numbers(self, given: Any, sparse: bool) -> Any:
        """Class numbers, of which the fractions are cut off."""
        array = jnp.asarray(given)
        if sparse:
            return array.astype(jnp.int32)
        if not -array.ndim <= self.axis < array.ndim:
            raise ValueError(
                f"{self.name}: an array of shape {show_shape(array.shape)} has no axis={self.axis} of "
                "classes. For class numbers write sparse_y_true=True, sparse_y_pred=True."
            )
        return jnp.argmax(array, axis=self.axis)

    def _different(self, y_true: Any, y_pred: Any) -> str:
        text = (
            f"{self.name}: y_true has shape {show_shape(y_true.shape)} but y_pred has shape "
            f"{show_shape(y_pred.shape)}; they must hold equally many class numbers. "
        )
        for name, long, short in (("y_pred", y_pred, y_true), ("y_true", y_true, y_pred)):
            if long.size == short.size * self.num_classes:
                return f"{text}{name} looks like scores of classes: write sparse_{name}=False."
        return f"{text}Pass one class number of y_true for each of y_pred."

    def _check_fractions(self, weight: Any) -> None:
        """Warns of weights that would be cut off: known ones with a fraction, unknown floats."""
        filled = context.rows is not None and weight is context.rows.mask
        if weight is None or filled or self.dtype.startswith(("float", "bfloat")):
            return
        numbers = known(weight)
        dtype = jnp.result_type(weight) if numbers is None else numbers.dtype
        if dtype.kind == "f" and (numbers is None or np.any(numbers != np.trunc(numbers))):
            warn(
                f"{self.name} counts in {self.dtype}, so fractions of sample_weight are cut off: 0.5 "
                'becomes 0. Write dtype="float32".'
            )

    def result(self) -> Any:
        matrix = self.total_cm.value
        right = jnp.diagonal(matrix)
        union = jnp.sum(matrix, axis=0) + jnp.sum(matrix, axis=1) - right
        ids = np.asarray(self.target_class_ids)
        right, union = (array[ids].astype(jnp.float32) for array in (right, union))
        seen = union > 1e-9
        shares = jnp.where(seen, right / (union + TINY), 0.0)
        return jnp.sum(shares) / (jnp.sum(seen) + TINY)


class BinaryIoU(IoU):
    """Mean intersection over union of the classes 0 and 1, predicted below or above a threshold.

    TP / (TP + FP + FN) for each class, with class 1 where y_pred ≥ threshold

    Args:
        target_class_ids: the classes whose mean is the result. Default: both.
        threshold: from it on, a prediction means class 1. Default: 0.5.
        name, dtype: as for `IoU`.

    Inputs:
        y_true: labels 0 and 1, shape (batch, ...).
        y_pred: probabilities or logits, of the same shape.
        sample_weight: one per row or per value.

    Raises:
        ValueError: if a label is neither 0 nor 1, or the shapes do not match.

    Example:
        >>> metric = BinaryIoU(target_class_ids=[0, 1], threshold=0.3)
        >>> round(float(metric([0, 1, 0, 1], [0.1, 0.2, 0.4, 0.7])), 4)
        0.3333
    """

    samplewise = True

    def __init__(
        self,
        target_class_ids: Sequence[int] = (0, 1),
        threshold: float = 0.5,
        name: str | None = None,
        dtype: Any = None,
    ) -> None:
        super().__init__(2, target_class_ids, name=name, dtype=dtype)
        self.threshold = threshold

    def predicted(self, y_pred: Any) -> Any:
        return (jnp.asarray(y_pred) >= self.threshold).astype(jnp.int32)


class MeanIoU(IoU):
    """Mean intersection over union of all classes.

    mean(TP / (TP + FP + FN)) over the classes that are seen

    Args:
        num_classes: how many classes there are.
        name, dtype, ignore_class, sparse_y_true, sparse_y_pred, axis: as for `IoU`.

    Inputs, errors: as for `IoU`.

    Example:
        >>> round(float(MeanIoU(num_classes=2)([0, 0, 1, 1], [0, 1, 0, 1])), 4)
        0.3333
    """

    samplewise = True

    def __init__(
        self,
        num_classes: int,
        name: str | None = None,
        dtype: Any = None,
        ignore_class: int | None = None,
        sparse_y_true: bool = True,
        sparse_y_pred: bool = True,
        axis: int = -1,
    ) -> None:
        every = range(num_classes) if isinstance(num_classes, int) else (0,)
        super().__init__(
            num_classes, every, name, dtype, ignore_class, sparse_y_true, sparse_y_pred, axis
        )


class OneHotIoU(IoU):
    """Mean intersection over union of some classes, for one-hot labels.

    TP / (TP + FP + FN) for each class, a label's being the largest of its row

    Args:
        num_classes: how many classes there are.
        target_class_ids: the classes whose mean is the result.
        name, dtype, ignore_class, axis: as for `IoU`.
        sparse_y_pred: whether predictions are class numbers. Default: False.

    Inputs:
        y_true: one-hot rows, shape (batch, ..., classes).
        y_pred: scores of the same shape, or class numbers if `sparse_y_pred`.
        sample_weight: one per row or per class number.

    Raises:
        ValueError: as for `IoU`.

    Example:
        >>> metric = OneHotIoU(num_classes=2, target_class_ids=[1])
        >>> round(float(metric([[0, 1], [1, 0]], [[0.2, 0.8], [0.6, 0.4]])), 4)
        1.0
    """

    samplewise = True

    def __init__(
        self,
        num_classes: int,
        target_class_ids: Sequence[int],
        name: str | None = None,
        dtype: Any = None,
        ignore_class: int | None = None,
        sparse_y_pred: bool = False,
        axis: int = -1,
    ) -> None:
        super().__init__(
            num_classes, target_class_ids, name, dtype, ignore_class, False, sparse_y_pred, axis
        )


class OneHotMeanIoU(MeanIoU):
    """Mean intersection over union of all classes, for one-hot labels.

    mean(TP / (TP + FP + FN)) over the classes that are seen, a label's being the largest of its row

    Args:
        num_classes: how many classes there are.
        name, dtype, ignore_class, axis: as for `IoU`.
        sparse_y_pred: whether predictions are class numbers. Default: False.

    Inputs, errors: as for `OneHotIoU`.

    Example:
        >>> metric = OneHotMeanIoU(num_classes=2)
        >>> round(float(metric([[0, 1], [1, 0]], [[0.2, 0.8], [0.6, 0.4]])), 4)
        1.0
    """

    samplewise = True

    def __init__(
        self,
        num_classes: int,
        name: str | None = None,
        dtype: Any = None,
        ignore_class: int | None = None,
        sparse_y_pred: bool = False,
        axis: int = -1,
    ) -> None:
        super().__init__(num_classes, name, dtype, ignore_class, False, sparse_y_pred, axis)


def _classes(name: str, ids: Any, num_classes: int) -> list[int]:
    """The class numbers as a list, if there are such classes."""
    numbers = list(ids) if isinstance(ids, (list, tuple, range, np.ndarray)) else []
    whole = all(isinstance(each, (int, np.integer)) for each in numbers)
    if not numbers or not whole or min(numbers) < 0 or max(numbers) >= num_classes:
        raise ValueError(
            f"{name}: target_class_ids is a list of classes from 0 to {num_classes - 1}, but is "
            f"{describe(ids)}. Write for example target_class_ids=[0]."
        )
    return [int(each) for each in numbers]
