"""Writes the files of this folder with the real Keras 2: `pip install tensorflow tf_keras`, then
`python recipe.py`. They were made by tf_keras 2.21. With each `<name>.h5` goes a `<name>.npz` of inputs,
outputs, and outputs after two more steps of training with `train_on_batch`, where the model is compiled.
"""

from __future__ import annotations

import json
from pathlib import Path

import h5py
import numpy as np
import tf_keras as keras
from tf_keras import layers as L
from tf_keras.src.layers.rnn.cudnn_gru import CuDNNGRU
from tf_keras.src.layers.rnn.cudnn_lstm import CuDNNLSTM
from tf_keras.src.saving.legacy import hdf5_format

HERE = Path(__file__).parent
rng = np.random.default_rng(1)


def floats(*shape):
    return rng.normal(size=shape).astype("float32")


def mlp():
    model = keras.Sequential(
        [L.Dense(4, activation="relu", input_shape=(3,)), L.Dense(1, activation="sigmoid")]
    )
    model.compile("adam", "binary_crossentropy", metrics=["accuracy"])
    return model, [floats(5, 3)], [np.array([[0], [1], [1], [0], [1]], "float32")]


def cnn():
    model = keras.Sequential(
        [
            L.Conv2D(2, 3, padding="same", activation="relu", input_shape=(6, 6, 1)),
            L.BatchNormalization(),
            L.MaxPooling2D(),
            L.SeparableConv2D(3, 2),
            L.DepthwiseConv2D(2),
            L.Dropout(0.0),
            L.Flatten(),
            L.Dense(3, activation="softmax", kernel_regularizer="l2"),
        ]
    )
    model.compile(
        keras.optimizers.SGD(0.1, momentum=0.9), "sparse_categorical_crossentropy", metrics=["acc"]
    )
    return model, [floats(4, 6, 6, 1)], [np.array([0, 1, 2, 1])]


def transposed():
    model = keras.Sequential(
        [
            L.Conv1D(3, 2, padding="causal", dilation_rate=2, input_shape=(5, 2)),
            L.Reshape((5, 3, 1)),
            L.Conv2DTranspose(2, 2, strides=2),
            L.UpSampling2D(2),
            L.ZeroPadding2D(1),
            L.Cropping2D(((1, 0), (0, 1))),
            L.GlobalAveragePooling2D(),
        ]
    )
    return model, [floats(3, 5, 2)], None


def recurrent():
    x = keras.Input((6,))
    y = L.Embedding(7, 4, mask_zero=True)(x)
    y = L.Bidirectional(L.LSTM(3, return_sequences=True))(y)
    y = L.GRU(4, return_sequences=True)(y)
    y = L.GRU(3, reset_after=False, return_sequences=True)(y)
    y = L.TimeDistributed(L.Dense(2, activation="tanh"))(y)
    y = L.SimpleRNN(2)(y)
    model = keras.Model(x, L.Dense(1)(y))
    model.compile(keras.optimizers.RMSprop(0.01), "mse", metrics=["mae"])
    return model, [rng.integers(0, 7, (4, 6)).astype("float32")], [floats(4, 1)]


def cells():
    x = keras.Input((4, 3))
    y = L.RNN(L.StackedRNNCells([L.LSTMCell(2), L.GRUCell(3)]), return_sequences=True)(x)
    z = L.ConvLSTM2D(2, 2, padding="same")(L.Reshape((4, 3, 1, 1))(y))
    return keras.Model(x, [y, z]), [floats(2, 4, 3)], None


def branches():
    a, b = keras.Input((3,), name="a"), keras.Input((3,), name="b")
    shared = L.Dense(4, activation="relu", name="shared")
    u, v = shared(a), shared(b)
    w = L.concatenate([u, v, L.multiply([u, v])])
    w = L.LayerNormalization()(L.add([w, L.PReLU()(w)]))
    first = L.Dense(2, name="first")(w)
    second = L.Dense(1, name="second", activation="sigmoid")(L.dot([u, v], axes=1, normalize=True))
    model = keras.Model([a, b], [first, second])
    model.compile(
        keras.optimizers.Adam(0.01, beta_1=0.8, amsgrad=True),
        {"first": "mse", "second": keras.losses.BinaryCrossentropy(label_smoothing=0.1)},
        loss_weights={"first": 1.0, "second": 0.5},
        metrics={"first": ["mae"], "second": ["accuracy"]},
    )
    return model, [floats(4, 3), floats(4, 3)], [floats(4, 2), np.array([[0], [1], [1], [0]], "float32")]


