"""What is looked at: one sample or image, and one of the numbers that a model gives for it."""

from __future__ import annotations

from typing import Any

import jax
import jax.tree_util as tree
import numpy as np

from cornu import activations
from cornu.core.errors import describe, show_shape
from cornu.core.settings import image_data_format
from cornu.explain.objective import check_model
from cornu.explain.seeing.inside import Inside, Visit
from cornu.explain.tracing import as_numbers
from cornu.layers.activation.activation import Softmax
from cornu.layers.observing import wrapped
from cornu.training.checks import check_finite

SEVERAL_INPUTS = (
    'explain.{call}: model "{model}" takes {count} inputs ({names}), and one is explained at a time. '
    "Make a model of one of them: cornu.Model(that_input, output), the others being constants."
)
WRONG_SHAPE = (
    'explain.{call}: {what} has shape {shape}, but model "{model}" takes {wanted} for one sample. '
    "{advice}"
)
ONE = "{what} holds {count} samples, and one is explained at a time: {what}[0]."
CHANNEL = "Grey images need an axis for the channel: {what}[..., None]."
RESIZE = "Resize or crop it: cornu.ops.image.resize({what}, {size})."
NO_IMAGE = (
    "explain.{call} is about images, of shape (height, width, channels), but {what} has shape {shape}. "
    "explain.integrated_gradients explains inputs of any shape."
)
INDICES = (
    'explain.{call}: layer "{layer}" reads rows of a table, so what the model takes are not amounts '
    "that can be changed a little. Make a model of what comes after that layer, and give it the vectors."
)
ONE_OUTPUT = (
    'explain.{call} explains one number, but model "{model}" gives {given} for one sample. Make a model '
    "that gives (samples, classes): cornu.Model(model.input, the_output_to_explain)."
)
NO_INDEX = (
    "explain.{call}: index={index}, but the model has {count} output{s}, so {range}. Leave index out "
    "for the class that it predicts."
)


def one_sample(call: str, model: Any, value: Any, what: str = "x", image: bool = False) -> Any:
    """One sample as a batch of one, of float32; axes of size 1 are added where only they are missing.

    Raises:
        ValueError: if it has another shape than the model takes, several samples, or NaN; if the model
            is not built, or takes several inputs.
        TypeError: if it is no model, or there are no numbers.
    """
    check_model(call, model)
    wanted = _wanted(call, model)
    array = as_numbers(call, what, value)
    if not hasattr(array, "shape"):
        raise TypeError(f"explain.{call} takes one array, got {what}={describe(value)}.")
    array = np.asarray(array, "float32")
    array = _batch(call, model, array, wanted, what)
    if image and array.ndim != 4:
        raise ValueError(NO_IMAGE.format(call=call, what=what, shape=show_shape(array.shape[1:])))
    check_finite(array, what, what)
    return array


def refuse_indices(call: str, model: Any) -> None:
    """Raises an error if the model reads its input as places in a table."""
    for layer in model._flatten_layers():
        if hasattr(layer, "check_indices"):
            raise ValueError(INDICES.format(call=call, layer=layer.name))


def _wanted(call: str, model: Any) -> tuple[int | None, ...] | None:
    """The shape of a batch, as far as the model tells."""
    if model.graph is None:
        return None
    tensors = model.graph.input_tensors
    if len(tensors) > 1:
        names = ", ".join(tensor.name for tensor in tensors)
        about = {"call": call, "model": model.name, "count": len(tensors), "names": names}
        raise ValueError(SEVERAL_INPUTS.format(**about))
    return tuple(tensors[0].shape)


def _batch(call: str, model: Any, array: Any, wanted: Any, what: str) -> Any:
    if wanted is None:  # a class of one's own: an image without a batch has three axes, a row one
        array = array[None] if array.ndim in (1, 3) else array
        wanted = (None, *array.shape[1:])
    for candidate in (array, array[None], array[..., None], array[None, ..., None]):
        if len(candidate) == 1 and _fits(candidate.shape, wanted):
            return candidate
    advice = RESIZE.format(what=what, size=tuple(wanted[1:3])) if len(wanted) == 4 else ""
    if _fits(array.shape, wanted):
        advice = ONE.format(what=what, count=len(array))
    elif len(wanted) == 4 and array.ndim == 2 and wanted[-1] != 1:
        advice = f"Its channels are missing: {wanted[-1]} of them are needed."
    shown = {"shape": show_shape(array.shape), "wanted": show_shape(wanted[1:])}
    about = {"call": call, "what": what, "model": model.name, "advice": advice}
    raise ValueError(WRONG_SHAPE.format(**shown, **about).rstrip())


