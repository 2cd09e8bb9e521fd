"""Images in files, and between whole numbers and floats: what `tf.image` and `tf.io` have in common."""

from __future__ import annotations

import io
from typing import Any

import jax
import jax.numpy as jnp
import numpy as np

from cornu.compat.tensorflow.arrays import convert_to_tensor
from cornu.compat.tensorflow.rows import named
from cornu.core import dtypes
from cornu.core.errors import NotBuiltYetError, describe
from cornu.core.variable import Variable
from cornu.utils.dataset.elements import as_tensor
from cornu.utils.images import pillow

__all__ = [
    *("convert_image_dtype", "decode_bmp", "decode_gif", "decode_image", "decode_jpeg", "decode_png"),
    *("encode_jpeg", "encode_png"),
]
MODES = {1: "L", 3: "RGB", 4: "RGBA"}


def on_host(image: Any) -> bool:
    """Whether it is on the host, in NumPy."""
    return not isinstance(image, (jax.Array, Variable))


def with_module(image: Any) -> Any:
    """The image, and the module that computes with it."""
    return (np.asarray(image), np) if on_host(image) else (convert_to_tensor(image), jnp)


def as_result(value: Any) -> Any:
    """A result of NumPy as a tensor of the host."""
    return as_tensor(value) if isinstance(value, (np.ndarray, np.generic)) else value


@named
def convert_image_dtype(image: Any, dtype: Any, saturate: bool = False) -> Any:
    """Whole numbers from 0 to their largest become floats from 0 to 1, and the other way round.

    >>> convert_image_dtype(np.array([0, 255], "uint8"), "float32").tolist()
    [0.0, 1.0]
    """
    x, xp = with_module(image)
    old, new = np.dtype(x.dtype), dtypes.numpy_dtype(dtypes.standardize(dtype))
    if old == new:
        return as_result(x)
    of_floats, to_floats = not np.issubdtype(old, np.integer), not np.issubdtype(new, np.integer)
    if of_floats and to_floats:
        return as_result(x.astype(new))
    if to_floats:
        return as_result(x.astype(new) * np.asarray(1 / np.iinfo(old).max, new))
    if of_floats:
        most = np.iinfo(new).max
        scaled = x * (most + 0.5)
        return as_result((xp.clip(scaled, np.iinfo(new).min, most) if saturate else scaled).astype(new))
    ratio = (int(np.iinfo(new).max) + 1) / (int(np.iinfo(old).max) + 1)
    if ratio < 1:
        return as_result((x // int(1 / ratio)).astype(new))
    return as_result(x.astype(new) * np.asarray(int(ratio), new))


def _decoded(name: str, contents: Any, channels: int, dtype: Any) -> Any:
    data = np.asarray(contents)
    if data.dtype != object or data.ndim:
        raise TypeError(
            f"tf.io.{name} takes the bytes of one file, as tf.io.read_file gives them, got "
            f"{describe(contents)}."
        )
    if channels not in (0, *MODES):
        raise ValueError(f"tf.io.{name}(channels={channels}): 0 for those of the file, 1, 3 or 4.")
    try:
        image = pillow(f"tf.io.{name}").open(io.BytesIO(data.item()))
        image.load()
    except OSError as error:
        raise ValueError(
            f"tf.io.{name}: this is no image that Pillow can read, or it is cut off."
        ) from error
    mode = MODES[channels] if channels else image.mode if image.mode in MODES.values() else "RGB"
    pixels = np.asarray(image.convert(mode) if image.mode != mode else image)
    pixels = pixels[..., None] if pixels.ndim == 2 else pixels
    return convert_image_dtype(pixels, dtype)


@named
def decode_image(
    contents: Any, channels: int = 0, dtype: Any = "uint8", expand_animations: bool = True
) -> Any:
    """The pixels in the bytes of a file: JPEG, PNG, BMP or GIF, of which the first image is read.

    Raises:
        NotBuiltYetError: for an animated GIF with `expand_animations`.
    """
    found = _decoded("decode_image", contents, channels, dtype)
    if expand_animations and np.asarray(contents).item()[:3] == b"GIF":
        raise NotBuiltYetError(
            "tf.io.decode_image gives the first image of a GIF: write expand_animations=False."
        )
    return found


@named
def decode_jpeg(
    contents: Any,
    channels: int = 0,
    ratio: int = 1,
    fancy_upscaling: bool = True,
    try_recover_truncated: bool = False,
    acceptable_fraction: float = 1,
    dct_method: str = "",
) -> Any:
    """The pixels of a JPEG, as whole numbers from 0 to 255.

    Args:
        contents: bytes of the file.
        channels: 0 (those of the file, default), 1 or 3.
        ratio, fancy_upscaling, try_recover_truncated, acceptable_fraction, dct_method: how
            TensorFlow decodes; as they are by default.

    Raises:
        NotBuiltYetError: if one of these is another.
    """
    others = (ratio, fancy_upscaling, try_recover_truncated, acceptable_fraction, dct_method)
    if others != (1, True, False, 1, ""):
        raise NotBuiltYetError("tf.io.decode_jpeg takes contents and channels: leave out the others.")
    return _decoded("decode_jpeg", contents, channels, "uint8")


@named
def decode_png(contents: Any, channels: int = 0, dtype: Any = "uint8") -> Any:
    """The pixels of a PNG."""
    return _decoded("decode_png", contents, channels, dtype)


@named
def decode_bmp(contents: Any, channels: int = 0) -> Any:
    """The pixels of a BMP."""
    return _decoded("decode_bmp", contents, channels, "uint8")


@named
def decode_gif(contents: Any) -> Any:
    """All images of a GIF: (images, height, width, 3)."""
    image = pillow("tf.io.decode_gif").open(io.BytesIO(np.asarray(contents).item()))
    frames = []
    for number in range(getattr(image, "n_frames", 1)):
        image.seek(number)
        frames.append(np.asarray(image.convert("RGB")))
    return as_tensor(np.stack(frames))


def _encoded(kind: str, image: Any, **how: Any) -> Any:
    pixels = np.asarray(image)
    if pixels.dtype != np.uint8 or pixels.ndim != 3:
        raise ValueError(f"tf.io.encode_{kind} takes uint8 pixels (height, width, channels).")
    target = io.BytesIO()
    picture = pillow(f"tf.io.encode_{kind}").fromarray(
        pixels[..., 0] if pixels.shape[-1] == 1 else pixels
    )
    picture.save(target, kind, **how)
    return as_tensor(target.getvalue())


@named
def encode_jpeg(image: Any, quality: int = 95) -> Any:
    """The bytes of a JPEG file."""
    return _encoded("jpeg", image, quality=quality)


@named
def encode_png(image: Any) -> Any:
    """The bytes of a PNG file."""
    return _encoded("png", image)
