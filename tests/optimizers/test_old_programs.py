"""Optimizers as older programs write them: lr, decay, epsilon=None, legacy, configurations."""

import numpy as np
import pytest

import cornu
from cornu import optimizers
from cornu.core.variable import Variable
from cornu.optimizers import SGD, Adam, Nadam, RMSprop, schedules
from tests.compat.process import python


def test_lr_is_the_learning_rate():
    optimizer = SGD(lr=0.5, momentum=0.0)
    assert float(optimizer.lr) == float(optimizer.learning_rate) == 0.5
    optimizer.lr = 0.25
    assert float(optimizer.learning_rate) == 0.25
    cornu.backend.set_value(optimizer.lr, 0.125)
    assert cornu.backend.get_value(optimizer.lr) == 0.125
    assert "lr" not in optimizer.get_config()


@pytest.mark.parametrize("cls", [SGD, RMSprop, Adam])
def test_decay_is_that_of_keras_2(cls):
    """lr / (1 + decay * iterations), which InverseTimeDecay computes, too."""
    old, new = cls(lr=0.1, decay=0.5), cls(schedules.InverseTimeDecay(0.1, 1, 0.5))
    ends = []
    for optimizer in (old, new):
        weight = Variable([1.0, -2.0], name="w")
        for _ in range(5):
            optimizer.apply([np.array([0.3, 4.0])], [weight])
        ends.append(weight.numpy())
    np.testing.assert_allclose(*ends, rtol=1e-6)
    assert float(old.lr) == pytest.approx(0.1)  # as it was set, as in Keras 2
    assert old.get_config()["decay"] == 0.5
    assert cls.from_config(old.get_config()).decay == 0.5
    assert "decay" not in cls(lr=0.1, decay=0.0).get_config()


def test_no_epsilon_is_that_of_the_backend():
    assert (
        Adam(lr=0.001, beta_1=0.9, beta_2=0.999, epsilon=None, decay=0.0, amsgrad=False).epsilon == 1e-7
    )


def test_nadam_of_keras_2():
    """By the formulas of its source: u = beta_1 * (1 - 0.5 * 0.96 ** (t * schedule_decay))."""
    optimizer = Nadam(lr=0.002, beta_1=0.9, beta_2=0.999, epsilon=1e-8, schedule_decay=0.004)
    weight = Variable([1.0], name="w")
    m = v = 0.0
    w, product = 1.0, 1.0
    for t, g in enumerate((0.5, -1.0, 2.0), start=1):
        optimizer.apply([np.array([g])], [weight])
        u, following = (0.9 * (1 - 0.5 * 0.96 ** (each * 0.004)) for each in (t, t + 1))
        product *= u
        m, v = 0.9 * m + 0.1 * g, 0.999 * v + 0.001 * g * g
        step = (1 - u) * g / (1 - product) + following * m / (1 - product * following)
        w -= 0.002 * step / (np.sqrt(v / (1 - 0.999**t)) + 1e-8)
        np.testing.assert_allclose(weight.numpy(), [w], rtol=1e-5)
    assert optimizer.get_config()["schedule_decay"] == 0.004


OF_KERAS_2 = [
    {"class_name": "SGD", "config": {"lr": 0.1, "momentum": 0.9, "decay": 0.0, "nesterov": True}},
    {
        "class_name": "Adam",
        "config": {"name": "Adam", "learning_rate": 0.1, "decay": 0.0, "epsilon": 1e-7},
    },
    {
        "class_name": "Custom>RMSprop",
        "config": {"name": "RMSprop", "learning_rate": 0.1, "jit_compile": True, "momentum": 0.0},
    },
    {
        "module": "keras.optimizers",
        "class_name": "Adagrad",
        "registered_name": None,
        "config": {"learning_rate": 0.1, "is_legacy_optimizer": False, "use_ema": False},
    },
    {"class_name": "adadelta", "config": {"lr": 0.1}},
]


@pytest.mark.parametrize("config", OF_KERAS_2, ids=lambda c: c["class_name"])
def test_configurations_of_keras_2(config):
    found = optimizers.get(config)
    assert type(found).__name__.lower() == config["class_name"].lower().removeprefix("custom>")
    assert float(found.learning_rate) == pytest.approx(0.1)


def test_legacy_and_experimental_names():
    program = """
import cornu.compat
cornu.compat.install()
import tensorflow as tf
import keras
from tensorflow.keras.optimizers.legacy import Adam
from tensorflow.keras.optimizers import experimental
optimizer = tf.keras.optimizers.legacy.SGD(lr=0.1, decay=1e-6, momentum=0.9, nesterov=True)
assert type(optimizer) is keras.optimizers.SGD
assert Adam is keras.optimizers.legacy.Adam is experimental.Adam is keras.optimizers.Adam
"""
    done = python("-c", program)
    assert done.returncode == 0, done.stderr
    told = [line.split(" is an old name. Today: ")[0] for line in done.stderr.splitlines()]
    assert sorted(told) == [
        "<string>:10: OldNameWarning: keras.optimizers.experimental",
        "<string>:6: OldNameWarning: tensorflow.keras.optimizers.legacy",
        "<string>:8: OldNameWarning: SGD(decay=...)",
        "<string>:8: OldNameWarning: SGD(lr=...)",
    ]
