"""BackupAndRestore: a run that was stopped anywhere goes on as if it had not been."""

import json
import os
import resource
import signal
import subprocess
import zipfile

import jax.numpy as jnp
import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra import numpy as arrays

import cornu
from cornu import layers
from cornu.core.errors import CornuWarning, NotBuiltYetError
from cornu.training import ahead, epochs
from cornu.training.callbacks import backup_file
from cornu.training.callbacks.backup_file import packed, read_backup, unpacked
from cornu.training.callbacks.backup_stores import FILES

BackupAndRestore = cornu.callbacks.BackupAndRestore
RNG = np.random.default_rng(3)
X = RNG.normal(size=(44, 4)).astype("float32")
Y = X.sum(axis=1)
STEPS, EPOCHS = 10, 4  # of 4 rows, 40 of which are trained on


def network(units=3, cls=cornu.Sequential, loss="mse", optimizer="adam"):
    """A network whose training depends on everything that is random, named as in a new process."""
    cornu.utils.clear_session(free_memory=False)
    cornu.utils.set_random_seed(1)
    inner = [layers.Dense(units, "relu"), layers.BatchNormalization(), layers.Dropout(0.3)]
    model = cls([cornu.Input((4,)), *inner, layers.Dense(1)])
    model.compile(optimizer, loss, metrics=["mae"])
    return model


def train(*callbacks, made=None, **arguments):
    model = made or network()
    usual = {"batch_size": 4, "epochs": EPOCHS, "validation_split": 0.1, "verbose": 0}
    history = model.fit(X, Y, callbacks=list(callbacks), **{**usual, **arguments})
    return model, history


def wide(*values):
    return pytest.param(*values, marks=pytest.mark.wide)


class PowerCut(BaseException):
    """What ends a run as if it were killed."""


class Cut(cornu.callbacks.Callback):
    """Ends the run at the end of a batch, counted through all epochs, or at another moment."""

    def __init__(self, step=None, **moments):
        super().__init__()
        self.said = ", ".join([*([f"step {step}"] if step else []), *map(str, moments.items())])
        self.step, self.done = step, 0
        for moment, epoch in moments.items():
            setattr(self, moment, lambda *a, epoch=epoch: self.cut(epoch is None or a[0] == epoch))
        if step is not None:
            self.on_train_batch_end = lambda batch, logs=None: self.count()

    def count(self):
        self.done += 1
        self.cut(self.done == self.step)

    def backup_state(self):
        return {}  # it counts afresh in each run

    def cut(self, due):
        if due:
            raise PowerCut


def cut(*callbacks, at, **arguments):
    """A run that is cut short."""
    with pytest.raises(PowerCut):
        train(*callbacks, at, **arguments)


def same(one, other):
    """Whether two models are bitwise the same, with their optimizers."""
    mine, theirs = (
        [*m.get_weights(), *(v.numpy() for v in m.optimizer.variables)] for m in (one, other)
    )
    assert len(mine) == len(theirs)
    for a, b in zip(mine, theirs, strict=True):
        np.testing.assert_array_equal(a, b)


@pytest.fixture(scope="module")
def whole():
    """The run that nothing stopped."""
    return train()


# -- going on --------------------------------------------------------------------------------------


def named(value):
    return value.said if isinstance(value, Cut) else str(value)


@pytest.mark.parametrize(
    ("freq", "at", "begins"),
    [
        ("epoch", Cut(13), (1, 0)),
        wide("epoch", Cut(9), None),
        wide("epoch", Cut(on_test_begin=2), (2, 0)),
        ("epoch", Cut(on_train_end=None), (4, 0)),
        wide(7, Cut(6), None),
        (7, Cut(24), (2, 1)),
        (5, Cut(on_test_begin=None), (0, 10)),
        wide(5, Cut(on_epoch_begin=2), (1, 10)),
        wide(1, Cut(17), (1, 6)),
        wide(25, Cut(on_train_end=None), (2, 5)),
    ],
    ids=named,
)
def test_it_goes_on_bitwise_as_if_nothing_had_happened(freq, at, begins, tmp_path, whole):
    if at.step is None and freq == 5 and begins == (0, 10):
        at.on_test_begin = lambda *_: at.cut(True)
    elif hasattr(at, "on_test_begin") and "on_test_begin" in vars(at):
        at.on_test_begin = lambda *_: at.cut(at.model.history.epoch == [0, 1])
    cut(BackupAndRestore(tmp_path, freq), at=at)
    backup = BackupAndRestore(tmp_path, freq)
    model, history = train(backup)
    same(model, whole[0])
    assert history.history == whole[1].history
    assert history.epoch == whole[1].epoch
    assert (backup.fit_begins_at[:2] if backup.fit_begins_at else None) == begins


