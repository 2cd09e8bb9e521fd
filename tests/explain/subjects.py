"""What the tests of explain look into: figures of the lectures, and small models of every kind."""

from pathlib import Path

import jax.numpy as jnp
import numpy as np

import cornu
from cornu import layers

GOLDEN = Path(__file__).parent / "golden"


def f(x, y, z):
    """Back-propagation's slide: f = x * y + z at (2, -3, 4), where q = x * y = -6."""
    q = x * y
    return q + z


def neuron(w0, x0, w1, x1, b):
    """A sigmoid of a weighted sum, operation by operation."""
    z = w0 * x0 + w1 * x1 + b
    return 1 / (1 + jnp.exp(-z))


def two_two_one():
    """The lecture's network: for the input (1, 0) its units give 0.90, 0.17 and 0.76."""
    model = cornu.Sequential(
        [
            cornu.Input((2,)),
            layers.Dense(2, activation="sigmoid", name="hidden"),
            layers.Dense(1, activation="sigmoid", name="output"),
        ],
        name="network",
    )
    kernels = [[[3.7, 2.9], [3.7, 2.9]], [-1.5, -4.5], [[4.5], [-5.2]], [-2.0]]
    model.set_weights([np.array(kernel) for kernel in kernels])
    return model


class Own(cornu.Model):
    """A class of one's own, with a layer that is called twice."""

    def __init__(self):
        super().__init__(name="own")
        self.a = layers.Dense(3, activation="tanh", name="a")
        self.b = layers.Dense(1, name="b")

    def call(self, x):
        return self.b(self.a(self.a(x))) + 1.0


def functional():
    """Two inputs, a nested model, and operations between layers."""
    x, side = cornu.Input((3,), name="x"), cornu.Input((2,), name="side")
    inner_in = cornu.Input((3,))
    inner = cornu.Model(inner_in, layers.Dense(2, name="deep")(inner_in), name="inner")
    joined = layers.Concatenate(name="joined")([inner(x) * 2.0, side])
    return cornu.Model([x, side], layers.Dense(1, name="last")(joined), name="joint")


def assert_golden(name, text):
    """The text is that of the file; a new file is written once, to be looked at."""
    path = GOLDEN / name
    if not path.exists():
        path.write_text(f"{text}\n", encoding="utf-8")
        raise AssertionError(f"{path} was not there. It is written: read it, and run again.")
    assert f"{text}\n" == path.read_text(encoding="utf-8")
