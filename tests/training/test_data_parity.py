"""Steps, epochs and validation of batches against Keras: the same batches, the same logs."""

import keras
import numpy as np
import pytest

import cornu

pytestmark = [
    pytest.mark.parity,
    pytest.mark.filterwarnings("ignore"),  # both say that data ran out, each in its words
]

RNG = np.random.default_rng(11)
X = RNG.normal(size=(50, 5)).astype("float32")
Y = (X.sum(axis=1) > 0).astype("float32")[:, None]


def model(lib):
    lib.utils.set_random_seed(5)
    made = lib.Sequential([lib.layers.Input((5,)), lib.layers.Dense(1, activation="sigmoid")])
    made.compile("sgd", "binary_crossentropy", metrics=["accuracy"])
    return made


def dataset(lib, **settings):
    class Numbered(lib.utils.PyDataset):
        def __len__(self):
            return 5

        def __getitem__(self, index):
            return X[10 * index : 10 * index + 10], Y[10 * index : 10 * index + 10]

    return Numbered(**settings)


def batches(times=100):
    for _ in range(times):
        for start in range(0, 50, 10):
            yield X[start : start + 10], Y[start : start + 10]


CASES = {
    "arrays, fewer steps": lambda lib: ((X, Y), {"batch_size": 10, "steps_per_epoch": 3, "epochs": 4}),
    "arrays, steps alone": lambda lib: ((X, Y), {"steps_per_epoch": 4, "epochs": 2}),
    "arrays, more steps": lambda lib: ((X, Y), {"batch_size": 10, "steps_per_epoch": 7, "epochs": 2}),
    "PyDataset, shuffled": lambda lib: ((dataset(lib),), {"epochs": 3}),
    "PyDataset, fewer steps": lambda lib: ((dataset(lib),), {"epochs": 4, "steps_per_epoch": 3}),
    "PyDataset, class weights": lambda lib: (
        (dataset(lib),),
        {"epochs": 2, "class_weight": {0: 1.0, 1: 3.0}},
    ),
    "generator": lambda lib: ((batches(),), {"steps_per_epoch": 4, "epochs": 3}),
    "generator, once": lambda lib: ((batches(1),), {}),
    "validation steps": lambda lib: (
        (X, Y),
        {"validation_data": (X, Y), "validation_steps": 2, "epochs": 3, "validation_batch_size": 10},
    ),
    "validation by a PyDataset": lambda lib: (
        (X, Y),
        {"validation_data": dataset(lib), "validation_steps": 2, "epochs": 3},
    ),
    "validation of some epochs": lambda lib: (
        (X, Y),
        {"validation_data": (X, Y), "validation_freq": [2, 3], "epochs": 4},
    ),
}


def trained(lib, case):
    data, arguments = CASES[case](lib)
    made, seen = model(lib), []

    class Recorder(lib.callbacks.Callback):
        def on_train_batch_end(self, batch, logs=None):
            seen.append((batch, logs["loss"]))

    history = made.fit(*data, verbose=0, callbacks=[Recorder()], **arguments)
    return seen, history.history, made.get_weights(), history.params.get("steps")


@pytest.mark.parametrize("case", CASES)
def test_fit_goes_through_batches_as_keras_does(case):
    ours, theirs = trained(cornu, case), trained(keras, case)
    assert [batch for batch, _ in ours[0]] == [batch for batch, _ in theirs[0]]
    np.testing.assert_allclose(
        [loss for _, loss in ours[0]], [loss for _, loss in theirs[0]], rtol=1e-5, atol=1e-6
    )
    assert list(ours[1]) == list(theirs[1])
    for name, values in theirs[1].items():
        np.testing.assert_allclose(ours[1][name], values, rtol=1e-5, atol=1e-6, err_msg=name)
    for a, b in zip(ours[2], theirs[2], strict=True):
        np.testing.assert_allclose(a, b, rtol=1e-5, atol=1e-6)
    assert ours[3] == theirs[3]


@pytest.mark.parametrize("steps", [None, 2, 5])
def test_evaluate_and_predict_go_through_batches_as_keras_does(steps):
    ours, theirs = model(cornu), model(keras)
    for make in (lambda lib: (X, Y), lambda lib: (dataset(lib),), lambda lib: (batches(1),)):
        np.testing.assert_allclose(
            ours.evaluate(*make(cornu), steps=steps, verbose=0),
            theirs.evaluate(*make(keras), steps=steps, verbose=0),
            rtol=1e-5,
        )
        np.testing.assert_allclose(
            ours.predict(make(cornu)[0], steps=steps, verbose=0),
            theirs.predict(make(keras)[0], steps=steps, verbose=0),
            rtol=1e-5,
        )
