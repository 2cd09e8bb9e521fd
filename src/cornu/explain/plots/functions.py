"""`explain.functions`: functions of one number, such as activations and losses, with their slopes."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

import jax
import jax.numpy as jnp
import numpy as np

from cornu import activations
from cornu.core.errors import describe
from cornu.explain.plots.plot import Plot
from cornu.explain.plots.style import brief, color, columns, panel_size, panels, quiet

POINTS, IN_TEXT = 401, 5  # of a curve, and in the table
KINDS = "the name of an activation, or a function of a tensor"
NOT_EACH = (
    "explain.functions: {name} gives {given} for {points} numbers; one number for each is needed. Sums "
    "and means over x are no functions of one number."
)
FAILS = (
    "explain.functions: {name} fails on arrays of JAX: {error} Write it with cornu.ops or jax.numpy, "
    "not with numpy or math."
)


class Functions(Plot):
    """Curves of functions; `rows` has for each its `name`, and the arrays `x`, `values`, `slopes`."""

    rows: list[dict[str, Any]]


def functions(*functions: Any, low: float = -4.0, high: float = 4.0, slopes: bool = True) -> Functions:
    """Draws functions f of one number, and beside them their slopes f'(x), by which gradients are
    multiplied on their way back.

    Args:
        *functions: names of activations such as 'relu', functions of a tensor that work on each of its
            elements, or a dict that names them.
        low, high: from where to where. Default: -4 and 4.
        slopes: whether to draw slopes, too. Default: True.

    Returns:
        a plot; its text has some values, its `rows` all.

    Raises:
        TypeError: if there is no function, or it fails on tensors.
        ValueError: if there is no such activation, a function gives no number for each x, or `low` is
            not below `high`.

    Example:
        >>> import cornu
        >>> print(cornu.explain.functions("relu", "sigmoid", low=-2, high=2))
           x  relu  relu'  sigmoid  sigmoid'
          -2     0      0   0.1192     0.105
          -1     0      0   0.2689    0.1966
           0     0      0      0.5      0.25
           1     1      1   0.7311    0.1966
           2     2      1   0.8808     0.105
    """
    if not low < high:
        raise ValueError(f"explain.functions(low={low!r}, high={high!r}): low lies below high.")
    named = _named(functions)
    x = np.linspace(low, high, POINTS)
    rows = [{"name": name, "x": x, **_computed(name, f, x)} for name, f in named.items()]
    count = 1 + bool(slopes)
    plot = Functions(lambda figure: _draw(figure, rows, count), _text(rows, slopes), panel_size(count))
    plot.rows = rows
    return plot


def _named(given: tuple[Any, ...]) -> dict[str, Callable[..., Any]]:
    found: dict[str, Callable[..., Any]] = {}
    for each in given:
        pairs = each.items() if isinstance(each, Mapping) else [(_name(each, len(found)), each)]
        for name, function in pairs:
            if not isinstance(function, str) and not callable(function):
                raise TypeError(f"explain.functions takes {KINDS}, got {describe(function)}.")
            found[str(name)] = activations.get(function)
    if not found:
        raise TypeError(f"explain.functions takes {KINDS}, or several, got nothing.")
    return found


def _name(function: Any, number: int) -> str:
    name = function if isinstance(function, str) else getattr(function, "__name__", "<lambda>")
    return f"f{number + 1}" if name == "<lambda>" else name


def _computed(name: str, function: Callable[..., Any], x: Any) -> dict[str, Any]:
    """Values and slopes: those of a function by element are the gradient of its sum."""

    def total(x: Any) -> Any:
        values = function(x)
        if np.shape(values) != x.shape:
            given = describe(values)
            raise ValueError(NOT_EACH.format(name=name, given=given, points=x.size))
        return jnp.sum(values), values

    try:
        (_, values), slopes = jax.value_and_grad(total, has_aux=True)(jnp.asarray(x, "float32"))
    except (TypeError, jax.errors.JAXTypeError) as error:
        raise TypeError(FAILS.format(name=name, error=str(error).splitlines()[0])) from error
    return {"values": np.asarray(values, "float64"), "slopes": np.asarray(slopes, "float64")}


def _text(rows: list[dict[str, Any]], slopes: bool) -> str:
    places = np.linspace(0, POINTS - 1, IN_TEXT).round().astype(int)
    head, shown = ["x"], [rows[0]["x"]]
    for row in rows:
        head += [row["name"], f"{row['name']}'"] if slopes else [row["name"]]
        shown += [row["values"], row["slopes"]] if slopes else [row["values"]]
    lines = [[brief(float(part[at]) + 0.0) for part in shown] for at in places]
    return "\n".join(columns([head, *lines], left=0))


def _draw(figure: Any, rows: list[dict[str, Any]], count: int) -> None:
    for axes, part in zip(panels(figure, count), ("values", "slopes"), strict=False):
        quiet(axes, {"values": "f(x)", "slopes": "slope f'(x)"}[part], "x")
        axes.axhline(0, color="#b0b0b0", linewidth=0.8)
        if rows[0]["x"][0] < 0 < rows[0]["x"][-1]:
            axes.axvline(0, color="#b0b0b0", linewidth=0.8)
        for number, row in enumerate(rows):
            shown = np.where(np.isfinite(row[part]), row[part], np.nan)
            axes.plot(row["x"], shown, color=color(number), label=row["name"], linewidth=1.8)
    lines = figure.axes[0].lines[-len(rows) :]
    across = min(len(rows), 4)
    figure.legend(handles=lines, loc="outside upper center", ncols=across, frameon=False)


__all__ = ["Functions", "functions"]
