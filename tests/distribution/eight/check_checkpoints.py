"""Checkpoints and backups of state that is split among eight devices."""

import json
import os
import random
import resource
import shutil
import signal
import subprocess
import sys
import threading
import time
from pathlib import Path

import jax
import numpy as np
import pytest

import cornu
from cornu import distribution, layers
from cornu.core.errors import CornuWarning
from cornu.training.callbacks import backup_and_restore, checkpoints, orbax_checkpoint
from cornu.training.callbacks.backup_file import Damaged
from cornu.training.callbacks.backup_stores import FILES, FOLDER

pytest.importorskip("orbax.checkpoint", reason="orbax-checkpoint is not installed")

# What Orbax has under way when something fails ends later, and finds nobody there.
pytestmark = pytest.mark.filterwarnings("ignore::pytest.PytestUnraisableExceptionWarning")
BackupAndRestore, OrbaxCheckpoint = cornu.callbacks.BackupAndRestore, cornu.callbacks.OrbaxCheckpoint
RNG = np.random.default_rng(0)
X = RNG.normal(size=(48, 8)).astype("float32")
Y = RNG.integers(0, 4, 48)
STEPS, EPOCHS = 3, 4


def sharded():
    return distribution.FullySharded(min_size=64)


def by_layout():
    layout_map = distribution.LayoutMap(distribution.DeviceMesh((4, 2), ["batch", "model"]))
    layout_map[".*hidden/kernel"] = (None, "model")
    return distribution.ModelParallel(layout_map=layout_map)


class Alone:
    """No distribution."""

    @staticmethod
    def scope():
        return cornu.core.placement.under(None)


STRATEGIES = {"alone": Alone, "data": distribution.DataParallel, "model": by_layout, "full": sharded}


def network(units=64, optimizer="adam"):
    cornu.utils.clear_session(free_memory=False)
    cornu.utils.set_random_seed(1)
    parts = [layers.Dense(units, "relu", name="hidden"), layers.BatchNormalization()]
    parts += [layers.Dropout(0.3), layers.Dense(4, "softmax", name="out")]
    model = cornu.Sequential([layers.Input((8,)), *parts], name="net")
    model.compile(optimizer, "sparse_categorical_crossentropy", metrics=["accuracy"])
    return model


def train(*callbacks, made=None, **arguments):
    model = made or network()
    usual = {"batch_size": 16, "epochs": EPOCHS, "verbose": 0}
    history = model.fit(X, Y, callbacks=list(callbacks), **{**usual, **arguments})
    return model, history.history


def train_sharded(*callbacks):
    with sharded().scope():
        return train(*callbacks)[0]


def wide(*values):
    return pytest.param(*values, marks=pytest.mark.wide)


class PowerCut(BaseException):
    """What ends a run as if it were killed."""


class Cut(cornu.callbacks.Callback):
    """Ends a run at the end of a batch, counted through all epochs."""

    def __init__(self, step):
        super().__init__()
        self.step, self.done = step, 0

    def on_train_batch_end(self, batch, logs=None):
        self.done += 1
        if self.done == self.step:
            raise PowerCut

    def backup_state(self):
        return {}


def cut(*callbacks, at, **arguments):
    with pytest.raises(PowerCut):
        train(*callbacks, Cut(at), **arguments)


def state(model):
    return [*model.get_weights(), *(variable.numpy() for variable in model.optimizer.variables)]


def same(one, other, tolerance=0.0):
    for mine, theirs in zip(state(one), state(other), strict=True):
        np.testing.assert_allclose(mine, theirs, rtol=0, atol=tolerance)


def is_split(variable):
    return not variable.value.sharding.is_fully_replicated


@pytest.fixture(scope="module")
def whole():
    """The run that nothing stopped, fully sharded."""
    with sharded().scope():
        return train()


# -- OrbaxCheckpoint ----------------------------------------------------------------------------------


