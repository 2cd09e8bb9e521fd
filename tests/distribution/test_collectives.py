"""Collectives are read out of the text of a compiled program, whatever way XLA writes them."""

import math

import pytest
from hypothesis import given
from hypothesis import strategies as st

from cornu.distribution import costs
from cornu.distribution.collectives import KINDS, SENT, Collective, collectives
from cornu.distribution.links import estimated

NESTED = """HloModule jit_f, is_scheduled=true, num_partitions=4

%add (a: f32[], b: f32[]) -> f32[] {
  %a = f32[] parameter(0)
  %b = f32[] parameter(1)
  ROOT %sum = f32[] add(%a, %b)
}

%inner_body (p: (s32[], f32[8,4])) -> (s32[], f32[8,4]) {
  %p = (s32[], f32[8,4]{1,0}) parameter(0)
  %h = f32[8,4]{1,0} get-tuple-element(%p), index=1
  %over_time = f32[8,4]{1,0} all-gather(%h), replica_groups=[2,2]<=[4], dimensions={0}
  ROOT %t = (s32[], f32[8,4]{1,0}) tuple(%i, %over_time)
}

%step (p: (s32[], f32[8,4])) -> (s32[], f32[8,4]) {
  %p = (s32[], f32[8,4]{1,0}) parameter(0)
  %loop = (s32[], f32[8,4]{1,0}) while(%p), condition=%c, body=%inner_body, backend_config={"known_trip_count":{"n":"6"}}
  %sums = (f32[64,8]{1,0}, /*index=1*/bf16[64]{0}) all-reduce(%x, %y), channel_id=1, replica_groups={}, to_apply=%add, metadata={op_name="jit(f)/while/body/transpose(jvp())/dot_general"}
  %called = f32[8]{0} fusion(%x), kind=kLoop, calls=%fused
  ROOT %t = (s32[], f32[8,4]{1,0}) tuple(%i, %h)
}

%fused (p: f32[8]) -> f32[8] {
  ROOT %part = f32[2]{0} reduce-scatter(%p), replica_groups={{0,1,2,3}}, dimensions={0}, to_apply=%add
}

ENTRY %main (x: f32[8,4]) -> f32[8,4] {
  %x = f32[8,4]{1,0} parameter(0)
  %before = f32[8,4]{1,0} collective-permute(%x), source_target_pairs={{0,1},{1,0}}
  %loop = (s32[], f32[8,4]{1,0}) while(%t), condition=%c, body=%step
  ROOT %y = f32[8,4]{1,0} get-tuple-element(%loop), index=1
}
"""  # noqa: E501


def one(line: str, partitions: int = 8) -> Collective:
    """The only collective of a program of this line."""
    (found,) = collectives(
        f"HloModule f, num_partitions={partitions}\nENTRY %main (x: f32[8]) -> f32[8] {{\n  {line}\n}}\n"
    )
    return found


def test_each_is_found_where_it_stands() -> None:
    before, time, sums, part = collectives(NESTED)
    assert (before.kind, before.depth, before.per_step) == ("collective-permute", 0, 0)
    assert before.groups == ((0, 1), (1, 0))
    assert (time.kind, time.bytes, time.depth, time.trips) == ("all-gather", 128, 2, 6)
    assert time.groups == ((0, 1), (2, 3))
    assert time.per_step == 6
    assert (sums.kind, sums.bytes, sums.depth) == ("all-reduce", 64 * 8 * 4 + 64 * 2, 1)
    assert sums.groups == ((0, 1, 2, 3),)  # {} are all
    assert sums.source.endswith("dot_general")
    assert (part.kind, part.bytes, part.devices) == ("reduce-scatter", 4 * 2 * 4, 4)


