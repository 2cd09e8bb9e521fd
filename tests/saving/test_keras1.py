"""Files of Keras 1: written here by hand, as Keras 1.2.2 laid them out (its `save_model` and the
`get_config` of its layers), since it runs on no Python of today. Expected numbers are NumPy's.

Keras 1 noted its version beside a model's architecture, but not beside weights; a convolution of the
Theano ordering kept its kernel as (filters, channels, rows, columns); an LSTM kept the weights of each
gate by themselves, in the order i, c, f, o.
"""

import json

import h5py
import numpy as np
import pytest

import cornu
from cornu.models import load_model, model_from_json

RNG = np.random.default_rng(12)
L2 = {"name": "L1L2Regularizer", "l1": 0.0, "l2": 0.01}
MAX_NORM = {"name": "MaxNorm", "m": 2, "axis": 0}


def draw(*shape):
    return RNG.normal(size=shape, scale=0.5).astype("float32")


def trained(**more):
    """The arguments that a layer with weights had, by the names of that time."""
    none = ("W_regularizer", "b_regularizer", "activity_regularizer", "W_constraint", "b_constraint")
    return {
        "init": "glorot_uniform",
        "activation": "linear",
        "bias": True,
        **dict.fromkeys(none),
        **more,
    }


def layer(kind, name, shape=None, **config):
    first = {} if shape is None else {"batch_input_shape": [None, *shape], "input_dtype": "float32"}
    return {"class_name": kind, "config": {"name": name, "trainable": True, **first, **config}}


def write_weights(group, layers, weights, suffix=""):
    """Groups and names as Keras 1 on TensorFlow gave them: no version, names with the layer's name."""
    group.attrs["layer_names"] = [name.encode() for name in layers]
    for name in layers:
        inner = group.create_group(name)
        arrays = weights.get(name, [])
        names = [f"{name}_{number}:0" for number in range(len(arrays))]
        inner.attrs["weight_names"] = [each.encode() for each in names]
        for each, array in zip(names, arrays, strict=True):
            inner[each] = array


def sequential(path, layers, weights, training=None, state=()):
    return whole(
        path, "Sequential", layers, [each["config"]["name"] for each in layers], weights, training, state
    )


def whole(path, kind, config, names, weights, training=None, state=()):
    """A file of `model.save`."""
    with h5py.File(path, "w") as file:
        file.attrs["keras_version"] = b"1.2.2"
        file.attrs["model_config"] = json.dumps({"class_name": kind, "config": config}).encode()
        write_weights(file.create_group("model_weights"), names, weights)
        if training:
            file.attrs["training_config"] = json.dumps(training).encode()
            group = file.create_group("optimizer_weights")
            group.attrs["weight_names"] = [f"param_{n}".encode() for n in range(len(state))]
            for number, array in enumerate(state):
                group[f"param_{number}"] = array
    return path


def close(found, expected):
    np.testing.assert_allclose(found, expected, rtol=1e-5, atol=1e-6)


def hard_sigmoid(x):
    return np.clip(0.2 * x + 0.5, 0, 1)


def relu(x):
    return np.maximum(x, 0)


def correlated(x, kernel, bias):
    """Channels first, kernel (filters, channels, rows, columns), no padding."""
    windows = np.lib.stride_tricks.sliding_window_view(x, kernel.shape[2:], axis=(2, 3))
    return np.einsum("nchwij,ocij->nohw", windows, kernel) + bias[:, None, None]


def test_a_stack_of_dense_layers_and_a_normalization(tmp_path):
    w, b, v, c = draw(3, 4), draw(4), draw(4, 1), draw(1)
    gamma, beta, mean, variance = draw(4), draw(4), draw(4), np.abs(draw(4)) + 0.1
    layers = [
        layer(
            "Dense",
            "dense_1",
            (3,),
            **trained(output_dim=4, input_dim=3, W_regularizer=L2, activation="relu"),
        ),
        layer("Dropout", "dropout_1", p=0.3),
        layer(
            "BatchNormalization",
            "normal",
            mode=0,
            axis=-1,
            epsilon=1e-3,
            momentum=0.99,
            gamma_regularizer=None,
            beta_regularizer=None,
        ),
        layer(
            "Dense",
            "dense_2",
            **trained(output_dim=1, input_dim=None, init="normal", W_constraint=MAX_NORM),
        ),
    ]
    weights = {"dense_1": [w, b], "normal": [gamma, beta, mean, variance], "dense_2": [v, c]}
    model = load_model(sequential(tmp_path / "a.h5", layers, weights))
    x = draw(5, 3)
    h = (relu(x @ w + b) - mean) / np.sqrt(variance + 1e-3) * gamma + beta
    close(model.predict(x, verbose=0), h @ v + c)
    first, dropout, _, last = model.layers
    assert first.kernel_regularizer.l2 == pytest.approx(0.01)
    assert dropout.rate == 0.3
    assert last.kernel_constraint.max_value == 2


