"""Function: a graph of calls that can be made on other inputs."""

from __future__ import annotations

from typing import Any

from cornu.core.names import auto_name
from cornu.core.symbolic import KerasTensor
from cornu.models.graph import Graph


class Function:
    """The calls of layers and ops that lead from symbolic tensors to others, as a function.

    A `Model` is that, too, and can be trained and saved as well.

    Args:
        inputs: symbolic tensors, as one tensor, a list, a tuple or a dict.
        outputs: symbolic tensors made from them.
        name: 'function' by default.

    Raises:
        ValueError: if an output needs an input that is not given.
        TypeError: if an input or output is no symbolic tensor.

    Example:
        >>> import cornu
        >>> x = cornu.Input((2,))
        >>> double = Function(x, x * 2)
        >>> double(cornu.ops.ones((1, 2))).tolist()
        [[2.0, 2.0]]
    """

    def __init__(self, inputs: Any, outputs: Any, name: str | None = None) -> None:
        self._graph = Graph(inputs, outputs)
        self.name = name or auto_name("function")

    def __call__(self, inputs: Any) -> Any:
        return self._graph(inputs)

    call = __call__

    @property
    def inputs(self) -> list[KerasTensor]:
        """The symbolic tensors that it starts from."""
        return self._graph.input_tensors

    @property
    def outputs(self) -> list[KerasTensor]:
        """The symbolic tensors that it gives."""
        return self._graph.output_tensors

    @property
    def operations(self) -> list[Any]:
        """The layers and ops, each after those it needs."""
        return self._graph.operations
