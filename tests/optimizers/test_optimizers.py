"""What an optimizer is: formulas by hand, compiled steps, learning rates, errors."""

import copy
import inspect

import jax
import jax.numpy as jnp
import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from cornu import optimizers
from cornu.core.errors import CornuWarning
from cornu.core.module import Structure
from cornu.core.pure import named, pure, read, write
from cornu.core.variable import Variable
from cornu.optimizers import SGD, Adam, RMSprop, schedules

ROWS = [
    (SGD, {}),
    (SGD, {"momentum": 0.9, "nesterov": True, "global_clipnorm": 1.0}),
    (RMSprop, {"momentum": 0.5, "centered": True, "clipnorm": 1.0}),
    (Adam, {"weight_decay": 0.1, "clipvalue": 0.3}),
    (Adam, {"amsgrad": True}),
    (Adam, {"learning_rate": schedules.ExponentialDecay(0.1, 2, 0.5)}),
]
IDS = [f"{cls.__name__}-{number}" for number, (cls, _) in enumerate(ROWS)]


def variables():
    return [Variable([[1.0, -2.0]], name="kernel"), Variable([0.5], name="bias")]


GRADIENTS = [np.array([[0.3, -4.0]], "float32"), np.array([2.0], "float32")]


def step(optimizer):
    """The optimizer's step as a compiled function of the state, and the state."""
    trainable = variables()
    optimizer.build(trainable)
    state = named(trainable=trainable, optimizer=optimizer.variables)
    return jax.jit(pure(lambda grads: optimizer.apply(grads, trainable), state)), state


@pytest.mark.parametrize(("cls", "arguments"), ROWS, ids=IDS)
def test_jit_equals_eager(cls, arguments):
    compiled, eager = cls(**arguments), cls(**arguments)
    run, state = step(compiled)
    values, trainable = read(state), variables()
    for _ in range(3):
        values, _ = run(values, GRADIENTS)
        eager.apply(GRADIENTS, trainable)
    write(state, values)
    for ours, expected in zip(state["trainable"].values(), trainable, strict=True):
        np.testing.assert_allclose(ours.numpy(), expected.numpy(), rtol=1e-6)
    for ours, expected in zip(compiled.variables, eager.variables, strict=True):
        np.testing.assert_allclose(ours.numpy(), expected.numpy(), rtol=1e-6)
    assert int(compiled.iterations) == 3


@pytest.mark.parametrize(("cls", "arguments"), ROWS, ids=IDS)
def test_stateless_apply(cls, arguments):
    optimizer, eager = cls(**arguments), cls(**arguments)
    mine, trainable = variables(), variables()
    optimizer.build(mine)
    start = [v.value for v in mine], [v.value for v in optimizer.variables]
    new, own = jax.jit(optimizer.stateless_apply)(start[1], GRADIENTS, start[0])
    eager.apply(GRADIENTS, trainable)
    for value, variable in zip([*new, *own], [*trainable, *eager.variables], strict=True):
        np.testing.assert_allclose(value, variable.numpy(), rtol=1e-6)
    assert mine[0].numpy().tolist() == [[1.0, -2.0]]


@pytest.mark.parametrize("wanted", [1, 3])
def test_shared_scalars_are_computed_once(wanted):
    weights = [Variable(np.zeros(2, "float32"), name=f"w{i}") for i in range(wanted)]
    optimizer = Adam()
    optimizer.build(weights)
    state = named(trainable=weights, optimizer=optimizer.variables)
    program = pure(lambda grads: optimizer.apply(grads, weights), state)
    grads = [jnp.ones(2)] * wanted
    found = [str(e.primitive) for e in jax.make_jaxpr(program)(read(state), grads).eqns]
    assert found.count("pow") == 2
    assert len(found) <= 10 + 12 * wanted, found
    assert not {"jit", "pjit"} & set(found)