def test_training_goes_on_with_the_state_of_adam(tmp_path):
    """The third step of Adam, by the formula of its paper as Keras 1 had it."""
    x, y, w, b = draw(6, 3), draw(6, 1), draw(3, 1), draw(1)
    first, second = [draw(3, 1), draw(1)], [np.abs(draw(3, 1)), np.abs(draw(1))]
    adam = {"lr": 0.01, "beta_1": 0.9, "beta_2": 0.999, "epsilon": 1e-8, "decay": 0.0}
    training = {
        "optimizer_config": {"class_name": "Adam", "config": adam},
        "loss": "mse",
        "metrics": ["mae"],
        "sample_weight_mode": None,
        "loss_weights": None,
    }
    layers = [layer("Dense", "dense_1", (3,), **trained(output_dim=1, input_dim=3))]
    path = sequential(
        tmp_path / "a.h5", layers, {"dense_1": [w, b]}, training, [np.float32(2), *first, *second]
    )
    model = load_model(path)
    assert int(model.optimizer.iterations) == 2
    model.train_on_batch(x, y)
    wrong = x @ w + b - y
    for found, value, m, v, g in zip(
        model.get_weights(), (w, b), first, second, (2 * x.T @ wrong / 6, 2 * wrong.mean(0)), strict=True
    ):
        m, v = 0.9 * m + 0.1 * g, 0.999 * v + 0.001 * g * g
        rate = 0.01 * np.sqrt(1 - 0.999**3) / (1 - 0.9**3)
        close(found, value - rate * m / (np.sqrt(v) + 1e-8))


def test_images_of_the_ordering_of_theano(tmp_path):
    """Layers that do not say where the channels are have them where the others do."""
    kernel, b, w, c = draw(3, 2, 2, 2), draw(3), draw(12, 2), draw(2)
    convolution = {"nb_filter": 3, "nb_row": 2, "nb_col": 2, "border_mode": "valid", "subsample": [1, 1]}
    layers = [
        layer("ZeroPadding2D", "pad", (2, 3, 3), padding=[1, 1]),
        layer("Convolution2D", "conv", **trained(activation="relu", dim_ordering="th", **convolution)),
        layer(
            "MaxPooling2D",
            "pool",
            pool_size=[2, 2],
            strides=[2, 2],
            border_mode="valid",
            dim_ordering="th",
        ),
        layer("Flatten", "flat"),
        layer("Dense", "dense", **trained(output_dim=2, input_dim=12)),
    ]
    model = load_model(sequential(tmp_path / "a.h5", layers, {"conv": [kernel, b], "dense": [w, c]}))
    x = draw(4, 2, 3, 3)
    h = relu(correlated(np.pad(x, ((0, 0), (0, 0), (1, 1), (1, 1))), kernel, b))
    h = h.reshape(4, 3, 2, 2, 2, 2).max(axis=(3, 5)).reshape(4, -1)
    close(model.predict(x, verbose=0), h @ w + c)


def lstm(x, gates):
    """`gates`: input and recurrent kernel and bias of i, c, f, o."""
    h = state = np.zeros((len(x), gates[0][2].size))
    steps = []
    for step in x.swapaxes(0, 1):
        i, c, f, o = (step @ w + h @ u + b for w, u, b in gates)
        state = hard_sigmoid(f) * state + hard_sigmoid(i) * np.tanh(c)
        h = hard_sigmoid(o) * np.tanh(state)
        steps.append(h)
    return np.stack(steps, axis=1)


def gru(x, gates):
    """`gates`: input and recurrent kernel and bias of z, r, h."""
    h = np.zeros((len(x), gates[0][2].size))
    (wz, uz, bz), (wr, ur, br), (wh, uh, bh) = gates
    for step in x.swapaxes(0, 1):
        z, r = hard_sigmoid(step @ wz + h @ uz + bz), hard_sigmoid(step @ wr + h @ ur + br)
        h = z * h + (1 - z) * np.tanh(step @ wh + (r * h) @ uh + bh)
    return h


def gates(count, inputs, units):
    return [(draw(inputs, units), draw(units, units), draw(units)) for _ in range(count)]


def recurrent(units, **more):
    none = dict.fromkeys(("W_regularizer", "U_regularizer", "b_regularizer"))
    usual = {"go_backwards": False, "stateful": False, "unroll": False, "consume_less": "cpu"}
    start = {"init": "glorot_uniform", "inner_init": "orthogonal", "activation": "tanh"}
    gate = {"inner_activation": "hard_sigmoid", "dropout_W": 0.0, "dropout_U": 0.0, "input_length": None}
    return {
        "output_dim": units,
        "return_sequences": False,
        "input_dim": None,
        **none,
        **usual,
        **start,
        **gate,
        **more,
    }


