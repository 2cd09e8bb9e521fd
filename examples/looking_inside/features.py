"""Which features of a woman does a network say diabetes by? Integrated gradients, from the mean woman.

It needs the Pima table, which CORNU_DATA or ~/.keras/datasets has.

    python examples/looking_inside/features.py
    python examples/looking_inside/features.py --out pictures
"""

import argparse
from pathlib import Path

import cornu
from cornu import explain, layers

FEATURES = ["pregnancies", "glucose", "pressure", "skin fold", "insulin", "mass index", "family", "age"]


def attributed():
    """The largest probability that the network gives to a woman of the test data, by her features."""
    (x, y), (x_test, _) = cornu.datasets.pima.load_data()
    mean, deviation = x.mean(axis=0), x.std(axis=0)
    cornu.utils.set_random_seed(0)
    model = cornu.Sequential(
        [
            cornu.Input((8,)),
            layers.Dense(12, activation="relu"),
            layers.Dense(8, activation="relu"),
            layers.Dense(1, activation="sigmoid"),
        ],
        name="pima",
    )
    model.compile("adam", "binary_crossentropy", metrics=["accuracy"])
    model.fit((x - mean) / deviation, y, epochs=40, batch_size=32, verbose=0)
    # Columns are scaled, so that 0, the baseline, is the mean woman.
    women = (x_test - mean) / deviation
    surest = women[model.predict(women, verbose=0)[:, 0].argmax()]
    return explain.integrated_gradients(model, surest, names=FEATURES)


def main():
    parser = argparse.ArgumentParser(description="An answer divided among the features.")
    parser.add_argument("--out", help="a folder for the picture, as PNG")
    options = parser.parse_args()
    picture = attributed()
    print(picture)
    if options.out:
        Path(options.out).mkdir(parents=True, exist_ok=True)
        picture.save(Path(options.out) / "features.png", dpi=100)


if __name__ == "__main__":
    main()
