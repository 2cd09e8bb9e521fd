"""Random numbers: the functions of keras.random, with Keras's numbers for the same seed.

Every function takes `seed`: an integer (the same numbers at each call), a `SeedGenerator` (new
numbers at each call), a JAX key, or None (new numbers, from a state that `set_random_seed` resets).
"""

from __future__ import annotations

import math
import operator
import random as python_random
from collections.abc import Sequence
from typing import Any

import jax
import jax.numpy as jnp
import numpy as np

from cornu.core import dtypes, threefry
from cornu.core.chance import chosen
from cornu.core.config import Configurable
from cornu.core.context import context, name_scope
from cornu.core.errors import describe, show_shape
from cornu.core.module import Module
from cornu.core.names import auto_name
from cornu.core.symbolic import KerasTensor
from cornu.core.variable import ASSIGNED_IN_JIT, Variable

__all__ = [
    *("SeedGenerator", "draw_seed", "set_random_seed"),
    *("beta", "binomial", "categorical", "dropout", "gamma", "normal", "randint", "shuffle"),
    *("truncated_normal", "uniform"),
]

UNSEEDED_IN_JIT = (
    "seed=None inside a compiled function: the numbers would be drawn once, while compiling, and "
    "be the same at every call. Make a generator in the layer's __init__, "
    "self.seed_generator = SeedGenerator(), and pass seed=self.seed_generator."
)
# What JAX must be set to, as it is by default, for the host to draw the same numbers.
_HOST_SETTINGS = {"jax_threefry_partitionable": True, "jax_default_prng_impl": "threefry2x32"}
_unseeded: threefry.Words | None = None  # the state that seed=None draws from


class SeedGenerator(Module, Configurable):
    """A source of random keys: each call of a random function with it as `seed` gives new numbers.

    Its state is the pair [seed, count]; `next()` gives the state as a key and counts one further.

    Args:
        seed: an integer from 0 to 2**32 - 1; None for one from Python's `random`.
        name: the first part of the state's path; 'seed_generator' by default.

    Raises:
        ValueError: if `seed` is no such integer.

    Example:
        >>> generator = SeedGenerator(42)
        >>> generator.next(), generator.next()
        (array([42,  0], dtype=uint32), array([42,  1], dtype=uint32))
    """

    part = "random"

    def __init__(self, seed: int | None = None, name: str | None = None) -> None:
        self.seed = seed
        self.name = name or auto_name("seed_generator")
        key = int_key(default_seed() if seed is None else seed)
        with name_scope(self.name):
            self.state = Variable(key, dtype="uint32", trainable=False, name="seed_generator_state")

    def save_own_variables(self, store: Any) -> None:
        """Puts the state into a store, so that a loaded model draws on from there."""
        store["0"] = self.state.numpy()

    def load_own_variables(self, store: Any) -> None:
        """Takes it out again; Keras's files hold none, and then the state stays."""
        if "0" in store:
            self.state.assign(store["0"])

    def next(self, ordered: bool = True) -> Any:
        """The state, usable as a JAX key; then counts on, or jumps where not `ordered`.

        Example:
            >>> seeds = SeedGenerator(1)
            >>> seeds.next().tolist(), seeds.next().tolist()
            ([1, 0], [1, 1])
        """
        key = self.state.value
        if not isinstance(key, jax.core.Tracer):
            if context.bindings is None and _tracing():
                raise ValueError(ASSIGNED_IN_JIT.format(path=self.state.path))
            key = np.array(key)  # so that nothing is compiled for one addition
        self.state.assign(key + np.array([0, 1], np.uint32) if ordered else _jump(key))
        return key


def _jump(state: Any) -> Any:
    """How Keras moves on the state that seed=None draws from."""
    return (state + np.uint32(1)) * np.uint32(5387) % np.uint32(933199)


def _tracing() -> bool:
    """Whether JAX is compiling the code that runs now."""
    return isinstance(jax.device_put(np.uint32(0)), jax.core.Tracer)


def default_seed() -> int:
    """A seed from Python's `random`, which `set_random_seed` fixes."""
    return python_random.randint(1, 10**9)


def int_key(seed: Any) -> threefry.Words:
    """The key [seed, 0] of an integer."""
    try:
        return np.array([operator.index(seed), 0], np.uint32)
    except (TypeError, OverflowError):
        raise ValueError(
            "seed must be an integer from 0 to 4294967295 or a SeedGenerator, "
            f"got seed={describe(seed)}. Write for example seed=42."
        ) from None


