"""What a layer tells about itself: where it stands, what it takes and gives, what it reports."""

from __future__ import annotations

from typing import Any, NoReturn

import jax.tree_util as tree

from cornu.core.errors import NotBuiltYetError
from cornu.core.module import outermost
from cornu.core.symbolic import KerasTensor, Node, is_symbolic
from cornu.layers.building import is_shape
from cornu.layers.stored import Stored

NEVER_CALLED = (
    '{cls} "{name}" has never been called on a symbolic tensor, so it has no {what} tensor. Start from '
    "cornu.Input(shape), or give the first layer its input_shape."
)
NOT_SYMBOLIC = (
    '{cls} "{name}": {method} takes symbolic tensors. Write {method}(cornu.Input(shape)), or call the '
    "layer itself on arrays."
)
NOT_BUILT = "{cls}.{method}: {what} is not built yet."


class Described(Stored):
    """The part of a layer that answers questions about it and computes nothing."""

    quantization_mode: str | None = None  # that of a layer with whole numbers for weights
    supports_jit = True
    compute_dtype: Any
    __call__: Any
    _nodes: list[Node]
    _path: str | None = None  # the names of the models and layers around it, once built

    @property
    def path(self) -> str | None:
        """Where the layer stands, as 'model/block/dense'; None before it is built."""
        return self._path or (self.name if self.built else None)

    @property
    def input_dtype(self) -> str:
        """The float that floats in the input are cast to."""
        return str(self.compute_dtype)

    @property
    def metrics(self) -> list[Any]:
        """The metrics that this layer and those below it hold as attributes."""
        return [found for found in outermost(self, "metrics") if hasattr(found, "update_state")]

    @property
    def metrics_variables(self) -> list[Any]:
        """The variables of `metrics`, in their order."""
        return [variable for metric in self.metrics for variable in metric.variables]

    @property
    def input(self) -> Any:
        """The symbolic input of the layer's first call."""
        node = self._node("input")
        return node.inputs[0] if len(node.inputs) == 1 else node.inputs

    @property
    def output(self) -> Any:
        """The symbolic output of the layer's first call."""
        return self._node("output").outputs

    def _node(self, what: str) -> Node:
        if not self._nodes:
            text = NEVER_CALLED.format(cls=type(self).__name__, name=self.name, what=what)
            raise AttributeError(text)
        return self._nodes[0]

    def symbolic_call(self, *args: Any, **kwargs: Any) -> Any:
        """The call of the layer on symbolic tensors: it becomes a node of a graph.

        Raises:
            TypeError: if there is no symbolic tensor among the arguments.
        """
        if not is_symbolic((args, kwargs)):
            names = {"cls": type(self).__name__, "name": self.name, "method": "symbolic_call"}
            raise TypeError(NOT_SYMBOLIC.format(**names))
        return self(*args, **kwargs)

    def compute_output_spec(self, *args: Any, **kwargs: Any) -> Any:
        """Symbolic tensors of the shapes and dtypes that the layer gives for such ones.

        Raises:
            TypeError: if there is no symbolic tensor among the arguments.

        Example:
            >>> import cornu
            >>> cornu.layers.Dense(2).compute_output_spec(cornu.KerasTensor((None, 3))).shape
            (None, 2)
        """
        nodes = list(self._nodes)
        outputs = Described.symbolic_call(self, *args, **kwargs)
        self._nodes[:] = nodes
        return tree.tree_map(lambda tensor: KerasTensor(tensor.shape, tensor.dtype), outputs)

    def compute_output_shape(self, *args: Any, **kwargs: Any) -> Any:
        """The shape of the output for inputs of this shape, found by tracing `call`."""
        symbolic = tree.tree_map(
            lambda shape: KerasTensor(shape, self.compute_dtype), (args, kwargs), is_leaf=is_shape
        )
        outputs = self.compute_output_spec(*symbolic[0], **symbolic[1])
        return tree.tree_map(lambda tensor: tensor.shape, outputs)

    # -- stages beside a layer that are not built ------------------------------------------------------

    def quantize(self, mode: Any = None, config: Any = None, **kwargs: Any) -> NoReturn:
        """Would make the weights whole numbers; not built yet.

        Raises:
            NotBuiltYetError: always.
        """
        raise NotBuiltYetError(self._not_built("quantize", "quantization"))

    def enable_lora(
        self,
        rank: int,
        lora_alpha: Any = None,
        a_initializer: Any = "he_uniform",
        b_initializer: Any = "zeros",
    ) -> NoReturn:
        """Would train a product of two narrow matrices beside the kernel; not built yet.

        Raises:
            NotBuiltYetError: always.
        """
        raise NotBuiltYetError(self._not_built("enable_lora", "LoRA"))

    def _not_built(self, method: str, what: str) -> str:
        return NOT_BUILT.format(cls=type(self).__name__, method=method, what=what)
