"""Variable: a named array that training changes."""

from __future__ import annotations

import gc
import operator
from collections.abc import Callable, Iterable
from typing import Any

import jax
import jax.numpy as jnp
import numpy as np

from cornu.core import cache, dtypes, placement
from cornu.core.allowance import checked, size_of
from cornu.core.context import context, state_lock
from cornu.core.errors import show_shape
from cornu.core.names import auto_name
from cornu.core.notebook import page

LARGE = 1 << 24  # bytes of an array that is not to be there twice while it is loaded
WHOLE = 1 << 22  # bytes of an array that one device may make for all
SMALL = 1 << 20  # bytes of an array that is taken over at once also where variables are only declared

cache.enable()  # here, because whatever is compiled works on variables

ASSIGNED_IN_JIT = (
    'Variable "{path}" was assigned inside a function compiled by jax.jit that Cornu does not know of, '
    "so the value would be lost. Return the value from that function, or let Cornu compile it: write "
    "cornu.jit, or put the code into a layer's call or a model's train_step."
)
LOST = (
    'The numbers of "{path}" could be read when the file was checked, and now they cannot ({reason}): '
    "the file was changed meanwhile, or the disk fails. What this variable held before is lost; load a "
    "whole file into the model before you go on."
)


class LostValueError(Exception):
    """A value that was given up for one that could not be read then."""


