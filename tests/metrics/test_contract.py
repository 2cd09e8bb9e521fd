"""What every metric of the table keeps: Keras's values and state, scikit-learn's values, in batches and
at once, compiled, in `evaluate` with a last batch that is filled up, and from its configuration."""

import jax
import keras
import numpy as np
import pytest

import cornu
from cornu import metrics
from tests.metrics.contract import KINDS, ROWS, WEIGHTS, kinds, parameters

BATCHES = (slice(0, 5), slice(5, 10))


def make(row, library=cornu, **more):
    return getattr(library.metrics, row.name)(**{**row.arguments, **more})


def updated(metric, y_true, y_pred, weight=None, batches=(slice(None),)):
    for batch in batches:
        metric.update_state(y_true[batch], y_pred[batch], None if weight is None else weight[batch])
    return metric


def assert_same(row, ours, theirs):
    """The same result, and the same variables by name, shape, dtype and value."""
    close = {"rtol": row.rtol, "atol": row.atol}
    np.testing.assert_allclose(ours.result(), np.asarray(theirs.result()), **close)
    for mine, other in zip(ours.variables, theirs.variables, strict=True):
        assert (mine.path, mine.shape, mine.dtype) == (other.path, tuple(other.shape), other.dtype)
        np.testing.assert_allclose(mine.numpy(), np.asarray(other.value), **close)


def weights_of(row):
    whole = row.arguments.get("dtype", "int32") == "int32" and "IoU" in row.name
    return WEIGHTS.astype("int32") if whole else WEIGHTS


def test_every_class_has_a_row():
    bases = {"Metric", "MeanMetricWrapper", "Mean", "Sum"}
    assert {row.name for row in ROWS} == {n for n in metrics.__all__ if n[0].isupper()} - bases


@pytest.mark.parity
@pytest.mark.filterwarnings("ignore:Explicitly requested dtype int64")
@pytest.mark.filterwarnings("ignore:.*(too few|More independent|Division by zero)")
@parameters(once=True)
def test_values(row):
    for weight in (None, weights_of(row)) if row.keras_weights else (None,):
        ours, theirs = (
            updated(make(row, library, name="m"), *row.data, weight, BATCHES)
            for library in (cornu, keras)
        )
        assert_same(row, ours, theirs)
    ours.reset_state()
    theirs.reset_state()
    assert_same(row, ours, theirs)


def edges(y_true, y_pred):
    """Labels that are all alike, and predictions that are."""
    yield y_true[:1].repeat(5, 0), y_pred[:5]
    yield y_true[:5], y_pred[:1].repeat(5, 0)
    yield np.zeros_like(y_true[:5]), np.zeros_like(y_pred[:5])
    yield np.ones_like(y_true[:5]), np.ones_like(y_pred[:5])


@pytest.mark.parity
@pytest.mark.filterwarnings("ignore:Explicitly requested dtype int64")
@pytest.mark.filterwarnings("ignore:invalid value")
@parameters(lambda row: row.keras_edges, once=True)
def test_edges(row):
    for y_true, y_pred in edges(*row.data):
        ours, theirs = (
            updated(make(row, library, name="m"), y_true, y_pred) for library in (cornu, keras)
        )
        assert_same(row, ours, theirs)


@parameters(lambda row: row.expected is not None)
def test_against_scikit_learn(row):
    for weight in (None, WEIGHTS):
        expected = row.expected(*row.data, weight)
        result = updated(make(row), *row.data, weight).result()
        np.testing.assert_allclose(result, expected, rtol=1e-4, atol=1e-5)


@parameters(lambda row: not row.wide, once=True)
def test_batches_add_up_and_weight_zero_is_absence(row):
    weight = weights_of(row)
    if row.arguments.get("ignore_class") == 1:  # counted without weights, not with weights of 1
        weight = None
    whole = updated(make(row, name="m"), *row.data, weight)
    parts = updated(make(row, name="m"), *row.data, weight, BATCHES)
    np.testing.assert_allclose(whole.result(), parts.result(), rtol=row.rtol, atol=row.atol)
    if weight is not None and "num_regressors" not in row.arguments:
        kept = weight != 0
        absent = updated(make(row, name="m"), *(a[kept] for a in row.data), weight[kept])
        np.testing.assert_allclose(whole.result(), absent.result(), rtol=row.rtol, atol=row.atol)


@pytest.mark.parity
@pytest.mark.filterwarnings("ignore:Explicitly requested dtype int64")
@parameters(lambda row: not row.wide)
def test_config(row):
    ours, theirs = (make(row, library, name="m") for library in (cornu, keras))
    mine, other = (plain(metric.get_config()) for metric in (ours, theirs))
    assert (mine == other) if row.same_config else (mine.keys() >= other.keys())
    copy = metrics.deserialize(keras.metrics.serialize(theirs))
    back = metrics.deserialize(metrics.serialize(ours))
    assert type(copy) is type(back) is type(ours)
    assert back.get_config() == ours.get_config()
    if row.same_config:
        assert plain(copy.get_config()) == mine
        copy = keras.metrics.deserialize(metrics.serialize(ours))
        assert plain(copy.get_config()) == other


