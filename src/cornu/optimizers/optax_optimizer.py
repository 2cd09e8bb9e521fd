"""OptaxOptimizer: a transformation of optax as an optimizer."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping, Sequence
from typing import Any

import jax
import jax.numpy as jnp
import jax.tree_util as tree

from cornu.core.errors import NotBuiltYetError, describe
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
MORE = (
    "This optax transformation needs more than gradients and weights ({error}), which fit does not give "
    "it yet. Write a train_step of your own that calls transformation.update."
)


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

    Args:
        transformation: made by optax.
        name: 'optax_optimizer' by default.

    Raises:
        TypeError: if `transformation` is none.
        NotBuiltYetError: in the first step, if it needs more than gradients and weights.

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

    def build(self, variables: Iterable[Variable]) -> None:
        if self.built:
            return
        variables = list(variables)
        super().build(variables)
        self._paths = unique_names(variables)
        with jax.ensure_compile_time_eval():
            weights = [jnp.asarray(variable._value) for variable in variables]
            state = self.transformation.init(dict(zip(self._paths, weights, strict=True)))
        places, self._form = tree.tree_flatten_with_path(state)
        self._keys: list[Any] = []  # how the random keys among them are made
        self._leaves = [self._leaf(tree.keystr(place), value) for place, value in places]

    def _leaf(self, place: str, value: Any) -> Variable:
        """The variable that keeps one array of the state."""
        value = jnp.asarray(value)
        is_key = jnp.issubdtype(value.dtype, jax.dtypes.prng_key)
        self._keys.append(jax.random.key_impl(value) if is_key else None)
        value = jax.random.key_data(value) if is_key else value
        made = self._remember(value, dtype=str(value.dtype), name=re.sub(r"\W+", "_", place).strip("_"))
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

    def _change(self, gradients: Sequence[Any], variables: Sequence[Variable]) -> None:
        given = dict(zip(variables, gradients, strict=True))
        named = dict(zip(self._paths, self._positions, strict=True))
        weights = {path: variable.value for path, variable in named.items()}
        slopes = {
            path: given[variable] if variable in given else jnp.zeros_like(weights[path])
            for path, variable in named.items()
        }
        try:
            steps, state = self.transformation.update(slopes, self._state(), weights)
        except TypeError as error:
            if "required keyword-only" not in str(error):
                raise
            raise NotBuiltYetError(MORE.format(error=error)) from error
        for path, variable in named.items():
            if variable in given:
                variable.assign(weights[path] + steps[path])
        for variable, is_key, value in zip(
            self._leaves, self._keys, tree.tree_leaves(state), strict=True
        ):
            variable.assign(jax.random.key_data(value) if is_key else value)

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


def _of_its_own() -> Any:
    raise AttributeError(NO_RATE)
