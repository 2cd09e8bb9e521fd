"""rearrange: laws, and messages that teach."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

import cornu
from cornu import ops

X = np.arange(24).reshape(2, 3, 4)


@settings(max_examples=15, deadline=None, derandomize=True)
@given(st.permutations("abc"), st.permutations("xyz"))
def test_a_reversed_pattern_takes_it_back(order, parts):
    sizes = {"x": 2, "y": 1, "z": 2}
    inside = " ".join(parts)
    there = f"a b ({inside}) -> {' '.join(order).replace('c', '(x z) y')}"
    left, right = there.split(" -> ")
    found = ops.rearrange(X, there, **sizes)
    shapes = {"a": (2,), "b": (3,), "c": (4, 1)}
    assert found.shape == tuple(size for name in order for size in shapes[name])
    np.testing.assert_array_equal(ops.rearrange(found, f"{right} -> {left}", **sizes), X)


def test_patterns_say_what_numpy_does():
    np.testing.assert_array_equal(ops.rearrange(X, "a b c -> c (a b)"), X.reshape(6, 4).T)
    np.testing.assert_array_equal(ops.rearrange(X, "... c -> c ..."), np.moveaxis(X, -1, 0))
    np.testing.assert_array_equal(ops.rearrange(X, "a b c -> a 1 b c ()"), X[:, None, :, :, None])
    np.testing.assert_array_equal(ops.rearrange(X[:, :1], "a 1 c -> a c"), X[:, 0])


def test_in_a_graph_the_batch_is_unknown():
    x = cornu.Input((4, 6))
    found = ops.rearrange(x, "b (h k) w -> b k (w h)", k=2)
    assert found.shape == (None, 2, 12)
    assert found.node.operation.samplewise
    assert not ops.rearrange(x, "b h w -> (b h) w").node.operation.samplewise
    data = np.random.default_rng(0).normal(size=(3, 4, 6)).astype("float32")
    expected = data.reshape(3, 2, 2, 6).transpose(0, 2, 3, 1).reshape(3, 2, 12)
    np.testing.assert_array_equal(cornu.Model(x, found)(data), expected)


@pytest.mark.parametrize(
    ("pattern", "sizes", "message"),
    [
        ("a b c", {}, "a pattern has two sides and one arrow"),
        ("a b -> b a", {}, r"the left side names 2 axes, but the tensor has 3, shape \(2, 3, 4\)"),
        ("a b c -> a b d", {}, "'c' is on the left side alone; both sides name the same axes"),
        ("a b c -> a b c d", {}, "'d' is on the right side alone"),
        ("a a c -> a c", {}, "'a' is named twice on the left side"),
        ("a b (c d) -> a b c d", {}, "of 'c d' all sizes but one must be given, as in c=2"),
        ("a b (c d) -> a b c d", {"c": 3}, "an axis of size 4 cannot be taken apart into 3 x d"),
        ("a b c -> c b a", {"a": 3}, "an axis of size 2 cannot be taken apart into 3"),
        ("a b c -> c b a", {"d": 3}, "there is no axis 'd'"),
        ("a (b c -> a b c", {}, "the brackets do not close"),
        ("a ((b) c) d -> a b c d", {}, "the brackets do not close, or are within others"),
        ("a b+ c -> a b c", {}, r"'\+' is no name of an axis"),
        ("a 2 c -> a c", {}, "'2' is no name of an axis"),
        ("a b c d ... -> a b c d ...", {}, "the left side names 4 axes, but the tensor has 3"),
        ("1 b c -> b c", {}, "an axis of size 2 cannot be taken apart into 1"),
    ],
)
def test_wrong_patterns_are_explained(pattern, sizes, message):
    with pytest.raises(ValueError, match=message) as error:
        ops.rearrange(X, pattern, **sizes)
    assert str(error.value).startswith(f"ops.rearrange(x, {pattern!r}): ")
