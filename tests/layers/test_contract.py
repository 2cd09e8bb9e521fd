"""Every layer against its contract, a row of the table each."""

import json
from collections import defaultdict
from dataclasses import replace

import jax
import jax.numpy as jnp
import jax.tree_util as tree
import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

import cornu
from cornu.core.dtypes import is_float
from cornu.core.pure import named, pure, read
from cornu.layers.layer import LEFT_OUT, is_samplewise
from tests.layers.contract import PARAMETERS, TABLE, Row, adapted, built, dtype_name, make, spread


def rows_where(condition, wide=False, once=False, first=None, quick=lambda row: True):
    """The rows of the table for which a condition holds, as parameters; those of the wide product only
    where asked for. `once` takes of each layer just the first; `first` is how many of each layer are
    for the quick tests, the others being for the wide ones; so are rows that are not `quick`."""
    rows = [p for p in PARAMETERS if (wide or not p.values[0].wide) and condition(p.values[0])]
    of_layer = defaultdict(list)
    for parameter in rows:
        of_layer[parameter.values[0].name].append(parameter)
    if once:
        rows = [parameters[0] for parameters in of_layer.values()]
    if first is not None:
        few = {p.id for parameters in of_layer.values() for p in parameters[:first]}
        rows = [p if p.id in few else for_wide(p) for p in rows]
    rows = [p if quick(p.values[0]) or p.marks else for_wide(p) for p in rows]
    return pytest.mark.parametrize("row", rows)


def for_wide(parameter):
    """The parameter, left out unless asked for."""
    return pytest.param(*parameter.values, id=parameter.id, marks=[pytest.mark.wide])


each = rows_where(lambda row: True)
wide = pytest.mark.wide


def short(number):
    """Keras keeps a few numbers in float32."""
    return round(float(number), 6)


def floats(structure):
    """The leaves of a nested structure that hold floats."""
    return [leaf for leaf in tree.tree_leaves(structure) if is_float(leaf.dtype)]


def is_float_input(row):
    return all(x.dtype == "float32" for x in row.inputs)


def weighted_sum(outputs):
    """One number that depends on every output, and on each in another way."""
    return sum(
        jnp.sum(output * jnp.cos(jnp.arange(output.size).reshape(output.shape)))
        for output in floats(outputs)
    )


def close(found, expected, row, **tolerance):
    """Compares nested structures leaf by leaf."""
    found, expected = tree.tree_leaves(found), tree.tree_leaves(expected)
    assert len(found) == len(expected)
    for one, other in zip(found, expected, strict=True):
        assert one.shape == tuple(other.shape)
        np.testing.assert_allclose(
            np.asarray(one), np.asarray(other), **{"rtol": row.rtol, "atol": row.atol, **tolerance}
        )


# ------------------------------------------------------------------------ shapes and dtypes


@rows_where(lambda row: True, first=1)
def test_shape_and_dtype(row):
    layer = make(row)
    output = layer(row.x, **row.call)
    assert all(isinstance(leaf, jax.Array) for leaf in tree.tree_leaves(output))
    assert layer.dtype == "float32" or layer.on_host
    assert layer.built
    assert all(w.dtype in ("float32", "int32", "uint32") for w in layer.weights)


@rows_where(lambda row: True, wide=True)
def test_the_symbolic_shape_is_the_real_one(row):
    real = [leaf.shape for leaf in tree.tree_leaves(make(row)(row.x, **row.call))]
    for unknown in ((), row.unknown[:1], row.unknown):
        sizes = [
            tuple(None if axis in unknown and axis < x.ndim - 1 else n for axis, n in enumerate(x.shape))
            for x in row.inputs
        ]
        layer = make(row)
        inputs = [
            cornu.Input(batch_shape=size, dtype=dtype_name(x))
            for size, x in zip(sizes, row.inputs, strict=True)
        ]
        symbolic = tree.tree_leaves(layer(inputs if row.several else inputs[0], **row.call))
        assert len(symbolic) == len(real)
        for tensor, shape in zip(symbolic, real, strict=True):
            assert len(tensor.shape) == len(shape)
            assert all(a in (None, b) for a, b in zip(tensor.shape, shape, strict=True))
            assert unknown or tensor.shape == shape


