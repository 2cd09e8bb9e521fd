"""Dataset: elements made when they are needed; what stands for `tf.data.Dataset` here."""

from cornu.utils.dataset.dataset import AUTOTUNE, INFINITE_CARDINALITY, UNKNOWN_CARDINALITY, Dataset
from cornu.utils.dataset.elements import Tensor, TensorSpec

__all__ = [
    "AUTOTUNE",
    "INFINITE_CARDINALITY",
    "UNKNOWN_CARDINALITY",
    "Dataset",
    "Tensor",
    "TensorSpec",
]
