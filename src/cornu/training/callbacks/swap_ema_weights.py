"""SwapEMAWeights: the averages of the weights in their place, while the model is looked at."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from cornu.core.variable import Variable
from cornu.training.callback import Callback, Logs

NO_AVERAGES = (
    "SwapEMAWeights needs an optimizer that keeps averages of the weights, and {optimizer} keeps none. "
    "Write for example optimizer=Adam(use_ema=True)."
)


class SwapEMAWeights(Callback):
    """Puts the moving averages of the weights into the model while it is evaluated, and the weights back
    afterwards.

    The averages are those that an optimizer with `use_ema=True` keeps, and stay there.

    Args:
        swap_on_epoch: whether to do so also from the end of an epoch to the begin of the next, so
            that callbacks that come after this one, such as `ModelCheckpoint`, find the averages.
            Default: False.

    Raises:
        ValueError: when it is to swap, if the optimizer keeps no averages.

    Example:
        >>> import cornu
        >>> model = cornu.Sequential([cornu.layers.Dense(1, input_shape=(2,))])
        >>> model.compile(cornu.optimizers.SGD(use_ema=True), "mse")
        >>> data = [[0, 1], [1, 0]], [1, 0]
        >>> swap = cornu.callbacks.SwapEMAWeights()
        >>> history = model.fit(*data, validation_data=data, verbose=0, callbacks=[swap])

    Source: Polyak and Juditsky, Acceleration of stochastic approximation by averaging, 1992.
    """

    def __init__(self, swap_on_epoch: bool = False) -> None:
        super().__init__()
        self.swap_on_epoch = swap_on_epoch
        self._weights: list[Any] | None = None  # those of the model, while it has the averages
        self._for_a_look = False  # whether it has them for an evaluation alone

    def on_train_begin(self, logs: Logs | None = None) -> None:
        self._put_back()  # an evaluation may have ended with an error

    def on_epoch_begin(self, epoch: int, logs: Logs | None = None) -> None:
        self._put_back()

    def on_epoch_end(self, epoch: int, logs: Logs | None = None) -> None:
        if self.swap_on_epoch:
            self._put_averages()

    def on_train_end(self, logs: Logs | None = None) -> None:
        self._weights = None  # a training that ends leaves the averages in the model

    def on_test_begin(self, logs: Logs | None = None) -> None:
        if self._weights is None:
            self._put_averages()
            self._for_a_look = True

    def on_test_end(self, logs: Logs | None = None) -> None:
        if self._for_a_look:
            self._put_back()

    def on_predict_begin(self, logs: Logs | None = None) -> None:
        self.on_test_begin()

    def on_predict_end(self, logs: Logs | None = None) -> None:
        self.on_test_end()

    def _put_averages(self) -> None:
        pairs = list(_averaged(self.model.optimizer))
        self._weights = [variable.numpy() for variable, _ in pairs]
        for variable, average in pairs:
            variable.assign(average)

    def _put_back(self) -> None:
        if self._weights is not None:
            for (variable, _), weight in zip(
                _averaged(self.model.optimizer), self._weights, strict=True
            ):
                variable.assign(weight)
        self._weights, self._for_a_look = None, False


def _averaged(optimizer: Any) -> Iterator[tuple[Variable, Variable]]:
    """The variables with their averages, once a step was made.

    Raises:
        ValueError: if there are none.
    """
    inner = getattr(optimizer, "inner_optimizer", optimizer)
    keeping = [each for each in getattr(inner, "optimizers", [inner]) if getattr(each, "use_ema", False)]
    if not keeping:
        raise ValueError(NO_AVERAGES.format(optimizer=type(inner).__name__))
    for each in keeping:
        if int(each.iterations):
            averages = each._model_variables_moving_average
            yield from ((variable, averages[place]) for variable, place in each._positions.items())


__all__ = ["SwapEMAWeights"]
