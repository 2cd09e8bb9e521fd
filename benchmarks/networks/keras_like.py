"""The networks as a user writes them for Keras; the library is an argument: Cornu or Keras."""

from typing import Any

from benchmarks.workloads import Workload


def dense(keras: Any, work: Workload) -> Any:
    """Dense layers, one after the other."""
    layers = [keras.layers.Dense(units, activation=name) for units, name in work.layers]
    return keras.Sequential([keras.Input(work.shape), *layers])


def cnn(keras: Any, work: Workload) -> Any:
    """The lecture's network for digits."""
    layers, filters = keras.layers, work.sizes["filters"]
    return keras.Sequential([
        keras.Input(work.shape),
        layers.Conv2D(filters, 3, activation="relu"),
        layers.MaxPooling2D(),
        layers.Conv2D(2 * filters, 3, activation="relu"),
        layers.MaxPooling2D(),
        layers.Flatten(),
        layers.Dropout(0.5),
        layers.Dense(10, activation="softmax"),
    ])  # fmt: skip


def blocks(keras: Any, work: Workload) -> Any:
    """Two blocks of convolution, batch normalization and relu, twice each, and pooling."""
    layers, filters = keras.layers, work.sizes["filters"]
    model = keras.Sequential([keras.Input(work.shape)])
    for width in (filters, 2 * filters):
        for _ in range(2):
            model.add(layers.Conv2D(width, 3, padding="same", use_bias=False))
            model.add(layers.BatchNormalization())
            model.add(layers.Activation("relu"))
        model.add(layers.MaxPooling2D())
    model.add(layers.Flatten())
    model.add(layers.Dense(10, activation="softmax"))
    return model


def resnet(keras: Any, work: Workload) -> Any:
    """A residual network of 6 n + 2 layers for 32 x 32 pictures (He et al. 2016)."""
    layers = keras.layers

    def normalized(x: Any, filters: int, size: int, strides: int = 1) -> Any:
        x = layers.Conv2D(filters, size, strides, padding="same", use_bias=False)(x)
        return layers.BatchNormalization()(x)

    pixels = keras.Input(work.shape)
    x = layers.ReLU()(normalized(pixels, work.sizes["filters"], 3))
    for stage in range(3):
        filters = work.sizes["filters"] * 2**stage
        for block in range(work.sizes["n"]):
            strides = 2 if stage and not block else 1
            y = layers.ReLU()(normalized(x, filters, 3, strides))
            y = normalized(y, filters, 3)
            if strides > 1:
                x = normalized(x, filters, 1, strides)
            x = layers.ReLU()(layers.Add()([x, y]))
    x = layers.GlobalAveragePooling2D()(x)
    return keras.Model(pixels, layers.Dense(10, activation="softmax")(x))


def recurrent(keras: Any, work: Workload) -> Any:
    """Embedding, one recurrent layer, and a probability."""
    sizes = work.sizes
    layer = {"lstm": keras.layers.LSTM, "gru": keras.layers.GRU}[work.network]
    return keras.Sequential([
        keras.Input(work.shape, dtype="int32"),
        keras.layers.Embedding(sizes["words"], sizes["width"]),
        layer(sizes["units"]),
        keras.layers.Dense(1, activation="sigmoid"),
    ])  # fmt: skip


def cnn_1d(keras: Any, work: Workload) -> Any:
    """Embedding and convolutions over words."""
    layers, sizes = keras.layers, work.sizes
    return keras.Sequential([
        keras.Input(work.shape, dtype="int32"),
        layers.Embedding(sizes["words"], sizes["width"]),
        layers.Conv1D(sizes["filters"], 7, activation="relu"),
        layers.MaxPooling1D(5),
        layers.Conv1D(sizes["filters"], 7, activation="relu"),
        layers.GlobalMaxPooling1D(),
        layers.Dense(1, activation="sigmoid"),
    ])  # fmt: skip


def embedded(keras: Any, work: Workload, words: Any) -> Any:
    """The vectors of words plus those of their positions."""

    class Positions(keras.layers.Layer):
        def build(self, shape: Any) -> None:
            self.table = self.add_weight(shape=shape[1:], initializer="uniform", name="table")

        def call(self, x: Any) -> Any:
            return x + self.table

    return Positions()(keras.layers.Embedding(work.sizes["words"], work.sizes["width"])(words))


def attention(keras: Any, work: Workload, x: Any, **options: Any) -> Any:
    """What each position gathers from the others."""
    heads = work.sizes["heads"]
    layer = keras.layers.MultiHeadAttention(heads, work.sizes["width"] // heads)
    return layer(x, x, **options)


def transformer(keras: Any, work: Workload) -> Any:
    """Embedding with positions, one encoder block, mean over the positions."""
    layers, sizes = keras.layers, work.sizes
    words = keras.Input(work.shape, dtype="int32")
    x = embedded(keras, work, words)
    y = layers.Dropout(0.1)(attention(keras, work, x))
    x = layers.LayerNormalization(epsilon=1e-6)(layers.Add()([x, y]))
    y = layers.Dense(sizes["units"], activation="relu")(x)
    y = layers.Dropout(0.1)(layers.Dense(sizes["width"])(y))
    x = layers.LayerNormalization(epsilon=1e-6)(layers.Add()([x, y]))
    x = layers.GlobalAveragePooling1D()(x)
    return keras.Model(words, layers.Dense(1, activation="sigmoid")(x))


def gpt(keras: Any, work: Workload) -> Any:
    """A small language model: blocks that look back only, normalized before each part."""
    layers, sizes = keras.layers, work.sizes
    words = keras.Input(work.shape, dtype="int32")
    x = embedded(keras, work, words)
    for _ in range(sizes["depth"]):
        y = layers.LayerNormalization(epsilon=1e-5)(x)
        x = layers.Add()([x, attention(keras, work, y, use_causal_mask=True)])
        y = layers.LayerNormalization(epsilon=1e-5)(x)
        y = layers.Dense(sizes["units"], activation="gelu")(y)
        x = layers.Add()([x, layers.Dense(sizes["width"])(y)])
    x = layers.LayerNormalization(epsilon=1e-5)(x)
    return keras.Model(words, layers.Dense(sizes["words"], use_bias=False)(x))


def deep(keras: Any, work: Workload) -> Any:
    """A Functional model of 2 depth + 4 layers: each adds something to what came before."""
    layers, units = keras.layers, work.sizes["units"]
    inputs = keras.Input(work.shape)
    x = layers.Dense(units)(inputs)
    for _ in range(work.sizes["depth"]):
        x = layers.Add()([x, layers.Dense(units, activation="tanh")(x)])
    x = layers.LayerNormalization(epsilon=1e-5)(x)
    return keras.Model(inputs, layers.Dense(10, activation="softmax")(x))


NETWORKS = {
    "dense": dense, "cnn": cnn, "blocks": blocks, "resnet": resnet, "lstm": recurrent,
    "gru": recurrent, "cnn_1d": cnn_1d, "transformer": transformer, "gpt": gpt, "deep": deep,
}  # fmt: skip
