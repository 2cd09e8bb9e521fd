"""Models to be saved by one library and loaded by another, and the classes that they need."""

import numpy as np

from tests.models.architectures import ARCHITECTURES, X, inputs_for

RNG = np.random.default_rng(7)
IMAGES = RNG.normal(size=(6, 6, 6, 2)).astype("float32")
WORDS = RNG.integers(0, 9, size=(6, 5)).astype("int32")


def convolutional(k):
    """No bias before the normalization: its gradient is 0, and Adam makes much of its rounding."""
    layers = k.layers
    return k.Sequential(
        [
            k.Input((6, 6, 2)),
            layers.Conv2D(3, 3, padding="same", use_bias=False, kernel_regularizer="l2"),
            layers.BatchNormalization(),
            layers.ReLU(),
            layers.MaxPooling2D(),
            layers.SeparableConv2D(2, 2),
            layers.GlobalAveragePooling2D(),
            layers.Dense(1),
        ]
    )


def recurrent(k):
    x = k.Input((5,), dtype="int32")
    h = k.layers.Embedding(9, 4, mask_zero=True)(x)
    h = k.layers.Bidirectional(k.layers.LSTM(3, return_sequences=True))(h)
    h = k.layers.TimeDistributed(k.layers.Dense(2))(h)
    return k.Model(x, k.layers.Dense(1)(k.layers.GRU(2)(h)))


def attending(k):
    x = k.Input((5,), dtype="int32")
    h = k.layers.Embedding(9, 4)(x)
    h = k.layers.LayerNormalization()(h + k.layers.MultiHeadAttention(2, 3)(h, h))
    h = k.layers.GroupQueryAttention(4, 4, 2)(h, h)
    return k.Model(x, k.layers.Dense(1)(k.layers.GlobalAveragePooling1D()(h)))


def inference_only(k):
    """A model within a model, called so that its normalization stays as it is."""
    base = k.Sequential([k.Input((4,)), k.layers.Dense(3), k.layers.BatchNormalization()], name="base")
    base.trainable = False
    x = k.Input((4,))
    return k.Model(x, k.layers.Dense(1)(base(x)))


def functions(k):
    """Operators on symbolic tensors."""
    x, y = k.Input((4,)), k.Input((4,))
    h = abs(x - 1) * 2 + y / (1 + y**2) - (3 - x)
    return k.Model([x, y], k.layers.Dense(1)(-h[:, 1:] + x[..., :3] % 2 + x[:, 0, None]))


def half(k):
    return k.Sequential(
        [k.Input((4,)), k.layers.Dense(3, dtype="bfloat16"), k.layers.Dense(1, dtype="float32")]
    )


def configured(k):
    """A class that says how it is made; some of its attributes come after `layers` in the alphabet."""

    class Net(k.Model):
        def __init__(self, units=2, **kwargs):
            super().__init__(**kwargs)
            self.units = units
            self.out = k.layers.Dense(1)
            self.nested = {"a": [k.layers.Dense(units), [k.layers.Dense(units)]]}
            self._hidden = k.layers.Dense(units)
            self.first = k.Sequential([k.layers.Dense(3), k.layers.Dense(units)])

        def call(self, x):
            h = self._hidden(self.first(x))
            return self.out(self.nested["a"][1][0](self.nested["a"][0](h)))

        def get_config(self):
            return {**super().get_config(), "units": self.units}

    net = Net(3)
    net(X)
    return net


MORE = {
    "configured": (configured, X),
    "convolutional": (convolutional, IMAGES),
    "recurrent": (recurrent, WORDS),
    "attending": (attending, WORDS),
    "inference_only": (inference_only, X),
    "functions": (functions, [X, X[::-1]]),
    "half": (half, X),
}
NAMES = (*ARCHITECTURES, *MORE)


def make(name, k):
    """A new model, and data that it takes."""
    k.utils.clear_session(free_memory=False)
    k.utils.set_random_seed(3)
    if name in MORE:
        function, x = MORE[name]
        return function(k), x
    return ARCHITECTURES[name](k), inputs_for(name)


def targets_for(outputs):
    """Something to learn, in the structure and shapes of the outputs."""
    if isinstance(outputs, dict):
        return {key: targets_for(value) for key, value in outputs.items()}
    if isinstance(outputs, (list, tuple)):
        return [targets_for(value) for value in outputs]
    return np.cos(np.arange(outputs.size).reshape(outputs.shape)).astype("float32")


def losses_for(outputs, loss):
    if isinstance(outputs, dict):
        return dict.fromkeys(outputs, loss)
    return [loss] * len(outputs) if isinstance(outputs, (list, tuple)) else loss
