"""A small residual network; each block has a branch of convolutions and a branch around them."""

import sys

import keras
import numpy as np
from keras import layers

with np.load(sys.argv[1] + "/cifar10_10k_1k.npz") as file:
    x_train, y_train, x_test, y_test = (file[n] for n in ("x_train", "y_train", "x_test", "y_test"))
x_train, x_test = (x.astype("float32") / 255 for x in (x_train, x_test))


def block(x, filters, strides=1):
    branch = layers.Conv2D(filters, 3, strides=strides, padding="same", use_bias=False)(x)
    branch = layers.ReLU()(layers.BatchNormalization()(branch))
    branch = layers.Conv2D(filters, 3, padding="same", use_bias=False)(branch)
    branch = layers.BatchNormalization()(branch)
    if strides != 1 or x.shape[-1] != filters:
        x = layers.BatchNormalization()(layers.Conv2D(filters, 1, strides=strides, use_bias=False)(x))
    return layers.ReLU()(layers.Add()([branch, x]))


inputs = keras.Input((32, 32, 3))
x = layers.Conv2D(16, 3, padding="same", activation="relu")(inputs)
for filters, strides in ((16, 1), (32, 2), (64, 2)):
    x = block(x, filters, strides)
x = layers.GlobalAveragePooling2D()(x)
outputs = layers.Dense(10, activation="softmax")(x)

model = keras.Model(inputs, outputs)
model.compile(optimizer="adam", loss="sparse_categorical_crossentropy", metrics=["accuracy"])
model.fit(x_train, y_train, batch_size=64, epochs=8, verbose=2)
print("result", model.evaluate(x_test, y_test, verbose=0)[1])
