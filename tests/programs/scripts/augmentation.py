"""Pictures are flipped, turned and shifted inside the model, while it trains only."""

import sys

import keras
import numpy as np
from keras import layers

with np.load(sys.argv[1] + "/cifar10_10k_1k.npz") as file:
    x_train, y_train, x_test, y_test = (file[n] for n in ("x_train", "y_train", "x_test", "y_test"))
x_train, y_train = x_train[:5000].astype("float32"), y_train[:5000]

model = keras.Sequential(
    [
        layers.Input((32, 32, 3)),
        layers.RandomFlip("horizontal", seed=1),
        layers.RandomTranslation(0.1, 0.1, seed=2),
        layers.RandomRotation(0.03, seed=3),
        layers.RandomContrast(0.1, seed=4),
        layers.Rescaling(1 / 255),
        layers.Conv2D(32, 3, activation="relu"),
        layers.MaxPooling2D(2),
        layers.Conv2D(64, 3, activation="relu"),
        layers.MaxPooling2D(2),
        layers.Flatten(),
        layers.Dense(64, activation="relu"),
        layers.Dense(10, activation="softmax"),
    ]
)
model.compile(optimizer="adam", loss="sparse_categorical_crossentropy", metrics=["accuracy"])
model.fit(x_train, y_train, batch_size=64, epochs=8, verbose=2)
first, second = (model.predict(x_test[:2].astype("float32"), verbose=0) for _ in range(2))
assert np.array_equal(first, second)  # nothing is drawn where the model only predicts
print("result", model.evaluate(x_test.astype("float32"), y_test, verbose=0)[1])
