"""`explain.health`: what may be wrong with a model and its data, with what to try."""

from __future__ import annotations

import textwrap
from html import escape
from typing import Any

import jax.tree_util as tree
import numpy as np

from cornu.explain.checkup.finding import Finding
from cornu.explain.checkup.measures import Layer, Measures, fitting_rows, measure
from cornu.explain.checkup.of_data import (
    findings_of_data,
    findings_of_targets,
    not_finite,
    wrong_targets,
)
from cornu.explain.checkup.of_layers import findings_of_layers
from cornu.explain.objective import NO_LOSS, Loss, check_model
from cornu.explain.seeing.inside import Inside
from cornu.explain.tracing import as_numbers
from cornu.explain.written import Written, aligned
from cornu.training.data import Data
from cornu.training.matching import activation_of, misfits
from cornu.training.nan import bad_weight, diagnose

WIDTH = 100  # of a line of text
NO_ROWS = "explain.health(rows={rows!r}): a whole number above 0 is needed."
OTHER_ROWS = "explain.health: x has {x:,} rows, but y has {y:,}. Give each sample one target."
COLUMNS = ("layer", "kind", "output", "gradient by output", "by weights", "by weights / weights", "")


class Health(Written):
    """A report: `healthy` (true if there is no problem), `findings`, `loss`, and `rows` for the layers:
    dicts with name, kind, units, size, by_output, gradient, weights, ratio, never, saturated."""

    def __init__(
        self, name: str, findings: list[Finding], layers: list[Layer], notes: list[str], loss: Any
    ) -> None:
        self.findings = findings
        self.healthy = not any(finding.serious for finding in findings)
        self.loss = loss
        self._head, self._notes = _head(name, findings), notes
        self._table = [list(COLUMNS), *map(_cells, layers)] if layers else []
        lines = [self._head, *notes, *_listed(findings)]
        lines += ["", *aligned(self._table, "  ")] if self._table else []
        super().__init__("\n".join(lines), [{**vars(each), "ratio": each.ratio} for each in layers])

    def __bool__(self) -> bool:
        return self.healthy

    def _repr_html_(self) -> str:
        table = [["", "where", "what", "found", "try"]]
        table += [[f.level, f.layer or "", f.what, f.text, f.advice] for f in self.findings]
        words = "".join(f"<p>{escape(line)}</p>\n" for line in [self._head, *self._notes])
        tables = [each for each in (table if self.findings else [], self._table) if each]
        return words + "\n".join(map(_html, tables))


def health(model: Any, x: Any, y: Any, loss: Any = None, rows: int = 1000, seed: int = 0) -> Health:
    r"""Looks for what commonly keeps a network from learning, and says what to try.

    One pass forwards and backwards measures each layer: ReLU units that are never above 0, outputs of
    sigmoid and tanh near their limits, the norm of the gradient $\partial L / \partial a_l$ by its
    outputs, and $\|\partial L / \partial W_l\| / \|W_l\|$. Beside that: NaN, inputs that are not
    scaled, constant features, a loss that does not fit the last activation, targets outside of what can
    be met, or of one class.

    Args:
        model: a built model. Layers work as in training; nothing of it is changed.
        x: inputs.
        y: targets.
        loss: of a model that is not compiled, such as 'mse'.
        rows: how many are drawn to run the model on; fewer for a model whose layers give so many numbers
            that memory would be short. Default: 1,000.
        seed: of the draw. Default: 0.

    Returns:
        a report to print, true if there is no problem; `healthy`, `findings` (with what, layer, text,
        advice, serious, numbers), `loss` and `rows` for programs.

    Raises:
        ValueError: if the model is not built or has no loss, x and y have different numbers of rows, or
            x another shape than the model takes.
        TypeError: if it is no model, or x or y are made of no numbers.

    Example:
        >>> import cornu
        >>> model = cornu.Sequential(
        ...     [
        ...         cornu.Input((2,)),
        ...         cornu.layers.Dense(4, "relu", name="hidden"),
        ...         cornu.layers.Dense(1, name="out"),
        ...     ]
        ... )
        >>> model.set_weights([-np.ones((2, 4)), np.zeros(4), np.ones((4, 1)), np.zeros(1)])
        >>> report = cornu.explain.health(model, np.random.rand(8, 2), np.arange(8.0), loss="mse")
        >>> report.healthy
        False
        >>> print(report.findings[0].layer, report.findings[0].text, sep=": ")
        hidden: 4 of 4 ReLU units (100%) give 0 for each of the 8 rows: no gradient passes through them.

    Source: Glorot, Bengio, Understanding the difficulty of training deep feedforward neural networks,
    2010; Karpathy, A Recipe for Training Neural Networks, 2019.
    """
    if not isinstance(rows, int) or isinstance(rows, bool) or rows < 1:
        raise ValueError(NO_ROWS.format(rows=rows))
    check_model("health", model)
    if loss is None and not model.compiled:
        raise ValueError(NO_LOSS.format(call="health"))
    x, y = as_numbers("health", "x", x), as_numbers("health", "y", y)
    total, targets = (_count(structure) for structure in (x, y))
    if total != targets:
        raise ValueError(OTHER_ROWS.format(x=total, y=targets))
    found = not_finite(x, y)
    weight = bad_weight(model, "")
    if weight is not None:
        found.append(_of_nan(weight))
    if found:
        return Health(model.name, found, [], [], None)
    return _examined(model, x, y, loss, rows, seed)


