"""Weights in the format of Keras 2: a group for each layer, and in it the arrays, named in order."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Sequence
from typing import Any

import numpy as np

from cornu.core.errors import describe, show_shape, warn
from cornu.core.memory import aligned
from cornu.core.variable import Variable
from cornu.layers.building import own_variables
from cornu.storage.attributes import attribute as attribute_of
from cornu.storage.hdf5 import REFUSED, holds, inside, refuse_strange, require_readable, text_of, values
from cornu.storage.kinds import KERAS
from cornu.storage.legacy.layouts import fitted
from cornu.storage.state import DO_NOT_FIT, SHOWN, SKIPPED

NO_NAMES = 'The file is refused: "{attribute}" of "{place}" is no list of names, but {found}.'
TWICE = 'The file is refused: "{attribute}" of "{place}" has a name twice.'
TOP = "top_level_model_weights"
LIMIT = 64512  # bytes that HDF5 keeps in one attribute
LAYERS = (
    "{path} holds weights of {found} layers ({theirs}), but the model has {count} with weights "
    "({ours}). The model must be made like the one that was saved; or load_weights(path, by_name=True) "
    "takes what is named alike."
)
COUNT = '{cls} "{name}" has {count} weights ({names}), but the file holds {found} for it ({theirs}).'
SHAPE = '{cls} "{name}": the weight "{weight}" has shape {shape}, but the file holds {found}.'
NOTHING_ALIKE = (
    "{path} holds weights of the layers {theirs}, and the model has no layer of such a name, but "
    "{ours}: nothing was loaded."
)


def old_order(layer: Any) -> list[Variable]:
    """A layer's weights in the order of the format: those that train, then those that do not."""
    return [*layer.trainable_weights, *layer.non_trainable_weights]


def own_weights(model: Any) -> list[Variable]:
    """The weights that a model has beside its layers'."""
    return [variable for variable in own_variables(model) if variable in model.weights]


# ----------------------------------------------------------------------------------------------- reading


class Stored:
    """The arrays of one layer in a file, in order."""

    def __init__(self, group: Any) -> None:
        self.names = _counted(group, "nb_params", "param") or names_in(group, "weight_names")
        self._arrays = [_array(group, name) for name in self.names]

    @property
    def arrays(self) -> list[Any]:
        """Their values, read now."""
        return [values(array) for array in self._arrays]

    @property
    def unread(self) -> list[Unread]:
        """The same, to be read one by one."""
        return [Unread(array) for array in self._arrays]


class Unread:
    """An array in a file that has a shape, and is read when it is asked for."""

    def __init__(self, dataset: Any) -> None:
        self._dataset = dataset
        self.shape = tuple(dataset.shape)

    def read(self) -> Any:
        """Its values, in memory of its own that a variable can keep."""
        return values(self._dataset, aligned)

    def require_readable(self) -> None:
        """Raises an error if it is damaged, as far as can be seen."""
        require_readable(self._dataset)

    def stand_in(self) -> Any:
        """An array of this shape that takes no memory."""
        return np.broadcast_to(np.zeros((), np.float32), self.shape)


def _counted(group: Any, attribute: str, word: str) -> list[str]:
    """Names that are numbers, of which only the count is given, as before Keras 1; none if it is not."""
    count = attribute_of(group, attribute)
    if count is None:
        return []
    if np.shape(count) != () or not 0 <= int(count) <= len(group):
        raise ValueError(
            REFUSED.format(place=group.name, what=f"{attribute}={count!r}, which it has not")
        )
    return [f"{word}_{number}" for number in range(int(count))]


def names_in(group: Any, attribute: str) -> list[str]:
    """A list of names, which lies in several attributes if it is long."""
    if attribute in group.attrs:
        found = _listed_in(group, attribute)
    else:
        found, part = [], 0
        while f"{attribute}{part}" in group.attrs:
            found += _listed_in(group, f"{attribute}{part}")
            part += 1
    if len(set(found)) != len(found):
        raise ValueError(TWICE.format(place=group.name, attribute=attribute))
    return found


def _listed_in(group: Any, attribute: str) -> list[str]:
    found = attribute_of(group, attribute)
    names = found.tolist() if isinstance(found, np.ndarray) else found
    if not isinstance(names, list) or not all(isinstance(name, (bytes, str)) for name in names):
        raise ValueError(NO_NAMES.format(place=group.name, attribute=attribute, found=describe(found)))
    return [text_of(name, f"{group.name}: {attribute}") for name in names]


def _array(group: Any, name: str) -> Any:
    """An array below a group, whose name may be a path."""
    import h5py

    place = f"{group.name}/{name}".lstrip("/")
    for step in name.split("/"):
        group = _step(group, step, place)
    if not isinstance(group, h5py.Dataset):
        kind = "group" if hasattr(group, "keys") else "type"
        raise ValueError(REFUSED.format(place=place, what=f"a {kind} in place of an array"))
    refuse_strange(group, place)
    return group


def _step(group: Any, name: str, place: str) -> Any:
    if not hasattr(group, "keys") or name in ("", ".", "..") or not holds(group, name):
        raise KeyError(f'no "{place}" in it, which it names')
    return inside(group, name)


def group_of(group: Any, name: str) -> Any:
    """The group of a layer, whose name may be a path."""
    for step in name.split("/"):
        group = _step(group, step, name)
    return group


