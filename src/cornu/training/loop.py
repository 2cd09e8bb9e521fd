"""The compiled loop: one XLA program that runs as many steps as it is told, over data that lie on
the device.

The number of steps is an argument of the program, not part of it. So it is compiled once, and may
run a whole epoch, or
as long as the progress bar wants, or a single step for a callback that looks at batches.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Iterable
from functools import partial
from typing import Any, NamedTuple

import jax
import jax.numpy as jnp
import jax.tree_util as tree
import numpy as np
from jax import lax

from cornu.core import peers, placement
from cornu.core.context import context, state_lock
from cornu.core.errors import note
from cornu.core.inlining import inlined
from cornu.core.pure import ForeignVariables, Values, Variables, pure, read, write
from cornu.core.variable import Variable
from cornu.training.compiling import compile_ahead
from cornu.training.data import Data
from cornu.training.kept import Kept, WrongProgram
from cornu.training.sparse import dense
from cornu.training.windows import Chunk, Window

Step = Callable[[Any], Any]
_REACHED = "(steps)"  # the key, among the logs, of how many steps of the pass are done
AHEAD = 128  # steps that one call takes at most where the logs of each are kept


class Rows(NamedTuple):
    """Which rows of a batch count, when the last batch is filled up with rows that do not."""

    mask: Any  # 1.0 for rows that count, else 0.0
    count: Any  # how many count


class Loop:
    """Runs a step over the batches of a window, compiled or not.

    Args:
        step: imperative code over objects: takes a batch, changes variables.
        results: gives the logs, a dict of scalars, from the variables; None: they are what the last
            step returned.
        reset: sets the variables that start afresh with each pass over the data.
        variables: the state, by part: everything the code reads or changes.
        keep: names of the parts that the step may change; the others are not written back.
        batch_size: rows per step.
        samplewise: whether rows cannot influence each other, so that a short batch may be filled up
            and masked.
        eager: whether to run the step uncompiled.
        effort: how hard XLA should try, as in `compiling.py`.
        ours: all that the step depends on, if it is code of ours alone, which can be traced quickly and
            whose programs can be kept; None if code of the user's is in it.
        placement: how state and batches lie on several devices; None: on one.
    """

    def __init__(
        self,
        step: Step,
        results: Callable[[], dict[str, Any]] | None,
        reset: Callable[[], None],
        variables: dict[str, Any],
        keep: tuple[str, ...],
        batch_size: int,
        samplewise: bool,
        eager: bool = False,
        effort: str = "full",
        ours: Any = None,
        placement: Any = None,
    ) -> None:
        self.placement = placement
        self.shared = placement is not None and placement.shared
        # Where another process may be lost, what was before the call stays, if memory is the host's.
        self.keeps = self.shared and jax.default_backend() == "cpu"
        self.step, self.results, self.reset = step, results, reset
        self.variables, self.keep = dict(variables), keep
        self.batch_size, self.samplewise, self.eager, self.effort = batch_size, samplewise, eager, effort
        self.ours = None if eager else ours
        # called with variables that nobody owns, when tracing has found that the step uses them
        self.when_found: Callable[[list[Variable]], None] | None = None
        self.called: dict[str, Any] = {}  # on several devices: with what each program was called first
        self.reached = 0  # how many steps of a pass the last call of `run` left behind it
        self._make_programs()

    def _make_programs(self) -> None:
        many = self._run_many
        donated = {} if self.keeps else {"donate_argnums": 0}
        self._many = self._program("many", many, **donated)
        self._halting = self._program("halting", partial(many, halt_on_nan=True), **donated)
        self._each = self._program("each", partial(many, each=True))
        self._one = self._program("one", self._run_one, **donated)

    def _program(self, name: str, function: Callable[..., Any], **options: Any) -> Kept:
        rest = self.variables, self.keep, self.batch_size, self.samplewise
        about = None if self.ours is None else (name, self.ours, *rest)
        return Kept(function, about, self.effort, **options)

    def steps(self, rows: int) -> int:
        """How many steps a pass over so many rows takes."""
        return math.ceil(rows / self.batch_size)

    def whole_steps(self, rows: int) -> int:
        """How many of them the loop itself can do; a last short batch may need a program of its own."""
        return self.steps(rows) if self.samplewise else rows // self.batch_size

    def run(self, window: Window, start: int, stop: int, halt_on_nan: bool = False) -> dict[str, Any]:
        """Runs the steps of a pass from `start` up to `stop`; gives the logs after the last of them.

        `reached` is then the number of steps done, less than `stop` where a NaN was to end them.
        """
        self.reached = stop
        if self.eager or window.data is None:
            logs: dict[str, Any] = {}
            for step in range(start, stop):
                logs = self.single(window.batch(step), fresh=step == 0)
                if halt_on_nan and not np.isfinite(logs.get("loss", 0.0)):
                    self.reached = step + 1
                    break
            return logs
        logs = self._call("_halting" if halt_on_nan else "_many", *self._steps(window, start, stop))
        if halt_on_nan:
            self.reached = int(logs.pop(_REACHED)) - window.shift
        return logs

    def single(self, batch: Any, fresh: bool = False) -> dict[str, Any]:
        """Runs one step on this batch, whatever its size; `fresh` starts a new pass."""
        if self.placement is not None:
            batch = placement.put_batch(batch, self.placement)
        return self._call("_run_one" if self.eager else "_one", batch, np.bool_(fresh))

    def each(self, window: Window, start: int, stop: int) -> dict[str, Any]:
        """Runs at most `AHEAD` steps of a window; gives the logs after each of them."""
        return self._call("_each", *self._steps(window, start, stop))

    def _steps(self, window: Window, start: int, stop: int) -> tuple[Any, ...]:
        """What a program is given to run these steps."""
        first, last = np.int32(start + window.shift), np.int32(stop + window.shift)
        return window.data, window.order, first, last, np.bool_(start == 0)

    def lay_out(self) -> None:
        """Puts the state where it belongs, if it is to lie on several devices."""
        if self.placement is not None:
            lay_out(self.variables, self.placement)

    def bring(self, device: Any) -> None:
        """Puts the state on one device, which has it as a whole."""
        with state_lock:
            for named_variables in self.variables.values():
                for variable in named_variables.values():
                    variable._value = jax.device_put(variable._value, device)

    def put(self, data: Data) -> Any:
        """All rows of the data, on every device that works."""
        return data.on_device if self.placement is None else data.on_each(self.placement)

    def values(self) -> Values:
        """The values of what a step may change, in arrays that nobody else holds."""
        return read({part: self.variables[part] for part in self.keep}, donate=True)

    def take(self, values: Values) -> None:
        """Gives the variables the values that `values` gave."""
        with state_lock:
            write({part: self.variables[part] for part in self.keep}, values)

    def _call(self, program: str, *arguments: Any) -> dict[str, Any]:
        """Calls the program of this name with the state, and keeps the new state in the variables."""
        kept = {part: self.variables[part] for part in self.keep}
        fixed = {part: named for part, named in self.variables.items() if part not in self.keep}
        self.lay_out()
        try:
            with state_lock, peers.together("training" if "trainable" in self.keep else "evaluation"):
                state = read(kept, donate=not (self.eager or self.keeps)), read(fixed)
                if self.placement is not None and program not in self.called:
                    self.called[program] = tree.tree_map(_spec, (*state, *arguments))
                values, logs = getattr(self, program)(*state, *arguments)
                if self.shared:
                    jax.block_until_ready((values, logs))
                write(kept, values)
        except ForeignVariables as found:
            others = self.variables.get("others", {})
            self.variables["others"] = {
                **others,
                **{str(len(others) + i): v for i, v in enumerate(found.variables)},
            }
            self.keep = (*(part for part in self.keep if part != "others"), "others")
            self._make_programs()
            if self.when_found is not None:
                self.when_found(found.variables)
            return self._call(program, *arguments)
        except (WrongProgram, peers.ProcessLostError):
            raise
        except Exception as error:
            if self.ours is not None:  # a loop of JAX's own, perhaps: then trace it the long way
                self.ours = None
                self._make_programs()
                return self._call(program, *arguments)
            note(error)
            raise
        return dict(logs)

    @property
    def looped(self) -> bool:
        """Whether the program that was called is one of many steps."""
        return any(name in self.called for name in ("_many", "_halting", "_each"))

    def text(self) -> str:
        """The compiled program of the steps, as XLA writes it; of those that were called, the first."""
        name = next(iter(sorted(self.called, key=("_many", "_halting", "_each", "_one").index)))
        program = getattr(self, name)
        with placement.under(self.placement):
            made = compile_ahead(program.function, self.effort, self.called[name], **program.options)
            return str(made.as_text())

    def _pure(self, function: Callable[..., Any], state: Values, *arguments: Any) -> tuple[Values, Any]:
        with inlined(self.ours is not None):
            new, result = pure(function, self.variables)(state, *arguments)
        return new, result

    def _stepped(self, state: Values, batch: Any) -> tuple[Values, Any]:
        """The state after a step. What is differentiated is gathered there, all else here."""
        if self.placement is not None:
            alone = {part for part in ("trainable", "non_trainable") if part in state}
            alone -= {"trainable"} & set(self.keep)
            state = {**state, **gathered({part: self.variables[part] for part in alone}, state)}
        return self._pure(self.step, state, dense(batch))

    def _fresh(self, state: Values, first: Any) -> Values:
        """The state with its metrics started afresh, if this is the first step of a pass."""
        reset, _ = self._pure(self.reset, state)
        with inlined(self.ours is not None):
            return tree.tree_map(
                lambda new, old: old if new is old else jnp.where(first, new, old), reset, state
            )

    def _run_one(self, kept: Values, fixed: Values, batch: Any, fresh: Any) -> tuple[Values, Any]:
        state = self._fresh({**kept, **fixed}, fresh)
        state, logs = self._stepped(state, batch)
        return self._kept(state, kept), self._logs(state, logs)

    def _kept(self, state: Values, parts: Iterable[str]) -> Values:
        """These parts of the state, each array laid out as its variable is to be."""
        if self.placement is None or self.eager:
            return {part: state[part] for part in parts}
        where = self.placement.variable
        return {
            part: {
                path: placement.constrained(value, where(self.variables[part][path]))
                for path, value in state[part].items()
            }
            for part in parts
        }

    def _logs(self, state: Values, last: Any) -> Any:
        return last if self.results is None else self._pure(self.results, state)[1]

    def _run_many(
        self,
        kept: Values,
        fixed: Values,
        data: Any,
        order: Any,
        start: Any,
        stop: Any,
        fresh: Any,
        halt_on_nan: bool = False,
        each: bool = False,
    ) -> tuple[Values, Any]:
        state = self._fresh({**kept, **fixed}, fresh)
        kept = {part: state[part] for part in kept}

        def step(i: Any, kept: Values) -> tuple[Values, Any]:
            with inlined(self.ours is not None):
                batch, context.rows = self._batch(data, order, i)
            kept = self._kept(kept, kept)  # else the compiler may carry in parts what is to be whole
            try:
                state, logs = self._stepped({**kept, **fixed}, batch)
            finally:
                context.rows = None
            return self._kept(state, kept), logs if self.results is None else ()

        def body(carry: tuple[Any, Values, Any]) -> tuple[Any, Values, Any]:
            i, kept, logs = carry
            kept, last = step(i, kept)
            if each:
                last = self._logs({**kept, **fixed}, last)
                last = tree.tree_map(lambda many, one: many.at[i - start].set(one), logs, last)
            return i + 1, kept, last

        def unfinished(carry: tuple[Any, Values, Any]) -> Any:
            i, kept, last = carry
            if not halt_on_nan:
                return i < stop
            return (i < stop) & jnp.isfinite(self._logs({**kept, **fixed}, last).get("loss", 0.0))

        def logs(kept: Values) -> Any:
            kept, last = step(start, kept)
            return self._logs({**kept, **fixed}, last) if each else last

        blank: Any = ()
        if each or self.results is None:  # to know the logs takes a trace of the step
            blank = _zeros(jax.eval_shape(logs, kept), (AHEAD,) if each else ())
        reached, kept, last = lax.while_loop(unfinished, body, (start, kept, blank))
        last = last if each else self._logs({**kept, **fixed}, last)
        kept = self._kept(kept, kept)
        return kept, {**last, _REACHED: reached} if halt_on_nan else last

    def _batch(self, data: Any, order: Any, i: Any) -> tuple[Any, Rows | None]:
        """Batch i, filled up with rows of other batches if it is short, and which of its rows count."""
        if isinstance(data, Chunk):
            batch, valid = _batch_of_chunk(data, i)
            return self._split(batch), valid and valid._replace(mask=self._split(valid.mask))
        rows, size = _rows(data), self.batch_size
        first = i.astype(np.uint32) * size
        if (
            order is None and "trainable" not in self.keep
        ):  # rows lie side by side, and no dropout counts them
            start = jnp.minimum(first, rows - size)
            batch = tree.tree_map(lambda array: lax.dynamic_slice_in_dim(array, start, size), data)
            valid = start + lax.iota(np.uint32, size) >= first
        else:
            position = first + lax.iota(np.uint32, size)
            index = jnp.minimum(position, rows - 1)
            index = self._split(index if order is None else _take(order, index))
            batch = tree.tree_map(lambda array: _take(array, index), data)
            valid = position < rows
        batch = self._split(batch)
        if rows % size == 0 or not self.samplewise:
            return batch, None
        count = jnp.minimum(size, rows - first).astype(np.float32)
        return batch, Rows(self._split(valid.astype(np.float32)), count)

    def _split(self, batch: Any) -> Any:
        """The batch, its rows split among the devices if there are several that can."""
        if self.placement is None or self.batch_size % self.placement.replicas:
            return batch
        return placement.split_rows(batch, self.placement)


def lay_out(variables: Variables, where: Any) -> None:
    """Puts variables where they belong on several devices."""
    with state_lock:
        for named_variables in variables.values():
            for variable in named_variables.values():
                variable._value = placement.moved(variable._value, where.variable(variable))


def gathered(variables: Variables, values: Values) -> Values:
    """Within a program: the values of these variables as layers compute with them."""
    return {
        part: {name: placement.gathered(v, values[part][name]) for name, v in named_variables.items()}
        for part, named_variables in variables.items()
    }


def _spec(leaf: Any) -> Any:
    """Shape, dtype and sharding of an array of the device; of one of the host the former alone."""
    sharding = leaf.sharding if isinstance(leaf, jax.Array) else None
    return jax.ShapeDtypeStruct(np.shape(leaf), leaf.dtype, sharding=sharding)


def _zeros(specs: Any, before: tuple[int, ...]) -> Any:
    """Zeros of these shapes, with further axes in front."""
    return tree.tree_map(lambda spec: jnp.zeros((*before, *spec.shape), spec.dtype), specs)


def _take(array: Any, index: Any) -> Any:
    return array.at[index].get(mode="promise_in_bounds")


def _rows(data: Any) -> int:
    return int(tree.tree_leaves(data)[0].shape[0])


def _batch_of_chunk(chunk: Chunk, i: Any) -> tuple[Any, Rows | None]:
    """Batch i of a chunk, and which of its rows count."""
    batch = tree.tree_map(lambda array: lax.dynamic_index_in_dim(array, i, keepdims=False), chunk.arrays)
    if not chunk.masked:
        return batch, None
    count = chunk.counts[i]
    valid = lax.iota(np.int32, _rows(batch)) < count
    return batch, Rows(valid.astype(np.float32), count.astype(np.float32))


__all__ = ["Loop", "Rows", "Variables"]
