"""The stand-in for TensorFlow: its tensors, and functions against NumPy, SciPy and worked cases."""

import importlib
import io
import logging
import re
import sys

import jax
import jax.numpy as jnp
import numpy as np
import pytest
from PIL import Image

import cornu
import cornu.compat.tensorflow as tf
from cornu.compat.missing import TENSORFLOW_ROOMS
from cornu.compat.tensorflow.types import teach_arrays
from tests.compat.tensorflow_values import VALUES, WHOLE, A, B

RNG = np.random.RandomState(1)


@pytest.mark.parametrize("name", VALUES)
def test_values(name):
    call, wanted = VALUES[name]
    found = np.asarray(call())
    np.testing.assert_allclose(found, wanted, rtol=2e-5, atol=2e-6)
    assert found.shape == np.shape(wanted)


def test_every_name_that_is_listed_is_there_and_documented():
    for name in tf.__all__:
        assert hasattr(tf, name), name
    for room in TENSORFLOW_ROOMS:
        module = importlib.import_module(f"cornu.compat.tensorflow.{room}")
        for name in module.__all__:
            found = getattr(module, name)
            assert not callable(found) or found.__doc__, f"{room}.{name}"
    assert set(dir(tf)) >= {"constant", "keras", "__version__"}


def test_name_is_taken_and_other_arguments_are_not():
    assert tf.add(1, 2, name="sum").numpy() == 3
    assert tf.reshape([1, 2], [2, 1], name=None).shape == (2, 1)
    with pytest.raises(TypeError, match=r'tf\.reduce_sum has no argument "axes". Did you mean "axis"\?'):
        tf.reduce_sum([1], axes=0)
    with pytest.raises(TypeError, match=r"tf\.square\(x\) was given 2 arguments"):
        tf.square(1.0, 2.0)
    with pytest.raises(TypeError, match="axes"):
        tf.reduce_mean([1], axes=0)


# -- tensors -----------------------------------------------------------------------------------------


def test_a_tensor_has_what_programs_ask_for():
    x = tf.constant([[1.0, 2.0], [3.0, 4.0]])
    assert x.numpy().tolist() == [[1.0, 2.0], [3.0, 4.0]]
    assert type(x.numpy()) is np.ndarray
    assert x.dtype == tf.float32
    assert tf.float32 == x.dtype
    assert x.dtype.name == "float32"
    assert (x.shape, x.ndim, x.get_shape().as_list(), len(x)) == ((2, 2), 2, [2, 2], 2)
    assert float(x[1, 1]) == 4.0
    assert x[0, 0].numpy() == 1.0
    assert f"{x[0, 0]:.2f}" == "1.00"
    assert (x[:, tf.newaxis].shape, x[..., 0].numpy().tolist()) == ((2, 1, 2), [1.0, 3.0])
    assert np.array(x).tolist() == (x * 1).numpy().tolist() == [row.numpy().tolist() for row in x]
    assert isinstance(x, tf.Tensor)
    assert tf.is_tensor(x)
    assert not tf.is_tensor([1.0])
    assert ((x + 1) @ x).numpy().tolist() == [[11.0, 16.0], [19.0, 28.0]]
    assert (x > 2).numpy().tolist() == [[False, False], [True, True]]
    assert [int(n) for n in (tf.shape(x)[0], tf.size(x), tf.rank(x))] == [2, 4, 2]
    assert tf.zeros(tf.shape(x)).shape == (2, 2)
    assert tf.shape(x).numpy().tolist() == [2, 2]
    with pytest.raises(TypeError, match=r"tensors are made by tf\.constant"):
        tf.Tensor([1.0])


def test_what_layers_and_losses_give_are_tensors_too():
    y = tf.keras.layers.Dense(2)(np.ones((3, 4)))
    loss = tf.keras.losses.MeanSquaredError()([1.0], [3.0])
    assert y.numpy().shape == (3, 2)
    assert loss.numpy() == 4.0


def test_arrays_learn_only_what_they_lack():
    class Array:
        def numpy(self):
            return "mine"

    teach_arrays([Array])
    assert Array().numpy() == "mine"
    assert Array.get_shape


