"""Small files in the layout of Keras's data sets."""

import hashlib
import io
import pickle
import struct
import tarfile
import zipfile
from pathlib import Path
from typing import ClassVar

import numpy as np

from cornu.datasets.table import FILES


def digest(path: Path) -> str:
    return hashlib.sha256(path.read_bytes()).hexdigest()


def known_as(monkeypatch, name: str, path: Path, address: str | None = None) -> None:
    """From here on the table means this file, at this address, under the name."""
    there = FILES[name]._replace(hash=digest(path), address=address, same=())
    monkeypatch.setitem(FILES, name, there)


def rows(count: int, seed: int, longest: int = 40):
    """Texts as ranks of words, few of them frequent: an object array of lists."""
    random = np.random.default_rng(seed)
    found = np.empty(count, dtype=object)
    for place in range(count):
        found[place] = random.zipf(1.3, random.integers(1, longest)).clip(max=500).tolist()
    return found


def imdb(path: Path, count: int = 60) -> Path:
    labels = np.arange(count) % 2
    np.savez(path, x_train=rows(count, 0), y_train=labels, x_test=rows(count, 1), y_test=1 - labels)
    return path


def reuters(path: Path, count: int = 60) -> Path:
    np.savez(path, x=rows(count, 2), y=np.arange(count) % 46)
    return path


class Python2(pickle._Pickler):
    """Writes texts and bytes as Python 2 did, which CIFAR's batches come from."""

    dispatch: ClassVar = dict(pickle._Pickler.dispatch)

    def save_bytes(self, value):
        short = len(value) < 256
        self.write(b"U" + bytes([len(value)]) if short else b"T" + struct.pack("<i", len(value)))
        self.write(value)
        self.memoize(value)

    def save_str(self, value):
        self.save_bytes(value.encode("latin1"))

    dispatch[bytes], dispatch[str] = save_bytes, save_str


def as_python_2(value) -> bytes:
    file = io.BytesIO()
    Python2(file, protocol=2).dump(value)
    return file.getvalue().replace(b"cnumpy._core.multiarray\n", b"cnumpy.core.multiarray\n")


def tar(path: Path, members: dict[str, bytes]) -> Path:
    with tarfile.open(path, "w:gz", compresslevel=1) as archive:
        for name, content in members.items():
            info = tarfile.TarInfo(name)
            info.size = len(content)
            archive.addfile(info, io.BytesIO(content))
    return path


def batch(count: int, seed: int, **labels: list[int]) -> dict:
    pixels = np.random.default_rng(seed).integers(0, 256, (count, 3072), dtype="uint8")
    return {"batch_label": "one", "data": pixels, **labels}


def cifar10(path: Path, count: int = 3) -> tuple[Path, dict[str, dict]]:
    names = [*(f"data_batch_{i}" for i in range(1, 6)), "test_batch"]
    made = {
        name: batch(count, i, labels=[(i + j) % 10 for j in range(count)])
        for i, name in enumerate(names)
    }
    members = {f"cifar-10-batches-py/{name}": as_python_2(each) for name, each in made.items()}
    return tar(path, {"cifar-10-batches-py/readme.html": b"no pickle", **members}), made


def cifar100(path: Path) -> Path:
    labels = {"fine_labels": [99, 0, 7, 55], "coarse_labels": [19, 0, 3, 11]}
    members = {
        f"cifar-100-python/{part}": as_python_2(batch(4, seed, **labels))
        for seed, part in enumerate(("train", "test"))
    }
    return tar(path, members)


def npz(path: Path, **members: bytes) -> Path:
    """An .npz of members that are bytes, whatever they say."""
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, content in members.items():
            archive.writestr(f"{name}.npy", content)
    return path


def npy(descr: str, shape: tuple, content: bytes) -> bytes:
    """An .npy member with this head."""
    file = io.BytesIO()
    head = {"descr": descr, "fortran_order": False, "shape": shape}
    np.lib.format.write_array_header_1_0(file, head)
    return file.getvalue() + content
