"""Old methods and attributes of layers, models and optimizers, by the class that has them while compat
is installed.

What Keras 3 has too is not here. What was of TensorFlow's or Theano's graph is refused, with what to
write.
"""

from __future__ import annotations

import functools
import inspect
import operator
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from cornu.compat.notes import note
from cornu.compat.old import freezing, generators
from cornu.core.errors import NotBuiltYetError, show_shape

Methods = dict[str, Any]


class Computed:
    """An attribute that is computed; one that a program sets on the object itself comes first."""

    def __init__(self, get: Callable[[Any], Any]) -> None:
        self.get = get

    def __get__(self, owner: Any, cls: type) -> Any:
        return self if owner is None else self.get(owner)


@dataclass(frozen=True)
class Around:
    """What is there already, made to do more: `make` gets it and gives the new one."""

    make: Callable[[Any], Any]


def formerly(pairs: str) -> Methods:
    """Attributes from pairs old:new."""
    split = (pair.split(":") for pair in pairs.split())
    return {old: Computed(operator.attrgetter(new)) for old, new in split}


def refused(what: str, instead: str) -> Computed:
    """An attribute that there is no more: an AttributeError that says what to write."""

    def get(owner: Any) -> Any:
        raise AttributeError(
            f"{type(owner).__name__}.{what} was part of the graph of TensorFlow or Theano, and there is "
            f"none here. {instead}"
        )

    return Computed(get)


def refused_call(what: str, instead: str) -> Callable[..., Any]:
    """A method that there is no more."""

    def call(owner: Any, *args: Any, **kwargs: Any) -> Any:
        raise NotBuiltYetError(f"{type(owner).__name__}.{what}() is gone. {instead}")

    call.__name__ = what
    return call


# ------------------------------------------------------------------------------------------------ layers


def _one_or_list(values: list[Any]) -> Any:
    return values[0] if len(values) == 1 else values


def _node(layer: Any, index: int, what: str) -> Any:
    nodes = layer._nodes
    if not -len(nodes) <= index < len(nodes):
        raise ValueError(
            f'{type(layer).__name__} "{layer.name}" was called on {len(nodes)} symbolic inputs, so '
            f"there is no {what} at {index}. Call it on a tensor that comes from keras.Input first."
        )
    return nodes[index]


def get_input_at(layer: Any, node_index: int) -> Any:
    """The symbolic input of the layer's call of this number; of an InputLayer what comes out."""
    node = _node(layer, node_index, "input")
    return _one_or_list(list(node.inputs or node.output_list))


def get_output_at(layer: Any, node_index: int) -> Any:
    """The symbolic output of the layer's call of this number."""
    return _one_or_list(list(_node(layer, node_index, "output").output_list))


def _shapes(tensors: Any) -> Any:
    return _one_or_list(
        [tuple(each.shape) for each in (tensors if isinstance(tensors, list) else [tensors])]
    )


def get_input_shape_at(layer: Any, node_index: int) -> Any:
    return _shapes(get_input_at(layer, node_index))


def get_output_shape_at(layer: Any, node_index: int) -> Any:
    return _shapes(get_output_at(layer, node_index))


def _the_same(layer: Any, what: str, shape_at: Callable[[Any, int], Any]) -> Any:
    """A shape that all calls of a layer have in common."""
    found = [shape_at(layer, index) for index in range(len(layer._nodes))]
    if any(shape != found[0] for shape in found):
        shown = ", ".join(map(show_shape, found))
        raise AttributeError(
            f'{type(layer).__name__} "{layer.name}" has several shapes of {what}: {shown}. Write '
            f"layer.get_{what}_shape_at(0)."
        )
    return found[0] if found else None


def _input_shape(layer: Any) -> Any:
    found = _the_same(layer, "input", get_input_shape_at) or layer._declared_input_shape
    if found is None:
        raise AttributeError(
            f'{type(layer).__name__} "{layer.name}" was never called, so it has no shape.'
        )
    return found


def _output_shape(layer: Any) -> Any:
    found = _the_same(layer, "output", get_output_shape_at) or _one_or_list(
        layer._output_shapes or [None]
    )
    if found is None:
        raise AttributeError(
            f'{type(layer).__name__} "{layer.name}" was never called, so it has no shape.'
        )
    return found


def _trains(layer: Any) -> bool:
    return any(each._takes_training for each in layer._flatten_layers())


def add_update(_layer: Any, updates: Any, _inputs: Any = None) -> None:
    """Assigns pairs (variable, new value), in `call`; what K.update gave was assigned then."""
    for each in updates if isinstance(updates, list) else [updates]:
        if isinstance(each, tuple):
            each[0].assign(each[1])


def add_variable(layer: Any, *args: Any, **kwargs: Any) -> Any:
    note("add_variable(...)", "add_weight(...)")
    return layer.add_weight(*args, **kwargs)


