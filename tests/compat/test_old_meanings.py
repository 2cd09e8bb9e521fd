"""What old programs ask for has the numbers of its time."""

import itertools
import json
import warnings

import numpy as np
import pytest

from cornu import backend as K
from cornu import callbacks, layers, losses, models, optimizers, utils
from cornu.compat import calls, notes
from cornu.core.errors import NotBuiltYetError

pytestmark = pytest.mark.filterwarnings("ignore::cornu.compat.notes.OldNameWarning")


@pytest.fixture(autouse=True, scope="module")
def old_arguments():
    calls.start()
    yield
    calls.stop()


@pytest.fixture(autouse=True)
def seed():
    utils.set_random_seed(3)


def linear(units=1, **compile):
    """A model whose outputs are the inputs times 1, so that its numbers can be worked out."""
    model = models.Sequential([layers.Dense(output_dim=units, init="one", input_dim=2)])
    model.compile(**{"loss": "mse", "optimizer": "sgd", **compile})
    return model


X, Y = np.array([[1.0, 0.0], [0.0, 2.0], [1.0, 1.0], [0.0, 0.0]]), np.array([0.0, 1.0, 1.0, 0.0])


# ------------------------------------------------------------------------------------------------ layers


@pytest.mark.parametrize(
    "word, spread",
    [("uniform", 0.05 / 3**0.5), ("normal", 0.05), ("he_normal", (2 / 200) ** 0.5)],
)
def test_initializers_have_the_scales_of_keras_1(word, spread):
    layer = layers.Dense(output_dim=100, init=word)
    layer.build((None, 200))
    values = layer.get_weights()[0]
    assert values.std() == pytest.approx(spread, rel=0.02)
    if word == "he_normal":  # not cut off at two deviations
        assert np.abs(values).max() > 2.5 * spread


def test_an_orthogonal_matrix_is_stretched_as_in_keras_1():
    layer = layers.Dense(output_dim=4, init="orthogonal")
    layer.build((None, 4))
    kernel = layer.get_weights()[0]
    np.testing.assert_allclose(kernel @ kernel.T, 1.21 * np.eye(4), atol=1e-5)


def test_an_initializer_may_be_a_function_of_shape_and_name():
    def mine(shape, name=None):
        return K.variable(np.full(shape, 7.0), name=name)

    layer = layers.Dense(output_dim=2, init=mine)
    layer.build((None, 3))
    assert layer.get_weights()[0].tolist() == [[7.0, 7.0]] * 3


def test_border_mode_same_and_dim_ordering_th():
    x = np.arange(32.0).reshape(1, 2, 4, 4)
    old = layers.Conv2D(3, 3, 3, border_mode="same", dim_ordering="th", init="one")(x)
    rows = layers.Conv2D(3, 3, padding="same", kernel_initializer="ones")(x.transpose(0, 2, 3, 1))
    assert old.shape == (1, 3, 4, 4)
    np.testing.assert_allclose(old, np.transpose(rows, (0, 3, 1, 2)), rtol=1e-6)
    pooled = layers.MaxPooling2D(pool_size=(2, 2), dim_ordering="th")(x)
    assert pooled.tolist() == x.reshape(1, 2, 2, 2, 2, 2).max((3, 5)).tolist()


def test_p_is_the_share_that_is_dropped():
    dropped = layers.Dropout(p=0.25)(np.ones((100, 100)), training=True)
    assert float((dropped == 0).mean()) == pytest.approx(0.25, abs=0.02)
    assert float(np.max(dropped)) == pytest.approx(1 / 0.75)


def test_inner_activation_has_the_slope_of_its_time():
    layer = layers.LSTM(output_dim=2, inner_activation="hard_sigmoid")
    assert float(layer.recurrent_activation(1.0)) == pytest.approx(0.7)
    assert float(layers.LSTM(2, recurrent_activation="hard_sigmoid").recurrent_activation(1.0)) != 0.7


