"""Iterators over images: of an array, and of the files in a folder."""

from __future__ import annotations

import os
import threading
from pathlib import Path
from typing import Any

import numpy as np

from cornu.core import dtypes
from cornu.core.errors import describe, did_you_mean, show_shape, warn
from cornu.core.settings import show
from cornu.training.sources.py_dataset import PyDataset
from cornu.utils.directories import walk
from cornu.utils.images import COLORS, array_to_img, data_format_of, img_to_array, load_img

ENDINGS = ("png", "jpg", "jpeg", "bmp", "ppm", "tif", "tiff")
SUBSETS = ("training", "validation")


class Iterator(PyDataset):
    """Batches of rows, by number and, with `next`, without end.

    Args:
        n: number of rows.
        batch_size: rows of a batch; the last may have fewer.
        shuffle: whether to mix the rows each time through.
        seed: for NumPy's global generator, plus the number of the batch.
        **kwargs: `workers`, `use_multiprocessing` and `max_queue_size` of a `PyDataset`.

    Example:
        >>> each = Iterator(5, batch_size=2, shuffle=False, seed=None)
        >>> len(each)
        3
    """

    white_list_formats = ENDINGS

    def __init__(self, n: int, batch_size: int, shuffle: bool, seed: int | None, **kwargs: Any) -> None:
        super().__init__(**kwargs)
        self.n = n
        self.batch_size = batch_size
        self.shuffle = shuffle
        self.seed = seed
        self.batch_index = 0
        self.total_batches_seen = 0
        self.index_array: Any = None
        self.lock = threading.Lock()

    def __len__(self) -> int:
        return -(-self.n // self.batch_size)

    def __getitem__(self, idx: int) -> Any:
        if idx >= len(self):
            raise IndexError(f"There are {len(self)} batches, so there is no batch {idx}.")
        self._seed_batch()
        self.total_batches_seen += 1
        if self.index_array is None:
            self._set_index_array()
        return self._get_batches_of_transformed_samples(self._rows(idx))

    def __iter__(self) -> Iterator:
        return self

    def __next__(self) -> Any:
        with self.lock:  # which rows; what is made of them may be made by several threads at once
            self._seed_batch()
            if self.batch_index == 0:
                self._set_index_array()
            rows = self._rows(self.batch_index)
            self.batch_index = (self.batch_index + 1) % len(self)
            self.total_batches_seen += 1
        return self._get_batches_of_transformed_samples(rows)

    def next(self) -> Any:
        """The next batch, as `next(iterator)`."""
        return self.__next__()

    def reset(self) -> None:
        """Lets `next` begin with the first batch."""
        self.batch_index = 0

    def on_epoch_end(self) -> None:
        """Mixes the rows anew."""
        self._set_index_array()

    def _seed_batch(self) -> None:
        if self.seed is not None:
            np.random.seed(self.seed + self.total_batches_seen)

    def _set_index_array(self) -> None:
        self.index_array = np.random.permutation(self.n) if self.shuffle else np.arange(self.n)

    def _rows(self, batch: int) -> Any:
        return self.index_array[self.batch_size * batch : self.batch_size * (batch + 1)]

    def _get_batches_of_transformed_samples(self, index_array: Any) -> Any:
        """The batch of these rows.

        Raises:
            NotImplementedError: in this class; those that inherit from it say how.
        """
        raise NotImplementedError(
            f"{type(self).__name__} needs a method _get_batches_of_transformed_samples(index_array)."
        )


def transformed(generator: Any, image: Any) -> Any:
    """An image as a generator transforms it; without one, as it is."""
    if generator is None:
        return image
    parameters = generator.get_random_transform(image.shape)
    return generator.standardize(generator.apply_transform(image, parameters))


def save_batch(iterator: Any, images: Any, rows: Any, largest: int) -> None:
    """Writes the images of a batch to the folder that was named, if one was."""
    if iterator.save_to_dir:
        for image, row in zip(images, rows, strict=True):
            name = f"{iterator.save_prefix}_{row}_{np.random.randint(largest)}.{iterator.save_format}"
            picture = array_to_img(image, iterator.data_format, scale=True)
            picture.save(Path(iterator.save_to_dir) / name)


def check_subset(subset: Any) -> None:
    """Raises a ValueError if it is neither of the two subsets."""
    if subset not in (None, *SUBSETS):
        raise ValueError(
            f'subset must be "training" or "validation", got subset={describe(subset)}. '
            + did_you_mean(str(subset), SUBSETS)
        )


class NumpyArrayIterator(Iterator):
    """Batches of images in an array, transformed by an ImageDataGenerator; see its method `flow`.

    Args:
        x: array of images, or a pair of that and other inputs.
        y: targets, or None.
        image_data_generator: the generator.
        others: as in `ImageDataGenerator.flow`.

    Raises:
        ValueError: if the numbers of rows differ, or the images have no four axes.

    Example:
        >>> from cornu.preprocessing.image import ImageDataGenerator
        >>> images, labels = np.ones((3, 2, 2, 1)), np.array([0, 1, 1])
        >>> x, y = NumpyArrayIterator(images, labels, ImageDataGenerator(), batch_size=2)[0]
        >>> x.shape, y.tolist()
        ((2, 2, 2, 1), [0, 1])
    """

    def __init__(
        self,
        x: Any,
        y: Any,
        image_data_generator: Any,
        batch_size: int = 32,
        shuffle: bool = False,
        sample_weight: Any = None,
        seed: int | None = None,
        data_format: str | None = None,
        save_to_dir: Any = None,
        save_prefix: str = "",
        save_format: str = "png",
        subset: str | None = None,
        ignore_class_split: bool = False,
        dtype: Any = None,
    ) -> None:
        check_subset(subset)
        self.dtype = dtypes.floatx() if dtype is None else dtype
        self.data_format = data_format_of("NumpyArrayIterator", data_format)
        self.image_data_generator = image_data_generator
        self.save_to_dir, self.save_prefix, self.save_format = save_to_dir, save_prefix, save_format
        misc: list[Any] = []
        if isinstance(x, (tuple, list)) and len(x) == 2 and np.ndim(x[0]) == 4:
            x, others = x
            misc = [np.asarray(other) for other in (others if isinstance(others, list) else [others])]
        parts = {
            "y": y,
            "sample_weight": sample_weight,
            **{f"input {i + 2}": o for i, o in enumerate(misc)},
        }
        for name, part in parts.items():
            if part is not None and len(part) != len(x):
                raise ValueError(
                    f"NumpyArrayIterator: x has {len(x)} images, but {name} has {len(part)} rows. There "
                    "must be one for each image."
                )
        kept = self._part(x, y, subset, ignore_class_split)
        self.x = np.asarray(x, dtype=self.dtype)[kept]
        self.x_misc = [other[kept] for other in misc]
        self.y = None if y is None else np.asarray(y)[kept]
        self.sample_weight = None if sample_weight is None else np.asarray(sample_weight)[kept]
        self._check_images()
        super().__init__(len(self.x), batch_size, shuffle, seed)

    def _part(self, x: Any, y: Any, subset: Any, ignore_class_split: bool) -> slice:
        """The rows of the subset; those for validation come first."""
        if subset is None:
            return slice(None)
        border = int(len(x) * self.image_data_generator._validation_split)
        classes = (np.unique(np.asarray(y)[:border]), np.unique(np.asarray(y)[border:]))
        if y is not None and not ignore_class_split and not np.array_equal(*classes):
            raise ValueError(
                "NumpyArrayIterator: the part for training and that for validation have different "
                "classes, perhaps because the rows are sorted. Mix them first, or pass "
                "ignore_class_split=True."
            )
        return slice(border) if subset == "validation" else slice(border, None)

    def _check_images(self) -> None:
        if self.x.ndim != 4:
            raise ValueError(
                "NumpyArrayIterator takes a batch of images with four axes, got an array of shape "
                f"{show_shape(self.x.shape)}."
            )
        axis = 3 if self.data_format == "channels_last" else 1
        if self.x.shape[axis] not in (1, 3, 4):
            warn(
                f'NumpyArrayIterator(data_format="{self.data_format}") expects 1, 3 or 4 channels on '
                f"axis {axis}, but got images of shape {show_shape(self.x.shape)}."
            )

    def _get_batches_of_transformed_samples(self, index_array: Any) -> Any:
        images = np.zeros((len(index_array), *self.x.shape[1:]), dtype=self.dtype)
        for place, row in enumerate(index_array):
            images[place] = transformed(self.image_data_generator, self.x[row].astype(self.dtype))
        save_batch(self, images, index_array, 10_000)
        others = [other[index_array] for other in self.x_misc]
        inputs = [images, *others] if others else images
        if self.y is None:
            return inputs
        if self.sample_weight is None:
            return inputs, self.y[index_array]
        return inputs, self.y[index_array], self.sample_weight[index_array]


class FilesIterator(Iterator):
    """Batches of images in files; the classes below know which, and their targets."""

    allowed_class_modes: tuple[str | None, ...] = ()
    class_mode: str | None
    classes: Any
    class_indices: dict[str, int]
    dtype: Any
    filenames: list[str]

    def set_processing_attrs(
        self,
        image_data_generator: Any,
        target_size: Any,
        color_mode: str,
        data_format: str,
        save_to_dir: Any,
        save_prefix: str,
        save_format: str,
        subset: str | None,
        interpolation: str,
        keep_aspect_ratio: bool,
    ) -> None:
        """Notes how files become batches.

        Raises:
            ValueError: if a word is not known.
        """
        if color_mode not in COLORS:
            raise ValueError(
                f"color_mode={describe(color_mode)} is not known. "
                f"{did_you_mean(str(color_mode), COLORS)}"
            )
        check_subset(subset)
        self.image_data_generator = image_data_generator
        self.target_size = tuple(target_size)
        self.keep_aspect_ratio = keep_aspect_ratio
        self.color_mode = color_mode
        self.data_format = data_format
        channels = (COLORS[color_mode][1],)
        last = data_format == "channels_last"
        self.image_shape = self.target_size + channels if last else channels + self.target_size
        self.save_to_dir, self.save_prefix, self.save_format = save_to_dir, save_prefix, save_format
        self.interpolation = interpolation
        self.subset = subset
        self.split: tuple[float, float] | None = None
        if subset is not None:
            part = image_data_generator._validation_split
            self.split = (0, part) if subset == "validation" else (part, 1)

    def check_class_mode(self, class_mode: Any) -> None:
        """Raises a ValueError for a `class_mode` that is not known."""
        if class_mode not in self.allowed_class_modes:
            known = [mode for mode in self.allowed_class_modes if mode is not None]
            raise ValueError(
                f"class_mode={describe(class_mode)} is not known. {did_you_mean(str(class_mode), known)}"
            )

    @property
    def filepaths(self) -> list[str]:
        """The paths of all files."""
        raise NotImplementedError(f"{type(self).__name__} needs a property filepaths.")

    @property
    def labels(self) -> Any:
        """The target of each file."""
        return self.classes

    @property
    def sample_weight(self) -> Any:
        """The weight of each file, or None."""
        return None

    def _get_batches_of_transformed_samples(self, index_array: Any) -> Any:
        images = np.zeros((len(index_array), *self.image_shape), dtype=self.dtype)
        paths = self.filepaths
        for place, row in enumerate(index_array):
            image = load_img(
                paths[row],
                color_mode=self.color_mode,
                target_size=self.target_size,
                interpolation=self.interpolation,
                keep_aspect_ratio=self.keep_aspect_ratio,
            )
            array = np.array(img_to_array(image, data_format=self.data_format))
            images[place] = transformed(self.image_data_generator, array)
        save_batch(self, images, index_array, 10_000_000)
        if self.class_mode is None:
            return images
        targets = self._targets_of(index_array, images)
        if self.sample_weight is None:
            return images, targets
        return images, targets, self.sample_weight[index_array]

    def _targets_of(self, rows: Any, images: Any) -> Any:
        if self.class_mode == "input":
            return images.copy()
        if self.class_mode in ("binary", "sparse"):
            return np.array([self.classes[row] for row in rows], dtype=self.dtype)
        if self.class_mode == "categorical":
            targets = np.zeros((len(rows), len(self.class_indices)), dtype=self.dtype)
            for place, row in enumerate(rows):
                targets[place, self.classes[row]] = 1  # one class, or several
            return targets
        if self.class_mode == "multi_output":
            return [output[rows] for output in self.labels]
        return self.labels[rows]


class DirectoryIterator(FilesIterator):
    """Batches of the images in a folder that holds a folder for each class.

    Args:
        directory: the folder.
        image_data_generator: the ImageDataGenerator that transforms the images, or None.
        others: as in `ImageDataGenerator.flow_from_directory`.

    Raises:
        NotADirectoryError: if there is no such folder, or none of a class that was named.
        ValueError: if there are no images, or a word is not known.

    Example:
        >>> import os, tempfile
        >>> from cornu.utils.images import save_img
        >>> with tempfile.TemporaryDirectory() as folder:
        ...     for name in ("cats", "dogs"):
        ...         os.mkdir(f"{folder}/{name}")
        ...         save_img(f"{folder}/{name}/1.png", np.zeros((2, 2, 3)))
        ...     batches = DirectoryIterator(folder, None, target_size=(2, 2), class_mode="binary")
        Found 2 images belonging to 2 classes.
        >>> batches.class_indices
        {'cats': 0, 'dogs': 1}
    """

    allowed_class_modes = ("categorical", "binary", "sparse", "input", None)

    def __init__(
        self,
        directory: Any,
        image_data_generator: Any,
        target_size: Any = (256, 256),
        color_mode: str = "rgb",
        classes: Any = None,
        class_mode: str | None = "categorical",
        batch_size: int = 32,
        shuffle: bool = True,
        seed: int | None = None,
        data_format: str | None = None,
        save_to_dir: Any = None,
        save_prefix: str = "",
        save_format: str = "png",
        follow_links: bool = False,
        subset: str | None = None,
        interpolation: str = "nearest",
        keep_aspect_ratio: bool = False,
        dtype: Any = None,
    ) -> None:
        self.set_processing_attrs(
            *(image_data_generator, target_size, color_mode),
            *(data_format_of("DirectoryIterator", data_format), save_to_dir, save_prefix, save_format),
            *(subset, interpolation, keep_aspect_ratio),
        )
        self.check_class_mode(class_mode)
        self.directory = directory
        self.class_mode = class_mode
        self.dtype = dtypes.floatx() if dtype is None else dtype
        root = Path(directory)
        if not root.is_dir():
            raise NotADirectoryError(f'flow_from_directory: there is no folder "{directory}".')
        folders = sorted(folder.name for folder in root.iterdir() if folder.is_dir())
        names = list(classes) if classes else folders
        missing = [name for name in names if name not in folders]
        if missing:
            raise NotADirectoryError(
                f'flow_from_directory: classes has "{missing[0]}", but "{directory}" holds no such '
                "folder. " + did_you_mean(missing[0], folders)
            )
        self.num_classes = len(names)
        self.class_indices = dict(zip(names, range(len(names)), strict=True))
        found = [self._files_of(root, name, follow_links) for name in names]
        self.filenames = [file for files in found for file in files]
        self.classes = np.repeat(np.arange(len(names), dtype="int32"), [len(files) for files in found])
        self.samples = len(self.filenames)
        show(f"Found {self.samples} images belonging to {self.num_classes} classes.\n")
        if not self.samples:
            raise ValueError(
                f'flow_from_directory found no images in "{directory}". It looks for files that end in '
                f"{', '.join(ENDINGS)}, in a folder for each class: put them one folder deeper."
            )
        self._filepaths = [os.path.join(directory, name) for name in self.filenames]
        super().__init__(self.samples, batch_size, shuffle, seed)

    def _files_of(self, root: Path, name: str, follow_links: bool) -> list[str]:
        """The files of a class, from the folder on."""
        files = [
            str(path.relative_to(root))
            for path in walk(root / name, follow_links)
            if path.name.lower().endswith(ENDINGS)
        ]
        if self.split is None:
            return files
        return files[int(self.split[0] * len(files)) : int(self.split[1] * len(files))]

    @property
    def filepaths(self) -> list[str]:
        return self._filepaths
