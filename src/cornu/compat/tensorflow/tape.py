"""`tf.GradientTape`: what is computed in a `with` block, written down and walked backwards.

JAX gives every operation to the trace that is current. While a tape records, that is a trace of its
own: it lets the one before compute, and notes operation, inputs and outputs where an input depends on
something watched. So layers, losses, ops and operators are all on the tape without knowing of it,
and the tensors in the block are the ordinary ones: arrays outside, those of the program inside a
compiled function. Going back, each operation is differentiated by `jax.vjp` at its noted inputs.
"""

from __future__ import annotations

import enum
import functools
from collections.abc import Callable, Iterator, Sequence
from contextlib import AbstractContextManager, contextmanager
from typing import Any, NamedTuple

import jax
import jax.numpy as jnp
import jax.tree_util as tree
from jax.core import Trace

from cornu.core.context import context
from cornu.core.errors import describe, show_shape, warn
from cornu.core.variable import Variable

try:
    from jax.extend.core import set_current_trace, take_current_trace
except ImportError:  # JAX before 0.7
    from jax.core import set_current_trace, take_current_trace  # type: ignore[attr-defined, no-redef]

USED_UP = (
    "A GradientTape gives its gradients once, and this one has. For several, make it with "
    "tf.GradientTape(persistent=True), or ask for all at once: tape.gradient(loss, [x, y])."
)
NOT_A_TENSOR = (
    "GradientTape.{method}: {what} must be a tensor or a Variable, got {given}. Write "
    "x = tf.constant(...) or tf.convert_to_tensor(...) before the block, and use that x in it."
)


class UnconnectedGradients(enum.Enum):
    """What a gradient is with respect to something that the target does not depend on."""

    NONE = "none"
    ZERO = "zero"


class Operation:
    """An operation of JAX with its parameters, as a function of its inputs; equal ones are equal."""

    def __init__(self, run: Callable[..., Any], key: tuple[Any, ...]) -> None:
        self.run, self.key = run, key

    def __call__(self, *args: Any) -> Any:
        outputs = self.run(*args)
        return outputs if isinstance(outputs, (list, tuple)) else [outputs]

    def __hash__(self) -> int:
        return hash(self.key)

    def __eq__(self, other: object) -> bool:
        return isinstance(other, Operation) and self.key == other.key


class Record(NamedTuple):
    """An operation that was done: with what, by which of it to differentiate, and what came out."""

    operation: Operation
    inputs: Sequence[Any]
    by: tuple[int, ...]
    outputs: Sequence[Any]


class Step(NamedTuple):
    """A record without its arrays, which are numbers of places instead."""

    operation: Operation
    inputs: tuple[int, ...]
    by: tuple[int, ...]
    outputs: tuple[int | None, ...]