def recurrent_layers(table, there, back, last, w, b):
    inner = layer("LSTM", "lstm_1", **recurrent(2, return_sequences=True, forget_bias_init="one"))
    layers = [
        layer(
            "Embedding",
            "words",
            (5,),
            input_dim=7,
            output_dim=3,
            init="uniform",
            input_length=5,
            mask_zero=False,
            activity_regularizer=None,
            W_regularizer=None,
            W_constraint=None,
            dropout=0.0,
        ),
        layer("Bidirectional", "both", layer=inner, merge_mode="concat"),
        layer("TimeDistributedDense", "each", **trained(output_dim=3, input_dim=4, input_length=5)),
        layer("GRU", "gru", **recurrent(2)),
    ]
    weights = {
        "words": [table],
        "both": [array for gate in (*there, *back) for array in gate],
        "each": [w, b],
        "gru": [array for gate in last for array in gate],
    }
    return layers, weights


def test_recurrent_layers_with_separate_gates(tmp_path):
    table, w, b = draw(7, 3), draw(4, 3), draw(3)
    there, back, last = gates(4, 3, 2), gates(4, 3, 2), gates(3, 3, 2)
    layers, weights = recurrent_layers(table, there, back, last, w, b)
    model = load_model(sequential(tmp_path / "a.h5", layers, weights))
    x = RNG.integers(0, 7, size=(4, 5))
    h = table[x]
    h = np.concatenate([lstm(h, there), lstm(h[:, ::-1], back)[:, ::-1]], axis=-1)
    close(model.predict(x, verbose=0), gru(h @ w + b, last))

    path = tmp_path / "weights.h5"  # weights alone, into a model of today's words
    with h5py.File(path, "w") as file:
        write_weights(file, list(weights), weights)
    L = cornu.layers
    today = cornu.Sequential(
        [
            *(cornu.Input((5,), dtype="int32"), L.Embedding(7, 3)),
            L.Bidirectional(L.LSTM(2, return_sequences=True, recurrent_activation="old_hard_sigmoid")),
            L.Dense(3),
            L.GRU(2, recurrent_activation="old_hard_sigmoid", reset_after=False),
        ]
    )
    today.load_weights(path)
    close(today.predict(x, verbose=0), model.predict(x, verbose=0))


def test_a_model_within_a_model(tmp_path):
    """The arrays of the inner one lie in one list; those of its gates are by themselves, too."""
    own, w, b = gates(4, 3, 2), draw(2, 1), draw(1)
    inner = [
        layer("LSTM", "lstm", (4, 3), **recurrent(2, forget_bias_init="one")),
        layer("Dense", "dense", **trained(output_dim=1, input_dim=2)),
    ]
    entry = {
        "class_name": "Sequential",
        "config": inner,
        "name": "inner",
        "inbound_nodes": [[["x", 0, 0]]],
    }
    entry["config"] = inner
    start = layer("InputLayer", "x", (4, 3))
    start["config"]["sparse"] = False
    config = {
        "name": "outer",
        "layers": [{**start, "name": "x", "inbound_nodes": []}, entry],
        "input_layers": [["x", 0, 0]],
        "output_layers": [["inner", 1, 0]],
    }
    arrays = [array for gate in own for array in gate] + [w, b]
    model = load_model(whole(tmp_path / "a.h5", "Model", config, ["x", "inner"], {"inner": arrays}))
    x = draw(3, 4, 3)
    close(model.predict(x, verbose=0), lstm(x, own)[:, -1] @ w + b)


def merge(name, mode, **more):
    raw = {"mode_type": "raw", "output_shape": None, "output_shape_type": "raw", "output_mask": None}
    return {
        "class_name": "Merge",
        "config": {
            "name": name,
            "mode": mode,
            "concat_axis": -1,
            "dot_axes": -1,
            "arguments": {},
            **raw,
            **more,
        },
    }


def test_a_sequential_that_begins_with_two_others(tmp_path):
    (w, b), (v, c), (u, d) = (draw(3, 2), draw(2)), (draw(4, 2), draw(2)), (draw(4, 1), draw(1))
    branches = [
        {"class_name": "Sequential", "config": [layer("Dense", name, (size,), **trained(output_dim=2))]}
        for name, size in (("left", 3), ("right", 4))
    ]
    layers = [
        merge("merge_1", "concat", layers=branches),
        layer("Dense", "last", **trained(output_dim=1, activation="tanh")),
    ]
    names, weights = (
        ["left", "right", "merge_1", "last"],
        {"left": [w, b], "right": [v, c], "last": [u, d]},
    )
    model = load_model(whole(tmp_path / "a.h5", "Sequential", layers, names, weights))
    x, y = draw(5, 3), draw(5, 4)
    close(model.predict([x, y], verbose=0), np.tanh(np.hstack([x @ w + b, y @ v + c]) @ u + d))


