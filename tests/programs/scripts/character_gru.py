"""A GRU learns to write film reviews, character by character."""

import json
import sys

import keras
import numpy as np
from keras import layers
from reviews import words

SIGHT = 40
with open(sys.argv[1] + "/imdb_word_index.json") as file:
    names = {number: word for word, number in json.load(file).items()}
reviews, _ = words(sys.argv[1], "train", 400)
text = " . ".join(" ".join(names.get(number, "?") for number in review[:60]) for review in reviews)
letters = sorted(set(text.encode("ascii", "ignore").decode()))
text = "".join(letter for letter in text if letter in letters)
numbers = np.array([letters.index(letter) for letter in text], "int32")

starts = np.arange(0, len(numbers) - SIGHT - 1, SIGHT // 2)
x = np.stack([numbers[start : start + SIGHT] for start in starts])
y = np.stack([numbers[start + 1 : start + SIGHT + 1] for start in starts])

model = keras.Sequential(
    [
        layers.Input((None,), dtype="int32"),
        layers.Embedding(len(letters), 32),
        layers.GRU(128, return_sequences=True),
        layers.Dense(len(letters), activation="softmax"),
    ]
)
model.compile(keras.optimizers.Adam(5e-3), "sparse_categorical_crossentropy", metrics=["accuracy"])
history = model.fit(x, y, batch_size=32, epochs=5, verbose=2)

written = "this film was "
rng = np.random.default_rng(1)
for _ in range(60):
    seen = np.array([[letters.index(letter) for letter in written[-SIGHT:]]])
    chances = model.predict(seen, verbose=0)[0, -1].astype("float64") ** 2
    written += letters[rng.choice(len(letters), p=chances / chances.sum())]
print(repr(written))
assert len(written) == 74
assert " " in written[14:]
print("result", history.history["accuracy"][-1])
