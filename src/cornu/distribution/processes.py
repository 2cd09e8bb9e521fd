"""Processes: how those of one program find each other, and what becomes of them when one is lost."""

from __future__ import annotations

import atexit
import os
import sys
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from typing import Any, NamedTuple

import jax
import numpy as np
from jax._src import xla_bridge

from cornu.core import peers
from cornu.core.errors import describe
from cornu.core.in_force import in_force
from cornu.distribution.coordinator import Coordinator, library
from cornu.distribution.meeting import meet
from cornu.random import generator_states, set_generator_states

HEARTBEAT = 20  # seconds of silence after which a process is taken to be gone
STUCK = 15.0  # seconds that one which waits for it is given to notice
LOOK = 2.0  # seconds between two looks at who is there
RECOVERS = "jax_enable_recoverability"  # an option of JAX
NAMES = {
    "job_addresses": "KERAS_DISTRIBUTION_JOB_ADDRESSES",
    "num_processes": "KERAS_DISTRIBUTION_NUM_PROCESSES",
    "process_id": "KERAS_DISTRIBUTION_PROCESS_ID",
}
TIMEOUT = "CORNU_DISTRIBUTION_TIMEOUT"
LAUNCHED = "CORNU_LAUNCHED"  # set by `cornu launch`: such a process has initialized before the script

TWICE = (
    "initialize: this process is number {process} of {processes} already. Call it once, before all else."
)
TOO_LATE = (
    "initialize: JAX has computed something already, so its devices are chosen. Call "
    "cornu.distribution.initialize() first in the script, before models are made or arrays touched."
)
TOO_OLD = (
    "initialize: several processes need a newer JAX than {version}, whose processes may wait for each "
    "other for ever where one is lost. Install 0.10 or later: pip install --upgrade jax"
)
UNKNOWN = (
    "initialize: {missing} not known. No cluster was recognised (SLURM, Open MPI, Kubernetes, TPU pod), "
    "so give them, or set {variables}. On one machine: cornu launch --processes 2 script.py"
)
NO_NUMBER = "initialize: {name} must be a whole number, got {given}{where}."
NUMBERS = (
    "initialize: process_id={process_id} must be one of 0 to {last}, as num_processes={num_processes}."
)
ADDRESSES = (
    "initialize: job_addresses has {found} addresses ({addresses}), but num_processes={wanted}. Give "
    "one for each process, or that of process 0 alone."
)
ADDRESS = 'initialize: job_addresses must begin with "host:port" of process 0, got {given}.'
NO_TIMEOUT = "initialize: timeout must be a number of seconds above 0, got {given}."


class Where(NamedTuple):
    """Which of how many processes this is, and where process 0 can be reached."""

    address: str
    processes: int
    process: int
    devices: Any = None  # numbers of the devices of this process, where a cluster gives each its own


def initialize(
    job_addresses: str | None = None,
    num_processes: int | None = None,
    process_id: int | None = None,
    timeout: float | None = None,
) -> None:
    """Makes this process one of several that run the same program, on one host or on many.

    It comes first in the script. What is not given is taken from the environment
    (KERAS_DISTRIBUTION_JOB_ADDRESSES, KERAS_DISTRIBUTION_NUM_PROCESSES, KERAS_DISTRIBUTION_PROCESS_ID),
    or else from the cluster that JAX recognises: SLURM, Open MPI, Kubernetes, TPU pods. Afterwards
    `list_devices` gives the devices of all processes, and all draw the random numbers that process 0
    draws. In a script started by `cornu launch` it has been called already, and nothing happens.

    Args:
        job_addresses: "host:port" of process 0, or of all processes with commas between.
        num_processes: how many there are.
        process_id: which of them this is, from 0.
        timeout: seconds that processes wait for each other, here and later. Default: 300, or the
            environment variable CORNU_DISTRIBUTION_TIMEOUT.

    Raises:
        ValueError: if the numbers are not known, or do not go together.
        RuntimeError: if it is called twice, or after JAX has computed something.
        ConnectionError: if process 0 cannot be reached, or others do not come, within the time.

    Example:
        >>> import cornu
        >>> cornu.distribution.initialize("10.0.0.1:1234", num_processes=2, process_id=2)
        Traceback (most recent call last):
        ValueError: initialize: process_id=2 must be one of 0 to 1, as num_processes=2.
    """
    if in_force.client is not None:
        if os.environ.get(LAUNCHED):
            return None
        raise RuntimeError(TWICE.format(process=in_force.process, processes=in_force.processes))
    in_force.timeout = _seconds(timeout)
    if jax.distributed.is_initialized():  # by the user, with JAX's own words
        return _join()
    where = _where(job_addresses, num_processes, process_id)
    if xla_bridge.backends_are_initialized():
        raise RuntimeError(TOO_LATE)
    if where.processes == 1:
        return None
    if not hasattr(jax.config, RECOVERS):
        raise RuntimeError(TOO_OLD.format(version=jax.__version__))
    meet(where.address, where.processes, where.process, in_force.timeout)
    _start(where)
    _join()
    return None


