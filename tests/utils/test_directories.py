"""Folders and series as datasets. Expected values are those of Keras 3.15 on TensorFlow 2.21,
written down from a run."""

import os
import wave
import zipfile
from pathlib import Path

import numpy as np
import pytest

from cornu.core.errors import NotBuiltYetError
from cornu.utils import (
    audio_dataset_from_directory,
    image_dataset_from_directory,
    text_dataset_from_directory,
    timeseries_dataset_from_array,
)
from cornu.utils.audio_dataset import read_wav
from cornu.utils.resizing import INTERPOLATIONS, resize, resize_with_pad

IMAGE = np.array([[172, 47, 117], [192, 67, 251], [195, 103, 9], [211, 21, 242]], "uint8")[..., None]
# tf.image.resize(IMAGE, (3, 5), method): the first two rows of the result.
RESIZED = {
    "bilinear": [[175.3333, 125.3333, 50.3333, 103.7334, 139.3333], [193.5, 150.1, 85.0, 112.0, 130.0]],
    "nearest": [[172, 172, 47, 117, 117], [195, 195, 103, 9, 9]],
    "bicubic": [
        [183.7163, 126.3629, 48.886, 99.0979, 141.4403],
        [201.4819, 156.3417, 91.375, 107.8305, 126.2624],
    ],
    "area": [[177.0, 135.3333, 52.0, 117.6667, 150.5], [193.5, 157.3333, 85.0, 115.0, 130.0]],
    "lanczos3": [
        [191.0893, 123.0421, 47.8234, 98.3857, 156.8332],
        [204.8165, 161.3464, 99.5714, 100.8096, 120.7102],
    ],
    "lanczos5": [
        [194.592, 120.0512, 46.0795, 98.7355, 168.5528],
        [203.0058, 166.514, 105.9214, 95.556, 116.3242],
    ],
    "gaussian": [
        [169.0066, 126.0081, 74.4739, 107.3179, 139.5776],
        [187.2803, 149.9576, 101.3488, 111.9409, 127.4204],
    ],
    "mitchellcubic": [
        [177.5257, 125.3667, 62.0824, 103.1899, 142.7318],
        [195.498, 152.7834, 96.4927, 109.2744, 127.2351],
    ],
}


@pytest.mark.parametrize("interpolation", INTERPOLATIONS)
def test_images_are_resized_as_tensorflow_does(interpolation):
    found = resize(IMAGE, (3, 5), interpolation)[:2, :, 0]
    np.testing.assert_allclose(found, RESIZED[interpolation], rtol=1e-5, atol=1e-4)


def test_images_are_filled_up_as_tensorflow_does():
    found = resize_with_pad(IMAGE, (4, 4))[..., 0]
    np.testing.assert_allclose(found, np.pad(IMAGE[..., 0], ((0, 0), (0, 1))))


@pytest.fixture
def folder(tmp_path):
    """Two classes of four PNGs each, whose first pixel is their number, one of them a folder deeper."""
    from PIL import Image

    for number in range(8):
        place = tmp_path / "ab"[number % 2] / ("deep" if number == 5 else "")
        place.mkdir(parents=True, exist_ok=True)
        pixels = np.full((4, 6, 3), number * 10, "uint8")
        pixels[0, 0] = number
        Image.fromarray(pixels).save(place / f"{number}.png")
    (tmp_path / "a" / "notes.txt").write_text("no image")
    (tmp_path / ".hidden").mkdir()
    return tmp_path


def test_a_folder_of_images(folder, capsys):
    dataset = image_dataset_from_directory(folder, image_size=(4, 6), batch_size=3, shuffle=False)
    assert capsys.readouterr().out == "Found 8 files belonging to 2 classes.\n"
    assert (dataset.class_names, len(dataset)) == (["a", "b"], 3)
    names = [os.path.relpath(path, folder) for path in dataset.file_paths]
    assert names == [
        "a/0.png",
        "a/2.png",
        "a/4.png",
        "a/6.png",
        "b/1.png",
        "b/3.png",
        "b/7.png",
        "b/deep/5.png",
    ]
    images, labels = (np.concatenate(parts) for parts in zip(*dataset, strict=True))
    assert (images.shape, images.dtype) == ((8, 4, 6, 3), "float32")
    assert images[:, 0, 0, 0].tolist() == [0, 2, 4, 6, 1, 3, 7, 5]
    assert (labels.dtype, labels.tolist()) == ("int32", [0] * 4 + [1] * 4)
    assert [spec.shape for spec in dataset.element_spec] == [(None, 4, 6, 3), (None,)]


