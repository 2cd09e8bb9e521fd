"""The calls that callbacks get: their order, numbers and logs, against those of Keras 3.15."""

import keras
import numpy as np
import pytest

import cornu
from cornu.training.callbacks.callback_list import MOMENTS

pytestmark = pytest.mark.parity
RNG = np.random.default_rng(3)
X = RNG.normal(size=(30, 4)).astype("float32")
Y = (X.sum(axis=1) > 0).astype("float32")
HELD_OUT = {"validation_data": (X[:12], Y[:12]), "validation_batch_size": 8}
EPOCHS = [moment for moment in MOMENTS if "batch" not in moment]


def recorder(lib, moments, calls, name="", act=None):
    """A callback that writes down each call, then may do something: `act(model, moment, number)`."""

    def method(moment):
        def record(self, *arguments, logs=None):
            *numbers, logs = (*arguments, logs) if logs is not None else arguments
            calls.append((name + moment, numbers, {k: np.array(v) for k, v in (logs or {}).items()}))
            if act is not None:
                act(self.model, moment, *numbers)

        return record

    return type("Recorder", (lib.callbacks.Callback,), {m: method(m) for m in moments})()


def batches():
    """An endless generator."""
    while True:
        for start in range(0, 30, 6):
            yield X[start : start + 6], Y[start : start + 6]


def model_of(lib, each=1):
    lib.utils.set_random_seed(1)
    model = lib.Sequential([lib.layers.Input((4,)), lib.layers.Dense(1, activation="sigmoid")])
    model.compile("sgd", "binary_crossentropy", metrics=["accuracy"], steps_per_execution=each)
    return model


def run(lib, moments, act=None, each=1, **arguments):
    """All calls of a fit, an evaluate and a predict."""
    model = model_of(lib, each)
    calls = []
    callbacks = [recorder(lib, moments, calls, act=act), recorder(lib, moments, calls, "second ")]
    quiet = {"verbose": 0, "callbacks": callbacks}
    model.fit(X, Y, batch_size=8, **{"epochs": 2, **arguments}, **quiet)
    model.evaluate(X, Y, batch_size=9, **quiet)
    model.predict(X, batch_size=9, **quiet)
    return calls


def assert_the_same(ours, theirs):
    assert [call[:2] for call in ours] == [call[:2] for call in theirs]
    for mine, other in zip(ours, theirs, strict=True):
        assert list(mine[2]) == list(other[2]), mine[0]  # the order, too
        for name, value in mine[2].items():
            np.testing.assert_allclose(value, other[2][name], rtol=2e-5, atol=1e-6, err_msg=str(mine))


def stop(flag, moment, number=None):
    """Sets a flag of the model at this moment."""

    def act(model, now, *numbers):
        if now == moment and (number is None or numbers == (number,)):
            setattr(model, flag, True)

    return act


CASES = {
    "all": (MOMENTS, {**HELD_OUT, "epochs": 4, "initial_epoch": 1, "validation_freq": 2}),
    "epochs": (EPOCHS, {**HELD_OUT, "epochs": 3, "initial_epoch": 1}),
    "stop in an epoch": (
        MOMENTS,
        {**HELD_OUT, "epochs": 3, "act": stop("stop_training", "on_train_batch_end", 2)},
    ),
    "stop before an epoch": (
        EPOCHS,
        {**HELD_OUT, "epochs": 3, "act": stop("stop_training", "on_epoch_begin", 1)},
    ),
}
WIDE = {
    "train batches": ([*EPOCHS, "on_train_batch_begin", "on_train_batch_end"], HELD_OUT),
    "old batches": (["on_batch_begin", "on_batch_end"], {}),
    "test batches": (["on_test_batch_end"], HELD_OUT),
    "split": (MOMENTS, {"validation_split": 0.3, "epochs": 2}),
    "stop at the start": (MOMENTS, {"epochs": 3, "act": stop("stop_training", "on_train_begin")}),
    "stop after an epoch": (EPOCHS, {"epochs": 3, "act": stop("stop_training", "on_epoch_end", 1)}),
    "stop while validating": (
        MOMENTS,
        {**HELD_OUT, "epochs": 3, "act": stop("stop_training", "on_test_batch_end", 0)},
    ),
    "stop evaluating": (
        MOMENTS,
        {**HELD_OUT, "act": stop("stop_evaluating", "on_test_batch_end", 0)},
    ),
    "stop evaluating at once": (EPOCHS, {**HELD_OUT, "act": stop("stop_evaluating", "on_test_begin")}),
    "stop predicting": (MOMENTS, {"act": stop("stop_predicting", "on_predict_batch_end", 1)}),
    "no epochs": (MOMENTS, {"epochs": 2, "initial_epoch": 2}),
    "epochs that are over": (MOMENTS, {"epochs": 2, "initial_epoch": 9}),
    "validation after some epochs": (EPOCHS, {**HELD_OUT, "epochs": 4, "validation_freq": [1, 4]}),
    **{
        f"{flag} set in {moment}": (MOMENTS, {**HELD_OUT, "epochs": 3, "act": stop(flag, moment)})
        for flag in ("stop_training", "stop_evaluating")
        for moment in MOMENTS
        if "predict" not in moment and not moment.startswith("on_batch")
    },
    **{
        f"stop_predicting set in {moment}": (MOMENTS, {"act": stop("stop_predicting", moment)})
        for moment in ("on_predict_begin", "on_predict_batch_begin")
    },
}


