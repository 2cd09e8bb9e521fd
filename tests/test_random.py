"""cornu.random against Keras on JAX, and the host's generator against jax.random."""

import random as python_random

import jax
import jax.numpy as jnp
import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

import cornu
import cornu.random as R
from cornu.core import threefry
from cornu.core.context import bound

SHAPES = [(), (1,), (7,), (3, 5), (2, 3, 4), (0, 3), (20000,)]
WORDS = st.integers(0, 2**32 - 1)


@pytest.fixture(scope="module")
def keras():
    return pytest.importorskip("keras")


def close(ours, theirs):
    np.testing.assert_allclose(ours, theirs, rtol=1e-6, atol=1e-7)


# The host's generator -----------------------------------------------------------------------------


@settings(deadline=None, max_examples=30)
@given(WORDS, WORDS, st.sampled_from(SHAPES))
def test_host_bits_are_those_of_jax(first, second, shape):
    key = np.array([first, second], np.uint32)
    size = int(np.prod(shape))
    expected = np.asarray(jax.random.bits(key, shape)).ravel()
    np.testing.assert_array_equal(threefry.bits(key, 0, size), expected)


@settings(deadline=None, max_examples=30)
@given(WORDS, WORDS, st.sampled_from(SHAPES), st.sampled_from([(0.0, 1.0), (-0.05, 0.05)]))
def test_host_draws_are_those_of_jax(first, second, shape, bounds):
    key = np.array([first, second], np.uint32)
    close(threefry.uniform(key, shape, *bounds), jax.random.uniform(key, shape, "float32", *bounds))
    close(threefry.normal(key, shape), jax.random.normal(key, shape))
    close(threefry.truncated_normal(key, shape), jax.random.truncated_normal(key, -2.0, 2.0, shape))


def test_host_agrees_in_the_tails():
    key = np.array([3, 0], np.uint32)
    ours, theirs = threefry.normal(key, (2**18,)), jax.random.normal(key, (2**18,))
    assert abs(ours).max() > 4
    close(ours, theirs)


@settings(deadline=None, max_examples=50)
@given(st.floats(-0.9999, 0.9999))
def test_erf_inv_is_the_inverse(x):
    special = pytest.importorskip("scipy.special")
    single = np.float32([x])
    expected = special.erfinv(single.astype(np.float64))
    np.testing.assert_allclose(threefry.erf_inv(single), expected, rtol=1e-5, atol=1e-7)


@pytest.mark.parametrize("name", ["normal", "uniform", "truncated_normal"])
def test_larger_arrays_and_traced_keys_continue_the_same_numbers(name):
    draw = getattr(R, name)
    few = draw((64,), seed=9)
    traced = jax.jit(lambda key: draw((64,), seed=key))(np.array([9, 0], np.uint32))
    close(few, traced)
    many = draw((threefry.LARGEST + 1,), seed=9)
    close(few, many[:64])


def test_another_generator_of_jax_is_respected():
    with jax.threefry_partitionable(False):
        close(R.uniform((5,), seed=1), jax.random.uniform(np.array([1, 0], np.uint32), (5,)))


# Parity with Keras --------------------------------------------------------------------------------

LOGITS = np.log(np.array([[0.1, 0.2, 0.7], [0.5, 0.25, 0.25]], np.float32))
X = np.arange(24, dtype=np.float32).reshape(6, 4) + 1
CASES = {
    "normal": ((3, 4), 1.0, 2.0),
    "uniform": ((3, 4), -2.0, 3.0),
    "truncated_normal": ((3, 4), 1.0, 2.0),
    "randint": ((3, 4), -5, 20),
    "categorical": (LOGITS, 8),
    "dropout": (X, 0.4),
    "shuffle": (X,),
    "gamma": ((3, 4), 2.0),
    "beta": ((3, 4), 2.0, 3.0),
    "binomial": ((3, 4), 10, 0.3),
}


@pytest.mark.parity
@pytest.mark.parametrize("name", CASES)
def test_same_numbers_as_keras(keras, name):
    close(
        getattr(R, name)(*CASES[name], seed=1337),
        getattr(keras.random, name)(*CASES[name], seed=1337),
    )


@pytest.mark.parity
@pytest.mark.parametrize("name", ["normal", "uniform", "truncated_normal"])
@pytest.mark.parametrize("dtype", ["float16", "bfloat16"])
def test_same_numbers_as_keras_in_half_precision(keras, name, dtype):
    ours = getattr(R, name)((50,), dtype=dtype, seed=5)
    assert ours.dtype == dtype
    theirs = getattr(keras.random, name)((50,), dtype=dtype, seed=5)
    np.testing.assert_array_equal(np.asarray(ours), np.asarray(theirs))


@pytest.mark.parity
def test_seed_generator_counts_as_in_keras(keras):
    ours, theirs = R.SeedGenerator(42), keras.random.SeedGenerator(42)
    for _ in range(3):
        close(R.normal((4,), seed=ours), keras.random.normal((4,), seed=theirs))
    np.testing.assert_array_equal(ours.state.numpy(), np.asarray(theirs.state.value))


@pytest.mark.parity
def test_unseeded_numbers_after_set_random_seed_are_those_of_keras(keras):
    R.set_random_seed(123)
    ours = [R.normal((3,)), R.uniform((2,)), R.randint((4,), 0, 100), R.SeedGenerator().next()]
    keras.utils.set_random_seed(123)
    random = keras.random
    theirs = [random.normal((3,)), random.uniform((2,)), random.randint((4,), 0, 100)]
    for our, their in zip(ours, [*theirs, random.SeedGenerator().next()], strict=True):
        close(our, their)


