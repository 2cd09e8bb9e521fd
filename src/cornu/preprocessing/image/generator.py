"""ImageDataGenerator: batches of images, transformed at random, as Keras 2 made them."""

from __future__ import annotations

from typing import Any

import numpy as np

from cornu.core import dtypes
from cornu.core.errors import describe, show_shape, warn
from cornu.preprocessing.image.dataframe import DataFrameIterator
from cornu.preprocessing.image.iterators import DirectoryIterator, NumpyArrayIterator
from cornu.preprocessing.image.transforms import (
    apply_affine_transform,
    apply_brightness_shift,
    apply_channel_shift,
    flip_axis,
    pair_of,
)
from cornu.utils.images import data_format_of

# A setting, the one it implies, and those that it replaces.
IMPLIES = (
    ("zca_whitening", "featurewise_center", "featurewise_std_normalization"),
    ("featurewise_std_normalization", "featurewise_center", None),
    ("samplewise_std_normalization", "samplewise_center", None),
)
NOT_FIT = (
    "ImageDataGenerator({setting}=True) knows nothing of the data yet, so the images stay as they are. "
    "Call generator.fit(images) first."
)
OLD = {  # arguments of flow_from_dataframe's past
    "has_ext": "file names must be whole, with their endings",
    "sort": "with shuffle=False the order is that of the table",
    "drop_duplicates": "call dataframe.drop_duplicates() first",
}


