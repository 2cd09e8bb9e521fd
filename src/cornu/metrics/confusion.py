"""True and false positives and negatives at thresholds, and what rests on them."""

from __future__ import annotations

from typing import Any, NamedTuple

import jax
import jax.numpy as jnp
import numpy as np
from jax import lax

from cornu.core.dtypes import floatx
from cornu.core.errors import show_shape
from cornu.core.inlining import rolled
from cornu.core.variable import Variable
from cornu.metrics.inputs import (
    matched,
    require_between_0_and_1,
    require_count,
    require_yes_or_no,
    weight_of,
)
from cornu.metrics.metric import Metric

NEVER = -1e10  # what stands for a prediction that is not among the k highest


class Counts(NamedTuple):
    """Sums of weights at each threshold."""

    true_positives: Any
    false_positives: Any
    true_negatives: Any
    false_negatives: Any


def counting(*names: str, **others: str) -> dict[str, str]:
    """Variables, and what each counts: those named like their counts, and others."""
    return {**{name: name for name in names}, **others}


class Thresholds:
    """Numbers that predictions are compared with; above one, a prediction means yes.

    Args:
        values: the thresholds.
        even: whether they lie at equal distances from 0 to 1, its ends perhaps moved out a little.
    """

    def __init__(self, values: Any, even: bool | None = None) -> None:
        given = np.asarray(values, dtype="float64")
        self.count = len(given)
        order = np.argsort(given, kind="stable")
        self.sorted = given[order]
        # where each of the given ones is among the sorted ones; None: where it is
        self.places = None if (order == np.arange(self.count)).all() else np.argsort(order)
        self.even = is_even(given) if even is None else even
        self.below_zero = bool(self.sorted[0] < 0 or self.sorted[-1] > 1)

    def bins(self, y_pred: Any) -> Any:
        """How many thresholds each prediction is above."""
        if self.even:
            bins = lax.ceil(jnp.clip(y_pred, 0.0, 1.0) * (self.count - 1)).astype(jnp.int32)
            return jnp.maximum(bins, 1) if self.below_zero else bins
        thresholds = jnp.asarray(self.sorted, dtype=y_pred.dtype)
        return jnp.sum(y_pred[..., None] > thresholds, axis=-1)

    def counted(self, y_true: Any, y_pred: Any, weight: Any, by_label: bool) -> Counts:
        """The counts of a batch at each threshold, and for each label by itself if `by_label`.

        A histogram over the thresholds, summed from the top: its cost is the number of predictions plus
        the number of thresholds, not their product.
        """
        weight = jnp.broadcast_to(jnp.ones((), y_pred.dtype) if weight is None else weight, y_pred.shape)
        yes = jnp.where(y_true != 0, weight, 0)
        pairs = jnp.stack([yes, weight - yes], axis=-1)  # weights of yes and of no
        bins = self.bins(y_pred)
        labels = y_pred.shape[1:] if by_label else ()
        pairs, bins = pairs.reshape(-1, *labels, 2), bins.reshape(-1, *labels)
        index = (bins, *(jnp.arange(size) for size in labels))
        histogram = jnp.zeros((self.count + 1, *labels, 2), y_pred.dtype).at[index].add(pairs)
        above = from_the_top(histogram)
        above, below = above[1:], above[0] - above[1:]
        if self.places is not None:
            above, below = above[self.places], below[self.places]
        return Counts(above[..., 0], above[..., 1], below[..., 1], below[..., 0])


def from_the_top(numbers: Any) -> Any:
    """Sums along the first axis, each from its place to the end.

    On the CPU in a loop: `cumsum` takes 130 to 230 us for 200 thresholds in a program that is compiled
    quickly, where the loop takes 20, and as long where it is compiled well (7 to 24 us).
    """
    if len(numbers) <= 8 or jax.default_backend() != "cpu":
        return lax.cumsum(numbers, axis=0, reverse=True)

    def add(total: Any, number: Any) -> tuple[Any, Any]:
        return total + number, total + number

    return rolled(lax.scan, add, jnp.zeros_like(numbers[0]), numbers, reverse=True)[1]


def is_even(values: Any) -> bool:
    """Whether these are three or more numbers at equal distances from 0 to 1."""
    count = len(values)
    return count > 2 and bool(np.allclose(values, np.arange(count) / (count - 1), atol=1e-7))


MOST = 10_000_000  # thresholds: float32 tells no more apart


def evenly(count: int) -> list[float]:
    """So many numbers at equal distances from 0 to 1; one alone is 0.5.

    Raises:
        ValueError: if there are more than anybody can tell apart.
    """
    if count > MOST:
        raise ValueError(f"num_thresholds={count:,} are too many: {MOST:,} are the most. Write 200.")
    if count == 1:
        return [0.5]
    return [0.0, *((i + 1) * 1.0 / (count - 1) for i in range(count - 2)), 1.0]


def ratio(part: Any, other: Any) -> Any:
    """part / (part + other), 0 where both are 0."""
    whole = part + other
    return jnp.where(whole == 0, 0, part / jnp.where(whole == 0, 1, whole))


