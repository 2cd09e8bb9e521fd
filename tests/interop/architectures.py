"""Twenty real architectures, small in width, written once for two libraries.

`ARCHITECTURES[name](k)` gives a compiled model, its inputs and its targets.
"""

import numpy as np

ROWS = 6
RNG = np.random.default_rng(5)
TABLE = RNG.normal(size=(ROWS, 6)).astype("float32")
OTHER = RNG.normal(size=(ROWS, 6)).astype("float32")
IMAGES = RNG.normal(size=(ROWS, 8, 8, 2)).astype("float32")
WORDS = RNG.integers(1, 9, size=(ROWS, 5)).astype("int32")
WORDS[:3, 3:] = 0  # shorter texts
SERIES = RNG.normal(size=(ROWS, 5, 3)).astype("float32")
SERIES[1:4, 3:] = 0
ONE = RNG.normal(size=(ROWS, 1)).astype("float32")
YES = RNG.integers(0, 2, size=(ROWS, 1)).astype("float32")
CLASSES = np.array([0, 1, 2, 1, 0, 2])
NEXT = np.roll(WORDS, -1, axis=1)


def mlp(k):
    L = k.layers
    model = k.Sequential(
        [
            k.Input((6,)),
            L.Dense(5, activation="relu", kernel_regularizer=k.regularizers.L1L2(0.01, 0.02)),
            L.Dense(4, activation="gelu", kernel_initializer="he_normal", bias_constraint="non_neg"),
            L.Dense(1, activation="sigmoid"),
        ]
    )
    model.compile("adam", "binary_crossentropy", metrics=["accuracy", k.metrics.AUC(num_thresholds=9)])
    return model, TABLE, YES


def lenet(k):
    L = k.layers
    model = k.Sequential(
        [
            k.Input((8, 8, 2)),
            L.Conv2D(3, 3, activation="tanh", padding="same"),
            L.AveragePooling2D(2),
            L.Conv2D(4, 3, activation="tanh"),
            L.AveragePooling2D(2),
            L.Flatten(),
            L.Dense(5, activation="tanh"),
            L.Dense(3, activation="softmax"),
        ],
        name="lenet",
    )
    schedule = k.optimizers.schedules.ExponentialDecay(0.1, 3, 0.5, staircase=True)
    model.compile(
        k.optimizers.SGD(schedule, momentum=0.9), "sparse_categorical_crossentropy", metrics=["acc"]
    )
    return model, IMAGES, CLASSES


def vgg(k):
    L = k.layers
    x = h = k.Input((8, 8, 2))
    for block, width in enumerate((2, 3)):
        for number in range(2):
            name = f"block{block}_conv{number}"
            h = L.Conv2D(width, 3, padding="same", activation="relu", name=name)(h)
        h = L.MaxPooling2D(2, name=f"block{block}_pool")(h)
    h = L.Dense(4, activation="relu")(L.Flatten()(h))
    model = k.Model(x, L.Dense(3)(h), name="vgg")
    loss = k.losses.SparseCategoricalCrossentropy(from_logits=True)
    model.compile(k.optimizers.RMSprop(0.01, momentum=0.5), loss)
    return model, IMAGES, CLASSES


def resnet(k):
    """The same block of layers is used twice: its weights are there once."""
    L = k.layers
    x = k.Input((8, 8, 2))
    h = L.Conv2D(3, 3, strides=2, padding="same", use_bias=False)(x)
    convolve, normalize = L.Conv2D(3, 3, padding="same", use_bias=False), L.GroupNormalization(3)
    for _ in range(2):
        h = L.Add()([h, L.ReLU(max_value=6.0)(normalize(convolve(h)))])
    model = k.Model(x, L.Dense(3, activation="softmax")(L.GlobalAveragePooling2D()(h)))
    model.compile(k.optimizers.AdamW(0.01, weight_decay=0.1), "sparse_categorical_crossentropy")
    return model, IMAGES, CLASSES


def inception(k):
    L = k.layers
    x = k.Input((8, 8, 2))
    branches = [
        L.Conv2D(2, 1, activation="relu")(x),
        L.Conv2D(2, 3, padding="same", activation="relu")(L.Conv2D(2, 1)(x)),
        L.Conv2D(2, 5, padding="same", activation="relu")(L.Conv2D(1, 1)(x)),
        L.Conv2D(1, 1)(L.MaxPooling2D(3, strides=1, padding="same")(x)),
    ]
    h = L.GlobalMaxPooling2D()(L.Concatenate(axis=-1)(branches))
    model = k.Model(x, L.Dense(1)(h))
    model.compile(k.optimizers.Nadam(0.01, clipnorm=0.5), "huber")
    return model, IMAGES, ONE