@pytest.mark.parametrize(
    "arguments, shape, labels",
    [
        ({"label_mode": "binary"}, (8, 4, 6, 3), [[0.0]] * 4 + [[1.0]] * 4),
        ({"label_mode": "categorical"}, (8, 4, 6, 3), [[1.0, 0.0]] * 4 + [[0.0, 1.0]] * 4),
        ({"class_names": ["b", "a"], "color_mode": "rgba"}, (8, 4, 6, 4), [0] * 4 + [1] * 4),
        (
            {"labels": [7, 6, 5, 4, 3, 2, 1, 0], "color_mode": "grayscale"},
            (8, 4, 6, 1),
            [7, 6, 5, 4, 3, 2, 1, 0],
        ),
        ({"image_size": 2, "crop_to_aspect_ratio": True}, (8, 2, 2, 3), [0] * 4 + [1] * 4),
        ({"image_size": (6, 6), "pad_to_aspect_ratio": True}, (8, 6, 6, 3), [0] * 4 + [1] * 4),
        ({"data_format": "channels_first"}, (8, 3, 4, 6), [0] * 4 + [1] * 4),
    ],
)
def test_images_and_labels_as_they_are_asked_for(folder, arguments, shape, labels):
    given = {"image_size": (4, 6), **arguments}
    dataset = image_dataset_from_directory(folder, shuffle=False, verbose=False, **given)
    images, found = next(iter(dataset))
    assert images.shape == shape
    assert found.tolist() == labels
    assert dataset.element_spec[0].shape == (None, *shape[1:])


def test_images_without_labels_and_without_batches(folder, capsys):
    dataset = image_dataset_from_directory(
        folder, labels=None, batch_size=None, image_size=(4, 6), shuffle=False
    )
    assert [image.shape for image in dataset] == [(4, 6, 3)] * 8
    assert dataset.class_names is None
    assert capsys.readouterr().out == "Found 8 files.\n"


def texts(folder):
    """The folder of which TensorFlow's Keras was asked."""
    for name in ("a/t", "b/u", *(f"{'ab'[n % 2]}/{n}" for n in range(12))):
        path = folder / f"{name}.txt"
        path.parent.mkdir(exist_ok=True)
        path.write_text({"a/t": "grün und blau", "b/u": "zwei"}.get(name, name))
    return folder


ORDER = [
    "b/1",
    "a/6",
    "a/10",
    "a/2",
    "b/u",
    "a/t",
    "a/8",
    "a/0",
    "b/7",
    "b/9",
    "a/4",
    "b/3",
    "b/11",
    "b/5",
]


@pytest.mark.parametrize(
    "arguments, names, classes",
    [
        ({"seed": 3}, ORDER, ["a", "b"]),
        ({"seed": 3, "validation_split": 0.3, "subset": "training"}, ORDER[:10], ["a", "b"]),
        ({"seed": 3, "validation_split": 0.3, "subset": "validation"}, ORDER[10:], ["a", "b"]),
        (
            {"class_names": ["b"], "shuffle": False},
            ["b/1", "b/11", "b/3", "b/5", "b/7", "b/9", "b/u"],
            ["b"],
        ),
        (
            {"labels": list(range(14)), "seed": 1},
            [
                "a/4",
                "b/1",
                "a/t",
                "a/2",
                "b/5",
                "a/6",
                "a/10",
                "b/9",
                "a/0",
                "b/u",
                "b/3",
                "b/11",
                "b/7",
                "a/8",
            ],
            [str(number) for number in range(14)],
        ),
    ],
)
def test_files_come_in_the_order_of_keras(tmp_path, arguments, names, classes):
    dataset = text_dataset_from_directory(texts(tmp_path), verbose=False, **arguments)
    found = [os.path.relpath(path, tmp_path).removesuffix(".txt") for path in dataset.file_paths]
    assert (found, dataset.class_names) == (names, classes)
    pairs = {text.numpy(): int(label) for batch in dataset for text, label in zip(*batch, strict=True)}
    if "labels" in arguments:  # each label stays with its file
        labels = dict(zip(sorted(ORDER), range(14), strict=True))
        assert pairs[b"b/5"] == labels["b/5"]
    else:
        assert all(
            number == classes.index(str(text.decode())[0])
            for text, number in pairs.items()
            if b"/" in text
        )


