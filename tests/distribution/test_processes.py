"""Several processes of one program, real ones, on this machine."""

import os
import signal
import socket
import subprocess
import sys
import time
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from cornu.core.in_force import in_force
from cornu.distribution import initialize, processes
from tests.distribution import networks
from tests.distribution.peers import trainings

ROOT = Path(__file__).parents[2]
WORKER = "tests.distribution.peers.worker"


def free_port() -> int:
    with socket.create_server(("127.0.0.1", 0)) as found:
        return int(found.getsockname()[1])


def start(task: str, folder: Path, count: int = 2, **more: Any) -> list[Any]:
    """So many processes that do the task."""
    address = f"127.0.0.1:{free_port()}"
    paths = {"PYTHONPATH": os.pathsep.join([str(ROOT / "src"), str(ROOT)])}
    begun = []
    for process in range(count):
        numbers = dict(zip(processes.NAMES.values(), (address, count, process), strict=True))
        env = {**os.environ, **paths, **{k: str(v) for k, v in {**numbers, **more}.items()}}
        command = [sys.executable, "-m", WORKER, task, str(folder)]
        pipe: Any = subprocess.PIPE
        begun.append(subprocess.Popen(command, env=env, cwd=ROOT, stdout=pipe, stderr=pipe, text=True))
    return begun


def ends(begun: list[Any], seconds: float = 200) -> list[tuple[int, str, str]]:
    """Status, stdout and stderr of each."""
    found = []
    try:
        for each in begun:
            out, err = each.communicate(timeout=seconds)
            found.append((each.returncode, out, err))
    finally:
        for each in begun:
            each.kill()
    return found


def all_well(begun: list[Any]) -> list[tuple[int, str, str]]:
    found = ends(begun)
    assert [status for status, _, _ in found] == [0] * len(found), found
    return found


ALL = (*trainings.TOGETHER, *trainings.EACH_ITS_OWN)


def check_equal(folder: Path, count: int, trains: Any = ALL, before: str = "") -> None:
    """What the processes have learnt is what one learns."""
    for train in trains:
        compare(train(folder), folder, f"{before}{train.__name__}", count)


def compare(wanted: dict[str, Any], folder: Path, title: str, count: int) -> None:
    per_process = [np.load(folder / f"{title}-{n}.npz") for n in range(count)]
    for name, value in wanted.items():
        found = per_process[0][name]
        error = np.linalg.norm(found - value) / max(1, np.linalg.norm(value))
        assert error < 1e-6, f"{title}: {name}"
        for other in per_process[1:]:
            np.testing.assert_array_equal(other[name], found, err_msg=f"{title}: {name}")


SAID = {
    "rows": "ValueError: fit needs the same from all 2 processes, but these differ: rows: 77 (process "
    "0), 76 (process 1). Let all of them run the same script on the same data.",
    "epochs": "but these differ: epochs: 1 (process 0), 2 (process 1).",
    "place": "RuntimeError: The processes are at different places of their programs: process 0 is at "
    "fit; process 1 is at evaluate. All of them must make the same calls in the same order",
    "seed": "seed what is random, with cornu.utils.set_random_seed(...), alike in all.",
    "other model": "these differ: variables: net/out/kernel (8, 4) float32 (process 0), "
    "net/out/kernel (8, 5) float32 (process 1). Let all of them",
    "short": "gives a batch of 5 rows after one of 8. With auto_shard_dataset=False all processes must "
    "give batches of one size: leave the last, short one out (drop_remainder=True)",
    "own rows": "ValueError: fit: with auto_shard_dataset=False each of 2 processes gives its own rows, "
    "here 20, of which batches of batch_size=16 in all must take an equal number each time.",
    "disk": '"{folder}/missing/model.keras"',
}


@pytest.mark.timeout(280)
def test_two_processes_learn_what_one_learns_and_say_what_differs(tmp_path: Path) -> None:
    first, second = all_well(start("equal+saved+bad", tmp_path))
    check_equal(tmp_path, 2)
    assert first[1].count("Epoch 1/2") == 1
    assert "Epoch" not in second[1]
    rows = (tmp_path / "log.csv").read_text().splitlines()
    assert [row.partition(",")[0] for row in rows] == ["epoch", "0", "1"]
    assert sorted(path.name for path in tmp_path.glob("*.h5")) == ["1.weights.h5", "2.weights.h5"]
    assert not list(tmp_path.glob(".*"))
    for name, words in SAID.items():
        for process in range(2):
            text = (tmp_path / f"{name}-{process}.txt").read_text()
            assert words.format(folder=tmp_path) in text, (name, process)
    for process in range(2):
        text = (tmp_path / f"twice-{process}.txt").read_text()
        assert f"initialize: this process is number {process} of 2 already. Call it once" in text


@pytest.mark.wide
@pytest.mark.timeout(600)
def test_four_processes_learn_what_one_learns(tmp_path: Path) -> None:
    all_well(start("equal+saved", tmp_path, count=4))
    check_equal(tmp_path, 4)


