"""What every loss has to keep: the checks for the rows of contract.py."""

import jax
import jax.numpy as jnp
import keras
import numpy as np
import pytest

import cornu
from cornu import losses
from tests.losses.contract import CASES, FIRST, PARAMETERS, TABLE, end, forward, make

WEIGHTS = np.array([0.5, 2.0, 0.0, 1.0, 3.0, 1.0], "float32")
KEPT = np.array([1, 1, 0, 1, 1, 0], bool)
EACH = pytest.mark.parametrize("row", PARAMETERS)
ONCE = pytest.mark.parametrize("row", FIRST)
QUICK = ("MeanSquaredError", "BinaryCrossentropy", "SparseCategoricalCrossentropy", "Dice", "CTC")
A_FEW = pytest.mark.parametrize(
    "row",
    [
        p if p.values[0].name in QUICK else pytest.param(*p.values, id=p.id, marks=[pytest.mark.wide])
        for p in PARAMETERS
    ],
)


def test_every_loss_of_keras_has_a_row():
    names = [name for name in dir(keras.losses) if name[0].isupper() and name != "Loss"]
    assert {row.name for row in TABLE} == set(names)
    assert {row.function for row in TABLE} | {"get", "serialize", "deserialize"} == {
        name for name in dir(keras.losses) if name[0].islower()
    }


@pytest.mark.parity
@pytest.mark.parametrize(("row", "y_true", "y_pred"), CASES)
def test_values_and_gradients_are_those_of_keras(row, y_true, y_pred):
    ours, theirs = make(row, cornu), make(row, keras)
    y_pred = np.asarray(y_pred, "float32")
    expected, slope = map(np.asarray, jax.value_and_grad(lambda p: theirs(y_true, p))(y_pred))
    value, gradient = map(np.asarray, jax.value_and_grad(lambda p: ours(y_true, p))(y_pred))
    np.testing.assert_allclose(value, expected, rtol=row.rtol, atol=1e-6)
    assert np.isfinite(gradient).all()
    compared = np.isfinite(slope)
    if row.clips is not None:
        compared &= ~row.clips(y_pred)  # there Keras does not learn from the logarithm
    scale = np.abs(slope[compared]).max(initial=1e-6)
    np.testing.assert_allclose(
        gradient[compared], slope[compared], rtol=10 * row.rtol, atol=1e-6 * scale
    )


@EACH
def test_the_function_gives_what_the_class_does(row):
    y_true, y_pred = row.cases[0]
    function, theirs = getattr(losses, row.function), getattr(keras.losses, row.function)
    y_true = np.asarray(y_true, "float32")
    found = function(y_true, y_pred, **row.arguments)
    np.testing.assert_allclose(found, make(row, cornu, reduction="none")(y_true, y_pred), rtol=1e-6)
    arguments = {k: tuple(v) if k == "axis" and v == [-1] else v for k, v in row.arguments.items()}
    np.testing.assert_allclose(
        found, theirs(jnp.asarray(y_true), jnp.asarray(y_pred), **arguments), rtol=row.rtol, atol=1e-6
    )


@pytest.mark.parity
@ONCE
def test_reductions_weights_and_masks_are_those_of_keras(row):
    y_true, y_pred = row.cases[0]
    one_number = np.ndim(make(row, cornu, reduction=None)(y_true, y_pred)) == 0
    masks = [None] if one_number else [None, KEPT]
    every = row.name in ("MeanSquaredError", "Circle")  # those with masks of their own, and without
    for reduction in losses.loss.REDUCTIONS if every else ("sum_over_batch_size", "none"):
        ours, theirs = (make(row, library, reduction=reduction) for library in (cornu, keras))
        for mask in masks if every else masks[-1:]:
            given = jnp.asarray(y_pred)
            if mask is not None:
                keras.src.backend.set_keras_mask(given, jnp.asarray(mask))
            for weight in (None, WEIGHTS) if every else (WEIGHTS,):
                expected = theirs(y_true, given, weight)
                found = ours(y_true, y_pred, weight, mask=mask)
                np.testing.assert_allclose(found, expected, rtol=max(row.rtol, 2e-5), atol=1e-6)


@EACH
def test_the_gradient_is_the_slope(row):
    """In float64, along a direction, against a central difference."""
    with jax.enable_x64(True):
        y_true, y_pred = row.cases[row.smooth]
        loss = make(row, cornu, dtype="float64")
        y_pred = np.asarray(y_pred, "float64")
        direction = np.random.default_rng(1).normal(size=y_pred.shape)
        gradient = jax.grad(lambda p: loss(y_true, p))(y_pred)
        step = 1e-6 * direction
        slope = (loss(y_true, y_pred + step) - loss(y_true, y_pred - step)) / 2e-6
        assert gradient.dtype == "float64"
        np.testing.assert_allclose(np.sum(gradient * direction), slope, rtol=1e-5, atol=1e-8)


@pytest.mark.parity
@ONCE
def test_short_floats(row):
    y_true, y_pred = row.cases[0]
    loss = make(row, cornu, dtype="bfloat16")(y_true, y_pred)
    assert loss.dtype == "bfloat16"
    assert make(row, cornu, dtype="mixed_bfloat16").dtype == "bfloat16"
    if row.half:
        expected = make(row, keras)(y_true, y_pred)
        np.testing.assert_allclose(np.float32(loss), expected, rtol=0.03, atol=0.01)


