"""What a run would need to go on as if nothing had happened: variables, random generators, callbacks."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from contextlib import suppress
from typing import Any

import jax

from cornu.core import placement
from cornu.core.errors import show_shape
from cornu.core.module import Module, walk
from cornu.core.variable import Variable
from cornu.training.callback import Callback
from cornu.training.callbacks.backup_file import NotPlain, packed, unpacked
from cornu.training.loop import Loop
from cornu.training.state import state_of

Packed = tuple[Any, list[Any]]  # a value as JSON can hold it, and its arrays
ANOTHER = (
    'BackupAndRestore: the backup in "{place}" is of another model: {difference}. To begin anew, delete '
    "it, or give another backup_dir."
)


class ModelState:
    """All variables of a model in training: those it has when training begins, and those that come
    later, as the slots of an optimizer that a `train_step` of the user's builds.

    Args:
        model: a compiled model.
    """

    def __init__(self, model: Any) -> None:
        self.model = model
        self.kinds = [type(module).__name__ for module in walk(model, Module, skip=())]
        self.first = self._owned()

    def _owned(self) -> list[Variable]:
        return [v for variables in state_of(self.model).values() for v in variables.values()]

    def _all(self) -> list[Variable]:
        """Those of the beginning, and then those that came later or that nobody owns."""
        foreign = [v for loop in self._loops() for v in loop.variables.get("others", {}).values()]
        return list({id(v): v for v in (*self.first, *self._owned(), *foreign)}.values())

    def _loops(self) -> list[Loop]:
        return [loop for _, loop in self.model._loops.values()]

    def is_split(self) -> bool:
        """Whether no device has all of the state."""
        return any(placement.is_split(variable) for variable in self.first)

    def described(self) -> tuple[dict[str, Any], list[Variable]]:
        """What a backup keeps of the model, and the variables whose values belong to that."""
        variables = self._all()
        return {
            "kinds": self.kinds,
            "paths": [variable.path for variable in variables],
            "first": len(self.first),
            "stop_training": bool(self.model.stop_training),
        }, variables

    def take(self, found: dict[str, Any], place: Any) -> None:
        """Gives the variables the values that they had, those that come later when they do.

        Raises:
            ValueError: if they are of another model; then nothing is changed.
            Damaged: if the values cannot be read; likewise.
        """
        many, paths = found["first"], found["paths"]
        known = {variable.path: variable for variable in self._all() if variable.path in paths[many:]}
        first = [variable for variable in self.first if variable.path not in known]
        pairs = list(zip(first, paths, found["values"], strict=False))
        difference = _other_kinds(self.kinds, found["kinds"]) or _other_shapes(first, many, pairs)
        if difference:
            raise ValueError(ANOTHER.format(place=place, difference=difference))
        variables = [*first, *(known.get(path) for path in paths[many:])]
        values = found["read"](variables) if "read" in found else found["values"]
        self.first = first
        later = {}
        for variable, path, value in zip(variables, paths, values, strict=True):
            if variable is None:
                later[path] = value
            elif isinstance(value, jax.Array):
                variable.take(value)
            else:
                variable.assign(value)
        self.model.stop_training = found["stop_training"]
        for loop in self._loops():
            loop.when_found = _Later(later) if later else None


class _Later:
    """Gives variables their values as soon as tracing has found them: by their names, or in their order,
    as a model that is made again in one process has other names."""

    def __init__(self, values: dict[str, Any]) -> None:
        self.values = values

    def __call__(self, variables: list[Variable]) -> None:
        for variable in variables:
            alike = [path for path, value in self.values.items() if value.shape == variable.shape]
            path = variable.path if variable.path in self.values else next(iter(alike), None)
            if path is not None:
                variable.assign(self.values.pop(path))


def _other_kinds(mine: Sequence[str], theirs: Sequence[str]) -> str:
    """How the parts differ, in words."""
    for number, (one, other) in enumerate(zip(mine, theirs, strict=False), 1):
        if one != other:
            return f"its part {number} is a {other}, and this model's a {one}"
    if len(mine) != len(theirs):
        return f"it has {len(theirs)} parts (layers, metrics, optimizers), and this model {len(mine)}"
    return ""


def _other_shapes(variables: Sequence[Variable], many: int, pairs: Iterable[Any]) -> str:
    """How the variables differ, in words."""
    for variable, path, value in pairs:
        if variable.shape != value.shape or variable.dtype != value.dtype.name:
            theirs = f"{path} is {value.dtype.name} of shape {show_shape(value.shape)}"
            return (
                f"its {theirs}, and this model's {variable.path} {variable.dtype} of shape "
                f"{show_shape(variable.shape)}"
            )
    if len(variables) != many:
        return f"it has {many} variables, and this model {len(variables)}"
    return ""


class CallbackStates:
    """What training has changed of the other callbacks, as far as it is plain values.

    Made when training begins, so that an argument that a program changes between two runs counts.

    Args:
        callbacks: all callbacks but the one that asks.
    """

    def __init__(self, callbacks: Iterable[Callback]) -> None:
        self.callbacks = dict(_named(callbacks))
        self.before = {name: _plain(each) for name, each in self.callbacks.items()}

    def values(self) -> dict[str, Any]:
        """What a backup keeps of them."""
        return {
            name: {
                attribute: unpacked(*value)
                for attribute, value in _plain(callback).items()
                if not _same(value, self.before[name].get(attribute))
            }
            for name, callback in self.callbacks.items()
        }

    def take(self, found: dict[str, Any]) -> None:
        """Gives them back what `values` gave; a callback that is new stays as it is."""
        for name, callback in self.callbacks.items():
            if name in found:
                start = {key: unpacked(*value) for key, value in self.before[name].items()}
                now = _plain(callback)
                then = {**start, **found[name]}
                callback.restore_state(
                    {k: v for k, v in then.items() if not _same(_pack(v), now.get(k))}
                )


def _named(callbacks: Iterable[Callback]) -> Iterator[tuple[str, Callback]]:
    """Callbacks by their class, numbered."""
    counts: dict[str, int] = {}
    for callback in callbacks:
        kind = type(callback).__name__
        counts[kind] = counts.get(kind, 0) + 1
        yield f"{kind} {counts[kind]}", callback


def _plain(callback: Callback) -> dict[str, Packed]:
    """The plain values among a callback's state."""
    found = {}
    for name, value in callback.backup_state().items():
        with suppress(NotPlain):
            found[name] = _pack(value)
    return found


def _pack(value: Any) -> Packed:
    arrays: list[Any] = []
    return packed(value, arrays), arrays


def _same(one: Packed, other: Packed | None) -> bool:
    if other is None or repr(one[0]) != repr(other[0]) or len(one[1]) != len(other[1]):
        return False
    return all(
        a.dtype == b.dtype and a.shape == b.shape and a.tobytes() == b.tobytes()
        for a, b in zip(one[1], other[1], strict=True)
    )


__all__ = ["CallbackStates", "ModelState"]
