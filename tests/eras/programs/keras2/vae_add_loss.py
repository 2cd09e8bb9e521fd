'''A variational autoencoder with a Lambda for the sampling and add_loss for both terms.'''
from __future__ import absolute_import
from __future__ import division
from __future__ import print_function

from keras.layers import Lambda, Input, Dense
from keras.models import Model
from keras.losses import mse, binary_crossentropy
from keras import backend as K
from sklearn.datasets import load_digits
import numpy as np

np.random.seed(9)


# reparameterization trick: instead of sampling from Q(z|X), sample eps = N(0,I)
def sampling(args):
    z_mean, z_log_var = args
    batch = K.shape(z_mean)[0]
    dim = K.int_shape(z_mean)[1]
    # by default, random_normal has mean=0 and std=1.0
    epsilon = K.random_normal(shape=(batch, dim))
    return z_mean + K.exp(0.5 * z_log_var) * epsilon


digits = load_digits()
x_train = digits.data[:1400].astype('float32') / 16
x_test = digits.data[1400:].astype('float32') / 16
original_dim = 64
input_shape = (original_dim, )
intermediate_dim = 64
latent_dim = 2

inputs = Input(shape=input_shape, name='encoder_input')
x = Dense(intermediate_dim, activation='relu')(inputs)
z_mean = Dense(latent_dim, name='z_mean')(x)
z_log_var = Dense(latent_dim, name='z_log_var')(x)
z = Lambda(sampling, output_shape=(latent_dim,), name='z')([z_mean, z_log_var])
encoder = Model(inputs, [z_mean, z_log_var, z], name='encoder')

latent_inputs = Input(shape=(latent_dim,), name='z_sampling')
x = Dense(intermediate_dim, activation='relu')(latent_inputs)
outputs = Dense(original_dim, activation='sigmoid')(x)
decoder = Model(latent_inputs, outputs, name='decoder')

outputs = decoder(encoder(inputs)[2])
vae = Model(inputs, outputs, name='vae_mlp')

reconstruction_loss = binary_crossentropy(inputs, outputs)
reconstruction_loss *= original_dim
kl_loss = 1 + z_log_var - K.square(z_mean) - K.exp(z_log_var)
kl_loss = K.sum(kl_loss, axis=-1)
kl_loss *= -0.5
vae_loss = K.mean(reconstruction_loss + kl_loss)
vae.add_loss(vae_loss)
vae.compile(optimizer='adam')
history = vae.fit(x_train, epochs=20, batch_size=64, validation_data=(x_test, None), verbose=0)

vae.save_weights('vae_mlp.h5')
z_test, _, _ = encoder.predict(x_test, batch_size=64)
x_decoded = decoder.predict(np.array([[0.5, -0.5]]))
print('keys', *sorted(history.history))
print('loss', history.history['val_loss'][-1])
print('falls', history.history['loss'][-1] < 0.9 * history.history['loss'][0])
print('codes', z_test.shape, x_decoded.shape)