@rows_where(lambda row: row.name != "InputLayer", once=True)
def test_an_empty_batch_and_a_batch_of_one(row):
    layer = built(row)
    whole = tree.tree_leaves(layer(row.x, **row.call))

    def first(count):
        def take(value):
            per_row = hasattr(value, "shape") and value.shape[:1] == row.inputs[0].shape[:1]
            return value[:count] if per_row else value

        x, call = tree.tree_map(take, (row.x, row.call))
        return tree.tree_leaves(layer(x, **call))

    for output, none, one in zip(whole, first(0), first(1), strict=True):
        if output.shape[:1] == row.inputs[0].shape[:1]:
            assert none.shape == (0, *output.shape[1:])
            assert one.shape == (1, *output.shape[1:])
            if is_samplewise(layer):
                np.testing.assert_allclose(one[0], output[0], rtol=1e-5, atol=1e-6)


# ---------------------------------------------------------------------------- configuration


@each
def test_the_configuration_makes_the_layer_again(row):
    layer = built(row)
    config = layer.get_config()
    with cornu.utils.custom_object_scope(row.custom):
        again = type(layer).from_config(config)
        through = cornu.layers.deserialize(cornu.layers.serialize(layer))
    for copied in (adapted(row, again), adapted(row, through)):
        assert json.dumps(copied.get_config()) == json.dumps(config)
        assert copied.name == layer.name
        copied(row.x, **row.call)
        copied.set_weights(layer.get_weights())
        close(copied(row.x, **row.call), layer(row.x, **row.call), row, rtol=0, atol=0)


def plain(config, ours):
    """A configuration as JSON, with the differences of notation between Keras and Cornu taken out:
    Keras writes a dtype as a policy, and which class a nested object was registered as."""
    if isinstance(config, dict):
        if config.get("class_name") in ("DTypePolicy", "DTypePolicyMap"):
            return config["config"].get("name")
        skipped = ("registered_name", "build_config", "module", *LEFT_OUT)
        return {key: plain(value, ours) for key, value in config.items() if key not in skipped}
    if isinstance(config, (list, tuple)):
        return [plain(item, ours) for item in config]
    return config


@rows_where(lambda row: row.keras and row.same_config)
@pytest.mark.parity
def test_the_configuration_is_that_of_keras(row):
    import keras

    cornu.utils.clear_session(free_memory=False)
    keras.utils.clear_session(free_memory=False)
    ours, theirs = make(row).get_config(), make(row, keras).get_config()
    assert json.loads(json.dumps(plain(ours, True)), parse_float=short) == (
        json.loads(json.dumps(plain(theirs, False)), parse_float=short)
    )


@rows_where(lambda row: row.keras and row.same_config, wide=True, first=0)
@pytest.mark.parity
def test_each_library_builds_the_layer_from_the_others_configuration(row):
    import keras

    ours, theirs = built(row), built(row, keras)
    one = adapted(row, type(ours).from_config(json.loads(json.dumps(theirs.get_config()))))
    other = adapted(row, type(theirs).from_config(json.loads(json.dumps(ours.get_config()))))
    one(row.x, **row.call)
    other(row.x, **row.call)
    one.set_weights(ours.get_weights())
    other.set_weights(ours.get_weights())
    expected = ours(row.x, **row.call)
    close(one(row.x, **row.call), expected, row, rtol=0, atol=0)
    close(other(row.x, **row.call), expected, row)


