"""Launching: the processes of one program on one machine, and what becomes of them."""

from __future__ import annotations

import os
import signal
import socket
import subprocess
import sys
import threading
import time
from collections import deque
from collections.abc import Mapping, Sequence
from contextlib import suppress
from typing import Any

from cornu.distribution.processes import LAUNCHED, NAMES

SHOWN = 20  # lines of a process that failed
PATIENCE = 5.0  # seconds that a process is given to end by itself
LOOK = 0.05
FAILED = "cornu launch: process {process} of {processes} {how}; the others are ended."
BEHIND = "cornu launch: the last lines of process {process}:"
INTERRUPTED = 130
KILLED = 128  # and the number of the signal, as a shell has it
LAUNCHER = "CORNU_LAUNCHER"  # the end of a pipe that is read to know whether the launcher lives


class Launched:
    """One of the processes, and the last that it wrote to its stderr."""

    def __init__(
        self, process: int, command: Sequence[str], env: Mapping[str, str], pass_on: Sequence[int]
    ) -> None:
        self.process, self.lines = process, deque[str](maxlen=SHOWN)
        first = process == 0
        self.running = subprocess.Popen(
            command,
            env=env,
            stdin=None if first else subprocess.DEVNULL,
            stdout=None if first else subprocess.DEVNULL,
            stderr=None if first else subprocess.PIPE,
            pass_fds=pass_on,
        )
        self.reader = threading.Thread(target=self._read, daemon=True)
        self.reader.start()

    def _read(self) -> None:
        if self.running.stderr is not None:
            with self.running.stderr as written:
                self.lines.extend(line.decode(errors="replace") for line in written)

    @property
    def status(self) -> int | None:
        return self.running.poll()

    def how(self) -> str:
        """How it ended, in words."""
        status = self.status or 0
        if status >= 0:
            return f"ended with status {status}"
        with suppress(ValueError):
            return f"was ended by {signal.Signals(-status).name}"
        return f"was ended by signal {-status}"

    def show(self) -> None:
        """Shows the last lines that it wrote, unless they went through."""
        self.reader.join(1.0)
        if self.lines:
            sys.stderr.write(BEHIND.format(process=self.process) + "\n")
            sys.stderr.writelines(f"[{self.process}] {line}" for line in self.lines)


def launch(command: Sequence[str], processes: int) -> int:
    """Runs a command as so many processes of one program; gives the exit status.

    Each finds in its environment which it is. What process 0 prints goes through; of the others the
    last lines of stderr are shown if they fail.

    Args:
        command: program and arguments.
        processes: how many.

    Returns:
        0 if all ended well; else the status of the one that failed first, 130 after Ctrl-C.
    """
    address = f"127.0.0.1:{_free_port()}"
    running: list[Launched] = []
    alive, own = os.pipe()  # nobody writes to it: it ends when this process does, however that ends
    try:
        for process in range(processes):
            numbers = {"job_addresses": address, "num_processes": processes, "process_id": process}
            env = {NAMES[name]: str(value) for name, value in numbers.items()}
            env |= {LAUNCHED: "1", LAUNCHER: str(alive)}
            running.append(Launched(process, command, {**os.environ, **env}, [alive]))
        with _ended_by_signals():
            failed = _watch(running)
    except KeyboardInterrupt:
        _end(running)
        sys.stderr.write("Stopped by Ctrl-C.\n")
        return INTERRUPTED
    except BaseException:
        _end(running)
        raise
    finally:
        os.close(alive)
        os.close(own)
    if failed is None:
        return 0
    _end([each for each in running if each is not failed])
    failed.show()
    how = {"process": failed.process, "processes": processes, "how": failed.how()}
    sys.stderr.write(FAILED.format(**how) + "\n")
    status = failed.status or 0
    return status if status > 0 else KILLED - status


def _free_port() -> int:
    with socket.create_server(("127.0.0.1", 0)) as found:
        return int(found.getsockname()[1])


def _watch(running: Sequence[Launched]) -> Launched | None:
    """Waits until all have ended well, or one has not: gives that."""
    while True:
        failed = [each for each in running if each.status]
        if failed:
            # One that was killed is the reason of what others that end at the same time complain of.
            return min(failed, key=lambda each: (each.status or 0) > 0)
        if all(each.status == 0 for each in running):
            return None
        time.sleep(LOOK)


def _end(running: Sequence[Launched]) -> None:
    """Ends those that run: at first with a chance to do so themselves."""
    for each in running:
        if each.status is None:
            with suppress(OSError):
                each.running.terminate()
    until = time.monotonic() + PATIENCE
    for each in running:
        try:
            each.running.wait(max(until - time.monotonic(), 0.01))
        except subprocess.TimeoutExpired:
            each.running.kill()
            each.running.wait()


class _ended_by_signals:
    """Within the block SIGTERM ends the launcher as Ctrl-C does, with its processes."""

    def __enter__(self) -> None:
        self.before: Any = None
        if threading.current_thread() is threading.main_thread():
            self.before = signal.signal(signal.SIGTERM, signal.default_int_handler)

    def __exit__(self, *error: Any) -> None:
        if self.before is not None:
            signal.signal(signal.SIGTERM, self.before)


def _end_with_the_launcher() -> None:
    """Ends this process as soon as the one that launched it is gone."""
    number = os.environ.pop(LAUNCHER, None)
    if number is None:
        return

    def wait() -> None:
        os.read(int(number), 1)
        os.kill(os.getpid(), signal.SIGKILL)

    threading.Thread(target=wait, name="cornu-launcher", daemon=True).start()


def begin() -> None:
    """What a process does before the script: meets the others, and spreads training over all."""
    _end_with_the_launcher()
    from cornu.distribution.processes import initialize
    from cornu.distribution.strategies import DataParallel, set_distribution

    initialize()
    os.environ[LAUNCHED] = "1"  # so that a script may call `initialize` itself
    set_distribution(DataParallel())


__all__ = ["begin", "launch"]
