"""Weights in the format of the library safetensors."""

import json
import struct

import ml_dtypes
import numpy as np
import pytest

import cornu
from cornu.core.errors import CornuWarning

# What safetensors 0.8.0 writes, `safetensors.numpy.save(VALUES)`.
VALUES = {
    "dense/bias": np.ones(3, "float32"),
    "dense/kernel": np.arange(6, dtype="float32").reshape(2, 3) - 1.5,
    "odd/brain": np.arange(4).reshape(2, 2).astype(ml_dtypes.bfloat16) / 4,
    "odd/count": np.array(-7, "int32"),
    "odd/flags": np.array([True, False, True]),
    "odd/half": np.arange(3, dtype="float16") / 2,
    "odd/small": np.array([1, 255], "uint8"),
}
LIBRARY = (
    b'\xc0\x01\x00\x00\x00\x00\x00\x00{"dense/bias":{"dtype":"F32","shape":[3],"data_offsets":[0,12]},'
    b'"dense/kernel":{"dtype":"F32","shape":[2,3],"data_offsets":[12,36]},"odd/count":{"dtype":"I32",'
    b'"shape":[],"data_offsets":[36,40]},"odd/brain":{"dtype":"BF16","shape":[2,2],"data_offsets":[40,48]},'
    b'"odd/half":{"dtype":"F16","shape":[3],"data_offsets":[48,54]},"odd/small":{"dtype":"U8","shape":[2],'
    b'"data_offsets":[54,56]},"odd/flags":{"dtype":"BOOL","shape":[3],"data_offsets":[56,59]}}\x00\x00\x80?'
    b"\x00\x00\x80?\x00\x00\x80?\x00\x00\xc0\xbf\x00\x00\x00\xbf\x00\x00\x00?\x00\x00\xc0?\x00\x00 @\x00"
    b"\x00`@\xf9\xff\xff\xff\x00\x00\x80>\x00?@?\x00\x00\x008\x00<\x01\xff\x01\x00\x01"
)


class Odd(cornu.layers.Layer):
    """Weights of many types."""

    def build(self, input_shape):
        for name, value in VALUES.items():
            if name.startswith("odd/"):
                dtype = value.dtype.name
                self.add_weight(value.shape, "zeros", dtype, trainable=False, name=name[4:])

    def call(self, x):
        return x


def make(**names):
    cornu.utils.clear_session(free_memory=False)
    layers = [cornu.layers.Dense(3, name=names.get("dense", "dense")), Odd(name=names.get("odd", "odd"))]
    return cornu.Sequential([cornu.Input((2,)), *layers])


def values_of(model):
    return {v.path.removeprefix(f"{model.name}/"): v.numpy() for v in model.weights}


def same(found, expected):
    assert found.keys() == expected.keys()
    for name, value in expected.items():
        assert found[name].dtype == value.dtype
        np.testing.assert_array_equal(found[name], value)


@pytest.fixture
def path(tmp_path):
    (tmp_path / "a.safetensors").write_bytes(LIBRARY)
    return tmp_path / "a.safetensors"


def test_a_file_of_the_library_is_read_and_written_byte_by_byte(path):
    model = make()
    model.load_weights(path)
    same(values_of(model), VALUES)
    model.save_weights(path.with_name("b.safetensors"))
    assert path.with_name("b.safetensors").read_bytes() == LIBRARY


def test_a_model_of_another_name_and_trained_weights(path, tmp_path):
    one, other = make(), cornu.Sequential([cornu.Input((2,)), cornu.layers.Dense(3, name="dense")])
    one.load_weights(path)
    with pytest.warns(CornuWarning, match="holds arrays that are no weights of the model.*odd/brain"):
        other.load_weights(path)
    np.testing.assert_array_equal(other.layers[0].kernel.numpy(), VALUES["dense/kernel"])
    x = np.ones((2, 2), "float32")
    np.testing.assert_array_equal(other(x), one(x))
    other.compile("sgd", "mse")
    other.fit(x, x[:, :1] * np.ones((1, 3), "float32"), verbose=0)  # the memory of loaded arrays is used
    assert not np.array_equal(other.layers[0].kernel.numpy(), VALUES["dense/kernel"])
    other.save_weights(tmp_path / "b.safetensors")
    one.load_weights(tmp_path / "b.safetensors", by_name=True)
    np.testing.assert_array_equal(one.layers[0].bias.numpy(), other.layers[0].bias.numpy())
    np.testing.assert_array_equal(one.layers[1].weights[0].numpy(), VALUES["odd/brain"])


