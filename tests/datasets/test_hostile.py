"""Files that would run code or flood the memory are refused, and damaged ones named."""

import collections
import gzip
import io
import os
import pickle
import struct
import zipfile

import numpy as np
import pytest

import cornu
from cornu.datasets import reading
from cornu.datasets.fashion_mnist import _idx
from cornu.datasets.reading import NumbersOnly, arrays, batches
from tests.datasets import making

HEAD = making.npy("|O", (1,), b"")


class Calls:
    """What a pickle calls while it is read."""

    def __init__(self, function, *arguments):
        self.call = function, arguments

    def __reduce__(self):
        return self.call


def marked(path):
    return Calls(os.system, f"touch {path}")


HARMFUL = {
    "a command": (lambda marker: marked(marker), r"wants \"(posix|nt)\.system\" called"),
    "code": (
        lambda marker: Calls(eval, f"open({str(marker)!r}, 'w')"),
        r"wants \"builtins\.eval\" called",
    ),
    "a class": (
        lambda marker: collections.OrderedDict(a=1),
        r"wants \"collections\.OrderedDict\" called",
    ),
    "a file": (lambda marker: Calls(open, str(marker), "w"), r"wants \".*open\" called"),
    "another of numpy": (
        lambda marker: Calls(np.loadtxt, str(marker)),
        r"wants \"numpy.*loadtxt\" called",
    ),
}


@pytest.mark.parametrize("name", HARMFUL)
def test_an_npz_that_would_run_code(tmp_path, name):
    make, words = HARMFUL[name]
    marker, x = tmp_path / "marker", np.empty(1, dtype=object)
    x[0] = make(marker)
    np.savez(tmp_path / "reuters.npz", x=x, y=np.zeros(1))
    words = rf'"reuters.npz/x.npy" {words} while it is read\. .*Nothing was loaded: do not trust'
    with pytest.raises(ValueError, match=words):
        cornu.datasets.reuters.load_data(path=tmp_path / "reuters.npz")
    assert not marker.exists()


@pytest.mark.parametrize("name", HARMFUL)
def test_a_batch_of_cifar_that_would_run_code(tmp_path, home, monkeypatch, name):
    make, words = HARMFUL[name]
    marker = tmp_path / "marker"
    members = {"cifar-100-python/train": pickle.dumps({b"data": make(marker)})}
    path = making.tar(home / "cifar-100-python.tar.gz", members)
    making.known_as(monkeypatch, "cifar-100-python.tar.gz", path)
    with pytest.raises(ValueError, match=words):
        cornu.datasets.cifar100.load_data()
    assert not marker.exists()


def array_of(
    shape: bytes, dtype: bytes = b"cnumpy\ndtype\n(X\x02\x00\x00\x00O8K\x00K\x01tR", content=b"]"
):
    """A pickled array with these three, as opcodes."""
    made = b"cnumpy.core.multiarray\n_reconstruct\n(cnumpy\nndarray\n(K\x00tC\x01btR"
    return b"\x80\x03" + made + b"(K\x01" + shape + dtype + b"\x89" + content + b"tb."


HUGE = b"\x8a\x06" + (1 << 40).to_bytes(6, "little")  # 2 ** 40
U1 = b"cnumpy\ndtype\n(X\x02\x00\x00\x00u1K\x00K\x01tR"
FIELDS = U1 + b"(K\x03X\x01\x00\x00\x00|NX\x01\x00\x00\x00a}J\xff\xff\xff\xffJ\xff\xff\xff\xffK\x00tb"
CROOKED = {
    "objects": (array_of(b"(" + HUGE + b"t"), r"shape \(1099511627776,\) has another content"),
    "numbers": (
        array_of(b"(" + HUGE + b"t", U1, b"C\x01a"),
        r"shape \(1099511627776,\) has another content",
    ),
    "too few": (array_of(b"(K\x02t", content=b"](K\x01e"), r"shape \(2,\) has another content"),
    "negative": (array_of(b"(J\xff\xff\xff\xfft"), "the shape of an array is no tuple of sizes"),
    "no shape": (array_of(b"K\x05"), "the shape of an array is no tuple of sizes"),
    "fields": (array_of(b"(K\x01t", FIELDS, b"C\x01a"), "a dtype with fields has no place here"),
    "texts": (
        array_of(b"(K\x01t", U1.replace(b"u1", b"U9"), b"C\x01a"),
        "dtype 'U9' is not one of numbers",
    ),
    "a direct call": (
        b"\x80\x03cnumpy\nndarray\n(" + HUGE + b"tR.",
        "an array is put together in another way",
    ),
    "a shape at once": (
        b"\x80\x03cnumpy.core.multiarray\n_reconstruct\n(cnumpy\nndarray\n(" + HUGE + b"tC\x01btR.",
        "an array is put together in another way",
    ),
    "bytes": (
        b"\x80\x05\x96" + (1 << 60).to_bytes(8, "little") + b".",
        "damaged or no file of this data set",
    ),
    "no state": (array_of(b"(K\x01t").replace(b"(K\x01(K\x01t", b"((K\x01t"), "damaged or no file"),
    "the end": (array_of(b"(K\x01t")[:-9], "damaged or no file of this data set"),
    "no array": (b"\x80\x03]K\x01a.", r"it is no array of \(1,\) lists"),
    "another array": (array_of(b"(K\x02t", content=b"](K\x01K\x01e"), r"it is no array of \(1,\) lists"),
}


