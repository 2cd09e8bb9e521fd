"""Finds oneDNN and the small library of ours that calls it, and tells XLA about them."""

from __future__ import annotations

import ctypes
import functools
import os
import platform
import sys
from importlib import metadata
from pathlib import Path
from typing import NamedTuple

import jax

TARGET = "cornu_convolution"
SWITCH = "CORNU_ONEDNN"  # 0: do without; a path: this oneDNN; otherwise the one that is installed
PACKAGE = "onednn-cpu-gomp"
OURS = Path(__file__).with_name("libconvolution.so")


class Library(NamedTuple):
    """What there is to compute with: the name of oneDNN, or in words why there is none."""

    name: str = ""
    missing: str = ""


_asked = 0


def library() -> Library:
    """What there is; the first time it is asked, oneDNN is opened and XLA is told of it."""
    global _asked
    _asked += 1
    return _found()


def asked() -> int:
    """How often `library` was called: what was made in between may depend on its answer if that grew."""
    return _asked


@functools.cache
def _found() -> Library:
    switch = os.environ.get(SWITCH, "")
    if switch == "0":
        return Library(missing=f"{SWITCH} is 0")
    if sys.platform != "linux" or platform.machine() != "x86_64":
        return Library(missing="it is called on Linux with an x86-64 processor only")
    if not OURS.is_file():
        return Library(missing="Cornu was installed without a C compiler, so it cannot call oneDNN")
    path, name = (Path(switch), switch) if switch else _installed()
    if path is None:
        return Library(missing=f"oneDNN is not installed: pip install {PACKAGE}")
    wrong = _opened(path)
    return Library(missing=f"oneDNN could not be opened: {wrong}") if wrong else Library(name)


def _installed() -> tuple[Path | None, str]:
    """The oneDNN that pip has installed, and its version."""
    try:
        package = metadata.distribution(PACKAGE)
    except metadata.PackageNotFoundError:
        return None, ""
    found = (Path(str(file.locate())) for file in package.files or () if file.name == "libdnnl.so.3")
    return next((path for path in found if path.is_file()), None), f"oneDNN {package.version}"


def _opened(path: Path) -> str:
    """Opens it and tells XLA of the handler; what went wrong, or ''."""
    waiting = os.environ.get("OMP_WAIT_POLICY")
    os.environ["OMP_WAIT_POLICY"] = waiting or "passive"  # its threads must not keep XLA's from working
    try:
        ours = ctypes.CDLL(str(OURS))
        ours.cornu_open.restype = ctypes.c_char_p
        wrong = ours.cornu_open(str(path).encode())
    except OSError as error:
        return str(error)
    finally:
        if waiting is None:
            del os.environ["OMP_WAIT_POLICY"]
    if wrong:
        return wrong.decode(errors="replace")
    jax.ffi.register_ffi_target(TARGET, jax.ffi.pycapsule(ours.cornu_convolution), platform="cpu")
    return ""
