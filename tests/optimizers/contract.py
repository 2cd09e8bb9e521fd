"""The contract that every optimizer and schedule keeps: tables read by test_contract.py.

A row brings every shared check. Rows of the second kind, of schedules, are at the end.
"""

import functools
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

import jax
import keras
import numpy as np
import optax
import pytest

import cornu
from cornu.core.context import name_scope
from cornu.core.variable import Variable

STEPS = 50
SHAPES = {"kernel": (3, 2), "bias": (2,), "scale": ()}
DEEP = {"filter": (2, 3, 4), "bias": (4,)}
WIDE = {"wide": (2, 5), "embeddings": (4, 3), "bias": (4,)}


@dataclass(frozen=True)
class Row:
    """One optimizer: its class and arguments, and what does not hold for it."""

    name: str
    arguments: dict = field(default_factory=dict)
    shapes: dict = field(default_factory=lambda: SHAPES)
    optax: Callable[[], Any] | None = None  # the same formula there
    rtol: float = 1e-5
    atol: float = 1e-6
    names: bool = True  # Keras names the slots alike, and gives them the same dtypes
    half: float = 0.05  # how close bfloat16 comes to float32 in a few steps
    wide: bool = False


@dataclass(frozen=True)
class Rate:
    """A schedule among the arguments, made anew for each library."""

    name: str
    arguments: tuple


@dataclass(frozen=True)
class Several:
    """A MultiOptimizer's map: a default, and optimizers by pattern."""

    default: Row
    others: dict


def made(value, library):
    """An argument in which schedules and maps are those of this library."""
    if isinstance(value, Rate):
        return getattr(library.optimizers.schedules, value.name)(*value.arguments)
    if isinstance(value, Row):
        return optimizer_of(value, library)
    if isinstance(value, Several):
        others = {key: optimizer_of(row, library) for key, row in value.others.items()}
        return library.optimizers.OptimizerMap(optimizer_of(value.default, library), others)
    return value


def optimizer_of(row, library=cornu, **more):
    """The optimizer of a row, of Cornu or of Keras."""
    arguments = {key: made(value, library) for key, value in row.arguments.items()}
    return getattr(library.optimizers, row.name)(**arguments, **more)


def variables_of(shapes, library=cornu, dtype="float32"):
    """Variables to train, the same in both libraries."""
    rng = np.random.default_rng(3)
    kind, scope = (Variable, name_scope) if library is cornu else (keras.Variable, keras.name_scope)
    with scope("dense"):
        return [
            kind(rng.normal(size=shape).astype("float32"), dtype=dtype, name=name)
            for name, shape in shapes.items()
        ]


def gradients(shapes, seed=4):
    """Sequences of gradients, one for each kind: an array (kinds, steps, *shape) for each variable."""
    found, rng = [], np.random.default_rng(seed)
    for shape in shapes.values():
        usual = rng.normal(size=(STEPS, *shape)) * 3 * rng.random((STEPS, *(1 for _ in shape)))
        sparse = usual * (rng.random((STEPS, *shape)) < 0.1)
        jump = np.where(np.arange(STEPS).reshape(-1, *(1 for _ in shape)) == 10, 1e6, 1) * usual
        kinds = [usual, sparse, 0 * usual, 1e8 * usual, 1e-12 * usual, jump]
        found.append(np.stack(kinds).astype("float32"))
    return found


def scanned(step):
    """A step as a compiled function over whole sequences of gradients of each kind."""

    def one(trainable, own, sequence):
        def body(state, grads):
            return step(state[1], grads, state[0]), None

        return jax.lax.scan(body, (trainable, own), sequence)[0]

    return jax.jit(jax.vmap(one, in_axes=(None, None, 0)))


