"""Matrices: laws, and messages that teach."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

import cornu
from cornu import ops

EYE = np.eye(2, dtype="float32")


@settings(max_examples=15, deadline=None, derandomize=True)
@given(
    st.sampled_from([(), (2,), (2, 1)]),
    st.integers(1, 4),
    st.integers(1, 3),
    st.sampled_from(["float32", "int32"]),
)
def test_solutions_and_inverses_are_those_of_numpy(batch, n, k, dtype):
    rng = np.random.default_rng(n + 10 * k)
    a = rng.integers(-2, 3, size=(*batch, n, n)) + 9 * np.eye(n)
    b = rng.integers(-5, 5, size=(*batch, n, k))
    a, b = a.astype(dtype), b.astype(dtype)
    np.testing.assert_allclose(ops.solve(a, b), np.linalg.solve(a, b), rtol=1e-4, atol=1e-5)
    np.testing.assert_allclose(ops.inv(a), np.linalg.inv(a), rtol=1e-4, atol=1e-5)
    np.testing.assert_allclose(ops.det(a), np.linalg.det(a), rtol=1e-4)
    np.testing.assert_allclose(ops.norm(b, axis=-1), np.linalg.norm(b, axis=-1), rtol=1e-5)
    np.testing.assert_allclose(ops.pinv(a), np.linalg.pinv(a), rtol=1e-4, atol=1e-5)


def test_several_vectors_are_solved_each_by_itself():
    a = np.stack([EYE, 2 * EYE])
    b = np.array([[1, 2], [3, 4]], "float32")
    expected = np.linalg.solve(a, b[..., None])[..., 0]
    np.testing.assert_allclose(ops.solve(a, b), expected)
    np.testing.assert_allclose(ops.solve_triangular(a, b), expected)


def test_the_inverse_of_several_factors():
    factors = np.stack([EYE, np.array([[2, 0], [1, 3]], "float32")])
    expected = np.linalg.inv(factors @ factors.swapaxes(1, 2))
    np.testing.assert_allclose(ops.cholesky_inverse(factors), expected, rtol=1e-5)
    turned = factors.swapaxes(1, 2).copy()
    np.testing.assert_allclose(ops.cholesky_inverse(turned, upper=True), expected, rtol=1e-5)


def test_eigenvalues_are_complex_also_in_a_graph():
    assert ops.eig(cornu.KerasTensor((None, 2, 2)))[0].dtype == "complex64"
    values, _ = ops.eig([[0.0, -1.0], [1.0, 0.0]])
    np.testing.assert_allclose(sorted(np.imag(values)), [-1, 1], atol=1e-6)


def test_the_parts_put_together_again_are_the_whole():
    x = np.random.default_rng(0).normal(size=(2, 4, 3)).astype("float32")
    u, s, vh = ops.svd(x, full_matrices=False)
    np.testing.assert_allclose(u * s[:, None, :] @ vh, x, rtol=1e-4, atol=1e-5)
    q, r = ops.qr(x)
    np.testing.assert_allclose(q @ r, x, rtol=1e-4, atol=1e-5)


def test_the_names_are_in_linalg_and_in_ops():
    assert ops.linalg.det is ops.det
    assert ops.linalg.jvp is ops.jvp


@pytest.mark.parametrize(
    ("call", "message"),
    [
        (lambda: ops.det(np.ones((2, 3))), r"ops.det: x must be square, as many rows .*\(2, 3\)"),
        (lambda: ops.inv([1.0, 2.0]), r"ops.inv: x must be a matrix, or several, .* shape \(2,\)"),
        (lambda: ops.svd(3.0), "ops.svd: x must be a matrix"),
        (lambda: ops.cholesky(-EYE), r"ops.cholesky: x is not positive definite.*1e-6 \* ops.eye"),
        (lambda: ops.qr(EYE, mode="full"), "ops.qr: unknown mode='full'"),
        (lambda: ops.norm(EYE, ord="fra"), "ops.norm: no norm of 2 axes is called ord='fra'.*fro"),
        (lambda: ops.norm(EYE, ord="fro", axis=0), "of 1 axes is called ord='fro'.*matrices alone"),
        (lambda: ops.norm(EYE, ord=3), "there is no norm of 2 axes with ord=3. Give axis=-1"),
        (lambda: ops.solve(EYE, np.ones(3)), r"ops.solve: b needs one number, or row, .*\(3,\)"),
        (lambda: ops.solve(np.ones((2, 3)), np.ones(3)), "ops.solve: a must be square"),
        (lambda: ops.solve_triangular(EYE, 1.0), "ops.solve_triangular: b needs one number"),
        (lambda: ops.lstsq(EYE, np.ones(3)), r"ops.lstsq takes one matrix a \(m, n\) and b with as"),
        (lambda: ops.logdet(np.ones((2, 3))), "ops.logdet: x must be square"),
        (lambda: ops.norm(EYE, axis=5), "ops.norm.*there is no such axis"),
        (lambda: ops.det(cornu.KerasTensor((None, 2, 3))), "ops.det: x must be square"),
    ],
)
def test_wrong_arguments_are_explained(call, message):
    with pytest.raises(ValueError, match=message):
        call()