@pytest.fixture(scope="module")
def written(tmp_path_factory):
    """A folder of checkpoints by eight devices that share the state, and the model then."""
    folder = tmp_path_factory.mktemp("written")
    with sharded().scope():
        model, _ = train(OrbaxCheckpoint(folder, max_to_keep=2), epochs=2)
    return folder, model


def test_each_device_writes_its_part(written):
    about = checkpoints.Checkpoint(written[0] / "1").arrays
    kernel = about["trainable_variables"]["net"]["hidden"]["kernel"]
    assert kernel.shape == (8, 64)
    assert kernel.storage.chunk_shape == (8, 8)


@pytest.mark.parametrize("kind", STRATEGIES)
def test_a_checkpoint_is_loaded_under_another_distribution(kind, written):
    folder, model = written
    with STRATEGIES[kind]().scope():
        again = cornu.models.load_model(folder)
        same(again, model)
        weights = network()
        weights.load_weights(folder)
        for mine, theirs in zip(weights.get_weights(), model.get_weights(), strict=True):
            np.testing.assert_array_equal(mine, theirs)
    split = [v.path for v in (*again.weights, *again.optimizer.variables) if is_split(v)]
    kernels = ["net/hidden/kernel", "adam/net_hidden_kernel_momentum", "adam/net_hidden_kernel_velocity"]
    assert (kernels[0] in split) == (kind in ("model", "full")) == is_split(weights.layers[0].kernel)
    assert len(split) == {"alone": 0, "data": 0, "model": 3}.get(kind, len(split))
    wanted = 1 if kind == "alone" else 8
    assert {len(v.value.devices()) for v in again.optimizer.variables} == {wanted}


def test_what_one_device_wrote_eight_go_on_from(tmp_path):
    train(OrbaxCheckpoint(tmp_path), epochs=2)
    with sharded().scope():
        again = cornu.models.load_model(tmp_path)
        assert is_split(again.layers[0].kernel)
        train(OrbaxCheckpoint(tmp_path), made=again, epochs=3, initial_epoch=2, shuffle=False)
    assert os.listdir(tmp_path) == ["2"]


def test_training_goes_on_while_a_checkpoint_is_written(tmp_path, monkeypatch):
    """The writer is held up until the next batch is done; the checkpoint after that waits for it."""
    go, there = threading.Event(), []
    handler = checkpoints.orbax().CompositeCheckpointHandler
    finalize = handler.finalize

    def slow(self, *arguments):
        assert go.wait(60)
        return finalize(self, *arguments)

    def look(batch, logs):
        there.append(checkpoints.steps_in(tmp_path))
        go.set()

    monkeypatch.setattr(handler, "finalize", slow)
    look = cornu.callbacks.LambdaCallback(on_train_batch_end=look)
    with sharded().scope():
        train(OrbaxCheckpoint(tmp_path, save_freq=1, max_to_keep=None), look, epochs=1)
    assert there[0] == []  # training was there first
    assert there[1][:1] == [1]
    assert checkpoints.steps_in(tmp_path) == [1, 2, 3]


def limit(bytes_):
    """Lets no file be larger, as a full disk does not."""
    most = resource.getrlimit(resource.RLIMIT_FSIZE)[1]
    resource.setrlimit(resource.RLIMIT_FSIZE, (most if bytes_ is None else bytes_, most))


@pytest.fixture
def disk(monkeypatch):
    """A disk that can be full, until somebody says so."""

    def warn(text):
        limit(None)
        cornu.core.errors.warn(text)

    for module in (orbax_checkpoint, backup_and_restore):
        monkeypatch.setattr(module, "warn", warn)
    before = signal.signal(signal.SIGXFSZ, signal.SIG_IGN)
    yield
    limit(None)
    signal.signal(signal.SIGXFSZ, before)


def full_from(full, folder):
    """Fills the disk for what is written of an epoch."""

    def fill(epoch, logs):
        if epoch == full:
            checkpoints.settle(folder)
            limit(500)

    return cornu.callbacks.LambdaCallback(on_epoch_begin=fill)


FULL = r'the checkpoint ".*2" was not written: File too large\. Those before are unchanged\.'


