"""What the rows of the contract do not show of the ops of neural networks."""

import inspect

import jax
import jax.numpy as jnp
import keras
import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

import cornu
from cornu import ops
from cornu.core.errors import CornuWarning, NotBuiltYetError
from cornu.core.symbolic import FUNCTIONS
from tests.ops.contract import arrays_in, function
from tests.ops.rows import image, nn
from tests.ops.test_contract import results, same, symbolic

RNG = np.random.default_rng(9)
SERIES = RNG.normal(size=(2, 6, 4)).astype("float32")
IMAGES = RNG.normal(size=(2, 4, 6, 4)).astype("float32")
few = settings(max_examples=6, deadline=None, derandomize=True)


def test_every_name_has_keras_signature():
    for family in ("nn", "image"):
        ours = getattr(ops, family)
        theirs = {name for name in dir(getattr(keras.ops, family)) if not name.startswith("_")}
        assert set(ours.__all__) == theirs
        for name in ours.__all__:
            found, expected = (
                [(one.name, one.default) for one in inspect.signature(function).parameters.values()]
                for function in (getattr(ours, name), getattr(getattr(keras.ops, family), name))
            )
            assert found == expected, name
            assert not hasattr(ops, name) if family == "image" else getattr(ops, name)


def test_whether_rows_are_apart_does_not_depend_on_how_arguments_are_passed():
    for row in [*nn.ROWS, *image.ROWS]:
        rule = getattr(FUNCTIONS.get(row.name.split(".")[-1]), "samplewise", False)
        if callable(rule) and arrays_in(row)[0]:
            arrays, filled = arrays_in(row)
            args, kwargs = filled(symbolic(cornu, arrays, ()))
            named = inspect.signature(function(cornu, row)).bind(*args, **kwargs).arguments
            named |= named.pop("kwargs", {})
            assert rule(**named) == rule(*args, **kwargs), row.name
            assert rule(**dict(reversed(named.items()))) == rule(**named), row.name


@pytest.mark.wide
def test_rows_are_said_to_be_apart_only_where_they_are():
    """Where the rule of an op says so, the second rows alone give the second row of the result."""
    for row in [*nn.ROWS, *image.ROWS]:
        arrays, filled = arrays_in(row)
        rule = getattr(FUNCTIONS.get(row.name.split(".")[-1]), "samplewise", False)
        if row.wide or not row.symbolic or not arrays:
            continue
        args, kwargs = filled(symbolic(cornu, arrays, ()))
        if rule(*args, **kwargs) if callable(rule) else rule:
            found, whole = results(cornu, row, [array[1:2] for array in arrays]), results(cornu, row)
            if all(array.ndim == arrays[0].ndim for array in arrays):
                same(found, jax.tree.map(lambda part: part[1:2], whole), row)


# ---------------------------------------------------------------------------------------- values


def test_softmax_along_an_axis_of_one_number_warns():
    with pytest.warns(CornuWarning, match="softmax along axis -1 of size 1 is always 1"):
        assert ops.softmax([[3.0], [4.0]]).tolist() == [[1.0], [1.0]]


def test_sparsemax_is_the_nearest_point_that_sums_to_1():
    x = RNG.normal(size=(20, 5)).astype("float32") * 2
    found = np.asarray(ops.sparsemax(x))
    np.testing.assert_allclose(found.sum(-1), 1, rtol=1e-5)
    shifts = np.where(found > 0, x - found, np.nan)  # the same for all that are not cut off
    assert (np.nanmax(shifts, -1) - np.nanmin(shifts, -1) < 1e-5).all()
    assert (np.where(found > 0, -np.inf, x).max(-1) <= np.nanmin(shifts, -1) + 1e-5).all()


def test_pooling_without_strides_lays_windows_side_by_side():
    blocks = IMAGES.reshape(2, 2, 2, 3, 2, 4)
    np.testing.assert_allclose(ops.max_pool(IMAGES, 2), blocks.max((2, 4)))
    np.testing.assert_allclose(ops.average_pool(IMAGES, 2), blocks.mean((2, 4)), atol=1e-6)
    assert ops.max_pool(np.arange(4).reshape(1, 4, 1), 2).ravel().tolist() == [1, 3]


def test_adaptive_pooling_is_the_mean_and_the_largest_of_windows():
    x = RNG.normal(size=(1, 5, 2)).astype("float32")
    windows = [x[:, 0:2], x[:, 1:4], x[:, 3:5]]
    mean = np.stack([window.mean(1) for window in windows], 1)
    np.testing.assert_allclose(ops.adaptive_average_pool(x, 3), mean, atol=1e-6)
    largest = np.stack([window.max(1) for window in windows], 1)
    np.testing.assert_allclose(ops.adaptive_max_pool(x, 3), largest)