def two_branches(k):
    """Wide and deep, fed by name."""
    L = k.layers
    wide, deep = k.Input((6,), name="wide"), k.Input((6,), name="deep")
    h = L.Dense(3, activation="elu")(L.Dense(4, activation="selu")(deep))
    model = k.Model({"wide": wide, "deep": deep}, L.Dense(1)(L.concatenate([wide, h * 0.5 + 1])))
    model.compile(k.optimizers.Adagrad(0.1), "mae", weighted_metrics=["mse"])
    return model, {"wide": TABLE, "deep": OTHER}, ONE


def several_outputs(k):
    L = k.layers
    x = k.Input((6,))
    h = L.Dense(4, activation="swish")(x)
    heads = [
        L.Dense(1, name="price")(h),
        L.Dense(3, activation="softmax", name="kind")(h),
        L.Dense(1, activation="sigmoid", name="sold")(h),
    ]
    model = k.Model(x, heads)
    model.compile(
        k.optimizers.Adam(0.02, amsgrad=True),
        {
            "price": "mse",
            "kind": k.losses.SparseCategoricalCrossentropy(ignore_class=2),
            "sold": k.losses.BinaryCrossentropy(label_smoothing=0.1),
        },
        loss_weights={"price": 0.5, "kind": 1.0, "sold": 2.0},
        metrics={"price": ["mae"], "kind": ["accuracy"], "sold": [k.metrics.Precision(), "accuracy"]},
    )
    return model, TABLE, [ONE, CLASSES, YES]


def siamese(k):
    L = k.layers
    inner = k.Input((6,))
    encoder = k.Model(inner, L.Dense(3)(L.Dense(4, activation="tanh")(inner)), name="encoder")
    left, right = k.Input((6,), name="left"), k.Input((6,), name="right")
    distance = k.ops.sqrt(
        k.ops.sum((encoder(left) - encoder(right)) ** 2, axis=-1, keepdims=True) + 1e-6
    )
    model = k.Model([left, right], [distance, L.Dot(1, normalize=True)([encoder(left), encoder(right)])])
    model.compile(k.optimizers.Lion(0.01), ["hinge", "mse"])
    return model, [TABLE, OTHER], [YES, ONE]


def autoencoder(k):
    """Made of two models that stay usable by themselves."""
    L = k.layers
    encoder = k.Sequential([k.Input((6,)), L.Dense(4, activation="relu"), L.Dense(2)], name="encoder")
    decoder = k.Sequential([k.Input((2,)), L.Dense(4, activation="relu"), L.Dense(6)], name="decoder")
    x = k.Input((6,))
    model = k.Model(x, decoder(encoder(x)), name="autoencoder")
    model.compile(k.optimizers.Adadelta(1.0), "mse")
    return model, TABLE, TABLE


def unet(k):
    L = k.layers
    x = k.Input((8, 8, 2))
    fine = L.Conv2D(2, 3, padding="same", activation="relu")(x)
    coarse = L.Conv2D(3, 3, padding="same", activation="relu")(L.MaxPooling2D()(fine))
    lowest = L.Conv2D(3, 3, padding="same", activation="relu")(L.MaxPooling2D()(coarse))
    up = L.Concatenate()([coarse, L.Conv2DTranspose(3, 2, strides=2)(lowest)])
    up = L.Concatenate()([fine, L.UpSampling2D(interpolation="bilinear")(up)])
    out = L.Conv2D(1, 1, activation="sigmoid")(L.Cropping2D(1)(L.ZeroPadding2D(1)(up)))
    model = k.Model(x, out)
    model.compile(k.optimizers.Adamax(0.01), "dice", metrics=[k.metrics.BinaryIoU()])
    return model, IMAGES, (IMAGES[..., :1] > 0).astype("float32")


def text_cnn(k):
    L = k.layers
    x = k.Input((5,), dtype="int32")
    h = L.SpatialDropout1D(0.2, seed=4)(L.Embedding(9, 4)(x))
    towers = [
        L.GlobalMaxPooling1D()(L.Conv1D(2, width, activation="relu", padding="same")(h))
        for width in (2, 3, 4)
    ]
    model = k.Model(x, L.Dense(1, activation="sigmoid")(L.Concatenate()(towers)))
    model.compile(k.optimizers.Adam(0.01, use_ema=True, ema_momentum=0.9), "binary_focal_crossentropy")
    return model, WORDS, YES


