"""Film reviews as numbered words, cut or padded to one length; index 0 is padding."""

import pickle
import zipfile

import numpy as np
from numpy.lib import format as npy

WORDS, LENGTH = 8000, 128
ALLOWED = {("numpy._core.multiarray", "_reconstruct"), ("numpy", "ndarray"), ("numpy", "dtype")}


class NumpyOnly(pickle.Unpickler):
    def find_class(self, module, name):
        module = module.replace("numpy.core", "numpy._core")
        if (module, name) in ALLOWED:
            return super().find_class(module, name)
        raise pickle.UnpicklingError(f"{module}.{name} has no place in a data file")


def objects(folder, member):
    with zipfile.ZipFile(folder + "/imdb.npz") as archive, archive.open(member + ".npy") as file:
        npy.read_magic(file)
        npy.read_array_header_1_0(file)
        return NumpyOnly(file).load()


def words(folder, part, count):
    """The first reviews of one part in a fixed random order, as lists of numbers from 1, and labels."""
    reviews = objects(folder, "x_" + part)
    with np.load(folder + "/imdb.npz") as file:
        labels = file["y_" + part]
    order = np.random.default_rng(7).permutation(len(labels))[:count]
    return [reviews[i] for i in order], labels[order].astype("float32")


def load(folder, train, test):
    """Training and test rows of LENGTH words, the last ones of each review."""
    parts = []
    for part, count in (("train", train), ("test", test)):
        reviews, labels = words(folder, part, count)
        rows = np.zeros((count, LENGTH), "int32")
        for row, review in zip(rows, reviews, strict=True):
            kept = [n + 1 if n + 1 < WORDS else 1 for n in review][-LENGTH:]
            row[: len(kept)] = kept
        parts.append((rows, labels))
    return parts
