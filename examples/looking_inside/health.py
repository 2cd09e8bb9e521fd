"""What keeps a network from learning? The same checkup of a network that is ill, and of one that is not.

The first takes the table of the lecture as it is, has sigmoids in eight layers, and a loss that does not
fit its last one. It needs the Pima table, which CORNU_DATA or ~/.keras/datasets has.

    python examples/looking_inside/health.py
    python examples/looking_inside/health.py --out pictures
"""

import argparse
from pathlib import Path

import cornu
from cornu import explain, layers


def network(hidden, activation, last, loss):
    """So many layers of eight units, and one that answers."""
    cornu.utils.set_random_seed(0)
    parts = [layers.Dense(8, activation=activation, name=f"hidden_{n + 1}") for n in range(hidden)]
    name = f"{hidden}_{activation}"
    model = cornu.Sequential(
        [cornu.Input((8,)), *parts, layers.Dense(1, last, name="answer")], name=name
    )
    model.compile("adam", loss)
    return model


def reports():
    """Both checkups, by the names of their files."""
    (x, y), _ = cornu.datasets.pima.load_data()
    scaled = (x - x.mean(axis=0)) / x.std(axis=0)
    ill = network(8, "sigmoid", None, "binary_crossentropy")
    well = network(2, "relu", "sigmoid", "binary_crossentropy")
    return {"health-ill": explain.health(ill, x, y), "health-well": explain.health(well, scaled, y)}


def main():
    parser = argparse.ArgumentParser(description="A checkup of two networks.")
    parser.add_argument("--out", help="a folder for the reports, as tables in HTML")
    options = parser.parse_args()
    for name, report in reports().items():
        print(report, end="\n\n")
        if options.out:
            Path(options.out).mkdir(parents=True, exist_ok=True)
            report.save(Path(options.out) / f"{name}.html")


if __name__ == "__main__":
    main()