def test_a_backup_changes_nothing_and_is_gone_at_the_end(tmp_path, whole):
    folder = tmp_path / "deep" / "backup"
    model, history = train(BackupAndRestore(folder, 3))
    same(model, whole[0])
    assert history.history == whole[1].history
    assert not folder.exists()


def test_it_may_be_cut_again_and_again(tmp_path, whole):
    cut(BackupAndRestore(tmp_path, 4), at=Cut(9))
    for at in (Cut(3), Cut(7), Cut(on_epoch_begin=3)):
        cut(BackupAndRestore(tmp_path, 4), at=at)
    same(train(BackupAndRestore(tmp_path, 4))[0], whole[0])


def test_the_model_itself_goes_on_too(tmp_path, whole):
    """As in a notebook, where the model is still there, though farther than its backup."""
    model, backup = network(), BackupAndRestore(tmp_path)
    cut(backup, at=Cut(28), made=model)
    train(backup, made=model)
    same(model, whole[0])


def test_the_names_of_layers_do_not_matter(tmp_path, whole):
    cut(BackupAndRestore(tmp_path), at=Cut(28))
    cornu.utils.set_random_seed(7)
    network().layers  # noqa: B018 - takes the names
    model = cornu.Sequential(
        [
            cornu.Input((4,)),
            layers.Dense(3, "relu", name="a"),
            layers.BatchNormalization(),
            layers.Dropout(0.3),
            layers.Dense(1),
        ]
    )
    model.compile("adam", "mse", metrics=["mae"])
    train(BackupAndRestore(tmp_path), made=model)
    same(model, whole[0])


class Decides(cornu.callbacks.Callback):
    """Does what it does by what it has seen, and by random numbers of three kinds."""

    def __init__(self, seen):
        super().__init__()
        self.seen, self.tables, self.least = seen, {}, np.zeros(3)

    def on_epoch_begin(self, epoch, logs=None):
        rate = self.model.optimizer.learning_rate
        self.model.optimizer.learning_rate = float(rate) * 0.9  # twice would be too often

    def on_epoch_end(self, epoch, logs=None):
        import random

        self.seen.append(logs["loss"])
        self.tables[epoch] = (random.random(), np.random.uniform())
        self.least[epoch % 3] = min(self.seen)
        bias = self.model.layers[-1].bias
        bias.assign(bias.numpy() * 0.9 + cornu.random.normal((1,)) * self.tables[epoch][0])


@pytest.mark.parametrize(("freq", "at"), [wide("epoch", 34), (3, 34)])
def test_other_callbacks_go_on_from_where_they_were(freq, at, tmp_path):
    def callbacks(seen):
        stop = cornu.callbacks.EarlyStopping("mae", patience=2, restore_best_weights=True, mode="max")
        plateau = cornu.callbacks.ReduceLROnPlateau("mae", mode="max", patience=1)
        return [Decides(seen), stop, plateau]

    expected = []
    ends, history = train(*callbacks(expected), epochs=9)
    assert len(history.epoch) < 9  # it was stopped early
    first, seen = [], []
    cut(*callbacks(first), BackupAndRestore(tmp_path, freq), at=Cut(at), epochs=9)
    model, again = train(BackupAndRestore(tmp_path, freq), *callbacks(seen), epochs=9)
    same(model, ends)
    assert again.history == history.history
    assert seen == expected  # the list is still that of the program


def test_the_file_of_a_csv_logger_goes_on(tmp_path):
    def logger(name):
        (tmp_path / name).write_text("epoch,old\n7,1\n")
        return cornu.callbacks.CSVLogger(tmp_path / name)

    train(logger("whole.csv"))
    cut(logger("cut.csv"), BackupAndRestore(tmp_path / "backup", 4), at=Cut(29))
    train(logger("cut.csv"), BackupAndRestore(tmp_path / "backup", 4))
    assert (tmp_path / "cut.csv").read_bytes() == (tmp_path / "whole.csv").read_bytes()
    assert len((tmp_path / "cut.csv").read_text().splitlines()) == 1 + EPOCHS