def test_weights_are_those_that_were_given():
    given = [np.full((2, 3), 5.0), np.arange(3.0)]
    model = models.Sequential([layers.Dense(3, weights=given, input_shape=(2,)), layers.Dense(1)])
    for found, wanted in zip(model.layers[0].get_weights(), given, strict=True):
        assert found.tolist() == wanted.tolist()
    lstm = layers.LSTM(1, weights=[np.ones((2, 4)), np.ones((1, 4)), np.ones(4)])
    lstm(np.ones((1, 3, 2)))
    assert all((each == 1).all() for each in lstm.get_weights())
    assert "build" not in vars(lstm)
    assert "weights" not in lstm.get_config()
    with pytest.raises(ValueError, match="2 weights"):
        layers.Dense(3, weights=[np.ones((2, 3))]).build((None, 2))


def test_a_layer_with_weights_can_be_copied_before_it_is_built():
    import copy

    layer = layers.Dense(1, weights=[np.full((2, 1), 5.0), np.zeros(1)])
    copied = copy.deepcopy(layer)
    copied.build((None, 2))
    assert copied.get_weights()[0].tolist() == [[5.0], [5.0]]
    assert not layer.built


def test_the_output_shape_of_a_transposed_convolution_is_checked():
    x = np.ones((1, 3, 3, 1))
    right = {"subsample": (2, 2), "border_mode": "same"}
    assert layers.Conv2DTranspose(2, 3, 3, output_shape=(None, 6, 6, 2), **right)(x).shape == (
        1,
        6,
        6,
        2,
    )
    with pytest.raises(ValueError, match=r"gives the shape .* output_padding=1"):
        layers.Conv2DTranspose(2, 3, 3, output_shape=(None, 5, 5, 2), **right)(x)


class OldLayer(layers.Layer):
    """As Keras 1's documentation writes one."""

    def __init__(self, output_dim, **kwargs):
        self.output_dim = output_dim
        super().__init__(**kwargs)

    def build(self, input_shape):
        self.W = K.variable(np.ones((input_shape[1], self.output_dim)))
        self.trainable_weights = [self.W]
        super().build(input_shape)

    def call(self, x, mask=None):
        return K.dot(x, self.W)

    def get_output_shape_for(self, input_shape):
        return (input_shape[0], self.output_dim)


class LayerOfKeras2(layers.Layer):
    def build(self, input_shape):
        self.kernel = self.add_weight("kernel", shape=(2, 1), initializer="ones")
        self.count = self.add_variable(name="count", shape=(), initializer="zeros", trainable=False)

    def call(self, x):
        self.add_update([(self.count, self.count + 1)])
        return K.dot(x, self.kernel)


@pytest.mark.parametrize("layer", [OldLayer(1, input_dim=2), LayerOfKeras2(input_shape=(2,))])
def test_layers_written_for_keras_1_and_2_train(layer):
    model = models.Sequential([layer])
    model.compile("sgd", "mse")
    before = model.evaluate(X, Y, verbose=0)
    assert before == pytest.approx(((X.sum(1) - Y) ** 2).mean())
    model.fit(X, Y, nb_epoch=3, verbose=0)
    assert model.evaluate(X, Y, verbose=0) < before
    assert len(model.trainable_weights) == 1
    assert model.trainable_weights[0].path.endswith("kernel") or model.trainable_weights[0] is layer.W


def test_shapes_and_tensors_of_layers():
    model = models.Sequential([layers.Dense(3, input_shape=(2,)), layers.Dropout(p=0.5)])
    first, last = model.layers
    assert (first.input_shape, first.output_shape, last.output_shape) == (
        (None, 2),
        (None, 3),
        (None, 3),
    )
    assert first.get_output_at(0) is first.output
    assert first.get_input_at(0) is first.input
    assert first.get_output_shape_at(0) == (None, 3)
    assert first.get_input_shape_at(0) == (None, 2)
    assert first.get_output() is first.output
    assert first.get_input() is first.input
    assert len(first.inbound_nodes) == len(first._inbound_nodes) == 1
    assert first.get_output_shape_for((None, 2)) == (None, 3)
    assert (first.uses_learning_phase, last.uses_learning_phase, model.uses_learning_phase) == (
        False,
        True,
        True,
    )
    assert (first.output_dim, first.W, first.b, last.p) == (3, first.kernel, first.bias, 0.5)
    assert (first.updates, model.state_updates, model.stateful) == ([], [], False)
    assert first.get_losses_for(None) == first.get_updates_for(None) == []
    assert model.flattened_layers == model.layers
    assert model.get_layer(index=1) is last
    with pytest.raises(ValueError, match="was called on 1 symbolic inputs"):
        first.get_output_at(3)
    first(layers.Input((4, 2)))
    with pytest.raises(AttributeError, match=r"several shapes of input.*get_input_shape_at\(0\)"):
        first.input_shape  # noqa: B018
    with pytest.raises(AttributeError, match="was never called"):
        layers.Dense(3).output_shape  # noqa: B018
    assert layers.Dense(3, input_dim=4).input_shape == (None, 4)


