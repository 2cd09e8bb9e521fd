"""`explain.backprop`: the chain rule, step by step, with numbers."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any, NamedTuple

import numpy as np

from cornu.explain.graphs import MOST, NO_TARGETS, TOO_LARGE, title_of, traced_of, wanted
from cornu.explain.nodes import Graph, Node, graph_of
from cornu.explain.numbers import Evaluated, Numbers, evaluate, in_brief
from cornu.explain.written import Written, aligned
from cornu.models.model import Model


class _Part(NamedTuple):
    """What one node hands down to one of its arguments."""

    node: Node
    by: Node
    rule: str
    upstream: Numbers
    slope: Numbers | None
    gradient: Numbers
    summed: bool = False  # over rows, since the argument is the same for all


def backprop(
    function: Any, *inputs: Any, loss: Any = None, training: bool = False, names: Any = None
) -> Written:
    """Walks back through a function, or a model with its loss, by the chain rule:
    ∂f/∂x = ∂f/∂q · ∂q/∂x, what comes from above times the operation's own derivative.

    The walk begins at the result, whose gradient by itself is 1, and ends at inputs and weights. Where
    several ways lead to one value, their gradients add. Between arrays `∘` multiplies number by number.

    Args:
        function: gives one number; or a built model.
        *inputs: the function's arguments; for a model x and y.
        loss: of a model that is not compiled, such as 'mse'.
        training: whether layers such as Dropout work as in training. Default: False.
        names: of the inputs; by default those of the function's arguments.

    Returns:
        text to print, a table in a notebook, and `rows`: dicts with node, by, rule, upstream, local
        (None where an operation does not work number by number) and gradient.

    Raises:
        ValueError, TypeError: as `explain.graph` does.

    Example:
        >>> import cornu
        >>> def f(x, y, z):
        ...     q = x * y
        ...     return q + z
        >>> print(cornu.explain.backprop(f, 2, -3, 4))
        f = x × y + z = -2. Backwards, from ∂f/∂f = 1:
        <BLANKLINE>
        f = q + z = -2
          ∂f/∂q = ∂f/∂f · 1 = 1 · 1 = 1
          ∂f/∂z = ∂f/∂f · 1 = 1 · 1 = 1
        q = x × y = -6
          ∂f/∂x = ∂f/∂q · y = 1 · -3 = -3
          ∂f/∂y = ∂f/∂q · x = 1 · 2 = 2
        <BLANKLINE>
        Gradients of f = -2
          x  2   -3
          y  -3  2
          z  4   1

    Source: Rumelhart, Hinton and Williams, "Learning representations by back-propagating errors" (1986).
    """
    if isinstance(function, Model) and len(inputs) < 2:
        raise TypeError(NO_TARGETS.format(call="backprop"))
    traced, notes = traced_of("backprop", function, inputs, loss, training, names)
    found = graph_of(traced, None)
    if len(found.nodes) > MOST:
        instead = "explain.graph(model, x, y) shows the gradients layer by layer."
        text = TOO_LARGE.format(count=len(found.nodes), most=MOST, instead=instead)
        raise ValueError(text.replace("explain.graph: ", "explain.backprop: ", 1))
    numbers = evaluate(traced.program, traced.inputs, wanted=wanted(found), parts=True)
    parts = list(_parts(found, numbers))
    text = _text(title_of(traced, found) or traced.name, found, numbers, parts, notes)
    rows = [_row(part) for part in parts]
    columns = {
        "node": [part.node.name for part in parts],
        "derivative by": [part.by.name for part in parts],
        "from above": [in_brief(part.upstream) for part in parts],
        "local derivative": [_local(part) for part in parts],
        "gradient": [in_brief(part.gradient) for part in parts],
    }
    return Written(text, rows, columns)


def _parts(found: Graph, numbers: Evaluated) -> Iterator[_Part]:
    """What each node hands down, from the result to the inputs."""
    for key in reversed(found.nodes):
        node = found.nodes[key]
        if key not in numbers.gradients or not node.steps:
            continue
        if node.word is None or len(node.steps) > 1:
            yield from _of_call(found, node, numbers)
            continue
        place = node.steps[0]
        for argument, number in enumerate(node.inputs):
            by = found.nodes.get(found.same.get(number, number))
            if by is not None and (place, argument) in numbers.parts:
                slope = numbers.slopes.get((place, argument))
                rule = _rule(found, node, argument)
                handed = numbers.parts[place, argument]
                summed = found.program.steps[place].by_number and slope is None
                yield _Part(node, by, rule, numbers.gradients[key], slope, handed, summed)


def _of_call(found: Graph, node: Node, numbers: Evaluated) -> Iterator[_Part]:
    """What several steps together, such as a loss, hand down to what they start from."""
    made = {n for place in node.steps for n in found.program.steps[place].outputs}
    total: dict[int, Numbers] = {}
    for place in node.steps:
        for argument, number in enumerate(found.program.steps[place].inputs):
            key = found.same.get(number, number)
            part = numbers.parts.get((place, argument))
            if number not in made and key in found.nodes and part is not None:
                total[key] = part if key not in total else _sum(total[key], part)
    name = node.call.kind if node.call is not None else node.name
    for key, part in total.items():
        by = found.nodes[key]
        rule = f"{_by(found, node)} · derivative of {name}"
        yield _Part(node, by, rule, numbers.gradients[node.value.number], None, part)


def _sum(a: Numbers, b: Numbers) -> Numbers:
    array = a.array + b.array
    return Numbers(a.shape, array, float(np.linalg.norm(array)), float(array.min()), float(array.max()))


def _by(found: Graph, node: Node) -> str:
    """∂f/∂node."""
    return f"∂{found.nodes[found.result].name}/∂{node.name}"


def _rule(found: Graph, node: Node, argument: int) -> str:
    """∂f/∂node times the derivative of the node by this argument."""
    up = _by(found, node)
    rules = node.word.rules if node.word is not None else ()
    if argument >= len(rules):
        return f"{up} · derivative of {node.word.name if node.word is not None else node.name}"
    names = [found.called(number) for number in node.inputs]
    rule = rules[argument].format(*names, out=node.name, up=up)
    if "{up}" in rules[argument]:
        return rule
    return f"{up} · ({rule})" if " " in rule or rule.startswith("−") else f"{up} · {rule}"


def _local(part: _Part) -> str:
    return in_brief(part.slope) if part.slope is not None else part.rule.partition(" · ")[2]


def _row(part: _Part) -> dict[str, Any]:
    return {
        "node": part.node.name,
        "by": part.by.name,
        "rule": part.rule,
        "upstream": np.asarray(part.upstream.array),
        "local": None if part.slope is None else np.asarray(part.slope.array),
        "gradient": np.asarray(part.gradient.array),
    }


def _text(title: str, found: Graph, numbers: Evaluated, parts: list[_Part], notes: list[str]) -> str:
    result = found.nodes[found.result]
    value = in_brief(numbers.values[found.result])
    lines = [f"{title} = {value}. Backwards, from {_by(found, result)} = 1:", ""]
    for key in reversed(found.nodes):
        node = found.nodes[key]
        own = [part for part in parts if part.node is node]
        if own:
            lines.append(f"{node.name} = {found.formula(node)} = {in_brief(numbers.values[key])}")
            lines += _joined(found, node, numbers, parts)
            lines += [f"  {_line(found, part)}" for part in own]
    for node in found.nodes.values():
        if node.value.kind in ("input", "weight"):
            joined = _joined(found, node, numbers, parts)
            lines += [line.replace("  ", f"{node.name}: ", 1) for line in joined]
    table = [
        [node.name, in_brief(numbers.values[key]), in_brief(numbers.gradients[key])]
        for key, node in found.nodes.items()
        if node.value.kind in ("input", "weight") and key in numbers.gradients
    ]
    lines += ["", f"Gradients of {result.name} = {value}", *(aligned(table, "  ") if table else [])]
    return "\n".join([*lines, *notes])


def _joined(found: Graph, node: Node, numbers: Evaluated, parts: list[_Part]) -> list[str]:
    """The sum of what comes down, where several ways lead to a node."""
    ways = [in_brief(part.gradient) for part in parts if part.by is node]
    if len(ways) < 2:
        return []
    total = in_brief(numbers.gradients[node.value.number])
    return [f"  {_by(found, node)} = {' + '.join(ways)} = {total}, the sum of {len(ways)} ways"]


def _line(found: Graph, part: _Part) -> str:
    """∂f/∂x = rule = numbers."""
    given = f"{_by(found, part.by)} = {part.rule}"
    handed = in_brief(part.gradient)
    if part.slope is not None and part.slope.whole and part.upstream.whole:
        times = "·" if part.slope.array.size == 1 else "∘"
        given += f" = {in_brief(part.upstream)} {times} {in_brief(part.slope)}"
    return f"{given} = {handed}{', summed over rows' if part.summed else ''}"


__all__ = ["backprop"]
