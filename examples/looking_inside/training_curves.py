"""Curves of training: loss and accuracy, where a model begins to overfit, and models compared.

The network of a lecture on reviews of films (data set IMDB, found in the folder CORNU_DATA): it is
at its best after a few epochs, and then learns its training data by heart.

    CORNU_DATA=data python examples/looking_inside/training_curves.py --out pictures
"""

import numpy as np
from pictures import shown

import cornu
from cornu import explain, layers

WORDS, REVIEWS = 2000, 6000


def reviews():
    """Which words each review has, and whether it praises."""
    (x, y), _ = cornu.datasets.imdb.load_data(num_words=WORDS)
    rows = np.zeros((REVIEWS, WORDS), "float32")
    for row, words in zip(rows, x, strict=False):
        row[words] = 1
    return rows, y[:REVIEWS].astype("float32")


def train(x, y, units=16, activation="relu", rate=0.0, epochs=15):
    """A network with two hidden layers, a third of the reviews kept aside."""
    cornu.utils.set_random_seed(1)
    model = cornu.Sequential([cornu.Input((WORDS,))])
    for _ in range(2):
        model.add(layers.Dense(units, activation=activation))
        if rate:
            model.add(layers.Dropout(rate))
    model.add(layers.Dense(1, activation="sigmoid"))
    model.compile("rmsprop", "binary_crossentropy", metrics=["accuracy"])
    return model.fit(x, y, epochs=epochs, batch_size=256, validation_split=1 / 3, verbose=0)


def plots():
    x, y = reviews()
    history = train(x, y)
    yield "training-curves", history.plot()
    yield "overfitting", explain.overfitting(history)
    smaller, dropout = train(x, y, units=2), train(x, y, rate=0.5)
    names = ["16 units", "2 units", "16 units, dropout"]
    yield "training-compared", explain.curves(history, smaller, dropout, names=names)
    relu, tanh = (train(x, y, activation=name, epochs=6) for name in ("relu", "tanh"))
    yield "relu-tanh", explain.curves(relu, tanh, names=["relu", "tanh"], metrics=["loss"])


if __name__ == "__main__":
    shown("Curves of training.", plots())
