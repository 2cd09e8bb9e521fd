"""EinsumDense: what equations mean for shapes, and those that mean nothing."""

import numpy as np
import pytest

import cornu
from cornu.layers import EinsumDense
from cornu.layers.einsum_dense import fit

RNG = np.random.default_rng(4)
X = RNG.normal(size=(2, 3, 4)).astype("float32")


@pytest.mark.parametrize(
    ("equation", "bias", "shape", "output", "kernel", "expected_bias"),
    [
        ("ab,b->a", None, (None, 32), (), (32,), None),
        ("ab,bc->ac", "c", (None, 32), (64,), (32, 64), (64,)),
        ("abc,cd->abd", "d", (None, 1, 2), (None, 4), (2, 4), (4,)),
        ("abc,cd->abd", "bd", (None, 3, 2), (None, 4), (2, 4), (3, 4)),
        ("abc,cde->abde", "e", (None, 2, 3), (None, 4, 5), (3, 4, 5), (5,)),
        ("abc,cde->abde", "d", (None, 2, 3), (None, 4, 5), (3, 4, 5), (4, 1)),
        ("abde,bc->acde", "c", (None, 2, 4, 5), (3, None, None), (2, 3), (3, 1, 1)),
        ("abc,bd->adc", "d", (None, 2, 3), (5, None), (2, 5), (5, 1)),
        ("...x,xy->...y", "y", (None, 7, 3), (4,), (3, 4), (4,)),
        ("...ab,ac->...cb", "c", (None, 7, 3, 2), (4, None), (3, 4), (4, 1)),
        ("ab...,bc->ac...", "c", (None, 3, 7, 8), (4,), (3, 4), (4, 1, 1)),
        ("abc,cd->abd", "d", (None, None, 2), (None, 4), (2, 4), (4,)),
    ],
)
def test_shapes_of_kernel_and_bias(equation, bias, shape, output, kernel, expected_bias):
    plan = fit(equation, bias, shape, output)
    assert plan.kernel_shape == kernel
    assert plan.bias_shape == expected_bias


def test_the_product_is_einsum():
    layer = EinsumDense("abc,cde->abde", (None, 5, 6), bias_axes="de", activation="relu")
    output = layer(X)
    kernel = RNG.normal(size=(4, 5, 6)).astype("float32")
    bias = RNG.normal(size=(5, 6)).astype("float32")
    layer.set_weights([kernel, bias])
    expected = np.maximum(np.tensordot(X, kernel, 1) + bias, 0)
    np.testing.assert_allclose(layer(X), expected, rtol=1e-5, atol=1e-6)
    assert output.shape == expected.shape


def test_axes_may_be_left_out():
    wide = RNG.normal(size=(2, 3, 5, 4)).astype("float32")
    layer = EinsumDense("...x,xy->...y", 6)
    layer(wide)
    np.testing.assert_allclose(layer(wide), wide @ layer.kernel.numpy(), rtol=1e-5, atol=1e-6)
    right = EinsumDense("ab...,bc->ac...", 6)
    right(wide)
    expected = np.einsum("abde,bc->acde", wide, right.kernel.numpy())
    np.testing.assert_allclose(right(wide), expected, rtol=1e-5, atol=1e-6)


def test_the_initializer_counts_the_inputs_that_are_summed():
    layer = EinsumDense("abc,cde->abde", (None, 50, 2), kernel_initializer="glorot_uniform")
    layer(X)
    assert 0.15 < np.abs(layer.kernel.numpy()).max() <= np.sqrt(6 / (4 + 100))
    assert layer.kernel_initializer.input_axes is None


@pytest.mark.parity
@pytest.mark.parametrize(
    "initializer", ["glorot_uniform", "he_normal", "lecun_normal", "zeros", "normal"]
)
def test_the_first_weights_are_those_of_keras(initializer):
    import keras

    found = []
    for library in (cornu, keras):
        library.utils.set_random_seed(5)
        layer = library.layers.EinsumDense("abc,cde->abde", (None, 5, 2), kernel_initializer=initializer)
        layer(X)
        found.append(np.asarray(layer.kernel))
    np.testing.assert_allclose(*found, rtol=1e-5, atol=1e-7)


WRONG = "does not understand the equation"


@pytest.mark.parametrize(
    ("make", "words"),
    [
        (lambda: EinsumDense("abc->abd", 3), f'{WRONG} "abc->abd".*"abc,cd->abd"'),
        (lambda: EinsumDense("abc,cd", 3), WRONG),
        (lambda: EinsumDense("", 3), WRONG),
        (lambda: EinsumDense(None, 3), WRONG),
        (lambda: EinsumDense("abc,cd->abd extra", 3), WRONG),
        (lambda: EinsumDense("...bc,cd->bd", 3), "at one side of both"),
        (lambda: EinsumDense("...bc...,cd->...bd...", 3), WRONG),
        (lambda: EinsumDense("aab,bc->aac", 3), "each once in a term"),
        (lambda: EinsumDense("ab,bc->ca", 3), "the batch first in the input and the output"),
        (lambda: EinsumDense("ab,abc->ac", 3), "the batch first"),
        (
            lambda: EinsumDense("ab,bc->ac", "3"),
            "output_shape must be a whole number above 0.*got .*'3'",
        ),
        (lambda: EinsumDense("ab,bc->ac", 0), "output_shape=0"),
        (lambda: EinsumDense("ab,bc->ac", 3, activation="rleu"), 'Did you mean "relu"'),
        (
            lambda: EinsumDense("ab,bc->ac", 3)(X),
            r'must have 2 axes, got 3 \(equation "ab,bc->ac", input \(2, 3, 4\), output_shape=\(3,\)\)',
        ),
        (lambda: EinsumDense("...abcd,d->...abc", 3)(X), "must have 4 or more axes, got 3"),
        (
            lambda: EinsumDense("abc,cd->abd", 3)(X),
            "output_shape must have 2 sizes.*but the batch, got 1",
        ),
        (lambda: EinsumDense("...c,cd->...d", (3, 3))(X), "output_shape must have 1 sizes.*got 2"),
        (lambda: EinsumDense("abc,cd->abd", (7, 3))(X), 'axis "b" has size 3 in the input, 7 in the'),
        (lambda: EinsumDense("abc,cd->abe", (3, 3))(X), '"e" of the output is neither'),
        (lambda: EinsumDense("abc,cde->abd", (3, 3))(X), '"e" of the kernel is neither'),
        (lambda: EinsumDense("abc,cd->abd", (3, None))(X), 'the size of axis "d".* must be known'),
        (lambda: EinsumDense("abc,cd->abd", (3, 3), bias_axes="x")(X), 'bias_axes="x": axis "x" is not'),
        (
            lambda: EinsumDense("abc,bcd->ad", 3)(cornu.Input((None, 4))),
            r'the size of axis "b".*input \(None, None, 4\)',
        ),
    ],
)
def test_errors_teach(make, words):
    with pytest.raises(ValueError, match=words):
        make()


def test_another_size_at_the_second_call_is_named():
    layer = EinsumDense("abc,cd->abd", (None, 5))
    layer(X)
    with pytest.raises(ValueError, match="expects size 4 on the last axis, but got size 3"):
        layer(X[..., :3])
    with pytest.raises(ValueError, match="expects inputs of rank 3, but got rank 2"):
        layer(X[0])