def test_an_argument_that_was_changed_between_two_runs_counts(tmp_path):
    cut(BackupAndRestore(tmp_path), cornu.callbacks.EarlyStopping(patience=3), at=Cut(28))
    stop = cornu.callbacks.EarlyStopping(patience=5)
    seen = []
    look = cornu.callbacks.LambdaCallback(
        on_epoch_begin=lambda e, logs: seen.append((stop.patience, stop.best))
    )
    train(stop, BackupAndRestore(tmp_path), look)
    assert seen[0][0] == 5
    assert seen[1][1] is not None


class Stops(cornu.callbacks.Callback):
    def __init__(self, epoch, batch=None):
        super().__init__()
        self.epoch, self.batch, self.now = epoch, batch, 0

    def on_epoch_begin(self, epoch, logs=None):
        self.now = epoch

    def on_train_batch_end(self, batch, logs=None):
        self.model.stop_training |= (self.now, batch) == (self.epoch, self.batch)

    def on_epoch_end(self, epoch, logs=None):
        self.model.stop_training |= self.batch is None and epoch == self.epoch


@pytest.mark.parametrize(
    ("stops", "freq", "at"),
    [
        wide((1, None), "epoch", Cut(on_train_end=None)),
        ((1, 4), 5, Cut(on_epoch_end=1)),
        wide((1, None), 5, Cut(on_train_end=None)),
    ],
    ids=["at the end of an epoch", "at a batch", "before it was saved"],
)
def test_a_training_that_had_been_stopped_stays_stopped(stops, freq, at, tmp_path):
    ends, history = train(Stops(*stops))
    cut(Stops(*stops), BackupAndRestore(tmp_path, freq), at=at)
    model, again = train(Stops(*stops), BackupAndRestore(tmp_path, freq))
    same(model, ends)
    assert again.history == history.history
    assert again.epoch == [0, 1]


@pytest.mark.parametrize("freq", ["epoch", wide(5)])
def test_ctrl_c_leaves_the_backup(freq, tmp_path, whole):
    press = cornu.callbacks.LambdaCallback(
        on_epoch_end=lambda epoch, logs: epoch == 1 and signal.raise_signal(signal.SIGINT)
    )
    with pytest.raises(KeyboardInterrupt, match="Stopped in epoch"):
        train(BackupAndRestore(tmp_path, freq), press)
    assert (tmp_path / FILES[0]).exists()
    same(train(BackupAndRestore(tmp_path, freq))[0], whole[0])


def test_it_says_where_it_goes_on(tmp_path, capsys):
    cut(BackupAndRestore(tmp_path, 7), at=Cut(25))
    train(BackupAndRestore(tmp_path, 7), verbose=2)
    said = capsys.readouterr().out
    assert f'Going on after step 1 of epoch 3, by the backup in "{tmp_path}".\nEpoch 3/4\n' in said


def test_more_epochs_may_follow(tmp_path):
    train(BackupAndRestore(tmp_path, delete_checkpoint=False), epochs=2)
    model, history = train(BackupAndRestore(tmp_path), epochs=4)
    assert history.epoch == [0, 1, 2, 3]
    same(model, train()[0])


def test_a_last_short_batch_and_rows_in_order(tmp_path):
    arguments = {"batch_size": 7, "shuffle": False, "epochs": 3}
    ends, history = train(**arguments)
    cut(BackupAndRestore(tmp_path, 4), at=Cut(11), **arguments)
    model, again = train(BackupAndRestore(tmp_path, 4), **arguments)
    same(model, ends)
    assert again.history == history.history


# -- what is found while tracing -------------------------------------------------------------------


class TwoOptimizers(cornu.Sequential):
    """Has an optimizer that its train_step builds."""

    def __init__(self, *arguments):
        super().__init__(*arguments)
        self.other = cornu.optimizers.Adam(0.02)

    def train_step(self, data):
        x, y = data
        weights = self.trainable_variables

        def loss_of_batch():
            return jnp.mean((self(x, training=True)[:, 0] - y) ** 2)

        loss, gradients = cornu.value_and_grad(loss_of_batch, weights)()
        self.optimizer.apply(gradients, weights)
        self.other.apply(gradients[:2], weights[:2])
        return {"loss": loss}