def _seconds(timeout: float | None) -> float:
    given: Any = os.environ.get(TIMEOUT, 300) if timeout is None else timeout
    try:
        seconds = float(given)
    except (TypeError, ValueError):
        seconds = 0.0
    if not 0 < seconds < float("inf"):
        raise ValueError(NO_TIMEOUT.format(given=describe(given)))
    return seconds


def _where(job_addresses: Any, num_processes: Any, process_id: Any) -> Where:
    """The numbers that were given, or are found."""
    addresses = job_addresses or os.environ.get(NAMES["job_addresses"])
    count = _whole("num_processes", num_processes)
    number = _whole("process_id", process_id)
    if addresses is not None and not isinstance(addresses, str):
        raise ValueError(ADDRESS.format(given=describe(addresses)))
    every = [each.strip() for each in addresses.split(",")] if addresses else []
    if len(every) > 1 and count not in (None, len(every)):
        raise ValueError(ADDRESSES.format(found=len(every), addresses=addresses, wanted=count))
    address = every[0] if every else None
    devices = None
    if None in (address, count, number):
        address, count, number, devices = _detected(address, count, number)
    found = {"job_addresses": address, "num_processes": count, "process_id": number}
    missing = [name for name, value in found.items() if value is None]
    if missing:
        variables = ", ".join(NAMES[name] for name in missing)
        names = " and ".join(missing) + (" are" if len(missing) > 1 else " is")
        raise ValueError(UNKNOWN.format(missing=names, variables=variables))
    assert address is not None
    assert count is not None
    assert number is not None
    if not 0 <= number < count:
        raise ValueError(NUMBERS.format(process_id=number, num_processes=count, last=max(count - 1, 0)))
    host, _, port = address.rpartition(":")
    if not host or not port.isdecimal() or not 0 < int(port) < 65536:
        raise ValueError(ADDRESS.format(given=describe(address)))
    return Where(address, count, number, devices)


def _whole(name: str, given: Any) -> int | None:
    """A number that was given, or stands in the environment."""
    where = ""
    if given is None:
        given = os.environ.get(NAMES[name])
        where = f" from {NAMES[name]}"
        if given is None:
            return None
        given = int(given) if given.strip().isdecimal() else given
    if isinstance(given, bool) or not hasattr(given, "__index__"):
        raise ValueError(NO_NUMBER.format(name=name, given=describe(given), where=where))
    return int(given)


def _detected(address: str | None, count: int | None, number: int | None) -> tuple[Any, ...]:
    """What JAX knows of the cluster that this process runs in."""
    from jax._src import clusters

    detect = clusters.ClusterEnv.auto_detect_unset_distributed_params
    return tuple(detect(address, count, number, None, None, int(in_force.timeout)))


def _start(where: Where) -> None:
    """Has JAX connect the processes."""
    jax.config.update("jax_cpu_collectives_implementation", "gloo")
    # A lost process ends JAX's own client, and with it all others without a word, unless that is told
    # to go on; and its notice of SIGTERM would keep a process from being ended.
    jax.config.update(RECOVERS, True)
    with suppress(AttributeError):
        jax.config.update("jax_enable_preemption_service", False)
    options: dict[str, Any] = {"heartbeat_timeout_seconds": HEARTBEAT}
    options["initialization_timeout"] = max(int(in_force.timeout), 1)
    if where.devices is not None:
        options["local_device_ids"] = where.devices
    host = where.address.rpartition(":")[0]
    if host in ("localhost", "127.0.0.1"):
        options["coordinator_bind_address"] = where.address
    with _beside_us():
        jax.distributed.initialize(where.address, where.processes, where.process, **options)


@contextmanager
def _beside_us() -> Iterator[None]:
    """Within the block JAX starts the coordination service in a process of its own: then the others
    live on to say what happened when process 0 is lost."""
    module = library()
    own = module.get_distributed_runtime_service
    module.get_distributed_runtime_service = Coordinator
    try:
        yield
    finally:
        module.get_distributed_runtime_service = own


