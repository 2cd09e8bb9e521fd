"""What a layer adds to training from within its `call`: losses and metrics."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any

import jax

from cornu.core.context import context
from cornu.core.errors import describe
from cornu.layers.stored import Stored

AGGREGATIONS = (None, "mean")


class Additions(Stored):
    """The part of a layer that adds losses and metrics."""

    _losses: list[Any]  # of the last call
    _flatten_layers: Callable[[], Iterator[Any]]
    trainable_weights: Any

    def add_loss(self, loss: Any, inputs: Any = None) -> None:
        """Adds a number to the loss that training minimizes.

        Args:
            loss: a scalar that `call` computed, or a list of such; or, at any time, a function without
                arguments that computes one, for instance from the layer's weights.
            inputs: what Keras 2 wanted to know: the tensors that the loss comes from. It is not needed.

        Raises:
            ValueError: while training, for an array that is no single number.

        Example:
            >>> import cornu, numpy as np
            >>> class Small(cornu.layers.Layer):
            ...     def call(self, x):
            ...         self.add_loss((x**2).mean())
            ...         return x
            >>> layer = Small()
            >>> _ = layer(np.array([[1.0, 3.0]]))
            >>> [float(loss) for loss in layer.losses]
            [5.0]
        """
        losses = context.losses if context.losses is not None else self._losses
        for each in loss if isinstance(loss, (list, tuple)) else [loss]:
            if callable(each):
                self._loss_functions = [*vars(self).get("_loss_functions", ()), each]
            else:
                losses.append(each)

    def add_metric(self, value: Any, name: str | None = None, aggregation: str | None = "mean") -> None:
        """Reports a number that `call` computed: its mean over the batches, under this name in the logs.

        Args:
            value: a number, or an array, of which the mean counts.
            name: in the logs; the same at every call.
            aggregation: 'mean' or None, which are the same.

        Raises:
            ValueError: without a name, or for another aggregation.

        Example:
            >>> import cornu, numpy as np
            >>> class Watched(cornu.layers.Layer):
            ...     def call(self, x):
            ...         self.add_metric(x.max(), name="largest", aggregation="mean")
            ...         return x
            >>> model = cornu.Sequential([cornu.Input((2,)), Watched(), cornu.layers.Dense(1)])
            >>> model.compile("sgd", "mse")
            >>> logs = model.evaluate(np.array([[1.0, 3.0]]), np.zeros(1), verbose=0, return_dict=True)
            >>> logs["largest"]
            3.0
        """
        from cornu.metrics import Mean

        if not isinstance(name, str):
            raise ValueError(
                f"add_metric needs a name for the logs, got name={describe(name)}: "
                'add_metric(value, name="norm").'
            )
        if aggregation not in AGGREGATIONS:
            raise ValueError(
                f"add_metric(aggregation={aggregation!r}): only 'mean' is known. For another number "
                "keep a metric of your own, self.metric = cornu.metrics.Sum(name=...), and call "
                "self.metric.update_state(value)."
            )
        added: dict[str, Any] = vars(self).get("_added_metrics", {})
        if name not in added:
            with jax.ensure_compile_time_eval():  # a shape may be sought just now
                added = {**added, name: Mean(name=name)}
            self._added_metrics = added
        added[name].update_state(value)

    @property
    def losses(self) -> list[Any]:
        """The losses added in the last call, those that functions compute, then the penalties of the
        weights' regularizers."""
        functions = [
            f for layer in self._flatten_layers() for f in vars(layer).get("_loss_functions", ())
        ]
        return [
            *(loss for loss in self._losses if _is_known(loss)),
            *(function() for function in functions),
            *(v.regularizer(v.value) for v in self.trainable_weights if v.regularizer is not None),
        ]


def _is_known(loss: Any) -> bool:
    """Whether it is a number, or stands for one in the program that is traced now; what `fit` traced
    is gone when it has ended."""
    if context.bindings is not None or not isinstance(loss, jax.core.Tracer):
        return True
    try:
        loss + 0.0
    except jax.errors.UnexpectedTracerError:
        return False
    return True
