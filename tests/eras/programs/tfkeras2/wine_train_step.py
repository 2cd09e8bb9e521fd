"""Wines by a model whose train_step uses the tape, with a custom layer, a metric and a learning-rate schedule."""
import numpy as np
import tensorflow as tf
from tensorflow import keras

tf.random.set_seed(2)
data = np.loadtxt('winequality-red.csv', delimiter=',').astype('float32')
x, y = data[:, :-1], data[:, -1:]
x = (x - x.mean(axis=0)) / x.std(axis=0)
x_train, y_train, x_test, y_test = x[:1200], y[:1200], x[1200:], y[1200:]


class Linear(keras.layers.Layer):
    def __init__(self, units=32, **kwargs):
        super(Linear, self).__init__(**kwargs)
        self.units = units

    def build(self, input_shape):
        self.w = self.add_weight(shape=(input_shape[-1], self.units), initializer='random_normal', trainable=True)
        self.b = self.add_weight(shape=(self.units,), initializer='zeros', trainable=True)

    def call(self, inputs):
        return tf.matmul(inputs, self.w) + self.b


loss_tracker = keras.metrics.Mean(name="loss")
mae_metric = keras.metrics.MeanAbsoluteError(name="mae")


class CustomModel(keras.Model):
    def train_step(self, data):
        x, y = data
        with tf.GradientTape() as tape:
            y_pred = self(x, training=True)  # Forward pass
            loss = tf.reduce_mean(tf.math.squared_difference(y, y_pred))
        # Compute gradients
        trainable_vars = self.trainable_variables
        gradients = tape.gradient(loss, trainable_vars)
        # Update weights
        self.optimizer.apply_gradients(zip(gradients, trainable_vars))
        # Compute our own metrics
        loss_tracker.update_state(loss)
        mae_metric.update_state(y, y_pred)
        return {"loss": loss_tracker.result(), "mae": mae_metric.result()}

    def test_step(self, data):
        x, y = data
        y_pred = self(x, training=False)
        mae_metric.update_state(y, y_pred)
        return {"mae": mae_metric.result()}

    @property
    def metrics(self):
        return [loss_tracker, mae_metric]


inputs = keras.Input(shape=(11,))
h = tf.nn.relu(Linear(16)(inputs))
h = keras.layers.Lambda(lambda t: tf.concat([t, tf.square(t)], axis=-1))(h)
outputs = Linear(1)(h) + 5.0
model = CustomModel(inputs, outputs)
lr = keras.optimizers.schedules.ExponentialDecay(initial_learning_rate=1e-2, decay_steps=100, decay_rate=0.9)
model.compile(optimizer=keras.optimizers.Adam(learning_rate=lr))
history = model.fit(x_train, y_train, epochs=8, batch_size=40, verbose=0, validation_data=(x_test, y_test))
print('keys', *sorted(history.history))
print('mae', history.history['val_mae'][-1])
print('mean', float(np.abs(y_test - y_train.mean()).mean()))
print('linear', len(model.trainable_weights))
print('gradient', all(v.shape == w.shape for v, w in zip(model.trainable_variables, model.get_weights())))