def _join() -> None:
    """Takes over the connection that JAX has made."""
    from jax._src import distributed

    state = distributed.global_state
    if state.num_processes == 1:
        return
    in_force.process, in_force.processes = state.process_id, state.num_processes
    in_force.client = state.client
    atexit.register(_leave)
    shown = sys.excepthook

    def failed(*error: Any) -> None:
        shown(*error)
        _leave(failed=True)
        if peers.talk.lost or isinstance(error[1], peers.ProcessLostError):
            # Threads of libraries, such as those that write checkpoints, may wait for the lost one.
            sys.stdout.flush()
            sys.stderr.flush()
            os._exit(1)

    sys.excepthook = failed
    threading.Thread(target=_watch, args=(state.client,), name="cornu-peers", daemon=True).start()
    _share_generators()
    _connect()


def _share_generators() -> None:
    """Has all processes draw the random numbers that process 0 draws."""
    states = generator_states()
    kind, words, *rest = states["numpy"]
    unseeded = states["unseeded"]
    plain = peers.led(
        {
            "python": states["python"],
            "numpy": [kind, np.asarray(words).tolist(), *rest],
            "unseeded": None if unseeded is None else np.asarray(unseeded).tolist(),
        },
        "initialize",
    )
    if in_force.process == 0:
        return
    version, inner, gauss = plain["python"]
    kind, words, *rest = plain["numpy"]
    unseeded = plain["unseeded"]
    set_generator_states(
        {
            "python": (version, tuple(inner), gauss),
            "numpy": (kind, np.array(words, np.uint32), *rest),
            "unseeded": None if unseeded is None else np.array(unseeded, np.uint32),
        }
    )


def _connect() -> None:
    """Sums a number over all devices, so that what cannot be reached shows now; without what Gloo has
    to say of it."""
    devices = np.array(jax.devices())
    mesh = jax.sharding.Mesh(devices, ("all",))
    split = jax.sharding.NamedSharding(mesh, jax.sharding.PartitionSpec("all"))
    whole = jax.sharding.NamedSharding(mesh, jax.sharding.PartitionSpec())
    numbers = jax.make_array_from_callback(
        devices.shape, split, lambda part: np.ones(len(devices))[part]
    )
    peers.agree("initialize", {"devices": len(devices)})
    with _silent():
        jax.block_until_ready(jax.jit(lambda n: n.sum(), out_shardings=whole)(numbers))


@contextmanager
def _silent() -> Iterator[None]:
    """Within the block nothing that libraries write reaches the screen."""
    sys.stdout.flush()
    held, nothing = os.dup(1), os.open(os.devnull, os.O_WRONLY)
    try:
        os.dup2(nothing, 1)
        yield
    finally:
        os.dup2(held, 1)
        os.close(held)
        os.close(nothing)


def _leave(failed: bool = False) -> None:
    """Tells the others that this process ends, and, if all is well, waits for them."""
    if peers.talk.leaving:
        return
    peers.talk.leaving = True
    with suppress(Exception):
        Coordinator.needed = not peers.ended(failed or bool(peers.talk.lost))
        if Coordinator.needed:
            return
        if in_force.process:
            jax.distributed.shutdown()
        else:  # the service is to outlive the others' connections to it
            last = threading.Thread(target=_until_alone, args=(in_force.client,), daemon=True)
            last.start()
            last.join(STUCK)


def _until_alone(client: Any) -> None:
    """Waits until no other process is connected any more."""
    with suppress(Exception):
        while len(client.get_live_nodes(list(range(in_force.processes)))) > 1:
            time.sleep(0.05)


def _watch(client: Any) -> None:
    """Looks who is there; ends this process if it hangs in a call that waits for one who is not."""
    everyone = set(range(in_force.processes))
    while not peers.talk.leaving:
        before = peers.talk.call
        time.sleep(STUCK if peers.talk.lost else LOOK)
        stuck = before is not None and peers.talk.call is before
        if before is not None and stuck and peers.talk.lost:
            sys.stderr.write(f"\n{peers.lost_during(before.what)}\n")
            sys.stderr.flush()
            os._exit(1)
        if not peers.talk.lost:
            try:
                found = everyone - set(client.get_live_nodes(sorted(everyone)))
                found |= peers.who_ended() if stuck else set()
            except Exception:  # the service is gone, or shuts down
                return
            if not peers.talk.leaving:
                peers.talk.lost |= found
