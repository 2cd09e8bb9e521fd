"""A convolutional autoencoder squeezes digits into 32 numbers and draws them again."""

import sys

import keras
import numpy as np
from keras import layers

with np.load(sys.argv[1] + "/mnist.npz") as file:
    x_train, x_test = (file[n][..., None].astype("float32") / 255 for n in ("x_train", "x_test"))
x_train, x_test = x_train[:10000], x_test[:2000]

inputs = keras.Input((28, 28, 1))
x = layers.Conv2D(16, 3, strides=2, padding="same", activation="relu")(inputs)
x = layers.Conv2D(32, 3, strides=2, padding="same", activation="relu")(x)
code = layers.Dense(32, name="code")(layers.Flatten()(x))
encoder = keras.Model(inputs, code)

codes = keras.Input((32,))
x = layers.Reshape((7, 7, 32))(layers.Dense(7 * 7 * 32, activation="relu")(codes))
x = layers.Conv2DTranspose(32, 3, strides=2, padding="same", activation="relu")(x)
x = layers.Conv2DTranspose(16, 3, strides=2, padding="same", activation="relu")(x)
decoder = keras.Model(codes, layers.Conv2D(1, 3, padding="same", activation="sigmoid")(x))

model = keras.Model(inputs, decoder(encoder(inputs)))
model.compile(optimizer="adam", loss="mse")
model.fit(x_train, x_train, batch_size=64, epochs=5, verbose=2)
assert encoder.predict(x_test[:3], verbose=0).shape == (3, 32)
error = model.evaluate(x_test, x_test, verbose=0)
print("result", 1 - error / np.var(x_test))  # the part of the variance that comes back