@pytest.mark.parametrize(
    ("written", "groups"),
    [
        ("replica_groups={{0,2},{1,3}}", ((0, 2), (1, 3))),
        ("replica_groups=[2,4]<=[8]", ((0, 1, 2, 3), (4, 5, 6, 7))),
        ("replica_groups=[2,4]<=[4,2]T(1,0)", ((0, 2, 4, 6), (1, 3, 5, 7))),
        ("replica_groups=mesh['a'=4,'b'=2] {'b'}", ((0, 1), (2, 3), (4, 5), (6, 7))),
        ("replica_groups=mesh['a'=4,'b'=2] {'a'}", ((0, 2, 4, 6), (1, 3, 5, 7))),
        ("replica_groups=mesh['a'=2,'b'=2,'c'=2] {'a','c'}", ((0, 1, 4, 5), (2, 3, 6, 7))),
        (
            "replica_groups=mesh['a'=2,'b'=4], device_ids=([4,2]T(1,0)) {'b'}",
            ((0, 2, 4, 6), (1, 3, 5, 7)),
        ),
        ("replica_groups=mesh['a'=2,'b'=2], device_ids=(3,1,2,0) {'b'}", ((3, 1), (2, 0))),
        ("replica_groups=mesh['a'=8] {'a':(2)2}", ((0, 2), (1, 3), (4, 6), (5, 7))),
    ],
)
def test_groups_are_read_however_they_are_written(written: str, groups: object) -> None:
    assert (
        one(f"%y = f32[8]{{0}} all-reduce(%x), channel_id=1, {written}, to_apply=%add").groups == groups
    )


@pytest.mark.parametrize(
    ("line", "kind", "size"),
    [
        ("%y = f32[8]{0} all-reduce-start(%x), replica_groups={}", "all-reduce", 32),
        ("%y = (f32[2]{0}, f32[16]{0}) all-gather-start(%x), replica_groups={}", "all-gather", 64),
        (
            "%y = ((f32[2]{0}, s8[1]{0}), (f32[16]{0}, s8[8]{0})) all-gather-start(%x, %z)",
            "all-gather",
            72,
        ),
        (
            "%y = (bf16[4]{0}, bf16[4]{0}, u32[], u32[]) collective-permute-start(%x), "
            "source_target_pairs={{0,1}}",
            "collective-permute",
            8,
        ),
        ("%y = (f32[1,2]{1,0}, f32[1,2]{1,0}) all-to-all(%x, %z), replica_groups={}", "all-to-all", 16),
        ("ROOT %y = f8e4m3fn[10]{0} all-reduce(%x), replica_groups={}", "all-reduce", 10),
        ("%y = s4[10]{0} all-reduce(%x), replica_groups={}", "all-reduce", 5),
        ("%y = pred[3,3]{1,0:T(8,128)} all-reduce(%x), replica_groups={}", "all-reduce", 9),
        ("%y = f32[] all-reduce(%x), replica_groups={}", "all-reduce", 4),
    ],
)
def test_sizes_are_of_what_goes_around(line: str, kind: str, size: int) -> None:
    found = one(line)
    assert (found.kind, found.bytes) == (kind, size)


def test_what_ends_an_operation_begun_before_counts_once() -> None:
    begun = "%y = f32[8]{0} all-reduce-start(%x), replica_groups={}"
    ended = "%z = f32[8]{0} all-reduce-done(%y)"
    assert one(f"{begun}\n  {ended}").bytes == 32


def test_a_program_of_one_device_sends_nothing() -> None:
    assert collectives("HloModule f\nENTRY %main (x: f32[8]) -> f32[8] {\n}\n") == []
    assert collectives("") == []


# -- laws ---------------------------------------------------------------------------------------------

SHAPES = st.lists(st.integers(0, 9), max_size=4)
DTYPES = st.sampled_from([("f32", 4), ("bf16", 2), ("s32", 4), ("u8", 1), ("f64", 8), ("pred", 1)])


@given(st.lists(st.tuples(DTYPES, SHAPES), min_size=1, max_size=5), st.sampled_from(KINDS))
def test_bytes_are_those_of_all_arrays_together(arrays: object, kind: str) -> None:
    texts = [f"{name}[{','.join(map(str, shape))}]" for (name, _), shape in arrays]  # type: ignore[attr-defined]
    shape = texts[0] if len(texts) == 1 else f"({', '.join(texts)})"
    wanted = sum(size * math.prod(shape) for (_, size), shape in arrays)  # type: ignore[attr-defined]
    found = one(f"%y = {shape} {kind}(%x), replica_groups=[2,4]<=[8]")
    assert found.bytes == wanted * (4 if kind == "reduce-scatter" else 1)


