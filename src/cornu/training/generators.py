"""What Keras 1 and 2 called `fit_generator` and its like: `fit` with batches, under the old names."""

from __future__ import annotations

import random
from collections.abc import Iterator, Mapping
from typing import Any

from cornu.training.callbacks import History
from cornu.training.checks import check_arguments
from cornu.training.sources.py_dataset import PyDataset

#: Names of Keras 1, and those that came after.
RENAMED = {
    "nb_epoch": "epochs",
    "max_q_size": "max_queue_size",
    "nb_worker": "workers",
    "pickle_safe": "use_multiprocessing",
}


def _renamed(method: Any, older: Mapping[str, Any], given: dict[str, Any]) -> dict[str, Any]:
    """The arguments `given`, with those of Keras 1 in their places."""
    check_arguments(method, {name: v for name, v in older.items() if name not in RENAMED})
    return {**given, **{RENAMED[name]: value for name, value in older.items()}}


def _endless(sequence: Any, shuffle: bool) -> Iterator[Any]:
    """The batches of a sequence, from its begin again when they are used up."""
    order = list(range(len(sequence)))
    while True:
        if shuffle:
            random.shuffle(order)
        for number in order:
            yield sequence[number]
        sequence.on_epoch_end()


class Generators:
    """The methods that took generators before `fit` did."""

    def fit_generator(
        self,
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
        **older: Any,
    ) -> History:
        """`fit(generator, ...)`, as Keras 1 and 2 called it; `nb_epoch`, `max_q_size`, `nb_worker` and
        `pickle_safe` are known, too.

        A sequence (`keras.utils.Sequence`) of another length than `steps_per_epoch` begins again when
        it is used up, within an epoch or not; `fit` itself stops there.
        """
        whole = isinstance(generator, PyDataset) and generator.num_batches
        if whole and steps_per_epoch not in (None, whole):
            generator = _endless(generator, shuffle)
        arguments = {
            "epochs": epochs,
            "max_queue_size": max_queue_size,
            "workers": workers,
            "use_multiprocessing": use_multiprocessing,
        }
        return self.fit(  # type: ignore[attr-defined]
            generator,
            steps_per_epoch=steps_per_epoch,
            verbose=verbose,
            callbacks=callbacks,
            validation_data=validation_data,
            validation_steps=validation_steps,
            validation_freq=validation_freq,
            class_weight=class_weight,
            shuffle=shuffle,
            initial_epoch=initial_epoch,
            **_renamed(self.fit_generator, older, arguments),
        )

    def evaluate_generator(
        self,
        generator: Any,
        steps: int | None = None,
        callbacks: Any = None,
        max_queue_size: int = 10,
        workers: int = 1,
        use_multiprocessing: bool = False,
        verbose: Any = 0,
        **older: Any,
    ) -> Any:
        """`evaluate(generator, ...)`, as Keras 1 and 2 called it."""
        arguments = {
            "max_queue_size": max_queue_size,
            "workers": workers,
            "use_multiprocessing": use_multiprocessing,
        }
        return self.evaluate(  # type: ignore[attr-defined]
            generator,
            steps=steps,
            callbacks=callbacks,
            verbose=verbose,
            **_renamed(self.evaluate_generator, older, arguments),
        )

    def predict_generator(
        self,
        generator: Any,
        steps: int | None = None,
        callbacks: Any = None,
        max_queue_size: int = 10,
        workers: int = 1,
        use_multiprocessing: bool = False,
        verbose: Any = 0,
        **older: Any,
    ) -> Any:
        """`predict(generator, ...)`, as Keras 1 and 2 called it."""
        arguments = {
            "max_queue_size": max_queue_size,
            "workers": workers,
            "use_multiprocessing": use_multiprocessing,
        }
        return self.predict(  # type: ignore[attr-defined]
            generator,
            steps=steps,
            callbacks=callbacks,
            verbose=verbose,
            **_renamed(self.predict_generator, older, arguments),
        )


__all__ = ["Generators"]
