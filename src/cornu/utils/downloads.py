"""get_file: a file of the network, kept in a folder of the user's."""

from __future__ import annotations

import contextlib
import hashlib
import http.client
import os
import shutil
import tempfile
import urllib.error
import urllib.parse
import urllib.request
from pathlib import Path
from typing import Any

from cornu.core.errors import describe, did_you_mean
from cornu.core.settings import show
from cornu.utils.archives import extract as extract_archive
from cornu.utils.progbar import Progbar

SCHEMES = ("http", "https", "ftp", "file")
ALGORITHMS = ("auto", "sha256", "md5")
CHUNK = 1 << 16
TIMEOUT = 60  # seconds without an answer


def get_file(
    fname: Any = None,
    origin: str | None = None,
    untar: bool = False,
    md5_hash: str | None = None,
    file_hash: str | None = None,
    cache_subdir: str = "datasets",
    hash_algorithm: str = "auto",
    extract: bool = False,
    archive_format: Any = "auto",
    cache_dir: Any = None,
    force_download: bool = False,
) -> str:
    """The path of a file that is downloaded once, and is in the user's folder from then on.

    A download is put in its place when it is whole and its hash is right; until then an older file
    stays. One that breaks off is gone on with by the next call, if the hash is given and the server
    can do that.
    An archive is unpacked only if all that it holds stays within its folder.

    Args:
        fname: the file's name, the last part of `origin` by default. With `extract` the name of the
            folder, if it has no ending.
        origin: where it comes from: an address with http, https, ftp or file.
        untar: as `extract`, for tar alone.
        md5_hash: as `file_hash`, for MD5 alone.
        file_hash: the expected hash.
        cache_subdir: folder in `cache_dir`. Default: 'datasets'.
        hash_algorithm: 'sha256', 'md5' or 'auto' (default), by the length of the hash.
        extract: whether it is an archive to be unpacked; the path is then that of the folder.
        archive_format: 'tar', 'zip', a list of them, or 'auto' (default), which tries both.
        cache_dir: by default the folder that the environment variable KERAS_HOME names, or `~/.keras`.
        force_download: whether to download what is there already.

    Raises:
        ValueError: if the hash is wrong, the download ends early, or an archive is damaged or has
            something that would leave its folder.
        OSError: if the address cannot be reached, or the folder not be written to.

    Example:
        >>> import pathlib, tempfile
        >>> folder = pathlib.Path(tempfile.mkdtemp())
        >>> _ = (folder / "a.csv").write_text("1,2")
        >>> path = get_file("b.csv", (folder / "a.csv").as_uri(), cache_dir=folder)
        Downloading data from file://...a.csv...
        >>> pathlib.Path(path).read_text()
        '1,2'
    """
    if origin is None:
        raise ValueError('get_file needs the address of the file: get_file(origin="https://...").')
    if md5_hash is not None and file_hash is None:
        file_hash, hash_algorithm = md5_hash, "md5"
    _check(origin, hash_algorithm)
    unpacks = bool(extract or untar)
    folder = _folder(cache_dir, cache_subdir)
    name = _name(fname, origin)
    target, unpacked = _places(folder, name, named=fname is not None, unpacks=unpacks)
    known = target.exists() and not force_download
    if (
        known
        and file_hash is not None
        and digest(target, hash_algorithm, file_hash) != file_hash.lower()
    ):
        show(f'"{target}" is there, but has another hash than {file_hash}: it is downloaded again.\n')
        known = False
    formats = "tar" if untar else archive_format
    if not known:
        _download(origin, target, file_hash, hash_algorithm, unpacked, formats)
    elif unpacked is not None and not unpacked.exists():
        extract_archive(target, unpacked, formats)
    return str(target if unpacked is None else unpacked)


def _check(origin: str, hash_algorithm: str) -> None:
    scheme = urllib.parse.urlsplit(origin).scheme.lower()
    if scheme not in SCHEMES:
        raise ValueError(
            f'get_file(origin="{origin}") is no address with {", ".join(SCHEMES)}. For a file of this '
            "computer write pathlib.Path(...).absolute().as_uri()."
        )
    if hash_algorithm not in ALGORITHMS:
        raise ValueError(
            f"get_file: hash_algorithm={describe(hash_algorithm)} is not known. "
            + did_you_mean(str(hash_algorithm), ALGORITHMS)
        )


def keras_home() -> Path:
    """The user's folder: the one that the environment variable KERAS_HOME names, or `~/.keras`."""
    return Path(os.environ.get("KERAS_HOME") or "~/.keras").expanduser()


def _folder(cache_dir: Any, cache_subdir: str) -> Path:
    """The folder for the file, made if it is missing."""
    root = keras_home() if cache_dir is None else Path(os.path.expanduser(os.fspath(cache_dir)))
    folder = root / cache_subdir
    try:
        folder.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise OSError(
            error.errno,
            f'get_file cannot make the folder "{folder}" ({error.strerror}). Name another: '
            "cache_dir=..., or the environment variable KERAS_HOME.",
        ) from error
    return folder