def _examined(model: Any, x: Any, y: Any, loss: Any, rows: int, seed: int) -> Health:
    """The report on numbers that are all finite."""
    total = _count(x)
    order = np.random.default_rng(seed).permutation(total)
    taken = _rows(x, order[:rows])
    inside = Inside("health", model, taken, training=True)
    fitting = fitting_rows(inside, _count(taken))
    if fitting < _count(taken):
        taken = _rows(x, order[:fitting])
        inside = Inside("health", model, taken, training=True)
    count = _count(taken)
    end = Loss(model, loss, training=True)
    found: list[Finding] = []
    if not end.own:
        end.objective.build(y, inside.outputs, getattr(model, "output_names", None))
        found += _of_loss(model, inside, end.objective)
        found += wrong_targets(end.objective, Data(x, y, call="explain.health"))
        found += findings_of_targets(end.objective, y, _ends(model, inside, end.objective))
    notes = (
        []
        if count == total
        else [f"Layers were measured on {count:,} of {total:,} rows, drawn by chance."]
    )
    if any(finding.what == "targets" for finding in found):
        return Health(model.name, found, [], [], None)
    measures = measure(inside, end, taken, _rows(y, order[:count]))
    if not _finite(measures):
        batch = (taken, _rows(y, order[:count]), None)
        nan = _searched(model, inside, batch) if model.compiled and loss is None else None
        found = [_of_nan(nan) if nan else _overflow(measures), *found]
    found += [*findings_of_data(x, measures), *findings_of_layers(measures, count)]
    found.sort(key=lambda finding: not finding.serious)
    return Health(model.name, found, measures.layers, notes, measures.loss)


def _count(structure: Any) -> int:
    return max((len(leaf) for leaf in tree.tree_leaves(structure) if np.ndim(leaf)), default=0)


def _rows(structure: Any, order: Any) -> Any:
    return tree.tree_map(lambda leaf: np.asarray(leaf)[order], structure)


# -- findings about the whole -----------------------------------------------------------------------


def _of_nan(finding: Any) -> Finding:
    """What `training.nan` found, as one of ours."""
    first, _, rest = finding.text.partition(". ")
    return Finding("not finite", f"{first}.", rest, finding.layer)


def _searched(model: Any, inside: Inside, batch: Any) -> Any:
    """The first place that is not finite. The objective stays as unbuilt as it was: fit checks it
    then."""
    built = model.objective.built
    if not built:
        model.objective.build(batch[1], inside.outputs, getattr(model, "output_names", None))
    try:
        return diagnose(model, batch)
    finally:
        model.objective.built = built


def _finite(measures: Measures) -> bool:
    gradients = [layer.gradient for layer in measures.layers if layer.gradient is not None]
    return bool(np.isfinite([measures.loss, *gradients]).all())


def _overflow(measures: Measures) -> Finding:
    bad = next((each for each in measures.layers if not np.isfinite(each.size)), None)
    where = "The loss or a gradient" if bad is None else "What it gives"
    advice = "Compile the model with this loss, and ask again: the first place is searched for then."
    return Finding("not finite", f"{where} is not finite.", advice, bad.name if bad else None)


def _ends(model: Any, inside: Inside, objective: Any) -> list[Any]:
    """The last activation of each output, None where it is not known."""
    if model.graph is not None:
        return [activation_of(tensor.node.operation) for tensor in model.graph.output_tensors]
    count = len(objective.outputs)
    return [activation_of(inside.leaves[-1].layer)] if count == 1 and inside.leaves else [None] * count


def _of_loss(model: Any, inside: Inside, objective: Any) -> list[Finding]:
    """What does not fit about losses and last activations."""
    found = []
    for output, end in zip(objective.outputs, _ends(model, inside, objective), strict=True):
        name = output.name or (inside.leaves[-1].name if inside.leaves else "output")
        for misfit in misfits(output, end, name):
            first, _, rest = misfit.text.partition(". ")
            found.append(Finding("loss", f"{first}.", rest, name))
    return found


# -- in words ---------------------------------------------------------------------------------------


def _head(name: str, findings: list[Finding]) -> str:
    problems = sum(finding.serious for finding in findings)
    notes = len(findings) - problems
    if not findings:
        return f'Health of model "{name}": nothing found.'
    parts = [(problems, "problem"), (notes, "note")]
    counted = ", ".join(f"{n} {what}{'s' * (n > 1)}" for n, what in parts if n)
    return f'Health of model "{name}": {counted}.'


def _listed(findings: list[Finding]) -> list[str]:
    lines = []
    for finding in findings:
        where = f' "{finding.layer}"' if finding.layer else ""
        lines += ["", *_wrapped(f"{finding.level}: {finding.what}{where}: {finding.text}", "")]
        lines += _wrapped(finding.advice, "  try: ") if finding.advice else []
    return lines


def _wrapped(text: str, first: str) -> list[str]:
    return textwrap.wrap(text, WIDTH, initial_indent=first, subsequent_indent="  ")


def _cells(layer: Layer) -> list[str]:
    """A line of the table of layers."""
    ratio = layer.ratio
    beside = []
    if layer.never:
        beside.append(f"{layer.never} of {layer.units} dead")
    if layer.saturated is not None and layer.saturated >= 0.01 and not layer.last:
        beside.append(f"{layer.saturated:.0%} saturated")
    shown = [layer.size, layer.by_output, layer.gradient, ratio]
    cells = ["" if value is None else f"{value:.2g}" for value in shown]
    return [layer.name, layer.kind, *cells, ", ".join(beside)]


def _html(table: list[list[str]]) -> str:
    head = "".join(f"<th>{escape(cell)}</th>" for cell in table[0])
    body = "\n".join(
        f"<tr>{''.join(f'<td>{escape(cell)}</td>' for cell in line)}</tr>" for line in table[1:]
    )
    return f"<table>\n<tr>{head}</tr>\n{body}\n</table>"


__all__ = ["Health", "health"]
