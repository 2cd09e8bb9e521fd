"""Training by hand: linear and logistic regression as loops of one's own, without fit.

A step of training is three lines: the loss and its gradients, the change of the weights, and
cornu.jit around them, which compiles the step with the model and the optimizer it uses. The linear
regression learns the quality of red wines from eleven measurements; the least squares of NumPy are
the solution it must find. The logistic regression learns which people have diabetes.

    python examples/by_hand.py
    python examples/by_hand.py path/to/folder
"""

import argparse
import os
from pathlib import Path

import numpy as np

import cornu
from cornu import layers

WINE, PIMA = "winequality-red.csv", "pima-indians-diabetes.csv"


def load_data(folder, name):
    """All columns but the last, scaled to mean 0 and deviation 1, and the last one."""
    if folder is None:
        here = Path(__file__).resolve().parent
        folder = Path(os.environ.get("CORNU_DATA", here / "../../shared/data")).expanduser()
    path = folder / name
    if not path.is_file():
        raise SystemExit(
            f"There is no file {path.resolve()}\n"
            f"Give its folder, or set CORNU_DATA to the folder that holds {name}.\n"
            f"You find it at https://raw.githubusercontent.com/jbrownlee/Datasets/master/{name}"
        )
    table = np.loadtxt(path, delimiter=",", dtype="float32")
    x, y = table[:, :-1], table[:, -1:]
    return (x - x.mean(axis=0)) / x.std(axis=0), y


def linear_regression(x, y, steps=300):
    """ŷ = x · w + b with the least mean squared error."""
    model = cornu.Sequential([cornu.Input(x.shape[1:]), layers.Dense(1)])
    loss_fn = cornu.losses.MeanSquaredError()
    optimizer = cornu.optimizers.SGD(0.1, momentum=0.9)

    @cornu.jit
    def step(x, y):
        weights = model.trainable_variables
        loss, gradients = cornu.value_and_grad(lambda: loss_fn(y, model(x)), weights)()
        optimizer.apply(gradients, weights)
        return loss

    for _ in range(steps):
        loss = step(x, y)
    return model, float(loss)


def logistic_regression(x, y, epochs=100, batch_size=64):
    """p = σ(x · w + b), trained batch by batch, each epoch in another order."""
    w, b = cornu.Variable(np.zeros((x.shape[1], 1))), cornu.Variable(0.0)
    loss_fn = cornu.losses.BinaryCrossentropy(from_logits=True)
    slowing = cornu.optimizers.schedules.CosineDecay(0.03, epochs * len(x) // batch_size)
    optimizer = cornu.optimizers.Adam(slowing)

    @cornu.jit
    def step(x, y):
        loss, gradients = cornu.value_and_grad(lambda: loss_fn(y, x @ w.value + b), [w, b])()
        optimizer.apply(gradients, [w, b])
        return loss

    for _ in range(epochs):
        order = np.random.permutation(len(x))
        for start in range(0, len(x), batch_size):
            batch = order[start : start + batch_size]
            step(x[batch], y[batch])
    return w.numpy(), float(b)


def main():
    parser = argparse.ArgumentParser(description="Regressions with a training loop of one's own.")
    parser.add_argument("folder", type=Path, nargs="?", help=f"holds {WINE} and {PIMA}")
    parser.add_argument("--seed", type=int, default=1, help="start of the random numbers")
    options = parser.parse_args()
    cornu.utils.set_random_seed(options.seed)

    x, y = load_data(options.folder, WINE)
    model, loss = linear_regression(x, y)
    exact, *_ = np.linalg.lstsq(np.c_[x, np.ones(len(x))], y, rcond=None)
    learnt = np.concatenate([model.get_weights()[0], model.get_weights()[1][:, None]])
    print(f"Linear regression on {len(x)} wines: mean squared error {loss:.4f}")
    print(f"  largest difference from the least squares of NumPy: {np.abs(learnt - exact).max():.6f}")

    x, y = load_data(options.folder, PIMA)
    w, b = logistic_regression(x, y)
    accuracy = np.mean((x @ w + b > 0) == y)
    print(f"Logistic regression on {len(x)} people: accuracy {accuracy:.2%}")
    print(f"  weights {', '.join(f'{each:.3f}' for each in w[:, 0])}; bias {b:.3f}")


if __name__ == "__main__":
    main()
