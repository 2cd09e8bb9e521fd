'''Two Sequential branches joined by a Merge layer; the sum of products, told apart.'''
import numpy as np
np.random.seed(0)

from keras.models import Sequential
from keras.layers.core import Dense, Merge, Activation, Dropout
from keras.layers.normalization import BatchNormalization
from keras.regularizers import l2
from keras.optimizers import SGD
from keras import backend as K

left_branch = Sequential()
left_branch.add(Dense(16, input_dim=6, W_regularizer=l2(0.0001)))
left_branch.add(Activation('tanh'))

right_branch = Sequential()
right_branch.add(Dense(16, input_dim=4, init='glorot_normal', activation='tanh'))

model = Sequential()
model.add(Merge([left_branch, right_branch], mode='concat'))
model.add(BatchNormalization(momentum=0.9))
model.add(Dropout(0.1))
model.add(Dense(output_dim=3, activation='softmax'))

sgd = SGD(lr=0.05, decay=1e-6, momentum=0.9, nesterov=True)
model.compile(loss='categorical_crossentropy', optimizer=sgd, metrics=['accuracy'])

a = np.random.random((600, 6))
b = np.random.random((600, 4))
total = a.sum(axis=1) - b.sum(axis=1)
labels = np.digitize(total, [0.6, 1.4])
y = np.eye(3)[labels]

history = model.fit([a[:500], b[:500]], y[:500], nb_epoch=20, batch_size=32, verbose=0,
                    validation_split=0.1, show_accuracy=True)
loss, accuracy = model.evaluate([a[500:], b[500:]], y[500:], verbose=0)
proba = model.predict_proba([a[500:], b[500:]], verbose=0)

print('merged', model.layers[0].output_shape)
print('keys', *sorted(history.history))
print('accuracy', accuracy)
print('proba', proba.shape, np.allclose(proba.sum(axis=1), 1, atol=1e-5))
print('lr', round(float(K.get_value(model.optimizer.lr)), 4))