@pytest.mark.parametrize("background", [True, wide(False)])
def test_a_full_disk_costs_a_checkpoint_and_no_training(
    background, tmp_path, disk, whole, capfd, caplog
):
    callback = OrbaxCheckpoint(tmp_path, save_on_background=background, max_to_keep=None)
    with pytest.warns(CornuWarning, match=rf"OrbaxCheckpoint: {FULL} Training goes on"):
        model = train_sharded(full_from(2, tmp_path), callback)
    same(model, whole[0])
    assert checkpoints.steps_in(tmp_path) == [0, 1, 3]
    assert not caplog.records


def test_a_disk_that_is_full_at_the_end_is_told_of(tmp_path, disk):
    with sharded().scope(), pytest.warns(CornuWarning, match=r"was not written: File too large") as told:
        train(full_from(3, tmp_path), OrbaxCheckpoint(tmp_path))
    assert len(told) == 1
    assert checkpoints.steps_in(tmp_path) == [2]
    with sharded().scope():
        cornu.models.load_model(tmp_path)


def flipped(content):
    middle = len(content) // 2
    return content[:middle] + bytes([content[middle] ^ 1]) + content[middle + 1 :]


DAMAGES = {
    "flipped": ("**/d/*", flipped),
    "cut": ("**/d/*", lambda b: b[: len(b) // 2]),
    "no metadata": ("pytree/_METADATA", lambda b: b[:40]),
    "no text": ("model_config/metadata", lambda b: b"{"),
    "no sums": ("_CHECKPOINT_METADATA", lambda b: b"{"),
}


def damage(folder, kind):
    pattern, change = DAMAGES[kind]
    for path in list(folder.glob(pattern)):
        path.write_bytes(change(path.read_bytes()))


def test_a_bit_that_fell_over_in_the_numbers_is_noticed_however_they_lie(tmp_path):
    array = RNG.normal(size=(64, 512)).astype("float32")
    with sharded().scope():
        placement = cornu.core.placement.current()
        split = {"a": {"b": jax.device_put(array, placement.rows()), "c": np.arange(3)}}
        writer = checkpoints.Checkpoints(tmp_path, 1, True, "test")
        writer.save(0, split)
        writer.close()
        read = checkpoints.Checkpoint(tmp_path / "0").read
        for where in (placement.rows(1), placement.rows(0), placement.whole, None):
            np.testing.assert_array_equal(
                read(lambda name, _, where=where: where if name == "a/b" else None)["a"]["b"], array
            )
        path = max(tmp_path.glob("**/d/*"), key=lambda path: path.stat().st_size)
        path.write_bytes(flipped(path.read_bytes()))
        for where in (placement.rows(1), None):
            with pytest.raises(Damaged, match="its arrays a/b have not the numbers that were saved"):
                read(lambda name, _, where=where: where if name == "a/b" else None)


@pytest.mark.parametrize("kind", ["cut", "no text", *map(wide, ("flipped", "no metadata", "no sums"))])
def test_a_damaged_checkpoint_is_told_of_and_the_one_before_is_there(kind, written, tmp_path):
    folder = shutil.copytree(written[0], tmp_path / "copy")
    damage(folder / "1", kind)
    words = r'load_model: the checkpoint ".*1" is damaged \(.+\), and nothing was loaded\. Delete'
    with sharded().scope():
        with pytest.raises(ValueError, match=words):
            cornu.models.load_model(folder)
        shutil.rmtree(folder / "1")
        cornu.models.load_model(folder)


def test_what_a_killed_writer_left_is_no_checkpoint_and_goes(written, tmp_path):
    folder = shutil.copytree(written[0], tmp_path / "copy")
    shutil.copytree(folder / "1", folder / "2.orbax-checkpoint-tmp" / "x")
    shutil.copytree(folder / "1", folder / ".0.gone")
    (folder / "mine.txt").write_text("of the user")
    with sharded().scope():
        model = cornu.models.load_model(folder)
        same(model, written[1])
        train(OrbaxCheckpoint(folder), made=model, epochs=3, initial_epoch=2)
    assert sorted(os.listdir(folder)) == ["2", "mine.txt"]


# -- BackupAndRestore ---------------------------------------------------------------------------------


@pytest.mark.parametrize(("freq", "at"), [wide("epoch", 8), (2, 9)])
def test_a_run_that_was_cut_ends_as_one_that_was_not(freq, at, tmp_path, whole):
    with sharded().scope():
        cut(BackupAndRestore(tmp_path, freq), at=at)
        assert os.listdir(tmp_path) == [FOLDER]
        cut(BackupAndRestore(tmp_path, freq), at=2)
        model, history = train(BackupAndRestore(tmp_path, freq))
    same(model, whole[0])
    assert history == whole[1]
    assert not tmp_path.exists()


def test_the_state_of_callbacks_is_kept_beside(tmp_path):
    def callbacks():
        stop = cornu.callbacks.EarlyStopping(
            "accuracy", patience=2, restore_best_weights=True, mode="min"
        )
        return [stop, cornu.callbacks.ReduceLROnPlateau("accuracy", mode="min", patience=1)]

    with sharded().scope():
        ends, history = train(*callbacks(), epochs=9)
        assert len(history["loss"]) < 9
        cut(*callbacks(), BackupAndRestore(tmp_path, 2), at=8, epochs=9)
        model, again = train(*callbacks(), BackupAndRestore(tmp_path, 2), epochs=9)
    same(model, ends)
    assert again == history


@pytest.mark.parametrize(
    ("then", "now"),
    [
        ("full", "alone"),
        wide("full", "data"),
        ("model", "full"),
        wide("data", "full"),
        wide("alone", "model"),
    ],
)
def test_a_run_goes_on_under_another_distribution(then, now, tmp_path, whole):
    with STRATEGIES[then]().scope():
        cut(BackupAndRestore(tmp_path), at=8)
    kind = [FOLDER] if then in ("full", "model") else [FILES[0]]
    assert os.listdir(tmp_path) == kind
    with STRATEGIES[now]().scope():
        model, history = train(BackupAndRestore(tmp_path))
    same(model, whole[0], 2e-5)
    np.testing.assert_allclose(history["loss"], whole[1]["loss"], rtol=1e-5)
    assert not tmp_path.exists()


def test_a_full_disk_costs_a_backup_and_no_training(tmp_path, disk, whole):
    words = rf"BackupAndRestore: {FULL} Training goes on, .* the last good backup is of epoch 2\."
    with pytest.warns(CornuWarning, match=words), sharded().scope():
        cut(
            full_from(2, tmp_path / FOLDER),
            BackupAndRestore(tmp_path, double_checkpoint=True),
            at=14,
            epochs=5,
        )
    checkpoints.settle(tmp_path / FOLDER)
    assert checkpoints.steps_in(tmp_path / FOLDER) == [1, 3]  # the third failed
    with sharded().scope():
        same(train(BackupAndRestore(tmp_path))[0], whole[0])


@pytest.fixture(scope="module")
def left(tmp_path_factory):
    """The folder of a run that was cut in the fourth epoch, and kept two backups."""
    folder = tmp_path_factory.mktemp("left")
    with sharded().scope():
        cut(BackupAndRestore(folder, double_checkpoint=True), at=10)
    checkpoints.settle(folder / FOLDER)
    assert sorted(os.listdir(folder / FOLDER)) == ["1", "2"]
    return folder


@pytest.mark.parametrize("kind", ["flipped", *map(wide, ("cut", "no metadata"))])
def test_a_damaged_backup_gives_way_to_the_one_before(kind, left, tmp_path, whole):
    folder = shutil.copytree(left, tmp_path / "copy")
    damage(folder / FOLDER / "2", kind)
    with sharded().scope():
        with pytest.warns(CornuWarning, match=r'2" is damaged \(.+\); training goes on from the one'):
            model, _ = train(BackupAndRestore(folder, double_checkpoint=True))
        same(model, whole[0])


def test_damaged_backups_alone_are_an_error_before_anything_changes(left, tmp_path):
    folder = shutil.copytree(left, tmp_path / "copy")
    for path in folder.glob(f"{FOLDER}/*/pytree/manifest.ocdbt"):
        path.write_bytes(b"")
    model = network()
    before = state(model)
    with (
        sharded().scope(),
        pytest.raises(ValueError, match=r'cannot be read: "1": .*; "2": .*delete it'),
    ):
        train(BackupAndRestore(folder), made=model)
    for mine, old in zip(model.get_weights(), before, strict=False):
        np.testing.assert_array_equal(mine, old)


def test_a_backup_of_another_model_is_told_apart(left, tmp_path):
    folder = shutil.copytree(left, tmp_path / "copy")
    with (
        sharded().scope(),
        pytest.raises(ValueError, match=r"another model: its net/hidden/kernel is float"),
    ):
        train(BackupAndRestore(folder), made=network(units=128))


def test_without_the_library(tmp_path, monkeypatch, left):
    monkeypatch.setitem(sys.modules, "orbax.checkpoint", None)
    words = (
        r"BackupAndRestore of a model whose state is split among devices needs the package orbax-check"
    )
    with sharded().scope(), pytest.raises(ImportError, match=words):
        train(BackupAndRestore(tmp_path))
    with distribution.DataParallel().scope():
        train(BackupAndRestore(tmp_path), epochs=1)
    with pytest.raises(ImportError, match="pip install orbax-checkpoint"):
        train(BackupAndRestore(left))


def test_a_folder_that_cannot_be_written_to(tmp_path):
    (tmp_path / FOLDER).write_text("in the way")
    with sharded().scope(), pytest.raises(OSError, match=r"no file can be written there: .*Nothing was"):
        train(BackupAndRestore(tmp_path))


# -- kills --------------------------------------------------------------------------------------------

PROGRAM = Path(__file__).with_name("program.py")
SOURCE = Path(cornu.__file__).resolve().parents[1]


def started(folder, freq, kind):
    """The program in a process of its own."""
    folder.mkdir(exist_ok=True)
    command = [sys.executable, str(PROGRAM), str(folder), str(freq), kind]
    environment = {**os.environ, "PYTHONPATH": str(SOURCE)}
    return subprocess.Popen(command, env=environment, stdout=subprocess.DEVNULL, stderr=subprocess.PIPE)


def finished(process):
    errors = process.communicate(timeout=300)[1].decode()
    assert process.returncode == 0, errors


def steps_done(folder):
    path = folder / "log.txt"
    return path.read_text().count("\n") if path.exists() else 0


def killed(folder, freq, kind, kills, rng):
    """Runs the program to its end, killed at random moments on the way; gives how often it was."""
    count = 0
    while count < kills:
        process = started(folder, freq, kind)
        before, pause = steps_done(folder), rng.uniform(0, 0.4)
        while process.poll() is None and steps_done(folder) == before:
            time.sleep(0.005)
        time.sleep(pause)
        if process.poll() is not None:
            break
        process.send_signal(signal.SIGKILL)
        process.wait()
        process.stderr.close()
        count += 1
        for step in checkpoints.steps_in(folder / "backup" / FOLDER)[-1:]:
            checkpoints.Checkpoint(folder / "backup" / FOLDER / str(step)).read(lambda *_: None)
    else:
        process = started(folder, freq, kind)
    finished(process)
    return count


def ends(folder):
    return json.loads((folder / "result.json").read_text())


@pytest.mark.parametrize("kills", [1, pytest.param(20, marks=pytest.mark.wide)])
def test_killed_runs_end_as_one_that_was_not(kills, tmp_path):
    whole = tmp_path / "whole"
    finished(started(whole, 0, "full"))
    for freq in (4,) if kills == 1 else (1, 4, "epoch"):
        folder = tmp_path / str(freq)
        assert killed(folder, freq, "full", kills, random.Random(str(freq))) > 0
        assert ends(folder) == ends(whole)


def test_there_are_eight_devices():
    assert jax.device_count() == 8
