"""MultiOptimizer: several optimizers, each for variables of its own."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Iterator, Mapping, MutableMapping, Sequence
from typing import Any

from cornu.core import config as configuration
from cornu.core.config import Configurable
from cornu.core.errors import describe
from cornu.core.variable import Variable
from cornu.optimizers.checks import with_gradient
from cornu.optimizers.loss_scale import LossScaleOptimizer
from cornu.optimizers.optimizer import Optimizer

NO_RATE = (
    "MultiOptimizer has no learning rate of its own: each of its optimizers has one. Write for example "
    "optimizer.optimizers[0].learning_rate."
)


class OptimizerMap(MutableMapping[str, Optimizer], Configurable):
    """Optimizers by the paths of the variables that they are for.

    `map[path]` gives the optimizer under that key; else the one whose key matches the whole path as a
    pattern; else the default. `map(variable)` looks up the variable's path.

    Args:
        default_optimizer: the optimizer of variables that no key names.
        optimizer_map: dict from paths, or patterns of `re`, to optimizers. Default: none.

    Raises:
        TypeError: if something else than an optimizer is given.
        ValueError: if a path matches several patterns, or a key is there already.

    Example:
        >>> from cornu.optimizers import SGD, Adam
        >>> optimizers = OptimizerMap(SGD(), {"encoder/.*": Adam()})
        >>> optimizers["encoder/dense/kernel"], optimizers["head/kernel"]
        (<Adam name=adam..., learning_rate=0.001>, <SGD name=sgd..., learning_rate=0.01>)
    """

    def __init__(
        self, default_optimizer: Optimizer, optimizer_map: dict[str, Optimizer] | None = None
    ) -> None:
        if not isinstance(default_optimizer, Optimizer):
            raise TypeError(
                f"OptimizerMap: default_optimizer must be an optimizer, but is "
                f"{describe(default_optimizer)}. Write for example OptimizerMap(SGD(0.01))."
            )
        if optimizer_map is not None and not isinstance(optimizer_map, dict):
            raise TypeError(
                f"OptimizerMap: optimizer_map must be a dict, but is {describe(optimizer_map)}. Write "
                'for example {"encoder/.*": Adam()}.'
            )
        self.default_optimizer = default_optimizer
        self.optimizer_map: dict[str, Optimizer] = {}
        for pattern, optimizer in (optimizer_map or {}).items():
            self[pattern] = optimizer

    def __getitem__(self, key: str) -> Optimizer:
        if key in self.optimizer_map:
            return self.optimizer_map[key]
        found = [pattern for pattern in self.optimizer_map if re.fullmatch(pattern, key)]
        if len(found) > 1:
            raise ValueError(
                f'OptimizerMap: several patterns match "{key}": {", ".join(found)}. Change them so that '
                "one does, or add the path itself."
            )
        return self.optimizer_map[found[0]] if found else self.default_optimizer

    def __setitem__(self, key: str, optimizer: Optimizer) -> None:
        if not isinstance(key, str):
            raise ValueError(f"OptimizerMap: a key must be text, a path or a pattern, got {key!r}.")
        if key in self.optimizer_map:
            raise ValueError(
                f'OptimizerMap: there is an optimizer for "{key}" already. Delete it first: '
                f"del optimizers[{key!r}]."
            )
        self.optimizer_map[key] = _inner(optimizer, f'"{key}"')

    def __delitem__(self, key: str) -> None:
        del self.optimizer_map[key]

    def __len__(self) -> int:
        return len(self.optimizer_map)

    def __iter__(self) -> Iterator[str]:
        return iter(self.optimizer_map)

    def __call__(self, variable: Variable) -> Optimizer:
        return self[variable.path]

    @classmethod
    def from_config(
        cls, config: Mapping[str, Any], custom_objects: Mapping[str, Any] | None = None
    ) -> Any:
        with configuration.custom_object_scope(custom_objects):
            return cls(**{name: configuration.deserialize(value) for name, value in config.items()})


class MultiOptimizer(Optimizer):
    """Several optimizers, each for the variables that are given to it.

    Args:
        optimizer_map: an `OptimizerMap`, or a function from a variable to its optimizer.
        loss_scale_factor: as for `Optimizer`; it replaces that of the optimizers.
        name: 'multi_optimizer' by default.

    Raises:
        TypeError: if `optimizer_map` is neither.
        ValueError: if it gives something else than an optimizer, or one that holds others.

    Example:
        >>> import numpy as np
        >>> from cornu.optimizers import SGD
        >>> weights = [Variable([1.0], name="slow"), Variable([1.0], name="fast")]
        >>> optimizer = MultiOptimizer(OptimizerMap(SGD(0.1), {"fast": SGD(0.5)}))
        >>> optimizer.apply([np.ones(1), np.ones(1)], weights)
        >>> [round(float(weight[0]), 4) for weight in weights]
        [0.9, 0.5]
    """

    #: Paths of variables decide what is done with them, hence are part of what is traced.
    looks_at_paths = True

    def __init__(
        self,
        optimizer_map: OptimizerMap | Callable[[Variable], Optimizer],
        loss_scale_factor: float | None = None,
        name: str | None = None,
    ) -> None:
        if not callable(optimizer_map) or isinstance(optimizer_map, Optimizer):
            raise TypeError(
                "MultiOptimizer: optimizer_map must be an OptimizerMap or a function from a variable to "
                f"its optimizer, but is {describe(optimizer_map)}. Write for example "
                'MultiOptimizer(OptimizerMap(SGD(), {"encoder/.*": Adam()})).'
            )
        self._inner_optimizers: list[Optimizer] = []
        super().__init__(0.0, loss_scale_factor=loss_scale_factor, name=name)
        self.optimizer_map = optimizer_map
        if isinstance(optimizer_map, OptimizerMap):
            for optimizer in (*optimizer_map.values(), optimizer_map.default_optimizer):
                self._place(optimizer)

    def _place(self, optimizer: Optimizer) -> int:
        """The optimizer's place among all, where it is put when it is met first."""
        for place, known in enumerate(self._inner_optimizers):
            if known is optimizer:
                return place
        optimizer.loss_scale_factor = self.loss_scale_factor
        self._inner_optimizers = [*self._inner_optimizers, optimizer]
        return len(self._inner_optimizers) - 1

    def build(self, variables: Iterable[Variable]) -> None:
        if self.built:
            return
        variables = list(variables)
        super().build(variables)
        self._places = [
            self._place(_inner(self.optimizer_map(variable), f'the variable "{variable.path}"'))
            for variable in variables
        ]
        for place, optimizer in enumerate(self._inner_optimizers):
            mine = [v for v, its in zip(variables, self._places, strict=True) if its == place]
            if mine:
                optimizer.build(mine)

    @property
    def optimizers(self) -> list[Optimizer]:
        """All of them, those of the map first, then the default."""
        return self._inner_optimizers

    @property
    def variables(self) -> list[Variable]:
        """Its own counter and a rate without use, as Keras has it, then those of all optimizers."""
        inner = [variable for optimizer in self.optimizers for variable in optimizer.variables]
        return [*super().variables, *inner]

    @property
    def learning_rate(self) -> Any:
        raise AttributeError(NO_RATE)

    @learning_rate.setter
    def learning_rate(self, rate: Any) -> None:
        raise AttributeError(NO_RATE)

    @property
    def revision(self) -> int:
        return sum(optimizer.revision for optimizer in self.optimizers)

    @revision.setter
    def revision(self, value: int) -> None:
        """Its own arguments need no new program."""

    def __setattr__(self, name: str, value: Any) -> None:
        super().__setattr__(name, value)
        if name == "loss_scale_factor":
            for optimizer in self.optimizers:
                optimizer.loss_scale_factor = value

    def apply(self, grads: Sequence[Any], trainable_variables: Iterable[Variable] | None = None) -> None:
        """One step of each optimizer whose variables have a gradient."""
        if len(grads) == 0:
            return
        variables = self._known(trainable_variables)
        pairs = with_gradient(f'MultiOptimizer "{self.name}"', grads, variables)
        for place, optimizer in enumerate(self.optimizers):
            mine = [pair for pair in pairs if self._places[self._positions[pair[1]]] == place]
            optimizer.apply_gradients(mine)
        self._iterations.assign(self._iterations.value + 1)

    def finalize_variable_values(self, var_list: Iterable[Variable]) -> None:
        var_list = list(var_list)
        for place, optimizer in enumerate(self.optimizers):
            mine = [v for v in var_list if self._places[self._positions[v]] == place]
            optimizer.finalize_variable_values(mine)

    def exclude_from_weight_decay(
        self, var_list: Iterable[Variable] | None = None, var_names: Iterable[str] | None = None
    ) -> None:
        """Asks it of each of the optimizers."""
        for optimizer in self.optimizers:
            optimizer.exclude_from_weight_decay(var_list, var_names)

    def get_config(self) -> dict[str, Any]:
        own = ("optimizer_map", "loss_scale_factor", "name")
        return {name: configuration.serialize(getattr(self, name)) for name in own}

    @classmethod
    def from_config(
        cls, config: Mapping[str, Any], custom_objects: Mapping[str, Any] | None = None
    ) -> Any:
        choice = configuration.deserialize(config["optimizer_map"], custom_objects=custom_objects)
        return cls(**{**config, "optimizer_map": choice})

    def __repr__(self) -> str:
        return f"<MultiOptimizer name={self.name}, optimizers={self.optimizers!r}>"


def _inner(optimizer: Any, place: str) -> Optimizer:
    """The optimizer, if it may be one of several."""
    if not isinstance(optimizer, Optimizer) or isinstance(
        optimizer, (LossScaleOptimizer, MultiOptimizer)
    ):
        raise ValueError(
            f"The optimizer for {place} must be a plain one, such as Adam(0.001), but is "
            f"{describe(optimizer)}."
        )
    return optimizer
