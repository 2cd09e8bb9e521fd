"""Losses of distillation: how far a student's outputs, or features, are from its teacher's."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

import jax.numpy as jnp
import jax.tree_util as tree

from cornu import losses, ops
from cornu.core.config import Configurable
from cornu.core.errors import describe, show_shape


class DistillationLoss(Configurable):
    """Base of the losses of distillation; a subclass says what the loss of a batch is.

    Example:
        >>> class Largest(DistillationLoss):
        ...     def compute_loss(self, teacher_outputs, student_outputs, **kwargs):
        ...         return ops.max(ops.abs(teacher_outputs - student_outputs))
        >>> float(Largest().compute_loss(jnp.zeros(2), jnp.array([1.0, 3.0])))
        3.0
    """

    def compute_loss(self, teacher_outputs: Any, student_outputs: Any, **kwargs: Any) -> Any:
        """The loss of a batch, one number; a subclass must define it."""
        raise NotImplementedError(
            f"{type(self).__name__} does not say what its loss is. Define "
            "compute_loss(self, teacher_outputs, student_outputs, **kwargs) and return one number."
        )

    def validate_outputs(self, teacher_outputs: Any, student_outputs: Any) -> None:
        """Raises a ValueError unless both have the same structure."""
        structures = [str(tree.tree_structure(each)) for each in (teacher_outputs, student_outputs)]
        if structures[0] != structures[1]:
            raise ValueError(
                f"{type(self).__name__}: the teacher gives {structures[0]}, but the student "
                f"{structures[1]}. Both must have outputs of the same structure."
            )

    def validate_model_compatibility(self, teacher: Any, student: Any) -> None:
        """Raises a ValueError for models that the loss cannot compare; by default for none."""


class LogitsDistillation(DistillationLoss):
    """How far the student's logits are from the teacher's, both divided by a temperature.

    T² loss(softmax(teacher / T), softmax(student / T)) with T = temperature for the Kullback-Leibler
    divergence; for other losses loss(teacher / T, student / T).

    Args:
        temperature: above 0; the higher, the more the teacher's small probabilities count. Default: 3.
        loss: name, object or function; or a structure of these like the outputs, None for outputs that
            are left out. Default: 'kl_divergence'.

    Raises:
        ValueError: if the temperature is not above 0, or there is no loss.

    Example:
        >>> teacher, student = jnp.array([[3.0, 0.0]]), jnp.array([[0.0, 0.0]])
        >>> round(float(LogitsDistillation().compute_loss(teacher, student)), 2)
        1.0

    Source: G. Hinton et al., Distilling the knowledge in a neural network, 2015.
    """

    def __init__(self, temperature: float = 3.0, loss: Any = "kl_divergence") -> None:
        if (
            isinstance(temperature, bool)
            or not isinstance(temperature, (int, float))
            or temperature <= 0
        ):
            raise ValueError(f"temperature must be a number above 0, but is {describe(temperature)}.")
        self.temperature = temperature
        self.loss = _losses(type(self).__name__, loss)

    def compute_loss(self, teacher_outputs: Any, student_outputs: Any, **kwargs: Any) -> Any:
        def one(loss: Any, teacher: Any, student: Any) -> Any:
            logits = [outputs / self.temperature for outputs in (teacher, student)]
            if isinstance(loss, losses.KLDivergence) or loss is losses.kl_divergence:
                probabilities = [ops.softmax(each) for each in logits]
                return jnp.mean(loss(*probabilities)) * self.temperature**2
            return jnp.mean(loss(*logits))

        return _total(self.loss, teacher_outputs, student_outputs, one)


class FeatureDistillation(DistillationLoss):
    """How far what a layer of the student gives is from what a layer of the teacher gives.

    Args:
        loss: name, object or function; or a structure of these like the features, None for those that
            are left out. Default: 'mse'.
        teacher_layer_name, student_layer_name: names of the layers; None for the outputs of the models.

    Raises:
        ValueError: if there is no loss, or a model has no layer of that name.

    Example:
        >>> teacher, student = jnp.array([[3.0, 1.0]]), jnp.array([[1.0, 1.0]])
        >>> float(FeatureDistillation().compute_loss(teacher, student))
        2.0

    Source: A. Romero et al., FitNets: hints for thin deep nets, 2015.
    """

    def __init__(
        self,
        loss: Any = "mse",
        teacher_layer_name: str | None = None,
        student_layer_name: str | None = None,
    ) -> None:
        self.loss = _losses(type(self).__name__, loss)
        self.teacher_layer_name = teacher_layer_name
        self.student_layer_name = student_layer_name

    def validate_model_compatibility(self, teacher: Any, student: Any) -> None:
        for role, model, name in (
            ("teacher", teacher, self.teacher_layer_name),
            ("student", student, self.student_layer_name),
        ):
            if name is None:
                continue
            if model.graph is None:
                raise ValueError(
                    f"FeatureDistillation({role}_layer_name={name!r}) needs a {role} that is a graph "
                    "of layers, Sequential or Model(inputs, outputs). Leave the name out to compare "
                    "outputs."
                )
            try:
                model.get_layer(name)
            except ValueError as error:
                raise ValueError(f"In the {role}: {error}") from error

    def compute_loss(self, teacher_outputs: Any, student_outputs: Any, **kwargs: Any) -> Any:
        def one(loss: Any, teacher: Any, student: Any) -> Any:
            if teacher.shape != student.shape:
                raise ValueError(
                    "FeatureDistillation: the teacher's features have shape "
                    f"{show_shape(teacher.shape)}, but the student's {show_shape(student.shape)}. Add a "
                    "Dense layer to the student that brings its features to the teacher's size, and "
                    "name that."
                )
            return jnp.mean(loss(teacher, student))

        return _total(self.loss, teacher_outputs, student_outputs, one)


def _losses(name: str, given: Any) -> Any:
    """The losses that names and configurations stand for, in their structure."""
    found = tree.tree_map(
        losses.get, given, is_leaf=lambda leaf: isinstance(leaf, Mapping) and "class_name" in leaf
    )
    if not tree.tree_leaves(found):
        raise ValueError(f"{name} needs a loss, but got loss={given!r}. Write for example loss='mse'.")
    return found


def _total(loss: Any, teacher: Any, student: Any, one: Callable[[Any, Any, Any], Any]) -> Any:
    """The sum of the losses of all outputs that have one."""
    chosen = tree.tree_leaves(loss, is_leaf=lambda leaf: leaf is None)
    outputs = [tree.tree_leaves(each) for each in (teacher, student)]
    if not len(chosen) == len(outputs[0]) == len(outputs[1]):
        raise ValueError(
            f"There are {len(chosen)} losses of distillation, but the teacher gives {len(outputs[0])} "
            f"arrays and the student {len(outputs[1])}. Write one loss for each, None to leave one out."
        )
    return sum(one(*each) for each in zip(chosen, *outputs, strict=True) if each[0] is not None)
