"""What SimpleRNN, LSTM, GRU and ConvLSTM share: a layer that makes its cell, with the same arguments."""

from __future__ import annotations

import inspect
from typing import Any

from cornu.core.errors import describe
from cornu.core.names import snake_case
from cornu.layers.recurrent.rnn import RNN


class RNNOfCell(RNN):
    """Base of the layers over a cell of their own, whose arguments they share."""

    cell_class: Any = None

    def _over_cell(self, arguments: dict[str, Any]) -> None:
        """Makes the cell and the layer from the arguments of a constructor, its `locals()`."""
        arguments = {
            name: value for name, value in arguments.items() if name not in ("self", "__class__")
        }
        arguments.update(arguments.pop("kwargs"))
        use_cudnn = arguments.pop("use_cudnn", "auto")
        cell = self.cell_class(
            **{
                name: arguments.pop(name)
                for name in _own_arguments(self.cell_class)
                if name in arguments
            },
            name=snake_case(self.cell_class.__name__),
            dtype=arguments.get("dtype"),
            trainable=arguments.get("trainable", True),
        )
        super().__init__(cell, **arguments)
        if use_cudnn not in ("auto", True, False):
            raise ValueError(
                f'{self._label}: use_cudnn must be "auto", True or False, got '
                f"use_cudnn={describe(use_cudnn)}."
            )
        self.use_cudnn = use_cudnn

    def __getattr__(self, name: str) -> Any:
        cell = vars(self).get("cell")
        if cell is not None and name in _own_arguments(self.cell_class):
            return getattr(cell, name)
        raise AttributeError(f"{type(self).__name__!r} object has no attribute {name!r}")

    def get_config(self) -> dict[str, Any]:
        config = {"activity_regularizer": None, **super().get_config()}
        for name in ("cell", "use_cudnn"):
            config.pop(name, None)
        return config if self.implementation == 2 else {**config, "implementation": self.implementation}


def loads_as_class(maker: Any) -> Any:
    """Makes configurations load that name a function which makes a layer as if it were a class."""

    def from_config(config: dict[str, Any]) -> Any:
        config = dict(config)
        if not config.get("time_major"):  # an argument of Keras 2, which has no other use
            config.pop("time_major", None)
        return maker(**config)

    maker.from_config = from_config
    return maker


def _own_arguments(cell_class: Any) -> list[str]:
    """What the constructor of a class of cells takes, less what every layer does."""
    names = list(inspect.signature(cell_class.__init__).parameters)
    return [*names[1:-1], "implementation"]
