"""A season and a trend by attention: the next value, and whether it is above the last, from one body."""
import os

os.environ["KERAS_BACKEND"] = "jax"

import keras
import numpy as np
from keras import layers, ops


class Positions(layers.Layer):
    def build(self, input_shape):
        self.table = self.add_weight(shape=input_shape[1:], initializer="random_normal", name="table")

    def call(self, x):
        return x + ops.expand_dims(self.table, 0)


keras.utils.set_random_seed(2)
t = np.arange(600)
series = np.sin(t / 6) + 0.001 * t + 0.05 * np.random.normal(size=600)
x = np.stack([series[i : i + 24] for i in range(570)])[..., None].astype("float32")
value = series[24:594].astype("float32")[:, None]
up = (value[:, 0] > x[:, -1, 0]).astype("float32")[:, None]

inputs = keras.Input((24, 1), name="window")
h = Positions()(layers.Dense(16)(inputs))
attended = layers.MultiHeadAttention(num_heads=2, key_dim=8)(h, h)
h = layers.LayerNormalization()(layers.add([h, attended]))
h = layers.GlobalAveragePooling1D()(h)
h = layers.concatenate([h, layers.Flatten()(inputs)])
h = layers.Dense(24, activation="silu")(h)
model = keras.Model(
    inputs,
    {"value": layers.Dense(1, name="value")(h), "up": layers.Dense(1, activation="sigmoid", name="up")(h)},
)
model.compile(
    optimizer=keras.optimizers.Adam(5e-3),
    loss={"value": keras.losses.Huber(), "up": "binary_crossentropy"},
    loss_weights={"value": 1.0, "up": 0.3},
    metrics={"value": ["mae"], "up": ["accuracy"]},
)
history = model.fit(
    x[:450], {"value": value[:450], "up": up[:450]},
    validation_data=(x[450:], {"value": value[450:], "up": up[450:]}),
    epochs=15, batch_size=50, verbose=0,
)
predicted = model.predict(x[450:], verbose=0)
print("keys", *sorted(history.history))
print("outputs", *sorted(predicted), predicted["value"].shape)
print("mae", history.history["val_value_mae"][-1])
print("naive", float(np.abs(value[450:, 0] - x[450:, -1, 0]).mean()))
print("accuracy", history.history["val_up_accuracy"][-1])