class TapeTrace(Trace):
    """The trace that is current while a tape records."""

    def __init__(self, tape: GradientTape, parent: Any) -> None:
        super().__init__()  # type: ignore[no-untyped-call]
        self.tape, self.parent = tape, parent

    def process_primitive(self, primitive: Any, args: Any, params: Any, /) -> Any:
        run = functools.partial(primitive.bind, **params)
        with set_current_trace(self.parent):
            outputs = run(*args)
        several = primitive.multiple_results
        key = (primitive, tuple(params.items()))
        connected = primitive.name != "stop_gradient"
        noted = self._noted(Operation(run, key), args, outputs if several else [outputs], connected)
        return noted if several else noted[0]

    def _noted(self, operation: Operation, args: Any, outputs: Any, connected: bool = True) -> list[Any]:
        """The outputs, which the tape knows from now on.

        Outside of programs JAX may hand an input through, as it is. Since arrays are told apart by
        their identity, it becomes another one: what flows back through the two may differ.
        """
        handed = {id(each) for each in args if self.tape.depends(each)}
        with set_current_trace(self.parent):
            outputs = [jnp.copy(each) if id(each) in handed else each for each in outputs]
        if connected:
            self.tape.note(operation, args, outputs)
        return outputs

    def process_call(self, primitive: Any, function: Any, args: Any, params: Any, /) -> Any:
        with set_current_trace(self):
            return function.call_wrapped(*args)

    def process_custom_jvp_call(
        self, primitive: Any, fun: Any, jvp: Any, args: Any, /, **params: Any
    ) -> Any:
        return self._custom("process_custom_jvp_call", (primitive, fun, jvp), args, params)

    def process_custom_vjp_call(
        self, primitive: Any, fun: Any, fwd: Any, bwd: Any, args: Any, /, **params: Any
    ) -> Any:
        return self._custom("process_custom_vjp_call", (primitive, fun, fwd, bwd), args, params)

    def _custom(self, method: str, parts: tuple[Any, ...], args: Any, params: Any) -> Any:
        """A function with a derivative of its own, which JAX hands on with its parts."""

        def run(*args: Any) -> Any:
            with take_current_trace() as trace:
                return getattr(trace, method)(*parts, args, **params)

        with set_current_trace(self.parent):
            outputs = run(*args)
        primitive, function, *rest = parts
        # The wrapped rules are made anew at each call; what they wrap stays.
        key = (primitive, function, *(getattr(rule, "f", rule) for rule in rest))
        return self._noted(Operation(run, key), args, outputs)

    def stage_value(self, value: Any) -> Any:
        return self.parent.stage_value(value)


