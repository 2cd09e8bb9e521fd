"""A variational autoencoder as layers: the sampling with a seed generator, the KL term by add_loss."""
import os

os.environ["KERAS_BACKEND"] = "jax"

import keras
import numpy as np
from keras import layers, ops
from sklearn.datasets import load_digits


@keras.saving.register_keras_serializable(package="eras")
class Sampling(layers.Layer):
    def __init__(self, weight=1.0, **kwargs):
        super().__init__(**kwargs)
        self.weight = weight
        self.seed_generator = keras.random.SeedGenerator(1337)

    def call(self, inputs):
        mean, log_var = inputs
        kl = -0.5 * ops.sum(1 + log_var - ops.square(mean) - ops.exp(log_var), axis=-1)
        self.add_loss(self.weight * ops.mean(kl))
        epsilon = keras.random.normal(ops.shape(mean), seed=self.seed_generator)
        return mean + ops.exp(0.5 * log_var) * epsilon

    def get_config(self):
        return {**super().get_config(), "weight": self.weight}


keras.utils.set_random_seed(0)
x = (load_digits().data / 16).astype("float32")

encoder_inputs = keras.Input((64,))
h = layers.Dense(48, activation="relu")(encoder_inputs)
mean, log_var = layers.Dense(2, name="mean")(h), layers.Dense(2, name="log_var")(h)
z = Sampling(weight=0.001)([mean, log_var])
encoder = keras.Model(encoder_inputs, [mean, log_var, z], name="encoder")

latent = keras.Input((2,))
decoder = keras.Model(
    latent,
    layers.Dense(64, activation="sigmoid")(layers.Dense(48, activation="relu")(latent)),
    name="decoder",
)
vae = keras.Model(encoder_inputs, decoder(encoder(encoder_inputs)[2]), name="vae")
vae.compile(optimizer=keras.optimizers.Adam(5e-3), loss="mse")
history = vae.fit(x, x, epochs=15, batch_size=128, verbose=0)

mean_z, log_var_z, z_value = encoder.predict(x, verbose=0)
pictures = decoder.predict(np.array([[-1.0, 0.0], [1.0, 0.0]], dtype="float32"), verbose=0)
error = float(np.mean((decoder.predict(mean_z, verbose=0) - x) ** 2))
config = encoder.get_layer(index=-1).get_config()

print("keys", *sorted(history.history))
print("shapes", mean_z.shape, z_value.shape, pictures.shape)
print("falls", history.history["loss"][-1] < history.history["loss"][0])
print("explained", 1 - error / float(np.var(x, axis=0).mean()))
print("noise", bool(np.abs(z_value - mean_z).max() > 0))
print("weight", config["weight"])
