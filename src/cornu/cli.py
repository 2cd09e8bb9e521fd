"""The command `cornu`: runs Keras programs as they are printed."""

from __future__ import annotations

import argparse
import builtins
import os
import sys
from collections.abc import Sequence
from pathlib import Path
from types import ModuleType, TracebackType

import cornu
from cornu.core.errors import did_you_mean

COMMANDS = {"run": "run a Keras program with Cornu as its keras and tensorflow.keras"}
USAGE_ERROR, INTERRUPTED = 2, 130
_HERE = os.path.dirname(os.path.abspath(__file__))
_HOOKS = os.path.join(_HERE, "compat") + os.sep


def main(arguments: Sequence[str] | None = None) -> int:
    """The command line; gives the exit status.

    Args:
        arguments: the words after `cornu`, those of this process by default.

    Example:
        >>> main(["rnu"])
        2
    """
    words = list(sys.argv[1:] if arguments is None else arguments)
    if words and not words[0].startswith("-") and words[0] not in COMMANDS:
        return _fail(f'"{words[0]}" is no command. {_instead(words[0])}')
    parser = _parser()
    options = parser.parse_args(words)
    if options.command is None:
        parser.print_help()
        return 0
    return run(options.script, options.arguments)


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(
        prog="cornu", description="The Keras API on one engine, JAX.", allow_abbrev=False
    )
    parser.add_argument("--version", action="version", version=f"cornu {cornu.__version__}")
    commands = parser.add_subparsers(title="commands", dest="command", metavar="command")
    command = commands.add_parser("run", help=COMMANDS["run"], description=COMMANDS["run"])
    command.add_argument("script", help="the program, a .py file")
    command.add_argument("arguments", nargs=argparse.REMAINDER, help="what the program gets")
    return parser


def _instead(word: str) -> str:
    if word.endswith(".py"):
        return f"Did you mean: cornu run {word}"
    return did_you_mean(word, COMMANDS).replace("names", "commands")


def _fail(message: str) -> int:
    print(f"cornu: {message}", file=sys.stderr)
    return USAGE_ERROR


def run(script: str, arguments: Sequence[str] = ()) -> int:
    """Runs a program as `python script.py` does, with Cornu as its `keras` and `tensorflow.keras`.

    Args:
        script: path of the program.
        arguments: what it finds in `sys.argv[1:]`.

    Returns:
        the exit status: 0, or 1 after an error, 130 after Ctrl-C, 2 if there is no such program.

    Raises:
        SystemExit: if the program exits by itself.

    Example:
        >>> run("no_such_program.py")
        2
    """
    path = Path(script).absolute()
    if not path.is_file():
        kind = "is a folder" if path.is_dir() else "does not exist"
        hint = _neighbour(path)
        return _fail(f'the program "{script}" {kind}. Give the path of a .py file.{hint}')
    from cornu import compat

    compat.install()
    sys.argv = [script, *arguments]
    if not sys.flags.safe_path:
        sys.path[0] = str(path.resolve().parent)
    try:
        _execute(path)
    except KeyboardInterrupt as interrupt:
        print(interrupt if str(interrupt) else "Stopped by Ctrl-C.", file=sys.stderr)
        return INTERRUPTED
    except Exception as error:
        error.__traceback__ = _from_script(error.__traceback__, str(path))
        sys.excepthook(type(error), error, error.__traceback__)
        return 1
    return 0


def _neighbour(path: Path) -> str:
    """The sentence that names the program in that folder whose name is closest."""
    programs = [str(other.name) for other in path.parent.glob("*.py")]
    hint = did_you_mean(path.name, programs)
    return f" {hint}" if hint.startswith("Did") else ""


def _execute(path: Path) -> None:
    """Runs the program as the module `__main__`, which it stays until this process ends."""
    module = ModuleType("__main__")
    vars(module).update(__file__=str(path), __builtins__=builtins, __cached__=None)
    sys.modules["__main__"] = module
    code = compile(path.read_bytes(), str(path), "exec", dont_inherit=True)
    exec(code, vars(module))  # noqa: S102  the program that the user asked for


def _from_script(tb: TracebackType | None, script: str) -> TracebackType | None:
    """The traceback from the program's first line on, without the frames of the import hook."""
    steps = []
    while tb is not None:
        steps.append(tb)
        tb = tb.tb_next
    files = [step.tb_frame.f_code.co_filename for step in steps]
    first = files.index(script) if script in files else len(files)
    users = list(zip(steps, files, strict=True))[first:]
    shown = [step for step, file in users if not file.startswith(_HOOKS)]
    for step, after in zip(shown, [*shown[1:], None], strict=False):
        step.tb_next = after
    return shown[0] if shown else None
