"""What a model of handwritten digits takes for what, how sure it is, and where it is surely wrong.

CORNU_DATA=data python examples/looking_inside/decisions.py --out pictures
"""

from pictures import shown

import cornu
from cornu import explain, layers


def plots():
    (x, y), (x_test, y_test) = cornu.datasets.mnist.load_data()
    x, y, x_test, y_test = x[:10000], y[:10000], x_test[:3000], y_test[:3000]
    cornu.utils.set_random_seed(0)
    hidden = [layers.Rescaling(1 / 255), layers.Flatten(), layers.Dense(128, activation="relu")]
    model = cornu.Sequential([cornu.Input((28, 28)), *hidden, layers.Dense(10, activation="softmax")])
    model.compile("adam", "sparse_categorical_crossentropy", metrics=["accuracy"])
    model.fit(x, y, epochs=12, batch_size=128, verbose=0)
    yield "confusion", explain.confusion(model, x_test, y_test)
    yield "calibration", explain.calibration(model, x_test, y_test)
    yield "misclassified", explain.misclassified(model, x_test, y_test)


if __name__ == "__main__":
    shown("What a model decides.", plots())
