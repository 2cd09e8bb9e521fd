"""Small image models of every kind, with weights that are known."""

import numpy as np

import cornu
from cornu import layers

RNG = np.random.default_rng(3)
IMAGE = RNG.uniform(0, 1, (6, 5, 2)).astype("float32")
KERNEL = RNG.normal(size=(3, 3, 2, 4)).astype("float32")
HEAD = RNG.normal(size=(4, 3)).astype("float32")


def _settled(model):
    model.set_weights([KERNEL, np.array([0.1, -0.1, 0.2, 0.0]), HEAD, np.array([0.0, 0.5, -0.5])])
    return model


def sequential(data_format="channels_last", activation="softmax"):
    first = data_format == "channels_first"
    return _settled(
        cornu.Sequential(
            [
                cornu.Input((2, 6, 5) if first else (6, 5, 2)),
                layers.Conv2D(4, 3, activation="relu", data_format=data_format, name="conv"),
                layers.GlobalAveragePooling2D(data_format=data_format, name="pool"),
                layers.Dense(3, activation=activation, name="out"),
            ],
            name="image_model",
        )
    )


def functional():
    image = cornu.Input((6, 5, 2))
    inner = cornu.Sequential(
        [cornu.Input((6, 5, 2)), layers.Conv2D(4, 3, activation="relu", name="conv")], name="body"
    )
    pooled = layers.GlobalAveragePooling2D(name="pool")(inner(image))
    return _settled(cornu.Model(image, layers.Dense(3, activation="softmax", name="out")(pooled)))


class Block(layers.Layer):
    """A layer of one's own, which holds others."""

    def __init__(self, **kwargs):
        super().__init__(**kwargs)
        self.conv = layers.Conv2D(4, 3, activation="relu", name="conv")

    def call(self, x):
        return self.conv(x)


class Own(cornu.Model):
    """A class of one's own over that."""

    def __init__(self):
        super().__init__(name="own")
        self.block = Block(name="block")
        self.pool = layers.GlobalAveragePooling2D(name="pool")
        self.out = layers.Dense(3, activation="softmax", name="out")

    def call(self, x):
        return self.out(self.pool(self.block(x)))


def subclassed():
    model = Own()
    model(IMAGE[None])
    return _settled(model)


def by_hand(image=IMAGE):
    """The maps of the convolution and the scores of the classes, by NumPy."""
    maps = np.zeros((4, 3, 4))
    for i in range(4):
        for j in range(3):
            patch = image[i : i + 3, j : j + 3, :, None]
            maps[i, j] = (patch * KERNEL).sum(axis=(0, 1, 2)) + np.array([0.1, -0.1, 0.2, 0.0])
    maps = np.maximum(maps, 0)
    return maps, maps.mean(axis=(0, 1)) @ HEAD + [0.0, 0.5, -0.5]


def softmax(scores):
    e = np.exp(scores - scores.max())
    return e / e.sum()


def linear(shape, weights, bias=0.0):
    """A model that gives a weighted sum of its input."""
    dense = layers.Dense(1, name="sum")
    model = cornu.Sequential([cornu.Input(shape), layers.Flatten(name="flat"), dense], name="linear")
    model.set_weights([np.asarray(weights, "float32").reshape(-1, 1), np.array([bias])])
    return model
