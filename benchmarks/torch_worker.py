"""The worker for raw PyTorch: the training loop one writes by hand, with tensors in memory."""

from time import perf_counter

start = perf_counter()
import torch  # noqa: E402

imported = perf_counter()
from collections.abc import Iterable  # noqa: E402
from itertools import islice  # noqa: E402
from typing import Any  # noqa: E402

from benchmarks import data, feeds, worker  # noqa: E402
from benchmarks.workloads import WORKLOADS, Workload  # noqa: E402

ACTIVATIONS = {"relu": torch.nn.ReLU, "sigmoid": torch.nn.Sigmoid}
LOSSES = {
    "binary_crossentropy": torch.nn.BCELoss,
    "sparse_categorical_crossentropy": torch.nn.CrossEntropyLoss,  # takes the softmax upon itself
}
OPTIMIZERS = {  # Keras's settings
    "adam": lambda weights: torch.optim.Adam(weights, lr=1e-3, eps=1e-7),
    "rmsprop": lambda weights: torch.optim.RMSprop(weights, lr=1e-3, alpha=0.9, eps=1e-7),
}


def build(work: Workload) -> torch.nn.Sequential:
    """The model, with Keras's Glorot uniform weights and zero biases."""
    steps: list[torch.nn.Module] = []
    width = work.inputs
    for units, activation in work.layers:
        dense = torch.nn.Linear(width, units)
        torch.nn.init.xavier_uniform_(dense.weight)
        torch.nn.init.zeros_(dense.bias)
        steps.append(dense)
        if activation in ACTIVATIONS:
            steps.append(ACTIVATIONS[activation]())
        width = units
    return torch.nn.Sequential(*steps)


def tensors(x: Any, y: Any, work: Workload) -> tuple[torch.Tensor, torch.Tensor]:
    """The rows as tensors, the targets in the type and shape that the loss asks for."""
    x, y = torch.as_tensor(x, dtype=torch.float32), torch.as_tensor(y)
    binary = work.loss == "binary_crossentropy"
    return x, y.to(torch.float32)[:, None] if binary else y.to(torch.int64)


def hits(output: torch.Tensor, y: torch.Tensor, binary: bool) -> torch.Tensor:
    """How many rows of a batch are classified as they should be."""
    return ((output > 0.5) == (y > 0.5)).sum() if binary else (output.argmax(1) == y).sum()


class Trainer:
    """A model with its optimizer and loss, trained epoch by epoch."""

    def __init__(self, work: Workload) -> None:
        self.work, self.model = work, build(work)
        self.loss = LOSSES[work.loss]()
        self.optimizer = OPTIMIZERS[work.optimizer](self.model.parameters())
        self.binary = work.loss == "binary_crossentropy"

    def epoch(self, x: torch.Tensor, y: torch.Tensor) -> tuple[float, float]:
        """One pass over the shuffled rows; mean loss and accuracy."""
        order = torch.randperm(len(x))
        return self.over((x[batch], y[batch]) for batch in order.split(self.work.batch))

    def over(self, batches: Iterable[tuple[torch.Tensor, torch.Tensor]]) -> tuple[float, float]:
        """One pass over batches; mean loss and accuracy."""
        total, right, count = torch.zeros(()), torch.zeros((), dtype=torch.int64), 0
        for batch, target in batches:
            output = self.model(batch)
            count += len(batch)
            loss = self.loss(output, target)
            self.optimizer.zero_grad()
            loss.backward()
            self.optimizer.step()
            with torch.no_grad():
                total += loss * len(batch)
                right += hits(output, target, self.binary)
        return float(total) / count, float(right) / count

    @torch.inference_mode()
    def score(self, x: torch.Tensor, y: torch.Tensor) -> tuple[float, float]:
        """Loss and accuracy over all rows at once."""
        output = self.model(x)
        return float(self.loss(output, y)), float(hits(output, y, self.binary)) / len(x)


def train(work: Workload, rows: data.Data) -> dict[str, Any]:
    """Fit, with validation after each epoch where the workload has it; timings and final scores."""
    trainer, history, ends = Trainer(work), [], []
    begin = perf_counter()
    stream = feeds.batches(work, rows) if work.feed else None
    x, y = (None, None) if stream else tensors(rows.x, rows.y, work)
    validation = tensors(*rows.validation, work) if rows.validation else None
    for _ in range(work.epochs):
        if stream:
            fed = islice(stream, feeds.steps(work, rows))
            scores = trainer.over(tensors(*batch, work) for batch in fed)
        else:
            scores = trainer.epoch(x, y)
        history.append(scores + trainer.score(*validation) if validation else scores)
        ends.append(perf_counter())
    result = {"fit_s": perf_counter() - begin, **worker.laps(begin, ends)}
    result |= {"loss": history[-1][0], "accuracy": history[-1][1]}
    if work.evaluate:
        begin = perf_counter()
        result["evaluated_loss"] = trainer.score(x, y)[0]
        result["evaluate_s"] = perf_counter() - begin
    return result


def predict(work: Workload, rows: data.Data) -> dict[str, Any]:
    """Time the forward pass on one NumPy row, called again and again."""
    model, row = build(work), rows.x[:1].astype("float32")

    @torch.inference_mode()
    def call() -> Any:
        return model(torch.from_numpy(row)).numpy()

    return worker.time_calls(call, work.calls)


def main() -> None:
    """Run the job on the command line."""
    job = worker.job()
    work = WORKLOADS[job["workload"]]
    torch.manual_seed(job["seed"])
    before = perf_counter()
    rows = data.load(work.data)
    times = {"import_s": imported - start, "data_s": perf_counter() - before}
    result = predict(work, rows) if work.calls else train(work, rows)
    worker.emit({**times, **result, "peak_mb": worker.peak_mb(), "version": torch.__version__})


if __name__ == "__main__":
    main()
