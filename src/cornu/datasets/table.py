"""The files of the data sets: where each comes from, and by what it is known again."""

from __future__ import annotations

from typing import NamedTuple

KERAS = "https://storage.googleapis.com/tensorflow/tf-keras-datasets"
CIFAR = "https://www.cs.toronto.edu/~kriz"
UCI = "https://archive.ics.uci.edu/ml/machine-learning-databases"


class DataFile(NamedTuple):
    """One file.

    `hash` is the published one, SHA-256 or MD5 by its length. `same` are those of files with the same
    content in another container: an .npz written anew differs in its bytes, not in its arrays. The
    first name in `also` is the one that a download gets; under all of them the file is looked for.
    """

    name: str
    hash: str
    address: str | None
    same: tuple[str, ...] = ()
    folder: str = ""  # below the folder of data sets
    also: tuple[str, ...] = ()


def _of_keras(name: str, published: str, *same: str) -> DataFile:
    return DataFile(name, published, f"{KERAS}/{name}", same)


def _fashion(name: str, published: str, *same: str) -> DataFile:
    return DataFile(name, published, f"{KERAS}/{name}", same, folder="fashion-mnist")


_ALL = (
    _of_keras(
        "mnist.npz",
        "731c5ac602752760c8e48fbffcf8c3b850d9dc2a2aedcf2cc48468fc17b673d1",
        "88eaf78b3cf8a302b5c253212171853934f34bb083759fe893a3554a84c56f0a",
    ),
    _fashion("train-labels-idx1-ubyte.gz", "25c81989df183df01b3e8a0aad5dffbe"),
    _fashion(
        "train-images-idx3-ubyte.gz",
        "8d4fb7e6c68d591d4c3dfef9ec88bf0d",
        "d4fbcc15be6aa8cd86fa313c154868f2b97a8bce0da3e5a82ffdf3c8ef9e9394",
    ),
    _fashion("t10k-labels-idx1-ubyte.gz", "bb300cfdad3c16e7a12a480ee83cd310"),
    _fashion(
        "t10k-images-idx3-ubyte.gz",
        "bef4ecab320f06d8554ea6380940ec79",
        "7cec74745a1645e7afe7b67548a2768815b8d859763128ae4435c0116f8e5c70",
    ),
    DataFile(
        "cifar-10-python.tar.gz",
        "6d958be074577803d12ecdefd02955f39262c83c16fe9348329d7fe0b5c001ce",
        f"{CIFAR}/cifar-10-python.tar.gz",
        also=("cifar-10-batches-py-target_archive", "cifar-10-batches-py.tar.gz"),
    ),
    DataFile(  # a part of it
        "cifar10_10k_1k.npz", "0f34d8546939e7adff798c4f7365c117df172fe72fe957d6fbf097a392ce8861", None
    ),
    DataFile(
        "cifar-100-python.tar.gz",
        "85cd44d02ba6437773c5bbd22e183051d648de2e7d6b014e1ef29b855ba677a7",
        f"{CIFAR}/cifar-100-python.tar.gz",
        also=("cifar-100-python-target_archive",),
    ),
    _of_keras(
        "imdb.npz",
        "69664113be75683a8fe16e3ed0ab59fda8886cb3cd7ada244f7d9544e4676b9f",
        "1232ae7a5fbee5dd194f85b8e357bf2f10fb99e266905652827dcd90d8459832",
    ),
    _of_keras("imdb_word_index.json", "bfafd718b763782e994055a2d397834f"),
    _of_keras("reuters.npz", "d6586e694ee56d7a4e65172e12b3e987c03096cb01eab99753921ef915959916"),
    _of_keras("reuters_word_index.json", "4d44cc38712099c9e383dc6e5f11a921"),
    _of_keras(
        "boston_housing.npz",
        "f553886a1f8d56431e820c5b82552d9d95cfcb96d1e678153f8839538947dff5",
        "9a38dd3bf92f3c2809445778cc12336e985c0faf67eb64379f6809dca11ef4bc",
    ),
    _of_keras(
        "california_housing.npz",
        "1a2e3a52e0398de6463aebe6f4a8da34fb21fbb6b934cf88c3425e766f2a1a6f",
        "d28099f314616ddc58d7860c71ea4ed88ab645ecd4c58db74a835433259c4e0b",
    ),
    # UCI data set 267, doi 10.24432/C55P57, licence CC BY 4.0.
    DataFile(
        "banknote_authentication.csv",
        "d0539aaed2139ba7a587b3e34fb345ce503ff7d5d33dbf9912d8e195ce425cb9",
        f"{UCI}/00267/data_banknote_authentication.txt",
        also=("banknote_authentication.csv", "data_banknote_authentication.txt"),
    ),
    # UCI has withdrawn it, and the copies elsewhere name no licence: so there is no address.
    DataFile(
        "pima-indians-diabetes.csv",
        "6bfe5d0f379d17a0e0819b996407e3c09bf80febd4287f2ed212190dfff154af",
        None,
    ),
)
FILES = {file.name: file for file in _ALL}