@functools.cache
def trajectories(name, number):
    """Row by number: (ours, theirs), each the optimizer and its variables, and what it comes to."""
    row = TABLE[number]
    assert row.name == name
    sequences = gradients(row.shapes)
    found = []
    for library in (cornu, keras):
        library.utils.clear_session(free_memory=False)
        optimizer, variables = optimizer_of(row, library, name="mine"), variables_of(row.shapes, library)
        optimizer.build(variables)
        start = [v.value for v in variables], [v.value for v in optimizer.variables]
        program = scanned(optimizer.stateless_apply)
        found.append((optimizer, variables, program, program(*start, sequences)))
    return found


MOMENTUM = {"learning_rate": 0.1, "momentum": 0.9}

TABLE = [
    Row("SGD", {"learning_rate": 0.1}, optax=lambda: optax.sgd(0.1)),
    Row("SGD", MOMENTUM, optax=lambda: optax.sgd(0.1, 0.9), wide=True),
    Row("SGD", {**MOMENTUM, "nesterov": True}, optax=lambda: optax.sgd(0.1, 0.9, nesterov=True)),
    Row("RMSprop", optax=lambda: optax.rmsprop(0.001, eps=1e-7, eps_in_sqrt=True)),
    Row("RMSprop", {"centered": True, "momentum": 0.3, "rho": 0.7, "epsilon": 1e-3}),
    Row("Adam", wide=True),
    Row("Adam", {"learning_rate": 0.1, "beta_1": 0.8, "beta_2": 0.99, "amsgrad": True}),
    Row("AdamW", wide=True),
    Row("AdamW", {"learning_rate": 0.1, "weight_decay": 0.1, "amsgrad": True, "epsilon": 1e-4}),
    Row("Adagrad", optax=lambda: optax.adagrad(0.001)),
    Row("Adagrad", {"learning_rate": 0.5, "initial_accumulator_value": 0.0, "epsilon": 1e-3}, wide=True),
    Row("Adadelta", {"learning_rate": 0.5}, optax=lambda: optax.adadelta(0.5, 0.95, 1e-7)),
    Row("Adadelta", {"rho": 0.7, "epsilon": 1e-3}, wide=True),
    Row("Adamax", optax=lambda: optax.adamax(0.001, eps=1e-7)),
    Row("Adamax", {"learning_rate": 0.1, "beta_1": 0.7, "beta_2": 0.8, "epsilon": 1e-3}, wide=True),
    Row("Nadam", {"learning_rate": 0.1}, names=False),
    Row("Nadam", {"beta_1": 0.8, "beta_2": 0.9, "epsilon": 1e-3}, names=False, wide=True),
    Row("Ftrl", {"learning_rate": 0.1}, wide=True),
    Row(
        "Ftrl",
        {
            "learning_rate": 0.1,
            "learning_rate_power": -0.3,
            "initial_accumulator_value": 0.5,
            "l1_regularization_strength": 0.1,
            "l2_regularization_strength": 0.2,
            "l2_shrinkage_regularization_strength": 0.05,
            "beta": 0.3,
        },
    ),
    Row("Adafactor", names=False, wide=True),  # placeholders
    Row(
        "Adafactor",
        {"learning_rate": 0.5, "relative_step": False, "clip_threshold": 0.5},
        DEEP,
        names=False,
    ),
    Row(
        "Adafactor", {"beta_2_decay": -0.5, "epsilon_1": 1e-8, "epsilon_2": 0.1}, names=False, wide=True
    ),
    Row("Adafactor", {"learning_rate": Rate("InverseTimeDecay", (0.1, 5, 0.5))}, names=False, wide=True),
    Row("Lion", optax=lambda: optax.lion(0.001, weight_decay=0.0)),
    Row("Lion", {"learning_rate": 0.01, "beta_1": 0.7, "beta_2": 0.8, "weight_decay": 0.1}),
    Row("Lamb", {"learning_rate": 0.01}, optax=lambda: optax.lamb(0.01, eps=1e-7)),
    Row("Lamb", {"beta_1": 0.7, "beta_2": 0.8, "epsilon": 1e-3}, DEEP, wide=True),
    Row("Muon", {"learning_rate": 0.01}, WIDE, rtol=1e-4, atol=1e-5),
    Row(
        "Muon",
        {
            "learning_rate": 0.01,
            "exclude_layers": ["wide"],
            "exclude_embeddings": False,
            "nesterov": False,
            "rms_rate": None,
            "ns_steps": 3,
            "momentum": 0.5,
            "adam_lr_ratio": 0.1,
            "adam_weight_decay": None,
        },
        WIDE,
        rtol=1e-4,
        atol=1e-5,
    ),
    Row("ScheduleFreeAdamW", wide=True),
    Row("ScheduleFreeAdamW", {"learning_rate": 0.1, "warmup_steps": 20, "beta_1": 0.7}),
    # what is around the formula
    Row("Adam", {"weight_decay": 0.1, "clipnorm": 0.5}),
    Row("SGD", {"clipvalue": 0.5, "learning_rate": 0.1}),
    Row("Adam", {"global_clipnorm": 1.0}),
    Row("SGD", {**MOMENTUM, "use_ema": True, "ema_momentum": 0.9}, wide=True),
    Row("Adam", {"use_ema": True, "ema_overwrite_frequency": 7, "weight_decay": 0.1}),
    Row("SGD", {**MOMENTUM, "gradient_accumulation_steps": 4}, wide=True),
    Row("Nadam", {"gradient_accumulation_steps": 3, "clipnorm": 1.0}, names=False),
    Row(
        "RMSprop",
        {
            "learning_rate": Rate("ExponentialDecay", (0.1, 10, 0.5)),
            "use_ema": True,
            "ema_overwrite_frequency": 2,
            "gradient_accumulation_steps": 5,
            "loss_scale_factor": 8.0,
        },
    ),
    Row("Adam", {"learning_rate": Rate("CosineDecayRestarts", (0.1, 7)), "loss_scale_factor": 2.0}),
    Row("LossScaleOptimizer", {"inner_optimizer": Row("Adam", {"learning_rate": 0.1})}, names=False),
    Row(
        "MultiOptimizer",
        {
            "optimizer_map": Several(
                Row("SGD", MOMENTUM), {".*bias": Row("Adam"), "dense/scale": Row("Lion")}
            )
        },
    ),
]
PARAMETERS = [
    pytest.param(number, id=f"{row.name}-{number}", marks=[pytest.mark.wide] if row.wide else [])
    for number, row in enumerate(TABLE)
]