@pytest.mark.parametrize("name", CROOKED)
def test_a_pickle_that_is_no_array(tmp_path, name):
    content, words = CROOKED[name]
    path = making.npz(tmp_path / "x.npz", x=HEAD + content)
    with pytest.raises(ValueError, match=words):
        arrays(path, ["x"])


def test_what_these_pickles_are_made_of_is_read_where_it_is_right(tmp_path):
    path = making.npz(
        tmp_path / "x.npz", x=HEAD + array_of(b"(K\x01t", content=b"](](K\x01K\x02eee"[:-1])
    )
    assert arrays(path, ["x"])["x"].tolist() == [[1, 2]]
    for array in (
        np.arange(6, dtype=">i4").reshape(2, 3),
        np.ones((2, 0)),
        np.asfortranarray(np.eye(3)),
    ):
        for protocol in (2, 4):
            if protocol == 2:
                content = making.as_python_2(array)
            else:
                content = pickle.dumps(array, protocol)
            found = NumbersOnly(io.BytesIO(content), "x").value()
            np.testing.assert_array_equal(found, array)
            assert found.dtype == pickle.loads(pickle.dumps(array)).dtype


ANNOUNCED = {
    "more than there is": (
        making.npy("<f8", (1 << 50,), b"12345678"),
        r"its \d+ bytes are no float64 array",
    ),
    "less than there is": (making.npy("<f8", (1,), b"1234567890123456"), "bytes are no float64 array"),
    "negative": (making.npy("<f8", (-1,), b""), "the shape of an array is no tuple of sizes"),
    "nothing of much": (making.npy("|S0", (1 << 50,), b""), r"are no \|S0 array"),
    "no array": (b"hello", "damaged or no file of this data set"),
}


@pytest.mark.parametrize("name", ANNOUNCED)
def test_a_head_that_does_not_fit(tmp_path, name):
    content, words = ANNOUNCED[name]
    path = making.npz(tmp_path / "mnist.npz", x_train=content)
    with pytest.raises(ValueError, match=words):
        cornu.datasets.mnist.load_data(path=path)


def test_a_zip_that_unpacks_to_too_much(tmp_path, monkeypatch):
    monkeypatch.setattr(reading, "LIMIT", 1 << 20)
    path = making.npz(tmp_path / "x.npz", x=making.npy("|u1", (1 << 21,), bytes(1 << 21)))
    assert path.stat().st_size < 5000
    with pytest.raises(ValueError, match=r"would unpack to 2,097,280 bytes, more than the 1,048,576"):
        arrays(path, ["x"])


def test_a_zip_that_unpacks_to_more_than_it_says(tmp_path):
    path = making.npz(tmp_path / "x.npz", x=making.npy("|u1", (1 << 21,), bytes(1 << 21)))
    size, lie = struct.pack("<I", (1 << 21) + 128), struct.pack("<I", 138)
    assert path.read_bytes().count(size) == 2  # before the content, and in the list at the end
    path.write_bytes(path.read_bytes().replace(size, lie))
    with pytest.raises(ValueError, match=r"its 138 bytes are no uint8 array of shape|Bad CRC-32"):
        arrays(path, ["x"])


def test_a_tar_with_too_large_a_part(tmp_path, monkeypatch):
    monkeypatch.setattr(reading, "LIMIT", 1 << 20)
    path = making.tar(tmp_path / "x.tar.gz", {"a/b": bytes(1 << 21)})
    with pytest.raises(ValueError, match="would unpack to 2,097,152 bytes"):
        batches(path, ["a/b"])


def idx(path, head: bytes, content: bytes):
    with gzip.open(path, "wb") as file:
        file.write(head + content)
    return path


