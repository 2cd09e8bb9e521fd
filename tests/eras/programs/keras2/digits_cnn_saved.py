'''A small convnet: channels first or last as the backend says, saved as HDF5 and as JSON, then loaded.'''
from __future__ import print_function
import keras
import numpy as np
from keras.models import Sequential, load_model, model_from_json
from keras.layers import Dense, Dropout, Flatten
from keras.layers import Conv2D, MaxPooling2D
from keras import backend as K
from sklearn.datasets import load_digits

np.random.seed(12)
batch_size = 64
num_classes = 10
epochs = 5
img_rows, img_cols = 8, 8

digits = load_digits()
(x_train, y_train), (x_test, y_test) = (
    (digits.images[:1400], digits.target[:1400]), (digits.images[1400:], digits.target[1400:]))

if K.image_data_format() == 'channels_first':
    x_train = x_train.reshape(x_train.shape[0], 1, img_rows, img_cols)
    x_test = x_test.reshape(x_test.shape[0], 1, img_rows, img_cols)
    input_shape = (1, img_rows, img_cols)
else:
    x_train = x_train.reshape(x_train.shape[0], img_rows, img_cols, 1)
    x_test = x_test.reshape(x_test.shape[0], img_rows, img_cols, 1)
    input_shape = (img_rows, img_cols, 1)
x_train = x_train.astype('float32') / 16
x_test = x_test.astype('float32') / 16

y_train = keras.utils.to_categorical(y_train, num_classes)
y_test = keras.utils.to_categorical(y_test, num_classes)

model = Sequential()
model.add(Conv2D(16, kernel_size=(3, 3), activation='relu', input_shape=input_shape))
model.add(Conv2D(24, (3, 3), activation='relu'))
model.add(MaxPooling2D(pool_size=(2, 2)))
model.add(Dropout(0.25))
model.add(Flatten())
model.add(Dense(48, activation='relu'))
model.add(Dense(num_classes, activation='softmax'))

model.compile(loss=keras.losses.categorical_crossentropy,
              optimizer=keras.optimizers.Adadelta(lr=1.0, rho=0.95),
              metrics=['accuracy'])
history = model.fit(x_train, y_train, batch_size=batch_size, epochs=epochs, verbose=0,
                    validation_data=(x_test, y_test))
score = model.evaluate(x_test, y_test, verbose=0)

model.save('digits.h5')
again = load_model('digits.h5')
model.save_weights('digits_weights.h5')
bare = model_from_json(model.to_json())
bare.load_weights('digits_weights.h5')

acc, val_acc = history.history['acc'], history.history['val_acc']
print('metrics', *model.metrics_names)
print('epochs', len(acc), len(val_acc))
print('accuracy', score[1])
print('again', np.allclose(again.predict(x_test), model.predict(x_test), atol=1e-6))
print('bare', np.allclose(bare.predict(x_test), model.predict(x_test), atol=1e-6))
print('classes', abs((model.predict_classes(x_test) == y_test.argmax(axis=1)).mean() - score[1]) < 1e-6)
