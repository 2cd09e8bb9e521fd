"""From raw text to a judgement: words are numbered by a layer that learnt its vocabulary."""

import json
import sys

import keras
import numpy as np
from keras import layers
from reviews import words

with open(sys.argv[1] + "/imdb_word_index.json") as file:
    names = {number: word for word, number in json.load(file).items()}


def texts(part, count):
    reviews, labels = words(sys.argv[1], part, count)
    raw = [" ".join(names.get(number, "?") for number in review) for review in reviews]
    return np.array([text.capitalize() + "!" for text in raw], dtype=object), labels


(x_train, y_train), (x_test, y_test) = texts("train", 6000), texts("test", 2000)

vectorize = layers.TextVectorization(max_tokens=8000, output_sequence_length=200)
vectorize.adapt(x_train)

model = keras.Sequential(
    [
        layers.Input((200,), dtype="int32"),
        layers.Embedding(8000, 24),
        layers.GlobalAveragePooling1D(),
        layers.Dense(16, activation="relu"),
        layers.Dense(1, activation="sigmoid"),
    ]
)
model.compile(optimizer=keras.optimizers.Adam(5e-3), loss="binary_crossentropy", metrics=["accuracy"])
model.fit(vectorize(x_train), y_train, batch_size=64, epochs=5, verbose=2)
print("result", model.evaluate(vectorize(x_test), y_test, verbose=0)[1])
