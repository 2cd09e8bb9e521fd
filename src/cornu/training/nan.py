"""Where NaN comes from: one step of training, run layer by layer, until something is not finite."""

from __future__ import annotations

import functools
from collections.abc import Callable, Iterator, Mapping
from contextlib import AbstractContextManager, contextmanager
from typing import Any, NamedTuple

import jax
import jax.numpy as jnp
import jax.tree_util as tree
import numpy as np

from cornu.core.context import context, throwaway
from cornu.core.gradients import grad
from cornu.core.module import Module, walk
from cornu.core.variable import Variable
from cornu.layers.building import own_variables
from cornu.layers.layer import Layer
from cornu.layers.observing import wrapped
from cornu.optimizers import Optimizer
from cornu.training.data import unpack_x_y_sample_weight
from cornu.training.sparse import dense
from cornu.training.stateless import imperative, overridden

GROWN = 1e6  # a size of numbers from which on they have likely grown while training

DATA = "{name} of this batch is {kind}."
WEIGHT = 'The weight "{weight}" of layer "{layer}" ({cls}) is {kind}{when}.'
OUTPUT = 'The first output that is {kind} is that of layer "{layer}" ({cls}); its input goes {span}.'
BETWEEN = (
    'The input of layer "{layer}" ({cls}) is {kind}, though all layers before gave finite numbers: it '
    "became so in an operation between them."
)
LOSS = "All outputs are finite, {range}, and the targets {targets}, but the loss of them is {kind}."
GRADIENT = (
    'The loss is finite, but the gradient of weight "{weight}" of {layer} is {kind}. It became '
    "so in {place}, whose output has a finite one."
)
OWN_LOSS = (
    "All outputs of layers are finite{last}, but the loss that train_step takes the derivative of is "
    "{kind}."
)
OWN_LAST = ', the last of them, of layer "{layer}" ({cls}), {range}'
OWN_GRADIENT = (
    'All layers give finite numbers, but the gradient of weight "{weight}" of {layer} that train_step '
    'gives to the optimizer "{optimizer}" is {kind}.'
)
OWN_UPDATE = (
    "All layers, losses and gradients are finite, but the update that train_step makes of them is not: "
    "after it, {weight}"
)
OWN_LOG = 'All layers and gradients are finite, but the log "{name}" that train_step returns is {kind}.'
FAILED = "Run outside of the compiled loop, the step ends with an error: {error}"

TRY_DATA = "Look at the data: numpy.isfinite({name}).all() must be True."
TRY_WEIGHT = "Set it to finite numbers, or build the model anew; nothing learnt passes through it."
TRY_GROWN = (
    "The numbers have grown while training: try a tenth of the learning rate, bound the gradients with "
    "clipnorm=1.0 in the optimizer, and scale the inputs."
)
TRY_UPDATE = "Try a smaller learning rate, and look at what is divided by in the optimizer or the step."
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
    batch = x, y, sample_weight
    try:
        if overridden(model, "train_step"):
            return _OwnStep(model).diagnose(batch)
        calls, (y_pred, loss) = _observe(model, lambda: _with_loss(model, batch))
    except Exception as error:
        return Finding("error", None, FAILED.format(error=str(error).split("\n")[0]))
    weights = model.trainable_variables
    found = _in_outputs(calls) or _in_loss(y_pred, y, loss)
    return found or _in_gradients(model, lambda: _with_loss(model, batch)[1], weights, calls)


def bad_weight(model: Any, when: str = " before the step") -> Finding | None:
    """The first weight that is not finite."""
    found = _in_weights(model, when)
    return found and found._replace(text=f"{found.text} {TRY_WEIGHT}")


def _in_weights(model: Any, when: str = "") -> Finding | None:
    for layer in model._flatten_layers():
        for variable in own_variables(layer):
            kind = _kind(variable._current())
            if kind:
                text = WEIGHT.format(weight=variable.name, kind=kind, when=when, **_names(layer))
                return Finding("weight", layer.name, text)
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

    with throwaway(), _observed(model, functools.partial(_noted, calls)):
        result = run()
    return calls, result


def _noted(calls: list[Call], call: Call) -> Any:
    """Adds a call, as far as its numbers are known, to the list."""
    seen = Call(call.layer, *tree.tree_map(_known, (call.inputs, call.outputs)))
    if not any(isinstance(leaf, jax.core.Tracer) for leaf in tree.tree_leaves(seen[1:])):
        calls.append(seen)
    return call.outputs


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


def _in_gradients(
    model: Any, loss: Callable[[], Any], weights: Any, calls: list[Call]
) -> Finding | None:
    """The weight whose gradient is not finite, and the layer in which it became so: zeros are added
    to what each layer gives, and the derivatives by them are those by its output."""
    zeros = [tree.tree_map(_zeros, call.outputs) for call in calls]
    left = iter(zeros)

    def note(call: Call) -> Any:
        if any(call.layer is each.layer for each in calls):
            return tree.tree_map(_plus, call.outputs, next(left))
        return call.outputs

    parts = [[v for v in tree.tree_leaves(z, is_leaf=_is_zeros) if v.size] for z in zeros]
    added = [variable for part in parts for variable in part]
    with throwaway(), _observed(model, note):
        by = grad(loss, [*weights, *added])()
    by_weight = dict(zip(map(id, weights), by, strict=False))
    bad = [(w, k) for w in weights if (k := _kind(by_weight[id(w)]))]
    if not bad:
        return None
    gradients = iter(by[len(weights) :])
    by_output = [
        [next(gradients) for v in tree.tree_leaves(z, is_leaf=_is_zeros) if v.size] for z in zeros
    ]
    weight, kind = bad[-1]
    owner = _owner(model, weight)
    after = [i for i, gradient in enumerate(by_output) if _kind(gradient)]
    place, name = _place(calls, after, owner)
    text = GRADIENT.format(weight=weight.name, layer=_called(owner), kind=kind, place=place)
    return Finding("gradient", name, f"{text} {TRY_GRADIENT}")