@pytest.mark.parametrize(
    "name", ["total_loss", "targets", "sample_weights", "metrics_tensors", "outbound_nodes"]
)
def test_parts_of_the_old_graph_are_refused(name):
    model = models.Sequential([layers.Dense(1, input_shape=(2,))])
    with pytest.raises(AttributeError, match=rf"{name} was part of the graph of TensorFlow or Theano"):
        getattr(model, name)
    setattr(model, name, 3)  # a class of one's own may use the name
    assert getattr(model, name) == 3


# ------------------------------------------------------------------------------------------------ models


def test_classes_of_several_outputs_and_of_one():
    model = models.Sequential([layers.Dense(3, init="one", bias=False, input_dim=2)])
    model.layers[0].set_weights([np.array([[0.0, 3.0, 1.0], [2.0, 0.0, 1.0]])])
    model.compile("sgd", "mse")
    assert model.predict_classes(X).tolist() == [1, 0, 1, 0]
    assert model.predict_proba(X).tolist() == model.predict(X, verbose=0).tolist()
    one = linear()
    assert one.predict_classes(X, batch_size=2, verbose=0).tolist() == [[1], [1], [1], [0]]
    assert one.predict_classes(X).dtype == "int32"
    assert not hasattr(models.Model, "predict_classes")


def test_decay_divides_the_rate():
    weight = 1.0
    model = models.Sequential([layers.Dense(1, init="one", bias=False, input_dim=1)])
    model.compile(optimizers.SGD(lr=0.1, decay=0.5), "mse")
    model.fit(np.ones((1, 1)), np.zeros(1), nb_epoch=4, batch_size=1, verbose=0)
    for step in range(4):
        weight -= 0.1 / (1 + 0.5 * step) * 2 * weight
    assert model.get_weights()[0].item() == pytest.approx(weight, rel=1e-6)


def test_the_rate_is_read_and_set():
    model = linear(optimizer=optimizers.SGD(lr=0.25))
    assert K.get_value(model.optimizer.lr) == 0.25
    K.set_value(model.optimizer.lr, 0.5)
    assert float(model.optimizer.lr) == model.optimizer.get_config()["lr"] == 0.5
    assert "lr" not in json.loads(json.dumps(model.optimizer.get_config()))
    assert optimizers.SGD.from_config(model.optimizer.get_config()).lr == 0.5
    with pytest.raises(KeyError, match="rl"):
        model.optimizer.get_config()["rl"]


def test_an_optimizer_minimizes_a_function():
    weight = K.variable(3.0)
    optimizer = optimizers.SGD(lr=0.5)
    optimizer.minimize(lambda: (weight - 1.0) ** 2, [weight])
    assert float(weight) == 1.0
    assert any(each is optimizer.iterations for each in optimizer.weights)
    with pytest.raises(NotBuiltYetError, match="a function without arguments"):
        optimizer.minimize(3.0, [weight])
    for name in ("get_updates", "get_gradients", "compute_gradients"):
        with pytest.raises(NotBuiltYetError, match=rf"{name}\(\) is gone. Write cornu.value_and_grad"):
            getattr(optimizer, name)(None, [])


def batches(size=2):
    """An endless generator of batches."""
    for start in itertools.cycle(range(0, 4, size)):
        yield X[start : start + size], Y[start : start + size]


class Count(callbacks.Callback):
    def on_train_begin(self, logs=None):
        self.steps = 0

    def on_batch_end(self, batch, logs=None):
        self.steps += 1


