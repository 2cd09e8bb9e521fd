"""The weights within an archive: written and read in place, and compared with their checksum."""

import io
import os
import zipfile

import h5py
import numpy as np
import pytest

import cornu
from cornu.core.variable import Variable
from cornu.storage.members import Window, written

WEIGHTS = "model.weights.h5"


def make():
    cornu.utils.clear_session(free_memory=False)
    return cornu.Sequential([cornu.Input((4,)), cornu.layers.Dense(3), cornu.layers.Dense(1)])


@pytest.fixture
def saved(tmp_path):
    model = make()
    model.save(tmp_path / "a.keras")
    return model, tmp_path / "a.keras"


def same(one, other):
    for a, b in zip(one.get_weights(), other.get_weights(), strict=True):
        np.testing.assert_array_equal(a, b)


def test_a_window_is_a_file():
    file = io.BytesIO(b"0123456789")
    window = Window(file, 3, 4)
    assert (window.read(2), window.tell(), window.read(), window.read()) == (b"34", 2, b"56", b"")
    assert window.seek(-1, os.SEEK_END) == 3
    assert window.seek(-2, os.SEEK_CUR) == 1
    assert window.read(1) == b"4"
    tail = Window(file, 8)
    tail.seek(1)
    tail.write(b"xyz")
    tail.truncate(3)
    assert file.getvalue() == b"012345678xy"
    assert tail.size() == 3


def test_a_member_is_like_one_that_zipfile_wrote(tmp_path):
    with zipfile.ZipFile(tmp_path / "a.zip", "w") as archive:
        archive.writestr("before", "1")
        with written(archive, "large") as file, h5py.File(file, "w") as h5:
            h5["x"] = np.arange(1000.0)
        archive.writestr("after", "2")
    with zipfile.ZipFile(tmp_path / "a.zip") as archive:
        assert archive.testzip() is None
        assert archive.namelist() == ["before", "large", "after"]
        assert (archive.read("before"), archive.read("after")) == (b"1", b"2")
        with h5py.File(io.BytesIO(archive.read("large"))) as h5:
            np.testing.assert_array_equal(h5["x"], np.arange(1000.0))


def test_an_archive_that_was_packed_again(saved):
    model, path = saved
    with zipfile.ZipFile(path) as old, zipfile.ZipFile(path.with_name("b.keras"), "w", 8) as new:
        for name in old.namelist():
            new.writestr(name, old.read(name))
    same(cornu.models.load_model(path.with_name("b.keras")), model)
    other = make()
    other.load_weights(path.with_name("b.keras"))
    same(other, model)


def test_one_wrong_bit_in_the_numbers_is_found(saved):
    """HDF5 has no checksum for them; the archive has."""
    model, path = saved
    content = bytearray(path.read_bytes())
    place = content.index(model.layers[0].kernel.numpy().tobytes())
    content[place + 5] ^= 1
    path.write_bytes(content)
    other = make()
    before = other.get_weights()
    for load in (cornu.models.load_model, other.load_weights):
        with pytest.raises(ValueError, match=r"is damaged or cut off \(Bad CRC-32 for file 'model"):
            load(path)
    for a, b in zip(other.get_weights(), before, strict=True):
        np.testing.assert_array_equal(a, b)


# ------------------------------------------------------------------------------ values that are not made


def test_a_model_that_is_loaded_draws_no_first_values(saved, monkeypatch):
    model, path = saved
    monkeypatch.setattr(cornu.initializers.GlorotUniform, "__call__", None)
    loaded = cornu.models.load_model(path)
    same(loaded, model)
    assert all(v.made for v in loaded.weights)
    with pytest.raises(AttributeError, match='Variable has no attribute "nope"'):
        loaded.weights[0].nope  # noqa: B018


