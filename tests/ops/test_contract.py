"""Every op keeps the contract: Keras's values, dtypes and symbolic shapes, compiled and in a graph."""

import jax
import jax.numpy as jnp
import jax.tree_util as tree
import keras
import numpy as np
import pytest

import cornu
from tests.ops.contract import ROWS, arrays_in, function, rows_where


def floats(array):
    return jnp.issubdtype(array.dtype, jnp.floating)


def same(found, expected, row, dtypes=True):
    """Checks that results agree in structure, shape, dtype and value."""
    found, expected = (tree.tree_leaves(result) for result in (found, expected))
    assert len(found) == len(expected)
    for ours, theirs in zip(found, expected, strict=True):
        assert np.shape(ours) == np.shape(theirs)
        if dtypes and row.same_dtype and hasattr(theirs, "dtype"):
            assert ours.dtype == theirs.dtype
        short = str(getattr(theirs, "dtype", "")) in ("bfloat16", "float16")
        kind = "complex128" if np.iscomplexobj(theirs) else "float64"
        np.testing.assert_allclose(
            np.asarray(ours).astype(kind),
            np.asarray(theirs).astype(kind),
            rtol=1e-2 if short else row.rtol,
            atol=1e-2 if short else row.atol,
        )


def results(library, row, arrays=None):
    own, filled = arrays_in(row)
    args, kwargs = filled(own if arrays is None else arrays)
    return function(library, row)(*args, **kwargs)


@rows_where(lambda row: row.keras)
@pytest.mark.parity
def test_values_and_dtypes_are_those_of_keras(row):
    same(results(cornu, row), results(keras, row), row)


@rows_where(lambda row: row.keras and row.dtypes, wide=True)
@pytest.mark.parity
def test_other_dtypes_are_those_of_keras(row):
    for dtype in row.dtypes:
        arrays = [
            jnp.asarray(array, dtype) if floats(array) else jnp.asarray(array)
            for array in arrays_in(row)[0]
        ]
        same(results(cornu, row, arrays), results(keras, row, arrays), row)


def symbolic(library, arrays, unknown):
    """Symbolic tensors like these arrays, with some sizes unknown: none, those of axis 0, or all."""
    kind = cornu.KerasTensor if library is cornu else keras.KerasTensor
    return [
        kind(
            tuple(None if axis in unknown else size for axis, size in enumerate(array.shape)),
            dtype=str(array.dtype),
        )
        for array in arrays
    ]


@rows_where(lambda row: row.symbolic and arrays_in(row)[0], once=True)
@pytest.mark.parity
def test_symbolic_shapes_are_those_of_keras(row):
    arrays = arrays_in(row)[0]
    for unknown in ((), (0,), range(9)) if row.unknown else ((),):
        found = tree.tree_leaves(results(cornu, row, symbolic(cornu, arrays, unknown)))
        library, stand_ins = (keras, symbolic(keras, arrays, unknown)) if row.keras else (cornu, None)
        expected = tree.tree_leaves(results(library, row, stand_ins))
        assert [tensor.shape for tensor in found] == [tuple(tensor.shape) for tensor in expected]
        if row.same_dtype:
            assert [tensor.dtype for tensor in found] == [str(tensor.dtype) for tensor in expected]


@rows_where(lambda row: row.compiles and arrays_in(row)[0], once=True)
def test_compiled_equals_uncompiled(row):
    compiled = jax.jit(lambda *arrays: results(cornu, row, arrays))
    same(compiled(*arrays_in(row)[0]), results(cornu, row), row)


@rows_where(lambda row: row.symbolic and row.compiles and any(map(floats, arrays_in(row)[0])), once=True)
def test_in_a_model_and_from_its_configuration(row):
    arrays = arrays_in(row)[0]
    inputs = [cornu.Input(batch_shape=array.shape, dtype=str(array.dtype)) for array in arrays]
    model = cornu.Model(inputs, results(cornu, row, inputs))
    again = cornu.Model.from_config(model.get_config())
    for each in (model, again):
        same(each([jnp.asarray(array) for array in arrays]), results(cornu, row), row)


@rows_where(lambda row: row.smooth and row.compiles and any(map(floats, arrays_in(row)[0])), once=True)
def test_gradients_against_numeric_differences(row):
    with jax.enable_x64(True):
        arrays = [jnp.asarray(a, "float64") if floats(a) else jnp.asarray(a) for a in arrays_in(row)[0]]
        rng = np.random.default_rng(0)
        ways = [rng.normal(size=a.shape) if floats(a) else 0 * np.asarray(a) for a in arrays]

        @jax.jit
        def total(step):
            moved = [a + step * w if floats(a) else a for a, w in zip(arrays, ways, strict=True)]
            leaves = tree.tree_leaves(results(cornu, row, moved))
            return sum(
                jnp.sum(leaf * jnp.cos(jnp.arange(leaf.size).reshape(leaf.shape)))
                for leaf in leaves
                if floats(leaf)
            )

        expected = (total(1e-6) - total(-1e-6)) / 2e-6
        np.testing.assert_allclose(jax.grad(total)(0.0), expected, rtol=1e-6, atol=1e-7)


def batched(row):
    """Whether the arrays of a row have axis 0 in common."""
    sizes = {array.shape[:1] for array in arrays_in(row)[0]}
    return len(sizes) == 1 and sizes not in ({()}, {(1,)})


@rows_where(lambda row: row.symbolic and row.compiles and batched(row), once=True)
def test_samples_are_apart_where_an_op_says_so(row):
    """Fewer rows in, the same rows out: what fills up a last batch counts for nothing."""
    arrays = arrays_in(row)[0]
    try:
        first = tree.tree_leaves(results(cornu, row, symbolic(cornu, arrays, (0,))))[0]
    except ValueError:
        pytest.skip("takes no axis of unknown size")
    if first.node.operation.samplewise:
        fewer = results(cornu, row, [array[:2] for array in arrays])
        same(fewer, tree.tree_map(lambda result: result[:2], results(cornu, row)), row)


def test_rows_are_of_one_kind():
    """A row's name is an op of ours, and no two rows are alike."""
    for row in ROWS:
        assert callable(function(cornu, row)), row.name
