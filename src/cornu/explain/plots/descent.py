"""`explain.descent`: the ways of several optimizers down one function."""

from __future__ import annotations

import inspect
from collections.abc import Callable, Mapping
from typing import Any

import jax
import jax.numpy as jnp
import numpy as np

from cornu import optimizers
from cornu.core.errors import describe
from cornu.core.pure import numbered
from cornu.core.variable import Variable
from cornu.explain.plots.paths import Paths
from cornu.explain.plots.style import brief, columns
from cornu.explain.plots.sweep import swept, whole

GRID = 120  # points along each side of the landscape
NO_OPTIMIZERS = (
    "explain.descent: `optimizers` is one, a list of them, or a dict that names them, such as "
    '{{"slow": optimizers.SGD(0.01), "fast": "adam"}}; got {given}.'
)
FAILS = (
    "explain.descent: the function fails on arrays of JAX: {error} Write it with cornu.ops or "
    "jax.numpy, not with numpy or math."
)
NO_NUMBER = "explain.descent: the function gives {given} at the start; one number is needed{rest}."


def descent(
    f: Callable[..., Any],
    optimizers: Any,
    start: Any,
    steps: int = 50,
    window: Any = None,
) -> Paths:
    """Follows optimizers down a function of one or two numbers, from one point.

    Gradient descent goes x ← x - η ∂f/∂x: too small a rate η creeps, too large a one overshoots; on a
    parabola with curvature c it diverges where η > 2 / c.

    Args:
        f: a function of x, of (x, y), or of one array of two numbers.
        optimizers: an optimizer or its name, a list of them, or a dict that names them. They are copied.
        start: one number, or two.
        steps: how many updates. Default: 50.
        window: what to draw, (low, high) of x, or ((low, high), (low, high)). Default: where the paths
            go.

    Returns:
        a figure, with `paths[name]` of shape (steps + 1, numbers) and `values[name]`, f along them;
        `animation()` plays it, and `save("descent.gif")` writes that.

    Raises:
        TypeError: if f cannot be called, or `optimizers` or `start` is something else.
        ValueError: if f gives no single number, an optimizer is unknown, or a number is out of range.

    Example:
        >>> import cornu
        >>> from cornu.optimizers import SGD
        >>> rates = {"too small": SGD(0.01), "good": SGD(0.3), "too large": SGD(1.1)}
        >>> print(cornu.explain.descent(lambda x: x**2, rates, 2.0, steps=10))
        From (2), where f = 4, in 10 steps:
                     end         f       lowest f
          too small  1.634       2.67        2.67  on its way
          good       0.0002097   4.398e-08  4.398e-08  on its way
          too large  12.38       153.4          4  diverges
    """
    steps = whole("descent", "steps", steps, 1)
    if not callable(f):
        raise TypeError(f"explain.descent takes a function first, got {describe(f)}.")
    point = _start(start)
    call = _of_array(f, len(point))
    here = _checked(call, point)
    found = {
        name: _follow(call, optimizer, point, steps) for name, optimizer in _named(optimizers).items()
    }
    paths = {name: places for name, (places, _) in found.items()}
    values = {name: heights for name, (_, heights) in found.items()}
    return Paths(
        paths, values, _heights(call), _window(window, len(point)), _text(point, here, steps, found)
    )


def _start(start: Any) -> Any:
    try:
        point = np.asarray(start, "float32").reshape(-1)
    except (TypeError, ValueError):
        point = np.zeros(0)
    if point.size not in (1, 2):
        raise TypeError(f"explain.descent(start={describe(start)}): one number, or two, is needed.")
    if not np.isfinite(point).all():
        raise ValueError(f"explain.descent(start={describe(start)}): the start is no number.")
    return point


def _of_array(f: Callable[..., Any], count: int) -> Callable[[Any], Any]:
    """The function as one of an array."""
    try:
        parameters = inspect.signature(f).parameters.values()
    except (TypeError, ValueError):
        parameters = {}.values()
    needed = [p for p in parameters if p.default is p.empty and p.kind in (0, 1)]  # positional ones
    if count == 2 and len(needed) == 1:
        return f
    return lambda place: f(*(place[n] for n in range(count)))


