"""Distiller: trains a student on targets and on its teacher's outputs."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import jax.tree_util as tree

from cornu import metrics
from cornu.core import config as configuration
from cornu.core.errors import describe, show_shape
from cornu.distillation.losses import DistillationLoss
from cornu.models import Model
from cornu.training.objective import batch_count

FEATURES = ("teacher_layer_name", "student_layer_name")


class Distiller(Model):
    """A student that learns from targets and from a teacher, whose weights stay as they are.

    w L(y, student(x)) + (1 − w) Σᵢ wᵢ Dᵢ(teacher(x), student(x)), with w = student_loss_weight,
    L = the loss of `compile`, Dᵢ = distillation_losses, wᵢ = distillation_loss_weights

    Args:
        teacher, student: models with outputs of one shape.
        distillation_losses: a `DistillationLoss`, or a list of them.
        distillation_loss_weights: their weights. Default: 1 each.
        student_loss_weight: w, from 0 to 1. Default: 0.5.
        name: 'distiller' by default.

    The logs have 'student_loss', 'distillation_loss' and 'total_loss' beside 'loss'.

    Raises:
        ValueError: if the models' shapes differ, a weight is outside [0, 1], or a layer that a loss
            names is not there.

    Example:
        >>> import cornu, numpy as np
        >>> def network():
        ...     return cornu.Sequential([cornu.Input((4,)), cornu.layers.Dense(3)])
        >>> from cornu.distillation import LogitsDistillation
        >>> teacher, student = network(), network()
        >>> distiller = Distiller(teacher, student, LogitsDistillation(temperature=2.0))
        >>> loss = cornu.losses.SparseCategoricalCrossentropy(from_logits=True)
        >>> distiller.compile("adam", loss, metrics=["accuracy"])
        >>> history = distiller.fit(np.eye(4), np.array([0, 1, 2, 0]), verbose=0)
        >>> sorted(history.history)
        ['accuracy', 'distillation_loss', 'loss', 'student_loss', 'total_loss']

    Source: G. Hinton et al., Distilling the knowledge in a neural network, 2015.
    """

    def __init__(
        self,
        teacher: Any,
        student: Any,
        distillation_losses: Any,
        distillation_loss_weights: Any = None,
        student_loss_weight: float = 0.5,
        name: str | None = "distiller",
        **kwargs: Any,
    ) -> None:
        super().__init__(name=name, **kwargs)
        _check_models(teacher, student)
        listed = isinstance(distillation_losses, (list, tuple))
        chosen = list(distillation_losses) if listed else [distillation_losses]
        weights = [1.0] * len(chosen) if distillation_loss_weights is None else distillation_loss_weights
        _check_losses(chosen, weights, student_loss_weight)
        for each in chosen:
            each.validate_model_compatibility(teacher, student)
        self.teacher, self.student = teacher, student
        self.distillation_losses, self.distillation_loss_weights = chosen, list(weights)
        self.student_loss_weight = student_loss_weight
        teacher.trainable = False
        self._features = {
            role: _features(model, [getattr(each, f"{role}_layer_name", None) for each in chosen])
            for role, model in (("teacher", teacher), ("student", student))
        }
        self.student_loss_tracker = metrics.Mean(name="student_loss")
        self.distillation_loss_tracker = metrics.Mean(name="distillation_loss")
        self.total_loss_tracker = metrics.Mean(name="total_loss")

    def call(self, inputs: Any, training: Any = None) -> Any:
        return self.student(inputs, training=training)

    def compute_loss(
        self,
        x: Any = None,
        y: Any = None,
        y_pred: Any = None,
        sample_weight: Any = None,
        training: bool = True,
    ) -> Any:
        """The weighted sum of the student's own loss and of the losses of distillation."""
        share, known, taught = self.student_loss_weight, 0.0, 0.0
        if share > 0 and y is not None:
            known = super().compute_loss(x, y, y_pred, sample_weight, training)
        if share < 1:
            taught = self._distillation_loss(x, y_pred, training)
        total = share * known + (1.0 - share) * taught
        count = batch_count(tree.tree_leaves(x)[0])
        for tracker, value in (
            (self.student_loss_tracker, known),
            (self.distillation_loss_tracker, taught),
            (self.total_loss_tracker, total),
        ):
            tracker.update_state(value, sample_weight=count)
        return total

    def _distillation_loss(self, x: Any, y_pred: Any, training: bool) -> Any:
        teacher = _run(self._features["teacher"], self.teacher, x, training=False)
        student = {"outputs": y_pred}
        if self._features["student"] is not None:
            student.update(_run(self._features["student"], self.student, x, training=training))
        total: Any = 0.0
        for loss, weight in zip(self.distillation_losses, self.distillation_loss_weights, strict=True):
            names = [getattr(loss, name, None) or "outputs" for name in FEATURES]
            outputs = (teacher[names[0]], student[names[1]])
            loss.validate_outputs(*outputs)
            total = total + weight * loss.compute_loss(*outputs)
        return total

    @classmethod
    def from_config(cls, config: Mapping[str, Any], custom_objects: Any = None) -> Any:
        made = ("teacher", "student", "distillation_losses")
        with configuration.custom_object_scope(custom_objects):
            return cls(**{**config, **{name: configuration.deserialize(config[name]) for name in made}})


def _features(model: Any, names: list[Any]) -> Any:
    """A model that gives what these layers do, by name, and the outputs; None if none is named."""
    named = {name for name in names if name}
    if not named:
        return None
    outputs = {name: model.get_layer(name).output for name in named}
    return Model(model.input, {**outputs, "outputs": model.output})


def _run(features: Any, model: Any, x: Any, training: bool) -> Any:
    return (
        {"outputs": model(x, training=training)} if features is None else features(x, training=training)
    )


def _check_models(teacher: Any, student: Any) -> None:
    for role, model in (("teacher", teacher), ("student", student)):
        if not isinstance(model, Model):
            raise ValueError(f"The {role} must be a model, but is {describe(model)}.")
    if teacher.graph is None or student.graph is None:
        return
    for what in ("inputs", "outputs"):
        shapes = [[tensor.shape for tensor in getattr(model, what)] for model in (teacher, student)]
        if shapes[0] != shapes[1]:
            shown = [", ".join(map(show_shape, each)) for each in shapes]
            raise ValueError(
                f"Teacher and student must have {what} of the same shapes, but the teacher's are "
                f"{shown[0]} and the student's {shown[1]}."
            )


def _check_losses(chosen: list[Any], weights: Any, share: Any) -> None:
    for each in chosen:
        if not isinstance(each, DistillationLoss):
            raise ValueError(
                f"distillation_losses holds {describe(each)}, which is no DistillationLoss. Write for "
                "example LogitsDistillation(temperature=3.0)."
            )
    if len(weights) != len(chosen):
        raise ValueError(
            f"distillation_loss_weights has {len(weights)} entries for {len(chosen)} losses: give one "
            "each."
        )
    if isinstance(share, bool) or not isinstance(share, (int, float)) or not 0 <= share <= 1:
        raise ValueError(f"student_loss_weight must be a number from 0 to 1, but is {describe(share)}.")
