"""What a network sees in photographs: its kernels in colour, and where it finds what it names.

A network is trained for about half a minute on CIFAR-10, which CORNU_DATA or ~/.keras/datasets has.

    python examples/looking_inside/seeing_colour.py
    python examples/looking_inside/seeing_colour.py --out pictures
"""

import warnings

import numpy as np
from pictures import shown

import cornu
from cornu import explain, layers

NAMES = ["plane", "car", "bird", "cat", "deer", "dog", "frog", "horse", "ship", "truck"]


def load_photographs(rows):
    """Photographs from 0 to 1."""
    with warnings.catch_warnings():  # that the file holds a part of the set is enough here
        warnings.simplefilter("ignore", cornu.core.errors.CornuWarning)
        (x, y), (x_test, y_test) = cornu.datasets.cifar10.load_data()
    return x[:rows] / 255.0, y[:rows, 0], x_test / 255.0, y_test[:, 0]


def trained(x, y, epochs):
    """Three convolutions, and the mean of their maps."""
    cornu.utils.set_random_seed(0)
    model = cornu.Sequential(
        [
            cornu.Input((32, 32, 3)),
            layers.Conv2D(16, 5, padding="same", activation="relu", name="colours"),
            layers.MaxPooling2D(),
            layers.Conv2D(32, 3, padding="same", activation="relu", name="parts"),
            layers.MaxPooling2D(),
            layers.Conv2D(48, 3, padding="same", activation="relu", name="things"),
            layers.GlobalAveragePooling2D(),
            layers.Dense(10, activation="softmax", name="name"),
        ],
        name="photographs",
    )
    model.compile(cornu.optimizers.Adam(2e-3), "sparse_categorical_crossentropy", metrics=["accuracy"])
    model.fit(x, y, batch_size=64, epochs=epochs, verbose=0)
    return model


def pictures(rows=6000, epochs=8):
    """All pictures, by the names of their files."""
    x, y, x_test, y_test = load_photographs(rows)
    model = trained(x, y, epochs)
    chances = model.predict(x_test[:200], verbose=0)
    sure = np.where(chances.argmax(axis=1) == y_test[:200], chances.max(axis=1), 0)
    photograph = x_test[:200][sure.argmax()]
    print(f"A {NAMES[y_test[:200][sure.argmax()]]}:")
    return {
        "filters-in-colour": explain.filters(model),
        "grad-cam-in-colour": explain.grad_cam(model, photograph, layer="things"),
        "occlusion-in-colour": explain.occlusion(model, photograph, size=8, stride=2, baseline=0.5),
    }


if __name__ == "__main__":
    shown("What a network sees in photographs.", pictures().items(), dpi=100)