class GradientTape:
    """Records what is computed in its block, to differentiate it afterwards.

    Trainable variables that are read in the block are watched; a constant must be watched by
    `watch`. It works at once, in a `tf.function` and in a compiled `train_step` alike; tapes can lie
    within each other.

    Args:
        persistent: whether gradients can be asked for more than once. Default: False.
        watch_accessed_variables: whether trainable variables are watched when they are read.
            Default: True.

    Example:
        >>> import cornu.compat.tensorflow as tf
        >>> x = tf.Variable(3.0)
        >>> with tf.GradientTape() as tape:
        ...     y = x**2
        >>> tape.gradient(y, x).numpy()
        np.float32(6.0)
    """

    def __init__(self, persistent: bool = False, watch_accessed_variables: bool = True) -> None:
        self.persistent = persistent
        self.watch_accessed_variables = watch_accessed_variables
        self._chosen: set[Variable] = set()  # variables given to `watch`
        self._active = self._paused = self._used = False
        self.reset()

    def reset(self) -> None:
        """Forgets all that was recorded."""
        self._records: list[Record] = []
        self._live: dict[int, Any] = {}  # arrays that depend on what is watched, by identity
        self._reads: dict[Variable, list[Any]] = {}  # the values that a variable was read with

    # -- recording -------------------------------------------------------------------------------

    def __enter__(self) -> GradientTape:
        if self._active:
            raise ValueError("This GradientTape is recording already: it cannot be entered twice.")
        with take_current_trace() as parent:
            self._outer = context.tapes
        self._recording = set_current_trace(TapeTrace(self, parent))
        self._recording.__enter__()
        context.tapes = (*self._outer, self)
        self._active = True
        return self

    def __exit__(self, *error: object) -> None:
        self._recording.__exit__(None, None, None)
        context.tapes = self._outer
        self._active = False

    def watch(self, tensor: Any) -> None:
        """Lets gradients be taken with respect to a tensor, or several in a list."""
        for leaf in _leaves(tensor):
            if isinstance(leaf, Variable):
                self._chosen.add(leaf)
            elif not isinstance(leaf, jax.Array):
                given = describe(leaf)
                raise TypeError(NOT_A_TENSOR.format(method="watch", what="tensor", given=given))
            elif not _is_float(leaf):
                warn(
                    f"GradientTape.watch: only floats have a derivative, but this is a "
                    f"{describe(leaf)}. "
                    "Its gradient will be None. Write tf.cast(x, tf.float32) first."
                )
            else:
                self._live[id(leaf)] = leaf

    def watched_variables(self) -> tuple[Variable, ...]:
        """The variables that are watched, in the order in which they were read."""
        return tuple(self._reads)

    @contextmanager
    def _pause(self) -> Iterator[None]:
        before, self._paused = self._paused, True
        try:
            yield
        finally:
            self._paused = before

    def stop_recording(self) -> AbstractContextManager[None]:
        """Within this block nothing is recorded.

        Raises:
            ValueError: if the tape does not record.
        """
        if not self._active:
            raise ValueError("GradientTape.stop_recording works within the tape's own block only.")
        return self._pause()

    def variable_read(self, variable: Variable, value: Any) -> None:
        """Told by a variable whose value is used."""
        watched = variable in self._chosen or (self.watch_accessed_variables and variable.trainable)
        if not watched or self._paused or not _is_float(value):
            return
        reads = self._reads.setdefault(variable, [])
        if not any(value is each for each in reads):
            reads.append(value)
            self._live[id(value)] = value

    def depends(self, array: Any) -> bool:
        """Whether an array depends on something watched, as far as it was recorded."""
        return id(array) in self._live and not self._paused

    def note(self, operation: Operation, inputs: Sequence[Any], outputs: Sequence[Any]) -> None:
        """Told by the trace what was computed."""
        by = tuple(i for i, each in enumerate(inputs) if self.depends(each))
        if not by:
            return
        self._records.append(Record(operation, inputs, by, outputs))
        self._live.update((id(each), each) for each in outputs if _is_float(each))

    # -- derivatives -----------------------------------------------------------------------------

    def gradient(
        self,
        target: Any,
        sources: Any,
        output_gradients: Any = None,
        unconnected_gradients: Any = UnconnectedGradients.NONE,
    ) -> Any:
        """The gradient of the target, or of the sum of several, with respect to the sources.

        Args:
            target: tensor computed in the block, or a list of such.
            sources: variable, watched tensor or tensor computed in the block, or a list, tuple or
                dict of such.
            output_gradients: what each number of the target counts: tensors like `target`.
                Default: 1.
            unconnected_gradients: for a source that the target does not depend on: None (default),
                or 0 with `tf.UnconnectedGradients.ZERO`.

        Returns:
            A gradient for each source, in their nesting.

        Raises:
            RuntimeError: if the tape is not persistent and was asked before.
            TypeError: if target or a source is no tensor.
        """
        targets = [_tensor("gradient", "target", each) for each in _leaves(target)]
        given = [None] * len(targets)
        if output_gradients is not None:
            structure: Any = tree.tree_structure(target, is_leaf=lambda leaf: isinstance(leaf, Variable))
            given = structure.flatten_up_to(output_gradients)
        owners, nesting = tree.tree_flatten(sources, is_leaf=lambda leaf: isinstance(leaf, Variable))
        zero = UnconnectedGradients(unconnected_gradients) is UnconnectedGradients.ZERO
        seeds = [
            jnp.ones_like(each) if seed is None else jnp.asarray(seed, each.dtype)
            for each, seed in zip(targets, given, strict=True)
        ]
        found = self._backwards("gradient", gradients_of, targets, owners, seeds)
        if zero:
            found = [
                jnp.zeros(owner.shape, owner.dtype) if each is None else each
                for owner, each in zip(owners, found, strict=True)
            ]
        return tree.tree_unflatten(nesting, found)

    def jacobian(
        self,
        target: Any,
        sources: Any,
        unconnected_gradients: Any = UnconnectedGradients.NONE,
        parallel_iterations: int | None = None,
        experimental_use_pfor: bool = True,
    ) -> Any:
        """The derivative of each number of the target: of shape target.shape + source.shape.

        Args:
            target: one tensor.
            sources, unconnected_gradients: as in `gradient`.
            parallel_iterations, experimental_use_pfor: how TensorFlow computes it; the result does
                not depend on them, and here it is computed at once.
        """
        del parallel_iterations, experimental_use_pfor
        target = _tensor("jacobian", "target", target)
        seeds = jnp.eye(target.size, dtype=target.dtype).reshape(-1, *target.shape)

        def shaped(found: Any, owner: Any) -> Any:
            return found.reshape(*target.shape, *owner.shape)

        return self._derivatives("jacobian", target, sources, seeds, unconnected_gradients, shaped)

    def batch_jacobian(
        self,
        target: Any,
        source: Any,
        unconnected_gradients: Any = UnconnectedGradients.NONE,
        parallel_iterations: int | None = None,
        experimental_use_pfor: bool = True,
    ) -> Any:
        """The derivative of each row of the target by the same row of the source.

        Args:
            target, source: tensors with the same number of rows, of which row i of the target depends
                on row i of the source alone.
            unconnected_gradients, parallel_iterations, experimental_use_pfor: as in `jacobian`.

        Returns:
            A tensor of shape (rows, the rest of target.shape, the rest of source.shape).

        Raises:
            ValueError: if the numbers of rows differ.
        """
        del parallel_iterations, experimental_use_pfor
        target = _tensor("batch_jacobian", "target", target)
        rows = target.shape[:1]
        if not rows or rows != tuple(source.shape[:1]):
            raise ValueError(
                "GradientTape.batch_jacobian: target and source need the same number of rows, but have "
                f"the shapes {show_shape(target.shape)} and {show_shape(source.shape)}."
            )
        size = target.size // max(rows[0], 1)
        eye = jnp.eye(size, dtype=target.dtype).reshape(size, 1, *target.shape[1:])
        seeds = jnp.broadcast_to(eye, (size, *target.shape))

        def shaped(found: Any, owner: Any) -> Any:
            return jnp.moveaxis(found, 0, 1).reshape(*target.shape, *owner.shape[1:])

        return self._derivatives("batch_jacobian", target, source, seeds, unconnected_gradients, shaped)

    def _derivatives(
        self, method: str, target: Any, sources: Any, seeds: Any, unconnected: Any, shaped: Any
    ) -> Any:
        """One gradient for each seed, put together for each source."""
        owners, nesting = tree.tree_flatten(sources, is_leaf=lambda leaf: isinstance(leaf, Variable))
        found = self._backwards(method, jacobians_of, [target], owners, [seeds])
        if UnconnectedGradients(unconnected) is UnconnectedGradients.ZERO:
            like = [jnp.zeros((len(seeds), *owner.shape), owner.dtype) for owner in owners]
            found = [zeros if each is None else each for zeros, each in zip(like, found, strict=True)]
        pairs = zip(found, owners, strict=True)
        return tree.tree_unflatten(
            nesting, [None if each is None else shaped(each, owner) for each, owner in pairs]
        )

    def _backwards(
        self, method: str, function: Any, targets: list[Any], owners: list[Any], seeds: list[Any]
    ) -> list[Any]:
        """`function` of what was recorded, compiled if that is possible."""
        if self._used:
            raise RuntimeError(USED_UP)
        ends = [self._values_of(method, owner) for owner in owners]
        steps, places, arrays = self._needed(
            [*targets, *(end for each in ends for end in each)], targets
        )
        form = (
            tuple(steps),
            tuple(places[id(target)] for target in targets),
            tuple(tuple(places[id(end)] for end in each) for each in ends),
        )
        with self._pause():
            if any(isinstance(each, jax.core.Tracer) for each in (*arrays.values(), *seeds)):
                found = function(*form, arrays, seeds)
            else:
                try:
                    hash(form)
                except TypeError:  # a parameter that cannot be compared
                    found = function(*form, arrays, seeds)
                else:
                    found = _compiled[function](*form, arrays, seeds)
        if not self.persistent:
            self.reset()
            self._used = True
        return list(found)

    def _values_of(self, method: str, owner: Any) -> list[Any]:
        if isinstance(owner, Variable):
            return self._reads.get(owner, [])
        return [_tensor(method, "a source", owner)]

    def _needed(
        self, ends: list[Any], targets: list[Any]
    ) -> tuple[list[Step], dict[int, int], dict[int, Any]]:
        """The steps that lead to the targets, the places of arrays, and the arrays in those that are
        read."""
        wanted = {id(target) for target in targets}
        kept = []
        for record in reversed(self._records):
            if any(id(each) in wanted for each in record.outputs):
                kept.append(record)
                wanted.update(id(record.inputs[i]) for i in record.by)
        places: dict[int, int] = {}
        for each in ends:
            places.setdefault(id(each), len(places))
        arrays: dict[int, Any] = {}
        steps = []
        for record in kept:
            for each in (*record.inputs, *record.outputs):
                places.setdefault(id(each), len(places))
            inputs = tuple(places[id(each)] for each in record.inputs)
            arrays.update(zip(inputs, record.inputs, strict=True))
            seen: set[int] = set()  # what comes out twice is not counted twice
            outputs: list[int | None] = []
            for each in record.outputs:
                place = places[id(each)]
                outputs.append(None if place in seen else place)
                seen.add(place)
            steps.append(Step(record.operation, inputs, record.by, tuple(outputs)))
        return steps, places, arrays


