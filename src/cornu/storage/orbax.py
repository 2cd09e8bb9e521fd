"""Checkpoints of Orbax: folders of arrays, as the callback OrbaxCheckpoint writes them."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from cornu.core.allowance import allowed
from cornu.core.errors import NotBuiltYetError
from cornu.core.plain import from_json
from cornu.storage.description import model_from
from cornu.training.callbacks.orbax_checkpoint import WEIGHTS, orbax

ARRAYS, ARCHITECTURE = "pytree", "model_config"
TEXTS = ("metadata", "_strings.json")  # where Orbax has put JSON text, in its two interfaces
NO_ARCHITECTURE = (
    'load_model: the checkpoint "{path}" holds weights alone. Build the model as it was, and write '
    'model.load_weights("{folder}").'
)
OTHER_MODEL = (
    'load_weights: "{path}" is of another model; this model does not fit. {reason} Layers need the '
    "names they had: Dense(1, name=...)."
)
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
    with allowed(size):
        model = model_from(_architecture(checkpoint), custom_objects, compile)
    state = _state(checkpoint)
    if not model.compiled:
        state = {part: state[part] for part in WEIGHTS}
    model.set_state_tree({part: values for part, values in state.items() if part != "metrics_variables"})
    return model


def load_weights(model: Any, path: Path) -> None:
    """Gives a model the weights of the last checkpoint in a folder."""
    state = _state(_checkpoint(path))
    try:
        model.set_state_tree({part: state[part] for part in WEIGHTS})
    except ValueError as error:
        raise ValueError(OTHER_MODEL.format(path=path, reason=error)) from None


def _last(path: Path) -> int | None:
    if not path.is_dir():
        return None
    steps = (int(each.name) for each in path.iterdir() if each.name.isdigit())
    return max((step for step in steps if (path / str(step) / ARRAYS).is_dir()), default=None)


def _checkpoint(path: Path) -> Path:
    return path / str(_last(path))


def _architecture(checkpoint: Path) -> str:
    """The model's description, as JSON text."""
    files = [checkpoint / ARCHITECTURE / name for name in TEXTS]
    found = next((file for file in files if file.is_file()), files[0])
    return str(from_json(found.read_bytes())["config"])


def _state(checkpoint: Path) -> Any:
    """The arrays, as nested dicts by path."""
    what = orbax().args.Composite(**{ARRAYS: orbax().args.StandardRestore()})
    with orbax().CheckpointManager(checkpoint.parent.absolute()) as manager:
        return manager.restore(int(checkpoint.name), args=what)[ARRAYS]