def _set_weights_of(layer: Any, variables: Any, trainable: bool) -> None:
    """`self.trainable_weights = [...]` in a layer of Keras 1: these are its variables."""
    known = {id(variable) for variable in layer.weights}
    for variable in variables:
        if id(variable) not in known:
            layer._weights.append(variable)
        variable.trainable = trainable


def settable(trainable: bool) -> Around:
    """`trainable_weights` or `non_trainable_weights`, which may be set."""
    return Around(
        lambda old: property(
            old.fget, lambda layer, variables: _set_weights_of(layer, variables, trainable)
        )
    )


def reset_states(model: Any) -> None:
    """Sets the states of stateful recurrent layers to zero."""
    for layer in model._flatten_layers():
        if layer is not model and getattr(layer, "stateful", False) and hasattr(layer, "reset_state"):
            layer.reset_state()


# ------------------------------------------------------------------------------------------------ models


def predict_proba(model: Any, x: Any, batch_size: int | None = None, verbose: Any = 0) -> Any:
    """`predict`, for outputs that are probabilities."""
    note("predict_proba(x)", "predict(x)")
    return model.predict(x, batch_size=batch_size, verbose=verbose)


def predict_classes(model: Any, x: Any, batch_size: int | None = None, verbose: Any = 0) -> Any:
    """The class of each row: of several outputs the largest, of one whether it is above 0.5."""
    note(
        "predict_classes(x)",
        "predict(x).argmax(axis=-1), or (predict(x) > 0.5).astype(int) for one unit",
    )
    found = model.predict(x, batch_size=batch_size, verbose=verbose)
    return found.argmax(axis=-1) if found.shape[-1] > 1 else (found > 0.5).astype("int32")


def to_yaml(model: Any) -> str:
    """The architecture as text: JSON, which is YAML, too."""
    note("to_yaml()", "to_json()")
    return str(model.to_json())


def _loss_weights(model: Any) -> Any:
    return model.objective.loss_weights if model.compiled else None


def make_predict_function(model: Any) -> Callable[[Any], Any]:
    """What predicts one batch; it is compiled when it is first called, from whatever thread."""
    return lambda x: model.predict_on_batch(x)


_fits: dict[int, tuple[Any, Any]] = {}  # by the identity of a model, what its fit was called with


def remembering(fit: Any) -> Any:
    """`fit`, such that callbacks can ask for the validation data meanwhile."""

    @functools.wraps(fit)
    def call(model: Any, *args: Any, **kwargs: Any) -> Any:
        _fits[id(model)] = (args, kwargs)
        try:
            return fit(model, *args, **kwargs)
        finally:
            _fits.pop(id(model), None)

    return call


def validation_data(callback: Any) -> Any:
    """What fit validates with, arrays [x, y, weights]; None where batches are generated, and outside."""
    import numpy as np

    model = callback.model
    if id(model) not in _fits:
        return None
    args, kwargs = _fits[id(model)]
    given = inspect.signature(type(model).fit).bind(model, *args, **kwargs).arguments
    data, split = given.get("validation_data"), given.get("validation_split")
    if data is None and split:
        x, y = np.asarray(given["x"]), np.asarray(given["y"])
        start = int(len(x) * (1 - split))
        data = x[start:], y[start:]
    if not isinstance(data, (tuple, list)):
        return None
    rows = len(data[1])
    return [*data[:2], data[2] if len(data) > 2 else np.ones(rows, "float32")]


def _graph_losses(compile: Any) -> Any:
    from cornu.compat.old import graph_losses  # brings the models

    return graph_losses.compiling(compile)


NO_LOSS_TENSOR = "model.evaluate(x, y) gives the number; a custom train_step has the loss in its hands."

# -------------------------------------------------------------------------------------------- optimizers


class OldConfig(dict[str, Any]):
    """An optimizer's configuration, which answers to `lr` too, without listing it."""

    def __missing__(self, name: str) -> Any:
        if name == "lr":
            note('get_config()["lr"]', 'get_config()["learning_rate"]')
            return self["learning_rate"]
        raise KeyError(name)


def answering_to_lr(get_config: Any) -> Any:
    """`get_config` of an optimizer, whose result answers to `lr`."""

    @functools.wraps(get_config)
    def get(optimizer: Any) -> dict[str, Any]:
        return OldConfig(get_config(optimizer))

    return get


def minimize(optimizer: Any, loss: Any, var_list: Any, *, tape: Any = None) -> Any:
    """One step that makes smaller what `loss`, a function without arguments, gives; with a tape, the
    number that was computed under it."""
    from cornu.core.gradients import value_and_grad

    if not callable(loss) and tape is None:
        raise NotBuiltYetError(
            "optimizer.minimize takes a function without arguments that computes the loss: "
            "optimizer.minimize(lambda: ..., variables)."
        )
    variables = list(var_list() if callable(var_list) else var_list)
    optimizer.build(variables)
    if tape is None:
        _, gradients = value_and_grad(loss, variables)()
    else:
        gradients = tape.gradient(loss, variables)
    optimizer.apply(gradients, variables)
    return optimizer.iterations