def _owner(model: Any, weight: Any) -> Layer | None:
    """The layer whose weight it is."""
    for layer in model._flatten_layers():
        if any(weight is variable for variable in own_variables(layer)):
            return layer
    return None


def _called(owner: Layer | None) -> str:
    return "no layer" if owner is None else f'layer "{owner.name}"'


def _place(calls: list[Call], after: list[int], owner: Layer | None) -> tuple[str, str | None]:
    """Where gradients stop being finite: in the call that follows the last whose output has none."""
    if not after:
        return ("the loss", None) if owner is None else ("that layer itself", owner.name)
    if after[-1] + 1 == len(calls):
        return "the loss", None
    layer = calls[after[-1] + 1].layer
    return f'layer "{layer.name}" ({type(layer).__name__})', layer.name


class _OwnStep:
    """A train_step of the user's, run once: its layers, the losses that it takes derivatives of, the
    gradients that it gives to optimizers, and what it returns.

    Args:
        model: the model, whose state stays as it is.
    """

    def __init__(self, model: Any) -> None:
        self.model = model
        self.calls: list[Call] = []
        self.found: Finding | None = None
        self.given: Finding | None = None  # in the gradients that an optimizer was given
        self.looks = True

    def diagnose(self, batch: Any) -> Finding | None:
        with throwaway(), _observed(self.model, self._note), self._listening():
            logs = imperative(self.model, "train")(batch)
            after = _in_weights(self.model)
        logs = logs if isinstance(logs, Mapping) else {}
        found = self.found or _in_outputs(self.calls) or _in_log(logs, "loss") or self.given
        if found is None and after is not None:
            text = f"{OWN_UPDATE.format(weight=after.text[0].lower() + after.text[1:])} {TRY_UPDATE}"
            found = Finding("update", after.layer, text)
        return found or next(filter(None, (_in_log(logs, name) for name in logs)), None)

    def _note(self, call: Call) -> Any:
        return _noted(self.calls, call) if self.looks else call.outputs

    @contextmanager
    def _listening(self) -> Iterator[None]:
        """Within the block, derivatives and optimizers are looked at."""
        modules = walk(self.model, Module, skip=())
        optimizers = [each for each in modules if isinstance(each, Optimizer)]
        context.differentiated = self._differentiated
        for optimizer in optimizers:
            object.__setattr__(optimizer, "apply", self._looking_at(optimizer))
        try:
            yield
        finally:
            context.differentiated = None
            for optimizer in optimizers:
                object.__delattr__(optimizer, "apply")

    def _looking_at(self, optimizer: Any) -> Callable[..., Any]:
        apply = optimizer.apply

        @functools.wraps(apply)
        def looked_at(grads: Any, trainable_variables: Any = None, **beside: Any) -> Any:
            weights = trainable_variables
            weights = list(optimizer._positions if weights is None else weights)
            for weight, gradient in zip(weights, grads, strict=False):
                kind = "" if isinstance(gradient, jax.core.Tracer) else _kind(gradient)
                if kind and self.given is None:
                    owner = _owner(self.model, weight)
                    about = {"weight": weight.name, "layer": _called(owner), "kind": kind}
                    text = f"{OWN_GRADIENT.format(optimizer=optimizer.name, **about)} {TRY_GRADIENT}"
                    self.given = Finding("gradient", owner.name if owner else None, text)
            return apply(grads, trainable_variables, **beside)

        return looked_at

    def _differentiated(self, loss: Callable[[], Any], weights: Any, value: Any, found: Any) -> None:
        """Looks at a loss and its gradients, where they are numbers, not part of another derivative."""
        if self.found is not None or not self.looks or isinstance(value, jax.core.Tracer):
            return
        self.looks = False
        try:
            self.found = _in_outputs(self.calls) or self._in_loss(value)
            if self.found is None and weights and _kind(found):
                inside, _ = _observe(self.model, loss)
                self.found = _in_gradients(self.model, loss, weights, inside)
        finally:
            self.looks = True

    def _in_loss(self, value: Any) -> Finding | None:
        kind = _kind(value)
        if not kind:
            return None
        calls = [call for call in self.calls if len(list(call.layer._flatten_layers())) == 1]
        if not calls:
            return Finding("loss", None, f"{OWN_LOSS.format(last='', kind=kind)} {TRY_LOSS}")
        layer, _, outputs = calls[-1]
        last = OWN_LAST.format(range=_range(outputs), **_names(layer))
        advice = TRY_GROWN if _largest(outputs) > GROWN else TRY_LOSS
        return Finding("loss", None, f"{OWN_LOSS.format(last=last, kind=kind)} {advice}")


def _in_log(logs: Mapping[str, Any], name: str) -> Finding | None:
    kind = _kind(logs.get(name))
    text = OWN_LOG.format(name=name, kind=kind)
    return Finding("loss", None, f"{text} {TRY_LOSS}") if kind else None


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
