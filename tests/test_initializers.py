"""cornu.initializers against Keras, and the statistics that their papers promise."""

import json

import jax
import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

import cornu.initializers as I
import cornu.random as R
from cornu.core.context import bound
from cornu.core.variable import Variable

SCALED = ["GlorotNormal", "GlorotUniform", "HeNormal", "HeUniform", "LecunNormal", "LecunUniform"]
# name, arguments, shapes: an initializer with a setting is a row
RANDOM = [
    *[(name, {}) for name in (*SCALED, "RandomNormal", "RandomUniform", "TruncatedNormal")],
    *[(name, {"input_axes": [0], "output_axes": [1, 2]}) for name in SCALED[:2]],
    ("RandomNormal", {"mean": 1.0, "stddev": 3.0}),
    ("RandomUniform", {"minval": -3.0, "maxval": 5.0}),
    ("TruncatedNormal", {"mean": -1.0, "stddev": 0.5}),
    *[
        ("VarianceScaling", {"scale": 0.7, "mode": mode, "distribution": distribution})
        for mode in ("fan_in", "fan_out", "fan_avg")
        for distribution in ("normal", "untruncated_normal", "uniform")
    ],
]
CONSTANT = [
    ("Zeros", {}, (3, 2)),
    ("Ones", {}, ()),
    ("Constant", {"value": 2.5}, (3,)),
    ("Constant", {"value": [1.0, 2.0]}, (3, 2)),
    ("Identity", {"gain": 0.5}, (3, 2)),
    ("STFT", {}, (16, 1, 9)),
    ("STFT", {"side": "imag", "window": "hamming", "scaling": "spectrum"}, (16, 1, 17)),
    ("STFT", {"window": None, "periodic": True}, (8, 1, 5)),
]
SHAPES = [(4, 3, 2), (3, 3, 4, 5)]


@pytest.fixture(scope="module")
def keras():
    return pytest.importorskip("keras")


def close(ours, theirs, atol=1e-7):
    np.testing.assert_allclose(ours, theirs, rtol=1e-6, atol=atol)


# Parity with Keras --------------------------------------------------------------------------------


@pytest.mark.parity
@pytest.mark.parametrize("name, arguments", RANDOM)
def test_same_numbers_as_keras(keras, name, arguments):
    ours = getattr(I, name)(**arguments, seed=1337)
    theirs = getattr(keras.initializers, name)(**arguments, seed=1337)
    assert ours.get_config() == theirs.get_config()
    for shape in SHAPES:
        close(ours(shape), theirs(shape))
        close(ours(shape), theirs(shape))  # and the same at each call


@pytest.mark.parity
@pytest.mark.parametrize("shape", [(7,), (), (6, 5)])
def test_same_numbers_as_keras_for_small_shapes(keras, shape):
    close(I.GlorotUniform(seed=1)(shape), keras.initializers.GlorotUniform(seed=1)(shape))


@pytest.mark.parity
@pytest.mark.parametrize("name, arguments, shape", CONSTANT)
def test_same_constants_as_keras(keras, name, arguments, shape):
    ours, theirs = getattr(I, name)(**arguments), getattr(keras.initializers, name)(**arguments)
    if name != "Identity":  # Keras 3.15 forgets its gain
        assert ours.get_config() == theirs.get_config()
    # The angle of a Fourier kernel is rounded in float32 before its cosine.
    close(ours(shape), theirs(shape), atol=1e-6 if name == "STFT" else 0)
    assert ours(shape, dtype="bfloat16").dtype == "bfloat16"


@pytest.mark.parity
@pytest.mark.parametrize("shape", [(6, 3), (3, 6), (2, 3, 5), (32, 32)])
def test_orthogonal_as_in_keras(keras, shape):
    ours, theirs = I.Orthogonal(gain=1.5, seed=3), keras.initializers.Orthogonal(gain=1.5, seed=3)
    assert ours.get_config() == theirs.get_config()
    close(ours(shape), theirs(shape), atol=1e-5)  # ours is decomposed in double precision


