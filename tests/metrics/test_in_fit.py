"""Metrics in the compiled loop: names and values of logs against Keras, masks, metrics of the user's and
those that layers hold."""

import keras
import numpy as np
import pytest

import cornu
from cornu import metrics, ops

RNG = np.random.default_rng(7)
X = RNG.normal(size=(10, 4)).astype("float32")
BITS = (RNG.random((10, 3)) < 0.5).astype("float32")
WEIGHT = RNG.random(10).astype("float32")
KERNEL = RNG.normal(size=(4, 3)).astype("float32")


def signedError(y_true, y_pred):
    return (y_true - y_pred)[..., 0]


def trained(library, units=3, **compiled):
    model = library.Sequential([library.layers.Input((4,)), library.layers.Dense(units, "sigmoid")])
    model.set_weights([KERNEL[:, :units], np.zeros(units, "float32")])
    model.compile(library.optimizers.SGD(0.1), "mse", **compiled)
    return model


@pytest.mark.parity
@pytest.mark.filterwarnings("ignore:Explicitly requested dtype int64")
def test_fit_log_by_log():
    def histories(library):
        room = library.metrics
        model = trained(
            library,
            metrics=[
                *("accuracy", "AUC", "Precision", "recall", "f1_score", "mse", "mae", "r2_score"),
                *("BinaryAccuracy", "cosine_similarity", "Hinge", "KLDivergence", "poisson", "mape"),
                *(
                    signedError,
                    room.mean_squared_error,
                    room.MeanSquaredError,
                    room.BinaryIoU(name="iou"),
                ),
                room.FBetaScore(average="macro", beta=2.0, threshold=0.5),
                room.Precision(thresholds=[0.3, 0.6], name="several"),
                room.R2Score(class_aggregation=None, name="columns"),
            ],
            weighted_metrics=["mse", room.AUC(curve="PR", name="pr"), room.F1Score(name="f1")],
        )
        more = {"validation_data": (X[::-1], BITS), "sample_weight": WEIGHT, "verbose": 0}
        history = model.fit(X, BITS, batch_size=4, epochs=2, shuffle=False, **more).history
        return history, model.evaluate(X, BITS, 4, 0, return_dict=True)

    for ours, theirs in zip(histories(cornu), histories(keras), strict=True):
        assert ours.keys() == theirs.keys()
        for name, values in theirs.items():
            np.testing.assert_allclose(ours[name], values, rtol=1e-4, atol=1e-5, err_msg=name)


class HitsOfKeras2(metrics.Metric):
    """Written as in Keras 2."""

    def __init__(self, name="hits", **kwargs):
        super().__init__(name=name, **kwargs)
        self.hits = self.add_weight("hits", initializer="zeros")
        self.calls = self.add_weight(name="calls", shape=(2,), initializer="ones", dtype="int32")

    def update_state(self, y_true, y_pred, sample_weight=None):
        hits = ops.cast(ops.equal(y_true, ops.round(y_pred)), self.dtype)
        if sample_weight is not None:
            hits = ops.multiply(hits, ops.reshape(ops.cast(sample_weight, self.dtype), (-1, 1)))
        self.hits.assign_add(ops.sum(hits))

    def result(self):
        return self.hits

    def reset_states(self):
        self.hits.assign(0.0)


class HitsOfKeras3(metrics.Metric):
    """Written as in Keras 3, with a variable that is made when the first batch comes."""

    def __init__(self, name="late"):
        super().__init__(name=name)
        self.built = False

    def update_state(self, y_true, y_pred, sample_weight=None):
        if not self.built:
            self.hits = self.add_variable(shape=(y_pred.shape[-1],), initializer="zeros", name="hits")
            self.built = True
        hits = ops.sum(ops.cast(ops.equal(y_true, ops.round(y_pred)), "float32"), axis=0)
        self.hits.assign(self.hits + hits)

    def result(self):
        return ops.sum(self.hits)


