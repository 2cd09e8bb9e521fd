"""Trainer: compile, fit, evaluate and predict."""

from __future__ import annotations

import warnings
from collections.abc import Mapping
from typing import Any

import jax.tree_util as tree
import numpy as np

from cornu import optimizers
from cornu.core.config import deserialize, serialize
from cornu.core.errors import describe, warn
from cornu.core.gradients import value_and_grad
from cornu.core.module import Structure, walk
from cornu.core.settings import max_epochs
from cornu.core.symbolic import KerasTensor
from cornu.layers.layer import Layer
from cornu.metrics import Metric
from cornu.training.callbacks import CallbackList, History
from cornu.training.checks import (
    check_arguments,
    check_indices,
    check_names,
    check_outputs,
    check_targets,
    check_values,
)
from cornu.training.compiling import is_small
from cornu.training.data import (
    Data,
    batch_size_of,
    class_weights,
    split,
    unpack_x_y_sample_weight,
    whole_number,
)
from cornu.training.epochs import Pass, capped, interruptible, run_pass
from cornu.training.hints import hint_after_fit
from cornu.training.loop import Loop
from cornu.training.objective import Objective, batch_count
from cornu.training.predict import predict
from cornu.training.progress import Progress, resolve_verbose
from cornu.training.state import make_loop, overridden, state_of, to_floats

NOT_COMPILED = (
    "The model is not compiled, so {call} knows no loss. Write first, for instance:\n    "
    'model.compile(optimizer="adam", '
    'loss="mse")'
)


