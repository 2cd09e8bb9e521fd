"""Random masks written out in a program, compared with those of `jax.random`."""

import jax
import numpy as np
import pytest

from cornu.core import threefry
from cornu.core.chance import MANY, chosen, hashed


def test_the_words_are_those_of_numpy_by_hand():
    place = np.arange(5, 50, dtype=np.uint32)
    words = jax.jit(hashed)(np.uint32(7), np.uint32(9), place)
    np.testing.assert_array_equal(words, threefry.bits((7, 9), 5, 50))


@pytest.mark.parametrize("key", [jax.random.key(3), np.array([5, 7], "uint32")], ids=["typed", "raw"])
def test_masks_are_those_of_jax(key):
    shape, chances = (2, MANY // 2), (0.9, 0.5, 1 / 3, 1e-7, 1.0)
    found = jax.jit(lambda key: [chosen(key, p, shape) for p in chances])(key)
    for p, mask in zip(chances, found, strict=True):
        np.testing.assert_array_equal(mask, jax.random.bernoulli(key, p, shape))


def test_another_generator_keeps_its_own_numbers():
    key, shape = jax.random.key(3, impl="rbg"), (2, MANY // 2)
    expected = jax.jit(lambda key: jax.random.bernoulli(key, 0.5, shape))(key)
    np.testing.assert_array_equal(jax.jit(lambda key: chosen(key, 0.5, shape))(key), expected)


def test_masks_can_be_mapped_over_keys():
    keys, shape = jax.random.split(jax.random.key(0), 3), (2, MANY // 2)
    found = jax.jit(jax.vmap(lambda key: chosen(key, 0.5, shape)))(keys)
    np.testing.assert_array_equal(found[2], jax.random.bernoulli(keys[2], 0.5, shape))