def load_layers(
    model: Any,
    group: Any,
    path: Any,
    by_name: bool = False,
    skip_mismatch: bool = False,
    left_out: Collection[int] = (),
    new: bool = False,
) -> None:
    """Takes the weights of a model's layers out of a file, in order or by the layers' names. A model
    that is `new` need not stay as it is if the file is damaged.

    Raises:
        ValueError: if a layer does not fit; then the model is unchanged.
    """
    names = _counted(group, "nb_layers", "layer") or names_in(group, "layer_names")
    found = {name: Stored(group_of(group, name)) for name in names}
    found = {name: stored for name, stored in found.items() if stored.names}
    layers = [layer for layer in model.layers if old_order(layer) and id(layer) not in left_out]
    pairs = _by_name(found, layers, path) if by_name else _in_order(found, layers, path)
    top = Stored(inside(group, TOP)) if holds(group, TOP) else None
    triples = [(layer, old_order(layer), stored) for layer, stored in pairs]
    if top is not None and top.names and own_weights(model):
        triples.append((model, own_weights(model), top))
    first, failures = by_keras_1(group), []
    for layer, variables, stored in list(triples):
        wrong = _misfits(layer, variables, stored, first and layer is not model)
        if wrong:
            failures += wrong
            triples.remove((layer, variables, stored))
        elif not new:
            for array in stored.unread:
                array.require_readable()
    shown = "".join(f"\n  {failure}" for failure in failures[:SHOWN])
    if failures and not skip_mismatch:
        raise ValueError(DO_NOT_FIT.format(count=len(failures), path=path) + shown)
    for layer, variables, stored in triples:
        _load(layer, variables, stored, first and layer is not model)
    if failures:
        warn(SKIPPED.format(count=len(failures), path=path) + shown)


def _in_order(
    found: dict[str, Stored], layers: Sequence[Any], path: Any
) -> Iterable[tuple[Any, Stored]]:
    if len(found) != len(layers):
        sides = {"theirs": _listed(found), "ours": _listed(layer.name for layer in layers)}
        raise ValueError(LAYERS.format(path=path, found=len(found), count=len(layers), **sides))
    return list(zip(layers, found.values(), strict=True))


def _by_name(found: dict[str, Stored], layers: Sequence[Any], path: Any) -> Iterable[tuple[Any, Stored]]:
    pairs = [(layer, found[layer.name]) for layer in layers if layer.name in found]
    if not pairs:
        sides = {"theirs": _listed(found), "ours": _listed(layer.name for layer in layers)}
        warn(NOTHING_ALIKE.format(path=path, **sides))
    return pairs


def _listed(names: Iterable[str]) -> str:
    shown = list(names)
    return ", ".join([*shown[:SHOWN], *["..."][: len(shown) - SHOWN]]) or "none"


def by_keras_1(group: Any) -> bool:
    """Whether Keras 1 wrote these weights: it did not note its version beside them."""
    version = attribute_of(group, "keras_version")
    return version is None or text_of(version, "keras_version").startswith("1")


def _misfits(layer: Any, variables: Sequence[Variable], stored: Stored, first: bool) -> list[str]:
    """What does not fit a layer's weights."""
    mine = {"cls": type(layer).__name__, "name": layer.name}
    try:
        arrays = fitted(layer, [array.stand_in() for array in stored.unread], first)
    except ValueError as error:
        return [str(error)]
    if len(variables) != len(arrays):
        names, theirs = _listed(v.name for v in variables), _listed(stored.names)
        return [
            COUNT.format(
                **mine, count=len(variables), names=names, found=len(stored.names), theirs=theirs
            )
        ]
    return [
        SHAPE.format(
            **mine, weight=v.name, shape=show_shape(v.shape), found=f"one of {show_shape(a.shape)}"
        )
        for v, a in zip(variables, arrays, strict=True)
        if v.shape != a.shape
    ]


def _load(layer: Any, variables: Sequence[Variable], stored: Stored, first: bool) -> None:
    """Gives weights their values: one by one where the layer has them as they lie in the file."""
    unread = stored.unread
    marks = [array.stand_in() for array in unread]
    places = {id(mark): number for number, mark in enumerate(marks)}
    found = [places.get(id(mark)) for mark in fitted(layer, marks, first)]
    if None not in found:
        for variable, number in zip(variables, found, strict=True):
            variable.take_from(unread[number].read)  # type: ignore[index]
        return
    for variable, array in zip(variables, fitted(layer, stored.arrays, first), strict=True):
        variable.assign(array)


# ----------------------------------------------------------------------------------------------- writing


def save_layers(model: Any, group: Any, left_out: Collection[int] = ()) -> None:
    """Writes the weights of a model's layers, and its own, into a group."""
    layers = [layer for layer in model.layers if id(layer) not in left_out]
    _write_names(group, "layer_names", [layer.name for layer in layers])
    group.attrs["backend"], group.attrs["keras_version"] = b"jax", KERAS.encode()
    for layer in sorted(layers, key=lambda layer: str(layer.name)):
        write_arrays(group.create_group(layer.name), old_order(layer))
    write_arrays(group.create_group(TOP), own_weights(model))


def write_arrays(group: Any, variables: Sequence[Variable]) -> None:
    """Writes variables under their paths, and the list of these."""
    _write_names(group, "weight_names", [variable.path for variable in variables])
    for variable in variables:
        array = variable.on_host()
        group.create_dataset(
            variable.path, data=array.astype("float32") if array.dtype.kind == "V" else array
        )


def _write_names(group: Any, attribute: str, names: Sequence[str]) -> None:
    data = np.asarray([name.encode() for name in names])
    parts = max(1, -(-data.nbytes // LIMIT))
    for number, part in enumerate(np.array_split(data, parts)):
        group.attrs[attribute if parts == 1 else f"{attribute}{number}"] = list(part)
