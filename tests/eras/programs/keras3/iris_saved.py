"""Irises by a functional model with a normalization inside; saved, loaded, and the same afterwards."""
import os

os.environ["KERAS_BACKEND"] = "jax"

import keras
import numpy as np
from keras import layers
from sklearn.datasets import load_iris
from sklearn.model_selection import train_test_split

keras.utils.set_random_seed(42)
x, y = load_iris(return_X_y=True)
x_train, x_test, y_train, y_test = train_test_split(x, y, test_size=0.3, random_state=0, stratify=y)

normalization = layers.Normalization()
normalization.adapt(x_train)

inputs = keras.Input(shape=(4,), name="measures")
h = normalization(inputs)
h = layers.Dense(16, activation="gelu", kernel_regularizer=keras.regularizers.L2(1e-4))(h)
h = layers.LayerNormalization()(h)
outputs = layers.Dense(3, name="logits")(h)
model = keras.Model(inputs, outputs, name="irises")

schedule = keras.optimizers.schedules.CosineDecay(0.02, decay_steps=200)
model.compile(
    optimizer=keras.optimizers.AdamW(schedule, weight_decay=1e-3),
    loss=keras.losses.SparseCategoricalCrossentropy(from_logits=True),
    metrics=[keras.metrics.SparseCategoricalAccuracy(name="accuracy")],
)
checkpoint = keras.callbacks.ModelCheckpoint("best.keras", monitor="val_loss", save_best_only=True)
history = model.fit(
    x_train, y_train, validation_data=(x_test, y_test), epochs=40, batch_size=16, verbose=0,
    callbacks=[checkpoint],
)
model.save("irises.keras")
again = keras.saving.load_model("irises.keras")

print("keys", *sorted(history.history))
print("parameters", model.count_params())
print("accuracy", model.evaluate(x_test, y_test, verbose=0, return_dict=True)["accuracy"])
print("same", np.allclose(model.predict(x_test, verbose=0), again.predict(x_test, verbose=0), atol=1e-6))
print("best", os.path.exists("best.keras"))
