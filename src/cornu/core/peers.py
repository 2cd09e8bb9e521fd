"""Peers: what the processes of one program tell each other beside their arrays.

They speak through the key-value store of JAX's coordination service, which waits no longer than it is
told to. Collectives would wait for ever where one process does not come. A program of one process asks
nobody: `in_force.client` is None.
"""

from __future__ import annotations

import hashlib
import json
import time
from collections import Counter
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager, suppress
from itertools import zip_longest
from typing import Any

from cornu.core.in_force import in_force

SLICE = 1.0  # seconds between two looks at whether those that are waited for are still there

OTHER_PLACE = (
    "The processes are at different places of their programs: {places}. All of them must make the same "
    "calls in the same order, with the same arguments: let no `if` about the number of the process "
    "stand around what trains, evaluates or predicts."
)
OTHER_FACTS = (
    "{what} needs the same from all {count} processes, but these differ: {facts}. Let all of them run "
    "the same script on the same data{advice}."
)
ADVICE = "; seed what is random, with cornu.utils.set_random_seed(...), alike in all"
LATE = (
    "Process {own} has waited {seconds:.0f} s for {who} to come to {what}. It may be slower, have "
    "stopped, or be at another place of its program. To wait longer: initialize(timeout=...), or the "
    "environment variable CORNU_DISTRIBUTION_TIMEOUT, in seconds."
)
GONE = "Process {who} has {how}, while process {own} is at {what} and waits for it."
LOST = (
    "{who} lost during {what}: training on several processes cannot go on without. The model has the "
    "weights that it had before the steps under way{kept}. Start all processes again: with the callback "
    "BackupAndRestore(folder) training goes on from its last backup."
)
BEFORE = ", where the device has kept them"
NOT_WRITTEN = "Process 0 has not written {what}: {reason}"
# How Gloo, NCCL and the coordination service say that somebody is not there any more.
SIGNS = (
    *("gloo", "connection closed by peer", "connection reset by peer", "nccl", "broken pipe"),
    *("coordination service", "socket closed", "heartbeat", "unhealthy", "preempted"),
)


class ProcessLostError(RuntimeError):
    """Another process of the program is not there any more."""


class Call:
    """A call that waits for other processes."""

    def __init__(self, what: str) -> None:
        self.what = what


class _Talk:
    """How far this process is in what all say: the keys follow from these numbers."""

    def __init__(self) -> None:
        self.leaving = False
        self.call: Call | None = None  # the one under way
        self.agreed = 0  # times that all have agreed
        self.led = 0
        self.written: Counter[str] = Counter()
        self.lost: set[int] = set()  # numbers of the processes that are known to be gone


talk = _Talk()


def agree(what: str, facts: Mapping[str, Any], lists: Mapping[str, Sequence[str]] | None = None) -> None:
    """Waits until all processes have come here, and compares what they come with.

    Args:
        what: the call, in words.
        facts: what has to be the same, by name; compared as text.
        lists: long lists that have to be the same: only the first item that differs is shown.

    Raises:
        RuntimeError: if a process is at another place of its program.
        ValueError: if facts differ: says which, and the value of each process.
        TimeoutError: if a process has not come in time.
        ProcessLostError: if one is gone.
    """
    if in_force.client is None:
        return
    number, talk.agreed = talk.agreed, talk.agreed + 1
    lists = lists or {}
    hashes = {name: short_hash("\n".join(items)) for name, items in lists.items()}
    own: dict[str, Any] = {
        "what": what,
        "facts": {n: str(value) for n, value in {**facts, **hashes}.items()},
    }
    _set(f"agree/{number}/{in_force.process}", json.dumps(own))
    until = time.monotonic() + in_force.timeout
    found = {}
    for process in range(in_force.processes):
        mine = process == in_force.process
        found[process] = (
            own if mine else json.loads(_get(f"agree/{number}/{process}", what, [process], until))
        )
    if number > 1:  # all have read what was said before the last time
        _delete(f"agree/{number - 2}/{in_force.process}")
        _delete(f"lead/{number - 2}/")
    for name, items in lists.items():
        if len({each["facts"].get(name) for each in found.values()}) > 1:
            _show_first(f"agree/{number}/{name}", name, items, found, until)
    _compare(what, found)


