"""Loss scaling: keeps the small gradients of half precision from vanishing."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import Any

import jax.numpy as jnp
import numpy as np

from cornu.core.config import parameters
from cornu.core.context import name_scope
from cornu.core.errors import describe, did_you_mean
from cornu.core.names import auto_name
from cornu.core.variable import Variable
from cornu.optimizers.optimizer import Optimizer


class LossScaleOptimizer(Optimizer):
    """Another optimizer, for a loss that is multiplied by a scale so that gradients in float16 do not
    become zero.

    The gradients are divided by the scale before `inner_optimizer` sees them. Where one of them is
    infinite or NaN the step is left out and the scale halved; after `dynamic_growth_steps` steps
    without that it is doubled. A model of dtype policy 'mixed_float16' is compiled with it.

    Args:
        inner_optimizer: the optimizer that makes the steps.
        initial_scale: the scale at the start, 32768 by default.
        dynamic_growth_steps: finite steps before the scale grows, 2000 by default.
        name: 'loss_scale_optimizer' by default.

    Raises:
        TypeError: if `inner_optimizer` is no optimizer, or scales the loss itself.
        ValueError: if a number is out of its range, or for an argument that is the inner optimizer's.

    Example:
        >>> from cornu.optimizers import SGD
        >>> optimizer = LossScaleOptimizer(SGD(1.0), initial_scale=4.0)
        >>> weight = Variable(1.0, name="weight")
        >>> optimizer.apply([optimizer.scale_loss(0.5)], [weight])
        >>> float(weight)
        0.5

    Source: Micikevicius et al., Mixed precision training, 2018.
    """

    _shares_arguments = False

    def __init__(
        self,
        inner_optimizer: Optimizer,
        initial_scale: float = 2.0**15,
        dynamic_growth_steps: int = 2000,
        name: str | None = None,
        **kwargs: Any,
    ) -> None:
        if not isinstance(inner_optimizer, Optimizer):
            raise TypeError(
                f"LossScaleOptimizer takes another optimizer, got {describe(inner_optimizer)}. "
                'Write for instance LossScaleOptimizer(optimizers.get("adam")).'
            )
        if isinstance(inner_optimizer, LossScaleOptimizer):
            raise TypeError("LossScaleOptimizer cannot scale the loss of another LossScaleOptimizer.")
        _refuse(kwargs)
        self.inner_optimizer = inner_optimizer
        inner_optimizer.loss_scale_factor = None  # or gradients would be scaled twice
        self.name = name or auto_name("loss_scale_optimizer")
        self.initial_scale = initial_scale
        self.dynamic_growth_steps = dynamic_growth_steps
        with name_scope(self.name):
            self.step_counter = Variable(np.int32(0), trainable=False, name="step_counter")
            scale = np.float32(initial_scale)
            self.dynamic_scale = Variable(scale, trainable=False, name="dynamic_scale")

    @property
    def built(self) -> bool:  # type: ignore[override]  # the inner optimizer's
        return self.inner_optimizer.built

    @property
    def revision(self) -> int:
        return self.inner_optimizer.revision

    @revision.setter
    def revision(self, value: int) -> None:
        self.inner_optimizer.revision = value

    @property
    def iterations(self) -> Any:
        """The steps made so far; those left out do not count."""
        return self.inner_optimizer.iterations

    @property
    def learning_rate(self) -> Any:
        """That of the inner optimizer, which setting it sets."""
        return self.inner_optimizer.learning_rate

    @learning_rate.setter
    def learning_rate(self, rate: Any) -> None:
        self.inner_optimizer.learning_rate = rate

    @property
    def variables(self) -> list[Variable]:
        return [self.step_counter, self.dynamic_scale, *self.inner_optimizer.variables]

    def build(self, variables: Iterable[Variable]) -> None:
        self.inner_optimizer.build(variables)

    def _known(self, variables: Iterable[Variable] | None) -> list[Variable]:
        return self.inner_optimizer._known(variables)

    def scale_loss(self, loss: Any) -> Any:
        return loss * self.dynamic_scale.value

    def apply(self, grads: Sequence[Any], trainable_variables: Iterable[Variable] | None = None) -> None:
        """One step, for gradients of the scaled loss."""
        variables = self._known(trainable_variables)
        scale, count = self.dynamic_scale.value, self.step_counter.value
        unscaled = [None if gradient is None else gradient / scale for gradient in grads]
        finite = jnp.all(jnp.stack([jnp.all(jnp.isfinite(g)) for g in unscaled if g is not None]))
        before = [(each, each.value) for each in (*variables, *self.inner_optimizer.variables)]
        self.inner_optimizer.apply(unscaled, variables)
        for variable, old in before:
            variable.assign(jnp.where(finite, variable.value, old))
        grown = finite & (count == self.dynamic_growth_steps - 1)
        self.dynamic_scale.assign(scale * jnp.where(finite, jnp.where(grown, 2.0, 1.0), 0.5))
        self.step_counter.assign(jnp.where(finite & ~grown, count + 1, 0))

    def finalize_variable_values(self, var_list: Iterable[Variable]) -> None:
        self.inner_optimizer.finalize_variable_values(var_list)

    def exclude_from_weight_decay(
        self, var_list: Iterable[Variable] | None = None, var_names: Iterable[str] | None = None
    ) -> None:
        self.inner_optimizer.exclude_from_weight_decay(var_list, var_names)

    def save_own_variables(self, store: Any) -> None:
        """As Keras does it: a step counter and a learning rate of its own come first, without use."""
        own = [np.int32(0), np.float32(0), *(variable.numpy() for variable in self.variables)]
        for number, value in enumerate(own):
            store[str(number)] = value

    def load_own_variables(self, store: Any) -> None:
        """Takes the scale and its counter; the rest is the inner optimizer's to take."""
        if {"2", "3"} <= set(store.keys()):
            self.step_counter.assign(store["2"])
            self.dynamic_scale.assign(store["3"])

    def get_config(self) -> dict[str, Any]:
        config = super(Optimizer, self).get_config()
        own = ("name", "inner_optimizer", "initial_scale", "dynamic_growth_steps")
        return {name: config[name] for name in own}

    @classmethod
    def from_config(
        cls, config: Mapping[str, Any], custom_objects: Mapping[str, Any] | None = None
    ) -> Any:
        from cornu.optimizers import deserialize

        inner = deserialize(config["inner_optimizer"], custom_objects)
        return cls(**{**config, "inner_optimizer": inner})

    def __repr__(self) -> str:
        return f"<LossScaleOptimizer name={self.name}, inner={self.inner_optimizer!r}>"


def _refuse(arguments: Mapping[str, Any]) -> None:
    """Raises a ValueError for arguments of the base; as Keras wrote them into files, they may ask for
    nothing."""
    for name, value in arguments.items():
        nothing = {"use_ema": False, "ema_momentum": 0.99, "dynamic": True}
        if name not in nothing and name not in parameters(Optimizer):
            known = ("inner_optimizer", "initial_scale", "dynamic_growth_steps", "name")
            raise ValueError(f'LossScaleOptimizer has no argument "{name}". {did_you_mean(name, known)}')
        if name == "dynamic" and not value:
            raise ValueError(
                "LossScaleOptimizer(dynamic=False): for a scale that stays, leave LossScaleOptimizer "
                "out and give the optimizer loss_scale_factor."
            )
        if value != nothing.get(name):
            raise ValueError(
                f"LossScaleOptimizer has no argument {name}. Give it to the inner optimizer: "
                f"LossScaleOptimizer(Adam({name}={value!r}))."
            )
