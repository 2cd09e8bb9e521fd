"""Every layer against its contract, a row of the table each."""

import json

import jax
import jax.numpy as jnp
import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

import cornu
from cornu.core.pure import named, pure, read
from cornu.layers.layer import is_samplewise
from tests.layers.contract import IDS, ROWS, TABLE, Row

each = pytest.mark.parametrize("row", TABLE, ids=IDS)


def short(number):
    """Keras keeps a few numbers in float32."""
    return round(float(number), 6)


def make(row, library=cornu):
    return getattr(library.layers, row.name)(**row.arguments)


def spread(layer):
    """Weights that are not all alike, the same for the same shapes."""
    rng = np.random.default_rng(11)
    layer.set_weights([rng.normal(size=w.shape).astype("float32") for w in layer.get_weights()])
    return layer


def built(row, library=cornu):
    layer = make(row, library)
    layer(row.x)
    return spread(layer)


@each
def test_shape_and_dtype(row):
    layer = make(row)
    output = layer(row.x)
    assert isinstance(output, jax.Array)
    assert output.dtype == layer.dtype == "float32"
    assert len(output) == len(row.x)
    assert layer.built
    assert all(weight.dtype == "float32" for weight in layer.weights)


@each
def test_the_symbolic_shape_is_the_real_one(row):
    real = make(row)(row.x).shape
    for sizes in (row.x.shape, (None, *row.x.shape[1:])):
        layer = make(row)
        symbolic = layer(cornu.Input(batch_shape=sizes))
        assert symbolic.dtype == "float32"
        assert symbolic.shape == (sizes[0], *real[1:])
        assert layer.compute_output_shape(sizes) == symbolic.shape
        if row.name != "InputLayer":
            assert layer.output.shape == symbolic.shape
    if row.x.ndim > 2:
        unknown = make(row)(cornu.Input(batch_shape=(None, None, *row.x.shape[2:])))
        assert all(a in (None, b) for a, b in zip(unknown.shape, real, strict=True))


@each
def test_the_configuration_makes_the_layer_again(row):
    layer = built(row)
    config = layer.get_config()
    with cornu.utils.custom_object_scope(row.custom):
        again = type(layer).from_config(config)
        through = cornu.layers.deserialize(cornu.layers.serialize(layer))
    for copied in (again, through):
        assert copied.get_config() == config
        assert copied.name == layer.name
        copied(row.x)
        copied.set_weights(layer.get_weights())
        np.testing.assert_array_equal(copied(row.x), layer(row.x))


@each
@pytest.mark.parity
def test_the_configuration_is_that_of_keras(row):
    import keras

    if row.name == "Lambda":
        pytest.skip("Keras writes a function as bytes of code")
    cornu.utils.clear_session()
    keras.utils.clear_session()
    ours, theirs = make(row).get_config(), make(row, keras).get_config()
    theirs.pop("quantization_config", None)
    if row.name == "InputLayer":
        theirs = {key: theirs[key] for key in ours}
    else:
        theirs["dtype"] = theirs["dtype"]["config"]["name"]
    assert set(ours) == set(theirs)
    assert json.loads(json.dumps(ours), parse_float=short) == (
        json.loads(json.dumps(theirs), parse_float=short)
    )


@each
def test_compiled_equals_uncompiled(row):
    layer = built(row)
    state = named(all=layer.variables)
    compiled = jax.jit(
        pure(lambda x: layer(x, training=False), state) if row.random else pure(layer, state)
    )
    new, output = compiled(read(state), row.x)
    np.testing.assert_allclose(output, layer(row.x), rtol=1e-6, atol=1e-6)
    if row.random:
        drawn = jax.jit(pure(lambda x: layer(x, training=True), state))
        new, output = drawn(read(state), row.x)
        np.testing.assert_allclose(output, layer(row.x, training=True), rtol=1e-6)
        for path, variable in state["all"].items():  # the random state counted on in both
            np.testing.assert_array_equal(new["all"][path], variable)


