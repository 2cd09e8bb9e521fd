"""Values, shapes, dtypes and orders are those of Keras's own loaders, given the same file."""

import importlib
import shutil

import numpy as np
import pytest

import cornu
from cornu.core.settings import image_data_format, set_image_data_format
from tests.datasets import making
from tests.table_of_names import room

pytestmark = pytest.mark.parity
NAMES = (
    *("boston_housing", "california_housing", "cifar10", "cifar100", "fashion_mnist", "imdb"),
    *("mnist", "reuters"),
)


@pytest.mark.parametrize("name", NAMES)
def test_the_public_names_and_their_arguments(name):
    found = room(importlib.import_module(f"keras.datasets.{name}"))
    assert (found.missing, found.different) == ([], {})
    assert found.present == len(found.names) > 0


def theirs(monkeypatch, name, path, **arguments):
    """What Keras's loader makes of a file, or of a folder of files."""
    module = importlib.import_module(f"keras.src.datasets.{name}")
    monkeypatch.setattr(
        module, "get_file", lambda fname, **_: str(path / fname if path.is_dir() else path)
    )
    return module.load_data(**arguments)


def same(ours, wanted):
    for mine, their in zip(
        [each for pair in ours for each in pair], [each for pair in wanted for each in pair], strict=True
    ):
        assert type(mine) is np.ndarray
        assert (mine.shape, mine.dtype) == (their.shape, their.dtype)
        if mine.dtype == object:
            assert all(type(row) is list for row in mine)
            assert mine.tolist() == their.tolist()
        else:
            np.testing.assert_array_equal(mine, their)


CODINGS = [
    {},
    {"num_words": 50},
    {"num_words": 100, "skip_top": 5, "maxlen": 20},
    {"num_words": 50, "oov_char": None, "skip_top": 2},
    {"start_char": None, "index_from": 0, "num_words": 30},
    {"start_char": None, "index_from": None},
    {"start_char": None, "index_from": 7, "maxlen": 15},
    {"start_char": 600, "oov_char": 9, "index_from": 1},
    {"seed": 7, "oov_char": 0, "maxlen": 39},
]


@pytest.mark.parametrize("coding", CODINGS)
def test_imdb(monkeypatch, tmp_path, coding):
    path = making.imdb(tmp_path / "imdb.npz")
    ours = cornu.datasets.imdb.load_data(path=path, **coding)
    same(ours, theirs(monkeypatch, "imdb", path, **coding))


@pytest.mark.parametrize("coding", [*CODINGS, {"test_split": 0.33}, {"test_split": 0}])
def test_reuters(monkeypatch, tmp_path, coding):
    path = making.reuters(tmp_path / "reuters.npz")
    ours = cornu.datasets.reuters.load_data(path=path, **coding)
    same(ours, theirs(monkeypatch, "reuters", path, **coding))


def test_the_topics_of_reuters():
    keras = importlib.import_module("keras.datasets.reuters")
    assert cornu.datasets.reuters.get_label_names() == tuple(keras.get_label_names())
    assert len(cornu.datasets.reuters.get_label_names()) == 46


@pytest.mark.parametrize("arguments", [{}, {"test_split": 0.5, "seed": 3}, {"test_split": 0}])
def test_boston(monkeypatch, real, arguments):
    ours = cornu.datasets.boston_housing.load_data(**arguments)
    same(ours, theirs(monkeypatch, "boston_housing", real / "boston_housing.npz", **arguments))
    if not arguments:  # as a book printed them
        assert ours[0][1][:5].tolist() == [15.2, 42.3, 50.0, 21.1, 17.7]


@pytest.mark.parametrize("arguments", [{}, {"version": "small", "test_split": 0.3, "seed": 0}])
def test_california(monkeypatch, real, arguments):
    ours = cornu.datasets.california_housing.load_data(**arguments)
    same(ours, theirs(monkeypatch, "california_housing", real / "california_housing.npz", **arguments))


def test_mnist(monkeypatch, real):
    ours = cornu.datasets.mnist.load_data()
    same(ours, theirs(monkeypatch, "mnist", real / "mnist.npz"))
    assert ours[0][0].shape == (60000, 28, 28)
    ours[0][0][0] = 0  # the arrays are the user's own


def test_fashion_mnist(monkeypatch, real):
    ours = cornu.datasets.fashion_mnist.load_data()
    same(ours, theirs(monkeypatch, "fashion_mnist", real / "fashion-mnist"))
    assert np.bincount(ours[0][1]).tolist() == [6000] * 10
    ours[0][0][0] = 0


@pytest.fixture(params=["channels_last", "channels_first"])
def data_format(request, monkeypatch):
    import keras

    before = image_data_format()
    set_image_data_format(request.param)
    keras.config.set_image_data_format(request.param)
    yield request.param
    set_image_data_format(before)
    keras.config.set_image_data_format("channels_last")


@pytest.mark.parametrize("mode", ["fine", "coarse"])
def test_cifar100(monkeypatch, tmp_path, home, mode, data_format):
    path = making.cifar100(home / "cifar-100-python-target_archive")
    making.known_as(monkeypatch, "cifar-100-python.tar.gz", path)
    shutil.unpack_archive(path, tmp_path / "cifar-100-python-target", "gztar")
    ours = cornu.datasets.cifar100.load_data(label_mode=mode)
    same(ours, theirs(monkeypatch, "cifar100", tmp_path, label_mode=mode))


def test_cifar10(monkeypatch, home, data_format):
    path, made = making.cifar10(home / "cifar-10-batches-py-target_archive")
    making.known_as(monkeypatch, "cifar-10-python.tar.gz", path)
    (x_train, y_train), (x_test, y_test) = cornu.datasets.cifar10.load_data()
    *train, test = made.values()
    for x, y, batches in ((x_train, y_train, train), (x_test, y_test, [test])):
        pixels = np.concatenate([each["data"] for each in batches]).reshape(-1, 3, 32, 32)
        wanted = pixels if data_format == "channels_first" else np.moveaxis(pixels, 1, -1)
        np.testing.assert_array_equal(x, wanted)
        assert y.tolist() == [[label] for each in batches for label in each["labels"]]
        assert (x.dtype, y.dtype, type(x)) == (np.uint8, np.uint8, np.ndarray)


@pytest.mark.wide
def test_cifar10_of_its_real_size(monkeypatch, tmp_path, home):
    path, _ = making.cifar10(home / "cifar-10-python.tar.gz", 10_000)
    making.known_as(monkeypatch, "cifar-10-python.tar.gz", path)
    folder = tmp_path / "cifar-10-batches-py-target"
    shutil.unpack_archive(path, folder, "gztar")
    same(cornu.datasets.cifar10.load_data(), theirs(monkeypatch, "cifar10", tmp_path))


@pytest.mark.wide
@pytest.mark.parametrize("coding", CODINGS[:3])
def test_all_of_imdb(monkeypatch, real, coding):
    if coding.get("maxlen"):
        coding = {**coding, "maxlen": 200}
    ours = cornu.datasets.imdb.load_data(**coding)
    same(ours, theirs(monkeypatch, "imdb", real / "imdb.npz", **coding))
    assert len(ours[0][0]) == 25_000 or "maxlen" in coding
