"""text_dataset_from_directory: a folder of texts as batches."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from cornu.core.errors import NotBuiltYetError
from cornu.utils.directories import Reader, datasets
from cornu.utils.image_dataset import NO_GRAIN

WHO = "text_dataset_from_directory"


def text_dataset_from_directory(
    directory: Any,
    labels: Any = "inferred",
    label_mode: str | None = "int",
    class_names: Any = None,
    batch_size: int | None = 32,
    max_length: int | None = None,
    shuffle: bool = True,
    seed: int | None = None,
    validation_split: float | None = None,
    subset: str | None = None,
    follow_links: bool = False,
    format: str = "tf",
    verbose: bool = True,
) -> Any:
    """A `Dataset` of the files `.txt` in a folder, in batches, read by threads when they are needed.

    With labels its elements are (texts, labels), else texts: arrays of bytes, as `tf.data` gives them,
    which TextVectorization and StringLookup take. It has the attributes `class_names` and `file_paths`.

    Args:
        directory: the folder; with `labels="inferred"` it holds a folder for each class.
        labels, label_mode, class_names: as in `image_dataset_from_directory`.
        batch_size: 32 by default; None for single texts.
        max_length: how many bytes of a text to keep, all by default.
        shuffle, seed, validation_split, subset, follow_links, format, verbose: as there.

    Raises:
        ValueError: if an argument is not understood, or no text is found.
        NotADirectoryError: if there is no such folder.

    Example:
        >>> import os, pathlib, tempfile
        >>> with tempfile.TemporaryDirectory() as folder:
        ...     for name in ("good", "bad"):
        ...         os.mkdir(f"{folder}/{name}")
        ...         _ = pathlib.Path(folder, name, "1.txt").write_text(f"a {name} film")
        ...     found = text_dataset_from_directory(folder, shuffle=False, verbose=False)
        ...     texts, labels = next(iter(found))
        >>> texts.tolist(), labels.tolist()
        ([b'a bad film', b'a good film'], [0, 1])
    """
    if format != "tf":
        raise NotBuiltYetError(NO_GRAIN.format(who=WHO, format=format))
    reader = Reader(WHO, "texts", (".txt",), lambda path: Path(path).read_bytes()[:max_length])
    return datasets(
        *(reader, directory, labels, label_mode, class_names, batch_size, shuffle, seed),
        *(validation_split, subset, follow_links, verbose),
    )