def model_of(row, k=cornu):
    """A model of nothing but the layer of a row."""
    layer = built(row, k)
    inputs = [k.Input(x.shape[1:], len(x), dtype=dtype_name(x)) for x in row.inputs]
    inputs = inputs if row.several else inputs[0]
    return k.Model(inputs, layer(inputs, **row.call))


@rows_where(lambda row: row.name != "InputLayer", first=1)
def test_save_and_load(row, tmp_path):
    cornu.utils.clear_session(free_memory=False)
    model = model_of(row)
    model.save(tmp_path / "model.keras")
    cornu.utils.clear_session(free_memory=False)
    loaded = cornu.models.load_model(tmp_path / "model.keras", custom_objects=row.custom)
    assert [w.path for w in loaded.weights] == [w.path for w in model.weights]
    assert [w.trainable for w in loaded.variables] == [w.trainable for w in model.variables]
    close(loaded.variables, model.variables, row, rtol=0, atol=0)
    close(loaded(row.x), model(row.x), row, rtol=0, atol=0)


def exchangeable(row):
    """Keras itself does not read what it writes of a RandomShear with a number for a factor."""
    return row.keras and row.name != "InputLayer" and (row.same_config or row.name != "RandomShear")


@rows_where(exchangeable, wide=True)
@pytest.mark.parity
@pytest.mark.wide
def test_each_library_loads_what_the_other_saved(row, tmp_path):
    import keras

    for first, second in ((cornu, keras), (keras, cornu)):
        model = model_of(row, first)
        expected = model(row.x)
        model.save(tmp_path / "model.keras")
        loaded = second.models.load_model(tmp_path / "model.keras", custom_objects=row.custom)
        close(loaded(row.x), expected, row)


@rows_where(lambda row: True, once=True)
def test_a_misspelt_argument_is_named(row):
    with pytest.raises(ValueError, match=rf'{row.name} has no argument "nmae". Did you mean "name"'):
        make(row, nmae="x")


@rows_where(lambda row: not row.several and row.adapt is None and row.unknown, once=True)
def test_a_layer_prints_its_name_and_shows_its_shapes_in_a_notebook(row):
    layer = make(row)
    assert repr(layer) == f"<{row.name} name={layer.name}, built={layer.built}>"
    if row.name != "InputLayer":
        assert f"{row.name} &quot;{layer.name}&quot;" in layer._repr_html_()
        batch = len(row.x) if row.call else None  # what else is given has that many rows
        layer(cornu.Input(row.x.shape[1:], batch, dtype=dtype_name(row.x)), **row.call)
    shapes = tree.tree_leaves(layer.output)
    assert repr(layer) == f"<{row.name} name={layer.name}, built=True>"
    assert all(str(tensor.shape) in layer._repr_html_() for tensor in shapes)


# ----------------------------------------------------------------------- values and gradients


@rows_where(lambda row: not make(row).on_host, first=1)
def test_compiled_equals_uncompiled(row):
    layer = built(row)
    state = named(all=layer.variables)
    for arguments in [{}] + [{"training": True}] * (row.random or row.trains):
        function = jax.jit(pure(lambda x, a=arguments: layer(x, **{**row.call, **a}), state))
        new, output = function(read(state), row.x)
        close(output, layer(row.x, **{**row.call, **arguments}), row)
        for path, variable in state["all"].items():  # what it assigned, the random state included
            close(new["all"][path], variable.value, row)


