"""GradientTape: gradients against those on paper, of jax.grad, and of Cornu's own training step."""

import gc

import jax
import jax.numpy as jnp
import numpy as np
import pytest

import cornu
import cornu.compat.tensorflow as tf

X = np.random.RandomState(0).rand(12, 4).astype("float32")
Y = (X.sum(1) > 2).astype("int32")


def network():
    cornu.utils.set_random_seed(3)
    return tf.keras.Sequential(
        [
            tf.keras.Input((4,)),
            tf.keras.layers.Dense(6, activation="relu", kernel_regularizer="l2"),
            tf.keras.layers.BatchNormalization(),
            tf.keras.layers.Dense(2),
        ]
    )


def test_the_derivative_of_a_square():
    x = tf.Variable(3.0)
    with tf.GradientTape() as tape:
        y = x**2
    assert tape.gradient(y, x).numpy() == 6.0
    with pytest.raises(RuntimeError, match=r"gives its gradients once.*persistent=True"):
        tape.gradient(y, x)


def test_a_constant_is_watched_only_if_asked():
    x = tf.constant(3.0)
    with tf.GradientTape() as tape:
        y = x * x
    assert tape.gradient(y, x) is None
    with tf.GradientTape() as tape:
        tape.watch(x)
        y = x * x
    assert float(tape.gradient(y, x)) == 6.0


def test_gradients_by_a_nest_of_sources_and_of_a_product():
    w, b, x = tf.Variable([[1.0], [2.0]]), tf.Variable([0.5]), tf.constant([[3.0, 4.0]])
    with tf.GradientTape() as tape:
        loss = tf.reduce_mean((x @ w + b) ** 2)
    found = tape.gradient(loss, {"w": w, "b": [b]})
    assert found["w"].numpy().tolist() == [[69.0], [92.0]]  # 2 * 11.5 * x
    assert found["b"][0].numpy().tolist() == [23.0]


def test_a_persistent_tape_and_intermediate_results():
    x = tf.constant([1.0, 3.0])
    with tf.GradientTape(persistent=True) as tape:
        tape.watch(x)
        y = x * x
        z = y * y
    assert tape.gradient(z, x).numpy().tolist() == [4.0, 108.0]
    assert tape.gradient(y, x).numpy().tolist() == [2.0, 6.0]
    assert tape.gradient(z, y).numpy().tolist() == [2.0, 18.0]
    assert [g.numpy().tolist() for g in tape.gradient(z, [x, y])] == [[4.0, 108.0], [2.0, 18.0]]
    assert tape.gradient(y, z) is None
    assert tape.gradient([y, z], x, output_gradients=[[1.0, 0.0], [0.0, 1.0]]).numpy().tolist() == [
        2,
        108,
    ]


def test_a_target_that_is_its_own_source():
    x = tf.Variable([1.0, 2.0])
    with tf.GradientTape(persistent=True) as tape:
        y = 3 * x
    assert tape.gradient(y, [y, x])[0].numpy().tolist() == [1.0, 1.0]


def test_control_flow_of_python_counts_as_it_went():
    x = tf.constant(1.0)
    v0, v1 = tf.Variable(2.0), tf.Variable(2.0)
    with tf.GradientTape() as tape:
        tape.watch(x)
        result = v0 if x > 0.0 else v1**2
        result = result * 1.0
    assert [None if g is None else float(g) for g in tape.gradient(result, [v0, v1])] == [1.0, None]


def test_second_and_third_derivatives():
    x = tf.Variable(2.0)
    with tf.GradientTape() as t3:
        with tf.GradientTape() as t2:
            with tf.GradientTape() as t1:
                y = x**4
            first = t1.gradient(y, x)
        second = t2.gradient(first, x)
    third = t3.gradient(second, x)
    assert (float(first), float(second), float(third)) == (32.0, 48.0, 48.0)


