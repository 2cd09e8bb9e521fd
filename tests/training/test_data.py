"""Whatever gives the data, fit gives the same weights, bit by bit: those of the arrays."""

import time

import jax
import jax.numpy as jnp
import numpy as np
import pytest

import cornu
from cornu import layers
from cornu.core.errors import CornuWarning
from cornu.training.sources import opening, packing, prefetch, rows

RNG = np.random.default_rng(3)
X = RNG.normal(size=(50, 4)).astype("float32")
Y = (X.sum(axis=1) > 0).astype("float32")
W = RNG.uniform(0.5, 2.0, size=50).astype("float32")
SIZE = 16


def network(loss="binary_crossentropy", **compiling):
    cornu.utils.set_random_seed(1)
    model = cornu.Sequential(
        [
            layers.Dense(5, activation="relu", input_shape=(4,)),
            layers.Dropout(0.2),
            layers.Dense(1, activation="sigmoid"),
        ]
    )
    model.compile("adam", loss, metrics=["accuracy"], **compiling)
    return model


def squared(y_true, y_pred):
    """A loss of the user's: nobody knows whether rows with weight zero count."""
    return jnp.mean((y_true - y_pred) ** 2, axis=-1)


def batches(epochs=1, x=X, y=Y, size=SIZE, pause=0.0):
    for _ in range(epochs):
        for start in range(0, len(x), size):
            time.sleep(pause)
            yield x[start : start + size], y[start : start + size]


class Numbered(cornu.utils.PyDataset):
    def __init__(self, **settings):
        super().__init__(**settings)
        self.epochs = []

    def __len__(self):
        return 4

    def __getitem__(self, index):
        part = slice(index * SIZE, (index + 1) * SIZE)
        return X[part], Y[part]

    def on_epoch_begin(self):
        self.epochs.append("begin")

    def on_epoch_end(self):
        self.epochs.append("end")


class Again:
    """A data set of one's own: it can be gone through again and again."""

    def __init__(self, wrap=tuple, length=None):
        self.wrap = wrap
        if length is not None:
            self.length = length

    def __iter__(self):
        return (self.wrap(batch) for batch in batches())


class Sized(Again):
    def __len__(self):
        return 4


class Tensor:
    """What a tensor of PyTorch offers."""

    dtype = "torch.float32"

    def __init__(self, array):
        self.array, self.shape = array, array.shape

    def detach(self):
        return self

    cpu = detach

    def __array__(self, dtype=None, copy=None):
        return self.array


class TensorFlowDataset:
    """What a data set of tf.data offers."""

    def __len__(self):
        return 4

    def as_numpy_iterator(self):
        return batches()


class Zarr:
    """What an array of zarr offers."""

    chunks = (7, 4)

    def __init__(self, array):
        self.array, self.shape, self.dtype, self.reads = array, array.shape, array.dtype, []

    def __getitem__(self, index):
        found = self.array[index]
        self.reads.append(len(found))
        return found


def trained(x, y=None, make=network, epochs=3, **arguments):
    model = make()
    arguments = {"shuffle": False, "verbose": 0, **arguments}
    history = model.fit(x, y, epochs=epochs, **arguments)
    return dict(history.history), model.get_weights(), model


@pytest.fixture(scope="module")
def expected():
    return trained(X, Y, batch_size=SIZE)


def assert_same(found, expected):
    for a, b in zip(found[1], expected[1], strict=True):
        np.testing.assert_array_equal(a, b)
    assert found[0] == expected[0]


KINDS = {
    "generator": lambda: (batches(3), {"steps_per_epoch": 4}),
    "generator without end": lambda: (batches(10**9), {"steps_per_epoch": 4}),
    "iterator": lambda: (iter(list(batches(3))), {"steps_per_epoch": 4}),
    "PyDataset": lambda: (Numbered(), {}),
    "PyDataset, two threads": lambda: (Numbered(workers=2, max_queue_size=1), {}),
    "PyDataset, two processes": lambda: (Numbered(workers=2, use_multiprocessing=True), {}),
    "Keras 2's workers": lambda: (Numbered(), {"workers": 3, "max_queue_size": 4}),
    "iterable": lambda: (Again(), {}),
    "iterable with a length": lambda: (Sized(), {}),
    "loader of PyTorch": lambda: (Again(lambda b: [Tensor(part) for part in b]), {}),
    "tf.data": lambda: (TensorFlowDataset(), {}),
    "batches in JAX": lambda: (Again(lambda b: tuple(map(jnp.asarray, b))), {}),
    "batches in float64": lambda: (Again(lambda b: tuple(a.astype("float64") for a in b)), {}),
}


