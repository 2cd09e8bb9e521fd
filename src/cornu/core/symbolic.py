"""Symbolic tensors: what the Functional API passes from layer to layer instead of arrays.

A call on symbolic tensors records a node and finds the shapes of its results by tracing the code
itself, with a symbol for each size that is not known yet. No layer needs a rule for its output shape.
"""

from __future__ import annotations

import operator
from collections.abc import Callable
from contextlib import suppress
from typing import Any

import jax
import jax.numpy as jnp
import jax.tree_util as tree
import numpy as np

from cornu.core import dtypes, settings
from cornu.core.alike import likeness
from cornu.core.allowance import count, shapes_alone
from cornu.core.context import context, throwaway
from cornu.core.errors import explained, note, show_shape
from cornu.core.inlining import inlined, only_ours
from cornu.core.names import auto_name

# Sizes tried in place of unknown ones where a function cannot be traced with symbols. They have
# many divisors, so that pooling and reshaping divide them, and are no sizes that a model is likely
# to have.
PROBES = (5040, 7560)
# What layers gave, by all that it depends on: the next one that is alike need not be traced.
MOST_FOUND = 1000
_found: dict[Any, Any] = {}

USED_AS_ARRAY = (
    "A symbolic tensor ({tensor}) has no values yet: it stands for what the model will be given. "
    "{what} Write the computation with functions of cornu.ops, or put it into a layer's call."
)

NOT_KNOWN = f"  where {PROBES[0]} stands for a size that is not known yet (None)"

STRINGS = (
    '{kind} "{name}" computes with numbers, but "{tensor}" holds strings. Turn them into numbers '
    "first, with TextVectorization, StringLookup or Hashing: "
    "x = cornu.layers.StringLookup(vocabulary=[...])(x)."
)


class KerasTensor:
    """A symbolic tensor: shape, with None where unknown, dtype, and the call that made it.

    Args:
        shape: sizes, None where not known yet.
        dtype: 'float32' by default.
        name: for messages and for naming a model's inputs.

    Example:
        >>> import cornu
        >>> x = cornu.Input((8,))
        >>> x + 1
        <KerasTensor shape=(None, 8), dtype=float32, name=add...>
    """

    __array_priority__ = 1000

    def __init__(
        self, shape: Any, dtype: Any = "float32", name: str | None = None, node: Node | None = None
    ) -> None:
        self.shape = tuple(shape)
        self.dtype = dtypes.standardize(dtype)
        self.name = name or auto_name("keras_tensor")
        self.node = node

    @property
    def ndim(self) -> int:
        return len(self.shape)

    def __repr__(self) -> str:
        return f"<KerasTensor shape={show_shape(self.shape)}, dtype={self.dtype}, name={self.name}>"

    def _refuse(self, what: str, error: type[Exception] = TypeError) -> Exception:
        return error(USED_AS_ARRAY.format(tensor=show_shape(self.shape), what=what))

    def __array__(self, dtype: Any = None, copy: Any = None) -> Any:
        raise self._refuse("It cannot become a NumPy array.", ValueError)

    @property
    def __jax_array__(self) -> Any:
        # A property, so that JAX meets the error where it looks for the method, and lets it pass.
        raise self._refuse(
            "A function of JAX or NumPy cannot take it; that of the same name in cornu.ops can.",
            ValueError,
        )

    def __bool__(self) -> bool:
        raise self._refuse("It cannot decide an `if`: write cornu.ops.where or cornu.ops.cond.")

    def __float__(self) -> float:
        raise self._refuse("It cannot become a number.")

    def __int__(self) -> int:
        raise self._refuse("It cannot become a number.")

    def __iter__(self) -> Any:
        raise self._refuse("It cannot be looped over.")

    def __len__(self) -> int:
        raise self._refuse("It has no len().")

    def __getitem__(self, index: Any) -> Any:
        return Operation("get_item")(self, index)


class Node:
    """One call: an operation, what it was called with, and the symbolic tensors that came out."""

    def __init__(self, operation: Any, args: tuple[Any, ...], kwargs: dict[str, Any]) -> None:
        self.operation = operation
        self.args = args
        self.kwargs = kwargs
        self.inputs: list[KerasTensor] = tensors_in((args, kwargs))
        self.outputs: Any = None

    @property
    def output_list(self) -> list[KerasTensor]:
        return tree.tree_leaves(self.outputs)


