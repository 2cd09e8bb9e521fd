"""Trainer: compile, fit, evaluate and predict."""

from __future__ import annotations

import warnings
from collections.abc import Mapping
from typing import Any

import jax.tree_util as tree

from cornu import optimizers
from cornu.core import placement
from cornu.core.config import deserialize, serialize
from cornu.core.errors import warn
from cornu.core.gradients import value_and_grad
from cornu.core.module import Structure
from cornu.layers.stateless import substituted
from cornu.training.callbacks import History
from cornu.training.checks import (
    check_arguments,
    check_indices,
    check_names,
    check_outputs,
    check_targets,
)
from cornu.training.compiling import effort_for
from cornu.training.data import (
    Data,
    unpack_x_y_sample_weight,
)
from cornu.training.explaining import FitPath
from cornu.training.loop import Loop
from cornu.training.objective import Objective, batch_count, metrics_beside
from cornu.training.state import make_loop, state_of, traced_outputs
from cornu.training.state_tree import set_state_tree, state_tree
from cornu.training.stateless import overridden
from cornu.training.verbs import Verbs

MANY_STEPS = 1000  # of a pass whose length is not known
NOT_COMPILED = (
    "The model is not compiled, so {call} knows no loss. Write first, for instance:\n    "
    'model.compile(optimizer="adam", '
    'loss="mse")'
)


