'''A recurrent network that judges film reviews: an Embedding with dropout, an LSTM with dropout_W and dropout_U.'''
from __future__ import print_function
import numpy as np
np.random.seed(1337)

from keras.preprocessing import sequence
from keras.models import Sequential
from keras.layers.core import Dense, Dropout, Activation
from keras.layers.embeddings import Embedding
from keras.layers.recurrent import LSTM
from keras.datasets import imdb
from keras.callbacks import EarlyStopping

max_features = 1000
maxlen = 40
batch_size = 32

(X_train, y_train), (X_test, y_test) = imdb.load_data(nb_words=max_features)
X_train, y_train, X_test, y_test = X_train[:1500], y_train[:1500], X_test[:500], y_test[:500]
X_train = sequence.pad_sequences(X_train, maxlen=maxlen)
X_test = sequence.pad_sequences(X_test, maxlen=maxlen)

model = Sequential()
model.add(Embedding(max_features, 16, input_length=maxlen, dropout=0.1))
model.add(LSTM(16, dropout_W=0.1, dropout_U=0.1, inner_init='orthogonal', forget_bias_init='one',
               inner_activation='hard_sigmoid'))
model.add(Dense(1))
model.add(Activation('sigmoid'))
model.compile(loss='binary_crossentropy', optimizer='adam', metrics=['accuracy'])

early = EarlyStopping(monitor='val_acc', patience=3, mode='max')
history = model.fit(X_train, y_train, batch_size=batch_size, nb_epoch=4, verbose=0,
                    validation_data=(X_test, y_test), callbacks=[early])
score, acc = model.evaluate(X_test, y_test, batch_size=batch_size, verbose=0)
print('padded', X_train.shape)
print('keys', *sorted(history.history))
print('accuracy', max(history.history['acc']))
print('test', acc)
print('json', len(model.to_json()) > 100)
