"""The worker for raw PyTorch: the training loop one writes by hand, with tensors in memory."""

from time import perf_counter

start = perf_counter()
import torch  # noqa: E402

imported = perf_counter()
from collections.abc import Iterable  # noqa: E402
from itertools import islice  # noqa: E402
from typing import Any  # noqa: E402

from benchmarks import data, feeds, worker  # noqa: E402
from benchmarks.networks.torch_networks import NETWORKS, with_softmax  # noqa: E402
from benchmarks.workloads import BINARY, CLASSES, LOGITS, SQUARES, Workload  # noqa: E402

LOSSES = {
    BINARY: torch.nn.BCELoss,
    CLASSES: torch.nn.CrossEntropyLoss,  # takes the softmax upon itself
    LOGITS: torch.nn.CrossEntropyLoss,
    SQUARES: torch.nn.MSELoss,
}
OPTIMIZERS = {  # Keras's settings
    "adam": lambda weights: torch.optim.Adam(weights, lr=1e-3, eps=1e-7),
    "rmsprop": lambda weights: torch.optim.RMSprop(weights, lr=1e-3, alpha=0.9, eps=1e-7),
    "sgd": lambda weights: torch.optim.SGD(weights, lr=0.01),
}


def tensors(x: Any, y: Any, work: Workload) -> tuple[torch.Tensor, torch.Tensor]:
    """The rows as tensors, the targets in the type and shape that the loss asks for."""
    x, y = torch.as_tensor(x), torch.as_tensor(y)
    if x.is_floating_point():
        x = x.to(torch.float32)
    if work.loss in (CLASSES, LOGITS):
        return x, y.to(torch.int64)
    y = y.to(torch.float32)
    return x, y if y.ndim > 1 else y[:, None]


def hits(output: torch.Tensor, y: torch.Tensor, work: Workload) -> torch.Tensor | float:
    """How many rows of a batch, or which part of their words, are classified as they should be."""
    if not work.accuracy:
        return 0.0
    if work.loss == BINARY:
        return ((output > 0.5) == (y > 0.5)).sum()
    return (output.argmax(1) == y).sum() / (y[0].numel() or 1)


class Trainer:
    """A model with its optimizer and loss, trained epoch by epoch."""

    def __init__(self, work: Workload, compiled: bool = False) -> None:
        self.work, self.model = work, NETWORKS[work.network](work)
        self.run = torch.compile(self.model) if compiled else self.model
        self.loss = LOSSES[work.loss]()
        self.weights = [one for one in self.model.parameters() if one.requires_grad]
        self.optimizer = OPTIMIZERS[work.optimizer](self.weights)

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        """The outputs; of a language model with the words' axis second, as the loss wants it."""
        output = self.run(x)
        return output.transpose(1, 2) if self.work.loss == LOGITS else output

    def epoch(self, x: torch.Tensor, y: torch.Tensor) -> tuple[float, float]:
        """One pass over the shuffled rows; mean loss and accuracy."""
        order = torch.randperm(len(x))
        return self.over((x[batch], y[batch]) for batch in order.split(self.work.batch))

    def over(self, batches: Iterable[tuple[torch.Tensor, torch.Tensor]]) -> tuple[float, float]:
        """One pass over batches; mean loss and accuracy."""
        total, right, count = torch.zeros(()), torch.zeros(()), 0
        for batch, target in batches:
            output = self.forward(batch)
            count += len(batch)
            loss = self.loss(output, target)
            self.optimizer.zero_grad()
            loss.backward()
            self.optimizer.step()
            with torch.no_grad():
                total += loss * len(batch)
                right += hits(output, target, self.work)
        return float(total) / count, float(right) / count

    @torch.inference_mode()
    def score(self, x: torch.Tensor, y: torch.Tensor) -> tuple[float, float]:
        """Loss and accuracy over all rows at once."""
        output = self.forward(x)
        return float(self.loss(output, y)), float(hits(output, y, self.work)) / len(x)


def train(work: Workload, rows: data.Data, compiled: bool = False) -> dict[str, Any]:
    """Fit, with validation after each epoch where the workload has it; timings and final scores."""
    built, trainer, history, ends = perf_counter(), Trainer(work, compiled), [], []
    begin = built if work.from_build else perf_counter()
    stream = feeds.batches(work, rows) if work.feed else None
    x, y = (None, None) if stream else tensors(rows.x, rows.y, work)
    validation = tensors(*rows.validation, work) if rows.validation else None
    for _ in range(work.epochs):
        if stream:
            fed = islice(stream, feeds.steps(work, rows))
            found = trainer.over(tensors(*batch, work) for batch in fed)
        else:
            found = trainer.epoch(x, y)
        history.append(found + trainer.score(*validation) if validation else found)
        ends.append(perf_counter())
    result = {"fit_s": perf_counter() - begin, **worker.laps(begin, ends)}
    result |= {"loss": history[-1][0], "weights": sum(one.numel() for one in trainer.weights)}
    if work.accuracy:
        result["accuracy"] = history[-1][1]
    if work.evaluate:
        begin = perf_counter()
        result["evaluated_loss"] = trainer.score(x, y)[0]
        result["evaluate_s"] = perf_counter() - begin
    return result


def predict(work: Workload, rows: data.Data, compiled: bool = False) -> dict[str, Any]:
    """Time the forward pass on one NumPy batch, called again and again."""
    model = with_softmax(work, NETWORKS[work.network](work)).eval()
    batch = rows.x[: work.batch].astype("float32")
    forward = torch.compile(model) if compiled else model

    @torch.inference_mode()
    def call() -> Any:
        return forward(torch.from_numpy(batch)).numpy()

    return worker.time_calls(call, work.calls)


def run(work: Workload, rows: data.Data, job: dict[str, Any]) -> dict[str, Any]:
    """Do what the workload says."""
    torch.manual_seed(job["seed"])
    compiled = job.get("jit", False)
    if work.calls:
        return predict(work, rows, compiled)
    return worker.each(work, lambda one: train(one, rows, compiled))


if __name__ == "__main__":
    worker.main(run, imported - start, torch.__version__)
