"""Checkpoints of Orbax: folders of arrays, as the callback OrbaxCheckpoint writes them."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from cornu.core import placement
from cornu.core.allowance import allowed
from cornu.core.errors import NotBuiltYetError
from cornu.core.plain import from_json
from cornu.storage.description import model_from
from cornu.training.callbacks.backup_file import Damaged
from cornu.training.callbacks.checkpoints import LEFT_OUT, Checkpoint, steps_in
from cornu.training.callbacks.orbax_checkpoint import WEIGHTS
from cornu.training.state_tree import PARTS, fitting

ARCHITECTURE = "model_config"
GENERATOR = re.compile(r"seed_generator(_\d+)?")
TEXTS = ("metadata", "_strings.json")  # where Orbax has put JSON text, in its two interfaces
NO_ARCHITECTURE = (
    'load_model: the checkpoint "{path}" holds weights alone. Build the model as it was, and write '
    'model.load_weights("{folder}").'
)
OTHER_MODEL = (
    'load_weights: "{path}" is of another model; this model does not fit. {reason} Layers need the '
    "names they had: Dense(1, name=...)."
)
DAMAGED = '{call}: the checkpoint "{path}" is damaged ({reason}), and nothing was loaded.{older}'
OLDER = " Delete that folder, and the one before, of step {step}, is loaded."
ASSETS = (
    'The checkpoint "{path}" holds vocabularies or other files of layers, which are not read from '
    "checkpoints yet. Save such a model as .keras."
)


def is_checkpoint(path: Path) -> bool:
    """Whether this is a folder that Orbax wrote."""
    return _last(path) is not None


def load_model(path: Path, custom_objects: Any = None, compile: bool = True) -> Any:
    """The model of the last checkpoint in a folder, its optimizer's state included."""
    checkpoint = _checkpoint(path)
    if not (checkpoint / ARCHITECTURE).is_dir():
        raise ValueError(NO_ARCHITECTURE.format(path=checkpoint, folder=path))
    if (checkpoint / "assets").exists():
        raise NotBuiltYetError(ASSETS.format(path=checkpoint))
    size = sum(file.stat().st_size for file in checkpoint.rglob("*") if file.is_file())
    with _explained("load_model", checkpoint):
        architecture = _architecture(checkpoint)
    with allowed(size):
        model = model_from(architecture, custom_objects, compile)
    parts = PARTS[:3] if model.compiled else WEIGHTS
    _restore(model, checkpoint, parts, "load_model")
    return model


def load_weights(model: Any, path: Path) -> None:
    """Gives a model the weights of the last checkpoint in a folder."""
    _restore(model, _checkpoint(path), WEIGHTS, "load_weights")


def _restore(model: Any, path: Path, parts: Iterable[str], call: str) -> None:
    """Gives the variables of these parts what a checkpoint holds, laid out as they are to lie."""
    with _explained(call, path):
        checkpoint = Checkpoint(path)
        tree = {part: checkpoint.arrays[part] for part in parts}
    try:
        variables = {id(about): v for _, v, about in fitting(model, _with_own_names(model, tree))}
    except ValueError as error:
        raise ValueError(OTHER_MODEL.format(path=path.parent, reason=error)) from None

    def place(_: str, about: Any) -> Any:
        return placement.home(variables[id(about)]) if id(about) in variables else LEFT_OUT

    with _explained(call, path):
        found = checkpoint.read(place)
    tree = {part: found[part] for part in parts}
    for _, variable, value in fitting(model, _with_own_names(model, tree)):
        variable.take(value)


def _with_own_names(model: Any, tree: dict[str, Any]) -> dict[str, Any]:
    """A tree in which the random generators of layers have the names that they have in this model: these
    are numbered through all models of a process."""
    tops = {variable.path.split("/")[0] for variable in model.non_trainable_variables}
    mine, theirs = map(_generators, (tops, tree[WEIGHTS[1]]))
    if len(mine) != len(theirs):
        return tree
    names = dict(zip(theirs, mine, strict=True))
    values = {names.get(name, name): value for name, value in tree[WEIGHTS[1]].items()}
    return {**tree, WEIGHTS[1]: values}


def _generators(names: Iterable[str]) -> list[str]:
    """The names of random generators, in their order."""
    return sorted(filter(GENERATOR.fullmatch, names), key=lambda name: (len(name), name))


@contextmanager
def _explained(call: str, path: Path) -> Iterator[None]:
    """Has errors say which checkpoint is damaged, and whether there is another."""
    try:
        yield
    except (Damaged, LookupError, ValueError, OSError) as error:
        before = [step for step in steps_in(path.parent) if step < int(path.name)]
        older = OLDER.format(step=before[-1]) if before else ""
        reason = str(error).strip("'\"") or type(error).__name__
        raise ValueError(DAMAGED.format(call=call, path=path, reason=reason, older=older)) from error


def _last(path: Path) -> int | None:
    return max(steps_in(path), default=None)


def _checkpoint(path: Path) -> Path:
    return path / str(_last(path))


def _architecture(checkpoint: Path) -> str:
    """The model's description, as JSON text."""
    files = [checkpoint / ARCHITECTURE / name for name in TEXTS]
    found = next((file for file in files if file.is_file()), files[0])
    return str(from_json(found.read_bytes())["config"])