def test_by_hand():
    weight = Variable([1.0, 2.0], name="w")
    sgd = SGD(0.1, momentum=0.5)
    sgd.apply([np.array([1.0, -1.0])], [weight])
    sgd.apply([np.array([1.0, -1.0])], [weight])
    np.testing.assert_allclose(weight.numpy(), [1 - 0.1 - 0.15, 2 + 0.1 + 0.15], rtol=1e-6)
    weight = Variable([1.0], name="w")
    Adam(0.1).apply([np.array([-7.0])], [weight])  # the first step is α times the sign
    np.testing.assert_allclose(weight.numpy(), [1.1], rtol=1e-6)


@settings(max_examples=10, deadline=None)
@given(st.floats(0.01, 100), st.sampled_from([Adam, RMSprop]))
def test_adam_and_rmsprop_do_not_see_the_gradients_scale(scale, cls):
    ends = []
    for factor in (1.0, scale):
        weight = Variable([1.0, -1.0], name="w")
        optimizer = cls(0.1, epsilon=1e-12)
        for sign in (1, 1, -1):
            optimizer.apply([np.array([2.0, -0.5]) * factor * sign], [weight])
        ends.append(weight.numpy())
    np.testing.assert_allclose(*ends, rtol=1e-4)


def test_clips():
    big = [np.array([3.0, 4.0]), np.array([0.3])]
    length = np.sqrt(25 + 0.09)
    for clip, expected in (
        ({"clipnorm": 1.0}, [[-0.6, -0.8], [-0.3]]),
        ({"clipvalue": 0.5}, [[-0.5, -0.5], [-0.3]]),
        ({"global_clipnorm": 1.0}, [[-3 / length, -4 / length], [-0.3 / length]]),
    ):
        weights = [Variable([0.0, 0.0], name="a"), Variable([0.0], name="b")]
        SGD(1.0, **clip).apply(big, weights)
        for weight, value in zip(weights, expected, strict=True):
            np.testing.assert_allclose(weight.numpy(), value, rtol=1e-5)


def test_constraints_come_after_the_step():
    weight = Variable([1.0, 2.0], name="w")
    weight.constraint = lambda value: jnp.maximum(value, 0.0)
    SGD(1.0).apply([np.array([3.0, 1.0])], [weight])
    assert weight.numpy().tolist() == [0.0, 1.0]


def test_learning_rate_is_read_and_assigned():
    optimizer = SGD(0.5)
    assert float(optimizer.learning_rate) == 0.5
    optimizer.learning_rate = 0.25
    assert optimizer.learning_rate.numpy() == np.float32(0.25)
    optimizer.learning_rate.assign(0.125)
    optimizer.learning_rate = optimizer.learning_rate * 2
    optimizer.learning_rate = np.float32(optimizer.learning_rate)
    assert optimizer.get_config()["learning_rate"] == 0.25
    weight = Variable([1.0], name="w")
    optimizer.apply([np.ones(1)], [weight])
    assert weight.numpy().tolist() == [0.75]


def test_a_compiled_step_sees_the_assigned_rate():
    optimizer = SGD(1.0)
    run, state = step(optimizer)
    first, _ = run(read(state), GRADIENTS)
    optimizer.learning_rate = 0.0
    second, _ = run(read(state), GRADIENTS)
    assert not np.array_equal(first["trainable"]["kernel"], second["trainable"]["kernel"])
    assert second["trainable"]["kernel"].tolist() == [[1.0, -2.0]]


def test_functions_as_learning_rates():
    for rate in (lambda step: 0.5 / (step + 1), schedules.InverseTimeDecay(0.5, 1, 1.0)):
        weight = Variable([1.0], name="w")
        optimizer = SGD(rate)
        optimizer.apply([np.ones(1)], [weight])
        optimizer.apply([np.ones(1)], [weight])
        np.testing.assert_allclose(weight.numpy(), [0.25], rtol=1e-6)
    weight = Variable([1.0], name="w")
    SGD(lambda: 0.5).apply([np.ones(1)], [weight])
    assert weight.numpy().tolist() == [0.5]


def test_a_schedule_in_place_of_a_number():
    optimizer = SGD(0.5)
    before = Structure.version
    optimizer.learning_rate = schedules.InverseTimeDecay(0.1, 1, 1.0)
    assert Structure.version > before
    assert [v.name for v in optimizer.variables] == ["iteration"]
    with pytest.raises(TypeError, match=r"is a schedule.*SGD\(learning_rate=0.01\) to set it later"):
        optimizer.learning_rate = 0.1


