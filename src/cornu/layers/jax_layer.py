"""Layers made of functions written in JAX, with parameters in any nested structure."""

from __future__ import annotations

import inspect
from collections.abc import Callable
from typing import Any

import jax
import jax.numpy as jnp
import jax.tree_util as tree
import numpy as np

from cornu.core import dtypes
from cornu.core.config import deserialize
from cornu.core.errors import describe, did_you_mean
from cornu.core.variable import Variable
from cornu.layers.layer import Layer
from cornu.random import SeedGenerator, draw_seed

CALL = ("params", "state", "rng", "inputs", "training")
INIT = ("rng", "inputs", "training")


class JaxLayer(Layer):
    """Makes a layer of a JAX function, and trains its parameters.

    `call_fn` takes arguments with these names, in any order: `inputs`, and as many as it needs of
    `params` (a structure of arrays, which are trained), `state` (a structure of arrays, which are not),
    `rng` (a key while training, else None) and `training`. It gives the output, or (output, new state)
    if it takes `state`.

    Args:
        call_fn: computes the output.
        init_fn: makes the first parameters, or (parameters, state), from `inputs` of the right shape
            and, if it takes them, `rng` and `training`. Needed where neither is given.
        params: the first parameters.
        state: the first state.
        seed: a whole number for the same keys in every run.
        native_serialization_platforms: for Keras on TensorFlow; must be None.

    Input shape, output shape:
        what `call_fn` takes and gives

    Raises:
        ValueError: if a function takes other arguments, or there is no way to make the parameters.
        TypeError: if `call_fn` or `init_fn` is no function.

    Example:
        >>> import cornu, jax.numpy as jnp, numpy as np
        >>> def scale(params, inputs):
        ...     return params["factor"] * inputs
        >>> layer = cornu.layers.JaxLayer(scale, params={"factor": jnp.full(2, 3.0)})
        >>> layer(np.ones((1, 2))).tolist(), len(layer.trainable_weights)
        ([[3.0, 3.0]], 1)
    """

    def __init__(
        self,
        call_fn: Callable[..., Any],
        init_fn: Callable[..., Any] | None = None,
        params: Any = None,
        state: Any = None,
        seed: int | None = None,
        native_serialization_platforms: Any = None,
        **kwargs: Any,
    ) -> None:
        super().__init__(**kwargs)
        self.call_fn = call_fn
        self.init_fn = init_fn
        self.seed = seed
        self.native_serialization_platforms = native_serialization_platforms
        self._call_names = self._names("call_fn", call_fn, CALL)
        self._init_names = self._names("init_fn", init_fn, INIT) if init_fn is not None else ()
        if native_serialization_platforms is not None:
            raise ValueError(
                f'{type(self).__name__} "{self.name}": native_serialization_platforms is for Keras on '
                "TensorFlow. Leave it out."
            )
        needs = {"params", "state"} & set(self._call_names)
        self._given = params is not None or state is not None
        if needs and init_fn is None and not self._given:
            raise ValueError(
                f'{type(self).__name__} "{self.name}": call_fn takes {" and ".join(sorted(needs))}, but '
                "there is nothing to make them from. Give init_fn=, or params= (and state=)."
            )
        if "rng" in self._call_names:
            self.seed_generator = SeedGenerator(seed)
        self._first = (params, state)
        if self._given:
            self.build(None)

    def build(self, input_shape: Any) -> None:
        params, state = self._first
        if self.init_fn is not None and not self._given:
            made = self._initial(input_shape)
            params, state = made if "state" in self._call_names else (made, None)
        self._first = (None, None)
        self.params = self._variables(params, trainable=True)
        self.state = self._variables(state, trainable=False)

    def call(self, inputs: Any, training: bool = False) -> Any:
        random = "rng" in self._call_names and training
        arguments = {
            "params": _values(self.params),
            "state": _values(self.state),
            "rng": self._call_rng() if random else None,
            "inputs": inputs,
            "training": training,
        }
        result = self.call_fn(*(arguments[name] for name in self._call_names))
        if "state" in self._call_names:
            result, state = result
            self._assign_state(state)
        if self.compute_dtype == self.variable_dtype:
            return result
        return tree.tree_map(self._in_half, result)  # the state, which is kept whole, widened it

    def _in_half(self, output: Any) -> Any:
        return output.astype(self.compute_dtype) if dtypes.is_float(output.dtype) else output

    def _names(self, argument: str, function: Any, known: tuple[str, ...]) -> tuple[str, ...]:
        """The names of a function's arguments, which must be among the known ones."""
        which = f'{type(self).__name__} "{self.name}": {argument}'
        if not callable(function):
            raise TypeError(f"{which} must be a function, got {argument}={describe(function)}.")
        names = tuple(inspect.signature(function).parameters)
        for name in names:
            if name not in known:
                raise ValueError(
                    f'{which} has an argument "{name}". {did_you_mean(name, known)} '
                    f"It may take {', '.join(known)}."
                )
        if "inputs" not in names:
            raise ValueError(f'{which} must take an argument "inputs", but takes ({", ".join(names)}).')
        return names

    def _initial(self, input_shape: Any) -> Any:
        """What `init_fn` makes for inputs of this shape, where an unknown size is 1."""
        assert self.init_fn is not None
        with jax.ensure_compile_time_eval():  # also where the layer is built while a model is traced
            inputs = tree.tree_map(
                lambda shape: jnp.ones([size or 1 for size in shape], self.compute_dtype),
                input_shape,
                is_leaf=_is_shape,
            )
            arguments = {"rng": self._init_rng(), "inputs": inputs, "training": True}
            return self.init_fn(*(arguments[name] for name in self._init_names))

    def _init_rng(self) -> Any:
        return draw_seed(None)

    def _call_rng(self) -> Any:
        return self.seed_generator.next()

    def _variables(self, values: Any, trainable: bool) -> Any:
        """The same structure with a weight for each array and number; other things stay."""

        def weight(value: Any) -> Any:
            if not isinstance(value, (jax.Array, np.ndarray, np.generic, bool, int, float)):
                return value
            array = np.asarray(value)
            real = dtypes.is_float(array.dtype)
            dtype = None if real else str(jax.dtypes.canonicalize_dtype(array.dtype))
            return self.add_weight(
                array.shape,
                lambda shape, dtype=None: array,
                dtype,
                trainable and real,
                autocast=trainable,
            )

        return tree.tree_map(weight, values)

    def _assign_state(self, new: Any) -> None:
        before, after = _structure(self.state), tree.tree_structure(new)
        if before != after:
            raise ValueError(
                f'{type(self).__name__} "{self.name}": call_fn returned a state of the structure '
                f"{after}, but the layer's state has the structure {before}. Return it with the same "
                "names, in the same order."
            )
        for variable, value in zip(_leaves(self.state), tree.tree_leaves(new), strict=True):
            if isinstance(variable, Variable):
                variable.assign(value)

    def get_config(self) -> dict[str, Any]:
        """The two functions by name, which must be registered to be found again; not the parameters."""
        config = super().get_config()
        return {key: value for key, value in config.items() if key not in ("params", "state")}

    @classmethod
    def from_config(cls, config: Any) -> Any:
        """A new layer from what `get_config` gave."""
        functions = {key: deserialize(config[key]) for key in ("call_fn", "init_fn")}
        return cls(**{**config, **functions})


def _is_variable(value: Any) -> bool:
    return isinstance(value, Variable)


def _values(structure: Any) -> Any:
    """The structure with the value of each variable."""
    return tree.tree_map(
        lambda leaf: leaf.value if _is_variable(leaf) else leaf, structure, is_leaf=_is_variable
    )


def _leaves(structure: Any) -> list[Any]:
    return tree.tree_leaves(structure, is_leaf=_is_variable)


def _structure(structure: Any) -> Any:
    return tree.tree_structure(structure, is_leaf=_is_variable)


def _is_shape(value: Any) -> bool:
    return isinstance(value, tuple) and all(size is None or isinstance(size, int) for size in value)


__all__ = ["JaxLayer"]
