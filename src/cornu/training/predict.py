"""Prediction: one compiled program per size of batch, called from a short path."""

from __future__ import annotations

from collections.abc import Mapping
from contextlib import closing
from typing import Any

import jax
import jax.tree_util as tree
import numpy as np

from cornu.core import peers, placement
from cornu.core.context import state_lock
from cornu.core.inlining import inlined, only_ours
from cornu.core.module import Module, Structure, owned, walk
from cornu.core.pure import ForeignVariables, pure, read, write
from cornu.core.variable import Variable
from cornu.layers.layer import is_samplewise
from cornu.training.agreeing import agree_on
from cornu.training.callbacks import CallbackList
from cornu.training.checks import check_indices
from cornu.training.data import Data
from cornu.training.kept import Kept, WrongProgram
from cornu.training.loop import gathered, lay_out
from cornu.training.progress import Progress, resolve_verbose
from cornu.training.sources.opening import Opening, steps_of
from cornu.training.sources.source import Source
from cornu.training.sparse import dense
from cornu.training.stateless import imperative, overridden


class Predictor:
    """The compiled forward pass of a model, for the variables that it has now.

    Args:
        model: anything with `predict_step` and `variables`.
    """

    def __init__(self, model: Any) -> None:
        self.version = Structure.version
        self.own = model.variables
        self.variables = {"model": {str(i): v for i, v in enumerate(self.own)}}
        kept = {id(v) for m in walk(model, Module) if m.part == "memory" for v in owned(m, Variable)}
        self.memory = {"model": {str(i): v for i, v in enumerate(self.own) if id(v) in kept}}
        self.samplewise = is_samplewise(model) and not overridden(model, "predict_step")
        self.step = imperative(model, "predict")
        self.eager = runs_eagerly(model)
        self.where = placement.current()
        alone = not self.eager and not overridden(model, "predict_step")
        self.ours = model if alone and only_ours(model) else None
        self._make_program()

    def _make_program(self) -> None:
        about = None if self.ours is None else ("predict", self.ours, self.variables, self.memory)
        self.program = self._run if self.eager else Kept(self._run, about, effort="full", state=1)

    def fits(self, model: Any) -> bool:
        """Whether the model still has the variables that this was made for, and runs as it did."""
        if self.eager != runs_eagerly(model) or self.where is not placement.current():
            return False
        if self.version != Structure.version:
            now = model.variables
            if len(now) != len(self.own) or any(a is not b for a, b in zip(now, self.own, strict=True)):
                return False
            self.version = Structure.version
        return True

    def _run(self, values: Any, batch: Any) -> Any:
        used = gathered(self.variables, values)
        with inlined(self.ours is not None):
            new, outputs = pure(self.step, self.variables)(used, dense(batch))
        if self.where is not None and self.where.shared:  # each process is to have all rows
            outputs = tree.tree_map(
                lambda array: placement.constrained(array, self.where.whole), outputs
            )
        return outputs, {"model": {name: new["model"][name] for name in self.memory["model"]}}

    def __call__(self, batch: Any) -> Any:
        """The outputs for one batch; short batches share a program with those of the next power of
        two rows."""
        rows = len(tree.tree_leaves(batch)[0])
        size = 1 << (rows - 1).bit_length() if self.samplewise and not self.eager else rows
        if size > rows:
            batch = tree.tree_map(lambda array: _fill_up(array, size - rows), batch)
        placed = batch
        if self.where is not None:
            lay_out(self.variables, self.where)
            placed = placement.put_rows(batch, self.where)
        try:
            with state_lock, peers.together("prediction"):
                outputs, kept = self.program(read(self.variables), (placed,))
                write(self.memory, kept)
        except ForeignVariables as found:
            named = self.variables["model"]
            others = {f"other {len(named) + i}": v for i, v in enumerate(found.variables)}
            self.variables = {"model": {**named, **others}}
            self.memory = {"model": {**self.memory["model"], **others}}
            self._make_program()
            return self(tree.tree_map(lambda array: array[:rows], batch))
        except (WrongProgram, peers.ProcessLostError):
            raise
        except Exception:
            if self.ours is None:
                raise
            self.ours = None  # a loop of JAX's own, perhaps: then it is traced the long way
            self._make_program()
            return self(tree.tree_map(lambda array: array[:rows], batch))
        return (
            outputs
            if size == rows
            else tree.tree_map(lambda array: placement.on_host(array)[:rows], outputs)
        )


def runs_eagerly(model: Any) -> bool:
    """Whether the model was compiled with run_eagerly=True."""
    return bool(getattr(model, "run_eagerly", False))


def _fill_up(array: Any, rows: int) -> Any:
    return np.concatenate([array, np.broadcast_to(array[-1:], (rows, *array.shape[1:]))])


def predict(
    model: Any,
    x: Any,
    *,
    batch_size: int | None,
    verbose: Any,
    steps: int | None,
    callbacks: Any,
    workers: Mapping[str, Any],
) -> Any:
    """The outputs for all rows of x."""
    opening = Opening(model, "predict", batch_size, steps_of("steps", steps), workers=workers)
    with closing(opening.open(x)) as source:
        predictor = _predictor(model, source.example)
        check_indices(model, source.example.x)
        agree_on(model, "predict", source)
        progress = Progress(resolve_verbose(verbose), source.steps)
        about = {"epochs": 1, "steps": source.steps, "verbose": progress.verbose}
        listeners = CallbackList.of(callbacks, add_progbar=progress, model=model, **about)
        return _joined(_outputs(model, predictor, source, progress, listeners))


def _joined(results: list[Any]) -> Any:
    """The outputs for several batches as those for all their rows, in arrays that may be written to."""
    if len(results) == 1:
        return tree.tree_map(np.array, results[0])
    return tree.tree_map(lambda *parts: np.concatenate(parts), *results)


def _predictor(model: Any, example: Data) -> Predictor:
    """The compiled forward pass, made anew if the model has changed."""
    predictor: Predictor | None = vars(model).get("_predictor")
    if predictor is None or not predictor.fits(model):
        if not model.built:
            model.output_specs(example.specs(None)[0])
        predictor = Predictor(model)
        object.__setattr__(model, "_predictor", predictor)
    return predictor


def _outputs(
    model: Any, predictor: Predictor, source: Source, progress: Progress, listeners: CallbackList
) -> list[Any]:
    """The outputs for each batch, on the host."""
    watched = listeners.watches("predict")
    stride = getattr(model, "steps_per_execution", 1)
    model.stop_predicting = False
    listeners.call("on_predict_begin", {})
    results: list[Any] = []
    told = 0

    def tell() -> None:
        outputs = _joined(jax.device_get(results[told:]))
        listeners.call("on_predict_batch_end", len(results) - 1, {"outputs": outputs})

    for step, batch in enumerate(source.each(predictor.eager)):
        if watched and step % stride == 0:
            listeners.call("on_predict_batch_begin", step, {})
        results.append(predictor(batch[0]))
        if watched and step % stride == stride - 1:
            tell()
            told = len(results)
        progress.reached(step + 1, {})
        if model.stop_predicting:
            break
    if watched and told < len(results):
        tell()
    if len(results) > 1:  # for one it takes longer than all the rest
        results = jax.device_get(results)
    progress.steps = len(results)
    listeners.call("on_predict_end", {})
    return results
