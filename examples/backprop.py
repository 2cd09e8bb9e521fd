"""Back-propagation by hand: the graph of a lecture, its forward values and its gradients.

The gradient of a function of many numbers tells how fast it changes with each of them. It is found
backwards: from the result, whose gradient by itself is 1, to the inputs, by the chain rule. At each
operation the gradient that comes from above is multiplied by the operation's own derivative. For
f = x * y + z this is done here twice: step by step, as on the lecture's slide, and by one call of
cornu.value_and_grad.

    python examples/backprop.py
"""

import jax.numpy as jnp
import numpy as np

import cornu


def f(x, y, z):
    """The lecture's function; its graph has the inner node q = x * y."""
    q = x * y
    return q + z


def backwards_by_hand(x, y, z):
    """Forward values, then the gradients of f by each node, from the result to the inputs."""
    q = x * y
    value = q + z
    df = 1.0  # f by itself
    dq = df * 1.0  # the sum passes the gradient on to both its terms
    dz = df * 1.0
    dx = dq * y  # the product multiplies it by the other factor
    dy = dq * x
    return {"x": (x, dx), "y": (y, dy), "z": (z, dz), "q": (q, dq), "f": (value, df)}


def slide(x=2.0, y=-3.0, z=4.0):
    """The slide's numbers, and the same from Cornu."""
    print("f = x * y + z, with q = x * y\n")
    print("  node   value   df/dnode")
    for name, (value, gradient) in backwards_by_hand(x, y, z).items():
        print(f"  {name:>4} {value:>7g} {gradient:>10g}")
    value, gradients = cornu.value_and_grad(f, argnums=(0, 1, 2))(x, y, z)
    shown = ", ".join(f"df/d{name} = {g:g}" for name, g in zip("xyz", gradients, strict=True))
    print(f"\n  cornu.value_and_grad: f = {value:g}, {shown}")


def patterns():
    """What each kind of node does to a gradient of 2 that comes from above."""
    print("\nPatterns in the backward flow, for an upstream gradient of 2, at a = 3, b = -4\n")
    for name, says, node in (
        ("a + b", "add distributes it", lambda a, b: a + b),
        ("a * b", "mul switches: times the other factor", lambda a, b: a * b),
        ("max(a, b)", "max routes it to the larger", lambda a, b: jnp.maximum(a, b)),
        ("a + a * b", "where a branches, gradients add", lambda a, b: a + a * b),
    ):
        da, db = cornu.grad(lambda a, b, node=node: 2 * node(a, b), argnums=(0, 1))(3.0, -4.0)
        print(f"  {name:<10} da = {da:>2g}, db = {db:>2g}   {says}")


def sigmoid():
    """The slide on the sigmoid: its derivative is s (1 - s)."""
    x = 1.0
    s = float(cornu.activations.sigmoid(x))
    slope = float(cornu.grad(cornu.activations.sigmoid)(x))
    print(f"\nSigmoid at {x:g}: s = {s:.6f}, s (1 - s) = {s * (1 - s):.6f}, derivative {slope:.6f}")


def vectors():
    """For vectors the derivatives are Jacobian matrices, and the chain rule is their product."""
    w = np.array([[1.0, -2.0], [3.0, 0.5]], dtype="float32")
    x = np.array([0.5, -1.0], dtype="float32")
    q, outer = w @ x, lambda q: q**2
    by_chain = np.asarray(cornu.jacobian(outer)(q)) @ w
    at_once = np.asarray(cornu.jacobian(lambda x: outer(w @ x))(x))
    print(f"\nJacobian of (W x)²: chain rule {by_chain.tolist()}, at once {at_once.tolist()}")


def main():
    slide()
    patterns()
    sigmoid()
    vectors()


if __name__ == "__main__":
    main()
