"""Optimizer: what all optimizers share, from the slots of each variable to clipping and decay."""

from __future__ import annotations

import functools
import inspect
from collections.abc import Iterable, Mapping, Sequence
from typing import Any

import jax
import jax.numpy as jnp
import numpy as np

from cornu.core.config import Configurable, parameters
from cornu.core.context import bound, context, name_scope
from cornu.core.dtypes import floatx, numpy_dtype
from cornu.core.errors import show_shape, warn
from cornu.core.module import Module
from cornu.core.names import auto_name, snake_case
from cornu.core.stored import load_variables, save_variables
from cornu.core.variable import Variable
from cornu.optimizers import schedules, stages
from cornu.optimizers.checks import check_argument, check_one_clip, check_unknown, with_gradient
from cornu.optimizers.schedules.schedule import check_schedule, value_at


class Optimizer(Module, Configurable):
    """Base of all optimizers: turns gradients into new values of variables.

    A subclass names in `slots` what it remembers of each variable, and computes in `update` one
    step of one variable. Around it, in this order: gradients are clipped, weights decay
    (w ← w − w · weight_decay · learning_rate), `update` runs, constraints apply.

    Args:
        learning_rate: a number, a `LearningRateSchedule`, or a function of the steps done so far.
        weight_decay: the rate of decay. Default: None.
        clipnorm: bound of the length of each variable's gradient. Default: None.
        clipvalue: bound of each number in a gradient. Default: None.
        global_clipnorm: bound of the length of all gradients together. Default: None.
        use_ema, ema_momentum, ema_overwrite_frequency, loss_scale_factor,
            gradient_accumulation_steps: not built yet; only their defaults are taken.
        name: the class name in snake case by default.

    Raises:
        ValueError: if a number is out of its range, two clips are given, or an argument is unknown.
        NotBuiltYetError: if an argument that is not built yet is given.

    Example:
        >>> class SignDescent(Optimizer):
        ...     def update(self, gradient, value, slots, scalars):
        ...         return value - scalars * jnp.sign(gradient), {}
        >>> weight = Variable([1.0, 2.0], name="weight")
        >>> SignDescent(0.5).apply([np.array([3.0, -4.0])], [weight])
        >>> weight.numpy().tolist()
        [0.5, 2.5]
    """

    part = "optimizer"

    #: Names of what is kept of each variable; those in an inner tuple are listed side by side.
    slots: tuple[str | tuple[str, ...], ...] = ()

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
        check_unknown(mine.__name__, unknown, parameters(mine))
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
        self.built = False
        self._undecayed = stages.Undecayed()
        self._positions: dict[Variable, int] = {}
        self._slots: list[dict[str, Variable]] = []
        self._learning_rate: Any = None
        with name_scope(self.name):
            self.iterations = Variable(np.int32(0), trainable=False, name="iteration")
        self.learning_rate = learning_rate

    def __init_subclass__(cls, **kwargs: Any) -> None:
        """Lets help() and editors show the base's arguments behind the subclass's own."""
        super().__init_subclass__(**kwargs)
        own = inspect.signature(cls.__init__).parameters
        if any(p.kind is p.VAR_KEYWORD for p in own.values()):
            base = inspect.signature(Optimizer.__init__).parameters
            rest = [p for p in base.values() if p.name not in own and p.kind is not p.VAR_KEYWORD]
            shown = [p for p in own.values() if p.name != "self" and p.kind is not p.VAR_KEYWORD]
            shown += [p.replace(kind=p.KEYWORD_ONLY) for p in rest]
            cls.__signature__ = inspect.Signature(shown)  # type: ignore[attr-defined]

    def __setattr__(self, name: str, value: Any) -> None:
        if name != "learning_rate":
            check_argument(type(self).__name__, name, value)
        super().__setattr__(name, value)

    # ------------------------------------------------------------------------------ for subclasses

    def initial(self, slot: str, variable: Variable) -> Any:
        """What a slot of this variable holds before the first step: zeros."""
        return np.zeros(variable.shape, numpy_dtype(variable.dtype))

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

    # --------------------------------------------------------------------------------------- state

    @property
    def variables(self) -> list[Variable]:
        """The step counter, the learning rate unless it is a schedule, and the slots."""
        found = [self.iterations]
        if isinstance(self._learning_rate, Variable):
            found.append(self._learning_rate)
        for group in self.slots:
            found += [slots[name] for slots in self._slots for name in _names(group)]
        return found

    @property
    def learning_rate(self) -> Any:
        """The learning rate, a variable that may be assigned; or a schedule's value now."""
        rate = self._learning_rate
        return rate if isinstance(rate, Variable) else self._rate_now()

    @learning_rate.setter
    def learning_rate(self, rate: Any) -> None:
        mine, current = type(self).__name__, self._learning_rate
        if callable(rate) and not isinstance(rate, Variable):
            check_schedule(mine, rate)
            del self._learning_rate  # so that programs compiled for the former rate are given up
            self._learning_rate = rate
            return
        if not isinstance(rate, (Variable, jax.core.Tracer)):
            if getattr(rate, "shape", ()) != ():
                raise ValueError(
                    f"{mine}: learning_rate must be one number, but has shape "
                    f"{show_shape(rate.shape)}. Make one optimizer for each learning rate."
                )
            check_argument(mine, "learning_rate", rate)
        if isinstance(current, Variable):
            current.assign(rate)
        elif current is None:
            with name_scope(self.name):
                value = np.asarray(rate, numpy_dtype(floatx()))
                self._learning_rate = Variable(value, trainable=False, name="learning_rate")
        else:
            raise TypeError(
                f"{mine}'s learning rate is a schedule and cannot be set to a number. Create it as "
                f"{mine}(learning_rate=0.01) to set it later, or assign another schedule."
            )

    def _rate_now(self) -> Any:
        rate = self._learning_rate
        if isinstance(rate, Variable):
            return rate.value
        return value_at(rate, self.iterations.value)

    def build(self, variables: Iterable[Variable]) -> None:
        """Makes the slots of these variables, unless it was done before."""
        if self.built:
            return
        variables = list(variables)
        names = [name for group in self.slots for name in _names(group)]
        with name_scope(self.name):
            self._slots = [
                {
                    name: Variable(
                        self.initial(name, variable),
                        dtype=variable.dtype,
                        trainable=False,
                        name=f"{variable.path.replace('/', '_')}_{name}",
                    )
                    for name in names
                }
                for variable in variables
            ]
        self._positions = {variable: position for position, variable in enumerate(variables)}
        self.built = True

    def exclude_from_weight_decay(
        self,
        var_list: Iterable[Variable] | None = None,
        var_names: Iterable[str] | None = None,
    ) -> None:
        """Weight decay leaves alone these variables, and those whose name holds such a word."""
        del self._undecayed  # so that programs compiled with the former choice are given up
        self._undecayed = stages.Undecayed(var_list or (), var_names or ())

    # ---------------------------------------------------------------------------------------- step

    def scale_loss(self, loss: Any) -> Any:
        """What gradients are taken of, given the loss: the loss itself, unless a subclass scales it."""
        return loss

    def apply_gradients(self, grads_and_vars: Iterable[tuple[Any, Variable]]) -> Variable:
        """One step, given pairs of a gradient and its variable; gives the step counter."""
        pairs = list(grads_and_vars)
        self.apply([gradient for gradient, _ in pairs], [variable for _, variable in pairs])
        return self.iterations

    def apply(self, grads: Sequence[Any], trainable_variables: Iterable[Variable] | None = None) -> None:
        """One step: changes the variables, by default those that the optimizer was built for.

        Raises:
            ValueError: if a variable is unknown, or the gradients do not match, or all are None.
        """
        if len(grads) == 0:
            return
        variables = self._known(trainable_variables)
        pairs = with_gradient(f'{type(self).__name__} "{self.name}"', grads, variables)
        gradients = stages.clip(
            [jnp.asarray(gradient, dtype=variable.dtype) for gradient, variable in pairs],
            self.clipnorm,
            self.clipvalue,
            self.global_clipnorm,
        )
        rate, step = jnp.asarray(self._rate_now()), self.iterations.value + 1
        shared = self.scalars(rate, step), rate * self.weight_decay if self.weight_decay else None
        cast: dict[str, Any] = {}  # in float32 first: 1 - 0.999 is 0 in bfloat16
        for gradient, (_, variable) in zip(gradients, pairs, strict=True):
            dtype = variable.dtype
            if dtype not in cast:
                cast[dtype] = jax.tree.map(functools.partial(jnp.asarray, dtype=dtype), shared)
            self._step(variable, gradient, *cast[dtype])
        self.iterations.assign(step)

    def _step(self, variable: Variable, gradient: Any, scalars: Any, decay: Any) -> None:
        value, slots = variable.value, self._slots[self._positions[variable]]
        if decay is not None and variable not in self._undecayed:
            value = value - value * decay
        before = {name: slot.value for name, slot in slots.items()}
        value, after = self.update(gradient, value, before, scalars)
        variable.assign(value if variable.constraint is None else variable.constraint(value))
        for name, new in after.items():
            slots[name].assign(new)

    def _known(self, variables: Iterable[Variable] | None) -> list[Variable]:
        """The variables that a step changes, for all of which there are slots."""
        mine = f'{type(self).__name__} "{self.name}"'
        if variables is None:
            if not self.built:
                raise ValueError(
                    f"{mine} does not know its variables yet. Pass them, "
                    "apply(grads, trainable_variables), or call build(trainable_variables)."
                )
            return list(self._positions)
        variables = list(variables)
        self.build(variables)
        for variable in variables:
            if variable not in self._positions:
                raise ValueError(
                    f'{mine} was built for {len(self._positions)} variables, and "{variable.path}" '
                    f"is not among them. Create a new {type(self).__name__} for other variables."
                )
        return variables

    def stateless_apply(
        self,
        optimizer_variables: Sequence[Any],
        grads: Sequence[Any],
        trainable_variables: Sequence[Any],
    ) -> tuple[list[Any], list[Any]]:
        """`apply` as a pure function: new values of the trainable variables, and of `variables`."""
        trainable, own = self._known(None), self.variables
        if (len(trainable_variables), len(optimizer_variables)) != (len(trainable), len(own)):
            raise ValueError(
                f'{type(self).__name__} "{self.name}" has {len(own)} variables of its own and '
                f"{len(trainable)} trainable ones, but got {len(optimizer_variables)} and "
                f"{len(trainable_variables)} values. Pass one value for each."
            )
        start = zip([*trainable, *own], [*trainable_variables, *optimizer_variables], strict=True)
        with bound({**(context.bindings or {}), **dict(start)}) as values:
            self.apply(grads)
        return [values[each] for each in trainable], [values[each] for each in own]

    # ---------------------------------------------------------------------- files and configuration

    def save_own_variables(self, store: Any) -> None:
        """Puts the values of `variables` into a store, a mapping from names to arrays."""
        save_variables(self.variables, store)

    def load_own_variables(self, store: Any) -> None:
        """Takes them out again; where the store holds those of another optimizer, warns and leaves
        everything."""
        if not self.built or not len(store.keys()):
            return
        if len(store.keys()) != len(self.variables):
            if "0" in store and not np.any(store["0"]):
                return  # no step was made yet, so that there is nothing to lose
            warn(
                f'{type(self).__name__} "{self.name}" has {len(self.variables)} variables, but the file '
                f"holds {len(store.keys())}: its state was left out, and training starts afresh."
            )
            return
        load_variables(f'{type(self).__name__} "{self.name}"', self.variables, store)

    def get_config(self) -> dict[str, Any]:
        """The constructor's arguments, with the learning rate as it is now."""
        rate = self._learning_rate
        now = float(rate) if isinstance(rate, Variable) else schedules.serialize(rate)
        return {**super().get_config(), "learning_rate": now}

    @classmethod
    def from_config(
        cls, config: Mapping[str, Any], custom_objects: Mapping[str, Any] | None = None
    ) -> Any:
        """A new optimizer from what `get_config()` gave."""
        rate = config.get("learning_rate")
        if isinstance(rate, Mapping):
            config = {**config, "learning_rate": schedules.deserialize(rate, custom_objects)}
        return cls(**config)

    def __repr__(self) -> str:
        rate = self._learning_rate
        shown = f"{float(rate):g}" if isinstance(rate, Variable) else type(rate).__name__
        return f"<{type(self).__name__} name={self.name}, learning_rate={shown}>"


def _names(group: str | tuple[str, ...]) -> tuple[str, ...]:
    return (group,) if isinstance(group, str) else group
