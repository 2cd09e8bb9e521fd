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
]
