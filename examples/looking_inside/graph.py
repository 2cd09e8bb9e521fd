"""The computational graph of a lecture, f = x * y + z, and of a network with its loss.

Every node has its forward value above, in green, and below, in red, the gradient of the result by it.

    python examples/looking_inside/graph.py
    python examples/looking_inside/graph.py --out pictures
"""

import argparse
from pathlib import Path

import jax.numpy as jnp
import numpy as np

import cornu
from cornu import explain, layers


def f(x, y, z):
    """The lecture's function; its inner node is q = x * y."""
    q = x * y
    return q + z


def neuron(w0, x0, w1, x1, b):
    """A neuron, operation by operation: σ(z) = 1 / (1 + exp(-z))."""
    z = w0 * x0 + w1 * x1 + b
    return 1 / (1 + jnp.exp(-z))


def network():
    """The 2-2-1 network of a lecture: for (1, 0) its units give 0.90, 0.17 and 0.76."""
    model = cornu.Sequential(
        [
            cornu.Input((2,)),
            layers.Dense(2, activation="sigmoid", name="hidden"),
            layers.Dense(1, activation="sigmoid", name="output"),
        ],
        name="network",
    )
    model.set_weights([np.array(w) for w in ([[3.7, 2.9]] * 2, [-1.5, -4.5], [[4.5], [-5.2]], [-2.0])])
    return model


def main():
    parser = argparse.ArgumentParser(description="Computational graphs with values and gradients.")
    parser.add_argument("--out", type=Path, help="folder for the pictures, as SVG")
    options = parser.parse_args()
    x, y = [[1.0, 0.0]], [[1.0]]
    pictures = {
        "slide": explain.graph(f, 2, -3, 4),
        "neuron": explain.graph(neuron, 2, -1, -3, -2, -3),
        "network-layers": explain.graph(network(), x, y, loss="mse"),
        "network-operations": explain.graph(network(), x, y, loss="mse", depth=None),
    }
    for name, picture in pictures.items():
        print(f"{picture}\n")
        if options.out is not None:
            options.out.mkdir(parents=True, exist_ok=True)
            picture.save(options.out / f"{name}.svg")
            print(f"Picture: {options.out / name}.svg\n")


if __name__ == "__main__":
    main()
