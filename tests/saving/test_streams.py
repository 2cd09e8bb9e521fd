"""Large arrays are loaded in place of the old ones: what is damaged is found before these are let go."""

import h5py
import numpy as np
import pytest

import cornu
from cornu.core import variable as variables
from cornu.storage import attributes, hdf5

X = np.ones((1, 6), "float32")


@pytest.fixture(autouse=True)
def everything_is_large(monkeypatch):
    monkeypatch.setattr(variables, "LARGE", 0)
    monkeypatch.setattr(hdf5, "LARGE", 0)
    monkeypatch.setattr(hdf5, "SLAB", 16)
    monkeypatch.setattr(hdf5, "EXPANSION", 10**6)
    monkeypatch.setattr(attributes, "WINDOW", 4096)


def make(seed=1):
    cornu.utils.clear_session(free_memory=False)
    cornu.utils.set_random_seed(seed)
    layers = [
        cornu.layers.Reshape((3, 2)),
        cornu.layers.Bidirectional(cornu.layers.GRU(2), name="both"),
        cornu.layers.BatchNormalization(name="norm"),
        cornu.layers.Dense(1, name="last"),
    ]
    return cornu.Sequential([cornu.Input((6,)), *layers])


def same(one, other):
    for mine, theirs in zip(one.get_weights(), other.get_weights(), strict=True):
        np.testing.assert_array_equal(mine, theirs)


NAMES = ("a.weights.h5", "a.h5", "a.safetensors", "a.weights.json")


def save(model, path):
    model.save_weights(path, max_shard_size=1 if path.name.endswith(".json") else None)


@pytest.mark.parametrize("name", NAMES)
def test_weights_are_those_of_the_file(name, tmp_path):
    model, other = make(1), make(2)
    save(model, tmp_path / name)
    held = other.weights[0].value  # whoever holds an array keeps it
    before = np.array(held)
    other.load_weights(tmp_path / name)
    same(model, other)
    np.testing.assert_array_equal(held, before)
    np.testing.assert_array_equal(model.predict(X, verbose=0), other.predict(X, verbose=0))
    other.weights[0].assign(before)  # and the file's memory is nobody's
    other.load_weights(tmp_path / name)
    same(model, other)


@pytest.mark.parametrize("name", ["a.weights.h5", "a.h5"])
@pytest.mark.parametrize("skip_mismatch", [False, True])
def test_an_array_that_cannot_be_read_changes_nothing(name, skip_mismatch, tmp_path):
    """The last array is packed with a checksum that is wrong: all the others could be read."""
    save(make(1), tmp_path / name)
    place = "layers/dense/vars/0" if "weights" in name else "last/last/kernel"
    with h5py.File(tmp_path / name, "a") as file:
        place = next(p for p in (place, "last/sequential/last/kernel") if p in file)
        data = file[place][:]
        del file[place]
        packed = file.create_dataset(place, data=data, chunks=data.shape, fletcher32=True)
        at = packed.id.get_chunk_info(0).byte_offset
    content = bytearray((tmp_path / name).read_bytes())
    content[at] ^= 0xFF
    (tmp_path / name).write_bytes(content)
    model, other = make(2), make(2)
    with pytest.raises(ValueError, match=r"is damaged or cut off .* The model is unchanged"):
        model.load_weights(tmp_path / name, skip_mismatch=skip_mismatch)
    same(model, other)


def test_a_disk_that_fails_between_two_looks_leaves_a_model_that_can_be_used(tmp_path, monkeypatch):
    model = make(1)
    save(model, tmp_path / "a.weights.h5")
    monkeypatch.setattr(
        hdf5.Read, "array", lambda *_: (_ for _ in ()).throw(OSError("the disk is gone"))
    )
    words = r'The numbers of "sequential.*" could be read .* now they cannot \(the disk is gone\)'
    with pytest.raises(variables.LostValueError, match=words):
        model.load_weights(tmp_path / "a.weights.h5")
    monkeypatch.undo()
    model.load_weights(tmp_path / "a.weights.h5")
    same(model, make(1))


@pytest.mark.parametrize("shape", [(), (1,), (7,), (1, 9), (5, 3, 2), (1, 1, 1)])
@pytest.mark.parametrize("chunked", [False, True])
def test_the_parts_that_are_looked_at_cover_an_array(shape, chunked, tmp_path):
    data = np.arange(np.prod(shape, dtype=int), dtype="float32").reshape(shape)
    with h5py.File(tmp_path / "a.h5", "w") as file:
        chunks = tuple(min(size, 2) for size in shape) if chunked and shape else None
        dataset = file.create_dataset("a", data=data, chunks=chunks)
        seen = np.zeros(shape, bool)
        for part in hdf5._slabs(dataset):
            seen[part] = True
            assert np.asarray(dataset[part]).nbytes <= max(16, 4 * data[:2].size if shape else 4) * 2
        assert seen.all()


def test_a_name_across_two_windows_of_a_file_is_found():
    content = b"x" * 4090 + b"model_config" + b"y" * 5000 + b"model_config"
    assert list(attributes._places(content, b"model_config")) == [4090, 9102]
    assert list(attributes._places(content, b"nothing")) == []
