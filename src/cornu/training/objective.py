"""The objective: losses and metrics of `compile`, matched with the outputs of the model."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import jax
import jax.tree_util as tree
import numpy as np
from jax import lax

from cornu import metrics
from cornu.core.context import context
from cornu.core.errors import did_you_mean, note, show_shape
from cornu.core.masks import mask_of
from cornu.core.module import Module, outermost
from cornu.training.choosing import loss_for, metric_for

COMPILED = (
    "  It is compiled and differentiated: use jax.numpy in place of numpy, jax.numpy.where in "
    "place of `if`, "
    "and no float() or int()."
)
WEIGHTS = (
    "compile(loss_weights=...) has {count} weights, {weights}, for the output {name}, which has "
    "{losses} losses. Write one for each, or a single number."
)


class Output:
    """One output of the model: its name and shape, its losses with their weights, and its metrics."""

    def __init__(
        self,
        name: str | None,
        shape: Any,
        losses: list[Any],
        weights: list[Any],
        plain: list[Any],
        weighted: list[Any],
    ) -> None:
        self.name = name
        self.shape = tuple(shape)
        self.units = self.shape[-1] if len(self.shape) > 1 else 1
        self.losses, self.weights = losses, weights
        self.metrics = plain
        self.weighted_metrics = weighted

    def traced_as(self) -> dict[str, Any]:
        """What of it decides how a program is traced."""
        return {**vars(self), "name": None}

    @property
    def loss(self) -> Any:
        """Its loss, or the first of several; None if it has none."""
        return self.losses[0] if self.losses else None

    def each_loss(self) -> list[Output]:
        """The output once for each loss, as if that were its only one."""
        pairs = zip(self.losses, self.weights, strict=True)
        return [
            Output(self.name, self.shape, [loss], [weight], self.metrics, self.weighted_metrics)
            for loss, weight in pairs
        ]


class Objective(Module):
    """What training minimizes and what it reports.

    Args:
        loss: one loss for all outputs, or a list or dict of them; an entry that is a list stands for the
            sum of several losses of one output.
        loss_weights: a number, list or dict: the total is the weighted sum.
        plain_metrics: metrics that ignore sample weights, in the same forms.
        weighted_metrics: metrics that use them.
    """

    part = "metrics"

    def __init__(self, loss: Any, loss_weights: Any, plain_metrics: Any, weighted_metrics: Any) -> None:
        self.loss, self.loss_weights = loss, loss_weights
        self.plain_metrics, self.weighted_metrics = plain_metrics, weighted_metrics
        self.built = False
        self.outputs: list[Output] = []
        self.names: list[str | None] = []
        self.mean_loss = metrics.Mean(name="loss")
        self.mean_losses: list[Any] = []
        self.all_metrics: list[Any] = []
        self.log_names: dict[str, Any] = {}

    def traced_as(self) -> dict[str, Any]:
        """What of it decides how a program is traced: names of outputs only if there are several."""
        names = self.names if len(self.outputs) > 1 else []
        return {**vars(self), "names": names}

    def build(self, y: Any, outputs: Any, names: Sequence[str] | None) -> None:
        """Matches losses and metrics with the outputs, knowing their shapes and those of the targets."""
        predictions = tree.tree_leaves(outputs)
        self.names = names_of(outputs, names)
        count = len(predictions)
        targets = self.targets(y, count)
        loss = [
            [each for each in _flat(entry) if each is not None]
            for entry in self._spread(self.loss, count, "loss", one_for_all=True, nested=True)
        ]
        weights = self._weights_of_losses([len(entry) for entry in loss])
        plain = self._spread(self.plain_metrics, count, "metrics", nested=True)
        weighted = self._spread(self.weighted_metrics, count, "weighted_metrics", nested=True)
        self.outputs = [
            Output(
                self.names[i],
                predictions[i].shape,
                [loss_for(each, targets[i], predictions[i]) for each in loss[i]],
                weights[i],
                [metric_for(m, targets[i], predictions[i]) for m in _as_list(plain[i])],
                [metric_for(m, targets[i], predictions[i]) for m in _as_list(weighted[i])],
            )
            for i in range(count)
        ]
        if sum(len(output.losses) for output in self.outputs) > 1:
            self.mean_losses = [
                metrics.Mean(name=f"{output.name or output.loss.name}_loss")
                if output.loss is not None
                else None
                for output in self.outputs
            ]
        self.all_metrics = [m for o in self.outputs for m in (*o.metrics, *o.weighted_metrics)]
        for output, target, prediction in zip(self.outputs, targets, predictions, strict=True):
            for metric in (*output.metrics, *output.weighted_metrics):
                if target is not None and hasattr(metric, "make_variables"):
                    metric.make_variables(target.shape, prediction.shape)
        self.log_names = self._log_names()
        self.built = True

    def _weights_of_losses(self, counts: list[int]) -> list[list[Any]]:
        """The weight of each loss of each output; one for an output counts for all its losses."""
        given = self.loss_weights
        if isinstance(given, (list, tuple)) and len(given) != len(counts) and len(given) == sum(counts):
            ends = np.cumsum(counts)
            return [list(given[end - count : end]) for count, end in zip(counts, ends, strict=True)]
        spread = self._spread(given, len(counts), "loss_weights", nested=max(counts, default=0) > 1)
        found = []
        for number, (entry, count) in enumerate(zip(spread, counts, strict=True)):
            flat = _flat(entry) if isinstance(entry, (list, tuple)) else [entry] * count
            if len(flat) != count:
                name = f'"{self.names[number]}"' if self.names[number] else f"number {number}"
                raise ValueError(WEIGHTS.format(weights=entry, count=len(flat), name=name, losses=count))
            found.append(flat)
        return found

    def _log_names(self) -> dict[str, Any]:
        """The metrics by their names in the logs: with the output's name where there are several,
        never twice."""
        named: dict[str, Any] = {}
        for kind in ("metrics", "weighted_metrics"):
            for output in self.outputs:
                for metric in getattr(output, kind):
                    prefix = f"{output.name}_" if len(self.outputs) > 1 and output.name else ""
                    name = f"{prefix}{metric.name}"
                    if name in named and kind == "weighted_metrics":
                        name = f"{prefix}weighted_{metric.name}"
                    base, number = name, 0
                    while name in named:
                        number += 1
                        name = f"{base}_{number}"
                    named[name] = metric
        return named

    def _spread(
        self, given: Any, count: int, what: str, one_for_all: bool = False, nested: bool = False
    ) -> list[Any]:
        """`given` as one entry per output."""
        if given is None:
            return [None] * count
        if isinstance(given, Mapping):
            return self._by_name(given, count, what)
        if isinstance(given, (list, tuple)):
            if count == 1 and nested:
                return [given]
            if len(given) == count:
                return list(given)
            raise ValueError(
                f"compile({what}=...) has {len(given)} entries, but the model has {count} outputs"
                f"{self._output_list()}. Write one entry per output (None for none)."
            )
        if one_for_all or count == 1:
            return [given] * count
        raise ValueError(
            f"compile({what}=...) needs one entry per output{self._output_list()}: a list or a dict."
        )

    def _by_name(self, given: Mapping[str, Any], count: int, what: str) -> list[Any]:
        """The entries of a dict in the order of the outputs; it may be nested as these are."""
        found: dict[str | None, Any] = {}
        for name, value in given.items():
            found.update(self._below(str(name), value, what))
        return [found.get(self.names[i]) for i in range(count)]

    def _below(self, name: str, value: Any, what: str) -> dict[str, Any]:
        """The entries by the names of outputs, for what is given under a name or the start of one."""
        known = [each for each in self.names if each]
        if name in known:
            return {name: value}
        nested = isinstance(value, (Mapping, list, tuple))
        if nested and any(each.startswith(f"{name}/") for each in known):
            pairs = value.items() if isinstance(value, Mapping) else enumerate(value)
            inner = [self._below(f"{name}/{key}", item, what) for key, item in pairs]
            return {key: item for part in inner for key, item in part.items()}
        raise ValueError(
            f'{_argument(what)} names an output "{name}" that the model does not have. '
            + did_you_mean(name, known or ["(the outputs have no names: use a list)"])
        )

    def _output_list(self) -> str:
        names = [name for name in self.names if name]
        return f" ({', '.join(names)})" if names else ""

    def targets(self, y: Any, count: int) -> list[Any]:
        """The targets as one entry per output, None for outputs without a loss."""
        if y is None:
            return [None] * count
        if isinstance(y, Mapping) and any(self.names):
            return self._by_name(y, count, "y")
        leaves = tree.tree_leaves(y)
        if len(leaves) == count:
            return leaves
        if isinstance(self.loss, (list, tuple)):
            used = [i for i, loss in enumerate(self.loss) if loss is not None]
            if len(used) == len(leaves):
                places = dict(zip(used, leaves, strict=True))
                return [places.get(i) for i in range(count)]
        raise ValueError(
            f"The model has {count} output{'s' if count > 1 else ''}{self._output_list()}, but y "
            f"holds {len(leaves)} "
            f"array{'s' if len(leaves) > 1 else ''}. Give one array of targets per output, as a "
            "list or a dict."
        )

    def weights(self, sample_weight: Any, count: int) -> list[Any]:
        """The sample weights as one entry per output; a single array counts for all."""
        if sample_weight is None:
            return [None] * count
        if isinstance(sample_weight, Mapping) and any(self.names):
            return self._by_name(sample_weight, count, "sample_weight")
        leaves = tree.tree_leaves(sample_weight, is_leaf=lambda leaf: leaf is None)
        return leaves * count if len(leaves) == 1 else self._spread(leaves, count, "sample_weight")

    # -- inside a step ---------------------------------------------------------------------------

    def total_loss(self, y: Any, outputs: Any, sample_weight: Any, penalties: Sequence[Any]) -> Any:
        """The weighted sum of the outputs' losses, plus the penalties."""
        predictions = tree.tree_leaves(outputs)
        count = len(predictions)
        targets, weights = self.targets(y, count), self.weights(sample_weight, count)
        total: Any = None
        for i, output in enumerate(self.outputs):
            if output.loss is None:
                continue
            plain: Any = None
            for single in output.each_loss():
                value = self._loss_of(single, targets[i], predictions[i], weights[i])
                self._check_scalar(value, single)
                plain = value if plain is None else plain + value
                weight = single.weights[0]
                weighted = value if weight is None else value * weight
                total = weighted if total is None else total + weighted
            if self.mean_losses:
                self.mean_losses[i].update_state(plain, sample_weight=batch_count(predictions[i]))
        for penalty in penalties:
            total = _one_number(penalty) if total is None else total + _one_number(penalty)
        if total is None:
            raise ValueError(
                "There is no loss to minimize: no output has one, and no layer adds one. "
                'Pass compile(loss="mse") or another loss, or call add_loss in a layer.'
            )
        return total

    def _loss_of(self, output: Output, target: Any, prediction: Any, weight: Any) -> Any:
        """The loss of one output; an error in it tells which loss and shapes."""
        if target is None:
            place = f' for the output "{output.name}"' if output.name else ""
            raise ValueError(f'The loss "{output.loss.name}" needs targets{place}, but y holds none.')
        mask = mask_of(prediction)
        try:
            if context.rows is not None:  # rows that fill up the batch are masked, too
                rows = context.rows.mask
                masked = mask is not None
                mask = mask * lax.expand_dims(rows, tuple(range(1, mask.ndim))) if masked else rows
            if mask is None:
                return output.loss(target, prediction, weight)
            return output.loss(target, prediction, weight, mask=mask)
        except Exception as error:
            shapes = (
                f"y_true of shape {show_shape(target.shape)}, y_pred of {show_shape(prediction.shape)}"
            )
            note(error, f'  while computing the loss "{output.loss.name}" of {shapes}')
            if isinstance(error, jax.errors.JAXTypeError):
                note(error, COMPILED)
            raise

    def _check_scalar(self, value: Any, output: Output) -> None:
        if value.shape != ():
            raise ValueError(
                f'The loss "{output.loss.name}" gave an array of shape {show_shape(value.shape)}, '
                "but training "
                "minimizes one number. Average it, for instance with jax.numpy.mean, or leave "
                "reduction='sum_over_batch_size'."
            )

    def update_metrics(self, y: Any, outputs: Any, sample_weight: Any) -> None:
        """Updates all metrics of the outputs with one batch."""
        predictions = tree.tree_leaves(outputs)
        count = len(predictions)
        targets, weights = self.targets(y, count), self.weights(sample_weight, count)
        for i, output in enumerate(self.outputs):
            if targets[i] is None:
                continue
            for metric in output.metrics:
                self._update(metric, targets[i], predictions[i], self._row_weight(None))
            for metric in output.weighted_metrics:
                self._update(metric, targets[i], predictions[i], self._row_weight(weights[i]))

    @staticmethod
    def _update(metric: Any, target: Any, prediction: Any, weight: Any) -> None:
        try:
            if weight is None:
                metric.update_state(target, prediction)
            else:
                metric.update_state(target, prediction, sample_weight=weight)
        except Exception as error:
            note(error, f'  while updating the metric "{metric.name}" ({type(metric).__name__})')
            raise

    @staticmethod
    def _row_weight(weight: Any) -> Any:
        """The sample weights, zero for rows that only fill up the batch."""
        rows = context.rows
        if rows is None:
            return weight
        if weight is None:
            return rows.mask
        return weight * lax.expand_dims(rows.mask, tuple(range(1, weight.ndim)))

    def results(self, beside: Sequence[Any] = ()) -> dict[str, Any]:
        """The logs: the loss, the losses of the single outputs, the metrics, and those beside them."""
        logs = {"loss": self.mean_loss.result()}
        logs.update((m.name, m.result()) for m in self.mean_losses if m is not None)
        for name, metric in self.log_names.items():
            logs.update(_result(name, metric))
        for metric in beside:
            logs.update(_result(metric.name, metric))
        return logs

    def everything(self) -> list[Any]:
        """All metrics, those of the losses included."""
        return [self.mean_loss, *(m for m in self.mean_losses if m is not None), *self.all_metrics]

    @property
    def empty(self) -> bool:
        """Whether compile was given neither losses nor metrics."""
        return all(given is None for given in (self.loss, self.plain_metrics, self.weighted_metrics))

    @property
    def samplewise(self) -> bool:
        """Whether rows with weight zero change neither the loss nor any metric."""
        return all(
            loss.treats_rows_alone(len(output.shape))
            for output in self.outputs
            for loss in output.losses
        ) and all(
            metric.treats_rows_alone(len(output.shape))
            for output in self.outputs
            for metric in (*output.metrics, *output.weighted_metrics)
        )


