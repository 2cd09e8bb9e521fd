"""Folders of files as data: which files there are, their classes, and their division in two."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np

from cornu.core.errors import describe, did_you_mean
from cornu.core.settings import show
from cornu.utils.dataset import AUTOTUNE, Dataset
from cornu.utils.dataset.elements import as_element

THREADS = min(8, os.cpu_count() or 1)  # that read and decode files
LABEL_MODES = ("int", "categorical", "binary", None)
SUBSETS = ("training", "validation", "both", None)


class Files(NamedTuple):
    """Files, the class of each as a number, and the classes' names; without classes None."""

    paths: list[str]
    labels: Any
    class_names: list[str] | None


class Reader(NamedTuple):
    """How one kind of file is read: what it is called, which endings it has, and what is made of one."""

    function: str
    kind: str
    endings: tuple[str, ...]
    read: Callable[[str], Any]
    gather: Callable[[Dataset, int], Dataset] = Dataset.batch


def datasets(
    reader: Reader,
    directory: Any,
    labels: Any,
    label_mode: str | None,
    class_names: Any,
    batch_size: int | None,
    shuffle: bool,
    seed: int | None,
    validation_split: float | None,
    subset: str | None,
    follow_links: bool,
    verbose: bool,
) -> Any:
    """The dataset of a folder of files; two of them, in a list, for `subset="both"`."""
    _check_labels(reader.function, labels, label_mode, class_names)
    _check_split(reader.function, validation_split, subset, shuffle, seed)
    if labels is None or label_mode is None:
        labels = label_mode = None
    if seed is None:
        seed = int(np.random.randint(1000000))
    files = index_directory(reader, directory, labels, class_names, shuffle, seed, follow_links, verbose)
    if label_mode == "binary" and len(files.class_names or ()) != 2:
        raise ValueError(
            f'{reader.function}: label_mode="binary" needs exactly 2 classes, but there are '
            f'{len(files.class_names or ())}: {files.class_names}. Write label_mode="int" or '
            '"categorical".'
        )
    wanted = ("training", "validation") if subset == "both" else (subset,)
    parts = [_part(files, validation_split, each, verbose) for each in wanted]
    for part, name in zip(parts, wanted, strict=True):
        if not part.paths:
            what = f"{name} {reader.kind}" if name else reader.kind
            raise ValueError(
                f'{reader.function} found no {what} in "{directory}". It looks for files that end in '
                f"{', '.join(reader.endings)}"
                + (", in a folder for each class." if labels == "inferred" else ".")
            )
    mixed = [shuffle and (subset != "both" or name == "training") for name in wanted]
    made = [
        _dataset(reader, part, label_mode, batch_size, mix, seed)
        for part, mix in zip(parts, mixed, strict=True)
    ]
    return made if subset == "both" else made[0]


def _dataset(
    reader: Reader,
    files: Files,
    label_mode: str | None,
    batch_size: int | None,
    shuffle: bool,
    seed: int,
) -> Dataset:
    paths = np.array(files.paths, dtype=object)
    rows = Dataset.from_tensor_slices(np.arange(len(paths)))
    if shuffle:
        rows = rows.shuffle(1024 if batch_size is None else batch_size * 8, seed=seed)
    labels = (
        None if label_mode is None else encoded(files.labels, label_mode, len(files.class_names or ()))
    )

    def read(row: Any) -> Any:
        value = reader.read(paths[row])
        return as_element(value if labels is None else (value, labels[row]))

    found = rows.mapped(read, THREADS)
    if batch_size is not None:
        found = reader.gather(found, batch_size)
    found = found.prefetch(AUTOTUNE)
    return found.described(class_names=files.class_names, file_paths=files.paths)


def encoded(labels: Any, label_mode: str, classes: int) -> Any:
    """Numbers of classes as a network's targets."""
    numbers = np.asarray(labels, dtype="int32")
    if label_mode == "binary":
        return numbers[:, None].astype("float32")
    if label_mode == "categorical":
        return (numbers[:, None] == np.arange(classes)).astype("float32")
    return numbers


# -- files --------------------------------------------------------------------------------------------


