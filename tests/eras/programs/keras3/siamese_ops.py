"""Whether two digits are the same: one body for both, a contrastive loss and a metric of one's own."""
import os

os.environ["KERAS_BACKEND"] = "jax"

import keras
import numpy as np
from keras import layers, ops
from sklearn.datasets import load_digits


@keras.saving.register_keras_serializable()
class Contrastive(keras.losses.Loss):
    def __init__(self, margin=1.0, name="contrastive", **kwargs):
        super().__init__(name=name, **kwargs)
        self.margin = margin

    def call(self, y_true, distance):
        y_true = ops.cast(y_true, distance.dtype)
        apart = ops.maximum(self.margin - distance, 0.0)
        return ops.mean(y_true * ops.square(distance) + (1 - y_true) * ops.square(apart), axis=-1)


class NearerThanHalf(keras.metrics.Metric):
    def __init__(self, name="nearer", **kwargs):
        super().__init__(name=name, **kwargs)
        self.right = self.add_weight(name="right", initializer="zeros")
        self.all = self.add_weight(name="all", initializer="zeros")

    def update_state(self, y_true, distance, sample_weight=None):
        said = ops.cast(distance < 0.5, "float32")
        hits = ops.cast(ops.equal(said, ops.cast(y_true, "float32")), "float32")
        self.right.assign_add(ops.sum(hits))
        self.all.assign_add(ops.cast(ops.size(hits), "float32"))

    def result(self):
        return self.right / self.all


keras.utils.set_random_seed(4)
digits = load_digits()
x, y = (digits.data / 16).astype("float32"), digits.target


def pairs(x, y, n, rng):
    left = rng.integers(len(x), size=n)
    same = rng.integers(2, size=n)
    right = np.array([rng.choice(np.flatnonzero((y == y[i]) == s)) for i, s in zip(left, same)])
    return [x[left], x[right]], same[:, None].astype("float32")


rng = np.random.default_rng(4)
train, test = pairs(x[:1400], y[:1400], 1500, rng), pairs(x[1400:], y[1400:], 300, rng)

body = keras.Sequential([keras.Input((64,)), layers.Dense(48, activation="relu"), layers.Dense(16)], name="body")
left, right = keras.Input((64,)), keras.Input((64,))
distance = ops.sqrt(ops.sum(ops.square(body(left) - body(right)), axis=-1, keepdims=True) + 1e-9)
model = keras.Model([left, right], distance)
model.compile(optimizer=keras.optimizers.Adam(3e-3), loss=Contrastive(1.0), metrics=[NearerThanHalf()])
history = model.fit(*train, validation_data=test, epochs=12, batch_size=50, verbose=0)

print("keys", *sorted(history.history))
print("shared", len(model.trainable_weights))
print("margin", keras.losses.deserialize(keras.losses.serialize(model.loss)).margin)
print("accuracy", history.history["val_nearer"][-1])
