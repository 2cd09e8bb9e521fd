"""The verbs of a model: fit, evaluate and predict, their arguments and what these mean.

The work is done elsewhere: `fitting.py`, `evaluating.py`, `predict.py`.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import jax.tree_util as tree

from cornu.layers.layer import Layer
from cornu.training.callbacks import History
from cornu.training.checks import check_arguments
from cornu.training.evaluating import evaluate, on_batch
from cornu.training.fitting import fit
from cornu.training.predict import predict


class Verbs(Layer):
    """The methods by which a model is trained, evaluated and used."""

    def fit(
        self,
        x: Any = None,
        y: Any = None,
        batch_size: int | None = None,
        epochs: int = 1,
        verbose: Any = "auto",
        callbacks: Any = None,
        validation_split: float = 0.0,
        validation_data: Any = None,
        shuffle: bool = True,
        class_weight: Mapping[Any, Any] | list[Any] | None = None,
        sample_weight: Any = None,
        initial_epoch: int = 0,
        validation_batch_size: int | None = None,
        validation_freq: int = 1,
        **unknown: Any,
    ) -> History:
        """Trains the model: `epochs` passes over the data, one update of the weights per batch.

        Args:
            x: inputs: an array of shape (samples, ...), or a list or dict of them for several inputs; or
                a sparse matrix (SciPy's, or a BCOO of JAX's), of which each batch is made dense.
            y: targets, one row per row of x.
            batch_size: rows per update, 32 by default; the last batch may be smaller.
            epochs: number of the last epoch, 1 by default.
            verbose: 0 silent, 1 a progress bar, 2 a line per epoch, 'auto': 1 in a terminal or
                notebook, else 2.
            callbacks: list of Callback objects.
            validation_split: fraction of the rows, the last ones, to keep for validation.
            validation_data: `(x, y)` or `(x, y, sample_weight)` to evaluate after each epoch.
            shuffle: whether each epoch sees the rows in a new order (from NumPy's generator).
            class_weight: weight of each class in the loss, as {class: weight}; for several outputs a
                dict of those by the outputs' names, or a list.
            sample_weight: weight of each row in the loss.
            initial_epoch: number of the first epoch, 0 by default.
            validation_batch_size: that of `batch_size` by default.
            validation_freq: validate every so many epochs, 1 by default.

        Returns:
            a History, whose `history` maps each log to its values by epoch.

        Raises:
            RuntimeError: if the model is not compiled.
            ValueError: if the data do not fit the model or each other, or hold NaN, strings or
                unknown classes.

        Example:
            >>> import cornu, numpy as np
            >>> cornu.utils.set_random_seed(1)
            >>> x = np.array([[0, 0], [0, 1], [1, 0], [1, 1]])
            >>> y = np.array([0, 0, 0, 1])
            >>> model = cornu.Sequential([cornu.layers.Dense(1, activation="sigmoid", input_shape=(2,))])
            >>> model.compile(cornu.optimizers.Adam(0.1), "binary_crossentropy", metrics=["accuracy"])
            >>> history = model.fit(x, y, epochs=200, verbose=0)
            >>> history.history["accuracy"][-1]
            1.0
        """
        check_arguments(self.fit, unknown)
        return fit(
            self,
            x,
            y,
            sample_weight=sample_weight,
            class_weight=class_weight,
            batch_size=batch_size,
            epochs=epochs,
            initial_epoch=initial_epoch,
            verbose=verbose,
            callbacks=callbacks,
            shuffle=shuffle,
            validation_split=validation_split,
            validation_data=validation_data,
            validation_batch_size=validation_batch_size,
            validation_freq=validation_freq,
        )

    def evaluate(
        self,
        x: Any = None,
        y: Any = None,
        batch_size: int | None = None,
        verbose: Any = "auto",
        sample_weight: Any = None,
        callbacks: Any = None,
        return_dict: bool = False,
        **unknown: Any,
    ) -> Any:
        """Loss and metrics on data.

        Args:
            x, y, sample_weight: as for `fit`.
            batch_size: rows at a time, 32 by default.
            verbose: as for `fit`.
            callbacks: list of Callback objects.
            return_dict: True gives a dict of all logs.

        Returns:
            the loss, or a list of loss and metrics in the order of `metrics_names`, or a dict.

        Example:
            >>> import cornu, numpy as np
            >>> model = cornu.Sequential(
            ...     [cornu.layers.Dense(1, input_shape=(2,), kernel_initializer="zeros")]
            ... )
            >>> model.compile("sgd", "mse")
            >>> model.evaluate(np.ones((4, 2)), 2 * np.ones(4), verbose=0)
            4.0
        """
        check_arguments(self.evaluate, unknown)
        return evaluate(
            self, x, y, sample_weight, batch_size, verbose, callbacks, return_dict=return_dict
        )

    def predict(
        self,
        x: Any,
        batch_size: int | None = None,
        verbose: Any = "auto",
        steps: int | None = None,
        callbacks: Any = None,
        **unknown: Any,
    ) -> Any:
        """The model's outputs for these inputs, as NumPy arrays.

        Args:
            x: inputs, as for `fit`.
            batch_size: rows at a time, 32 by default.
            verbose: as for `fit`.
            steps: at most so many batches.
            callbacks: list of Callback objects.

        Example:
            >>> import cornu, numpy as np
            >>> model = cornu.Sequential(
            ...     [cornu.layers.Dense(1, input_shape=(2,), kernel_initializer="ones")]
            ... )
            >>> model.predict(np.array([[1.0, 2.0]]), verbose=0).tolist()
            [[3.0]]
        """
        check_arguments(self.predict, unknown)
        return predict(self, x, batch_size, verbose, steps, callbacks)

    def train_on_batch(
        self,
        x: Any,
        y: Any = None,
        sample_weight: Any = None,
        class_weight: Mapping[Any, Any] | list[Any] | None = None,
        return_dict: bool = False,
    ) -> Any:
        """One update of the weights from this batch; gives its loss and metrics."""
        return on_batch(self, "train", x, y, sample_weight, class_weight, return_dict)

    def test_on_batch(
        self, x: Any, y: Any = None, sample_weight: Any = None, return_dict: bool = False
    ) -> Any:
        """Loss and metrics of this one batch."""
        return on_batch(self, "test", x, y, sample_weight, None, return_dict)

    def predict_on_batch(self, x: Any) -> Any:
        """The model's outputs for this one batch, as NumPy arrays."""
        x = self._prepared(x, "predict_on_batch")
        rows = x.shape[0] if hasattr(x, "shape") else tree.tree_leaves(x)[0].shape[0]
        return self.predict(x, batch_size=rows, verbose=0)

    def _prepared(self, x: Any, call: str) -> Any:
        """The inputs, after the part of the model that runs on the host, if there is one."""
        return x
