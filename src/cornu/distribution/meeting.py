"""Meeting: all processes of a program come together before JAX connects them.

JAX's own client aborts the process when the service cannot be reached; here that is an error, which
says what was waited for and how long.
"""

from __future__ import annotations

import json
import socket
import time
from contextlib import ExitStack, suppress
from typing import Any

PAUSE = 0.1  # seconds between two attempts
LINE = 1 << 12  # bytes that a word may have
HELLO = "cornu"

UNREACHABLE = (
    "initialize: process {process} could not reach process 0 at {address} within {seconds:.0f} s "
    "({reason}). Is it running, is the address right, and the port open? To wait longer: "
    "initialize(timeout=...), or the environment variable CORNU_DISTRIBUTION_TIMEOUT, in seconds."
)
MISSING = (
    "initialize: process 0 has waited {seconds:.0f} s at {address} for process {missing} of "
    "{processes}. Are they running, with the same job_addresses? To wait longer: "
    "initialize(timeout=...), or the environment variable CORNU_DISTRIBUTION_TIMEOUT, in seconds."
)
TAKEN = (
    "initialize: process 0 cannot listen at {address}: {reason}. Choose another port, or the address "
    "of this host."
)
SAME = "initialize: two processes say that they are process {process}; give each its own process_id."
OTHER_COUNT = (
    "initialize: process {process} was told that there are {theirs} processes, process 0 that there "
    "are {processes}. Give all the same num_processes."
)


def meet(address: str, processes: int, process: int, timeout: float) -> None:
    """Waits until all processes are there.

    Raises:
        ConnectionError: if process 0 cannot be reached, or others do not come, within the time.
        ValueError: if their numbers do not go together.
    """
    host, _, port = address.rpartition(":")
    place = host.strip("[]"), int(port)
    if process == 0:
        _receive(address, place, processes, timeout)
    else:
        _come(address, place, {"hello": HELLO, "process": process, "processes": processes}, timeout)


def _receive(address: str, place: tuple[str, int], processes: int, timeout: float) -> None:
    until = time.monotonic() + timeout
    with ExitStack() as stack:
        listener = stack.enter_context(_listening(address, place))
        there: set[int] = set()
        connections = []
        problem: Exception | None = None
        while len(there) < processes - 1 and problem is None:
            left = until - time.monotonic()
            listener.settimeout(max(left, 1e-3))
            try:
                connection, _ = listener.accept()
            except TimeoutError:
                missing = ", ".join(str(n) for n in range(1, processes) if n not in there)
                about = {"seconds": timeout, "address": address, "processes": processes}
                problem = ConnectionError(MISSING.format(missing=missing, **about))
                break
            stack.enter_context(connection)
            word = _word(connection, min(5.0, max(left, 1e-3)))
            if word.get("hello") != HELLO:
                continue  # somebody else who knocks at this port
            connections.append(connection)
            wrong = _problem(word, processes, there)
            problem = None if wrong is None else ValueError(wrong)
            there.add(word["process"])
        for connection in connections:
            _answer(connection, None if problem is None else str(problem))
    if problem is not None:
        raise problem


def _listening(address: str, place: tuple[str, int]) -> socket.socket:
    host, port = place
    loopback = host in ("localhost", "127.0.0.1")
    both = not loopback and socket.has_dualstack_ipv6()
    family = socket.AF_INET6 if both else socket.AF_INET
    try:
        where = ("127.0.0.1" if loopback else "", port)
        return socket.create_server(where, family=family, dualstack_ipv6=both)
    except OSError as error:
        reason = error.strerror or str(error)
        raise ConnectionError(TAKEN.format(address=address, reason=reason)) from None


def _problem(word: dict[str, Any], processes: int, there: set[int]) -> str | None:
    process, theirs = word.get("process"), word.get("processes")
    if theirs != processes:
        return OTHER_COUNT.format(process=process, theirs=theirs, processes=processes)
    return SAME.format(process=process) if process in there else None


def _word(connection: socket.socket, seconds: float) -> dict[str, Any]:
    """What one has to say, or nothing."""
    connection.settimeout(seconds)
    text = b""
    with suppress(OSError, ValueError):
        while not text.endswith(b"\n") and len(text) < LINE and (more := connection.recv(LINE)):
            text += more
        found = json.loads(text)
        return found if isinstance(found, dict) else {}
    return {}


def _answer(connection: socket.socket, problem: str | None) -> None:
    """Says that all are there, or what is wrong; who came leaves first, which frees the port."""
    with suppress(OSError):
        connection.sendall(json.dumps({"hello": HELLO, "problem": problem}).encode() + b"\n")
        connection.settimeout(5.0)
        connection.recv(1)


def _come(address: str, place: tuple[str, int], hello: dict[str, Any], timeout: float) -> None:
    until = time.monotonic() + timeout
    reason = "no answer"
    while (left := until - time.monotonic()) > 0:
        try:
            with socket.create_connection(place, timeout=left) as connection:
                connection.sendall(json.dumps(hello).encode() + b"\n")
                answer = _word(connection, max(until - time.monotonic(), 1e-3))
        except OSError as error:
            reason = error.strerror or str(error)
            time.sleep(min(PAUSE, left))
            continue
        if answer.get("hello") == HELLO:
            if answer["problem"] is not None:
                raise ValueError(answer["problem"])
            return
        reason = "what answers there is not process 0 of this program"
        time.sleep(min(PAUSE, left))
    raise ConnectionError(
        UNREACHABLE.format(process=hello["process"], address=address, seconds=timeout, reason=reason)
    )