@pytest.mark.parametrize("kind", KINDS)
def test_every_kind_gives_the_weights_of_the_arrays(kind, expected):
    x, arguments = KINDS[kind]()
    assert_same(trained(x, **arguments), expected)


@pytest.mark.parametrize("room", [1, 3])
@pytest.mark.parametrize("pause", [0.0, 0.004])
def test_the_size_of_chunks_changes_nothing(room, pause, expected, monkeypatch):
    monkeypatch.setattr(packing, "ROOM", room)
    assert_same(trained(batches(3, pause=pause), steps_per_epoch=4), expected)
    monkeypatch.setattr(prefetch, "WORTH", 0.0)
    assert_same(trained(batches(3, pause=pause), steps_per_epoch=4), expected)


class Watcher(cornu.callbacks.Callback):
    def __init__(self):
        super().__init__()
        self.batches = []

    def on_train_batch_end(self, batch, logs=None):
        self.batches.append((batch, logs["loss"]))


def test_callbacks_and_the_progress_bar_change_nothing(expected, capsys):
    watch = Watcher()
    assert_same(trained(batches(3), steps_per_epoch=4, callbacks=[watch]), expected)
    assert [batch for batch, _ in watch.batches] == [0, 1, 2, 3] * 3
    of_arrays = Watcher()
    trained(X, Y, batch_size=SIZE, callbacks=[of_arrays])
    assert watch.batches == of_arrays.batches
    assert_same(trained(Again(), verbose=1), expected)
    assert_same(trained(Again(), verbose=2), expected)
    assert "4/4 - " in capsys.readouterr().out


def test_groups_of_steps_do_not_depend_on_chunks(monkeypatch):
    monkeypatch.setattr(packing, "ROOM", 3)
    watch = Watcher()
    trained(Sized(), make=lambda: network(steps_per_execution=2), callbacks=[watch])
    assert [batch for batch, _ in watch.batches] == [1, 3] * 3


def test_uncompiled_steps_over_a_stream_are_those_of_the_arrays(expected):
    found = trained(Sized(), make=lambda: network(run_eagerly=True))
    for a, b in zip(found[1], expected[1], strict=True):
        np.testing.assert_allclose(a, b, atol=1e-6)


def test_a_loss_that_looks_at_the_whole_batch_gets_the_short_one_as_it_is():
    def make():
        return network(loss=squared)

    assert_same(trained(Sized(), make=make), trained(X, Y, make=make, batch_size=SIZE))


def test_batches_of_several_sizes_share_programs_where_rows_are_independent(compiles):
    sizes = [5, 16, 3, 16, 9, 1]
    stops = np.cumsum(sizes)

    class Uneven:
        def __iter__(self):
            return ((X[e - n : e], Y[e - n : e]) for n, e in zip(sizes, stops, strict=True))

    model = network()
    model.fit(Uneven(), epochs=2, verbose=0)
    assert compiles.count("jit(_run_many)") == 2  # batches of up to 5 rows, and of up to 16
    by_hand = network()
    for _ in range(2):
        for x, y in Uneven():
            by_hand.train_on_batch(x, y)
    for a, b in zip(model.get_weights(), by_hand.get_weights(), strict=True):
        np.testing.assert_allclose(a, b, atol=1e-6)


@pytest.fixture
def compiles(monkeypatch):
    monkeypatch.setenv("CORNU_CACHE_DIR", "off")  # else programs come from earlier tests, uncompiled
    counted = []

    def listen(event, duration, **kwargs):
        if event == "/jax/core/compile/backend_compile_duration":
            counted.append(kwargs.get("fun_name"))

    jax.monitoring.register_event_duration_secs_listener(listen)
    yield counted
    jax.monitoring.unregister_event_duration_listener(listen)


def test_sample_weights_and_class_weights_of_batches():
    class Weighted:
        def __iter__(self):
            return ((*b, W[i * SIZE : (i + 1) * SIZE]) for i, b in enumerate(batches()))

    assert_same(trained(Weighted()), trained(X, Y, batch_size=SIZE, sample_weight=W))
    weights = {0: 1.0, 1: 3.0}
    found = trained(Sized(), class_weight=weights)
    assert_same(found, trained(X, Y, batch_size=SIZE, class_weight=weights))