class ConfusionMetric(Metric):
    """Base of the metrics that gather counts of right and wrong answers at thresholds."""

    samplewise = True
    #: Its variables, and what each of them counts.
    counts = counting(*Counts._fields)
    top_k: int | None = None
    class_id: int | None = None
    label_weights: Any = None
    multi_label = False

    def add_counts(self, thresholds: Thresholds, labels: tuple[int, ...] = ()) -> None:
        """Makes the variables, one number per threshold."""
        self._thresholds = thresholds
        for name in self.counts:
            setattr(self, name, self.add_variable((thresholds.count, *labels), name=name))

    def update_state(self, y_true: Any, y_pred: Any, sample_weight: Any = None) -> None:
        given = y_pred
        y_true, y_pred = matched(self.name, y_true, self.probabilities(y_pred), floatx())
        if self.top_k is not None:
            y_pred = only_top_k(self.name, y_pred, self.top_k)
        if self.class_id is not None:
            y_true, y_pred = (self._of_class(array) for array in (y_true, y_pred))
        require_yes_or_no(self.name, y_true)
        weight = weight_of(self.name, sample_weight, given, y_pred, y_pred.dtype)
        if self.label_weights is not None and not self.multi_label:
            weight = self._of_labels(y_pred) * (1 if weight is None else weight)
        counts = self._thresholds.counted(y_true, y_pred, weight, self.multi_label)
        for name, counted in self.counts.items():
            getattr(self, name).assign_add(getattr(counts, counted))

    def probabilities(self, y_pred: Any) -> Any:
        """What is compared with the thresholds."""
        return y_pred

    def _of_class(self, array: Any) -> Any:
        """The column of the one class that counts."""
        if array.ndim < 2 or not -array.shape[-1] <= self.class_id < array.shape[-1]:
            raise ValueError(
                f"{self.name}: class_id={self.class_id} is a column of y_pred, shape (batch, classes), "
                f"but y_pred has shape {show_shape(array.shape)}. Leave class_id out, or give one "
                f"from 0 to {array.shape[-1] - 1 if array.ndim > 1 else 'classes - 1'}."
            )
        return array[..., self.class_id, None]

    def _of_labels(self, y_pred: Any) -> Any:
        """The weights of labels, if there is one for each column of the predictions."""
        weights = jnp.asarray(self.label_weights, dtype=y_pred.dtype)
        columns = y_pred.shape[-1] if y_pred.ndim > 1 else 1
        if weights.ndim != 1 or weights.shape[0] not in (1, columns):
            raise ValueError(
                f"{self.name}: label_weights has shape {show_shape(weights.shape)}, but y_pred has "
                f"{columns} labels: shape {show_shape(y_pred.shape)}. Give one weight per label."
            )
        return weights


def only_top_k(name: str, y_pred: Any, k: int) -> Any:
    """The predictions, those that are not among the k highest of their row far below all thresholds."""
    classes = y_pred.shape[-1]
    if k > classes:
        raise ValueError(
            f"{name}: top_k={k}, but y_pred has {classes} classes: shape {show_shape(y_pred.shape)}. "
            f"Write top_k={classes} or less."
        )
    best = lax.top_k(y_pred, k)[1]
    among = jnp.any(best[..., None, :] == jnp.arange(classes)[:, None], axis=-1)
    return jnp.where(among, y_pred, NEVER)


def checked_thresholds(name: str, thresholds: Any, default: float = 0.5) -> list[float]:
    """The thresholds as a list of numbers.

    Raises:
        ValueError: if one of them is no number from 0 to 1.
    """
    if thresholds is None:
        return [default]
    many = isinstance(thresholds, (list, tuple, np.ndarray))
    for each in thresholds if many else [thresholds]:
        require_between_0_and_1(name, "thresholds", each)
    if many and not len(thresholds):
        raise ValueError(f"{name}: thresholds is empty. Leave it out, or write thresholds=[0.5].")
    return [float(each) for each in thresholds] if many else [float(thresholds)]


class _Count(ConfusionMetric):
    """One of the four counts."""

    samplewise = True
    accumulator: Variable

    def __init__(self, thresholds: Any = None, name: str | None = None, dtype: Any = None) -> None:
        super().__init__(name=name, dtype=dtype)
        self.init_thresholds = thresholds
        self.thresholds = checked_thresholds(self.name, thresholds)
        self.add_counts(Thresholds(self.thresholds))

    def result(self) -> Any:
        counts = self.accumulator.value
        return counts[0] if len(self.thresholds) == 1 else counts

    def get_config(self) -> dict[str, Any]:
        return {**super().get_config(), "thresholds": _plain(self.init_thresholds)}


