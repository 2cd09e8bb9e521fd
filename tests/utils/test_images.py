"""Images as arrays, against Keras 3.15's functions and Pillow."""

import io
import sys

import numpy as np
import pytest

from cornu.core.errors import CornuWarning
from cornu.preprocessing.image import smart_resize
from cornu.utils import array_to_img, img_to_array, load_img, save_img

IMAGE = np.random.RandomState(0).uniform(-3, 200, (5, 7, 3)).astype("float32")


def keras():
    import keras

    return keras


@pytest.mark.parity
@pytest.mark.parametrize(
    "array, arguments",
    [
        (IMAGE, {}),
        (IMAGE.clip(0), {"scale": False}),
        (IMAGE.transpose(2, 0, 1), {"data_format": "channels_first"}),
        (IMAGE[..., :1], {"dtype": "float64"}),
        (np.concatenate([IMAGE, IMAGE[..., :1]], -1), {}),
        (IMAGE[..., :1].clip(0) * 9, {"scale": False}),
        (np.zeros((2, 2, 1)), {}),
    ],
)
def test_arrays_become_the_images_of_keras(array, arguments):
    import warnings

    with warnings.catch_warnings():  # Keras names the mode, which Pillow will no longer take
        warnings.simplefilter("ignore", DeprecationWarning)
        expected = keras().utils.array_to_img(array, **arguments)
    found = array_to_img(array, **arguments)
    assert (found.mode, found.size) == (expected.mode, expected.size)
    np.testing.assert_array_equal(np.asarray(found), np.asarray(expected))
    for data_format in ("channels_last", "channels_first"):
        back = img_to_array(found, data_format=data_format)
        np.testing.assert_array_equal(
            back, keras().utils.img_to_array(expected, data_format=data_format)
        )
        assert back.dtype == "float32"


@pytest.fixture
def file(tmp_path):
    save_img(tmp_path / "image.png", IMAGE)
    return tmp_path / "image.png"


@pytest.mark.parity
@pytest.mark.parametrize("color_mode", ["rgb", "rgba", "grayscale"])
@pytest.mark.parametrize(
    "arguments",
    [
        {},
        {"target_size": (3, 4)},
        {"target_size": (9, 4), "interpolation": "bicubic"},
        {"target_size": (4, 4), "interpolation": "lanczos", "keep_aspect_ratio": True},
        {"target_size": (8, 3), "interpolation": "box", "keep_aspect_ratio": True},
    ],
)
def test_files_are_loaded_as_keras_does(file, color_mode, arguments):
    found = load_img(file, color_mode=color_mode, **arguments)
    expected = keras().utils.load_img(file, color_mode=color_mode, **arguments)
    assert found.mode == expected.mode
    np.testing.assert_array_equal(np.asarray(found), np.asarray(expected))


def test_bytes_and_paths_of_all_kinds(file):
    expected = np.asarray(load_img(file))
    for source in (str(file), str(file).encode(), io.BytesIO(file.read_bytes())):
        np.testing.assert_array_equal(np.asarray(load_img(source)), expected)


def test_images_are_saved_in_the_format_of_the_ending(tmp_path):
    from PIL import Image

    for name, kind in (("a.png", "PNG"), ("a.jpg", "JPEG"), ("a.bmp", "BMP")):
        save_img(tmp_path / name, IMAGE)
        with Image.open(tmp_path / name) as image:
            assert (image.format, image.size) == (kind, (7, 5))
    buffer = io.BytesIO()
    save_img(buffer, IMAGE, file_format="jpg", quality=50)
    assert buffer.getvalue()[:2] == b"\xff\xd8"
    four = np.concatenate([IMAGE, IMAGE[..., :1]], -1)
    with pytest.warns(CornuWarning, match=r"JPEG has no transparency"):
        save_img(tmp_path / "b.jpeg", four)


@pytest.mark.parity
@pytest.mark.parametrize(
    "shape, size, arguments",
    [
        ((8, 6, 3), (4, 4), {}),
        ((2, 6, 9, 1), (3, 2), {"interpolation": "nearest"}),
        ((3, 6, 8), (5, 4), {"data_format": "channels_first", "interpolation": "bicubic"}),
    ],
)
def test_smart_resize_is_that_of_keras(shape, size, arguments):
    x = np.random.RandomState(1).uniform(size=shape).astype("float32")
    found = smart_resize(x, size, **arguments)
    expected = keras().preprocessing.image.smart_resize(x, size, **arguments)
    assert isinstance(found, np.ndarray)
    np.testing.assert_allclose(found, expected, rtol=1e-5, atol=1e-6)


def no_image(folder):
    (folder / "notes.png").write_text("no image")
    return folder / "notes.png"


def cut(folder):
    save_img(folder / "cut.png", np.random.RandomState(0).uniform(size=(40, 40, 3)))
    (folder / "cut.png").write_bytes((folder / "cut.png").read_bytes()[:500])
    return folder / "cut.png"


WRONG = [
    (
        lambda f: array_to_img(np.ones((2, 2))),
        ValueError,
        r"takes one image .* shape \(2, 2\).* write x\[..., None\]",
    ),
    (lambda f: array_to_img(np.ones((2, 2, 2))), ValueError, "has 1, 3 or 4 channels, .* has 2"),
    (lambda f: array_to_img(np.ones((2, 2, 1)), "first"), ValueError, "data_format must be .*'first'"),
    (lambda f: img_to_array(np.ones(3)), ValueError, r"two axes or three, got shape \(3,\)"),
    (lambda f: load_img(no_image(f)), ValueError, 'notes.png" cannot be read as an image'),
    (lambda f: load_img(cut(f)), ValueError, 'cut.png" cannot be read as an image'),
    (lambda f: load_img(io.BytesIO(b"")), ValueError, '"the bytes given" cannot be read'),
    (lambda f: load_img(f / "none.png"), FileNotFoundError, "none.png"),
    (lambda f: load_img(3), TypeError, "takes the path of a file or an io.BytesIO, got 3"),
    (lambda f: load_img(f, color_mode="gray"), ValueError, 'Did you mean "grayscale"'),
    (lambda f: smart_resize(np.ones((2, 2, 1)), 3), ValueError, "size must be a pair"),
    (lambda f: smart_resize(np.ones(2), (3, 3)), ValueError, r"or a batch of them, got shape \(2,\)"),
]


@pytest.mark.parametrize("call, error, words", WRONG)
def test_bad_images_are_named(tmp_path, call, error, words):
    with pytest.raises(error, match=words):
        call(tmp_path)


def test_an_unknown_interpolation_is_named(file):
    with pytest.raises(
        ValueError, match=r'interpolation=.biliner. is not known. Did you mean "bilinear"'
    ):
        load_img(file, target_size=(2, 2), interpolation="biliner")


def test_without_pillow_it_is_said_what_to_install(monkeypatch):
    monkeypatch.setitem(sys.modules, "PIL", None)
    with pytest.raises(ImportError, match=r"array_to_img needs Pillow, .* pip install pillow"):
        array_to_img(IMAGE)