@few
@given(st.data())
def test_fold_is_the_transpose_of_unfold(data):
    draw = data.draw
    size, step, border, stride = (
        (draw(st.integers(least, 3)), draw(st.integers(least, 3))) for least in (1, 1, 0, 1)
    )
    height, width = draw(st.integers(7, 9)), draw(st.integers(7, 9))
    x = RNG.normal(size=(2, 2, height, width)).astype("float32")
    columns = ops.unfold(x, size, step, border, stride)
    y = RNG.normal(size=columns.shape).astype("float32")
    images = ops.fold(y, (height, width), size, step, border, stride)
    np.testing.assert_allclose(np.vdot(columns, y), np.vdot(x, images), rtol=1e-3, atol=1e-3)


@few
@given(st.integers(2, 3), st.sampled_from(["channels_last", "channels_first"]))
def test_space_to_depth_is_the_inverse_of_depth_to_space(block, data_format):
    x = np.arange(2 * 18**2 * 2, dtype="int32").reshape(2, 18, 2, 18)
    deep = x if data_format == "channels_first" else x.swapaxes(1, 3)
    deep = np.concatenate([deep] * 2, axis=1 if data_format == "channels_first" else 3)
    if deep.shape[1 if data_format == "channels_first" else 3] % block**2 == 0:
        wide = ops.depth_to_space(deep, block, data_format)
        np.testing.assert_array_equal(ops.space_to_depth(wide, block, data_format), deep)


@few
@given(st.lists(st.integers(1, 4), min_size=1, max_size=3), st.data())
def test_normalizations_are_those_of_numpy(shape, data):
    x = RNG.normal(size=shape).astype("float32")
    axis = data.draw(st.integers(-len(shape), len(shape) - 1))
    wide = {"axis": axis, "keepdims": True}
    mean, variance = x.mean(**wide), x.var(**wide)
    for found, expected in zip(ops.moments(x, axis, True), (mean, variance), strict=True):
        np.testing.assert_allclose(found, expected, atol=1e-5)
    expected = (x - mean) / np.sqrt(variance + 0.1)
    np.testing.assert_allclose(ops.layer_normalization(x, axis=axis, epsilon=0.1), expected, atol=1e-5)
    expected = x / np.sqrt((x**2).mean(**wide) + 0.1)
    np.testing.assert_allclose(ops.rms_normalization(x, axis=axis, epsilon=0.1), expected, atol=1e-5)
    for order in (1, 2, 3):
        expected = x / np.linalg.norm(x, order, **wide)
        np.testing.assert_allclose(ops.normalize(x, axis, order), expected, atol=1e-5)


def test_several_axes_are_normalized_as_one():
    flat = SERIES.reshape(2, -1)
    for order in (1, 3):
        expected = flat / np.linalg.norm(flat, order, axis=1, keepdims=True)
        found = ops.normalize(SERIES, (1, 2), order)
        np.testing.assert_allclose(found, expected.reshape(SERIES.shape), rtol=1e-5)


def test_zeros_are_normalized_to_zeros_and_have_gradients():
    for order in (1, 2, 3):
        value, slope = jax.value_and_grad(lambda x, o=order: ops.normalize(x, order=o).sum())(
            jnp.zeros(3)
        )
        assert value == 0
        assert np.isfinite(slope).all()


def test_half_precision_is_normalized_in_float32():
    small = jnp.full((4,), 1e-4, "float16")  # its square is 0 in float16
    np.testing.assert_allclose(ops.normalize(small), 0.5, rtol=1e-3)


def test_scaling_of_old_programs_leaves_the_mean_and_warns():
    with pytest.warns(CornuWarning, match="write ops.rms_normalization"):
        found = ops.layer_normalization(SERIES, 2 * np.ones(4, "float32"), epsilon=0.1, rms_scaling=True)
    expected = 2 * SERIES / np.sqrt(SERIES.var(-1, keepdims=True) + 0.1)
    np.testing.assert_allclose(found, expected, rtol=1e-5)


def test_classes_on_another_axis():
    labels = RNG.integers(0, 6, size=(2, 4))
    log_p = SERIES - np.log(np.exp(SERIES).sum(1, keepdims=True))
    expected = -np.take_along_axis(log_p, labels[:, None], 1)[:, 0]
    found = ops.sparse_categorical_crossentropy(labels, SERIES, True, axis=1)
    np.testing.assert_allclose(found, expected, rtol=1e-5)


# ------------------------------------------------------------------------------------- attention