def test_samples_per_epoch_are_samples():
    model, count = linear(), Count()
    history = model.fit_generator(
        batches(),
        samples_per_epoch=4,
        nb_epoch=3,
        verbose=0,
        callbacks=[count],
        validation_data=batches(),
        nb_val_samples=4,
        max_q_size=2,
        nb_worker=1,
        pickle_safe=False,
    )
    assert count.steps == 6
    assert len(history.history["val_loss"]) == 3
    same = linear()
    utils.set_random_seed(3)
    found = same.fit_generator(batches(), steps_per_epoch=2, epochs=3, verbose=0)
    assert found.history["loss"] == pytest.approx(history.history["loss"])


def test_samples_by_place_are_told_by_an_old_word():
    model, count = linear(), Count()
    model.fit_generator(batches(), 4, nb_epoch=2, verbose=0, callbacks=[count])
    assert count.steps == 4
    model.fit_generator(batches(), 4, epochs=1, verbose=0, callbacks=[count])
    assert count.steps == 4
    assert model.predict_generator(batches(), val_samples=4).shape == (4, 1)
    assert model.predict_generator(batches(), 4, max_q_size=1).shape == (4, 1)
    wanted = model.evaluate(X, Y, verbose=0)
    assert model.evaluate_generator(batches(), val_samples=3, nb_worker=1) == pytest.approx(wanted)


def test_methods_of_generators_are_those_of_today():
    model = linear()
    assert model.evaluate_generator(batches(), steps=2) == model.evaluate(X, Y, batch_size=2, verbose=0)
    found = model.predict_generator(Pairs(), workers=2, use_multiprocessing=False)
    np.testing.assert_allclose(found, model.predict(X, verbose=0), atol=1e-7)
    with pytest.raises(TypeError, match='fit_generator has no argument "nb_epochs"'):
        model.fit_generator(batches(), nb_epochs=3)
    notes.forget()
    with pytest.warns(notes.OldNameWarning, match=r"fit_generator\(generator, \.\.\.\) is an old name"):
        model.fit_generator(batches(), 2, verbose=0)


class Pairs(utils.Sequence):
    def __init__(self):
        super().__init__()

    def __len__(self):
        return 2

    def __getitem__(self, index):
        return X[2 * index : 2 * index + 2], Y[2 * index : 2 * index + 2]


def test_samples_of_a_sequence():
    model, count = linear(), Count()
    model.fit_generator(Pairs(), samples_per_epoch=4, nb_epoch=1, verbose=0, callbacks=[count])
    assert count.steps == 2
    x = (X, Y)
    model.fit_generator(Pairs(), 4, 1, verbose=0, validation_data=x, nb_val_samples=1)
    assert len(model.history.history["val_loss"]) == 1


def test_show_accuracy_adds_the_metric():
    model = linear(class_mode="binary")
    history = model.fit(X=X, y=Y, nb_epoch=2, show_accuracy=True, verbose=0)
    assert len(history.history["acc"]) == 2
    assert len(model.evaluate(X, Y, show_accuracy=True, verbose=0)) == 2
    assert len(model.train_on_batch(X, Y, accuracy=True)) == 2
    assert isinstance(linear().train_on_batch(X, Y), float)
    assert isinstance(linear().evaluate(X, Y, show_accuracy=False, verbose=0), float)


def test_metrics_in_the_third_place():
    model = linear()
    model.compile("sgd", "mse", ["mae"])
    assert model.evaluate(X, Y, verbose=0, return_dict=True)["mae"] == pytest.approx(0.75)
    two = layers.Input((2,))
    both = models.Model(two, [layers.Dense(1, init="one")(two), layers.Dense(1, init="one")(two)])
    both.compile("sgd", "mse", [2.0, 0.5])  # numbers are weights of the losses, as today
    assert both.loss_weights == [2.0, 0.5]


@pytest.mark.parametrize(
    "arguments, words",
    [
        ({"target_tensors": [1]}, "give the targets to fit"),
        ({"sample_weight_mode": "samplewise"}, "weights of steps"),
        ({"distribute": "mirrored"}, "one device"),
        ({"X": 3}, "no argument"),
    ],
)
def test_what_compile_cannot_honour(arguments, words):
    with pytest.raises((NotBuiltYetError, TypeError), match=words):
        linear(**arguments)


