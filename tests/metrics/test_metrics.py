"""What a metric is: own metrics, laws over batches, compiled code, errors."""

import jax
import jax.numpy as jnp
import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from sklearn.metrics import r2_score

from cornu import Input, Sequential, metrics
from cornu.core.context import name_scope
from cornu.core.pure import named, pure, read, write
from cornu.layers import Activation

CLASSES = [
    (metrics.Accuracy, {}, "class"),
    (metrics.BinaryAccuracy, {"threshold": 0.4}, "real"),
    (metrics.CategoricalAccuracy, {}, "real"),
    (metrics.SparseCategoricalAccuracy, {}, "index"),
    (metrics.MeanSquaredError, {}, "real"),
    (metrics.MeanAbsoluteError, {}, "real"),
    (metrics.BinaryCrossentropy, {}, "real"),
    (metrics.CategoricalCrossentropy, {"from_logits": True}, "real"),
    (metrics.SparseCategoricalCrossentropy, {}, "index"),
]
IDS = [cls.__name__ for cls, *_ in CLASSES]


def batch(kind, rows=8):
    rng = np.random.default_rng(rows)
    y_pred = rng.uniform(0.1, 0.9, size=(rows, 3)).astype("float32")
    if kind == "index":
        return rng.integers(0, 3, size=rows), y_pred
    if kind == "class":
        return rng.integers(0, 3, size=(rows, 1)), rng.integers(0, 3, size=(rows, 1))
    return rng.integers(0, 2, size=(rows, 3)).astype("float32"), y_pred


@pytest.mark.parametrize(("cls", "arguments", "kind"), CLASSES, ids=IDS)
def test_compiled_equals_eager(cls, arguments, kind):
    compiled, eager = cls(**arguments), cls(**arguments)
    state = named(metrics=compiled.variables)
    program = jax.jit(pure(lambda *data: compiled(*data), state))
    values = read(state)
    for rows in (8, 5):
        values, result = program(values, *batch(kind, rows))
        np.testing.assert_allclose(result, eager(*batch(kind, rows)), rtol=1e-6)
    assert float(compiled.result()) == 0.0  # nothing leaked out of the program
    write(state, values)
    np.testing.assert_allclose(compiled.result(), eager.result(), rtol=1e-6)


@pytest.mark.parametrize(("cls", "arguments", "kind"), CLASSES, ids=IDS)
@settings(max_examples=5, deadline=None)
@given(cuts=st.lists(st.integers(1, 7), max_size=3, unique=True))
def test_batches_add_up_to_the_whole(cls, arguments, kind, cuts):
    y_true, y_pred = batch(kind)
    whole, parts = cls(**arguments), cls(**arguments)
    whole.update_state(y_true, y_pred)
    for rows in np.split(np.arange(8), sorted(cuts)):
        parts.update_state(y_true[rows], y_pred[rows])
    np.testing.assert_allclose(parts.result(), whole.result(), rtol=1e-5)


@pytest.mark.parametrize(("cls", "arguments", "kind"), CLASSES, ids=IDS)
@settings(max_examples=5, deadline=None)
@given(kept=st.lists(st.booleans(), min_size=8, max_size=8).filter(any))
def test_weight_zero_is_absence(cls, arguments, kind, kept):
    assert cls(**arguments).samplewise
    y_true, y_pred = batch(kind)
    weighted, absent = cls(**arguments), cls(**arguments)
    weighted.update_state(y_true, y_pred, np.array(kept, "float32"))
    absent.update_state(y_true[kept], y_pred[kept])
    np.testing.assert_allclose(weighted.result(), absent.result(), rtol=1e-5)
    for one, other in zip(weighted.variables, absent.variables, strict=True):
        np.testing.assert_allclose(one.numpy(), other.numpy(), rtol=1e-5)


def test_stateless():
    metric = metrics.MeanSquaredError()
    start = metric.stateless_reset_state()
    new = jax.jit(metric.stateless_update_state)(start, [[1.0], [2.0]], [[3.0], [2.0]])
    assert float(metric.stateless_result(new)) == 2.0
    assert float(metric.result()) == 0.0
    assert [float(value) for value in new] == [4.0, 2.0]
    values = metric.stateless_update_state(metric.variables, [[1.0]], [[4.0]])  # variables, as they are
    assert [float(value) for value in values] == [9.0, 1.0]
    assert float(metric.stateless_result(metric.variables)) == float(metric.result()) == 0.0


def test_reset_while_traced():
    metric = metrics.Mean()
    metric.update_state([4.0, 2.0])
    state = named(metrics=metric.variables)

    def restart(value):
        metric.reset_state()
        metric.update_state(value)
        return metric.result()

    values, result = jax.jit(pure(restart, state))(read(state), jnp.ones(2))
    assert float(result) == 1.0
    assert float(metric.result()) == 3.0
    assert float(values["metrics"]["mean/count"]) == 2.0


