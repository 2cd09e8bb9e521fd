"""Logical functions as networks: first with weights that we choose, then with learnt ones.

One neuron computes f(b + w1 x1 + w2 x2). With large weights the sigmoid f is close to 0 or 1, so
that a neuron is a logical gate. XOR and XNOR are beyond one neuron, since no straight line
separates their 0s from their 1s; a hidden layer makes them possible.

    python examples/xor.py
"""

import argparse

import numpy as np

import cornu
from cornu import layers

INPUTS = np.array([[0, 0], [0, 1], [1, 0], [1, 1]])

# The weights of a neuron: bias, then a weight for each input.
AND = (-30, 20, 20)
OR = (-10, 20, 20)
NOT = (10, -20)
NEITHER = (10, -20, -20)  # (NOT x1) AND (NOT x2)


def weights_of(*neurons):
    """The kernel and the bias of a Dense layer that consists of these neurons."""
    table = np.array(neurons, dtype="float32")
    return [table[:, 1:].T, table[:, 0]]


def gate(*neurons_by_layer):
    """A network of sigmoid layers with the given weights."""
    inputs = len(neurons_by_layer[0][0]) - 1
    model = cornu.Sequential([cornu.Input((inputs,))])
    for neurons in neurons_by_layer:
        layer = layers.Dense(len(neurons), activation="sigmoid")
        model.add(layer)
        layer.set_weights(weights_of(*neurons))
    return model


def print_table(name, model, inputs):
    """The truth table of a network: its output, and what that rounds to."""
    outputs = model.predict(inputs, verbose=0)[:, 0]
    columns = [f"x{i + 1}" for i in range(inputs.shape[1])]
    print(f"\n{name}\n  " + "  ".join(columns) + "    output    rounded")
    for row, output in zip(inputs, outputs, strict=True):
        print("  " + "  ".join(f"{x:>2}" for x in row) + f"    {output:.6f}  {round(output):>7}")


def learn(name, targets, epochs):
    """Learns a function of two inputs from its four examples; shows what came out."""
    model = cornu.Sequential(
        [
            cornu.Input((2,)),
            layers.Dense(6, activation="tanh"),
            layers.Dense(1, activation="sigmoid"),
        ]
    )
    model.compile(cornu.optimizers.Adam(0.1), "binary_crossentropy", metrics=["accuracy"])
    model.fit(INPUTS, np.array(targets), epochs=epochs, verbose=0)
    loss, accuracy = model.evaluate(INPUTS, np.array(targets), verbose=0)
    print_table(f"{name}, learnt in {epochs} epochs: 6 tanh units, 1 sigmoid unit", model, INPUTS)
    print(f"  accuracy {accuracy:.4f}, loss {loss:.6f}; the weights:")
    for title, layer in zip(("hidden layer", "output"), model.layers, strict=True):
        for weight in layer.weights:
            values = np.array2string(weight.numpy(), precision=2, suppress_small=True)
            print(f"  {title:>12} {weight.name:<6}  {values}".replace("\n", "\n" + " " * 23))


def main():
    parser = argparse.ArgumentParser(description="Logical functions as neural networks.")
    parser.add_argument("--seed", type=int, default=1, help="start of the random numbers")
    parser.add_argument("--epochs", type=int, default=300, help="how long to learn")
    options = parser.parse_args()

    print("Weights that we choose")
    print_table("x1 AND x2 = f(-30 + 20 x1 + 20 x2)", gate([AND]), INPUTS)
    print_table("x1 OR x2 = f(-10 + 20 x1 + 20 x2)", gate([OR]), INPUTS)
    print_table("NOT x1 = f(10 - 20 x1)", gate([NOT]), np.array([[0], [1]]))
    xnor = gate([AND, NEITHER], [OR])
    print_table("x1 XNOR x2 = (x1 AND x2) OR ((NOT x1) AND (NOT x2))", xnor, INPUTS)

    print("\n\nWeights that are learnt")
    cornu.utils.set_random_seed(options.seed)
    learn("XOR", [0, 1, 1, 0], options.epochs)
    learn("XNOR", [1, 0, 0, 1], options.epochs)


if __name__ == "__main__":
    main()
