"""Training against Keras: from the same seed, the same weights, orders, masks and numbers.

Each case is a function of the library; what it gives for Cornu has to equal what it gives for Keras.
"""

import itertools
from collections.abc import Mapping

import jax.numpy as jnp
import keras
import numpy as np
import pytest

import cornu

pytestmark = [
    pytest.mark.parity,
    pytest.mark.filterwarnings("ignore::cornu.core.errors.CornuWarning"),
]

RTOL = 1e-5
RNG = np.random.default_rng(11)
X = RNG.normal(size=(50, 5)).astype("float32")
LABELS = (X[:, :3] + 0.3 * RNG.normal(size=(50, 3))).argmax(axis=1)
ONE_HOT = np.eye(3, dtype="float32")[LABELS]
BITS = (X.sum(axis=1) > 0).astype("float32")
REALS = (X @ RNG.normal(size=(5, 2))).astype("float32")
WEIGHTS = RNG.uniform(0.2, 2.0, size=50).astype("float32")


def assert_same(ours, theirs, where="result"):
    """Both structures have the same keys, in the same order, and the same numbers."""
    if isinstance(theirs, Mapping):
        assert list(ours) == list(theirs), where
        for key in theirs:
            assert_same(ours[key], theirs[key], f"{where}[{key!r}]")
    elif isinstance(theirs, (list, tuple)):
        assert len(ours) == len(theirs), where
        for i, (a, b) in enumerate(zip(ours, theirs, strict=True)):
            assert_same(a, b, f"{where}[{i}]")
    elif isinstance(theirs, str) or theirs is None:
        assert ours == theirs, where
    else:
        np.testing.assert_allclose(ours, theirs, rtol=RTOL, atol=1e-6, err_msg=where)


def dense(lib, units=3, activation=None, seed=5, dropout=0.0, **arguments):
    """A small network with freshly seeded weights."""
    lib.utils.set_random_seed(seed)
    layers = [lib.layers.Input((5,)), lib.layers.Dense(6, activation="tanh", **arguments)]
    if dropout:
        layers.append(lib.layers.Dropout(dropout))
    return lib.Sequential([*layers, lib.layers.Dense(units, activation=activation, **arguments)])


def recorder(lib, steps):
    class Recorder(lib.callbacks.Callback):
        def on_train_batch_end(self, batch, logs=None):
            steps.append({"batch": batch, **logs})

    return Recorder()


def fit(lib, model, x=X, y=None, **arguments):
    """What every batch and every epoch reported, and the weights at the end."""
    steps = []
    callbacks = [recorder(lib, steps)]
    history = model.fit(x, y, verbose=0, callbacks=callbacks, **arguments)
    return {
        "steps": steps,
        "history": dict(history.history),
        "epoch": history.epoch,
        "weights": [np.asarray(weight) for weight in model.get_weights()],
    }


# -- cases of every day ----------------------------------------------------------------------------


def binary_with_dropout_and_validation_split(lib):
    model = dense(lib, 1, "sigmoid", dropout=0.3)
    model.compile("adam", "binary_crossentropy", metrics=["accuracy"])
    return fit(lib, model, y=BITS, batch_size=16, epochs=5, validation_split=0.2)


def classes_from_logits_in_partial_batches(lib):
    model = dense(lib, kernel_initializer="he_normal")
    loss = lib.losses.SparseCategoricalCrossentropy(from_logits=True)
    optimizer = lib.optimizers.RMSprop(0.01, centered=True, momentum=0.5)
    model.compile(optimizer, loss, metrics=["accuracy", "sparse_categorical_crossentropy"])
    return fit(lib, model, y=LABELS, batch_size=7, epochs=3)