@pytest.mark.parity
def test_dropout_with_noise_shape_is_that_of_keras(keras):
    close(
        R.dropout(X, 0.5, noise_shape=(None, 1), seed=3),
        keras.random.dropout(X, 0.5, noise_shape=(None, 1), seed=3),
    )


# Seeds --------------------------------------------------------------------------------------------


def test_seed_generator_has_a_state_named_as_in_keras():
    generator = R.SeedGenerator(3, name="mine")
    assert generator.state.path == "mine/seed_generator_state"
    assert generator.state.dtype == "uint32"
    assert not generator.state.trainable
    assert generator.get_config() == {"seed": 3, "name": "mine"}
    assert R.SeedGenerator.from_config(generator.get_config()).next().tolist() == [3, 0]


def test_seed_generator_works_in_a_compiled_program():
    generator = R.SeedGenerator(7)

    @jax.jit
    def program(state):
        with bound({generator.state: state}) as bindings:
            return R.normal((3,), seed=generator), bindings[generator.state]

    drawn, state = program(generator.state.value)
    assert state.tolist() == [7, 1]
    assert generator.state.value.tolist() == [7, 0]
    close(drawn, R.normal((3,), seed=7))


def test_set_random_seed_repeats_python_numpy_and_unseeded():
    def numbers():
        R.set_random_seed(5)
        return python_random.random(), np.random.rand(), R.normal((2,)).tolist()

    assert numbers() == numbers()


def test_none_gives_other_numbers_each_time_and_an_int_the_same():
    assert R.normal((3,)).tolist() != R.normal((3,)).tolist()
    assert R.normal((3,), seed=1).tolist() == R.normal((3,), seed=1).tolist()


def test_raw_and_typed_keys_are_seeds():
    close(R.normal((3,), seed=jax.random.PRNGKey(4)), R.normal((3,), seed=jax.random.key(4)))


def test_results_are_jax_arrays():
    for name, arguments in CASES.items():
        assert isinstance(getattr(R, name)(*arguments, seed=1), jax.Array), name


# Laws ---------------------------------------------------------------------------------------------


@settings(deadline=None, max_examples=20)
@given(st.integers(0, 2**32 - 1))
def test_shuffle_keeps_the_numbers_of_each_column(seed):
    np.testing.assert_array_equal(np.sort(R.shuffle(X, seed=seed), axis=0), X)


def test_dropout_at_the_ends_of_its_range():
    np.testing.assert_array_equal(R.dropout(X, 0.0), X)
    np.testing.assert_array_equal(R.dropout(X, 1.0), np.zeros_like(X))


def test_dropout_keeps_the_mean():
    assert float(R.dropout(np.ones(100_000, "float32"), 0.3, seed=1).mean()) == pytest.approx(
        1, abs=0.01
    )


def test_normal_is_normal():
    stats = pytest.importorskip("scipy.stats")
    assert stats.kstest(np.asarray(R.normal((20000,), seed=2)), "norm").pvalue > 0.01
    assert stats.kstest(np.asarray(R.uniform((20000,), seed=2)), "uniform").pvalue > 0.01


# Errors -------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "call, words",
    [
        (lambda: R.normal((2,), seed="a"), "seed must be an integer from 0 to 4294967295 or a See"),
        (lambda: R.normal((2,), seed=-1), "got seed=-1. Write for example seed=42"),
        (lambda: R.SeedGenerator(2.5), "got seed=2.5"),
        (lambda: R.set_random_seed(None), "got seed=None"),
        (lambda: R.normal((None, 2)), r"normal: shape must be a tuple .* got shape=\(None, 2\)"),
        (lambda: R.uniform(3), r"uniform: shape .* got shape=3. Write for example shape=\(3, 2\)"),
        (lambda: R.normal((2,), dtype="int32"), 'normal: dtype must be a float, got dtype="int32"'),
        (lambda: R.randint((2,), 0, 5, dtype="float32"), "randint: dtype must be an integer dtype"),
        (lambda: R.categorical(np.zeros(3), 2), r"categorical: logits .* got shape \(3,\)"),
        (lambda: R.dropout(X, 1.5), "dropout: rate must be from 0 to 1, got rate=1.5"),
        (lambda: R.dropout(cornu.Input((3,)), 0.5), r"dropout: a symbolic tensor \(\(None, 3\)\)"),
        (lambda: R.shuffle(cornu.Input((3,))), "shuffle: a symbolic tensor .* Draw them in a layer"),
        (lambda: R.categorical(cornu.Input((3,)), 2), r"categorical: .* cornu.layers.Dropout"),
        (lambda: jax.jit(lambda: R.normal((2,)))(), "seed=None inside a compiled function"),
    ],
)
def test_errors_teach(call, words):
    with pytest.raises(ValueError, match=words):
        call()


def test_a_generator_in_a_foreign_jit_is_refused():
    generator = R.SeedGenerator(1)
    with pytest.raises(ValueError, match="assigned inside a function compiled by jax"):
        jax.jit(lambda x: x + R.normal((), seed=generator))(jnp.ones(()))
    assert generator.state.value.tolist() == [1, 0]
