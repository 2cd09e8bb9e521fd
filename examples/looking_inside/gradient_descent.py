"""Ways down a function: learning rates too small, good and too large, and optimizers compared.

python examples/looking_inside/gradient_descent.py --out pictures
"""

from pictures import shown

from cornu import explain, ops
from cornu.optimizers import SGD, Adam, RMSprop


def parabola(a):
    """The loss of a lecture, of a single parameter a."""
    return a**2


def wavy(a):
    """A function with two valleys, the left one shallower."""
    return 0.05 * a**4 - 0.4 * a**2 - 0.12 * a + 1.1


def ravine(x, y):
    """Steep along y, flat along x, as losses often are."""
    return 0.5 * x**2 + 4 * y**2 + 0.3 * ops.sin(3 * x)


def plots():
    rates = {"too small: 0.02": SGD(0.02), "good: 0.3": SGD(0.3), "too large: 1.04": SGD(1.04)}
    yield "rates-parabola", explain.descent(parabola, rates, 2.0, steps=12, window=(-3, 3))
    rates = {"trapped: 0.05": SGD(0.05), "with momentum": SGD(0.05, momentum=0.95)}
    yield "rates-trapped", explain.descent(wavy, rates, -3.2, steps=80, window=(-3.6, 3.6))
    rates = {
        "SGD": SGD(0.1),
        "momentum": SGD(0.02, momentum=0.9),
        "RMSprop": RMSprop(0.1),
        "Adam": Adam(0.3),
    }
    paths = explain.descent(ravine, rates, (-4.0, 1.6), steps=40)
    yield "optimizers", paths
    yield "optimizers.gif", paths


if __name__ == "__main__":
    shown("Ways down a function.", plots())
