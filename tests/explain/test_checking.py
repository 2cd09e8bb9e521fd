"""explain.gradient_check: right gradients pass, a wrong one is named, float64 leaves no traces."""

import jax
import jax.numpy as jnp
import numpy as np
import pytest

import cornu
from cornu import explain, layers
from tests.explain.subjects import two_two_one


@jax.custom_jvp
def cubed(x):
    """x³ with the derivative 2x² in place of 3x²."""
    return x**3


cubed.defjvp(lambda primals, tangents: (primals[0] ** 3, 2 * primals[0] ** 2 * tangents[0]))


class Wrong(layers.Layer):
    def build(self, shape):
        self.w = self.add_weight((shape[-1],), "ones", name="w")

    def call(self, x):
        return cubed(self.w) * x


def test_a_right_gradient_passes():
    model = two_two_one()
    check = explain.gradient_check(model, [[1, 0], [0, 1]], [[1], [0]], loss="binary_crossentropy")
    assert check
    assert check.passed
    assert check.worst["error"] < 1e-7
    assert [row["name"] for row in check.rows] == [v.path for v in model.trainable_variables]
    x, y = np.array([[1.0, 0], [0, 1]], "float32"), np.array([[1.0], [0]], "float32")
    loss = cornu.losses.BinaryCrossentropy()
    expected = cornu.grad(lambda: loss(y, model(x)), model.trainable_variables)()
    for row, gradient in zip(check.rows, expected, strict=True):
        np.testing.assert_allclose(row["analytic"], np.asarray(gradient)[row["index"]], rtol=1e-4)


def test_a_wrong_gradient_is_named():
    model = cornu.Sequential(
        [cornu.Input((2,)), layers.Dense(2, name="fine"), Wrong(name="wrong")], name="m"
    )
    check = explain.gradient_check(model, np.ones((3, 2)), np.zeros((3, 2)), loss="mse")
    assert not check
    assert check.worst["name"] == "m/wrong/w"
    assert str(check).startswith("The gradient by m/wrong/w[")
    assert check.worst["analytic"] == pytest.approx(2 / 3 * check.worst["numeric"], rel=1e-4)
    assert "is wrong: the chain rule gives" in str(check)


def test_a_function_is_checked_by_its_arguments():
    check = explain.gradient_check(lambda w, n: jnp.sum(w["a"] ** 3) * n, {"a": [1.0, 2.0]}, 2)
    assert check
    assert check.rows[0]["name"] == "w['a']"
    assert check.rows[0]["analytic"] in (pytest.approx(6.0), pytest.approx(24.0))


def test_at_a_kink_each_slope_between_is_right():
    check = explain.gradient_check(lambda x: jnp.maximum(x, 0.0), 0.0)
    assert check
    assert check.rows[0]["kink"]
    assert "lie at a kink" in str(check)


def test_of_large_weights_a_sample_is_drawn_and_it_says_so():
    model = cornu.Sequential([cornu.Input((30,)), layers.Dense(10)])
    x, y = np.random.rand(2, 30), np.ones((2, 10))
    check = explain.gradient_check(model, x, y, loss="mse", samples=5)
    assert check.rows[0]["checked"] == 5
    assert "5 of 300" in str(check)
    again = explain.gradient_check(model, x, y, loss="mse", samples=5)
    assert again.rows[0]["index"] == check.rows[0]["index"]


def test_float64_is_gone_afterwards():
    model = two_two_one()
    explain.gradient_check(model, [[1, 0]], [[1]], loss="mse")
    with pytest.raises(ValueError, match="is not built"):
        explain.gradient_check(cornu.Sequential([layers.Dense(1)]), [[1]], [[1]], loss="mse")
    assert cornu.config.floatx() == "float32"
    assert jnp.ones(()).dtype == "float32"
    assert {layer.compute_dtype for layer in model.layers} == {"float32"}
    assert model(np.ones((1, 2))).dtype == "float32"


def test_faults_are_named():
    with pytest.raises(ValueError, match=r"result is float32.*ops\.cast\(x, inputs\.dtype\)"):
        explain.gradient_check(lambda x: x.astype("float32") * 2, 1.0)
    with pytest.raises(ValueError, match=r"an array of shape \(2,\)\. Take its mean"):
        explain.gradient_check(lambda x: x * 2, [1.0, 2.0])
    with pytest.raises(ValueError, match="no argument holds floats"):
        explain.gradient_check(lambda x: x * 2, np.array([1, 2]))
    with pytest.raises(ValueError, match=r"samples=0\): a whole number above 0"):
        explain.gradient_check(lambda x: x, 1.0, samples=0)
    with pytest.raises(TypeError, match=r"explain.gradient_check\(model, x, y\)"):
        explain.gradient_check(two_two_one(), [[1, 0]])
    with pytest.raises(ValueError, match="not compiled"):
        explain.gradient_check(two_two_one(), [[1, 0]], [[1]])
    frozen = two_two_one()
    frozen.trainable = False
    with pytest.raises(ValueError, match="no weight is trainable"):
        explain.gradient_check(frozen, [[1, 0]], [[1]], loss="mse")
