"""Symbolic tensors: shapes by tracing, unknown sizes, and refusals where values would be needed."""

import operator

import jax
import jax.numpy as jnp
import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

import cornu
from cornu.core.symbolic import FUNCTIONS, KerasTensor, Operation, infer, known_shape


def tensor(*shape, dtype="float32"):
    return KerasTensor(shape, dtype)


# left, right, shape of the result
BROADCASTS = [
    (tensor(None, 8), 2.0, (None, 8)),
    (tensor(None, 8), tensor(None, 8), (None, 8)),
    (tensor(None, 8), tensor(None, 1), (None, 8)),
    (tensor(None, 8), np.ones(8, "float32"), (None, 8)),
    (tensor(None, 1), np.ones(8, "float32"), (None, 8)),
    (tensor(4, 8), tensor(1, 8), (4, 8)),
    (tensor(None, None, 3), tensor(None, None, 3), (None, None, 3)),
]


@pytest.mark.parametrize(("left", "right", "shape"), BROADCASTS)
@pytest.mark.parametrize("name", ["add", "sub", "mul", "truediv", "floordiv", "mod", "pow"])
def test_arithmetic(name, left, right, shape):
    function = getattr(operator, name)
    for result in (function(left, right), function(right, left)):
        assert isinstance(result, KerasTensor)
        assert (result.shape, result.dtype) == (shape, "float32")


@pytest.mark.parametrize("name", ["lt", "le", "gt", "ge", "ne"])
def test_comparisons_are_bool(name):
    result = getattr(operator, name)(tensor(None, 8), 0.5)
    assert (result.shape, result.dtype) == ((None, 8), "bool")


@pytest.mark.parametrize("name", ["and_", "or_", "xor"])
def test_logic(name):
    left, right = tensor(None, 8) > 0, tensor(None, 8) < 1
    result = getattr(operator, name)(left, right)
    assert (result.shape, result.dtype) == ((None, 8), "bool")
    assert (~result).dtype == "bool"


def test_an_array_of_jax_on_the_right():
    assert (tensor(None, 8) * jnp.ones((1, 8))).shape == (None, 8)


def test_unary_operators_and_matmul():
    x = tensor(None, 8)
    assert (-x).shape == abs(x).shape == (None, 8)
    assert (x @ np.ones((8, 3), "float32")).shape == (None, 3)
    assert (np.ones((5, 8), "float32") @ tensor(8, 2)).shape == (5, 2)
    assert (tensor(None, 4, 8) @ tensor(None, 8, 2)).shape == (None, 4, 2)


@pytest.mark.parametrize(
    ("index", "shape"),
    [
        (np.s_[:, 0], (None, 6)),
        (np.s_[:, 1:3], (None, 2, 6)),
        (np.s_[:, ::2], (None, 2, 6)),
        (np.s_[..., None], (None, 4, 6, 1)),
        (np.s_[:, -1, :], (None, 6)),
        (np.s_[..., 0], (None, 4)),
        (np.s_[0], (4, 6)),
        (np.s_[:, :, ::-1], (None, 4, 6)),
    ],
)
def test_slices(index, shape):
    assert tensor(None, 4, 6)[index].shape == shape


@pytest.mark.parametrize("kind", sorted(k for k, f in FUNCTIONS.items() if "core" in f.__module__))
def test_an_operation_on_arrays_is_the_function(kind):
    x = jnp.asarray([[1.0, 2.0], [3.0, 4.0]])
    arguments = {"get_item": (x, 0), "negative": (x,), "absolute": (x,)}.get(kind, (x, x))
    if kind.startswith("logical"):
        arguments = (x > 1, x > 2)[: 1 if kind == "logical_not" else 2]
    np.testing.assert_array_equal(Operation(kind)(*arguments), FUNCTIONS[kind](*arguments))


def test_names_count_up_as_in_keras():
    cornu.utils.clear_session(free_memory=False)
    x = cornu.Input((8,))
    assert [(x + 1).name, (x + x).name, (x * 2).name, x[:, 0].name, (x / 2).name] == (
        ["add", "add_1", "multiply", "get_item", "true_divide"]
    )