@pytest.mark.parity
def test_unseeded_and_generator_seeds_as_in_keras(keras):
    R.set_random_seed(11)
    generator = R.SeedGenerator(5)
    ours = [I.HeNormal()((3, 2)), I.RandomUniform()((4,)), I.get("glorot_uniform")((2, 2))]
    ours += [I.RandomNormal(seed=generator)((3,)) for _ in range(2)]
    keras.utils.set_random_seed(11)
    K, generator = keras.initializers, keras.random.SeedGenerator(5)
    theirs = [K.HeNormal()((3, 2)), K.RandomUniform()((4,)), K.get("glorot_uniform")((2, 2))]
    theirs += [K.RandomNormal(seed=generator)((3,)) for _ in range(2)]
    for our, their in zip(ours, theirs, strict=True):
        close(our, their)


@pytest.mark.parity
def test_half_precision_as_in_keras(keras):
    for dtype in ("float16", "bfloat16"):
        ours = I.GlorotUniform(seed=2)((9, 9), dtype=dtype)
        theirs = keras.initializers.GlorotUniform(seed=2)((9, 9), dtype=dtype)
        np.testing.assert_array_equal(ours, np.asarray(theirs))


@pytest.mark.parity
def test_every_name_that_keras_accepts_is_accepted():
    source = pytest.importorskip("keras.src.initializers")
    for name, cls in source.ALL_OBJECTS_DICT.items():
        if cls.__name__ != "Initializer":
            assert I.INITIALIZERS[name].__name__ == cls.__name__


def test_public_names_are_those_of_keras(keras):
    theirs = {name for name in dir(keras.initializers) if not name.startswith("_")}
    assert set(I.__all__) == theirs


# What a layer needs -------------------------------------------------------------------------------


@pytest.mark.parametrize("name", sorted(set(I.INITIALIZERS) - {"Initializer"}))
def test_contract(name):
    initializer = I.get(name)
    shape = (4, 1, 3) if "stft" in name.lower() else (4, 3)
    weight = initializer(shape)
    assert isinstance(weight, np.ndarray)
    assert (weight.shape, weight.dtype) == (shape, np.float32)
    assert initializer(shape, dtype="float16").dtype == np.float16
    json.dumps(I.serialize(initializer))
    again = I.deserialize(I.serialize(initializer))
    assert type(again) is type(initializer)
    assert again.get_config() == initializer.clone().get_config() == initializer.get_config()


def test_zeros_and_ones_in_other_dtypes():
    assert I.Zeros()((2,), "int32").dtype == np.int32
    assert I.Ones()((2,), "bool").tolist() == [True, True]


@pytest.mark.parametrize("size", [3, 2**20 + 1])
def test_numbers_are_known_while_jax_traces(size):
    seen = []

    def build(x):
        seen.append(I.RandomNormal(seed=1)((size,)))
        return x

    jax.eval_shape(build, 1.0)
    assert isinstance(seen[0], np.ndarray)
    assert seen[0][0] == I.RandomNormal(seed=1)((1,))[0]


def test_a_generator_counts_outside_the_program_that_is_traced():
    generator = R.SeedGenerator(1)
    initializer = I.RandomNormal(seed=generator)

    def build(state):
        with bound({generator.state: state}) as bindings:
            first = initializer((3,))
            assert isinstance(first, np.ndarray)
            return bindings[generator.state]

    jax.eval_shape(build, generator.state.value)
    assert generator.state.value.tolist() == [1, 1]


def test_large_arrays_have_the_numbers_of_small_ones():
    large = I.GlorotUniform(seed=4)((2**10 + 1, 2**10))
    assert isinstance(large, np.ndarray)
    limit = np.sqrt(6 / (2**11 + 1))
    close(large[0], R.uniform((2**10,), -limit, limit, seed=4))


def test_a_generator_as_seed_survives_its_configuration():
    initializer = I.HeNormal(seed=R.SeedGenerator(9, name="g"))
    config = initializer.get_config()
    assert config["seed"]["class_name"] == "SeedGenerator"
    assert config["seed"]["config"] == {"seed": 9, "name": "g"}
    close(I.HeNormal.from_config(config)((3, 2)), initializer((3, 2)))