def gradients_of(
    steps: Sequence[Step],
    targets: Sequence[int],
    sources: Sequence[Sequence[int]],
    arrays: dict[int, Any],
    seeds: Sequence[Any],
) -> list[Any]:
    """The gradient for each source, None where nothing leads to it; steps come last first."""
    flowing: dict[int, Any] = {}  # the gradients for places, until who made them is reached
    ends = {place: None for places in sources for place in places}
    final: dict[int, Any] = {}
    for place, seed in zip(targets, seeds, strict=True):
        flowing[place] = flowing[place] + seed if place in flowing else seed
    for step in steps:
        wanted = [i for i, place in enumerate(step.outputs) if place in flowing]
        if not wanted:
            continue
        coming = []
        for i in wanted:
            made: Any = step.outputs[i]
            coming.append(flowing.pop(made))
            if made in ends:
                final[made] = coming[-1]
        _, back = jax.vjp(
            functools.partial(_of_some, step, wanted, arrays), *(arrays[step.inputs[i]] for i in step.by)
        )
        for i, change in zip(step.by, back(coming), strict=True):
            place = step.inputs[i]
            flowing[place] = flowing[place] + change if place in flowing else change
    final = {**flowing, **final}
    return [
        functools.reduce(jnp.add, [final[place] for place in places if place in final])
        if any(place in final for place in places)
        else None
        for places in sources
    ]


