"""The coordination service of JAX in a process of its own, which outlives process 0 for a while.

JAX has it in process 0, and its clients abort as soon as it is gone; so when process 0 was lost, the
others would end without being able to say why.
"""

from __future__ import annotations

import json
import os
import subprocess
import sys
import time
from contextlib import suppress
from importlib import import_module
from typing import Any

GRACE = 60.0  # seconds that it lives on after process 0 was lost
SOON = 5.0  # where `cornu launch` ends the others
FAILED = "initialize: the coordination service did not start at {address}: {reason}"


def library() -> Any:
    """The part of jaxlib that has it, by its name in this version."""
    try:
        return import_module("jaxlib._jax")
    except ImportError:
        return import_module("jaxlib.xla_extension")


class Coordinator:
    """Stands for the service, where JAX expects it."""

    needed = True  # by other processes that have not left

    def __init__(self, address: str, *arguments: Any, **options: Any) -> None:
        words = json.dumps([[address, *arguments], options])
        command = [sys.executable, "-P", os.path.abspath(__file__), words]
        pipe: Any = subprocess.PIPE
        self.process = subprocess.Popen(
            command, stdin=pipe, stdout=pipe, stderr=pipe, text=True, start_new_session=True
        )
        assert self.process.stdout is not None
        assert self.process.stderr is not None
        if self.process.stdout.readline() != "up\n":
            reason = self.process.stderr.read().strip()[-500:]
            raise ConnectionError(FAILED.format(address=address, reason=reason))
        self.process.stderr.close()

    def shutdown(self) -> None:
        """Ends it, at once or, if others have not left yet, after a while."""
        pipe = self.process.stdin
        with suppress(OSError):
            if pipe is not None:
                pipe.write("" if self.needed else "end\n")
                pipe.close()
        if not self.needed:
            self.process.wait()
        self.process.returncode = 0  # nobody waits for it


def main() -> None:
    """Serves until process 0 says that all is done, or is gone."""
    arguments, options = json.loads(sys.argv[1])
    service = library().get_distributed_runtime_service(*arguments, **options)
    nothing = os.open(os.devnull, os.O_WRONLY)
    os.write(1, b"up\n")
    os.dup2(nothing, 2)
    if not sys.stdin.readline():
        time.sleep(SOON if os.environ.get("CORNU_LAUNCHED") else GRACE)
    service.shutdown()
    os._exit(0)


if __name__ == "__main__":
    main()