def _show_first(key: str, name: str, items: Sequence[str], found: dict[int, Any], until: float) -> None:
    """Puts in the place of the hash of a list its first item that differs."""
    _set(f"{key}/{in_force.process}", json.dumps(list(items)))
    every = [json.loads(_get(f"{key}/{process}", name, [process], until)) for process in found]
    for row in zip_longest(*every, fillvalue="none"):
        if len(set(row)) > 1:
            for process, item in zip(found, row, strict=True):
                found[process]["facts"][name] = item
            return


def _compare(what: str, found: dict[int, Any]) -> None:
    if len({each["what"] for each in found.values()}) > 1:
        places = "; ".join(f"process {n} is at {each['what']}" for n, each in found.items())
        raise RuntimeError(OTHER_PLACE.format(places=places))
    names = list(dict.fromkeys(name for each in found.values() for name in each["facts"]))
    differing, advice = [], ""
    for name in names:
        values = [each["facts"].get(name, "none") for each in found.values()]
        if len(set(values)) > 1:
            shown = ", ".join(f"{value} (process {n})" for n, value in zip(found, values, strict=True))
            differing.append(f"{name}: {shown}")
            advice = ADVICE if "random" in name else advice
    if differing:
        facts = "; ".join(differing)
        raise ValueError(OTHER_FACTS.format(what=what, count=len(found), facts=facts, advice=advice))


def led(value: Any, what: str) -> Any:
    """The value that process 0 has here, for all: numbers, strings, lists, dicts. All must ask."""
    if in_force.client is None:
        return value
    key, talk.led = f"lead/{talk.agreed}/{talk.led}", talk.led + 1
    if in_force.process == 0:
        _set(key, json.dumps(value))
        return value
    return json.loads(_get(key, what, [0], time.monotonic() + in_force.timeout))


class Turn:
    """The writing of a file, of which process 0 tells the others.

    Args:
        path: the file.
    """

    def __init__(self, path: str) -> None:
        self.path, self.first = path, in_force.process == 0
        number, self.told = talk.written[path], ["begun", "written"]
        talk.written[path] += 1
        self.place = f"{number}/{path}"

    def next(self, reason: str = "done") -> None:
        """The next of what is told: that the file could be begun, that it is there. The others wait.

        Raises:
            OSError: where process 0 could not write it.
        """
        key = f"{self.told.pop(0)}/{self.place}"
        if in_force.client is None:
            return
        if self.first:
            _set(key, reason)
            return
        reason = _get(key, f'the writing of "{self.path}"', [0], time.monotonic() + in_force.timeout)
        if reason != "done":
            raise OSError(NOT_WRITTEN.format(what=f'"{self.path}"', reason=reason))


@contextmanager
def writing(path: str) -> Iterator[Turn]:
    """A block in which process 0 writes a file, after it has said that it could begin: `turn.next()`,
    which the others call, too. At the end of theirs these wait until the file is there.

    Raises:
        OSError: where process 0 could not write it, in all.
    """
    turn = Turn(path)
    try:
        yield turn
    except BaseException as error:
        while turn.first and turn.told:
            turn.next(str(error) or type(error).__name__)
        raise
    turn.next()


def ended(failed: bool) -> bool:
    """Tells the others that this process leaves, and waits for them unless it has failed; whether all
    have come."""
    _set(f"ended/{in_force.process}", "stopped with an error" if failed else "ended its program")
    until = time.monotonic() + in_force.timeout
    others = [process for process in range(in_force.processes) if process != in_force.process]
    return not failed and all(_wait(f"ended/{n}", lambda: None, until, n) for n in others)


