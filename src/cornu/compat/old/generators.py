"""What Keras 1 and 2 called `fit_generator` and its like: `fit` with batches.

Today's `fit`, `evaluate` and `predict` take what gives batches themselves. The words of Keras 1 are
translated before these are called.
"""

from __future__ import annotations

import random
from collections.abc import Iterator
from typing import Any

from cornu.compat.notes import note


def fit_generator(
    model: Any,
    generator: Any,
    steps_per_epoch: int | None = None,
    epochs: int = 1,
    verbose: Any = 1,
    callbacks: Any = None,
    validation_data: Any = None,
    validation_steps: int | None = None,
    validation_freq: Any = 1,
    class_weight: Any = None,
    max_queue_size: int = 10,
    workers: int = 1,
    use_multiprocessing: bool = False,
    shuffle: bool = True,
    initial_epoch: int = 0,
    **unknown: Any,
) -> Any:
    """`fit(generator, ...)`.

    A sequence (`keras.utils.Sequence`) of another length than `steps_per_epoch` begins again when it is
    used up, within an epoch or not; `fit` itself stops there.
    """
    from cornu.training.sources.py_dataset import PyDataset

    whole = isinstance(generator, PyDataset) and generator.num_batches
    if whole and steps_per_epoch not in (None, whole):
        generator = _endless(generator, shuffle)
    return _called(
        model,
        "fit",
        unknown,
        x=generator,
        steps_per_epoch=steps_per_epoch,
        epochs=epochs,
        verbose=verbose,
        callbacks=callbacks,
        validation_data=validation_data,
        validation_steps=validation_steps,
        validation_freq=validation_freq,
        class_weight=class_weight,
        max_queue_size=max_queue_size,
        workers=workers,
        use_multiprocessing=use_multiprocessing,
        shuffle=shuffle,
        initial_epoch=initial_epoch,
    )


def _over(verb: str) -> Any:
    """`evaluate_generator` or `predict_generator`."""

    def call(
        model: Any,
        generator: Any,
        steps: int | None = None,
        callbacks: Any = None,
        max_queue_size: int = 10,
        workers: int = 1,
        use_multiprocessing: bool = False,
        verbose: Any = 0,
        **unknown: Any,
    ) -> Any:
        return _called(
            model,
            verb,
            unknown,
            x=generator,
            steps=steps,
            callbacks=callbacks,
            max_queue_size=max_queue_size,
            workers=workers,
            use_multiprocessing=use_multiprocessing,
            verbose=verbose,
        )

    call.__name__ = call.__qualname__ = f"{verb}_generator"
    call.__doc__ = f"`{verb}(generator, ...)`."
    return call


evaluate_generator, predict_generator = _over("evaluate"), _over("predict")


def _called(model: Any, verb: str, unknown: dict[str, Any], **arguments: Any) -> Any:
    """What today's method gives; the note says it, and arguments that no Keras had are refused."""
    from cornu.training.checks import check_arguments

    old = {"fit": fit_generator, "evaluate": evaluate_generator, "predict": predict_generator}[verb]
    check_arguments(old, unknown)
    note(f"{verb}_generator(generator, ...)", f"{verb}(generator, ...)")
    return getattr(model, verb)(**arguments)


def _endless(sequence: Any, shuffle: bool) -> Iterator[Any]:
    """The batches of a sequence, from its begin again when they are used up."""
    order = list(range(len(sequence)))
    while True:
        if shuffle:
            random.shuffle(order)
        for number in order:
            yield sequence[number]
        sequence.on_epoch_end()


__all__ = ["evaluate_generator", "fit_generator", "predict_generator"]
