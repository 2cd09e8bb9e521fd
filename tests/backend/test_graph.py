"""Placeholders, functions, gradients and the learning phase, as in Keras 2."""

import numpy as np
import pytest

import cornu
from cornu import backend as K
from cornu.layers import BatchNormalization, Dense, Dropout

X = np.array([[1.0, 2.0], [3.0, -4.0]], "float32")


def test_a_function_of_placeholders():
    x, y = K.placeholder(shape=(None, 2)), K.placeholder(ndim=2)
    f = K.function([x, y], [x + y, x[:, 0]])
    total, first = f([X, 2 * X])
    assert isinstance(total, np.ndarray)
    np.testing.assert_array_equal(total, 3 * X)
    assert first.tolist() == [1, 3]
    assert K.function([x], x * 2)([X.tolist()]).tolist() == (2 * X).tolist()


def test_what_a_layer_of_a_model_computes():
    model = cornu.Sequential([cornu.Input((2,)), Dense(3, activation="relu"), Dense(1)])
    f = K.function([model.layers[0].input], [model.layers[0].output])
    hidden = np.maximum(X @ model.layers[0].kernel.numpy(), 0)
    np.testing.assert_allclose(f([X])[0], hidden, rtol=1e-6)
    model.layers[0].kernel.assign(np.zeros((2, 3)))
    assert not f([X])[0].any()  # the weights are read at each call
    later = K.function([model.layers[0].output], [model.output])
    assert later([np.ones((1, 3))])[0].shape == (1, 1)


def test_the_learning_phase_is_an_input():
    model = cornu.Sequential([cornu.Input((2,)), BatchNormalization(), Dropout(0.5, seed=1)])
    f = K.function([model.input, K.learning_phase()], [model.output])
    moving = model.layers[0].moving_mean.numpy()
    np.testing.assert_allclose(f([X, 0])[0], X, rtol=1e-3)
    assert model.layers[0].moving_mean.numpy().tolist() == moving.tolist()
    trained = f([np.full((50, 2), 3.0), 1])[0]
    assert (model.layers[0].moving_mean.numpy() != moving).all()
    assert not np.allclose(trained, 3)
    masks = [f([np.arange(100.0).reshape(50, 2), True])[0] == 0 for _ in range(2)]
    assert (masks[0] != masks[1]).any()  # new random numbers at each call


def test_the_phase_decides_in_a_graph():
    x = K.placeholder((None, 2))
    y = K.in_train_phase(lambda: x * 2, x)
    assert K.function([x], y)([X]).tolist() == X.tolist()
    f = K.function([x, K.learning_phase()], [y, K.learning_phase() * 1])
    assert f([X, 1])[0].tolist() == (2 * X).tolist()
    assert f([X, 1])[1] == 1
    assert f([X, 0])[1] == 0
    model = cornu.Model(x, K.in_test_phase(x, -x))
    assert model(X, training=True).tolist() == (-X).tolist()
    assert model(X).tolist() == X.tolist()


def test_the_phase_of_a_layer_that_runs():
    class Noise(cornu.layers.Layer):
        def call(self, x, training=None):
            return K.in_train_phase(x + 1, x, training=training)

    assert Noise()(X, training=True).tolist() == (X + 1).tolist()
    assert Noise()(X).tolist() == X.tolist()


def test_the_phase_set_by_hand():
    assert not K.learning_phase()
    with K.learning_phase_scope(1):
        assert K.learning_phase() == 1
        assert K.in_train_phase(1, 2) == 1
        x = K.placeholder((None, 2))
        assert K.function([x], Dropout(1.0)(x))([X]).tolist() == (X * 0).tolist()
    assert int(K.learning_phase()) == 0
    with pytest.raises(ValueError, match=r"K.set_learning_phase takes 0 or 1, got 2"):
        K.set_learning_phase(2)


# -- gradients --------------------------------------------------------------------------------------


def test_the_gradient_of_a_model_by_its_input():
    model = cornu.Sequential([cornu.Input((2,)), Dense(1)])
    gradient = K.gradients(model.output, model.input)[0]
    assert gradient.shape == (None, 2)
    f = K.function([model.input], [model.output, gradient])
    np.testing.assert_allclose(f([X])[1], np.tile(model.layers[0].kernel.numpy().T, (2, 1)))


def test_gradients_by_tensors_between_and_by_variables():
    model = cornu.Sequential([cornu.Input((2,)), Dense(2, activation="tanh"), Dense(1)])
    hidden = model.layers[0].output
    loss = model.output**2
    found = K.gradients(loss, [hidden, *model.trainable_weights, model.input, K.placeholder((3,))])
    assert found.pop() is None
    values = K.function([model.input], found)([X])
    import jax
    import jax.numpy as jnp

    w, b, v, c = (weight.value for weight in model.weights)

    def total(h, w, b, v, c, x):
        return jnp.sum(((jnp.tanh(x @ w + b) + h) @ v + c) ** 2)

    expected = jax.grad(total, argnums=range(6))(jnp.zeros((2, 2)), w, b, v, c, jnp.asarray(X))
    for ours, theirs in zip(values, expected, strict=True):
        np.testing.assert_allclose(ours, theirs, rtol=1e-5, atol=1e-6)