def test_what_compile_takes_and_what_it_becomes():
    model = linear(
        target_tensors=None,
        experimental_run_tf_function=False,
        experimental_steps_per_execution=3,
        cloning=True,
        distribute=None,
        sample_weight_mode=None,
        weighted_metrics=None,
    )
    assert model.steps_per_execution == 3


def test_temporal_weights_are_weights_of_steps():
    x = np.arange(6.0).reshape(1, 3, 2)
    model = models.Sequential([layers.Dense(1, init="one", bias=False, input_shape=(3, 2))])
    model.compile("sgd", "mse", sample_weight_mode="temporal")
    found = model.evaluate(x, np.zeros((1, 3, 1)), sample_weight=np.array([[0.0, 1.0, 2.0]]), verbose=0)
    assert found == pytest.approx((5.0**2 + 2 * 9.0**2) / 3)


def test_one_batch_says_its_own_numbers():
    model = linear()
    first = model.test_on_batch(X, Y, reset_metrics=True)
    model.test_on_batch(X, Y + 3)
    assert model.test_on_batch(X, Y) == first
    with pytest.raises(NotBuiltYetError, match=r"For a mean over batches: model\.evaluate"):
        model.test_on_batch(X, Y, reset_metrics=False)
    assert model.predict_on_batch(X=X).tolist() == model.predict(X=X, verbose=0).tolist()


def test_states_of_the_whole_model():
    model = models.Sequential([layers.SimpleRNN(1, stateful=True, batch_input_shape=(1, 1, 1))])
    assert model.stateful
    first = model.predict(np.ones((1, 1, 1)), verbose=0)
    assert model.predict(np.ones((1, 1, 1)), verbose=0) != first
    model.reset_states()
    assert model.predict(np.ones((1, 1, 1)), verbose=0) == first
    assert model.make_predict_function()(np.ones((1, 1, 1))) != first
    assert callable(model._make_predict_function())


def test_the_architecture_as_yaml_is_json():
    model = linear()
    again = models.model_from_json(model.to_yaml())
    assert again.get_config() == model.get_config()


def test_files(tmp_path):
    model = linear()
    model.save(f"{tmp_path}/a.h5", save_format="h5", options=None, signatures=None, save_traces=True)
    assert models.load_model(f"{tmp_path}/a.h5", options=None).predict(X, verbose=0).shape == (4, 1)
    model.save_weights(f"{tmp_path}/w.h5", save_format="h5", options=None)
    model.load_weights(f"{tmp_path}/w.h5", by_name=True, options=None, reshape=False)
    model.save(f"{tmp_path}/b.keras", save_format="keras")
    for call, words in (
        (lambda: model.save("folder", save_format="tf"), r"SavedModel.*model.save\('folder.keras'\)"),
        (lambda: model.save("folder/", save_format="tf"), r"model.save\('folder.keras'\)"),
        (lambda: model.save("m", save_format="h5"), r"Write save\('m.h5'\)"),
        (lambda: model.save_weights("w", save_format="tf"), r"save_weights\('w.weights.h5'\)"),
        (lambda: model.save("m.h5", signatures=3), "it is TensorFlow's"),
        (lambda: model.load_weights("w.h5", options=3), "it is TensorFlow's"),
        (lambda: models.save_model(model, "m.h5", save_traces=False), "it is TensorFlow's"),
    ):
        with pytest.raises(NotBuiltYetError, match=words):
            call()
    with pytest.raises(ValueError, match="keras"):
        model.save("folder")
    assert not list(tmp_path.glob("folder*"))


class Watch(callbacks.Callback):
    def on_epoch_end(self, epoch, logs=None):
        self.seen = self.validation_data


