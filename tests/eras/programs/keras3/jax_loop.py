"""A training loop in JAX around a Keras model: pure functions over lists of variables."""
import os

os.environ["KERAS_BACKEND"] = "jax"

import jax
import keras
import numpy as np
from sklearn.datasets import load_digits

keras.utils.set_random_seed(3)
digits = load_digits()
x = (digits.data / 16).astype("float32")
y = digits.target.astype("int32")
x_train, y_train, x_test, y_test = x[:1400], y[:1400], x[1400:], y[1400:]

model = keras.Sequential(
    [
        keras.Input(shape=(64,)),
        keras.layers.Dense(48, activation="relu"),
        keras.layers.BatchNormalization(),
        keras.layers.Dense(10),
    ]
)
loss_fn = keras.losses.SparseCategoricalCrossentropy(from_logits=True)
optimizer = keras.optimizers.Adam(learning_rate=5e-3)
metric = keras.metrics.SparseCategoricalAccuracy()
optimizer.build(model.trainable_variables)


def compute_loss(trainable_variables, non_trainable_variables, x, y):
    y_pred, updates = model.stateless_call(trainable_variables, non_trainable_variables, x, training=True)
    return loss_fn(y, y_pred), (y_pred, updates)


grad_fn = jax.value_and_grad(compute_loss, has_aux=True)


@jax.jit
def train_step(state, data):
    trainable, non_trainable, optimizer_variables, metric_variables = state
    x, y = data
    (loss, (y_pred, non_trainable)), grads = grad_fn(trainable, non_trainable, x, y)
    trainable, optimizer_variables = optimizer.stateless_apply(optimizer_variables, grads, trainable)
    metric_variables = metric.stateless_update_state(metric_variables, y, y_pred)
    return loss, (trainable, non_trainable, optimizer_variables, metric_variables)


@jax.jit
def predict(state, x):
    trainable, non_trainable, _, _ = state
    return model.stateless_call(trainable, non_trainable, x, training=False)[0]


state = (
    [v.value for v in model.trainable_variables],
    [v.value for v in model.non_trainable_variables],
    [v.value for v in optimizer.variables],
    [v.value for v in metric.variables],
)
losses = []
order = np.random.default_rng(0)
for epoch in range(6):
    permutation = order.permutation(len(x_train))
    for start in range(0, len(x_train), 100):
        rows = permutation[start : start + 100]
        loss, state = train_step(state, (x_train[rows], y_train[rows]))
        losses.append(float(loss))

for variable, value in zip(model.trainable_variables, state[0]):
    variable.assign(value)
for variable, value in zip(model.non_trainable_variables, state[1]):
    variable.assign(value)
accuracy = float(np.mean(np.asarray(predict(state, x_test)).argmax(axis=-1) == y_test))
through_model = float(np.mean(model.predict(x_test, verbose=0).argmax(axis=-1) == y_test))

print("steps", len(losses))
print("falls", losses[-1] < losses[0] / 4)
print("accuracy", accuracy)
print("same", accuracy == through_model)
print("metric", float(metric.stateless_result(state[3])))