class TruePositives(_Count):
    """How many labels 1 are predicted above the threshold.

    Σ wᵢ [y_trueᵢ = 1] [y_predᵢ > threshold]

    Args:
        thresholds: number or list of numbers from 0 to 1, each with a count of its own. Default: 0.5.
        name, dtype: as for `Metric`.

    Inputs:
        y_true: labels 0 and 1, of the shape of `y_pred`.
        y_pred: probabilities, any shape (batch, ...).
        sample_weight: w, one per row or per value.

    Raises:
        ValueError: if a threshold or a label is outside [0, 1], or the shapes do not match.

    Example:
        >>> float(TruePositives()([0, 1, 1, 1], [0.9, 0.8, 0.7, 0.2]))
        2.0
    """

    counts = counting(accumulator="true_positives")


class FalsePositives(_Count):
    """How many labels 0 are predicted above the threshold.

    Σ wᵢ [y_trueᵢ = 0] [y_predᵢ > threshold]

    Args:
        thresholds: number or list of numbers from 0 to 1, each with a count of its own. Default: 0.5.
        name, dtype: as for `Metric`.

    Inputs, errors: as for `TruePositives`.

    Example:
        >>> float(FalsePositives()([0, 1, 1, 1], [0.9, 0.8, 0.7, 0.2]))
        1.0
    """

    counts = counting(accumulator="false_positives")


class TrueNegatives(_Count):
    """How many labels 0 are predicted not above the threshold.

    Σ wᵢ [y_trueᵢ = 0] [y_predᵢ ≤ threshold]

    Args:
        thresholds: number or list of numbers from 0 to 1, each with a count of its own. Default: 0.5.
        name, dtype: as for `Metric`.

    Inputs, errors: as for `TruePositives`.

    Example:
        >>> TrueNegatives(thresholds=[0.1, 0.5])([0, 1, 0], [0.2, 0.8, 0.05]).tolist()
        [1.0, 2.0]
    """

    counts = counting(accumulator="true_negatives")


class FalseNegatives(_Count):
    """How many labels 1 are predicted not above the threshold.

    Σ wᵢ [y_trueᵢ = 1] [y_predᵢ ≤ threshold]

    Args:
        thresholds: number or list of numbers from 0 to 1, each with a count of its own. Default: 0.5.
        name, dtype: as for `Metric`.

    Inputs, errors: as for `TruePositives`.

    Example:
        >>> float(FalseNegatives()([0, 1, 1, 1], [0.9, 0.8, 0.7, 0.2], sample_weight=[1, 1, 1, 3]))
        3.0
    """

    counts = counting(accumulator="false_negatives")


class _Share(ConfusionMetric):
    """The share of true positives among them and one other count."""

    samplewise = True

    def __init__(
        self,
        thresholds: Any = None,
        top_k: int | None = None,
        class_id: int | None = None,
        name: str | None = None,
        dtype: Any = None,
    ) -> None:
        super().__init__(name=name, dtype=dtype)
        if top_k is not None:
            require_count(self.name, "top_k", top_k)
        self.init_thresholds, self.top_k, self.class_id = thresholds, top_k, class_id
        default = 0.5 if top_k is None else NEVER
        self.thresholds = checked_thresholds(self.name, thresholds, default)
        self.add_counts(Thresholds(self.thresholds))

    def result(self) -> Any:
        shares = ratio(*(getattr(self, name).value for name in self.counts))
        return shares[0] if len(self.thresholds) == 1 else shares

    def get_config(self) -> dict[str, Any]:
        return {**super().get_config(), "thresholds": _plain(self.init_thresholds)}


class Precision(_Share):
    """The share of labels 1 among what is predicted above the threshold; 0 if nothing is.

    true_positives / (true_positives + false_positives)

    Args:
        thresholds: number or list of numbers from 0 to 1, each with a result of its own. Default: 0.5,
            with `top_k` none.
        top_k: only so many highest predictions of a row mean yes. Default: all.
        class_id: the one class, a column of `y_pred`, that counts. Default: all.
        name, dtype: as for `Metric`.

    Inputs:
        y_true: labels 0 and 1, of the shape of `y_pred`.
        y_pred: probabilities, any shape (batch, ...).
        sample_weight: one per row or per value.

    Raises:
        ValueError: if a threshold or a label is outside [0, 1], or the shapes do not match.

    Example:
        >>> float(Precision()([0, 1, 1, 1], [0.9, 0.8, 0.7, 0.2]))
        0.666...
    """

    counts = counting("true_positives", "false_positives")
    _direction = "up"


class Recall(_Share):
    """The share of labels 1 that is predicted above the threshold; 0 if there are none.

    true_positives / (true_positives + false_negatives)

    Args:
        thresholds: number or list of numbers from 0 to 1, each with a result of its own. Default: 0.5,
            with `top_k` none.
        top_k: only so many highest predictions of a row mean yes. Default: all.
        class_id: the one class, a column of `y_pred`, that counts. Default: all.
        name, dtype: as for `Metric`.

    Inputs, errors: as for `Precision`.

    Example:
        >>> float(Recall(top_k=1)([[0, 1, 1]], [[0.1, 0.5, 0.4]]))
        0.5
    """

    counts = counting("true_positives", "false_negatives")
    _direction = "up"


def _plain(thresholds: Any) -> Any:
    """Thresholds as they were given, in Python's numbers."""
    return thresholds.tolist() if hasattr(thresholds, "tolist") else thresholds