def plain(config):
    """A configuration with lists and rounded numbers in place of arrays."""
    numbers = {name: value for name, value in config.items() if hasattr(value, "tolist")}
    lists = {n: v for n, v in config.items() if isinstance(v, list) and v and isinstance(v[0], float)}
    return {
        **config,
        **{n: np.round(np.array(v, "float64"), 6).tolist() for n, v in (numbers | lists).items()},
    }


def model_of(library, rows, weighted):
    """A model that gives its input back, compiled with the metrics of all rows that the library has."""
    used = [row for row in rows if library is cornu or in_keras(row, weighted)]
    chosen = [make(row, library, name=f"{row.name}_{ROWS.index(row)}") for row in used]
    shape = KINDS[rows[0].kind][1].shape[1:]
    model = library.Sequential([library.layers.Input(shape), library.layers.Activation("linear")])
    loss = any_loss(library, rows[0].kind)
    model.compile("sgd", loss, **{"weighted_metrics" if weighted else "metrics": chosen})
    return model


def in_keras(row, weighted):
    return row.keras_compiles and (row.keras_weights or not weighted)


def logs_of(model, kind, weighted):
    """Logs of `evaluate`, the last batch being shorter than the others."""
    y_true, y_pred = KINDS[kind]
    more = {"maps": 2, "words": 4}.get(kind)  # the loss wants a weight for each of its values
    weight = WEIGHTS if more is None else np.repeat(WEIGHTS[:, None], more, axis=1)
    weight = weight if weighted else None
    return model.evaluate(y_pred, y_true, 4, sample_weight=weight, verbose=0, return_dict=True)


def any_loss(library, kind):
    """A loss that can be computed for this kind of data: one has to be there."""
    sparse = kind in ("class numbers", "words")
    return library.losses.SparseCategoricalCrossentropy(from_logits=True) if sparse else "mse"


@pytest.mark.parity
@pytest.mark.filterwarnings("ignore:Explicitly requested dtype int64")
@pytest.mark.filterwarnings("ignore:You are passing weight as `float`")
@pytest.mark.filterwarnings("ignore:.*fractions of sample_weight are cut off")
@pytest.mark.parametrize(
    "weighted", [False, pytest.param(True, marks=pytest.mark.wide)], ids=["metrics", "weighted_metrics"]
)
@kinds()
def test_evaluate_with_a_short_last_batch(rows, weighted):
    model = model_of(cornu, rows, weighted)
    logs = logs_of(model, rows[0].kind, weighted)
    expected = logs_of(model_of(keras, rows, weighted), rows[0].kind, weighted)
    ignoring = any("ignore_class" in row.arguments and "Cross" in row.name for row in rows)
    assert model.objective.samplewise != ignoring  # the last batch was filled up, and masked
    assert set(logs) >= set(expected)
    assert len(logs) == len(rows) + 1
    for name, value in logs.items():
        if name not in expected:  # Keras cannot compile it
            row = ROWS[int(name.split("_")[-1])]
            expected[name] = updated(
                make(row), *row.data, weights_of(row) if weighted else None
            ).result()
        np.testing.assert_allclose(value, expected[name], rtol=1e-5, atol=1e-6, err_msg=name)


@kinds()
def test_stateless_and_compiled(rows):
    chosen = [make(row, name="m") for row in rows]
    for row, metric in zip(rows, chosen, strict=True):
        if hasattr(metric, "make_variables"):
            metric.make_variables(*(array.shape for array in row.data))

    @jax.jit
    def program(states, y_true, y_pred):
        states = [
            m.stateless_update_state(s, y_true, y_pred) for m, s in zip(chosen, states, strict=True)
        ]
        return states, [m.stateless_result(s) for m, s in zip(chosen, states, strict=True)]

    states = [metric.stateless_reset_state() for metric in chosen]
    for batch in (slice(0, 5), slice(5, 10)):
        states, results = program(states, *(array[batch] for array in KINDS[rows[0].kind]))
    for row, metric, result in zip(rows, chosen, results, strict=True):
        eager = updated(make(row, name="m"), *row.data).result()
        np.testing.assert_allclose(result, eager, rtol=1e-5, atol=1e-6, err_msg=row.name)
        assert all(not variable.numpy().any() for variable in metric.variables)  # nothing leaked


@kinds()
def test_a_saved_model_has_its_metrics(rows, tmp_path):
    model = model_of(cornu, rows, weighted=False)
    model.save(tmp_path / "model.keras")
    loaded = cornu.models.load_model(tmp_path / "model.keras")
    assert loaded.get_compile_config() == model.get_compile_config()
    if rows[0].kind == "one-hot":
        y_true, y_pred = KINDS["one-hot"]
        assert (
            loaded.evaluate(y_pred, y_true, 4, verbose=0)[0] == model.evaluate(y_pred, y_true, 4, 0)[0]
        )
        for mine, other in zip(loaded.metrics, model.metrics, strict=True):
            np.testing.assert_array_equal(mine.result(), other.result(), err_msg=mine.name)