def test_metrics_of_ones_own():
    def distance(y_true, y_pred):
        return ops.mean(ops.abs(y_true - y_pred), axis=-1)

    model = trained(
        cornu,
        metrics=[HitsOfKeras2(), HitsOfKeras3(), distance],
        weighted_metrics=[HitsOfKeras2(name="weighted")],
    )
    logs = model.fit(X, BITS, batch_size=4, epochs=2, sample_weight=WEIGHT, verbose=0).history
    assert logs.keys() == {"hits", "late", "distance", "weighted", "loss"}
    logs = model.evaluate(X, BITS, 4, 0, WEIGHT, return_dict=True)
    y_pred = model.predict(X, verbose=0)
    hits = (y_pred.round() == BITS).sum(-1)
    assert logs["hits"] == logs["late"] == hits.sum()
    assert logs["weighted"] == pytest.approx((hits * WEIGHT).sum(), rel=1e-5)
    assert logs["distance"] == pytest.approx(abs(y_pred - BITS).mean(), rel=1e-5)
    assert not model.objective.samplewise  # whether rows count alone is not known of them
    assert model.objective.all_metrics[0].calls.numpy().tolist() == [1, 1]  # its reset leaves them


class Watched(cornu.layers.Layer):
    """Holds metrics, and updates them in its call."""

    def __init__(self, **kwargs):
        super().__init__(**kwargs)
        self.size = metrics.Mean(name="size")
        self.parts = {"largest": [metrics.Sum(name="rows")]}

    def call(self, x):
        self.size.update_state(ops.abs(x))
        self.parts["largest"][0].update_state(ops.ones(ops.shape(x)[0]))
        return x


def test_metrics_that_layers_hold_are_in_the_logs():
    model = cornu.Sequential([Watched(), cornu.layers.Dense(3)])
    model.compile("sgd", "mse", metrics=["mae"])
    history = model.fit(X, BITS, batch_size=4, epochs=3, verbose=0).history
    assert history["rows"] == [10.0] * 3  # started afresh each epoch, nothing filled up
    np.testing.assert_allclose(history["size"], [abs(X).mean()] * 3, rtol=1e-5)
    logs = model.evaluate(X, BITS, batch_size=4, verbose=0, return_dict=True)
    assert logs.keys() == {"loss", "mae", "size", "rows"}
    assert model.metrics_names == ["loss", "mae", "size", "rows"]
    assert [metric.name for metric in model.metrics] == model.metrics_names


class Trained(cornu.Model):
    """Updates metrics of its own in its train_step, and loops over `self.metrics`, as Keras's guide."""

    def __init__(self):
        super().__init__()
        self.dense = cornu.layers.Dense(3, "sigmoid")
        self.score = metrics.F1Score(average="micro", threshold=0.5, name="score")

    def call(self, x):
        return self.dense(x)

    def train_step(self, data):
        x, y = data
        super().train_step(data)
        self.score.update_state(y, self(x))
        for metric in self.metrics:
            if metric.name == "hits":
                metric.update_state(y, self(x))
        return {metric.name: metric.result() for metric in self.metrics}


def test_metrics_that_a_model_updates_itself():
    model = Trained()
    model.compile(cornu.optimizers.SGD(0.0), "mse", metrics=[metrics.TruePositives(name="hits")])
    logs = model.fit(X, BITS, batch_size=4, epochs=2, verbose=0).history
    y_pred = model.predict(X, verbose=0)
    hits = ((y_pred > 0.5) & (BITS == 1)).sum()
    assert logs["hits"] == [2 * hits] * 2  # updated by super().train_step and by the loop, once each
    expected = metrics.F1Score(average="micro", threshold=0.5)(BITS, y_pred)
    np.testing.assert_allclose(logs["score"], [expected] * 2, rtol=1e-6)


def test_a_compiled_model_within_a_model_keeps_its_metrics():
    inner = trained(cornu, metrics=["mae"])
    inner.fit(X, BITS, verbose=0)
    outer = cornu.Sequential([inner, cornu.layers.Dense(1)])
    outer.compile("sgd", "mse", metrics=["mse"])
    assert outer.fit(X, BITS[:, :1], verbose=0).history.keys() == {"loss", "mse"}


