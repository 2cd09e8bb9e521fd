"""`explain.graph`: the computational graph, with forward values above and gradients below."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import jax.numpy as jnp

from cornu.core.errors import describe
from cornu.explain.drawing import Arrow, Box, Cell, Diagram, Label, Picture, picture_of
from cornu.explain.drawing.diagram import DARK, GRADIENT, LIGHT, VALUE
from cornu.explain.nodes import FORWARDS, Graph, Node, graph_of, put, sign
from cornu.explain.numbers import KEPT, Evaluated, Numbers, evaluate, in_brief, matrix
from cornu.explain.objective import NO_TARGETS, trace_model
from cornu.explain.tracing import Traced, argument_names, as_numbers, trace
from cornu.layers.layer import Layer
from cornu.models.model import Model

MOST = 250  # boxes of a picture that a person can still read
SMALL = 16  # numbers of a matrix that is written out
FILLS = {"input": "#d9ecff", "weight": "#fff1c2", "state": "#eceff4", "constant": "#eceff4"}

TOO_LARGE = (
    "explain.graph: {count:,} operations make no picture that a person can read; at most {most} are "
    "drawn. {instead}"
)
NO_SCALAR = (
    "explain.{call}: gradients are those of one number, but the function gave {given}. Take its mean or "
    "sum, or one element of it."
)
NO_INPUTS = (
    "explain.{call}: the result does not depend on {given}: it is the same number for all. Compute it "
    "from them with functions of jax.numpy or cornu.ops."
)
NO_FUNCTION = "explain.{call} takes a function or a model first, got {given}."


def graph(
    function: Any,
    *inputs: Any,
    loss: Any = None,
    depth: int | None = 1,
    training: bool = False,
    names: tuple[str, ...] | None = None,
) -> Picture:
    """The computational graph of a function of numbers or arrays, or of a model with its loss.

    Each node has its forward value above, in green, and below, in red, the gradient of the result by it:
    how fast the result changes with it. Local variables of the function name its inner nodes.

    Args:
        function: gives one number; or a built model.
        *inputs: the function's arguments; for a model x, and y for the gradients of its loss.
        loss: of a model that is not compiled, such as 'mse'.
        depth: for a model: 1 shows a node for each layer, 2 what is within these, and so on; None shows
            every operation. Default: 1.
        training: whether layers such as Dropout work as in training. Default: False.
        names: of the inputs; by default those of the function's arguments.

    Returns:
        a picture: a notebook shows it, `print` writes it as text, `save("graph.svg")` keeps it.

    Raises:
        ValueError: if the result is not one number, the model is not built or has no loss, or there are
            more operations than a picture can show.
        TypeError: for symbolic tensors, or what is made of no numbers.

    Example:
        >>> import cornu
        >>> def f(x, y, z):
        ...     q = x * y
        ...     return q + z
        >>> print(cornu.explain.graph(f, 2, -3, 4))
        f = x × y + z
        x          2   -3
        y          -3  2
        z          4   1
        q = x × y  -6  1   <- x, y
        f = q + z  -2  1   <- q, z
        Above in green the forward value, below in red the gradient of f.

    Source: Rumelhart, Hinton and Williams, "Learning representations by back-propagating errors" (1986).
    """
    traced, notes = traced_of("graph", function, inputs, loss, training, names)
    if depth is not None and (not isinstance(depth, int) or depth < 1):
        raise ValueError(f"explain.graph(depth={depth!r}): a whole number above 0 is needed, or None.")
    found = graph_of(traced, depth if isinstance(function, Model) else None)
    if len(found.nodes) > MOST:
        instead = "Give depth=1, which shows layers." if traced.calls else "Look at a part of it."
        raise ValueError(TOO_LARGE.format(count=len(found.nodes), most=MOST, instead=instead))
    numbers = evaluate(traced.program, traced.inputs, has_result(traced), wanted(found))
    return picture_of(_diagram(traced, found, numbers, notes))


def traced_of(
    call: str, function: Any, inputs: tuple[Any, ...], loss: Any, training: bool, names: Any = None
) -> tuple[Traced, list[str]]:
    """A function or a model at these inputs, as a program, and what is to be said of it."""
    if isinstance(function, Model):
        if not 1 <= len(inputs) <= 2:
            raise TypeError(f"explain.{call}(model, x, y) takes a batch x and targets y of it.")
        x, y = (*inputs, None)[:2]
        return trace_model(call, function, x, y, loss, training)
    if not isinstance(function, Callable):  # type: ignore[arg-type]
        raise TypeError(NO_FUNCTION.format(call=call, given=describe(function)))
    if loss is not None:
        raise TypeError(f"explain.{call}: only a model has a loss; a function gives its number itself.")
    given = tuple(names or argument_names(function, len(inputs)))
    if len(given) != len(inputs) or len(set(given)) < len(given):
        raise ValueError(f"explain.{call}(names={names!r}): {len(inputs)} different names are needed.")
    arrays = {
        name: as_numbers(call, f'argument "{name}"', value)
        for name, value in zip(given, inputs, strict=True)
    }
    own = getattr(function, "__name__", "f")
    traced = trace(function, arrays, name="f" if not own.isidentifier() else own)
    result = traced.program.values[traced.program.results[0]] if traced.program.results else None
    if result is None or len(traced.program.results) > 1 or result.shape != ():
        given_back = "nothing" if result is None else f"an array of shape {result.shape}"
        if len(traced.program.results) > 1:
            given_back = f"{len(traced.program.results)} arrays"
        raise ValueError(NO_SCALAR.format(call=call, given=given_back))
    if result.kind == "constant":
        raise ValueError(NO_INPUTS.format(call=call, given=", ".join(given)))
    if not jnp.issubdtype(result.dtype, jnp.floating):
        raise ValueError(NO_SCALAR.format(call=call, given=f"a number of dtype {result.dtype}"))
    return traced, []


def has_result(traced: Traced) -> bool:
    """Whether the program ends in one number, so that there are gradients."""
    results = [traced.program.values[n] for n in traced.program.results]
    one = len(results) == 1 and results[0].shape == ()
    return one and traced.name != FORWARDS


def wanted(found: Graph) -> set[int]:
    """The values that are shown."""
    return {*found.nodes, *(weight for node in found.nodes.values() for weight in node.weights)}


def _diagram(traced: Traced, found: Graph, numbers: Evaluated, notes: list[str]) -> Diagram:
    calls = [node.call for node in found.nodes.values() if node.call is not None]
    by_layer = any(isinstance(call.layer, Layer) and not call.leaf for call in calls)
    make = _card if by_layer else _pill
    boxes = [make(node, found, numbers, traced) for node in found.nodes.values()]
    arrows = [
        Arrow(str(tail), str(node.value.number))
        for node in found.nodes.values()
        for tail in found.tails(node)
    ]
    notes = [_legend(traced, numbers), *notes]
    if any(not each.whole for each in numbers.values.values()):
        notes.append(f"Of arrays with more than {KEPT} numbers only the shape and the norm are shown.")
    return Diagram(boxes, arrows, "TB" if by_layer else "LR", title=title_of(traced, found), notes=notes)


def _legend(traced: Traced, numbers: Evaluated) -> str:
    below = f", below in red the gradient of {traced.name}" if numbers.gradients else ""
    return f"Above in green the forward value{below}."


def title_of(traced: Traced, found: Graph) -> str:
    """The whole formula, if it is short."""
    if traced.calls:
        return ""
    texts: dict[int, str] = {}
    for key, node in found.nodes.items():
        names = [texts.get(found.same.get(n, n)) or found.called(n) for n in node.inputs]
        texts[key] = put(node.word, names) if node.word is not None else node.name
        if len(texts[key]) > 60:
            return ""
    return f"{traced.name} = {texts[found.result]}"


def _written(numbers: Numbers | None, name: str = "") -> list[str]:
    """The lines for a value: a number, a small matrix, or shape and norm."""
    if numbers is None:
        return []
    small = numbers.whole and numbers.array.size <= SMALL and max(numbers.shape, default=1) <= 5
    lines = matrix(numbers) if small and numbers.array.size > 4 else [in_brief(numbers)]
    return [f"{name} = {lines[0]}", *lines[1:]] if name and len(lines) == 1 else lines


def _pill(node: Node, found: Graph, numbers: Evaluated, traced: Traced) -> Box:
    key = node.value.number
    named = node.value.name or (node.name if key == found.result else "")
    step = node.value.kind == "step"
    above = _written(numbers.values.get(key), named if step else "")
    below = _written(numbers.gradients.get(key))
    fill = FILLS.get(node.value.kind, LIGHT)
    text = sign(node, traced.program) if step else node.name
    formula = found.formula(node)
    words = [f"{node.name} = {formula}" if formula else node.name, *_words(node, numbers)]
    return Box(
        str(key),
        [[Cell(text, fill=fill, bold=True)]],
        "pill",
        [Label(line, VALUE) for line in above],
        [Label(line, GRADIENT) for line in below],
        words=words,
        name=node.name,
    )


def _words(node: Node, numbers: Evaluated) -> list[str]:
    key = node.value.number
    texts = [in_brief(numbers.values[key])] if key in numbers.values else [""]
    if numbers.gradients:
        texts.append(in_brief(numbers.gradients[key]) if key in numbers.gradients else "")
    return texts


def _card(node: Node, found: Graph, numbers: Evaluated, traced: Traced) -> Box:
    """A layer with its output above, its weights, and the gradient below."""
    key = node.value.number
    kind = node.call.kind if node.call is not None else ""
    title = f"{node.name} ({kind})" if kind and kind != node.name else node.name
    step = node.value.kind == "step"
    fill, color = (DARK, LIGHT) if step else (FILLS.get(node.value.kind, LIGHT), DARK)
    if step and node.call is None:
        title = f"{node.name} = {found.formula(node)}"
    rows = [[Cell("\n".join(_written(numbers.values.get(key))), VALUE)]]
    rows.append([Cell(title, color, fill, bold=True, size=14)])
    words = [title, *_words(node, numbers)]
    for weight in node.weights:
        name = (traced.program.values[weight].name or "").rpartition("/")[2]
        cells = [Cell(f"{name}: {in_brief(numbers.values[weight])}")]
        if weight in numbers.gradients:
            cells.append(Cell(f"gradient {in_brief(numbers.gradients[weight])}", GRADIENT))
        rows.append(cells)
    if key in numbers.gradients:
        rows.append([Cell("\n".join(_written(numbers.gradients[key])), GRADIENT)])
    return Box(str(key), rows, words=words, name=node.name)


__all__ = [
    "MOST",
    "NO_FUNCTION",
    "NO_SCALAR",
    "NO_TARGETS",
    "TOO_LARGE",
    "graph",
    "has_result",
    "title_of",
    "traced_of",
    "wanted",
]
