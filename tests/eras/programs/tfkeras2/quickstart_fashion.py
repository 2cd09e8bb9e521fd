"""Clothes: the beginner's quickstart, with logits, a probability model and a subclass in the end."""
import tensorflow as tf
from tensorflow import keras
import numpy as np

print('version', tf.__version__.split('.')[0])
tf.random.set_seed(42)
np.random.seed(42)

(train_images, train_labels), (test_images, test_labels) = tf.keras.datasets.fashion_mnist.load_data()
train_images, train_labels = train_images[:3000] / 255.0, train_labels[:3000]
test_images, test_labels = test_images[:1000] / 255.0, test_labels[:1000]

model = tf.keras.Sequential([
    tf.keras.layers.Flatten(input_shape=(28, 28)),
    tf.keras.layers.Dense(64, activation=tf.nn.relu),
    tf.keras.layers.Dropout(0.2),
    tf.keras.layers.Dense(10)
])
predictions = model(train_images[:1]).numpy()
probabilities = tf.nn.softmax(predictions).numpy()
loss_fn = tf.keras.losses.SparseCategoricalCrossentropy(from_logits=True)
start = loss_fn(train_labels[:1], predictions).numpy()

model.compile(optimizer=tf.keras.optimizers.Adam(learning_rate=0.002), loss=loss_fn, metrics=['accuracy'])
history = model.fit(train_images, train_labels, epochs=4, verbose=0)
test_loss, test_acc = model.evaluate(test_images, test_labels, verbose=2)

probability_model = tf.keras.Sequential([model, tf.keras.layers.Softmax()])
guessed = probability_model.predict(test_images[:5])
img = np.expand_dims(test_images[1], 0)

print('start', 0 < start < 10, abs(probabilities.sum() - 1) < 1e-5)
print('keys', *sorted(history.history))
print('accuracy', test_acc)
print('softmax', guessed.shape, np.allclose(guessed.sum(axis=1), 1, atol=1e-5))
print('single', probability_model.predict(img).argmax() == guessed[1].argmax())