def test_inputs_in_dicts_and_lists():
    def make():
        cornu.utils.set_random_seed(1)
        inputs = {"a": layers.Input((2,), name="a"), "b": layers.Input((2,), name="b")}
        model = cornu.Model(inputs, layers.Dense(1)(layers.Concatenate()(list(inputs.values()))))
        model.compile("sgd", "mse")
        return model

    wrap = lambda b: ({"a": b[0][:, :2], "b": b[0][:, 2:]}, b[1])  # noqa: E731
    whole, _ = wrap((X, Y))
    expected = trained(whole, Y, make=make, batch_size=SIZE)
    assert_same(trained(Again(wrap), make=make), expected)
    listed = Again(lambda b: ([b[0][:, :2], b[0][:, 2:]], b[1]))
    assert_same(trained(listed, make=make), expected)


# -- data larger than memory -----------------------------------------------------------------------


@pytest.fixture
def all_is_large(monkeypatch):
    monkeypatch.setattr(rows, "LARGE", 0)
    monkeypatch.setattr(rows, "BLOCK", 3 * SIZE * 20)  # three batches are read together


def in_a_file(kind, folder):
    if kind == "memmap":
        np.save(folder / "x.npy", X)
        return np.load(folder / "x.npy", mmap_mode="r")
    if kind == "h5py":
        import h5py

        file = h5py.File(folder / "x.h5", "w")
        return file.create_dataset("x", data=X, chunks=(7, 4))
    return Zarr(X)


@pytest.mark.parametrize("shuffle", [False, True])
@pytest.mark.parametrize("kind", ["memmap", "h5py", "zarr"])
def test_rows_read_from_a_file_give_the_weights_of_the_arrays(kind, shuffle, tmp_path, all_is_large):
    arguments = {"batch_size": SIZE, "shuffle": shuffle, "validation_split": 0.2}
    expected = trained(X, Y, **arguments)
    x = in_a_file(kind, tmp_path)
    found = trained(x, Y, **arguments)
    assert_same(found, expected)
    assert "chunks of batches" in found[2].explain_fit()
    if kind == "zarr":
        assert max(x.reads) <= 48
    model = expected[2]
    np.testing.assert_array_equal(model.predict(x, verbose=0), model.predict(X, verbose=0))
    wanted = model.evaluate(X, Y, batch_size=SIZE, verbose=0)
    assert model.evaluate(x, Y, batch_size=SIZE, verbose=0) == wanted


@pytest.mark.parametrize("kind", ["memmap", "h5py", "zarr"])
def test_small_files_are_read_as_a_whole(kind, tmp_path, expected):
    found = trained(in_a_file(kind, tmp_path), Y, batch_size=SIZE)
    assert_same(found, expected)
    assert found[2].explain_fit() == "A compiled loop ran over data on the device."


def test_rows_of_a_file_of_another_length_are_named(all_is_large):
    with pytest.raises(ValueError, match="fit needs as many rows in each array, but x has 50, y has 49"):
        network().fit(Zarr(X), Y[:49], verbose=0)


# -- steps, epochs, validation ---------------------------------------------------------------------


def test_an_iterator_goes_on_across_epochs_and_is_not_read_further():
    taken = []

    def counted():
        for i, batch in enumerate(batches(10)):
            taken.append(i)
            yield batch

    iterator = counted()
    model = network()
    history = model.fit(iterator, steps_per_epoch=3, epochs=4, verbose=0)
    assert len(history.epoch) == 4
    assert taken == list(range(12))
    model.evaluate(iterator, steps=2, verbose=0)
    model.predict(iterator, steps=2, verbose=0)
    assert taken == list(range(16))


def test_a_data_set_begins_anew_for_each_validation():
    class Counting(Again):
        opened = 0

        def __iter__(self):
            self.opened += 1
            return super().__iter__()

    validation = Counting()
    model = network()
    history = model.fit(X, Y, epochs=3, verbose=0, validation_data=validation, validation_steps=2)
    assert validation.opened == 3
    expected = model.evaluate(X[:32], Y[:32], batch_size=SIZE, verbose=0)
    np.testing.assert_allclose(history.history["val_loss"][-1], expected[0], rtol=1e-6)


def test_validation_freq_may_be_a_list_of_epochs():
    model = network()
    history = model.fit(
        X, Y, epochs=4, verbose=0, validation_data=Sized(), validation_freq=[1, 4], batch_size=SIZE
    ).history
    assert (len(history["val_loss"]), len(history["loss"])) == (2, 4)


def test_a_pydataset_is_told_of_epochs_and_shuffled():
    dataset = Numbered()
    model = network()
    model.fit(dataset, epochs=2, verbose=0)
    assert dataset.epochs == ["begin", "end", "begin", "end"]
    first, second = (trained(Numbered(), shuffle=True)[1] for _ in range(2))
    np.testing.assert_array_equal(first[0], second[0])
    assert not np.array_equal(first[0], trained(Numbered())[1][0])
    found = trained(Numbered(workers=2), shuffle=True)[1]
    np.testing.assert_array_equal(first[0], found[0])


