"""What is around optimizers against Keras: default names, exclusions, extremes, schedules."""

import keras
import numpy as np
import pytest

from cornu import optimizers
from cornu.core.context import name_scope
from cornu.core.variable import Variable

SHAPES = {"kernel": (3, 2), "bias": (2,), "scale": ()}
schedules, theirs_schedules = optimizers.schedules, keras.optimizers.schedules


def start(kind):
    rng = np.random.default_rng(3)
    scope = name_scope("dense") if kind is Variable else keras.name_scope("dense")
    with scope:
        return [
            kind(rng.normal(size=shape).astype("float32"), name=name) for name, shape in SHAPES.items()
        ]


def gradients(steps=20):
    rng = np.random.default_rng(4)
    sizes = 3 * rng.random((steps, 1))  # some clipped, some not
    for size in sizes:
        yield [
            (size * rng.normal(size=shape)).astype("float32").reshape(shape) for shape in SHAPES.values()
        ]


def close(ours, theirs):
    for mine, other in zip(ours, theirs, strict=True):
        np.testing.assert_allclose(mine.numpy(), np.asarray(other.value), rtol=1e-5, atol=1e-6)


def both(name, arguments):
    return (getattr(room, name)(**arguments) for room in (optimizers, keras.optimizers))


@pytest.mark.parity
@pytest.mark.parametrize("name", ["SGD", "RMSprop", "AdamW", "ScheduleFreeAdamW", "Muon"])
def test_default_names(name):
    import cornu.core.names

    cornu.core.names.clear_session(free_memory=False)
    keras.utils.clear_session(free_memory=False)
    for _ in range(2):
        ours, theirs = both(name, {})
        assert ours.name == theirs.name


@pytest.mark.parity
@pytest.mark.parametrize("names", [["bias"], ["kern", "scale"], None])
def test_exclusion_from_decay(names):
    ours, theirs = both("SGD", {"weight_decay": 0.5, "learning_rate": 0.1})
    mine, other = start(Variable), start(keras.Variable)
    for optimizer, variables in ((ours, mine), (theirs, other)):
        optimizer.exclude_from_weight_decay(variables[:1], var_names=names)
        for each in gradients(3):
            optimizer.apply(each, variables)
    close(mine, other)


@pytest.mark.parity
@pytest.mark.parametrize("scale", [0.0, np.inf, np.nan])
@pytest.mark.parametrize("clip", [{"clipnorm": 1.0}, {"global_clipnorm": 1.0}, {"clipvalue": 1.0}])
def test_clipping_of_extremes(scale, clip):
    ours, theirs = both("SGD", clip)
    mine, other = start(Variable), start(keras.Variable)
    for optimizer, variables in ((ours, mine), (theirs, other)):
        each = [np.ones(shape, "float32") for shape in SHAPES.values()]
        each[0][0, 0] = scale
        optimizer.apply(each, variables)
    close(mine, other)


@pytest.mark.parity
def test_steps_along_a_schedule():
    mine, other = start(Variable), start(keras.Variable)
    ours = optimizers.Adam(schedules.InverseTimeDecay(0.1, 5, 0.5), weight_decay=0.1)
    theirs = keras.optimizers.Adam(theirs_schedules.InverseTimeDecay(0.1, 5, 0.5), weight_decay=0.1)
    for each in gradients():
        ours.apply(each, mine)
        theirs.apply(each, other)
    close(mine, other)
    assert [v.path.split("/")[1] for v in ours.variables][:2] == [
        "iteration",
        "dense_kernel_momentum",
    ]
    assert float(ours.learning_rate) == pytest.approx(float(theirs.learning_rate))
    copy = optimizers.Adam.from_config(theirs.get_config())
    assert copy.get_config()["learning_rate"]["config"] == ours.get_config()["learning_rate"]["config"]
