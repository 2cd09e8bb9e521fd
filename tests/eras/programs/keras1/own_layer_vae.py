'''A layer of one's own in the manner of Keras 1, and a variational autoencoder with the loss of the blog.'''
import numpy as np
np.random.seed(4)

from keras import backend as K
from keras import objectives
from keras.engine.topology import Layer
from keras.layers import Input, Dense, Lambda, merge
from keras.models import Model
from sklearn.datasets import load_digits


class Scale(Layer):
    def __init__(self, output_dim, **kwargs):
        self.output_dim = output_dim
        super(Scale, self).__init__(**kwargs)

    def build(self, input_shape):
        self.W = self.add_weight(shape=(input_shape[1], self.output_dim),
                                 initializer='glorot_uniform', trainable=True, name='W')
        super(Scale, self).build(input_shape)  # be sure you call this somewhere!

    def call(self, x, mask=None):
        return K.dot(x, self.W)

    def get_output_shape_for(self, input_shape):
        return (input_shape[0], self.output_dim)


batch_size = 64
original_dim = 64
latent_dim = 2
intermediate_dim = 48
X = load_digits().data[:1792] / 16.

x = Input(batch_shape=(batch_size, original_dim))
h = Dense(intermediate_dim, activation='relu')(x)
z_mean = Dense(latent_dim)(h)
z_log_var = Dense(latent_dim)(h)


def sampling(args):
    z_mean, z_log_var = args
    epsilon = K.random_normal(shape=(batch_size, latent_dim), mean=0., std=1.)
    return z_mean + K.exp(z_log_var / 2) * epsilon


z = Lambda(sampling, output_shape=(latent_dim,))([z_mean, z_log_var])
decoder_h = Dense(intermediate_dim, activation='relu')
decoder_mean = Dense(original_dim, activation='sigmoid')
h_decoded = decoder_h(z)
x_decoded_mean = decoder_mean(h_decoded)


def vae_loss(x, x_decoded_mean):
    xent_loss = original_dim * objectives.binary_crossentropy(x, x_decoded_mean)
    kl_loss = - 0.5 * K.sum(1 + z_log_var - K.square(z_mean) - K.exp(z_log_var), axis=-1)
    return xent_loss + kl_loss


vae = Model(x, x_decoded_mean)
vae.compile(optimizer='rmsprop', loss=vae_loss)
history = vae.fit(X, X, shuffle=True, nb_epoch=10, batch_size=batch_size, verbose=0)
encoder = Model(x, z_mean)
encoded = encoder.predict(X, batch_size=batch_size)

a = Input(shape=(6,))
b = Scale(6)(a)
total = merge([a, b], mode='sum')
joined = merge([a, b], mode='concat', concat_axis=1)
scaled = Model(input=a, output=[total, joined])

print('falls', history.history['loss'][-1] < history.history['loss'][0])
print('loss', history.history['loss'][-1])
print('codes', encoded.shape, encoded.std() > 0.3)
print('scale', scaled.output_shape, len(scaled.trainable_weights))
one, both = scaled.predict(np.ones((2, 6)))
print('merged', np.allclose(both[:, 6:] + 1, one, atol=1e-6))