def test_dtypes():
    assert (tf.float32.name, tf.int64.is_integer, tf.bool.is_bool, tf.float16.size) == (
        "float32",
        True,
        True,
        2,
    )
    assert tf.uint8.max == 255
    assert tf.int8.min == -128
    assert tf.float32.max == np.finfo("float32").max
    assert tf.float32.as_numpy_dtype is np.float32
    assert np.dtype(tf.int32) == "int32"
    assert repr(tf.as_dtype(np.float64)) == "tf.float64"
    assert tf.as_dtype("float32") == tf.float32
    assert tf.half == tf.float16
    assert tf.complex64.is_complex
    assert not tf.int32.is_floating
    with pytest.raises(TypeError, match="no smallest or largest"):
        _ = tf.string.max


def test_shapes():
    shape = tf.TensorShape([None, 3])
    assert (shape.as_list(), shape.rank, shape[1], shape[:1]) == ([None, 3], 2, 3, (None,))
    assert shape.is_compatible_with([7, 3])
    assert not shape.is_compatible_with([7, 4])
    assert (shape.num_elements(), tf.TensorShape((2, 3)).num_elements()) == (None, 6)
    assert not shape.is_fully_defined()
    assert shape.concatenate(4) == (None, 3, 4)
    with pytest.raises(ValueError, match="unknown rank"):
        tf.TensorShape(None)


def test_functions_of_symbolic_tensors_are_nodes_of_a_graph():
    x = tf.keras.Input((3,))
    y = tf.reduce_sum(tf.square(x) * tf.constant(2.0), axis=1, keepdims=True)
    z = tf.concat([y, tf.cast(tf.nn.relu(x), tf.float32)], axis=-1)
    model = tf.keras.Model(x, z)
    assert model(np.array([[1.0, 2.0, -3.0]])).numpy().tolist() == [[28.0, 1.0, 2.0, 0.0]]


# -- variables ---------------------------------------------------------------------------------------


def test_a_variable():
    v = tf.Variable([1.0, 2.0], name="v")
    assert v.assign([3.0, 4.0]) is v
    assert v.assign_add([1.0, 1.0]).numpy().tolist() == [4.0, 5.0]
    assert v.assign_sub([4.0, 0.0], read_value=False) is None
    assert v.numpy().tolist() == [0.0, 5.0]
    assert (v.name, v.shape, v.dtype, v.trainable, v.get_shape().as_list()) == (
        "v",
        (2,),
        "float32",
        True,
        [2],
    )
    assert (
        repr(v) == "<tf.Variable 'v:0' shape=(2,) dtype=float32, numpy=array([0., 5.], dtype=float32)>"
    )
    assert tf.Variable(3).dtype == tf.int32
    assert tf.Variable(2.0, dtype=tf.float16).dtype == "float16"
    assert tf.Variable(np.arange(2.0)).dtype == "float32"
    assert (v + 1).numpy().tolist() == [1.0, 6.0]
    assert tf.reduce_max(v).numpy() == 5.0
    assert tf.Variable(lambda: tf.ones(2), shape=(2,)).read_value().numpy().tolist() == [1.0, 1.0]
    assert tf.is_tensor(v)
    assert tf.convert_to_tensor(v).numpy().tolist() == [0.0, 5.0]


def test_variables_are_refused_with_the_reason():
    with pytest.raises(ValueError, match=r"needs a value.*tf.Variable\(0.0\)"):
        tf.Variable()
    with pytest.raises(ValueError, match=r"shape=\(3,\)\) was given a value of shape \(2,\)"):
        tf.Variable([1.0, 2.0], shape=(3,))
    for arguments in ({"caching_device": "gpu"}, {"validate_shape": False}, {"synchronization": 1}):
        with pytest.raises(NotImplementedError, match=r"tf\.Variable\("):
            tf.Variable(1.0, **arguments)