def test_get_takes_what_keras_takes():
    ones = I.Ones()
    assert I.get(None) is None
    assert I.get(ones) is ones
    assert isinstance(I.get(I.Ones), I.Ones)
    assert I.get({"class_name": "Constant", "config": {"value": 3.0}})((1,)).tolist() == [3]

    def mine(shape, dtype=None):
        return np.full(shape, 7, dtype)

    assert I.get(mine) is mine
    assert I.deserialize("mine", {"mine": mine}) is not None
    given = I.get(np.arange(3))
    assert given((3,)).tolist() == [0, 1, 2]
    assert given((3,)).dtype == np.float32
    assert Variable(given, shape=(3,)).numpy().tolist() == [0, 1, 2]


# Laws ---------------------------------------------------------------------------------------------


@settings(deadline=None, max_examples=20)
@given(st.integers(0, 2**32 - 1), st.sampled_from([(5, 3), (3, 5), (2, 2, 3)]))
def test_orthogonal_is_orthogonal(seed, shape):
    q = I.Orthogonal(seed=seed)(shape).reshape(-1, shape[-1])
    q = q if q.shape[0] >= q.shape[1] else q.T
    np.testing.assert_allclose(q.T @ q, np.eye(q.shape[1]), atol=1e-5)


@pytest.mark.parametrize("distribution", ["truncated_normal", "untruncated_normal", "uniform"])
@pytest.mark.parametrize("mode, fan", [("fan_in", 300), ("fan_out", 200), ("fan_avg", 250)])
def test_variance_is_scale_over_fan(mode, fan, distribution):
    weights = I.VarianceScaling(2.0, mode, distribution, seed=1)((300, 200))
    assert weights.var() == pytest.approx(2 / fan, rel=0.02)
    assert abs(weights.mean()) < 0.002


# Errors -------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "call, words",
    [
        (lambda: I.get("glorot_unifrom"), 'Unknown initializer "glorot_unifrom". Did you mean "gl'),
        (lambda: I.RandomNormal(stddev=-1.0), "RandomNormal: stddev must be .* got stddev=-1.0"),
        (lambda: I.TruncatedNormal(stddev=-1), "TruncatedNormal: stddev must be a number >= 0"),
        (lambda: I.RandomUniform(1, 0), "RandomUniform: minval must not .* minval=1, maxval=0"),
        (lambda: I.VarianceScaling(scale=0), "VarianceScaling: scale must be .* got scale=0"),
        (lambda: I.VarianceScaling(mode="fan_on"), "unknown mode='fan_on'. Did you mean"),
        (lambda: I.VarianceScaling(distribution="x"), "unknown distribution='x'. Known names: "),
        (lambda: I.HeNormal(seed="a"), "seed must be an integer .* got seed='a'"),
        (lambda: I.HeNormal()((None, 3)), r"HeNormal: shape must be .* shape=\(None, 3\)"),
        (lambda: I.Zeros()(3), r"Zeros: shape .* got shape=3. Write for example shape=\(3, 2\)"),
        (lambda: I.HeNormal()((2, 2), "int32"), 'HeNormal: dtype must be a float, got dtype="int3'),
        (lambda: I.Identity()((2, 2, 2)), r"Identity: shape must have 2 sizes, .*\(2, 2, 2\)"),
        (lambda: I.Orthogonal()((2,)), r"Orthogonal: shape must have at least 2 .*\(2,\)"),
        (lambda: I.Constant([1, 2])((3,)), r"Constant: value has shape \(2,\), .* \(3,\)"),
        (lambda: I.STFT(side="rael"), "STFT: unknown side='rael'. Did you mean \"real\""),
        (lambda: I.STFT(scaling="x"), "STFT: unknown scaling='x'. Known names: density, spec"),
        (lambda: I.STFT(window=[1.0])((4, 1, 3)), r"STFT: window has shape \(1,\), .* 4 long"),
        (lambda: I.get(np.ones(2))((3,)), r"given as initializer has shape \(2,\), .* \(3,\)"),
    ],
)
def test_errors_teach(call, words):
    with pytest.raises(ValueError, match=words):
        call()


def test_an_initializer_must_say_how():
    with pytest.raises(NotImplementedError, match="Initializer must define __call__"):
        I.Initializer()((2,))