class Operation:
    """A function on arrays that is recorded as a node when it is called on symbolic tensors.

    Args:
        kind: its name in the table `FUNCTIONS`.
        name: name of this one use of it, automatic by default.
    """

    def __init__(self, kind: str, name: str | None = None) -> None:
        self.kind = kind
        self.name = name or auto_name(kind)
        #: Whether row i of the result depends on row i of the arguments alone, known once called.
        self.samplewise = False

    def __call__(self, *args: Any, **kwargs: Any) -> Any:
        function = FUNCTIONS[self.kind]
        rule = getattr(function, "samplewise", False)
        self.samplewise = (
            rule(*args, **kwargs) if callable(rule) else rule and side_by_side((args, kwargs))
        )
        if not is_symbolic((args, kwargs)):
            return function(*args, **kwargs)
        refuse_strings(self, tensors_in((args, kwargs)))
        try:
            return record(self, function, args, kwargs)
        except (IndexError, TypeError, ValueError) as error:
            if not getattr(function, "explain", True):
                raise
            problem = explained(getattr(function, "label", f"ops.{self.kind}"), args, kwargs, error)
            raise ValueError(str(problem)) from error


def tensors_in(structure: Any) -> list[KerasTensor]:
    """The symbolic tensors in a nested structure, in order."""
    return [leaf for leaf in tree.tree_leaves(structure) if isinstance(leaf, KerasTensor)]


def is_symbolic(structure: Any) -> bool:
    """Whether there is a symbolic tensor anywhere in the structure."""
    return any(isinstance(leaf, KerasTensor) for leaf in tree.tree_leaves(structure))


def holds_symbolic(structure: Any) -> bool:
    """As `is_symbolic`, for the arguments of a function: quicker, and no value is read."""
    if isinstance(structure, (list, tuple)):
        return any(holds_symbolic(item) for item in structure)
    if isinstance(structure, dict):
        return any(holds_symbolic(item) for item in structure.values())
    return isinstance(structure, KerasTensor)


def record(operation: Any, function: Callable[..., Any], args: Any, kwargs: Any) -> Any:
    """Notes the call of `operation` on symbolic tensors; gives the symbolic tensors of its results."""
    count(calls=1)
    node = Node(operation, args, kwargs)
    if getattr(operation, "on_host", False):
        specs = operation.compute_output_spec(*args, **kwargs)
    else:
        refuse_strings(operation, node.inputs)
        specs = infer(function, args, kwargs)
    node.outputs = tree.tree_map(
        lambda spec: KerasTensor(spec.shape, spec.dtype, operation.name, node), specs
    )
    return node.outputs


def refuse_strings(operation: Any, tensors: list[KerasTensor]) -> None:
    """Raises an error for symbolic strings, which no compiled program can hold."""
    for tensor in tensors:
        if tensor.dtype == "string":
            kind = "operation" if isinstance(operation, Operation) else type(operation).__name__
            raise ValueError(STRINGS.format(kind=kind, name=operation.name, tensor=tensor.name))


def infer(function: Callable[..., Any], args: Any, kwargs: Any) -> Any:
    """Shapes and dtypes of what the function returns; sizes that depend on an unknown one are None."""
    with shapes_alone() as declared:
        try:
            return _inferred(function, args, kwargs)
        except Exception as error:
            if not declared or not _wants_numbers(error):
                raise
    for variable in declared:  # perhaps the function looks at the numbers in them
        variable.value  # noqa: B018
    return _inferred(function, args, kwargs)


def _wants_numbers(error: BaseException | None) -> bool:
    """Whether it was raised because the numbers of something traced were asked for."""
    asked = (jax.errors.JAXTypeError, jax.errors.JAXIndexError)
    return error is not None and (isinstance(error, asked) or _wants_numbers(error.__cause__))


