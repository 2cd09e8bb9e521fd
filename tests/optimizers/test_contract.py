"""Every optimizer against Keras: 50 steps of six kinds, names, configurations, states that move."""

import inspect

import jax.numpy as jnp
import jax.tree_util as tree
import keras
import numpy as np
import pytest

import cornu
from cornu.optimizers import OptaxOptimizer
from tests.optimizers.contract import (
    PARAMETERS,
    TABLE,
    gradients,
    optimizer_of,
    quick_for,
    scanned,
    trajectories,
    variables_of,
)

pytestmark = pytest.mark.parity
each = pytest.mark.parametrize("number", PARAMETERS, scope="module")  # row by row: they share programs


def row_of(number):
    return TABLE[number], *trajectories(TABLE[number].name, number)


def close(ours, theirs, row):
    for mine, other in zip(tree.tree_leaves(ours), tree.tree_leaves(theirs), strict=True):
        np.testing.assert_allclose(
            np.asarray(mine, "float32"), np.asarray(other, "float32"), rtol=row.rtol, atol=row.atol
        )


def store_of(optimizer):
    store = {}
    optimizer.save_own_variables(store)
    return {name: np.asarray(value) for name, value in store.items()}


@each
def test_fifty_steps(number):
    row, ours, theirs = row_of(number)
    close(ours[3][0], theirs[3][0], row)
    if row.name != "LossScaleOptimizer":  # Keras's has a counter and a rate of its own, without use
        close(ours[3][1], theirs[3][1], row)


@each
def test_names_shapes_and_configuration(number):
    row, ours, theirs = row_of(number)
    (mine, *_), (other, *_) = ours, theirs
    if row.name != "LossScaleOptimizer":
        assert [v.shape for v in mine.variables] == [v.shape for v in other.variables]
    if row.names:
        assert [v.dtype for v in mine.variables] == [v.dtype for v in other.variables]
        assert [v.path for v in mine.variables] == [v.path for v in other.variables]
    assert mine.get_config() == other.get_config()
    assert cornu.optimizers.serialize(mine) == keras.optimizers.serialize(other)
    copy = cornu.optimizers.deserialize(keras.optimizers.serialize(other))
    assert copy.get_config() == mine.get_config()
    assert type(copy) is type(mine)
    if row.name != "Lamb":  # Keras forgot to put it into its own table
        copy = keras.optimizers.deserialize(cornu.optimizers.serialize(mine))
        assert copy.get_config() == other.get_config()


@each
def test_the_state_moves_both_ways(number):
    row, ours, theirs = row_of(number)
    sequences, ends = gradients(row.shapes), []
    for first, second in ((ours, theirs), (theirs, ours)):
        optimizer, variables, _, (values, own) = first
        to, copies, program, _ = second
        for variable, value in zip(variables, values, strict=True):
            variable.assign(value[0])
        for variable, value in zip(optimizer.variables, own, strict=True):
            variable.assign(value[0])
        to.load_own_variables(store_of(optimizer))
        inner = getattr(to, "inner_optimizer", None)
        if inner is not None:
            inner.load_own_variables(store_of(optimizer.inner_optimizer))
        for copy, variable in zip(copies, variables, strict=True):
            copy.assign(np.asarray(variable.value))
        start = [v.value for v in copies], [v.value for v in to.variables]
        ends.append(program(*start, sequences)[0])
    close(*ends, row)


@each
def test_help_lists_the_arguments_as_keras_does(number):
    row = TABLE[number]
    mine, other = (getattr(lib.optimizers, row.name) for lib in (cornu, keras))
    shown, expected = (
        {p.name: p.default for p in inspect.signature(cls).parameters.values() if p.kind.value != 4}
        for cls in (mine, other)
    )
    assert shown == expected


IN_HALF = {"kernel": (3, 2), "bias": (2,)}
# In bfloat16 Keras takes 0.999 for 1, so that Adam and Lamb stand still, Nadam is NaN, and the like.
ALIKE_IN_HALF = ("SGD", "RMSprop", "Adagrad", "Adadelta", "Ftrl", "Adafactor", "Lion")


def steps_of(row, library, dtype):
    optimizer, variables = optimizer_of(row, library), variables_of(IN_HALF, library, dtype)
    for step in range(2):
        optimizer.apply([jnp.asarray(g[0, step], dtype) for g in gradients(IN_HALF)], variables)
    kept = [v for v in optimizer.variables if v.path.split("/")[1].startswith("dense")]
    assert {v.dtype for v in (*variables, *kept)} == {dtype}
    return [np.asarray(v.value, "float32") for v in variables]


@pytest.mark.parametrize("number", quick_for({"SGD", "Adadelta", "Lion", "Nadam", "Lamb", "Ftrl"}))
def test_bfloat16(number):
    """As in float32, but for rounding; and as in Keras where that computes."""
    row = TABLE[number]
    half = steps_of(row, cornu, "bfloat16")
    for mine, whole in zip(half, steps_of(row, cornu, "float32"), strict=True):
        np.testing.assert_allclose(mine, whole, rtol=row.half, atol=row.half)
    if row.name in ALIKE_IN_HALF:
        for mine, other in zip(half, steps_of(row, keras, "bfloat16"), strict=True):
            np.testing.assert_allclose(mine, other, rtol=1e-2, atol=1e-3)


OPTAX = [pytest.param(number, id=row.name) for number, row in enumerate(TABLE) if row.optax is not None]


@pytest.mark.parametrize("number", OPTAX)
def test_the_same_formula_in_optax(number):
    row, ours, _ = row_of(number)
    theirs, variables = OptaxOptimizer(row.optax()), variables_of(row.shapes)
    theirs.build(variables)
    start = [v.value for v in variables], [v.value for v in theirs.variables]
    found = scanned(theirs.stateless_apply)(*start, gradients(row.shapes))[0]
    usual = [[array[:2] for array in arrays] for arrays in (ours[3][0], found)]
    close(*usual, row)
