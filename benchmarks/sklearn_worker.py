"""The worker for scikit-learn: its networks of dense layers, an epoch by `partial_fit`."""

from time import perf_counter

start = perf_counter()
import sklearn  # noqa: E402
from sklearn.neural_network import MLPClassifier, MLPRegressor  # noqa: E402

imported = perf_counter()
from typing import Any  # noqa: E402

import numpy as np  # noqa: E402

from benchmarks import data, worker  # noqa: E402
from benchmarks.workloads import BINARY, SQUARES, Workload  # noqa: E402


class KerasInitial:
    """Glorot uniform kernels whatever the activation, and zero biases, which no argument asks for."""

    def _init_coef(self, fan_in: int, fan_out: int, dtype: Any) -> tuple[Any, Any]:
        limit = np.sqrt(6 / (fan_in + fan_out))
        kernel = self._random_state.uniform(-limit, limit, (fan_in, fan_out))  # type: ignore[attr-defined]
        return kernel.astype(dtype), np.zeros(fan_out, dtype)


class Classifier(KerasInitial, MLPClassifier):
    """scikit-learn's classifier with Keras's initial distributions."""


class Regressor(KerasInitial, MLPRegressor):
    """scikit-learn's regressor with Keras's initial distributions."""


def build(work: Workload, seed: int) -> Any:
    """The model, with Keras's settings. Its squared error is half of Keras's, so that the rate of
    plain descent is twice as large."""
    kind, rate = (Regressor, 0.02) if work.loss == SQUARES else (Classifier, 0.01)
    hidden = work.layers[:-1]
    return kind(
        hidden_layer_sizes=tuple(units for units, _ in hidden),
        activation=hidden[0][1] if hidden else "relu",
        solver=work.optimizer, batch_size=work.batch, alpha=0, random_state=seed, momentum=0,
        learning_rate_init=rate if work.optimizer == "sgd" else 1e-3, epsilon=1e-7,
    )  # fmt: skip


def typed(work: Workload, rows: data.Data) -> tuple[Any, Any]:
    """The rows as scikit-learn takes them: float32, and classes as integers."""
    x = rows.x.astype("float32", copy=False)
    return x, rows.y.astype("float32" if work.loss == SQUARES else "int32", copy=False)


def classes(work: Workload) -> dict[str, Any]:
    """What a classifier is told of the classes there are."""
    if work.loss == SQUARES:
        return {}
    return {"classes": np.arange(2 if work.loss == BINARY else work.layers[-1][0])}


def loss(work: Workload, model: Any, x: Any, y: Any) -> float:
    """The loss over all rows."""
    if work.loss == SQUARES:
        return float(np.mean((model.predict(x) - y) ** 2))
    chosen = model.predict_proba(x)[np.arange(len(y)), y]
    return float(-np.log(np.clip(chosen, 1e-7, None)).mean())


def train(work: Workload, rows: data.Data, seed: int) -> dict[str, Any]:
    """Fit; timings and the final loss, which is the mean of the batches of the last epoch."""
    built, model, ends = perf_counter(), build(work, seed), []
    begin = built if work.from_build else perf_counter()
    x, y = typed(work, rows)
    for _ in range(work.epochs):
        model.partial_fit(x, y, **(classes(work) if not ends else {}))
        ends.append(perf_counter())
    result = {"fit_s": perf_counter() - begin, **worker.laps(begin, ends)}
    result["loss"] = float(model.loss_curve_[-1]) * (2 if work.loss == SQUARES else 1)
    result["weights"] = sum(one.size for one in (*model.coefs_, *model.intercepts_))
    if work.evaluate:
        begin = perf_counter()
        result["evaluated_loss"] = loss(work, model, x, y)
        result["evaluate_s"] = perf_counter() - begin
    return result


def predict(work: Workload, rows: data.Data, seed: int) -> dict[str, Any]:
    """Time the forward pass on one batch, called again and again."""
    model, (x, y) = build(work, seed), typed(work, rows)
    model.partial_fit(x[:32], y[:32], **classes(work))  # makes the weights
    batch = x[: work.batch]
    return worker.time_calls(lambda: model.predict_proba(batch), work.calls)


def run(work: Workload, rows: data.Data, job: dict[str, Any]) -> dict[str, Any]:
    """Do what the workload says."""
    if work.calls:
        return predict(work, rows, job["seed"])
    return worker.each(work, lambda one: train(one, rows, job["seed"]))


if __name__ == "__main__":
    worker.main(run, imported - start, sklearn.__version__)