@rows_where(lambda row: row.smooth and is_float_input(row), once=True, quick=lambda row: not row.keras)
def test_gradients_against_numeric_differences(row):
    with jax.enable_x64(True):
        layer = make(row, dtype="float64")
        x = tree.tree_map(lambda leaf: jnp.asarray(leaf, "float64"), row.x)
        layer(x, **row.call)
        spread(layer)
        state = named(all=layer.variables)
        function = pure(lambda x: layer(x, **row.call), state)
        weights = read(state)

        @jax.jit
        def total(weights, x):
            return weighted_sum(function(weights, x)[1])

        slopes = jax.jit(jax.grad(total, argnums=(0, 1), allow_int=True))(weights, x)
        rng = np.random.default_rng(0)
        direction = tree.tree_map(lambda leaf: rng.normal(size=leaf.shape), (weights, x))
        real = tree.tree_map(lambda leaf: leaf.dtype == "float64", (weights, x))

        def moved(step):
            return total(
                *tree.tree_map(
                    lambda leaf, by, is_real: leaf + step * by if is_real else leaf,
                    (weights, x),
                    direction,
                    real,
                )
            )

        expected = (moved(1e-6) - moved(-1e-6)) / 2e-6
        found = sum(
            np.sum(slope * by)
            for slope, by, is_real in zip(*map(tree.tree_leaves, (slopes, direction, real)), strict=True)
            if is_real
        )
        np.testing.assert_allclose(found, expected, rtol=2e-6, atol=1e-7)


@rows_where(lambda row: row.keras, wide=True, first=1)
@pytest.mark.parity
def test_outputs_names_and_weights_are_those_of_keras(row):
    import keras

    cornu.utils.clear_session(free_memory=False)
    keras.utils.clear_session(free_memory=False)
    ours, theirs = built(row), built(row, keras)
    assert ours.name == theirs.name
    assert [w.path for w in ours.weights] == [w.path for w in theirs.weights]
    assert [tuple(w.shape) for w in ours.weights] == [tuple(w.shape) for w in theirs.weights]
    for part in ("trainable_weights", "non_trainable_weights"):
        assert [w.path for w in getattr(ours, part)] == [w.path for w in getattr(theirs, part)]
    assert ours.count_params() == theirs.count_params()
    calls = [{}] + [{"training": True}] * 2 * (row.random or row.trains)
    for arguments in calls:  # what the second draws or averages follows from the first
        expected = theirs(row.x, **{**row.call, **arguments})
        close(ours(row.x, **{**row.call, **arguments}), expected, row)
        close([w.value for w in ours.weights], [np.asarray(w) for w in theirs.weights], row)
    np.testing.assert_allclose(
        [float(loss) for loss in ours.losses], [float(loss) for loss in theirs.losses], rtol=1e-5
    )


@rows_where(lambda row: row.keras and row.smooth, wide=True, first=1)
@pytest.mark.parity
def test_gradients_are_those_of_keras(row):
    import keras

    ours, theirs = built(row), built(row, keras)
    trainable = [w.value for w in ours.trainable_weights]
    state = {"all": {str(i): v for i, v in enumerate(ours.variables)}}
    places = [str(i) for w in ours.trainable_weights for i, v in enumerate(ours.variables) if v is w]
    function, fixed = pure(lambda x: ours(x, **row.call), state), read(state)
    whole = [np.asarray(w) for w in theirs.non_trainable_variables]

    def our_total(values, x):
        bound = {"all": {**fixed["all"], **dict(zip(places, values, strict=True))}}
        return weighted_sum(function(bound, x)[1])

    def their_total(values, x):
        return weighted_sum(theirs.stateless_call(values, whole, x, **row.call)[0])

    which = (0, 1) if is_float_input(row) else (0,)
    x = tree.tree_map(jnp.asarray, row.x)
    found = jax.jit(jax.grad(our_total, argnums=which))(trainable, x)
    expected = jax.jit(jax.grad(their_total, argnums=which))(trainable, x)
    close(found, expected, row, rtol=max(row.rtol, 1e-5), atol=max(row.atol, 1e-5))


