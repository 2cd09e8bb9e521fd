'''A stateful RNN that goes on from batch to batch, with its state reset by hand after each epoch.'''
from __future__ import print_function
import numpy as np
np.random.seed(0)

from keras.models import Sequential
from keras.layers import Dense, LSTM, GRU
from keras.layers.wrappers import TimeDistributed

tsteps = 1
batch_size = 10
epochs = 6

cosine = np.cos(2 * np.pi * np.arange(400) / 50.).reshape(400, 1, 1)
expected = np.zeros((400, 1))
for i in range(400):
    expected[i, 0] = cosine[max(0, i - 10):i + 1].mean()

model = Sequential()
model.add(LSTM(12, batch_input_shape=(batch_size, tsteps, 1), return_sequences=True, stateful=True,
               consume_less='mem'))
model.add(GRU(output_dim=12, return_sequences=False, stateful=True))
model.add(Dense(1))
model.compile(loss='mse', optimizer='rmsprop')

first = last = None
for i in range(epochs):
    h = model.fit(cosine, expected, batch_size=batch_size, verbose=0, nb_epoch=1, shuffle=False)
    first, last = first or h.history['loss'][0], h.history['loss'][0]
    model.reset_states()

once = model.predict(cosine[:10], batch_size=batch_size)
twice = model.predict(cosine[:10], batch_size=batch_size)
model.reset_states()
again = model.predict(cosine[:10], batch_size=batch_size)

seq = Sequential()
seq.add(TimeDistributed(Dense(3), input_shape=(5, 2)))
print('falls', last < first / 2)
print('remembers', not np.allclose(once, twice))
print('reset', np.allclose(once, again, atol=1e-6))
print('distributed', seq.output_shape)
