"""An LSTM reads a film review word by word; padding is masked."""

import sys

from keras import Sequential, layers
from reviews import LENGTH, WORDS, load

(x_train, y_train), (x_test, y_test) = load(sys.argv[1], 8000, 3000)

model = Sequential(
    [
        layers.Input((LENGTH,), dtype="int32"),
        layers.Embedding(WORDS, 32, mask_zero=True),
        layers.Bidirectional(layers.LSTM(32)),
        layers.Dropout(0.3),
        layers.Dense(1, activation="sigmoid"),
    ]
)
model.compile(optimizer="adam", loss="binary_crossentropy", metrics=["accuracy"])
model.fit(x_train, y_train, batch_size=64, epochs=3, verbose=2)
print("result", model.evaluate(x_test, y_test, verbose=0)[1])
