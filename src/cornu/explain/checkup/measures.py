"""What a checkup measures: outputs and gradients of all layers, in one compiled pass."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import Any

import jax
import jax.numpy as jnp
import jax.tree_util as tree
import numpy as np

from cornu import activations
from cornu.core.dtypes import is_float
from cornu.core.pure import assigning
from cornu.explain.objective import Loss
from cornu.explain.seeing.inside import Inside, Visit
from cornu.training.hints import ENOUGH, is_relu
from cornu.training.matching import activation_of

NUMBERS = 1 << 25  # that all layers may give together
#: From which outputs on a unit is saturated: its slope is then below 4 % of its largest one.
LIMITS = {activations.sigmoid: (0.01, 0.99), activations.tanh: (-0.98, 0.98)}


@dataclass
class Layer:
    """What was measured of one layer; None where that makes no sense."""

    name: str
    kind: str
    units: int
    size: float  # root mean square of its outputs
    by_output: float  # norm of the gradient of the loss by its outputs
    gradient: float | None  # norm of that by its weights
    weights: float | None  # norm of these
    never: int | None  # ReLU units that are never above 0
    saturated: float | None  # share of outputs of a sigmoid or tanh near their limits
    last: bool  # whether it gives an output of the model

    @property
    def ratio(self) -> float | None:
        """How large the gradient is beside the weights."""
        return None if self.gradient is None else self.gradient / max(self.weights or 0.0, 1e-12)


@dataclass
class Measures:
    """What was measured of a model."""

    layers: list[Layer]
    loss: float
    entry: Any  # what comes to the first layer with a kernel, or its mean and largest size
    entry_name: str


def fitting_rows(inside: Inside, rows: int) -> int:
    """How many of these rows can be looked at together."""
    size = sum(math.prod(visit.shape) for visit in inside.leaves)
    return max(1, min(rows, NUMBERS * rows // max(size, 1)))


def measure(inside: Inside, end: Loss, x: Any, y: Any) -> Measures:
    """Runs the model on x once, and back from its loss."""
    visits = [visit for visit in inside.leaves if visit.shape and is_float(visit.output.dtype)]
    numbers = {visit.number for visit in visits}
    entry = next((v for v in inside.leaves if getattr(v.layer, "kernel", None) is not None), None)
    weights = [w for w in inside.model.trainable_variables if is_float(w.dtype)]

    def run(x: Any, y: Any) -> Any:
        def loss(values: Any, zeros: Any) -> Any:
            kept: dict[int, Any] = {}
            came: list[Any] = []

            def look(number: int, layer: Any, args: Any, output: Any) -> Any:
                if entry is not None and number == entry.number:
                    came.append(args[0])
                if number in numbers:
                    output = kept[number] = output + zeros[number]
                return output

            def whole() -> Any:
                return end.call(x, y, inside.run(x, look))

            value = assigning(whole, dict(zip(weights, values, strict=True)))[0]
            return value.astype("float32"), (kept, came)

        zeros = {v.number: jnp.zeros(v.shape, v.output.dtype) for v in visits}
        start = [weight.value for weight in weights]
        (value, (kept, came)), (by_weight, by_output) = jax.value_and_grad(
            loss, argnums=(0, 1), has_aux=True
        )(start, zeros)
        return (
            value,
            {v.number: _of_output(v, kept[v.number], by_output[v.number]) for v in visits},
            [_square(gradient) for gradient in by_weight],
            [_square(each) for each in start],
            [_of_entry(each) for each in came],
        )

    value, outputs, gradients, sizes, came = inside.computed(run, *tree.tree_map(np.asarray, (x, y)))
    squares = {id(w): pair for w, pair in zip(weights, zip(gradients, sizes, strict=True), strict=True)}
    seen: set[int] = set()
    ends = _ends(inside)
    layers = [
        _layer(visit, outputs[visit.number], squares, seen, visit.layer in ends) for visit in visits
    ]
    name = entry.name if entry is not None else ""
    return Measures(layers, float(value), came[0] if came else None, name)


def _ends(inside: Inside) -> list[Any]:
    """The layers that give the outputs of the model."""
    tensors = inside.model.graph.output_tensors if inside.model.graph is not None else []
    found = [inside.leaves[-1].layer]
    for layer in (tensor.node.operation for tensor in tensors):
        while getattr(layer, "layers", None):
            layer = layer.layers[-1]
        found.append(layer)
    return found


def _square(array: Any) -> Any:
    return (array.astype("float32") ** 2).sum()


def _of_output(visit: Visit, output: Any, gradient: Any) -> dict[str, Any]:
    """The measures of one output, units on its last axis."""
    output = jnp.moveaxis(output, visit.channels, -1).astype("float32")
    flat = output.reshape(-1, output.shape[-1])
    found = {
        "size": jnp.sqrt((flat**2).mean()),
        "by_output": jnp.sqrt(_square(gradient)),
    }
    if is_relu(visit.layer):
        found["never"] = (~(flat > 0).any(axis=0)).sum()
    limits = LIMITS.get(activation_of(visit.layer))
    if limits is not None:
        found["saturated"] = ((flat < limits[0]) | (flat > limits[1])).mean()
    return found


def _of_entry(given: Any) -> Any:
    """Rows of two axes as they are, as many as tell; of images the mean and the largest size."""
    array = jnp.abs(tree.tree_leaves(given)[0].astype("float32"))
    if array.ndim == 2:
        return array[: max(1, ENOUGH // array.shape[1])]
    return jnp.stack([array.mean(), array.max()])


def _layer(visit: Visit, found: Any, squares: Any, seen: set[int], last: bool) -> Layer:
    """The measures of a visit; weights are told of at the first one."""
    own = [squares[id(w)] for w in visit.layer.trainable_weights if id(w) in squares]
    new = bool(own) and id(visit.layer) not in seen
    seen.add(id(visit.layer))
    return Layer(
        name=visit.name,
        kind=visit.kind,
        units=visit.shape[visit.channels],
        size=float(found["size"]),
        by_output=float(found["by_output"]),
        gradient=math.sqrt(sum(float(gradient) for gradient, _ in own)) if new else None,
        weights=math.sqrt(sum(float(size) for _, size in own)) if new else None,
        never=int(found["never"]) if "never" in found else None,
        saturated=float(found["saturated"]) if "saturated" in found else None,
        last=last,
    )


__all__ = ["Layer", "Measures", "fitting_rows", "measure"]