def _inferred(function: Callable[..., Any], args: Any, kwargs: Any) -> Any:
    """Shapes and dtypes by a trace; or as a layer alike gave them, called with tensors alike."""
    leaves, structure = tree.tree_flatten((args, kwargs))
    places = [i for i, leaf in enumerate(leaves) if isinstance(leaf, KerasTensor)]
    key = _likeness(function, leaves, structure)
    if key is not None and key in _found:
        return _found[key]
    found = _traced(function, leaves, structure, places)
    if key is not None and key == _likeness(function, leaves, structure):  # it has changed nothing
        if len(_found) >= MOST_FOUND:
            _found.clear()
        _found[key] = found
    return found


def _likeness(function: Any, leaves: list[Any], structure: Any) -> Any:
    """All that the shapes of a layer's results depend on, as a key; None if it is not plain enough."""
    layer = getattr(function, "__self__", None)
    call = getattr(type(layer), "call", None)
    if call is None or not only_ours(layer):
        return None
    given = [(leaf.shape, leaf.dtype) if isinstance(leaf, KerasTensor) else leaf for leaf in leaves]
    around = context.training, context.autocast, context.probe, settings.current(), dtypes.floatx()
    key = likeness(layer, call, given, around)
    return None if key is None else (structure, key)


def _traced(function: Callable[..., Any], leaves: list[Any], structure: Any, places: list[int]) -> Any:
    def on_tensors(*values: Any) -> Any:
        positional, named = tree.tree_unflatten(structure, _replaced(leaves, places, values))
        with throwaway(), inlined(plain):
            return function(*positional, **named)

    tensors = [leaves[place] for place in places]
    plain = only_ours(getattr(function, "__self__", function))
    if not any(None in tensor.shape for tensor in tensors):
        try:
            return jax.eval_shape(on_tensors, *_specs(tensors, {}))
        except Exception as error:
            note(error)
            raise
    try:
        return _with_symbols(on_tensors, tensors)
    except Exception:
        plain = False  # perhaps it was the inlining that failed
        try:
            return _probe(on_tensors, tensors)
        except Exception as error:
            fitted = _fitted(tensors)
            if [tensor.shape for tensor in fitted] != [tensor.shape for tensor in tensors]:
                with suppress(Exception):
                    return _probe(on_tensors, fitted)
            note(error, NOT_KNOWN)
            raise


def _with_symbols(function: Callable[..., Any], tensors: list[KerasTensor]) -> Any:
    """The result's shapes, traced with a symbol for each axis of unknown size."""
    from jax import export

    rank = max(tensor.ndim for tensor in tensors)
    symbols = export.symbolic_shape(", ".join(f"d{axis}" for axis in range(rank)))
    result = jax.eval_shape(function, *_specs(tensors, dict(enumerate(symbols))))
    return tree.tree_map(_forget_symbols, result)


def _replaced(leaves: list[Any], places: list[int], values: Any) -> list[Any]:
    """The leaves with others at these places."""
    others = dict(zip(places, values, strict=True))
    return [others.get(place, leaf) for place, leaf in enumerate(leaves)]


def _probe(function: Callable[..., Any], tensors: list[KerasTensor]) -> Any:
    """Shapes of the results as far as they are the same for two sizes in place of the unknown ones."""
    axes = range(max(tensor.ndim for tensor in tensors))
    results = []
    for context.probe in PROBES:
        try:
            results.append(
                jax.eval_shape(function, *_specs(tensors, dict.fromkeys(axes, context.probe)))
            )
        finally:
            context.probe = None
    return tree.tree_map(_common_shape, *results)


def _fitted(tensors: list[KerasTensor]) -> list[KerasTensor]:
    """The tensors, an unknown size being that of another tensor in this place, counted from the end."""
    known: dict[int, int] = {}
    for tensor in tensors:
        known |= {i: size for i, size in enumerate(reversed(tensor.shape)) if size not in (None, 1)}
    return [
        KerasTensor(
            [known.get(i) if size is None else size for i, size in enumerate(reversed(tensor.shape))][
                ::-1
            ],
            tensor.dtype,
            tensor.name,
        )
        for tensor in tensors
    ]