MASKED = [
    ("Precision", {}),
    ("FalsePositives", {"thresholds": [0.3, 0.6]}),
    ("AUC", {}),
    ("MeanIoU", {"num_classes": 3, "sparse_y_pred": False, "sparse_y_true": False, "dtype": "float32"}),
    ("RootMeanSquaredError", {}),
    ("BinaryAccuracy", {}),
]


def test_masked_steps_count_for_no_metric():
    words = np.array([[3, 1, 0, 0], [2, 0, 0, 0], [1, 2, 3, 1], [4, 4, 1, 0], [2, 3, 0, 0]])
    labels = np.eye(3, dtype="float32")[RNG.integers(0, 3, size=(5, 4))]
    model = cornu.Sequential(
        [
            cornu.layers.Embedding(5, 2, mask_zero=True, input_shape=(4,)),
            cornu.layers.Dense(3, "softmax"),
        ]
    )
    chosen = [getattr(metrics, name)(**more) for name, more in MASKED]
    model.compile("sgd", "categorical_crossentropy", metrics=chosen)
    logs = model.evaluate(words, labels, batch_size=2, verbose=0)
    y_pred, counts = model.predict(words, verbose=0), words != 0
    for (name, more), value in zip(MASKED, logs[1:], strict=True):
        expected = getattr(metrics, name)(**more)(labels[counts], y_pred[counts])
        np.testing.assert_allclose(value, expected, rtol=1e-5, err_msg=name)


def test_a_weight_per_row_counts_for_all_its_steps():
    y_true, y_pred = (RNG.random((2, 3, 3, 2)) < 0.5).astype("float32")
    weight = np.array([0.0, 1.0, 2.0])  # as many rows as steps: Keras lays them along the steps
    rows = np.repeat([1, 2, 2], 1)
    for name in ("TruePositives", "Recall", "AUC"):
        weighted = getattr(metrics, name)()(y_true, y_pred, weight)
        repeated = getattr(metrics, name)()(y_true[rows], y_pred[rows])
        np.testing.assert_allclose(weighted, repeated, rtol=1e-6)


def test_metrics_of_several_outputs_have_their_names():
    inputs = cornu.Input((4,))
    left, right = (cornu.layers.Dense(3, "sigmoid", name=name)(inputs) for name in ("left", "right"))
    model = cornu.Model(inputs, {"left": left, "right": right})
    model.compile("sgd", "mse", metrics={"left": ["AUC", "f1_score"], "right": [metrics.Recall()]})
    logs = model.evaluate(X, {"left": BITS, "right": BITS}, 4, 0, return_dict=True)
    recall = next(name for name in logs if name.startswith("right_recall"))
    assert {"left_AUC", "left_f1_score", recall, "loss"} <= logs.keys()
    expected = metrics.AUC()(BITS, model.predict(X, verbose=0)["left"])
    assert logs["left_AUC"] == pytest.approx(float(expected), rel=1e-5)


def test_the_progress_shows_the_mean_of_several_numbers(capsys):
    model = trained(cornu, metrics=[metrics.Precision(thresholds=[0.0, 1.0], name="several")])
    logs = model.evaluate(X, BITS, verbose=2, return_dict=True)
    assert logs["several"].shape == (2,)
    assert f"several: {logs['several'].mean():.4f}" in capsys.readouterr().out


def test_names_of_keras_1_and_2():
    model = trained(cornu, metrics=["cosine", "cosine_proximity", "kld", "logcosh", "huber", "acc"])
    logs = model.evaluate(X, BITS, verbose=0, return_dict=True)
    y_pred = model.predict(X, verbose=0)
    negative = -float(metrics.CosineSimilarity()(BITS, y_pred))
    assert logs["cosine"] == logs["cosine_proximity"] == pytest.approx(negative, rel=1e-5)
    assert logs["kld"] == pytest.approx(float(metrics.KLDivergence()(BITS, y_pred)), rel=1e-5)
    assert logs["logcosh"] == pytest.approx(float(metrics.LogCoshError()(BITS, y_pred)), rel=1e-5)
