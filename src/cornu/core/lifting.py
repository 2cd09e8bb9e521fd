"""Functions of the user's as pure functions, within a loop, a branch or a derivative.

They may read and assign variables (a seed generator does). What they assign is found while the loop
is traced; then it is traced again with these variables among what it carries along, and the values
are in the variables afterwards. Their own errors come out as they are.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any

import jax.numpy as jnp
import jax.tree_util as tree
import numpy as np

from cornu.core import dtypes
from cornu.core.context import context
from cornu.core.errors import note, show_shape
from cornu.core.inlining import inlined
from cornu.core.pure import assigning
from cornu.core.symbolic import is_symbolic, known_shape
from cornu.core.variable import Variable

NOT_THERE = (
    "ops.{op}: its function uses a symbolic tensor that is not among its arguments, so the model could "
    "not give it a value there. {instead}"
)
CHANGES = (
    "ops.{op}: what goes from step to step must keep its structure, shapes and dtypes, but {function} "
    "was given {given} and returned {returned}. Start from what a step returns, or bring that to the "
    "form of the start with ops.reshape and ops.cast."
)


class _Assigned(Exception):
    """Raised while tracing: a function assigned variables that the loop does not carry along yet."""


class Lifted:
    """Functions over objects as pure ones, for one call of an op.

    Attributes:
        variables: those that the functions assign, as far as found.
        returned: what each function returned last.
    """

    def __init__(self, op: str, instead: str) -> None:
        self.op = op
        self.instead = instead
        self.variables: list[Variable] = []
        self.returned: dict[str, Any] = {}
        self.errors: list[BaseException] = []
        self.adds_losses = False

    def start(self) -> Any:
        """The state before the first call: values of the variables, and the sum of losses."""
        return [v._current() for v in self.variables], np.zeros((), dtypes.numpy_dtype(dtypes.floatx()))

    def pure(self, function: Callable[..., Any], name: str = "f") -> Callable[..., Any]:
        """`function` as `(state, *arguments) -> (result, state)`."""

        def call(state: Any, *arguments: Any) -> Any:
            values, total = state
            given = dict(zip(self.variables, values, strict=True))
            outer, context.losses = context.losses, []
            try:
                with self.told_apart():
                    # Variables among what it returns are read while they have the values of this call.
                    result, assigned, new = assigning(
                        lambda: tree.tree_map(lambda x: x, function(*arguments)), given
                    )
                    if is_symbolic(result):
                        raise TypeError(NOT_THERE.format(op=self.op, instead=self.instead))
                losses = context.losses
            finally:
                context.losses = outer
            self.returned[name] = result
            given |= dict(zip(assigned, new, strict=True))
            if len(given) > len(self.variables):
                self.variables = list(given)
                raise _Assigned
            self.adds_losses = self.adds_losses or bool(losses)
            total = sum((jnp.sum(loss).astype(total.dtype) for loss in losses), total)
            return result, (list(given.values()), total)

        return call

    @contextmanager
    def told_apart(self) -> Iterator[None]:
        """Within the block, errors are the user's, or ours, not the engine's about the loop."""
        try:
            yield
        except Exception as error:
            self.errors.append(error)
            raise

    def run(self, loop: Callable[[], Any], advice: Callable[[], str]) -> Any:
        """What `loop() -> (result, state)` gives; its state is written back.

        Raises:
            TypeError: with this advice, if the engine refuses the loop.
        """
        while True:
            try:
                with inlined(False):  # code that is not ours, and lax would unroll its loops
                    result, (values, total) = loop()
                break
            except _Assigned:
                continue
            except (TypeError, ValueError) as error:
                if any(error is theirs for theirs in self.errors):
                    note(error)
                    raise
                text = advice() or f"ops.{self.op}: {str(error).splitlines()[0]}"
                raise TypeError(text) from error
        for variable, value in zip(self.variables, values, strict=True):
            variable.assign(value)
        if self.adds_losses and context.losses is not None:
            context.losses.append(total)
        return result

    def changed(self, function: str, given: Any) -> str:
        """That a function returned something of another form than it was given, if so."""
        if function not in self.returned:
            return ""
        shown = [show(structure) for structure in (given, self.returned[function])]
        if shown[0] == shown[1]:
            return ""
        return CHANGES.format(op=self.op, function=function, given=shown[0], returned=shown[1])


def show(structure: Any) -> str:
    """Shapes and dtypes, in the structure they are in."""
    if isinstance(structure, dict):
        return f"{{{', '.join(f'{key!r}: {show(item)}' for key, item in structure.items())}}}"
    if isinstance(structure, (list, tuple)):
        inside = ", ".join(map(show, structure))
        return f"[{inside}]" if isinstance(structure, list) else f"({inside})"
    if structure is None:
        return "None"
    array = structure if hasattr(structure, "dtype") else jnp.asarray(structure)
    return f"{array.dtype} {show_shape(known_shape(array.shape))}"
