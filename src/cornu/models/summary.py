"""summary(): the table of a model's layers."""

from __future__ import annotations

import math
from collections.abc import Iterator
from typing import Any

from cornu.core.dtypes import numpy_dtype
from cornu.core.errors import did_you_mean, show_shape
from cornu.core.settings import show
from cornu.core.symbolic import Operation
from cornu.training.progress import writes

COLUMNS = ("Layer (type)", "Output Shape", "Param #", "Connected to", "Trainable")
UNITS = ("B", "KB", "MB", "GB", "TB")


def print_summary(
    model: Any,
    line_length: int | None,
    positions: Any,
    print_fn: Any,
    expand_nested: bool,
    show_trainable: bool,
    layer_range: Any,
) -> None:
    """Prints the table, or gives it as text to `print_fn`."""
    from rich import box
    from rich.console import Console
    from rich.table import Table

    headers, rows = summary_table(model, expand_nested, show_trainable, layer_range)
    lines = box.HEAVY_HEAD if print_fn or writes("\u250f\u2501") else box.ASCII
    table = Table(width=line_length, show_lines=True, box=lines)
    ratios = positions or [None] * len(headers)
    for header, ratio in zip(headers, ratios, strict=False):
        table.add_column(
            header,
            justify="right" if header == "Param #" else "left",
            ratio=ratio and int(ratio * 100),
        )
    for row in rows:
        table.add_row(*row)
    console = Console(
        highlight=False,
        width=line_length or _width(headers, rows),
        no_color=True,
        markup=False,
        emoji=False,
    )
    with console.capture() as captured:
        console.print(f'Model: "{model.name}"')
        console.print(table)
    text = captured.get() + "\n".join(totals(model)) + "\n"
    if print_fn is None:
        show(text + "\n")
    else:
        print_fn(text)


def summary_table(
    model: Any, expand_nested: bool = False, show_trainable: bool = False, layer_range: Any = None
) -> tuple[list[str], list[list[str]]]:
    """The headers and the rows of the table; the inputs of layers are told where they are no chain."""
    rows = list(_rows(model, expand_nested, 0, layer_range))
    connected = model.graph is not None and any(row[3] != "-" for row in rows)
    shown = [0, 1, 2, *([3] if connected else []), *([4] if show_trainable else [])]
    return [COLUMNS[i] for i in shown], [[row[i] for i in shown] for row in rows]


def _width(headers: list[str], rows: list[list[str]]) -> int:
    """Wide enough for the cells and the headers, at least Keras's 80."""
    return max(80, sum(max(map(len, column)) + 3 for column in zip(headers, *rows, strict=True)) + 20)


def _rows(model: Any, nested: bool, depth: int, layer_range: Any = None) -> Iterator[tuple[str, ...]]:
    """The cells of `COLUMNS` for each layer."""
    operations = model.graph.operations if _is_plain_graph(model) else model.layers
    if layer_range is not None:
        operations = _between(operations, *layer_range)
    linear = not _is_plain_graph(model) or _is_chain(model.graph)
    for operation in operations:
        yield (
            "  " * depth + f"{operation.name} ({type_name(operation)})",
            _shape(operation, model.graph),
            _count(operation),
            "-" if linear else _connected_to(model.graph, operation),
            _trains(operation),
        )
        if nested and hasattr(operation, "graph") and operation.layers:
            yield from _rows(operation, nested, depth + 1)


def _trains(operation: Any) -> str:
    if isinstance(operation, Operation) or not operation.weights:
        return "-"
    return "Y" if operation.trainable else "N"


def _is_plain_graph(model: Any) -> bool:
    return model.graph is not None and not hasattr(model, "_stack")


def _is_chain(graph: Any) -> bool:
    """Whether each call takes the output of the one before, and nothing else."""
    makers = [[tensor.node for tensor in node.inputs] for node in graph.nodes]
    before: list[list[Any]] = [[], *([node] for node in graph.nodes)]
    return len(graph.nodes) == len(graph.operations) and makers == before[:-1]


def _between(operations: list[Any], first: str, last: str) -> list[Any]:
    names = [operation.name for operation in operations]
    for name in (first, last):
        if name not in names:
            raise ValueError(f'layer_range: there is no layer "{name}". {did_you_mean(name, names)}')
    return operations[names.index(first) : names.index(last) + 1]


def type_name(operation: Any) -> str:
    """The class of a layer, or the name of a function, as a table or picture shows it."""
    if isinstance(operation, Operation):
        return "".join(part.capitalize() for part in operation.kind.split("_"))
    return "Functional" if type(operation).__name__ == "Model" else type(operation).__name__


def _shape(operation: Any, graph: Any) -> str:
    if getattr(operation, "graph", None) is not None:
        shapes = [tensor.shape for tensor in operation.graph.output_tensors]
    elif isinstance(operation, Operation):
        node = next(node for node in graph.nodes if node.operation is operation)
        shapes = [tensor.shape for tensor in node.output_list]
    elif operation._nodes:
        shapes = [tensor.shape for tensor in operation._nodes[0].output_list]
    else:
        shapes = operation._output_shapes
    return ", ".join(show_shape(shape) for shape in shapes) or "?"


def _count(operation: Any) -> str:
    if isinstance(operation, Operation):
        return "0"
    return f"{operation.count_params():,}" if operation.built else "0 (unbuilt)"


def _connected_to(graph: Any, operation: Any) -> str:
    names = [
        f"{tensor.node.operation.name}[{_number(tensor.node)}][{tensor.node.output_list.index(tensor)}]"
        for node in graph.nodes
        if node.operation is operation
        for tensor in node.inputs
        if tensor.node is not None
    ]
    return ", ".join(names) or "-"


def _number(node: Any) -> int:
    """Which call of its operation a node is."""
    return getattr(node.operation, "_nodes", [node]).index(node)


def totals(model: Any) -> list[str]:
    """The lines below the table: how many parameters there are, and of which kind."""
    trainable = model.trainable_weights
    frozen = model.non_trainable_weights
    lines = [
        _total("Total params", [*trainable, *frozen]),
        _total("Trainable params", trainable),
        _total("Non-trainable params", frozen),
    ]
    if model.compiled and model.optimizer.built:
        lines[0] = _total("Total params", [*trainable, *frozen, *model.optimizer.variables])
        lines.append(_total("Optimizer params", model.optimizer.variables))
    return lines


def _total(what: str, variables: list[Any]) -> str:
    count = sum(variable.size for variable in variables)
    size = sum(variable.size * numpy_dtype(variable.dtype).itemsize for variable in variables)
    return f" {what}: {count:,} ({_bytes(size)})"


def _bytes(size: float) -> str:
    """A number of bytes as 100.00 B, 1.50 KB, ..."""
    power = min(int(math.log(size, 1024)), len(UNITS) - 1) if size >= 1 else 0
    return f"{size / 1024**power:.2f} {UNITS[power]}"