class Variable:
    """A named array with a trainable flag, whose value can be read and assigned.

    Args:
        initializer: an array or number, or a function `(shape, dtype) -> array`.
        shape: needed where `initializer` is a function.
        dtype: 'float32' unless `floatx` says otherwise; that of the array where one is given.
        trainable: whether an optimizer may change it.
        name: the last part of its path; 'variable' by default.
        belongs_to: the variable that this one goes with, as what an optimizer remembers of a weight: on
            several devices it lies as that one does.
        layout: a `cornu.distribution.TensorLayout`, where no distribution is to decide how it lies.

    Raises:
        ValueError: if the shape is missing or unknown, or an assigned value has another shape.

    Example:
        >>> import cornu
        >>> count = cornu.Variable([1.0, 2.0], name="count")
        >>> count.assign(count * 2)
        >>> count
        <Variable path=count, shape=(2,), dtype=float32, value=[2. 4.]>
    """

    __array_priority__ = 200  # NumPy's operators give way to ours

    def __init__(
        self,
        initializer: Any,
        shape: Any = None,
        dtype: Any = None,
        trainable: bool = True,
        name: str | None = None,
        belongs_to: Variable | None = None,
        layout: Any = None,
    ) -> None:
        self.belongs_to, self.layout = belongs_to, layout
        self.name = name or auto_name("variable")
        if "/" in self.name:
            raise ValueError(f'A variable\'s name must not contain "/", got name="{name}".')
        self.path = "/".join((*context.path, self.name))
        self.trainable = trainable
        self._trained_first = trainable  # the order of a layer's weights stays when they are frozen
        self.regularizer: Callable[[Any], Any] | None = None
        self.constraint: Callable[[Any], Any] | None = None
        self.autocast = True
        if callable(initializer):
            if isinstance(shape, int):
                raise ValueError(
                    f'Variable "{self.path}": a shape is a tuple. Write shape=({shape},), not {shape}.'
                )
            if shape is None or any(size is None for size in shape):
                raise ValueError(
                    f'Variable "{self.path}" needs a fully known shape, got shape={shape}. '
                    "A size that is not known yet cannot be a weight's: give the input its full shape."
                )
            self.dtype = dtypes.standardize(dtype)
            if context.allowance is not None:
                self._declare(initializer, checked(self.path, shape))
                return
            initializer = self._first_value(initializer, tuple(shape))
        else:
            self.dtype = dtypes.standardize(dtype or _dtype_of(initializer))
            if context.allowance is not None and isinstance(initializer, np.ndarray):
                self._declare(lambda shape, dtype, array=initializer: array, initializer.shape)
                if initializer.nbytes < SMALL:  # of a larger one no page may have been touched yet
                    self._value  # noqa: B018
                return
        self._value: Any = as_device_array(initializer, self.dtype)
        self.shape: tuple[int, ...] = tuple(self._value.shape)
        self._seen = False  # whether code outside Cornu may hold the array itself

    def _first_value(self, initializer: Callable[..., Any], shape: tuple[int, ...]) -> Any:
        """What the initializer gives, if it is not small where it is to lie; of a large one each device
        makes the part that it will hold."""
        in_force = placement.current()
        self.shape = shape
        if in_force is None or self.nbytes < SMALL:
            return initializer(shape, dtype=self.dtype)
        sharding = in_force.variable(self)
        if self.nbytes < WHOLE:
            value = initializer(shape, dtype=self.dtype)
            if isinstance(value, jax.core.Tracer):
                return value
            move = placement.moved if isinstance(value, jax.Array) else placement.put
            return move(value, sharding)
        with jax.ensure_compile_time_eval():
            return placement.made(lambda: initializer(shape, dtype=self.dtype), sharding)

    def _declare(self, initializer: Callable[..., Any], shape: tuple[int, ...]) -> None:
        """Has a shape, and no value until one is assigned or asked for."""
        assert context.allowance is not None
        context.allowance.take(self.path, shape, self.dtype)
        self._start, self.shape, self._seen = initializer, shape, False

    def __getattr__(self, name: str) -> Any:
        """The first value, of a variable that is only declared."""
        if name != "_value" or "_start" not in vars(self):
            raise AttributeError(f'{type(self).__name__} has no attribute "{name}".')
        if context.shapes_alone is not None:
            context.shapes_alone.append(self)
            return jnp.zeros(self.shape, self.dtype)  # of a program that is never run
        with state_lock:
            if "_value" not in vars(self):
                start = self._first_value(self._start, self.shape)
                self._value = as_device_array(start, self.dtype)
        return self._value

    @property
    def made(self) -> bool:
        """Whether it has a value, and is not only declared."""
        return "_value" in vars(self)

    def forget(self) -> None:
        """Goes back to being declared."""
        del self._value

    @property
    def value(self) -> Any:
        """The array; inside a compiled program, the array that the program computes with.

        Within a layer of mixed precision it is cast to the float that the layer computes in.
        """
        if context.autocast is not None and self.autocast and dtypes.is_float(self.dtype):
            return self._current().astype(context.autocast)
        return self._current()

    def _current(self) -> Any:
        value = self._held()
        for tape in context.tapes:
            tape.variable_read(self, value)
        return value

    def _held(self) -> Any:
        bindings = context.bindings
        if bindings is not None:
            found = bindings.get(self)
            if found is not None:
                return found
            if context.foreign is not None:
                context.foreign[self] = None
            return self._value
        if context.when_touched is not None:
            context.when_touched()
        with state_lock:
            self._seen = True
            return self._value

    def assign(self, value: Any) -> None:
        """Replaces the value by one of the same shape; its dtype is cast.

        Raises:
            ValueError: if the shapes differ.

        Example:
            >>> v = Variable([1.0, 2.0])
            >>> _ = v.assign([3.0, 4.0])
            >>> v.numpy().tolist()
            [3.0, 4.0]
        """
        value = value.value if isinstance(value, Variable) else value
        if np.shape(value) != self.shape:
            raise ValueError(
                f'Variable "{self.path}" has shape {show_shape(self.shape)}, '
                f"but was assigned a value of shape {show_shape(np.shape(value))}."
            )
        if context.bindings is not None:
            if context.foreign is not None and self not in context.bindings:
                context.foreign[self] = None
            context.bindings[self] = jnp.asarray(value, dtype=self.dtype)
        elif isinstance(value, jax.core.Tracer):
            raise ValueError(ASSIGNED_IN_JIT.format(path=self.path))
        else:
            if context.when_touched is not None:
                context.when_touched()
            array = self._laid_out(value)
            with state_lock:
                self._value, self._seen = array, False

    def _laid_out(self, value: Any) -> Any:
        """The array of a new value, which shares no memory with it, on the devices that the old one
        lies on; a large one on those where it is to lie, and as a whole on none of them."""
        old = vars(self).get("_value")
        home = placement.home(self) if old is None or self.nbytes >= SMALL else None
        if home is None:
            home = old.sharding if old is not None and len(old.devices()) > 1 else None
        if home is None:
            return as_device_array(value, self.dtype)
        if isinstance(value, jax.Array):
            return placement.moved(as_device_array(value, self.dtype), home)
        return placement.put(np.array(value, dtype=dtypes.numpy_dtype(self.dtype)), home)

    def take(self, value: Any) -> None:
        """Replaces the value by an array of the same shape that nobody else will write to, laid out as
        the distribution in force says.

        One of NumPy that was made by `aligned`, of the variable's dtype, becomes its memory where the
        device is the host: so a large array is never there twice.
        """
        if context.bindings is not None or value.dtype != dtypes.numpy_dtype(self.dtype):
            self.assign(value)
            return
        self._take(value, placement.home(self))

    def _take(self, value: Any, home: Any) -> None:
        if context.when_touched is not None:
            context.when_touched()
        if isinstance(value, jax.Array):
            array = value if home is None else placement.moved(value, home)
        else:
            array = jax.device_put(value) if home is None else placement.put(value, home)
        with state_lock:
            self._value, self._seen = array, False

    def take_from(self, read: Callable[[], np.ndarray[Any, Any]]) -> None:
        """Replaces the value by the array that a function reads, as `take` does.

        A large one's old value is let go of first, so that there are never two of it: whoever calls has
        looked whether the new one can be read.

        Raises:
            LostValueError: if it could, and now cannot.
        """
        if self.nbytes < LARGE or context.bindings is not None:
            self.take(read())
            return
        home = placement.home(self)
        with state_lock:  # who wants to read the variable meanwhile waits
            vars(self).setdefault("_start", _zeros)
            vars(self).pop("_value", None)
            gc.collect(0)  # the engine lets go of NumPy's memory when Python has collected
            try:
                value = read()
                if value.dtype != dtypes.numpy_dtype(self.dtype):
                    value = value.astype(dtypes.numpy_dtype(self.dtype))
                self._take(value, home)
            except Exception as error:
                raise LostValueError(LOST.format(path=self.path, reason=error)) from error

    def on_host(self) -> np.ndarray[Any, Any]:
        """The value as a NumPy array to be read at once: it may be the variable's own memory."""
        # An array keeps the copy that it is asked for; another object for its numbers lets go of it.
        return placement.on_host(self._held())

    def assign_add(self, value: Any) -> None:
        """Adds `value` in place.

        Example:
            >>> v = Variable([1.0, 2.0])
            >>> _ = v.assign_add([10.0, 10.0])
            >>> v.numpy().tolist()
            [11.0, 12.0]
        """
        self.assign(self._current() + jnp.asarray(value, dtype=self.dtype))

    def assign_sub(self, value: Any) -> None:
        """Subtracts `value` in place.

        Example:
            >>> v = Variable([1.0, 2.0])
            >>> _ = v.assign_sub([1.0, 1.0])
            >>> v.numpy().tolist()
            [0.0, 1.0]
        """
        self.assign(self._current() - jnp.asarray(value, dtype=self.dtype))

    def numpy(self) -> np.ndarray[Any, Any]:
        """The value as a NumPy array of its own, safe to keep.

        Example:
            >>> Variable([1.0, 2.0]).numpy().tolist()
            [1.0, 2.0]
        """
        return np.array(placement.on_host(self.value))

    @property
    def ndim(self) -> int:
        return len(self.shape)

    @property
    def size(self) -> int:
        return size_of(self.shape)

    @property
    def nbytes(self) -> int:
        """How many bytes its numbers take."""
        return self.size * dtypes.numpy_dtype(self.dtype).itemsize

    def __jax_array__(self) -> Any:
        return self.value

    def __array__(self, dtype: Any = None, copy: bool | None = None) -> np.ndarray[Any, Any]:
        return np.array(placement.on_host(self.value), dtype=dtype)

    def __getitem__(self, index: Any) -> Any:
        return self.value[index]

    def __len__(self) -> int:
        if not self.shape:
            raise TypeError(f'len() of variable "{self.path}", which is a single number.')
        return self.shape[0]

    def __float__(self) -> float:
        return float(self.value)

    def __int__(self) -> int:
        return int(self.value)

    def __bool__(self) -> bool:
        return bool(self.value)

    __hash__ = object.__hash__

    def __deepcopy__(self, memo: dict[int, Any]) -> Variable:
        copy = object.__new__(type(self))
        copy.__dict__.update(self.__dict__)
        copy._value = as_device_array(self._value, self.dtype)
        memo[id(self)] = copy
        return copy

    def __repr__(self) -> str:
        head = f"<Variable path={self.path}, shape={show_shape(self.shape)}, dtype={self.dtype}"
        if context.bindings is not None and self in context.bindings:
            return f"{head}>"
        return f"{head}, value={np.array2string(np.asarray(self._value), threshold=20, edgeitems=2)}>"

    def _repr_html_(self) -> str:
        return page("variable", self)


