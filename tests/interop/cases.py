"""What goes from one library to the other: each case is a function of the library that gives a compiled
model, its inputs and its targets.

Layers, losses and metrics come from the tables of their contracts, many in one model.
"""

from collections import defaultdict
from functools import partial

import jax
import numpy as np

from tests.interop.architectures import ARCHITECTURES
from tests.layers import contract as layers
from tests.losses import contract as losses
from tests.metrics import contract as metrics
from tests.optimizers import contract as optimizers

TOGETHER = 8  # layers in one model
X = np.random.default_rng(8).normal(size=(6, 3)).astype("float32")


# Cells are called with states by a layer around them; Keras cannot load what it writes of the others.
NOT_ALONE = ("SimpleRNNCell", "LSTMCell", "GRUCell", "StackedRNNCells")
NOT_LOADED = ("RandomShear",)
# Layers that Cornu trains otherwise on purpose, whose gradient at 0 is chance, that draw within, or that
# round what a compiler may compute in another order.
OTHERWISE = (
    *("SpectralNormalization", "STFTSpectrogram", "RandAugment"),
    "ContrastLimitedAdaptiveHistogramEqualization",
)
# Arguments of losses that Keras leaves out of its files.
NOT_KEPT = {"Huber": {"delta"}, "CosineSimilarity": {"axis"}}


def plain(row):
    """Whether a layer's row can be a part of a model that learns, in both libraries."""
    known = row.keras and not row.custom and row.adapt is None and not row.wide
    arrays = [
        each for each in jax.tree_util.tree_leaves([row.x, row.call]) if isinstance(each, np.ndarray)
    ]
    numbers = all(x.dtype.kind in "fiub" and len(x) == len(arrays[0]) for x in arrays)
    # Keras does not know the shape of scores with several heads, and hands no mask on that it is given.
    scores = "return_attention_scores" in row.call and ("Head" in row.name or "Query" in row.name)
    masked = row.name == "BatchNormalization" and "mask" in row.call
    left_out = row.name in (*NOT_ALONE, *NOT_LOADED, *OTHERWISE)
    return known and numbers and not (scores or masked or left_out)


def input_for(k, array):
    return k.Input(batch_shape=array.shape, dtype=str(array.dtype))


def layers_together(rows, k):
    """A model with the outputs of each layer; what they are to become is for whoever runs it."""
    inputs, outputs, data = [], [], []

    def symbolic(value):
        if not isinstance(value, np.ndarray):
            return value
        data.append(value)
        inputs.append(input_for(k, value))
        return inputs[-1]

    for row in rows:
        x = [symbolic(each) for each in row.x] if row.several else symbolic(row.x)
        given = {key: value for key, value in row.call.items() if key != "training"}
        found = layers.make(row, k)(x, **jax.tree_util.tree_map(symbolic, given))
        flat = jax.tree_util.tree_leaves(found, is_leaf=k.utils.is_keras_tensor)
        outputs += [k.ops.cast(each, "float32") for each in flat if each.shape[0] == len(row.inputs[0])]
    model = k.Model(inputs, outputs)
    model.compile(k.optimizers.SGD(0.01, momentum=0.5), ["mse"] * len(outputs))
    return model, data, None


def with_optimizer(row, k):
    model = k.Sequential(
        [k.Input((3,)), k.layers.Dense(4, activation="tanh"), k.layers.Dense(1, name="last")]
    )
    model.compile(optimizers.optimizer_of(row, k), "mse")
    return model, X, X[:, :1] * 2


def with_losses(rows, k):
    """A model with an end for each loss, which makes predictions that it takes."""
    x = k.Input((3,))
    heads, targets = [], []
    for number, row in enumerate(rows):
        h = x
        for layer in losses.end(row, k):
            h = layer(h)
        heads.append(k.layers.Identity(name=f"{row.name.lower()}_{number}")(h))
        targets.append(np.asarray(row.cases[0][0]))
    model = k.Model(x, heads)
    model.compile(k.optimizers.SGD(0.01), [losses.make(row, k) for row in rows])
    return model, X, targets


def with_metrics(rows, k):
    y, predicted = rows[0].data
    width = int(np.prod(predicted.shape[1:]))
    end = {"yes or no": "sigmoid", "one answer": "sigmoid", "one-hot": "softmax"}.get(rows[0].kind)
    numbered = rows[0].kind in ("class numbers", "words")
    x = k.Input((3,))
    h = k.layers.Reshape(predicted.shape[1:])(k.layers.Dense(width)(x))
    h = k.layers.Activation("softmax" if numbered else end)(h)
    if rows[0].kind == "maps":  # numbers of classes
        h = k.layers.Rescaling(2.9)(k.layers.Activation("sigmoid")(h))
    model = k.Model(x, h)
    made = [getattr(k.metrics, row.name)(**row.arguments) for row in rows]
    half = len(made) // 2
    loss = "sparse_categorical_crossentropy" if numbered else "mse"
    model.compile("sgd", loss, metrics=made[:half], weighted_metrics=made[half:])
    return model, np.random.default_rng(9).normal(size=(len(y), 3)).astype("float32"), y


def cases():
    """All of them, by name."""
    found = dict(ARCHITECTURES)
    families = defaultdict(list)
    for row in filter(plain, layers.TABLE):
        families[len(row.inputs[0].shape), len(row.inputs[0])].append(row)
    for (rank, size), rows in families.items():
        for start in range(0, len(rows), TOGETHER):
            name = f"layers-{rank}-{size}-{start // TOGETHER}"
            found[name] = partial(layers_together, rows[start : start + TOGETHER])
    for number, row in enumerate(optimizers.TABLE):
        found[f"optimizer-{number}-{row.name}"] = partial(with_optimizer, row)
    rows = [row for row in losses.TABLE if not row.arguments.keys() & NOT_KEPT.get(row.name, set())]
    for start in range(0, len(rows), TOGETHER):
        found[f"losses-{start // TOGETHER}"] = partial(with_losses, rows[start : start + TOGETHER])
    kinds = defaultdict(list)
    for row in metrics.ROWS:
        if row.keras_compiles and not row.wide:
            kinds[row.kind].append(row)
    return {**found, **{f"metrics-{kind}": partial(with_metrics, rows) for kind, rows in kinds.items()}}


CASES = cases()
