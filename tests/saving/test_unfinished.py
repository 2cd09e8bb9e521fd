"""What a killed process left beside a model is deleted by the next save; what is being written stays."""

import os
import signal
import subprocess
import sys
from pathlib import Path

import pytest

import cornu
from cornu.core import atomic
from cornu.core.atomic import clear_unfinished, whole, whole_folder

LINUX = sys.platform == "linux"
# Begins to write what is named, says so, and waits within the write.
WRITER = """
import sys
from pathlib import Path
from cornu.core.atomic import whole, whole_folder
one, two, three = whole(Path("a.keras")), whole(Path("a_00001.weights.h5")), whole_folder(Path("a"), ())
with one as file, two, three as new:
    file.write(b"half")
    (new / "config.json").write_text("half")
    print("begun", flush=True)
    sys.stdin.read()
"""
ENDINGS = {"a.keras": "keras", "a_00001.weights.h5": "shard", "a": "folder"}


@pytest.fixture
def writer(tmp_path):
    """A process in the middle of three writes."""
    source = Path(cornu.__file__).parents[1]
    child = subprocess.Popen(
        [sys.executable, "-c", WRITER],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        cwd=tmp_path,
        env={**os.environ, "PYTHONPATH": str(source)},
    )
    with child:
        assert child.stdout.readline() == b"begun\n"
        yield child
        child.kill()


def unfinished(folder):
    """Which of the three are there unfinished."""
    return sorted(
        ENDINGS[path.name[1:].removesuffix(".tmp").rpartition(".")[0]] for path in folder.glob(".*.tmp")
    )


def make():
    cornu.utils.clear_session(free_memory=False)
    return cornu.Sequential([cornu.Input((2,)), cornu.layers.Dense(1)])


@pytest.mark.skipif(not LINUX, reason="kills a process by a signal")
def test_the_next_save_of_a_name_deletes_what_a_killed_one_left(tmp_path, writer):
    model = make()
    # As long as the other process lives, its files are its own, and both can write.
    model.save(tmp_path / "a.keras")
    model.save(tmp_path / "a", zipped=False)
    model.save_weights(tmp_path / "a.weights.json", max_shard_size=1)
    assert unfinished(tmp_path) == ["folder", "keras", "shard"]
    os.kill(writer.pid, signal.SIGKILL)
    writer.wait()
    assert unfinished(tmp_path) == ["folder", "keras", "shard"]
    model.save(tmp_path / "b.keras")  # of another name
    assert unfinished(tmp_path) == ["folder", "keras", "shard"]
    model.save(tmp_path / "a.keras")
    assert unfinished(tmp_path) == ["folder", "shard"]
    model.save(tmp_path / "a", zipped=False)
    assert unfinished(tmp_path) == ["shard"]
    model.save_weights(tmp_path / "a.weights.json", max_shard_size=1)
    assert unfinished(tmp_path) == []
    assert cornu.models.load_model(tmp_path / "a.keras").count_params() == 3
    assert cornu.models.load_model(tmp_path / "a").count_params() == 3


def test_a_write_within_a_write_of_the_same_name_leaves_it_alone(tmp_path):
    path = tmp_path / "a"
    with whole(path) as outer:
        outer.write(b"outer")
        with whole(path) as inner:
            inner.write(b"inner")
        assert path.read_bytes() == b"inner"
    assert path.read_bytes() == b"outer"
    with whole_folder(tmp_path / "b", ("x",)) as outer, whole_folder(tmp_path / "b", ("x",)) as inner:
        (inner / "x").touch()
        assert outer.is_dir()
    assert sorted(each.name for each in tmp_path.iterdir()) == ["a", "b"]


def test_names_that_only_look_alike_stay(tmp_path):
    for name in (".a.keras.x1.tmp", ".a.x1.tmp", ".a.txt", ".b.x1.tmp", "a.x1.tmp"):
        (tmp_path / name).touch()
    (tmp_path / "elsewhere").touch()
    (tmp_path / ".a.x2.tmp").symlink_to(tmp_path / "elsewhere")
    clear_unfinished(tmp_path, "a")
    left = {".a.keras.x1.tmp", ".a.txt", ".b.x1.tmp", "a.x1.tmp", "elsewhere", ".a.x2.tmp"}
    assert {each.name for each in tmp_path.iterdir()} == left
    clear_unfinished(tmp_path / "no such folder", "a")


@pytest.mark.skipif(atomic.fcntl is None, reason="locks of other systems")
def test_one_that_is_deleted_before_it_is_locked_is_made_anew(tmp_path, monkeypatch):
    """Another process may look in the moment between."""
    lock, met = atomic.fcntl.flock, []

    def late(handle, how):
        if not met:
            (path,) = tmp_path.glob(".a.*.tmp")
            path.unlink()
            met.append(path)
        lock(handle, how)

    monkeypatch.setattr(atomic.fcntl, "flock", late)
    with whole(tmp_path / "a") as file:
        file.write(b"whole")
    assert met
    assert [each.name for each in tmp_path.iterdir()] == ["a"]
    assert (tmp_path / "a").read_bytes() == b"whole"


@pytest.mark.skipif(atomic.fcntl is None, reason="locks of other systems")
def test_where_there_are_no_locks_nothing_is_deleted(tmp_path, monkeypatch):
    def none(*_):
        raise OSError("no locks")

    monkeypatch.setattr(atomic.fcntl, "flock", none)
    (tmp_path / ".a.x1.tmp").touch()
    with whole(tmp_path / "a") as file:
        file.write(b"whole")
    assert sorted(each.name for each in tmp_path.iterdir()) == [".a.x1.tmp", "a"]
