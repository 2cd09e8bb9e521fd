"""The benchmark of convolutions measures every way, and leaves the choices as they were."""

from benchmarks.convolution import WAYS, milliseconds
from cornu.native import convolution as native


def test_every_way_is_measured_in_each_round():
    before = native.for_cpu, native.WORTH
    times = milliseconds(((2, 6, 6, 2), 3, 3, 2, 1), rounds=2, steps=1)
    assert list(times) == list(WAYS)
    assert all(len(found) == 2 and min(found) > 0 for found in times.values())
    assert (native.for_cpu, native.WORTH) == before
