'''Real-time augmentation: ImageDataGenerator.flow, fit_generator by samples, checkpoints in HDF5.'''
import os
import numpy as np
np.random.seed(5)

from keras.preprocessing.image import ImageDataGenerator
from keras.models import Sequential
from keras.layers import Dense, Dropout, Activation, Flatten, ZeroPadding2D
from keras.layers import Convolution2D, MaxPooling2D
from keras.callbacks import ModelCheckpoint, LearningRateScheduler, Callback
from keras.optimizers import SGD
from keras import backend as K
from keras.utils import np_utils
from sklearn.datasets import load_digits

digits = load_digits()
X = digits.images.reshape(-1, 8, 8, 1).astype('float32') / 16
Y = np_utils.to_categorical(digits.target, 10)
X_train, Y_train, X_test, Y_test = X[:1400], Y[:1400], X[1400:], Y[1400:]

model = Sequential()
model.add(ZeroPadding2D((1, 1), input_shape=(8, 8, 1), dim_ordering='tf'))
model.add(Convolution2D(16, 3, 3, activation='relu', dim_ordering='tf', subsample=(1, 1)))
model.add(MaxPooling2D((2, 2), strides=(2, 2), dim_ordering='tf'))
model.add(Flatten())
model.add(Dense(32))
model.add(Activation('relu'))
model.add(Dense(10, activation='softmax'))
model.compile(loss='categorical_crossentropy', optimizer=SGD(lr=0.05, momentum=0.9), metrics=['accuracy'])


class LossHistory(Callback):
    def on_train_begin(self, logs={}):
        self.losses = []

    def on_batch_end(self, batch, logs={}):
        self.losses.append(logs.get('loss'))


datagen = ImageDataGenerator(
    featurewise_center=False, samplewise_center=False, featurewise_std_normalization=False,
    zca_whitening=False, rotation_range=5, width_shift_range=0.1, height_shift_range=0.1,
    horizontal_flip=False, vertical_flip=False, dim_ordering='tf')
datagen.fit(X_train)

losses = LossHistory()
checkpoint = ModelCheckpoint('weights.{epoch:02d}-{val_loss:.2f}.hdf5', verbose=0)
rate = LearningRateScheduler(lambda epoch: 0.05 if epoch < 4 else 0.01)
history = model.fit_generator(datagen.flow(X_train, Y_train, batch_size=50),
                              samples_per_epoch=1400, nb_epoch=6, verbose=0,
                              validation_data=(X_test, Y_test), callbacks=[losses, checkpoint, rate])
score = model.evaluate_generator(datagen.flow(X_test, Y_test, batch_size=50), val_samples=397)
print('batches', len(losses.losses))
print('keys', *sorted(k for k in history.history if 'acc' in k or 'loss' in k))
print('accuracy', history.history['val_acc'][-1])
print('files', len([name for name in os.listdir('.') if name.startswith('weights.0')]))
print('rate', round(float(K.get_value(model.optimizer.lr)), 4))
print('generated', len(score))