@pytest.mark.parametrize(
    "mode, expected",
    [
        ("sum", lambda x, y: x + y),
        ("mul", lambda x, y: x * y),
        ("ave", lambda x, y: (x + y) / 2),
        ("max", np.maximum),
        ("dot", lambda x, y: (x * y).sum(-1, keepdims=True)),
    ],
)
def test_merge_in_a_graph(mode, expected):
    inputs = [{**layer("InputLayer", name, (3,)), "name": name, "inbound_nodes": []} for name in "xy"]
    calls = [[["x", 0, 0], ["y", 0, 0]]]
    config = {
        "name": "model_1",
        "layers": [*inputs, {**merge("merge_1", mode), "name": "merge_1", "inbound_nodes": calls}],
        "input_layers": [["x", 0, 0], ["y", 0, 0]],
        "output_layers": [["merge_1", 0, 0]],
    }
    text = json.dumps({"class_name": "Model", "config": config, "keras_version": "1.2.2"})
    x, y = draw(2, 3), draw(2, 3)
    close(model_from_json(text)([x, y]), expected(x, y))


def test_convolutions_along_time_and_transposed(tmp_path):
    kernel, b = draw(2, 1, 3, 4), draw(4)
    conv = {"nb_filter": 4, "filter_length": 2, "border_mode": "valid", "subsample_length": 1}
    layers = [layer("Convolution1D", "conv", (4, 3), **trained(input_dim=3, input_length=None, **conv))]
    x = draw(2, 4, 3)
    windows = np.lib.stride_tricks.sliding_window_view(x, 2, axis=1)
    expected = np.einsum("ntci,icf->ntf", windows, kernel[:, 0]) + b
    for name, shown in (("new", kernel), ("before_1.2", kernel.transpose(3, 2, 0, 1))):
        model = load_model(sequential(tmp_path / f"{name}.h5", layers, {"conv": [shown, b]}))
        close(model.predict(x, verbose=0), expected)

    kernel, b = draw(2, 2, 3, 4), draw(4)  # rows, columns, channels, filters
    arguments = {"nb_filter": 4, "nb_row": 2, "nb_col": 2, "border_mode": "valid", "subsample": [2, 2]}
    own = {"dim_ordering": "tf", "output_shape": [None, 4, 4, 4]}
    layers = [layer("Deconvolution2D", "up", (2, 2, 3), **trained(**arguments, **own))]
    model = load_model(sequential(tmp_path / "up.h5", layers, {"up": [kernel, b]}))
    x = draw(2, 2, 2, 3)
    expected = np.einsum("nhwc,ijcf->nhiwjf", x, kernel).reshape(2, 4, 4, 4) + b
    close(model.predict(x, verbose=0), expected)


def test_weights_of_the_first_files_of_all(tmp_path):
    """Before layers had names in files, they were numbered: the weights of VGG16 went around so."""
    kernel, b, w, c = draw(3, 1, 2, 2), draw(3), draw(12, 2), draw(2)
    L = cornu.layers
    model = cornu.Sequential(
        [
            *(cornu.Input((1, 3, 3)), L.Conv2D(3, 2, data_format="channels_first")),
            *(L.Flatten(), L.Dense(2)),
        ]
    )
    path = tmp_path / "a.h5"
    with h5py.File(path, "w") as file:
        file.attrs["nb_layers"] = 3
        for number, arrays in enumerate(([kernel, b], [], [w, c])):
            group = file.create_group(f"layer_{number}")
            group.attrs["nb_params"] = len(arrays)
            for place, array in enumerate(arrays):
                group[f"param_{place}"] = array
    model.load_weights(path)
    x = draw(2, 1, 3, 3)
    close(model.predict(x, verbose=0), correlated(x, kernel, b).reshape(2, -1) @ w + c)


@pytest.mark.parametrize(
    "entry, words",
    [
        (
            layer("BatchNormalization", "bn", (3,), mode=2, axis=-1),
            r'"bn" of Keras 1 was made with mode=2',
        ),
        (
            layer("Convolution1D", "c", (3, 2), nb_filter=1, filter_length=2, border_mode="full"),
            "padding.*full|full",
        ),
        (
            layer("Embedding", "e", (3,), input_dim=2, output_dim=2, init="uniform", dropout=0.2),
            "dropout=0.2",
        ),
        (merge("m", "cos", batch_input_shape=[None, 3]), "Merge.*mode='cos'"),
    ],
)
def test_what_has_no_place_any_longer_is_named(entry, words):
    text = json.dumps({"class_name": "Sequential", "config": [entry], "keras_version": "1.2.2"})
    with pytest.raises(ValueError, match=words):
        model_from_json(text)