@pytest.mark.parametrize("again", ["a new process", wide("the same model"), wide("a model made again")])
def test_an_optimizer_that_is_built_in_the_step_goes_on(again, tmp_path):
    arguments = {"validation_split": 0.0, "epochs": 3}
    ends, _ = train(made=network(cls=TwoOptimizers), **arguments)
    model = network(cls=TwoOptimizers)
    cut(BackupAndRestore(tmp_path, 4), at=Cut(15), made=model, **arguments)
    if again == "a model made again":
        model = TwoOptimizers([cornu.Input((4,)), *network().layers])
        model.compile("adam", "mse", metrics=["mae"])
    elif again == "a new process":
        model = network(cls=TwoOptimizers)
    train(BackupAndRestore(tmp_path, 4), made=model, **arguments)
    same(model, ends)
    assert len(model.other.variables) == len(ends.other.variables) == 6
    for mine, theirs in zip(model.other.variables, ends.other.variables, strict=True):
        np.testing.assert_array_equal(mine, theirs)


def test_a_variable_that_nobody_owns_goes_on(tmp_path):
    def run(*callbacks, at=None):
        scale = cornu.Variable(1.0, name="scale")

        def scaled(y_true, y_pred):
            return scale * jnp.abs(y_true - y_pred)

        def grow(epoch, logs):
            if epoch == 0:  # so that a run that goes on would not do it
                scale.assign(scale * 1.5)

        grows = cornu.callbacks.LambdaCallback(on_epoch_end=grow)
        made = network(loss=scaled)
        if at is not None:
            return cut(grows, *callbacks, at=at, made=made)
        return train(grows, *callbacks, made=made)[0]

    ends = run()
    run(BackupAndRestore(tmp_path), at=Cut(25))
    same(run(BackupAndRestore(tmp_path)), ends)


# -- looking at every n-th batch -------------------------------------------------------------------


def calls_of_the_loop(monkeypatch, *callbacks, model=None, **arguments):
    """The steps of each call of the compiled loop in training."""
    found = []
    for name in ("run", "each"):
        plain = getattr(cornu.training.loop.Loop, name)

        def noted(self, window, start, stop, *more, plain=plain, name=name):
            if "optimizer" in self.keep:
                found.append((name, start, stop))
            return plain(self, window, start, stop, *more)

        monkeypatch.setattr(cornu.training.loop.Loop, name, noted)
    train(*callbacks, made=model, **arguments)
    return [entry[1:] if entry[0] == "run" else entry for entry in found]


def test_the_steps_between_two_backups_are_one_call(tmp_path, monkeypatch):
    assert calls_of_the_loop(monkeypatch, BackupAndRestore(tmp_path, 7), epochs=2) == [
        *((0, 7), (7, 9), (9, 10)),  # the last, shorter batch has a program of its own
        *((0, 4), (4, 9), (9, 10)),
    ]
    assert calls_of_the_loop(monkeypatch, BackupAndRestore(tmp_path), epochs=1) == [(0, 9), (9, 10)]


def test_long_stretches_between_two_backups_are_several_calls(tmp_path, monkeypatch):
    monkeypatch.setattr(epochs, "FIRST_STEPS", 4)
    monkeypatch.setattr(epochs.Pass, "adapt", lambda *_: None)
    found = calls_of_the_loop(monkeypatch, BackupAndRestore(tmp_path, 6), epochs=1)
    assert found == [(0, 4), (4, 6), (6, 9), (9, 10)]


def test_a_subclass_that_looks_at_batches_sees_them_all(tmp_path, monkeypatch):
    seen = []

    class Mine(BackupAndRestore):
        def on_train_batch_end(self, batch, logs=None):
            seen.append(batch)
            super().on_train_batch_end(batch, logs)

    found = calls_of_the_loop(monkeypatch, Mine(tmp_path), epochs=1)
    assert seen == list(range(STEPS))
    assert len(found) == STEPS