class Trainer(Verbs):
    """A layer that can be trained: what a `Model` can do once it is compiled."""

    # What `compile` sets, as it is before.
    loss: Any = None
    run_eagerly = False
    steps_per_execution = 1

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
        self.last_fit: FitPath | None = None
        self._loops: dict[Any, tuple[list[int], Loop]] = {}
        self._state_cache: tuple[int, Any] = (-1, None)

    def get_compile_config(self) -> dict[str, Any]:
        """The arguments of `compile`, as plain values; empty if the model is not compiled.

        Example:
            >>> import cornu
            >>> model = cornu.Sequential([cornu.layers.Dense(1, input_shape=(2,))])
            >>> model.compile("sgd", "mse")
            >>> model.get_compile_config()["loss"]
            'mse'
        """
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
        called.

        Example:
            >>> import cornu
            >>> model = cornu.Sequential([cornu.layers.Dense(1, input_shape=(2,))])
            >>> model.compile("sgd", "mse")
            >>> twin = cornu.models.clone_model(model)
            >>> twin.compile_from_config(model.get_compile_config())
            >>> twin.loss
            'mse'
        """
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
    def jit_compile(self) -> bool:
        """Whether training is compiled: unless `compile` was told to run eagerly."""
        return not self.run_eagerly

    @property
    def compiled(self) -> bool:
        return getattr(self, "objective", None) is not None

    @property
    def metrics(self) -> list[Any]:
        """The metrics that are reported, that of the loss first."""
        if not self.compiled:
            return []
        return [*self.objective.everything(), *metrics_beside(self)]

    @property
    def metrics_variables(self) -> list[Any]:
        """The variables of `metrics`, in their order."""
        return [variable for metric in self.metrics for variable in metric.variables]

    @property
    def metrics_names(self) -> list[str]:
        """Names of what `evaluate` returns, in its order: 'loss', then losses of outputs, then
        metrics."""
        if not self.compiled:
            return []
        losses = [m.name for m in self.objective.mean_losses if m is not None]
        if self.objective.built:
            beside = [metric.name for metric in metrics_beside(self)]
            return ["loss", *losses, *self.objective.log_names, *beside]
        return [
            "loss",
            *(m for m in tree.tree_leaves(self.objective.plain_metrics) if isinstance(m, str)),
        ]

    def reset_metrics(self) -> None:
        """Sets all metrics back to their start.

        Example:
            >>> import cornu, numpy as np
            >>> model = cornu.Sequential([cornu.layers.Dense(1, input_shape=(2,))])
            >>> model.compile("sgd", "mse")
            >>> loss = model.test_on_batch(np.ones((1, 2)), np.ones(1))
            >>> model.reset_metrics()
            >>> model.metrics[0].result().item()
            0.0
        """
        for metric in self.metrics:
            metric.reset_state()

    # -- one step: what a subclass may override -----------------------------------------------------

    def train_step(self, data: Any) -> dict[str, Any]:
        """One update of the weights from one batch; override it for a training of your own.

        It is ordinary code over the model's objects, and is compiled all the same.

        Args:
            data: `(x, y)`, or x alone, or `(x, y, sample_weight)`: what there is. All forms are taken by
                `cornu.utils.unpack_x_y_sample_weight`.

        Returns:
            the logs, a dict of numbers.

        Example:
            >>> import cornu, numpy as np
            >>> class Doubled(cornu.Sequential):
            ...     def train_step(self, data):
            ...         x, y, _ = cornu.utils.unpack_x_y_sample_weight(data)
            ...         return super().train_step((x, 2 * y))
            >>> model = Doubled([cornu.layers.Dense(1, input_shape=(1,), kernel_initializer="zeros")])
            >>> model.compile("sgd", "mse")
            >>> model.train_on_batch(np.array([[1.0]]), np.array([[1.0]]))
            4.0
        """
        x, y, sample_weight = unpack_x_y_sample_weight(data)

        def loss_of_batch() -> tuple[Any, Any]:
            y_pred = self(x, training=True)
            loss = self.compute_loss(x, y, y_pred, sample_weight, training=True)
            return self.optimizer.scale_loss(loss), (loss, y_pred)

        weights = self.trainable_variables
        if weights:
            beside = self.optimizer.loss_arguments(lambda: loss_of_batch()[1][0])
            step = value_and_grad(loss_of_batch, weights, has_aux=True)
            (_, (loss, y_pred)), gradients = step()
            self.optimizer.apply(gradients, weights, **beside(loss))
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
        return self.get_metrics_result()

    def get_metrics_result(self) -> dict[str, Any]:
        """All logs: loss, metrics of `compile`, and those that the model and its layers hold."""
        return self.objective.results(metrics_beside(self))

    def stateless_compute_loss(
        self,
        trainable_variables: Any,
        non_trainable_variables: Any,
        metrics_variables: Any,
        x: Any = None,
        y: Any = None,
        y_pred: Any = None,
        sample_weight: Any = None,
        training: bool = True,
    ) -> Any:
        """`compute_loss` with these values of the variables: gives the loss, and their values after it,
        in three lists."""
        parts = (
            (self.trainable_variables, trainable_variables, "trainable_variables"),
            (self.non_trainable_variables, non_trainable_variables, "non_trainable_variables"),
            (self.metrics_variables, metrics_variables, "metrics_variables"),
        )
        with substituted(*parts) as values:
            loss = self.compute_loss(x, y, y_pred, sample_weight, training)
        return loss, tuple([values[each] for each in variables] for variables, _, _ in parts)

    def get_state_tree(self, value_format: str = "backend_tensor") -> dict[str, Any]:
        """The values of all variables, as nested dicts by path: `{"trainable_variables": {"sequential":
        {"dense": {"kernel": ...}}}, "non_trainable_variables": ..., "optimizer_variables": ...,
        "metrics_variables": ...}`.

        Args:
            value_format: 'backend_tensor' for JAX arrays (the default), or 'numpy_array'.

        Raises:
            ValueError: for another format.

        Example:
            >>> import cornu
            >>> model = cornu.Sequential(
            ...     [cornu.layers.Dense(1, input_shape=(2,), name="out")], name="net"
            ... )
            >>> tree = model.get_state_tree("numpy_array")["trainable_variables"]
            >>> tree["net"]["out"]["bias"].tolist()
            [0.0]
        """
        return state_tree(self, value_format)

    def set_state_tree(self, state_tree: Mapping[str, Any]) -> None:
        """Gives variables the values in a tree as `get_state_tree` makes it; the tree may have fewer.

        Raises:
            ValueError: for a part, path or shape that the model does not have; nothing is changed then.

        Example:
            >>> import cornu, numpy as np
            >>> model = cornu.Sequential(
            ...     [cornu.layers.Dense(1, input_shape=(2,), name="out")], name="net"
            ... )
            >>> model.set_state_tree(
            ...     {"trainable_variables": {"net": {"out": {"bias": np.array([5.0])}}}}
            ... )
            >>> model.get_weights()[1].tolist()
            [5.0]
        """
        set_state_tree(self, state_tree)

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
        return traced_outputs(self, inputs)

    def _loop(
        self, kind: str, batch_size: int, data: Data, passes: int = 1000, steps: int | None = None
    ) -> Loop:
        """The compiled loop for 'train' or 'test', made anew when the model's variables are no
        longer the same.

        It is compiled with the effort that so many passes of so many steps are worth.
        """
        version, parts = self._state_cache
        if version != Structure.version:
            parts = state_of(self)
            self._state_cache = (Structure.version, parts)
        variables = [v for named_variables in parts.values() for v in named_variables.values()]
        where = placement.current()
        signature = [where, getattr(self.optimizer, "revision", 0), *map(id, variables)]
        steps = passes * (MANY_STEPS if steps is None else steps)
        weights = sum(v.size for v in variables) * data.places
        shapes = [v.shape for v in parts["trainable"].values()]
        repeats = len(shapes) / max(1, len(set(shapes)))
        effort = effort_for(weights, data.row_size * batch_size, steps, repeats)
        key = (kind, batch_size, self.run_eagerly, effort)
        made_for, loop = self._loops.get(key, (None, None))
        if loop is None or made_for != signature:
            if where is not None:
                where.check_model(self)
                where.check_rows(batch_size, data.rows)
            loop = make_loop(self, kind, batch_size, parts, effort, where)
            self._loops[key] = (signature, loop)
        return loop