@pytest.mark.parity
@EACH
def test_configurations_go_both_ways(row):
    ours, theirs = (make(row, library, reduction="sum", name="mine") for library in (cornu, keras))
    config, expected = ours.get_config(), theirs.get_config()
    assert {key: config[key] for key in expected} == expected
    there = keras.saving.deserialize_keras_object(losses.serialize(ours))
    assert there.get_config() == expected
    given = {**row.arguments, "reduction": "sum", "name": "mine"}
    back = losses.deserialize(losses.serialize(ours)).get_config()
    assert {key: back[key] for key in given} == given
    described = keras.losses.serialize(theirs)
    kept = {key: value for key, value in given.items() if key in expected}
    found = losses.deserialize(described).get_config()
    assert {key: found[key] for key in kept} == kept
    assert losses.serialize(ours)["module"] == described["module"]


@EACH
def test_it_knows_whether_it_treats_rows_alone(row):
    y_true, y_pred = (np.asarray(y) for y in row.cases[0])
    loss = make(row, cornu)
    wrapped = losses.LossFunctionWrapper(getattr(losses, row.function), **row.arguments)
    assert loss.treats_rows_alone(y_pred.ndim) == wrapped.treats_rows_alone(y_pred.ndim) == row.alone
    whole = loss.call(y_true, y_pred)
    if row.alone:
        other = np.concatenate([y_pred[:3], 0.5 * y_pred[3:]])
        np.testing.assert_array_equal(loss.call(y_true, other)[:3], whole[:3])
    else:
        part = np.asarray(loss.call(y_true[:3], y_pred[:3]))
        assert part.shape != whole.shape[:1] + part.shape[1:] or not np.allclose(part, whole)


def trajectory(row, loss, x, y, start, rate, epochs):
    """The weights after a training by hand with batches of 4, and the loss of the last epoch."""
    weights = tuple(map(jnp.asarray, start))
    step = jax.value_and_grad(lambda w, x, y: loss(y, forward(row, x, *w)))
    step = jax.jit(step) if row.end == "steps" else step  # where so many operations take long one by one
    for _ in range(epochs):
        total = 0.0
        for i in range(0, len(x), 4):
            value, slopes = step(weights, x[i : i + 4], y[i : i + 4])
            total += float(value) * len(x[i : i + 4])
            weights = tuple(w - rate * g for w, g in zip(weights, slopes, strict=True))
    return weights, total / len(x)


@pytest.mark.parity
@A_FEW
def test_fit_with_a_short_last_batch_trains_as_by_hand_with_keras(row):
    """Six rows in batches of four: the last one has two."""
    y = np.asarray(row.cases[0][0])
    if row.name == "Circle":
        y = np.array([0, 0, 1, 1, 2, 0])
    x = np.random.default_rng(2).normal(size=(6, 3)).astype("float32")
    model = cornu.Sequential([cornu.Input((3,)), *end(row, cornu)])
    model.compile(cornu.optimizers.SGD(0.01), make(row, cornu))
    units = model.get_weights()[0].shape[1]
    start = [np.random.default_rng(3).normal(size=(3, units)), np.full(units, 0.1)]
    model.set_weights([each.astype("float32") for each in start])
    start = model.get_weights()
    weights, loss = trajectory(row, make(row, keras), x, y, start, 0.01, epochs=2)
    if row.name == "Circle" and not row.arguments:  # Keras is not finite for samples without a pair
        weights, loss = trajectory(row, make(row, cornu), x, y, start, 0.01, epochs=2)
    logs = model.fit(x, y, batch_size=4, epochs=2, shuffle=False, verbose=0).history
    assert model.objective.samplewise == row.alone
    np.testing.assert_allclose(logs["loss"][-1], loss, rtol=1e-4)
    for mine, expected in zip(model.get_weights(), weights, strict=True):
        np.testing.assert_allclose(mine, expected, rtol=1e-4, atol=1e-6)
    parts = [make(row, cornu)(y[i : i + 4], forward(row, x[i : i + 4], *weights)) for i in (0, 4)]
    expected = (4 * parts[0] + 2 * parts[1]) / 6
    assert model.evaluate(x, y, batch_size=4, verbose=0) == pytest.approx(float(expected), rel=1e-4)


@pytest.mark.parity
@pytest.mark.wide
@EACH
def test_fit_with_a_short_last_batch_is_that_of_keras(row):
    y = np.asarray(row.cases[0][0])
    y = np.array([0, 0, 0, 1, 1, 0]) if row.name == "Circle" else y
    x = np.random.default_rng(2).normal(size=(6, 3)).astype("float32")
    logs = []
    start = None
    for library in (keras, cornu):
        model = library.Sequential([library.Input((3,)), *end(row, library)])
        start = start or model.get_weights()
        model.set_weights(start)
        model.compile(library.optimizers.SGD(0.01), make(row, library))
        history = model.fit(x, y, batch_size=4, epochs=2, shuffle=False, verbose=0).history
        logs.append((history["loss"], model.get_weights()))
    np.testing.assert_allclose(logs[1][0], logs[0][0], rtol=1e-4)
    for mine, theirs in zip(logs[1][1], logs[0][1], strict=True):
        np.testing.assert_allclose(mine, theirs, rtol=1e-4, atol=1e-6)


@ONCE
def test_shapes_that_do_not_fit_are_named(row):
    y_pred = row.cases[0][1]
    with pytest.raises(ValueError, match=rf"{row.function}.*y_true.* shape \(5, 7, 2\)"):
        make(row, cornu)(np.zeros((5, 7, 2)), y_pred)
