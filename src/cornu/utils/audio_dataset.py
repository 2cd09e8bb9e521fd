"""audio_dataset_from_directory: a folder of sounds as batches."""

from __future__ import annotations

import wave
from math import gcd
from pathlib import Path
from typing import Any

import numpy as np

from cornu.core.errors import NotBuiltYetError, describe
from cornu.utils.dataset import Dataset
from cornu.utils.directories import Reader, datasets

WHO = "audio_dataset_from_directory"


def audio_dataset_from_directory(
    directory: Any,
    labels: Any = "inferred",
    label_mode: str | None = "int",
    class_names: Any = None,
    batch_size: int | None = 32,
    sampling_rate: int | None = None,
    output_sequence_length: int | None = None,
    ragged: bool = False,
    shuffle: bool = True,
    seed: int | None = None,
    validation_split: float | None = None,
    subset: str | None = None,
    follow_links: bool = False,
    verbose: bool = True,
) -> Any:
    """A `Dataset` of the files `.wav` in a folder, in batches, read by threads when they are needed.

    With labels its elements are (sounds, labels), else sounds: float32 from -1 to 1 of shape (batch,
    steps, channels). It has the attributes `class_names` and `file_paths`.

    Args:
        directory: the folder; with `labels="inferred"` it holds a folder for each class.
        labels, label_mode, class_names: as in `image_dataset_from_directory`.
        batch_size: 32 by default; None for single sounds.
        sampling_rate: steps a second to bring sounds to, by SciPy's `resample_poly`; as they are by
            default.
        output_sequence_length: steps to cut or fill up with zeros to; by default to the longest of a
            batch.
        ragged: False; arrays have one length.
        shuffle, seed, validation_split, subset, follow_links, verbose: as there.

    Raises:
        ValueError: if an argument is not understood, or no sound is found; when it is read, if a file is
            no WAV.
        NotADirectoryError: if there is no such folder.
        NotBuiltYetError: for `ragged=True`.

    Example:
        >>> import os, tempfile, wave
        >>> with tempfile.TemporaryDirectory() as folder:
        ...     os.mkdir(f"{folder}/yes")
        ...     with wave.open(f"{folder}/yes/1.wav", "wb") as file:
        ...         file.setparams(
        ...             (1, 2, 8000, 0, "NONE", "")
        ...         )  # channels, bytes of a number, steps a second
        ...         file.writeframes(np.array([0, 16384], "<i2").tobytes())
        ...     found = audio_dataset_from_directory(folder, verbose=False)
        ...     sounds, labels = next(iter(found))
        >>> sounds.shape, sounds.max().item()
        ((1, 2, 1), 0.5)
    """
    if ragged:
        raise NotBuiltYetError(
            f"{WHO}: arrays of rows of unequal lengths (ragged=True) are not built. Leave it out: the "
            "rows of a batch are filled up with zeros; or give output_sequence_length."
        )
    for argument, number in (
        ("sampling_rate", sampling_rate),
        ("output_sequence_length", output_sequence_length),
    ):
        if number is not None and (not isinstance(number, (int, np.integer)) or number <= 0):
            raise ValueError(
                f"{WHO}: {argument} must be a whole number above 0, got {argument}={describe(number)}."
            )

    def read(path: str) -> Any:
        rate, sound = read_wav(path)
        if sampling_rate is not None and sampling_rate != rate:
            sound = _resampled(sound, rate, sampling_rate)
        if output_sequence_length is not None:
            missing = max(output_sequence_length - len(sound), 0)
            sound = np.pad(sound[:output_sequence_length], ((0, missing), (0, 0)))
        return sound

    gather = Dataset.padded_batch if output_sequence_length is None else Dataset.batch
    reader = Reader(WHO, "sounds", (".wav",), read, gather)
    found = datasets(
        *(reader, directory, labels, label_mode, class_names, batch_size, shuffle, seed),
        *(validation_split, subset, follow_links, verbose),
    )
    return tuple(found) if subset == "both" else found


def read_wav(path: Any) -> tuple[int, np.ndarray[Any, Any]]:
    """Steps a second, and the sound (steps, channels) as float32 from -1 to 1.

    Raises:
        ValueError: if the file is no WAV of whole numbers.
    """
    try:
        with wave.open(str(Path(path)), "rb") as file:
            width, channels, rate = file.getsampwidth(), file.getnchannels(), file.getframerate()
            data = file.readframes(file.getnframes())
    except (wave.Error, EOFError) as error:
        raise ValueError(
            f'"{path}" cannot be read as a WAV file of whole numbers ({error}). Convert it, for '
            "instance with: ffmpeg -i in.wav -c:a pcm_s16le out.wav"
        ) from error
    if width == 1:  # the only width without a sign
        numbers = np.frombuffer(data, "uint8").astype("int32") - 128
    elif width == 3:
        numbers = (
            np.pad(np.frombuffer(data, "uint8").reshape(-1, 3), ((0, 0), (1, 0))).view("<i4")[:, 0] >> 8
        )
    else:
        numbers = np.frombuffer(data, f"<i{width}")
    return rate, (numbers.reshape(-1, channels) / 2.0 ** (8 * width - 1)).astype("float32")


def _resampled(sound: Any, rate: int, new: int) -> Any:
    try:
        from scipy.signal import resample_poly
    except ImportError:
        raise ImportError(f"{WHO}(sampling_rate=...) needs SciPy: pip install scipy") from None
    common = gcd(rate, new)
    return resample_poly(sound, new // common, rate // common, axis=0).astype("float32")
