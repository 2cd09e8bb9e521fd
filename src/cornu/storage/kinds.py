"""What a file is, by its first bytes, and what can be done with it."""

from __future__ import annotations

import difflib
import re
import zipfile
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path

from cornu.core.errors import NotBuiltYetError

KERAS = "3.15.0"  # the version of Keras whose files ours are like
# What a model is made of, in an archive or a folder.
CONFIG, METADATA, WEIGHTS, ASSETS = "config.json", "metadata.json", "model.weights.h5", "assets"
PLAIN_NAME = re.compile(r"[\w\- ][\w\-. ]*")
OLD_ENDINGS = (".h5", ".hdf5")  # of the files of Keras 2
# First bytes, and what a file that starts so is.
SIGNATURES = (
    (b"PK", "zip"),
    (b"\x89HDF\r\n\x1a\n", "hdf5"),
    (b"\x80", "a pickle, which Cornu never opens, since that runs whatever code it holds"),
    (b"\x93NUMPY", "a NumPy array. Load it with numpy.load, and give the weights to model.set_weights"),
    (b"{", "JSON text. For an architecture without weights: cornu.models.model_from_json(text)"),
    (b"version https://git-lfs", "a pointer of Git LFS. Fetch the file itself: git lfs pull"),
    (b"<", "a web page or XML, perhaps an error message that was downloaded in place of the file"),
)
TAKES = {
    "load_model": "a '.keras' or '.h5' file, or a folder, made by model.save",
    "inspect": "a '.keras', '.weights.h5', '.h5' or '.json' file, or the folder of a model",
    "KerasFileEditor": "a '.weights.h5' or '.keras' file",
    "load_weights": (
        "a '.weights.h5', '.weights.json', '.safetensors', '.h5' or '.keras' file, made by "
        "model.save_weights or model.save"
    ),
}
WRITES = {
    "save_weights": (
        "'.safetensors' too, '.weights.json' for several files, and '.h5' for the format of Keras 2"
    ),
    "save": "'.h5' too, for the format of Keras 2; zipped=False writes a folder",
}
SAVED_MODEL = (
    '{call}: "{path}" is a SavedModel of TensorFlow, which is not built yet. Save the model as one '
    'file: model.save("model.keras").'
)
NPZ = (
    '"{path}" holds weights as .npz, which is not built yet: model.save, in Keras too, writes them as '
    ".h5. Load it where it was made, and save it again with model.save."
)
ARRAYS = (
    "It looks like arrays of NumPy. Load it with numpy.load, and give the weights to model.set_weights."
)
OF_DAMAGE = (zipfile.BadZipFile, EOFError, OSError, RuntimeError, KeyError)
READERS = ("h5py", "zipfile", "numpy")
FOLDER = (
    '{call}: "{path}" is a folder, but no model: it has no file "config.json". model.save(path, '
    "zipped=False) writes such folders."
)
MISSING = '{call}: "{path}" has no member "{member}", so it is no model. It holds: {names}.'
DAMAGED = '{call}: "{path}" is damaged or cut off ({reason}). The model is unchanged.'


def kind_of(path: Path, call: str) -> str:
    """'zip' or 'hdf5'.

    Raises:
        FileNotFoundError: if there is no such file.
        ValueError: if it is something else, with what it looks like.
    """
    if (path / "saved_model.pb").exists():
        raise NotBuiltYetError(SAVED_MODEL.format(call=call, path=path))
    if path.is_dir():
        raise ValueError(FOLDER.format(call=call, path=path))
    if not path.exists():
        raise FileNotFoundError(f'{call}: there is no file "{path}". {_nearby(path)}')
    with path.open("rb") as file:
        start = file.read(32)
    kind = next((kind for signature, kind in SIGNATURES if start.startswith(signature)), None)
    if kind in ("zip", "hdf5"):
        return str(kind)
    looks = "It is empty" if not start else f"It looks like {kind or 'something else'}"
    raise ValueError(f'{call}: "{path}" is no file of a model. {looks}. {call} takes {TAKES[call]}.')


def is_newer(version: str) -> bool:
    """Whether a version of Keras is beyond the one whose files ours are like.

    >>> is_newer("4.0.1"), is_newer("3.15.2"), is_newer("")
    (True, False, False)
    """
    known, parts = KERAS.split(".")[:2], version.split(".")[:2]
    return all(map(str.isdigit, parts)) and list(map(int, parts)) > list(map(int, known))


def no_member(call: str, path: Path, member: str, names: Sequence[str]) -> Exception:
    """The error for a model that lacks one of its members."""
    if member == WEIGHTS and "model.weights.npz" in names:
        return NotBuiltYetError(NPZ.format(path=path))
    shown = ", ".join(names[:5]) or "nothing"
    text = MISSING.format(call=call, path=path, member=member, names=shown)
    numpys = f" {ARRAYS}" if names and all(name.endswith(".npy") for name in names) else ""
    return ValueError(f"{text}{numpys} {call} takes {TAKES[call]}.")


def _nearby(path: Path) -> str:
    folder = path.parent
    if not folder.is_dir():
        return f'The folder "{folder}" does not exist either.'
    close = difflib.get_close_matches(path.name, [each.name for each in folder.iterdir()], n=1)
    return f'Did you mean "{folder / close[0]}"?' if close else f'It is not in "{folder.resolve()}".'


def _raised_by_a_reader(error: Exception) -> bool:
    """Whether it comes from a library that reads files, not from us or from a class of the user's."""
    at = error.__traceback__
    while at is not None and at.tb_next is not None:
        at = at.tb_next
    return at is not None and str(at.tb_frame.f_globals.get("__name__")).startswith(READERS)


@contextmanager
def explained(path: Path, call: str) -> Iterator[None]:
    """Turns what is raised for a damaged file into an error that says so."""
    try:
        yield
    except (FileNotFoundError, PermissionError, NotBuiltYetError):
        raise
    except Exception as error:
        if not isinstance(error, OF_DAMAGE) and not _raised_by_a_reader(error):
            raise
        reason = str(error).strip("'\"") or type(error).__name__
        raise ValueError(DAMAGED.format(call=call, path=path, reason=reason)) from error


def wrong_ending(call: str, path: Path, ending: str) -> Exception:
    """The error for a path that does not end as it should."""
    text = f'{call}: the path must end with "{ending}", got "{path}".'
    if path.name.endswith(".weights.h5"):
        return ValueError(f'{text} For the weights alone: model.save_weights("{path}").')
    name = path.name
    for known in (".keras", ".h5", ".npz", ".weights"):
        name = name.removesuffix(known)
    more = f" It takes {WRITES[call]}." if call in WRITES else ""
    return ValueError(f'{text} Write {call}("{name}{ending}").{more}')
