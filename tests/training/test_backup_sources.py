"""BackupAndRestore where batches come one after another: the run goes on at the batch it was at."""

import random

import numpy as np
import pytest

import cornu
from cornu import layers
from cornu.core.errors import CornuWarning
from cornu.training.sources import rows as sources_rows
from cornu.training.sources.own_state import OwnState

BackupAndRestore = cornu.callbacks.BackupAndRestore
RNG = np.random.default_rng(8)
X = RNG.normal(size=(24, 2)).astype("float32")
Y = X.sum(axis=1, keepdims=True)
SIZE, EPOCHS = 4, 4  # six batches


class Stop(BaseException):
    """What ends a run as if it were killed."""


class StopAt(cornu.callbacks.Callback):
    """Ends the run after so many batches, counted through all epochs, or at the begin of an epoch."""

    def __init__(self, step=None, epoch=None):
        super().__init__()
        self.step, self.epoch, self.done = step, epoch, 0

    def backup_state(self):
        return {}

    def on_epoch_begin(self, epoch, logs=None):
        if epoch == self.epoch:
            raise Stop

    def on_train_batch_end(self, batch, logs=None):
        self.done += 1
        if self.done == self.step:
            raise Stop


class Watch(cornu.callbacks.Callback):
    """Draws random numbers between epochs and changes weights by them."""

    def on_epoch_end(self, epoch, logs=None):
        bias = self.model.layers[-1].bias
        bias.assign(bias.numpy() + np.random.uniform() * 1e-2 + random.random() * 1e-2)


def run(make, *callbacks, **arguments):
    """Trains as a new process would, on what `make` gives; gives the weights."""
    cornu.utils.clear_session(free_memory=False)
    cornu.utils.set_random_seed(1)
    model = cornu.Sequential([cornu.Input((2,)), layers.Dropout(0.2), layers.Dense(1)])
    model.compile("adam", "mse")
    usual = {"epochs": EPOCHS, "verbose": 0}
    data = make()
    data = data if isinstance(data, tuple) else (data,)
    model.fit(*data, callbacks=[Watch(), *callbacks], **{**usual, **arguments})
    return [*model.get_weights(), *(v.numpy() for v in model.optimizer.variables)]


def goes_on(make, stop, freq, folder, **arguments):
    """Checks that a run that was stopped and started again ends as one that was not."""
    expected = run(make, **arguments)
    with pytest.raises(Stop):
        run(make, BackupAndRestore(folder, freq), StopAt(**stop), **arguments)
    found = run(make, BackupAndRestore(folder, freq), **arguments)
    for mine, theirs in zip(found, expected, strict=True):
        np.testing.assert_array_equal(mine, theirs)


class Plain(cornu.utils.PyDataset):
    """Batches in their order."""

    def __init__(self, **arguments):
        super().__init__(**arguments)
        self.indices = np.arange(len(X))

    def __len__(self):
        return len(X) // SIZE

    def __getitem__(self, index):
        rows = self.indices[index * SIZE : (index + 1) * SIZE]
        return X[rows], Y[rows]


class InPlace(Plain):
    """Its order is shuffled in place by NumPy's generator."""

    def on_epoch_end(self):
        np.random.shuffle(self.indices)


class OfList(Plain):
    """Its order is a list, shuffled by a generator of its own."""

    def __init__(self):
        super().__init__()
        self.indices, self.mine = list(range(len(X))), random.Random(3)

    def on_epoch_end(self):
        self.mine.shuffle(self.indices)


class Noisy(Plain):
    """Adds noise to each batch, of a generator of its own, and counts epochs."""

    def __init__(self):
        super().__init__()
        self.generator, self.old, self.epoch = np.random.default_rng(5), np.random.RandomState(4), 0

    def __getitem__(self, index):
        x, y = super().__getitem__(index)
        noise = self.generator.normal(size=x.shape) + self.epoch
        return x + noise.astype("float32"), y + self.old.uniform()

    def on_epoch_begin(self):
        self.epoch += 1


class NoisyByNumPy(Plain):
    """Adds noise of NumPy's own generator."""

    def __getitem__(self, index):
        x, y = super().__getitem__(index)
        return x + np.random.normal(size=x.shape).astype("float32"), y


class Augmented(Plain):
    """Changes its batches by a layer that draws random numbers."""

    def __init__(self):
        super().__init__()
        self.augment = layers.GaussianNoise(0.5, seed=2)

    def __getitem__(self, index):
        x, y = super().__getitem__(index)
        return np.asarray(self.augment(x, training=True)), y


