"""What the names of earlier years are today, by the tables of `compat/old`."""

from __future__ import annotations

from cornu.compat.old import modules
from cornu.compat.old.modules import MODULES
from cornu.compat.old.names import GONE, KEPT, NAMES
from cornu.compat.rooms import ROOMS, names_of

#: The import paths of Keras itself, and the one that each becomes. The longest that fits counts.
ROOTS = {
    "tensorflow.compat.v1.keras": "tensorflow.keras",
    "tensorflow.compat.v2.keras": "tensorflow.keras",
    **modules.ROOTS,
    "tensorflow.keras": "tensorflow.keras",
    "tf_keras": "keras",
    "keras": "keras",
}
_BY_LENGTH = sorted(ROOTS, key=len, reverse=True)
#: Names whose calls `forms.py` puts into today's form, and the class of today.
CLASSES = {
    **{f"layers.Convolution{n}D": f"layers.Conv{n}D" for n in (1, 2, 3)},
    **{
        f"layers.Atrous{kind}{n}D": f"layers.Conv{n}D"
        for n in (1, 2)
        for kind in ("Convolution", "Conv")
    },
    **{f"layers.Deconvolution{n}D": f"layers.Conv{n}DTranspose" for n in (2, 3)},
    "layers.SeparableConvolution2D": "layers.SeparableConv2D",
    "layers.CuDNNLSTM": "layers.LSTM",
    "layers.CuDNNGRU": "layers.GRU",
    "regularizers.l1l2": "regularizers.l1_l2",
    "regularizers.activity_l1l2": "regularizers.l1_l2",
}
_LOSSES = (
    "mse:mean_squared_error MSE:mean_squared_error mae:mean_absolute_error MAE:mean_absolute_error "
    "mape:mean_absolute_percentage_error MAPE:mean_absolute_percentage_error "
    "msle:mean_squared_logarithmic_error MSLE:mean_squared_logarithmic_error kld:kl_divergence "
    "KLD:kl_divergence kullback_leibler_divergence:kl_divergence logcosh:log_cosh "
    "cosine_proximity:cosine_similarity"
)
CLASSES |= {f"losses.{old}": f"losses.{new}" for old, new in (p.split(":") for p in _LOSSES.split())}
#: What Keras 3 left to `tf.keras` alone, and what to write instead.
IN_TENSORFLOW = {
    "preprocessing.text": "write keras.layers.TextVectorization",
    "preprocessing.image.ImageDataGenerator": "write keras.utils.image_dataset_from_directory, and "
    "layers such as RandomFlip and RandomRotation",
    **{
        f"preprocessing.image.random_{name}": "write the layer of keras.layers"
        for name in ("rotation", "shift", "shear", "zoom", "brightness", "channel_shift")
    },
    "preprocessing.sequence.TimeseriesGenerator": "write keras.utils.timeseries_dataset_from_array",
    "preprocessing.sequence.skipgrams": "write it with NumPy",
    "preprocessing.sequence.make_sampling_table": "write it with NumPy",
}
# What Keras 3 has, though Cornu has not: such a program needs no change.
_IN_KERAS = ("applications",)
_KEPT = "Keras 3 has no {name} (cornu run has){instead}"
_INSTEAD = {
    "wrappers.scikit_learn": ": write keras.wrappers.SKLearnClassifier or SKLearnRegressor",
    "initializations": ": look in keras.initializers",
    "layers.LocallyConnected1D": ": perhaps Conv1D is meant",
    "layers.LocallyConnected2D": ": perhaps Conv2D is meant",
}


def split(qualified: str) -> tuple[str, str] | None:
    """The root of Keras in a dotted name and the rest, or None for what is not Keras, or its inside.

    >>> split("tensorflow.keras.layers.Dense"), split("numpy.dot")
    (('tensorflow.keras', 'layers.Dense'), None)
    """
    if f"{qualified}.".startswith("keras.src."):
        return None  # who uses that knows why, and which version it is of
    for root in _BY_LENGTH:
        if qualified == root or qualified.startswith(root + "."):
            return root, qualified[len(root) + 1 :]
    return None


def today(path: str) -> str:
    """The name of today for one below `keras`; the same if it has not changed, or nobody knows.

    >>> today("layers.Dense"), today("layers.convolutional.Convolution2D")
    ('layers.Dense', 'layers.Conv2D')
    """
    path = settled(path)
    parts = path.split(".")
    for end in range(len(parts), 0, -1):
        head = ".".join(parts[:end])
        new = NAMES.get(head) or CLASSES.get(head)
        if new is not None and new != head:
            return today(".".join([new, *parts[end:]]))
    return path


def settled(path: str) -> str:
    """The same name in a room of today: what it was called stays.

    >>> settled("layers.core.Dense"), settled("engine.topology.Model")
    ('layers.Dense', 'models.Model')
    """
    module, rest = _module(path)
    if not module or not rest:
        return path
    name, _, below = rest.partition(".")
    room = _room_of(name, rooms(module))
    if room is None:
        return path
    found = f"{room}.{name}" if room else name
    return f"{found}.{below}" if below else found


def old_module(path: str) -> bool:
    """Whether this is an import path of earlier years that has another today."""
    return path in MODULES and path not in modules.OF_TODAY and bool(rooms(path))


def rooms(path: str) -> tuple[str, ...]:
    """The modules of Keras 3 that hold the names of a module."""
    return tuple(room for room in MODULES.get(path, (path,)) if not room.startswith("compat."))


def gone(path: str, root: str = "keras") -> str | None:
    """What to write instead of a name that the Keras of this root has no more."""
    old = settled(path)
    parts = old.split(".")
    for end in range(len(parts), 0, -1):
        head = ".".join(parts[:end])
        if head in _IN_KERAS or head in CLASSES:
            return None
        if head in IN_TENSORFLOW and root == "keras":
            return f"{head} is in tf.keras alone (and in cornu run): {IN_TENSORFLOW[head]}"
        if head in GONE:
            return f"{head} is gone. {GONE[head]}"
        if head in KEPT or (head in MODULES and not rooms(head)):
            return _KEPT.format(name=head, instead=_INSTEAD.get(head, ""))
    return None


def is_known(path: str) -> bool:
    """Whether a room of Keras has, or had, this name."""
    room, _, name = settled(path).rpartition(".")
    tables = (NAMES, GONE, KEPT, CLASSES)
    return name in _public(room) or any(f"{room}.{name}" in table for table in tables) or path in MODULES


def _module(path: str) -> tuple[str, str]:
    """The longest old module that a path begins with, and what is below it."""
    parts = path.split(".")
    for end in range(len(parts), 0, -1):
        head = ".".join(parts[:end])
        if old_module(head):
            return head, ".".join(parts[end:])
    return "", path


def _room_of(name: str, choices: tuple[str, ...]) -> str | None:
    """The room among several that has a name."""
    for room in choices:
        key = f"{room}.{name}" if room else name
        if any(key in table for table in (NAMES, GONE, KEPT, CLASSES)) or name in _public(room):
            return room
    return choices[0] if choices else None


def _public(room: str) -> tuple[str, ...]:
    """The names of a room of Cornu."""
    return names_of(room) if room in ("", *ROOMS) else ()