def test_a_module_finds_its_variables():
    class Dense(tf.Module):
        def __init__(self, size, name=None):
            super().__init__(name=name)
            self.w = tf.Variable(tf.ones([size, 2]), name="w")
            self.b = tf.Variable(tf.zeros([2]), name="b", trainable=False)

        @tf.Module.with_name_scope
        def __call__(self, x):
            self.made = tf.Variable(1.0, name="made")
            return x @ self.w + self.b

    class Both(tf.Module):
        def __init__(self):
            super().__init__()
            self.parts = [Dense(3), tf.keras.layers.Dense(1)]

        def __call__(self, x):
            for part in self.parts:
                x = part(x)
            return x

    both = Both()
    assert both(np.ones((1, 3), "float32")).shape == (1, 1)
    assert [v.name for v in both.trainable_variables] == ["w", "made", "kernel", "bias"]
    assert [v.name for v in both.non_trainable_variables] == ["b"]
    assert len(both.submodules) == 2
    assert both.parts[0].made.path.endswith("/made")


# -- random numbers ----------------------------------------------------------------------------------


def test_random_numbers_start_anew_with_the_seed():
    def draw():
        return [np.asarray(tf.random.normal((3,))), np.asarray(tf.random.uniform((2,), seed=5))]

    np.random.seed(1)
    state = np.random.get_state()[1].copy()
    tf.random.set_seed(7)
    first, second = draw(), draw()
    layer = tf.keras.layers.Dense(2)
    layer.build((None, 2))
    tf.random.set_seed(7)
    again, more = draw(), draw()
    other = tf.keras.layers.Dense(2)
    other.build((None, 2))
    for one, two in ((first, again), (second, more)):
        assert [a.tolist() for a in one] == [b.tolist() for b in two]
    assert first[0].tolist() != second[0].tolist()
    assert first[1].tolist() != second[1].tolist()
    np.testing.assert_array_equal(layer.kernel, other.kernel)
    np.testing.assert_array_equal(state, np.random.get_state()[1])  # NumPy's are left alone


def test_random_numbers_are_where_they_should_be():
    x = np.asarray(tf.random.normal((4000,), 5.0, 2.0))
    assert abs(x.mean() - 5) < 0.2
    assert abs(x.std() - 2) < 0.2
    assert abs(np.asarray(tf.random.truncated_normal((1000,)))).max() <= 2
    u = np.asarray(tf.random.uniform((1000,), -1, 3))
    assert -1 <= u.min() < -0.9
    assert 2.9 < u.max() < 3
    whole = tf.random.uniform((100,), 0, 3, dtype=tf.int32)
    assert set(whole.numpy().tolist()) == {0, 1, 2}
    assert sorted(tf.random.shuffle([1, 2, 3]).numpy().tolist()) == [1, 2, 3]
    assert tf.random.categorical([[0.0, -1e9]], 4).numpy().tolist() == [[0, 0, 0, 0]]
    assert tf.random.gamma((5,), alpha=[1.0, 2.0]).shape == (5, 2)
    assert tf.random.poisson((2,), 3.0).shape == (2,)
    assert (
        tf.random.stateless_normal((2,), seed=[1, 2]).tolist()
        == tf.random.stateless_normal((2,), [1, 2]).tolist()
    )
    g = tf.random.Generator.from_seed(3)
    one = g.normal((2,)).tolist()
    g.reset_from_seed(3)
    assert g.normal((2,)).tolist() == one
    assert g.uniform((2,)).shape == (2,)
    assert len(g.split(2)) == 2
    with pytest.raises(ValueError, match="needs maxval"):
        tf.random.uniform((2,), dtype=tf.int32)
    with pytest.raises(TypeError, match="seed is a whole number or None"):
        tf.random.normal((2,), seed="a")
    with pytest.raises(ValueError, match="a pair of whole numbers"):
        tf.random.stateless_uniform((2,), seed=1)


def test_dropout_drops_the_share():
    found = np.asarray(tf.nn.dropout(np.ones((1000,)), rate=0.25))
    assert set(np.round(found, 4)) == {0.0, np.float32(1.3333)}
    assert 0.15 < (found == 0).mean() < 0.35
    rows = np.asarray(tf.nn.dropout(np.ones((50, 3)), 0.5, noise_shape=[None, 1]))
    assert (rows == rows[:, :1]).all()
    with pytest.raises(ValueError, match="from 0 to below 1"):
        tf.nn.dropout([1.0], rate=1.0)


# -- strings and files -------------------------------------------------------------------------------


