"""Where Keras 1 and 2 had `get_file` and `Sequence`."""

from cornu.training.sources.py_dataset import PyDataset as Sequence
from cornu.utils.downloads import get_file

__all__ = ["Sequence", "get_file"]
