"""Whole models as folders, exchanged with Keras."""

import errno
import os

import numpy as np
import pytest

import cornu
from cornu.core import atomic
from tests.saving.models import make
from tests.saving.test_exchange import of, outputs, same, steps, trained

PAIRS = [("cornu", "keras"), ("keras", "cornu"), ("cornu", "cornu")]


@pytest.mark.parametrize("first, second", PAIRS)
@pytest.mark.parity
def test_exchange(first, second, tmp_path):
    import keras

    libraries = {"cornu": cornu, "keras": keras}
    model, x, y = trained("configured", libraries[first])
    model.save(tmp_path / "model", zipped=False)
    template, _ = make("configured", libraries[second])
    loaded = libraries[second].models.load_model(tmp_path / "model", custom_objects=of(template))
    same(outputs(loaded, x), outputs(model, x), rtol=1e-5, atol=1e-6)
    same(steps(loaded, x, y, 2), steps(model, x, y, 2), rtol=1e-5, atol=1e-6)


WORDS = np.array([["a"], ["c"]], dtype=object)


def words(k=cornu):
    lookup = k.layers.StringLookup(name="words")
    lookup.adapt(np.array(["a", "b", "a"]))
    return k.Sequential([k.Input((1,), dtype="string"), lookup, k.layers.Embedding(4, 2)])


def small():
    return cornu.Sequential([cornu.Input((4,)), cornu.layers.Dense(1)])


def test_vocabularies_lie_in_the_folder(tmp_path):
    model = words()
    model.save(tmp_path / "a", zipped=False)
    found = sorted(str(path.relative_to(tmp_path / "a")) for path in (tmp_path / "a").rglob("*.*"))
    vocabulary = "assets/layers/string_lookup/vocabulary.txt"
    assert found == [vocabulary, "config.json", "metadata.json", "model.weights.h5"]
    assert [p.name for p in tmp_path.iterdir()] == ["a"]
    for load in (cornu.models.load_model, lambda path: words().load_weights(path) or model):
        np.testing.assert_array_equal(load(tmp_path / "a").predict(WORDS), model.predict(WORDS))
    (tmp_path / "a" / vocabulary).unlink()
    (tmp_path / "a" / vocabulary).symlink_to("/etc/hostname")
    with pytest.raises(ValueError, match=r'its "assets/.*vocabulary.txt" is a link that leads out'):
        cornu.models.load_model(tmp_path / "a")


@pytest.mark.parametrize("exchange", [True, False])
def test_an_old_folder_is_replaced_as_a_whole(exchange, tmp_path, monkeypatch):
    if not exchange:
        monkeypatch.setattr(atomic.sys, "platform", "another")
    words().save(tmp_path / "a", zipped=False)
    (tmp_path / "a").chmod(0o750)
    model = small()
    model.save(tmp_path / "a", zipped=False)
    assert not (tmp_path / "a" / "assets").exists()
    assert [p.name for p in tmp_path.iterdir()] == ["a"]
    assert (tmp_path / "a").stat().st_mode & 0o777 == 0o750
    assert cornu.models.load_model(tmp_path / "a").count_params() == 5


@pytest.mark.parametrize("step", ["rename", "chmod", "fsync"])
def test_a_write_that_fails_leaves_the_old_folder(step, tmp_path, monkeypatch):
    model = small()
    model.save(tmp_path / "a", zipped=False)
    before = (tmp_path / "a" / "model.weights.h5").read_bytes()
    monkeypatch.setattr(atomic.sys, "platform", "another")
    real, count = getattr(os, step), []

    def full(*args):
        count.append(args)
        if len(count) == (2 if step == "rename" else 1):  # after the old folder was put aside
            raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))
        return real(*args)

    monkeypatch.setattr(atomic.os, step, full)
    with pytest.raises(OSError, match=r"was not written: No space left on device"):
        model.save(tmp_path / "a", zipped=False)
    assert [p.name for p in tmp_path.iterdir()] == ["a"]
    assert (tmp_path / "a" / "model.weights.h5").read_bytes() == before


def test_what_else_is_there_stays(tmp_path, monkeypatch):
    model = small()
    (tmp_path / "a").mkdir()
    model.save(tmp_path / "a", zipped=False)  # an empty folder is as good as none
    (tmp_path / "a" / "thesis.tex").touch()
    with pytest.raises(FileExistsError, match=r"holds thesis.tex, which would be lost.*another folder"):
        model.save(tmp_path / "a", zipped=False)
    (tmp_path / "b").touch()
    with pytest.raises(FileExistsError, match=r"is a file, and a folder cannot be put in its place"):
        model.save(tmp_path / "b", zipped=False)
    monkeypatch.setattr("builtins.input", lambda question: "n")
    (tmp_path / "a" / "thesis.tex").unlink()
    before = (tmp_path / "a").stat().st_ino
    model.save(tmp_path / "a", overwrite=False, zipped=False)
    assert (tmp_path / "a").stat().st_ino == before


def test_folders_that_are_wrong(tmp_path):
    model = small()
    model.save(tmp_path / "a", zipped=False)
    weights = tmp_path / "a" / "model.weights.h5"
    content = weights.read_bytes()
    weights.write_bytes(content[:1000])
    for load in (cornu.models.load_model, small().load_weights):
        with pytest.raises(ValueError, match="is damaged or cut off"):
            load(tmp_path / "a")
    weights.unlink()
    with pytest.raises(ValueError, match=r'no member "model.weights.h5", so it is no model. It holds'):
        cornu.models.load_model(tmp_path / "a")
    (tmp_path / "elsewhere.h5").write_bytes(content)
    weights.symlink_to(tmp_path / "elsewhere.h5")
    with pytest.raises(ValueError, match=r'its "model.weights.h5" is a link that leads out'):
        cornu.models.load_model(tmp_path / "a")
    with (tmp_path / "a" / "config.json").open("ab") as file:
        file.truncate(1 << 30)
    with pytest.raises(ValueError, match=r'its "config.json" has 1,073,741,824 bytes'):
        cornu.models.load_model(tmp_path / "a")