def test_running_ahead_of_another_callback_ends_at_the_backup(tmp_path, monkeypatch, whole):
    monkeypatch.setattr(ahead, "SHORT", float("inf"))
    monkeypatch.setattr(ahead, "OFTEN", 0)
    monkeypatch.setattr(ahead, "TRIED", 2)
    seen, model = [], network()
    look = cornu.callbacks.LambdaCallback(on_train_batch_end=lambda b, logs: seen.append(b))
    found = calls_of_the_loop(monkeypatch, look, BackupAndRestore(tmp_path, 7), model=model, epochs=2)
    first = [(0, 1), (1, 2), ("each", 2, 7), ("each", 7, 9), (9, 10)]  # the last batch is shorter
    assert found == [*first, ("each", 0, 4), ("each", 4, 9), (9, 10)]
    assert seen == list(range(STEPS)) * 2
    model.fit(X, Y, initial_epoch=2, epochs=EPOCHS, batch_size=4, validation_split=0.1, verbose=0)
    same(model, whole[0])


def test_steps_per_execution_does_not_matter(tmp_path, whole):
    def made():
        model = network()
        model.compile("adam", "mse", metrics=["mae"], steps_per_execution=4)
        return model

    cut(BackupAndRestore(tmp_path, 3), at=Cut(8), made=made())
    same(train(BackupAndRestore(tmp_path, 3), made=made())[0], whole[0])


# -- bad input -------------------------------------------------------------------------------------


def test_arguments_that_cannot_be_meant():
    for empty in ("", None):
        with pytest.raises(ValueError, match="backup_dir must name a folder, as in backup_dir="):
            BackupAndRestore(empty)
    for freq in (0, -1, True, False, 2.5, "epochs", "batch"):
        with pytest.raises(ValueError, match="save_freq must be 'epoch' or a whole number of batches"):
            BackupAndRestore("b", freq)
    with pytest.raises(ValueError, match=r'no argument "safe_freq". Did you mean "save_freq"\?'):
        BackupAndRestore("b", safe_freq=1)
    with pytest.raises(NotBuiltYetError, match=r"save_before_preemption=True.*Give save_freq a number"):
        BackupAndRestore("b", save_before_preemption=True)
    BackupAndRestore("b", save_before_preemption=False)


def test_two_backups_of_one_run(tmp_path):
    with pytest.raises(ValueError, match="fit takes one BackupAndRestore"):
        train(BackupAndRestore(tmp_path / "a"), BackupAndRestore(tmp_path / "b"))


@pytest.fixture(scope="module")
def left(tmp_path_factory):
    """The folder of a run that was cut in the third epoch, and kept two backups."""
    folder = tmp_path_factory.mktemp("left")
    cut(BackupAndRestore(folder, double_checkpoint=True), at=Cut(25))
    return folder


@pytest.fixture
def copied(left, tmp_path):
    for name in FILES:
        (tmp_path / name).write_bytes((left / name).read_bytes())
    return tmp_path


def test_both_backups_can_be_read(left):
    assert [read_backup(left / name)["epoch"] for name in FILES] == [1, 2]


@pytest.mark.parametrize("change", ["cut", "flipped", *map(wide, ("empty", "zeros", "no zip"))])
def test_a_damaged_backup_gives_way_to_the_one_before(change, copied, whole):
    path = copied / FILES[1]
    content = bytearray(path.read_bytes())
    middle = len(content) // 2
    content[middle] ^= 1
    bad = {"cut": content[:middle], "empty": b"", "zeros": bytes(middle), "no zip": b"PK" + b"x" * 99}
    path.write_bytes(bad.get(change, bytes(content)))
    with pytest.warns(CornuWarning, match=r'backup-1.zip" is damaged \(.+\); training goes on from'):
        model, history = train(BackupAndRestore(copied, double_checkpoint=True))
    same(model, whole[0])
    assert history.epoch == [0, 1, 2, 3]


def test_a_damaged_backup_without_another_is_an_error_before_anything_changes(copied):
    for name in FILES:
        (copied / name).write_bytes(b"")
    model = network()
    before = model.get_weights()
    words = r'the backup in ".*" cannot be read: "backup-0.zip": .*delete it. With double_checkpoint'
    with pytest.raises(ValueError, match=words):
        train(BackupAndRestore(copied), made=model)
    for a, b in zip(before, model.get_weights(), strict=True):
        np.testing.assert_array_equal(a, b)


