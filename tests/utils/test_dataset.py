"""Dataset against what tf.data of TensorFlow 2.21 gives, written down from a run of it."""

import threading
import time

import hypothesis
import numpy as np
import pytest

import cornu
from cornu.core.errors import NotBuiltYetError
from cornu.utils.dataset import AUTOTUNE, Dataset, Tensor, TensorSpec
from cornu.utils.dataset.elements import as_tensor


def plain(dataset):
    """The elements as lists and tuples of Python."""

    def of(part):
        if isinstance(part, tuple):
            return tuple(map(of, part))
        if isinstance(part, dict):
            return {key: of(item) for key, item in part.items()}
        return part.tolist() if hasattr(part, "tolist") else part

    return [of(element) for element in dataset.as_numpy_iterator()]


def ragged():
    return Dataset.from_generator(
        lambda: iter([[1], [2, 3], [4, 5, 6]]), output_signature=TensorSpec((None,), "int32")
    )


count = Dataset.range
ROWS = {
    "batch": (lambda: count(5).batch(2), [[0, 1], [2, 3], [4]], 3),
    "batch, whole": (lambda: count(5).batch(2, drop_remainder=True), [[0, 1], [2, 3]], 2),
    "unbatch": (lambda: count(5).batch(2).unbatch(), [0, 1, 2, 3, 4], -2),
    "repeat": (lambda: count(2).repeat(2), [0, 1, 0, 1], 4),
    "repeat, take": (lambda: count(3).repeat().take(4), [0, 1, 2, 0], 4),
    "take all": (lambda: count(2).take(-1), [0, 1], 2),
    "skip": (lambda: count(5).skip(3), [3, 4], 2),
    "skip all": (lambda: count(2).skip(-1), [], 0),
    "filter": (lambda: count(5).filter(lambda x: x % 2 == 0), [0, 2, 4], -2),
    "enumerate": (lambda: count(2).enumerate(5), [(5, 0), (6, 1)], 2),
    "zip": (lambda: Dataset.zip((count(3), count(5, 9))), [(0, 5), (1, 6), (2, 7)], 3),
    "zip of arguments": (lambda: Dataset.zip(count(1), count(2)), [(0, 0)], 1),
    "zip of a dict": (lambda: Dataset.zip({"a": count(1)}), [{"a": 0}], 1),
    "concatenate": (lambda: count(2).concatenate(count(1)), [0, 1, 0], 3),
    "shard": (lambda: count(7).shard(3, 1), [1, 4], 2),
    "padded": (lambda: ragged().padded_batch(2), [[[1, 0], [2, 3]], [[4, 5, 6]]], -2),
    "padded to": (
        lambda: ragged().padded_batch(2, padded_shapes=[4], padding_values=9),
        [[[1, 9, 9, 9], [2, 3, 9, 9]], [[4, 5, 6, 9]]],
        -2,
    ),
    "dict": (
        lambda: Dataset.from_tensor_slices({"a": [1, 2], "b": ["x", "y"]}).batch(2),
        [{"a": [1, 2], "b": [b"x", b"y"]}],
        1,
    ),
    "tensors": (lambda: Dataset.from_tensors(([1, 2], 3.5)), [([1, 2], 3.5)], 1),
    "map": (lambda: count(3).map(lambda x: (x, x + 1)), [(0, 1), (1, 2), (2, 3)], 3),
    "map of pairs": (
        lambda: Dataset.zip(count(2), count(2)).map(lambda a, b: a + b, num_parallel_calls=2),
        [0, 2],
        2,
    ),
    "flat_map": (lambda: count(3).flat_map(lambda n: count(int(n))), [0, 0, 1], -2),
    "apply": (lambda: count(3).apply(lambda ds: ds.take(1)), [0], 1),
    "cache, prefetch": (lambda: count(3).cache().prefetch(AUTOTUNE), [0, 1, 2], 3),
}


@pytest.mark.parametrize("name", ROWS)
def test_elements_and_their_number_are_those_of_tf_data(name):
    make, elements, length = ROWS[name]
    dataset = make()
    assert plain(dataset) == elements
    assert plain(dataset) == elements  # as often as asked for
    assert int(dataset.cardinality()) == length
    if length >= 0:
        assert len(dataset) == length == len(list(dataset))


