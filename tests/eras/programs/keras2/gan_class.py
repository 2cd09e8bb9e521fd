'''A generative adversarial network as a class: combined model with a frozen discriminator, train_on_batch.'''
from __future__ import print_function, division

from keras.layers import Input, Dense, Reshape, Flatten, Dropout
from keras.layers import BatchNormalization, Activation
from keras.layers.advanced_activations import LeakyReLU
from keras.models import Sequential, Model
from keras.optimizers import Adam
from sklearn.datasets import load_digits

import numpy as np

np.random.seed(0)


class GAN():
    def __init__(self):
        self.img_shape = (8, 8, 1)
        self.latent_dim = 16
        optimizer = Adam(0.002, 0.5)

        # Build and compile the discriminator
        self.discriminator = self.build_discriminator()
        self.discriminator.compile(loss='binary_crossentropy', optimizer=optimizer, metrics=['accuracy'])

        # Build the generator
        self.generator = self.build_generator()

        # The generator takes noise as input and generates imgs
        z = Input(shape=(self.latent_dim,))
        img = self.generator(z)

        # For the combined model we will only train the generator
        self.discriminator.trainable = False
        validity = self.discriminator(img)
        self.combined = Model(z, validity)
        self.combined.compile(loss='binary_crossentropy', optimizer=Adam(0.002, 0.5))

    def build_generator(self):
        model = Sequential()
        model.add(Dense(32, input_dim=self.latent_dim))
        model.add(LeakyReLU(alpha=0.2))
        model.add(BatchNormalization(momentum=0.8))
        model.add(Dense(64, activation='tanh'))
        model.add(Reshape(self.img_shape))
        noise = Input(shape=(self.latent_dim,))
        return Model(noise, model(noise))

    def build_discriminator(self):
        model = Sequential()
        model.add(Flatten(input_shape=self.img_shape))
        model.add(Dense(48))
        model.add(LeakyReLU(alpha=0.2))
        model.add(Dense(1, activation='sigmoid'))
        img = Input(shape=self.img_shape)
        return Model(img, model(img))

    def train(self, epochs, batch_size=32):
        X_train = load_digits().images.reshape(-1, 8, 8, 1) / 8. - 1.
        valid = np.ones((batch_size, 1))
        fake = np.zeros((batch_size, 1))
        for epoch in range(epochs):
            idx = np.random.randint(0, X_train.shape[0], batch_size)
            imgs = X_train[idx]
            noise = np.random.normal(0, 1, (batch_size, self.latent_dim))
            gen_imgs = self.generator.predict(noise)
            d_loss_real = self.discriminator.train_on_batch(imgs, valid)
            d_loss_fake = self.discriminator.train_on_batch(gen_imgs, fake)
            d_loss = 0.5 * np.add(d_loss_real, d_loss_fake)
            noise = np.random.normal(0, 1, (batch_size, self.latent_dim))
            g_loss = self.combined.train_on_batch(noise, valid)
        return X_train, d_loss, g_loss


gan = GAN()
before = [w.copy() for w in gan.discriminator.get_weights()]
X_train, d_loss, g_loss = gan.train(epochs=150)
moved = any(not np.array_equal(a, b) for a, b in zip(before, gan.discriminator.get_weights()))
pictures = gan.generator.predict(np.random.normal(0, 1, (200, 16)))
corner, middle = pictures[:, :, 0].mean(), pictures[:, 2:6, 2:6].mean()

print('losses', len(d_loss), np.isfinite(d_loss).all(), np.isfinite(g_loss))
print('moved', moved)
print('combined', len(gan.combined.trainable_weights))
print('pictures', pictures.shape, corner < middle)
print('edge', abs(corner - X_train[:, :, 0].mean()))
