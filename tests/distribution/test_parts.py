"""Of data that lie in files each process reads its own rows; of a short batch all."""

from typing import Any

import numpy as np
import pytest

from cornu.core import placement
from cornu.training.sources.rows import Rows, is_too_large

X = np.arange(80, dtype="float32").reshape(40, 2)


class InFile:
    """An array in a file, which notes what is read of it."""

    def __init__(self) -> None:
        self.shape, self.dtype, self.read = X.shape, X.dtype, []

    def __getitem__(self, rows: Any) -> Any:
        part = X[rows]
        self.read.append(part)
        return part


class OfTwo:
    """What the second of two processes has of each batch."""

    replicas, shared, each_its_own = 2, True, False

    def own(self, size: int) -> slice:
        return slice(size // 2, size)


@pytest.mark.parametrize("shuffle", [False, True])
def test_only_the_rows_of_this_process_are_read(shuffle: bool) -> None:
    x = InFile()
    with placement.under(OfTwo()):
        assert is_too_large((x, None, None))
        rows = Rows((x, None, None), 16, shuffle)
        order = rows.order() if shuffle else np.arange(40)
        batches = [batch[0] for batch in rows.open(order if shuffle else None)]
    np.testing.assert_array_equal(batches[0][8:], X[order[8:16]])
    np.testing.assert_array_equal(batches[1][8:], X[order[24:32]])
    assert not batches[0][:8].any()
    assert not batches[1][:8].any()
    np.testing.assert_array_equal(batches[2], X[order[32:]])  # the last, of 8 rows
    if not shuffle:
        assert [len(part) for part in x.read] == [8, 8, 8]
        skipped = [batch[0] for batch in Rows((x, None, None), 16).open(None, skip=2)]
        np.testing.assert_array_equal(skipped[0], X[32:])


def test_without_processes_a_small_file_is_read_as_a_whole() -> None:
    assert not is_too_large((InFile(), None, None))
