"""Layers made of modules of Flax."""

from __future__ import annotations

import inspect
from collections.abc import Callable, Mapping
from typing import Any

from cornu.core.config import deserialize, public_module, registered_name, serialize
from cornu.core.errors import describe
from cornu.layers.jax_layer import JaxLayer


class FlaxLayer(JaxLayer):
    """Makes a layer of a module of Flax (`flax.linen.Module`), and trains its parameters.

    The module is called with `inputs`, and with `training` if it takes that. What is in other
    collections than 'params', such as running averages, is kept as state.

    Args:
        module: the module.
        method: which method to call, by name or as a function of the module and `inputs`; None for
            `__call__`.
        variables: the first values, as `module.init` gives them; by default they are made when the
            layer is first called.
        seed: a whole number for the same random numbers in every run.

    Input shape, output shape:
        what the module takes and gives

    Raises:
        TypeError: if `module` has not the methods `init` and `apply`.

    Example:
        >>> import flax  # doctest: +SKIP
        >>> cornu.layers.FlaxLayer(flax.linen.Dense(3))(np.ones((2, 4))).shape  # doctest: +SKIP
        (2, 3)
    """

    def __init__(self, module: Any, method: Any = None, variables: Any = None, **kwargs: Any) -> None:
        if not (hasattr(module, "init") and hasattr(module, "apply")):
            raise TypeError(
                f"FlaxLayer takes a module of Flax, got {describe(module)}. Write for instance "
                "FlaxLayer(flax.linen.Dense(8))."
            )
        self.module = module
        self.method = method
        call_fn, init_fn = _functions(module, method)
        params, state = (None, None) if variables is None else _split(variables)
        super().__init__(call_fn, init_fn, params, state, **kwargs)

    def _init_rng(self) -> dict[str, Any]:
        return {name: super(FlaxLayer, self)._init_rng() for name in ("params", "dropout")}

    def _call_rng(self) -> dict[str, Any]:
        return {"dropout": super()._call_rng()}

    def get_config(self) -> dict[str, Any]:
        """The module, whose class must have `get_config` and be registered to be found again.

        Raises:
            TypeError: if its class has no `get_config`.
        """
        cls = type(self.module)
        if not hasattr(cls, "get_config"):
            raise TypeError(
                f'FlaxLayer "{self.name}" cannot be configured again from {cls.__name__}, which has no '
                "method get_config(self). Write one that gives the module's arguments, and decorate "
                "the class with @register_keras_serializable()."
            )
        bound = getattr(self.method, "__self__", None) is self.module
        config = super().get_config()
        for made in ("call_fn", "init_fn", "variables"):
            del config[made]
        return {
            **config,
            "module": {
                "module": public_module(cls),
                "class_name": cls.__name__,
                "config": self.module.get_config(),
                "registered_name": registered_name(cls),
            },
            "method": self.method.__name__ if bound else serialize(self.method),
        }

    @classmethod
    def from_config(cls, config: Any) -> Any:
        """A new layer from what `get_config` gave."""
        parts = {key: deserialize(config[key]) for key in ("module", "method")}
        return cls(**{**config, **parts})


def _functions(module: Any, method: Any) -> tuple[Callable[..., Any], Callable[..., Any]]:
    """What computes the output of a module, and what makes its first values, as JaxLayer wants them."""
    called = getattr(module, method) if isinstance(method, str) else method or module.__call__
    flagged = "training" in inspect.signature(called).parameters

    def flag(training: bool) -> dict[str, bool]:
        return {"training": training} if flagged else {}

    def call(params: Any, state: Any, rng: Any, inputs: Any, training: bool) -> Any:
        variables = {**(params or {}), **(state or {})}
        return module.apply(
            variables, inputs, rngs=rng, method=method, mutable=list(state or {}), **flag(training)
        )

    def init(rng: Any, inputs: Any) -> Any:
        return _split(module.init(rng, inputs, method=method, **flag(True)))

    return call, init


def _split(variables: Mapping[str, Any]) -> tuple[dict[str, Any], dict[str, Any]]:
    """The collection 'params', and all others."""
    params = {name: values for name, values in variables.items() if name == "params"}
    return params, {name: values for name, values in variables.items() if name != "params"}


__all__ = ["FlaxLayer"]
