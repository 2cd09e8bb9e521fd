"""A train_step of one's own on the JAX backend, which takes the state and gives it back."""
import os

os.environ["KERAS_BACKEND"] = "jax"

import jax
import keras
import numpy as np
from keras import layers, ops


class WeightedModel(keras.Model):
    def loss_and_updates(self, trainable, non_trainable, x, y, training=False):
        y_pred, non_trainable = self.stateless_call(trainable, non_trainable, x, training=training)
        loss = self.compute_loss(x, y, y_pred)
        return loss, (y_pred, non_trainable)

    def train_step(self, state, data):
        trainable, non_trainable, optimizer_variables, metrics_variables = state
        x, y = data
        grad_fn = jax.value_and_grad(self.loss_and_updates, has_aux=True)
        (loss, (y_pred, non_trainable)), grads = grad_fn(trainable, non_trainable, x, y, training=True)
        trainable, optimizer_variables = self.optimizer.stateless_apply(
            optimizer_variables, grads, trainable
        )
        new_metrics_vars, logs = [], {}
        for metric in self.metrics:
            mine = metrics_variables[len(new_metrics_vars) : len(new_metrics_vars) + len(metric.variables)]
            if metric.name == "loss":
                mine = metric.stateless_update_state(mine, loss)
            else:
                mine = metric.stateless_update_state(mine, y, y_pred)
            logs[metric.name] = metric.stateless_result(mine)
            new_metrics_vars += mine
        logs["norm"] = ops.sqrt(sum(ops.sum(ops.square(g)) for g in grads))
        return logs, (trainable, non_trainable, optimizer_variables, new_metrics_vars)


keras.utils.set_random_seed(1)
rng = np.random.default_rng(1)
x = rng.normal(size=(512, 8)).astype("float32")
y = (x @ rng.normal(size=(8, 1)) + 0.1 * rng.normal(size=(512, 1))).astype("float32")

inputs = keras.Input((8,))
outputs = layers.Dense(1)(layers.Dropout(0.05)(inputs))
model = WeightedModel(inputs, outputs)
model.compile(optimizer=keras.optimizers.Adam(0.05), loss="mse", metrics=["mae"])
history = model.fit(x, y, epochs=12, batch_size=64, verbose=0)

print("keys", *sorted(history.history))
print("mae", model.evaluate(x, y, verbose=0)[1])
print("falls", history.history["norm"][-1] < history.history["norm"][0])
