"""DataFrameIterator: batches of the images that a table of pandas names."""

from __future__ import annotations

import os
from typing import Any

import numpy as np

from cornu.core.errors import describe, did_you_mean, warn
from cornu.core.settings import show
from cornu.preprocessing.image.iterators import ENDINGS, FilesIterator

OF_CLASSES = ("binary", "categorical", "sparse")  # modes whose targets are names of classes


class DataFrameIterator(FilesIterator):
    """Batches of the images that a table of pandas names; see `ImageDataGenerator.flow_from_dataframe`.

    Args:
        dataframe: the table.
        directory: what the names of files begin from.
        image_data_generator: the ImageDataGenerator that transforms the images, or None.
        others: as in `ImageDataGenerator.flow_from_dataframe`.

    Raises:
        ValueError: if a column or a word is not known, or no file is left.
        TypeError: if a column holds values of another kind than `class_mode` needs.

    Example:
        >>> import pandas, tempfile
        >>> from cornu.utils.images import save_img
        >>> table = pandas.DataFrame({"filename": ["a.png", "b.png"], "class": ["cat", "dog"]})
        >>> with tempfile.TemporaryDirectory() as folder:
        ...     for name in table.filename:
        ...         save_img(f"{folder}/{name}", np.zeros((2, 2, 3)))
        ...     batches = DataFrameIterator(table, folder, target_size=(2, 2))
        Found 2 validated image filenames belonging to 2 classes.
        >>> batches.class_indices
        {'cat': 0, 'dog': 1}
    """

    allowed_class_modes = ("binary", "categorical", "input", "multi_output", "raw", "sparse", None)

    def __init__(
        self,
        dataframe: Any,
        directory: Any = None,
        image_data_generator: Any = None,
        x_col: str = "filename",
        y_col: Any = "class",
        weight_col: str | None = None,
        target_size: Any = (256, 256),
        color_mode: str = "rgb",
        classes: Any = None,
        class_mode: str | None = "categorical",
        batch_size: int = 32,
        shuffle: bool = True,
        seed: int | None = None,
        data_format: str = "channels_last",
        save_to_dir: Any = None,
        save_prefix: str = "",
        save_format: str = "png",
        subset: str | None = None,
        interpolation: str = "nearest",
        keep_aspect_ratio: bool = False,
        dtype: Any = "float32",
        validate_filenames: bool = True,
    ) -> None:
        self.set_processing_attrs(
            *(image_data_generator, target_size, color_mode, data_format, save_to_dir, save_prefix),
            *(save_format, subset, interpolation, keep_aspect_ratio),
        )
        self.check_class_mode(class_mode)
        self.directory = directory or ""
        self.class_mode = class_mode
        self.dtype = dtype
        table = dataframe.copy()
        self._check(table, x_col, y_col, weight_col, classes)
        if validate_filenames:
            table = self._without_missing_files(table, x_col)
        if class_mode in OF_CLASSES:
            table, names = _of_classes(table, y_col, classes)
            self.class_indices = dict(zip(names, range(len(names)), strict=True))
        if self.split is not None:
            table = table.iloc[int(self.split[0] * len(table)) : int(self.split[1] * len(table))]
        if class_mode in OF_CLASSES:
            self.classes = [self._number(label) for label in table[y_col]]
        self.filenames = table[x_col].tolist()
        self.samples = len(self.filenames)
        self._sample_weight = table[weight_col].to_numpy() if weight_col else None
        if class_mode == "multi_output":
            self._targets: Any = [np.array(table[column].tolist()) for column in y_col]
        elif class_mode == "raw":
            self._targets = table[y_col].to_numpy()
        self._filepaths = [os.path.join(self.directory, name) for name in self.filenames]
        self._tell(validate_filenames)
        super().__init__(self.samples, batch_size, shuffle, seed)

    def _tell(self, validated: bool) -> None:
        """Says how many files there are.

        Raises:
            ValueError: if there is none.
        """
        of = f" belonging to {len(self.class_indices)} classes" if self.class_mode in OF_CLASSES else ""
        show(f"Found {self.samples} {'' if validated else 'non-'}validated image filenames{of}.\n")
        if not self.samples:
            raise ValueError(
                "flow_from_dataframe: none of the files that the table names is an image in "
                f'"{self.directory}". '
                "Pass the folder that the names begin from as directory=, and names with their endings."
            )

    def _number(self, label: Any) -> Any:
        if isinstance(label, (list, tuple)):
            return [self.class_indices[each] for each in label]
        return self.class_indices[label]

    def _check(self, table: Any, x_col: str, y_col: Any, weight_col: Any, classes: Any) -> None:
        mode = self.class_mode
        targets = (
            [] if mode in ("input", None) else y_col if isinstance(y_col, (list, tuple)) else [y_col]
        )
        for argument, column in (
            *(("x_col", x_col), *(("y_col", column) for column in targets)),
            *((("weight_col", weight_col),) if weight_col else ()),
        ):
            if column not in table.columns:
                raise ValueError(
                    f'flow_from_dataframe: the table has no column {argument}="{column}". '
                    + did_you_mean(str(column), table.columns)
                )
        if mode == "multi_output" and not isinstance(y_col, list):
            raise TypeError(
                'flow_from_dataframe: class_mode="multi_output" takes a list of columns, got '
                f"y_col={y_col!r}."
            )
        _of_kind(table, "x_col", x_col, str, "names of files")
        if mode in OF_CLASSES:
            several = (str, list, tuple) if mode == "categorical" else str
            _of_kind(table, "y_col", y_col, several, f'names of classes for class_mode="{mode}"')
        count = len(set(classes)) if classes else table[y_col].nunique() if mode == "binary" else 2
        if mode == "binary" and count != 2:
            raise ValueError(
                f'flow_from_dataframe: class_mode="binary" needs 2 classes, but there are {count}. '
                "Write "
                'class_mode="categorical" or "sparse".'
            )
        if classes and mode not in OF_CLASSES:
            warn(f'flow_from_dataframe: classes has no effect with class_mode="{mode}".')
        if weight_col and not np.issubdtype(table[weight_col].to_numpy().dtype, np.number):
            raise TypeError(
                f'flow_from_dataframe: the column weight_col="{weight_col}" must hold numbers.'
            )

    def _without_missing_files(self, table: Any, x_col: str) -> Any:
        there = np.array(
            [
                name.lower().endswith(ENDINGS) and os.path.isfile(os.path.join(self.directory, name))
                for name in table[x_col]
            ],
            dtype=bool,
        )
        if not there.all():
            first = table[x_col].to_numpy()[~there][0]
            warn(
                f'flow_from_dataframe leaves out {(~there).sum()} of the files in x_col="{x_col}", '
                "which are "
                f'missing or no images; the first is "{first}".'
            )
        return table[there]

    @property
    def filepaths(self) -> list[str]:
        return self._filepaths

    @property
    def labels(self) -> Any:
        return self._targets if self.class_mode in ("multi_output", "raw") else self.classes

    @property
    def sample_weight(self) -> Any:
        return self._sample_weight


def _of_kind(table: Any, argument: str, column: str, kinds: Any, what: str) -> None:
    wrong = [value for value in table[column] if not isinstance(value, kinds)]
    if wrong:
        raise TypeError(
            f'flow_from_dataframe: the column {argument}="{column}" must hold strings, {what}, but '
            f"holds {describe(wrong[0])}. Write dataframe[{column!r}] = "
            f"dataframe[{column!r}].astype(str)."
        )


def _of_classes(table: Any, y_col: str, classes: Any) -> tuple[Any, list[str]]:
    """The rows of the classes that are wanted, all by default, and these classes."""

    def listed(value: Any) -> list[Any]:
        return list(value) if isinstance(value, (list, tuple)) else [value]

    if not classes:
        return table, sorted({name for value in table[y_col] for name in listed(value)})
    names = list(dict.fromkeys(classes))
    kept = [[name for name in listed(value) if name in names] for value in table[y_col]]
    table[y_col] = [
        found if isinstance(value, (list, tuple)) else value
        for found, value in zip(kept, table[y_col], strict=True)
    ]
    return table[np.array([bool(found) for found in kept], dtype=bool)], names