class Reading(cornu.layers.Layer):
    """Reads a first value while it is built, and has a weight that its file does not hold."""

    def build(self, input_shape):
        self.kernel = self.add_weight((4, 2), cornu.initializers.Constant(3.0))
        self.total = float(np.sum(self.kernel))
        self.extra = self.add_weight((2,), cornu.initializers.Constant(7.0))

    def call(self, x):
        return x @ self.kernel.value + self.extra.value

    def save_own_variables(self, store):
        store["kernel"] = self.kernel

    def load_own_variables(self, store):
        if store["kernel"][0, 0] == -1:
            raise ValueError("minus one")
        self.kernel.assign(store["kernel"])


def test_a_first_value_is_made_where_it_is_needed(tmp_path):
    model = cornu.Sequential([cornu.Input((4,)), Reading(), cornu.layers.Dense(1)])
    model.layers[0].kernel.assign(np.ones((4, 2)))
    model.save(tmp_path / "a.keras")
    loaded = cornu.models.load_model(tmp_path / "a.keras", custom_objects={"Reading": Reading})
    assert loaded.layers[0].total == 24
    np.testing.assert_array_equal(loaded.layers[0].extra.numpy(), [7, 7])
    same(loaded, model)
    x = np.ones((2, 4), "float32")
    np.testing.assert_array_equal(loaded(x), model(x))


def test_a_way_of_loading_that_fails_puts_all_back(tmp_path):
    """Layers before it were loaded by then, and so was the state of chance."""
    cornu.utils.clear_session(free_memory=False)
    layers = [cornu.layers.Dropout(0.5, seed=1), cornu.layers.Dense(4), Reading()]
    model = cornu.Sequential([cornu.Input((4,)), *layers])
    kept = [variable.numpy() for variable in model.variables]
    model.layers[0].seed_generator.next()
    model.layers[1].bias.assign(np.ones(4))
    model.layers[2].kernel.assign(-np.ones((4, 2)))
    model.save_weights(tmp_path / "a.weights.h5")
    for variable, value in zip(model.variables, kept, strict=True):
        variable.assign(value)
    with pytest.raises(ValueError, match=r"the model is unchanged.*\n.*minus one"):
        model.load_weights(tmp_path / "a.weights.h5")
    for variable, value in zip(model.variables, kept, strict=True):
        np.testing.assert_array_equal(variable.numpy(), value)


def test_an_array_whose_numbers_are_gone_is_found_before_anything_changes(tmp_path):
    """The last layer's are beyond the end, and the file says it is whole."""
    model = make()
    model.save_weights(tmp_path / "a.weights.h5")
    packed = {"chunks": (1, 1), "compression": "gzip"}
    with h5py.File(tmp_path / "a.weights.h5", "a") as file:
        place = file["layers/dense_1/vars"]
        del place["0"]
        place.create_dataset("0", data=np.arange(3.0).reshape(3, 1), **packed)
        offset = place["0"].id.get_chunk_info(1).byte_offset
    with (tmp_path / "a.weights.h5").open("r+b") as raw:
        raw.seek(offset)
        raw.write(b"\xff" * 8)
    before = model.get_weights()
    with pytest.raises(ValueError, match="is damaged or cut off"):
        model.load_weights(tmp_path / "a.weights.h5")
    for a, b in zip(model.get_weights(), before, strict=True):
        np.testing.assert_array_equal(a, b)


def test_an_array_that_is_taken_is_the_variables_memory_and_can_be_trained():
    from cornu.core.memory import aligned

    given = aligned((3, 5), np.dtype("float32"))
    given[:] = 2
    assert given.ctypes.data % 64 == 0
    variable = Variable(np.zeros((3, 5), "float32"))
    variable.take(given)
    assert variable.on_host().ctypes.data == given.ctypes.data or variable.value.device.platform != "cpu"
    variable.assign_add(np.ones((3, 5)))
    np.testing.assert_array_equal(variable.numpy(), np.full((3, 5), 3.0))
    variable.take(given.astype("float64"))
    assert variable.numpy().dtype == "float32"
