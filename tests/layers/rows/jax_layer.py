"""Layers made of JAX functions."""

import jax
import jax.numpy as jnp

from tests.layers.contract import SERIES, Row


def affine(params, inputs):
    return inputs @ params["kernel"] + params["bias"]


def affine_start(rng, inputs):
    return {"kernel": jax.random.normal(rng, (inputs.shape[-1], 3)), "bias": jnp.zeros(3)}


def noisy_count(params, state, rng, inputs, training):
    if training:
        inputs = inputs + jax.random.normal(rng, inputs.shape)
    return params * inputs, [state[0] + 1, {"mean": jnp.mean(inputs)}]


def noisy_count_start(inputs):
    return jnp.ones(()), [0, {"mean": jnp.zeros(())}]


class Module:
    """Keeps to what FlaxLayer needs of a module of Flax, which is not installed here."""

    def __init__(self, features):
        self.features = features

    def __call__(self, inputs, training):
        raise NotImplementedError

    def init(self, rng, inputs, method=None, training=True):
        kernel = jax.random.normal(rng["params"], (inputs.shape[-1], self.features))
        return {"params": {"kernel": kernel}, "batch_stats": {"mean": jnp.zeros(self.features)}}

    def apply(self, variables, inputs, rngs=None, method=None, mutable=(), training=False):
        output = inputs @ variables["params"]["kernel"] - variables["batch_stats"]["mean"]
        if training:
            output += jax.random.normal(rngs["dropout"], output.shape)
        assert mutable == ["batch_stats"]
        mean = jnp.mean(output, 0) if training else variables["batch_stats"]["mean"]
        return output, {"batch_stats": {"mean": mean}}

    def get_config(self):
        return {"features": self.features}

    @classmethod
    def from_config(cls, config):
        return cls(**config)


FUNCTIONS = {f.__name__: f for f in (affine, affine_start, noisy_count, noisy_count_start)}

ROWS = [
    # Keras's own JaxLayer makes its first parameters with TensorFlow, which is not installed here.
    Row("JaxLayer", {"call_fn": affine, "init_fn": affine_start}, custom=FUNCTIONS, keras=False),
    Row(
        "JaxLayer",
        {"call_fn": noisy_count, "init_fn": noisy_count_start, "seed": 3},
        SERIES,
        random=True,
        custom=FUNCTIONS,
        keras=False,
    ),
    Row(
        "FlaxLayer",
        {"module": Module(3), "seed": 2},
        custom={"Module": Module},
        random=True,
        keras=False,
    ),
]
