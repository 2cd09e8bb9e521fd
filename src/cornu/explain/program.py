"""What a function computes, as a list of steps: traced by the engine, opened, and put into words."""

from __future__ import annotations

import math
import re
from collections import Counter
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from typing import Any

import jax.numpy as jnp
import numpy as np
from jax.extend.core import ClosedJaxpr, Jaxpr, Literal, gensym, jaxpr_as_fun

from cornu.explain.words import BY_NUMBER, NAMED, PLAIN, Word, word_of

SCOPE = re.compile(r"cornu_call_(\d+)")
MARK = "cornu_output_"


@dataclass
class Value:
    """One array of the computation.

    Args:
        number: its place among the values.
        shape, dtype: of the array.
        kind: 'input', 'weight', 'state', 'constant' or 'step'.
        name: what the user calls it; None for most results of steps.
        constant: a constant's array; `literal` is its number, if all are the same.
    """

    number: int
    shape: tuple[int, ...]
    dtype: Any
    kind: str
    name: str | None = None
    constant: Any = None
    literal: float | None = None
    variable: Any = None

    @property
    def differentiable(self) -> bool:
        return self.kind in ("input", "weight", "step") and jnp.issubdtype(self.dtype, jnp.floating)


@dataclass
class Step:
    """One operation: values in, values out, and the calls of layers that it is part of."""

    word: Word
    primitive: str
    inputs: list[int]
    outputs: list[int]
    calls: tuple[int, ...]
    run: Callable[..., Any]
    plain: bool = False  # its result is its first argument in another form
    mark: int | None = None  # the call of a layer whose output this is

    @property
    def by_number(self) -> bool:
        """Whether each number of the result depends on one number of each argument."""
        return self.primitive in BY_NUMBER


@dataclass
class Program:
    """Values and steps, in the order in which they are computed; `result` is the function's."""

    values: list[Value] = field(default_factory=list)
    steps: list[Step] = field(default_factory=list)
    results: list[int] = field(default_factory=list)
    about: Any = None  # where the function is written, for the engine

    def new(self, aval: Any, kind: str, **more: Any) -> int:
        number = len(self.values)
        self.values.append(Value(number, tuple(aval.shape), aval.dtype, kind, **more))
        return number

    @property
    def maker(self) -> dict[int, Step]:
        """The step that makes each value."""
        return {output: step for step in self.steps for output in step.outputs}

    def needed(self, results: Sequence[int]) -> Program:
        """The same without steps that the results do not depend on."""
        wanted, kept = set(results), []
        for step in reversed(self.steps):
            if wanted & set(step.outputs):
                kept.append(step)
                wanted |= set(step.inputs)
        return Program(self.values, kept[::-1], list(results))

    def with_means(self) -> Program:
        """The same, where a sum that is divided by the number of its terms is a mean."""
        makers, users = self.maker, Counter(number for step in self.steps for number in step.inputs)
        dropped, steps = set(), []
        for step in self.steps:
            total = makers.get(step.inputs[0]) if step.inputs else None
            if total is not None and self._is_mean(step, total) and users[step.inputs[0]] == 1:
                dropped.add(total.outputs[0])
                step = _mean(total, step)
            steps.append(step)
        kept = [step for step in steps if not dropped & set(step.outputs)]
        return Program(self.values, kept, self.results)

    def _is_mean(self, step: Step, total: Step) -> bool:
        if step.primitive != "div" or total.primitive != "reduce_sum" or total.plain:
            return False
        given, out = self.values[total.inputs[0]], self.values[total.outputs[0]]
        count = math.prod(given.shape) / max(1, math.prod(out.shape))
        return self.values[step.inputs[1]].literal == count

    def through(self, number: int) -> int:
        """The value that this one is another form of."""
        makers = self.maker
        while number in makers and (makers[number].plain or makers[number].mark is not None):
            number = makers[number].inputs[0]
        return number


def _mean(total: Step, divided: Step) -> Step:
    def run(array: Any, count: Any) -> Any:
        return divided.run(*total.run(array), count)

    word = Word("mean", "mean({0})", "mean", ("{up} / n for each of n terms",))
    inputs = [*total.inputs, divided.inputs[1]]
    return Step(word, "mean", inputs, divided.outputs, divided.calls, run)


def opened(closed: ClosedJaxpr, inputs: Sequence[dict[str, Any]]) -> Program:
    """A traced function as a program.

    Args:
        closed: what the engine traced.
        inputs: kind, name and so on of each argument.
    """
    program = Program(about=closed.jaxpr.debug_info)
    env: dict[Any, int] = {}
    for var, more in zip(closed.jaxpr.invars, inputs, strict=True):
        env[var] = program.new(var.aval, **more)
    for var, const in zip(closed.jaxpr.constvars, closed.consts, strict=True):
        env[var] = _constant(program, var.aval, const)
    _open(program, closed.jaxpr, env, ())
    program.results = [_number(program, env, atom) for atom in closed.jaxpr.outvars]
    return program


