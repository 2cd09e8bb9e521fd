"""Nested structures: lists, tuples, dicts and the like, with leaves that are anything else.

Nodes are list, tuple, named tuples (and those of Python itself, such as `time.struct_time`), deque,
dict, OrderedDict and defaultdict, but no other subclasses. None is a leaf. The values of a dict are
taken in the order of its sorted keys, those of an OrderedDict in its own order.
"""

from __future__ import annotations

import copy
import functools
import warnings
from collections import OrderedDict, defaultdict, deque
from collections.abc import Callable, Iterable, Iterator, Sequence
from typing import Any, NamedTuple

from cornu.core.errors import describe

__all__ = [
    *("MAP_TO_NONE", "assert_same_paths", "assert_same_structure", "flatten", "flatten_with_path"),
    *("is_nested", "lists_to_tuples", "map_shape_structure", "map_structure"),
    *("map_structure_up_to", "pack_sequence_as", "traverse"),
]

_MAPPINGS = (dict, OrderedDict, defaultdict)


class MAP_TO_NONE:
    """What the function given to `traverse` returns to put None in the place of a part.

    >>> traverse(lambda part: MAP_TO_NONE if part == 1 else None, [1, 2])
    [None, 2]
    """


class _Node(NamedTuple):
    """A structure taken apart by one level."""

    keys: Sequence[Any]
    children: list[Any]
    rebuild: Callable[[list[Any]], Any]  # the same structure with other children


def _node(structure: Any) -> _Node | None:
    """The structure taken apart; None for a leaf."""
    kind = type(structure)
    if kind in _MAPPINGS:
        keys = list(structure) if kind is OrderedDict else _sorted(structure)

        def rebuild(children: list[Any]) -> Any:
            other = copy.copy(structure)  # keeps the order of the keys, and a default factory
            other.update(zip(keys, children, strict=True))
            return other

        return _Node(keys, [structure[key] for key in keys], rebuild)
    if kind in (list, tuple):
        make: Any = kind
    elif kind is deque:
        make = functools.partial(deque, maxlen=structure.maxlen)
    elif isinstance(structure, tuple) and hasattr(kind, "_fields"):
        make = kind._make
    elif isinstance(structure, tuple) and hasattr(kind, "n_sequence_fields"):
        make = kind
    else:
        return None
    return _Node(range(len(structure)), list(structure), make)


def _sorted(keys: Iterable[Any]) -> list[Any]:
    """Keys in order; those of several types by type first; those without an order as they come."""
    keys = list(keys)
    try:
        return sorted(keys)
    except TypeError:
        pass
    try:
        return sorted(keys, key=lambda key: (f"{type(key).__module__}.{type(key).__qualname__}", key))
    except TypeError:
        return keys


def _leaves(structure: Any, path: tuple[Any, ...] = ()) -> Iterator[tuple[tuple[Any, ...], Any]]:
    """Every leaf with its path."""
    node = _node(structure)
    if node is None:
        yield path, structure
        return
    for key, child in zip(node.keys, node.children, strict=True):
        yield from _leaves(child, (*path, key))


def _map(
    function: Callable[..., Any],
    structures: tuple[Any, ...],
    stop: Callable[[Any], bool] = lambda structure: False,
    path: tuple[Any, ...] = (),
) -> Any:
    """`function` on what lies in the place of each leaf of the first structure; `stop` says what else
    is a leaf."""
    first, *others = structures
    node = None if stop(first) else _node(first)
    if node is None:
        return function(path, *structures)
    parts = [node.children, *(_children_like(first, node, other, path) for other in others)]
    return node.rebuild(
        [
            _map(function, tuple(together), stop, (*path, key))
            for key, *together in zip(node.keys, *parts, strict=True)
        ]
    )


def _children_like(first: Any, node: _Node, other: Any, path: tuple[Any, ...]) -> list[Any]:
    """The children of a structure in the order of those of the first, of whose kind it must be."""
    mine, kind = type(first), type(other)
    if mine is not kind and not (mine in _MAPPINGS and kind in _MAPPINGS):
        raise ValueError(_differ(path, f"a {mine.__name__}", describe(other)))
    if mine in _MAPPINGS:
        if set(first) != set(other):
            raise ValueError(_differ(path, f"the keys {list(node.keys)}", f"the keys {list(other)}"))
        return [other[key] for key in node.keys]
    if len(first) != len(other):
        raise ValueError(_differ(path, f"{len(first)} items", f"{len(other)}: {describe(other)}"))
    return list(other)