def test_a_new_metric_compiles_nothing():
    with jax.log_compiles(False), jax.check_tracer_leaks(False):
        before = len(jax.live_arrays())
        metric = metrics.BinaryAccuracy()
        metric.reset_state()
        assert len(jax.live_arrays()) - before == 2  # total and count, put on the device as they are


class Extremes(metrics.Metric):
    def __init__(self, name="extremes", dtype=None):
        super().__init__(name=name, dtype=dtype)
        self.largest = self.add_weight(name="largest", initializer="ones")
        self.seen = self.add_variable((2,), "zeros", dtype="int32", name="seen")
        self.mean = metrics.Mean(name="inner")

    def update_state(self, y_true, y_pred, sample_weight=None):
        self.largest.assign(jnp.maximum(self.largest.value, jnp.max(y_pred)))
        self.seen.assign_add(1)
        self.mean.update_state(y_pred)

    def result(self):
        return {"largest": self.largest.value, "mean": self.mean.result()}


def test_own_metric():
    metric = Extremes()
    assert [v.path for v in metric.variables] == [
        *("extremes/largest", "extremes/seen", "inner/total", "inner/count")
    ]
    assert not any(v.trainable for v in metric.variables)
    assert float(metric(None, np.array([0.0, 0.5]))["largest"]) == 1.0
    assert float(metric(None, np.array([3.0, 2.5]))["mean"]) == 1.5
    assert metric.seen.numpy().tolist() == [2, 2]
    metric.reset_state()
    assert float(metric.result()["largest"]) == 0.0
    assert not metric.samplewise
    copy = metrics.deserialize(metrics.serialize(metric), {"Extremes": Extremes})
    assert copy.get_config() == {"name": "extremes", "dtype": "float32"}


def test_own_update_gives_up_the_promise():
    class Mine(metrics.MeanSquaredError):
        def update_state(self, y_true, y_pred, sample_weight=None):
            super().update_state(y_true, y_pred)

    class Renamed(metrics.MeanSquaredError):
        pass

    assert (Mine().samplewise, Renamed().samplewise) == (False, True)
    assert not metrics.SparseCategoricalCrossentropy(ignore_class=0).samplewise


def test_initial_values():
    metric = metrics.Mean()
    assert metric.add_weight((2,), np.array([1.0, 2.0])).numpy().tolist() == [1.0, 2.0]
    made = metric.add_weight((2,), lambda shape, dtype: np.full(shape, 7, dtype))
    assert made.numpy().tolist() == [7.0, 7.0]
    assert len(metric.variables) == 4


def test_names_and_scopes():
    assert [v.path for v in metrics.Sum("a/b").variables] == ["a>b/total"]
    with name_scope("model"):
        assert metrics.Sum().variables[0].path == "model/sum/total"
    assert repr(metrics.Mean()) == "<Mean name=mean>"


def off(y_true, y_pred, power=1):
    return jnp.mean(jnp.abs(y_true - y_pred) ** power, axis=-1)


def test_function_as_metric():
    metric = metrics.MeanMetricWrapper(off, name="off", power=2)
    assert float(metric(np.zeros((2, 1)), np.array([[1.0], [3.0]]))) == 5.0
    assert not metric.samplewise
    copy = metrics.deserialize(metrics.serialize(metric), {"off": off})
    assert copy.get_config() == metric.get_config()
    assert float(copy(np.zeros((2, 1)), np.array([[1.0], [3.0]]))) == 5.0


def test_function_of_ours_as_metric_is_saved_by_name():
    metric = metrics.MeanMetricWrapper(metrics.binary_accuracy, name="mine", threshold=0.9)
    assert metric.samplewise
    copy = metrics.deserialize(metrics.serialize(metric))
    assert float(copy([1, 1], [0.8, 0.95])) == 0.5


def test_class_numbers_beyond_a_byte():
    scores = np.zeros((1, 300), "float32")
    scores[0, 256] = 1
    assert float(metrics.SparseCategoricalAccuracy()(np.zeros(1, "uint8"), scores)) == 0.0


def test_get():
    assert metrics.get(None) is None
    assert metrics.get(off) is off
    assert isinstance(metrics.get(metrics.Mean), metrics.Mean)
    config = {"class_name": "BinaryAccuracy", "config": {"threshold": 0.1}}
    assert metrics.get(config).threshold == 0.1
    assert isinstance(metrics.deserialize("mse"), metrics.MeanSquaredError)


