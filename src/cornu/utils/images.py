"""Images of Pillow as arrays and back."""

from __future__ import annotations

import io
import os
from pathlib import Path
from typing import Any

import numpy as np

from cornu.core import dtypes
from cornu.core.errors import describe, did_you_mean, show_shape, warn
from cornu.core.settings import DATA_FORMATS, image_data_format

COLORS = {"grayscale": ("L", 1), "rgb": ("RGB", 3), "rgba": ("RGBA", 4)}
INTERPOLATIONS = ("nearest", "bilinear", "bicubic", "hamming", "box", "lanczos")
GRAY = ("L", "I;16", "I")  # kept as they are by load_img


def pillow(who: str) -> Any:
    """The module PIL.Image.

    Raises:
        ImportError: if Pillow is not installed.
    """
    try:
        from PIL import Image
    except ImportError:
        raise ImportError(f"{who} needs Pillow, which is not installed: pip install pillow") from None
    return Image


def data_format_of(who: str, data_format: Any) -> str:
    """Where the channels are, the global setting by default.

    Raises:
        ValueError: for an unknown word.
    """
    found = image_data_format() if data_format is None else str(data_format).lower()
    if found not in DATA_FORMATS:
        raise ValueError(
            f"{who}: data_format must be 'channels_last' or 'channels_first', got "
            f"{describe(data_format)}. " + did_you_mean(found, DATA_FORMATS)
        )
    return found


def array_to_img(x: Any, data_format: str | None = None, scale: bool = True, dtype: Any = None) -> Any:
    """An array as an image of Pillow.

    Args:
        x: array (height, width, channels) with 1, 3 or 4 channels.
        data_format: 'channels_last' or 'channels_first', the global setting by default.
        scale: whether to bring the smallest value to 0 and the largest to 255 (default).
        dtype: to compute in, `floatx` by default.

    Raises:
        ValueError: if the array has another number of axes or channels.
        ImportError: without Pillow.

    Example:
        >>> array_to_img([[[0.0], [1.0]]]).getpixel((1, 0))
        255
    """
    image = pillow("array_to_img")
    data_format = data_format_of("array_to_img", data_format)
    array = np.asarray(x, dtype=dtypes.floatx() if dtype is None else dtype)
    if array.ndim != 3:
        raise ValueError(
            "array_to_img takes one image (height, width, channels), got an array of shape "
            f"{show_shape(array.shape)}. For a batch call it for each image; for one without channels "
            "write x[..., None]."
        )
    if data_format == "channels_first":
        array = array.transpose(1, 2, 0)
    if scale:
        array = array - np.min(array)
        largest = np.max(array)
        array = (array / largest if largest != 0 else array) * 255
    channels = array.shape[2]
    if channels in (3, 4):
        return image.fromarray(np.ascontiguousarray(array.astype("uint8")))
    if channels == 1:
        return image.fromarray(array[:, :, 0].astype("int32" if np.max(array) > 255 else "uint8"))
    raise ValueError(
        f"array_to_img: an image has 1, 3 or 4 channels, but shape {show_shape(np.shape(x))} with "
        f'data_format="{data_format}" has {channels}.'
    )


def img_to_array(img: Any, data_format: str | None = None, dtype: Any = None) -> Any:
    """An image of Pillow as an array (height, width, channels).

    Args:
        img: the image, or an array of two or three axes.
        data_format: 'channels_last' or 'channels_first', the global setting by default.
        dtype: of the array, `floatx` by default.

    Raises:
        ValueError: if it has another number of axes.

    Example:
        >>> img_to_array(array_to_img([[[0.0], [1.0]]])).tolist()
        [[[0.0], [255.0]]]
    """
    data_format = data_format_of("img_to_array", data_format)
    array = np.asarray(img, dtype=dtypes.floatx() if dtype is None else dtype)
    if array.ndim == 2:
        return array[None] if data_format == "channels_first" else array[..., None]
    if array.ndim != 3:
        raise ValueError(
            f"img_to_array takes one image, with two axes or three, got shape {show_shape(array.shape)}."
        )
    return array.transpose(2, 0, 1) if data_format == "channels_first" else array


