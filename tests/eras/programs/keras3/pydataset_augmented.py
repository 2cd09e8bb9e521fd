"""Digits from a PyDataset, moved and turned by layers that work while training only."""
import os

os.environ["KERAS_BACKEND"] = "jax"

import math

import keras
import numpy as np
from keras import layers
from sklearn.datasets import load_digits


class Digits(keras.utils.PyDataset):
    def __init__(self, x, y, batch_size, **kwargs):
        super().__init__(**kwargs)
        self.x, self.y, self.batch_size = x, y, batch_size
        self.ended = 0

    def __len__(self):
        return math.ceil(len(self.x) / self.batch_size)

    def __getitem__(self, index):
        rows = slice(index * self.batch_size, (index + 1) * self.batch_size)
        return self.x[rows], self.y[rows]

    def on_epoch_end(self):
        self.ended += 1


keras.utils.set_random_seed(7)
digits = load_digits()
x = digits.images[..., None].astype("float32")
train, test = Digits(x[:1400], digits.target[:1400], 50), Digits(x[1400:], digits.target[1400:], 100)

augmentation = keras.Sequential(
    [layers.RandomTranslation(0.1, 0.1, seed=1), layers.RandomContrast(0.1, seed=2)], name="augmentation"
)
model = keras.Sequential(
    [
        keras.Input((8, 8, 1)),
        augmentation,
        layers.Rescaling(1 / 16),
        layers.Conv2D(8, 3, padding="same", activation="relu"),
        layers.MaxPooling2D(),
        layers.SeparableConv2D(16, 3, padding="same", activation="relu"),
        layers.Flatten(),
        layers.Dense(10, activation="softmax"),
    ]
)
model.compile(optimizer=keras.optimizers.Adam(0.01), loss="sparse_categorical_crossentropy", metrics=["accuracy"])
history = model.fit(train, validation_data=test, epochs=5, verbose=0)

print("keys", *sorted(history.history))
print("epochs", train.ended >= 5)
print("accuracy", history.history["val_accuracy"][-1])
same = np.array_equal(model.predict(x[:3], verbose=0), model.predict(x[:3], verbose=0))
print("steady", same, not np.array_equal(augmentation(x[:3], training=True), x[:3]))
