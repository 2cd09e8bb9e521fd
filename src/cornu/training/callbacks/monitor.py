"""Looking at one log: its value, and whether that is better than another."""

from __future__ import annotations

from typing import Any

import numpy as np

from cornu.core.errors import did_you_mean, warn
from cornu.training.callback import Callback, Logs
from cornu.training.callbacks.history import other_spelling

# What names of logs hold of which more, or less, is better, where no metric of the model says so.
_MORE = ["acc", "auc", "precision", "recall", "f1", "fbeta", "iou", "r2", "true_", "specificity"]
_MORE += ["sensitivity", "cosine_similarity", "correlation", "concordance", "dice_score"]
_LESS = ["loss", "error", "mse", "mae", "mape", "msle", "rmse", "false_", "crossentropy", "hinge"]
_LESS += ["divergence", "poisson", "logcosh", "log_cosh", "perplexity", "learning_rate"]
_MODES = {"up": "max", "down": "min"}  # what Keras calls the direction of a metric

MISSING = '{who} looks at "{monitor}", which is not among the logs. {hint}{validation}'
VALIDATION = " Pass validation data to fit for it."
NO_DIRECTION = (
    '{who}(monitor="{monitor}"): the name does not tell whether more is better. '
    'Write {who}(monitor="{monitor}", mode="max") if it is, else mode="min".'
)


class MonitorCallback(Callback):
    """Base of callbacks that ask whether a log has improved.

    Args:
        monitor: name of the log.
        mode: 'min', 'max', or 'auto': as the metric of that name has it, else by the name.
        min_delta: the least change that counts.

    Raises:
        ValueError: if `mode` is none of these; later, if 'auto' cannot tell.
    """

    def __init__(self, monitor: str, mode: str = "auto", min_delta: float = 0) -> None:
        super().__init__()
        if mode not in ("auto", "min", "max"):
            options = did_you_mean(mode, ("auto", "min", "max"))
            raise ValueError(f'{type(self).__name__}(mode="{mode}"): {options}')
        self.monitor, self.mode, self.min_delta = monitor, mode, abs(min_delta)
        self.found = False  # whether the log was there in an earlier epoch

    def get_monitor_value(self, logs: Logs | None) -> float | None:
        """The value of the log; a warning and None if it never was there. Override it to look at a
        number of your own, made of several logs for instance."""
        name = other_spelling(self.monitor, logs or {})
        if name is not None:
            self.found = True
            return float((logs or {})[name])
        if not self.found:  # else validation is made every few epochs
            hint = did_you_mean(self.monitor, logs or {})
            validation = VALIDATION if self.monitor.startswith("val_") else ""
            who = type(self).__name__
            warn(MISSING.format(who=who, monitor=self.monitor, hint=hint, validation=validation))
        return None

    def improved(self, value: float, than: float | None) -> bool:
        """Whether the value is better than the other by more than `min_delta`."""
        if than is None:
            return True
        if self.direction == "max":
            return value - self.min_delta > than
        return value + self.min_delta < than

    @property
    def monitor_op(self) -> Any:
        """`numpy.greater` where more is better, else `numpy.less`; None where that is not known."""
        try:
            return np.greater if self.direction == "max" else np.less
        except ValueError:
            return None

    @property
    def direction(self) -> str:
        """'min' or 'max'."""
        if self.mode != "auto":
            return self.mode
        name = self.monitor.removeprefix("val_").lower()
        for metric in getattr(self.model, "metrics", []):
            if metric.name == name and getattr(metric, "_direction", None) in _MODES:
                return _MODES[metric._direction]
        for mode, names in (("max", _MORE), ("min", _LESS)):
            if any(part in name for part in names):
                return mode
        raise ValueError(NO_DIRECTION.format(who=type(self).__name__, monitor=self.monitor))


def learning_rates(model: Any) -> list[tuple[str, str, Any]]:
    """The optimizers of a model: for each the name of its learning rate in logs and in words, and it
    itself."""
    optimizer = getattr(model.optimizer, "inner_optimizer", model.optimizer)
    many = getattr(optimizer, "optimizers", None)
    if many is None:
        return [("learning_rate", "learning rate", optimizer)]
    return [(f"learning_rate_{each.name}", f"{each.name} learning rate", each) for each in many]


__all__ = ["MonitorCallback", "learning_rates"]
