"""Schedules: against Keras over a table, and laws that hold for any arguments."""

import keras
import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from cornu.optimizers import schedules
from tests.optimizers.contract import SCHEDULES

theirs_schedules = keras.optimizers.schedules
few = settings(max_examples=25, deadline=None)
rates = st.floats(1e-4, 1.0)
lengths = st.integers(1, 200)
steps = st.integers(0, 1000)


def both(name, positional, arguments):
    return (getattr(room, name)(*positional, **arguments) for room in (schedules, theirs_schedules))


@pytest.mark.parity
@pytest.mark.parametrize(("name", "positional", "arguments"), SCHEDULES)
def test_values(name, positional, arguments):
    ours, theirs = both(name, positional, arguments)
    for step in (0, 1, 5, 6, 10, 12, 13, 25, 50):
        np.testing.assert_allclose(ours(step), theirs(step), rtol=1e-5, atol=1e-7)


@pytest.mark.parity
@pytest.mark.parametrize(("name", "positional", "arguments"), SCHEDULES)
def test_configuration(name, positional, arguments):
    ours, theirs = both(name, positional, arguments)
    assert ours.get_config() == theirs.get_config()
    assert schedules.serialize(ours) == theirs_schedules.serialize(theirs)
    for copy in (
        schedules.deserialize(theirs_schedules.serialize(theirs)),
        theirs_schedules.deserialize(schedules.serialize(ours)),
    ):
        assert copy.get_config() == ours.get_config()
        assert type(copy).__name__ == name


def test_the_contract_has_a_row_for_each_of_them():
    assert {name for name, *_ in SCHEDULES} == set(schedules.SCHEDULES)
    assert set(schedules.__all__) == {n for n in dir(theirs_schedules) if not n.startswith("_")}


@few
@given(rates, lengths, st.floats(0.1, 1.0), steps)
def test_decays_never_grow(rate, length, factor, step):
    for schedule in (
        schedules.ExponentialDecay(rate, length, factor),
        schedules.ExponentialDecay(rate, length, factor, staircase=True),
        schedules.InverseTimeDecay(rate, length, factor),
        schedules.PolynomialDecay(rate, length, end_learning_rate=rate * factor / 2),
        schedules.CosineDecay(rate, length, alpha=factor / 2),
    ):
        now, later = float(schedule(step)), float(schedule(step + 1))
        assert 0 <= later <= now * (1 + 1e-6) <= rate * (1 + 1e-5)
        np.testing.assert_allclose(schedule(0), rate, rtol=1e-6)


@few
@given(rates, lengths, st.floats(0.1, 1.0), st.integers(0, 20))
def test_a_staircase_meets_the_slope_at_each_stair(rate, length, factor, stair):
    for cls in (schedules.ExponentialDecay, schedules.InverseTimeDecay):
        slope, stairs = cls(rate, length, factor), cls(rate, length, factor, staircase=True)
        middle = stair * length + length // 2
        np.testing.assert_allclose(stairs(middle), slope(stair * length), rtol=1e-4)


@few
@given(rates, lengths, st.floats(0.0, 0.9), steps)
def test_waves_stay_between_their_ends(rate, length, alpha, step):
    for schedule in (
        schedules.CosineDecay(rate, length, alpha),
        schedules.CosineDecayRestarts(rate, length, 1.0, 1.0, alpha),
        schedules.CosineDecayRestarts(rate, length, 2.0, 0.9, alpha),
    ):
        assert rate * alpha * (1 - 1e-5) - 1e-7 <= float(schedule(step)) <= rate * (1 + 1e-5)


@few
@given(rates, st.integers(2, 200), st.integers(0, 5))
def test_a_restart_of_equal_waves_is_periodic(rate, length, wave):
    schedule = schedules.CosineDecayRestarts(rate, length, t_mul=1.0)
    inside = length // 2
    np.testing.assert_allclose(schedule(inside), schedule(wave * length + inside), rtol=1e-3)


@few
@given(st.lists(st.integers(0, 100), min_size=1, max_size=5, unique=True).map(sorted), steps)
def test_pieces_change_after_their_boundaries(boundaries, step):
    values = [float(number) for number in range(len(boundaries) + 1)]
    found = float(schedules.PiecewiseConstantDecay(boundaries, values)(step))
    assert found == sum(boundary < step for boundary in boundaries)


@few
@given(rates, rates, st.integers(1, 100), lengths)
def test_a_warmup_goes_straight_up_to_its_target(start, target, warmup, length):
    schedule = schedules.CosineDecay(start, length, warmup_target=target, warmup_steps=warmup)
    middle = start + (target - start) * (warmup // 2) / warmup
    np.testing.assert_allclose(schedule(warmup // 2), middle, rtol=1e-4)
    np.testing.assert_allclose(schedule(warmup), target, rtol=1e-4)


@pytest.mark.parametrize(
    ("call", "words"),
    [
        (lambda: schedules.PiecewiseConstantDecay([1], [0.1]), "but got 1 values for 1 boundaries"),
        (lambda: schedules.PiecewiseConstantDecay([2, 1], [1, 1, 1]), r"must grow, but are \[2, 1\]"),
        (
            lambda: schedules.PiecewiseConstantDecay([1], [0.1, "a"]),
            "PiecewiseConstantDecay: learning_rate must be a number at least 0, but is 'a'",
        ),
    ],
)
def test_wrong_pieces(call, words):
    with pytest.raises(ValueError, match=words):
        call()