def who_ended() -> set[int]:
    """The other processes that have said that they leave."""
    others = set(range(in_force.processes)) - {in_force.process}
    return {process for process in others if _try(f"ended/{process}") is not None}


def short_hash(text: str) -> str:
    """Twelve digits that tell texts apart."""
    return hashlib.sha256(text.encode()).hexdigest()[:12]


def _set(key: str, text: str) -> None:
    with suppress_loss(key):
        in_force.client.key_value_set(f"cornu/{key}", text, allow_overwrite=True)


def _delete(key: str) -> None:
    with suppress(Exception):
        in_force.client.key_value_delete(f"cornu/{key}")


def _try(key: str) -> str | None:
    """What stands there now, if something does."""
    try:
        return str(in_force.client.key_value_try_get(f"cornu/{key}"))
    except Exception as error:
        if "NOT_FOUND" in str(error):
            return None
        raise


def _get(key: str, what: str, who: list[int], until: float) -> str:
    """What another process has said or will say."""
    began = time.monotonic()

    def look() -> None:
        for process in who:
            if process in talk.lost:
                raise lost_during(what)
            how = _try(f"ended/{process}")
            if how is not None and _try(key) is None:
                raise ProcessLostError(
                    GONE.format(who=process, how=how, own=in_force.process, what=what)
                )

    with suppress_loss(what):
        found = _wait(key, look, until, who[0])
    if found is None:
        waited, names = time.monotonic() - began, ", ".join(f"process {each}" for each in who)
        raise TimeoutError(LATE.format(own=in_force.process, seconds=waited, who=names, what=what))
    return found


def _wait(key: str, look: Callable[[], None], until: float, process: int) -> str | None:
    """Waits for what is said under this key, looking up now and then."""
    while (left := until - time.monotonic()) > 0:
        try:
            slice_ = int(1000 * min(left, SLICE)) + 1
            return str(in_force.client.blocking_key_value_get(f"cornu/{key}", slice_))
        except Exception as error:
            if "DEADLINE_EXCEEDED" not in str(error):
                raise
        look()
        if process in talk.lost:
            return None
    return None


# ------------------------------------------------------------------------------------- losing one


def is_loss(error: BaseException) -> bool:
    """Whether this error says that another process is gone."""
    if in_force.processes == 1 or isinstance(error, (ProcessLostError, TimeoutError)):
        return isinstance(error, ProcessLostError)
    text = str(error).lower()
    ours = type(error).__name__ in ("XlaRuntimeError", "JaxRuntimeError", "ValueError", "RuntimeError")
    return ours and any(sign in text for sign in SIGNS)


@contextmanager
def together(what: str) -> Iterator[None]:
    """A block in which all processes compute together: errors of the engine about a lost one become
    ours, and who hangs in it then is ended."""
    if in_force.client is None:
        yield
        return
    before, talk.call = talk.call, Call(what)
    try:
        with suppress_loss(what):
            yield
    finally:
        talk.call = before


@contextmanager
def suppress_loss(what: str) -> Iterator[None]:
    """Within the block, errors of the engine about a lost process become ours."""
    try:
        yield
    except (ProcessLostError, TimeoutError):
        raise
    except Exception as error:
        if not is_loss(error):
            raise
        raise lost_during(what) from error


def lost_during(what: str) -> ProcessLostError:
    """The error about a process that is gone, with its number if that becomes known soon."""
    until = time.monotonic() + in_force.patience
    while not talk.lost and time.monotonic() < until:
        time.sleep(0.1)
    numbers = ", ".join(map(str, sorted(talk.lost)))
    who = f"Process {numbers} was" if len(talk.lost) == 1 else f"Processes {numbers} were"
    return ProcessLostError(
        LOST.format(who=who if talk.lost else "Another process was", what=what, kept=BEFORE)
    )