def index_directory(
    reader: Reader,
    directory: Any,
    labels: Any,
    class_names: Any,
    shuffle: bool,
    seed: int,
    follow_links: bool,
    verbose: bool,
) -> Files:
    """The files of a folder, in the order of their names, or shuffled as Keras does with this seed.

    Raises:
        NotADirectoryError: if there is no such folder.
        ValueError: if the classes that were named have no folder, or there are other numbers of labels
            and of files.
    """
    root = Path(directory)
    if not root.is_dir():
        raise NotADirectoryError(f'{reader.function}: there is no folder "{directory}".')
    folders = sorted(f.name for f in root.iterdir() if f.is_dir() and not f.name.startswith("."))
    if labels == "inferred":
        missing = sorted(set(class_names or ()) - set(folders))
        if missing:
            raise ValueError(
                f'{reader.function}: class_names has "{missing[0]}", but "{directory}" holds no such '
                "folder. " + did_you_mean(missing[0], folders)
            )
        names = list(class_names) if class_names is not None else folders
        each = [_files_in(root / name, reader.endings, follow_links) for name in names]
        paths = [path for found in each for path in found]
        numbers: Any = np.repeat(np.arange(len(names), dtype="int32"), [len(found) for found in each])
    else:
        paths, names, numbers = _files_in(root, reader.endings, follow_links), [], None
    if labels is not None and labels != "inferred":
        if len(labels) != len(paths):
            raise ValueError(
                f"{reader.function}: there must be one label for each file, but there are {len(labels)} "
                f'labels, and {len(paths)} files in "{directory}".'
            )
        numbers, names = np.array(labels), [str(label) for label in sorted(set(labels))]
    if verbose:
        of = "" if labels is None else f" belonging to {len(names)} classes"
        show(f"Found {len(paths)} files{of}.\n")
    if shuffle:
        np.random.RandomState(seed).shuffle(paths)
        if numbers is not None:
            np.random.RandomState(seed).shuffle(numbers)
    return Files(paths, numbers, names if labels is not None else None)


def _files_in(folder: Path, endings: tuple[str, ...], follow_links: bool) -> list[str]:
    """The files with these endings in a folder and those within it, sorted folder by folder."""
    return [str(path) for path in walk(folder, follow_links) if path.name.lower().endswith(endings)]


def walk(folder: Path, follow_links: bool) -> Iterator[Path]:
    """All files in a folder and those within it: folders by their paths, files by their names."""
    for root, _, files in sorted(os.walk(folder, followlinks=follow_links), key=lambda found: found[0]):
        yield from (Path(root) / name for name in sorted(files))


def _part(files: Files, validation_split: float | None, subset: str | None, verbose: bool) -> Files:
    """The files for training or for validation, which are the last."""
    if not validation_split:
        return files
    count = int(validation_split * len(files.paths))
    training = slice(None, -count or None)
    chosen = training if subset == "training" else slice(len(files.paths) - count, None)
    part = files._replace(
        paths=files.paths[chosen], labels=None if files.labels is None else files.labels[chosen]
    )
    if verbose:
        show(f"Using {len(part.paths)} files for {subset}.\n")
    return part


# -- what may be asked for ----------------------------------------------------------------------------


def _check_labels(function: str, labels: Any, label_mode: Any, class_names: Any) -> None:
    inferred = isinstance(labels, str) and labels == "inferred"
    if labels is not None and not inferred and not isinstance(labels, (list, tuple)):
        raise ValueError(
            f'{function}: labels must be "inferred" (the folders are the classes), None, or a '
            f"list with a whole number for each file, got labels={describe(labels)}."
        )
    if class_names is not None and not inferred:
        raise ValueError(
            f'{function}: class_names goes with labels="inferred" alone; given labels name the classes '
            "themselves. Leave one of the two out."
        )
    if label_mode not in LABEL_MODES:
        raise ValueError(
            f'{function}: label_mode must be "int", "categorical", "binary" or None, got '
            f"label_mode={describe(label_mode)}. "
            f"{did_you_mean(str(label_mode), filter(None, LABEL_MODES))}"
        )


def _check_split(function: str, fraction: Any, subset: Any, shuffle: bool, seed: Any) -> None:
    if subset not in SUBSETS:
        raise ValueError(
            f'{function}: subset must be "training", "validation" or "both", got '
            f"subset={describe(subset)}. " + did_you_mean(str(subset), filter(None, SUBSETS))
        )
    if fraction and not 0 < fraction < 1:
        raise ValueError(
            f"{function}: validation_split must be between 0 and 1, got validation_split={fraction}."
        )
    if bool(fraction) != bool(subset):
        raise ValueError(
            f"{function}: validation_split and subset go together. Write both, as in "
            "validation_split=0.2, "
            'subset="training".'
        )
    if fraction and shuffle and seed is None:
        raise ValueError(
            f"{function}: with validation_split and shuffle=True a seed is needed, the same for both "
            "subsets, so that no file is in both. Write seed=123, for instance."
        )
