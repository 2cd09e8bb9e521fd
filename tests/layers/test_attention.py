"""Attention and AdditiveAttention: worked values, masks, and wrong lists."""

import jax
import jax.numpy as jnp
import numpy as np
import pytest

import cornu
from cornu.core.masks import mask_of, set_mask
from cornu.layers import AdditiveAttention, Attention, Embedding

RNG = np.random.default_rng(6)
QUERY = RNG.normal(size=(2, 3, 4)).astype("float32")
VALUE = RNG.normal(size=(2, 5, 4)).astype("float32")
KEY = RNG.normal(size=(2, 5, 4)).astype("float32")
VALUE_MASK = np.array([[1, 1, 0, 0, 1], [1, 1, 1, 1, 0]], bool)
QUERY_MASK = np.array([[1, 1, 0], [1, 0, 0]], bool)


def softmax(scores):
    e = np.exp(scores - scores.max(-1, keepdims=True))
    return e / e.sum(-1, keepdims=True)


def test_one_query_by_hand():
    # The scores are log 3 and 0, so the weights are 3/4 and 1/4.
    query, key = np.array([[[1.0]]]), np.array([[[np.log(3.0)], [0.0]]])
    value = np.array([[[4.0, 0.0], [0.0, 8.0]]])
    output, weights = Attention()([query, value, key], return_attention_scores=True)
    np.testing.assert_allclose(weights, [[[0.75, 0.25]]], rtol=1e-6)
    np.testing.assert_allclose(output, [[[3.0, 2.0]]], rtol=1e-6)


def test_masks_take_out_values_and_queries():
    output, weights = Attention()(
        [QUERY, VALUE, KEY], mask=[QUERY_MASK, VALUE_MASK], return_attention_scores=True
    )
    scores = np.where(VALUE_MASK[:, None], QUERY @ KEY.swapaxes(1, 2), -np.inf)
    np.testing.assert_allclose(weights, softmax(scores), rtol=1e-5, atol=1e-7)
    expected = np.where(QUERY_MASK[..., None], softmax(scores) @ VALUE, 0)
    np.testing.assert_allclose(output, expected, rtol=1e-5, atol=1e-6)


def test_a_causal_query_sees_what_came_before():
    x = RNG.normal(size=(1, 4, 2)).astype("float32")
    layer = Attention()
    weights = layer([x, x], return_attention_scores=True, use_causal_mask=True)[1]
    assert (np.asarray(weights)[0][np.triu_indices(4, 1)] == 0).all()
    for steps in (1, 3):
        np.testing.assert_allclose(
            layer([x, x], use_causal_mask=True)[:, :steps],
            layer([x[:, :steps], x[:, :steps]], use_causal_mask=True),
            rtol=1e-5,
        )


def test_additive_scores():
    layer = AdditiveAttention()
    layer([QUERY, VALUE])
    scale = np.array([1.0, -2.0, 0.5, 3.0], "float32")
    layer.set_weights([scale])
    weights = layer([QUERY, VALUE, KEY], return_attention_scores=True)[1]
    scores = (scale * np.tanh(QUERY[:, :, None] + KEY[:, None])).sum(-1)
    np.testing.assert_allclose(weights, softmax(scores), rtol=1e-5)
    assert "score_mode" not in layer.get_config()


def test_masks_of_the_inputs_are_used_and_that_of_the_query_goes_on():
    query, value = jnp.asarray(QUERY), jnp.asarray(VALUE)
    set_mask(query, jnp.asarray(QUERY_MASK))
    set_mask(value, jnp.asarray(VALUE_MASK))
    layer = Attention()
    output = layer([query, value])
    np.testing.assert_array_equal(mask_of(output), QUERY_MASK)
    np.testing.assert_allclose(output, layer([QUERY, VALUE], mask=[QUERY_MASK, VALUE_MASK]))
    assert mask_of(layer([jnp.asarray(QUERY), value])) is None
    np.testing.assert_allclose(
        layer([QUERY, VALUE, KEY], mask=[None, None, VALUE_MASK]),
        layer([QUERY, VALUE, KEY], mask=[None, VALUE_MASK]),
    )


def test_a_query_that_sees_nothing_sees_all_alike_and_teaches_nothing():
    layer, nothing = Attention(), np.zeros((2, 5), bool)
    output = layer([QUERY, VALUE], mask=[None, nothing])
    np.testing.assert_allclose(
        output, np.repeat(VALUE.mean(1, keepdims=True), 3, 1), rtol=1e-5, atol=1e-6
    )
    slope = jax.grad(lambda query: layer([query, VALUE], mask=[None, nothing]).sum())(QUERY)
    assert (np.asarray(slope) == 0).all()