def _specs(tensors: list[KerasTensor], sizes: dict[int, Any]) -> list[jax.ShapeDtypeStruct]:
    """What to trace with; an axis of unknown size has the same size in all tensors."""
    return [
        jax.ShapeDtypeStruct(
            tuple(sizes[axis] if size is None else size for axis, size in enumerate(tensor.shape)),
            dtypes.numpy_dtype(tensor.dtype),
        )
        for tensor in tensors
    ]


def known_shape(shape: Any) -> tuple[int | None, ...]:
    """A shape met while tracing, with None for symbols and for sizes that stand for unknown ones."""
    return tuple(
        int(size) if isinstance(size, (int, np.integer)) and size != context.probe else None
        for size in shape
    )


def _forget_symbols(spec: Any) -> Any:
    return _Spec(tuple(size if isinstance(size, int) else None for size in spec.shape), spec.dtype)


def _common_shape(first: Any, second: Any) -> Any:
    pairs = zip(first.shape, second.shape, strict=True)
    return _Spec(tuple(a if a == b else None for a, b in pairs), first.dtype)


class _Spec:
    def __init__(self, shape: tuple[int | None, ...], dtype: Any) -> None:
        self.shape = shape
        self.dtype = dtype


_BINARY = {
    "add": "add",
    "sub": "subtract",
    "mul": "multiply",
    "truediv": "true_divide",
    "floordiv": "floor_divide",
    "mod": "mod",
    "pow": "power",
    "matmul": "matmul",
    "and": "logical_and",
    "or": "logical_or",
    "xor": "logical_xor",
}
_COMPARE = {"ne": "not_equal", "lt": "less", "le": "less_equal", "gt": "greater", "ge": "greater_equal"}
_UNARY = {"neg": "negative", "abs": "absolute", "invert": "logical_not"}


def _named(kind: str, function: Any, samplewise: Any = True) -> Callable[..., Any]:
    """An operator of Python as the function of a node."""

    def call(*args: Any) -> Any:
        return function(*args)

    call.__name__ = kind
    call.samplewise = samplewise  # type: ignore[attr-defined]
    return call


def side_by_side(arguments: Any) -> bool:
    """Whether arrays that are broadcast together have their rows, if they have any, on the same axis."""
    arrays = [leaf for leaf in tree.tree_leaves(arguments) if hasattr(leaf, "shape")]
    rank = max(len(array.shape) for array in arrays)
    return all(
        len(array.shape) == rank
        if isinstance(array, KerasTensor)
        else len(array.shape) < rank or array.shape[:1] in ((), (1,))
        for array in arrays
    )


def rows_stay(x: Any, key: Any) -> bool:
    """Whether an index takes all rows, in order."""
    first = key[0] if isinstance(key, tuple) and key else key
    return first is Ellipsis or first == slice(None)


def rows_apart(x1: Any, x2: Any) -> bool:
    """Whether a matrix product multiplies every row of the batch by itself."""
    ranks = [len(x.shape) if isinstance(x, KerasTensor) else 0 for x in (x1, x2)]
    return (ranks[0] > 1 and ranks[1] == 0) or min(ranks) > 2


# What nodes of a graph call. The operators of Python are here; `cornu.ops` adds its own.
FUNCTIONS: dict[str, Callable[..., Any]] = {
    kind: _named(kind, getattr(operator, f"__{dunder}__"))
    for dunder, kind in (_BINARY | _COMPARE | _UNARY).items()
}
# The operators of bits mean truth values, as in Keras.
FUNCTIONS |= {
    kind: _named(kind, getattr(jnp, kind)) for kind in FUNCTIONS if kind.startswith("logical_")
}
FUNCTIONS["get_item"] = _named("get_item", operator.getitem, rows_stay)
FUNCTIONS["matmul"] = _named("matmul", operator.matmul, rows_apart)


def _operator(kind: str, reflected: bool = False) -> Callable[..., Any]:
    def method(self: KerasTensor, *other: Any) -> Any:
        return Operation(kind)(*other, self) if reflected else Operation(kind)(self, *other)

    return method


for _dunder, _kind in (_BINARY | _COMPARE | _UNARY).items():
    setattr(KerasTensor, f"__{_dunder}__", _operator(_kind))
for _dunder, _kind in _BINARY.items():
    setattr(KerasTensor, f"__r{_dunder}__", _operator(_kind, reflected=True))
