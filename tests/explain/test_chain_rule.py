"""explain.backprop: each step is the chain rule with its numbers."""

import jax
import jax.numpy as jnp
import numpy as np
import pytest

from cornu import explain
from tests.explain.subjects import assert_golden, f, neuron, two_two_one


def test_the_slide_step_by_step():
    steps = explain.backprop(f, 2, -3, 4)
    assert_golden("backprop_slide.txt", steps)
    found = [
        (r["node"], r["by"], *(float(r[k]) for k in ("upstream", "local", "gradient")))
        for r in steps.rows
    ]
    assert found == [
        ("f", "q", 1.0, 1.0, 1.0),
        ("f", "z", 1.0, 1.0, 1.0),
        ("q", "x", 1.0, -3.0, -3.0),
        ("q", "y", 1.0, 2.0, 2.0),
    ]


def test_what_comes_down_is_upstream_times_local():
    steps = explain.backprop(neuron, 2, -1, -3, -2, -3)
    for row in steps.rows:
        np.testing.assert_allclose(row["gradient"], row["upstream"] * row["local"], rtol=1e-6)


def test_where_ways_meet_gradients_add():
    def branching(a, b):
        return a + a * b + jnp.maximum(a, b)

    text = str(explain.backprop(branching, 3, -4))
    assert "a: ∂branching/∂a = 1 + 1 + -4 = -2, the sum of 3 ways" in text
    a, b = jax.grad(branching, (0, 1))(3.0, -4.0)
    assert text.splitlines()[-2:] == [f"  a  3   {a:g}", f"  b  -4  {b:g}"]


def test_one_value_in_both_places_of_an_operation():
    rows = explain.backprop(lambda x: x * x, 3.0).rows
    assert [float(row["gradient"]) for row in rows] == [3.0, 3.0]


def test_matrices_of_the_lectures_network():
    model = two_two_one()
    steps = explain.backprop(model, [[1.0, 0.0]], [[1.0]], loss="mse")
    assert_golden("backprop_network.txt", steps)
    by_kernel = next(row for row in steps.rows if row["by"] == "hidden.kernel")
    assert by_kernel["rule"] == "xᵀ · ∂loss/∂v1"
    np.testing.assert_allclose(
        by_kernel["gradient"], np.outer([1, 0], by_kernel["upstream"][0]), rtol=1e-6
    )


def test_biases_are_summed_over_rows_and_losses_of_many_operations_are_one_step():
    steps = explain.backprop(two_two_one(), [[1, 0], [0, 1]], [[1], [0]], loss="binary_crossentropy")
    row = next(row for row in steps.rows if row["by"] == "output.bias")
    assert row["local"] is None
    np.testing.assert_allclose(row["gradient"].sum(), row["upstream"].sum(), rtol=1e-5)
    assert "∂loss/∂output.bias = ∂loss/∂v5 · 1 = 0.2645, summed over rows" in str(steps)
    assert "∂loss/∂v6 = ∂loss/∂loss · derivative of binary_crossentropy" in str(steps)


def test_it_is_a_table_in_a_notebook_and_a_file(tmp_path):
    steps = explain.backprop(f, 2, -3, 4)
    assert "<th>local derivative</th>" in steps._repr_html_()
    assert "<tr><td>q</td><td>x</td><td>1</td><td>-3</td><td>-3</td></tr>" in steps._repr_html_()
    steps.save(tmp_path / "steps.txt")
    steps.save(tmp_path / "steps.html")
    assert (tmp_path / "steps.txt").read_text(encoding="utf-8") == f"{steps}\n"
    assert (tmp_path / "steps.html").read_text(encoding="utf-8") == steps._repr_html_()


def test_a_model_needs_targets():
    with pytest.raises(TypeError, match=r"explain.backprop\(model, x, y\).*way forwards alone"):
        explain.backprop(two_two_one(), [[1.0, 0.0]])


def test_a_long_function_is_refused():
    def long(x):
        for _ in range(300):
            x = jnp.sin(x)
        return x

    with pytest.raises(ValueError, match=r"explain\.backprop: 301 operations"):
        explain.backprop(long, 1.0)