def _fits(shape: Any, wanted: Any) -> bool:
    pairs = zip(shape[1:], wanted[1:], strict=False)
    return len(shape) == len(wanted) and all(size in (None, own) for own, size in pairs)


def channels_last(array: Any, inside: Inside) -> bool:
    """Whether the model takes this batch of images with channels last: as its first layer says that
    has an opinion, else as the sizes look."""
    for visit in inside.visits:
        stated = getattr(visit.layer, "data_format", None)
        if stated is not None and len(getattr(visit.given, "shape", ())) == 4:
            return bool(stated == "channels_last")
    if (array.shape[-1] in (1, 3, 4)) != (array.shape[1] in (1, 3, 4)):
        return bool(array.shape[-1] in (1, 3, 4))
    return image_data_format() == "channels_last"


class Score:
    """The number of a model's output that is explained: that of a class, by default of the largest.

    Args:
        inside: the model.
        index: of the output, None for the largest; negative ones count from the end.
    """

    def __init__(self, inside: Inside, index: int | None) -> None:
        leaves = tree.tree_leaves(inside.outputs)
        about = {"call": inside.call, "model": inside.model.name}
        if len(leaves) != 1 or len(leaves[0].shape) > 2:
            shapes = [show_shape(leaf.shape[1:]) for leaf in leaves]
            given = f"an output of shape {shapes[0]}" if len(leaves) == 1 else f"{len(leaves)} outputs"
            raise ValueError(ONE_OUTPUT.format(**about, given=given))
        self.count = leaves[0].shape[1] if len(leaves[0].shape) == 2 else 1
        if index is not None:
            index = self._checked(inside, index)
        self.index = index

    def _checked(self, inside: Inside, index: Any) -> int:
        whole = isinstance(index, (int, np.integer)) and not isinstance(index, bool)
        if not whole or not -self.count <= index < self.count:
            allowed = f"from 0 to {self.count - 1}" if self.count > 1 else "0"
            about = {"index": index, "count": self.count, "s": "s" if self.count > 1 else ""}
            text = f"its number is {allowed}"
            raise ValueError(NO_INDEX.format(call=inside.call, range=text, **about))
        return int(index) % self.count

    def choose(self, outputs: Any) -> None:
        """Settles on the largest output for the first row, if no index was given."""
        if self.index is None:
            self.index = int(np.argmax(np.asarray(self.all(outputs))[0]))

    def all(self, outputs: Any) -> Any:
        """All outputs as (rows, outputs)."""
        (array,) = tree.tree_leaves(outputs)
        return array.reshape(len(array), -1)

    def of(self, outputs: Any, index: Any = None) -> Any:
        """The number that is explained, for each row."""
        return self.all(outputs)[:, self.index if index is None else index]


def last_activation(inside: Inside) -> Visit | None:
    """The last visit, if a softmax or sigmoid is what it ends with."""
    last = inside.leaves[-1] if inside.leaves else None
    ends = isinstance(getattr(last, "layer", None), Softmax) or (
        getattr(getattr(last, "layer", None), "activation", None)
        in (activations.softmax, activations.sigmoid)
    )
    return last if ends else None


def bare(inside: Inside) -> Any:
    """A block within which the model gives scores: without the softmax or sigmoid at its end."""
    last = last_activation(inside)
    if last is None:
        return wrapped([], "call", lambda layer, call: call)
    attribute = "call" if isinstance(last.layer, Softmax) else "activation"
    return wrapped([last.layer], attribute, lambda layer, call: _as_it_is)


def _as_it_is(inputs: jax.Array, *_: Any, **__: Any) -> jax.Array:
    return inputs


__all__ = ["Score", "bare", "channels_last", "last_activation", "one_sample", "refuse_indices"]
