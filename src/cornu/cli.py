"""The command `cornu`: runs Keras programs as they are printed, rewrites them in today's words, and
looks into files of models."""

from __future__ import annotations

import argparse
import os
import sys
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

import cornu
from cornu.core.errors import did_you_mean

COMMANDS = {
    "run": "run a Keras program with Cornu as its keras and tensorflow.keras",
    "launch": "run a Keras program as several processes, training spread over them",
    "upgrade": "rewrite a program of an earlier Keras in the words of Keras 3",
    "inspect": "say what a file of a model holds, without building or running anything",
}
USAGE_ERROR, INTERRUPTED = 2, 130


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
    words, behind = _cut(words)
    parser = _parser()
    options = parser.parse_args(words)
    if options.command is None:
        parser.print_help()
        return 0
    if options.command == "upgrade":
        return _upgrade(options)
    if options.command == "inspect":
        return _inspect(options.files)
    if options.command == "launch" and options.processes is not None:
        return _launch(options.processes, words, behind)
    if options.quiet:
        from cornu.compat.notes import SILENT

        os.environ[SILENT] = "0"  # read by processes that the program starts, too
    begin = options.command == "launch"
    if options.module is not None:
        return run_module(options.module, behind, begin)
    return run(options.script, behind, begin)


def _cut(words: list[str]) -> tuple[list[str], list[str]]:
    """The words for us, and those behind the program, which are the program's."""
    if words[:1] not in (["run"], ["launch"]):
        return words, []
    for at, word in enumerate(words[1:], 2):
        if words[at - 2] in ("-n", "--processes"):
            continue
        if word == "-m":
            return words[: at + 1], words[at + 1 :]
        if not word.startswith("-"):
            return words[:at], words[at:]
    return words, []


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(
        prog="cornu", description="The Keras API on one engine, JAX.", allow_abbrev=False
    )
    parser.add_argument("--version", action="version", version=f"cornu {cornu.__version__}")
    commands = parser.add_subparsers(title="commands", dest="command", metavar="command")
    _add_run(commands, "run", "cornu run [-h] [-q] (script | -m module) [arguments ...]")
    command = _add_run(
        commands, "launch", "cornu launch [-h] [-q] [-n N] (script | -m module) [arguments ...]"
    )
    command.add_argument(
        "-n",
        "--processes",
        type=_several,
        metavar="N",
        help="so many processes on this machine; by default what the cluster says "
        "(SLURM, Open MPI, Kubernetes, TPU pods)",
    )
    inspect = commands.add_parser("inspect", help=COMMANDS["inspect"], description=COMMANDS["inspect"])
    inspect.add_argument("files", nargs="+", metavar="file", help=".keras, .weights.h5, .h5, .json")
    _add_upgrade(
        commands.add_parser("upgrade", help=COMMANDS["upgrade"], description=COMMANDS["upgrade"])
    )
    return parser


def _add_run(commands: Any, name: str, usage: str) -> argparse.ArgumentParser:
    command: argparse.ArgumentParser = commands.add_parser(
        name, help=COMMANDS[name], description=COMMANDS[name], usage=usage
    )
    command.add_argument("-q", "--quiet", action="store_true", help="say nothing about old names")
    program = command.add_mutually_exclusive_group(required=True)
    program.add_argument("script", nargs="?", help="the program, a .py file")
    program.add_argument("-m", dest="module", help="the program, a module, as in python -m module")
    return command


def _several(text: str) -> int:
    """A number of processes.

    Raises:
        argparse.ArgumentTypeError: if it is none.
    """
    if not text.isdecimal() or int(text) < 1:
        raise argparse.ArgumentTypeError(f"must be a whole number of 1 or more, got {text!r}")
    return int(text)


