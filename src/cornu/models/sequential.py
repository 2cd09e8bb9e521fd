"""Sequential: a stack of layers, each fed by the one before."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import jax.tree_util as tree

from cornu.core.config import deserialize, serialize
from cornu.core.context import name_scope
from cornu.core.errors import describe
from cornu.core.module import Structure, walk
from cornu.core.plain import checked, made_from
from cornu.core.symbolic import KerasTensor
from cornu.layers.input_layer import InputLayer
from cornu.layers.layer import Layer
from cornu.models.graph import Graph
from cornu.models.host import holds_strings
from cornu.models.model import Model

CYCLE = (
    'Sequential "{name}" cannot contain itself: the graph would have a cycle. Make another model: '
    "cornu.models.clone_model({name})."
)
BUILT_FOR = (
    'Sequential "{name}" is built for inputs of shape (batch, *{shape}) and cannot be built '
    "again for {new}. "
    "Make a new model for other data."
)
EMPTY = 'Sequential "{name}" has no layers. Add one first: model.add(cornu.layers.Dense(1)).'


class Sequential(Model):
    """A stack of layers.

    Args:
        layers: list of layers, and perhaps an `Input` first.
        name: 'sequential' by default.

    Raises:
        TypeError: if something added is no layer.
        ValueError: if a name repeats, or the model is added to itself.

    Example:
        >>> import cornu
        >>> model = cornu.Sequential()
        >>> model.add(cornu.layers.Dense(12, input_dim=8, activation="relu"))
        >>> model.add(cornu.layers.Dense(1, activation="sigmoid"))
        >>> model.output_shape, model.count_params()
        ((None, 1), 121)
    """

    samplewise = True

    def __init__(
        self, layers: Sequence[Any] | None = None, name: str | None = None, **kwargs: Any
    ) -> None:
        super().__init__(name=name, **kwargs)
        self._stack: list[Layer] = []
        self._input: InputLayer | _Inputs | None = None
        self._top: Any = None  # the symbolic output of the last layer
        self._given_dtype: str | None = None  # of the data that it was built for
        if isinstance(layers, Layer) or (layers is not None and not isinstance(layers, (list, tuple))):
            raise TypeError(
                f"Sequential takes a list of layers: Sequential([...]), got {describe(layers)}."
            )
        for layer in layers or ():
            self._put(layer)
        if layers:
            self._restructured()  # once: it goes over all layers

    # -- stacking --------------------------------------------------------------------------------

    def add(self, layer: Any, rebuild: bool = True) -> None:
        """Puts a layer on top; builds it at once, if the shape of the input is known.

        Raises:
            TypeError: if it is no layer.
            ValueError: if its name is taken, or the model would contain itself.

        Example:
            >>> import cornu
            >>> model = cornu.Sequential()
            >>> model.add(cornu.layers.Dense(3, input_shape=(2,)))
            >>> model.add(cornu.layers.Dense(1))
            >>> model.output_shape
            (None, 1)
        """
        self._put(layer)
        self._restructured()

    def _put(self, layer: Any) -> None:
        if isinstance(layer, KerasTensor) and layer.node is not None:
            layer = layer.node.operation
        if not isinstance(layer, Layer):
            hint = " Write it with brackets: layers.Dense(...)." if isinstance(layer, type) else ""
            raise TypeError(f"model.add takes a layer, got {describe(layer)}.{hint}")
        if any(inner is self for inner in walk(layer, Layer)):
            raise ValueError(CYCLE.format(name=self.name))
        if any(layer.name == other.name and layer is not other for other in self._stack):
            raise ValueError(
                f'The model already has a layer "{layer.name}". Give each layer a name of its '
                'own: name="..."'
            )
        if isinstance(layer, InputLayer):
            if self._input is not None or self._stack:
                raise ValueError(
                    "An Input can only be the first in a Sequential model, and there can only be one."
                )
            self._input = layer
        else:
            if self._input is None and not self._stack:
                self._input = _input_of(layer)
            self._grow(layer)
            self._stack.append(layer)

    def _grow(self, layer: Layer) -> None:
        """Calls a layer on the output so far, if there is one."""
        if self._input is not None:
            with name_scope(self.name):
                self._top = layer(self._top if self._stack else self._input.output)

    def pop(self, rebuild: bool = True) -> Layer:
        """Takes the last layer off and returns it.

        Raises:
            ValueError: if there is none.

        Example:
            >>> import cornu
            >>> model = cornu.Sequential(
            ...     [cornu.layers.Dense(3, input_shape=(2,)), cornu.layers.Dense(1)]
            ... )
            >>> model.pop().units, model.output_shape
            (1, (None, 3))
        """
        if not self._stack:
            raise ValueError(EMPTY.format(name=self.name))
        layer = self._stack.pop()
        if self._input is not None:
            node = tree.tree_leaves(self._top)[0].node  # not the layer's last: it may be in other models
            layer._nodes.remove(node)
            self._top = node.args[0]
        self._restructured()
        return layer

    def _restructured(self) -> None:
        Structure.version += 1
        self._warm = False
        self.built = False
        self.graph = None
        self.on_host = bool(self._stack) and self._stack[0].on_host
        if self._input is not None and self._stack:
            self.graph = Graph(self._input.output, self._top)
            self.on_host = self.graph.cut.asked
            self.built = True
        if self.compiled:
            self.objective.built = False

    def build(self, input_shape: Any = None) -> None:
        """Builds all layers for inputs of this shape, batch axis included.

        Raises:
            ValueError: if there are no layers, or they are built for another shape.
        """
        if self.graph is not None:
            built_for = self.inputs[0].shape[1:]
            if input_shape is not None and tuple(input_shape[1:]) != built_for:
                raise ValueError(BUILT_FOR.format(name=self.name, shape=built_for, new=input_shape))
            return
        if not self._stack:
            raise ValueError(EMPTY.format(name=self.name))
        if input_shape is None:
            raise ValueError(
                "build needs the shape of the input, batch axis included: model.build((None, 8))."
            )
        dtype = self._given_dtype or _input_dtype(self._stack[0])
        self._input = InputLayer(batch_shape=(None, *input_shape[1:]), dtype=dtype)
        stack, self._stack = self._stack, []
        try:
            for layer in stack:
                self._top = layer(self._top if self._stack else self._input.output)
                self._stack.append(layer)
        except BaseException:
            self._stack, self._input = stack, None
            raise
        self.graph = Graph(self._input.output, self._top)
        self.on_host = self.graph.cut.asked
        Structure.version += 1

    def _build_for(self, args: tuple[Any, ...], kwargs: dict[str, Any]) -> None:
        if self.on_host and args:
            from cornu.layers.preprocessing.inputs import on_host

            if not hasattr(args[0], "dtype"):
                args = (on_host(args[0]), *args[1:])
            strings = not isinstance(args[0], KerasTensor) and holds_strings(args[0])
            self._given_dtype = "string" if strings else str(args[0].dtype)
        super()._build_for(args, kwargs)

    def _prepared(self, x: Any, call: str) -> Any:
        if (
            self.on_host
            and self.graph is None
            and (isinstance(x, (list, tuple)) or hasattr(x, "__array__"))
        ):
            self._build_for((x,), {})
        return super()._prepared(x, call)

    # -- a layer like others ---------------------------------------------------------------------

    def call(self, inputs: Any) -> Any:
        if not self._stack:
            raise ValueError(EMPTY.format(name=self.name))
        if self.on_host:
            return super().call(inputs)
        if self._one_input and getattr(inputs, "ndim", None) == len(self._one_input.batch_shape) - 1:
            inputs = self.graph.conform(inputs)[0]  # type: ignore[union-attr]
        for layer in self._stack:
            inputs = layer(inputs)
        return inputs

    def _needed(self, what: str) -> Graph:
        if self.graph is None:
            raise AttributeError(
                f'Sequential "{self.name}" has no {what} yet, because the shape of its input is '
                "not known. Start "
                "it with cornu.Input(shape), build it with model.build((None, ...)), or call it on data."
            )
        return self.graph

    @property
    def _one_input(self) -> InputLayer | None:
        return self._input if isinstance(self._input, InputLayer) else None

    @property
    def layers(self) -> list[Layer]:
        """The layers, first to last, without the input."""
        return list(self._stack)

    def get_config(self) -> dict[str, Any]:
        """Name and layers, as plain values."""
        first = self._one_input
        layers = [*([first] if first is not None else []), *self._stack]
        config = {
            "name": self.name,
            "trainable": self.trainable,
            "dtype": self.dtype_policy.name,
            "layers": [serialize(layer) for layer in layers],
        }
        if self.graph is not None and first is not None:
            config["build_input_shape"] = first.batch_shape
        return config

    def get_build_config(self) -> dict[str, Any] | None:
        """The shape of the input, if it is known."""
        return None if self._one_input is None else {"input_shape": self._one_input.batch_shape}

    def build_from_config(self, config: dict[str, Any]) -> None:
        """Builds the layers for the shape that `get_build_config` gave."""
        if config.get("input_shape"):
            self.build(tuple(config["input_shape"]))

    @classmethod
    def from_config(cls, config: Any, custom_objects: Any = None) -> Any:
        """A new model from what `get_config` gave, Keras 2's too, with new weights."""
        from cornu.storage.legacy.configs import modern_model

        with made_from(cls, config):
            config = modern_model(checked(config))
            layers = [deserialize(layer, custom_objects=custom_objects) for layer in config["layers"]]
            model = cls(layers, name=config.get("name"), trainable=config.get("trainable", True))
            model.dtype_policy = config.get("dtype")
            shape = config.get("build_input_shape")
            if shape and layers and not model.built:
                model.build(tuple(shape))
        return model


class _Inputs:
    """The inputs of a first model that has several: of those two branches that it joins, say."""

    def __init__(self, model: Model) -> None:
        given = model.inputs
        self.output = [InputLayer(batch_shape=x.shape, dtype=x.dtype).output for x in given]


def _input_of(layer: Layer) -> InputLayer | _Inputs | None:
    """The input that a first layer declares by its `input_shape`, or that a first model has."""
    if layer._declared_input_shape is not None:
        return InputLayer(batch_shape=layer._declared_input_shape, dtype=_input_dtype(layer))
    if isinstance(layer, Model) and layer.graph is not None:
        if len(layer.inputs) > 1:
            return _Inputs(layer)
        return InputLayer(batch_shape=layer.inputs[0].shape, dtype=layer.inputs[0].dtype)
    return None


def _input_dtype(layer: Layer) -> str:
    """The dtype of what a first layer takes, as far as it is known without data."""
    return "string" if getattr(layer, "takes_strings", False) else layer.dtype
