'''Autoencoders by the functional API of Keras 1: Model(input=, output=), and the encoder and decoder apart.'''
import numpy as np
np.random.seed(3)

from keras.layers import Input, Dense
from keras.models import Model
from keras import regularizers
from keras import objectives
from keras import backend as K
from sklearn.datasets import load_digits

encoding_dim = 12
x = load_digits().data.astype('float32') / 16.
x_train, x_test = x[:1500], x[1500:]

input_img = Input(shape=(64,))
encoded = Dense(encoding_dim, activation='relu', activity_regularizer=regularizers.activity_l1(1e-6))(input_img)
decoded = Dense(64, activation='sigmoid', b_regularizer=regularizers.l2(1e-6))(encoded)
autoencoder = Model(input=input_img, output=decoded)
encoder = Model(input=input_img, output=encoded)

encoded_input = Input(shape=(encoding_dim,))
decoder_layer = autoencoder.layers[-1]
decoder = Model(input=encoded_input, output=decoder_layer(encoded_input))


def rmse(y_true, y_pred):
    return K.sqrt(K.mean(K.square(y_pred - y_true)))


autoencoder.compile(optimizer='adadelta', loss=objectives.binary_crossentropy, metrics=[rmse])
K.set_value(autoencoder.optimizer.lr, 1.0)
history = autoencoder.fit(x_train, x_train, nb_epoch=25, batch_size=50, shuffle=True, verbose=0,
                          validation_data=(x_test, x_test))

codes = encoder.predict(x_test)
pictures = decoder.predict(codes)
print('keys', *sorted(history.history))
print('codes', codes.shape, pictures.shape)
print('same', np.allclose(pictures, autoencoder.predict(x_test), atol=1e-5))
print('explained', 1 - np.mean((pictures - x_test) ** 2) / np.mean((x_test - x_train.mean(axis=0)) ** 2))
