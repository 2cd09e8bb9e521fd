"""Where files are looked for, what is downloaded, and what is said where that fails."""

import shutil
import sys
import warnings

import numpy as np
import pytest

import cornu
from cornu.core.errors import CornuWarning
from cornu.datasets.files import fetch, find, look
from cornu.datasets.table import FILES
from tests.datasets import making
from tests.utils.serving import serving


@pytest.fixture
def served(tmp_path, monkeypatch):
    """A server that has a small `boston_housing.npz`, which the table means."""
    source = tmp_path / "source.npz"
    np.savez(source, x=np.arange(40.0).reshape(10, 4), y=np.arange(10.0))
    with serving() as files:
        files.contents["/boston_housing.npz"] = source.read_bytes()
        making.known_as(monkeypatch, "boston_housing.npz", source, f"{files.address}/boston_housing.npz")
        files.source = source
        yield files


def load():
    (x_train, y_train), (x_test, y_test) = cornu.datasets.boston_housing.load_data()
    assert (x_train.shape, x_test.shape) == ((8, 4), (2, 4))
    assert sorted([*y_train, *y_test]) == list(range(10))


def test_a_file_is_downloaded_once_to_where_keras_looks(served, home, capsys):
    load()
    load()
    assert [path.name for path in home.iterdir()] == ["boston_housing.npz"]
    assert len(served.asked) == 1
    assert "Downloading data from http://127.0.0.1" in capsys.readouterr().out


def test_a_download_that_broke_off_goes_on(served, home):
    served.breaks["/boston_housing.npz"] = 300
    with pytest.raises(
        ValueError, match=r"only 300 came\. What came is kept.*Put \"boston_housing.npz\""
    ):
        load()
    load()
    assert served.asked[-1][1] == "bytes=300-"


def test_cornu_data_comes_first(served, home, tmp_path, monkeypatch):
    folder = tmp_path / "mine"
    folder.mkdir()
    monkeypatch.setenv("CORNU_DATA", str(folder))
    shutil.copy(served.source, home / "boston_housing.npz")
    assert find("boston_housing.npz") == home / "boston_housing.npz"
    shutil.copy(served.source, folder / "boston_housing.npz")
    assert find("boston_housing.npz") == folder / "boston_housing.npz"
    assert served.asked == []


def test_the_same_content_in_another_container_is_known(monkeypatch, tmp_path, home):
    path = making.imdb(home / "imdb.npz")
    file = FILES["imdb.npz"]._replace(same=(making.digest(path),))
    monkeypatch.setitem(FILES, "imdb.npz", file)
    assert find("imdb.npz") == path


def test_another_file_in_cornu_data_is_passed_over(served, home, tmp_path, monkeypatch):
    monkeypatch.setenv("CORNU_DATA", str(tmp_path))
    (tmp_path / "boston_housing.npz").write_bytes(b"mine")
    with pytest.warns(
        CornuWarning, match=r'boston_housing.npz" is passed over: its hash, [0-9a-f]{64}, is'
    ):
        load()
    assert (tmp_path / "boston_housing.npz").read_bytes() == b"mine"


def test_another_file_in_kerass_folder_is_put_aside(served, home):
    target = home / "boston_housing.npz"
    target.write_bytes(b"mine")
    content = served.contents.pop("/boston_housing.npz")
    with pytest.warns(CornuWarning, match="passed over"), pytest.raises(OSError, match="404 -- gone"):
        load()
    assert target.read_bytes() == b"mine"  # nothing is lost where the download fails
    served.contents["/boston_housing.npz"] = content
    with pytest.warns(CornuWarning, match="passed over"):
        load()
    assert target.read_bytes() == content
    assert target.with_name("boston_housing.npz.other").read_bytes() == b"mine"


def test_what_comes_with_another_hash_is_refused(served, home):
    served.contents["/boston_housing.npz"] = b"another"
    with pytest.raises(ValueError, match=r"download failed: .* has the hash .*was not kept\. Put"):
        load()
    assert list(home.iterdir()) == []