class Keras2:
    """A Sequence as in Keras 2, without a base."""

    def __init__(self):
        self.order = np.arange(len(X) // SIZE)

    def __len__(self):
        return len(self.order)

    def __getitem__(self, index):
        return Plain()[self.order[index]]

    def on_epoch_end(self):
        self.order = np.random.permutation(self.order)


class Loader:
    """Can be gone through again and again, each time in another order."""

    def __init__(self):
        self.generator, self.times = np.random.default_rng(2), 0

    def __iter__(self):
        self.times += 1
        order = self.generator.permutation(len(X) // SIZE)
        return (Plain()[int(number)] for number in order)


class LoaderByNumPy(Loader):
    """As a loader that draws its order from NumPy's generator."""

    def __iter__(self):
        yield from (Plain()[int(number)] for number in np.random.permutation(len(X) // SIZE))


def slices():
    return cornu.utils.Dataset.from_tensor_slices((X, Y))


def shuffled():
    return slices().shuffle(10).batch(SIZE).prefetch(2)


def repeated():
    return slices().shuffle(10, seed=3).batch(5).repeat()


def cached():
    return slices().shuffle(24).cache().batch(SIZE)


def kept_after_map():
    noise = np.random.RandomState(7)
    return slices().map(lambda x, y: (x + noise.normal(), y)).cache().shuffle(24).batch(SIZE)


def augmented():
    augment = layers.GaussianNoise(0.5, seed=2)
    return slices().batch(SIZE).map(lambda x, y: (augment(x, training=True), y))


def arrays():
    return X, Y


EPOCH, WITHIN, FEWER = "epoch", 5, {"steps_per_epoch": 3, "epochs": 7}  # two epochs go once through
SECOND, LATER = {"epoch": 3}, {"step": 13}


def wide(*values):
    return pytest.param(*values, marks=pytest.mark.wide)


@pytest.mark.parametrize(
    ("make", "freq", "stop", "arguments"),
    [
        (Plain, EPOCH, SECOND, {}),
        (Plain, WITHIN, LATER, FEWER),
        wide(Plain, WITHIN, LATER, {"shuffle": False}),
        (InPlace, EPOCH, SECOND, {}),
        (InPlace, WITHIN, LATER, {"shuffle": False}),
        wide(InPlace, WITHIN, LATER, FEWER),
        wide(OfList, EPOCH, SECOND, FEWER),
        (OfList, WITHIN, LATER, {}),
        wide(Noisy, EPOCH, SECOND, {}),
        (Noisy, WITHIN, LATER, FEWER),
        wide(Noisy, 2, {"step": 3}, {}),
        (NoisyByNumPy, WITHIN, LATER, {}),
        wide(NoisyByNumPy, EPOCH, SECOND, FEWER),
        (Augmented, WITHIN, LATER, {}),
        wide(Keras2, EPOCH, SECOND, {}),
        (Keras2, WITHIN, LATER, {}),
        (Loader, EPOCH, SECOND, {}),
        (Loader, WITHIN, LATER, FEWER),
        wide(Loader, WITHIN, {"step": 6}, {}),
        (LoaderByNumPy, WITHIN, LATER, {}),
        wide(LoaderByNumPy, EPOCH, SECOND, FEWER),
        wide(LoaderByNumPy, 1, {"step": 7}, {}),
        (shuffled, EPOCH, SECOND, {}),
        wide(shuffled, WITHIN, LATER, {}),
        wide(shuffled, WITHIN, LATER, FEWER),
        (repeated, WITHIN, LATER, FEWER),
        wide(repeated, EPOCH, SECOND, FEWER),
        (cached, EPOCH, SECOND, {}),
        wide(cached, WITHIN, LATER, {}),
        wide(kept_after_map, EPOCH, SECOND, {}),
        (kept_after_map, WITHIN, LATER, {}),
        (augmented, WITHIN, LATER, {}),
        wide(augmented, EPOCH, SECOND, {}),
        (arrays, EPOCH, SECOND, {**FEWER, "batch_size": SIZE}),
        (arrays, WITHIN, LATER, {**FEWER, "batch_size": SIZE}),
        wide(arrays, WITHIN, {"step": 9}, {"batch_size": 7}),
    ],
    ids=lambda value: getattr(value, "__name__", None),
)
def test_it_goes_on_at_the_same_batch(make, freq, stop, arguments, tmp_path):
    goes_on(make, stop, freq, tmp_path, **arguments)


@pytest.mark.parametrize(
    ("freq", "stop", "arguments"),
    [(WITHIN, LATER, FEWER), wide(EPOCH, SECOND, FEWER), wide(WITHIN, LATER, {})],
)
def test_rows_of_a_file_go_on(freq, stop, arguments, tmp_path, monkeypatch):
    monkeypatch.setattr(sources_rows, "LARGE", 64)
    np.save(tmp_path / "x.npy", X)

    def on_disk():
        return np.load(tmp_path / "x.npy", mmap_mode="r"), Y

    goes_on(on_disk, stop, freq, tmp_path / "backup", batch_size=SIZE, **arguments)


@pytest.mark.wide
def test_several_workers_change_nothing(tmp_path):
    goes_on(lambda: InPlace(workers=3), LATER, WITHIN, tmp_path)


def test_validation_data_go_on_too(tmp_path):
    """Their losses decide when training stops."""
    goes_on(Plain, {"step": 17}, WITHIN, tmp_path, validation_data=Noisy())


def test_a_generator_goes_on_with_what_it_gives(tmp_path):
    """It cannot be rewound, and says so."""
    begun = []

    def endless():
        def batches():
            while True:
                for number in range(6):
                    begun.append(number)
                    yield Plain()[number]

        return batches()

    with pytest.raises(Stop):
        run(endless, BackupAndRestore(tmp_path, 5), StopAt(step=9), steps_per_epoch=6)
    begun.clear()
    with pytest.warns(CornuWarning, match=r"a generator cannot be rewound; training goes on with the"):
        run(endless, BackupAndRestore(tmp_path, 5), steps_per_epoch=6)
    assert len(begun) == 4 * 6 - 5
    assert begun[:3] == [0, 1, 2]


def test_random_numbers_of_several_workers_are_told(tmp_path):
    words = "several workers of NoisyByNumPy draw random numbers.*default_rng"
    with pytest.warns(CornuWarning, match=words) as found:
        run(lambda: NoisyByNumPy(workers=2), BackupAndRestore(tmp_path, 5))
    assert len(found) == 1


class Tables(Plain):
    """Keeps its order in an object of another kind, and much data."""

    def __init__(self):
        super().__init__()
        self.table = frozenset([1])

    def on_epoch_end(self):
        self.table = frozenset([1, 2])


def test_what_a_backup_cannot_keep_is_said_once(tmp_path):
    words = r"cannot keep Tables.table \(.*frozenset.*which has changed while training.*arrays, lists or"
    with pytest.warns(CornuWarning, match=words) as found:
        run(Tables, BackupAndRestore(tmp_path, delete_checkpoint=False))
    assert len(found) == 1


def test_large_arrays_that_change_are_not_kept(monkeypatch):
    monkeypatch.setattr("cornu.training.sources.own_state.LARGE", 100)
    data = InPlace()
    own = OwnState(data)
    assert own.values() == {}
    data.indices[0] = 5
    with pytest.warns(CornuWarning, match="InPlace.indices .* Shuffle an array of row numbers in place"):
        assert own.values() == {}


def test_what_a_data_set_says_of_itself_counts():
    class Own:
        def __init__(self):
            self.place, self.huge = [1, 2], object()

        def backup_state(self):
            return {"place": self.place[0]}

        def restore_state(self, state):
            self.place[0] = state["place"]

    data = Own()
    own = OwnState(data)
    data.place, data.huge = [7, 2], object()
    assert own.values() == {"place": 7}
    own.take({"place": 9})
    assert data.place == [9, 2]


class Frame(Plain):
    """Has as many batches as it is told."""

    count = 6

    def __len__(self):
        return self.count


def test_another_number_of_batches_begins_anew(tmp_path, monkeypatch):
    with pytest.raises(Stop):
        run(Frame, BackupAndRestore(tmp_path), StopAt(epoch=1), **FEWER)
    monkeypatch.setattr(Frame, "count", 5)
    with pytest.warns(
        CornuWarning, match="the PyDataset had 6 batches when .* and now has 5; it begins"
    ):
        run(Frame, BackupAndRestore(tmp_path), steps_per_epoch=5)


def test_another_number_of_rows_begins_anew(tmp_path):
    with pytest.raises(Stop):
        run(arrays, BackupAndRestore(tmp_path), StopAt(epoch=1), batch_size=SIZE, **FEWER)
    with pytest.warns(CornuWarning, match="arrays made 6 batches when .*, and now 8; the next epoch"):
        run(arrays, BackupAndRestore(tmp_path), batch_size=3, steps_per_epoch=4)


def test_a_loader_whose_order_another_library_draws_is_named(tmp_path):
    class DataLoader(Loader):
        pass

    DataLoader.__module__ = "torch.utils.data"
    with pytest.raises(Stop):
        run(DataLoader, BackupAndRestore(tmp_path), StopAt(epoch=2))
    with pytest.warns(
        CornuWarning, match="order of a DataLoader.* a generator of PyTorch's, which is not"
    ):
        run(DataLoader, BackupAndRestore(tmp_path))


def test_the_same_objects_go_on_in_a_notebook(tmp_path):
    """Model and data are still there, farther than their backup."""
    made = InPlace()
    expected = run(InPlace)
    with pytest.raises(Stop):
        run(lambda: made, BackupAndRestore(tmp_path), StopAt(epoch=3))
    found = run(lambda: made, BackupAndRestore(tmp_path))
    for mine, theirs in zip(found, expected, strict=True):
        np.testing.assert_array_equal(mine, theirs)
