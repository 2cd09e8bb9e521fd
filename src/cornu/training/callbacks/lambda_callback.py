"""LambdaCallback: functions called at the turning points of training."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from cornu.core.errors import did_you_mean
from cornu.training.callback import Callback


class LambdaCallback(Callback):
    """A callback made of functions.

    Args:
        on_epoch_begin, on_epoch_end: called as `f(epoch, logs)`.
        on_train_begin, on_train_end: called as `f(logs)`.
        on_train_batch_begin, on_train_batch_end: called as `f(batch, logs)`.
        **kwargs: any other method of Callback, by name.

    Raises:
        ValueError: if there is no such method.

    Example:
        >>> import cornu
        >>> show = cornu.callbacks.LambdaCallback(on_train_end=lambda logs: print("done"))
        >>> model = cornu.Sequential([cornu.layers.Dense(1, input_shape=(2,))])
        >>> model.compile("sgd", "mse")
        >>> history = model.fit([[0, 1], [1, 0]], [1, 0], verbose=0, callbacks=[show])
        done
    """

    def __init__(
        self,
        on_epoch_begin: Callable[..., Any] | None = None,
        on_epoch_end: Callable[..., Any] | None = None,
        on_train_begin: Callable[..., Any] | None = None,
        on_train_end: Callable[..., Any] | None = None,
        on_train_batch_begin: Callable[..., Any] | None = None,
        on_train_batch_end: Callable[..., Any] | None = None,
        **kwargs: Callable[..., Any],
    ) -> None:
        super().__init__()
        given = {
            "on_epoch_begin": on_epoch_begin,
            "on_epoch_end": on_epoch_end,
            "on_train_begin": on_train_begin,
            "on_train_end": on_train_end,
            "on_train_batch_begin": on_train_batch_begin,
            "on_train_batch_end": on_train_batch_end,
            **kwargs,
        }
        for name, function in given.items():
            if not hasattr(Callback, name) or not name.startswith("on_"):
                moments = [method for method in dir(Callback) if method.startswith("on_")]
                raise ValueError(
                    f'LambdaCallback has no argument "{name}". {did_you_mean(name, moments)}'
                )
            if function is not None:
                setattr(self, name, function)


__all__ = ["LambdaCallback"]
