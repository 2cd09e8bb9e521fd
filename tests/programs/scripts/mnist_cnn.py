"""A convolutional network reads handwritten digits."""

import sys

import numpy as np
from keras import Sequential, layers

with np.load(sys.argv[1] + "/mnist.npz") as file:
    x_train, y_train, x_test, y_test = (file[n] for n in ("x_train", "y_train", "x_test", "y_test"))
x_train, x_test = (x[..., None].astype("float32") / 255 for x in (x_train, x_test))

model = Sequential(
    [
        layers.Input((28, 28, 1)),
        layers.Conv2D(32, 3, activation="relu"),
        layers.MaxPooling2D(2),
        layers.Conv2D(64, 3, activation="relu"),
        layers.MaxPooling2D(2),
        layers.Flatten(),
        layers.Dropout(0.5),
        layers.Dense(10, activation="softmax"),
    ]
)
model.compile(optimizer="adam", loss="sparse_categorical_crossentropy", metrics=["accuracy"])
model.fit(x_train, y_train, batch_size=128, epochs=3, verbose=2)
print("result", model.evaluate(x_test, y_test, verbose=0)[1])