def _launch(processes: int, words: Sequence[str], behind: Sequence[str]) -> int:
    """Runs `cornu launch` without the number, in so many processes that know theirs."""
    from cornu.distribution.launching import launch

    left = list(words)
    at = next(i for i, word in enumerate(left) if word.startswith(("-n", "--processes")))
    del left[at : at + (1 if "=" in left[at] or left[at][2:].isdecimal() else 2)]
    return launch([sys.executable, "-m", "cornu", *left, *behind], processes)


def _add_upgrade(command: argparse.ArgumentParser) -> None:
    command.add_argument(
        "paths", nargs="+", metavar="path", help=".py and .ipynb files, and folders of them"
    )
    command.add_argument(
        "--write", action="store_true", help="change the files; else the difference is shown"
    )
    command.add_argument("--check", action="store_true", help="exit with 1 if anything would change")
    command.add_argument(
        "--no-backup", action="store_true", help="keep no script.py.orig of what is changed"
    )
    command.add_argument(
        "--namespace",
        choices=("same", "keras"),
        default="same",
        help="keras: write keras for tf.keras, too (default: same)",
    )


def _upgrade(options: argparse.Namespace) -> int:
    from cornu.compat.upgrade.command import upgrade

    backup = not options.no_backup
    return upgrade(options.paths, options.write, options.check, backup, options.namespace)


def _inspect(files: Sequence[str]) -> int:
    from cornu.storage.inspecting import inspect

    status = 0
    for file in files:
        try:
            print(inspect(Path(file)))
        except (OSError, ValueError, NotImplementedError) as error:
            print(error, file=sys.stderr)
            status = 1
    return status


def _instead(word: str) -> str:
    if word.endswith(".py"):
        return f"Did you mean: cornu run {word}"
    return did_you_mean(word, COMMANDS).replace("names", "commands")


def _fail(message: str) -> int:
    print(f"cornu: {message}", file=sys.stderr)
    return USAGE_ERROR


def run(script: str, arguments: Sequence[str] = (), launched: bool = False) -> int:
    """Runs a program as `python script.py` does, with Cornu as its `keras` and `tensorflow.keras`.

    Args:
        script: path of the program.
        arguments: what it finds in `sys.argv[1:]`.
        launched: whether this is one of several processes over which training is spread.

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
    from cornu.compat.program import execute_file

    return _run(lambda: execute_file(path), script, arguments, path.resolve().parent, launched)


def run_module(name: str, arguments: Sequence[str] = (), launched: bool = False) -> int:
    """Runs a module as `python -m name` does, with Cornu as its `keras` and `tensorflow.keras`.

    Args:
        name: the module, or a package with a `__main__`.
        arguments: what it finds in `sys.argv[1:]`.
        launched: as for `run`.

    Returns:
        the exit status, as `run` gives it.

    Raises:
        SystemExit: if the program exits by itself.
    """
    from cornu.compat.program import execute_module

    return _run(lambda: execute_module(name), "-m", arguments, Path.cwd(), launched)


def _run(
    execute: Callable[[], None], word: str, arguments: Sequence[str], folder: Path, launched: bool
) -> int:
    from cornu import compat
    from cornu.compat.program import NoProgramError, show_error

    compat.install()
    sys.argv = [word, *arguments]
    if not sys.flags.safe_path:
        sys.path[0] = str(folder)
    try:
        if launched:
            from cornu.distribution.launching import begin

            begin()
        execute()
    except NoProgramError as error:
        return _fail(str(error))
    except KeyboardInterrupt as interrupt:
        print(interrupt if str(interrupt) else "Stopped by Ctrl-C.", file=sys.stderr)
        return INTERRUPTED
    except SystemExit:
        raise
    except BaseException as error:
        show_error(error, __file__)
        return 1
    return 0


def _neighbour(path: Path) -> str:
    """The sentence that names the program in that folder whose name is closest."""
    programs = [str(other.name) for other in path.parent.glob("*.py")]
    hint = did_you_mean(path.name, programs)
    return f" {hint}" if hint.startswith("Did") else ""