@pytest.mark.parametrize(
    ("call", "words"),
    [
        (lambda: metrics.get("acuracy"), 'Unknown metric "acuracy". Did you mean "accuracy"?'),
        (
            lambda: metrics.BinaryAccuracy(threshold="half"),
            "threshold must be a number, but is 'half'. Write threshold=0.5",
        ),
        (lambda: metrics.BinaryCrossentropy(label_smoothing=2), "label_smoothing must be a number"),
        (lambda: metrics.CategoricalCrossentropy(axis=0.5), "axis must be a whole number"),
        (
            lambda: metrics.Accuracy()(np.zeros(4), np.zeros((4, 3))),
            'accuracy: y_true has shape.*write "sparse_categorical_accuracy"',
        ),
        (
            lambda: metrics.BinaryAccuracy()(np.zeros((4, 5)), np.zeros((4, 1))),
            r"binary_accuracy: y_true has shape \(4, 5\) but y_pred has shape \(4, 1\)",
        ),
        (
            lambda: metrics.CategoricalAccuracy()(np.zeros(4), np.zeros((4, 3))),
            'class numbers: write "sparse_categorical_accuracy"',
        ),
        (
            lambda: metrics.SparseCategoricalAccuracy()(np.zeros((4, 3)), np.zeros((4, 3))),
            'looks one-hot: write "categorical_accuracy"',
        ),
        (
            lambda: metrics.Mean()([1.0, 2.0], [1.0, 2.0, 3.0]),
            r"mean: sample_weight has shape \(3,\), which does not fit values of shape \(2,\)",
        ),
        (
            lambda: metrics.Mean()([1.0, 2.0], np.ones((2, 2))),
            r"sample_weight has shape \(2, 2\), which does not fit",
        ),
        (lambda: metrics.Mean().add_weight(initializer=3), "initializer=3 is not understood"),
        (
            lambda: metrics.Mean(name="mine").stateless_result([1.0]),
            'Metric "mine" has 2 variables, not 1. Pass one value for each of metric.variables',
        ),
    ],
)
def test_wrong_arguments(call, words):
    with pytest.raises(ValueError, match=words):
        call()


def test_a_wrapper_without_a_function():
    with pytest.raises(TypeError, match=r"needs a function .*fn='mse'.*metrics.get\(name\)"):
        metrics.MeanMetricWrapper("mse")


def test_what_a_subclass_must_define():
    with pytest.raises(NotImplementedError, match=r"Define update_state\(self, y_true, y_pred"):
        metrics.Metric().update_state()
    with pytest.raises(NotImplementedError, match=r"Define result\(self\) and return a number"):
        metrics.Metric().result()


def test_variables_before_super():
    class Hasty(metrics.Metric):
        def __init__(self):
            self.total = self.add_weight()

    with pytest.raises(RuntimeError, match=r"Hasty.__init__ adds a variable too early: write super"):
        Hasty()


def test_a_result_that_is_a_variable_is_that_of_the_given_state():
    class Total(metrics.Sum):
        def result(self):
            return self.total

    assert float(Total().stateless_result([jnp.float32(3.0)])) == 3.0


@pytest.mark.parametrize("off", [0.0, 1.0])
def test_r2_of_labels_that_do_not_vary_is_that_of_scikit_learn(off):
    labels = np.full((4, 1), 2.0)
    expected = r2_score(labels, labels + off)
    assert float(metrics.R2Score()(labels, labels + off)) == expected == 1 - off


def test_an_adjusted_r2_in_a_compiled_model():
    rng = np.random.default_rng(1)
    y_true, y_pred = rng.normal(size=(2, 10, 1)).astype("float32")
    model = Sequential([Input((1,)), Activation("linear")])
    model.compile("sgd", "mse", metrics=[metrics.R2Score(num_regressors=2)])
    _, score = model.evaluate(y_pred, y_true, batch_size=4, verbose=0)
    expected = 1 - (1 - r2_score(y_true, y_pred)) * (10 - 1) / (10 - 2 - 1)
    assert score == pytest.approx(expected, rel=1e-5)


def test_older_names_of_a_reset():
    class Old(metrics.Mean):
        def reset_states(self):
            self.total.assign(7.0)

    class New(metrics.Mean):
        def reset_state(self):
            self.total.assign(8.0)

    for metric, value in ((Old(), 7.0), (New(), 8.0), (metrics.Mean(), 0.0)):
        for reset in (metric.reset_state, metric.reset_states):
            metric.total.assign(1.0)
            reset()
            assert float(metric.total) == value


def test_an_area_from_many_thresholds_is_that_of_numpy():
    rng = np.random.default_rng(2)
    bits, scores = rng.integers(0, 2, 50), rng.random(50).astype("float32")
    metric = metrics.AUC(num_thresholds=200)
    metric.update_state(bits, scores)
    above = np.ceil(scores * np.float32(199))[:, None] > np.arange(200)
    above[:, 0] = True
    np.testing.assert_array_equal(metric.true_positives.numpy(), (above & (bits == 1)[:, None]).sum(0))
    np.testing.assert_array_equal(metric.true_negatives.numpy(), (~above & (bits == 0)[:, None]).sum(0))