def attention(query, key, value, mask=True, bias=0.0, scale=None, cap=None):
    """As written in the paper, with copies of heads that are shared."""
    key, value = (np.repeat(x, query.shape[2] // x.shape[2], 2) for x in (key, value))
    scale = query.shape[-1] ** -0.5 if scale is None else scale
    scores = np.einsum("bqhd,bkhd->bhqk", query, key) * scale
    scores = scores if cap is None else cap * np.tanh(scores / cap)
    weights = np.exp(np.where(mask, scores + bias, -np.inf))
    return np.einsum("bhqk,bkhd->bqhd", weights / weights.sum(-1, keepdims=True), value)


@pytest.mark.parametrize("cap", [None, 0.5])
def test_attention_is_that_of_the_paper(cap):
    query, key, value = (
        RNG.normal(size=(2, steps, heads, size)).astype("float32")
        for steps, heads, size in ((3, 4, 6), (5, 2, 6), (5, 2, 3))
    )
    bias = RNG.normal(size=(4, 1, 5)).astype("float32")
    found = ops.dot_product_attention(
        query, key, value, bias, scale=0.7, is_causal=True, attn_logits_soft_cap=cap
    )
    expected = attention(query, key, value, np.tri(3, 5, dtype=bool), bias, 0.7, cap)
    np.testing.assert_allclose(found, expected, atol=1e-5)


def test_a_query_that_may_look_at_nothing_gets_the_mean_of_all():
    x = RNG.normal(size=(1, 3, 1, 2)).astype("float32")
    found = ops.dot_product_attention(x, x, x, mask=np.zeros((3, 3), bool))
    np.testing.assert_allclose(found[0, 0, 0], x.mean(1)[0, 0], rtol=1e-5)


# ------------------------------------------------------------------------------ symbolic tensors


@pytest.mark.parametrize(
    "call, shape",
    [
        (lambda x: ops.adaptive_max_pool(x, (2, 3)), (None, 2, 3, 4)),
        (lambda x: ops.adaptive_average_pool(x, 2), (None, 2, 2, 4)),
        (lambda x: ops.max_pool(x, 2), (None, 2, 3, 4)),
        (lambda x: ops.conv(x, np.ones((3, 3, 2, 6), "float32")), (None, 2, 4, 6)),
        (lambda x: ops.conv_transpose(x, np.ones((3, 3, 5, 4), "float32"), 2, "same"), (None, 8, 12, 5)),
        (lambda x: ops.unfold(x, 2), (None, 16, 15)),
        (lambda x: ops.batch_normalization(x, np.ones(4), np.ones(4), -1), (None, 4, 6, 4)),
        (lambda x: ops.dot_product_attention(x, x, x, is_causal=True), (None, 4, 6, 4)),
        (lambda x: ops.ctc_decode(x[:, 0], np.ones(2, "int32"))[0], None),
    ],
)
def test_the_size_of_the_batch_may_be_unknown(call, shape):
    x = cornu.Input((4, 6, 4))
    if shape is None:  # the lengths say how many there are
        with pytest.raises(ValueError, match="for each of the"):
            call(x)
    else:
        y = call(x)
        assert y.shape == shape
        np.testing.assert_allclose(cornu.Model(x, y)(IMAGES), call(IMAGES), atol=1e-5)


# -------------------------------------------------------------------------------------- messages

ONE = np.ones((1, 4, 4, 2), "float32")
HEADS = np.ones((2, 3, 4, 8), "float32")


@pytest.mark.parametrize(
    "name, args, kwargs, words",
    [
        ("glu", (np.ones((2, 3)),), {}, "even size along axis=-1"),
        ("softmax", (3.0,), {}, "x must have at least one axis"),
        ("max_pool", (ONE[0, 0], 2), {}, "inputs must have 3 or 4 or 5 axes, those of batch, space"),
        ("max_pool", (ONE, 5), {}, r"a window of \(5, 5\) does not fit into a size of \(4, 4\)"),
        ("max_pool", (ONE, (2, 2, 2)), {}, "pool_size must be a whole number or a tuple of 2"),
        ("average_pool", (ONE, 2, 0), {}, "strides must be a whole number, 1 or more, got strides=0"),
        ("average_pool", (ONE, 2), {"padding": "sane"}, 'Did you mean "same"'),
        ("max_pool", (ONE, 2), {"data_format": "channel_last"}, 'Did you mean "channels_last"'),
        ("adaptive_max_pool", (ONE, 2.5), {}, "output_size must be a whole number"),
        ("conv", (ONE, np.ones((3, 2, 4))), {}, "the kernel must have 4 axes, as the inputs have"),
        ("conv", (ONE, np.ones((3, 3, 3, 4))), {}, "does not go with 2 channels: 3 must divide them"),
        ("conv", (ONE, np.ones((3, 3, 1, 3))), {}, "the number of groups, the 3 filters"),
        (
            "conv",
            (ONE, np.ones((3, 3, 2, 1)), 1, "valid", None, 2),
            {},
            r"a kernel of \(5, 5\) does not fit into",
        ),
        ("depthwise_conv", (ONE, np.ones((3, 3, 4, 1))), {}, "have 2 channels, but the kernel is for 4"),
        ("conv_transpose", (ONE, np.ones((3, 3, 4, 1))), {}, "have 2 channels, but the kernel is for 1"),
        (
            "conv_transpose",
            (ONE, np.ones((3, 3, 4, 2)), 2, "same", 2),
            {},
            "output_padding must be below",
        ),
        ("depth_to_space", (ONE, 2), {}, "2 channels do not make up blocks of 2 x 2 pixels"),
        ("depth_to_space", (ONE, 1), {}, "block_size must be a whole number, 2 or more"),
        ("space_to_depth", (ONE, 3), {}, "height and width must be multiples of 3"),
        ("unfold", (ONE[0], 2), {}, r"x must have 4 axes, \(batch, channels, height, width\)"),
        ("unfold", (ONE, (2, 3)), {}, r"a patch of \(2, 3\) does not fit into a size of \(4, 2\)"),
        (
            "fold",
            (np.ones((1, 4, 9)), 3, 2),
            {},
            r"have shape \(batch, channels \* 4, 4\), got \(1, 4, 9\)",
        ),
        ("moments", (ONE, 4), {}, r"there is no axis 4 in shape \(1, 4, 4, 2\)"),
        ("batch_normalization", (ONE, np.ones(3), np.ones(2), -1), {}, r"mean must have shape \(2,\)"),
        ("layer_normalization", (ONE, np.ones(3)), {}, r"gamma must have shape \(2,\)"),
        ("normalize", (ONE,), {"order": 0}, "order must be a whole number, 1 or more"),
        ("one_hot", ([1], 0), {}, "num_classes must be a whole number, 1 or more"),
        ("multi_hot", ([1],), {}, "num_classes must be a whole number"),
        ("binary_crossentropy", ([1], [[0.5]]), {}, r"same shape, got \(1,\) and \(1, 1\)"),
        ("categorical_crossentropy", (1.0, 1.0), {}, "output must have an axis of classes"),
        (
            "sparse_categorical_crossentropy",
            ([[1, 0]], [[0.5, 0.5]]),
            {},
            "One-hot rows go to categorical",
        ),
        ("psnr", ([1.0], [1.0, 2.0], 1.0), {}, "x1 and x2 must have the same shape"),
        ("dot_product_attention", (HEADS[0], HEADS, HEADS), {}, "query must have 4 axes"),
        ("dot_product_attention", (HEADS, HEADS[..., :4], HEADS), {}, "do not go together, got"),
        (
            "dot_product_attention",
            (HEADS, HEADS, HEADS),
            {"mask": np.ones((3, 3))},
            "mask must hold truth",
        ),
        (
            "dot_product_attention",
            (HEADS, HEADS, HEADS),
            {"bias": np.ones((2, 3))},
            r"\(2, 4, 3, 3\), got \(2, 3\)",
        ),
    ],
)
def test_bad_arguments_are_explained(name, args, kwargs, words):
    with pytest.raises(ValueError, match=words) as caught:
        getattr(ops, name)(*args, **kwargs)
    assert str(caught.value).startswith(f"ops.{name}(")


@pytest.mark.skipif(jax.default_backend() == "gpu", reason="a GPU may have flash attention")
def test_flash_attention_that_cannot_be_had_is_explained():
    with pytest.raises(ValueError, match="flash_attention=True cannot be had: it needs an NVIDIA GPU"):
        ops.dot_product_attention(HEADS, HEADS, HEADS, flash_attention=True)


@pytest.mark.parametrize(
    "call, words",
    [
        (lambda: ops.moments(ONE, 0, synchronized=True), r"moments\(synchronized=True\): leave it out"),
        (lambda: ops.one_hot([1], 2, sparse=True), "there are no sparse tensors yet"),
        (lambda: ops.multi_hot([1], 2, sparse=True), "there are no sparse tensors yet"),
    ],
)
def test_what_is_not_built_says_so(call, words):
    with pytest.raises(NotBuiltYetError, match=words):
        call()


@pytest.mark.parametrize("name", ["layer_normalization", "multi_hot"])
def test_an_argument_that_is_none_is_named(name):
    with pytest.raises(TypeError, match="there is no argument 'epsilom'"):
        getattr(ops, name)([1.0], **({"num_classes": 3} if name == "multi_hot" else {}), epsilom=1)