def test_what_does_not_fit(path):
    model = make(dense="dense_2")
    before = values_of(model)
    with pytest.raises(ValueError, match=r'(?s)2 of .*names they had.*It has "dense/kernel"'):
        model.load_weights(path)
    same(values_of(model), before)
    with pytest.warns(CornuWarning) as told:
        model.load_weights(path, skip_mismatch=True)
    assert "2 of the model's weights do not fit and were left as they are" in str(told[0].message)
    same({k: v for k, v in values_of(model).items() if k in VALUES}, dict(list(VALUES.items())[2:]))
    other = cornu.Sequential([cornu.Input((2,)), cornu.layers.Dense(4, name="dense")])
    with pytest.raises(ValueError, match=r'"dense/kernel" has shape \(2, 4\), but the file .* \(2, 3\)'):
        other.load_weights(path)
    skipped = make()
    skipped.load_weights(path, objects_to_skip=[skipped.layers[0]])
    assert not skipped.layers[0].bias.numpy().any()


def header(entries, data=b"\0" * 24, length=None):
    text = entries if isinstance(entries, bytes) else json.dumps(entries).encode()
    return struct.pack("<Q", len(text) if length is None else length) + text + data


def entry(start=0, end=24, shape=(2, 3), dtype="F32"):
    return {"dtype": dtype, "shape": list(shape), "data_offsets": [start, end]}


@pytest.mark.parametrize(
    "content, words",
    [
        (b"abc", "shorter than 8 bytes"),
        (header({}, length=1 << 60), "its header would have 1,152,921,504,606,846,976 bytes"),
        (header(b"{"), "no JSON|Expecting"),
        (header(b"[1]"), "damaged"),
        (header(b"[" * 5000), "damaged"),
        (header(b'{"a": 1, "a": 2}'), "a name stands twice"),
        (header({"a": 1}), "has the type None"),
        (header({"a": entry(dtype="F31")}), "has the type 'F31', which is none of BOOL, U8"),
        (header({"a": entry(shape=(2, -3))}), "no shape or place that makes sense"),
        (header({"a": entry(shape=(2, True))}), "no shape or place that makes sense"),
        (header({"a": entry(end=20)}), '"a" needs 24 bytes, but its place has 20'),
        (
            header({"a": entry(shape=(1 << 40, 1 << 40))}),
            "needs 4,835,703,278,458,516,698,824,704",
        ),
        (header({"a": entry(end=1 << 42, shape=(1 << 40,))}), "the file has 24 for them"),
        (header({"a": entry(), "b": entry()}), '"b" overlaps the one before'),
        (header({"a": entry(4, 28)}), '"a" leaves a gap before it'),
        (header({"a": entry()}, b"\0" * 25), "its arrays have 24 bytes, and the file has 25 for them"),
        (header({"a": entry()}, b"\0" * 23), "its arrays have 24 bytes, and the file has 23 for them"),
    ],
)
def test_a_damaged_file(content, words, tmp_path):
    (tmp_path / "a.safetensors").write_bytes(content)
    model = make()
    with pytest.raises(ValueError, match=words):
        model.load_weights(tmp_path / "a.safetensors")


def test_weights_that_cannot_be_told_apart(tmp_path):
    layer, inner = cornu.layers.Dense(1, name="dense"), cornu.layers.Dense(1, name="dense")
    first = cornu.Sequential([cornu.Input((2,)), layer], name="part")
    second = cornu.Sequential([cornu.Input((1,)), inner], name="part")
    x = cornu.Input((2,))
    first.name, second.name = "one", "two"
    model = cornu.Model(x, second(first(x)))
    with pytest.raises(ValueError, match=r'Two weights .* the path "part/dense/kernel".*of their own'):
        model.save_weights(tmp_path / "a.safetensors")
    with pytest.raises(FileNotFoundError, match="there is no file"):
        model.load_weights(tmp_path / "a.safetensors")
