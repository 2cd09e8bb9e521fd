"""A download of get_file that broke off: what came is kept, and the next call goes on from there."""

import hashlib
from pathlib import Path

import numpy as np
import pytest

from cornu.utils import get_file
from tests.utils.serving import serving

DATA = np.random.default_rng(0).bytes(200_000)
HASH = hashlib.sha256(DATA).hexdigest()
REST = f".data.bin.{HASH[:16]}.rest"


@pytest.fixture
def files():
    with serving() as files:
        files.contents["/data.bin"] = DATA
        yield files


def names(folder):
    return sorted(path.name for path in (folder / "datasets").iterdir())


def get(files, folder, **arguments):
    return Path(get_file(origin=f"{files.address}/data.bin", cache_dir=folder, **arguments))


def break_off(files, folder, after=70_000):
    files.breaks["/data.bin"] = after
    with pytest.raises(
        ValueError, match=r"announced 200000 bytes, but only 70000 came\. What came is kept"
    ):
        get(files, folder, file_hash=HASH)
    assert names(folder) == [REST]
    assert (folder / "datasets" / REST).read_bytes() == DATA[:70_000]


def test_the_next_call_goes_on(files, tmp_path, capsys):
    break_off(files, tmp_path)
    path = get(files, tmp_path, file_hash=HASH)
    assert path.read_bytes() == DATA
    assert names(tmp_path) == ["data.bin"]
    assert files.asked == [("/data.bin", None), ("/data.bin", "bytes=70000-")]
    assert "200000/200000 ━" in capsys.readouterr().out


def test_several_times(files, tmp_path):
    break_off(files, tmp_path)
    files.breaks["/data.bin"] = 50_000
    with pytest.raises(ValueError, match="announced 200000 bytes, but only 120000 came"):
        get(files, tmp_path, file_hash=HASH)
    files.contents["/gone"] = files.contents.pop("/data.bin")
    with pytest.raises(OSError, match="404 -- gone"):
        get(files, tmp_path, file_hash=HASH)
    files.contents["/data.bin"] = files.contents["/gone"]
    assert get(files, tmp_path, file_hash=HASH).read_bytes() == DATA
    assert files.asked[-1] == ("/data.bin", "bytes=120000-")


@pytest.mark.parametrize("ranges", ["none", "wrong"])
def test_a_server_that_cannot_give_the_rest_gives_all(files, tmp_path, ranges):
    break_off(files, tmp_path)
    files.ranges = ranges
    assert get(files, tmp_path, file_hash=HASH).read_bytes() == DATA
    assert names(tmp_path) == ["data.bin"]


@pytest.mark.parametrize("left", [b"x" * 70_000, b"x" * 200_000, DATA + b"x"])
def test_what_was_left_and_is_of_another_file_does_no_harm(files, tmp_path, left):
    (tmp_path / "datasets").mkdir()
    (tmp_path / "datasets" / REST).write_bytes(left)
    assert get(files, tmp_path, file_hash=HASH).read_bytes() == DATA
    assert names(tmp_path) == ["data.bin"]


def test_a_torn_connection(files, tmp_path):
    files.breaks["/data.bin"], files.resets = 100_000, {"/data.bin"}
    with pytest.raises(
        ValueError, match=r"broke off .*What came is kept|only \d+ came. What came is kept"
    ):
        get(files, tmp_path, file_hash=HASH)
    files.resets = set()
    assert get(files, tmp_path, file_hash=HASH).read_bytes() == DATA


def test_without_a_hash_nothing_is_kept(files, tmp_path):
    files.breaks["/data.bin"] = 70_000
    with pytest.raises(ValueError, match=r"only 70000 came\. Nothing was kept; try again"):
        get(files, tmp_path)
    assert names(tmp_path) == []


def test_ctrl_c_keeps_what_came(files, tmp_path, monkeypatch):
    def stop(self, current, *_):
        if current >= 100_000:
            raise KeyboardInterrupt

    with monkeypatch.context() as patch:
        patch.setattr("cornu.utils.downloads.Progbar.update", stop)
        with pytest.raises(KeyboardInterrupt):
            get(files, tmp_path, file_hash=HASH)
    assert names(tmp_path) == [REST]
    assert get(files, tmp_path, file_hash=HASH).read_bytes() == DATA
    assert files.asked[-1][1].startswith("bytes=1")


def test_another_content_is_refused_and_the_older_file_stays(files, tmp_path):
    (tmp_path / "datasets").mkdir()
    (tmp_path / "datasets" / "data.bin").write_bytes(b"older")
    files.contents["/data.bin"] = b"another"
    with pytest.raises(ValueError, match=r"has the hash .* was not kept"):
        get(files, tmp_path, file_hash=HASH)
    assert names(tmp_path) == ["data.bin"]
    assert (tmp_path / "datasets" / "data.bin").read_bytes() == b"older"
