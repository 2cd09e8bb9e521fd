"""jit: functions over objects, compiled.

The variables that a function uses are not named by anyone. They are found by tracing it once; then it
is traced again with their values as inputs of the program, and the new values of those it assigns
as results, which are written back after each call.
"""

from __future__ import annotations

import functools
import inspect
from collections.abc import Callable, Hashable, Iterable
from dataclasses import dataclass
from typing import Any, NamedTuple

import jax
import jax.tree_util as tree
import numpy as np

from cornu.core.context import context, state_lock
from cornu.core.errors import describe, did_you_mean, note
from cornu.core.pure import ForeignVariables, Values, arrays, numbered, pure, read, write
from cornu.core.symbolic import KerasTensor
from cornu.core.variable import ASSIGNED_IN_JIT, Variable

ROUNDS = 5  # of tracing, until all variables must have been met
NEW_VARIABLES = (
    'cornu.jit: "{title}" makes new variables whenever it runs, such as "{path}", so it cannot be '
    "compiled. Make variables, layers and optimizers before, and only use them in the function."
)
CONCRETE = (
    "  in a function compiled by cornu.jit: there an array has no value yet, so that `if`, float(), "
    "int(), range() and NumPy cannot use it. Write jax.numpy.where for `if`; name an argument that "
    "is a plain number in static_argnames."
)


def jit(
    function: Callable[..., Any], static_argnums: Any = None, static_argnames: Any = None
) -> Callable[..., Any]:
    """The function, compiled when it is first called with arguments of these shapes and dtypes.

    Arrays and numbers are inputs of the program. Everything else among the arguments, such as a
    model, an optimizer, a string, True or False, is part of it: for another one it is compiled
    again. So is what the function reads elsewhere, except variables, whose values are always those
    of now. What it assigns to variables, those of random generators and optimizers included, is
    assigned after the call.

    The Python code runs while the function is compiled, and not at later calls: twice when it is
    first compiled and uses variables, since these must be found, then once for each new shape.
    Inside another compiled function or a layer's call it is called as it is, and so it is while a
    GradientTape of the stand-in for TensorFlow records.

    Args:
        function: any function that gives arrays, numbers, or a nest of them, or None.
        static_argnums: the place, or places, of arguments whose numbers are part of the program,
            such as the length of a loop. Default: none.
        static_argnames: the name, or names, of such arguments. Default: none.

    Raises:
        TypeError: if `function` cannot be called, an argument is a symbolic tensor or a static one
            cannot be hashed, or the result holds something else than arrays.
        ValueError: if there is no argument of such a name or place.

    Example:
        >>> import cornu
        >>> count = cornu.Variable(0.0)
        >>> @cornu.jit
        ... def add(x):
        ...     count.assign_add(x)
        ...     return 2 * count
        >>> float(add(1.0)), float(add(5.0)), float(count)
        (2.0, 12.0, 6.0)
    """
    if not callable(function):
        raise TypeError(
            f"cornu.jit takes a function, but got {describe(function)}. Write cornu.jit(step), not "
            "cornu.jit(step(x))."
        )
    program = _Program(function, *_static(function, static_argnums, static_argnames))

    @functools.wraps(function, updated=())
    def call(*args: Any, **kwargs: Any) -> Any:
        if context.bindings is not None or context.losses is not None or context.tapes:
            return function(*args, **kwargs)
        return program(args, kwargs)

    return call


class _Constant(NamedTuple):
    """What is part of the program; its type counts, since 1 == 1.0 == True."""

    kind: type
    value: Hashable


class _Form(NamedTuple):
    """A call without its arrays: the nesting of the arguments, and what is part of the program."""

    nesting: Any
    constants: tuple[_Constant | None, ...]  # None in the place of an array

    def call(self, function: Callable[..., Any], inputs: Iterable[Any]) -> Any:
        """What the function gives, called with these arrays."""
        rest = iter(inputs)
        leaves = [next(rest) if each is None else each.value for each in self.constants]
        args, kwargs = tree.tree_unflatten(self.nesting, leaves)
        return function(*args, **kwargs)