def test_the_gradient_penalty_of_a_network_has_gradients():
    layer = tf.keras.layers.Dense(3, activation="tanh")
    x = tf.constant(X)
    layer(x)
    with tf.GradientTape() as outer:
        with tf.GradientTape() as inner:
            inner.watch(x)
            y = tf.reduce_sum(layer(x))
        penalty = tf.reduce_sum(inner.gradient(y, x) ** 2)
    found = outer.gradient(penalty, layer.trainable_variables)

    def penalty_of(kernel, bias):
        slope = jax.grad(lambda x: jnp.tanh(x @ kernel + bias).sum())(X)
        return (slope**2).sum()

    wanted = jax.grad(penalty_of, (0, 1))(layer.kernel.value, layer.bias.value)
    for ours, theirs in zip(found, wanted, strict=True):
        np.testing.assert_allclose(ours, theirs, rtol=1e-4, atol=1e-6)


def test_two_tapes_side_by_side_and_a_pause():
    a, b = tf.Variable(2.0), tf.Variable(5.0)
    with tf.GradientTape() as one, tf.GradientTape() as other:
        y = a * b
        with one.stop_recording():
            z = y * y
    assert one.gradient(z, a) is None
    assert float(other.gradient(z, a)) == 100.0
    with pytest.raises(ValueError, match="within the tape's own block"):
        one.stop_recording()


def test_what_is_reset_is_forgotten():
    x = tf.Variable(2.0)
    with tf.GradientTape() as tape:
        y = x * x
        tape.reset()
        y = y + x
    assert float(tape.gradient(y, x)) == 1.0


def test_unconnected_gradients():
    x, z = tf.Variable([1.0, 2.0]), tf.Variable([3.0])
    with tf.GradientTape(persistent=True) as tape:
        y = tf.reduce_sum(x)
    assert tape.gradient(y, z) is None
    zero = tf.UnconnectedGradients.ZERO
    assert tape.gradient(y, z, unconnected_gradients=zero).numpy().tolist() == [0.0]
    assert tape.gradient(y, z, unconnected_gradients="zero").numpy().tolist() == [0.0]


def test_jacobians():
    x = tf.constant([[1.0, 2.0], [3.0, 4.0]])
    with tf.GradientTape(persistent=True) as tape:
        tape.watch(x)
        y = x**2 * tf.constant([1.0, 10.0])
    full = tape.jacobian(y, x)
    assert full.shape == (2, 2, 2, 2)
    np.testing.assert_allclose(full, jax.jacobian(lambda x: x**2 * jnp.array([1.0, 10.0]))(x.numpy()))
    batch = tape.batch_jacobian(y, x)
    assert batch.numpy().tolist() == [[[2, 0], [0, 40]], [[6, 0], [0, 80]]]
    with pytest.raises(ValueError, match=r"same number of rows.*\(2, 2\) and \(3,\)"):
        tape.batch_jacobian(y, tf.constant([1.0, 2.0, 3.0]))


def test_variables_are_watched_when_read():
    v, frozen = tf.Variable(1.0), tf.Variable(2.0, trainable=False)
    with tf.GradientTape() as tape:
        y = v * frozen
    assert tape.watched_variables() == (v,)
    assert tape.gradient(y, frozen) is None
    with tf.GradientTape(watch_accessed_variables=False) as tape:
        tape.watch(frozen)
        y = v * frozen
    assert [g if g is None else float(g) for g in tape.gradient(y, [v, frozen])] == [None, 1.0]


def test_a_variable_assigned_after_it_was_read():
    v = tf.Variable(3.0)
    with tf.GradientTape(persistent=True) as tape:
        y = v * v
        v.assign(10.0)
        z = v * v
    v.assign(0.0)
    assert float(tape.gradient(y, v)) == 6.0
    assert float(tape.gradient(z, v)) == 20.0


def test_what_leaves_the_tape_has_no_gradient():
    x = tf.Variable(2.0)
    with tf.GradientTape(persistent=True) as tape:
        y = x * 2.0
        outside = tf.constant(y.numpy()) * 3.0
        whole = tf.cast(tf.cast(y, tf.int32), tf.float32) * 3.0
        stopped = tf.stop_gradient(y) * 3.0
    assert tape.gradient(outside, x) is None
    assert tape.gradient(whole, x) is None
    assert tape.gradient(stopped, x) is None