def bidirectional(k):
    L = k.layers
    model = k.Sequential(
        [
            k.Input((5,), dtype="int32"),
            L.Embedding(9, 3, mask_zero=True),
            L.Bidirectional(L.LSTM(2, return_sequences=True, recurrent_regularizer="l2")),
            L.Bidirectional(L.LSTM(2), merge_mode="sum"),
            L.Dense(3, activation="softmax"),
        ]
    )
    model.compile("adam", "sparse_categorical_crossentropy")
    return model, WORDS, CLASSES


def stacked_gru(k):
    L = k.layers
    model = k.Sequential(
        [
            k.Input((5, 3)),
            L.Masking(0.0),
            L.GRU(3, return_sequences=True),
            L.RNN([L.GRUCell(2, reset_after=False), L.SimpleRNNCell(2)], return_sequences=True),
            L.TimeDistributed(L.Dense(1)),
        ]
    )
    model.compile(k.optimizers.RMSprop(0.01, centered=True), "log_cosh")
    return model, SERIES, SERIES[..., :1]


def seq2seq(k):
    L = k.layers
    source, target = k.Input((None,), dtype="int32"), k.Input((None,), dtype="int32")
    _, h, c = L.LSTM(3, return_state=True, name="encoder")(L.Embedding(9, 3, name="from")(source))
    decoder = L.LSTM(3, return_sequences=True, return_state=True, name="decoder")
    states = decoder(L.Embedding(9, 3, name="to")(target), initial_state=[h, c])
    model = k.Model([source, target], L.Dense(9, activation="softmax")(states[0]))
    model.compile(k.optimizers.Adam(0.01, global_clipnorm=1.0), "sparse_categorical_crossentropy")
    return model, [WORDS, WORDS[:, ::-1].copy()], NEXT


def transformer_classifier(k):
    L = k.layers
    x = k.Input((5,), dtype="int32")
    places = L.Embedding(5, 4, name="places")(k.ops.arange(5))
    h = L.Embedding(9, 4, mask_zero=True, name="words")(x) + places
    h = L.LayerNormalization(epsilon=1e-6)(h + L.MultiHeadAttention(2, 2, dropout=0.0)(h, h))
    forward = k.Sequential([L.Dense(6, activation="gelu"), L.Dense(4)], name="forward")
    h = L.LayerNormalization(epsilon=1e-6)(h + forward(h))
    model = k.Model(x, L.Dense(1, activation="sigmoid")(L.GlobalAveragePooling1D()(h)))
    schedule = k.optimizers.schedules.CosineDecay(0.0, 8, warmup_target=0.02, warmup_steps=3)
    model.compile(k.optimizers.AdamW(schedule), "binary_crossentropy")
    return model, WORDS, YES


