"""What `trainable` meant before Keras 3: a model trains what was trainable when it was compiled.

The GANs of that time rest on it: the discriminator is compiled, then made untrainable for the combined
model, and trained by itself all the same. Today a model trains what is trainable now. The meaning of
the time is only taken where today's would train nothing at all.
"""

from __future__ import annotations

import functools
import weakref
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from cornu.compat.notes import note

_compiled: weakref.WeakKeyDictionary[Any, list[weakref.ref[Any]]] = weakref.WeakKeyDictionary()


def compiling(compile: Any) -> Any:
    """`compile`, which takes down what is trainable."""

    @functools.wraps(compile)
    def call(model: Any, *args: Any, **kwargs: Any) -> Any:
        _compiled[model] = [weakref.ref(layer) for layer in model._flatten_layers() if layer.trainable]
        return compile(model, *args, **kwargs)

    return call


def training(train: Any) -> Any:
    """`train_on_batch` or `fit`, of what was trainable when the model was compiled."""

    @functools.wraps(train)
    def call(model: Any, *args: Any, **kwargs: Any) -> Any:
        layers = [layer for each in _compiled.get(model, ()) if (layer := each()) is not None]
        if model.trainable or not layers or model.trainable_weights:
            return train(model, *args, **kwargs)
        note(
            "trainable = False after compile, in a model that is trained by itself,",
            "set trainable = True before, and False again after it",
        )
        with _trainable(layers):
            return train(model, *args, **kwargs)

    return call


@contextmanager
def _trainable(layers: list[Any]) -> Iterator[None]:
    before = [layer._trainable for layer in layers]
    _set(layers, [True] * len(layers))
    try:
        yield
    finally:
        _set(layers, before)


def _set(layers: list[Any], values: list[bool]) -> None:
    from cornu.core.module import Structure  # brings JAX

    for layer, value in zip(layers, values, strict=True):
        layer._trainable = value
    Structure.version += 1