def test_a_pydataset_without_end():
    class Endless(Numbered):
        num_batches = None

        def __getitem__(self, index):
            return super().__getitem__(index % 4)

    expected = trained(X, Y, batch_size=SIZE)
    assert_same(trained(Endless(), steps_per_epoch=4), expected)
    assert_same(trained(Endless(workers=2), steps_per_epoch=4), expected)


def test_evaluate_and_predict_take_what_fit_takes():
    model = network()
    expected = model.evaluate(X, Y, batch_size=SIZE, verbose=0)
    outputs = model.predict(X, verbose=0)
    for make in (batches, Numbered, Again, TensorFlowDataset, lambda: Numbered(workers=2)):
        assert model.evaluate(make(), verbose=0) == expected
        np.testing.assert_allclose(model.predict(make(), verbose=0), outputs, atol=1e-7)
    assert len(model.predict(Again(), steps=2, verbose=0)) == 32
    assert len(model.predict(X, steps=2, batch_size=8, verbose=0)) == 16


def test_a_model_that_is_not_built_is_built_by_the_first_batch(expected):
    def make():
        cornu.utils.set_random_seed(1)
        model = cornu.Sequential(
            [
                layers.Dense(5, activation="relu"),
                layers.Dropout(0.2),
                layers.Dense(1, activation="sigmoid"),
            ]
        )
        model.compile("adam", "binary_crossentropy", metrics=["accuracy"])
        return model

    assert_same(trained(batches(3), make=make, steps_per_epoch=4), expected)
    assert make().predict(batches(), verbose=0).shape == (50, 1)


# -- which way was taken ---------------------------------------------------------------------------


def test_explain_fit_names_the_way_and_what_would_avoid_a_slower_one():
    model = network()
    assert model.explain_fit().startswith("There was no fit yet. The compiled loop runs over data")
    model.fit(X, Y, verbose=0)
    assert model.explain_fit() == "A compiled loop ran over data on the device."
    model.fit(X, Y, verbose=0, callbacks=[Watcher()])
    assert "came back for each batch, since Watcher looks at batches: with on_epoch_end" in (
        model.explain_fit()
    )
    model.fit(batches(), verbose=0)
    line = model.explain_fit()
    assert "chunks of batches from a generator, fetched while the device computes" in line
    assert "arrays in place of the generator" in line
    assert "\n" not in line
    model = network(run_eagerly=True)
    assert "will run each step uncompiled: leave it out" in model.explain_fit()
    model.fit(X[:16], Y[:16], verbose=0)
    assert "since compile was given run_eagerly=True" in model.explain_fit()


class Mixing(layers.Layer):
    def call(self, x):
        return x - x.mean(axis=0)


class OwnStep(cornu.Sequential):
    def train_step(self, data):
        return super().train_step(data)


class LooksAtTests(cornu.callbacks.Callback):
    def on_test_batch_end(self, batch, logs=None):
        pass


def sequential(*inner, cls=cornu.Sequential, loss="mse", metrics=()):
    model = cls([cornu.Input((X.shape[1],)), *inner, layers.Dense(1)])
    model.compile("sgd", loss, metrics=list(metrics))
    return model


@pytest.mark.parametrize(
    ("made", "arguments", "words"),
    [
        (lambda: sequential(Mixing(name="m")), {}, 'the layer "m" (Mixing) does not say that it treats'),
        (
            lambda: sequential(cls=OwnStep),
            {},
            "train_step is one of your own: a batch_size that divides",
        ),
        (lambda: sequential(loss=lambda y, p: (y - p) ** 2), {}, 'since the loss "<lambda>" (Loss'),
        (lambda: sequential(metrics=["r2_score"]), {"batch_size": 25}, ""),
        (lambda: sequential(Mixing()), {"batch_size": 50}, ""),
        (
            sequential,
            {"callbacks": [cornu.callbacks.TerminateOnNaN()]},
            "was copied for TerminateOnNaN, ",
        ),
        (
            sequential,
            {"callbacks": [LooksAtTests()], "validation_split": 0.2},
            "since LooksAtTests looks",
        ),
        (sequential, {"callbacks": [LooksAtTests()]}, ""),
    ],
)
def test_every_slower_way_has_its_words(made, arguments, words):
    model = made()
    model.fit(X, Y[:, None] if Y.ndim == 1 else Y, verbose=0, **{"batch_size": 16, **arguments})
    line = model.explain_fit()
    assert line.startswith("A compiled loop ran over data on the device")
    assert words in line
    assert (line == "A compiled loop ran over data on the device.") == (not words)