@given(st.permutations(range(3)), st.lists(st.integers(1, 4), min_size=3, max_size=3), st.integers(0, 2))
def test_groups_share_out_all_devices(order: list[int], shape: list[int], axis: int) -> None:
    count, size = math.prod(shape), shape[order[axis]]
    dims = ",".join(map(str, shape))
    turned = ",".join(map(str, order))
    found = one(
        f"%y = f32[4] all-reduce(%x), replica_groups=[{count // size},{size}]<=[{dims}]T({turned})",
        count,
    )
    assert sorted(n for group in found.groups for n in group) == list(range(count))
    assert {len(group) for group in found.groups} == {size}


@given(st.integers(2, 4096), st.integers(1, 10**9))
def test_a_sum_is_a_scatter_and_a_gather(devices: int, size: int) -> None:
    assert SENT["all-reduce"](devices) == SENT["reduce-scatter"](devices) + SENT["all-gather"](devices)
    assert SENT["all-reduce"](devices) * size < 2 * size


# -- the model of cost --------------------------------------------------------------------------------

LINK = st.builds(costs.Link, st.floats(1e6, 1e12), st.floats(1e-9, 1e-3))
MACHINE = st.builds(
    costs.Machine,
    st.just("any"),
    st.floats(1e9, 1e15),
    st.floats(0, 1e-4),
    LINK,
    st.integers(1, 16),
    LINK,
)
WORK = st.builds(costs.Work, st.floats(1, 1e12), st.integers(0, 10**4), st.floats(0, 1e10))


@given(WORK, MACHINE, st.integers(1, 4096), st.integers(1, 1024))
def test_devices_never_help_more_than_there_are(
    work: costs.Work, machine: costs.Machine, batch: int, devices: int
) -> None:
    assert 0 < costs.speed_up(work, batch, devices, machine) <= devices * (1 + 1e-9)
    assert 0 < costs.efficiency(work, batch, devices, machine) <= 1 + 1e-9
    assert costs.speed_up(work, batch, 1, machine) == 1


@given(MACHINE, st.integers(2, 1024), st.floats(0, 1e10), st.floats(1, 10))
def test_more_bytes_take_longer(machine: costs.Machine, devices: int, size: float, times: float) -> None:
    assert costs.sum_seconds(devices, size * times, machine) >= costs.sum_seconds(devices, size, machine)


def test_a_worked_case() -> None:
    # 100 million float32 on 16 GPUs of two hosts: within a host 2*7/8*0.4 GB at 370 GB/s and 14 hops of
    # 3 us, between them 2*1/2 of an eighth of that at 50 GB/s and 2 hops of 10 us.
    h100 = costs.machine_of("NVIDIA H100 80GB HBM3")
    within = 2 * 7 / 8 * 0.4e9 / 370e9 + 14 * 3e-6
    between = 0.4e9 / 8 / 50e9 + 2 * 10e-6
    assert costs.sum_seconds(16, 0.4e9, h100) == pytest.approx(within + between)
    assert costs.machine_of("some card") is costs.UNKNOWN


class Device:
    """Stands for a device of a process."""

    device_kind = "NVIDIA H100 80GB HBM3"

    def __init__(self, process: int) -> None:
        self.process_index = process


def test_several_processes_estimate_by_the_link_that_a_group_needs() -> None:
    devices = [Device(0), Device(0), Device(1), Device(1)]
    within = Collective("all-reduce", 740_000, ((0, 1), (2, 3)), 1, 1, "")
    between = within._replace(groups=((0, 2), (1, 3)))
    assert estimated([within], devices) == pytest.approx(740_000 / 370e9 + 3e-6)
    assert estimated([between], devices) == pytest.approx(740_000 / 50e9 + 10e-6)
    assert estimated([between._replace(depth=2, trips=6)], devices) == pytest.approx(
        6 * estimated([between], devices)
    )
    assert estimated([between._replace(depth=0)], devices) == 0  # before the loop over steps