def draw_seed(seed: Any) -> Any:
    """The key (two 32-bit words) that a `seed` argument stands for.

    Args:
        seed: an integer, a `SeedGenerator`, a JAX key, or None.

    Raises:
        ValueError: if `seed` is none of these, or None inside a compiled function.

    Example:
        >>> draw_seed(42)
        array([42,  0], dtype=uint32)
    """
    global _unseeded
    if isinstance(seed, SeedGenerator):
        return seed.next()
    if isinstance(seed, (jax.Array, np.ndarray)) and np.ndim(seed):
        return seed if isinstance(seed, jax.core.Tracer) else np.asarray(seed)
    if isinstance(seed, jax.Array) and jnp.issubdtype(seed.dtype, jax.dtypes.prng_key):
        return seed
    if seed is not None:
        return int_key(seed)
    if _tracing():
        raise ValueError(UNSEEDED_IN_JIT)
    key = int_key(default_seed()) if _unseeded is None else _unseeded
    _unseeded = _jump(key)
    return key


def set_random_seed(seed: int) -> None:
    """Makes a script repeatable: seeds Python's `random`, NumPy, and what `seed=None` draws from.

    Args:
        seed: an integer from 0 to 2**32 - 1.

    Raises:
        ValueError: if `seed` is no such integer.

    Example:
        >>> def script():
        ...     set_random_seed(7)
        ...     return normal((3,)).tolist()
        >>> script() == script()
        True
    """
    global _unseeded
    number = int(int_key(seed)[0])
    python_random.seed(number)
    np.random.seed(number)
    _unseeded = None


def generator_states() -> dict[str, Any]:
    """The states of what `set_random_seed` seeds, to go on from there later."""
    return {"python": python_random.getstate(), "numpy": np.random.get_state(), "unseeded": _unseeded}


def set_generator_states(states: dict[str, Any]) -> None:
    """Sets the generators to the states that `generator_states` gave."""
    global _unseeded
    python_random.setstate(states["python"])
    np.random.set_state(states["numpy"])
    _unseeded = states["unseeded"]


def _shape(shape: Any, caller: str) -> tuple[Any, ...]:
    """The shape as a tuple, which must be fully known."""
    sizes = tuple(shape) if isinstance(shape, Sequence) or np.ndim(shape) == 1 else None
    if sizes is None or any(size is None for size in sizes):
        shown = shape if sizes is None else show_shape(sizes)
        raise ValueError(
            f"{caller}: shape must be a tuple of known sizes, got shape={shown}. "
            "Write for example shape=(3, 2)."
        )
    return tuple(int(size) if isinstance(size, np.integer) else size for size in sizes)


def float_dtype(dtype: Any, caller: str) -> str:
    """The name of the float to draw in, as JAX has it: float64 only where that is on."""
    name = dtypes.standardize(dtype)
    if not dtypes.is_float(name):
        raise ValueError(f'{caller}: dtype must be a float, got dtype="{name}". Write dtype="float32".')
    return str(jax.dtypes.canonicalize_dtype(name))


def _on_host(key: Any, shape: tuple[Any, ...], dtype: str, *numbers: Any) -> bool:
    """Whether NumPy draws: a known key, plain numbers, few float32, and JAX's default generator."""
    return (
        dtype == "float32"
        and isinstance(key, np.ndarray)
        and all(isinstance(item, (int, float, np.number)) for item in (*shape, *numbers))
        and math.prod(shape) <= threefry.LARGEST
        and all(getattr(jax.config, name) == value for name, value in _HOST_SETTINGS.items())
    )


def draw_uniform(shape: Any, minval: Any, maxval: Any, dtype: Any, seed: Any) -> Any:
    """What `uniform` draws; a NumPy array where the host can draw it."""
    shape, dtype = _shape(shape, "uniform"), float_dtype(dtype, "uniform")
    key = draw_seed(seed)
    if _on_host(key, shape, dtype, minval, maxval):
        return threefry.uniform(key, shape, minval, maxval)
    return jax.random.uniform(key, shape, dtype, minval, maxval)


def draw_normal(shape: Any, mean: Any, stddev: Any, dtype: Any, seed: Any) -> Any:
    """What `normal` draws; a NumPy array where the host can draw it."""
    shape, dtype = _shape(shape, "normal"), float_dtype(dtype, "normal")
    key = draw_seed(seed)
    if _on_host(key, shape, dtype, mean, stddev):
        return threefry.normal(key, shape) * np.float32(stddev) + np.float32(mean)
    return jax.random.normal(key, shape, dtype) * stddev + mean


def draw_truncated_normal(shape: Any, mean: Any, stddev: Any, dtype: Any, seed: Any) -> Any:
    """What `truncated_normal` draws; a NumPy array where the host can draw it."""
    shape, dtype = _shape(shape, "truncated_normal"), float_dtype(dtype, "truncated_normal")
    key = draw_seed(seed)
    if _on_host(key, shape, dtype, mean, stddev):
        return threefry.truncated_normal(key, shape) * np.float32(stddev) + np.float32(mean)
    return jax.random.truncated_normal(key, -2.0, 2.0, shape, dtype) * stddev + mean