def small_gpt(k):
    """Blocks as registered layers, with a causal mask and one table of words for both ends."""
    L = k.layers

    @k.saving.register_keras_serializable("interop")
    class Block(L.Layer):
        def __init__(self, heads, width, **kwargs):
            super().__init__(**kwargs)
            self.heads, self.width = heads, width
            self.attention = L.MultiHeadAttention(heads, width // heads)
            self.norms = [L.LayerNormalization(), L.RMSNormalization()]
            self.forward = k.Sequential([L.Dense(2 * width, activation="gelu"), L.Dense(width)])

        def build(self, shape):
            self.attention.build(shape, shape)
            for norm in self.norms:
                norm.build(shape)
            self.forward.build(shape)
            self.scale = self.add_weight(shape=(self.width,), initializer="ones", name="scale")

        def call(self, x):
            h = self.norms[0](x)
            x = x + self.scale * self.attention(h, h, use_causal_mask=True)
            return x + self.forward(self.norms[1](x))

        def get_config(self):
            return {**super().get_config(), "heads": self.heads, "width": self.width}

    x = k.Input((5,), dtype="int32")
    table = L.ReversibleEmbedding(9, 4)
    h = table(x)
    for _ in range(2):
        h = Block(2, 4)(h)
    model = k.Model(x, table(h, reverse=True), name="gpt")
    loss = k.losses.SparseCategoricalCrossentropy(from_logits=True)
    model.compile(k.optimizers.Adam(0.01), loss, weighted_metrics=["accuracy"])
    return model, WORDS, NEXT


def mobilenet(k):
    L = k.layers
    x = k.Input((8, 8, 2))
    h = L.Conv2D(3, 3, strides=2, padding="same", use_bias=False)(x)
    for strides in (1, 2):
        h = L.DepthwiseConv2D(3, strides=strides, padding="same", depth_multiplier=2, use_bias=False)(h)
        h = L.Activation("relu6")(L.LayerNormalization(axis=-1)(h))
        h = L.SeparableConv2D(3, 1, use_bias=False)(h)
    h = L.Reshape((-1,))(L.GlobalAveragePooling2D(keepdims=True)(h))
    model = k.Model(x, L.Dense(3, activation=k.activations.softmax)(h))
    model.compile(k.optimizers.SGD(0.1, nesterov=True, momentum=0.9), "sparse_categorical_crossentropy")
    return model, IMAGES, CLASSES


def nested(k):
    """A graph in a graph in a Sequential; names are used again on every level."""
    L = k.layers
    a = k.Input((4,), name="in")
    lowest = k.Model(a, [L.Dense(3, name="dense")(a), L.Dense(2, name="other")(a)], name="lowest")
    b = k.Input((5,), name="in")
    one, two = lowest(L.Dense(4, name="dense")(b))
    middle = k.Model(b, L.Concatenate()([one, two, L.Dense(1, name="extra")(b)]), name="middle")
    model = k.Sequential(
        [k.Input((6,)), L.Dense(5, name="dense"), middle, L.Dense(1, name="last")], name="top"
    )
    model.compile(k.optimizers.Ftrl(0.1), "mse")
    return model, TABLE, ONE


def subclassed(k):
    """A registered class of the user's, whose layers are made by `build` and by a list."""
    L = k.layers

    @k.saving.register_keras_serializable("interop", name="Net")
    class Net(k.Model):
        def __init__(self, units, depth=2, activation="relu", **kwargs):
            super().__init__(**kwargs)
            self.units, self.depth = units, depth
            self.activation = k.activations.get(activation)
            self.hidden = [L.Dense(units) for _ in range(depth)]
            self.heads = {"out": L.Dense(1)}
            self.normalize = L.LayerNormalization()

        def call(self, x, training=False):
            for layer in self.hidden:
                x = self.activation(layer(x))
            return self.heads["out"](self.normalize(x))

        def get_config(self):
            activation = k.activations.serialize(self.activation)
            mine = {"units": self.units, "depth": self.depth, "activation": activation}
            return {**super().get_config(), **mine}

    model = Net(3, activation="tanh")
    model(TABLE)
    model.compile(k.optimizers.Lamb(0.01), "mse", jit_compile=True)
    return model, TABLE, ONE


def preprocessing(k):
    """Statistics that were adapted travel with the model."""
    L = k.layers
    normalize, back = L.Normalization(), L.Normalization(invert=True)
    normalize.adapt(TABLE)
    back.adapt(ONE)
    x, y = k.Input((6,)), k.Input((5,), dtype="int32")
    h = L.Concatenate()([normalize(x), L.Rescaling(0.5, offset=1.0)(L.CategoryEncoding(9)(y))])
    model = k.Model([x, y], back(L.Dense(1)(h)))
    model.compile("adam", "mse")
    return model, [TABLE, WORDS], ONE


def partly_frozen(k):
    """Normalization by batches, dropout, and a base that does not learn."""
    L = k.layers
    base = k.Sequential(
        [k.Input((6,)), L.Dense(4, use_bias=False), L.BatchNormalization(), L.ReLU()], name="base"
    )
    base.trainable = False
    x = k.Input((6,))
    h = L.Dropout(0.4, seed=3)(base(x, training=False))
    h = L.Dense(4, use_bias=False, name="learns")(h)
    h = L.GaussianNoise(0.1, seed=2)(L.BatchNormalization(momentum=0.7)(h))
    model = k.Model(x, L.Dense(1)(h))
    model.compile(k.optimizers.SGD(0.05, momentum=0.5, weight_decay=0.01), "mse")
    return model, TABLE, ONE


ARCHITECTURES = {
    made.__name__: made
    for made in (
        *(mlp, lenet, vgg, resnet, inception, two_branches, several_outputs, siamese, autoencoder),
        *(unet, text_cnn, bidirectional, stacked_gru, seq2seq, transformer_classifier, small_gpt),
        *(mobilenet, nested, subclassed, preprocessing, partly_frozen),
    )
}