def test_errors_say_what_to_write():
    with tf.GradientTape() as tape:
        with pytest.raises(TypeError, match=r"watch: tensor must be a tensor.*tf.convert_to_tensor"):
            tape.watch(X)
        with pytest.warns(UserWarning, match="only floats have a derivative"):
            tape.watch(tf.constant([1, 2]))
        with pytest.raises(ValueError, match="cannot be entered twice"), tape:
            pass
    with pytest.raises(TypeError, match="target must be a tensor"):
        tape.gradient(3.0, tf.Variable(1.0))
    with pytest.raises(TypeError, match="a source must be a tensor"):
        tape.gradient(tf.constant(3.0), 1.0)


def test_an_error_in_the_block_ends_the_recording():
    with pytest.raises(RuntimeError, match="mine"), tf.GradientTape():
        raise RuntimeError("mine")
    v = tf.Variable(1.0)
    with tf.GradientTape() as tape:
        y = v * 2.0
    assert float(tape.gradient(y, v)) == 2.0


def same_gradients(variables, value):
    """The tape's gradients of `value()`, in a compiled function, are those of `cornu.grad`."""

    def taped():
        with tf.GradientTape() as tape:
            target = value()
        return tape.gradient(target, variables)

    found = tf.function(taped)()
    wanted = cornu.jit(cornu.grad(value, variables))()
    for ours, theirs in zip(found, wanted, strict=True):
        np.testing.assert_allclose(ours, theirs, rtol=1e-4, atol=1e-6)
    return taped, wanted


def test_layers_losses_and_penalties_are_on_the_tape():
    model, loss = network(), tf.keras.losses.SparseCategoricalCrossentropy(from_logits=True)
    same_gradients(
        model.trainable_variables,
        lambda: loss(Y, model(X, training=True)) + sum(model.losses),
    )


def test_gradients_of_a_recurrent_layer_and_an_embedding():
    cornu.utils.set_random_seed(1)
    words = np.array([[1, 2, 3], [3, 1, 0]])
    embed, lstm = tf.keras.layers.Embedding(5, 3), tf.keras.layers.LSTM(2)
    embed.build((2, 3))
    lstm.build((2, 3, 3))
    variables = [*embed.trainable_variables, *lstm.trainable_variables]
    same_gradients(variables, lambda: tf.reduce_sum(lstm(embed(words)) ** 2))


@pytest.mark.wide
def test_gradients_outside_of_compiled_functions_are_the_same():
    model, loss = network(), tf.keras.losses.SparseCategoricalCrossentropy(from_logits=True)
    taped, wanted = same_gradients(
        model.trainable_variables,
        lambda: loss(Y, model(X, training=True)) + sum(model.losses),
    )
    for ours, theirs in zip(taped(), wanted, strict=True):
        np.testing.assert_allclose(ours, theirs, rtol=1e-4, atol=1e-6)


class Taped(cornu.Sequential):
    """The step of Keras's guide, written with a tape."""

    def train_step(self, data):
        x, y = data[:2]
        with tf.GradientTape() as tape:
            y_pred = self(x, training=True)
            loss = self.compute_loss(y=y, y_pred=y_pred)
        gradients = tape.gradient(loss, self.trainable_variables)
        self.optimizer.apply_gradients(zip(gradients, self.trainable_variables, strict=True))
        for metric in self.metrics:
            if metric.name == "loss":
                metric.update_state(loss)
            else:
                metric.update_state(y, y_pred)
        return {m.name: m.result() for m in self.metrics}


@pytest.mark.parametrize("eager", [False, pytest.param(True, marks=pytest.mark.wide)])
def test_a_taped_step_in_fit_trains_as_the_usual_one(eager):
    results = []
    for kind in (Taped, cornu.Sequential):
        model = kind(network().layers)
        loss = tf.keras.losses.SparseCategoricalCrossentropy(from_logits=True)
        model.compile("sgd", loss, run_eagerly=eager)
        history = model.fit(X, Y, batch_size=6, epochs=2, shuffle=False, verbose=0).history
        results.append((history["loss"], model.get_weights()))
    np.testing.assert_allclose(results[0][0], results[1][0], rtol=1e-5)
    for ours, theirs in zip(results[0][1], results[1][1], strict=True):
        np.testing.assert_allclose(ours, theirs, rtol=1e-4, atol=1e-6)