GRADIENTS = (
    "Write cornu.value_and_grad(function, variables)(), then optimizer.apply(gradients, variables)."
)

# --------------------------------------------------------------------------------------------- the table

_CONV = "nb_filter:filters subsample:strides border_mode:padding W:kernel b:bias"
_GATES = "output_dim:units inner_activation:recurrent_activation dropout_W:dropout"
_GATES += " dropout_U:recurrent_dropout"

#: By the class that has them, old methods and attributes.
METHODS: dict[str, Methods] = {
    "layers.Layer": {
        "get_input_at": get_input_at,
        "get_output_at": get_output_at,
        "get_input_shape_at": get_input_shape_at,
        "get_output_shape_at": get_output_shape_at,
        "input_shape": Computed(_input_shape),
        "output_shape": Computed(_output_shape),
        "inbound_nodes": Computed(lambda layer: list(layer._nodes)),
        "_inbound_nodes": Computed(lambda layer: list(layer._nodes)),
        "get_output": lambda layer, train=False: layer.output,
        "get_input": lambda layer, train=False: layer.input,
        "get_output_shape_for": lambda layer, input_shape: layer.compute_output_shape(input_shape),
        "uses_learning_phase": Computed(_trains),
        # What changes state is done in the call itself, so nothing is left to be run.
        "updates": Computed(lambda layer: []),
        "get_updates_for": lambda layer, inputs: [],
        "get_losses_for": lambda layer, inputs=None: layer.losses,
        "add_update": add_update,
        "add_variable": add_variable,
        "apply": lambda layer, *args, **kwargs: layer(*args, **kwargs),
        "trainable_weights": settable(True),
        "non_trainable_weights": settable(False),
        "stateful": False,
        "outbound_nodes": refused("outbound_nodes", "model.layers are in the order of the calls."),
        "input_mask": refused("input_mask", "Write layer.compute_mask(inputs, mask)."),
        "output_mask": refused("output_mask", "Write layer.compute_mask(inputs, mask)."),
    },
    "models.Model": {
        "compile": Around(lambda compile: freezing.compiling(_graph_losses(compile))),
        "fit": Around(lambda fit: freezing.training(remembering(fit))),
        "train_on_batch": Around(freezing.training),
        "to_yaml": to_yaml,
        "fit_generator": generators.fit_generator,
        "evaluate_generator": generators.evaluate_generator,
        "predict_generator": generators.predict_generator,
        "state_updates": Computed(lambda model: []),
        "stateful": Computed(
            lambda model: any(getattr(each, "stateful", False) for each in model.layers)
        ),
        "reset_states": reset_states,
        "loss_weights": Computed(_loss_weights),
        "flattened_layers": Computed(lambda model: model.layers),
        "make_predict_function": make_predict_function,
        "_make_predict_function": make_predict_function,
        "total_loss": refused("total_loss", NO_LOSS_TENSOR),
        "targets": refused("targets", "Write keras.Input(...) for y, and model.add_loss."),
        "sample_weights": refused("sample_weights", "Give them to fit(sample_weight=...)."),
        "metrics_tensors": refused("metrics_tensors", "model.metrics are objects with result()."),
        "train_function": refused("train_function", "Write model.train_on_batch(x, y)."),
        "test_function": refused("test_function", "Write model.test_on_batch(x, y)."),
        "predict_function": refused("predict_function", "Write model.predict_on_batch(x)."),
    },
    "models.Sequential": {"predict_classes": predict_classes, "predict_proba": predict_proba},
    "optimizers.Optimizer": {
        "weights": Computed(lambda optimizer: optimizer.variables),
        "get_config": Around(answering_to_lr),
        "minimize": minimize,
        "get_gradients": refused_call("get_gradients", GRADIENTS),
        "get_updates": refused_call("get_updates", GRADIENTS),
        "compute_gradients": refused_call("compute_gradients", GRADIENTS),
    },
    "callbacks.Callback": {"validation_data": Computed(validation_data)},
    "core.variable.Variable": {
        "get_value": lambda variable, borrow=False: variable.numpy(),
        "set_value": lambda variable, value, borrow=False: variable.assign(value),
        "eval": lambda variable, session=None: variable.numpy(),
    },
    "layers.Dense": formerly("output_dim:units W:kernel b:bias"),
    **{f"layers.Conv{n}D": formerly(_CONV) for n in (1, 2, 3)},
    "layers.InputLayer": {"input": Around(lambda old: property(lambda layer: layer.output))},
    "layers.Embedding": formerly("W:embeddings"),
    "layers.Dropout": formerly("p:rate"),
    "layers.GaussianDropout": formerly("p:rate"),
    "layers.GaussianNoise": formerly("sigma:stddev"),
    "layers.LeakyReLU": formerly("alpha:negative_slope"),
    "layers.MaxPooling1D": formerly("pool_length:pool_size stride:strides"),
    **{f"layers.{name}": formerly(_GATES) for name in ("SimpleRNN", "GRU", "LSTM")},
}