def test_no_size_that_a_file_claims_is_believed(copied):
    path = copied / FILES[0]
    with zipfile.ZipFile(path) as archive:
        members = {name: archive.read(name) for name in archive.namelist()}
    state = json.loads(members["state.json"])
    state["arrays"][0]["shape"] = [1 << 40]
    members["state.json"] = json.dumps(state).encode()
    with zipfile.ZipFile(path, "w") as archive:
        for name, content in members.items():
            archive.writestr(name, content)
    with pytest.raises(backup_file.Damaged, match="array 0 has not the size"):
        read_backup(path)


def test_a_state_that_would_unpack_to_more_than_the_file_is_refused(tmp_path):
    with zipfile.ZipFile(tmp_path / "b.zip", "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("state.json", " " * 10**7)
    with pytest.raises(backup_file.Damaged, match=r"its member state\.json is packed"):
        read_backup(tmp_path / "b.zip")
    with zipfile.ZipFile(tmp_path / "b.zip", "w") as archive:
        archive.writestr("state.json", "[" * 10**5)
    with pytest.raises(backup_file.Damaged, match="recursion"):
        read_backup(tmp_path / "b.zip")


def test_a_file_of_another_format_is_named(tmp_path):
    with zipfile.ZipFile(tmp_path / "b.zip", "w") as archive:
        archive.writestr("state.json", '{"format": 99}')
    with pytest.raises(backup_file.Damaged, match="the format 99, of another version"):
        read_backup(tmp_path / "b.zip")


@pytest.mark.parametrize(
    ("other", "words"),
    [
        (lambda: network(5), r"dense/kernel is float32 of shape \(4, 3\), and this model's .*\(4, 5\)"),
        (lambda: network(optimizer="sgd"), r"part \d+ is a Adam, and this model's a SGD"),
        (lambda: network(cls=TwoOptimizers), r"is a Sequential, and this model's a TwoOptimizers"),
        (
            lambda: network(optimizer=cornu.optimizers.Adam(amsgrad=True)),
            r"loss/total is .*, and this model's .*velocity_hat",
        ),
    ],
    ids=["shape", "optimizer", "class", "slots"],
)
def test_a_backup_of_another_model_is_refused(other, words, copied):
    model = other()
    before = model.get_weights()
    with pytest.raises(ValueError, match=f"is of another model: .*{words}.*delete it, or give another"):
        train(BackupAndRestore(copied), made=model)
    for a, b in zip(before, model.get_weights(), strict=True):
        np.testing.assert_array_equal(a, b)


def test_another_number_of_steps_begins_the_epoch_again(tmp_path):
    cut(BackupAndRestore(tmp_path, 7), at=Cut(25))
    with pytest.warns(CornuWarning, match="of step 1 of 10 in epoch 3, but now an epoch has 20"):
        model, history = train(BackupAndRestore(tmp_path, 7), batch_size=2)
    assert history.epoch == [0, 1, 2, 3]
    assert int(model.optimizer.iterations) == 21 + 2 * 20


# -- disks -----------------------------------------------------------------------------------------


@pytest.mark.parametrize("place", ["a file", "/proc"])
def test_a_folder_that_cannot_be_written_to_is_an_error_before_training(place, tmp_path):
    folder = tmp_path / "taken"
    folder.write_text("mine")
    if place == "/proc":
        if not os.path.isdir("/proc/self"):
            pytest.skip("this system has no /proc")
        folder = "/proc/backup"
    model = network()
    with pytest.raises(OSError, match=r"no file can be written there: .*\. Nothing was trained yet"):
        train(BackupAndRestore(folder), made=model)
    assert int(model.optimizer.iterations) == 0
    assert (tmp_path / "taken").read_text() == "mine"


@pytest.mark.parametrize("freq", [wide("epoch"), 7])
def test_a_full_disk_costs_a_warning_and_no_training(freq, tmp_path, whole):
    """Files cannot grow beyond some bytes, for the writes of the second epoch."""
    limits = resource.getrlimit(resource.RLIMIT_FSIZE)

    def fill(epoch, logs):
        resource.setrlimit(resource.RLIMIT_FSIZE, (3000 if epoch in (1, 2) else limits[0], limits[1]))

    full = cornu.callbacks.LambdaCallback(on_epoch_begin=fill)
    again = r"after the next epoch" if freq == "epoch" else "after 7 batches"
    good = "epoch 1" if freq == "epoch" else "step 7 of epoch 1"
    words = f"was not written: File too large. .*Training goes on, and tries again {again}.*of {good}"
    try:
        with pytest.warns(CornuWarning, match=words):
            cut(full, BackupAndRestore(tmp_path, freq), at=Cut(28))
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, limits)
    assert os.listdir(tmp_path) == [FILES[0]]  # the old one, and nothing half written
    same(train(BackupAndRestore(tmp_path, freq))[0], whole[0])