@pytest.mark.parametrize(
    ("use", "error", "words"),
    [
        (bool, TypeError, "cannot decide an `if`"),
        (len, TypeError, r"has no len\(\)"),
        (iter, TypeError, "cannot be looped over"),
        (list, TypeError, "cannot be looped over"),
        (float, TypeError, "cannot become a number"),
        (int, TypeError, "cannot become a number"),
        (np.asarray, ValueError, "cannot become a NumPy array"),
        (np.sin, ValueError, "cannot become a NumPy array"),
        (jnp.sin, ValueError, "A function of JAX or NumPy cannot take it"),
        (lambda x: jnp.matmul(x, np.ones((8, 2))), ValueError, "A function of JAX or NumPy"),
        (lambda x: jnp.concatenate([x, x]), ValueError, "A function of JAX or NumPy"),
        (lambda x: jnp.ones(8) * x, ValueError, "A function of JAX or NumPy"),
        (jax.jit(lambda x: x), ValueError, "A function of JAX or NumPy cannot take it"),
    ],
)
def test_use_as_an_array_is_refused_with_advice(use, error, words):
    with pytest.raises(error, match=words) as caught:
        use(tensor(None, 8))
    assert "symbolic tensor ((None, 8)) has no values yet" in str(caught.value)
    assert "cornu.ops" in str(caught.value)


@pytest.mark.parametrize(
    ("use", "words"),
    [
        (
            lambda: tensor(None, 8) + tensor(None, 3),
            r"add\(.*\(None, 8\), .*\(None, 3\)\): the shapes do not go together",
        ),
        (
            lambda: tensor(None, 8) + np.ones((3, 8), "float32"),
            r"ops.add\(.*\(3, 8\)\): the shapes do not go together",
        ),
        (
            lambda: np.ones((5, 3), "float32") @ tensor(None, 8),
            r"matmul\(.*\(None, 8\)\): the sizes",
        ),
        (lambda: tensor(None, 8)[0, 0, 0], r"get_item\(.*\(None, 8\), \(0, 0, 0\)\)"),
    ],
)
def test_what_does_not_fit_is_named_with_shapes(use, words):
    with pytest.raises(ValueError, match=words) as caught:
        use()
    assert "5040" not in str(caught.value)


def test_a_symbolic_tensor_prints_its_shape():
    assert repr(KerasTensor((None, 8), name="x")) == (
        "<KerasTensor shape=(None, 8), dtype=float32, name=x>"
    )


def shapes(function, *tensors):
    result = infer(function, tensors, {})
    return jax.tree_util.tree_map(lambda spec: tuple(spec.shape), result)


def test_sizes_that_follow_from_unknown_ones_are_unknown():
    x = tensor(None, 4, 6)
    assert shapes(lambda a: a.reshape(a.shape[0], -1), x) == (None, 24)
    assert shapes(lambda a: a.reshape(-1, 6), x) == (None, 6)
    assert shapes(lambda a: jnp.concatenate([a, a], 0), x) == (None, 4, 6)
    assert shapes(lambda a: jnp.concatenate([a, a], 1), x) == (None, 8, 6)
    assert shapes(lambda a: {"s": a.sum(0), "t": (a.mean(), a[1:])}, x) == {
        "s": (4, 6),
        "t": ((), (None, 4, 6)),
    }


def test_unknown_sizes_on_one_axis_are_the_same_size():
    first, second = tensor(None, 3), tensor(None, 5)
    assert shapes(lambda a, b: jnp.concatenate([a, b], 1), first, second) == (None, 8)