@pytest.mark.parametrize("dtype", ["float16", "bfloat16"])
def test_masked_values_count_for_nothing_in_half_precision(dtype):
    loud = VALUE * 1000 * ~VALUE_MASK[..., None]
    output = Attention(dtype=dtype)([QUERY, loud, KEY], mask=[None, VALUE_MASK])
    assert output.dtype == dtype
    assert (np.asarray(output, "float32") == 0).all()


def test_more_axes_are_kept_apart():
    query, value = RNG.normal(size=(2, 3, 4, 5)), RNG.normal(size=(2, 3, 6, 5))
    mask = RNG.random((2, 3, 6)) < 0.6
    layer = Attention()
    whole = layer([query, value], mask=[None, mask])
    for i in range(3):
        part = layer([query[:, i], value[:, i]], mask=[None, mask[:, i]])
        np.testing.assert_allclose(whole[:, i], part, rtol=1e-5, atol=1e-6)


@pytest.mark.parametrize("kind", [Attention, AdditiveAttention])
def test_in_a_functional_model(kind):
    words, more = cornu.Input((None,), dtype="int32"), cornu.Input((None,), dtype="int32")
    table = Embedding(9, 4, mask_zero=True)
    output = kind()([table(words), table(more)])
    assert output.shape == (None, None, 4)
    model = cornu.Model([words, more], output)
    x = [RNG.integers(1, 9, (6, 3)), RNG.integers(1, 9, (6, 5))]
    padded = np.pad(x[1], [(0, 0), (0, 2)])
    np.testing.assert_allclose(
        model.predict([x[0], padded], verbose=0), model.predict(x, verbose=0), rtol=1e-5, atol=1e-7
    )
    again = cornu.Model.from_config(model.get_config())
    again.set_weights(model.get_weights())
    np.testing.assert_allclose(again.predict(x, verbose=0), model.predict(x, verbose=0), rtol=1e-5)


@pytest.mark.parametrize(
    ("make", "words"),
    [
        (
            lambda: Attention()(QUERY),
            r"called on a list, \[query, value\] .* got one tensor. .*\[x, x\]",
        ),
        (lambda: Attention()([QUERY]), "got 1 tensors"),
        (lambda: Attention()([QUERY] * 4), "got 4 tensors"),
        (lambda: AdditiveAttention()(cornu.Input((3, 4))), "AdditiveAttention .* got one tensor"),
        (lambda: Attention()([QUERY[0], VALUE[0]]), r"same number of axes.*query \(3, 4\), value"),
        (lambda: Attention()([QUERY, VALUE[0]]), r"same number of axes.*value \(5, 4\)"),
        (
            lambda: Attention()([QUERY[..., :2], VALUE]),
            r"queries of size 2 cannot be compared with keys of size 4; got query \(2, 3, 2\), value",
        ),
        (lambda: Attention()([QUERY, VALUE, KEY[:, 1:]]), r"a key for each value; .*key \(2, 4, 4\)"),
        (
            lambda: Attention()([QUERY[:1], VALUE]),
            "may differ in size along axis 1 and the features only",
        ),
        (
            lambda: Attention()([QUERY, VALUE], mask=VALUE_MASK),
            r"mask must be a list, \[query_mask, value_mask\].* got bool array of shape \(2, 5\)",
        ),
        (lambda: Attention()([QUERY, VALUE], mask=[VALUE_MASK]), "must be a list.*got 1 of them"),
        (
            lambda: Attention()([QUERY, VALUE], mask=[VALUE_MASK, VALUE_MASK]),
            r"query_mask has shape \(2, 5\), but the query has shape \(2, 3, 4\), .* must have \(2, 3\)",
        ),
        (
            lambda: Attention()([QUERY, VALUE], mask=[None, VALUE_MASK[..., None]]),
            r"value_mask has shape \(2, 5, 1\), .* must have \(2, 5\): one True or False for each step",
        ),
        (lambda: Attention(score_mode="dots"), "must be 'dot' or 'concat', got 'dots'. Did you mean"),
        (lambda: Attention(dropout=1.5), r"dropout must be a number from 0 to 1.*got dropout=1\.5"),
        (lambda: AdditiveAttention(dropout="0.5"), "got dropout='0.5'"),
        (lambda: AdditiveAttention(score_mode="dot"), 'no argument "score_mode"'),
    ],
)
def test_errors_teach(make, words):
    with pytest.raises(ValueError, match=words):
        make()