@pytest.mark.parametrize(
    "arguments, drop, windows",
    [
        ((3,), False, [[0, 1, 2], [3, 4, 5], [6]]),
        ((3,), True, [[0, 1, 2], [3, 4, 5]]),
        ((3, 1), True, [[0, 1, 2], [1, 2, 3], [2, 3, 4], [3, 4, 5], [4, 5, 6]]),
        ((3, 2, 2), False, [[0, 2, 4], [2, 4, 6], [4, 6], [6]]),
        ((3, 2, 2), True, [[0, 2, 4], [2, 4, 6]]),
        ((2, 3), False, [[0, 1], [3, 4], [6]]),
        ((2, 3), True, [[0, 1], [3, 4]]),
    ],
)
def test_windows_are_those_of_tf_data(arguments, drop, windows):
    assert [plain(window) for window in count(7).window(*arguments, drop_remainder=drop)] == windows


@hypothesis.given(
    *(hypothesis.strategies.integers(low, 6) for low in (0, 1, 1, 1)), hypothesis.strategies.booleans()
)
@hypothesis.settings(deadline=None, max_examples=80)
def test_windows_and_batches_follow_their_definition(length, size, shift, stride, whole):
    starts = [list(range(first, length, stride))[:size] for first in range(0, length, shift)]
    expected = [window for window in starts if len(window) == size or not whole]
    windows = count(length).window(size, shift, stride, drop_remainder=whole)
    assert [plain(window) for window in windows] == expected
    batches = count(length).batch(size, drop_remainder=whole)
    starts = [list(range(length))[first : first + size] for first in range(0, length, size)]
    assert plain(batches) == [batch for batch in starts if len(batch) == size or not whole]
    assert len(batches) == len(plain(batches))


def test_windows_of_pairs_are_pairs_of_datasets():
    first, second = next(iter(Dataset.zip(count(4), count(4, 8)).window(2)))
    assert (plain(first), plain(second)) == ([0, 1], [4, 5])


def test_the_printed_pipeline_of_a_series():
    series = Dataset.from_tensor_slices(np.arange(6.0, dtype="float32"))
    windows = series.window(4, shift=1, drop_remainder=True).flat_map(lambda w: w.batch(4))
    batches = windows.map(lambda w: (w[:-1], w[-1:])).batch(2).prefetch(1)
    assert plain(batches) == [
        ([[0, 1, 2], [1, 2, 3]], [[3], [4]]),
        ([[2, 3, 4]], [[5]]),
    ]


def test_elements_behave_as_printed_programs_expect():
    dataset = Dataset.from_tensor_slices((np.ones((4, 2, 2, 3)), [3, 1, 2, 0])).batch(2)
    for images, labels in dataset.take(1):
        assert isinstance(images, Tensor)
        assert images[0].numpy().astype("uint8").shape == (2, 2, 3)
        assert type(images.numpy()) is np.ndarray
        assert ["a", "b", "c", "d"][labels[0]] == "d"
        assert labels[1].numpy() == 1
        assert int(labels[0]) == 3
        assert f"{labels[0]:03d} {labels[0]}" == "003 3"
        assert labels.shape == (2,)
        assert cornu.ops.shape(images) == (2, 2, 2, 3)
        assert float(cornu.ops.sum(images)) == 24


def test_numbers_of_python_take_32_bits_and_arrays_keep_theirs():
    element = next(iter(Dataset.from_tensor_slices(([1.5], [2], np.zeros(1), ["é"], [True]))))
    kinds = [part.dtype for part in element]
    assert kinds == ["float32", "int32", "float64", object, "bool"]
    assert element[3].numpy() == "é".encode()
    assert as_tensor(2**40).dtype == "int64"
    assert as_tensor("a").numpy() == b"a"


def test_layers_work_on_the_elements():
    double = cornu.layers.Rescaling(2.0)
    dataset = count(4).map(lambda x: cornu.ops.cast(x, "float32")).batch(2).map(double)
    assert plain(dataset) == [[0, 2], [4, 6]]


