"""Diabetes by cross-validation: an ensemble of small networks against the best single one."""
import os

os.environ["KERAS_BACKEND"] = "jax"

import keras
import numpy as np
from keras import layers
from sklearn.datasets import load_diabetes
from sklearn.linear_model import LinearRegression
from sklearn.metrics import r2_score
from sklearn.model_selection import KFold


class Epochs(keras.callbacks.Callback):
    def __init__(self):
        super().__init__()
        self.seen = []

    def on_epoch_end(self, epoch, logs=None):
        self.seen.append((epoch, sorted(logs)))


keras.utils.set_random_seed(8)
x, y = load_diabetes(return_X_y=True)
y = (y - y.mean()) / y.std()


def make_model():
    model = keras.Sequential(
        [
            keras.Input((10,)),
            layers.Dense(16, activation="tanh", kernel_initializer="he_normal"),
            layers.Dense(1),
        ]
    )
    model.compile(optimizer=keras.optimizers.Adam(0.01), loss="mse", metrics=[keras.metrics.R2Score(name="r2")])
    return model


members, scores, linear = 2, [], []
for train, test in KFold(3, shuffle=True, random_state=0).split(x):
    spread = x[train].std(axis=0)
    a, b = x[train] / spread, x[test] / spread
    models = [make_model() for _ in range(members)]
    watch = Epochs()
    for model in models:
        model.fit(a, y[train], epochs=8, batch_size=32, verbose=0, callbacks=[watch])
    inputs = keras.Input((10,))
    together = keras.Model(inputs, layers.average([model(inputs) for model in models]))
    scores.append(r2_score(y[test], together.predict(b, verbose=0)[:, 0]))
    linear.append(r2_score(y[test], LinearRegression().fit(a, y[train]).predict(b)))

print("folds", len(scores))
print("epochs", len(watch.seen), *watch.seen[-1][1])
print("r2", float(np.mean(scores)))
print("gap", float(np.mean(linear) - np.mean(scores)))