def test_a_tape_in_a_tf_function_gives_the_same_as_outside():
    w = tf.Variable([[1.0], [2.0], [3.0], [4.0]])

    def gradients(x):
        with tf.GradientTape() as tape:
            loss = tf.reduce_mean(tf.nn.sigmoid(x @ w) ** 2)
        return tape.gradient(loss, [w])

    compiled = tf.function(gradients)
    np.testing.assert_allclose(compiled(X)[0], gradients(X)[0], rtol=1e-5)
    w.assign(w * 0.5)
    np.testing.assert_allclose(compiled(X)[0], gradients(X)[0], rtol=1e-5)


def test_a_tf_function_called_on_a_tape_is_recorded():
    w = tf.Variable(2.0)
    cube = tf.function(lambda x: w * x**3)
    with tf.GradientTape() as tape:
        y = cube(tf.constant(2.0))
    assert float(tape.gradient(y, w)) == 8.0


def test_a_function_compiled_by_cornu_is_recorded():
    w = tf.Variable(2.0)
    square = cornu.jit(lambda x: w * x * x)
    square(tf.constant(1.0))
    with tf.GradientTape() as tape:
        y = square(tf.constant(3.0))
    assert float(tape.gradient(y, w)) == 9.0


def test_a_gradient_of_ones_own():
    @tf.custom_gradient
    def log1pexp(x):
        e = tf.exp(x)
        return tf.math.log(1 + e), lambda upstream: upstream * (1 - 1 / (1 + e))

    x = tf.constant(100.0)
    with tf.GradientTape() as tape:
        tape.watch(x)
        y = log1pexp(x)
    assert float(tape.gradient(y, x)) == 1.0


def test_an_identity_with_another_gradient():
    @tf.custom_gradient
    def reversed_gradient(x):
        return x, lambda upstream: -2.0 * upstream

    x = tf.Variable(3.0)
    with tf.GradientTape() as tape:
        y = reversed_gradient(x * 1.0) * 5.0
    assert float(tape.gradient(y, x)) == -10.0


def test_loops_of_the_stand_in_are_on_the_tape():
    x = tf.constant(2.0)
    with tf.GradientTape(persistent=True) as tape:
        tape.watch(x)
        looped = tf.while_loop(lambda i, y: i < 3, lambda i, y: (i + 1, y * x), (0, x))[1]
        mapped = tf.reduce_sum(tf.map_fn(lambda each: each * x, tf.constant([1.0, 2.0])))
        folded = tf.foldl(lambda a, each: a * each, tf.stack([x, x, x]))
        chosen = tf.cond(x > 1.0, lambda: x * x, lambda: x)
    found = [float(tape.gradient(y, x)) for y in (looped, mapped, folded, chosen)]
    np.testing.assert_allclose(found, [32.0, 3.0, 12.0, 4.0], rtol=1e-6)


def test_an_optimizer_takes_the_gradients_and_clipping_works_on_them():
    v = tf.Variable([3.0, 4.0])
    with tf.GradientTape() as tape:
        loss = tf.reduce_sum(v**2) / 2
    clipped, norm = tf.clip_by_global_norm(tape.gradient(loss, [v]), 1.0)
    assert float(norm) == 5.0
    tf.keras.optimizers.SGD(0.5).apply_gradients(zip(clipped, [v], strict=True))
    np.testing.assert_allclose(v, [2.7, 3.6], rtol=1e-6)


def test_gradients_of_half_precision():
    layer = tf.keras.layers.Dense(2, dtype="mixed_bfloat16")
    layer(X)
    with tf.GradientTape() as tape:
        y = tf.reduce_sum(tf.cast(layer(X), tf.float32))
    kernel, bias = tape.gradient(y, layer.trainable_variables)
    assert str(kernel.dtype) == "float32"
    assert bias.numpy().tolist() == [12.0, 12.0]
    np.testing.assert_allclose(kernel[:, 0], X.sum(0), rtol=2e-2)


def test_a_tape_keeps_nothing_once_it_has_given_its_gradient():
    v = tf.Variable(jnp.ones(3))
    with tf.GradientTape() as tape:
        y = tf.reduce_sum(v * 2.0)
    tape.gradient(y, v)
    gc.collect()
    assert not tape._records
    assert not tape._live
