"""Old arguments that are put into a call by code: what they ask for depends on others."""

from __future__ import annotations

import os
from typing import Any

from cornu.compat.old.entries import Call, Done, refuse, steps_of

# ------------------------------------------------------------------------------------------------ layers


def _input_size(word: str) -> Done:
    """`input_dim` and `input_length` of a layer that takes sequences: together a shape."""

    def put(call: Call, value: Any) -> None:
        size = {"input_dim": None, "input_length": None, word: value}
        size |= {each: call.given.pop(each) for each in size if each in call.given}
        if not {"input_shape", "batch_input_shape"} & set(call.given):
            call.given["input_shape"] = (size["input_length"], size["input_dim"])

    return Done("input_shape=(steps, features)", put)


SEQUENCES = {"input_dim": _input_size("input_dim"), "input_length": _input_size("input_length")}


def _forget_bias(call: Call, value: Any) -> None:
    word = value if isinstance(value, str) else getattr(value, "__name__", type(value).__name__)
    known = {"one": True, "ones": True, "Ones": True, "zero": False, "zeros": False, "Zeros": False}
    if word not in known:
        why = "the bias of the forget gate starts at 1 or 0. Write unit_forget_bias=True or False."
        raise refuse(call, "forget_bias_init", value, why)
    call.given["unit_forget_bias"] = known[word]


FORGET_BIAS = Done("unit_forget_bias=True or False", _forget_bias)


def _output_shape(call: Call, value: Any) -> None:
    """The shape that a transposed convolution was told to have: checked, once it has one."""
    object.__setattr__(call.owner, "build", BuildOfShape(call.owner, tuple(value)))


class BuildOfShape:
    """The `build` of a transposed convolution that compares its output's shape with the given one."""

    def __init__(self, layer: Any, shape: tuple[Any, ...]) -> None:
        self.layer, self.shape = layer, shape

    def __call__(self, input_shape: Any) -> None:
        layer = self.layer
        del layer.build
        layer.build(input_shape)
        found = layer.compute_output_shape(input_shape)
        pairs = zip(found[1:], self.shape[1:], strict=False)
        if any(None not in pair and pair[0] != pair[1] for pair in pairs):
            raise ValueError(
                f'{type(layer).__name__} "{layer.name}" gives the shape {tuple(found)}, but '
                f"output_shape={self.shape} was asked for. Leave output_shape out, and "
                "write output_padding=1 (less than strides) for a larger output."
            )


OUTPUT_SHAPE = Done("output_padding=..., where the shape is to be larger", _output_shape)

# ------------------------------------------------------------------------------------------------ models


def _steps(new: str, source: str, word: str) -> Done:
    """A number of samples, from which follows the number of batches."""

    def put(call: Call, value: Any) -> None:
        data = call.given.get(source)
        if value is None or data is None or isinstance(data, (tuple, list)):
            return  # arrays are used whole, as in Keras 1
        call.given[new], call.given[source] = steps_of(data, value)

    return Done(f"{new}=... (batches, not samples)", put)


SAMPLES_PER_EPOCH = _steps("steps_per_epoch", "generator", "samples_per_epoch")
NB_VAL_SAMPLES = _steps("validation_steps", "validation_data", "nb_val_samples")
VAL_SAMPLES = _steps("steps", "generator", "val_samples")


def _show_accuracy(call: Call, value: Any) -> None:
    """Compiles the model anew with the metric, if it has none; the optimizer goes on."""
    model = call.owner
    if not value or not getattr(model, "compiled", False):
        return
    given = model.objective
    metrics = given.plain_metrics
    if "acc" in str(metrics):
        return
    model.compile(
        optimizer=model.optimizer,
        loss=given.loss,
        loss_weights=given.loss_weights,
        metrics=[*(metrics or []), "accuracy"],
        weighted_metrics=given.weighted_metrics,
        run_eagerly=model.run_eagerly,
    )


SHOW_ACCURACY = Done('compile(metrics=["accuracy"])', _show_accuracy)


def _reset_metrics(call: Call, value: Any) -> None:
    if not value:
        why = "each call gives the numbers of its own batch. For a mean over batches: model.evaluate."
        raise refuse(call, "reset_metrics", value, why)


RESET_METRICS = Done("nothing: each call gives the numbers of its own batch", _reset_metrics)

# ------------------------------------------------------------------------------------------------- files

SAVED_MODEL = (
    "a SavedModel is a folder of TensorFlow's. Write one file: model.save({path!r}), and load it with "
    "keras.models.load_model."
)


def _save_format(call: Call, value: Any) -> None:
    path = os.fspath(call.given.get("filepath", "model"))
    weights = call.name == "save_weights"
    stem = path.removesuffix("/").rsplit(".", 1)[0] if "." in os.path.basename(path) else path
    if value in (None, "keras"):
        return
    if value not in ("h5", "hdf5"):
        text = (
            f"the format of TensorFlow's checkpoints. Write save_weights({stem + '.weights.h5'!r})."
            if weights
            else SAVED_MODEL.format(path=stem.rstrip("/") + ".keras")
        )
        raise refuse(call, "save_format", value, text)
    if not path.endswith((".h5", ".hdf5")):
        text = f"the format follows from the path. Write {call.name}({path + '.h5'!r})."
        raise refuse(call, "save_format", value, text)


SAVE_FORMAT = Done("nothing: the format follows from the path", _save_format)


def _drop_words(call: Call, share: Any) -> None:
    """`Embedding(dropout=...)`: the layer under construction becomes one that leaves out words."""
    if share:
        from cornu.compat.layers.embedding import leave_out_words

        leave_out_words(call.owner, share)


DROP_WORDS = Done("SpatialDropout1D(...) behind the Embedding", _drop_words)
