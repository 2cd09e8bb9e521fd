"""KerasFileEditor: looks into a file of weights, changes what is in it, and writes it anew."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from contextlib import ExitStack
from typing import Any

import numpy as np

from cornu.core.atomic import as_path, write_whole
from cornu.core.errors import describe, did_you_mean, show_shape
from cornu.core.plain import from_json
from cornu.core.settings import show
from cornu.storage.archive import Archive
from cornu.storage.hdf5 import REFUSED, Read, inside, opened, writing
from cornu.storage.kinds import CONFIG, METADATA, explained, kind_of, wrong_ending
from cornu.storage.parts import parts
from cornu.storage.state import own_state

CALL, DEEPEST = "KerasFileEditor", 100
NO_OBJECT = 'KerasFileEditor: the file has no object "{name}". {hint}'
SEVERAL = 'KerasFileEditor: several objects are called "{name}". Give the whole path: {places}.'
A_PATH = 'KerasFileEditor: new_name is a name without "/", got "{name}". Objects stay where they are.'
TAKEN = 'KerasFileEditor: there is "{name}" already. Delete it first: delete_object("{name}").'
NO_WEIGHTS = (
    "KerasFileEditor: weights are a dict from names, usually '0', '1' and so on, to arrays of numbers, "
    'got {got}. Write {{"0": kernel, "1": bias}}.'
)
NO_WEIGHT = 'KerasFileEditor: "{name}" has no weight "{weight}". It has: {found}.'
Tree = dict[str, Any]


class KerasFileEditor:
    """A file of weights that can be looked at, compared with a model, changed and written anew.

    It helps where a model has changed since its weights were saved: what was renamed, left out or added
    in the model is renamed, deleted or added in the file. The arrays are held in memory; the file that
    was opened stays as it is.

    Args:
        filepath: a '.weights.h5' or '.keras' file.

    Attributes:
        weights_dict: what is in the file: objects by their names, dicts of weights and further objects.

    Raises:
        ValueError: if the file is another one, is damaged, or points at anything outside of itself.

    Example:
        >>> import cornu, tempfile
        >>> model = cornu.Sequential([cornu.layers.Dense(1, input_shape=(2,), name="a")])
        >>> with tempfile.TemporaryDirectory() as folder:
        ...     model.save_weights(f"{folder}/a.weights.h5")
        ...     editor = KerasFileEditor(f"{folder}/a.weights.h5")
        Keras model file '...a.weights.h5'
        >>> editor.rename_object("dense", "dense_1")
        >>> editor.add_object("layers/dense", {"0": [[1.0, 2.0]]})
        >>> editor.summary()
        Weights structure
          layers
            dense_1 ('a')
              0: shape=(2, 1), dtype=float32
              1: shape=(1,), dtype=float32
            dense
              0: shape=(1, 2), dtype=float64
    """

    def __init__(self, filepath: Any) -> None:
        path = as_path(filepath)
        self.filepath = str(path)
        self.metadata: Any = None
        self.config: Any = None
        self.model: Any = None
        self.object_metadata: dict[str, dict[str, Any]] = {}
        if not path.name.endswith((".keras", ".weights.h5")):
            raise wrong_ending(CALL, path, ".weights.h5")
        kind = kind_of(path, CALL)
        with explained(path, CALL), ExitStack() as stack:
            source: Any = self.filepath
            if kind == "zip":
                archive = stack.enter_context(Archive(path, CALL))
                self.metadata = from_json(archive.read(METADATA))
                self.config = from_json(archive.read(CONFIG))
                source = stack.enter_context(archive.weights())
            file = stack.enter_context(opened(source))
            self.weights_dict: Tree = self._read(file, "", set())
        show(f"Keras model file '{self.filepath}'\n")
        if isinstance(self.metadata, dict):
            facts = (self.metadata.get(key, "?") for key in ("keras_version", "date_saved"))
            show("Saved with Keras {} - date: {}\n".format(*facts))

    def _read(self, group: Any, path: str, met: set[int]) -> Tree:
        """A group and all below it; each is met once, or the file goes in circles."""
        import h5py

        if path.count("/") > DEEPEST:
            raise ValueError(REFUSED.format(place=path[1:40] + "...", what="a very deep group"))
        found: Tree = {}
        for key in group:
            thing = inside(group, key)
            place = path if key == "vars" else f"{path}/{key}"
            where = h5py.h5o.get_info(thing.id).addr
            if where in met:
                raise ValueError(REFUSED.format(place=place, what="in the file twice"))
            met.add(where)
            if not isinstance(thing, h5py.Group):
                found[key] = Read(group)[key]
            elif key == "vars":
                found |= self._read(thing, path, met)
                if thing.attrs:
                    self.object_metadata[path] = dict(thing.attrs.items())
            elif below := self._read(thing, place, met):
                found[key] = below
        return found

    # -- looking -------------------------------------------------------------------------------------

    def summary(self) -> None:
        """Prints what is in the file."""
        show("Weights structure\n")
        for path, value in _walk(self.weights_dict):
            depth, key = path.count("/"), path.rpartition("/")[2]
            if isinstance(value, dict):
                name = self.object_metadata.get(path, {}).get("name")
                text = key + (f" ('{name}')" if name else "")
            else:
                text = f"{key}: shape={show_shape(np.shape(value))}, dtype={np.asarray(value).dtype}"
            show("  " * depth + text + "\n")

    def compare(self, reference_model: Any) -> dict[str, Any]:
        """Prints what differs between the file and a model.

        Args:
            reference_model: the model that the weights are for.

        Returns:
            A dict: 'status', which is 'success' or 'error', 'error_count' and 'match_count', each object
            that one of them lacks and each weight counted once.
        """
        show("Running comparison\n")
        theirs = dict(_walk(_spec_of(reference_model)))
        ours = dict(_walk(self.weights_dict))
        problems = [
            *_missing(theirs, ours, "reference model", "saved file"),
            *_missing(ours, theirs, "saved file", "reference model"),
        ]
        matches = 0
        for path in theirs.keys() & ours.keys():
            one, other = theirs[path], ours[path]
            if isinstance(one, dict) and isinstance(other, dict):
                continue
            shapes = [None if isinstance(each, dict) else np.shape(each) for each in (one, other)]
            if shapes[0] == shapes[1]:
                matches += 1
            else:
                shown = ["an object" if each is None else f"shape={each}" for each in shapes]
                problems.append(
                    f"Weight shape mismatch for {path}\n    In reference model: {shown[0]}\n"
                    f"    In saved file: {shown[1]}"
                )
        for problem in sorted(problems):
            show(f"...{problem}\n")
        verdict = "is not" if problems else "is"
        counts = f"{matches} matching weights, {len(problems)} errors"
        show(f"The saved file {verdict} compatible with the reference model: {counts}\n")
        status = "error" if problems else "success"
        return {"status": status, "error_count": len(problems), "match_count": matches}

    # -- changing ------------------------------------------------------------------------------------

    def rename_object(self, object_name: str, new_name: str) -> None:
        """Gives an object, such as a layer, another name.

        Args:
            object_name: its name, or its path: "dense_2" or "layers/dense_2".
            new_name: the name alone.

        Raises:
            ValueError: if there is no such object, or several, or one of the new name.
        """
        if "/" in new_name:
            raise ValueError(A_PATH.format(name=new_name))
        path, parent, key = self._find(object_name)
        if new_name in parent:
            raise ValueError(TAKEN.format(name=path.removesuffix(key).lstrip("/") + new_name))
        parent[new_name] = parent.pop(key)
        for old in [each for each in self.object_metadata if f"{each}/".startswith(f"{path}/")]:
            new = path.removesuffix(key) + new_name + old.removeprefix(path)
            self.object_metadata[new] = self.object_metadata.pop(old)

    def delete_object(self, object_name: str) -> None:
        """Takes an object, such as a layer, out of the file.

        Args:
            object_name: its name, or its path.

        Raises:
            ValueError: if there is no such object, or several.
        """
        path, parent, key = self._find(object_name)
        del parent[key]
        for old in [each for each in self.object_metadata if f"{each}/".startswith(f"{path}/")]:
            del self.object_metadata[old]

    def add_object(self, object_path: str, weights: Mapping[str, Any]) -> None:
        """Adds an object, such as a layer.

        Args:
            object_path: its whole path: "layers/dense_2".
            weights: a dict from names to arrays: {"0": kernel, "1": bias}.

        Raises:
            ValueError: if there is nothing for it to be in, or one of this name is there.
        """
        new = _as_weights(weights)
        place, _, key = object_path.strip("/").rpartition("/")
        parent = self._find(place)[1][place.rpartition("/")[2]] if place else self.weights_dict
        if key in parent:
            raise ValueError(TAKEN.format(name=object_path))
        parent[key] = new

    def delete_weight(self, object_name: str, weight_name: str) -> None:
        """Takes a weight out of an object.

        Args:
            object_name: the object's name, or its path.
            weight_name: the weight's name: "0".

        Raises:
            ValueError: if there is no such object, or it has no such weight.
        """
        _, parent, key = self._find(object_name)
        if weight_name not in parent[key]:
            found = ", ".join(parent[key]) or "none"
            raise ValueError(NO_WEIGHT.format(name=object_name, weight=weight_name, found=found))
        del parent[key][weight_name]

    def add_weights(self, object_name: str, weights: Mapping[str, Any]) -> None:
        """Adds weights to an object, or replaces those of the same names.

        Args:
            object_name: the object's name, or its path.
            weights: a dict from names to arrays: {"1": bias}.

        Raises:
            ValueError: if there is no such object, or the weights are no such dict.
        """
        new = _as_weights(weights)
        _, parent, key = self._find(object_name)
        parent[key].update(new)

    def _find(self, name: str) -> tuple[str, Tree, str]:
        """The path of an object, what it is in, and its name there."""
        objects = {path: value for path, value in _walk(self.weights_dict) if isinstance(value, dict)}
        path = f"/{name.strip('/')}"
        found = [path] if path in objects else []
        if not found and "/" not in name.strip("/"):
            found = [each for each in objects if each.endswith(path)]
        if not found:
            hint = did_you_mean(name, [each[1:] for each in objects])
            raise ValueError(NO_OBJECT.format(name=name, hint=hint))
        if len(found) > 1:
            places = ", ".join(each[1:] for each in found)
            raise ValueError(SEVERAL.format(name=name, places=places))
        place, _, key = found[0].rpartition("/")
        return found[0], objects[place] if place else self.weights_dict, key

    # -- writing -------------------------------------------------------------------------------------

    def save(self, filepath: Any) -> None:
        """Writes what is here now into a file, which `load_weights` reads.

        Args:
            filepath: a path that ends with '.weights.h5'.

        Raises:
            ValueError: if it ends otherwise.
            OSError: if the file cannot be written; what was there before stays.
        """
        path = as_path(filepath)
        if not path.name.endswith(".weights.h5"):
            raise wrong_ending("KerasFileEditor.save", path, ".weights.h5")
        write_whole(path, self._write)

    def _write(self, file: Any) -> None:
        with writing(file) as places:
            for path, value in (("", self.weights_dict), *_walk(self.weights_dict)):
                weights = value if isinstance(value, dict) else {}
                arrays = {key: each for key, each in weights.items() if not isinstance(each, dict)}
                if arrays:
                    name = self.object_metadata.get(path, {}).get("name")
                    places.at(path.lstrip("/"), name).update(arrays)

    def resave_weights(self, filepath: Any) -> None:
        """The same as `save`."""
        self.save(filepath)


def _walk(tree: Tree, path: str = "") -> Iterator[tuple[str, Any]]:
    """The objects and weights of a tree with their paths, an object before what is in it."""
    for key, value in tree.items():
        yield f"{path}/{key}", value
        if isinstance(value, dict):
            yield from _walk(value, f"{path}/{key}")


def _missing(there: Tree, lacking: Tree, has: str, lacks: str) -> Iterator[str]:
    """What one has and the other lacks; of what is in a missing object nothing more is said."""
    for path, value in there.items():
        parent = path.rpartition("/")[0]
        if path not in lacking and (not parent or isinstance(lacking.get(parent), dict)):
            kind = "Object" if isinstance(value, dict) else "Weight"
            inside_it = f"\n    It contains: {', '.join(value)}" if isinstance(value, dict) else ""
            yield f"{kind} {path} present in {has}, missing from {lacks}{inside_it}"


def _spec_of(model: Any) -> Tree:
    """The objects of a model with their weights, in the places that they have in files."""
    tree: Tree = {}
    for place, part in parts(model):
        weights = own_state(part)
        if weights:
            node = tree
            for step in place.split("/") if place else ():
                node = node.setdefault(step, {})
            node.update(weights)
    return tree


def _as_weights(weights: Any) -> Tree:
    if not isinstance(weights, Mapping):
        raise ValueError(NO_WEIGHTS.format(got=describe(weights)))
    arrays = {str(name): np.asarray(value) for name, value in weights.items()}
    for name, array in arrays.items():
        if array.dtype.kind not in "fiub" and array.dtype.name != "bfloat16":
            raise ValueError(NO_WEIGHTS.format(got=f'"{name}": {describe(weights[name])}'))
    return arrays