def _numbers(x: Any, caller: str) -> jax.Array:
    """An array, not a symbolic tensor."""
    if isinstance(x, KerasTensor):
        raise ValueError(
            f"{caller}: a symbolic tensor ({show_shape(x.shape)}) has no values yet, and numbers are "
            "to be drawn anew at each call of the model. Draw them in a layer: "
            "cornu.layers.Dropout(0.5)(x), or in the call of one of yours, which keeps a SeedGenerator."
        )
    return jnp.asarray(x)


def _on_device(array: Any) -> Any:
    """A JAX array."""
    return array if isinstance(array, jax.Array) else jax.device_put(array)


def normal(
    shape: Any, mean: Any = 0.0, stddev: Any = 1.0, dtype: Any = None, seed: Any = None
) -> jax.Array:
    """Numbers of the normal distribution N(mean, stddev²).

    Args:
        shape: of the result.
        mean: 0 by default.
        stddev: the standard deviation; 1 by default.
        dtype: a float; 'float32' unless `floatx` says otherwise.
        seed: see the module; None by default.

    Raises:
        ValueError: if the shape is not fully known or the dtype is no float.

    Example:
        >>> normal((3,), seed=1).shape
        (3,)
    """
    drawn: jax.Array = _on_device(draw_normal(shape, mean, stddev, dtype, seed))
    return drawn


def uniform(
    shape: Any, minval: Any = 0.0, maxval: Any = 1.0, dtype: Any = None, seed: Any = None
) -> jax.Array:
    """Numbers spread evenly over [minval, maxval).

    Args:
        shape: of the result.
        minval: the smallest possible number; 0 by default.
        maxval: the bound above, not reached; 1 by default.
        dtype: a float; 'float32' unless `floatx` says otherwise.
        seed: see the module; None by default.

    Raises:
        ValueError: if the shape is not fully known or the dtype is no float.

    Example:
        >>> x = uniform((100,), -1.0, 1.0, seed=1)
        >>> bool((x >= -1).all() and (x < 1).all())
        True
    """
    drawn: jax.Array = _on_device(draw_uniform(shape, minval, maxval, dtype, seed))
    return drawn


def truncated_normal(
    shape: Any, mean: Any = 0.0, stddev: Any = 1.0, dtype: Any = None, seed: Any = None
) -> jax.Array:
    """Numbers of N(mean, stddev²), none further than two `stddev` from `mean`.

    Args:
        shape: of the result.
        mean: 0 by default.
        stddev: the standard deviation before truncation; 1 by default.
        dtype: a float; 'float32' unless `floatx` says otherwise.
        seed: see the module; None by default.

    Raises:
        ValueError: if the shape is not fully known or the dtype is no float.

    Example:
        >>> bool((abs(truncated_normal((1000,), seed=1)) < 2).all())
        True
    """
    drawn: jax.Array = _on_device(draw_truncated_normal(shape, mean, stddev, dtype, seed))
    return drawn


def randint(shape: Any, minval: Any, maxval: Any, dtype: Any = "int32", seed: Any = None) -> jax.Array:
    """Integers from minval to maxval - 1, all equally likely.

    Args:
        shape: of the result.
        minval: the smallest integer.
        maxval: one more than the largest.
        dtype: an integer dtype; 'int32' by default.
        seed: see the module; None by default.

    Raises:
        ValueError: if the dtype is no integer.

    Example:
        >>> dice = randint((100,), 1, 7, seed=1)
        >>> int(dice.min()), int(dice.max())
        (1, 6)
    """
    name = dtypes.standardize("int32" if dtype is None else dtype)
    if "int" not in name:
        raise ValueError(
            f'randint: dtype must be an integer dtype, got dtype="{name}". Write dtype="int32".'
        )
    return jax.random.randint(draw_seed(seed), _shape(shape, "randint"), minval, maxval, name)


def categorical(logits: Any, num_samples: int, dtype: Any = "int32", seed: Any = None) -> jax.Array:
    """Classes drawn with the probabilities softmax(logits), for each row.

    Args:
        logits: shape (batch, classes).
        num_samples: how many to draw for each row.
        dtype: of the result; 'int32' by default.
        seed: see the module; None by default.

    Returns:
        Shape (batch, num_samples).

    Raises:
        ValueError: if `logits` is not two-dimensional.

    Example:
        >>> categorical([[0.0, 100.0], [100.0, 0.0]], 3, seed=1).tolist()
        [[1, 1, 1], [0, 0, 0]]
    """
    logits = _numbers(logits, "categorical")
    if logits.ndim != 2:
        raise ValueError(
            "categorical: logits must have the shape (batch, classes), "
            f"got shape {show_shape(logits.shape)}. For one row write logits[None, :]."
        )
    key = draw_seed(seed)
    shape = (logits.shape[0], num_samples)
    drawn = jax.random.categorical(key, logits[..., None], axis=1, shape=shape)
    return jnp.asarray(drawn, dtypes.standardize(dtype))


