"""What a convolutional network sees in a digit: layer by layer, by its kernels, and three explanations.

A small network is trained for some seconds on MNIST, which CORNU_DATA or ~/.keras/datasets has.

    python examples/looking_inside/seeing.py
    python examples/looking_inside/seeing.py --out pictures
"""

import numpy as np
from pictures import shown

import cornu
from cornu import explain, layers


def load_digits(rows=6000):
    """Digits from 0 to 1, with an axis for the channel."""
    (x_train, y_train), (x_test, y_test) = cornu.datasets.mnist.load_data()
    x_train, x_test = (x[:rows, ..., None].astype("float32") / 255 for x in (x_train, x_test))
    return (x_train, y_train[:rows]), (x_test, y_test[:rows])


def trained(x, y, epochs=2):
    """Two convolutions and a Dense: about 97 % of unseen digits."""
    cornu.utils.set_random_seed(0)
    model = cornu.Sequential(
        [
            cornu.Input((28, 28, 1)),
            layers.Conv2D(16, 5, activation="relu", name="edges"),
            layers.MaxPooling2D(name="smaller"),
            layers.Conv2D(32, 3, activation="relu", name="parts"),
            layers.MaxPooling2D(name="smaller_still"),
            layers.Flatten(name="flat"),
            layers.Dense(32, activation="relu", name="code"),
            layers.Dense(10, activation="softmax", name="digit"),
        ],
        name="digits",
    )
    model.compile("adam", "sparse_categorical_crossentropy", metrics=["accuracy"])
    model.fit(x, y, batch_size=64, epochs=epochs, verbose=0)
    return model


def pictures(rows=6000, epochs=2):
    """All pictures, by the names of their files."""
    (x_train, y_train), (x_test, y_test) = load_digits(rows)
    model = trained(x_train, y_train, epochs)
    four = x_test[np.flatnonzero(y_test == 4)[0]]
    some = slice(0, 600)
    return {
        "activations": explain.activations(
            model, four[None], layers=["edges", "smaller", "parts", "code", "digit"]
        ),
        "filters": explain.filters(model),
        "grad-cam": explain.grad_cam(model, four),
        "occlusion": explain.occlusion(model, four, size=5, stride=2),
        "integrated-gradients": explain.integrated_gradients(model, four),
        "embedding": explain.embedding(
            model, "code", names=y_test[some], x=x_test[some], groups=y_test[some]
        ),
    }


if __name__ == "__main__":
    shown("What a network of convolutions sees.", pictures().items(), dpi=100)