def nested():
    inner = keras.Sequential([L.Dense(3, input_shape=(2,)), L.PReLU()], name="inner")
    p = keras.Input((3,))
    graph = keras.Model(p, L.Dense(2)(L.BatchNormalization()(p)), name="graph")
    x = keras.Input((4, 2))
    y = L.TimeDistributed(inner)(x)
    y = L.TimeDistributed(L.Dense(2))(y)
    z = graph(L.Lambda(twice, name="lambda")(L.Flatten()(L.Conv1D(3, 4)(x))))
    model = keras.Model(x, L.concatenate([L.Flatten()(y), z]))
    graph.layers[1].trainable = False
    model.compile("sgd", "mse")
    return model, [floats(3, 4, 2)], [floats(3, 10)]


def twice(x):
    return x * 2.0


def functions():
    import tensorflow as tf

    x = keras.Input((4,))
    y = L.Dense(4)(x)
    z = tf.nn.relu(y) + x * 2.0 - 1.0
    z = tf.concat([z, tf.square(y), tf.reduce_mean(y, axis=1, keepdims=True)], axis=-1)
    z = tf.reshape(z, (-1, 3, 3))[:, 1:, 0] / 3.0
    return keras.Model(x, tf.clip_by_value(z, -1.0, 1.0)), [floats(3, 4)], None


def attention():
    x = keras.Input((5, 4))
    y = L.MultiHeadAttention(2, 3)(x, x)
    y = L.Attention(use_scale=True)([y, x])
    y = L.AdditiveAttention()([y, x])
    return keras.Model(x, L.GlobalMaxPooling1D()(y)), [floats(2, 5, 4)], None


def cudnn():
    x = keras.Input((4, 2))
    y = L.LSTM(3, return_sequences=True, recurrent_activation="sigmoid", name="lstm")(x)
    y = L.GRU(2, return_sequences=True, reset_after=True, name="gru")(y)
    y = L.Bidirectional(L.LSTM(2, name="inner"), name="both")(y)
    model = keras.Model(x, y)
    for layer in model.layers:
        layer.set_weights([floats(*weight.shape) for weight in layer.get_weights()])
    return model, [floats(2, 4, 2)], None


def for_cudnn(path) -> None:
    """Makes the recurrent layers in a file those for cuDNN that Keras 2 had."""
    kinds = {
        "lstm": CuDNNLSTM(3, return_sequences=True, name="lstm"),
        "gru": CuDNNGRU(2, return_sequences=True, name="gru"),
        "both": CuDNNLSTM(2, name="inner"),
    }
    with h5py.File(path, "r+") as file:
        model = json.loads(file.attrs["model_config"])
        for entry in model["config"]["layers"]:
            layer = kinds.get(entry["name"])
            inner = entry["config"].get("layer", entry)
            if layer is not None:
                inner["class_name"], inner["config"] = type(layer).__name__, layer.get_config()
        file.attrs["model_config"] = json.dumps(model)
        for name, layer in kinds.items():
            group = file["model_weights"][name]
            names = list(group.attrs["weight_names"])
            for three in (names[:3], names[3:]):
                if three:
                    arrays = hdf5_format._convert_rnn_weights(layer, [group[each][()] for each in three])
                    for each, array in zip(three, arrays, strict=True):
                        del group[each]
                        group[each] = array


def added():
    """A loss and a metric from symbolic tensors."""
    import tensorflow as tf

    x = keras.Input((3,))
    h = L.Dense(2, activation="tanh")(x)
    model = keras.Model(x, L.Dense(1)(h))
    model.add_loss(tf.reduce_mean(tf.square(h)) * 0.5)
    model.add_metric(tf.reduce_mean(h), name="mean", aggregation="mean")
    model.compile(keras.optimizers.SGD(0.1, momentum=0.9), "mse")
    return model, [floats(5, 3)], [floats(5, 1)]


MODELS = (cudnn, mlp, cnn, transposed, recurrent, cells, branches, nested, functions, attention, added)


def main() -> None:
    keras.utils.set_random_seed(1)
    for make in MODELS:
        keras.backend.clear_session()
        model, x, y = make()
        given = x if len(x) > 1 else x[0]
        if y is not None:
            wanted = y if len(y) > 1 else y[0]
            for _ in range(2):
                model.train_on_batch(given, wanted)
        name = make.__name__
        model.save(HERE / f"{name}.h5")
        arrays = {f"x{i}": array for i, array in enumerate(x)}
        outputs = model.predict(given, verbose=0)
        outputs = outputs if isinstance(outputs, list) else [outputs]
        arrays |= {f"out{i}": array for i, array in enumerate(outputs)}
        if y is not None:
            arrays |= {f"y{i}": array for i, array in enumerate(y)}
            for _ in range(2):
                model.train_on_batch(given, wanted)
            after = model.predict(given, verbose=0)
            arrays |= {
                f"after{i}": a for i, a in enumerate(after if isinstance(after, list) else [after])
            }
        np.savez(HERE / f"{name}.npz", **arrays)
        if name == "cudnn":
            for_cudnn(HERE / "cudnn.h5")
        if name == "recurrent":
            model.save_weights(HERE / "weights_only.h5")


if __name__ == "__main__":
    main()
