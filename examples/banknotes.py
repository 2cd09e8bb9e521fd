"""Real and forged banknotes: a straight boundary without a hidden layer, a curved one with it.

Two numbers describe the photograph of a banknote. One sigmoid neuron on them is logistic
regression: where it is undecided, at probability 1/2, lies a straight line. With a hidden layer
of eight sigmoid units the boundary may bend, and the accuracy goes up. A picture shows both side
by side.

    python examples/banknotes.py
    python examples/banknotes.py path/to/banknote_authentication.csv --out my-folder
"""

import argparse
import os
from pathlib import Path

import matplotlib

matplotlib.use("agg")  # draws into files, needs no screen
import matplotlib.pyplot as plt
import numpy as np

import cornu
from cornu import layers

FILE = "banknote_authentication.csv"


def load_data(path):
    """Skewness and entropy of the image of each banknote, and whether it is forged."""
    if path is None:
        here = Path(__file__).resolve().parent
        path = Path(os.environ.get("CORNU_DATA", here / "../../shared/data")).expanduser() / FILE
    if not path.is_file():
        raise SystemExit(
            f"There is no file {path.resolve()}\n"
            f"Give its path, or set CORNU_DATA to the folder that holds {FILE}.\n"
            f"You find it at https://raw.githubusercontent.com/jbrownlee/Datasets/master/{FILE}"
        )
    table = np.random.permutation(np.loadtxt(path, delimiter=","))  # the file is sorted by class
    return table[:, [1, 3]], table[:, 4]


def train(x, y, hidden_units):
    """One sigmoid neuron as output, and a hidden layer before it if it has units."""
    model = cornu.Sequential([cornu.Input((2,))])
    if hidden_units:
        model.add(layers.Dense(hidden_units, activation="sigmoid"))
    model.add(layers.Dense(1, activation="sigmoid"))
    model.compile(cornu.optimizers.Adam(0.03), "binary_crossentropy", metrics=["accuracy"])
    model.fit(x, y, epochs=400, batch_size=128, verbose=0)
    return model


def draw(axis, model, x, y, title):
    """The probability of a forgery as colour, the boundary as a line, the banknotes as points."""
    low, high = x.min(axis=0) - 1, x.max(axis=0) + 1
    across, up = np.meshgrid(np.linspace(low[0], high[0], 200), np.linspace(low[1], high[1], 200))
    grid = np.stack([across.ravel(), up.ravel()], axis=1)
    p = model.predict(grid, batch_size=10_000, verbose=0).reshape(across.shape)
    colours = axis.pcolormesh(across, up, p, cmap="coolwarm", vmin=0, vmax=1, alpha=0.6)
    axis.contour(across, up, p, levels=[0.5], colors="black", linewidths=2)
    for label, name, color in ((0, "real", "navy"), (1, "forged", "darkred")):
        axis.scatter(*x[y == label].T, s=7, color=color, alpha=0.6, label=name)
    axis.set(title=title, xlabel="skewness", ylabel="entropy")
    axis.legend(loc="lower left")
    return colours


def main():
    parser = argparse.ArgumentParser(description="Decision boundaries between banknotes.")
    parser.add_argument("path", type=Path, nargs="?", help=f"the file {FILE}")
    parser.add_argument("--seed", type=int, default=1, help="start of the random numbers")
    default = Path(__file__).parent / "output"
    parser.add_argument("--out", type=Path, default=default, help="folder for the picture")
    options = parser.parse_args()
    cornu.utils.set_random_seed(options.seed)
    x, y = load_data(options.path)
    n = len(x) * 4 // 5
    print(f"{n} banknotes to learn from, {len(x) - n} to test; {y.mean():.0%} of all are forged")

    figure, axes = plt.subplots(1, 2, figsize=(12, 5), sharey=True, layout="constrained")
    networks = ((0, "No hidden layer"), (8, "8 hidden units"))
    for axis, (units, name) in zip(axes, networks, strict=True):
        model = train(x[:n], y[:n], units)
        _, learnt = model.evaluate(x[:n], y[:n], verbose=0)
        _, accuracy = model.evaluate(x[n:], y[n:], verbose=0)
        print(f"{name}: test accuracy {accuracy:.4f} (training {learnt:.4f})")
        colours = draw(axis, model, x, y, f"{name}: test accuracy {accuracy:.1%}")
        if not units:
            (w1, w2), b = model.get_weights()[0][:, 0], model.get_weights()[1][0]
            print(f"  it is logistic regression: p = sigmoid({b:.2f} {w1:+.2f} x1 {w2:+.2f} x2)")
    figure.colorbar(colours, ax=axes, label="probability of a forgery")

    options.out.mkdir(parents=True, exist_ok=True)
    path = options.out / "banknotes.png"
    figure.savefig(path, dpi=100)
    print(f"Picture: {path}")


if __name__ == "__main__":
    main()
