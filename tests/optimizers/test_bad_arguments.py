"""Every argument of every optimizer and schedule says what it may be."""

import inspect
import math
import re

import keras
import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

import cornu
from cornu import optimizers
from cornu.optimizers import (
    SGD,
    Adam,
    AdamW,
    Ftrl,
    Lion,
    LossScaleOptimizer,
    MultiOptimizer,
    Muon,
    Nadam,
    OptaxOptimizer,
    OptimizerMap,
    ScheduleFreeAdamW,
    schedules,
)
from cornu.optimizers.checks import OPTIONAL, RANGES, SWITCHES

OPTIMIZERS = [
    getattr(optimizers, name)
    for name in optimizers.__all__
    if name not in ("OptimizerMap", "schedules", "get", "serialize", "deserialize", "OptaxOptimizer")
]
OWN = {  # arguments with checks of their own, which have tests of their own
    "inner_optimizer": lambda: SGD(),
    "optimizer_map": lambda: OptimizerMap(SGD()),
}
SAMPLE = {
    "initial_learning_rate": 0.1,
    "decay_steps": 10,
    "first_decay_steps": 10,
    "decay_rate": 0.5,
    "boundaries": [1],
    "values": [0.1, 0.2],
    "learning_rate": 0.1,
}


def arguments_of(cls):
    return {
        name: p
        for name, p in inspect.signature(cls).parameters.items()
        if p.kind is not p.VAR_KEYWORD and name not in OWN
    }


def call(cls, **given):
    needed = {
        name: OWN[name]() if name in OWN else SAMPLE[name]
        for name, p in inspect.signature(cls).parameters.items()
        if p.default is p.empty and p.kind is not p.VAR_KEYWORD
    }
    return cls(**{**needed, **given})


EACH = [
    pytest.param(cls, name, id=f"{cls.__name__}-{name}")
    for cls in (*OPTIMIZERS, *schedules.SCHEDULES.values())
    for name in arguments_of(cls)
    if name not in ("boundaries", "values") and not (cls is LossScaleOptimizer and name == "kwargs")
]


@pytest.mark.parametrize(("cls", "name"), EACH)
def test_each_argument_is_checked(cls, name):
    words = f"{cls.__name__}: {name} must be .*, but is \\['no', 1\\]. Write"
    with pytest.raises(ValueError, match=words):
        call(cls, **{name: ["no", 1]})


def range_of(cls, name):
    return RANGES.get(f"{cls.__name__}.{name}") or RANGES.get(name)


NUMBERS = [each for each in EACH if range_of(*each.values) is not None]


@pytest.mark.parametrize(("cls", "name"), NUMBERS)
def test_numbers_out_of_range_are_refused_and_usual_ones_taken(cls, name):
    allowed = range_of(cls, name)
    wrong = [math.nan, math.inf, True, allowed.low - 1, allowed.high + 1]
    wrong += [2.5] if allowed.whole else []
    for value in wrong:
        words = re.escape(f"{cls.__name__}: {name} must be {allowed}, but is {value!r}.")
        with pytest.raises(ValueError, match=words):
            call(cls, **{name: value})
    usual = int(allowed.usual) if allowed.whole else allowed.usual
    found = getattr(call(cls, **{name: usual}), name)
    assert float(found) == pytest.approx(usual, rel=1e-6)


def test_none_is_taken_where_keras_takes_it():
    for name in OPTIONAL:
        cls = next(c for c in (Muon, schedules.CosineDecay) if name in arguments_of(c))
        assert getattr(call(cls, **{name: None}), name) is None
    with pytest.raises(ValueError, match="AdamW: weight_decay must be a number at least 0, but is None"):
        AdamW(weight_decay=None)


@given(st.sampled_from(SWITCHES), st.sampled_from([0, 1, True, False, np.True_]))
def test_switches_take_truth_values(name, value):
    classes = (*OPTIMIZERS, *schedules.SCHEDULES.values())
    cls = next(c for c in classes if name in arguments_of(c))
    assert getattr(call(cls, **{name: value}), name) == value


def get_updates(self, loss, params):
    return []


