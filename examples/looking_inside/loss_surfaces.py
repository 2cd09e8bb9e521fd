"""The loss as a landscape: with the way of stochastic gradient descent, and around a trained network.

python examples/looking_inside/loss_surfaces.py --out pictures
"""

import numpy as np
from pictures import shown

import cornu
from cornu import explain, layers


def ring(rows=300):
    """Points within a ring, and around it."""
    draw = np.random.default_rng(0)
    x = draw.normal(size=(rows, 2)).astype("float32")
    return x, (np.hypot(*x.T) > 1.2).astype("float32")


def two_weights(batch_size):
    """A model of two weights, and the way that it took; small batches make it a winding one."""
    draw = np.random.default_rng(1)
    x = draw.normal(size=(64, 2)).astype("float32") * [1.0, 0.6]
    y = x @ [[2.0], [-1.0]] + draw.normal(size=(64, 1)) * 0.8
    model = cornu.Sequential([cornu.Input((2,)), layers.Dense(1, use_bias=False)])
    model.set_weights([np.array([[-1.5], [1.5]])])
    model.compile(cornu.optimizers.SGD(0.1), "mse")
    path = explain.WeightPath(every=1)
    cornu.utils.set_random_seed(0)
    model.fit(x, y, batch_size=batch_size, epochs=max(1, batch_size), verbose=0, callbacks=[path])
    return explain.loss_surface(model, x, y, path=path)


def plots():
    yield "surface-sgd", two_weights(1)
    yield "surface-batch", two_weights(64)
    cornu.utils.set_random_seed(2)
    x, y = ring()
    hidden = [layers.Dense(16, activation="relu") for _ in range(2)]
    model = cornu.Sequential([cornu.Input((2,)), *hidden, layers.Dense(1, activation="sigmoid")])
    model.compile(cornu.optimizers.Adam(0.01), "binary_crossentropy")
    yield "learning-rates", explain.learning_rates(model, x, y)
    path = explain.WeightPath()
    model.fit(x, y, epochs=60, verbose=0, callbacks=[path])
    yield "surface-network", explain.loss_surface(model, x, y, points=41)
    yield "surface-path", explain.loss_surface(model, x, y, path=path)


if __name__ == "__main__":
    shown("The loss as a landscape.", plots())
