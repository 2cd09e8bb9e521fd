"""The benchmark of pooling measures every way, and leaves the choices as they were."""

from benchmarks.pooling import milliseconds, ways
from cornu.ops.formulas import pooling


def test_every_way_is_measured_in_each_round():
    before = pooling.way, dict(pooling.FEW)
    times = milliseconds(("max", (2, 8, 8, 3), 4, 4), rounds=2, steps=1)
    assert list(times) == ["window", "slices", "split"]
    assert all(len(found) == 2 and min(found) > 0 for found in times.values())
    assert list(ways(False)) == ["window", "slices"]
    assert (pooling.way, pooling.FEW) == before