def test_a_path_through_another_tensor_counts():
    x = K.placeholder((None,))
    y = x * 2
    loss = y * y + x
    values = K.function([x], K.gradients(loss, [x, y]))([[1.0, 3.0]])
    assert [value.tolist() for value in values] == [[9, 25], [4, 12]]


def test_gradients_of_gradients():
    x = K.placeholder((None,))
    first = K.gradients(x**3, x)[0]
    assert K.function([x], K.gradients(first, x))([[1.0, 2.0]])[0].tolist() == [6, 12]


def test_gradient_ascent_as_in_the_book():
    """Chollet, Deep learning with Python (2017), listings 5.34 to 5.38, on a small layer."""
    model = cornu.Sequential(
        [cornu.Input((8, 8, 1)), cornu.layers.Conv2D(2, 3, activation="softplus", name="conv")]
    )
    layer_output = model.get_layer("conv").output
    loss = cornu.ops.mean(layer_output[:, :, :, 0])
    grads = K.gradients(loss, model.input)[0]
    iterate = K.function([model.input], [loss, grads])
    image = np.random.default_rng(0).random((1, 8, 8, 1)).astype("float32")
    losses = []
    for _ in range(5):
        value, step = iterate([image])
        losses.append(float(value))
        image += step
    assert losses == sorted(losses)
    assert losses[-1] > losses[0]


def test_a_heat_map_of_what_a_class_looks_at():
    """Grad-CAM, as in the same book, listings 5.41 to 5.43."""
    inputs = cornu.Input((6, 6, 1))
    last = cornu.layers.Conv2D(2, 3, name="last", activation="softplus")(inputs)
    model = cornu.Model(inputs, Dense(3)(cornu.layers.Flatten()(last)))
    layer = model.get_layer("last")
    grads = K.gradients(model.output[:, 1], layer.output)[0]
    iterate = K.function([model.input], [cornu.ops.mean(grads, axis=(0, 1, 2)), layer.output[0]])
    pooled, values = iterate([np.ones((1, 6, 6, 1))])
    expected = model.layers[-1].kernel.numpy()[:, 1].reshape(16, 2).mean(0)
    np.testing.assert_allclose(pooled, expected, rtol=1e-5)
    assert values.shape == (4, 4, 2)


def test_the_gradient_by_a_variable_of_ones_own():
    x, v = K.placeholder((None,)), K.variable(3.0)
    f = K.function([x], K.gradients(x * v * v, v))
    assert f([[1.0, 2.0]])[0] == 18
    K.set_value(v, 1.0)
    assert f([[1.0, 2.0]])[0] == 6


# -- updates and errors -----------------------------------------------------------------------------


def test_updates_are_assigned_at_each_call():
    x, count = K.placeholder((None,)), K.variable(1.0)
    f = K.function([x], [x * 2, count], updates=[K.update_add(count, x[0]), (count, count)][:1])
    assert f([[3.0]])[0].tolist() == [6]
    assert f([[3.0]])[1] == 7
    assert K.get_value(count) == 7


def test_a_function_without_inputs():
    count = K.variable(2.0)
    assert K.function([], [count])([])[0] == 2


@pytest.mark.parametrize(
    ("call", "error", "message"),
    [
        (lambda x: K.placeholder(), ValueError, r"K.placeholder needs shape=\(None, 8\), or ndim=2"),
        (lambda x: K.function([X], [x]), TypeError, "K.function: inputs are symbolic tensors"),
        (lambda x: K.function([x], [x])([X, X]), ValueError, "takes 1 values in a list, but got 2"),
        (
            lambda x: K.function([x], [x], feed_dict={}),
            ValueError,
            "feed_dict is an option of a ses",
        ),
        (lambda x: K.function([x], [K.placeholder(ndim=1)]), ValueError, "The graph is not connected"),
        (lambda x: K.function([], [x]), ValueError, "the outputs need the input"),
        (lambda x: K.gradients(X, [x]), TypeError, "the loss must be symbolic.*cornu.value_and_grad"),
        (lambda x: K.get_value(x), ValueError, "is symbolic and has no value yet.*K.function"),
        (lambda x: K.is_keras_tensor("a"), ValueError, "K.is_keras_tensor takes a tensor or variable"),
    ],
)
def test_wrong_arguments_are_explained(call, error, message):
    with pytest.raises(error, match=message):
        call(K.placeholder((None, 2)))
