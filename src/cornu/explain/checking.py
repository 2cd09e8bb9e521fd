"""`explain.gradient_check`: gradients by the chain rule against differences of the function itself."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from contextlib import ExitStack, contextmanager
from typing import Any, NamedTuple

import jax
import jax.numpy as jnp
import jax.tree_util as tree
import numpy as np
from jax import lax

from cornu.core import dtypes, policies
from cornu.core.pure import assigning
from cornu.explain.graphs import NO_FUNCTION, NO_SCALAR, NO_TARGETS
from cornu.explain.numbers import number
from cornu.explain.objective import NO_LOSS, Loss, check_model, first_rows
from cornu.explain.tracing import argument_names, as_numbers
from cornu.explain.written import Written, aligned
from cornu.layers.layer import Layer
from cornu.models.model import Model

STEP = 1e-5
FLOOR = 1e-6  # gradients smaller than that are compared as numbers, not by their ratio
NOT_DOUBLE = (
    "explain.gradient_check computes in float64, but the result is {dtype}: something in the "
    "computation converts to it, such as ops.cast(x, 'float32') in a call. Differences in it are too "
    "rough to check a gradient. Convert to the dtype of the inputs instead: ops.cast(x, inputs.dtype)."
)
NO_WEIGHTS = "explain.gradient_check: there is nothing to differentiate by: no {what}."


class GradientCheck(Written):
    """What a check found: `passed`, `worst` (a row), and `rows` with name, shape, checked, error, index,
    analytic, numeric, kink."""

    def __init__(self, text: str, rows: list[dict[str, Any]], columns: Any, tolerance: float) -> None:
        super().__init__(text, rows, columns)
        self.tolerance = tolerance
        self.worst = max(rows, key=lambda row: row["error"])
        self.passed = bool(self.worst["error"] <= tolerance)

    def __bool__(self) -> bool:
        return self.passed


class _Problem(NamedTuple):
    """A function of arrays that gives one number, and where it is looked at."""

    function: Callable[[Sequence[Any]], Any]
    names: list[str]
    arrays: list[Any]


def gradient_check(
    function: Any,
    *inputs: Any,
    loss: Any = None,
    samples: int = 20,
    tolerance: float = 1e-5,
    seed: int = 0,
    training: bool = False,
) -> GradientCheck:
    """Compares gradients by the chain rule with central differences, (f(w + h) - f(w - h)) / 2h, for
    each weight of a model, or each argument of a function; in float64, with h = 1e-5.

    An error is |a - n| / max(|a|, |n|, 1e-6). At a kink, as of a ReLU at 0, any slope between those
    of both sides is right.

    Args:
        function: a built model, or a function of arrays that gives one number.
        *inputs: for a model x and y; else the function's arguments.
        loss: of a model that is not compiled, such as 'mse'.
        samples: how many numbers of each weight are checked, drawn if it has more. Default: 20.
        tolerance: the largest error with which the check passes. Default: 1e-5.
        seed: of the draw. Default: 0.
        training: whether layers such as Dropout work as in training. Default: False.

    Returns:
        text to print, true if the check has passed; `passed`, `worst` and `rows` for programs.

    Raises:
        ValueError: if the model is not built or has no loss, the result is not one number, there is
            nothing to differentiate by, or something computes in float32.
        TypeError: for symbolic tensors, or what is made of no numbers.

    Example:
        >>> import cornu
        >>> print(cornu.explain.gradient_check(lambda w: (2.0 * w + 0.5) ** 2, 1.0))
        Gradients agree with central differences: the largest error is ... at w.
          weight  shape  checked  largest error  at  analytic  numeric
          w       ()     all 1    ...            []  10        10
        >>> bool(cornu.explain.gradient_check(lambda w: (w**3).sum(), [1.0, 2.0]))
        True
    """
    if not isinstance(samples, int) or samples < 1:
        raise ValueError(
            f"explain.gradient_check(samples={samples!r}): a whole number above 0 is needed."
        )
    if isinstance(function, Model):
        if len(inputs) != 2:
            raise TypeError(NO_TARGETS.format(call="gradient_check"))
        with _in_double([*function._flatten_layers()]):
            rows = _compare(_of_model(function, *inputs, loss, training), samples, seed)
    else:
        if not callable(function):
            raise TypeError(NO_FUNCTION.format(call="gradient_check", given=repr(function)))
        with _in_double([]):
            rows = _compare(_of_function(function, inputs), samples, seed)
    return _report(rows, tolerance)


@contextmanager
def _in_double(layers: list[Layer]) -> Iterator[None]:
    """Within the block, JAX has 64 bits, and new numbers and these layers compute with them."""
    double = {"_policy": policies.get("float64"), "_compute_dtype": "float64", "_autocast": None}
    before = [{name: getattr(layer, name) for name in double} for layer in layers]
    floatx = dtypes.floatx()
    with ExitStack() as stack:
        stack.enter_context(jax.enable_x64(True))
        try:
            dtypes._floatx = "float64"
            for layer in layers:
                for name, value in double.items():
                    object.__setattr__(layer, name, value)
            yield
        finally:
            dtypes._floatx = floatx
            for layer, own in zip(layers, before, strict=True):
                for name, value in own.items():
                    object.__setattr__(layer, name, value)


def _double(arrays: Any) -> Any:
    """Floats as float64."""
    return tree.tree_map(
        lambda a: np.asarray(a, "float64") if jnp.issubdtype(a.dtype, jnp.floating) else np.asarray(a),
        arrays,
    )


def _of_model(model: Any, x: Any, y: Any, loss: Any, training: bool) -> _Problem:
    check_model("gradient_check", model)
    if loss is None and not model.compiled:
        raise ValueError(NO_LOSS.format(call="gradient_check"))
    x, y = (_double(first_rows("gradient_check", n, each)[0]) for n, each in (("x", x), ("y", y)))
    weights = model.trainable_variables
    if not weights:
        raise ValueError(NO_WEIGHTS.format(what="weight is trainable"))
    end = Loss(model, loss, training)

    def value(arrays: Sequence[Any]) -> Any:
        def run() -> Any:
            return end.call(x, y, model(x, training=training))

        return assigning(run, dict(zip(weights, arrays, strict=True)))[0]

    paths = [weight.path for weight in weights]
    arrays = [np.asarray(weight._value, "float64") for weight in weights]
    return _Problem(value, paths, arrays)


def _of_function(function: Callable[..., Any], inputs: Sequence[Any]) -> _Problem:
    names = argument_names(function, len(inputs))
    given = [
        _double(as_numbers("gradient_check", f'argument "{name}"', each))
        for name, each in zip(names, inputs, strict=True)
    ]
    leaves, structure = tree.tree_flatten(given)
    floats = [n for n, leaf in enumerate(leaves) if jnp.issubdtype(leaf.dtype, jnp.floating)]
    if not floats:
        raise ValueError(NO_WEIGHTS.format(what="argument holds floats"))
    paths = [
        name + tree.keystr(path)
        for name, each in zip(names, given, strict=True)
        for path, _ in tree.tree_flatten_with_path(each)[0]
    ]

    def value(arrays: Sequence[Any]) -> Any:
        every = list(leaves)
        for place, array in zip(floats, arrays, strict=True):
            every[place] = array
        return assigning(lambda: function(*tree.tree_unflatten(structure, every)))[0]

    return _Problem(value, [paths[n] for n in floats], [leaves[n] for n in floats])


def _compare(problem: _Problem, samples: int, seed: int) -> list[dict[str, Any]]:
    """A row for each array: the worst of the numbers checked."""
    spec = jax.eval_shape(problem.function, problem.arrays)
    if getattr(spec, "shape", None) != ():
        shape = getattr(spec, "shape", type(spec).__name__)
        raise ValueError(NO_SCALAR.format(call="gradient_check", given=f"an array of shape {shape}"))
    if spec.dtype != np.float64:
        raise ValueError(NOT_DOUBLE.format(dtype=spec.dtype))
    draw = np.random.default_rng(seed)
    picks = [
        np.arange(a.size) if a.size <= samples else np.sort(draw.choice(a.size, samples, replace=False))
        for a in problem.arrays
    ]
    offsets = np.cumsum([0, *(array.size for array in problem.arrays)])
    places = np.concatenate([pick + offset for pick, offset in zip(picks, offsets, strict=False)])
    start = np.concatenate([array.reshape(-1) for array in problem.arrays])
    slopes = jax.device_get(jax.jit(_slopes(problem))(start, places))
    rows, at = [], 0
    for name, array, pick in zip(problem.names, problem.arrays, picks, strict=True):
        own = [each[at : at + len(pick)] for each in slopes]
        rows.append(_worst(name, array, pick, *own))
        at += len(pick)
    return rows


def _slopes(problem: _Problem) -> Callable[[Any, Any], Any]:
    """The slopes at some places of all numbers in a row: analytic, and to the left and the right."""
    shapes = [array.shape for array in problem.arrays]
    ends = np.cumsum([array.size for array in problem.arrays])[:-1]

    def value(flat: Any) -> Any:
        parts = jnp.split(flat, ends)
        return problem.function([p.reshape(shape) for p, shape in zip(parts, shapes, strict=True)])

    def slopes(start: Any, places: Any) -> Any:
        middle, analytic = jax.value_and_grad(value)(start)

        def sides(place: Any) -> Any:
            low, high = (value(start.at[place].add(step)) for step in (-STEP, STEP))
            return (middle - low) / STEP, (high - middle) / STEP

        left, right = lax.map(sides, places)
        return analytic[places], left, right

    return slopes


def _worst(name: str, array: Any, pick: Any, analytic: Any, left: Any, right: Any) -> dict[str, Any]:
    numeric = (left + right) / 2
    scale = np.maximum(np.maximum(np.abs(analytic), np.abs(numeric)), FLOOR)
    kink = np.abs(right - left) > 1e-2 * scale
    low, high = np.minimum(left, right), np.maximum(left, right)
    fits = kink & (analytic >= low - 1e-4 * scale) & (analytic <= high + 1e-4 * scale)
    error = np.where(fits, 0.0, np.abs(analytic - numeric) / scale)
    error = np.where(np.isfinite(error), error, np.inf)
    worst = int(np.argmax(error))
    index = tuple(map(int, np.unravel_index(pick[worst], array.shape))) if array.shape else ()
    return {
        "name": name,
        "shape": array.shape,
        "checked": len(pick),
        "error": float(error[worst]),
        "index": index,
        "analytic": float(analytic[worst]),
        "numeric": float(numeric[worst]),
        "kink": bool(kink.any()),
    }


def _report(rows: list[dict[str, Any]], tolerance: float) -> GradientCheck:
    worst = max(rows, key=lambda row: row["error"])
    place = f"{worst['name']}{list(worst['index']) if worst['index'] else ''}"
    if worst["error"] <= tolerance:
        size = f"{worst['error']:.0e} at {place}"
        first = f"Gradients agree with central differences: the largest error is {size}."
    else:
        first = (
            f"The gradient by {place} is wrong: the chain rule gives {number(worst['analytic'])}, "
            f"differences give {number(worst['numeric'])}. Look at the derivative of what uses it."
        )
    columns = {
        "weight": [row["name"] for row in rows],
        "shape": [str(row["shape"]) for row in rows],
        "checked": [_checked(row) for row in rows],
        "largest error": [f"{row['error']:.1e}" for row in rows],
        "at": [str(list(row["index"])) for row in rows],
        "analytic": [number(row["analytic"]) for row in rows],
        "numeric": [number(row["numeric"]) for row in rows],
    }
    lines = aligned([list(columns), *map(list, zip(*columns.values(), strict=True))], "  ")
    if any(row["kink"] for row in rows):
        lines.append(
            "Some numbers lie at a kink, such as a ReLU at 0, where both sides differ in slope."
        )
    return GradientCheck("\n".join([first, *lines]), rows, columns, tolerance)


def _checked(row: dict[str, Any]) -> str:
    size = int(np.prod(row["shape"]))
    return f"all {size}" if row["checked"] == size else f"{row['checked']} of {size:,}"


__all__ = ["GradientCheck", "gradient_check"]