def dropout(inputs: Any, rate: float, noise_shape: Any = None, seed: Any = None) -> jax.Array:
    """Sets a share `rate` of the numbers to 0 and divides the others by 1 - rate.

    Args:
        inputs: an array of any shape.
        rate: from 0 to 1.
        noise_shape: the shape of the random mask, stretched to that of `inputs`; None stands for
            a size of `inputs`. A size of 1 drops together all numbers along that axis.
        seed: see the module; None by default.

    Raises:
        ValueError: if `rate` is not from 0 to 1.

    Example:
        >>> sorted(set(dropout(np.ones(100, "float32"), 0.5, seed=1).tolist()))
        [0.0, 2.0]

    Source: Srivastava et al., Dropout: a simple way to prevent neural networks from overfitting
    (2014).
    """
    x = _numbers(inputs, "dropout")
    if not 0 <= rate <= 1:
        raise ValueError(f"dropout: rate must be from 0 to 1, got rate={rate}. Write rate=0.5.")
    if rate == 0:
        return x
    if rate == 1:
        return jnp.zeros_like(x)
    sizes = x.shape if noise_shape is None else tuple(noise_shape)
    sizes = tuple(x.shape[axis] if size is None else size for axis, size in enumerate(sizes))
    keep = chosen(draw_seed(seed), 1.0 - rate, sizes)
    return jnp.where(keep, x / (1.0 - rate), 0)


def shuffle(x: Any, axis: int = 0, seed: Any = None) -> jax.Array:
    """The numbers of `x` in random order along an axis, each line of them in an order of its own.

    Args:
        x: an array.
        axis: 0 by default.
        seed: see the module; None by default.

    Example:
        >>> sorted(shuffle([3, 1, 2], seed=1).tolist())
        [1, 2, 3]
    """
    x = _numbers(x, "shuffle")
    return jax.random.permutation(draw_seed(seed), x, axis, independent=True)


def gamma(shape: Any, alpha: Any, dtype: Any = None, seed: Any = None) -> jax.Array:
    """Numbers of the gamma distribution, whose density is x^(alpha-1) e^(-x) / Γ(alpha).

    Args:
        shape: of the result.
        alpha: a positive number, or an array that broadcasts to `shape`.
        dtype: a float; 'float32' unless `floatx` says otherwise.
        seed: see the module; None by default.

    Example:
        >>> bool((gamma((10,), 2.0, seed=1) > 0).all())
        True
    """
    name = float_dtype(dtype, "gamma")
    return jax.random.gamma(draw_seed(seed), alpha, _shape(shape, "gamma"), name)


def binomial(
    shape: Any, counts: Any, probabilities: Any, dtype: Any = None, seed: Any = None
) -> jax.Array:
    """How many of `counts` trials succeed, each with a probability of `probabilities`.

    Args:
        shape: of the result.
        counts: a number, or an array that broadcasts to `shape`.
        probabilities: likewise, from 0 to 1.
        dtype: a float; 'float32' unless `floatx` says otherwise.
        seed: see the module; None by default.

    Example:
        >>> binomial((3,), 10, 1.0, seed=1).tolist()
        [10.0, 10.0, 10.0]
    """
    name = float_dtype(dtype, "binomial")
    key, trials, chance = draw_seed(seed), jnp.asarray(counts), jnp.asarray(probabilities)
    return jax.random.binomial(key, trials, chance, _shape(shape, "binomial"), name)


def beta(shape: Any, alpha: Any, beta: Any, dtype: Any = None, seed: Any = None) -> jax.Array:
    """Numbers of the beta distribution on (0, 1): density ∝ x^(alpha-1) (1-x)^(beta-1).

    Args:
        shape: of the result.
        alpha: a positive number, or an array that broadcasts to `shape`.
        beta: likewise.
        dtype: a float; 'float32' unless `floatx` says otherwise.
        seed: see the module; None by default.

    Example:
        >>> x = beta((10,), 2.0, 3.0, seed=1)
        >>> bool((x > 0).all() and (x < 1).all())
        True
    """
    name = float_dtype(dtype, "beta")
    key, a, b = draw_seed(seed), jnp.asarray(alpha), jnp.asarray(beta)
    return jax.random.beta(key, a, b, _shape(shape, "beta"), name)
