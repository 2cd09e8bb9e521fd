"""Products of tensors: what the contract rows cannot show."""

import jax
import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

import cornu
from cornu import ops
from cornu.core.errors import NotBuiltYetError

LAWS = settings(max_examples=15, deadline=None, derandomize=True)
RNG = np.random.default_rng(0)
X = RNG.normal(size=(2, 3, 4)).astype("float32")
SIZES = st.integers(1, 3)


@LAWS
@given(SIZES, SIZES, SIZES, st.sampled_from(["int16", "float32"]))
def test_products_are_those_of_numpy(rows, inner, columns, dtype):
    a = (4 * RNG.normal(size=(rows, inner))).astype(dtype)
    b = (4 * RNG.normal(size=(inner, columns))).astype(dtype)
    for name, args in {
        "matmul": (a, b),
        "dot": (a, b),
        "inner": (a, b.T),
        "outer": (a, b),
        "kron": (a, b),
        "tensordot": (a, b, 1),
        "vdot": (a, a),
    }.items():
        found, expected = getattr(ops, name)(*args), getattr(np, name)(*args)
        np.testing.assert_allclose(found, expected, rtol=1e-5, atol=1e-5, err_msg=name)
        assert found.dtype == expected.dtype
    np.testing.assert_allclose(ops.einsum("ij,jk->ki", a, b), (a @ b).T, rtol=1e-5, atol=1e-5)


def test_determinants_of_several_matrices_have_several_signs():
    """Keras says there is one sign for all."""
    sign, logarithm = ops.slogdet(cornu.Input((3, 3)))
    assert (sign.shape, logarithm.shape) == ((None,), (None,))
    assert ops.kron(cornu.KerasTensor((3, 4)), cornu.KerasTensor((2,))).shape == (3, 8)
    found = ops.tensordot(cornu.KerasTensor((2, 3, 4)), cornu.KerasTensor((3, 4)), [[1, 2], [0, 1]])
    assert found.shape == (2,)


def test_a_product_with_a_weight_has_the_gradient_of_the_layers():
    weight = cornu.Variable(RNG.normal(size=(4, 2)).astype("float32"))
    found = jax.jit(jax.grad(lambda w: (ops.matmul(X[0], w) ** 2).sum()))(weight.value)
    expected = 2 * X[0].T @ (X[0] @ np.asarray(weight.value))
    np.testing.assert_allclose(found, expected, rtol=1e-5, atol=1e-6)
    np.testing.assert_allclose(ops.matmul(X, weight), X @ np.asarray(weight.value), rtol=1e-5, atol=1e-6)


def test_functions_of_elements_go_over_tensors():
    @ops.vectorize
    def larger(a, b):
        return ops.where(a > b, a, b)

    assert larger([[1], [4]], [2, 3]).tolist() == [[2, 3], [4, 4]]
    product = ops.vectorize(ops.matmul, signature="(m,n),(n)->(m)")
    np.testing.assert_allclose(product(X, X[0, 0]), X @ X[0, 0], rtol=1e-6)
    power = ops.vectorize(lambda x, times: x**times, excluded={1})
    assert power([1, 2], 3).tolist() == [1, 8]


def test_sparse_tensors_wait():
    from jax.experimental.sparse import BCOO

    with pytest.raises(NotBuiltYetError, match=r"no sparse tensors yet.*todense"):
        ops.matmul(BCOO.fromdense(np.eye(3)), X[0])


@pytest.mark.parametrize(
    "call, words",
    [
        (lambda: ops.matmul(X[0], X[1]), r"ops.matmul\(float32 array of shape \(3, 4\).*summed differ"),
        (lambda: ops.matmul(cornu.Input((3,)), cornu.Input((3,))), r"ops.matmul\(.*summed differ"),
        (lambda: ops.matmul(X[0], 2.0), r"ops.matmul\(.*at least 1"),
        (lambda: ops.dot(X[0], X[1]), r"ops.dot\(.*summed differ"),
        (lambda: ops.inner(X[0], X[1, :, :2]), r"ops.inner\(.*summed differ"),
        (lambda: ops.vdot(X[0], X[1, 0]), r"ops.vdot\(.*summed differ"),
        (lambda: ops.tensordot(X, X, axes=4), r"ops.tensordot\(.*exceeds input ranks"),
        (lambda: ops.einsum("ij,jk->ik", X[0], X[0]), r"ops.einsum\('ij,jk->ik'.*label 'j'"),
        (lambda: ops.einsum("ij,jk", X[0]), r"ops.einsum\(.*equal to the number of operands"),
        (lambda: ops.cross(X, X), r"ops.cross\(.*either 2 or 3"),
        (lambda: ops.slogdet(X), r"ops.slogdet\(.*n, n"),
        (lambda: ops.vectorize(3), r"ops.vectorize\(pyfunc\): a function is expected, not 3"),
    ],
)
def test_errors_say_what_is_wrong(call, words):
    with pytest.raises((ValueError, TypeError), match=words):
        call()