def _argument(what: str) -> str:
    """Where the user wrote it: in a call of compile, or as data."""
    return what if what in ("y", "sample_weight") else f"compile({what}=...)"


def _flat(given: Any) -> list[Any]:
    """The entries of lists and tuples, however nested."""
    if isinstance(given, (list, tuple)):
        return [each for item in given for each in _flat(item)]
    return [given]


def batch_count(array: Any) -> Any:
    """How many rows of the batch count."""
    return array.shape[0] if context.rows is None else context.rows.count


def _result(name: str, metric: Any) -> dict[str, Any]:
    """A metric's entry in the logs; one that gives a dict makes one entry per key."""
    value = metric.result()
    return dict(value) if isinstance(value, Mapping) else {name: value}


def metrics_beside(model: Module) -> list[Any]:
    """The metrics that a model and its layers hold as attributes, apart from those of `compile`."""
    return [found for found in outermost(model, "metrics") if not isinstance(found, Objective)]


def _as_list(given: Any) -> list[Any]:
    if given is None:
        return []
    return list(given) if isinstance(given, (list, tuple)) else [given]


def names_of(outputs: Any, names: Sequence[str] | None) -> list[str | None]:
    """Names of a model's outputs: its own, or, where they are nested in dicts, their places, as "a" or
    "a/b"; None where there are neither."""
    paths = [path for path, _ in tree.tree_flatten_with_path(outputs)[0]]
    if any(isinstance(key, tree.DictKey) for path in paths for key in path):
        parts = [[getattr(key, "key", getattr(key, "idx", key)) for key in path] for path in paths]
        return ["/".join(map(str, each)) for each in parts]
    return list(names) if names else [None] * len(paths)


def _one_number(penalty: Any) -> Any:
    shape = getattr(penalty, "shape", ())
    if shape != ():
        raise ValueError(
            f"add_loss was given an array of shape {show_shape(shape)}, but training minimizes one "
            "number. Average it, for instance with ops.mean."
        )
    return penalty