def _checked(call: Callable[[Any], Any], point: Any) -> float:
    """The function's value at the start, if it is one number."""
    try:
        shape = jax.eval_shape(lambda place: jnp.asarray(call(place)), point)
    except Exception as error:
        text = str(error).split("\n")[0]
        raise ValueError(FAILS.format(error=text if text.endswith(".") else f"{text}.")) from error
    if shape.shape != ():
        rest = ": take its sum or mean"
        raise ValueError(NO_NUMBER.format(given=f"an array of shape {shape.shape}", rest=rest))
    value = float(call(jnp.asarray(point)))
    if not np.isfinite(value):
        raise ValueError(NO_NUMBER.format(given=value, rest=": start where the function has a value"))
    return value


def _named(given: Any) -> dict[str, Any]:
    """The optimizers, as copies, by name."""
    if not isinstance(given, Mapping):
        many = list(given) if isinstance(given, (list, tuple)) else [given]
        made = [optimizers.get(each) for each in many if _is_one(each)]
        names = [_name(each) for each in made] if len(made) == len(many) else []
        given = {
            name if names.count(name) == 1 else f"{name} ({n + 1})": each
            for n, (name, each) in enumerate(zip(names, made, strict=False))
        }
    if not given or not all(map(_is_one, given.values())):
        raise TypeError(NO_OPTIMIZERS.format(given=describe(given)))
    fresh = {}
    for name, each in given.items():
        made = optimizers.get(each)
        fresh[str(name)] = type(made).from_config(made.get_config())
    return fresh


def _is_one(given: Any) -> bool:
    return isinstance(given, (str, optimizers.Optimizer))


def _name(optimizer: Any) -> str:
    rate = optimizer.get_config()["learning_rate"]
    return (
        f"{type(optimizer).__name__} {rate:g}" if isinstance(rate, float) else type(optimizer).__name__
    )


def _follow(call: Callable[[Any], Any], optimizer: Any, point: Any, steps: int) -> tuple[Any, Any]:
    """Where an optimizer goes, and the function's values there."""
    place = Variable(point, name="place")
    optimizer.build([place])

    def step(_: Any, __: Any) -> Any:
        before = place.value
        value, gradient = jax.value_and_grad(lambda z: jnp.asarray(call(z), z.dtype))(before)
        optimizer.apply([gradient], [place])
        return before, value

    own = {"place": numbered([place]), "optimizer": numbered(optimizer.variables)}
    places, values = swept(step, own, (), np.arange(steps + 1))
    return np.asarray(places), np.asarray(values)


def _heights(call: Callable[[Any], Any]) -> Callable[..., Any]:
    """The function at every point of a grid."""

    def heights(xs: Any, ys: Any = None) -> Any:
        axes = (xs,) if ys is None else (xs, ys)
        grid = np.stack(np.meshgrid(*axes), axis=-1).astype("float32")
        flat = jax.jit(lambda rows: jax.lax.map(lambda row: jnp.asarray(call(row)), rows))(
            grid.reshape(-1, len(axes))
        )
        return np.asarray(flat).reshape(grid.shape[:-1])

    return heights


def _window(window: Any, count: int) -> Any:
    """The bounds of each axis, None where they follow from the paths."""
    if window is None:
        return None
    bounds = np.asarray(window, "float64")
    if bounds.shape == (2,) and count == 1:
        bounds = bounds[None]
    if bounds.shape != (count, 2) or not (bounds[:, 0] < bounds[:, 1]).all():
        wanted = "(low, high)" if count == 1 else "((low, high), (low, high))"
        raise ValueError(
            f"explain.descent(window={window!r}): {wanted} is needed, the lower bound first."
        )
    return bounds


def _text(point: Any, here: float, steps: int, found: dict[str, Any]) -> str:
    rows = [["", "end", "f", "lowest f", ""]]
    for name, (places, values) in found.items():
        end = ", ".join(brief(each) for each in places[-1])
        lowest = np.nanmin(np.where(np.isfinite(values), values, np.nan))
        rows.append([name, end, brief(values[-1]), brief(lowest), _fate(places, values)])
    start = ", ".join(brief(each) for each in point)
    return "\n".join([f"From ({start}), where f = {brief(here)}, in {steps} steps:", *columns(rows)])


def _fate(places: Any, values: Any) -> str:
    """How it ended: diverged, settled, or still moving."""
    if not np.isfinite(values).all() or values[-1] > values[0] + 1e-6 * abs(values[0]):
        return "diverges"
    last = np.abs(places[-1] - places[-2]).max()
    return "settled" if last <= 1e-4 * np.ptp(places, axis=0).max() else "on its way"


__all__ = ["descent"]