def test_a_backup_within_an_epoch_is_a_slower_way_and_one_after_it_is_not(tmp_path):
    for freq, slower in ((2, True), ("epoch", False)):
        model = sequential()
        model.fit(X, Y, verbose=0, callbacks=[cornu.callbacks.BackupAndRestore(tmp_path, freq)])
        found = "wherever BackupAndRestore wanted to look at a batch: a larger save_freq"
        assert (found in model.explain_fit()) == slower


def test_no_thread_is_left_and_memory_is_let_go():
    import threading

    model = network()
    model.fit(batches(2), steps_per_epoch=4, epochs=2, verbose=0)
    model.fit(Numbered(workers=3), epochs=2, verbose=0)
    names = [thread.name for thread in threading.enumerate()]
    deadline = time.time() + 5
    while any("cornu" in name for name in names) and time.time() < deadline:
        time.sleep(0.05)
        names = [thread.name for thread in threading.enumerate()]
    assert not [name for name in names if "cornu" in name]


def test_the_table_of_kinds_takes_none_for_another():
    recognised = [
        next(i for i, kind in enumerate(opening.KINDS) if kind.recognises(x))
        for x in (TensorFlowDataset(), Numbered(), batches(), Again())
    ]
    assert recognised == [0, 1, 2, 3]


def test_many_shapes_of_batches_are_warned_of():
    def sequences():
        for length in (3, 4, 5, 6, 7):
            yield np.ones((2, length), "float32"), np.ones((2, 1), "float32")

    model = cornu.Sequential(
        [cornu.Input((None,)), layers.Lambda(lambda x: x.sum(axis=1, keepdims=True)), layers.Dense(1)]
    )
    model.compile("sgd", "mse")
    with pytest.warns(CornuWarning, match="The generator gives batches of many shapes") as caught:
        model.fit(sequences(), verbose=0)
    assert "pad_sequences(x, maxlen=...)" in str(caught[0].message)
    assert caught[0].filename == __file__
    assert "its batches had 5 shapes, each with a program of its own" in model.explain_fit()


# -- tables of other libraries, where they are installed -------------------------------------------


def test_tables_of_polars(expected):
    polars = pytest.importorskip("polars")
    x = polars.DataFrame({str(i): X[:, i] for i in range(4)})
    assert_same(trained(x, polars.Series(Y), batch_size=SIZE), expected)


class Field:
    def __init__(self, name, kind):
        self.name, self.type = name, kind


class Table:
    """A table by the protocol that polars and Arrow share, for where neither is installed."""

    def __init__(self, schema, array=X):
        self.schema, self.array = schema, array

    def __len__(self):
        return len(self.array)

    def __array__(self, dtype=None, copy=None):
        return np.asarray(self.array, dtype)


SCHEMAS = [dict, lambda pairs: [Field(*pair) for pair in pairs.items()]]  # polars, Arrow


@pytest.mark.parametrize("schema", SCHEMAS)
def test_a_table_by_its_protocol(schema, expected):
    names = schema({"a": "Float64", "b": "int64", "c": "Boolean", "d": "double"})
    assert_same(trained(Table(names), Y, batch_size=SIZE), expected)


@pytest.mark.parametrize("schema", SCHEMAS)
def test_columns_of_a_table_that_hold_no_numbers_are_named(schema):
    names = schema({"a": "Float64", "day": "Date", "c": "UInt8", "city": "string"})
    with pytest.raises(ValueError, match=r"columns day, city hold no.*x.drop\(\['day', 'city'\]\)"):
        network().fit(Table(names), Y, verbose=0)


def test_tables_of_arrow_and_batches_of_parquet(expected, tmp_path):
    arrow = pytest.importorskip("pyarrow")
    parquet = pytest.importorskip("pyarrow.parquet")
    columns = {str(i): X[:, i] for i in range(4)}
    y = arrow.chunked_array([Y[:20], Y[20:]])
    assert_same(trained(arrow.table(columns), y, batch_size=SIZE), expected)
    parquet.write_table(arrow.table({**columns, "y": Y}), tmp_path / "t.parquet", row_group_size=20)

    class Batches:
        def __iter__(self):
            for batch in parquet.ParquetFile(tmp_path / "t.parquet").iter_batches(SIZE):
                yield batch.select(list(columns)), batch.column("y")

    assert_same(trained(Batches()), expected)
