"""Running ahead of callbacks: they see every batch, and the model as it was after it."""

import numpy as np
import pytest

import cornu
from cornu.training import ahead

X = np.random.default_rng(0).normal(size=(300, 3)).astype("float32")
Y = (X[:, 0] > 0).astype("float32")


@pytest.fixture
def eager_to_run_ahead(monkeypatch):
    """However slow the machine is and however few the steps are, it is taken to pay."""
    monkeypatch.setattr(ahead, "SHORT", float("inf"))
    monkeypatch.setattr(ahead, "OFTEN", 0)
    monkeypatch.setattr(ahead, "TRIED", 2)


def model():
    cornu.utils.set_random_seed(0)
    layers = [cornu.layers.Dense(4, "relu"), cornu.layers.Dropout(0.2), cornu.layers.Dense(1, "sigmoid")]
    made = cornu.Sequential([cornu.Input((3,)), *layers])
    made.compile(cornu.optimizers.Adam(0.01), "binary_crossentropy", metrics=["accuracy"])
    return made


class Watch(cornu.callbacks.Callback):
    """Keeps the logs of every batch, and does something at one of them, counted through all epochs."""

    def __init__(self, at=None, does=None, begin=False):
        super().__init__()
        self.at, self.does, self.begin = at, does, begin
        self.logs, self.batches, self.result = [], [], None

    def on_train_batch_begin(self, batch, logs=None):
        assert logs == {}
        if self.begin and len(self.logs) == self.at:
            self.result = self.does(self.model)

    def on_train_batch_end(self, batch, logs=None):
        self.batches.append(batch)
        self.logs.append(logs)
        if not self.begin and len(self.logs) == self.at:
            self.result = self.does(self.model)


def trained(watch, **kwargs):
    made = model()
    arguments = {"batch_size": 8, "epochs": 4, "verbose": 0, **kwargs}
    history = made.fit(X, Y, callbacks=[watch], **arguments)
    return made, history.history


def calls(monkeypatch):
    """A list that grows with each call of the loop that runs ahead."""
    found = []
    plain = cornu.training.loop.Loop.each
    monkeypatch.setattr(
        cornu.training.loop.Loop,
        "each",
        lambda self, window, start, stop: (
            found.append((start, stop)) or plain(self, window, start, stop)
        ),
    )
    return found


@pytest.mark.parametrize("rows", [300, 296, 30])
def test_logs_and_weights_are_those_of_single_steps(rows, monkeypatch, request):
    def run():
        watch, made = Watch(), model()
        made.fit(X[:rows], Y[:rows], batch_size=8, epochs=4, verbose=0, callbacks=[watch])
        return watch, made

    one_by_one, expected = run()
    request.getfixturevalue("eager_to_run_ahead")
    found = calls(monkeypatch)
    watch, made = run()
    assert found
    assert watch.logs == one_by_one.logs
    assert watch.batches == one_by_one.batches == 4 * list(range(-(-rows // 8)))
    for a, b in zip(made.get_weights(), expected.get_weights(), strict=True):
        np.testing.assert_array_equal(a, b)


TOUCHES = {
    "reads": lambda m: m.get_weights(),
    "computes": lambda m: m(X[:4]).tolist(),
    "evaluates": lambda m: m.evaluate(X, Y, verbose=0),
    "sets the rate": lambda m: setattr(m.optimizer, "learning_rate", 0.5),
    "sets weights": lambda m: m.layers[0].bias.assign(np.ones(4)),
    "stops": lambda m: setattr(m, "stop_training", True),
}


@pytest.mark.parametrize("begin", [False, True])
@pytest.mark.parametrize("at", [3, 40, 100])
@pytest.mark.parametrize("does", TOUCHES)
def test_what_touches_the_model_finds_it_as_after_that_batch(does, at, begin, monkeypatch, request):
    one_by_one = Watch(at, TOUCHES[does], begin)
    expected, history = trained(one_by_one)
    request.getfixturevalue("eager_to_run_ahead")
    found = calls(monkeypatch)
    watch = Watch(at, TOUCHES[does], begin)
    made, again = trained(watch)
    assert found
    assert watch.logs == one_by_one.logs
    assert again == history
    np.testing.assert_equal(watch.result, one_by_one.result)
    for a, b in zip(made.get_weights(), expected.get_weights(), strict=True):
        np.testing.assert_array_equal(a, b)


def test_after_a_touch_no_step_is_taken_ahead(eager_to_run_ahead, monkeypatch):
    found = calls(monkeypatch)
    trained(Watch(50, TOUCHES["reads"]))
    assert found == [(2, 38), (0, 38)]  # 38 batches an epoch; the second epoch was touched


@pytest.mark.parametrize("at", [1, 3, 17])
def test_an_error_in_a_callback_leaves_the_weights_of_its_batch(at, monkeypatch, request):
    def fails(model):
        raise RuntimeError("mine")

    weights = []
    for name in (None, "eager_to_run_ahead"):
        if name:
            request.getfixturevalue(name)
        made = model()
        with pytest.raises(RuntimeError, match="mine"):
            made.fit(X, Y, batch_size=8, epochs=2, verbose=0, callbacks=[Watch(at, fails)])
        weights.append([*made.get_weights(), int(made.optimizer.iterations)])
    assert weights[0][-1] == weights[1][-1] == at
    for a, b in zip(*weights, strict=True):
        np.testing.assert_array_equal(a, b)


def test_arrays_taken_before_stay_readable(eager_to_run_ahead):
    made = model()
    kernel = made.layers[0].kernel
    taken, copy = kernel.value, kernel.numpy()
    made.fit(X, Y, batch_size=8, epochs=3, verbose=0, callbacks=[Watch(30, TOUCHES["reads"])])
    np.testing.assert_array_equal(taken, copy)


def test_long_or_few_steps_are_not_taken_ahead(monkeypatch):
    watch = ahead.Stopwatch()
    for _ in range(ahead.TRIED):
        watch.note(ahead.SHORT * 2, 10**6)
    assert watch.pays is False
    watch = ahead.Stopwatch()
    for _ in range(ahead.TRIED):
        watch.note(ahead.SHORT / 2, ahead.OFTEN)
    assert watch.pays is False
    for _ in range(ahead.TRIED):
        watch.note(ahead.SHORT / 2, 10**6)
    assert watch.pays is False  # once known it stays