def _differ(path: tuple[Any, ...], expected: str, came: str) -> str:
    place = f"at {path}" if path else "at the top"
    return (
        f"The two structures don't have the same nested structure: {place} the first has {expected}, "
        f"the second {came}. Give both the same nesting."
    )


def _only_leaves(path: tuple[Any, ...], *parts: Any, none_is_leaf: bool = True) -> None:
    """Raises an error if one of the parts is no leaf, where the first one is."""
    for part in parts:
        if is_nested(part) or (part is None and not none_is_leaf):
            raise ValueError(_differ(path, describe(parts[0]), describe(part)))


def is_nested(structure: Any) -> bool:
    """Whether a structure is a node, not a leaf.

    >>> is_nested(42), is_nested({"a": 42}), is_nested([])
    (False, True, True)
    """
    return _node(structure) is not None


def flatten(structure: Any) -> list[Any]:
    """The leaves of a structure, in order.

    >>> flatten([[1, 2], {"b": 4, "a": None}])
    [1, 2, None, 4]
    """
    return [leaf for _, leaf in _leaves(structure)]


def flatten_with_path(structure: Any) -> list[tuple[tuple[Any, ...], Any]]:
    """The leaves of a structure, each with its path: the tuple of indices and keys that lead to it.

    >>> flatten_with_path([{"a": 42}])
    [((0, 'a'), 42)]
    """
    return list(_leaves(structure))


def pack_sequence_as(structure: Any, flat_sequence: Iterable[Any]) -> Any:
    """The structure with these leaves in place of its own: undoes `flatten`.

    Args:
        structure: any structure.
        flat_sequence: as many leaves as it has.

    Raises:
        TypeError: if `flat_sequence` cannot be looped over.
        ValueError: if there are too few or too many leaves.

    Example:
        >>> pack_sequence_as({"b": 0, "a": (0, 0)}, [1, 2, 3])
        {'b': 3, 'a': (1, 2)}
    """
    try:
        leaves = list(flat_sequence)
    except TypeError:
        raise TypeError(
            f"pack_sequence_as: flat_sequence must be a list of leaves, got {describe(flat_sequence)}. "
            "Write [value] for a single one."
        ) from None
    wanted = len(flatten(structure))
    if len(leaves) != wanted:
        raise ValueError(
            f"pack_sequence_as: the structure has {wanted} leaves, but flat_sequence holds too "
            f"{'few' if len(leaves) < wanted else 'many'}: {len(leaves)}. Give one for each."
        )
    rest = iter(leaves)
    return _map(lambda path, leaf: next(rest), (structure,))


def map_structure(func: Callable[..., Any], *structures: Any, none_is_leaf: bool = True) -> Any:
    """The structure with `func(leaf)` for each leaf; of several structures, `func(leaf1, leaf2, ...)`.

    Args:
        func: a function of as many arguments as there are structures.
        structures: of the same nesting.
        none_is_leaf: whether `func` is called on None (default); otherwise None stays.

    Raises:
        TypeError: if `func` cannot be called.
        ValueError: if there is no structure, or the nesting of two differs.

    Example:
        >>> map_structure(lambda x, y: x * y, [1, {"a": 2}], [3, {"a": 4}])
        [3, {'a': 8}]
    """
    _check_call("map_structure", func, structures)

    def apply(path: tuple[Any, ...], *leaves: Any) -> Any:
        if leaves[0] is None and not none_is_leaf:
            different = [leaf for leaf in leaves if leaf is not None]
            if different:
                raise ValueError(_differ(path, "None", describe(different[0])))
            return None
        _only_leaves(path, *leaves, none_is_leaf=none_is_leaf)
        return func(*leaves)

    return _map(apply, structures)


def map_structure_up_to(shallow_structure: Any, func: Callable[..., Any], *structures: Any) -> Any:
    """`shallow_structure` with, for each leaf, `func` of what the structures have in its place.

    Args:
        shallow_structure: a structure whose leaves say where to stop.
        func: a function of as many arguments as there are structures.
        structures: of the same nesting, or deeper.

    Raises:
        TypeError: if `func` cannot be called.
        ValueError: if there is no structure, or one is nested in another way.

    Example:
        >>> map_structure_up_to([None, [None, None]], str, [[1, 1], [2, 2]])
        ['[1, 1]', ['2', '2']]
    """
    _check_call("map_structure_up_to", func, structures)
    return _map(lambda path, shallow, *parts: func(*parts), (shallow_structure, *structures))


