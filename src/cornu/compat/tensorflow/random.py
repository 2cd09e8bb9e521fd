"""`tf.random`: random numbers, new ones at each call, the same ones again after `set_seed`.

In a compiled function, too: the state is a variable, which `fit` and `tf.function` carry along. The
numbers are those of Cornu's generator, not TensorFlow's.
"""

from __future__ import annotations

import random as python_random
from typing import Any

import jax
import jax.numpy as jnp
import numpy as np

from cornu import ops
from cornu import random as cornu_random
from cornu.compat.tensorflow.arrays import convert_to_tensor
from cornu.compat.tensorflow.rows import named
from cornu.core import dtypes
from cornu.core.errors import describe

__all__ = [
    *("Generator", "categorical", "experimental", "gamma", "get_global_generator", "normal"),
    *("poisson", "set_global_generator", "set_seed", "shuffle", "stateless_normal"),
    *("stateless_truncated_normal", "stateless_uniform", "truncated_normal", "uniform"),
]
_sources: dict[int | None, cornu_random.SeedGenerator] = {}  # by the seed of the call
_set: dict[str, int] = {}  # what set_seed was given


def set_seed(seed: int) -> None:
    """Starts all random numbers of tf and of layers anew. NumPy's stay as they are.

    >>> set_seed(1)
    >>> first = normal((2,)).tolist()
    >>> set_seed(1)
    >>> normal((2,)).tolist() == first
    True
    """
    number = int(cornu_random.int_key(int(seed))[0])
    python_random.seed(number)  # which layers without a seed draw theirs from
    cornu_random._unseeded = None
    _set["seed"] = number
    for given, source in _sources.items():
        source.state.assign(_key(given))


def _key(seed: int | None) -> Any:
    """Where the numbers of calls with this seed start."""
    number = _set.get("seed")
    if number is None:
        return cornu_random.int_key(cornu_random.default_seed() if seed is None else seed)
    return cornu_random.int_key(number if seed is None else (number * 1000003 + seed) % 2**32)


def _source(seed: Any) -> Any:
    """The generator for calls with this seed, or without one."""
    if seed is not None and not isinstance(seed, (int, np.integer)):
        raise TypeError(f"tf.random: seed is a whole number or None, got {describe(seed)}.")
    seed = None if seed is None else int(seed)
    if seed not in _sources:
        _sources[seed] = cornu_random.SeedGenerator(int(_key(seed)[0]))
    return _sources[seed]


def _shape(shape: Any) -> tuple[Any, ...]:
    """Sizes as numbers of Python, where they are known; a size of a program stays."""
    sizes = (shape,) if np.ndim(shape) == 0 and not isinstance(shape, (list, tuple)) else tuple(shape)
    return tuple(int(size) if hasattr(size, "dtype") else size for size in sizes)


def _normal(key: Any, shape: Any, mean: Any, stddev: Any, dtype: Any) -> Any:
    return cornu_random.normal(_shape(shape), 0.0, 1.0, dtype, key) * stddev + mean


def _truncated(key: Any, shape: Any, mean: Any, stddev: Any, dtype: Any) -> Any:
    return cornu_random.truncated_normal(_shape(shape), 0.0, 1.0, dtype, key) * stddev + mean


def _uniform(key: Any, shape: Any, minval: Any, maxval: Any, dtype: Any) -> Any:
    dtype = dtypes.standardize(dtype)
    if dtypes.is_float(dtype):
        most = 1 if maxval is None else maxval
        return cornu_random.uniform(_shape(shape), 0.0, 1.0, dtype, key) * (most - minval) + minval
    if maxval is None:
        raise ValueError("tf.random.uniform of whole numbers needs maxval=, which is not among them.")
    return cornu_random.randint(_shape(shape), minval, maxval, dtype, key)


@named
def normal(
    shape: Any, mean: Any = 0.0, stddev: Any = 1.0, dtype: Any = "float32", seed: Any = None
) -> Any:
    """Numbers of a normal distribution."""
    return _normal(_source(seed).next(), shape, mean, stddev, dtype)


@named
def truncated_normal(
    shape: Any, mean: Any = 0.0, stddev: Any = 1.0, dtype: Any = "float32", seed: Any = None
) -> Any:
    """Numbers of a normal distribution, none further than two deviations from the mean."""
    return _truncated(_source(seed).next(), shape, mean, stddev, dtype)


@named
def uniform(
    shape: Any, minval: Any = 0, maxval: Any = None, dtype: Any = "float32", seed: Any = None
) -> Any:
    """Numbers from `minval` to below `maxval`: 1 for floats; whole numbers need one."""
    return _uniform(_source(seed).next(), shape, minval, maxval, dtype)


@named
def shuffle(value: Any, seed: Any = None) -> Any:
    """The rows in a random order."""
    return cornu_random.shuffle(convert_to_tensor(value), 0, _source(seed).next())


@named
def categorical(logits: Any, num_samples: int, dtype: Any = None, seed: Any = None) -> Any:
    """For each row so many numbers of classes, drawn with the probabilities softmax(logits)."""
    return cornu_random.categorical(logits, num_samples, dtype or "int32", _source(seed).next())