def test_strings():
    hello = tf.constant("Hello")
    assert hello.numpy() == b"Hello"
    assert tf.constant(["a", "b"]).shape == (2,)
    words = tf.constant(["Big Cat", "small dog"])
    assert tf.strings.lower(words).numpy().tolist() == [b"big cat", b"small dog"]
    assert tf.strings.upper("straße", encoding="utf-8").numpy() == b"STRASSE"
    assert tf.strings.split(words).numpy().tolist() == [[b"Big", b"Cat"], [b"small", b"dog"]]
    assert tf.strings.split("a,b,c", sep=",").numpy().tolist() == [b"a", b"b", b"c"]
    assert tf.strings.length(words).numpy().tolist() == [7, 9]
    assert tf.strings.length("ß", unit="UTF8_CHAR").numpy() == 1
    assert tf.strings.join([["a", "b"], "c"], separator="-").numpy().tolist() == [b"a-c", b"b-c"]
    assert tf.strings.regex_replace("<br />good", "<br />", " ").numpy() == b" good"
    assert tf.strings.regex_replace("ab", r"(a)(b)", r"\2\1").numpy() == b"ba"
    assert tf.strings.regex_full_match(["a1", "b"], r"a\d").numpy().tolist() == [True, False]
    assert tf.strings.substr("hello", 1, 3).numpy() == b"ell"
    assert tf.strings.to_number(["1.5", "2"]).numpy().tolist() == [1.5, 2.0]
    assert tf.as_string([1, 2]).numpy().tolist() == [b"1", b"2"]
    assert tf.as_string(3.14159, precision=2).numpy() == b"3.14"
    assert tf.strings.reduce_join([["a", "b"], ["c", "d"]], axis=1).numpy().tolist() == [b"ab", b"cd"]
    assert tf.strings.strip(tf.constant("  x ")).numpy() == b"x"
    assert tf.strings.unicode_split("aß").numpy().tolist() == [b"a", "ß".encode()]
    assert tf.strings.format("x = {}", tf.constant([1, 2])).numpy() == b"x = [1 2]"
    with pytest.raises(NotImplementedError, match=r"(?s)different numbers of parts.*no ragged tensors"):
        tf.strings.split(["a b", "c"])
    with pytest.raises(TypeError, match=r"tf\.strings\.lower takes strings"):
        tf.strings.lower([1])
    with pytest.raises(ValueError, match="Strings are no float32 tensor"):
        tf.constant("a", dtype="float32")


def test_image_files(tmp_path):
    pixels = RNG.randint(0, 255, (5, 4, 3)).astype("uint8")
    Image.fromarray(pixels).save(tmp_path / "a.png")
    data = tf.io.read_file(str(tmp_path / "a.png"))
    np.testing.assert_array_equal(tf.io.decode_png(data), pixels)
    np.testing.assert_array_equal(
        tf.image.decode_image(data, channels=3, expand_animations=False), pixels
    )
    assert tf.io.decode_png(data, channels=1).shape == (5, 4, 1)
    floats = tf.image.convert_image_dtype(tf.io.decode_png(data), tf.float32)
    np.testing.assert_allclose(floats, pixels / 255, rtol=1e-5)
    np.testing.assert_array_equal(tf.io.decode_png(tf.io.encode_png(pixels)), pixels)
    jpeg = tf.io.encode_jpeg(np.full((8, 8, 3), 100, "uint8"))
    assert abs(tf.io.decode_jpeg(jpeg).numpy().astype(int) - 100).max() <= 2
    target = io.BytesIO()
    Image.fromarray(pixels).save(target, "GIF")
    assert tf.io.decode_gif(tf.constant(target.getvalue())).shape == (1, 5, 4, 3)
    tf.io.write_file(str(tmp_path / "new" / "b.txt"), "hi")
    assert tf.io.read_file(tmp_path / "new" / "b.txt").numpy() == b"hi"
    assert tf.io.gfile.exists(str(tmp_path / "a.png"))
    assert tf.io.gfile.listdir(str(tmp_path / "new")) == ["b.txt"]
    assert tf.io.matching_files(str(tmp_path / "*.png")).shape == (1,)
    with pytest.raises(ValueError, match="no image that Pillow can read"):
        tf.io.decode_png(tf.constant(b"nothing"))
    with pytest.raises(TypeError, match="takes the bytes of one file"):
        tf.io.decode_jpeg(pixels)
    with pytest.raises(NotImplementedError, match="expand_animations=False"):
        tf.io.decode_image(tf.constant(target.getvalue()))
    with pytest.raises(FileNotFoundError):
        tf.io.read_file("no such file")


