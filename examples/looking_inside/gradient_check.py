"""Are the gradients right? Compared with differences of the function itself, weight by weight.

A network passes. A layer whose author has written a wrong derivative is found.

    python examples/looking_inside/gradient_check.py
"""

import jax
import numpy as np
from graph import network

import cornu
from cornu import explain, layers


@jax.custom_jvp
def cube(x):
    """x³, with a derivative that its author got wrong: 2x² in place of 3x²."""
    return x**3


cube.defjvp(lambda primals, tangents: (primals[0] ** 3, 2 * primals[0] ** 2 * tangents[0]))


class Cubic(layers.Layer):
    """Each feature times the cube of a weight."""

    def build(self, input_shape):
        self.w = self.add_weight((input_shape[-1],), "ones", name="w")

    def call(self, inputs):
        return inputs * cube(self.w)


def main():
    x, y = np.array([[1.0, 0.0], [0.0, 1.0]]), np.array([[1.0], [0.0]])
    print(explain.gradient_check(network(), x, y, loss="binary_crossentropy"), end="\n\n")
    model = cornu.Sequential([cornu.Input((2,)), Cubic(name="cubic"), layers.Dense(1)], name="model")
    print(explain.gradient_check(model, x, y, loss="mse"))


if __name__ == "__main__":
    main()
