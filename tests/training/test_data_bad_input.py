"""What fit, evaluate and predict say to batches that cannot be meant; the weights reached are kept."""

import os
import re
import time

import numpy as np
import pytest

import cornu
from cornu import layers
from cornu.core.errors import CornuWarning

RNG = np.random.default_rng(3)
X = RNG.normal(size=(64, 4)).astype("float32")
Y = (X.sum(axis=1) > 0).astype("float32")
BATCH = X[:16], Y[:16]


def network():
    cornu.utils.set_random_seed(1)
    model = cornu.Sequential([layers.Dense(3, input_shape=(4,)), layers.Dense(1, activation="sigmoid")])
    model.compile("sgd", "binary_crossentropy")
    return model


def after(good, bad):
    """So many good batches, then what `bad` gives or raises."""
    for _ in range(good):
        yield BATCH
    yield bad()


def raising():
    raise LookupError("mine")


def with_nan():
    x = X[:16].copy()
    x[5, 2] = np.nan
    return x, Y[:16]


class Broken(cornu.utils.PyDataset):
    """Its third batch cannot be fetched."""

    ends = False

    def __len__(self):
        return 6

    def __getitem__(self, index):
        if index == 2:
            if self.ends:
                os._exit(1)
            raising()
        return BATCH


class Ending(Broken):
    ends = True


WRONG = {
    "raises": (lambda: after(2, raising), LookupError, "mine"),
    "another structure": (
        lambda: after(2, lambda: (*BATCH, np.ones(16, "float32"))),
        ValueError,
        "Batch 2 of the generator is (x, y, sample_weight), but those before it were (x, y). Give every "
        "batch the same structure: x, (x, y) or (x, y, sample_weight).",
    ),
    "another dtype": (
        lambda: after(2, lambda: (X[:16], Y[:16].astype("int32"))),
        ValueError,
        "Batch 2 of the generator has y of dtype int32, but those before it had float32. Give all "
        'batches one dtype: y.astype("float32").',
    ),
    "another rank": (
        lambda: after(2, lambda: (X[:16, None], Y[:16])),
        ValueError,
        "Batch 2 of the generator has x of shape (16, 1, 4), but those before it had (16, 4): the "
        "number of axes must stay the same.",
    ),
    "other numbers of rows": (
        lambda: after(2, lambda: (X[:16], Y[:15])),
        ValueError,
        "fit needs as many rows in each array, but x has 16, y has 15. Row i of y belongs to row i of "
        "x.",
    ),
    "NaN": (
        lambda: after(2, with_nan),
        ValueError,
        "x of batch 2 of the generator holds NaN (first in row 5), which would make the loss NaN at "
        "once.",
    ),
    "a class that there is not": (
        lambda: after(2, lambda: (X[:16], Y[:16] + 1)),
        ValueError,
        'The loss "binary_crossentropy" wants targets from 0 to 1, but y goes from 1 to 2.',
    ),
    "a tuple of four": (
        lambda: after(2, lambda: (*BATCH, None, None)),
        ValueError,
        "A batch must be x, (x, y) or (x, y, sample_weight), but the generator gave a tuple of 4.",
    ),
    "a PyDataset": (Broken, LookupError, "mine"),
    "a PyDataset with threads": (lambda: Broken(workers=2), LookupError, "mine"),
    "a PyDataset with processes": (
        lambda: Broken(workers=2, use_multiprocessing=True),
        LookupError,
        "mine",
    ),
    "a process that dies": (
        lambda: Ending(workers=2, use_multiprocessing=True),
        RuntimeError,
        "A worker process of Ending died while it fetched batch",
    ),
}


@pytest.mark.parametrize("case", WRONG)
def test_what_is_wrong_with_a_batch_is_said_and_the_weights_reached_are_kept(case):
    make, error, words = WRONG[case]
    model = network()
    with pytest.raises(error, match=re.escape(words)) as caught:
        model.fit(make(), shuffle=False, verbose=0)
    if case != "a process that dies":  # it takes with it what the others were at
        expected = network()
        expected.fit(iter([BATCH, BATCH]), verbose=0)
        for a, b in zip(model.get_weights(), expected.get_weights(), strict=True):
            np.testing.assert_array_equal(a, b)
    if error is LookupError:
        name = "generator" if case == "raises" else "PyDataset"
        notes = "\n".join(caught.value.__notes__)
        assert f"while fetching batch 2 of a pass over the {name}" in notes
    model.fit(X, Y, verbose=0)  # it can go on


def test_the_users_traceback_is_there():
    with pytest.raises(LookupError) as caught:
        network().fit(after(1, raising), verbose=0)
    assert caught.traceback[-1].name == "raising"


