"""The compilation cache: compiled programs kept in the user's cache folder, so that a script
compiles only once.

`CORNU_CACHE_DIR` names another folder; set to nothing, or to "off", it turns the cache off.
"""

from __future__ import annotations

import os
import sys
from pathlib import Path

import jax


def folder() -> Path | None:
    """Where compiled programs are kept; None if nowhere."""
    given = os.environ.get("CORNU_CACHE_DIR")
    if given is not None:
        return Path(given) if given not in ("", "off") else None
    if sys.platform == "win32":
        base = Path(os.environ.get("LOCALAPPDATA", Path.home() / "AppData" / "Local"))
    elif sys.platform == "darwin":
        base = Path.home() / "Library" / "Caches"
    else:
        base = Path(os.environ.get("XDG_CACHE_HOME", Path.home() / ".cache"))
    return base / "cornu" / "programs"


def enable() -> None:
    """Turns JAX's persistent compilation cache on, unless the user has set one up or turned ours off."""
    place = folder()
    if place is None or getattr(jax.config, "jax_compilation_cache_dir", None) is not None:
        return
    jax.config.update("jax_compilation_cache_dir", str(place))
    jax.config.update("jax_persistent_cache_min_compile_time_secs", 0.0)
    jax.config.update("jax_persistent_cache_min_entry_size_bytes", -1)