def quick_for(names):
    """The rows, of which only the last of each of these names is quick."""
    last = {row.name: number for number, row in enumerate(TABLE)}
    return [
        pytest.param(
            number,
            id=f"{row.name}-{number}",
            marks=[] if row.name in names and last[row.name] == number else [pytest.mark.wide],
        )
        for number, row in enumerate(TABLE)
    ]


# -- schedules ---------------------------------------------------------------------------------------

SCHEDULES = [
    ("ExponentialDecay", (0.1, 10, 0.9), {}),
    ("ExponentialDecay", (0.1, 10, 0.9), {"staircase": True}),
    ("InverseTimeDecay", (0.1, 7, 0.5), {}),
    ("InverseTimeDecay", (0.1, 7, 0.5), {"staircase": True}),
    ("PiecewiseConstantDecay", ([5, 12], [0.1, 0.05, 0.01]), {}),
    ("PiecewiseConstantDecay", ([5.5, 12.0], [1, 0.05, 0.01]), {"name": "mine"}),
    ("PolynomialDecay", (0.1, 10), {}),
    ("PolynomialDecay", (0.1, 10, 0.01, 2.0), {"cycle": True}),
    ("CosineDecay", (0.1, 10), {"alpha": 0.1}),
    ("CosineDecay", (0.0, 10), {"warmup_target": 0.2, "warmup_steps": 5}),
    ("CosineDecay", (0.0, 10), {"warmup_target": 0.2}),
    ("CosineDecayRestarts", (0.1, 5), {}),
    ("CosineDecayRestarts", (0.1, 5, 1.5, 0.8, 0.05), {}),
    ("CosineDecayRestarts", (0.1, 5), {"t_mul": 1.0, "m_mul": 0.9}),
]
