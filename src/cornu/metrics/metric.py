"""Metric: a number gathered over many batches."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np

from cornu.core import policies
from cornu.core.config import Configurable
from cornu.core.context import bound, context, name_scope
from cornu.core.dtypes import numpy_dtype, standardize
from cornu.core.errors import did_you_mean
from cornu.core.module import Module, owned
from cornu.core.names import auto_name, snake_case
from cornu.core.pure import arrays
from cornu.core.variable import Variable, values_of
from cornu.losses.function import rows_stay_apart

AGGREGATIONS = ("none", "mean", "sum", "only_first_replica")


class Metric(Module, Configurable):
    """Base of all metrics: variables, how a batch changes them, and what they amount to.

    A subclass makes its variables in `__init__`, changes them in `update_state`, and computes from
    them in `result`. The same code runs by itself and inside a compiled program.

    Args:
        dtype: what it computes in; what `floatx` says by default.
        name: shown in logs; the class name in snake case by default.

    Raises:
        RuntimeError: if a subclass adds variables before it calls `super().__init__()`.

    Example:
        >>> class Largest(Metric):
        ...     def __init__(self, name="largest", dtype=None):
        ...         super().__init__(name=name, dtype=dtype)
        ...         self.largest = self.add_weight(name="largest")
        ...
        ...     def update_state(self, y_true, y_pred, sample_weight=None):
        ...         self.largest.assign(max(self.largest.value, max(y_pred)))
        ...
        ...     def result(self):
        ...         return self.largest.value
        >>> float(Largest()([0.0, 0.0], [0.5, 2.0]))
        2.0
    """

    part = "metrics"

    #: Whether a row whose `sample_weight` is 0 changes nothing.
    samplewise: bool = False

    #: Whether more is better: "up", "down", or None where that is not known.
    _direction: str | None = None

    def __init__(self, dtype: Any = None, name: str | None = None) -> None:
        self.name = name or auto_name(snake_case(type(self).__name__))
        mixed = isinstance(dtype, policies.DTypePolicy) or str(dtype).startswith("mixed_")
        self.dtype = policies.get(dtype).compute_dtype if mixed else standardize(dtype)
        self._added: list[Variable] = []

    def __init_subclass__(cls, **kwargs: Any) -> None:
        super().__init_subclass__(**kwargs)
        overrides = {"update_state", "result", "reset_state"} & vars(cls).keys()
        if overrides and "samplewise" not in vars(cls):
            cls.samplewise = False
        # Keras 2 said reset_states for a while: a subclass may define either, and is called by both.
        for name, other in (("reset_state", "reset_states"), ("reset_states", "reset_state")):
            if name in vars(cls) and other not in vars(cls):
                setattr(cls, other, vars(cls)[name])

    def add_variable(
        self,
        shape: Sequence[int],
        initializer: Any = None,
        dtype: Any = None,
        aggregation: str = "sum",
        name: str | None = None,
    ) -> Variable:
        """A new variable.

        Args:
            shape: of its value.
            initializer: as for a layer's weights; zeros by default.
            dtype: what `floatx` says by default.
            aggregation: how copies of it on several devices are put together: "sum", "mean", "none" or
                "only_first_replica". There is one copy here, so each gives the same.
            name: the last part of its path.

        Raises:
            RuntimeError: if `super().__init__()` was not called before.
            ValueError: if `aggregation` or `initializer` is unknown.

        Example:
            >>> from cornu.metrics import Metric
            >>> Metric(name="mine").add_variable((2,), "zeros", name="counts").shape
            (2,)
        """
        if "_added" not in vars(self):
            raise RuntimeError(
                f"{type(self).__name__}.__init__ adds a variable too early: write "
                "super().__init__(name=name, dtype=dtype) as its first line."
            )
        if aggregation not in AGGREGATIONS:
            raise ValueError(
                f'Unknown aggregation "{aggregation}". {did_you_mean(str(aggregation), AGGREGATIONS)}'
            )
        dtype = standardize(dtype)
        with name_scope(self.name.replace("/", ">")):
            value = _initial_value(initializer, tuple(shape), dtype)
            variable = Variable(value, shape=shape, dtype=dtype, trainable=False, name=name)
        self._added = [*self._added, variable]
        return variable

    def add_weight(
        self,
        shape: Any = (),
        initializer: Any = None,
        dtype: Any = None,
        name: str | None = None,
    ) -> Variable:
        """The same as `add_variable`, with a single number as the default shape.

        The name may come first, as in Keras 2: `add_weight("total", initializer="zeros")`.

        Example:
            >>> from cornu.metrics import Metric
            >>> class Largest(Metric):
            ...     def __init__(self, name="largest"):
            ...         super().__init__(name=name)
            ...         self.found = self.add_weight(initializer="zeros", name="found")
            ...
            ...     def update_state(self, y_true, y_pred, sample_weight=None):
            ...         self.found.assign(max(self.found.value, y_pred.max()))
            ...
            ...     def result(self):
            ...         return self.found.value
            >>> metric = Largest()
            >>> import numpy as np
            >>> metric.update_state(None, np.array([1.0, 5.0]))
            >>> metric.result().item()
            5.0
        """
        if isinstance(shape, str):
            shape, name = (), shape
        return self.add_variable(shape, initializer, dtype, name=name)

    @property
    def variables(self) -> list[Variable]:
        """Its variables and those of the metrics that it holds."""
        inner = [variable for metric in owned(self, Metric) for variable in metric.variables]
        return list(dict.fromkeys([*self._added, *owned(self, Variable), *inner]))

    def update_state(self, *args: Any, **kwargs: Any) -> None:
        """Takes in a batch; a subclass must define it."""
        raise NotImplementedError(
            f"{type(self).__name__} does not say how a batch changes it. "
            "Define update_state(self, y_true, y_pred, sample_weight=None)."
        )

    def result(self) -> Any:
        """What the batches since the last reset amount to; a subclass must define it."""
        raise NotImplementedError(
            f"{type(self).__name__} does not say what it amounts to. "
            "Define result(self) and return a number."
        )

    def reset_state(self) -> None:
        """Sets all variables to zero."""
        for variable in self.variables:
            variable.assign(np.zeros(variable.shape, numpy_dtype(variable.dtype)))

    def reset_states(self) -> None:
        """`reset_state` by its older name."""
        self.reset_state()

    def treats_rows_alone(self, rank: int) -> bool:
        """Whether rows with weight zero change nothing, for predictions of so many axes."""
        return self.samplewise and rows_stay_apart(getattr(self, "axis", -1), rank)

    def __call__(self, *args: Any, **kwargs: Any) -> Any:
        """Takes in a batch and gives the result so far."""
        self.update_state(*args, **kwargs)
        return self.result()

    def stateless_update_state(self, metric_variables: Sequence[Any], *args: Any, **kwargs: Any) -> Any:
        """`update_state` as a pure function: from values of `variables` to new values of them.

        Example:
            >>> from cornu.metrics import Sum
            >>> metric = Sum()
            >>> values = metric.stateless_update_state(metric.variables, [2.0, 3.0])
            >>> metric.stateless_result(values).item(), metric.result().item()
            (5.0, 0.0)
        """
        with bound(self._bindings(metric_variables)) as values:
            self.update_state(*args, **kwargs)
        return [values[variable] for variable in self.variables]

    def stateless_result(self, metric_variables: Sequence[Any]) -> Any:
        """`result` as a pure function of values of `variables`.

        Example:
            >>> from cornu.metrics import Sum
            >>> Sum().stateless_result([5.0])
            5.0
        """
        with bound(self._bindings(metric_variables)):
            return arrays(self.result())

    def stateless_reset_state(self) -> Any:
        """The values that `reset_state` would give to `variables`.

        Example:
            >>> from cornu.metrics import Sum
            >>> [value.item() for value in Sum().stateless_reset_state()]
            [0.0]
        """
        with bound(self._bindings([variable.value for variable in self.variables])) as values:
            self.reset_state()
        return [values[variable] for variable in self.variables]

    def _bindings(self, values: Sequence[Any]) -> dict[Variable, Any]:
        variables = self.variables
        if len(values) != len(variables):
            raise ValueError(
                f'Metric "{self.name}" has {len(variables)} variables, not {len(values)}. '
                "Pass one value for each of metric.variables, in that order."
            )
        return {**(context.bindings or {}), **dict(zip(variables, values_of(values), strict=True))}

    def __repr__(self) -> str:
        return f"<{type(self).__name__} name={self.name}>"


def _initial_value(initializer: Any, shape: tuple[int, ...], dtype: str) -> Any:
    """Zeros and ones from NumPy, which compiles nothing; else a function of a shape or an array."""
    if initializer is None or (isinstance(initializer, str) and initializer in ("zeros", "ones")):
        make = np.zeros if initializer in (None, "zeros") else np.ones
        return lambda shape, dtype: make(shape, numpy_dtype(dtype))
    if isinstance(initializer, (str, dict)):
        from cornu.initializers import get

        return get(initializer)
    if callable(initializer) or hasattr(initializer, "shape"):
        return initializer
    raise ValueError(
        f"initializer={initializer!r} is not understood. "
        f"{did_you_mean(str(initializer), ('zeros', 'ones'))}"
    )
