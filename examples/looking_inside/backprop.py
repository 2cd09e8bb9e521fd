"""The chain rule step by step: what comes from above times the operation's own derivative.

python examples/looking_inside/backprop.py
"""

import jax.numpy as jnp
from graph import f, network

from cornu import explain


def branches(a, b):
    """Where several ways lead to one value, their gradients add."""
    return a + a * b + jnp.maximum(a, b)


def main():
    print(explain.backprop(f, 2, -3, 4), end="\n\n")
    print(explain.backprop(branches, 3, -4), end="\n\n")
    print(explain.backprop(network(), [[1.0, 0.0]], [[1.0]], loss="mse"))


if __name__ == "__main__":
    main()