class _Program:
    """A compiled function, and the variables found in it."""

    def __init__(self, function: Callable[..., Any], places: set[int], names: set[str]) -> None:
        self.function, self.places, self.names = function, places, names
        self.title = getattr(function, "__name__", type(function).__name__)
        self._use([], [])

    def _use(self, kept: list[Variable], fixed: list[Variable]) -> None:
        """Starts anew, with the variables that are assigned and those that are only read."""
        self.kept, self.fixed = kept, fixed
        self.variables = {"kept": numbered(kept), "fixed": numbered(fixed)}
        self.compiled = jax.jit(self._run, static_argnums=3, donate_argnums=0)

    def __call__(self, args: tuple[Any, ...], kwargs: dict[str, Any]) -> Any:
        form, inputs = self._split(args, kwargs)
        if any(isinstance(each, jax.core.Tracer) for each in inputs):  # part of a program of JAX's own
            return self.function(*args, **kwargs)
        strangers: list[Variable] = []
        for _ in range(ROUNDS):
            try:
                with state_lock:
                    return self._call(inputs, form)
            except ForeignVariables as found:
                strangers = found.variables
                self._learn(found)
            except Exception as error:
                note(error, CONCRETE if isinstance(error, jax.errors.JAXTypeError) else "")
                raise
        raise ValueError(NEW_VARIABLES.format(title=self.title, path=strangers[0].path))

    def _call(self, inputs: list[Any], form: _Form) -> Any:
        kept, fixed = ({part: self.variables[part]} for part in ("kept", "fixed"))
        values, result = self.compiled(read(kept, donate=True), read(fixed), inputs, form)
        for number, value in values["kept"].items():
            if isinstance(value, jax.core.Tracer):
                raise ValueError(ASSIGNED_IN_JIT.format(path=kept["kept"][number].path))
        write(kept, values)
        return result

    def _learn(self, found: ForeignVariables) -> None:
        """Makes the variables that were found part of the state."""
        assigned = set(found.assigned)
        fixed = [*self.fixed, *(v for v in found.variables if v not in self.fixed)]
        kept = [*self.kept, *(v for v in fixed if v in assigned)]
        self._use(kept, [v for v in fixed if v not in assigned])

    def _run(self, kept: Values, fixed: Values, inputs: list[Any], form: _Form) -> tuple[Values, Any]:
        def call() -> Any:
            return self._checked(arrays(form.call(self.function, inputs)))

        values, result = pure(call, self.variables)({**kept, **fixed})
        before, after = fixed["fixed"], values["fixed"]
        assigned = [self.variables["fixed"][n] for n in before if after[n] is not before[n]]
        if assigned:  # until now they were only read
            raise ForeignVariables(assigned, assigned)
        return {"kept": values["kept"]}, result

    def _split(self, args: tuple[Any, ...], kwargs: dict[str, Any]) -> tuple[_Form, list[Any]]:
        """A call as its form and its arrays."""
        marked = (
            [_Whole(a) if i in self.places else a for i, a in enumerate(args)],
            {name: _Whole(a) if name in self.names else a for name, a in kwargs.items()},
        )
        leaves, nesting = tree.tree_flatten(marked, is_leaf=lambda leaf: isinstance(leaf, Variable))
        constants = [None if _is_input(leaf) else self._constant(leaf) for leaf in leaves]
        inputs = [leaf for leaf, constant in zip(leaves, constants, strict=True) if constant is None]
        return _Form(nesting, tuple(constants)), inputs

    def _constant(self, leaf: Any) -> _Constant:
        if isinstance(leaf, KerasTensor):
            raise TypeError(
                f'cornu.jit: "{self.title}" was called on a symbolic tensor ({leaf.shape}), which has '
                "no values yet. Call the function itself in a layer, such as Lambda(function)."
            )
        value = leaf.value if isinstance(leaf, _Whole) else leaf
        try:
            hash(value)
        except TypeError:
            raise TypeError(
                f'cornu.jit: an argument of "{self.title}" is {describe(value)}, which is part of the '
                "program and must be hashable. Write a tuple instead of a list; make strings numbers."
            ) from None
        return _Constant(type(value), value)

    def _checked(self, result: Any) -> Any:
        """The result, which must be made of arrays."""
        for leaf in tree.tree_leaves(result):
            if not _is_input(leaf) and not isinstance(leaf, bool):
                raise TypeError(
                    f'cornu.jit: "{self.title}" gave {describe(leaf)}, but a compiled function can '
                    "give only arrays, numbers, None, and lists, tuples and dicts of them."
                )
        return result


@dataclass(frozen=True)
class _Whole:
    """A static argument, which is not taken apart."""

    value: Any


def _is_input(leaf: Any) -> bool:
    """Whether it is an input of the program: an array or a number."""
    if isinstance(leaf, (np.ndarray, np.generic)):
        return leaf.dtype.kind not in "OSUT"  # objects and strings
    return isinstance(leaf, (jax.Array, int, float, complex)) and not isinstance(leaf, bool)


def _static(function: Callable[..., Any], nums: Any, names: Any) -> tuple[set[int], set[str]]:
    """Places and names of the static arguments, each argument by both."""
    if nums is None and names is None:
        return set(), set()
    parameters = inspect.signature(function).parameters
    order = list(parameters)
    open_ended = any(p.kind in (p.VAR_POSITIONAL, p.VAR_KEYWORD) for p in parameters.values())
    places = {nums} if isinstance(nums, int) else set(nums or ())
    named = {names} if isinstance(names, str) else set(names or ())
    for name in named:
        if name not in parameters and not open_ended:
            raise ValueError(
                f'cornu.jit(static_argnames=...): the function has no argument "{name}". '
                + did_you_mean(name, order)
            )
    for place in places:
        if not 0 <= place < len(order) and not open_ended:
            raise ValueError(
                f"cornu.jit(static_argnums=...): there is no argument {place}, the function has "
                f"{len(order)}: {', '.join(order) or 'none'}."
            )
    return (
        places | {order.index(name) for name in named if name in order},
        named | {order[place] for place in places if place < len(order)},
    )
