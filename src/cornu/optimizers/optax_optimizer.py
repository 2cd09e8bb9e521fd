"""OptaxOptimizer: a transformation of optax as an optimizer."""

from __future__ import annotations

import inspect
import re
from collections.abc import Callable, Iterable, Mapping, Sequence
from typing import Any

import jax
import jax.numpy as jnp
import jax.tree_util as tree

from cornu.core.context import bound, context, throwaway
from cornu.core.errors import describe
from cornu.core.names import unique_names
from cornu.core.variable import Variable
from cornu.optimizers.optimizer import Optimizer

NO_RATE = (
    "An optax transformation keeps its learning rate to itself. To read and set it as "
    "optimizer.learning_rate, write optax.inject_hyperparams(optax.adam)(learning_rate=0.001)."
)
NO_FILE = (
    "A file cannot hold an optax transformation, which is made of functions. Give it: "
    'load_model(path, custom_objects={"OptaxOptimizer": optax.adam(0.001)}), with the transformation '
    "that the model was compiled with; or load with compile=False."
)
MORE = "This optax transformation needs more than gradients and weights: {error}. {advice}"
GIVEN = (
    "fit gives it value, grad, value_fn, obj_fn and grad_fn. What else it needs, give in a train_step "
    "of your own: optimizer.apply(gradients, weights, {name}=...)."
)
IN_STEP = "Give it to apply, which hands it on: optimizer.apply(gradients, weights, {name}=...)."


def is_transformation(thing: Any) -> bool:
    """Whether it has the two functions that transformations of optax have."""
    functions = (getattr(thing, name, None) for name in ("init", "update"))
    return not isinstance(thing, type) and all(map(callable, functions))


