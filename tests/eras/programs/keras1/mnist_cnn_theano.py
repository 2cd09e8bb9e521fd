'''Trains a simple convnet on handwritten digits, with the axes in Theano's order.'''
from __future__ import print_function
import numpy as np
np.random.seed(1337)  # for reproducibility

from sklearn.datasets import load_digits
from keras.models import Sequential
from keras.layers.core import Dense, Dropout, Activation, Flatten
from keras.layers.convolutional import Convolution2D, MaxPooling2D
from keras.utils import np_utils
from keras import backend as K

K.set_image_dim_ordering('th')

batch_size = 50
nb_classes = 10
nb_epoch = 6
img_rows, img_cols = 8, 8
nb_filters = 16
nb_pool = 2
nb_conv = 3

digits = load_digits()
X_train, y_train = digits.images[:1400], digits.target[:1400]
X_test, y_test = digits.images[1400:], digits.target[1400:]

X_train = X_train.reshape(X_train.shape[0], 1, img_rows, img_cols).astype('float32')
X_test = X_test.reshape(X_test.shape[0], 1, img_rows, img_cols).astype('float32')
X_train /= 16
X_test /= 16

# convert class vectors to binary class matrices
Y_train = np_utils.to_categorical(y_train, nb_classes)
Y_test = np_utils.to_categorical(y_test, nb_classes)

model = Sequential()
model.add(Convolution2D(nb_filters, nb_conv, nb_conv, border_mode='same', init='he_uniform',
                        input_shape=(1, img_rows, img_cols)))
model.add(Activation('relu'))
model.add(Convolution2D(nb_filters, nb_conv, nb_conv, border_mode='valid'))
model.add(Activation('relu'))
model.add(MaxPooling2D(pool_size=(nb_pool, nb_pool), border_mode='valid'))
model.add(Dropout(0.25))
model.add(Flatten())
model.add(Dense(32))
model.add(Activation('relu'))
model.add(Dropout(0.25))
model.add(Dense(nb_classes))
model.add(Activation('softmax'))

model.compile(loss='categorical_crossentropy', optimizer='adam', metrics=['accuracy'])
history = model.fit(X_train, Y_train, batch_size=batch_size, nb_epoch=nb_epoch,
                    verbose=0, validation_data=(X_test, Y_test))
score = model.evaluate(X_test, Y_test, verbose=0)
classes = model.predict_classes(X_test, verbose=0)
print('shapes', model.layers[0].output_shape, model.layers[4].output_shape)
print('keys', *sorted(history.history))
print('accuracy', score[1])
print('classes', np.mean(classes == y_test) == np.float64(np.mean(model.predict(X_test).argmax(axis=-1) == y_test)))