@each
def test_gradients_against_numeric_differences(row):
    with jax.enable_x64(True):
        layer = getattr(cornu.layers, row.name)(**{**row.arguments, "dtype": "float64"})
        x = jnp.asarray(row.x, "float64")
        layer(x)
        spread(layer)
        state = named(all=layer.variables)
        function = pure(layer, state)
        weights = read(state)

        @jax.jit
        def total(weights, x):
            output = function(weights, x)[1]
            return jnp.sum(output * jnp.cos(jnp.arange(output.size).reshape(output.shape)))

        slopes = jax.jit(jax.grad(total, argnums=(0, 1), allow_int=True))(weights, x)
        rng = np.random.default_rng(0)
        direction = jax.tree_util.tree_map(lambda leaf: rng.normal(size=leaf.shape), (weights, x))
        floats = jax.tree_util.tree_map(lambda leaf: leaf.dtype == "float64", (weights, x))

        def moved(step):
            return total(
                *jax.tree_util.tree_map(
                    lambda leaf, by, real: leaf + step * by if real else leaf,
                    (weights, x),
                    direction,
                    floats,
                )
            )

        expected = (moved(1e-6) - moved(-1e-6)) / 2e-6
        found = sum(
            np.sum(slope * by)
            for slope, by, real in zip(
                *map(jax.tree_util.tree_leaves, (slopes, direction, floats)), strict=True
            )
            if real
        )
        np.testing.assert_allclose(found, expected, rtol=1e-6, atol=1e-8)


@each
@pytest.mark.parity
def test_outputs_names_and_weights_are_those_of_keras(row):
    import keras

    if row.name == "InputLayer":
        pytest.skip("Keras's InputLayer cannot be called")
    cornu.utils.clear_session()
    keras.utils.clear_session()
    ours, theirs = built(row), built(row, keras)
    assert ours.name == theirs.name
    assert [w.path for w in ours.weights] == [w.path for w in theirs.weights]
    for part in ("trainable_weights", "non_trainable_weights"):
        assert [w.path for w in getattr(ours, part)] == [w.path for w in getattr(theirs, part)]
    assert ours.count_params() == theirs.count_params()
    calls = [{}] if not row.random else [{}, {"training": True}, {"training": True}]
    for arguments in calls:  # the second masks are others than the first
        expected = np.asarray(theirs(row.x, **arguments))
        np.testing.assert_allclose(ours(row.x, **arguments), expected, rtol=1e-5, atol=1e-7)
    np.testing.assert_allclose(
        [float(loss) for loss in ours.losses], [float(loss) for loss in theirs.losses], rtol=1e-5
    )


@each
def test_training_matters_only_where_the_table_says(row):
    layer = built(row)
    still = layer(row.x, training=False)
    np.testing.assert_array_equal(layer(row.x), still)
    assert np.array_equal(layer(row.x, training=True), still) != row.random


SAMPLEWISE = [row for row in TABLE if is_samplewise(make(row))]


def test_the_layers_that_couple_no_samples_say_so():
    assert {row.name for row in SAMPLEWISE} == {
        *("Dense", "Activation", "Dropout", "Flatten", "InputLayer"),
    }
    assert not is_samplewise(cornu.layers.Lambda(lambda x: x))
    assert not is_samplewise(cornu.layers.Dense(2, activity_regularizer="l2"))


@settings(deadline=None, max_examples=40)
@given(st.sampled_from(SAMPLEWISE), st.integers(0, 4), st.integers(0, 2**16))
def test_a_row_depends_on_itself_alone(row, kept, seed):
    layer = built(row)
    other = np.random.default_rng(seed).normal(size=row.x.shape).astype("float32")
    other[kept] = row.x[kept]
    np.testing.assert_array_equal(layer(row.x)[kept], layer(other)[kept])


@settings(deadline=None, max_examples=20)
@given(st.sampled_from(SAMPLEWISE), st.permutations(range(5)))
def test_permuted_rows_give_permuted_outputs(row, order):
    layer = built(row)
    np.testing.assert_allclose(
        layer(row.x[np.array(order)]), np.asarray(layer(row.x))[np.array(order)], rtol=1e-6
    )


@each
def test_a_misspelt_argument_is_named(row):
    with pytest.raises(ValueError, match=rf'{row.name} has no argument "nmae". Did you mean "name"'):
        getattr(cornu.layers, row.name)(**{**row.arguments, "nmae": "x"})


@each
def test_a_layer_prints_its_name_and_shapes(row):
    layer = make(row)
    if row.name != "InputLayer":
        assert repr(layer) == f"<{row.name} name={layer.name}>"
        layer(cornu.Input(row.x.shape[1:]))
    shape = layer.output.shape
    if row.name == "InputLayer":
        assert str(shape) in repr(layer)
    else:
        assert repr(layer).endswith(f" {(None, *row.x.shape[1:])} -> {shape}>")


def test_the_table_has_every_layer():
    layers = {
        name
        for name in cornu.layers.__all__
        if isinstance(getattr(cornu.layers, name), type)
        and issubclass(getattr(cornu.layers, name), cornu.layers.Layer)
    }
    assert layers - {"Layer"} <= {row.name for row in TABLE}


def test_rows_are_of_one_kind():
    assert all(isinstance(row, Row) for row in TABLE)
    assert ROWS.dtype == "float32"
