"""Finding a file of a data set: in the folder CORNU_DATA, in Keras's own, or else on the network."""

from __future__ import annotations

import os
from pathlib import Path
from typing import Any

from cornu.core.errors import describe, warn
from cornu.datasets.table import FILES, DataFile

OTHER = (
    '"{path}" is passed over: its hash, {found}, is not that of the file of the data set, {wanted}, so '
    "it is damaged or another file."
)


def find(name: str, path: Any = None) -> Path:
    """Where a file of the table lies on this computer, downloaded if it is not there yet.

    Args:
        name: as in the table.
        path: what the user calls the file instead; with a folder in it, the file itself, whatever
            its hash.

    Raises:
        OSError: if it is not there, and cannot be downloaded; the message says where to put it.
        ValueError: if something else came.
    """
    return look(name, path) or fetch(name, path)


def look(name: str, path: Any = None) -> Path | None:
    """The file, if it lies on this computer."""
    file, called = FILES[name], _called(name, path)
    if os.path.dirname(called):
        if not Path(called).expanduser().is_file():
            raise FileNotFoundError(
                f'There is no file "{called}". With a name alone, path="{name}", it is looked for, and '
                f"otherwise downloaded. {_advice(file, name)}"
            )
        return Path(called).expanduser()
    for folder in _folders(file):
        for each in dict.fromkeys((called, *file.also)):
            if (folder / each).is_file() and _is(file, folder / each):
                return folder / each
    return None


def fetch(name: str, path: Any = None) -> Path:
    """Downloads the file into Keras's folder, as Keras names it.

    A file of that name that lies there is not the right one, or it would have been found: it is kept
    beside the new one, with the ending `.other`.
    """
    from cornu.utils.downloads import get_file

    file, called = FILES[name], _called(name, path)
    if file.address is None:
        raise FileNotFoundError(
            f'The data set needs the file "{called}", which has no public address with a licence '
            f"that lets it be downloaded. {_advice(file, called)} A file of your own, whatever its "
            "hash, is read if path= gives its folder too."
        )
    folder = _folders(file)[-1]
    target = folder / (file.also[0] if file.also and called == name else called)
    aside = target.with_name(f"{target.name}.other")
    had = target.exists()
    try:
        if had:
            os.replace(target, aside)
        where = os.path.join("datasets", file.folder) if file.folder else "datasets"
        get_file(target.name, file.address, file_hash=file.hash, cache_subdir=where)
    except (OSError, ValueError) as error:
        kind = OSError if isinstance(error, OSError) else ValueError
        raise kind(
            f'The data set needs the file "{called}", and the download failed: '
            f"{str(error).rstrip('.')}. {_advice(file, called)}"
        ) from error
    finally:
        if had and not target.exists():
            os.replace(aside, target)
    return target


def _called(name: str, path: Any) -> str:
    if path is None:
        return name
    if not isinstance(path, (str, os.PathLike)) or not os.fspath(path):
        raise TypeError(f'path must be the name of a file, such as "{name}", got {describe(path)}.')
    return os.fsdecode(path)


def _folders(file: DataFile) -> list[Path]:
    """Where the file is looked for; the last one is where it is downloaded to."""
    from cornu.utils.downloads import keras_home

    named = os.environ.get("CORNU_DATA")
    roots = [Path(named).expanduser()] if named else []
    return [root / file.folder for root in [*roots, keras_home() / "datasets"]]


def _is(file: DataFile, path: Path) -> bool:
    """Whether this is the file of the data set; a warning says if it is not."""
    from cornu.utils.downloads import digest

    if any(digest(path, "auto", known) == known for known in (file.hash, *file.same)):
        return True
    found = digest(path, "auto", file.hash)
    warn(OTHER.format(path=path, found=found, wanted=file.hash))
    return False


def _advice(file: DataFile, called: str) -> str:
    """What to do where there is no network."""
    named = os.environ.get("CORNU_DATA")
    kind = "SHA-256" if len(file.hash) == 64 else "MD5"
    source = f" from {file.address}" if file.address else ""
    below = f' (there into "{file.folder}")' if file.folder else ""
    return (
        f'Put "{called}"{source} ({kind} {file.hash}) into "{_folders(file)[-1]}", or into the folder '
        f"that the environment variable CORNU_DATA names{below}, which is now {named or 'not set'}."
    )