def _check_call(caller: str, func: Any, structures: tuple[Any, ...]) -> None:
    if not callable(func):
        raise TypeError(f"{caller}: func must be callable, got {describe(func)}. Write a function.")
    if not structures:
        raise ValueError(f"{caller}: must provide at least one structure after the function.")


def assert_same_structure(a: Any, b: Any, check_types: bool | None = None) -> None:
    """Raises an error unless both have nodes of the same type, length and keys in the same places.

    dict, OrderedDict and defaultdict count as one type; list, tuple, deque and named tuples do not.

    Args:
        a, b: structures.
        check_types: has no effect; what is given warns.

    Raises:
        ValueError: with the place where they differ first.

    Example:
        >>> assert_same_structure([(0, 1)], [(2, 3)])
        >>> assert_same_structure([(0, 1)], [[2, 3]])
        Traceback (most recent call last):
        ValueError: The two structures don't have the same nested structure: at (0,) the first has a
        tuple, the second [2, 3]. Give both the same nesting.
    """
    if check_types is not None:
        warnings.warn(
            "assert_same_structure(check_types=...) has no effect. Leave it out; use "
            "assert_same_paths where lists and tuples may stand for each other.",
            DeprecationWarning,
            stacklevel=2,
        )
    _map(_only_leaves, (a, b))


def assert_same_paths(a: Any, b: Any) -> None:
    """Raises an error unless the leaves of both have the same paths, whatever the nodes' types.

    Raises:
        ValueError: with the paths that only one of them has.

    Example:
        >>> assert_same_paths([0, 1], (2, 3))
    """
    mine, yours = ({path for path, _ in _leaves(structure)} for structure in (a, b))
    if mine != yours:
        raise ValueError(
            "`a` and `b` don't have the same paths."
            + (f"\nPaths in `a` missing in `b`:\n{mine - yours}" if mine - yours else "")
            + (f"\nPaths in `b` missing in `a`:\n{yours - mine}" if yours - mine else "")
        )


def traverse(func: Callable[[Any], Any], structure: Any, top_down: bool = True) -> Any:
    """The structure with each part, node or leaf, replaced by `func(part)`, unless that is None.

    Args:
        func: a function of a part. None leaves it as it is; `MAP_TO_NONE` puts None in its place.
        structure: any structure.
        top_down: whether a node comes before its children (default), which are not visited if it is
            replaced; otherwise after them.

    Raises:
        TypeError: if `func` cannot be called.

    Example:
        >>> traverse(lambda part: len(part) if isinstance(part, list) else None, ([1, 2], {"a": [3]}))
        (2, {'a': 1})
    """
    if not callable(func):
        raise TypeError(f"traverse: func must be callable, got {describe(func)}. Write a function.")

    def children(part: Any) -> Any:
        node = _node(part)
        return part if node is None else node.rebuild([visit(child) for child in node.children])

    def visit(part: Any) -> Any:
        part = part if top_down else children(part)
        new = func(part)
        if new is None:
            return children(part) if top_down else part
        return None if new is MAP_TO_NONE else new

    return visit(structure)


def lists_to_tuples(structure: Any) -> Any:
    """The structure with tuples in place of lists.

    >>> lists_to_tuples([1, {"a": [2]}])
    (1, {'a': (2,)})
    """
    return traverse(lambda part: tuple(part) if isinstance(part, list) else None, structure, False)


def map_shape_structure(func: Callable[[Any], Any], structure: Any) -> Any:
    """`map_structure` that takes shapes, tuples or lists of integers and None, as leaves.

    >>> map_shape_structure(len, {"a": (None, 8), "b": [(2,), (3, 4, 5)]})
    {'a': 2, 'b': [1, 3]}
    """
    return _map(lambda path, leaf: func(leaf), (structure,), _is_shape)


def _is_shape(structure: Any) -> bool:
    sizes = structure if isinstance(structure, (list, tuple)) else [""]
    return all(size is None or isinstance(size, int) for size in sizes)
