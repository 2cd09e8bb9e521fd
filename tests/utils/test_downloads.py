"""get_file, from files and a server of this computer; archives that would do harm."""

import hashlib
import io
import os
import stat
import tarfile
import threading
import warnings
import zipfile
from http.server import BaseHTTPRequestHandler, HTTPServer
from pathlib import Path
from typing import ClassVar

import pytest

from cornu.core.errors import CornuWarning
from cornu.utils import get_file
from cornu.utils.archives import extract

TEXT = b"1,2\n3,4\n"
SHA, MD5 = hashlib.sha256(TEXT).hexdigest(), hashlib.md5(TEXT).hexdigest()


class Answers(BaseHTTPRequestHandler):
    asked: ClassVar[list] = []

    def do_GET(self):
        self.asked.append(self.path)
        if self.path == "/missing.csv":
            self.send_error(404, "gone")
            return
        self.send_response(200)
        self.send_header("Content-Length", str(len(TEXT) + 5 * (self.path == "/short.csv")))
        self.end_headers()
        self.wfile.write(TEXT)

    def log_message(self, *args):
        pass


@pytest.fixture(scope="module")
def server():
    serving = HTTPServer(("127.0.0.1", 0), Answers)
    thread = threading.Thread(target=serving.serve_forever, kwargs={"poll_interval": 0.05})
    thread.start()
    yield f"http://127.0.0.1:{serving.server_port}"
    serving.shutdown()
    thread.join()
    serving.server_close()


def archived(path, members, mode="w:gz"):
    """A tar of (name, content) or whole TarInfos."""
    with tarfile.open(path, mode) as archive:
        for member in members:
            if isinstance(member, tarfile.TarInfo):
                archive.addfile(member)
            else:
                info = tarfile.TarInfo(member[0])
                info.size = len(member[1])
                archive.addfile(info, io.BytesIO(member[1]))
    return path


def zipped(path, members):
    with zipfile.ZipFile(path, "w") as archive:
        for name, content in members:
            archive.writestr(name, content)
    return path


def of_kind(name, kind, target=""):
    info = tarfile.TarInfo(name)
    info.type, info.linkname = kind, target
    return info


def left_in(folder):
    """All files and folders, whose names begin with a point, too."""
    return sorted(str(path.relative_to(folder)) for path in Path(folder).rglob("*"))


def test_a_file_is_downloaded_once(server, tmp_path, capsys):
    before = len(Answers.asked)
    arguments = {"origin": f"{server}/some/data.csv?x=1", "cache_dir": tmp_path, "file_hash": SHA}
    path = get_file(**arguments)
    assert path == str(tmp_path / "datasets" / "data.csv")
    assert Path(path).read_bytes() == TEXT
    shown = capsys.readouterr().out
    assert shown.startswith(f"Downloading data from {server}/some/data.csv?x=1\n")
    assert "8/8 ━━━━━━━━━━━━━━━━━━━━" in shown
    assert stat.S_IMODE(os.stat(path).st_mode) == 0o644
    assert get_file(**arguments) == path
    assert len(Answers.asked) == before + 1
    get_file(**arguments, force_download=True)
    assert len(Answers.asked) == before + 2
    assert left_in(tmp_path) == ["datasets", "datasets/data.csv"]


def test_where_files_are_kept(tmp_path, monkeypatch):
    source = tmp_path / "source.csv"
    source.write_bytes(TEXT)
    monkeypatch.setenv("KERAS_HOME", str(tmp_path / "home"))
    arguments = {"origin": source.as_uri(), "md5_hash": MD5}
    assert get_file("mine.csv", **arguments) == str(tmp_path / "home" / "datasets" / "mine.csv")
    elsewhere = get_file("mine.csv", **arguments, cache_subdir=str(tmp_path / "else"))
    assert elsewhere == str(tmp_path / "else" / "mine.csv")
    monkeypatch.delenv("KERAS_HOME")
    monkeypatch.setenv("HOME", str(tmp_path / "user"))
    assert get_file("mine.csv", **arguments) == str(
        tmp_path / "user" / ".keras" / "datasets" / "mine.csv"
    )


def test_a_file_with_another_hash_is_downloaded_again(tmp_path, capsys):
    source, target = tmp_path / "source.csv", tmp_path / "datasets" / "source.csv"
    target.parent.mkdir()
    source.write_bytes(TEXT)
    target.write_bytes(b"older")
    get_file(origin=source.as_uri(), cache_dir=tmp_path, file_hash=MD5, hash_algorithm="md5")
    assert target.read_bytes() == TEXT
    assert "has another hash" in capsys.readouterr().out
    source.write_bytes(b"damaged")
    with pytest.raises(
        ValueError, match=f"has the hash .*, not {SHA}. It is incomplete or another file"
    ):
        get_file(origin=source.as_uri(), cache_dir=tmp_path, file_hash=SHA, force_download=True)
    assert target.read_bytes() == TEXT  # what was there stays
    assert left_in(target.parent) == ["source.csv"]


