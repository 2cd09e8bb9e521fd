"""Optimizer: what all optimizers share around their own formula."""

from __future__ import annotations

import functools
import inspect
from collections import Counter
from collections.abc import Callable, Iterable, Mapping, Sequence
from typing import Any

import jax
import jax.numpy as jnp
import numpy as np

from cornu.core.config import Configurable, parameters
from cornu.core.context import bound, context, name_scope
from cornu.core.in_force import in_force
from cornu.core.inlining import MANY, shared
from cornu.core.names import auto_name, snake_case
from cornu.core.settings import epsilon
from cornu.core.variable import Variable, values_of
from cornu.optimizers import schedules, stages
from cornu.optimizers.checks import (
    check_argument,
    check_one_clip,
    of_keras_2,
    with_gradient,
)
from cornu.optimizers.memory import Memory
from cornu.optimizers.rate import Rate


class Optimizer(Memory, Rate, Configurable):
    """Base of all optimizers: turns gradients into new values of variables.

    A subclass names in `slots` what it remembers of each variable, and computes in `update` one
    step of one variable. Around it, in this order: gradients are divided by `loss_scale_factor`,
    summed up, clipped; weights decay (w ← w − w · weight_decay · learning_rate); `update` runs;
    weights are averaged; constraints apply. An optimizer written for Keras 3, with `build` and
    `update_step`, runs as it is.

    Args:
        learning_rate: a number, a `LearningRateSchedule`, or a function of the steps done so far.
        weight_decay: the rate of decay. Default: None.
        clipnorm: bound of the length of each variable's gradient. Default: None.
        clipvalue: bound of each number in a gradient. Default: None.
        global_clipnorm: bound of the length of all gradients together. Default: None.
        use_ema: whether to keep a moving average of the weights, a ← β a + (1 − β) w, which takes their
            place at the end of `fit`. Default: False.
        ema_momentum: β. Default: 0.99.
        ema_overwrite_frequency: every so many steps, too, it takes their place. Default: None, never.
        loss_scale_factor: what the loss is multiplied by, so that small gradients do not become zero
            in half precision. Default: None.
        gradient_accumulation_steps: one update for every so many steps, from the mean of their
            gradients. Schedules count all steps. Default: None.
        name: the class name in snake case by default.
        lr: Keras 2's name of `learning_rate`.
        decay: Keras 2's decay: the rate is divided by 1 + decay · (steps done). Default: 0.

    Raises:
        ValueError: if a number is out of its range, two clips are given, or an argument is unknown.

    Example:
        >>> class SignDescent(Optimizer):
        ...     def update(self, gradient, value, slots, scalars):
        ...         return value - scalars * jnp.sign(gradient), {}
        >>> weight = Variable([1.0, 2.0], name="weight")
        >>> SignDescent(0.5).apply([np.array([3.0, -4.0])], [weight])
        >>> weight.numpy().tolist()
        [0.5, 2.5]
    """

    #: The arguments of our own constructors, which are checked whenever they are set.
    _checked: frozenset[str] = frozenset()

    #: Whether further arguments of a constructor are those of `Optimizer`.
    _shares_arguments: bool = True

    #: How often an argument was changed since the optimizer was built: then programs are made anew.
    revision: int = 0

    def __init__(
        self,
        learning_rate: Any,
        weight_decay: float | None = None,
        clipnorm: float | None = None,
        clipvalue: float | None = None,
        global_clipnorm: float | None = None,
        use_ema: bool = False,
        ema_momentum: float = 0.99,
        ema_overwrite_frequency: int | None = None,
        loss_scale_factor: float | None = None,
        gradient_accumulation_steps: int | None = None,
        name: str | None = None,
        **unknown: Any,
    ) -> None:
        mine: Any = type(self)
        args, given = self._constructed_with
        learning_rate, self.decay = of_keras_2(
            mine.__name__,
            learning_rate,
            unknown,
            known=parameters(mine),
            twice=bool(args) or "learning_rate" in given,
        )
        self.name = name or auto_name(snake_case(mine.__name__))
        self.weight_decay = weight_decay
        self.clipnorm = clipnorm
        self.clipvalue = clipvalue
        self.global_clipnorm = global_clipnorm
        check_one_clip(mine.__name__, vars(self))
        self.use_ema = use_ema
        self.ema_momentum = ema_momentum
        self.ema_overwrite_frequency = ema_overwrite_frequency
        self.loss_scale_factor = loss_scale_factor
        self.gradient_accumulation_steps = gradient_accumulation_steps
        self._undecayed = stages.Undecayed()
        self._positions = {}
        with name_scope(self.name):
            self._iterations = Variable(np.int32(0), trainable=False, name="iteration")
        self._learning_rate = self._first_rate(learning_rate)
        self._variables = []
        self.built = False

    def __init_subclass__(cls, **kwargs: Any) -> None:
        """Lets help() and editors show the base's arguments behind the subclass's own."""
        super().__init_subclass__(**kwargs)
        if cls.__module__.startswith("cornu."):
            cls._checked = frozenset({*parameters(cls), "decay"})
        own = inspect.signature(cls.__init__).parameters
        if cls._shares_arguments and any(p.kind is p.VAR_KEYWORD for p in own.values()):
            base = inspect.signature(Optimizer.__init__).parameters
            rest = [p for p in base.values() if p.name not in own and p.kind is not p.VAR_KEYWORD]
            shown = [p for p in own.values() if p.name != "self" and p.kind is not p.VAR_KEYWORD]
            shown += [p.replace(kind=p.KEYWORD_ONLY) for p in rest]
            cls.__signature__ = inspect.Signature(shown)  # type: ignore[attr-defined]

    def __setattr__(self, name: str, value: Any) -> None:
        if name in self._checked and name != "learning_rate":
            if name == "epsilon" and value is None:
                value = epsilon()  # as in Keras 2
            check_argument(type(self).__name__, name, value)
            if name in vars(self) and self.built:
                self.revision += 1
        super().__setattr__(name, value)

    # ------------------------------------------------------------------------------ for subclasses

    def scalars(self, learning_rate: Any, step: Any) -> Any:
        """What `update` needs that is the same for all variables: by default the learning rate.

        `step` is a whole number, 1 in the first step.
        """
        return learning_rate

    def update(
        self, gradient: Any, value: Any, slots: Mapping[str, Any], scalars: Any
    ) -> tuple[Any, Mapping[str, Any]]:
        """The variable's new value and its new slots; a subclass must define it."""
        raise NotImplementedError(
            f"{type(self).__name__} does not say how to step. "
            "Define update(self, gradient, value, slots, scalars) -> (new_value, new_slots)."
        )

    def update_step(self, gradient: Any, variable: Variable, learning_rate: Any) -> None:
        """One step of one variable; what optimizers written for Keras 3 define in place of `update`."""
        dtype = variable.dtype
        shared = self.scalars(jnp.asarray(learning_rate, jnp.float32), self._done() + 1)
        self._step(variable, jnp.asarray(gradient, dtype=dtype), _cast(shared, dtype), self.update)

    def decay_of(self, variable: Variable) -> float | None:
        """The weight decay of this variable."""
        return None if variable in self._undecayed else self.weight_decay

    # ---------------------------------------------------------------------------------------- step

    @property
    def iterations(self) -> Any:
        """The number of updates so far: a variable, or a number where gradients are accumulated."""
        return self._done() if self.gradient_accumulation_steps else self._iterations

    def _done(self) -> Any:
        steps = self._iterations.value
        each = self.gradient_accumulation_steps
        return steps // each if each else steps

    def exclude_from_weight_decay(
        self,
        var_list: Iterable[Variable] | None = None,
        var_names: Iterable[str] | None = None,
    ) -> None:
        """Weight decay leaves alone these variables, and those whose name holds such a word.

        Example:
            >>> import cornu, numpy as np
            >>> bias = cornu.Variable(np.ones(1, "float32"), name="bias")
            >>> optimizer = cornu.optimizers.SGD(0.5, weight_decay=0.1)
            >>> optimizer.exclude_from_weight_decay(var_names=["bias"])
            >>> optimizer.apply([np.zeros(1, "float32")], [bias])
            >>> bias.numpy().tolist()
            [1.0]
        """
        self._undecayed = stages.Undecayed(var_list or (), var_names or ())
        self.revision += 1

    def scale_loss(self, loss: Any) -> Any:
        """What gradients are taken of, given the loss: the loss times `loss_scale_factor`."""
        return loss if self.loss_scale_factor is None else loss * self.loss_scale_factor

    def loss_arguments(self, loss_of_batch: Callable[[], Any]) -> Callable[[Any], dict[str, Any]]:
        """Called by `train_step` before the loss is computed: gives a function of the loss that says
        what `apply` is given beside gradients and variables. Here that is nothing.

        Args:
            loss_of_batch: computes the loss, from the weights that the variables have then.
        """
        return lambda loss: {}

    def apply_gradients(self, grads_and_vars: Iterable[tuple[Any, Variable]]) -> Variable:
        """One step, given pairs of a gradient and its variable; gives the step counter.

        Example:
            >>> import cornu, numpy as np
            >>> v = cornu.Variable(np.array([1.0, 2.0], "float32"))
            >>> _ = cornu.optimizers.SGD(0.5).apply_gradients([(np.array([1.0, 1.0], "float32"), v)])
            >>> v.numpy().tolist()
            [0.5, 1.5]
        """
        pairs = list(grads_and_vars)
        self.apply([gradient for gradient, _ in pairs], [variable for _, variable in pairs])
        return self._iterations

    def apply(self, grads: Sequence[Any], trainable_variables: Iterable[Variable] | None = None) -> None:
        """One step: changes the variables, by default those that the optimizer was built for.

        Raises:
            ValueError: if a variable is unknown, or the gradients do not match, or all are None.

        Example:
            >>> import cornu, numpy as np
            >>> v = cornu.Variable(np.array([1.0, 2.0], "float32"))
            >>> optimizer = cornu.optimizers.SGD(0.5)
            >>> optimizer.apply([np.array([1.0, 1.0], "float32")], [v])
            >>> v.numpy().tolist()
            [0.5, 1.5]
        """
        if len(grads) == 0:
            return
        variables = self._known(trainable_variables)
        pairs = with_gradient(f'{type(self).__name__} "{self.name}"', grads, variables)
        variables = [variable for _, variable in pairs]
        gradients = [jnp.asarray(gradient, dtype=variable.dtype) for gradient, variable in pairs]
        if self.loss_scale_factor is not None:
            gradients = [gradient / self.loss_scale_factor for gradient in gradients]
        each = self.gradient_accumulation_steps
        if each:
            ready = (self._iterations.value + 1) % each == 0
            sums = [self._accumulated_gradients[self._positions[variable]] for variable in variables]
            means = [total / each for total in stages.accumulate(sums, gradients, ready)]
            stages.only_if(ready, lambda: self._change(means, variables))
        else:
            self._change(gradients, variables)
        if self.use_ema:
            averages = self._model_variables_moving_average
            rule = self.ema_momentum, self.ema_overwrite_frequency, self._done()
            stages.average(self._positions, averages, *rule)
        for variable in variables:
            if variable.constraint is not None:
                variable.assign(variable.constraint(variable.value))
        self._iterations.assign(self._iterations.value + 1)

    def _change(self, gradients: Sequence[Any], variables: Sequence[Variable]) -> None:
        """Clipping, decay, and the formula itself."""
        gradients = stages.clip(gradients, self.clipnorm, self.clipvalue, self.global_clipnorm)
        rate = self._rate_now()
        for variable in variables:
            decay = self.decay_of(variable)
            if decay:
                value = variable.value
                variable.assign(value - value * (rate * decay).astype(variable.dtype))
        if type(self).update_step is not Optimizer.update_step:
            for gradient, variable in zip(gradients, variables, strict=True):
                self.update_step(gradient, variable, rate)
            return
        common = self.scalars(rate, self._done() + 1)
        cast: dict[str, Any] = {}  # in float32 first: 1 - 0.999 is 0 in bfloat16
        often = Counter((variable.shape, variable.dtype) for variable in variables)
        update = self.update if in_force.placement else shared(self.update)
        for gradient, variable in zip(gradients, variables, strict=True):
            if variable.dtype not in cast:
                cast[variable.dtype] = _cast(common, variable.dtype)
            alone = often[variable.shape, variable.dtype] < MANY
            formula = self.update if alone else update
            self._step(variable, gradient, cast[variable.dtype], formula)

    def _step(self, variable: Variable, gradient: Any, scalars: Any, update: Any) -> None:
        slots = self._slots[self._positions[variable]]
        before = {name: slot.value for name, slot in slots.items()}
        value, after = update(gradient, variable.value, before, scalars)
        variable.assign(value)
        for name, new in after.items():
            slots[name].assign(new)

    def stateless_apply(
        self,
        optimizer_variables: Sequence[Any],
        grads: Sequence[Any],
        trainable_variables: Sequence[Any],
    ) -> tuple[list[Any], list[Any]]:
        """`apply` as a pure function: new values of the trainable variables, and of `variables`.

        Example:
            >>> import cornu, numpy as np
            >>> v = cornu.Variable(np.array([1.0], "float32"))
            >>> optimizer = cornu.optimizers.SGD(0.5)
            >>> optimizer.build([v])
            >>> gradient = np.array([1.0], "float32")
            >>> new, _ = optimizer.stateless_apply(optimizer.variables, [gradient], [v])
            >>> new[0].tolist(), v.numpy().tolist()
            ([0.5], [1.0])
        """
        trainable, own = self._known(None), self.variables
        if (len(trainable_variables), len(optimizer_variables)) != (len(trainable), len(own)):
            raise ValueError(
                f'{type(self).__name__} "{self.name}" has {len(own)} variables of its own and '
                f"{len(trainable)} trainable ones, but got {len(optimizer_variables)} and "
                f"{len(trainable_variables)} values. Pass one value for each."
            )
        values = values_of([*trainable_variables, *optimizer_variables])
        start = zip([*trainable, *own], values, strict=True)
        with bound({**(context.bindings or {}), **dict(start)}) as after:
            self.apply(grads)
        return [after[each] for each in trainable], [after[each] for each in own]

    def finalize_variable_values(self, var_list: Iterable[Variable]) -> None:
        """What `fit` does at its end: with `use_ema`, the averages become the variables' values."""
        if self.use_ema and self.built and int(self._iterations):
            for variable in var_list:
                variable.assign(self._model_variables_moving_average[self._positions[variable]])

    # ------------------------------------------------------------------------------- configuration

    def get_config(self) -> dict[str, Any]:
        """The constructor's arguments, with the learning rate as it is now."""
        rate = self._learning_rate
        now = float(rate) if isinstance(rate, Variable) else schedules.serialize(rate)
        old = {"decay": self.decay} if self.decay else {}
        return {**super().get_config(), "learning_rate": now, **old}

    @classmethod
    def from_config(
        cls, config: Mapping[str, Any], custom_objects: Mapping[str, Any] | None = None
    ) -> Any:
        """A new optimizer from what `get_config()` gave, in Keras 2 or 3."""
        compiling = ("jit_compile", "is_legacy_optimizer")  # Keras 2 kept these here
        config = {name: value for name, value in config.items() if name not in compiling}
        rate = config.get("learning_rate")
        if isinstance(rate, Mapping):
            config["learning_rate"] = schedules.deserialize(rate, custom_objects)
        return cls(**config)

    def __repr__(self) -> str:
        rate = self._learning_rate
        shown = f"{float(rate):g}" if isinstance(rate, Variable) else type(rate).__name__
        return f"<{type(self).__name__} name={self.name}, learning_rate={shown}>"


Optimizer._checked = frozenset({*parameters(Optimizer), "decay"})


def _cast(shared: Any, dtype: str) -> Any:
    return jax.tree.map(functools.partial(jnp.asarray, dtype=dtype), shared)