@named
def gamma(shape: Any, alpha: Any, beta: Any = None, dtype: Any = "float32", seed: Any = None) -> Any:
    """Numbers of gamma distributions: `shape` for each alpha."""
    alpha, rate = (
        convert_to_tensor(alpha, dtype),
        convert_to_tensor(1.0 if beta is None else beta, dtype),
    )
    sizes = (*_shape(shape), *jnp.broadcast_shapes(alpha.shape, rate.shape))
    return cornu_random.gamma(sizes, alpha, dtype, _source(seed).next()) / rate


@named
def poisson(shape: Any, lam: Any, dtype: Any = "float32", seed: Any = None) -> Any:
    """Numbers of Poisson distributions: `shape` for each lam."""
    lam = convert_to_tensor(lam, "float32")
    key = jax.random.wrap_key_data(jnp.asarray(_source(seed).next()))
    return ops.cast(jax.random.poisson(key, lam, (*_shape(shape), *lam.shape)), dtype)


def _stateless(seed: Any) -> Any:
    pair = np.asarray(seed)
    if pair.shape != (2,):
        raise ValueError(
            f"tf.random.stateless_...: seed is a pair of whole numbers, got {describe(seed)}."
        )
    return pair.astype(np.uint32)


@named
def stateless_normal(
    shape: Any, seed: Any, mean: Any = 0.0, stddev: Any = 1.0, dtype: Any = "float32"
) -> Any:
    """As `normal`; for the same pair of numbers as seed, always the same."""
    return _normal(_stateless(seed), shape, mean, stddev, dtype)


@named
def stateless_truncated_normal(
    shape: Any, seed: Any, mean: Any = 0.0, stddev: Any = 1.0, dtype: Any = "float32"
) -> Any:
    """As `truncated_normal`; for the same pair of numbers as seed, always the same."""
    return _truncated(_stateless(seed), shape, mean, stddev, dtype)


@named
def stateless_uniform(
    shape: Any, seed: Any, minval: Any = 0, maxval: Any = None, dtype: Any = "float32"
) -> Any:
    """As `uniform`; for the same pair of numbers as seed, always the same."""
    return _uniform(_stateless(seed), shape, minval, maxval, dtype)


class Generator:
    """A source of random numbers of its own.

    Args:
        source: a `SeedGenerator`. Use `from_seed` or `from_non_deterministic_state`.

    Example:
        >>> g = Generator.from_seed(1)
        >>> g.normal((2,)).shape, g.uniform((3,), 0, 10, "int32").shape
        ((2,), (3,))
    """

    def __init__(self, source: Any) -> None:
        self._source = source

    @classmethod
    def from_seed(cls, seed: int, alg: Any = None) -> Generator:
        """A generator that starts from this number.

        Raises:
            ValueError: for an `alg`: there is one algorithm, JAX's.
        """
        if alg is not None:
            raise ValueError("tf.random.Generator.from_seed(alg=...): leave it out: JAX has its own.")
        return cls(cornu_random.SeedGenerator(int(seed)))

    @classmethod
    def from_non_deterministic_state(cls) -> Generator:
        """A generator that starts anywhere."""
        return cls(cornu_random.SeedGenerator())

    @property
    def state(self) -> Any:
        """What the next numbers depend on."""
        return self._source.state

    def reset_from_seed(self, seed: int) -> None:
        """Starts anew from this number."""
        self._source.state.assign(cornu_random.int_key(int(seed)))

    @named
    def normal(self, shape: Any, mean: Any = 0.0, stddev: Any = 1.0, dtype: Any = "float32") -> Any:
        """As `tf.random.normal`."""
        return _normal(self._source.next(), shape, mean, stddev, dtype)

    @named
    def truncated_normal(
        self, shape: Any, mean: Any = 0.0, stddev: Any = 1.0, dtype: Any = "float32"
    ) -> Any:
        """As `tf.random.truncated_normal`."""
        return _truncated(self._source.next(), shape, mean, stddev, dtype)

    @named
    def uniform(self, shape: Any, minval: Any = 0, maxval: Any = None, dtype: Any = "float32") -> Any:
        """As `tf.random.uniform`."""
        return _uniform(self._source.next(), shape, minval, maxval, dtype)

    def make_seeds(self, count: int = 1) -> Any:
        """So many pairs for the seeds of `tf.random.stateless_...`, as the columns of a tensor."""
        return jnp.stack([jnp.asarray(self._source.next()) for _ in range(count)], axis=1).astype(
            "int32"
        )

    def split(self, count: int = 1) -> list[Generator]:
        """So many generators, independent of each other."""
        numbers = [int(_uniform(self._source.next(), (), 0, 2**31 - 1, "int32")) for _ in range(count)]
        return [Generator.from_seed(number) for number in numbers]


def get_global_generator() -> Generator:
    """The generator that calls without a seed draw from."""
    return Generator(_source(None))


def set_global_generator(generator: Generator) -> None:
    """Lets calls without a seed draw from this one."""
    _sources[None] = generator._source


class experimental:
    """Where `Generator` was before."""

    Generator = Generator
    get_global_generator = staticmethod(get_global_generator)
    set_global_generator = staticmethod(set_global_generator)
