"""Handwritten digits: a small network, from the data to its mistakes.

The 1,797 scanned digits that come with scikit-learn are 8 x 8 pixels each. The program splits
them into a training, a validation and a test set, trains a network with two hidden layers until
the validation loss gets no better, and shows what it has learnt: test accuracy, confusion matrix,
a few predictions.

    python examples/digits.py
    python examples/digits.py --seed 3 --out my-folder
"""

import argparse
import sys
import time
from pathlib import Path

import matplotlib

matplotlib.use("agg")  # draws into files, needs no screen
import matplotlib.pyplot as plt
import numpy as np
from sklearn.datasets import load_digits

import cornu
from cornu import layers

SHADES = " ░▒▓█"


def load_data():
    """Training, validation and test set; pixels scaled from 0..16 to 0..1.

    The split is the same in every run, so that runs with different seeds can be compared.
    """
    x, y = load_digits(return_X_y=True)
    order = np.random.default_rng(0).permutation(len(x))
    x, y = x[order] / 16, y[order]
    return (x[:1197], y[:1197]), (x[1197:1437], y[1197:1437]), (x[1437:], y[1437:])


def make_model():
    """64 pixels -> 128 units -> 64 units -> a probability for each of the 10 digits."""
    model = cornu.Sequential(
        [
            cornu.Input((64,)),
            layers.Dense(128, activation="relu"),
            layers.Dropout(0.3),
            layers.Dense(64, activation="relu"),
            layers.Dropout(0.3),
            layers.Dense(10, activation="softmax"),
        ]
    )
    model.compile("adam", "sparse_categorical_crossentropy", metrics=["accuracy"])
    return model


def in_blocks(image):
    """The lines of a picture in characters: the darker the ink, the fuller the block."""
    levels = np.minimum(image.reshape(8, 8) * len(SHADES), len(SHADES) - 1).astype(int)
    return ["".join(SHADES[level] * 2 for level in row) for row in levels]


def print_images(images, truth, predicted):
    """Pictures side by side, with 'predicted / true' under each."""
    for lines in zip(*map(in_blocks, images), strict=True):
        print("  " + "   ".join(lines).rstrip())
    captions = [f"pred {p} / true {t}" for p, t in zip(predicted, truth, strict=True)]
    print("  " + "   ".join(f"{caption:^16}" for caption in captions).rstrip(), end="\n\n")


def print_confusion(confusion):
    """Rows are the true digits, columns the predicted ones; zeros off the diagonal are dots."""
    print("            predicted\n   true " + "".join(f"{digit:>5}" for digit in range(10)))
    for digit, row in enumerate(confusion):
        cells = [str(n) if n or i == digit else "." for i, n in enumerate(row)]
        print(f"{digit:>7} " + "".join(f"{cell:>5}" for cell in cells))


def draw_training(history, best, confusion, accuracy, path):
    """Curves of loss and accuracy, and the confusion matrix."""
    figure, axes = plt.subplots(1, 3, figsize=(14, 4.4), layout="constrained")
    epochs = np.arange(1, len(history["loss"]) + 1)
    for axis, name in zip(axes, ("loss", "accuracy"), strict=False):
        axis.plot(epochs, history[name], label="training (with dropout)")
        axis.plot(epochs, history[f"val_{name}"], label="validation")
        axis.axvline(best, color="gray", linestyle=":", label=f"best epoch, {best}")
        axis.set(title=name.capitalize(), xlabel="epoch")
        axis.grid(alpha=0.3)
        axis.legend()
    axis = axes[2]
    axis.imshow(np.sqrt(confusion), cmap="Blues")  # the root lets single mistakes show
    for (row, column), count in np.ndenumerate(confusion):
        if count:
            color = "white" if count > confusion.max() / 2 else "black"
            axis.text(column, row, count, ha="center", va="center", color=color, fontsize=9)
    axis.set(title=f"Test set: accuracy {accuracy:.1%}", xlabel="predicted", ylabel="true")
    axis.set(xticks=range(10), yticks=range(10))
    figure.savefig(path, dpi=100)


def draw_predictions(images, truth, probabilities, path):
    """Pictures of digits, with the prediction and how sure the network is of it."""
    figure, axes = plt.subplots(2, 6, figsize=(10, 4.8), layout="constrained")
    for axis in axes.flat:
        axis.set_axis_off()
    for axis, image, digit, p in zip(axes.flat, images, truth, probabilities, strict=False):
        right = p.argmax() == digit
        axis.imshow(image.reshape(8, 8), cmap="gray_r")
        axis.set_title(
            f"predicted {p.argmax()} / true {digit}\n{p.max():.0%} sure",
            color="black" if right else "tab:red",
            fontsize=10,
        )
    figure.suptitle("Test digits: mistakes in red, some right answers in black")
    figure.get_layout_engine().set(h_pad=0.12, wspace=0.06)
    figure.savefig(path, dpi=100)


def main():
    parser = argparse.ArgumentParser(description="Train a small network on handwritten digits.")
    parser.add_argument("--seed", type=int, default=1, help="start of the random numbers")
    default = Path(__file__).parent / "output"
    parser.add_argument("--out", type=Path, default=default, help="folder for the pictures")
    options = parser.parse_args()
    sys.stdout.reconfigure(errors="replace")  # for terminals that know no block characters

    cornu.utils.set_random_seed(options.seed)
    (x_train, y_train), validation, (x_test, y_test) = load_data()
    sizes = f"{len(x_train)} digits to learn from, {len(validation[0])} to validate"
    print(f"{sizes}, {len(x_test)} to test")

    model = make_model()
    model.summary()
    start = time.perf_counter()
    stop = cornu.callbacks.EarlyStopping(patience=8, restore_best_weights=True)
    history = model.fit(x_train, y_train, epochs=60, validation_data=validation, callbacks=[stop])
    seconds = time.perf_counter() - start
    best = stop.best_epoch + 1
    print(f"\n{len(history.epoch)} epochs in {seconds:.1f} s; the best was epoch {best}")

    _, accuracy = model.evaluate(x_test, y_test, verbose=0)
    probabilities = model.predict(x_test, verbose=0)
    predicted = probabilities.argmax(axis=1)
    confusion = np.zeros((10, 10), int)
    np.add.at(confusion, (y_test, predicted), 1)
    wrong = np.flatnonzero(predicted != y_test)
    right = np.flatnonzero(predicted == y_test)
    print(f"Test accuracy: {accuracy:.4f} ({len(wrong)} mistakes in {len(y_test)})\n")
    print_confusion(confusion)
    for title, shown in (("Some right predictions", right[:4]), ("Some mistakes", wrong[:4])):
        if len(shown):
            print(f"\n{title}:\n")
            print_images(x_test[shown], y_test[shown], predicted[shown])

    options.out.mkdir(parents=True, exist_ok=True)
    training = options.out / "digits-training.png"
    predictions = options.out / "digits-predictions.png"
    draw_training(history.history, best, confusion, accuracy, training)
    shown = np.concatenate([wrong[:6], right])[:12]
    draw_predictions(x_test[shown], y_test[shown], probabilities[shown], predictions)
    print(f"Pictures: {training}\n          {predictions}")


if __name__ == "__main__":
    main()