def test_images_at_random():
    image = np.arange(24, dtype="float32").reshape(4, 2, 3) / 24
    batch = np.stack([image] * 20)
    flipped = np.asarray(tf.image.random_flip_left_right(batch))
    as_it_is = [(each == image).all() for each in flipped]
    assert 0 < sum(as_it_is) < 20
    assert all(
        (each == image[:, ::-1]).all() for each, same in zip(flipped, as_it_is, strict=True) if not same
    )
    compiled = jax.jit(lambda x: tf.image.flip_up_down(x))(image)
    np.testing.assert_array_equal(compiled, image[::-1])
    assert tf.image.random_crop(image, (2, 2, 3), seed=1).shape == (2, 2, 3)
    brighter = np.asarray(tf.image.random_brightness(image, 0.2)) - image
    assert np.ptp(brighter) < 1e-6
    assert abs(brighter).max() <= 0.2
    for change in (
        lambda x: tf.image.random_contrast(x, 0.5, 1.5),
        lambda x: tf.image.random_hue(x, 0.1),
        lambda x: tf.image.random_saturation(x, 0.5, 1.5),
        lambda x: tf.image.resize_with_pad(x, 6, 6),
        lambda x: tf.image.resize_with_crop_or_pad(x, 6, 1),
    ):
        assert np.isfinite(np.asarray(change(image))).all()
    same = tf.image.adjust_hue(tf.image.adjust_saturation(image, 1.0), 0.0)
    np.testing.assert_allclose(same, image, atol=1e-5)
    with pytest.raises(ValueError, match=r"no part of size \(9, 2, 3\)"):
        tf.image.random_crop(image, (9, 2, 3))


# -- checks, printing, settings ----------------------------------------------------------------------


def test_checks_of_values():
    tf.debugging.assert_equal([1, 2], [1, 2])
    tf.debugging.assert_near([1.0], [1.0 + 1e-7])
    tf.debugging.assert_shapes([(A, ("n", 4)), (B, ("n", None))])
    assert tf.debugging.check_numerics(A, "fine") is A
    for check, error, words in (
        (
            lambda: tf.debugging.assert_equal([1], [2], message="mine"),
            ValueError,
            r"mine Condition.*x == y",
        ),
        (lambda: tf.debugging.assert_positive([0.0]), ValueError, "x is above 0"),
        (lambda: tf.debugging.assert_less([3], [2]), ValueError, "x < y"),
        (lambda: tf.debugging.assert_rank(A, 1), ValueError, r"\(3, 4\) has not 1 axes"),
        (lambda: tf.debugging.assert_type(A, tf.int32), TypeError, "of float32, not int32"),
        (lambda: tf.debugging.assert_integer(A), TypeError, "not of whole numbers"),
        (lambda: tf.debugging.assert_shapes({(1,): ("n",)} | {(): ("n",)}), ValueError, "does not fit"),
        (lambda: tf.debugging.check_numerics([np.nan], "x"), ValueError, "x is finite"),
        (lambda: tf.Assert(False, [1]), ValueError, "condition is false"),
        (lambda: tf.ensure_shape(A, (3, 5)), ValueError, "the shape is another"),
        (
            lambda: jax.jit(lambda x: tf.debugging.assert_positive(x))(1.0),
            NotImplementedError,
            "compiled",
        ),
        (lambda: tf.debugging.enable_check_numerics(), NotImplementedError, "TerminateOnNaN"),
    ):
        with pytest.raises(error, match=words):
            check()


def test_printing(capfd):
    tf.print("x:", tf.constant([1, 2, 3]), tf.Variable(2.0), output_stream=sys.stdout)
    tf.function(lambda x: tf.print("inside", x))(tf.constant(1.5))
    jax.effects_barrier()
    seen = capfd.readouterr()
    assert seen.out == "x: [1 2 3] 2.0\n"
    assert seen.err == "inside 1.5\n"


