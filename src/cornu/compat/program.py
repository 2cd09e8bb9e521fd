"""Running a program as the module `__main__`, and showing its errors as Python would show them."""

from __future__ import annotations

import builtins
import importlib.util
import os
import sys
from collections.abc import Iterator
from pathlib import Path
from types import CodeType, ModuleType, TracebackType
from typing import Any

_HOOKS = os.path.dirname(os.path.abspath(__file__)) + os.sep
_ENGINE = importlib.util.find_spec("jax")
_INNER = tuple(
    os.path.dirname(file) + os.sep
    for file in (os.path.dirname(__file__), _ENGINE and _ENGINE.origin)
    if file
)


class NoProgramError(Exception):
    """There is no such program; the message says why."""


def execute_file(path: Path) -> None:
    """Runs a file as the module `__main__`, which it stays until this process ends."""
    names = {"__file__": str(path), "__builtins__": builtins, "__cached__": None}
    module = _main(names)
    code = compile(path.read_bytes(), str(path), "exec", dont_inherit=True)
    exec(code, vars(module))  # noqa: S102  the program that the user asked for


def execute_module(name: str) -> None:
    """Runs a module, or the `__main__` of a package, as `python -m` does.

    Raises:
        NoProgramError: if there is no such module, or no program in it.
    """
    spec, code = _find(name)
    names = {
        "__spec__": spec,
        "__loader__": spec.loader,
        "__package__": spec.parent,
        "__file__": spec.origin,
        "__cached__": spec.cached,
        "__builtins__": builtins,
    }
    sys.argv[0] = spec.origin or name
    exec(code, vars(_main(names)))  # noqa: S102


def _find(name: str) -> tuple[Any, CodeType]:
    try:
        spec = importlib.util.find_spec(name)
    except ModuleNotFoundError as error:
        if error.name is None or not f"{name}.".startswith(f"{error.name}."):
            raise  # the package itself imports what is missing
        spec = None
    if spec is None:
        raise NoProgramError(f'there is no module "{name}" here. Give its name without .py.')
    if spec.submodule_search_locations is not None:
        if importlib.util.find_spec(f"{name}.__main__") is None:
            raise NoProgramError(f'the package "{name}" has no __main__.py, so it cannot be run.')
        return _find(f"{name}.__main__")
    read = getattr(spec.loader, "get_code", None)
    code = read(spec.name) if read is not None else None
    if code is None:
        raise NoProgramError(f'the module "{name}" is not written in Python, so it cannot be run.')
    return spec, code


def _main(names: dict[str, Any]) -> ModuleType:
    module = ModuleType("__main__")
    vars(module).update(names)
    sys.modules["__main__"] = module
    return module


def show_error(error: BaseException, outside: str) -> None:
    """Prints an error by the hook that the program may have set.

    What the program did wrong is shown by the program's own frames: if it was raised in them, those of
    Cornu and of the engine between them are left out, unless `config.disable_traceback_filtering()`
    was called, and so are attempts of ours that failed by the same fault before.

    Args:
        error: what the program raised.
        outside: the file whose frames, at the top, started the program.
    """
    filtering = _is_filtering()
    for each in _linked(error):
        steps = _steps(each.__traceback__, outside)
        if filtering and steps and not _is_inner(steps[-1]):
            steps = [step for step in steps if not _is_inner(step)]
        for step, after in zip(steps, [*steps[1:], None], strict=False):
            step.tb_next = after
        each.__traceback__ = steps[0] if steps else None
    sys.excepthook(type(error), error, error.__traceback__)


def _is_filtering() -> bool:
    settings = sys.modules.get("cornu.config")
    return settings is None or bool(settings.is_traceback_filtering_enabled())


def _linked(error: BaseException) -> Iterator[BaseException]:
    """The error, those it came from, and those in a group."""
    seen: dict[int, BaseException] = {}
    todo: list[BaseException | None] = [error]
    while todo:
        each = todo.pop()
        if each is None or id(each) in seen:
            continue
        seen[id(each)] = each
        if each.__context__ is not None and _met_by_us(each.__context__):
            each.__context__ = None
        todo += [each.__cause__, each.__context__]
        todo += each.exceptions if isinstance(each, BaseExceptionGroup) else ()
    yield from seen.values()


def _met_by_us(error: BaseException) -> bool:
    """Whether an error was caught within Cornu: its traceback begins there."""
    tb = error.__traceback__
    return tb is not None and _is_inner(tb)


def _steps(tb: TracebackType | None, outside: str) -> list[TracebackType]:
    """The steps of a traceback, without the frames that started the program and those of `compat`."""
    steps = []
    while tb is not None:
        steps.append(tb)
        tb = tb.tb_next
    files = [_file(step) for step in steps]
    first = len(files) - files[::-1].index(outside) if outside in files else 0
    return [step for step in steps[first:] if not _file(step).startswith((_HOOKS, "<frozen importlib"))]


def _is_inner(step: TracebackType) -> bool:
    """Whether a frame is Cornu's or the engine's."""
    return _file(step).startswith(_INNER)


def _file(step: TracebackType) -> str:
    return step.tb_frame.f_code.co_filename