def test_offline_the_error_says_which_file_to_put_where(home, monkeypatch, tmp_path):
    nobody = "http://127.0.0.1:9/mnist.npz"
    monkeypatch.setitem(FILES, "mnist.npz", FILES["mnist.npz"]._replace(address=nobody))
    with pytest.raises(OSError, match="URL fetch failure") as caught:
        cornu.datasets.mnist.load_data()
    text = str(caught.value)
    assert f'Put "mnist.npz" from {nobody} (SHA-256 {FILES["mnist.npz"].hash}) into "{home}"' in text
    assert "CORNU_DATA names, which is now not set" in text
    monkeypatch.setenv("CORNU_DATA", str(tmp_path))
    labels = "train-labels-idx1-ubyte.gz"
    monkeypatch.setitem(FILES, labels, FILES[labels]._replace(address=nobody))
    with pytest.raises(OSError, match=r"MD5 25c81989df183df01b3e8a0aad5dffbe.*fashion-mnist") as caught:
        fetch(labels)
    assert f'(there into "fashion-mnist"), which is now {tmp_path}' in str(caught.value)


def test_cifar_is_downloaded_as_keras_keeps_it(monkeypatch, home, tmp_path):
    source, _ = making.cifar10(tmp_path / "source.tar.gz")
    with serving() as files:
        files.contents["/cifar"] = source.read_bytes()
        making.known_as(monkeypatch, "cifar-10-python.tar.gz", source, f"{files.address}/cifar")
        assert cornu.datasets.cifar10.load_data()[0][0].shape == (15, 32, 32, 3)
    assert [path.name for path in home.iterdir()] == ["cifar-10-batches-py-target_archive"]


def test_a_path_with_a_folder_is_that_file(tmp_path):
    path = making.imdb(tmp_path / "mine.npz")
    (x_train, _), _ = cornu.datasets.imdb.load_data(path=str(path), num_words=50)
    assert len(x_train) == 60
    with pytest.raises(FileNotFoundError, match=r'There is no file ".*none.npz".*With a name alone'):
        cornu.datasets.imdb.load_data(path=tmp_path / "none.npz")
    with pytest.raises(TypeError, match=r'path must be the name of a file, such as "imdb.npz", got 3'):
        cornu.datasets.imdb.load_data(path=3)


def test_another_name_is_looked_for_and_downloaded_to(served, home):
    cornu.datasets.boston_housing.load_data(path="houses.npz")
    assert [path.name for path in home.iterdir()] == ["houses.npz"]


def test_keras_finds_what_was_downloaded(served, home, tmp_path):
    from keras.src.utils.file_utils import get_file

    load()
    file = FILES["boston_housing.npz"]
    path = get_file(
        "boston_housing.npz", origin=file.address, file_hash=file.hash, cache_dir=str(home.parent)
    )
    assert path == str(home / "boston_housing.npz")
    assert len(served.asked) == 1


def test_every_real_file_is_known(real):
    names = (
        *("mnist.npz", "imdb.npz", "imdb_word_index.json", "boston_housing.npz"),
        *("california_housing.npz", "cifar10_10k_1k.npz", "pima-indians-diabetes.csv"),
        *("banknote_authentication.csv", "train-images-idx3-ubyte.gz", "t10k-images-idx3-ubyte.gz"),
        *("train-labels-idx1-ubyte.gz", "t10k-labels-idx1-ubyte.gz"),
    )
    for name in names:
        assert look(name) == real / FILES[name].folder / name


def test_the_subset_of_cifar10_says_what_it_is(real):
    words = r"a part of the set, 10,000 of 50,000 images to train on and 1,000 of 10,000 to test with"
    with pytest.warns(CornuWarning, match=words) as caught:
        (x_train, y_train), (x_test, y_test) = cornu.datasets.cifar10.load_data()
    assert len(caught) == 1
    assert (x_train.shape, y_train.shape) == ((10000, 32, 32, 3), (10000, 1))
    assert (x_test.shape, y_test.shape, x_test.dtype) == ((1000, 32, 32, 3), (1000, 1), np.uint8)
    assert np.bincount(y_test[:, 0]).tolist() == [103, 89, 100, 103, 90, 86, 112, 102, 106, 109]


