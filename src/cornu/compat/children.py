"""Processes that a program starts with `multiprocessing` find Cornu under the name of Keras, too.

A child that is forked has all that its parent has. One that is spawned starts afresh and imports the
program anew; before that it unpickles what its parent tells it, and there we put a call of `install`.
"""

from __future__ import annotations

from collections.abc import Callable
from functools import wraps
from typing import Any


class _Installed:
    """What is unpickled as a call of `install`."""

    def __reduce__(self) -> tuple[Callable[[], None], tuple[()]]:
        from cornu.compat.finder import install

        return install, ()


def tell() -> None:
    """Has processes that are spawned from now on call `install` before they import the program."""
    from multiprocessing import spawn

    theirs: Callable[..., dict[str, Any]] = spawn.get_preparation_data
    if hasattr(theirs, "of_cornu"):
        return

    @wraps(theirs)
    def told(name: str) -> dict[str, Any]:
        from cornu.compat.finder import installed

        return {**theirs(name), **({"cornu": _Installed()} if installed() else {})}

    vars(told)["of_cornu"] = True
    vars(spawn)["get_preparation_data"] = told
