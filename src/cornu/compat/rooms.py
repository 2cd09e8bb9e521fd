"""The rooms of Keras that Cornu has, and where a name is public."""

from __future__ import annotations

from cornu.compat.lookup import room_module

ROOMS = (
    *("models", "layers", "optimizers", "losses", "metrics", "callbacks"),
    "optimizers.schedules",
    *("activations", "initializers", "regularizers", "constraints", "utils", "random"),
    *("backend", "config", "distillation", "dtype_policies", "mixed_precision", "saving", "tree"),
    *("preprocessing", "preprocessing.image", "preprocessing.sequence", "preprocessing.text"),
    *("utils.bounding_boxes", "wrappers"),
    *("datasets", "datasets.banknotes", "datasets.boston_housing", "datasets.california_housing"),
    *("datasets.cifar10", "datasets.cifar100", "datasets.fashion_mnist", "datasets.imdb"),
    *("datasets.mnist", "datasets.pima", "datasets.reuters"),
    *("ops", "ops.image", "ops.linalg", "ops.nn", "ops.numpy"),
)


def public_home(name: str, path: str = "") -> str | None:
    """The public module that has this name, one whose own name is in `path` if several have it."""
    parts = path.split(".")
    named = [room for room in ROOMS if room.rpartition(".")[2] in parts]
    for room in (*named, *ROOMS):
        # wrappers needs scikit-learn, which may be missing
        if room != "wrappers" and name in room_module(room).__all__:
            return f"keras.{room}"
    return None
