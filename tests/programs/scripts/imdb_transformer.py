"""One transformer block, with masked attention, classifies film reviews."""

import sys

import keras
from keras import layers
from reviews import LENGTH, WORDS, load

(x_train, y_train), (x_test, y_test) = load(sys.argv[1], 8000, 3000)


class TokenAndPosition(layers.Layer):
    def __init__(self, length, words, size):
        super().__init__()
        self.token = layers.Embedding(words, size, mask_zero=True)
        self.position = layers.Embedding(length, size)
        self.positions = keras.Variable(list(range(length)), dtype="int32", trainable=False)

    def call(self, x):
        return self.token(x) + self.position(self.positions)

    def compute_mask(self, x, previous_mask=None):
        return self.token.compute_mask(x)


inputs = keras.Input((LENGTH,), dtype="int32")
x = TokenAndPosition(LENGTH, WORDS, 32)(inputs)
attended = layers.MultiHeadAttention(num_heads=2, key_dim=16, dropout=0.1)(x, x)
x = layers.LayerNormalization(epsilon=1e-6)(layers.Add()([x, attended]))
forward = layers.Dense(32)(layers.Dense(64, activation="relu")(x))
x = layers.LayerNormalization(epsilon=1e-6)(layers.Add()([x, layers.Dropout(0.1)(forward)]))
x = layers.GlobalAveragePooling1D()(x)
x = layers.Dropout(0.2)(x)
outputs = layers.Dense(1, activation="sigmoid")(x)

model = keras.Model(inputs, outputs)
model.compile(optimizer=keras.optimizers.Adam(2e-3), loss="binary_crossentropy", metrics=["accuracy"])
model.fit(x_train, y_train, batch_size=64, epochs=3, verbose=2)
print("result", model.evaluate(x_test, y_test, verbose=0)[1])
