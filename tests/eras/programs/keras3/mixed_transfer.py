"""Features learnt on the digits 0 to 4 are frozen and used for 5 to 9, in mixed precision."""
import os

os.environ["KERAS_BACKEND"] = "jax"

import keras
import numpy as np
from keras import layers
from sklearn.datasets import load_digits

keras.utils.set_random_seed(11)
keras.config.set_dtype_policy("mixed_bfloat16")
digits = load_digits()
x, y = (digits.images[..., None] / 16).astype("float32"), digits.target
low, high = y < 5, y >= 5

base = keras.Sequential(
    [
        keras.Input((8, 8, 1)),
        layers.Conv2D(12, 3, padding="same", activation="relu"),
        layers.MaxPooling2D(),
        layers.Conv2D(16, 3, padding="same", activation="relu"),
        layers.Flatten(),
    ],
    name="base",
)


def classifier(name):
    return keras.Sequential(
        [keras.Input((8, 8, 1)), base, layers.Dropout(0.2, seed=1), layers.Dense(5), layers.Activation("softmax", dtype="float32")],
        name=name,
    )


first = classifier("low")
first.compile("adam", "sparse_categorical_crossentropy", metrics=["accuracy"])
first.fit(x[low], y[low], epochs=4, batch_size=50, verbose=0)

base.trainable = False
before = [np.array(w) for w in base.get_weights()]
second = classifier("high")
second.compile(keras.optimizers.Adam(0.01), "sparse_categorical_crossentropy", metrics=["accuracy"])
callbacks = [
    keras.callbacks.EarlyStopping(monitor="val_loss", patience=5, restore_best_weights=True),
    keras.callbacks.ReduceLROnPlateau(monitor="val_loss", factor=0.5, patience=2),
]
history = second.fit(
    x[high], y[high] - 5, validation_split=0.25, epochs=10, batch_size=50, verbose=0, callbacks=callbacks
)

print("keys", *sorted(history.history))
print("dtypes", base.layers[0].compute_dtype, base.layers[0].kernel.dtype, second.outputs[0].dtype)
print("trainable", len(second.trainable_weights), len(second.non_trainable_weights))
print("unmoved", all(np.array_equal(a, b) for a, b in zip(before, base.get_weights())))
print("accuracy", max(history.history["val_accuracy"]))