class Trainer(Layer):
    """A layer that can be trained: what a `Model` can do once it is compiled."""

    # -- compile ---------------------------------------------------------------------------------

    def compile(
        self,
        optimizer: Any = "rmsprop",
        loss: Any = None,
        loss_weights: Any = None,
        metrics: Any = None,
        weighted_metrics: Any = None,
        run_eagerly: bool = False,
        steps_per_execution: int = 1,
        jit_compile: bool | str = "auto",
        auto_scale_loss: bool = True,
        **unknown: Any,
    ) -> None:
        """Chooses how the model learns.

        Args:
            optimizer: name or object, 'rmsprop' by default.
            loss: name, object or function `(y_true, y_pred) -> losses`; a list or dict of them for
                several outputs.
            loss_weights: weights of the outputs' losses in their sum: a list or dict.
            metrics: list of names, objects or functions to report; for several outputs a list or
                dict of lists.
            weighted_metrics: the same, with sample weights applied.
            run_eagerly: True runs each step uncompiled, so that `print` and a debugger see numbers,
                and a layer that is given a wrong one (an index that an Embedding lacks) can say so.
                Slow.
            steps_per_execution: how many steps lie between two calls of a callback that looks at
                batches, 1 by default. Speed does not depend on it where no callback does.
            jit_compile: False is the same as run_eagerly=True; 'auto' and True compile.
            auto_scale_loss: whether a model of dtype policy 'mixed_float16' scales its loss, which
                keeps small gradients from becoming zero. True by default.

        Raises:
            ValueError: for an unknown name, with the closest known one.

        Example:
            >>> import cornu
            >>> model = cornu.Sequential([cornu.layers.Dense(1, input_shape=(8,), activation="sigmoid")])
            >>> model.compile(optimizer="adam", loss="binary_crossentropy", metrics=["accuracy"])
        """
        check_arguments(self.compile, unknown)
        if (
            isinstance(steps_per_execution, bool)
            or not isinstance(steps_per_execution, int)
            or steps_per_execution < 1
        ):
            raise ValueError(
                f"steps_per_execution must be a whole number above 0, got {steps_per_execution!r}."
            )
        check_names(loss, metrics, weighted_metrics)
        self.optimizer = optimizers.get(optimizer)
        scaled = isinstance(self.optimizer, optimizers.LossScaleOptimizer)
        if auto_scale_loss and self.dtype_policy.name == "mixed_float16" and not scaled:
            self.optimizer = optimizers.LossScaleOptimizer(self.optimizer, name="loss_scale_optimizer")
        self.objective = Objective(loss, loss_weights, metrics, weighted_metrics)
        self.loss = loss
        self.steps_per_execution = steps_per_execution
        self.run_eagerly = bool(run_eagerly) or jit_compile is False
        self.stop_training = False
        self.history: History | None = None
        self._loops: dict[Any, tuple[list[int], Loop]] = {}
        self._state_cache: tuple[int, Any] = (-1, None)

    def get_compile_config(self) -> dict[str, Any]:
        """The arguments of `compile`, as plain values; empty if the model is not compiled."""
        if not self.compiled:
            return {}
        given = self.objective
        config: dict[str, Any] = serialize(
            {
                "optimizer": self.optimizer,
                "loss": given.loss,
                "loss_weights": given.loss_weights,
                "metrics": given.plain_metrics,
                "weighted_metrics": given.weighted_metrics,
                "run_eagerly": self.run_eagerly,
                "steps_per_execution": self.steps_per_execution,
                "jit_compile": not self.run_eagerly,
            }
        )
        unscaled = not isinstance(self.optimizer, optimizers.LossScaleOptimizer)
        if unscaled and self.dtype_policy.name == "mixed_float16":
            config["auto_scale_loss"] = False
        return config

    def compile_from_config(self, config: Mapping[str, Any]) -> None:
        """Compiles the model with what `get_compile_config` gave; a `compile` of your own is not
        called."""
        if overridden(self, "compile"):
            warn(
                f"{type(self).__name__} has a compile method of its own, which was not called while "
                "loading. Call it, or define get_compile_config and compile_from_config, too."
            )
            return
        self.compile(**deserialize(dict(config)))
        if self.built:
            self.optimizer.build(self.trainable_variables)

    @property
    def compiled(self) -> bool:
        return getattr(self, "objective", None) is not None

    @property
    def metrics(self) -> list[Any]:
        """The metrics that are reported, that of the loss first."""
        if not self.compiled:
            return []
        own = walk(self, Metric)
        return [*self.objective.everything(), *own]

    @property
    def metrics_names(self) -> list[str]:
        """Names of what `evaluate` returns, in its order: 'loss', then losses of outputs, then
        metrics."""
        if not self.compiled:
            return []
        losses = [m.name for m in self.objective.mean_losses if m is not None]
        if self.objective.built:
            return ["loss", *losses, *self.objective.log_names]
        return [
            "loss",
            *(m for m in tree.tree_leaves(self.objective.plain_metrics) if isinstance(m, str)),
        ]

    def reset_metrics(self) -> None:
        """Sets all metrics back to their start."""
        for metric in self.metrics:
            metric.reset_state()

    # -- one step: what a subclass may override -----------------------------------------------------

    def train_step(self, data: Any) -> dict[str, Any]:
        """One update of the weights from one batch; override it for a training of your own.

        It is ordinary code over the model's objects, and is compiled all the same.

        Args:
            data: `(x, y, sample_weight)`; use `unpack_x_y_sample_weight`.

        Returns:
            the logs, a dict of numbers.
        """
        x, y, sample_weight = unpack_x_y_sample_weight(data)

        def loss_of_batch() -> tuple[Any, Any]:
            y_pred = self(x, training=True)
            loss = self.compute_loss(x, y, y_pred, sample_weight, training=True)
            return self.optimizer.scale_loss(loss), (loss, y_pred)

        weights = self.trainable_variables
        if weights:
            step = value_and_grad(loss_of_batch, weights, has_aux=True)
            (_, (loss, y_pred)), gradients = step()
            self.optimizer.apply(gradients, weights)
        else:
            _, (loss, y_pred) = loss_of_batch()
            warnings.warn("The model has no trainable weights: training changes nothing.", stacklevel=2)
        self.objective.mean_loss.update_state(loss, sample_weight=batch_count(tree.tree_leaves(x)[0]))
        return self.compute_metrics(x, y, y_pred, sample_weight)

    def test_step(self, data: Any) -> dict[str, Any]:
        """Loss and metrics of one batch, without changing weights; override it for an evaluation of
        your own."""
        x, y, sample_weight = unpack_x_y_sample_weight(data)
        y_pred = self(x, training=False)
        loss = self.compute_loss(x, y, y_pred, sample_weight, training=False)
        self.objective.mean_loss.update_state(loss, sample_weight=batch_count(tree.tree_leaves(x)[0]))
        return self.compute_metrics(x, y, y_pred, sample_weight)

    def predict_step(self, data: Any) -> Any:
        """The outputs for one batch."""
        return self(unpack_x_y_sample_weight(data)[0], training=False)

    def compute_loss(
        self,
        x: Any = None,
        y: Any = None,
        y_pred: Any = None,
        sample_weight: Any = None,
        training: bool = True,
    ) -> Any:
        """The number that training minimizes: losses of the outputs, penalties on weights, losses
        added by layers."""
        return self.objective.total_loss(y, y_pred, sample_weight, self.losses)

    def compute_metrics(self, x: Any, y: Any, y_pred: Any, sample_weight: Any = None) -> dict[str, Any]:
        """Updates the metrics with one batch, and gives all logs."""
        self.objective.update_metrics(y, y_pred, sample_weight)
        return self.objective.results()

    # -- fit, evaluate, predict --------------------------------------------------------------------

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
        class_weight: Mapping[int, float] | None = None,
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
            class_weight: weight of each class in the loss, as {class: weight}.
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
        self._assert_compiled("fit")
        epochs = capped(whole_number("epochs", epochs, least=0), "epochs", max_epochs())
        validation_freq = whole_number("validation_freq", validation_freq)
        data, validation = self._fit_data(
            x, y, sample_weight, class_weight, float(validation_split), validation_data
        )
        size = batch_size_of(batch_size, data.rows)
        first = not (self.objective.built and self.optimizer.built)
        self._prepare(data, size)
        if first and shuffle:
            np.random.permutation(data.rows)  # as Keras draws one to build from; then the orders agree
        loop = self._loop("train", size, data, epochs - initial_epoch)
        progress = Progress(resolve_verbose(verbose), 0)
        passes = epochs - initial_epoch
        train = Pass(loop, data, progress, "train", bool(shuffle), self.steps_per_execution, passes)
        test = None
        if validation is not None:
            size = batch_size_of(validation_batch_size or size, validation.rows)
            test = self._validation_pass(validation, data, size, epochs)
        about = {"epochs": epochs, "steps": train.steps, "verbose": progress.verbose}
        listeners = CallbackList.of(
            callbacks, add_history=True, add_progbar=progress, model=self, **about
        )
        history = listeners.history or History()
        self.stop_training = False
        with interruptible() as interrupt:
            listeners.call("on_train_begin", {})
            train.begin = listeners.begins_at(initial_epoch)
            logs = dict(train.begin.logs)
            for epoch in range(train.begin.epoch, epochs):
                validate = test if (epoch + 1) % validation_freq == 0 else None
                logs = self._epoch(epoch, epochs, train, validate, listeners, interrupt)
                if self.stop_training or interrupt.requested:
                    break
            if epochs > 0:
                self.optimizer.finalize_variable_values(self.trainable_variables)
            listeners.call("on_train_end", logs)
        hint_after_fit(self, data, history, listeners)
        interrupt.raise_if_requested()
        return history

    def _fit_data(
        self,
        x: Any,
        y: Any,
        sample_weight: Any,
        class_weight: Any,
        validation_split: float,
        validation_data: Any,
    ) -> tuple[Data, Data | None]:
        """The data to train on and those to validate on, checked."""
        data, validation = Data(self._prepared(x, "fit"), y, sample_weight), None
        check_values(data)
        if validation_split:
            data, validation = split(data, validation_split)
        if class_weight:
            data.sample_weight = class_weights(data.y, class_weight, data.sample_weight)
        if validation_data is not None:
            if not isinstance(validation_data, (tuple, list)) or len(validation_data) not in (2, 3):
                many = isinstance(validation_data, (tuple, list))
                given = f"{len(validation_data)} entries" if many else describe(validation_data)
                raise ValueError(
                    f"validation_data must be (x, y) or (x, y, sample_weight), got {given}."
                )
            x, y, sample_weight = (*validation_data, None)[:3]
            validation = Data(
                self._prepared(x, "fit"), y, sample_weight, call="fit(validation_data=...)"
            )
            check_values(validation, " of validation_data")
        return data, validation

    def _validation_pass(self, validation: Data, data: Data, size: int, epochs: int) -> Pass:
        """The pass over validation data, which must look like the data that are trained on."""
        check_targets(self.objective, validation)
        check_indices(self, validation.x)
        if validation.row_shapes != data.row_shapes and self.objective.outputs:
            Trainer.output_specs(self, validation.specs(size)[0])  # fails now, not after an epoch
        loop = self._loop("test", size, validation, epochs)
        return Pass(loop, validation, Progress(0, 0), "test", False, self.steps_per_execution)

    def _epoch(
        self,
        epoch: int,
        epochs: int,
        train: Pass,
        test: Pass | None,
        callbacks: CallbackList,
        interrupt: Any,
    ) -> dict[str, Any]:
        """One epoch of training, and the validation after it; gives the logs."""
        interrupt.where = f"epoch {epoch + 1} of {epochs}"
        callbacks.call("on_epoch_begin", epoch, {})
        logs = run_pass(train, callbacks, interrupt, self)
        if interrupt.requested:
            train.progress.interrupted()
            return logs
        if test is not None:
            self.stop_evaluating = False
            callbacks.call("on_test_begin", {})
            values = run_pass(test, callbacks, interrupt, self)
            callbacks.call("on_test_end", values)
            logs = {**logs, **{f"val_{name}": value for name, value in values.items()}}
        callbacks.call("on_epoch_end", epoch, logs)
        return logs

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
        self._assert_compiled("evaluate")
        data = Data(self._prepared(x, "evaluate"), y, sample_weight, call="evaluate")
        size = batch_size_of(batch_size, data.rows)
        check_values(data)
        self._prepare(data, size)
        loop = self._loop("test", size, data, passes=1)
        progress = Progress(resolve_verbose(verbose), 0)
        work = Pass(loop, data, progress, "test", False, self.steps_per_execution)
        about = {"epochs": 1, "steps": work.steps, "verbose": progress.verbose}
        listeners = CallbackList.of(callbacks, add_progbar=progress, model=self, **about)
        self.stop_evaluating = False
        with interruptible() as interrupt:
            listeners.call("on_test_begin", {})
            logs = run_pass(work, listeners, interrupt, self)
            listeners.call("on_test_end", logs)
        interrupt.raise_if_requested()
        return logs if return_dict else self._in_order(logs)

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
        class_weight: Mapping[int, float] | None = None,
        return_dict: bool = False,
    ) -> Any:
        """One update of the weights from this batch; gives its loss and metrics."""
        self._assert_compiled("train_on_batch")
        data = Data(self._prepared(x, "train_on_batch"), y, sample_weight, call="train_on_batch")
        if class_weight:
            data.sample_weight = class_weights(data.y, class_weight, data.sample_weight)
        return self._on_batch("train", data, return_dict)

    def test_on_batch(
        self, x: Any, y: Any = None, sample_weight: Any = None, return_dict: bool = False
    ) -> Any:
        """Loss and metrics of this one batch."""
        self._assert_compiled("test_on_batch")
        data = Data(self._prepared(x, "test_on_batch"), y, sample_weight, call="test_on_batch")
        return self._on_batch("test", data, return_dict)

    def predict_on_batch(self, x: Any) -> Any:
        """The model's outputs for this one batch, as NumPy arrays."""
        x = self._prepared(x, "predict_on_batch")
        rows = x.shape[0] if hasattr(x, "shape") else tree.tree_leaves(x)[0].shape[0]
        return self.predict(x, batch_size=rows, verbose=0)

    def _on_batch(self, kind: str, data: Data, return_dict: bool) -> Any:
        self._prepare(data, data.rows)
        logs = to_floats(self._loop(kind, data.rows, data).single(data.batch, fresh=True))
        return logs if return_dict else self._in_order(logs)

    def _prepared(self, x: Any, call: str) -> Any:
        """The inputs, after the part of the model that runs on the host, if there is one."""
        return x

    # -- what they share -----------------------------------------------------------------------------

    def _assert_compiled(self, call: str) -> None:
        if not self.compiled:
            raise RuntimeError(NOT_COMPILED.format(call=call))

    def _prepare(self, data: Data, batch_size: int) -> None:
        """Builds what the data decide: the layers, the losses and metrics, the optimizer's slots."""
        if not self.objective.built and self._steps_alone():
            self.objective.build(None, (), None)
        if not self.objective.built:
            x, y, _ = data.specs(batch_size)
            outputs = self.output_specs(x)
            self.objective.build(y, outputs, getattr(self, "output_names", None))
            check_outputs(self, self.objective)
        check_targets(self.objective, data)
        check_indices(self, data.x)
        if not self.optimizer.built:
            self.optimizer.build(self.trainable_variables)

    def _steps_alone(self) -> bool:
        """Whether a train_step of the user's does all: the model itself may have no `call`, as a
        GAN has none."""
        parts = [layer for layer in self._flatten_layers() if layer is not self]
        built = bool(parts) and all(layer.built for layer in parts)
        return built and self.objective.empty and overridden(self, "train_step")

    def output_specs(self, inputs: Any) -> Any:
        """Shapes and dtypes of the outputs for inputs of these shapes and dtypes; builds the model."""
        nodes = list(self._nodes)
        outputs = self(tree.tree_map(lambda spec: KerasTensor(spec.shape, spec.dtype), inputs))
        self._nodes[:] = nodes
        return outputs

    def _loop(self, kind: str, batch_size: int, data: Data, passes: int = 1000) -> Loop:
        """The compiled loop for 'train' or 'test', made anew when the model's variables are no
        longer the same.

        It is compiled quickly if so many passes over the data are little work, else well.
        """
        version, parts = self._state_cache
        if version != Structure.version:
            parts = state_of(self)
            self._state_cache = (Structure.version, parts)
        variables = [v for named_variables in parts.values() for v in named_variables.values()]
        signature = [getattr(self.optimizer, "revision", 0), *map(id, variables)]
        steps = passes * -(-data.rows // batch_size)
        weights = sum(v.size for v in variables) * data.places
        quick = is_small(weights, data.row_size * batch_size, steps)
        key = (kind, batch_size, self.run_eagerly, quick)
        made_for, loop = self._loops.get(key, (None, None))
        if loop is None or made_for != signature:
            loop = make_loop(self, kind, batch_size, parts, quick)
            self._loops[key] = (signature, loop)
        return loop

    def _in_order(self, logs: dict[str, Any]) -> Any:
        names = [name for name in self.metrics_names if name in logs]
        values = [logs[name] for name in [*names, *(name for name in logs if name not in names)]]
        return values[0] if len(values) == 1 else values