def smoothed_one_hot_with_sample_weights(lib):
    model = dense(lib, activation="softmax", kernel_initializer="lecun_uniform")
    loss = lib.losses.CategoricalCrossentropy(label_smoothing=0.1)
    optimizer = lib.optimizers.SGD(0.1, momentum=0.9, nesterov=True)
    model.compile(optimizer, loss, metrics=["acc"], weighted_metrics=["accuracy", "mse"])
    return fit(lib, model, y=ONE_HOT, sample_weight=WEIGHTS, batch_size=12, epochs=4)


def regression_unshuffled_with_weighted_validation(lib):
    model = dense(lib, 2, kernel_initializer="random_normal")
    optimizer = lib.optimizers.Adam(0.01, amsgrad=True, clipnorm=0.5)
    model.compile(optimizer, "mse", metrics=["mae"], weighted_metrics=["mse"])
    held_out = (X[:13], REALS[:13], WEIGHTS[:13])
    arguments = {"validation_data": held_out, "validation_batch_size": 4, "shuffle": False}
    return fit(lib, model, y=REALS, batch_size=20, epochs=4, **arguments)


def class_weights(lib):
    model = dense(lib, activation="softmax")
    optimizer = lib.optimizers.SGD(0.1, clipvalue=0.02, weight_decay=0.01)
    model.compile(optimizer, "sparse_categorical_crossentropy", metrics=["accuracy"])
    return fit(lib, model, y=LABELS, class_weight={0: 1.0, 1: 5.0, 2: 0.2}, epochs=3)


def class_weights_of_one_hot_targets(lib):
    model = dense(lib, activation="softmax")
    model.compile("sgd", "categorical_crossentropy", weighted_metrics=["accuracy"])
    return fit(lib, model, y=ONE_HOT, class_weight={0: 1.0, 1: 5.0, 2: 0.2}, epochs=2)


def heads(lib, as_dict=False):
    """Two outputs over one trunk."""
    lib.utils.set_random_seed(8)
    inputs = lib.layers.Input((5,))
    hidden = lib.layers.Dense(4, activation="tanh")(inputs)
    kind = lib.layers.Dense(3, activation="softmax", name="kind")(hidden)
    size = lib.layers.Dense(2, name="size")(hidden)
    return lib.Model(inputs, {"kind": kind, "size": size} if as_dict else [kind, size])


def outputs_in_lists(lib):
    model = heads(lib)
    losses = ["sparse_categorical_crossentropy", "mse"]
    metrics = [["accuracy"], ["mae", "mse"]]
    model.compile("rmsprop", losses, loss_weights=[1.0, 0.25], metrics=metrics)
    result = fit(lib, model, y=[LABELS, REALS], epochs=3, validation_split=0.3)
    values = model.evaluate(X, [LABELS, REALS], verbose=0)
    return result, model.evaluate(X, [LABELS, REALS], verbose=0, return_dict=True), values


def outputs_in_dicts(lib):
    model = heads(lib, as_dict=True)
    model.compile(
        "adam",
        loss={"kind": "categorical_crossentropy", "size": "mae"},
        loss_weights={"kind": 2.0, "size": 0.5},
        metrics={"kind": ["accuracy"]},
        weighted_metrics={"size": ["mse"]},
    )
    weights = {"kind": WEIGHTS, "size": 1 / WEIGHTS}
    return fit(lib, model, y={"kind": ONE_HOT, "size": REALS}, sample_weight=weights, epochs=3)


def one_loss_for_several_outputs(lib):
    lib.utils.set_random_seed(8)
    inputs = lib.layers.Input((5,))
    outputs = [lib.layers.Dense(2, name=name)(inputs) for name in ("left", "right")]
    model = lib.Model(inputs, outputs)
    model.compile("sgd", "mse")
    return fit(lib, model, y=[REALS, -REALS], epochs=2)


def no_loss_for_one_of_two_outputs(lib):
    model = heads(lib)
    model.compile("sgd", ["sparse_categorical_crossentropy", None])
    return fit(lib, model, y=[LABELS, REALS], epochs=2)