@pytest.mark.parametrize(
    "name, error, words",
    [
        ("missing.csv", OSError, "URL fetch failure on .*missing.csv: 404 -- gone"),
        ("short.csv", ValueError, "announced 13 bytes, but only 8 came. Nothing was kept|broke off"),
    ],
)
def test_a_download_that_fails_leaves_nothing(server, tmp_path, name, error, words):
    with pytest.raises(error, match=words):
        get_file(origin=f"{server}/{name}", cache_dir=tmp_path)
    assert left_in(tmp_path) == ["datasets"]


def test_nobody_answers(tmp_path):
    with pytest.raises(OSError, match=r"URL fetch failure on http://127.0.0.1:9/a"):
        get_file(origin="http://127.0.0.1:9/a", cache_dir=tmp_path)
    with pytest.raises(OSError, match=r"URL fetch failure on file:"):
        get_file(origin=(tmp_path / "none").as_uri(), cache_dir=tmp_path)


@pytest.mark.parametrize(
    "named, arguments, file, folder",
    [
        (None, {"extract": True}, "data.tgz_archive", "data.tgz"),
        ("data.tgz", {"extract": True}, "data.tgz", "data_extracted"),
        ("data", {"untar": True}, "data_archive", "data"),
        ("data", {"extract": True, "archive_format": ["zip", "tar"]}, "data_archive", "data"),
    ],
)
def test_archives_are_unpacked_to_where_keras_puts_them(tmp_path, named, arguments, file, folder):
    source = archived(tmp_path / "data.tgz", [("data/a.txt", b"a"), ("b.txt", b"b")])
    home = tmp_path / "home"
    path = get_file(named, source.as_uri(), cache_dir=home, **arguments)
    assert path == str(home / "datasets" / folder)
    assert (Path(path) / "data" / "a.txt").read_text() == "a"
    assert left_in(home / "datasets") == sorted(
        [file, folder, f"{folder}/b.txt", f"{folder}/data", f"{folder}/data/a.txt"]
    )
    (Path(path) / "b.txt").write_text("mine")
    assert get_file(named, source.as_uri(), cache_dir=home, **arguments) == path
    assert (Path(path) / "b.txt").read_text() == "mine"  # what is there is not unpacked again
    (Path(path) / "own.txt").write_text("own")
    get_file(named, source.as_uri(), cache_dir=home, force_download=True, **arguments)
    assert (Path(path) / "b.txt").read_text() == "b"
    assert (Path(path) / "own.txt").read_text() == "own"


def test_links_within_become_copies(tmp_path):
    members = [
        ("data/a.txt", b"a"),
        of_kind("data/soft", tarfile.SYMTYPE, "a.txt"),
        of_kind("hard", tarfile.LNKTYPE, "data/a.txt"),
        of_kind("empty", tarfile.DIRTYPE),
    ]
    extract(archived(tmp_path / "a.tar", members, "w"), tmp_path / "out", "tar")
    assert left_in(tmp_path / "out") == ["data", "data/a.txt", "data/soft", "empty", "hard"]
    assert (
        (tmp_path / "out" / "hard").read_text()
        == (tmp_path / "out" / "data" / "soft").read_text()
        == "a"
    )
    assert not (tmp_path / "out" / "data" / "soft").is_symlink()


def test_links_to_folders_and_in_zips_are_left_out(tmp_path):
    members = [of_kind("data", tarfile.DIRTYPE), of_kind("now", tarfile.SYMTYPE, "data")]
    with pytest.warns(CornuWarning, match=r'holds the link "now" to a folder, which is left out'):
        extract(archived(tmp_path / "a.tar", members, "w"), tmp_path / "out")
    info = zipfile.ZipInfo("link")
    info.external_attr = (stat.S_IFLNK | 0o777) << 16
    with zipfile.ZipFile(tmp_path / "a.zip", "w") as archive:
        archive.writestr(info, "/etc/passwd")
        archive.writestr("b.txt", "b")
    with pytest.warns(CornuWarning, match=r'holds the link "link", which is left out'):
        extract(tmp_path / "a.zip", tmp_path / "zipped")
    assert left_in(tmp_path / "zipped") == ["b.txt"]


