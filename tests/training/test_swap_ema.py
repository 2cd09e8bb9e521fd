"""SwapEMAWeights: when the model holds the averages of its weights."""

import keras
import numpy as np
import pytest

import cornu

X = np.random.default_rng(3).normal(size=(30, 4)).astype("float32")
Y = X.sum(axis=1)
HELD_OUT = (X[:8], 1 - Y[:8])


def network(lib=cornu, optimizer=None):
    lib.utils.set_random_seed(1)
    model = lib.Sequential([lib.layers.Input((4,)), lib.layers.Dense(1)])
    model.compile(optimizer or lib.optimizers.SGD(0.1, use_ema=True, ema_momentum=0.8), "mse")
    return model


def run(lib, on_epoch, **arguments):
    """What is seen of a training: the history, the weights at moments, and those at the end."""
    model, seen = network(lib), []
    moments = ("on_epoch_begin", "on_epoch_end")
    look = {m: lambda *_, **__: seen.append(model.get_weights()[0]) for m in moments}
    look["on_test_begin"] = look["on_test_end"] = lambda *_, **__: seen.append(model.get_weights()[0])
    callbacks = [lib.callbacks.SwapEMAWeights(on_epoch), lib.callbacks.LambdaCallback(**look)]
    data = {"epochs": 3, "batch_size": 8, "verbose": 0, "validation_data": HELD_OUT, **arguments}
    history = model.fit(X, Y, callbacks=callbacks, **data)
    return [*history.history["loss"], *history.history["val_loss"]], seen, model.get_weights()[0]


@pytest.mark.parity
@pytest.mark.parametrize("on_epoch", [False, True])
def test_the_weights_are_those_of_keras_at_each_moment(on_epoch):
    ours, theirs = run(cornu, on_epoch), run(keras, on_epoch)
    assert len(ours[1]) == 12
    for a, b in zip(ours, theirs, strict=True):
        np.testing.assert_allclose(a, b, rtol=1e-5, atol=1e-7)


def test_evaluate_and_predict_use_the_averages_and_leave_the_weights():
    """The averages are worked out from the weights after each step."""
    model = network(optimizer=cornu.optimizers.SGD(0.1, use_ema=True, ema_momentum=0.5))
    after, swap = [], cornu.callbacks.SwapEMAWeights()
    for _ in range(3):
        model.train_on_batch(X, Y)
        after.append(model.get_weights())
    mean = [0.25 * a + 0.25 * b + 0.5 * c for a, b, c in zip(*after, strict=True)]
    kernel, bias = mean
    outputs = model.predict(X, verbose=0, callbacks=[swap])
    np.testing.assert_allclose(outputs, X @ kernel + bias, rtol=1e-4, atol=1e-6)
    loss = model.evaluate(X, Y, verbose=0, callbacks=[swap])
    np.testing.assert_allclose(loss, np.mean((outputs[:, 0] - Y) ** 2), rtol=1e-5)
    for a, b in zip(model.get_weights(), after[-1], strict=True):
        np.testing.assert_array_equal(a, b)


def test_a_training_that_is_stopped_early_ends_with_the_averages():
    def stopped(*callbacks):
        model = network()
        stop = cornu.callbacks.LambdaCallback(
            on_epoch_end=lambda e, logs: setattr(model, "stop_training", e == 1)
        )
        model.fit(X, Y, epochs=5, verbose=0, callbacks=[*callbacks, stop])
        return model.get_weights()[0]

    expected = stopped()  # an optimizer with averages puts them in place at the end
    np.testing.assert_array_equal(stopped(cornu.callbacks.SwapEMAWeights(True)), expected)
    np.testing.assert_array_equal(stopped(cornu.callbacks.SwapEMAWeights()), expected)


@pytest.mark.parametrize("then", ["fit", "evaluate"])
def test_after_an_evaluation_that_failed_the_weights_come_back(then):
    model, swap = network(), cornu.callbacks.SwapEMAWeights()
    model.train_on_batch(X, Y)
    model.train_on_batch(X, Y)
    before = model.get_weights()[0]

    def fail(logs):
        raise LookupError("mine")

    callbacks = [swap, cornu.callbacks.LambdaCallback(on_test_begin=fail)]
    with pytest.raises(LookupError, match="mine"):
        model.evaluate(X, Y, verbose=0, callbacks=callbacks)
    seen = []
    look = cornu.callbacks.LambdaCallback(on_epoch_begin=lambda *_: seen.append(model.get_weights()[0]))
    arguments = {"callbacks": [swap, look], "verbose": 0}
    getattr(model, then)(X, Y, **arguments)
    np.testing.assert_array_equal(seen[0] if seen else model.get_weights()[0], before)


def test_before_the_first_step_the_averages_are_the_weights():
    model = network()
    expected = model.evaluate(X, Y, verbose=0)
    assert model.evaluate(X, Y, verbose=0, callbacks=[cornu.callbacks.SwapEMAWeights()]) == expected


def test_inner_optimizers():
    inner = cornu.optimizers.SGD(0.1, use_ema=True, ema_momentum=0.5)
    model = network(optimizer=cornu.optimizers.LossScaleOptimizer(inner, initial_scale=8.0))
    swap = cornu.callbacks.SwapEMAWeights()
    model.fit(X, Y, validation_data=HELD_OUT, verbose=0, callbacks=[swap])
    model.train_on_batch(X, Y)
    own, averaged = (model.predict(X, verbose=0, callbacks=c) for c in ([], [swap]))
    assert not np.array_equal(own, averaged)


def test_a_backup_of_swapped_weights(tmp_path):
    def fit(*callbacks):
        model = network()
        swap = cornu.callbacks.SwapEMAWeights(True)
        model.fit(X, Y, batch_size=8, epochs=4, verbose=0, callbacks=[swap, *callbacks])
        return model.get_weights()[0]

    def cut(epoch, logs):
        if epoch == 2:
            raise LookupError

    expected = fit()
    backup = cornu.callbacks.BackupAndRestore(tmp_path)
    with pytest.raises(LookupError):
        fit(backup, cornu.callbacks.LambdaCallback(on_epoch_begin=cut))
    np.testing.assert_array_equal(fit(backup), expected)


def test_an_optimizer_without_averages_is_named():
    model = network(optimizer=cornu.optimizers.SGD(0.1))
    with pytest.raises(
        ValueError, match=r"and SGD keeps none\. Write for example optimizer=Adam\(use_ema"
    ):
        model.fit(
            X, Y, verbose=0, validation_data=HELD_OUT, callbacks=[cornu.callbacks.SwapEMAWeights()]
        )