def as_device_array(value: Any, dtype: str) -> Any:
    """A JAX array of this dtype that shares no memory with `value`, also while a program is being
    traced."""
    with jax.ensure_compile_time_eval():
        if isinstance(value, jax.Array):
            return jax.device_put(value.astype(dtype), may_alias=False)
        return jax.device_put(np.array(value, dtype=dtypes.numpy_dtype(dtype)))


def _zeros(shape: tuple[int, ...], dtype: str) -> Any:
    return jnp.zeros(shape, dtype)


def values_of(values: Iterable[Any]) -> list[Any]:
    """Values as they are, and those of variables among them, to which other ones may be bound then."""
    return [value.value if isinstance(value, Variable) else value for value in values]


def _dtype_of(value: Any) -> str:
    if hasattr(value, "dtype"):
        return str(
            jax.dtypes.canonicalize_dtype(value.dtype)
        )  # as JAX keeps it: float64 only where that is switched on
    kind = np.asarray(value).dtype.kind
    return {"f": dtypes.floatx(), "i": "int32", "u": "int32", "b": "bool"}.get(kind, dtypes.floatx())


def _binary(function: Callable[[Any, Any], Any], reflected: bool) -> Callable[[Variable, Any], Any]:
    def method(self: Variable, other: Any) -> Any:
        other = other.value if isinstance(other, Variable) else other
        return function(other, self.value) if reflected else function(self.value, other)

    return method


for _name in (
    *("add", "sub", "mul", "truediv", "floordiv", "mod", "pow", "matmul"),
    *("and_", "or_", "xor"),
    *("eq", "ne", "lt", "le", "gt", "ge"),
):
    _dunder = _name.rstrip("_")
    # As in Keras the operators of bits mean truth values.
    _logical = getattr(jnp, f"logical_{_dunder}", None)
    _function = _logical or getattr(operator, _name)
    setattr(Variable, f"__{_dunder}__", _binary(_function, reflected=False))
    if _dunder not in ("eq", "ne", "lt", "le", "gt", "ge"):
        setattr(Variable, f"__r{_dunder}__", _binary(_function, reflected=True))
for _dunder, _function in (("neg", jnp.negative), ("abs", jnp.abs), ("invert", jnp.logical_not)):
    setattr(Variable, f"__{_dunder}__", lambda self, _f=_function: _f(self.value))

# A function of JAX that is given a variable works on its value, also while a program is being traced.
jax.tree_util.register_pytree_node(Variable, lambda v: ((v.value,), None), lambda _, values: values[0])