def _of_some(step: Step, wanted: Sequence[int], arrays: dict[int, Any], *values: Any) -> list[Any]:
    """The wanted outputs of a step, as a function of the inputs that it is differentiated by."""
    inputs = [arrays[place] for place in step.inputs]
    for i, value in zip(step.by, values, strict=True):
        inputs[i] = value
    outputs = step.operation(*inputs)
    return [outputs[i] for i in wanted]


def jacobians_of(steps: Any, targets: Any, sources: Any, arrays: Any, seeds: Any) -> Any:
    """As `gradients_of`, for many seeds of one target."""
    one = functools.partial(gradients_of, steps, targets, sources, arrays)
    return jax.vmap(lambda seed: one([seed]))(seeds[0])


_compiled = {each: jax.jit(each, static_argnums=(0, 1, 2)) for each in (gradients_of, jacobians_of)}


def _leaves(structure: Any) -> list[Any]:
    return tree.tree_leaves(structure, is_leaf=lambda leaf: isinstance(leaf, Variable))


def _is_float(array: Any) -> bool:
    return jnp.issubdtype(array.dtype, jnp.inexact)


def _tensor(method: str, what: str, value: Any) -> Any:
    if isinstance(value, Variable):
        return value.value
    if not isinstance(value, jax.Array):
        raise TypeError(NOT_A_TENSOR.format(method=method, what=what, given=describe(value)))
    return value