def subclassed_model(lib):
    class Residual(lib.Model):
        def __init__(self):
            super().__init__()
            self.first = lib.layers.Dense(5, activation="relu")
            self.drop = lib.layers.Dropout(0.4)
            self.last = lib.layers.Dense(2)

        def call(self, inputs, training=False):
            return self.last(inputs + self.drop(self.first(inputs), training=training))

    lib.utils.set_random_seed(6)
    model = Residual()
    model.compile("adam", "mae", metrics=["mse"])
    return fit(lib, model, y=REALS, batch_size=9, epochs=3, validation_split=0.1)


def custom_loss_and_metric_functions(lib):
    def cubed(y_true, y_pred):
        return jnp.mean(jnp.abs(y_true - y_pred) ** 3, axis=-1)

    def largest_error(y_true, y_pred):
        return jnp.max(jnp.abs(y_true - y_pred))

    model = dense(lib, 2)
    model.compile("adam", cubed, metrics=[largest_error, "mae", cubed])
    return fit(lib, model, y=REALS, batch_size=16, epochs=3)


def custom_loss_and_metric_classes(lib):
    class Cubed(lib.losses.Loss):
        def __init__(self, power=3, **kwargs):
            super().__init__(**kwargs)
            self.power = power

        def call(self, y_true, y_pred):
            return jnp.mean(jnp.abs(y_true - y_pred) ** self.power, axis=-1)

    class Range(lib.metrics.Metric):
        def __init__(self, name="range", **kwargs):
            super().__init__(name=name, **kwargs)
            self.largest = self.add_variable((), "zeros", name="largest")

        def update_state(self, y_true, y_pred, sample_weight=None):
            self.largest.assign(jnp.maximum(self.largest.value, jnp.max(jnp.abs(y_pred))))

        def result(self):
            return self.largest.value

    model = dense(lib, 2)
    model.compile("adam", Cubed(2.5, reduction="sum"), metrics=[Range()])
    return fit(lib, model, y=REALS, batch_size=16, epochs=3, validation_split=0.2)


def regularizers_and_added_losses(lib):
    class Penalty(lib.layers.Layer):
        def call(self, inputs):
            self.add_loss(0.1 * jnp.mean(jnp.abs(inputs)))
            return inputs

    lib.utils.set_random_seed(7)
    model = lib.Sequential(
        [
            lib.layers.Input((5,)),
            lib.layers.Dense(6, activation="tanh", kernel_regularizer="l2"),
            Penalty(),
            lib.layers.Dense(2, bias_regularizer=lib.regularizers.L1(0.1), activity_regularizer="l1"),
        ]
    )
    model.compile("sgd", "mse", metrics=["mse"])
    result = fit(lib, model, y=REALS, epochs=3, batch_size=16, validation_split=0.2)
    return result, model.evaluate(X, REALS, verbose=0, batch_size=20)


def frozen_layers(lib):
    model = dense(lib, 2)
    model.layers[0].trainable = False
    model.compile("adam", "mse")
    return fit(lib, model, y=REALS, epochs=2)


def evaluate_and_predict(lib):
    model = dense(lib, activation="softmax", dropout=0.5)
    model.compile("adam", "sparse_categorical_crossentropy", metrics=["accuracy"])
    arguments = {"batch_size": 8, "verbose": 0}
    return (
        model.evaluate(X, LABELS, **arguments),
        model.evaluate(X, LABELS, sample_weight=WEIGHTS, return_dict=True, **arguments),
        model.predict(X, **arguments),
        model.predict_on_batch(X[:3]),
    )


def evaluate_without_metrics_is_a_number(lib):
    model = dense(lib, 2)
    model.compile("adam", "mse")
    return model.evaluate(X, REALS, verbose=0)