def test_a_rate_assigned_while_traced():
    optimizer = SGD(1.0)

    def halve():
        optimizer.learning_rate = optimizer.learning_rate * 0.5

    state = named(optimizer=optimizer.variables)
    values, _ = jax.jit(pure(halve, state))(read(state))
    write(state, values)
    assert float(optimizer.learning_rate) == 0.5


def test_own_optimizer_with_a_slot_that_starts_elsewhere():
    class Adagrad(optimizers.Optimizer):
        slots = ("accumulator",)

        def initial(self, slot, variable):
            return np.full(variable.shape, 0.5, "float32")

        def update(self, gradient, value, slots, scalars):
            total = slots["accumulator"] + gradient**2
            return value - scalars * gradient / jnp.sqrt(total), {"accumulator": total}

    weight = Variable([1.0], name="w")
    optimizer = Adagrad(learning_rate=0.3, clipnorm=9.0)
    optimizer.apply([np.array([2.0])], [weight])
    np.testing.assert_allclose(weight.numpy(), [1 - 0.3 * 2 / np.sqrt(4.5)], rtol=1e-6)
    config = optimizers.serialize(optimizer)
    assert optimizers.deserialize(config, {"Adagrad": Adagrad}).clipnorm == 9.0


def test_missing_gradients():
    weights = variables()
    with pytest.warns(CornuWarning, match='SGD "sgd.*" got no gradient for bias.*Is a layer unused'):
        SGD(1.0).apply([GRADIENTS[0], None], weights)
    assert weights[1].numpy() == [0.5]
    assert weights[0].numpy()[0, 0] == pytest.approx(0.7)
    with pytest.raises(ValueError, match=r"no gradient for any variable.*kernel, bias\. Compute"):
        SGD().apply([None, None], weights)
    optimizer = SGD()
    optimizer.apply([], [])
    assert int(optimizer.iterations) == 0


def test_bfloat16_variables_keep_their_dtype():
    weights = [Variable(np.ones(2, "float32"), dtype="bfloat16", name="a"), *variables()]
    optimizer = Adam(0.1)
    optimizer.apply([np.ones(2), *GRADIENTS], weights)
    assert [v.dtype for v in optimizer.variables[2:5]] == ["bfloat16", "bfloat16", "float32"]
    np.testing.assert_allclose(np.asarray(weights[0].value, "float32"), 0.9, rtol=1e-2)


def test_get():
    assert optimizers.get(None) is None
    assert isinstance(optimizers.get("SGD"), SGD)
    assert isinstance(optimizers.get("rmsprop"), RMSprop)
    adam = Adam()
    assert optimizers.get(adam) is adam
    assert isinstance(optimizers.get(Adam), Adam)
    assert optimizers.get({"class_name": "adam", "config": {"beta_1": 0.5}}).beta_1 == 0.5
    assert isinstance(optimizers.deserialize("adam"), Adam)


def test_copies_are_apart():
    optimizer = Adam(0.5, name="one")
    other = copy.deepcopy(optimizer)
    other.learning_rate = 0.1
    assert float(optimizer.learning_rate) == 0.5
    assert repr(other) == "<Adam name=one, learning_rate=0.1>"
    rate = schedules.CosineDecay(0.1, 10)
    assert repr(Adam(rate, name="two")) == "<Adam name=two, learning_rate=CosineDecay>"


def test_help_shows_the_shared_arguments():
    shown = list(inspect.signature(SGD).parameters)
    assert shown[:4] == ["learning_rate", "momentum", "nesterov", "weight_decay"]
    assert shown[-1] == "name"


