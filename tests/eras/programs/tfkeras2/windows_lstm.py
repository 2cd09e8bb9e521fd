"""Passengers of the next months: windows by tf.data, an LSTM and a convolution against the last value."""
import numpy as np
import pandas as pd
import tensorflow as tf

tf.random.set_seed(51)
np.random.seed(51)
df = pd.read_csv('airline-passengers.csv', header=0)
series = np.log(df['Passengers'].values.astype('float32'))
series = np.diff(series)
split_time = 110
x_train, x_valid = series[:split_time], series[split_time:]
window_size, batch_size, shuffle_buffer_size = 12, 16, 200


def windowed_dataset(series, window_size, batch_size, shuffle_buffer):
    dataset = tf.data.Dataset.from_tensor_slices(series)
    dataset = dataset.window(window_size + 1, shift=1, drop_remainder=True)
    dataset = dataset.flat_map(lambda window: window.batch(window_size + 1))
    dataset = dataset.shuffle(shuffle_buffer).map(lambda window: (window[:-1], window[-1]))
    return dataset.batch(batch_size).prefetch(1)


dataset = windowed_dataset(x_train, window_size, batch_size, shuffle_buffer_size)
model = tf.keras.models.Sequential([
    tf.keras.layers.Lambda(lambda x: tf.expand_dims(x, axis=-1), input_shape=[window_size]),
    tf.keras.layers.Conv1D(filters=16, kernel_size=3, strides=1, padding="causal", activation="relu"),
    tf.keras.layers.LSTM(16, return_sequences=True),
    tf.keras.layers.LSTM(16),
    tf.keras.layers.Dense(1),
    tf.keras.layers.Lambda(lambda x: x * 0.5)
])
lr_schedule = tf.keras.callbacks.LearningRateScheduler(lambda epoch: 1e-3 * 10 ** (epoch / 20))
model.compile(loss=tf.keras.losses.Huber(), optimizer=tf.keras.optimizers.SGD(learning_rate=1e-3, momentum=0.9), metrics=["mae"])
history = model.fit(dataset, epochs=3, callbacks=[lr_schedule], verbose=0)
rates = history.history['lr']

model.compile(loss=tf.keras.losses.Huber(), optimizer=tf.keras.optimizers.Adam(learning_rate=1e-2), metrics=["mae"])
history = model.fit(dataset, epochs=30, verbose=0)

forecast = []
for time in range(len(series) - window_size):
    forecast.append(series[time:time + window_size])
forecast = model.predict(np.array(forecast))[split_time - window_size:, 0]
mae = tf.keras.metrics.mean_absolute_error(x_valid, forecast).numpy()
naive = tf.reduce_mean(tf.abs(x_valid[1:] - x_valid[:-1])).numpy()
print('rates', len(rates), rates[-1] > rates[0])
print('keys', *sorted(history.history))
print('forecast', forecast.shape)
print('mae', float(mae))
print('naive', float(naive))