GOOD = ("good.txt", b"good")
HARMFUL = {
    "zip up": (
        lambda p: zipped(p, [GOOD, ("../evil", b"x")]),
        r'"\.\./evil", which would be written outside',
    ),
    "zip back up": (lambda p: zipped(p, [GOOD, ("a\\..\\..\\evil", b"x")]), "would be written outside"),
    "zip root": (lambda p: zipped(p, [GOOD, ("/tmp/evil", b"x")]), "would be written outside"),
    "zip drive": (lambda p: zipped(p, [GOOD, ("C:evil", b"x")]), "would be written outside"),
    "tar up": (lambda p: archived(p, [GOOD, ("a/../../evil", b"x")]), "would be written outside"),
    "tar root": (lambda p: archived(p, [GOOD, ("/tmp/evil", b"x")]), "would be written outside"),
    "soft link": (
        lambda p: archived(p, [GOOD, of_kind("evil", tarfile.SYMTYPE, "../secret")]),
        "evil -> ../secret.*outside",
    ),
    "soft link to the root": (
        lambda p: archived(p, [GOOD, of_kind("evil", tarfile.SYMTYPE, "/etc/passwd")]),
        "evil -> /etc/passwd.*outside",
    ),
    "hard link": (
        lambda p: archived(p, [GOOD, of_kind("evil", tarfile.LNKTYPE, "../../secret")]),
        "outside of the folder",
    ),
    "link to nothing": (
        lambda p: archived(p, [GOOD, of_kind("evil", tarfile.SYMTYPE, "none")]),
        'a link to "none", which the archive does not hold, not a file',
    ),
    "circle": (
        lambda p: archived(p, [of_kind("a", tarfile.SYMTYPE, "b"), of_kind("b", tarfile.SYMTYPE, "a")]),
        "cannot be read|does not hold",
    ),
    "device": (
        lambda p: archived(p, [GOOD, of_kind("evil", tarfile.CHRTYPE)]),
        "a device or a pipe, not a file",
    ),
    "pipe": (lambda p: archived(p, [GOOD, of_kind("evil", tarfile.FIFOTYPE)]), "a device or a pipe"),
}


@pytest.mark.parametrize("name", HARMFUL)
def test_an_archive_that_leaves_its_folder_is_refused_as_a_whole(tmp_path, name):
    make, words = HARMFUL[name]
    (tmp_path / "secret").write_text("secret")
    source = make(tmp_path / "source")
    home = tmp_path / "home"
    with pytest.raises(ValueError, match=words):
        get_file("data", source.as_uri(), extract=True, cache_dir=home)
    assert left_in(home) == ["datasets"]
    assert left_in(tmp_path) == ["home", "home/datasets", "secret", "source"]


def truncated(path, make):
    whole = make(path).read_bytes()
    path.write_bytes(whole[: len(whole) // 2])
    return path


@pytest.mark.parametrize(
    "name, make",
    [
        ("tgz", lambda p: truncated(p, lambda q: archived(q, [("a.bin", os.urandom(5000))]))),
        ("tar", lambda p: truncated(p, lambda q: archived(q, [("a.bin", os.urandom(50000))], "w"))),
        ("bits", lambda p: flipped(zipped(p, [("a.txt", b"abcdefgh" * 50)]))),
    ],
)
def test_a_damaged_archive_leaves_nothing(tmp_path, name, make):
    path = make(tmp_path / "source")
    with pytest.raises(ValueError, match=r"is damaged or ends early .*download it again|is no archive"):
        extract(path, tmp_path / "out")
    assert left_in(tmp_path) == ["source"]


def flipped(path):
    data = bytearray(path.read_bytes())
    data[60] ^= 255
    path.write_bytes(data)
    return path


def test_a_locked_zip_is_refused(tmp_path):
    path = zipped(tmp_path / "a.zip", [("a.txt", b"a")])
    data = path.read_bytes()
    places = (data.index(b"PK\x03\x04") + 6, data.index(b"PK\x01\x02") + 8)
    path.write_bytes(bytes(byte | 1 if place in places else byte for place, byte in enumerate(data)))
    with pytest.raises(ValueError, match=r'"a.zip" cannot be read: .*password'):
        extract(path, tmp_path / "out")


def test_what_is_no_archive_is_refused(tmp_path):
    (tmp_path / "a.txt").write_text("text")
    for formats, kinds in (("auto", "tar or zip"), ("zip", "zip"), (None, "None")):
        with pytest.raises(ValueError, match=f'"a.txt" is no archive of the kind {kinds}.'):
            extract(tmp_path / "a.txt", tmp_path / "out", formats)
    with pytest.raises(ValueError, match=r'archive_format=.rar. is not known. Did you mean "tar"'):
        extract(tmp_path / "a.txt", tmp_path / "out", "rar")


WRONG = [
    ({}, ValueError, "get_file needs the address"),
    (
        {"origin": "data.csv"},
        ValueError,
        "no address with http, https, ftp, file. For a file of this computer",
    ),
    ({"origin": "http://x/a", "fname": "../a"}, ValueError, "a name without folders"),
    ({"origin": "http://x/a", "fname": "a\\b"}, ValueError, "a name without folders"),
    ({"origin": "http://x/.."}, ValueError, "no name for the file can be told"),
    ({"origin": "http://x"}, ValueError, 'Write fname="..."'),
    ({"origin": "http://x/a", "hash_algorithm": "sha25"}, ValueError, 'Did you mean "sha256"'),
]


@pytest.mark.parametrize("arguments, error, words", WRONG)
def test_wrong_arguments_are_named(tmp_path, arguments, error, words):
    with pytest.raises(error, match=words):
        get_file(cache_dir=tmp_path, **arguments)


def test_a_folder_that_cannot_be_made_is_named(tmp_path):
    (tmp_path / "file").write_text("")
    with pytest.raises(OSError, match=r"cannot make the folder .*KERAS_HOME"):
        get_file(origin="http://x/a", cache_dir=tmp_path / "file")


def test_nothing_is_left_open(tmp_path):
    path = archived(tmp_path / "a.tgz", [("a.txt", b"a")])
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        extract(path, tmp_path / "out")