SPECS = {
    "rows": (
        lambda: Dataset.from_tensor_slices(([1.0], ["a"])),
        (TensorSpec((), "float32"), TensorSpec((), "string")),
    ),
    "batch": (lambda: count(4).batch(2), TensorSpec((None,), "int64")),
    "whole batch": (lambda: count(4).batch(2, drop_remainder=True), TensorSpec((2,), "int64")),
    "mapped batch": (
        lambda: count(4).shuffle(4).batch(2).map(lambda x: cornu.ops.one_hot(x, 3)),
        TensorSpec((None, 3), "float32"),
    ),
    "unbatch": (lambda: Dataset.from_tensors(np.zeros((3, 2))).unbatch(), TensorSpec((2,), "float64")),
    "padded": (lambda: ragged().padded_batch(2), TensorSpec((None, None), "int32")),
    "zip": (lambda: Dataset.zip(count(1), count(1)), (TensorSpec((), "int64"),) * 2),
    "types": (
        lambda: Dataset.from_generator(
            lambda: iter([]), (("int32"), {"a": "float32"}), ((), {"a": (2,)})
        ),
        (TensorSpec((), "int32"), {"a": TensorSpec((2,), "float32")}),
    ),
}


@pytest.mark.parametrize("name", SPECS)
def test_element_spec(name):
    make, spec = SPECS[name]
    assert make().element_spec == spec


def test_looking_at_the_spec_changes_no_order():
    make = lambda: count(6).shuffle(6, seed=3).batch(2).map(lambda x: x + 1)  # noqa: E731
    looked_at = make()
    assert looked_at.element_spec.shape == (None,)
    assert plain(looked_at) == plain(make())


def test_a_generator_gives_what_it_said():
    dataset = Dataset.from_generator(
        lambda stop: ([i, i / 2] for i in range(stop)), output_types=("int32", "float32"), args=(2,)
    )
    assert plain(dataset) == [(0, 0.0), (1, 0.5)]
    assert [part.dtype for part in next(iter(dataset))] == ["int32", "float32"]
    assert plain(Dataset.from_generator(lambda: iter("ab"))) == [b"a", b"b"]


def test_shuffling_keeps_all_and_follows_its_seed():
    first = count(20).shuffle(20, seed=1)
    orders = [plain(first) for _ in range(2)]
    again = count(20).shuffle(20, seed=1)
    assert [plain(again) for _ in range(2)] == orders
    assert orders[0] != orders[1]
    assert sorted(orders[0]) == list(range(20))
    fixed = count(20).shuffle(20, seed=1, reshuffle_each_iteration=False)
    assert plain(fixed) == plain(fixed) == orders[0]
    near = plain(count(20).shuffle(3, seed=1))
    assert all(value - place < 3 for place, value in enumerate(near))
    cornu.utils.set_random_seed(5)
    unseeded = plain(count(20).shuffle(20))
    cornu.utils.set_random_seed(5)
    assert plain(count(20).shuffle(20)) == unseeded


def test_a_cache_asks_once_and_only_when_gone_through():
    calls = []
    dataset = count(3).map(lambda x: calls.append(int(x)) or x).cache()
    next(iter(dataset))
    assert plain(dataset) == plain(dataset) == [0, 1, 2]
    assert calls == [0, 0, 1, 2]


def test_reduce():
    assert int(count(5).reduce(np.int64(0), lambda state, x: state + x)) == 10


def test_prefetching_works_ahead_and_ends_its_thread():
    made = []
    dataset = count(100).map(lambda x: made.append(int(x)) or x).prefetch(2)
    iterator = iter(dataset)
    assert int(next(iterator)) == 0
    wait_for(lambda: len(made) >= 3)
    time.sleep(0.05)
    assert len(made) <= 4
    iterator.close()
    wait_for(lambda: not [t for t in threading.enumerate() if t.name == "cornu-prefetch"])


def wait_for(condition):
    for _ in range(200):
        if condition():
            return
        time.sleep(0.02)
    pytest.fail("waited in vain")


@pytest.mark.parametrize("through", [lambda ds: ds, lambda ds: ds.prefetch(1)])
@pytest.mark.parametrize("threads", [None, 3])
def test_an_error_in_a_function_comes_to_who_asks_for_the_element(through, threads):
    def fails(x):
        if x == 2:
            raise KeyError("broken")
        return x

    dataset = through(count(4).map(fails, num_parallel_calls=threads))
    seen = []
    with pytest.raises(KeyError, match="broken") as caught:
        seen.extend(dataset)
    assert caught.value.__notes__ == ["  in the function given to Dataset.map"]
    assert len(seen) == 2


def test_results_of_threads_keep_their_order():
    slow = count(8).map(lambda x: time.sleep(0.01 * (8 - int(x)) / 8) or x, num_parallel_calls=4)
    assert plain(slow) == list(range(8))