@pytest.mark.parametrize(
    ("call", "words"),
    [
        (lambda: SGD(0.5, lr=0.1), r"SGD got lr=0.1 and learning_rate=0.5, .* Leave lr out"),
        (lambda: SGD(decay=-1), "SGD: decay must be a number at least 0, but is -1"),
        (lambda: Adam(jit_compile=True), "Adam has no argument jit_compile: the step is compiled with"),
        (lambda: SGD(momentun=0.9), 'SGD has no argument "momentun". Did you mean "momentum"?'),
        (lambda: SGD(-0.1), "learning_rate must be a number at least 0, but is -0.1. Write for ex"),
        (lambda: SGD("fast"), "learning_rate must be a number at least 0, but is 'fast'"),
        (lambda: SGD(True), "learning_rate must be a number at least 0, but is True"),
        (lambda: SGD(float("nan")), "learning_rate must be a number at least 0, but is nan"),
        (lambda: SGD(np.ones(2)), r"learning_rate must be one number, but has shape \(2,\)"),
        (lambda: SGD(schedules.CosineDecay), r"is a class. Create .* learning_rate=CosineDecay\("),
        (lambda: SGD(momentum=1.5), "momentum must be a number from 0 to 1, but is 1.5"),
        (lambda: Adam(beta_1=1.0), "beta_1 must be a number from 0 to below 1.*beta_1=0.9"),
        (lambda: Adam(beta_2=-1), "beta_2 must be a number from 0 to below 1"),
        (lambda: Adam(epsilon=-1.0), "epsilon must be a number at least 0, but is -1.0"),
        (lambda: RMSprop(rho=2), "rho must be a number from 0 to below 1"),
        (lambda: SGD(clipnorm=0), "clipnorm must be a number greater than 0, but is 0"),
        (lambda: SGD(weight_decay="a"), "weight_decay must be a number at least 0"),
        (
            lambda: SGD(clipnorm=1.0, clipvalue=2.0),
            "one of clipnorm, clipvalue and global_clipnorm, but got clipnorm=1.0 and clipvalue=2",
        ),
        (lambda: optimizers.get("adm"), 'Unknown optimizer "adm". Did you mean "adam"?'),
        (lambda: optimizers.get(print), 'is no optimizer. Write a name such as "adam"'),
        (lambda: SGD().apply([np.ones(1)]), "does not know its variables yet.*call build"),
        (lambda: SGD().apply([np.ones(1)], variables()), "got 1 gradients for 2 variables"),
        (
            lambda: SGD().apply([np.ones(3)], [Variable([1.0], name="w")]),
            r'gradient of "w" must have the variable.s shape \(1,\), but is float64 array of',
        ),
        (lambda: SGD().stateless_apply([], [np.ones(1)], []), "does not know its variables yet"),
        (
            lambda: schedules.ExponentialDecay(0.1, 0, 0.5),
            "ExponentialDecay: decay_steps must be a number greater than 0, but is 0",
        ),
        (
            lambda: schedules.PiecewiseConstantDecay([1], [0.1]),
            "one value more than boundaries, but got 1 values for 1 boundaries",
        ),
        (
            lambda: schedules.PiecewiseConstantDecay([2, 1], [0.1, 0.2, 0.3]),
            r"boundaries must grow, but are \[2, 1\]",
        ),
    ],
)
def test_wrong_arguments(call, words):
    with pytest.raises(ValueError, match=words):
        call()


def test_unknown_variable():
    optimizer = SGD(name="mine")
    optimizer.build(variables())
    stranger = Variable([1.0], name="stranger")
    words = 'SGD "mine" was built for 2 variables, and "stranger" is not among them. Create'
    with pytest.raises(ValueError, match=words):
        optimizer.apply([np.ones(1)], [stranger])


def test_stateless_apply_wants_one_value_for_each():
    optimizer = SGD(name="mine")
    optimizer.build(variables())
    with pytest.raises(ValueError, match="2 variables of its own and 2 trainable ones, but got 0"):
        optimizer.stateless_apply([], GRADIENTS, [1])


def test_what_a_subclass_must_define():
    with pytest.raises(NotImplementedError, match=r"Define update\(self, gradient, value, slots"):
        optimizers.Optimizer(0.1).apply(GRADIENTS, variables())
    with pytest.raises(NotImplementedError, match=r"Define __call__\(self, step\)"):
        schedules.LearningRateSchedule()(1)