@pytest.mark.parametrize(
    "head, content, words",
    [
        (b"\0\0\x08\x01" + b"\xff" * 4, b"1", "would unpack to 4,294,967,295 bytes"),
        (b"\0\0\x08\x01\0\0\0\x02", bytes(1 << 20), r"its content is no array of shape \(2,\)"),
        (b"\0\0\x08\x01\0\0\0\x02", b"1", r"its content is no array of shape \(2,\)"),
        (b"\0\0\x08\x03\0\0\0\x02", b"12", "it does not begin as bytes along 1 axes do"),
        (b"", b"", "it does not begin as bytes along 1 axes do"),
    ],
)
def test_an_idx_that_does_not_fit(tmp_path, head, content, words):
    with pytest.raises(ValueError, match=words):
        _idx(idx(tmp_path / "x.gz", head, content), 1)


def test_an_idx_that_is_cut_off(tmp_path):
    path = idx(tmp_path / "x.gz", b"\0\0\x08\x01\0\0\xff\xff", os.urandom(0xFFFF))
    assert _idx(path, 1).shape == (0xFFFF,)
    path.write_bytes(path.read_bytes()[:5000])
    with pytest.raises(ValueError, match=r'"x\.gz" is damaged'):
        _idx(path, 1)
    path.write_bytes(b"no gzip")
    with pytest.raises(ValueError, match=r'"x\.gz" is damaged'):
        _idx(path, 1)


@pytest.mark.parametrize(
    "batch, words",
    [
        ([1], "it is no dict of arrays"),
        ({}, "its data are no rows of bytes"),
        ({"data": np.zeros((2, 3072))}, "its data are no rows of bytes"),
        (
            {"data": np.zeros((2, 5), "u1"), "fine_labels": [1, 2]},
            "has no row of 3072 bytes and a label",
        ),
        (
            {"data": np.zeros((2, 3072), "u1"), "fine_labels": [1]},
            "has no row of 3072 bytes and a label",
        ),
        (
            {"data": np.zeros((1, 3072), "u1"), "fine_labels": [1000]},
            "its labels are no small whole numbers",
        ),
    ],
)
def test_a_batch_that_is_none(home, monkeypatch, batch, words):
    members = {f"cifar-100-python/{part}": making.as_python_2(batch) for part in ("train", "test")}
    path = making.tar(home / "cifar-100-python.tar.gz", members)
    making.known_as(monkeypatch, "cifar-100-python.tar.gz", path)
    with pytest.raises(ValueError, match=words):
        cornu.datasets.cifar100.load_data()


def test_an_archive_without_its_parts(tmp_path):
    with pytest.raises(ValueError, match=r'it has no "y\.npy"'):
        arrays(making.npz(tmp_path / "x.npz", x=making.npy("|u1", (1,), b"1")), ["x", "y"])
    with pytest.raises(ValueError, match="it has no a/b"):
        batches(making.tar(tmp_path / "x.tar.gz", {"a/c": b""}), ["a/b"])
    (tmp_path / "no.npz").write_bytes(b"hello")
    with pytest.raises(ValueError, match=r'"no\.npz" is damaged'):
        arrays(tmp_path / "no.npz", ["x"])
    with pytest.raises(ValueError, match=r'"no\.npz" is damaged'):
        batches(tmp_path / "no.npz", ["x"])


def test_a_zip_with_a_flipped_bit(tmp_path):
    path = making.npz(tmp_path / "x.npz", x=making.npy("|u1", (4000,), os.urandom(4000)))
    content = bytearray(path.read_bytes())
    content[2000] ^= 1
    path.write_bytes(content)
    with pytest.raises(ValueError, match=r'"x\.npz" is damaged'):
        arrays(path, ["x"])


@pytest.mark.parametrize("content", [b"[1]", b"{", b'{"a": "b"}', b"\xff"])
def test_words_that_are_none(tmp_path, content):
    (tmp_path / "words.json").write_bytes(content)
    with pytest.raises(ValueError, match=r'"words\.json" is damaged'):
        cornu.datasets.imdb.get_word_index(path=tmp_path / "words.json")


def test_a_table_that_is_none(tmp_path):
    (tmp_path / "a.csv").write_text("1,2,3\n")
    with pytest.raises(ValueError, match=r'a.csv" has 3 columns, not 9'):
        cornu.datasets.pima.load_data(path=tmp_path / "a.csv")
    (tmp_path / "a.csv").write_text("a,b\n")
    with pytest.raises(ValueError, match=r'a.csv" is no table of numbers'):
        cornu.datasets.banknotes.load_data(path=tmp_path / "a.csv")


def test_a_compression_that_is_not_known(tmp_path):
    path = making.npz(tmp_path / "x.npz", x=making.npy("|u1", (4,), b"abcd"))
    content = path.read_bytes()
    with zipfile.ZipFile(path) as archive:
        assert archive.infolist()[0].compress_type == zipfile.ZIP_DEFLATED
    path.write_bytes(content.replace(b"\x14\0\0\0\x08\0", b"\x14\0\0\0\x63\0"))
    with pytest.raises(ValueError, match=r'"x\.npz" is damaged'):
        arrays(path, ["x"])
