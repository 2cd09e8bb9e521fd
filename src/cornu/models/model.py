"""Model: a layer that can be trained, made of a graph of layers or written as a class."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import jax.tree_util as tree

from cornu.core.errors import did_you_mean, show_shape
from cornu.core.names import auto_name
from cornu.core.symbolic import KerasTensor, infer
from cornu.layers.layer import Layer
from cornu.models import configuration
from cornu.models.graph import Graph
from cornu.models.host import refuse_strings
from cornu.training.host import HostResults
from cornu.training.trainer import Trainer

NO_GRAPH = (
    'Model "{name}" has no {what}: it is a class of yours that has not been called on symbolic tensors. '
    "Build it from a graph, Model(inputs, outputs), if you need them."
)


class Model(Trainer):
    """A network that can be trained: a graph of layers, or a class of your own with a `call`.

    Args:
        inputs: symbolic tensors made by `Input`: one, a list, a tuple or a dict.
        outputs: symbolic tensors made from them by calling layers.
        name: 'functional' or the class name, by default.

    Raises:
        ValueError: if the graph is not connected or has a cycle.
        TypeError: if an input or output is no symbolic tensor.

    Example:
        >>> import cornu
        >>> x = cornu.Input((8,))
        >>> h = cornu.layers.Dense(4, activation="relu")(x)
        >>> model = cornu.Model(inputs=x, outputs=cornu.layers.Dense(1)(h))
        >>> model.count_params()
        41

        >>> class Twice(cornu.Model):
        ...     def __init__(self):
        ...         super().__init__()
        ...         self.dense = cornu.layers.Dense(1)
        ...
        ...     def call(self, inputs):
        ...         return 2 * self.dense(inputs)
        >>> Twice()(cornu.Input((3,))).shape
        (None, 1)
    """

    samplewise = True
    hands_masks_on = True

    def __init__(
        self, inputs: Any = None, outputs: Any = None, name: str | None = None, **kwargs: Any
    ) -> None:
        if (inputs is None) != (outputs is None):
            missing = "outputs" if outputs is None else "inputs"
            raise ValueError(
                "Model needs inputs and outputs: Model(inputs=..., outputs=...). There are no "
                f"{missing}."
            )
        if inputs is not None and type(self) is Model:
            name = name or auto_name("functional")
        super().__init__(name=name, **kwargs)
        self.graph: Graph | None = None
        if inputs is not None:
            self._set_graph(Graph(inputs, outputs))

    def _set_graph(self, graph: Graph) -> None:
        self.graph = graph
        self._graph_layers = graph.layers
        self.on_host = graph.cut.asked
        self.built = all(layer.built for layer in graph.layers)

    def call(self, inputs: Any) -> Any:
        if self.graph is None:
            raise NotImplementedError(
                f"{type(self).__name__} needs a method call(self, inputs), or Model(inputs, outputs)."
            )
        return self.graph(inputs)

    def output_specs(self, inputs: Any) -> Any:
        """Shapes and dtypes of the outputs for inputs of these shapes and dtypes; builds the model."""
        if self.graph is not None and type(self).call.__module__.startswith("cornu."):
            return self.graph.outputs
        return super().output_specs(inputs)

    def compute_output_spec(self, inputs: Any) -> Any:
        """The outputs for symbolic inputs, of a model that starts on the host."""
        if isinstance(inputs, HostResults):
            return infer(self.call, (inputs,), {})
        return self._needed("outputs").outputs

    def _prepared(self, x: Any, call: str) -> Any:
        if not self.on_host:
            if self.graph is None:
                refuse_strings(self, x)
            return x
        listed = isinstance(x, (list, tuple, Mapping))
        if isinstance(x, HostResults) or not (listed or hasattr(x, "__array__")):
            return x
        return self._needed("inputs").on_host(x, call)

    # -- parts -----------------------------------------------------------------------------------

    @property
    def layers(self) -> list[Layer]:
        """The layers, from the inputs to the outputs; those of a class of yours in the order of its
        attributes."""
        return list(self._layers)

    def get_layer(self, name: str | None = None, index: int | None = None) -> Layer:
        """The layer with this name, or at this place.

        Raises:
            ValueError: if there is none, with the closest name.
        """
        layers = self.layers
        if index is not None:
            if not -len(layers) <= index < len(layers):
                raise ValueError(f"get_layer(index={index}): the model has {len(layers)} layers.")
            return layers[index]
        if name is None:
            raise ValueError(
                "get_layer needs a name or an index: get_layer(name=...) or get_layer(index=...)."
            )
        for layer in layers:
            if layer.name == name:
                return layer
        raise ValueError(
            f'There is no layer "{name}". {did_you_mean(str(name), [x.name for x in layers])}'
        )

    def _needed(self, what: str) -> Graph:
        if self.graph is None:
            raise AttributeError(NO_GRAPH.format(name=self.name, what=what))
        return self.graph

    @property
    def inputs(self) -> list[KerasTensor]:
        """The symbolic inputs."""
        return self._needed("inputs").input_tensors

    @property
    def outputs(self) -> list[KerasTensor]:
        """The symbolic outputs."""
        return self._needed("outputs").output_tensors

    @property
    def input(self) -> Any:
        """The symbolic input, in the structure it was given in."""
        return self._needed("input").inputs

    @property
    def output(self) -> Any:
        """The symbolic output, in the structure it was given in."""
        return self._needed("output").outputs

    @property
    def input_shape(self) -> Any:
        return tree.tree_map(lambda tensor: tensor.shape, self.input)

    @property
    def output_shape(self) -> Any:
        return tree.tree_map(lambda tensor: tensor.shape, self.output)

    @property
    def input_names(self) -> list[str]:
        return [tensor.name for tensor in self._needed("input names").input_tensors]

    @property
    def output_names(self) -> list[str] | None:
        """Names of the outputs: those of the layers that make them; None for a class of yours."""
        return self.graph.output_names if self.graph is not None else None

    # -- configuration, printing -----------------------------------------------------------------

    def get_config(self) -> dict[str, Any]:
        """The graph of layers, as plain values; for a class of yours its constructor's arguments."""
        if self.graph is not None and type(self) is Model:
            return configuration.of_graph(self)
        config = super().get_config()
        for name in ("inputs", "outputs", "activity_regularizer"):
            config.pop(name, None)
        return config

    @classmethod
    def from_config(cls, config: Any, custom_objects: Any = None) -> Any:
        """A new model from what `get_config` gave, with new weights."""
        if cls is Model and "input_layers" in config:
            return configuration.to_graph(cls, config, custom_objects)
        return super().from_config(config)

    def summary(
        self,
        line_length: int | None = None,
        positions: Any = None,
        print_fn: Any = None,
        expand_nested: bool = False,
        show_trainable: bool = False,
        layer_range: Any = None,
    ) -> None:
        """Prints a table of the layers: names, output shapes, parameter counts, totals.

        Args:
            line_length: width of the table in characters.
            positions: relative widths of the columns.
            print_fn: called with the text in place of `print`.
            expand_nested: whether the layers of models in the model are listed too.
            show_trainable: whether to show which layers train.
            layer_range: names of the first and last layer to list.

        Raises:
            ValueError: if `layer_range` names no layer.
        """
        from cornu.models.summary import print_summary

        print_summary(self, line_length, positions, print_fn, expand_nested, show_trainable, layer_range)

    def __repr__(self) -> str:
        shapes = ""
        if self.graph is not None:
            shapes = " " + " -> ".join(
                ", ".join(show_shape(t.shape) for t in tensors)
                for tensors in (self.inputs, self.outputs)
            )
        kind = "Functional" if self.graph is not None and type(self) is Model else type(self).__name__
        return f"<{kind} name={self.name}{shapes}>"
