"""What a module owns is what its attributes hold, through lists, tuples and dicts, each once."""

import copy

import numpy as np
from hypothesis import given, settings
from hypothesis import strategies as st

from cornu import Variable
from cornu.core.module import Module, Structure, owned, walk


class Box(Module):
    def __init__(self, **things):
        for name, thing in things.items():
            setattr(self, name, thing)


def names(module):
    return [variable.name for box in walk(module, Module) for variable in owned(box, Variable)]


def v(name):
    return Variable(0.0, name=name)


def test_order_is_that_of_assignment():
    assert names(Box(b=v("b"), a=v("a"), c=v("c"))) == ["b", "a", "c"]


def test_containers_are_looked_into():
    box = Box(
        row=[v("a"), (v("b"), {"x": v("c"), "y": [v("d")]})], none=None, words=["x", "y"], sizes=(1, 2)
    )
    assert names(box) == ["a", "b", "c", "d"]


def test_modules_are_walked_depth_first():
    box = Box(first=Box(a=v("a"), inner=Box(b=v("b"))), second=[Box(c=v("c"))], own=v("own"))
    assert names(box) == ["own", "a", "b", "c"]


def test_what_is_shared_counts_once():
    shared, box = v("shared"), Box(a=v("a"))
    both = Box(x=shared, y=[shared], one=box, two={"again": box})
    assert names(both) == ["shared", "a"]


def test_a_module_may_hold_itself():
    box = Box(a=v("a"))
    box.me = box
    box.others = [Box(back=box, b=v("b"))]
    assert names(box) == ["a", "b"]
    assert [type(m) for m in walk(box, Module)] == [Box, Box]


def test_deleted_and_replaced_attributes_no_longer_count():
    box = Box(a=v("a"), b=v("b"))
    del box.a
    box.b = v("c")
    assert names(box) == ["c"]


def test_appending_to_a_list_counts():
    box = Box(rows=[])
    box.rows.append(v("late"))
    assert names(box) == ["late"]


def test_changes_of_structure_are_counted():
    box = Box()
    for change in (
        lambda: setattr(box, "a", v("a")),
        lambda: setattr(box, "b", [1]),
        lambda: delattr(box, "a"),
    ):
        before = Structure.version
        change()
        assert Structure.version > before
    before = Structure.version
    box.number = 3
    assert Structure.version == before


def test_the_optimizer_is_left_out_unless_asked_for():
    class Optimizer(Module):
        part = "optimizer"

    box = Box(inner=Box(), opt=Optimizer())
    assert [type(m) for m in walk(box, Module)] == [Box, Box]
    assert [type(m) for m in walk(box, Module, skip="")] == [Box, Box, Optimizer]


def test_a_deep_copy_owns_copies():
    box = Box(a=v("a"), inner=Box(b=v("b")))
    copied = copy.deepcopy(box)
    assert names(copied) == ["a", "b"]
    copied.a.assign(4.0)
    np.testing.assert_array_equal(box.a, 0)


TREES = st.recursive(
    st.integers(0, 5),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=2), inner, max_size=3),
    max_leaves=12,
)


@settings(deadline=None)
@given(TREES)
def test_any_nesting_is_found_once_and_in_order(structure):
    variables = [v(str(number)) for number in range(6)]

    def fill(part):
        if isinstance(part, list):
            return [fill(item) for item in part]
        if isinstance(part, dict):
            return {key: fill(item) for key, item in part.items()}
        return variables[part]

    def flat(part):
        if isinstance(part, int):
            return [part]
        return [
            leaf for item in (part.values() if isinstance(part, dict) else part) for leaf in flat(item)
        ]

    assert names(Box(it=fill(structure))) == [str(n) for n in dict.fromkeys(flat(structure))]