@pytest.fixture
def small_disk(tmp_path):
    """A disk of 64 KB, if this system lets us have one."""
    place = tmp_path / "disk"
    place.mkdir()
    mount = ["mount", "-t", "tmpfs", "-o", "size=64k", "tmpfs", str(place)]
    try:
        made = subprocess.run(mount, capture_output=True).returncode == 0
    except OSError:
        made = False
    if not made:
        pytest.skip("no disk can be mounted here")
    yield place
    subprocess.run(["umount", str(place)], check=True)


def test_a_disk_that_is_really_full(small_disk, whole):
    cut(BackupAndRestore(small_disk / "backup"), at=Cut(15))
    free = os.statvfs(small_disk)
    (small_disk / "others").write_bytes(bytes((free.f_bavail - 1) * free.f_bsize))
    with pytest.warns(CornuWarning, match="was not written: No space left on device"):
        cut(BackupAndRestore(small_disk / "backup"), at=Cut(25))
    (small_disk / "others").unlink()
    same(train(BackupAndRestore(small_disk / "backup"))[0], whole[0])


def test_what_a_killed_write_left_is_cleared_away(tmp_path):
    (tmp_path / f".{FILES[0]}.abc.tmp").write_bytes(b"half")
    (tmp_path / "notes.txt").write_text("mine")
    train(BackupAndRestore(tmp_path), epochs=1)
    assert os.listdir(tmp_path) == ["notes.txt"]


def test_a_loss_that_is_no_number_is_not_saved(tmp_path):
    def spoil(epoch, logs):
        model.layers[-1].bias.assign([np.nan])

    model = network()
    ruin = cornu.callbacks.LambdaCallback(on_epoch_begin=lambda e, logs: e == 2 and spoil(e, logs))
    cut(ruin, BackupAndRestore(tmp_path), at=Cut(35), made=model)
    state = read_backup(tmp_path / FILES[0])
    assert state["epoch"] == 2
    assert all(np.isfinite(value).all() for value in state["model"]["values"])


# -- values in a file ------------------------------------------------------------------------------

NUMBERS = st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False) | st.text(max_size=5)
ARRAYS = arrays.arrays(
    st.sampled_from(["float32", "int32", "uint8", "bool", "float16"]), arrays.array_shapes(max_side=3)
)
VALUES = st.recursive(
    NUMBERS,
    lambda inner: (
        st.lists(inner, max_size=3)
        | st.tuples(inner, inner)
        | st.dictionaries(st.integers() | st.text(max_size=3), inner, max_size=3)
        | st.sets(st.integers(0, 3), max_size=2)
    ),
    max_leaves=8,
)


@settings(max_examples=60, derandomize=True, deadline=None)
@given(VALUES, ARRAYS)
def test_values_come_back_as_they_were(value, array):
    found = []
    text = json.dumps(packed([value, array], found))
    back, again = unpacked(json.loads(text), found)
    assert (back, repr(back)) == (value, repr(value))
    assert again.dtype == array.dtype
    assert again.tobytes() == array.tobytes()


def test_other_numbers_and_what_is_no_value(tmp_path):
    import ml_dtypes

    short = np.array([1.5, 2.25], ml_dtypes.bfloat16)
    state = {"short": short, "one": np.float32(0.1), "of jax": jnp.arange(3), "nan": float("inf")}
    backup_file.write_backup(tmp_path / "a.zip", state)
    back = read_backup(tmp_path / "a.zip")
    assert back["short"].dtype == short.dtype
    assert back["short"].tobytes() == short.tobytes()
    assert type(back["one"]) is np.float32
    assert back["one"] == np.float32(0.1)
    assert back["of jax"].tolist() == [0, 1, 2]
    assert back["nan"] == float("inf")
    for value in (object(), [print], {1: open}, np.array([object()]), network):
        with pytest.raises(backup_file.NotPlain):
            packed(value, [])