@pytest.mark.wide
@pytest.mark.timeout(600)
@pytest.mark.parametrize("count", [2, 4])
def test_processes_learn_with_weights_that_none_has_as_a_whole(count: int, tmp_path: Path) -> None:
    all_well(start("split", tmp_path, count=count))
    for kind in ("fully-", "columns-"):
        check_equal(tmp_path, count, trainings.SPLIT, kind)


@pytest.mark.wide
@pytest.mark.timeout(600)
@pytest.mark.parametrize("count", [2, 4])
def test_processes_learn_what_one_learns_with_networks_of_all_kinds(count: int, tmp_path: Path) -> None:
    all_well(start("several", tmp_path, count=count))
    for name in networks.MODELS:
        wanted = trainings.of_network(name)
        for kind in ("data", "fully"):
            compare(wanted, tmp_path, f"{kind}-{name}", count)


@pytest.mark.wide
@pytest.mark.timeout(900)
@pytest.mark.parametrize("split", [False, True], ids=["whole", "split"])
@pytest.mark.parametrize("killed", [0, 1])
def test_who_is_left_stops_with_a_message_and_a_restart_ends_with_the_same_weights(
    killed: int, split: bool, tmp_path: Path
) -> None:
    how = {"SPLIT": 1} if split else {}
    whole, broken = tmp_path / "whole", tmp_path / "broken"
    whole.mkdir()
    broken.mkdir()
    all_well(start("backup", whole, **how))
    begun = start("backup", broken, KILLED=killed, **how)
    begun[killed].wait(timeout=120)
    died = time.monotonic()
    found = ends(begun)
    assert time.monotonic() - died < 60
    assert found[killed][0] == -signal.SIGKILL
    assert found[1 - killed][0] == 1
    text = (broken / f"lost-{1 - killed}.txt").read_text()
    assert f"ProcessLostError: Process {killed} was lost during training" in text
    assert "with the callback BackupAndRestore(folder) training goes on from its last backup" in text
    all_well(start("backup", broken, **how))
    for process in range(2):
        wanted = np.load(whole / f"weights-{process}.npz")
        again = np.load(broken / f"weights-{process}.npz")
        for name in wanted:
            np.testing.assert_array_equal(again[name], wanted[name])


@pytest.mark.wide
@pytest.mark.timeout(300)
def test_who_waits_for_one_that_stands_still_is_ended(tmp_path: Path) -> None:
    begun = start("backup", tmp_path, KILLED=1, SIGNAL=int(signal.SIGSTOP))
    status, _, err = ends(begun[:1], 150)[0]
    begun[1].kill()
    begun[1].communicate()
    assert status == 1
    assert "Process 1 was lost during training" in err


@pytest.mark.wide
@pytest.mark.timeout(300)
def test_data_of_different_lengths_end_with_a_message(tmp_path: Path) -> None:
    found = ends(start("uneven", tmp_path, CORNU_DISTRIBUTION_TIMEOUT=20))
    said = "".join(err for _, _, err in found)
    assert [status for status, _, _ in found] == [1, 1]
    assert "The processes do not get the same batches" in said


# --------------------------------------------------------------------------------- in this process

BAD = {
    "unknown": ({}, ValueError, "job_addresses and num_processes and process_id are not known. No clus"),
    "one": ({"num_processes": 2, "process_id": 1}, ValueError, "job_addresses is not known. No cluster"),
    "too high": (
        {"job_addresses": "h:1", "num_processes": 2, "process_id": 2},
        ValueError,
        "process_id=2 must be one of 0 to 1, as num_processes=2",
    ),
    "no number": (
        {"job_addresses": "h:1", "num_processes": "two", "process_id": 0},
        ValueError,
        "num_processes must be a whole number, got 'two'",
    ),
    "addresses": (
        {"job_addresses": "a:1,b:1,c:1", "num_processes": 2, "process_id": 0},
        ValueError,
        r"job_addresses has 3 addresses \(a:1,b:1,c:1\), but num_processes=2",
    ),
    "port": (
        {"job_addresses": "host", "num_processes": 2, "process_id": 0},
        ValueError,
        'job_addresses must begin with "host:port" of process 0, got',
    ),
    "timeout": ({"timeout": -1}, ValueError, "timeout must be a number of seconds above 0, got -1"),
    "late": (
        {"job_addresses": "127.0.0.1:1", "num_processes": 2, "process_id": 1},
        RuntimeError,
        "JAX has computed something already, so its devices are chosen",
    ),
}


def test_an_older_jax_is_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(processes, "RECOVERS", "jax_no_such_option")
    monkeypatch.setattr(processes.xla_bridge, "backends_are_initialized", lambda: False)
    with pytest.raises(RuntimeError, match="several processes need a newer JAX than"):
        initialize("127.0.0.1:1", 2, 1)


@pytest.mark.parametrize("name", BAD)
def test_what_cannot_be_initialized_is_said(name: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(in_force, "timeout", in_force.timeout)
    monkeypatch.setattr(processes.xla_bridge, "backends_are_initialized", lambda: True)
    arguments, kind, words = BAD[name]
    with pytest.raises(kind, match=words):
        initialize(**arguments)
    assert in_force.processes == 1