@pytest.mark.parametrize("case", CASES)
def test_the_calls_are_those_of_keras(case):
    moments, arguments = CASES[case]
    assert_the_same(run(cornu, moments, **arguments), run(keras, moments, **arguments))


@pytest.mark.wide
@pytest.mark.parametrize("case", WIDE)
def test_the_calls_are_those_of_keras_wide(case):
    moments, arguments = WIDE[case]
    assert_the_same(run(cornu, moments, **arguments), run(keras, moments, **arguments))


def of_generators(lib):
    """The calls where all data come from generators."""
    model, calls = model_of(lib), []
    quiet = {"verbose": 0, "callbacks": [recorder(lib, MOMENTS, calls)]}
    held_out = {"validation_data": batches(), "validation_steps": 2}
    model.fit(batches(), steps_per_epoch=3, epochs=2, shuffle=False, **held_out, **quiet)
    model.evaluate(batches(), steps=2, **quiet)
    model.predict(((x,) for x, _ in batches()), steps=2, **quiet)
    return calls


def test_the_calls_where_generators_give_the_batches():
    """Which batches validation sees differs: Keras takes some ahead and drops them."""
    ours, theirs = (
        [(moment, numbers, list(logs)) for moment, numbers, logs in of_generators(lib)]
        for lib in (cornu, keras)
    )
    assert ours == theirs


def broken(lib, moment, call):
    """The calls until one of the first callback's methods raises an error, and the steps done."""

    def fail(model, now, *numbers):
        if now == moment:
            raise RuntimeError(f"in {now}")

    model, calls = model_of(lib), []
    callbacks = [recorder(lib, MOMENTS, calls, act=fail), recorder(lib, MOMENTS, calls, "second ")]
    quiet = {"verbose": 0, "callbacks": callbacks, "batch_size": 8}
    arguments = {"fit": {"y": Y, "epochs": 2, **HELD_OUT}, "evaluate": {"y": Y}, "predict": {}}
    with pytest.raises(RuntimeError, match=f"in {moment}"):
        getattr(model, call)(X, **quiet, **arguments[call])
    return calls, int(np.asarray(model.optimizer.iterations))


@pytest.mark.parametrize(
    ("moment", "call"),
    [
        ("on_train_batch_end", "fit"),
        ("on_epoch_end", "fit"),
        *(
            pytest.param(moment, call, marks=pytest.mark.wide)
            for call, words in (
                ("fit", "train test epoch"),
                ("evaluate", "test"),
                ("predict", "predict"),
            )
            for moment in MOMENTS
            if any(f"on_{word}" in moment for word in words.split())
        ),
    ],
)
def test_an_error_in_a_callback_ends_all_calls_as_in_keras(moment, call):
    ours, theirs = (broken(lib, moment, call) for lib in (cornu, keras))
    assert_the_same(ours[0], theirs[0])
    assert ours[1] == theirs[1]


@pytest.mark.parametrize("each", [3, pytest.param(2, marks=pytest.mark.wide)])
def test_the_calls_with_several_steps_at_a_time(each):
    """Every pass has 4 batches; Keras counts on beyond the last."""
    held_out = {**HELD_OUT, "validation_batch_size": 3}
    ours, theirs = (run(lib, MOMENTS, each=each, **held_out) for lib in (cornu, keras))

    def counted(moment, numbers, logs):
        return moment, numbers if "epoch" in moment else [min(n, 3) for n in numbers], logs

    assert_the_same(ours, [counted(*call) for call in theirs])
