"""`tf.Variable` and `tf.Module`."""

from __future__ import annotations

import functools
from typing import Any

import numpy as np

from cornu.core.context import context, name_scope
from cornu.core.errors import NotBuiltYetError
from cornu.core.module import Module as CornuModule
from cornu.core.module import walk
from cornu.core.names import auto_name, snake_case
from cornu.core.variable import Variable as CornuVariable
from cornu.layers.building import own_variables

NO_VALUE = "tf.Variable needs a value to start from: tf.Variable(0.0), or tf.Variable(tf.zeros((2, 3)))."
ALSO = ("caching_device", "variable_def", "import_scope", "synchronization", "aggregation")


class Variable(CornuVariable):
    """A tensor whose value can be assigned, as `keras.Variable`.

    Args:
        initial_value: number, list, array or tensor; or a function without arguments that gives one.
        trainable: whether tapes watch it and optimizers may change it. Default: True.
        validate_shape: True; a variable keeps its shape.
        name: 'Variable' by default.
        dtype: that of the value by default: float32 for floats of Python, int32 for whole numbers.
        constraint: applied to the value after each update of an optimizer.
        shape: the value's.

    Raises:
        ValueError: without a value, or if it has another shape.
        NotBuiltYetError: for an argument about TensorFlow's graphs or devices.

    Example:
        >>> import cornu.compat.tensorflow as tf
        >>> v = tf.Variable([1.0, 2.0])
        >>> v.assign_add([1.0, 1.0])
        <tf.Variable 'Variable:0' shape=(2,) dtype=float32, numpy=array([2., 3.], dtype=float32)>
    """

    def __init__(
        self,
        initial_value: Any = None,
        trainable: bool | None = None,
        validate_shape: bool = True,
        caching_device: Any = None,
        name: str | None = None,
        variable_def: Any = None,
        dtype: Any = None,
        import_scope: Any = None,
        constraint: Any = None,
        synchronization: Any = None,
        aggregation: Any = None,
        shape: Any = None,
    ) -> None:
        given = (caching_device, variable_def, import_scope, synchronization, aggregation)
        for argument, value in zip(ALSO, given, strict=True):
            if value is not None:
                raise NotBuiltYetError(f"tf.Variable({argument}=...) is not built yet: leave it out.")
        if not validate_shape:
            raise NotBuiltYetError("tf.Variable(validate_shape=False): a variable keeps its shape here.")
        value = initial_value() if callable(initial_value) else initial_value
        if value is None:
            raise ValueError(NO_VALUE)
        value = value.value if isinstance(value, CornuVariable) else value
        value = value if hasattr(value, "dtype") else np.asarray(value)
        if shape is not None and tuple(shape) != value.shape:
            raise ValueError(
                f"tf.Variable(shape={tuple(shape)}) was given a value of shape {value.shape}."
            )
        given_dtype = dtype if dtype is not None or isinstance(value, np.generic) else None
        if given_dtype is None and not hasattr(initial_value, "dtype"):
            given_dtype = {"f": "float32", "i": "int32"}.get(value.dtype.kind)
        name = (name or "Variable").replace("/", "_").removesuffix(":0")
        super().__init__(value, None, given_dtype, trainable is not False, name)
        self.constraint = constraint

    def assign(self, value: Any, use_locking: bool = False, read_value: bool = True) -> Any:
        """Replaces the value; gives the variable, or None without `read_value`."""
        del use_locking  # nobody else assigns it meanwhile
        super().assign(value)
        return self if read_value else None

    def assign_add(self, delta: Any, use_locking: bool = False, read_value: bool = True) -> Any:
        """Adds `delta` in place."""
        del use_locking
        super().assign_add(delta)
        return self if read_value else None

    def assign_sub(self, delta: Any, use_locking: bool = False, read_value: bool = True) -> Any:
        """Subtracts `delta` in place."""
        del use_locking
        super().assign_sub(delta)
        return self if read_value else None

    def read_value(self) -> Any:
        """The value as a tensor."""
        return self.value

    def get_shape(self) -> Any:
        """The shape, with `as_list()`."""
        from cornu.compat.tensorflow.types import TensorShape

        return TensorShape(self.shape)

    def __repr__(self) -> str:
        head = f"<tf.Variable '{self.path}:0' shape={self.shape} dtype={self.dtype}"
        if context.bindings is not None and self in context.bindings:
            return f"{head}>"
        return f"{head}, numpy={np.asarray(self._value)[()]!r}>"


class Module(CornuModule):
    """An object that owns variables and other modules.

    Args:
        name: the class name in snake case by default.

    Example:
        >>> class Line(Module):
        ...     def __init__(self):
        ...         super().__init__()
        ...         self.w, self.b = Variable(2.0, name="w"), Variable(1.0, name="b")
        >>> [v.name for v in Line().trainable_variables]
        ['w', 'b']
    """

    def __init__(self, name: str | None = None) -> None:
        self.name = name or auto_name(snake_case(type(self).__name__))

    @property
    def variables(self) -> tuple[Any, ...]:
        """All variables of it and of what it owns."""
        found = {id(v): v for module in walk(self, CornuModule) for v in own_variables(module)}
        return tuple(found.values())

    @property
    def trainable_variables(self) -> tuple[Any, ...]:
        """Those that an optimizer may change."""
        return tuple(v for v in self.variables if v.trainable)

    @property
    def non_trainable_variables(self) -> tuple[Any, ...]:
        """The others."""
        return tuple(v for v in self.variables if not v.trainable)

    @property
    def submodules(self) -> tuple[Any, ...]:
        """The modules that it owns, and those that they own."""
        return tuple(each for each in walk(self, CornuModule) if each is not self)

    @property
    def name_scope(self) -> Any:
        """A scope in which variables are named after the module."""
        return name_scope(self.name)

    @classmethod
    def with_name_scope(cls, method: Any) -> Any:
        """A decorator for a method that makes variables: they are named after the module."""

        @functools.wraps(method)
        def call(self: Any, *args: Any, **kwargs: Any) -> Any:
            with name_scope(self.name):
                return method(self, *args, **kwargs)

        return call