def single_batches(lib):
    """Values are those of the one batch, however many came before."""
    model = dense(lib, activation="softmax")
    model.compile("adam", "sparse_categorical_crossentropy", metrics=["accuracy"])
    results = [model.train_on_batch(X[i : i + 10], LABELS[i : i + 10]) for i in (0, 10, 20)]
    results.append(model.test_on_batch(X[30:], LABELS[30:]))
    model.reset_metrics()
    results.append(model.test_on_batch(X[30:], LABELS[30:], sample_weight=WEIGHTS[30:]))
    model.reset_metrics()
    weights = {0: 1.0, 1: 3.0, 2: 0.5}
    last = model.train_on_batch(X, LABELS, class_weight=weights, return_dict=True)
    return [[float(value) for value in result] for result in results], last


def fit_twice(lib):
    """A second fit goes on from the first: weights, slots of the optimizer, random numbers."""
    model = dense(lib, 2, dropout=0.2)
    model.compile("adam", "mse")
    first = fit(lib, model, y=REALS, epochs=2)
    return first, fit(lib, model, y=REALS, epochs=5, initial_epoch=2, batch_size=10)


def validation_freq(lib):
    model = dense(lib, 2)
    model.compile("adam", "mse")
    return fit(lib, model, y=REALS, epochs=5, validation_data=(X, REALS), validation_freq=2)


def recompiled(lib):
    model = dense(lib, 2)
    model.compile("adam", "mse")
    first = fit(lib, model, y=REALS, epochs=1)
    model.compile(lib.optimizers.SGD(0.01), "mae", metrics=["mse"])
    return first, fit(lib, model, y=REALS, epochs=2)


CASES = [
    binary_with_dropout_and_validation_split,
    classes_from_logits_in_partial_batches,
    smoothed_one_hot_with_sample_weights,
    regression_unshuffled_with_weighted_validation,
    class_weights,
    class_weights_of_one_hot_targets,
    outputs_in_lists,
    outputs_in_dicts,
    one_loss_for_several_outputs,
    no_loss_for_one_of_two_outputs,
    subclassed_model,
    custom_loss_and_metric_functions,
    custom_loss_and_metric_classes,
    regularizers_and_added_losses,
    frozen_layers,
    evaluate_and_predict,
    evaluate_without_metrics_is_a_number,
    single_batches,
    fit_twice,
    validation_freq,
    recompiled,
]


@pytest.mark.parametrize("case", CASES, ids=lambda case: case.__name__)
def test_the_same_numbers_as_keras(case):
    assert_same(case(cornu), case(keras))


def test_run_eagerly_gives_the_numbers_of_keras_compiled():
    def run(lib, eager):
        model = dense(lib, 1, "sigmoid", dropout=0.3)
        model.compile("adam", "bce", metrics=["accuracy"], run_eagerly=eager)
        return fit(lib, model, y=BITS, batch_size=16, epochs=2, validation_split=0.2)

    assert_same(run(cornu, True), run(keras, False))


def test_one_program_per_epoch_gives_the_history_of_keras():
    def run(lib):
        model = dense(lib, 1, "sigmoid", dropout=0.3)
        model.compile("adam", "bce", metrics=["accuracy"])
        return model.fit(X, BITS, batch_size=16, epochs=6, verbose=0).history

    assert_same(run(cornu), run(keras))


# -- the wide product ------------------------------------------------------------------------------