def test_each_time_through_shuffles_again_but_not_the_part_for_validation(tmp_path):
    train, validation = text_dataset_from_directory(
        texts(tmp_path), seed=3, validation_split=0.3, subset="both", batch_size=None, verbose=False
    )
    passes = [[text.numpy() for text, _ in train] for _ in range(2)]
    assert passes[0] != passes[1]
    assert sorted(passes[0]) == sorted(passes[1])
    order = [Path(path).read_bytes() for path in validation.file_paths]
    assert [text.numpy() for text, _ in validation] == order


def test_texts_are_bytes_and_may_be_cut(tmp_path):
    dataset = text_dataset_from_directory(texts(tmp_path), max_length=4, shuffle=False, verbose=False)
    found, _ = next(iter(dataset))
    assert found.numpy()[6] == b"gr\xc3\xbc"
    assert dataset.element_spec[0].dtype == "string"


def test_texts_go_through_text_vectorization(tmp_path):
    from cornu.layers import TextVectorization

    dataset = text_dataset_from_directory(texts(tmp_path), shuffle=False, verbose=False)
    layer = TextVectorization(output_sequence_length=3)
    only_texts = dataset.map(lambda x, y: x)
    layer.adapt(only_texts)
    assert "und" in layer.get_vocabulary()
    numbers, labels = next(iter(dataset.map(lambda x, y: (layer(x), y))))
    assert (numbers.shape, labels.shape) == ((14, 3), (14,))


def sound(path, steps, channels=1, width=2):
    path.parent.mkdir(parents=True, exist_ok=True)
    with wave.open(str(path), "wb") as file:
        file.setnchannels(channels)
        file.setsampwidth(width)
        file.setframerate(8000)
        file.writeframes((np.arange(steps * channels) * 1000 - 2000).astype(f"<i{width}").tobytes())


WAVE = [-0.06103515625, -0.030517578125, 0.0, 0.030517578125, 0.06103515625]


def test_a_folder_of_sounds(tmp_path):
    sound(tmp_path / "a" / "x.wav", 3)
    sound(tmp_path / "b" / "c" / "y.wav", 5)
    dataset = audio_dataset_from_directory(tmp_path, shuffle=False, verbose=False)
    sounds, labels = next(iter(dataset))
    assert sounds[..., 0].tolist() == [[*WAVE[:3], 0, 0], WAVE]
    assert (labels.tolist(), dataset.class_names) == ([0, 1], ["a", "b"])
    assert dataset.element_spec[0].shape == (None, None, None)
    cut = audio_dataset_from_directory(
        tmp_path, shuffle=False, verbose=False, output_sequence_length=4, labels=None
    )
    assert next(iter(cut))[..., 0].tolist() == [[*WAVE[:3], 0], WAVE[:4]]
    assert cut.element_spec.shape == (None, 4, 1)


