"""Model: a layer that can be trained, made of a graph of layers or written as a class."""

from __future__ import annotations

import copy
import inspect
from collections.abc import Mapping
from typing import Any

import jax.tree_util as tree
import numpy as np

from cornu.core.errors import NotBuiltYetError, did_you_mean
from cornu.core.names import auto_name
from cornu.core.notebook import page
from cornu.core.plain import checked, made_from
from cornu.core.symbolic import KerasTensor, infer, known_shape
from cornu.layers.building import as_shapes, is_shape
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
NOT_DESCRIBED = (
    'Model "{name}" is compiled with a loss that uses symbolic tensors of its graph; its configuration '
    "could not hold it. Keep its weights with save_weights, and make it by the same code, or write "
    "model.add_loss(tensor) in its place."
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
    _class_in_files = "Functional"
    _public_name = ("keras.src.models.functional", "Functional")  # Keras's for a graph of layers
    _build_dtypes: str | None = None  # of the inputs that it was built for, where not float32

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

    def add_loss(self, loss: Any, inputs: Any = None) -> None:
        """Adds a number to the loss that training minimizes: as a layer does within its `call`; or, for
        a graph of layers, a symbolic tensor that is computed from its inputs.

        Args:
            loss: a scalar, a list of such, or a function without arguments that gives one.
            inputs: what Keras 2 wanted to know; it is not needed.

        Raises:
            ValueError: for a tensor that does not come from the model's inputs, or is no single number.

        Example:
            >>> import cornu, numpy as np
            >>> x = cornu.Input((2,))
            >>> code = cornu.layers.Dense(1, kernel_initializer="ones")(x)
            >>> model = cornu.Model(x, code)
            >>> model.add_loss(cornu.ops.mean(cornu.ops.square(code)))
            >>> model.compile("sgd")
            >>> model.evaluate(np.ones((1, 2)), verbose=0)
            4.0
        """
        for each in loss if isinstance(loss, (list, tuple)) else [loss]:
            if isinstance(each, KerasTensor):
                self._look_at(each, super().add_loss, {"as": "loss"})
            else:
                super().add_loss(each, inputs)

    def add_metric(self, value: Any, name: str | None = None, aggregation: str | None = "mean") -> None:
        """Reports a number: as a layer does within its `call`; or, for a graph of layers, a symbolic
        tensor that is computed from its inputs.

        Args:
            value, name, aggregation: as for layers.

        Raises:
            ValueError: as for layers, and for a tensor that does not come from the model's inputs.
        """
        add: Any = super().add_metric
        if isinstance(value, KerasTensor):
            add(np.zeros(()), name, aggregation)  # makes the metric, or refuses the arguments
            self._added_metrics[str(name)].reset_state()
            described = {"as": "metric", "name": name, "aggregation": aggregation}
            self._look_at(value, lambda found: add(found, name, aggregation), described)
        else:
            add(value, name, aggregation)

    def _look_at(self, tensor: KerasTensor, use: Any, described: dict[str, Any]) -> None:
        graph = self._needed("graph that add_loss or add_metric could use a symbolic tensor of")
        graph.look_at(tensor, use)
        graph.added.append((tensor, described))
        self._graph_layers = graph.layers
        self.samplewise = False  # what is computed may be a mean over rows
        if self.compiled:
            self._loops.clear()

    def output_specs(self, inputs: Any) -> Any:
        """Shapes and dtypes of the outputs for inputs of these shapes and dtypes; builds the model."""
        if self.graph is not None and type(self).call.__module__.startswith("cornu."):
            return self.graph.outputs
        return super().output_specs(inputs)

    def compute_output_spec(self, *args: Any, **kwargs: Any) -> Any:
        """Symbolic tensors of the shapes and dtypes that the model gives for such ones."""
        if not self.on_host:
            return super().compute_output_spec(*args, **kwargs)
        if isinstance(args[0], HostResults):
            return infer(self.call, args, kwargs)
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
    def operations(self) -> list[Any]:
        """The layers and functions of the graph, in the order in which they compute."""
        return list(self._needed("operations").operations)

    @property
    def layers(self) -> list[Layer]:
        """The layers, from the inputs to the outputs; those of a class of yours in the order of its
        attributes."""
        return list(self._layers)

    def get_layer(self, name: str | None = None, index: int | None = None) -> Layer:
        """The layer with this name, or at this place.

        Raises:
            ValueError: if there is none, with the closest name.

        Args:
            name: the layer's name.
            index: its place, where no name is given.

        Example:
            >>> import cornu
            >>> model = cornu.Sequential([cornu.layers.Dense(1, input_shape=(2,), name="out")])
            >>> model.get_layer("out").units, model.get_layer(index=0).name
            (1, 'out')
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
        """The graph of layers, as plain values; for a class of yours with a constructor of its own, the
        constructor's arguments."""
        if self.graph is not None and _takes_a_graph(type(self)):
            if len(self.graph.beside) > len(self.graph.added):
                raise NotBuiltYetError(NOT_DESCRIBED.format(name=self.name))
            return configuration.of_graph(self)
        config = super().get_config()
        for name in ("inputs", "outputs", "activity_regularizer"):
            config.pop(name, None)
        return config

    @classmethod
    def from_config(cls, config: Any, custom_objects: Any = None) -> Any:
        """A new model from what `get_config` gave, Keras 2's too, with new weights."""
        from cornu.storage.legacy.configs import modern_model

        with made_from(cls, config):
            config = modern_model(checked(config))
            if "input_layers" in config and _takes_a_graph(cls):
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

        Example:
            >>> import cornu
            >>> model = cornu.Sequential(
            ...     [cornu.layers.Dense(1, input_shape=(2,), name="out")], name="net"
            ... )
            >>> lines = []
            >>> model.summary(print_fn=lines.append)
            >>> [line.strip() for line in "\\n".join(lines).splitlines() if "params" in line][0]
            'Total params: 3 (12.00 B)'
        """
        from cornu.models.summary import print_summary

        print_summary(self, line_length, positions, print_fn, expand_nested, show_trainable, layer_range)

    def get_build_config(self) -> dict[str, Any] | None:
        """The shapes of the inputs that a class of yours was built for; a graph knows its own."""
        if self.graph is not None:
            return {"input_shape": None}
        config = super().get_build_config()
        if config is not None and self._build_dtypes is not None:
            config["dtype"] = self._build_dtypes
        return config

    def build_from_config(self, config: dict[str, Any]) -> None:
        """Builds the layers for the shapes that `get_build_config` gave, by a symbolic call."""
        if type(self).build is not Layer.build:
            super().build_from_config(config)
            return
        shapes = as_shapes(config.get("shapes_dict", {"inputs_shape": config.get("input_shape")}))
        if self.graph is not None or None in shapes.values():
            return
        dtype = config.get("dtype", self.compute_dtype)
        tensors = {
            name.removesuffix("_shape"): tree.tree_map(
                lambda size: KerasTensor(size, dtype), shape, is_leaf=is_shape
            )
            for name, shape in shapes.items()
        }
        nodes = list(self._nodes)
        if len(tensors) == 1:
            self(*tensors.values())
        else:
            self(**tensors)
        self._nodes[:] = nodes

    def _build_for(self, args: tuple[Any, ...], kwargs: dict[str, Any]) -> None:
        super()._build_for(args, kwargs)
        given = {**dict(zip(self._call_parameters, args, strict=False)), **kwargs}
        arrays = {
            name: value
            for name, value in given.items()
            if tree.tree_leaves(value) and all(hasattr(x, "shape") for x in tree.tree_leaves(value))
        }
        if self._build_shapes is None:
            shapes = {
                name: tree.tree_map(lambda x: known_shape(x.shape), v) for name, v in arrays.items()
            }
            self._build_shapes = {f"{name}_shape": shape for name, shape in shapes.items()}
        dtypes = {str(x.dtype) for x in tree.tree_leaves(arrays)}
        self._build_dtypes = dtypes.pop() if len(dtypes) == 1 and dtypes != {"float32"} else None

    def _restore(self, config: Mapping[str, Any]) -> None:
        super()._restore(config)
        self._build_as_described()
        for layer in self._flatten_layers():
            layer._build_as_described()
        if config.get("compile_config"):
            self.compile_from_config(config["compile_config"])

    # -- files -----------------------------------------------------------------------------------

    def __reduce__(self) -> Any:
        """A built model is pickled as the file that `save` would write."""
        from cornu.storage.pickling import reduced

        return reduced(self) if self.built else super().__reduce__()

    def __deepcopy__(self, memo: dict[int, Any]) -> Any:
        new = memo[id(self)] = object.__new__(type(self))
        for name, value in vars(self).items():
            object.__setattr__(new, name, copy.deepcopy(value, memo))
        return new

    def save(
        self, filepath: Any, overwrite: bool = True, zipped: bool | None = None, **kwargs: Any
    ) -> None:
        """Writes the model into a file or a folder, for `cornu.models.load_model` or Keras 3.

        It holds the architecture, the weights, what `compile` was given and the optimizer's state,
        so that training can go on. A write that fails leaves what was there before.

        Args:
            filepath: a path that ends with '.keras'.
            overwrite: False asks before a file or folder that is there is replaced.
            zipped: False writes a folder in place of one file, to a path that does not end with
                '.keras'; a folder of a model that is there is replaced as a whole.

        Raises:
            ValueError: if the path ends otherwise, or something in the model cannot be written.
            OSError: if the file cannot be written.

        Example:
            >>> import cornu, numpy as np, tempfile
            >>> model = cornu.Sequential([cornu.layers.Dense(1, input_shape=(2,))])
            >>> with tempfile.TemporaryDirectory() as folder:
            ...     model.save(f"{folder}/model.keras")
            ...     again = cornu.models.load_model(f"{folder}/model.keras")
            >>> bool((again(np.ones((1, 2))) == model(np.ones((1, 2)))).all())
            True
        """
        from cornu.storage import save_model

        save_model(self, filepath, overwrite, zipped, **kwargs)

    def save_weights(
        self, filepath: Any, overwrite: bool = True, max_shard_size: float | None = None
    ) -> None:
        """Writes the weights, and the optimizer's state, into a file.

        Args:
            filepath: a path that ends with '.weights.h5'; with '.weights.json', for several files; or
                with '.safetensors', for the weights alone in the format of that library.
            overwrite: False asks before a file that is there is replaced.
            max_shard_size: the most that one of several files may hold, in GB. Default: None, one file.

        Raises:
            ValueError: if the path ends otherwise, or the model is not built.
            OSError: if the file cannot be written.

        Example:
            >>> import cornu, tempfile
            >>> model = cornu.Sequential([cornu.layers.Dense(1, input_shape=(2,))])
            >>> with tempfile.TemporaryDirectory() as folder:
            ...     model.save_weights(f"{folder}/a.weights.h5")
            ...     model.load_weights(f"{folder}/a.weights.h5")
        """
        from cornu.storage import save_weights

        save_weights(self, filepath, overwrite, max_shard_size)

    def load_weights(self, filepath: Any, skip_mismatch: bool = False, **kwargs: Any) -> None:
        """Takes the weights out of a file that `save_weights` or `save` wrote, or Keras 3.

        The model must be made like the one that was saved. If it is compiled and was trained before, the
        optimizer's state is taken, too.

        Args:
            filepath: a path that ends with '.weights.h5', '.weights.json', '.safetensors' or '.keras',
                or the folder of a model.
            skip_mismatch: True leaves out layers that do not fit, with a warning.

        Raises:
            ValueError: if the file is no such file or a layer does not fit; then nothing is changed.

        Example:
            >>> import cornu, tempfile
            >>> model = cornu.Sequential([cornu.layers.Dense(1, input_shape=(2,))])
            >>> twin = cornu.models.clone_model(model)
            >>> with tempfile.TemporaryDirectory() as folder:
            ...     model.save_weights(f"{folder}/a.weights.h5")
            ...     twin.load_weights(f"{folder}/a.weights.h5")
            >>> (twin.get_weights()[0] == model.get_weights()[0]).all().item()
            True
        """
        from cornu.storage import load_weights

        load_weights(self, filepath, skip_mismatch, **kwargs)

    def to_json(self, **kwargs: Any) -> str:
        """The architecture, without weights, as JSON text for `cornu.models.model_from_json`.

        Args:
            **kwargs: for `json.dumps`, such as indent=2.

        Example:
            >>> import cornu
            >>> model = cornu.Sequential([cornu.layers.Dense(1, input_shape=(2,))])
            >>> cornu.models.model_from_json(model.to_json()).count_params()
            3
        """
        from cornu.storage.description import as_json, described

        return as_json(described(self), **kwargs)

    def __repr__(self) -> str:
        kind = "Functional" if self.graph is not None and type(self) is Model else type(self).__name__
        return f"<{kind} name={self.name}, built={self.built}>"

    def _repr_html_(self) -> str:
        return page("model", self)


def _takes_a_graph(cls: type) -> bool:
    """Whether models of this class are made by `cls(inputs, outputs)`, so that their graph says all."""
    if cls.__init__ is Model.__init__:  # type: ignore[misc]
        return True
    parameters = inspect.signature(cls.__init__).parameters.values()  # type: ignore[misc]
    kinds = {parameter.kind for parameter in parameters}
    return {inspect.Parameter.VAR_POSITIONAL, inspect.Parameter.VAR_KEYWORD} <= kinds