def needs_a_number(x):
    """Cannot be traced with a symbol: `range` wants a number."""
    return sum(x[i : i + 1] for i in range(0, x.shape[0], max(1, x.shape[0] // 4)))


@pytest.mark.parametrize(
    (
        "merge",
        "shapes",
        "expected",
    ),  # as in Keras, but that (None, 7) joined with (None, None) is (None, 7)
    [
        (cornu.layers.Add(), [(4, 3), (None, 3)], (4, 3)),
        (cornu.layers.Add(), [(None, 3), (4, 3)], (4, 3)),
        (cornu.layers.Multiply(), [(None, 3), (4, 3), (None, 1)], (4, 3)),
        (cornu.layers.Concatenate(), [(4, 3), (None, 2)], (4, 5)),
        (cornu.layers.Concatenate(axis=0), [(4, 3), (None, 3)], (None, 3)),
        (cornu.layers.Concatenate(axis=1), [(None, None, 3), (4, 7, 3)], (4, 14, 3)),
        (cornu.layers.Dot(1), [(4, 3), (None, 3)], (4, 1)),
        (cornu.layers.Attention(), [(4, 5, 3), (None, 6, 3)], (4, 5, 3)),
        (cornu.layers.Add(), [(None, None, 3), (None, 7, 3)], (None, 7, 3)),
        (lambda pair: pair[0] + pair[1], [(4, 3), (None, 3)], (4, 3)),
    ],
)
def test_a_size_that_one_input_knows_holds_for_the_other(merge, shapes, expected):
    assert merge([tensor(*shape) for shape in shapes]).shape == expected


def test_sizes_that_contradict_each_other_are_named():
    with pytest.raises(ValueError, match="on axis 0, the batch, they have the sizes 4 and 5") as caught:
        cornu.layers.Add()([tensor(4, 3), tensor(None, 3), tensor(5, 3)])
    assert not any("JAX" in line for line in caught.value.__notes__)


def test_a_model_of_a_known_and_an_unknown_batch_size_runs():
    a, b = cornu.Input(batch_shape=(4, 3)), cornu.Input((3,))
    model = cornu.Model([a, b], cornu.layers.Add()([a, b]))
    x = np.arange(12, dtype="float32").reshape(4, 3)
    np.testing.assert_array_equal(model.predict([x, x], verbose=0), 2 * x)


@pytest.mark.parametrize(
    ("function", "given", "expected"),
    [
        (needs_a_number, (None, 3), (1, 3)),
        (lambda x: jnp.zeros((int(x.shape[0]), 7)), (None, 3), (None, 7)),
        (lambda x: x.reshape(int(x.shape[0]) // 4, 4, 3), (None, 3), (None, 4, 3)),
        (lambda x: x[: int(x.shape[1]) // 2], (8, None), (8, None)),
        (lambda x: jnp.zeros(int(x.shape[0]) and 5), (None, 3), (5,)),
    ],
)
def test_where_symbols_fail_two_sizes_are_tried(function, given, expected):
    assert shapes(function, tensor(*given)) == expected


def test_the_sizes_tried_are_explained_in_an_error():
    with pytest.raises(TypeError) as caught:
        shapes(lambda x: x + jnp.ones((3, 8)), tensor(None, 8))
    assert "5040 stands for a size that is not known yet" in "".join(caught.value.__notes__)


def test_shapes_met_on_the_way_show_none_for_unknown_sizes():
    seen = []

    def look(x):
        seen.append(known_shape(x.shape))
        return needs_a_number(x) if len(seen) else x

    shapes(look, tensor(None, 3))
    assert set(seen) == {(None, 3)}
    assert known_shape((5040, 3)) == (5040, 3)  # only while a shape is tried


def test_assignments_while_tracing_are_forgotten():
    count = cornu.Variable(0.0)

    def counts(x):
        count.assign_add(1.0)
        return x + count.value

    assert shapes(counts, tensor(None, 3)) == (None, 3)
    assert float(count) == 0


SIZES = st.one_of(st.none(), st.integers(1, 4))


@settings(deadline=None, max_examples=25)
@given(st.lists(SIZES, min_size=1, max_size=3), st.data())
def test_inferred_shapes_are_those_of_real_arrays(sizes, data):
    batch = data.draw(st.integers(1, 5))
    axes = data.draw(st.permutations(range(len(sizes))))
    real = [batch if size is None else size for size in sizes]

    def function(x):
        return jnp.transpose(x, axes), x.sum(-1), x[..., None] * 2

    inferred = shapes(function, tensor(*sizes))
    for found, result in zip(inferred, function(jnp.ones(real)), strict=True):
        assert len(found) == result.ndim
        assert all(a is None or a == b for a, b in zip(found, result.shape, strict=True))
        if None not in sizes:
            assert found == result.shape
