'''Temperatures of the next day from the last ten: a generator as in the book, GRU against common sense.'''
import numpy as np
import os
from keras.models import Sequential
from keras import layers
from keras.optimizers import RMSprop

np.random.seed(17)
lines = open('daily-min-temperatures.csv').read().strip().split('\n')[1:]
float_data = np.array([[float(line.split(',')[1].strip('"?'))] for line in lines])
mean = float_data[:2000].mean(axis=0)
float_data -= mean
std = float_data[:2000].std(axis=0)
float_data /= std


def generator(data, lookback, delay, min_index, max_index, shuffle=False, batch_size=128, step=1):
    if max_index is None:
        max_index = len(data) - delay - 1
    i = min_index + lookback
    while 1:
        if shuffle:
            rows = np.random.randint(min_index + lookback, max_index, size=batch_size)
        else:
            if i + batch_size >= max_index:
                i = min_index + lookback
            rows = np.arange(i, min(i + batch_size, max_index))
            i += len(rows)
        samples = np.zeros((len(rows), lookback // step, data.shape[-1]))
        targets = np.zeros((len(rows),))
        for j, row in enumerate(rows):
            indices = range(rows[j] - lookback, rows[j], step)
            samples[j] = data[indices]
            targets[j] = data[rows[j] + delay][0]
        yield samples, targets


lookback, step, delay, batch_size = 10, 1, 0, 100
train_gen = generator(float_data, lookback, delay, 0, 2000, shuffle=True, batch_size=batch_size)
val_gen = generator(float_data, lookback, delay, 2001, 3000, batch_size=batch_size)
val_steps = (3000 - 2001 - lookback) // batch_size

maes = []
for s in range(val_steps):
    samples, targets = next(val_gen)
    maes.append(np.mean(np.abs(samples[:, -1, 0] - targets)))

model = Sequential()
model.add(layers.GRU(16, dropout=0.05, recurrent_dropout=0.05, input_shape=(None, float_data.shape[-1])))
model.add(layers.Dense(1))
model.compile(optimizer=RMSprop(lr=0.005), loss='mae')
history = model.fit_generator(train_gen, steps_per_epoch=20, epochs=6, verbose=0,
                              validation_data=val_gen, validation_steps=val_steps)
print('keys', *sorted(history.history))
print('steps', val_steps)
print('mae', history.history['val_loss'][-1])
print('naive', np.mean(maes))
print('better', history.history['val_loss'][-1] < np.mean(maes))