class OptaxOptimizer(Optimizer):
    """An optax `GradientTransformation` as an optimizer: what `compile(optimizer=optax.adam(0.001))`
    makes.

    s, u ← update(g, s, w); w ← w + u. Weights are given to it as a dict by their paths, so that masks
    and labels may go by these. What it remembers is kept in variables, one for each array of its state,
    flat, in the order of `jax.tree.leaves`; so it is in files, too, after the step counter.

    A transformation that takes more, an `optax.GradientTransformationExtraArgs`, is given by `fit`: the
    loss of the batch as `value`, its gradients as `grad`, and as `value_fn`, `obj_fn` and `grad_fn`
    functions of the weights, which compute the loss of this batch, and its gradients, again. So line
    searches (`optax.lbfgs()`), `optax.polyak_sgd` and `optax.contrib.reduce_on_plateau` work.

    Args:
        transformation: made by optax.
        name: 'optax_optimizer' by default.

    Raises:
        TypeError: if `transformation` is none.
        ValueError: in the first step, if it needs more than these.

    Example:
        >>> import numpy as np, optax
        >>> weight = Variable([1.0], name="weight")
        >>> OptaxOptimizer(optax.sgd(0.1)).apply([np.array([5.0])], [weight])
        >>> weight.numpy().tolist()
        [0.5]

    Source: DeepMind, The DeepMind JAX ecosystem, 2020.
    """

    def __init__(self, transformation: Any, name: str | None = None) -> None:
        if not is_transformation(transformation):
            raise TypeError(
                f"OptaxOptimizer takes a transformation of optax, got {describe(transformation)}. Write "
                "for example OptaxOptimizer(optax.adam(0.001))."
            )
        super().__init__(_of_its_own, name=name)
        self.transformation = transformation
        self._rate_slot: Variable | None = None
        self._beside: dict[str, Any] = {}  # what `apply` was given beside gradients and weights

    def build(self, variables: Iterable[Variable]) -> None:
        if self.built:
            return
        variables = list(variables)
        super().build(variables)
        self._paths = unique_names(variables)
        with jax.ensure_compile_time_eval():
            weights = [jnp.asarray(variable._value) for variable in variables]
            owners = dict(zip(self._paths, variables, strict=True))
            state = self.transformation.init(dict(zip(self._paths, weights, strict=True)))
        places, self._form = tree.tree_flatten_with_path(state)
        self._keys: list[Any] = []  # how the random keys among them are made
        self._leaves = [
            self._leaf(tree.keystr(place), value, _owner(place, owners)) for place, value in places
        ]

    def _leaf(self, place: str, value: Any, owner: Variable | None) -> Variable:
        """The variable that keeps one array of the state."""
        value = jnp.asarray(value)
        is_key = jnp.issubdtype(value.dtype, jax.dtypes.prng_key)
        self._keys.append(jax.random.key_impl(value) if is_key else None)
        value = jax.random.key_data(value) if is_key else value
        name = re.sub(r"\W+", "_", place).strip("_")
        made = self._remember(value, dtype=str(value.dtype), name=name, belongs_to=owner)
        if place.endswith(".hyperparams['learning_rate']"):
            self._rate_slot = made
        return made

    @property
    def learning_rate(self) -> Any:
        """The rate of `optax.inject_hyperparams`, a variable that may be assigned.

        Raises:
            AttributeError: for any other transformation.
        """
        if self._rate_slot is None:
            raise AttributeError(NO_RATE)
        return self._rate_slot

    @learning_rate.setter
    def learning_rate(self, rate: Any) -> None:
        self.learning_rate.assign(rate)

    def loss_arguments(self, loss_of_batch: Callable[[], Any]) -> Callable[[Any], dict[str, Any]]:
        if not _takes_more(self.transformation):
            return super().loss_arguments(loss_of_batch)
        start = dict(context.bindings or {})  # so that dropout draws the same numbers again

        def loss_at(weights: Mapping[str, Any], obj_fn: Any = None, grad_fn: Any = None) -> Any:
            # line searches hand on all that is beside
            given = {variable: weights[path] for path, variable in self._by_path().items()}
            with throwaway(), bound({**start, **given}):
                return loss_of_batch()

        def gradients_at(weights: Mapping[str, Any], *_: Any) -> Any:
            return jax.grad(loss_at)(weights)

        functions = {"value_fn": loss_at, "obj_fn": loss_at, "grad_fn": gradients_at}
        return lambda loss: {"value": loss, **functions}

    def apply(
        self,
        grads: Sequence[Any],
        trainable_variables: Iterable[Variable] | None = None,
        **beside: Any,
    ) -> None:
        """One step: changes the variables.

        Args:
            grads, trainable_variables: as for every optimizer.
            **beside: what the transformation takes beside, such as `value=loss`; `grad` is added.

        Raises:
            ValueError: if the transformation needs more than it is given.
        """
        self._beside = beside
        try:
            super().apply(grads, trainable_variables)
        finally:
            self._beside = {}

    def _by_path(self) -> dict[str, Variable]:
        return dict(zip(self._paths, self._positions, strict=True))

    def _change(self, gradients: Sequence[Any], variables: Sequence[Variable]) -> None:
        given = dict(zip(variables, gradients, strict=True))
        named = self._by_path()
        weights = {path: variable.value for path, variable in named.items()}
        slopes = {
            path: given[variable] if variable in given else jnp.zeros_like(weights[path])
            for path, variable in named.items()
        }
        steps, state = self._updated(slopes, weights)
        for path, variable in named.items():
            if variable in given:
                variable.assign(weights[path] + steps[path])
        for variable, is_key, value in zip(
            self._leaves, self._keys, tree.tree_leaves(state), strict=True
        ):
            variable.assign(jax.random.key_data(value) if is_key else value)

    def _updated(self, slopes: dict[str, Any], weights: dict[str, Any]) -> tuple[Any, Any]:
        """What the transformation makes of gradients: steps, and its next state."""
        update = self.transformation.update
        beside = self._beside
        if _takes_more(self.transformation):
            beside = _accepted(update, {"grad": slopes, **beside})
        try:
            steps, state = update(slopes, self._state(), weights, **beside)
        except TypeError as error:
            missing = re.search(r"required keyword-only argument.*?'(\w+)'", str(error))
            if missing is None:
                raise
            advice = (GIVEN if "value_fn" in self._beside else IN_STEP).format(name=missing[1])
            raise ValueError(MORE.format(error=error, advice=advice)) from error
        return steps, state

    def _state(self) -> Any:
        values = [
            jax.random.wrap_key_data(variable.value, impl=key) if key else variable.value
            for variable, key in zip(self._leaves, self._keys, strict=True)
        ]
        return tree.tree_unflatten(self._form, values)

    def get_config(self) -> dict[str, Any]:
        """Its name alone."""
        return {"name": self.name}

    @classmethod
    def from_config(
        cls, config: Mapping[str, Any], custom_objects: Mapping[str, Any] | None = None
    ) -> Any:
        raise ValueError(NO_FILE)

    def __repr__(self) -> str:
        return f"<OptaxOptimizer name={self.name}>"


def _takes_more(transformation: Any) -> bool:
    """Whether it takes further arguments by name, as optax says by its class."""
    return any(cls.__name__ == "GradientTransformationExtraArgs" for cls in type(transformation).__mro__)


def _accepted(update: Callable[..., Any], beside: dict[str, Any]) -> dict[str, Any]:
    """Of these, what the function takes."""
    parameters = inspect.signature(update).parameters
    if any(each.kind is each.VAR_KEYWORD for each in parameters.values()):
        return beside
    return {name: value for name, value in beside.items() if name in parameters}


def _of_its_own() -> Any:
    raise AttributeError(NO_RATE)


def _owner(place: Any, owners: Mapping[str, Variable]) -> Variable | None:
    """The weight by whose name an array of the state stands there."""
    return next((owners[key.key] for key in place if getattr(key, "key", None) in owners), None)
