"""The state of a model, written into and read from a place for each of its parts."""

from __future__ import annotations

import tempfile
from collections.abc import Collection, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from cornu.core.errors import warn
from cornu.core.module import Module, owned, walk
from cornu.core.stored import load_variables, save_variables
from cornu.core.variable import Variable
from cornu.layers.layer import Layer
from cornu.storage.hdf5 import Weights, Written
from cornu.storage.parts import parts

DO_NOT_FIT = "{count} of the model's parts do not fit what {path} holds; the model is unchanged."
SKIPPED = "{path}: {count} of the model's parts do not fit and were left as they are."
LEFT = (
    "{path} holds weights of layers that the model does not have, and these were left out: {places}. "
    "Is it the file of this model?"
)
SHOWN = 5  # parts that a message lists


def save_state(model: Any, file: Any, assets: Any = None, left_out: Collection[int] = ()) -> None:
    """Writes the variables of all parts, less some by identity; `assets(place, name, content)` is given
    the other files."""
    covered: set[int] = set()
    for place, part in parts(model, left_out):
        covered |= {id(variable) for variable in owned(part, Variable)}
        own = getattr(part, "save_own_variables", None)
        store = Written(file, place, part.name if isinstance(part, Layer) or own else None)
        if own is not None:
            own(store)
        elif _has_own(part):
            save_variables(owned(part, Variable), store)
        if assets is not None and hasattr(part, "save_assets"):
            _save_assets(part, place, assets)
    if not left_out:
        _refuse_loss([v.path for v in model.weights if id(v) not in covered])


def _refuse_loss(forgotten: list[str]) -> None:
    """Raises an error for weights that no part has that is saved."""
    if forgotten:
        shown = ", ".join(forgotten[:SHOWN])
        raise ValueError(
            f"The weights {shown} cannot be saved: the layer that has them is held by an attribute "
            "whose name Cornu uses itself. Give that attribute another name."
        )


def _save_assets(part: Any, place: str, assets: Any) -> None:
    with tempfile.TemporaryDirectory() as folder:
        part.save_assets(folder)
        for path in sorted(Path(folder).iterdir()):
            if not path.is_file():
                raise ValueError(
                    f'{type(part).__name__} "{part.name}": save_assets made "{path.name}", which is no '
                    "plain file. Write files, without folders."
                )
            assets(place, path.name, path.read_bytes())


def _has_own(part: Any) -> bool:
    """Whether a part is one of ours that holds variables, though it is no layer."""
    return part.part != "metrics" and bool(owned(part, Variable))


def load_state(
    model: Any,
    weights: Weights,
    path: Any,
    assets: Any = None,
    skip_mismatch: bool = False,
    left_out: Collection[int] = (),
) -> None:
    """Reads what `save_state` wrote; `assets(place)` gives the other files as a dict.

    Raises:
        ValueError: if a part does not fit; then the model is unchanged.
    """
    failures: list[str] = []
    with all_or_nothing(model):
        for place, part in parts(model, left_out):
            try:
                if isinstance(part, Layer):
                    part._build_as_described()
                _load_part(part, weights, place)
                if assets is not None and hasattr(part, "load_assets"):
                    _load_assets(part, assets(place))
            except (ValueError, KeyError) as error:
                text = str(error) if isinstance(error, ValueError) else f"there is no {error} for it"
                mine = f'{type(part).__name__} "{getattr(part, "name", place)}"'
                failures.append(text if mine in text else f"{mine}: {text}")
        shown = "".join(f"\n  {failure}" for failure in failures[:SHOWN])
        if failures and not skip_mismatch:
            raise ValueError(DO_NOT_FIT.format(count=len(failures), path=path) + shown)
        unused = weights.unused()  # here: it may find that the file is damaged
    if failures:
        warn(SKIPPED.format(count=len(failures), path=path) + shown)
    if unused:
        warn(LEFT.format(path=path, places=", ".join(unused[:SHOWN])))


def _load_part(part: Any, weights: Weights, place: str) -> None:
    store = weights.at(place)
    if hasattr(part, "load_own_variables"):
        part.load_own_variables(store)
    elif _has_own(part) and len(store):  # Keras's files have nothing of the kind
        load_variables(type(part).__name__, owned(part, Variable), store)


def _load_assets(part: Any, files: dict[str, bytes]) -> None:
    with tempfile.TemporaryDirectory() as folder:
        for name, content in files.items():
            (Path(folder) / name).write_bytes(content)
        part.load_assets(folder)


@contextmanager
def all_or_nothing(model: Any) -> Iterator[None]:
    """Puts all variables back to what they were, if the block ends with an error."""
    modules = walk(model, Module, skip=())
    variables = [variable for module in modules for variable in owned(module, Variable)]
    before = [(variable, variable.value if variable.made else None) for variable in variables]
    try:
        yield
    except BaseException:
        for variable, value in before:
            if value is not None:
                variable.assign(value)
            elif variable.made:
                variable.forget()
        raise