class ImageDataGenerator:
    """Batches of images that are transformed at random, each time anew.

    In code of today layers such as RandomFlip and RandomRotation do this on the device.

    Args:
        featurewise_center: subtract the mean of the data that `fit` saw.
        samplewise_center: subtract each image's own mean.
        featurewise_std_normalization: divide by the standard deviation of the data that `fit` saw.
        samplewise_std_normalization: divide by each image's own.
        zca_whitening: make the pixels of the data that `fit` saw uncorrelated.
        zca_epsilon: added to what is divided by there. Default: 1e-6.
        rotation_range: degrees to turn by at most.
        width_shift_range: part of the width to shift by at most, or pixels from 1 on, or a list of
            pixels.
        height_shift_range: the same of the height.
        brightness_range: pair of factors, between which one is drawn.
        shear_range: degrees to shear by at most.
        zoom_range: pair of factors, or z for (1 - z, 1 + z).
        channel_shift_range: number to add or subtract at most.
        fill_mode: what stands beyond the edges: 'nearest' (default), 'constant', 'reflect' or 'wrap'.
        cval: the constant.
        horizontal_flip, vertical_flip: whether to mirror one image in two.
        rescale: factor for all values.
        preprocessing_function: function of an image, called after the transformation.
        data_format: 'channels_last' or 'channels_first', the global setting by default.
        validation_split: part of the images that is for validation, the first ones.
        interpolation_order: of the splines between pixels. Default: 1.
        dtype: of the images, `floatx` by default.

    Raises:
        ValueError: if a range is no pair, or `validation_split` not between 0 and 1.

    Example:
        >>> generator = ImageDataGenerator(rescale=0.5)
        >>> x, y = next(generator.flow(np.ones((4, 2, 2, 1)), [0, 1, 0, 1], batch_size=2, shuffle=False))
        >>> x.shape, float(x.max()), y.tolist()
        ((2, 2, 2, 1), 0.5, [0, 1])
    """

    mean: Any = None  # what `fit` learns
    std: Any = None
    zca_whitening_matrix: Any = None

    def __init__(
        self,
        featurewise_center: bool = False,
        samplewise_center: bool = False,
        featurewise_std_normalization: bool = False,
        samplewise_std_normalization: bool = False,
        zca_whitening: bool = False,
        zca_epsilon: float = 1e-6,
        rotation_range: float = 0,
        width_shift_range: Any = 0.0,
        height_shift_range: Any = 0.0,
        brightness_range: Any = None,
        shear_range: float = 0.0,
        zoom_range: Any = 0.0,
        channel_shift_range: float = 0.0,
        fill_mode: str = "nearest",
        cval: float = 0.0,
        horizontal_flip: bool = False,
        vertical_flip: bool = False,
        rescale: float | None = None,
        preprocessing_function: Any = None,
        data_format: str | None = None,
        validation_split: float = 0.0,
        interpolation_order: int = 1,
        dtype: Any = None,
    ) -> None:
        self.featurewise_center, self.samplewise_center = featurewise_center, samplewise_center
        self.featurewise_std_normalization = featurewise_std_normalization
        self.samplewise_std_normalization = samplewise_std_normalization
        self.zca_whitening, self.zca_epsilon = zca_whitening, zca_epsilon
        self.rotation_range = rotation_range
        self.width_shift_range, self.height_shift_range = width_shift_range, height_shift_range
        self.brightness_range = brightness_range
        self.shear_range = shear_range
        one_number = isinstance(zoom_range, (int, float))
        self.zoom_range = list(
            (1 - zoom_range, 1 + zoom_range) if one_number else pair_of("zoom_range", zoom_range)
        )
        self.channel_shift_range = channel_shift_range
        self.fill_mode, self.cval = fill_mode, cval
        self.horizontal_flip, self.vertical_flip = horizontal_flip, vertical_flip
        self.rescale = rescale
        self.preprocessing_function = preprocessing_function
        self.data_format = data_format_of("ImageDataGenerator", data_format)
        self.interpolation_order = interpolation_order
        self.dtype = dtypes.floatx() if dtype is None else dtype
        last = self.data_format == "channels_last"
        self.row_axis, self.col_axis, self.channel_axis = (1, 2, 3) if last else (2, 3, 1)
        if validation_split and not 0 < validation_split < 1:
            raise ValueError(
                "ImageDataGenerator: validation_split must be between 0 and 1, got "
                f"validation_split={describe(validation_split)}."
            )
        if brightness_range is not None:
            pair_of("brightness_range", brightness_range)
        self._validation_split = validation_split
        self._complete()

    def _complete(self) -> None:
        """Turns on what other settings need, and off what they replace."""
        for setting, needed, replaced in IMPLIES:
            if not getattr(self, setting):
                continue
            if not getattr(self, needed):
                setattr(self, needed, True)
                warn(f"ImageDataGenerator({setting}=True) needs {needed}, which is now True, too.")
            if replaced is not None and getattr(self, replaced):
                setattr(self, replaced, False)
                warn(f"ImageDataGenerator({setting}=True) replaces {replaced}, which is now False.")

    # -- batches ---------------------------------------------------------------------------------

    def flow(
        self,
        x: Any,
        y: Any = None,
        batch_size: int = 32,
        shuffle: bool = True,
        sample_weight: Any = None,
        seed: int | None = None,
        save_to_dir: Any = None,
        save_prefix: str = "",
        save_format: str = "png",
        ignore_class_split: bool = False,
        subset: str | None = None,
    ) -> NumpyArrayIterator:
        """Batches of images in an array, with targets and weights if these are given; without end.

        Args:
            x: array of images, or a pair of that and other inputs, which stay as they are.
            y, sample_weight: one for each image.
            batch_size: 32 by default.
            shuffle: whether to mix the images each time through (default).
            seed: for NumPy's global generator, set before each batch.
            save_to_dir: folder to write the transformed images to.
            save_prefix, save_format: of the names of these files.
            ignore_class_split: whether the two parts may hold different classes.
            subset: 'training' or 'validation', with the generator's `validation_split`.

        Example:
            >>> images = np.ones((3, 2, 2, 1))
            >>> x, y = next(ImageDataGenerator(rescale=0.5).flow(images, [0, 1, 2], batch_size=2))
            >>> x.shape, x.max().item()
            ((2, 2, 2, 1), 0.5)
        """
        return NumpyArrayIterator(
            x,
            y,
            self,
            batch_size=batch_size,
            shuffle=shuffle,
            sample_weight=sample_weight,
            seed=seed,
            data_format=self.data_format,
            save_to_dir=save_to_dir,
            save_prefix=save_prefix,
            save_format=save_format,
            subset=subset,
            ignore_class_split=ignore_class_split,
            dtype=self.dtype,
        )

    def flow_from_directory(
        self,
        directory: Any,
        target_size: Any = (256, 256),
        color_mode: str = "rgb",
        classes: Any = None,
        class_mode: str | None = "categorical",
        batch_size: int = 32,
        shuffle: bool = True,
        seed: int | None = None,
        save_to_dir: Any = None,
        save_prefix: str = "",
        save_format: str = "png",
        follow_links: bool = False,
        subset: str | None = None,
        interpolation: str = "nearest",
        keep_aspect_ratio: bool = False,
    ) -> DirectoryIterator:
        """Batches of the images in a folder that holds a folder for each class; without end.

        Args:
            directory: the folder.
            target_size: (height, width). Default: (256, 256).
            color_mode: 'rgb' (default), 'rgba' or 'grayscale'.
            classes: names of the folders, in the order of their numbers; all, sorted, by default.
            class_mode: 'categorical' (default), 'binary', 'sparse', 'input' (the images) or None.
            interpolation, keep_aspect_ratio: as in `load_img`.
            follow_links: whether to go into folders that are links.
            batch_size, shuffle, seed, save_to_dir, save_prefix, save_format, subset: as in `flow`.

        Example:
            >>> import os, tempfile
            >>> from cornu.utils.images import save_img
            >>> with tempfile.TemporaryDirectory() as folder:
            ...     for name in ("cats", "dogs"):
            ...         os.mkdir(f"{folder}/{name}")
            ...         save_img(f"{folder}/{name}/1.png", np.zeros((2, 2, 3)))
            ...     flow = ImageDataGenerator().flow_from_directory(folder, (2, 2), class_mode="binary")
            ...     x, y = next(flow)
            Found 2 images belonging to 2 classes.
            >>> x.shape, sorted(y.tolist())
            ((2, 2, 2, 3), [0.0, 1.0])
        """
        return DirectoryIterator(
            directory,
            self,
            target_size=target_size,
            color_mode=color_mode,
            classes=classes,
            class_mode=class_mode,
            batch_size=batch_size,
            shuffle=shuffle,
            seed=seed,
            data_format=self.data_format,
            save_to_dir=save_to_dir,
            save_prefix=save_prefix,
            save_format=save_format,
            follow_links=follow_links,
            subset=subset,
            interpolation=interpolation,
            keep_aspect_ratio=keep_aspect_ratio,
            dtype=self.dtype,
        )

    def flow_from_dataframe(
        self,
        dataframe: Any,
        directory: Any = None,
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
        save_to_dir: Any = None,
        save_prefix: str = "",
        save_format: str = "png",
        subset: str | None = None,
        interpolation: str = "nearest",
        validate_filenames: bool = True,
        **kwargs: Any,
    ) -> DataFrameIterator:
        """Batches of the images that a table of pandas names; without end.

        Args:
            dataframe: the table.
            directory: what the names of files begin from; by default they are whole paths.
            x_col: column of the files. Default: 'filename'.
            y_col: column of the classes, or columns of targets. Default: 'class'.
            weight_col: column of the weights.
            class_mode: as in `flow_from_directory`, or 'raw' for targets as they are, or 'multi_output'.
            validate_filenames: whether to leave out files that are missing or no images (default).
            others: as in `flow_from_directory`.

        Example:
            >>> import pandas, tempfile
            >>> from cornu.utils.images import save_img
            >>> table = pandas.DataFrame({"filename": ["a.png", "b.png"], "class": ["cat", "dog"]})
            >>> with tempfile.TemporaryDirectory() as folder:
            ...     for name in table.filename:
            ...         save_img(f"{folder}/{name}", np.zeros((2, 2, 3)))
            ...     flow = ImageDataGenerator().flow_from_dataframe(table, folder, target_size=(2, 2))
            ...     x, y = next(flow)
            Found 2 validated image filenames belonging to 2 classes.
            >>> x.shape, y.shape
            ((2, 2, 2, 3), (2, 2))
        """
        for name in kwargs:
            if name not in OLD:
                raise TypeError(f"flow_from_dataframe has no argument {name!r}.")
            warn(f"flow_from_dataframe: {name} has no effect any more; {OLD[name]}.")
        if class_mode == "other":
            warn('flow_from_dataframe: class_mode="other" is now called "raw".')
            class_mode = "raw"
        return DataFrameIterator(
            dataframe,
            directory,
            self,
            x_col=x_col,
            y_col=y_col,
            weight_col=weight_col,
            target_size=target_size,
            color_mode=color_mode,
            classes=classes,
            class_mode=class_mode,
            batch_size=batch_size,
            shuffle=shuffle,
            seed=seed,
            data_format=self.data_format,
            save_to_dir=save_to_dir,
            save_prefix=save_prefix,
            save_format=save_format,
            subset=subset,
            interpolation=interpolation,
            dtype=self.dtype,
            validate_filenames=validate_filenames,
        )

    # -- one image -------------------------------------------------------------------------------

    def standardize(self, x: Any) -> Any:
        """An image, or a batch, rescaled, centred and divided as was told; `x` is changed.

        Example:
            >>> ImageDataGenerator(rescale=0.5).standardize(np.ones((1, 1, 1))).item()
            0.5
        """
        if self.preprocessing_function:
            x = self.preprocessing_function(x)
        if self.rescale:
            x *= self.rescale
        if self.samplewise_center:
            x -= np.mean(x, keepdims=True)
        if self.samplewise_std_normalization:
            x /= np.std(x, keepdims=True) + 1e-6
        if self.featurewise_center and self._fitted("featurewise_center", self.mean):
            x -= self.mean
        if self.featurewise_std_normalization and self._fitted(
            "featurewise_std_normalization", self.std
        ):
            x /= self.std + 1e-6
        if self.zca_whitening and self._fitted("zca_whitening", self.zca_whitening_matrix):
            flat = x.reshape(-1, int(np.prod(x.shape[-3:])))
            x = (flat @ self.zca_whitening_matrix).reshape(x.shape)
        return x

    @staticmethod
    def _fitted(setting: str, value: Any) -> bool:
        if value is None:
            warn(NOT_FIT.format(setting=setting))
        return value is not None

    def get_random_transform(self, img_shape: Any, seed: int | None = None) -> dict[str, Any]:
        """What `apply_transform` is to do with an image of this shape, drawn at random."""
        if seed is not None:
            np.random.seed(seed)
        theta = _up_to(self.rotation_range)
        tx = _shift(self.height_shift_range, img_shape[self.row_axis - 1])
        ty = _shift(self.width_shift_range, img_shape[self.col_axis - 1])
        shear = _up_to(self.shear_range)
        low, high = self.zoom_range
        zx, zy = (1, 1) if low == high == 1 else np.random.uniform(low, high, 2)
        mirrored = [bool(np.random.random() < 0.5) for _ in range(2)]
        intensity = _up_to(self.channel_shift_range) if self.channel_shift_range else None
        brightness = None if self.brightness_range is None else np.random.uniform(*self.brightness_range)
        return {
            "theta": theta,
            "tx": tx,
            "ty": ty,
            "shear": shear,
            "zx": zx,
            "zy": zy,
            "flip_horizontal": mirrored[0] and self.horizontal_flip,
            "flip_vertical": mirrored[1] and self.vertical_flip,
            "channel_shift_intensity": intensity,
            "brightness": brightness,
        }

    def apply_transform(self, x: Any, transform_parameters: dict[str, Any]) -> Any:
        """An image transformed by what a dict says: theta, tx, ty, shear, zx, zy, flip_horizontal,
        flip_vertical, channel_shift_intensity, brightness."""
        row, column, channel = self.row_axis - 1, self.col_axis - 1, self.channel_axis - 1
        told: Any = transform_parameters.get
        x = apply_affine_transform(
            *(x, told("theta", 0), told("tx", 0), told("ty", 0), told("shear", 0)),
            *(told("zx", 1), told("zy", 1), row, column, channel),
            *(self.fill_mode, self.cval, self.interpolation_order),
        )
        if told("channel_shift_intensity") is not None:
            x = apply_channel_shift(x, told("channel_shift_intensity"), channel)
        if told("flip_horizontal", False):
            x = flip_axis(x, column)
        if told("flip_vertical", False):
            x = flip_axis(x, row)
        if told("brightness") is not None:
            x = apply_brightness_shift(x, told("brightness"), False)
        return x

    def random_transform(self, x: Any, seed: int | None = None) -> Any:
        """An image transformed at random."""
        return self.apply_transform(x, self.get_random_transform(x.shape, seed))

    def fit(self, x: Any, augment: bool = False, rounds: int = 1, seed: int | None = None) -> None:
        """Learns from images what `featurewise_center` and its kind need.

        Args:
            x: array of images.
            augment: whether to learn from images transformed at random.
            rounds: how many times each then.
            seed: for NumPy's global generator.

        Raises:
            ValueError: if it is no batch of images.

        Example:
            >>> generator = ImageDataGenerator(featurewise_center=True)
            >>> generator.fit(np.array([1.0, 3.0]).reshape(2, 1, 1, 1))
            >>> generator.mean.item()
            2.0
        """
        images = np.array(x, dtype=self.dtype)
        if images.ndim != 4:
            raise ValueError(
                "ImageDataGenerator.fit takes a batch of images with four axes, got an array of shape "
                f"{show_shape(images.shape)}."
            )
        if images.shape[self.channel_axis] not in (1, 3, 4):
            warn(
                f'ImageDataGenerator(data_format="{self.data_format}") expects 1, 3 or 4 channels on '
                f"axis {self.channel_axis}, but fit got images of shape {show_shape(images.shape)}."
            )
        if seed is not None:
            np.random.seed(seed)
        if self.rescale:
            images *= self.rescale
        if augment:
            images = np.stack([self.random_transform(image) for _ in range(rounds) for image in images])
        axes = (0, self.row_axis, self.col_axis)
        if self.featurewise_center:
            self.mean = np.mean(images, axis=axes, keepdims=True)[0]
            images -= self.mean
        if self.featurewise_std_normalization:
            self.std = np.std(images, axis=axes, keepdims=True)[0]
            images /= self.std + 1e-6
        if self.zca_whitening:
            count = len(images)
            vectors, values, _ = np.linalg.svd(images.reshape(count, -1).T, full_matrices=False)
            self.zca_whitening_matrix = (
                vectors * (np.sqrt(count) / (values + self.zca_epsilon))
            ) @ vectors.T


def _up_to(limit: float) -> float:
    return np.random.uniform(-limit, limit) if limit else 0


def _shift(limit: Any, size: int) -> Any:
    """Pixels to shift by: drawn from a list or below a whole number, or up to a part of the size."""
    if not limit:
        return 0
    try:
        drawn = np.random.choice(limit) * np.random.choice([-1, 1])
    except ValueError:  # a part is no list
        drawn = np.random.uniform(-limit, limit)
    return drawn * size if np.max(limit) < 1 else drawn
