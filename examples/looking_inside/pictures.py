"""What the scripts of plots share: each plot is printed, and written where --out says."""

import argparse
from pathlib import Path


def shown(description, plots, dpi=72):
    """Prints plots as they come, and saves them as PNG, or as the name says.

    Args:
        description: of the script.
        plots: pairs (name, plot), gone through once.
        dpi: pixels of an inch.
    """
    parser = argparse.ArgumentParser(description=description)
    parser.add_argument("--out", type=Path, help="folder for the pictures")
    options = parser.parse_args()
    for name, plot in plots:
        if not name.endswith(".gif"):
            print(f"{plot}\n")
        if options.out is not None:
            options.out.mkdir(parents=True, exist_ok=True)
            path = options.out / (name if "." in name else f"{name}.png")
            plot.save(path, dpi=48 if path.suffix == ".gif" else dpi)
            print(f"Picture: {path}\n")