LOSSES = {
    "mse": (lambda lib: "mse", 2, None, REALS),
    "mae": (lambda lib: lib.losses.MeanAbsoluteError(), 2, None, REALS),
    "binary": (lambda lib: "binary_crossentropy", 1, "sigmoid", BITS),
    "binary logits": (
        lambda lib: lib.losses.BinaryCrossentropy(from_logits=True, label_smoothing=0.1),
        1,
        None,
        BITS[:, None],
    ),
    "categorical": (lambda lib: "categorical_crossentropy", 3, "softmax", ONE_HOT),
    "categorical logits": (
        lambda lib: lib.losses.CategoricalCrossentropy(from_logits=True, label_smoothing=0.1),
        3,
        None,
        ONE_HOT,
    ),
    "sparse": (lambda lib: "sparse_categorical_crossentropy", 3, "softmax", LABELS),
    "sparse logits": (
        lambda lib: lib.losses.SparseCategoricalCrossentropy(from_logits=True),
        3,
        None,
        LABELS[:, None],
    ),
}
OPTIMIZERS = {
    "sgd": ("SGD", {"learning_rate": 0.1}),
    "momentum": ("SGD", {"learning_rate": 0.1, "momentum": 0.9}),
    "nesterov": ("SGD", {"learning_rate": 0.1, "momentum": 0.9, "nesterov": True}),
    "rmsprop": ("RMSprop", {}),
    "centered": ("RMSprop", {"learning_rate": 0.01, "centered": True}),
    "rmsprop momentum": ("RMSprop", {"learning_rate": 0.01, "momentum": 0.9}),
    "adam": ("Adam", {}),
    "amsgrad": ("Adam", {"learning_rate": 0.05, "amsgrad": True}),
    "clipnorm": ("SGD", {"learning_rate": 0.5, "clipnorm": 0.1}),
    "clipvalue": ("Adam", {"learning_rate": 0.05, "clipvalue": 0.01}),
    "global_clipnorm": ("SGD", {"learning_rate": 0.5, "global_clipnorm": 0.1}),
    "weight_decay": ("Adam", {"learning_rate": 0.05, "weight_decay": 0.1}),
}
# Units that start alike, and RMSprop's first steps (whose mean square is that of one gradient),
# magnify the last bit.
MAGNIFIED = 5e-5
# From zeros the first gradients are rounding errors, which Adam scales up to whole steps.
INITIALIZERS = (
    *("ones", "random_normal", "random_uniform", "truncated_normal", "orthogonal"),
    *("glorot_uniform", "glorot_normal", "he_uniform", "he_normal", "lecun_uniform"),
)


def twenty_steps(lib, loss, optimizer, initializer, by_hand):
    """The loss at each of 20 steps."""
    make_loss, units, activation, y = LOSSES[loss]
    name, arguments = OPTIMIZERS[optimizer]
    model = dense(lib, units, activation, kernel_initializer=initializer)
    model.compile(getattr(lib.optimizers, name)(**arguments), make_loss(lib))
    if not by_hand:
        return [step["loss"] for step in fit(lib, model, y=y, batch_size=10, epochs=4)["steps"]]
    batches = [slice(i, i + 10) for i in range(0, 50, 10)] * 4
    return [float(model.train_on_batch(X[rows], y[rows])) for rows in batches]


def assert_same_steps(loss, optimizer, initializer, by_hand):
    arguments = (loss, optimizer, initializer, by_hand)
    ours, theirs = (twenty_steps(lib, *arguments) for lib in (cornu, keras))
    assert len(ours) == len(theirs) == 20
    rtol = MAGNIFIED if initializer == "ones" or optimizer == "rmsprop momentum" else RTOL
    np.testing.assert_allclose(ours, theirs, rtol=rtol, atol=1e-6)


@pytest.mark.parametrize("by_hand", [False, True], ids=["fit", "train_on_batch"])
def test_twenty_steps(by_hand):
    assert_same_steps("sparse logits", "amsgrad", "orthogonal", by_hand)


PAIRS = list(itertools.product(LOSSES, OPTIMIZERS))


@pytest.mark.wide
@pytest.mark.parametrize("initializer", INITIALIZERS)
@pytest.mark.parametrize(("loss", "optimizer"), PAIRS)
def test_twenty_steps_of_fit(loss, optimizer, initializer):
    assert_same_steps(loss, optimizer, initializer, by_hand=False)


@pytest.mark.wide
@pytest.mark.parametrize(("loss", "optimizer"), PAIRS)
def test_twenty_steps_by_hand(loss, optimizer):
    assert_same_steps(loss, optimizer, "glorot_uniform", by_hand=True)
