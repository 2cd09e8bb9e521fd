"""The state of a model, written into and read from a place for each of its parts."""

from __future__ import annotations

import tempfile
from collections.abc import Collection, Iterable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from cornu.core.errors import warn
from cornu.core.module import Module, owned, walk
from cornu.core.stored import load_variables, owner_of, require_fit, save_variables
from cornu.core.variable import Variable
from cornu.layers.building import own_variables
from cornu.layers.layer import Layer
from cornu.storage.display import displayed
from cornu.storage.parts import parts

DO_NOT_FIT = "{count} of the model's parts do not fit what {path} holds; the model is unchanged."
SKIPPED = "{path}: {count} of the model's parts do not fit and were left as they are."
LEFT = (
    "{path} holds weights of layers that the model does not have, and these were left out: {places}. "
    "Is it the file of this model?"
)
SHOWN = 5  # parts that a message lists


def save_state(model: Any, places: Any, assets: Any = None, left_out: Collection[int] = ()) -> None:
    """Writes the variables of all parts, less some by identity, into stores: `places.at(place, name)`;
    `assets(place, name, content)` is given the other files."""
    covered: set[int] = set()
    with displayed("Saving", sum(variable.nbytes for variable in variables_of(model))) as display:
        for place, part in parts(model, left_out):
            covered |= {id(variable) for variable in owned(part, Variable)}
            own = getattr(part, "save_own_variables", None)
            _save_part(part, places.at(place, part.name if isinstance(part, Layer) or own else None))
            if assets is not None and hasattr(part, "save_assets"):
                _save_assets(part, place, assets)
            display.add_part(part)
    if not left_out:
        _refuse_loss([v.path for v in model.weights if id(v) not in covered])


def _save_part(part: Any, store: Any) -> None:
    if hasattr(part, "save_own_variables"):
        part.save_own_variables(store)
    elif _has_own(part):
        save_variables(owned(part, Variable), store)


def own_state(part: Any) -> dict[str, Any]:
    """What `save_state` would write for one part."""
    found: dict[str, Any] = {}
    _save_part(part, found)
    return found


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
    weights: Any,
    path: Any,
    assets: Any = None,
    skip_mismatch: bool = False,
    left_out: Collection[int] = (),
    new: bool = False,
) -> None:
    """Reads what `save_state` wrote; `assets(place)` gives the other files as a dict. A model that is
    `new` need not be put back to what it was.

    Raises:
        ValueError: if a part does not fit; then the model is unchanged.
    """
    failures: list[str] = []
    if not new:
        for place, part in parts(model, left_out):
            with _noted(failures, part, place):
                if isinstance(part, Layer):
                    part._build_as_described()
                _require_fit(part, weights.at(place))
        if not skip_mismatch:
            _refuse(failures, path)
        failures.clear()
        weights.unused()  # to look for them may find that the file is damaged
    unsure = () if new else _unsure(model, weights, left_out)
    with all_or_nothing(unsure), displayed("Loading", weights.size()) as display:
        for place, part in parts(model, left_out):
            with _noted(failures, part, place):
                if isinstance(part, Layer):
                    part._build_as_described()
                _load_part(part, weights, place)
                if assets is not None and hasattr(part, "load_assets"):
                    _load_assets(part, assets(place))
            display.add_part(part)
        if not skip_mismatch:
            _refuse(failures, path)
        unused = weights.unused()
    if failures:
        warn(SKIPPED.format(count=len(failures), path=path) + _shown(failures))
    if unused:
        warn(LEFT.format(path=path, places=", ".join(unused[:SHOWN])))


@contextmanager
def _noted(failures: list[str], part: Any, place: str) -> Iterator[None]:
    """Keeps what is said of a part that does not fit."""
    try:
        yield
    except (ValueError, KeyError) as error:
        text = str(error) if isinstance(error, ValueError) else f"there is no {error} for it"
        mine = owner_of(part) if hasattr(part, "name") else f'{type(part).__name__} "{place}"'
        failures.append(text if mine in text else f"{mine}: {text}")


def _refuse(failures: list[str], path: Any) -> None:
    if failures:
        raise ValueError(DO_NOT_FIT.format(count=len(failures), path=path) + _shown(failures))


def _shown(failures: list[str]) -> str:
    return "".join(f"\n  {failure}" for failure in failures[:SHOWN])


def _known(part: Any, store: Any) -> list[Variable] | None:
    """The variables that loading a part will take from a store, if it has no way of its own."""
    hook = getattr(type(part), "load_own_variables", None)
    if hook is Layer.load_own_variables:
        return own_variables(part)
    if hook is not None and part.part == "optimizer":
        from cornu.optimizers.optimizer import Optimizer  # a model without one does not need to wait

        if hook is Optimizer.load_own_variables:
            variables = part.variables if part.built else []
            return variables if len(variables) == len(store) else []
    return (owned(part, Variable) if len(store) else []) if hook is None and _has_own(part) else None


def _require_fit(part: Any, store: Any) -> None:
    variables = _known(part, store)
    if variables or (variables is not None and isinstance(part, Layer)):
        require_fit(owner_of(part), variables, store)
        for key in store:
            store.require_readable(key)


def _unsure(model: Any, weights: Any, left_out: Collection[int]) -> list[Variable]:
    """The variables that may have to be put back: those of parts that have another way of loading. If it
    is the user's, these are all, and are held twice for as long as it takes."""
    found: list[Variable] = []
    for place, part in parts(model, left_out):
        hooks = [getattr(type(part), hook, None) for hook in ("load_own_variables", "load_assets")]
        if any(hook and not hook.__module__.startswith("cornu.") for hook in hooks):
            return variables_of(model)
        if _known(part, weights.at(place)) is None:
            found += owned(part, Variable)
    return found


def _load_part(part: Any, weights: Any, place: str) -> None:
    store = weights.at(place)
    if hasattr(part, "load_own_variables"):
        part.load_own_variables(store)
    elif _has_own(part) and len(store):  # Keras's files have nothing of the kind
        load_variables(owner_of(part), owned(part, Variable), store)


def _load_assets(part: Any, files: dict[str, bytes]) -> None:
    with tempfile.TemporaryDirectory() as folder:
        for name, content in files.items():
            (Path(folder) / name).write_bytes(content)
        part.load_assets(folder)


@contextmanager
def all_or_nothing(variables: Iterable[Variable]) -> Iterator[None]:
    """Puts variables back to what they were, if the block ends with an error."""
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


def variables_of(model: Any) -> list[Variable]:
    """All variables that a model owns."""
    return [v for module in walk(model, Module, skip=()) for v in owned(module, Variable)]
