"""Text by TextVectorization, a table by FeatureSpace (in Keras 3.15 both need TensorFlow beside JAX)."""
import os

os.environ["KERAS_BACKEND"] = "jax"

import keras
import numpy as np
import tensorflow as tf
from keras import layers

keras.utils.set_random_seed(6)
rng = np.random.default_rng(6)
good, bad, plain = ["great", "lovely", "superb"], ["awful", "dull", "boring"], ["film", "plot", "actor", "scene"]


def sentence(label):
    words = list(rng.choice(plain, 4)) + list(rng.choice(good if label else bad, 2))
    return "The " + " ".join(rng.permutation(words)) + "!"


labels = rng.integers(2, size=400)
texts = np.array([sentence(label) for label in labels])

vectorize = layers.TextVectorization(max_tokens=50, output_sequence_length=8)
vectorize.adapt(texts)
model = keras.Sequential(
    [
        layers.Embedding(vectorize.vocabulary_size(), 8, mask_zero=True),
        layers.Bidirectional(layers.GRU(6)),
        layers.Dense(1, activation="sigmoid"),
    ]
)
model.compile("adam", "binary_crossentropy", metrics=["accuracy"])
model.optimizer.learning_rate = 0.02
model.fit(vectorize(texts[:300]), labels[:300], epochs=5, batch_size=50, verbose=0)
print("vocabulary", vectorize.vocabulary_size(), *vectorize.get_vocabulary()[:3])
print("text", model.evaluate(vectorize(texts[300:]), labels[300:], verbose=0)[1])

table = {
    "age": rng.uniform(20, 70, 300).astype("float32"),
    "city": rng.choice(["bern", "basel", "chur"], 300),
}
bought = ((table["age"] > 45) ^ (table["city"] == "chur")).astype("float32")
dataset = tf.data.Dataset.from_tensor_slices((table, bought)).batch(30)
space = keras.utils.FeatureSpace(
    features={
        "age": keras.utils.FeatureSpace.float_discretized(num_bins=10),
        "city": keras.utils.FeatureSpace.string_categorical(num_oov_indices=0),
    },
    crosses=[keras.utils.FeatureSpace.cross(("age", "city"), crossing_dim=64)],
    output_mode="concat",
)
space.adapt(dataset.map(lambda features, _: features))
encoded = space.get_encoded_features()
outputs = layers.Dense(1, activation="sigmoid")(encoded)
training = keras.Model(encoded, outputs)
inference = keras.Model(space.get_inputs(), outputs)
training.compile(keras.optimizers.Adam(0.05), "binary_crossentropy", metrics=["accuracy"])
history = training.fit(dataset.map(lambda features, label: (space(features), label)), epochs=15, verbose=0)
print("columns", encoded.shape[-1])
print("table", history.history["accuracy"][-1])
one = {"age": np.array([60.0]), "city": np.array(["bern"])}
print("inference", inference.predict(one, verbose=0).shape)