def _name(fname: Any, origin: str) -> str:
    """The file's own name, which leads into no other folder."""
    given = os.fspath(fname) if fname else os.path.basename(urllib.parse.urlsplit(origin).path)
    if not given or given in (".", ".."):
        raise ValueError(
            f'get_file: no name for the file can be told from "{origin}". Write fname="...".'
        )
    if "/" in given or os.sep in given or "\\" in given:
        raise ValueError(
            f'get_file: fname must be a name without folders, got "{given}". Name the folder with '
            "cache_dir= and cache_subdir=."
        )
    return given


def _places(folder: Path, name: str, named: bool, unpacks: bool) -> tuple[Path, Path | None]:
    """Where the file goes, and where it is unpacked, as Keras names these."""
    if not unpacks:
        return folder / name, None
    if named and "." in name:
        return folder / name, folder / f"{name.split('.')[0]}_extracted"
    return folder / f"{name}_archive", folder / name


def _download(
    origin: str, target: Path, file_hash: str | None, algorithm: str, unpacked: Path | None, formats: Any
) -> None:
    """Gets the file beside its place, checks it, unpacks it, and then puts it there."""
    show(f"Downloading data from {origin}\n")
    handle, name = tempfile.mkstemp(prefix=f".{target.name}.", suffix=".part", dir=target.parent)
    os.close(handle)
    part = Path(name)
    try:
        _get_whole(origin, part, target, file_hash, algorithm)
        if unpacked is not None:
            extract_archive(part, unpacked, formats, called=target.name)
        part.chmod(0o644)
        os.replace(part, target)
    finally:
        part.unlink(missing_ok=True)


def _get_whole(origin: str, part: Path, target: Path, file_hash: str | None, algorithm: str) -> None:
    """Fills `part`, going on after what an earlier call got, and checks it.

    What is left of a download bears its hash in its name, so that it is no part of another file. A
    process takes it by renaming it: two that run at once never write into the same file.
    """
    if file_hash is None:
        _fetch(origin, part, "Nothing was kept; try again.")
        return
    rest = target.with_name(f".{target.name}.{file_hash[:16].lower()}.rest")
    with contextlib.suppress(FileNotFoundError):
        os.replace(rest, part)
    went_on = part.stat().st_size > 0
    try:
        _fetch(origin, part, "What came is kept: call it again, and it goes on from there.")
    except BaseException:
        if part.stat().st_size:
            os.replace(part, rest)
        raise
    found = digest(part, algorithm, file_hash)
    if found != file_hash.lower() and went_on:  # what was left may be of a damaged file
        part.write_bytes(b"")
        _fetch(origin, part, "Nothing was kept; try again.")
        found = digest(part, algorithm, file_hash)
    if found != file_hash.lower():
        raise ValueError(
            f"get_file: what came from {origin} has the hash {found}, not {file_hash}. It is "
            "incomplete or another file, and was not kept."
        )


def _fetch(origin: str, part: Path, then: str) -> None:
    """Writes what the address gives after what is in `part`, with a bar that shows how far it is.

    `then` ends the message about a download that breaks off.
    """
    try:
        with _opened(origin, part.stat().st_size) as answer, part.open("ab") as file:
            start = file.tell() if getattr(answer, "status", None) == 206 else 0
            file.truncate(start)
            length = answer.headers.get("Content-Length")
            size = start + int(length) if length and length.isdigit() else None
            bar, done = Progbar(size, unit_name="byte"), start
            while chunk := answer.read(CHUNK):
                file.write(chunk)
                done += len(chunk)
                bar.update(min(done, size) if size else done)
    except urllib.error.HTTPError as error:
        error.close()
        raise OSError(f"URL fetch failure on {origin}: {error.code} -- {error.msg}") from error
    except urllib.error.URLError as error:
        raise OSError(f"URL fetch failure on {origin}: {error.reason}") from error
    except (http.client.HTTPException, ConnectionError, TimeoutError) as error:
        raise ValueError(f"get_file: {origin} broke off ({error!r}). {then}") from error
    if size is not None and done != size:
        raise ValueError(f"get_file: {origin} announced {size} bytes, but only {done} came. {then}")


def _opened(origin: str, start: int) -> Any:
    """The answer of the address: from byte `start` on with the status 206, or else all of it."""
    if start:
        request = urllib.request.Request(origin, headers={"Range": f"bytes={start}-"})
        try:
            answer = urllib.request.urlopen(request, timeout=TIMEOUT)
        except urllib.error.HTTPError as error:
            error.close()
            if error.code != 416:  # there is nothing after `start`
                raise
        else:
            begins = str(answer.headers.get("Content-Range")).startswith(f"bytes {start}-")
            if getattr(answer, "status", None) != 206 or begins:
                return answer
            answer.close()
    return urllib.request.urlopen(origin, timeout=TIMEOUT)


def digest(path: Path, algorithm: str, expected: str) -> str:
    """The hash of a file, in the algorithm that was named, or that fits the expected one."""
    name = algorithm if algorithm != "auto" else "sha256" if len(expected) == 64 else "md5"
    hasher = hashlib.new(name)
    with path.open("rb") as file:
        shutil.copyfileobj(file, _Hashing(hasher), CHUNK)
    return str(hasher.hexdigest())


class _Hashing:
    """A file that is written into a hash."""

    def __init__(self, hasher: Any) -> None:
        self.write = hasher.update