@pytest.mark.parametrize(
    ("call", "words"),
    [
        (lambda: Lion(beta_1=0.0), "Lion: beta_1 must be a number from 0 to 1, but is 0.0"),
        (lambda: ScheduleFreeAdamW(beta_1=0.0), "beta_1 must be a number from 0 to below 1, but is 0.0"),
        (lambda: Ftrl(learning_rate_power=1), "must be a number at most 0, but is 1. .*power=-0.5"),
        (lambda: Adam(gradient_accumulation_steps=1), "must be a whole number at least 2, but is 1"),
        (lambda: Adam(use_ema="yes"), "use_ema must be True or False, but is 'yes'. Write use_ema=True"),
        (lambda: Adam(name=3), 'name must be text, but is 3. Write name="mine"'),
        (
            lambda: Muon(exclude_layers="head"),
            r"must be a list of texts, but is 'head'.*\[\"output_dense",
        ),
        (lambda: Nadam(schedule_decay=-1), "schedule_decay must be a number at least 0, but is -1"),
        (
            lambda: LossScaleOptimizer(SGD(), clipnorm=1.0),
            r"Give it to the inner optimizer: .*clipnorm=1",
        ),
        (lambda: LossScaleOptimizer(SGD(), dynamic=False), "leave LossScaleOptimizer out and"),
        (lambda: LossScaleOptimizer(SGD(), scale=2), 'no argument "scale". Known names|Did you mean'),
        (
            lambda: LossScaleOptimizer(SGD(), dynamic_growth_steps=0),
            "a whole number at least 1, but is 0",
        ),
        (lambda: OptimizerMap(SGD(), {3: SGD()}), "a key must be text, a path or a pattern, got 3"),
        (lambda: OptimizerMap(SGD(), {"a": "sgd"}), "for \"a\" must be a plain one, .* but is 'sgd'"),
        (
            lambda: OptimizerMap(SGD(), {"a": LossScaleOptimizer(SGD())}),
            'The optimizer for "a" must be a plain one',
        ),
        (
            lambda: OptimizerMap(SGD(), {"a.*": SGD(), ".*b": SGD()})["ab"],
            r'several patterns match "ab": a.\*, .\*b. Change them',
        ),
        (
            lambda: OptimizerMap(SGD(), {"a": SGD()}).__setitem__("a", SGD()),
            r"there is an optimizer for \"a\" already. Delete it first: del optimizers\['a'\]",
        ),
        (
            lambda: MultiOptimizer(lambda variable: None).build([cornu.Variable(1.0, name="w")]),
            'for the variable "w" must be a plain one, such as Adam.0.001., but is None',
        ),
        (
            lambda: SGD().add_optimizer_variables([], ["a", "b"], ["zeros"]),
            "got 1 initializers for 2 names. Give one for each name",
        ),
        (lambda: SGD().set_weights([]), "has no slots yet. Call build"),
    ],
)
def test_wrong_values(call, words):
    with pytest.raises(ValueError, match=words):
        call()


@pytest.mark.parametrize(
    ("call", "words"),
    [
        (lambda: MultiOptimizer(SGD()), "must be an OptimizerMap or a function .* but is <SGD"),
        (lambda: OptimizerMap("sgd"), "default_optimizer must be an optimizer, but is 'sgd'"),
        (lambda: OptimizerMap(SGD(), [SGD()]), "optimizer_map must be a dict, but is"),
        (lambda: OptaxOptimizer(SGD()), "takes a transformation of optax, got <SGD"),
    ],
)
def test_wrong_kinds(call, words):
    with pytest.raises(TypeError, match=words):
        call()


def test_several_optimizers_have_no_rate_in_common():
    optimizer = MultiOptimizer(OptimizerMap(SGD()))
    with pytest.raises(AttributeError, match=r"no learning rate of its own.*optimizers\[0\].learning"):
        optimizer.learning_rate  # noqa: B018
    with pytest.raises(AttributeError, match="no learning rate of its own"):
        optimizer.learning_rate = 0.1


@pytest.mark.parametrize("base", [optimizers.Optimizer, Adam])
@pytest.mark.parametrize(
    "name", ["get_updates", "_create_slots", "_resource_apply_dense", "_resource_apply_sparse"]
)
def test_optimizers_written_for_keras_2_are_refused_with_what_to_write(name, base):
    """Also one below Adam, whose own step would be made in its place."""
    words = (
        rf"Mine is an optimizer as Keras 2 had them: its {name} is not called. Write\n    def update_"
    )
    with pytest.raises(match=words):
        type("Mine", (base,), {name: get_updates})()
    both = type("Both", (base,), {name: get_updates, "update_step": lambda self, g, v, rate: None})
    both(0.1).apply([np.ones(1)], [cornu.Variable([1.0], name="w")])


def test_a_step_as_in_keras_2_11_is_refused():
    old = type("Old", (optimizers.Optimizer,), {"update_step": lambda self, gradient, variable: None})
    with pytest.raises(match=r"Old.update_step takes \(gradient, variable\), as in tf"):
        old(0.1)


def test_weights_of_another_shape_leave_the_optimizer_as_it_was():
    optimizer, weight = SGD(0.1, momentum=0.9), cornu.Variable([1.0, 2.0], name="w")
    optimizer.build([weight])
    before = optimizer.get_weights()
    with pytest.raises(ValueError, match=r'"w_momentum" has shape \(2,\), but the file holds one of'):
        optimizer.set_weights([*before[:2], np.ones(3)])
    optimizer.set_weights([np.int32(3), np.float32(0.5), np.ones(2)])
    assert [np.asarray(v).tolist() for v in optimizer.variables] == [3, 0.5, [1.0, 1.0]]


@pytest.mark.parity
def test_every_public_name_is_there():
    theirs = {name for name in dir(keras.optimizers) if not name.startswith("_")} - {"legacy"}
    assert theirs - set(optimizers.__all__) == set()
    assert set(optimizers.__all__) - theirs == {"OptaxOptimizer"}
