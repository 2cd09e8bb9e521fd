"""A generative adversarial network that learns a ring of points, in a train loop with train_on_batch."""
import os

os.environ["KERAS_BACKEND"] = "jax"

import keras
import numpy as np
from keras import layers

keras.utils.set_random_seed(5)
rng = np.random.default_rng(5)


def real_points(n):
    angle = rng.uniform(0, 2 * np.pi, n)
    return np.stack([np.cos(angle), np.sin(angle)], axis=1).astype("float32")


discriminator = keras.Sequential(
    [
        keras.Input((2,)),
        layers.Dense(32),
        layers.LeakyReLU(negative_slope=0.2),
        layers.Dense(32),
        layers.LeakyReLU(negative_slope=0.2),
        layers.Dense(1),
    ],
    name="discriminator",
)
generator = keras.Sequential(
    [keras.Input((4,)), layers.Dense(32, activation="relu"), layers.Dense(2)], name="generator"
)
bce = keras.losses.BinaryCrossentropy(from_logits=True)
discriminator.compile(optimizer=keras.optimizers.Adam(2e-3, beta_1=0.5), loss=bce)

discriminator.trainable = False
noise = keras.Input((4,))
gan = keras.Model(noise, discriminator(generator(noise)), name="gan")
gan.compile(optimizer=keras.optimizers.Adam(2e-3, beta_1=0.5), loss=bce)
discriminator.trainable = True
discriminator.compile(optimizer=keras.optimizers.Adam(2e-3, beta_1=0.5), loss=bce)
discriminator.trainable = False
frozen = len(gan.trainable_variables)
discriminator.trainable = True

before = np.linalg.norm(generator.predict(rng.normal(size=(500, 4)), verbose=0), axis=1)
for step in range(300):
    z = rng.normal(size=(64, 4)).astype("float32")
    fake = np.asarray(generator(z))
    points = np.concatenate([real_points(64), fake])
    labels = np.concatenate([np.full((64, 1), 0.9), np.zeros((64, 1))])
    d_loss = discriminator.train_on_batch(points, labels)
    discriminator.trainable = False
    g_loss = gan.train_on_batch(z, np.ones((64, 1)))
    discriminator.trainable = True

after = np.linalg.norm(generator.predict(rng.normal(size=(500, 4)), verbose=0), axis=1)
print("frozen", frozen)
print("finite", bool(np.isfinite(d_loss) and np.isfinite(g_loss)))
print("radius", float(np.abs(after - 1).mean()))
print("nearer", bool(np.abs(after - 1).mean() < np.abs(before - 1).mean()))