def test_how_it_is_shown():
    assert repr(count(3)) == "<Dataset of 3 elements>"
    assert repr(count(3).repeat()) == "<Dataset of endlessly many elements>"
    assert bool(count(3).repeat()) is True
    assert repr(TensorSpec((None, 2))) == "TensorSpec(shape=(None, 2), dtype=float32, name=None)"


def unequal():
    return Dataset.from_generator(lambda: iter([np.zeros(2), np.zeros(3)]))


def two_structures():
    return Dataset.from_generator(lambda: iter([(1, 2), (1, 2, 3)]))


WRONG = [
    (
        lambda: len(count(2).repeat()),
        TypeError,
        r"never ends. Write ds.take\(n\), or pass steps_per_epoch",
    ),
    (lambda: len(count(2).filter(bool)), TypeError, "not known before they are read"),
    (
        lambda: list(unequal().batch(2)),
        ValueError,
        r"\(2,\) and \(3,\). Give them one shape .*padded_batch",
    ),
    (
        lambda: list(two_structures().batch(2)),
        ValueError,
        "one is a tuple of 2 and another a tuple of 3",
    ),
    (
        lambda: Dataset.from_tensor_slices(([1, 2], [1])),
        ValueError,
        "one number of rows, but got .*2.*1",
    ),
    (lambda: Dataset.from_tensor_slices(3), ValueError, "arrays with one number of rows"),
    (lambda: count(2).batch(0), ValueError, "batch_size must be a whole number above 0, got 0"),
    (lambda: count(2).shuffle(0), ValueError, "buffer_size must be a whole number above 0"),
    (lambda: list(count(2).map(lambda x: None)), TypeError, "returned None. Perhaps it lacks a return"),
    (
        lambda: Dataset.from_tensor_slices([[1], [2, 3]]),
        ValueError,
        r"Lists of different lengths \(lengths 1, 2\) .*from_generator",
    ),
    (lambda: count(2).map(3), TypeError, "Dataset.map takes a function, got 3"),
    (lambda: count(2).shard(2, 2), ValueError, "index must be from 0 to 1, got index=2"),
    (lambda: count(2).cache("file"), NotBuiltYetError, "in a file is not built yet"),
    (lambda: Dataset.from_generator([1]), TypeError, "a function that yields elements"),
    (
        lambda: list(
            Dataset.from_generator(lambda: [[1, 2]], output_signature=TensorSpec((3,), "int32"))
        ),
        ValueError,
        r"told of tensors of shape \(3,\), but the generator gave int32 array of shape \(2,\)",
    ),
    (lambda: list(ragged().padded_batch(3, [2])), ValueError, r"an element of shape \(3,\) is larger"),
    (lambda: list(count(2).unbatch()), ValueError, "The parts of a batch need one number of rows"),
    (lambda: count(0).map(lambda x: x).element_spec, ValueError, "The dataset has no elements"),
    (lambda: count(2).class_names, AttributeError, "no class_names: they are on what"),
    (lambda: count(2).prefetsh, AttributeError, 'Did you mean "prefetch"'),
]


@pytest.mark.parametrize("call, error, words", WRONG)
def test_what_does_not_work_is_said(call, error, words):
    with pytest.raises(error, match=words):
        call()


def test_the_stand_in_for_tensorflow_has_tf_data():
    from cornu.compat import tensorflow as tf

    dataset = tf.data.Dataset.from_tensor_slices(([1, 2], [0, 1])).batch(2)
    dataset = dataset.map(lambda x, y: (tf.cast(x, tf.float32), y), num_parallel_calls=tf.data.AUTOTUNE)
    assert plain(dataset.prefetch(tf.data.experimental.AUTOTUNE)) == [([1.0, 2.0], [0, 1])]
    assert dataset.element_spec[0] == tf.TensorSpec((None,), tf.float32)
    assert tf.data.experimental.cardinality(dataset).numpy() == 1


# -- several datasets, and what else there is ---------------------------------------------------------


def numbers(dataset):
    return [np.asarray(x).tolist() for x in dataset]


def test_datasets_are_interleaved_as_in_tensorflow():
    def repeated(x):
        return Dataset.from_tensors(x).repeat(6)

    # The example of TensorFlow's documentation.
    found = Dataset.range(1, 6).interleave(repeated, cycle_length=2, block_length=4)
    wanted = [1] * 4 + [2] * 4 + [1] * 2 + [2] * 2 + [3] * 4 + [4] * 4 + [3] * 2 + [4] * 2 + [5] * 6
    assert numbers(found) == wanted
    assert numbers(Dataset.range(3).interleave(lambda x: Dataset.from_tensors(x))) == [0, 1, 2]