def test_sounds_of_another_rate_and_width(tmp_path):
    sound(tmp_path / "a" / "x.wav", 400, channels=2)
    dataset = audio_dataset_from_directory(
        tmp_path, labels=None, sampling_rate=4000, batch_size=None, verbose=False
    )
    assert next(iter(dataset)).shape == (200, 2)
    for width in (1, 3, 4):  # the same waves as bytes, and in 24 and 32 bits
        path = tmp_path / f"{width}.wav"
        values = np.array([0, 64, -64, 127])
        data = {
            1: (values + 128).astype("uint8"),
            3: np.ascontiguousarray((values << 16).astype("<i4").view("uint8").reshape(-1, 4)[:, :3]),
            4: (values.astype("int64") << 24).astype("<i4"),
        }[width]
        with wave.open(str(path), "wb") as file:
            file.setnchannels(1)
            file.setsampwidth(width)
            file.setframerate(16000)
            file.writeframes(data.tobytes())
        rate, found = read_wav(path)
        assert (rate, found[:, 0].tolist()) == (16000, [0, 0.5, -0.5, 127 / 128])


@pytest.mark.parametrize(
    "arguments, batches",
    [
        (
            {"start_index": 2, "end_index": 8},
            [([[4, 6, 8], [6, 8, 10]], [2, 3]), ([[8, 10, 12], [10, 12, 14]], [4, 5])],
        ),
        (
            {"sequence_stride": 2, "sampling_rate": 2},
            [([[0, 4, 8], [4, 8, 12]], [0, 2]), ([[8, 12, 16]], [4])],
        ),
        ({"start_index": 6}, [([[12, 14, 16], [14, 16, 18]], [6, 7])]),
    ],
)
def test_windows_of_a_series_are_those_of_keras(arguments, batches):
    data, targets = np.arange(20.0).reshape(10, 2), np.arange(10)
    dataset = timeseries_dataset_from_array(data, targets, 3, batch_size=2, **arguments)
    assert [(x[..., 0].tolist(), y.tolist()) for x, y in dataset] == batches
    alone = timeseries_dataset_from_array(data, None, 3, batch_size=None, **arguments)
    assert [x[..., 0].tolist() for x in alone] == [row for x, _ in batches for row in x]


def test_shuffled_windows_are_all_there():
    dataset = timeseries_dataset_from_array(range(30), range(30), 2, batch_size=4, shuffle=True, seed=1)
    passes = [[row for x, _ in dataset for row in x.tolist()] for _ in range(2)]
    assert passes[0] != passes[1]
    assert sorted(passes[0]) == sorted(passes[1]) == [[i, i + 1] for i in range(29)]
    assert all((x[:, 0] == y).all() for x, y in dataset)


def test_real_photographs(data_dir, tmp_path):
    archive = data_dir / "cats_and_dogs_tiny.zip"
    if not archive.exists():
        pytest.skip(f"there is no {archive}")
    with zipfile.ZipFile(archive) as file:
        file.extractall(tmp_path)
    root = tmp_path / "cats_and_dogs_tiny" / "train"
    dataset = image_dataset_from_directory(
        root, image_size=(6, 5), batch_size=40, shuffle=False, verbose=False
    )
    images, labels = next(iter(dataset))
    assert (images.shape, set(labels.tolist()), len(dataset)) == ((40, 6, 5, 3), {0}, 2)
    # TensorFlow's, whose decoding of JPEG is a little less exact than Pillow's
    expected = [
        [[219.3333, 178.3333, 96.3333], [197.3333, 123.3333, 69.3333]],
        [[224.5, 183.5, 101.5], [248.5, 212.0, 123.5]],
    ]
    np.testing.assert_allclose(images[0, :2, :2], expected, atol=3)


def broken(tmp_path):
    (tmp_path / "a").mkdir(exist_ok=True)
    (tmp_path / "a" / "broken.png").write_bytes(b"not an image")
    return tmp_path


def test_a_file_that_is_no_image_is_named(tmp_path):
    dataset = image_dataset_from_directory(broken(tmp_path), verbose=False)
    with pytest.raises(
        ValueError, match=r'broken.png" cannot be read as an image .*Take it out of the folder'
    ):
        list(dataset)
    (tmp_path / "a" / "broken.wav").write_bytes(b"no sound")
    with pytest.raises(ValueError, match=r'broken.wav" cannot be read as a WAV file'):
        list(audio_dataset_from_directory(tmp_path, verbose=False))


