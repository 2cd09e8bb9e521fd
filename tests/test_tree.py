"""cornu.tree against Keras, row by row, and over nested structures that hypothesis makes up."""

import collections
import time
import types
from collections import OrderedDict, defaultdict, deque

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

import cornu
from cornu import tree

Point = collections.namedtuple("Point", ["x", "y"])
Other = collections.namedtuple("Point", ["x", "y"])


class Words(list):
    """A subclass, which is a leaf."""


class Named(dict):
    """A subclass, which is a leaf."""


@pytest.fixture(scope="module")
def theirs():
    import keras

    return keras.tree


def outcome(call):
    """What a call gives, or the type of its error; with types and orders, which == does not see."""
    try:
        return repr(call())
    except Exception as error:
        return type(error).__name__


STRUCTURES = [
    *(None, 42, "text", [], {}, (), [1], [None], (1, [2, (3,)], []), [[[1]]]),
    *(Point(1, [2, None]), Words([1]), Named(a=1), OrderedDict(b=1, a=[2]), deque([1, 2], maxlen=5)),
    *(defaultdict(list, {"b": 1, "a": [2]}), time.gmtime(0), {"b": 1, "a": {"d": 2, "c": 3}}),
    *({"a": 1, 2: 3, None: 4}, {1j: 1, 2j: 2}, {(1,): 2, (0, 3): 1}, {3, 4}, range(3), np.ones(2)),
    *(types.MappingProxyType({"a": 1}), collections.Counter("aab"), collections.UserDict(a=1), int),
    [(None, 3), {"a": [1, 2], "b": ((1,), (2,))}, ()],
    {"a": 5, "b": None, "c": (True, 2), "d": (np.int64(1), 2), "e": Point(1, None)},
]
ONE = {
    "is_nested": lambda tree, s: tree.is_nested(s),
    "flatten": lambda tree, s: tree.flatten(s),
    "flatten_with_path": lambda tree, s: tree.flatten_with_path(s),
    "map_structure": lambda tree, s: tree.map_structure(lambda leaf: [leaf], s),
    "map_structure, None is no leaf": lambda tree, s: tree.map_structure(
        lambda leaf: [leaf], s, none_is_leaf=False
    ),
    "pack_sequence_as": lambda tree, s: tree.pack_sequence_as(s, range(10, 10 + len(tree.flatten(s)))),
    "too few": lambda tree, s: tree.pack_sequence_as([0, s], [1] * len(tree.flatten(s))),
    "too many": lambda tree, s: tree.pack_sequence_as(s, [1] * (len(tree.flatten(s)) + 1)),
    "traverse, top down": lambda tree, s: traversed(tree, s, True),
    "traverse, bottom up": lambda tree, s: traversed(tree, s, False),
    "lists_to_tuples": lambda tree, s: tree.lists_to_tuples(s),
    "map_shape_structure": lambda tree, s: tree.map_shape_structure(lambda shape: ["shape", shape], s),
}


def traversed(tree, structure, top_down):
    """The parts in the order in which they were visited, and what came out."""
    visited = []

    def visit(part):
        visited.append(repr(part))
        if isinstance(part, list):
            return tuple(part)
        return tree.MAP_TO_NONE if part == 1 else None

    return tree.traverse(visit, structure, top_down=top_down), visited


@pytest.mark.parity
@pytest.mark.parametrize("structure", STRUCTURES, ids=repr)
def test_each_function_gives_what_it_gives_in_keras(theirs, structure):
    for name, call in ONE.items():
        ours = outcome(lambda: call(tree, structure))  # noqa: B023
        assert ours == outcome(lambda: call(theirs, structure)), name  # noqa: B023


PAIRS = [
    *[([1, 2], (1, 2)), ([1], [[1]]), ([[1]], [1]), ({"a": 1}, {"b": 1}), ({"a": 1}, {"a": 1, "b": 2})],
    *[({"a": 1, "b": 2}, OrderedDict(b=1, a=2)), (OrderedDict(b=1, a=2), {"a": 1, "b": 2})],
    *[(Point(1, 2), Other(1, 2)), (Point(1, 2), Point(3, [4])), (Point(1, 2), (1, 2))],
    *[((1, 2), Point(1, 2)), ([1], [1, 2]), (None, 1), (1, None), (None, []), ([], None), ([], ())],
    *[(1, 2), ({}, OrderedDict()), (deque([1]), deque([2], maxlen=3)), (deque([1]), [1])],
    *[(defaultdict(list, a=1), {"a": 2}), ([None, 1], [1, None]), (Named(a=1), {"a": 1})],
    *[([1], Words([1])), ([1, [2, 3]], [[1, 1], [2, {"a": 2}]]), ([1, None], [2, None])],
]
TWO = {
    "assert_same_structure": lambda tree, a, b: tree.assert_same_structure(a, b),
    "assert_same_paths": lambda tree, a, b: tree.assert_same_paths(a, b),
    "map_structure": lambda tree, a, b: tree.map_structure(lambda x, y: (x, y), a, b),
    "map_structure, None is no leaf": lambda tree, a, b: tree.map_structure(
        lambda x, y: (x, y), a, b, none_is_leaf=False
    ),
    "map_structure_up_to": lambda tree, a, b: tree.map_structure_up_to(a, lambda y: ["part", y], b),
}