@rows_where(lambda row: row.half and is_float_input(row), once=True)
@pytest.mark.parametrize("policy", ["mixed_bfloat16", pytest.param("mixed_float16", marks=[wide])])
def test_mixed_precision_computes_in_half_and_keeps_weights_whole(row, policy):
    layer = built(row, dtype=policy)
    half = policy.removeprefix("mixed_")
    assert (layer.compute_dtype, layer.variable_dtype) == (half, "float32")
    assert all(w.dtype != half for w in layer.weights)
    output = layer(row.x, **row.call)
    assert all(leaf.dtype == half for leaf in floats(output))
    whole = built(row)(row.x, **row.call)
    for found, expected in zip(floats(output), floats(whole), strict=True):
        scale = max(float(jnp.max(jnp.abs(expected))), 1.0)
        np.testing.assert_allclose(
            np.asarray(found, "float32") / scale, np.asarray(expected) / scale, atol=0.03
        )


@rows_where(lambda row: True, first=1)
def test_training_matters_only_where_the_table_says(row):
    layer = built(row)
    still = layer(row.x, **{**row.call, "training": False}) if takes_training(layer) else None
    if still is None:
        assert not row.random
        assert not row.trains
        return
    close(layer(row.x, **row.call), still, row, rtol=0, atol=0)
    leaves = zip(
        *map(tree.tree_leaves, (layer(row.x, **{**row.call, "training": True}), still)), strict=True
    )
    same = all(np.array_equal(one, other) for one, other in leaves)
    assert same != (row.random or row.trains)


def takes_training(layer):
    return layer._takes_training


@rows_where(lambda row: row.random, once=True)
def test_the_same_seed_draws_the_same(row):
    def outputs():
        cornu.utils.set_random_seed(7)
        layer = built(row)
        return [layer(row.x, **{**row.call, "training": True}) for _ in range(2)]

    first, second = outputs(), outputs()
    close(first, second, row, rtol=0, atol=0)


# ------------------------------------------------------------------------- laws of samples


def _samplewise(row):
    return not row.several and not row.call and row.adapt is None and is_samplewise(make(row))


SAMPLEWISE = [row for row in TABLE if not row.wide and _samplewise(row) and len(row.x) == 5]
CONTINUOUS = [row for row in SAMPLEWISE if is_float_input(row)]


def test_a_layer_of_unknown_code_does_not_count_as_samplewise():
    assert not is_samplewise(cornu.layers.Lambda(lambda x: x))
    assert not is_samplewise(cornu.layers.Dense(2, activity_regularizer="l2"))


@settings(deadline=None, max_examples=60)
@given(st.sampled_from(CONTINUOUS), st.integers(0, 4), st.integers(0, 2**16))
def test_a_row_depends_on_itself_alone(row, kept, seed):
    layer = built(row)
    other = np.random.default_rng(seed).normal(size=row.x.shape).astype("float32")
    other[kept] = row.x[kept]
    for one, two in zip(*map(tree.tree_leaves, (layer(row.x), layer(other))), strict=True):
        np.testing.assert_allclose(one[kept], two[kept], rtol=1e-6, atol=1e-7)


@settings(deadline=None, max_examples=40)
@given(st.sampled_from(SAMPLEWISE), st.permutations(range(5)))
def test_permuted_rows_give_permuted_outputs(row, order):
    layer, order = built(row), np.array(order)
    for one, two in zip(*map(tree.tree_leaves, (layer(row.x[order]), layer(row.x))), strict=True):
        np.testing.assert_allclose(one, np.asarray(two)[order], rtol=1e-6, atol=1e-7)


# ------------------------------------------------------------------------------- the table


def test_the_table_has_every_layer():
    layers = {
        name
        for name in cornu.layers.__all__
        if isinstance(getattr(cornu.layers, name), type)
        and issubclass(getattr(cornu.layers, name), cornu.layers.Layer)
        and getattr(cornu.layers, name).__name__ == name  # not an alias
    }
    assert layers - {"Layer", "Wrapper"} <= {row.name for row in TABLE}


def test_rows_are_of_one_kind():
    assert all(isinstance(row, Row) for row in TABLE)
    assert replace(TABLE[0], wide=True).wide