@pytest.mark.parametrize(
    ("x", "arguments", "error", "words"),
    [
        (
            lambda: iter([BATCH]),
            {"y": Y},
            ValueError,
            "fit got y beside an iterator, which gives y itself: leave y=... out, and let each batch be "
            "(x, y) or (x, y, sample_weight).",
        ),
        (
            lambda: after(1, raising),
            {"sample_weight": Y},
            ValueError,
            "fit got sample_weight beside a generator, which gives sample_weight itself",
        ),
        (
            lambda: after(1, raising),
            {"batch_size": 8},
            ValueError,
            "fit got batch_size=8 beside a generator, whose batches have the size that it gives them. "
            "Leave batch_size out.",
        ),
        (
            lambda: after(1, raising),
            {"validation_split": 0.2},
            ValueError,
            "validation_split=0.2 needs arrays, of which it takes the last rows; a generator gives "
            "batches one after another. Pass validation_data=..., with other data.",
        ),
        (lambda: iter([]), {}, ValueError, "fit got an iterator that gives no batch."),
        (
            lambda: after,
            {},
            TypeError,
            "which is neither arrays nor anything that gives batches. It is a function: call it, "
            "after().",
        ),
        (lambda: X, {"y": iter([Y])}, TypeError, "fit got a list_iterator for y, but needs an array"),
        (
            lambda: X,
            {"y": Y, "steps_per_epoch": 0},
            ValueError,
            "steps_per_epoch must be a whole number",
        ),
        (lambda: X, {"y": Y, "validation_steps": 1.5}, ValueError, "validation_steps must be a whole"),
        (
            lambda: X,
            {"y": Y, "validation_freq": 0},
            ValueError,
            "validation_freq must be a whole number",
        ),
        (
            lambda: iter([BATCH]),
            {"validation_data": iter([])},
            ValueError,
            "fit got an iterator that gives no batch.",
        ),
    ],
)
def test_arguments_that_do_not_go_together(x, arguments, error, words):
    model = network()
    before = model.get_weights()
    with pytest.raises(error, match=re.escape(words)):
        model.fit(x(), verbose=0, **arguments)
    for a, b in zip(model.get_weights(), before, strict=True):
        np.testing.assert_array_equal(a, b)


def test_a_data_set_of_single_samples_is_told_of_loaders():
    class Samples:
        def __getitem__(self, index):
            return X[index], Y[index]

        def __len__(self):
            return 64

    with pytest.raises(TypeError, match=re.escape("DataLoader(dataset, batch_size=32)")):
        network().fit(Samples(), verbose=0)


def test_a_generator_that_ends_early_ends_training_with_a_warning():
    model = network()
    words = "The data ran out after 2 of 4 steps. The generator gives its batches only once"
    with pytest.warns(CornuWarning, match=re.escape(words)) as caught:
        history = model.fit(
            (BATCH for _ in range(6)), steps_per_epoch=4, epochs=5, validation_data=(X, Y), verbose=0
        )
    assert caught[0].filename == __file__
    assert history.epoch == [0, 1]
    assert len(history.history["val_loss"]) == 2


def test_a_generator_that_ends_with_an_epoch():
    model, epochs = network(), []
    told = cornu.callbacks.LambdaCallback(on_epoch_end=lambda epoch, logs: epochs.append(epoch))
    with pytest.warns(CornuWarning, match="The data ran out after 0 of 3 steps"):
        model.fit((BATCH for _ in range(6)), steps_per_epoch=3, epochs=4, verbose=0, callbacks=[told])
    assert epochs == [0, 1]
    with pytest.warns(CornuWarning, match="The data ran out after 1 of 4 epochs"):
        history = model.fit((BATCH for _ in range(6)), epochs=4, verbose=0)
    assert history.epoch == [0]


def test_more_steps_than_there_are_batches():
    model = network()
    words = "The data ran out after 4 of 9 steps. 64 rows make 4 batches of 16."
    with pytest.warns(CornuWarning, match=re.escape(words)):
        model.fit(X, Y, batch_size=16, steps_per_epoch=9, verbose=0)
    with pytest.warns(CornuWarning, match="The data ran out after 4 of 9 steps"):
        model.evaluate(X, Y, batch_size=16, steps=9, verbose=0)
    with pytest.warns(CornuWarning, match="The data ran out after 2 of 3 steps"):
        assert len(model.predict(iter([BATCH, BATCH]), steps=3, verbose=0)) == 32


def test_processes_are_of_no_use_to_a_generator():
    with pytest.warns(
        CornuWarning, match="use_multiprocessing=True makes no difference to the generator"
    ):
        network().fit((BATCH for _ in range(2)), use_multiprocessing=True, workers=4, verbose=0)


def test_evaluate_and_predict_raise_what_a_generator_raises():
    for call in ("evaluate", "predict"):
        with pytest.raises(LookupError, match="mine"):
            getattr(network(), call)(after(2, raising), verbose=0)


def test_a_pydataset_without_a_length_is_told_what_it_needs():
    class Endless(cornu.utils.PyDataset):
        def __getitem__(self, index):
            return BATCH

    with pytest.raises(NotImplementedError, match="Endless does not say how many batches it has"):
        network().fit(Endless(), verbose=0)
    with pytest.raises(NotImplementedError, match="PyDataset needs a method __getitem__"):
        cornu.utils.PyDataset()[0]


def test_a_callback_may_end_a_pass_over_a_slow_generator():
    def slow():
        while True:
            yield BATCH
            time.sleep(0.01)

    class Stop(cornu.callbacks.Callback):
        def on_train_batch_end(self, batch, logs=None):
            self.model.stop_training = batch == 2

    began = time.time()
    history = network().fit(slow(), steps_per_epoch=10**6, epochs=3, verbose=0, callbacks=[Stop()])
    assert history.epoch == [0]
    assert time.time() - began < 30
