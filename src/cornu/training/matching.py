"""Which last activations go with which losses."""

from __future__ import annotations

from typing import Any, NamedTuple

from cornu import activations, losses
from cornu.layers.activation.activation import Softmax
from cornu.layers.activation.rectifiers import ReLU

SINGLE_SOFTMAX = (
    'The output "{name}" is a softmax over one unit, which is always 1: nothing can be learnt. '
    'Use activation="sigmoid" with one unit and loss="binary_crossentropy", or one unit per class.'
)
LOGITS_OF_PROBABILITIES = (
    'The loss {loss} has from_logits=True, but the output "{name}" already goes through '
    "{activation}, so the "
    "function would be applied twice. Leave from_logits out, or remove the last activation."
)
PROBABILITIES_OF_LOGITS = (
    'The loss {loss} expects probabilities, but the output "{name}" has no activation, so its '
    "values may be any "
    'number. Use activation="{wanted}" in the last layer, or the loss with from_logits=True.'
)
NO_PROBABILITIES = (
    'The loss {loss} expects probabilities, but the output "{name}" goes through {activation}, which '
    'may give 0 for good, or numbers outside 0 to 1. Use activation="{wanted}" in the last layer.'
)
EACH_BY_ITSELF = (
    'The loss {loss} is of classes that exclude each other, but the output "{name}" goes through '
    'sigmoid, which gives each class a probability by itself. Use activation="softmax", or, where '
    'several classes may hold at once, loss="binary_crossentropy" with targets of 0 and 1 for each '
    "class."
)
ONE_OF_SEVERAL = (
    'The loss {loss} asks of each unit by itself whether its class holds, but the output "{name}" goes '
    'through softmax, whose units exclude each other. Use loss="categorical_crossentropy" (or '
    '"sparse_categorical_crossentropy" for whole-number classes), or activation="sigmoid".'
)
DISTANCE_OF_SOFTMAX = (
    'The loss {loss} measures the distance of numbers, but the output "{name}" goes through softmax: '
    "where it is sure and wrong, nearly no gradient passes. For classes use "
    'loss="categorical_crossentropy" (or "sparse_categorical_crossentropy"), for numbers no activation.'
)

#: What kind of targets a loss wants.
KINDS = {
    losses.categorical_generalized_cross_entropy: "sparse",
    losses.categorical_focal_crossentropy: "categorical",
    losses.binary_focal_crossentropy: "binary",
    losses.CategoricalGeneralizedCrossEntropy: "sparse",
    losses.CategoricalFocalCrossentropy: "categorical",
    losses.BinaryFocalCrossentropy: "binary",
    losses.sparse_categorical_crossentropy: "sparse",
    losses.categorical_crossentropy: "categorical",
    losses.binary_crossentropy: "binary",
    losses.SparseCategoricalCrossentropy: "sparse",
    losses.CategoricalCrossentropy: "categorical",
    losses.BinaryCrossentropy: "binary",
    losses.mean_squared_error: "distance",
    losses.MeanSquaredError: "distance",
    losses.mean_absolute_error: "distance",
    losses.MeanAbsoluteError: "distance",
}
_WANTED = {"sparse": "softmax", "categorical": "softmax", "binary": "sigmoid"}
_PROBABLE = ("softmax", "sigmoid", "hard_sigmoid", "sparsemax", "sparse_sigmoid", "linear")


class Misfit(NamedTuple):
    """What does not go together, and whether it is never meant: then `fit` warns."""

    text: str
    surely: bool


def kind_of(loss: Any) -> str | None:
    """'sparse', 'categorical', 'binary', 'distance', or None of a loss that is not known."""
    return KINDS.get(getattr(loss, "fn", None) or type(loss))


def activation_of(layer: Any) -> Any:
    """The function that a layer ends with; None if it is not known.

    >>> from cornu import layers
    >>> activation_of(layers.Dense(1, activation="relu")) is activation_of(layers.ReLU())
    True
    """
    while getattr(layer, "layers", None):
        layer = layer.layers[-1]
    if isinstance(layer, Softmax):
        return activations.softmax
    if isinstance(layer, ReLU):
        plain = not layer.negative_slope and not layer.threshold
        return activations.relu if plain else None
    own = getattr(layer, "activation", None)
    return activation_of(own) if hasattr(own, "call") and not hasattr(own, "__name__") else own


def misfits(output: Any, activation: Any, name: str) -> list[Misfit]:
    """What does not fit about an output of the objective that goes through this activation."""
    single = activation is activations.softmax and output.units == 1
    found = [Misfit(SINGLE_SOFTMAX.format(name=name), True)] if single else []
    kind = kind_of(output.loss)
    called = getattr(activation, "__name__", "")
    about = {"loss": f'"{getattr(output.loss, "name", "")}"', "name": name, "activation": called}
    if kind is None or activation is None or single:
        return found
    if kind == "distance":
        return [Misfit(DISTANCE_OF_SOFTMAX.format(**about), False)] if called == "softmax" else []
    about["wanted"] = _WANTED[kind]
    if getattr(output.loss, "from_logits", False):
        twice = called in ("softmax", "sigmoid")
        return [Misfit(LOGITS_OF_PROBABILITIES.format(**about), True)] if twice else []
    if called == "linear":
        return [Misfit(PROBABILITIES_OF_LOGITS.format(**about), True)]
    if called not in _PROBABLE and hasattr(activations, called):
        return [Misfit(NO_PROBABILITIES.format(**about), False)]
    if kind != "binary" and called == "sigmoid" and output.units > 1:
        return [Misfit(EACH_BY_ITSELF.format(**about), False)]
    if kind == "binary" and called == "softmax":
        return [Misfit(ONE_OF_SEVERAL.format(**about), False)]
    return []


__all__ = ["KINDS", "Misfit", "activation_of", "kind_of", "misfits"]
