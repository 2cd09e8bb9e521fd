"""Diabetes among Pima Indians: a lecture's first network, and what scaled inputs change.

The network 8-12-8-1 estimates from eight measurements, such as age and glucose, whether a person
will have diabetes within five years. First it is trained as printed in the lecture: on all rows,
inputs as they are, accuracy on the rows it has learnt from. Then with the last fifth of the rows
kept for validation, several times, with unscaled and with scaled inputs. Scaled, all trainings are
quick and end alike; unscaled, they start far off, jump, and differ by luck. The scaled network is
even so quick that it begins to learn the rows by heart: its validation loss rises after epoch 40.

    python examples/pima.py
    python examples/pima.py path/to/pima-indians-diabetes.csv --out my-folder
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

FILE = "pima-indians-diabetes.csv"
VALIDATION = 0.2  # part of the rows
TRAININGS = 5  # of each kind


def load_data(path):
    """The eight measurements and the class (1: diabetes) of 768 people."""
    if path is None:
        here = Path(__file__).resolve().parent
        path = Path(os.environ.get("CORNU_DATA", here / "../../shared/data")).expanduser() / FILE
    if not path.is_file():
        raise SystemExit(
            f"There is no file {path.resolve()}\n"
            f"Give its path, or set CORNU_DATA to the folder that holds {FILE}.\n"
            f"You find it at https://raw.githubusercontent.com/jbrownlee/Datasets/master/{FILE}"
        )
    table = np.loadtxt(path, delimiter=",")
    return table[:, 0:8], table[:, 8]


def train(x, y, seed, **fit_options):
    """The lecture's network, trained with the lecture's settings."""
    cornu.utils.set_random_seed(seed)
    model = cornu.Sequential()
    model.add(layers.Dense(12, input_dim=8, activation="relu"))
    model.add(layers.Dense(8, activation="relu"))
    model.add(layers.Dense(1, activation="sigmoid"))
    model.compile(loss="binary_crossentropy", optimizer="adam", metrics=["accuracy"])
    history = model.fit(x, y, epochs=150, batch_size=10, verbose=0, **fit_options)
    return model, history.history


def draw(unscaled, scaled, path):
    """Loss and accuracy on the validation rows, a curve for each training."""
    figure, axes = plt.subplots(1, 2, figsize=(11, 4.4), layout="constrained")
    for axis, name in zip(axes, ("loss", "accuracy"), strict=True):
        for label, histories, color in (("unscaled", unscaled, "C1"), ("scaled", scaled, "C0")):
            for i, history in enumerate(histories):
                curve = history[f"val_{name}"]
                epochs = np.arange(1, len(curve) + 1)
                axis.plot(epochs, curve, color, lw=1, label=None if i else f"{label} inputs")
        axis.set(title=f"Validation {name}", xlabel="epoch", xlim=(1, 150))
        axis.grid(alpha=0.3)
        axis.legend()
    axes[0].set(yscale="log", yticks=[0.5, 1, 2, 5, 10], yticklabels=["0.5", "1", "2", "5", "10"])
    axes[0].minorticks_off()
    figure.suptitle(f"Network 8-12-8-1 on the Pima data, {len(scaled)} trainings of each kind")
    figure.savefig(path, dpi=100)


def main():
    parser = argparse.ArgumentParser(description="The lecture's network on the Pima data.")
    parser.add_argument("path", type=Path, nargs="?", help=f"the file {FILE}")
    parser.add_argument("--seed", type=int, default=3, help="start of the random numbers")
    default = Path(__file__).parent / "output"
    parser.add_argument("--out", type=Path, default=default, help="folder for the picture")
    options = parser.parse_args()
    x, y = load_data(options.path)
    print(f"{len(x)} people; to say 'no diabetes' to all of them is right for {1 - y.mean():.2%}\n")

    model, _ = train(x, y, options.seed)
    _, accuracy = model.evaluate(x, y, verbose=0)
    print(f"As printed: accuracy {accuracy:.2%}, on the rows that it has learnt from\n")

    learnt = int(len(x) * (1 - VALIDATION))  # mean and deviation come from these rows alone
    scaled_x = (x - x[:learnt].mean(axis=0)) / x[:learnt].std(axis=0)
    print(f"Accuracy on the last {VALIDATION:.0%}, kept for validation (and on the other rows)")
    print("  seed     unscaled inputs       scaled inputs")
    unscaled, scaled = [], []
    for seed in range(options.seed, options.seed + TRAININGS):
        line = f"{seed:>6}"
        for inputs, histories in ((x, unscaled), (scaled_x, scaled)):
            _, history = train(inputs, y, seed, validation_split=VALIDATION)
            histories.append(history)
            line += f"     {history['val_accuracy'][-1]:.2%} ({history['accuracy'][-1]:.2%})"
        print(line)
    for name, histories in (("unscaled", unscaled), ("scaled", scaled)):
        mean = np.mean([history["val_accuracy"][-1] for history in histories])
        print(f"Mean validation accuracy, {name} inputs: {mean:.4f}")

    options.out.mkdir(parents=True, exist_ok=True)
    path = options.out / "pima.png"
    draw(unscaled, scaled, path)
    print(f"\nPicture: {path}")


if __name__ == "__main__":
    main()