def test_the_tables_of_the_lectures(real):
    (x_train, y_train), (x_test, y_test) = cornu.datasets.pima.load_data()
    assert (x_train.shape, x_test.shape, x_train.dtype) == ((614, 8), (154, 8), np.float64)
    assert (sum(y_train) + sum(y_test), y_train.dtype) == (268, np.int64)
    (x_train, y_train), (x_test, y_test) = cornu.datasets.banknotes.load_data(test_split=0)
    assert (x_train.shape, x_test.shape) == ((1372, 4), (0, 4))
    assert np.bincount(y_train).tolist() == [762, 610]
    order = np.arange(1372)
    np.random.RandomState(113).shuffle(order)
    table = np.loadtxt(real / "banknote_authentication.csv", delimiter=",")
    np.testing.assert_array_equal(x_train, table[order, :4])


def test_the_words_of_imdb(real):
    words = cornu.datasets.imdb.get_word_index()
    assert (len(words), words["the"], words["film"]) == (88584, 1, 19)


def test_pima_has_no_address(home):
    words = (
        r'"pima-indians-diabetes.csv", which has no public address with a licence.*Put .* \(SHA-256 6bfe'
    )
    with pytest.raises(FileNotFoundError, match=words):
        cornu.datasets.pima.load_data()


WRONG = [
    ("boston_housing", {"test_split": 1}, r"Invalid `test_split` argument: 1\. It is the share"),
    ("reuters", {"test_split": -0.1}, r"reuters.load_data: Invalid `test_split`"),
    ("california_housing", {"version": "smal"}, 'version=.smal. is not known. Did you mean "small"'),
    ("cifar100", {"label_mode": "corse"}, 'label_mode=.corse. is not known. Did you mean "coarse"'),
]


@pytest.mark.parametrize("name, arguments, words", WRONG)
def test_wrong_arguments_are_named_before_anything_is_read(name, arguments, words):
    with pytest.raises(ValueError, match=words):
        getattr(cornu.datasets, name).load_data(**arguments)


def test_texts_that_are_all_too_long_are_an_error(tmp_path):
    for name, make in (("imdb", making.imdb), ("reuters", making.reuters)):
        path = make(tmp_path / f"{name}.npz")
        with pytest.raises(
            ValueError, match=f"{name}.load_data: After filtering .* maxlen=1, no sequence"
        ):
            getattr(cornu.datasets, name).load_data(path=path, maxlen=1)


def test_texts_of_one_length_stay_lists(tmp_path):
    x = np.empty(4, dtype=object)
    x[:] = [[1, 2], [3, 4], [5, 6], [7, 8]]
    np.savez(tmp_path / "reuters.npz", x=x, y=np.arange(4))
    (x_train, _), _ = cornu.datasets.reuters.load_data(tmp_path / "reuters.npz", num_words=99)
    assert x_train.shape == (3,)
    assert all(type(row) is list and len(row) == 3 for row in x_train)


def test_a_module_that_is_missing_is_named():
    with pytest.raises(AttributeError, match=r"cornu.datasets has no 'minst'. Did you mean \"mnist\""):
        _ = cornu.datasets.minst
    assert dir(cornu.datasets) == sorted(dir(cornu.datasets))


def test_without_warnings_where_all_is_right(served, home):
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        load()


def test_under_keras_names(real):
    from tests.compat.process import python

    program = """
import sys
import cornu.datasets.imdb
assert "jax" not in sys.modules
import cornu.compat
cornu.compat.install()
from keras.datasets import mnist
import keras.datasets.imdb
import tensorflow as tf
import tensorflow.keras.datasets.boston_housing as boston
from tensorflow.keras.datasets import cifar10, cifar100, fashion_mnist, reuters
from tf_keras.datasets.california_housing import load_data
assert mnist is tf.keras.datasets.mnist is cornu.datasets.mnist
assert keras.datasets.imdb is cornu.datasets.imdb
print(tf.keras.datasets.boston_housing.load_data()[0][1][:3], boston is cornu.datasets.boston_housing)
"""
    done = python("-c", program)
    assert (done.stdout.strip(), done.stderr) == ("[15.2 42.3 50. ] True", "")
    assert sys.executable