@pytest.mark.parity
@pytest.mark.parametrize(("a", "b"), PAIRS, ids=repr)
def test_two_structures_give_what_they_give_in_keras(theirs, a, b):
    for name, call in TWO.items():
        if name == "map_structure_up_to" and None in tree.flatten(a):
            continue  # see the next test
        ours = outcome(lambda: call(tree, a, b))  # noqa: B023
        assert ours == outcome(lambda: call(theirs, a, b)), name  # noqa: B023


def test_none_in_the_shallow_structure_is_a_leaf():
    # the two examples in Keras's documentation, which Keras 3.15 itself refuses
    assert tree.map_structure_up_to([None, None], len, [[1, 1], [2, 2]]) == [2, 2]
    parts = tree.map_structure_up_to([None, [None, None]], str, [[1, 1], [2, 2]])
    assert parts == ["[1, 1]", ["2", "2"]]


LEAVES = st.one_of(st.none(), st.integers(0, 3), st.text("ab", max_size=2))
KEYS = st.sampled_from(["a", "b", "c", "d"])
NESTED = st.recursive(
    LEAVES,
    lambda inner: st.one_of(
        st.lists(inner, max_size=3),
        st.lists(inner, max_size=3).map(tuple),
        st.lists(inner, max_size=3).map(deque),
        st.dictionaries(KEYS, inner, max_size=3),
        st.dictionaries(KEYS, inner, max_size=3).map(OrderedDict),
        st.tuples(inner, inner).map(lambda pair: Point(*pair)),
    ),
    max_leaves=8,
)


@pytest.mark.parity
@settings(deadline=None, max_examples=60)
@given(NESTED, NESTED)
def test_any_structures_give_what_they_give_in_keras(a, b):
    import keras

    for call in ONE.values():
        assert outcome(lambda: call(tree, a)) == outcome(lambda: call(keras.tree, a))  # noqa: B023
    for name, call in TWO.items():
        if name != "map_structure_up_to":
            ours = outcome(lambda: call(tree, a, b))  # noqa: B023
            assert ours == outcome(lambda: call(keras.tree, a, b)), name  # noqa: B023


@settings(deadline=None, max_examples=60)
@given(NESTED)
def test_what_was_flattened_can_be_packed_again(structure):
    leaves = tree.flatten(structure)
    assert repr(tree.pack_sequence_as(structure, leaves)) == repr(structure)
    assert [leaf for _, leaf in tree.flatten_with_path(structure)] == leaves
    tree.assert_same_structure(structure, tree.map_structure(lambda leaf: 0, structure))
    for path, leaf in tree.flatten_with_path(structure):
        part = structure
        for key in path:
            part = part[key]
        assert part is leaf


def test_arrays_variables_and_symbolic_tensors_are_leaves():
    leaves = [np.ones(2), cornu.Variable(1.0), cornu.Input((2,)), cornu.layers.Dense(1)]
    assert tree.flatten({"a": leaves[:2], "b": tuple(leaves[2:])}) == leaves


@pytest.mark.parametrize(
    ("call", "error", "words"),
    [
        (
            lambda: tree.assert_same_structure([{"a": (1, 2)}], [{"a": [1, 2]}]),
            ValueError,
            r"the same nested structure: at \(0, 'a'\) the first has a tuple, the second \[1, 2\]",
        ),
        (
            lambda: tree.map_structure(max, {"a": 1}, {"b": 1}),
            ValueError,
            r"at the top the first has the keys \['a'\], the second the keys \['b'\]",
        ),
        (
            lambda: tree.map_structure(max, [1], [1, 2]),
            ValueError,
            r"has 1 items, the second 2: \[1, 2\]",
        ),
        (
            lambda: tree.map_structure(max, [1], [[2]]),
            ValueError,
            r"at \(0,\) the first has 1, the second",
        ),
        (
            lambda: tree.map_structure(max),
            ValueError,
            r"map_structure: must provide at least one structure",
        ),
        (lambda: tree.map_structure(3, [1]), TypeError, r"map_structure: func must be callable, got 3"),
        (lambda: tree.traverse([1], len), TypeError, r"traverse: func must be callable, got \[1\]"),
        (lambda: tree.pack_sequence_as([1, 2], [1]), ValueError, r"has 2 leaves, .* too few: 1"),
        (lambda: tree.pack_sequence_as([1, 2], range(3)), ValueError, r"has 2 leaves, .* too many: 3"),
        (lambda: tree.pack_sequence_as([1], 5), TypeError, r"must be a list of leaves, got 5"),
        (
            lambda: tree.assert_same_paths({"a": 1, "b": 2}, {"a": 1, "c": 2}),
            ValueError,
            r"(?s)in `a` missing in `b`:\n{\('b',\)}.*in `b` missing in `a`:\n{\('c',\)}",
        ),
    ],
)
def test_errors_say_where_and_what(call, error, words):
    with pytest.raises(error, match=words):
        call()


@pytest.mark.parametrize("check_types", [True, False])
def test_check_types_is_deprecated_as_in_keras(check_types):
    with pytest.warns(DeprecationWarning, match=r"check_types=...\) has no effect.*assert_same_paths"):
        tree.assert_same_structure([1], [2], check_types=check_types)