def test_devices_and_settings():
    devices = tf.config.list_physical_devices()
    assert devices[0].name == "/physical_device:CPU:0"
    assert devices[0].device_type == "CPU"
    assert tf.config.experimental.list_physical_devices("TPU") == []
    assert tf.test.is_gpu_available() is bool(tf.config.list_physical_devices("GPU"))
    for gpu in tf.config.list_physical_devices("XPU"):
        tf.config.experimental.set_memory_growth(gpu, True)
    tf.config.set_visible_devices(tf.config.get_visible_devices("CPU"), "CPU")
    with pytest.raises(NotImplementedError, match="JAX_PLATFORMS=cpu hides the GPU"):
        tf.config.set_visible_devices([], "CPU")
    with tf.device("/device:CPU:0"), tf.device("/CPU:0"), tf.device(None):
        assert tf.ones(2).devices() == {jax.devices("cpu")[0]}
    with pytest.raises(ValueError, match='no device "gpu:7"'), tf.device("/GPU:7"):
        pass
    assert tf.executing_eagerly()
    assert not jax.jit(lambda x: x + tf.executing_eagerly())(0)
    tf.compat.v1.logging.set_verbosity(tf.compat.v1.logging.ERROR)
    assert tf.get_logger().level == logging.ERROR
    assert tf.compat.v1.random_normal is tf.random.normal
    assert tf.compat.v2.constant is tf.constant
    with tf.control_dependencies([1]), tf.name_scope("a"), tf.init_scope():
        assert isinstance(tf.constant(1), jax.Array)
    assert tf.initializers is cornu.initializers
    assert tf.zeros_initializer is cornu.initializers.Zeros


@pytest.mark.parametrize(
    "call, words",
    [
        (lambda: tf.matmul(A, B, transpose_a=True, adjoint_a=True), "not both"),
        (lambda: tf.split([1, 2, 3], [1, 1]), "do not sum to 3"),
        (lambda: tf.gather_nd(WHOLE, [[2, 0]]), r"no place \[2, 0\]"),
        (lambda: tf.gather(WHOLE, [5]), "5"),
        (lambda: tf.pad([1], [[1, 1]], mode="WRAP"), "mode='WRAP'"),
        (lambda: tf.sort([1], direction="UP"), 'must be "ASCENDING" or "DESCENDING"'),
        (lambda: tf.where([True], 1.0), "both x and y, or neither"),
        (
            lambda: tf.nn.conv2d(np.ones((1, 2, 2, 1)), np.ones((1, 1, 1, 1)), [2, 1, 1, 1], "SAME"),
            "batch and",
        ),
        (lambda: tf.nn.conv2d(np.ones((1, 2, 2, 1)), np.ones((1, 1, 1, 1)), 1, "SAEM"), 'mean "SAME"'),
        (
            lambda: tf.nn.sparse_softmax_cross_entropy_with_logits(np.eye(3), np.eye(3)),
            "one for each row",
        ),
        (lambda: tf.nn.softmax_cross_entropy_with_logits([1], np.eye(3)), "the same shape"),
        (lambda: tf.image.resize(A[..., None], (2, 2), "bilinar"), 'mean "bilinear"'),
        (lambda: tf.image.crop_to_bounding_box(A[..., None], 2, 0, 3, 3), "not all in an image"),
        (lambda: tf.case([(False, lambda: 1)]), "no condition is true"),
        (lambda: jax.jit(lambda x: tf.unique(x).y)(jnp.arange(3)), "size that depends on the values"),
    ],
)
def test_errors_teach(call, words):
    with pytest.raises((ValueError, IndexError), match=words):
        call()


def test_what_is_gone_says_what_to_write():
    for name, words in (
        ("Session", "no graphs and sessions"),
        ("placeholder", "keras.Input"),
        ("estimator", "keras.Model with fit"),
        ("saved_model", "load_model"),
        ("RaggedTensor", "pad_sequences"),
        ("load_op_library", r"C\+\+ cannot be loaded"),
        ("train", "keras.optimizers"),
        ("distribute", "first device"),
    ):
        with pytest.raises(AttributeError, match=rf"tensorflow\.{name}.*{words}"):
            getattr(tf, name)
        with pytest.raises(AttributeError, match=re.escape(f'"tensorflow.{name}" is not built')):
            getattr(tf.compat.v1, name)
