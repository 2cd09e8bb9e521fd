"""The layers while they were experimental: pictures augmented in the model, and a table that is normalized."""
import numpy as np
import tensorflow as tf
from tensorflow import keras
from tensorflow.keras import layers
from sklearn.datasets import load_digits

tf.random.set_seed(3)
AUTOTUNE = tf.data.experimental.AUTOTUNE
digits = load_digits()
x = digits.images[..., None].astype('float32')
y = digits.target
train_ds = tf.data.Dataset.from_tensor_slices((x[:1400], y[:1400])).cache().shuffle(1000).batch(50).prefetch(buffer_size=AUTOTUNE)
val_ds = tf.data.Dataset.from_tensor_slices((x[1400:], y[1400:])).batch(50).cache().prefetch(buffer_size=AUTOTUNE)

data_augmentation = keras.Sequential([
    layers.experimental.preprocessing.RandomRotation(0.03, input_shape=(8, 8, 1)),
    layers.experimental.preprocessing.RandomZoom(0.1),
])
model = keras.Sequential([
    data_augmentation,
    layers.experimental.preprocessing.Rescaling(1. / 16),
    layers.Conv2D(12, 3, padding='same', activation='relu'),
    layers.MaxPooling2D(),
    layers.Conv2D(16, 3, padding='same', activation='relu'),
    layers.Flatten(),
    layers.Dense(10)
])
model.compile(optimizer=tf.keras.optimizers.legacy.Adam(learning_rate=0.005),
              loss=tf.keras.losses.SparseCategoricalCrossentropy(from_logits=True),
              metrics=['accuracy'])
history = model.fit(train_ds, validation_data=val_ds, epochs=4, verbose=0)

table = np.random.RandomState(0).normal(5., 3., size=(300, 2)).astype('float32')
price = 2 * table[:, 0] - table[:, 1]
normalizer = layers.experimental.preprocessing.Normalization()
normalizer.adapt(table)
regression = tf.keras.models.Sequential([normalizer, layers.Dense(units=1)])
regression.compile(optimizer=tf.optimizers.Adam(learning_rate=0.2), loss='mean_absolute_error')
fitted = regression.fit(table, price, epochs=30, verbose=0, validation_split=0.2)

print('cardinality', tf.data.experimental.cardinality(train_ds).numpy())
print('keys', *sorted(history.history))
print('accuracy', history.history['val_accuracy'][-1])
print('normal', np.allclose(normalizer(table).numpy().mean(axis=0), 0, atol=1e-3))
print('mae', fitted.history['val_loss'][-1])