images = image_dataset_from_directory
series = timeseries_dataset_from_array
WRONG = [
    (
        lambda f: images(f / "none"),
        NotADirectoryError,
        'image_dataset_from_directory: there is no folder ".*none"',
    ),
    (
        lambda f: images(f / ".hidden"),
        ValueError,
        "found no images in .* end in .bmp, .*, in a folder for each class",
    ),
    (
        lambda f: images(f, class_names=["a", "bb"]),
        ValueError,
        'class_names has "bb", but .* no such folder. Did you mean "b"',
    ),
    (
        lambda f: images(f, label_mode="integer"),
        ValueError,
        "label_mode must be .* got label_mode='integer'",
    ),
    (
        lambda f: images(f, label_mode="binary", class_names=["a"]),
        ValueError,
        "needs exactly 2 classes, but there are 1",
    ),
    (
        lambda f: images(f, labels=[1, 2]),
        ValueError,
        "one label for each file, but there are 2 labels, and 8 files",
    ),
    (lambda f: images(f, labels="guess"), ValueError, 'labels must be "inferred"'),
    (
        lambda f: images(f, labels=None, class_names=["a"]),
        ValueError,
        'class_names goes with labels="inferred" alone',
    ),
    (
        lambda f: images(f, color_mode="rbg"),
        ValueError,
        "color_mode='rbg' is not known. Did you mean \"rgb\"",
    ),
    (lambda f: images(f, interpolation="linear"), ValueError, 'interpolation=.linear. .* "bilinear"'),
    (lambda f: images(f, image_size=(1, 2, 3)), ValueError, "image_size must be a pair"),
    (lambda f: images(f, format="grain"), NotBuiltYetError, "datasets of Grain are not built yet"),
    (lambda f: images(f, format="torch"), ValueError, "format='torch' is not known"),
    (
        lambda f: images(f, crop_to_aspect_ratio=True, pad_to_aspect_ratio=True),
        ValueError,
        "exclude each other: choose one",
    ),
    (lambda f: images(f, validation_split=2, subset="both"), ValueError, "must be between 0 and 1"),
    (lambda f: images(f, subset="training"), ValueError, "validation_split and subset go together"),
    (
        lambda f: images(f, validation_split=0.2, subset="train", seed=1),
        ValueError,
        'subset must be .*"training"',
    ),
    (
        lambda f: images(f, validation_split=0.2, subset="training"),
        ValueError,
        "a seed is needed, the same for both",
    ),
    (
        lambda f: images(f, validation_split=0.01, subset="validation", seed=1),
        ValueError,
        "found no validation images",
    ),
    (lambda f: text_dataset_from_directory(f / "b"), ValueError, "found no texts"),
    (lambda f: text_dataset_from_directory(f, format="grain"), NotBuiltYetError, "Grain"),
    (lambda f: audio_dataset_from_directory(f, ragged=True), NotBuiltYetError, "output_sequence_length"),
    (
        lambda f: audio_dataset_from_directory(f, sampling_rate=0.5),
        ValueError,
        "sampling_rate must be a whole",
    ),
    (lambda f: series([1, 2], None, 3), ValueError, "sequence_length must be from 1 to 2"),
    (
        lambda f: series([1, 2, 3], None, 2, sampling_rate=3),
        ValueError,
        "a window needs 4 steps .* there are 3",
    ),
    (lambda f: series([1, 2, 3], None, 2, start_index=3), ValueError, "start_index must be from 0 to 2"),
    (lambda f: series([1, 2, 3], None, 2, end_index=4), ValueError, "end_index must be above"),
    (lambda f: series([1, 2, 3], None, 2, sequence_stride=0), ValueError, "sequence_stride must be"),
    (lambda f: series([1, 2], None, 1, format="grain"), NotBuiltYetError, "Grain"),
]


@pytest.mark.parametrize("call, error, words", WRONG)
def test_bad_folders_and_arguments_are_named(folder, call, error, words):
    with pytest.raises(error, match=words):
        call(folder)