@pytest.mark.parametrize(
    "given, wanted",
    [
        ({"validation_data": (X[2:], Y[2:])}, [X[2:], Y[2:], [1, 1]]),
        ({"validation_data": (X, Y, np.arange(4.0))}, [X, Y, range(4)]),
        ({"validation_split": 0.25}, [X[3:], Y[3:], [1]]),
        ({}, None),
    ],
)
def test_a_callback_sees_the_validation_data(given, wanted):
    watch = Watch()
    assert watch.validation_data is None
    linear().fit(X, Y, nb_epoch=1, verbose=0, callbacks=[watch], **given)
    if wanted is None:
        assert watch.seen is None
    else:
        assert [np.asarray(each).tolist() for each in watch.seen] == [
            np.asarray(w).tolist() for w in wanted
        ]
    assert watch.validation_data is None


def test_variables_have_the_methods_of_theanos():
    rate = optimizers.SGD(lr=0.25).lr
    assert rate.get_value() == rate.eval() == 0.25
    rate.set_value(0.5)
    assert float(rate) == 0.5


def test_modern_calls_say_nothing():
    notes.forget()
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        model = models.Sequential([layers.Dense(1, input_shape=(2,)), layers.Dropout(0.5)])
        model.compile(optimizers.SGD(learning_rate=0.1), losses.MeanSquaredError(), metrics=["mae"])
        model.fit(X, Y, epochs=1, verbose=0)
        layers.Conv2D(32, 3, 2, activation="relu")
        layers.AveragePooling2D((2, 2))


def test_what_add_weight_and_apply_gradients_were_told():
    layer = layers.Layer()
    weight = layer.add_weight(
        "w", (2,), initializer="ones", use_resource=True, experimental_autocast=False
    )
    assert (weight.shape, weight.autocast) == ((2,), False)
    layer.add_weight(shape=(), getter=None, collections=None, synchronization=3, name="v")
    for word, words in (
        ("partitioner", "one array"),
        ("getter", "initializer"),
        ("collections", "attribute"),
    ):
        with pytest.raises(NotBuiltYetError, match=words):
            layer.add_weight(shape=(), name="u", **{word: 3})
    pairs = [(np.ones(2), weight)]
    optimizers.SGD(0.5).apply_gradients(pairs, name="step", experimental_aggregate_gradients=True)
    assert weight.numpy().tolist() == [0.5, 0.5]
    with pytest.raises(NotBuiltYetError, match="one copy of each variable"):
        optimizers.SGD(0.5).apply_gradients(pairs, experimental_aggregate_gradients=False)


@pytest.mark.parametrize(
    "old, modern",
    [
        ("cosine_proximity", "cosine_similarity"),
        ("kullback_leibler_divergence", "kl_divergence"),
        ("kld", "kl_divergence"),
        ("logcosh", "log_cosh"),
        ("mse", "mean_squared_error"),
        ("msle", "mean_squared_logarithmic_error"),
        ("mape", "mean_absolute_percentage_error"),
    ],
)
def test_old_names_of_losses(old, modern):
    y, found = np.array([[1.0, 2.0], [3.0, 1.0]]), np.array([[1.5, 1.0], [2.0, 1.0]])
    assert np.array_equal(losses.get(old)(y, found), losses.get(modern)(y, found))


def test_functions_of_the_backend_take_the_words_of_keras_1():
    x, kernel = np.random.rand(1, 2, 4, 4), np.random.rand(3, 3, 2, 3)
    old = K.conv2d(x, kernel, border_mode="same", dim_ordering="th", image_shape=None, filter_shape=None)
    new = K.conv2d(x, kernel, padding="same", data_format="channels_first")
    assert np.array_equal(old, new)
    larger = K.resize_images(x, 2, 2, dim_ordering="th")
    assert np.array_equal(larger, x.repeat(2, 2).repeat(2, 3).astype("float32"))


def test_an_input_without_a_type_spec():
    assert layers.Input((3,), type_spec=None).shape == (None, 3)
    with pytest.raises(NotBuiltYetError, match="write shape="):
        layers.Input((3,), type_spec=4)


class Tape:
    """What minimize asks of a tape."""

    def gradient(self, target, sources):
        return [2.0 * target for _ in sources]


def test_an_optimizer_minimizes_what_a_tape_recorded():
    weight = K.variable(3.0)
    optimizers.SGD(lr=0.5).minimize(1.0, [weight], tape=Tape())
    assert float(weight) == 2.0


