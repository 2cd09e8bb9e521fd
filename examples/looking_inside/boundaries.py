"""Decision boundaries: straight without a hidden layer, bent with one.

The logical gates of a lecture need no data; banknotes, forged or not, and irises are real.

    CORNU_DATA=data python examples/looking_inside/boundaries.py --out pictures
    python examples/looking_inside/boundaries.py --gates
"""

import sys

import numpy as np
from pictures import shown

import cornu
from cornu import explain, layers

CORNERS = np.array([[0, 0], [0, 1], [1, 0], [1, 1]], "float32")
#: Weights of neurons as the lecture has them: bias, then a weight for each input.
AND, NEITHER, OR = (-30, 20, 20), (10, -20, -20), (-10, 20, 20)


def network(*units, features=2, classes=1):
    """Sigmoid layers of so many units, and an output."""
    last = "sigmoid" if classes == 1 else "softmax"
    hidden = [layers.Dense(count, activation="sigmoid") for count in units]
    return cornu.Sequential([cornu.Input((features,)), *hidden, layers.Dense(classes, activation=last)])


def gate(*neurons_by_layer):
    """A network whose neurons have the given weights."""
    model = network(*(len(neurons) for neurons in neurons_by_layer[:-1]))
    tables = [np.array(neurons, "float32") for neurons in neurons_by_layer]
    model.set_weights([part for table in tables for part in (table[:, 1:].T, table[:, 0])])
    return model


def trained(x, y, *units, epochs=150, **kind):
    cornu.utils.set_random_seed(3)
    model = network(*units, features=x.shape[1], **kind)
    loss = "binary_crossentropy" if y.max() == 1 else "sparse_categorical_crossentropy"
    model.compile(cornu.optimizers.Adam(0.03), loss)
    model.fit(x, y, epochs=epochs, batch_size=64, verbose=0)
    return model


def gates():
    yield "boundary-and", explain.boundary(gate([AND]), CORNERS, [0, 0, 0, 1])
    yield "boundary-xnor", explain.boundary(gate([AND, NEITHER], [OR]), CORNERS, [1, 0, 0, 1])


def real():
    (x, y), _ = cornu.datasets.banknotes.load_data()
    x = x[:, [1, 3]]
    names = ["genuine", "forged"]
    yield "boundary-straight", explain.boundary(trained(x, y), x, y, names=names)
    yield "boundary-hidden", explain.boundary(trained(x, y, 8), x, y, names=names)
    (x, y), _ = cornu.datasets.banknotes.load_data()
    model = trained(x, y, 8, epochs=60)
    yield "boundary-pca", explain.boundary(model, x, y, project="pca", names=names)
    draw = np.random.default_rng(0)
    x = np.concatenate([draw.normal(c, 0.8, (60, 2)) for c in ([0, 0], [3, 0], [1.5, 2.5])])
    model = trained(x, np.repeat([0, 1, 2], 60), 6, classes=3)
    yield "boundary-softmax", explain.boundary(model, x, np.repeat([0, 1, 2], 60), names=["a", "b", "c"])


def plots(real_too):
    yield from gates()
    if real_too:
        yield from real()


if __name__ == "__main__":
    only_gates = "--gates" in sys.argv
    sys.argv = [word for word in sys.argv if word != "--gates"]
    shown("Decision boundaries.", plots(not only_gates))
