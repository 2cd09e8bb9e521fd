"""Functions of one number that lectures draw: activations with their slopes, and the cross-entropy;
and the loss of a training batch by batch, with the line of its tendency.

    python examples/looking_inside/functions.py --out pictures
"""

import numpy as np
from pictures import shown

import cornu
from cornu import explain, layers, ops


def batch_losses(steps=300, batch=10):
    """The loss of each batch while a network learns to tell two spirals apart."""
    cornu.utils.set_random_seed(2)
    turn = np.sqrt(np.random.rand(400)) * 2 * np.pi
    side = np.random.randint(0, 2, 400)
    x = np.stack([np.cos(turn + np.pi * side), np.sin(turn + np.pi * side)], 1) * turn[:, None]
    model = cornu.Sequential([layers.Dense(32, "relu", input_shape=(2,)), layers.Dense(1, "sigmoid")])
    model.compile(cornu.optimizers.Adam(0.01), "binary_crossentropy")
    rows = (np.random.choice(400, batch) for _ in range(steps))
    return [float(model.train_on_batch(x[each], side[each])) for each in rows]


def plots():
    yield "activations-and-slopes", explain.functions("sigmoid", "tanh", "relu")
    surprise = {
        "label 1: -log p": lambda p: -ops.log(p),
        "label 0: -log(1 - p)": lambda p: -ops.log1p(-p),
    }
    yield "cross-entropy", explain.functions(surprise, low=0.005, high=0.995, slopes=False)
    plot = explain.curves({"loss": batch_losses()}, tendency=0.95)
    plot.figure.axes[0].set_xlabel("batch")
    yield "loss-over-time", plot


if __name__ == "__main__":
    shown("Activations, the cross-entropy, and a loss over time.", plots())
