"""Where NaN comes from: one step of training, run layer by layer, until something is not finite."""

from __future__ import annotations

import functools
from collections.abc import Callable
from contextlib import AbstractContextManager
from typing import Any, NamedTuple

import jax
import jax.numpy as jnp
import jax.tree_util as tree
import numpy as np

from cornu.core.context import throwaway
from cornu.core.gradients import grad
from cornu.core.variable import Variable
from cornu.layers.building import own_variables
from cornu.layers.layer import Layer
from cornu.layers.observing import wrapped
from cornu.training.data import unpack_x_y_sample_weight
from cornu.training.sparse import dense
from cornu.training.stateless import imperative, overridden

GROWN = 1e6  # a size of numbers from which on they have likely grown while training

DATA = "{name} of this batch is {kind}."
WEIGHT = 'The weight "{weight}" of layer "{layer}" ({cls}) is {kind} before the step.'
OUTPUT = 'The first output that is {kind} is that of layer "{layer}" ({cls}); its input goes {span}.'
BETWEEN = (
    'The input of layer "{layer}" ({cls}) is {kind}, though all layers before gave finite numbers: it '
    "became so in an operation between them."
)
LOSS = "All outputs are finite, {range}, and the targets {targets}, but the loss of them is {kind}."
GRADIENT = (
    'The loss is finite, but the gradient of weight "{weight}" of layer "{layer}" is {kind}. It became '
    "so in {place}, whose output has a finite one."
)
OWN_STEP = (
    "All layers give finite numbers in it: the losses that train_step computes of them, or their "
    "gradients, do not. Run it with compile(..., run_eagerly=True) and print them."
)
FAILED = "Run outside of the compiled loop, the step ends with an error: {error}"

TRY_DATA = "Look at the data: numpy.isfinite({name}).all() must be True."
TRY_WEIGHT = "Set it to finite numbers, or build the model anew; nothing learnt passes through it."
TRY_GROWN = (
    "The numbers have grown while training: try a tenth of the learning rate, bound the gradients with "
    "clipnorm=1.0 in the optimizer, and scale the inputs."
)
TRY_DOMAIN = (
    "It divides by 0, takes the logarithm or root of what is not above 0, or an exponential of a "
    "large number: bound the argument, for instance by ops.maximum(x, 1e-7)."
)
TRY_LOSS = (
    "A loss with a logarithm needs outputs above 0 (a sigmoid or softmax, or from_logits=True) and "
    "targets from 0 to 1; one of your own may lack a bound such as ops.maximum(x, 1e-7)."
)
TRY_GRADIENT = (
    "The derivative of a root, norm or power is infinite at 0, also in the branch that ops.where does "
    "not take: add a small number inside, as in ops.sqrt(x + 1e-7)."
)


class Finding(NamedTuple):
    """What is not finite, and what to try."""

    what: str  # 'data', 'weight', 'output', 'loss', 'gradient' or 'error'
    layer: str | None  # the name of the layer
    text: str


class Call(NamedTuple):
    """One call of a layer while a model runs."""

    layer: Layer
    inputs: Any
    outputs: Any


def diagnose(model: Any, batch: Any) -> Finding | None:
    """The first thing that is not finite in a step of training from the weights of now; None if
    everything is.

    The step is run without compiling, and changes nothing.

    Args:
        model: a compiled model.
        batch: `(x, y, sample_weight)`, or x alone.
    """
    x, y, sample_weight = unpack_x_y_sample_weight(dense(batch))
    found = _in_data(x=x, y=y, sample_weight=sample_weight) or bad_weight(model)
    if found is not None:
        return found
    own = overridden(model, "train_step")
    step = imperative(model, "train") if own else functools.partial(_with_loss, model)
    try:
        calls, result = _observe(model, lambda: step((x, y, sample_weight)))
    except Exception as error:
        return Finding("error", None, FAILED.format(error=str(error).split("\n")[0]))
    found = _in_outputs(calls)
    if own:
        return found or Finding("loss", None, OWN_STEP)
    found = found or _in_loss(result[0], y, result[1])
    return found or _in_gradients(model, (x, y, sample_weight), calls)


def bad_weight(model: Any) -> Finding | None:
    """The first weight that is not finite."""
    for layer in model._flatten_layers():
        for variable in own_variables(layer):
            kind = _kind(variable._value)
            if kind:
                text = WEIGHT.format(weight=variable.name, kind=kind, **_names(layer))
                return Finding("weight", layer.name, f"{text} {TRY_WEIGHT}")
    return None


def _in_data(**structures: Any) -> Finding | None:
    for name, structure in structures.items():
        kind = _kind(structure)
        if kind:
            text = f"{DATA.format(name=name, kind=kind)} {TRY_DATA.format(name=name)}"
            return Finding("data", None, text)
    return None


def _with_loss(model: Any, batch: Any) -> tuple[Any, Any]:
    """The outputs for a batch, and the loss of them."""
    x, y, sample_weight = batch
    y_pred = model(x, training=True)
    return y_pred, model.compute_loss(x, y, y_pred, sample_weight, training=True)


def _observe(model: Any, run: Callable[[], Any]) -> tuple[list[Call], Any]:
    """The calls of all layers in a run, and its result."""
    calls: list[Call] = []

    def note(call: Call) -> Any:
        seen = Call(call.layer, *tree.tree_map(_known, (call.inputs, call.outputs)))
        if not any(isinstance(leaf, jax.core.Tracer) for leaf in tree.tree_leaves(seen[1:])):
            calls.append(seen)
        return call.outputs

    with throwaway(), _observed(model, note):
        result = run()
    return calls, result


def _known(leaf: Any) -> Any:
    """The numbers behind what stands for them while a derivative is taken."""
    while isinstance(leaf, jax.core.Tracer) and hasattr(leaf, "primal"):
        leaf = leaf.primal
    return leaf