def test_an_embedding_leaves_out_words_while_training():
    layer = layers.Embedding(50, 4, dropout=0.4, embeddings_initializer="ones")
    words = np.tile(np.arange(50), (3, 1))
    assert np.all(np.asarray(layer(words)) == 1)
    found = np.asarray(layer(words, training=True))
    assert set(np.unique(found.round(4))) == {0.0, np.float32(1 / 0.6).round(4)}
    assert np.all(found == found[:1, :, :1])  # a word is there or not, wherever it stands
    assert 5 < (found[0, :, 0] == 0).sum() < 35
    assert not np.array_equal(found, layer(words, training=True))
    assert isinstance(layer, layers.Embedding)
    assert layer.get_config()["dropout"] == 0.4
    with pytest.raises(ValueError, match="rate"):
        layers.Embedding(50, 4, dropout=1.5)


def gan():
    """A discriminator that was frozen after compile, and the model of both."""
    judge = models.Sequential([layers.Dense(1, input_shape=(2,))])
    judge.compile("sgd", "mse")
    judge.trainable = False
    both = models.Sequential([layers.Dense(2, input_shape=(3,)), judge])
    both.compile("sgd", "mse")
    return judge, both


def test_a_model_trains_what_was_trainable_when_it_was_compiled():
    judge, both = gan()
    before = [weight.copy() for weight in judge.get_weights()]
    both.train_on_batch(np.ones((4, 3)), np.ones((4, 1)))
    assert all(map(np.array_equal, judge.get_weights(), before))
    judge.train_on_batch(np.ones((4, 2)), np.ones((4, 1)))
    assert not np.array_equal(judge.get_weights()[0], before[0])
    assert not judge.trainable
    assert judge.trainable_weights == []
    middle = judge.get_weights()[0].copy()
    both.fit(np.ones((4, 3)), np.ones((4, 1)), verbose=0)
    assert np.array_equal(judge.get_weights()[0], middle)
    judge.fit(np.ones((4, 2)), np.zeros((4, 1)), verbose=0)
    assert not np.array_equal(judge.get_weights()[0], middle)


def test_a_part_that_is_frozen_after_compile_is_frozen_as_today():
    model = models.Sequential([layers.Dense(2, input_shape=(2,)), layers.Dense(1)])
    model.compile("sgd", "mse")
    model.layers[0].trainable = False
    before = model.layers[0].get_weights()[0].copy()
    model.fit(np.ones((4, 2)), np.ones((4, 1)), verbose=0)
    assert np.array_equal(model.layers[0].get_weights()[0], before)


def test_a_loss_may_use_tensors_of_the_graph():
    x = layers.Input((3,))
    code = layers.Dense(2, kernel_initializer="ones")(x)
    scale = 0.5

    def loss(y_true, y_pred):
        return K.mean(K.square(y_true - y_pred), axis=-1) + scale * K.sum(K.square(code), axis=-1)

    model = models.Model(x, layers.Dense(3, kernel_initializer="ones")(code))
    data = np.random.default_rng(0).normal(size=(10, 3)).astype("float32")
    model.compile("sgd", loss)
    codes = data.sum(axis=1, keepdims=True).repeat(2, axis=1)
    rows = ((data - codes.sum(axis=1, keepdims=True)) ** 2).mean(axis=1) + 0.5 * (codes**2).sum(axis=1)
    assert model.evaluate(data, data, batch_size=4, verbose=0) == pytest.approx(rows.mean(), rel=1e-5)
    history = model.fit(data, data, batch_size=4, epochs=5, verbose=0).history["loss"]
    assert history[-1] < history[0] / 2


def test_a_sequence_begins_again_where_steps_are_left():
    class Numbers(utils.Sequence):
        asked = []  # noqa: RUF012

        def __len__(self):
            return 3

        def __getitem__(self, index):
            self.asked.append(index)
            return np.full((2, 2), index, "float32"), np.zeros((2, 1))

    model = linear()
    history = model.fit_generator(Numbers(), steps_per_epoch=4, epochs=2, shuffle=False, verbose=0)
    assert len(history.epoch) == 2
    assert Numbers.asked[:8] == [0, 1, 2, 0, 1, 2, 0, 1]