def load_img(
    path: Any,
    color_mode: str = "rgb",
    target_size: Any = None,
    interpolation: str = "nearest",
    keep_aspect_ratio: bool = False,
) -> Any:
    """The image in a file.

    Args:
        path: of the file, or an `io.BytesIO`.
        color_mode: 'rgb' (default), 'rgba' or 'grayscale'.
        target_size: (height, width) to bring it to; as it is by default.
        interpolation: 'nearest' (default), 'bilinear', 'bicubic', 'lanczos', 'box' or 'hamming'.
        keep_aspect_ratio: whether to cut off what is too long, rather than to stretch.

    Raises:
        ValueError: if the file is no image, or a word is not known.
        FileNotFoundError: if there is no such file.
        ImportError: without Pillow.

    Example:
        >>> import tempfile
        >>> with tempfile.TemporaryDirectory() as folder:
        ...     save_img(f"{folder}/a.png", np.zeros((4, 6, 3)))
        ...     load_img(f"{folder}/a.png", target_size=(2, 3)).size  # Pillow: width, height
        (3, 2)
    """
    if color_mode not in COLORS:
        raise ValueError(
            f"load_img: color_mode={describe(color_mode)} is not known. "
            f"{did_you_mean(str(color_mode), COLORS)}"
        )
    img = opened(path)
    if not (color_mode == "grayscale" and img.mode in GRAY) and img.mode != COLORS[color_mode][0]:
        img = img.convert(COLORS[color_mode][0])
    if target_size is None or img.size == (target_size[1], target_size[0]):
        return img
    if interpolation not in INTERPOLATIONS:
        raise ValueError(
            f"load_img: interpolation={describe(interpolation)} is not known. "
            + did_you_mean(str(interpolation), INTERPOLATIONS)
        )
    method = pillow("load_img").Resampling[interpolation.upper()]
    size = (int(target_size[1]), int(target_size[0]))
    if not keep_aspect_ratio:
        return img.resize(size, method)
    width, height = img.size
    inner = (min(width, height * size[0] // size[1]), min(height, width * size[1] // size[0]))
    left, top = (width - inner[0]) // 2, (height - inner[1]) // 2
    return img.resize(size, method, box=[left, top, left + inner[0], top + inner[1]])


def opened(path: Any) -> Any:
    """The image in a file, read at once.

    Raises:
        ValueError: if it is none, or ends early.
    """
    image = pillow("load_img")
    if not isinstance(path, (str, bytes, os.PathLike, io.BytesIO)):
        raise TypeError(f"load_img takes the path of a file or an io.BytesIO, got {describe(path)}.")
    data = path if isinstance(path, io.BytesIO) else io.BytesIO(Path(os.fsdecode(path)).read_bytes())
    try:
        img = image.open(data)
        img.load()
    except (OSError, SyntaxError, ValueError, image.DecompressionBombError) as error:
        raise ValueError(
            f'"{_name(path)}" cannot be read as an image ({error}). Take it out of the folder, or '
            "give it the ending of what it is."
        ) from error
    return img


def _name(path: Any) -> str:
    return "the bytes given" if isinstance(path, io.BytesIO) else os.fsdecode(path)


def save_img(
    path: Any,
    x: Any,
    data_format: str | None = None,
    file_format: str | None = None,
    scale: bool = True,
    **kwargs: Any,
) -> None:
    """Writes an array as an image.

    Args:
        path: of the file, or a file that is open for writing bytes.
        x: array (height, width, channels).
        data_format: 'channels_last' or 'channels_first', the global setting by default.
        file_format: such as 'png'; what the path ends in by default.
        scale: whether to bring the smallest value to 0 and the largest to 255 (default).
        **kwargs: for Pillow's `Image.save`.

    Raises:
        ValueError: as `array_to_img`, or if the format is not known.

    Example:
        >>> import tempfile
        >>> with tempfile.TemporaryDirectory() as folder:
        ...     save_img(f"{folder}/a.png", [[[0.0]], [[255.0]]])
        ...     img_to_array(load_img(f"{folder}/a.png", "grayscale")).ravel().tolist()
        [0.0, 255.0]
    """
    if file_format is None and isinstance(path, (str, os.PathLike)):
        file_format = Path(path).suffix[1:]
    file_format = "jpeg" if str(file_format).lower() == "jpg" else file_format
    img = array_to_img(x, data_format=data_format, scale=scale)
    if img.mode == "RGBA" and str(file_format).lower() == "jpeg":
        warn("save_img: JPEG has no transparency, so the fourth channel is left out.")
        img = img.convert("RGB")
    img.save(path, format=file_format or None, **kwargs)


def smart_resize(
    x: Any, size: Any, interpolation: str = "bilinear", data_format: str = "channels_last"
) -> Any:
    """Images in another size, without distortion: what does not fit is cut off at both sides.

    Args:
        x: image (height, width, channels), or a batch of them.
        size: (height, width).
        interpolation: 'bilinear' (default), 'nearest', 'bicubic', 'lanczos3' or 'lanczos5'.
        data_format: 'channels_last' (default) or 'channels_first'.

    Returns:
        a NumPy array, if it was given one.

    Raises:
        ValueError: if `size` is no pair, or `x` no image.

    Example:
        >>> smart_resize(np.ones((4, 8, 3)), (2, 2)).shape
        (2, 2, 3)
    """
    from cornu import ops
    from cornu.utils.resizing import crop_window

    if not isinstance(size, (tuple, list)) or len(size) != 2:
        raise ValueError(f"smart_resize: size must be a pair (height, width), got {describe(size)}.")
    if np.ndim(x) not in (3, 4):
        raise ValueError(
            "smart_resize takes an image (height, width, channels) or a batch of them, got shape "
            f"{show_shape(np.shape(x))}."
        )
    last = data_format_of("smart_resize", data_format) == "channels_last"
    tensor = ops.convert_to_tensor(x)
    height, width = tensor.shape[-3:-1] if last else tensor.shape[-2:]
    rows, columns = crop_window(height, width, size)
    tensor = tensor[..., rows, columns, :] if last else tensor[..., rows, columns]
    ops_of_images: Any = ops.image
    result = ops_of_images.resize(tensor, size, interpolation=interpolation, data_format=data_format)
    return np.array(result) if isinstance(x, np.ndarray) else result