def _observed(model: Any, note: Callable[[Call], Any]) -> AbstractContextManager[None]:
    """Within the block, each call of a layer goes through `note`, which gives its outputs."""

    def observe(layer: Layer, call: Callable[..., Any]) -> Callable[..., Any]:
        @functools.wraps(call)
        def observed(*args: Any, **kwargs: Any) -> Any:
            return note(Call(layer, (args, kwargs), call(*args, **kwargs)))

        return observed

    return wrapped(model._flatten_layers(), "call", observe)


def _in_outputs(calls: list[Call]) -> Finding | None:
    for layer, inputs, outputs in calls:
        if kind := _kind(inputs):
            text = BETWEEN.format(kind=kind, **_names(layer))
            return Finding("output", layer.name, f"{text} {TRY_DOMAIN}")
        if kind := _kind(outputs):
            largest = max((_largest(v._value) for v in layer.weights), default=0.0)
            grown = max(largest, _largest(inputs)) > GROWN
            weights = f", its largest weight is {largest:.4g}" if layer.weights else ""
            text = OUTPUT.format(kind=kind, span=_range(inputs) + weights, **_names(layer))
            return Finding("output", layer.name, f"{text} {TRY_GROWN if grown else TRY_DOMAIN}")
    return None


def _in_loss(y_pred: Any, y: Any, loss: Any) -> Finding | None:
    kind = _kind(loss)
    if not kind:
        return None
    text = LOSS.format(kind=kind, range=_range(y_pred), targets=_range(y))
    return Finding("loss", None, f"{text} {TRY_GROWN if _largest(y_pred) > GROWN else TRY_LOSS}")


def _in_gradients(model: Any, batch: Any, calls: list[Call]) -> Finding | None:
    """The weight whose gradient is not finite, and the layer in which it became so: zeros are added
    to what each layer gives, and the derivatives by them are those by its output."""
    zeros = [tree.tree_map(_zeros, call.outputs) for call in calls]
    weights, left = model.trainable_variables, iter(zeros)

    def note(call: Call) -> Any:
        if any(call.layer is each.layer for each in calls):
            return tree.tree_map(_plus, call.outputs, next(left))
        return call.outputs

    parts = [[v for v in tree.tree_leaves(z, is_leaf=_is_zeros) if v.size] for z in zeros]
    added = [variable for part in parts for variable in part]
    with throwaway(), _observed(model, note):
        by = grad(lambda: _with_loss(model, batch)[1], [*weights, *added])()
    by_weight = dict(zip(map(id, weights), by, strict=False))
    bad = [(w, k) for w in weights if (k := _kind(by_weight[id(w)]))]
    if not bad:
        return None
    gradients = iter(by[len(weights) :])
    by_output = [
        [next(gradients) for v in tree.tree_leaves(z, is_leaf=_is_zeros) if v.size] for z in zeros
    ]
    weight, kind = bad[-1]
    owner = next(
        layer
        for layer in model._flatten_layers()
        if any(weight is variable for variable in own_variables(layer))
    )
    after = [i for i, gradient in enumerate(by_output) if _kind(gradient)]
    place, name = _place(calls, after, owner)
    text = GRADIENT.format(weight=weight.name, layer=owner.name, kind=kind, place=place)
    return Finding("gradient", name, f"{text} {TRY_GRADIENT}")


def _place(calls: list[Call], after: list[int], owner: Layer) -> tuple[str, str | None]:
    """Where gradients stop being finite: in the call that follows the last whose output has none."""
    if not after:
        return "that layer itself", owner.name
    if after[-1] + 1 == len(calls):
        return "the loss", None
    layer = calls[after[-1] + 1].layer
    return f'layer "{layer.name}" ({type(layer).__name__})', layer.name


def _zeros(output: Any) -> Variable:
    real = jnp.issubdtype(jnp.result_type(output), jnp.floating)
    return Variable(np.zeros(np.shape(output) if real else 0, "float32"), name="zeros")


def _plus(output: Any, zeros: Variable) -> Any:
    return output + zeros.value.astype(output.dtype) if zeros.size else output


def _is_zeros(leaf: Any) -> bool:
    return isinstance(leaf, Variable)


def _names(layer: Layer) -> dict[str, str]:
    return {"layer": layer.name, "cls": type(layer).__name__}


def _floats(structure: Any) -> list[Any]:
    """The arrays of floats in a structure."""
    leaves = [leaf for leaf in tree.tree_leaves(structure) if hasattr(leaf, "dtype")]
    arrays = [np.asarray(leaf) for leaf in leaves if jnp.issubdtype(leaf.dtype, jnp.floating)]
    return [array.astype("float32") for array in arrays if array.size]


def _kind(structure: Any) -> str:
    """'NaN' or 'infinite' if something in the structure is, else nothing."""
    arrays = _floats(structure)
    if any(np.isnan(array).any() for array in arrays):
        return "NaN"
    return "infinite" if any(np.isinf(array).any() for array in arrays) else ""


def _largest(structure: Any) -> float:
    return max((float(np.abs(array).max()) for array in _floats(structure)), default=0.0)


def _range(structure: Any) -> str:
    """The values of a structure in words."""
    numbers = [np.asarray(leaf) for leaf in tree.tree_leaves(structure) if np.size(leaf)]
    numbers = [array for array in numbers if array.dtype.kind in "fiub" or "float" in str(array.dtype)]
    if not numbers:
        return "unknown"
    low = min(float(array.min()) for array in numbers)
    return f"from {low:.4g} to {max(float(array.max()) for array in numbers):.4g}"


__all__ = ["Finding", "bad_weight", "diagnose"]