def test_elements_are_taken_while_a_function_is_true():
    assert numbers(Dataset.range(9).take_while(lambda x: x < 3)) == [0, 1, 2]


def test_a_running_sum_of_elements():
    found = Dataset.range(4).scan(np.int64(10), lambda state, x: (state + x, state * 1))
    assert numbers(found) == [10, 10, 11, 13]
    assert len(found) == 4


def test_each_element_once():
    assert numbers(Dataset.from_tensor_slices([1, 37, 2, 37, 2, 1]).unique()) == [1, 37, 2]
    assert numbers(Dataset.from_tensor_slices(["a", "b", "a"]).unique()) == [b"a", b"b"]


def test_one_element():
    assert Dataset.from_tensors([1, 2]).get_single_element().tolist() == [1, 2]
    for dataset, count in (
        (Dataset.range(2), "more than one element"),
        (Dataset.range(0), "no element"),
    ):
        with pytest.raises(ValueError, match=count):
            dataset.get_single_element()


def test_elements_that_raise_are_left_out():
    assert numbers(Dataset.range(-1, 3).map(lambda x: 6 // int(x)).ignore_errors()) == [-6, 6, 3]


def test_batches_of_similar_length():
    rows = Dataset.from_generator(lambda: iter([[0], [1, 2], [3, 4, 5], [6], [7, 8, 9]]))
    found = rows.bucket_by_sequence_length(len, [2, 3], [2, 1, 2], padding_values=-1)
    assert numbers(found) == [[[1, 2]], [[0], [6]], [[3, 4, 5], [7, 8, 9]]]
    with pytest.raises(ValueError, match="1 boundaries need 2 batch sizes, got 1"):
        rows.bucket_by_sequence_length(len, [2], [2])


def test_elements_of_datasets_chosen_at_random_or_by_number():
    parts = [Dataset.from_tensors(0).repeat(), Dataset.from_tensors(1).repeat()]
    drawn = numbers(Dataset.sample_from_datasets(parts, weights=[0.25, 0.75], seed=1).take(400))
    assert 0.65 < np.mean(drawn) < 0.85
    again = numbers(Dataset.sample_from_datasets(parts, weights=[0.25, 0.75], seed=1).take(400))
    assert drawn == again
    assert sorted(numbers(Dataset.sample_from_datasets([Dataset.range(3), Dataset.range(2)]))) == [
        0,
        0,
        1,
        1,
        2,
    ]
    few = Dataset.sample_from_datasets(
        [Dataset.range(0), Dataset.range(9)], [1, 0], stop_on_empty_dataset=True
    )
    assert numbers(few) == []
    chosen = Dataset.choose_from_datasets(
        [Dataset.range(3), Dataset.range(10, 13)], Dataset.range(2).repeat(9)
    )
    assert numbers(chosen) == [0, 10, 1, 11, 2, 12]


def test_paths_of_files(tmp_path):
    for name in ("b.txt", "a.txt", "c.md"):
        (tmp_path / name).write_text(name)
    found = Dataset.list_files(f"{tmp_path}/*.txt", shuffle=False)
    assert [path.numpy().decode()[-5:] for path in found] == ["a.txt", "b.txt"]
    assert len(Dataset.list_files([f"{tmp_path}/*.txt", f"{tmp_path}/*.md"], seed=1)) == 3
    with pytest.raises(ValueError, match="no file fits"):
        Dataset.list_files("nothing/*.png")


def test_arguments_of_tensorflow_that_only_hurry():
    ds = Dataset.range(4, output_type="int32").map(lambda x: x + 1, 2, deterministic=False)
    assert numbers(ds.batch(2, num_parallel_calls=AUTOTUNE, deterministic=True)) == [[1, 2], [3, 4]]
    assert next(iter(ds)).dtype == "int32"


def test_a_compiled_function_does_not_go_through_a_dataset():
    import cornu

    dataset = Dataset.range(3)
    with pytest.raises(
        TypeError, match=r"gone through inside a compiled function.*Write the loop outside"
    ):
        cornu.jit(lambda: sum(dataset))()
