"""image_dataset_from_directory: a folder of images as batches."""

from __future__ import annotations

import os
from typing import Any

import numpy as np

from cornu.core.errors import NotBuiltYetError, describe, did_you_mean
from cornu.utils.directories import Reader, datasets
from cornu.utils.images import COLORS, data_format_of, opened, pillow
from cornu.utils.resizing import INTERPOLATIONS, crop_window, resize, resize_with_pad

ENDINGS = (".bmp", ".gif", ".jpeg", ".jpg", ".png")
WHO = "image_dataset_from_directory"
NO_GRAIN = (
    '{who}(format="{format}"): datasets of Grain are not built yet. Leave format out: what comes is a '
    "cornu.utils.Dataset, which has the methods of tf.data.Dataset."
)


def image_dataset_from_directory(
    directory: Any,
    labels: Any = "inferred",
    label_mode: str | None = "int",
    class_names: Any = None,
    color_mode: str = "rgb",
    batch_size: int | None = 32,
    image_size: Any = (256, 256),
    shuffle: bool = True,
    seed: int | None = None,
    validation_split: float | None = None,
    subset: str | None = None,
    interpolation: str = "bilinear",
    follow_links: bool = False,
    crop_to_aspect_ratio: bool = False,
    pad_to_aspect_ratio: bool = False,
    data_format: str | None = None,
    format: str = "tf",
    verbose: bool = True,
) -> Any:
    """A `Dataset` of the images in a folder, in batches, read by threads when they are needed.

    With labels its elements are (images, labels), else images: float32 of shape (batch, height, width,
    channels), from 0 to 255. It has the attributes `class_names` and `file_paths`.

    Args:
        directory: the folder; with `labels="inferred"` it holds a folder for each class.
        labels: 'inferred' (default) from the folders, a list of numbers in the order of the sorted
            paths, or None.
        label_mode: 'int' (default), 'categorical' (rows of 0 and 1), 'binary' (one column of 0 or 1) or
            None.
        class_names: the folders to take, in this order; all in alphabetical order by default.
        color_mode: 'rgb' (default), 'rgba' or 'grayscale'.
        batch_size: 32 by default; None for single images.
        image_size: (height, width) to bring images to. Default: (256, 256).
        shuffle: whether to shuffle the files with `seed`, and each time through again (default).
        seed: of the order.
        validation_split: the part of the files, the last ones, that is for validation.
        subset: 'training', 'validation', or 'both' for a list of two datasets.
        interpolation: 'bilinear' (default), 'nearest', 'bicubic', 'area', 'lanczos3', 'lanczos5',
            'gaussian' or 'mitchellcubic'.
        follow_links: whether to go into folders that are links.
        crop_to_aspect_ratio: whether to cut off what is too long, rather than to stretch.
        pad_to_aspect_ratio: whether to fill up with zeros instead.
        data_format: 'channels_last' or 'channels_first', the global setting by default.
        format: 'tf', for what has the methods of `tf.data.Dataset`.
        verbose: whether to print how many files there are.

    Raises:
        ValueError: if an argument is not understood, or no image is found; when it is read, if a file is
            no image.
        NotADirectoryError: if there is no such folder.

    Example:
        >>> import os, tempfile
        >>> from cornu.utils.images import save_img
        >>> with tempfile.TemporaryDirectory() as folder:
        ...     for name in ("cats", "dogs"):
        ...         os.mkdir(f"{folder}/{name}")
        ...         save_img(f"{folder}/{name}/1.png", np.zeros((4, 4, 3)))
        ...     found = image_dataset_from_directory(folder, image_size=(2, 2), verbose=False)
        ...     images, labels = next(iter(found))
        >>> found.class_names, images.shape
        (['cats', 'dogs'], (2, 2, 2, 3))

    Source: file lists, shuffled or not, are those of Keras; pixels are as Pillow decodes them, within 3
    of 255 of TensorFlow's faster decoding of JPEG.
    """
    pillow(WHO)
    for argument, value, known in (
        ("color_mode", color_mode, tuple(COLORS)),
        ("interpolation", str(interpolation).lower(), INTERPOLATIONS),
        ("format", format, ("tf", "grain")),
    ):
        if value not in known:
            raise ValueError(
                f"{WHO}: {argument}={describe(value)} is not known. {did_you_mean(str(value), known)}"
            )
    if format != "tf":
        raise NotBuiltYetError(NO_GRAIN.format(who=WHO, format=format))
    if crop_to_aspect_ratio and pad_to_aspect_ratio:
        raise ValueError(
            f"{WHO}: crop_to_aspect_ratio and pad_to_aspect_ratio exclude each other: choose one."
        )
    size = _size(image_size)
    last = data_format_of(WHO, data_format) == "channels_last"
    method = interpolation.lower()

    def read(path: str) -> Any:
        image = decoded(path, color_mode)
        if crop_to_aspect_ratio:
            rows, columns = crop_window(image.shape[0], image.shape[1], size)
            image = image[rows, columns]
        image = (resize_with_pad if pad_to_aspect_ratio else resize)(image, size, method)
        return image if last else image.transpose(2, 0, 1)

    reader = Reader(WHO, "images", ENDINGS, read)
    return datasets(
        *(reader, directory, labels, label_mode, class_names, batch_size, shuffle, seed),
        *(validation_split, subset, follow_links, verbose),
    )


def _size(image_size: Any) -> tuple[int, int]:
    """Height and width; one number stands for both."""
    pair = (image_size, image_size) if isinstance(image_size, int) else image_size
    if not isinstance(pair, (tuple, list)) or len(pair) != 2 or not all(int(n) > 0 for n in pair):
        raise ValueError(
            f"{WHO}: image_size must be a pair (height, width), got image_size={describe(image_size)}."
        )
    return int(pair[0]), int(pair[1])


def decoded(path: str | os.PathLike[str], color_mode: str) -> Any:
    """The pixels of a file as bytes (height, width, channels); of 16 bits the upper eight."""
    mode, channels = COLORS[color_mode]
    image = opened(path)
    if image.mode.startswith("I"):
        image = pillow(WHO).fromarray((np.asarray(image) >> 8).astype("uint8"))
    pixels = np.asarray(image if image.mode == mode else image.convert(mode))
    return pixels.reshape(*pixels.shape[:2], channels)