def _open(program: Program, jaxpr: Any, env: dict[Any, int], calls: tuple[int, ...]) -> None:
    for eqn in jaxpr.eqns:
        stack = str(eqn.source_info.name_stack)
        within = (*calls, *map(int, SCOPE.findall(stack)))
        name, inner = _called(eqn)
        if inner is not None and name not in NAMED and "custom" not in eqn.primitive.name:
            local = dict(
                zip(inner.jaxpr.invars, (_number(program, env, a) for a in eqn.invars), strict=True)
            )
            for var, const in zip(inner.jaxpr.constvars, inner.consts, strict=True):
                local[var] = _constant(program, var.aval, const)
            _open(program, inner.jaxpr, local, within)
            outs = [_number(program, local, atom) for atom in inner.jaxpr.outvars]
            env.update(zip(eqn.outvars, outs, strict=True))
        else:
            _step(program, eqn, env, within, name)


def _called(eqn: Any) -> tuple[str, ClosedJaxpr | None]:
    """The name of an operation, and the function it calls, if it is a call."""
    params = eqn.params
    inner = params.get("jaxpr", params.get("call_jaxpr", params.get("fun_jaxpr")))
    if eqn.primitive.name in ("scan", "while", "cond", "pallas_call") or inner is None:
        return eqn.primitive.name, None
    if not isinstance(inner, ClosedJaxpr):
        inner = ClosedJaxpr(inner, ())
    name = params.get("name") or getattr(inner.jaxpr.debug_info, "func_name", None)
    return str(name or eqn.primitive.name), inner


def _step(program: Program, eqn: Any, env: dict[Any, int], calls: tuple[int, ...], name: str) -> None:
    inputs = [_number(program, env, atom) for atom in eqn.invars]
    outputs = [program.new(var.aval, "step") for var in eqn.outvars]
    env.update(zip(eqn.outvars, outputs, strict=True))
    step = Step(word_of(name, eqn.params), name, inputs, outputs, calls, _runner(eqn, program.about))
    first = program.values[inputs[0]] if inputs else None
    if eqn.primitive.name == "name" and eqn.params["name"].startswith(MARK):
        step.mark = int(eqn.params["name"].removeprefix(MARK))
    elif first is not None:
        step.plain = _is_plain(step, program, eqn.params)
    made = program.values[outputs[0]]
    if inputs and step.plain and first is not None and first.kind == "constant":
        made.kind, made.literal = "constant", first.literal  # in another form
        made.constant = step.run(first.constant)[0]
        return
    program.steps.append(step)


def _is_plain(step: Step, program: Program, params: dict[str, Any]) -> bool:
    """Whether the numbers stay what they are."""
    values = [program.values[number] for number in step.inputs]
    out = program.values[step.outputs[0]]
    if step.primitive == "convert_element_type":
        return jnp.issubdtype(values[0].dtype, jnp.floating) == jnp.issubdtype(out.dtype, jnp.floating)
    if step.primitive in PLAIN:
        return True
    if step.primitive in ("reduce_sum", "reduce_max"):
        return int(np.prod(values[0].shape)) == int(np.prod(out.shape))
    if step.primitive in ("div", "mul"):
        return values[1].literal == 1.0 and values[0].shape == out.shape
    return False


def _runner(eqn: Any, about: Any) -> Callable[..., Any]:
    """The operation as a function of arrays; literals among its arguments are arrays, too."""
    fresh = gensym()  # in x * x the two arguments are told apart
    atoms: list[Any] = [atom if isinstance(atom, Literal) else fresh(atom.aval) for atom in eqn.invars]
    places = [place for place, atom in enumerate(atoms) if not isinstance(atom, Literal)]
    own = eqn.replace(invars=atoms)
    jaxpr = Jaxpr([], [atoms[place] for place in places], eqn.outvars, [own], eqn.effects, about)
    function = jaxpr_as_fun(ClosedJaxpr(jaxpr, ()))
    return lambda *arrays: function(*(arrays[place] for place in places))


def _number(program: Program, env: dict[Any, int], atom: Any) -> int:
    if isinstance(atom, Literal):
        return _constant(program, atom.aval, atom.val)
    return env[atom]


def _constant(program: Program, aval: Any, array: Any) -> int:
    numbers = np.asarray(array)
    same = numbers.size and numbers.dtype.kind in "fiub" and (numbers == numbers.flat[0]).all()
    literal = float(numbers.flat[0]) if same else None
    return program.new(aval, "constant", constant=array, literal=literal)


__all__ = ["MARK", "SCOPE", "Program", "Step", "Value", "opened"]
