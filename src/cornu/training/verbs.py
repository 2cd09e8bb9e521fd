"""The verbs of a model: fit, evaluate and predict, their arguments and what these mean.

The work is done elsewhere: `fitting.py`, `evaluating.py`, `predict.py`.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import jax.tree_util as tree

from cornu.layers.layer import Layer
from cornu.training.callbacks import History
from cornu.training.checks import worker_settings
from cornu.training.evaluating import evaluate, on_batch
from cornu.training.explaining import explain
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
        steps_per_epoch: int | None = None,
        validation_steps: int | None = None,
        validation_batch_size: int | None = None,
        validation_freq: Any = 1,
        **older: Any,
    ) -> History:
        """Trains the model: `epochs` passes over the data, one update of the weights per batch.

        Args:
            x: inputs: an array of shape (samples, ...), a list or dict of them for several inputs, a
                table of pandas, polars or Arrow, or a sparse matrix (SciPy's, or a BCOO of JAX's). An
                array that is larger than fits well into memory (np.memmap, a data set of h5py, zarr) is
                read bit by bit. Or something that gives batches `(x, y)` or `(x, y, sample_weight)`: a
                generator, a `cornu.utils.PyDataset`, a DataLoader, a tf.data.Dataset, or any object
                with `__iter__`. (A generator is read by one thread, however many workers.)
            y: targets, one row per row of x; None where x gives batches.
            batch_size: rows per update, 32 by default; the last batch may be smaller. Only for arrays.
            epochs: number of the last epoch, 1 by default.
            verbose: 0 silent, 1 a progress bar, 2 a line per epoch, 'auto': 1 in a terminal or
                notebook, else 2.
            callbacks: list of Callback objects.
            validation_split: fraction of the rows, the last ones, to keep for validation.
            validation_data: `(x, y)` or `(x, y, sample_weight)` to evaluate after each epoch, or
                something that gives batches of them.
            shuffle: whether each epoch sees the rows in a new order (from NumPy's generator), or the
                batches of a PyDataset (from Python's). What else gives batches has its own order.
            class_weight: weight of each class in the loss, as {class: weight}; for several outputs a
                dict of those by the outputs' names, or a list.
            sample_weight: weight of each row in the loss.
            initial_epoch: number of the first epoch, 0 by default.
            steps_per_epoch: batches of an epoch; by default all. The next epoch goes on where one
                ended. What has no end needs it.
            validation_steps: batches of validation data that count, by default all.
            validation_batch_size: that of `batch_size` by default.
            validation_freq: validate every so many epochs, 1 by default; or a list of epochs, counted
                from 1.
            workers, use_multiprocessing, max_queue_size: as Keras 2 had them: those of a PyDataset.

        Returns:
            a History, whose `history` maps each log to its values by epoch.

        Raises:
            RuntimeError: if the model is not compiled.
            ValueError: if the data do not fit the model or each other, hold NaN, strings or unknown
                classes, or change their structure or dtype between batches.

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
        workers = worker_settings(self.fit, older)
        return fit(
            self,
            x,
            y,
            sample_weight=sample_weight,
            class_weight=class_weight,
            batch_size=batch_size,
            epochs=epochs,
            initial_epoch=initial_epoch,
            steps_per_epoch=steps_per_epoch,
            verbose=verbose,
            callbacks=callbacks,
            shuffle=shuffle,
            validation_split=validation_split,
            validation_data=validation_data,
            validation_batch_size=validation_batch_size,
            validation_steps=validation_steps,
            validation_freq=validation_freq,
            workers=workers,
        )

    def explain_fit(self) -> str:
        """Says in one line whether the last fit was one compiled loop over data on the device, or which
        slower way it took, and what would avoid that.

        On several devices it goes on with what a step was made of: input (measured), communication
        (estimated, by timing such collectives as its program has), compute (the rest).

        Example:
            >>> import cornu, numpy as np
            >>> model = cornu.Sequential([cornu.layers.Dense(1, input_shape=(2,))])
            >>> model.compile("sgd", "mse")
            >>> history = model.fit(np.ones((4, 2)), np.ones(4), verbose=0)
            >>> model.explain_fit()
            'A compiled loop ran over data on the device.'
        """
        return explain(self)

    def evaluate(
        self,
        x: Any = None,
        y: Any = None,
        batch_size: int | None = None,
        verbose: Any = "auto",
        sample_weight: Any = None,
        steps: int | None = None,
        callbacks: Any = None,
        return_dict: bool = False,
        **older: Any,
    ) -> Any:
        """Loss and metrics on data.

        Args:
            x, y, sample_weight: as for `fit`.
            batch_size: rows at a time, 32 by default. Only for arrays.
            verbose: as for `fit`.
            steps: batches that count, by default all.
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
        return evaluate(
            self,
            x,
            y,
            sample_weight=sample_weight,
            batch_size=batch_size,
            steps=steps,
            verbose=verbose,
            callbacks=callbacks,
            return_dict=return_dict,
            workers=worker_settings(self.evaluate, older),
        )

    def predict(
        self,
        x: Any,
        batch_size: int | None = None,
        verbose: Any = "auto",
        steps: int | None = None,
        callbacks: Any = None,
        **older: Any,
    ) -> Any:
        """The model's outputs for these inputs, as NumPy arrays.

        Args:
            x: inputs, as for `fit`; of batches (x, y) only x is used.
            batch_size: rows at a time, 32 by default. Only for arrays.
            verbose: as for `fit`.
            steps: so many batches, by default all.
            callbacks: list of Callback objects.

        Example:
            >>> import cornu, numpy as np
            >>> model = cornu.Sequential(
            ...     [cornu.layers.Dense(1, input_shape=(2,), kernel_initializer="ones")]
            ... )
            >>> model.predict(np.array([[1.0, 2.0]]), verbose=0).tolist()
            [[3.0]]
        """
        return predict(
            self,
            x,
            batch_size=batch_size,
            verbose=verbose,
            steps=steps,
            callbacks=callbacks,
            workers=worker_settings(self.predict, older),
        )

    def train_on_batch(
        self,
        x: Any,
        y: Any = None,
        sample_weight: Any = None,
        class_weight: Mapping[Any, Any] | list[Any] | None = None,
        return_dict: bool = False,
    ) -> Any:
        """One update of the weights from this batch; gives its loss and metrics.

        Args:
            x, y, sample_weight, class_weight: as for `fit`.
            return_dict: True gives a dict of all logs.

        Example:
            >>> import cornu, numpy as np
            >>> model = cornu.Sequential(
            ...     [cornu.layers.Dense(1, input_shape=(1,), kernel_initializer="zeros")]
            ... )
            >>> model.compile(cornu.optimizers.SGD(0.25), "mse")
            >>> x, y = np.array([[1.0]]), np.array([[2.0]])
            >>> model.train_on_batch(x, y), model.train_on_batch(x, y)  # the loss before each update
            (4.0, 0.0)
        """
        return on_batch(self, "train", x, y, sample_weight, class_weight, return_dict)

    def test_on_batch(
        self, x: Any, y: Any = None, sample_weight: Any = None, return_dict: bool = False
    ) -> Any:
        """Loss and metrics of this one batch.

        Args:
            x, y, sample_weight: as for `fit`.
            return_dict: True gives a dict of all logs.

        Example:
            >>> import cornu, numpy as np
            >>> model = cornu.Sequential(
            ...     [cornu.layers.Dense(1, input_shape=(1,), kernel_initializer="zeros")]
            ... )
            >>> model.compile("sgd", "mse")
            >>> model.test_on_batch(np.array([[1.0]]), np.array([[2.0]]), return_dict=True)
            {'loss': 4.0}
        """
        return on_batch(self, "test", x, y, sample_weight, None, return_dict)

    def predict_on_batch(self, x: Any) -> Any:
        """The model's outputs for this one batch, as NumPy arrays.

        Example:
            >>> import cornu, numpy as np
            >>> model = cornu.Sequential(
            ...     [cornu.layers.Dense(1, input_shape=(2,), kernel_initializer="ones")]
            ... )
            >>> model.predict_on_batch(np.array([[1.0, 2.0]])).tolist()
            [[3.0]]
        """
        x = self._prepared(x, "predict_on_batch")
        rows = x.shape[0] if hasattr(x, "shape") else tree.tree_leaves(x)[0].shape[0]
        return self.predict(x, batch_size=rows, verbose=0)

    def _prepared(self, x: Any, call: str) -> Any:
        """The inputs, after the part of the model that runs on the host, if there is one."""
        return x
