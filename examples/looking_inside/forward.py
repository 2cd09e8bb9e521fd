"""The way through a network with its matrices: z = x · W + b, then a = σ(z).

First the banknote of a lecture, then its 2-2-1 network: sigmoid(2.2) = 0.90, sigmoid(-1.6) = 0.17 and
sigmoid(1.17) = 0.76.

    python examples/looking_inside/forward.py
"""

import numpy as np
from graph import network

import cornu
from cornu import explain, layers


def banknote():
    """The probability that a banknote is a fake, with weights 0.3 and 0.1 and bias 1."""
    model = cornu.Sequential([cornu.Input((2,)), layers.Dense(1, activation="sigmoid", name="p")])
    model.set_weights([np.array([[0.3], [0.1]]), np.array([1.0])])
    return model


def main():
    print(explain.forward(banknote(), [[1.0, 2.2]]), end="\n\n")
    print(explain.forward(network(), [[1.0, 0.0]]))


if __name__ == "__main__":
    main()
