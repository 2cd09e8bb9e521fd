"""MultiHeadAttention and GroupQueryAttention: the formula, masks, flash attention, and a transformer."""

import re

import jax
import jax.numpy as jnp
import numpy as np
import pytest

import cornu
from cornu.core.masks import mask_of, set_mask
from cornu.layers import Dense, Embedding, GroupQueryAttention, Lambda, MultiHeadAttention
from cornu.ops.formulas import attention

RNG = np.random.default_rng(8)
QUERY = RNG.normal(size=(2, 3, 4)).astype("float32")
VALUE = RNG.normal(size=(2, 5, 6)).astype("float32")
KEY = RNG.normal(size=(2, 5, 3)).astype("float32")
QUERY_MASK = np.array([[1, 1, 0], [1, 1, 1]], bool)
VALUE_MASK = np.array([[1, 1, 0, 0, 1], [1, 1, 1, 1, 0]], bool)
PAIRS = np.array([[1, 0, 1, 1, 1], [1, 1, 1, 0, 0], [0, 1, 1, 1, 1]], bool)


def with_weights(layer, *inputs, **call):
    layer(*inputs, **call)
    layer.set_weights([RNG.normal(size=w.shape) for w in layer.weights])
    return layer


def by_hand(layer, query, value, key, allowed=True, shared=1):
    """One head after the other, in float64."""
    parts = iter(np.asarray(w, "float64") for w in layer.weights)
    (wq, bq), (wk, bk), (wv, bv), (wo, bo) = [(next(parts), next(parts)) for _ in range(4)]
    total, weights = bo, []
    for head in range(wq.shape[1]):
        group = head // shared
        q = query @ wq[:, head] + bq[head]
        k = key @ wk[:, group] + bk[group]
        v = value @ wv[:, group] + bv[group]
        scores = np.where(allowed, q @ k.swapaxes(1, 2) / np.sqrt(q.shape[-1]), -1e30)
        p = np.exp(scores - scores.max(-1, keepdims=True))
        p /= p.sum(-1, keepdims=True)
        weights.append(p)
        total = total + p @ v @ wo[head]
    return total, np.stack(weights, 1)


# -- the formula -----------------------------------------------------------------------------------


@pytest.mark.parametrize("shared", [1, 2, 4])
@pytest.mark.parametrize("masked", [False, True])
def test_head_by_head(shared, masked):
    if shared == 1:
        layer = MultiHeadAttention(4, 3, value_dim=2, output_shape=7)
    else:
        layer = GroupQueryAttention(3, 4, 4 // shared)
    with_weights(layer, QUERY, VALUE, KEY)
    mask = {"attention_mask": PAIRS, "value_mask": VALUE_MASK} if masked else {}
    allowed = PAIRS & VALUE_MASK[:, None] if masked else True
    expected, weights = by_hand(layer, QUERY, VALUE, KEY, allowed, shared)
    output, found = layer(QUERY, VALUE, KEY, return_attention_scores=True, **mask)
    np.testing.assert_allclose(output, expected, rtol=1e-4, atol=1e-5)
    np.testing.assert_allclose(found, weights, rtol=1e-4, atol=1e-6)
    np.testing.assert_allclose(layer(QUERY, VALUE, KEY, **mask), expected, rtol=1e-4, atol=1e-5)


@pytest.mark.parity
@pytest.mark.parametrize("gate", [False, True])
@pytest.mark.parametrize("name", ["MultiHeadAttention", "GroupQueryAttention"])
def test_the_first_weights_and_the_names_that_follow_are_those_of_keras(name, gate):
    import keras

    found, names = [], []
    for library in (cornu, keras):
        library.utils.clear_session(free_memory=False)
        library.utils.set_random_seed(5)
        first = {"MultiHeadAttention": (2, 3), "GroupQueryAttention": (3, 4, 2)}[name]
        layer = getattr(library.layers, name)(*first, use_gate=gate, dropout=0.2)
        after = library.layers.Dropout(0.1), library.layers.Dense(2)
        layer(QUERY, VALUE)
        after[1](QUERY)
        found.append([np.asarray(w) for w in (*layer.weights, after[1].kernel)])
        names.append([w.path for w in layer.weights] + [one.name for one in after])
    assert names[0] == names[1]
    for ours, theirs in zip(*found, strict=True):
        np.testing.assert_allclose(ours, theirs, rtol=1e-5, atol=1e-7)


def test_a_seeded_initializer_gives_all_kernels_the_same_start():
    layer = MultiHeadAttention(2, 3, kernel_initializer=cornu.initializers.GlorotUniform(seed=1))
    layer(QUERY, QUERY)
    np.testing.assert_array_equal(layer.query_dense.kernel, layer.key_dense.kernel)
    free = MultiHeadAttention(2, 3)
    free(QUERY, QUERY)
    assert not np.array_equal(free.query_dense.kernel, free.key_dense.kernel)


def test_penalties_and_bounds_reach_each_projection():
    layer = MultiHeadAttention(
        2, 3, kernel_regularizer="l2", bias_constraint="non_neg", activity_regularizer="l1"
    )
    layer(QUERY, QUERY)
    assert len(layer.losses) == 8  # four outputs, four kernels
    assert all(w.constraint is not None for w in layer.weights if w.name == "bias")
    assert layer.get_config()["activity_regularizer"]["class_name"] == "L1"


# -- masks -----------------------------------------------------------------------------------------


def test_causal_and_window():
    layer = with_weights(MultiHeadAttention(2, 3, sliding_window=2), QUERY, QUERY)
    weights = np.asarray(layer(QUERY, QUERY, return_attention_scores=True, use_causal_mask=True)[1])
    seen = [[1, 0, 0], [1, 1, 0], [0, 1, 1]]
    assert ((weights > 0) == np.array(seen, bool)).all()
    weights = np.asarray(layer(QUERY, QUERY, return_attention_scores=True)[1])
    assert ((weights > 0) == np.array([[1, 1, 0], [1, 1, 1], [0, 1, 1]], bool)).all()


@pytest.mark.parametrize(
    "make", [lambda: MultiHeadAttention(2, 3), lambda: GroupQueryAttention(3, 4, 2)]
)
def test_masks_of_the_inputs_are_used_and_that_of_the_query_goes_on(make):
    layer = with_weights(make(), QUERY, VALUE, KEY)
    given = layer(QUERY, VALUE, KEY, query_mask=QUERY_MASK, value_mask=VALUE_MASK)
    tensors = [jnp.asarray(one) for one in (QUERY, VALUE, KEY)]
    set_mask(tensors[0], jnp.asarray(QUERY_MASK))
    set_mask(tensors[1], jnp.asarray(VALUE_MASK))
    output = layer(*tensors)
    np.testing.assert_array_equal(mask_of(output), QUERY_MASK)
    np.testing.assert_allclose(output, given, rtol=1e-6)
    by_pairs = layer(QUERY, VALUE, KEY, attention_mask=QUERY_MASK[..., None] & VALUE_MASK[:, None])
    np.testing.assert_allclose(output, by_pairs, rtol=1e-6)
    by_key = layer(QUERY, VALUE, KEY, query_mask=QUERY_MASK, key_mask=VALUE_MASK)
    np.testing.assert_allclose(output, by_key, rtol=1e-6)


@pytest.mark.parity
@pytest.mark.filterwarnings("ignore:.*was passed an input with a mask:UserWarning")  # Keras's GQA
@pytest.mark.parametrize("dropout", [0.0, 0.3])
@pytest.mark.parametrize("name", ["MultiHeadAttention", "GroupQueryAttention"])
def test_padded_words_are_treated_as_in_keras(name, dropout):
    """Padding hides keys, and leaves padded queries with nothing to look at."""
    import keras

    words, found = np.array([[3, 1, 2, 0], [4, 0, 0, 0]]), []
    table = RNG.normal(size=(5, 4)).astype("float32")
    kernels = None
    for library in (cornu, keras):
        embedding = library.layers.Embedding(5, 4, mask_zero=True, weights=[table])
        first = {"MultiHeadAttention": (2, 3), "GroupQueryAttention": (3, 4, 2)}[name]
        layer = getattr(library.layers, name)(*first, dropout=dropout)
        x = embedding(words)
        layer(x, x)  # after which, in Keras, x has no mask any more
        x = embedding(words)
        kernels = kernels or [RNG.normal(size=w.shape) for w in layer.weights]
        layer.set_weights(kernels)
        found.append(np.asarray(layer(x, x)))
    np.testing.assert_allclose(*found, rtol=1e-4, atol=1e-5)


def test_a_mask_for_each_head_and_masks_that_stretch():
    layer = with_weights(MultiHeadAttention(2, 3), QUERY, VALUE, KEY)
    per_head = np.stack([np.broadcast_to(PAIRS, (2, 3, 5)), np.ones((2, 3, 5), bool)], 1)
    weights = layer(QUERY, VALUE, KEY, attention_mask=per_head, return_attention_scores=True)[1]
    assert ((np.asarray(weights) > 0) == per_head).all()
    for same in (
        PAIRS[None],
        PAIRS[None, None],
        np.broadcast_to(PAIRS, (2, 3, 5)),
        PAIRS.astype("int32"),
    ):
        np.testing.assert_allclose(
            layer(QUERY, VALUE, KEY, attention_mask=same), layer(QUERY, VALUE, KEY, attention_mask=PAIRS)
        )


@pytest.mark.parametrize("axes", [1, 2, -2, (1, 2)])
def test_attention_along_some_axes(axes):
    """Axes that are kept apart behave as a part of the batch; several attended ones as one."""
    x = RNG.normal(size=(2, 3, 4, 5)).astype("float32")
    mask = RNG.random((2, 3, 4)) < 0.7
    mask[:, 0, 0] = mask[:, :, 0] = mask[:, 0] = True
    layer = with_weights(MultiHeadAttention(2, 3, attention_axes=axes, dropout=0.1), x, x)
    plain = MultiHeadAttention(2, 3, dropout=0.1)
    plain(x[:, 0], x[:, 0])
    plain.set_weights(layer.get_weights())
    found = layer(x, x, value_mask=mask)
    if axes == (1, 2):
        flat = x.reshape(2, 12, 5)
        expected = np.asarray(plain(flat, flat, value_mask=mask.reshape(2, 12))).reshape(x.shape)
    elif axes == 1:
        expected = np.stack(
            [plain(x[:, :, i], x[:, :, i], value_mask=mask[:, :, i]) for i in range(4)], 2
        )
    else:
        expected = np.stack([plain(x[:, i], x[:, i], value_mask=mask[:, i]) for i in range(3)], 1)
    np.testing.assert_allclose(found, expected, rtol=1e-4, atol=1e-5)


def test_shapes_of_unknown_sizes():
    query, value = cornu.Input((None, 4)), cornu.Input((5, 6))
    for layer in (MultiHeadAttention(2, 3, output_shape=(2, 7)), GroupQueryAttention(3, 4, 1)):
        output, weights = layer(query, value, return_attention_scores=True, use_causal_mask=True)
        heads = 2 if isinstance(layer, MultiHeadAttention) else 4
        assert weights.shape == (None, heads, None, 5)
        assert output.shape[:2] == (None, None)
    assert MultiHeadAttention(2, 3, output_shape=(2, 7)).compute_output_shape(
        (None, 3, 4), (None, 5, 6)
    ) == (None, 3, 2, 7)


# -- flash attention -------------------------------------------------------------------------------


def test_flash_attention_is_refused_where_it_cannot_be_had():
    with pytest.raises(
        ValueError, match=r"flash_attention=True cannot be followed: it cannot drop weights"
    ):
        MultiHeadAttention(2, 3, flash_attention=True, dropout=0.1)
    layer = MultiHeadAttention(2, 8, flash_attention=True)
    with pytest.raises(ValueError, match="keeps no weights to return"):
        layer(QUERY, QUERY, return_attention_scores=True)
    if jax.default_backend() != "gpu":
        with pytest.raises(ValueError, match="needs an NVIDIA GPU with cuDNN, and JAX runs on 'cpu'"):
            layer(QUERY, QUERY)
    assert layer.get_config()["flash_attention"] is True


@pytest.mark.parametrize(
    ("query", "value", "words"),
    [
        (np.ones((1, 2, 2, 2, 8)), np.ones((1, 2, 2, 2, 8)), r"\(batch, steps, features\), got 4 axes"),
        (np.ones((1, 2, 2, 8), "float32"), np.ones((1, 2, 2, 8), "float32"), "got float32; use dtype"),
        (np.ones((1, 2, 2, 8), "float16"), np.ones((1, 2, 2, 4), "float16"), "same size.*got 8 and 4"),
        (np.ones((1, 2, 2, 6), "float16"), np.ones((1, 2, 2, 6), "float16"), "multiple of 8.*got 6"),
        (np.ones((1, 2, 2, 256), "float16"), np.ones((1, 2, 2, 256), "float16"), "at most 128"),
        (np.ones((1, 3, 2, 8), "float16"), np.ones((1, 2, 2, 8), "float16"), "even number.*got 3 and 2"),
    ],
)
def test_why_flash_attention_cannot_be_used(monkeypatch, query, value, words):
    monkeypatch.setattr(jax, "default_backend", lambda: "gpu")
    assert re.search(words, attention.flash_problem(query, query[:, :2], value))


@pytest.mark.skipif(jax.default_backend() != "gpu", reason="cuDNN's flash attention needs a GPU")
@pytest.mark.parametrize("call", [{}, {"use_causal_mask": True}, {"value_mask": np.ones((2, 6)) > 0}])
@pytest.mark.parametrize(
    "make",
    [
        lambda **more: MultiHeadAttention(2, 8, dtype="bfloat16", **more),
        lambda **more: GroupQueryAttention(8, 4, 2, dtype="bfloat16", sliding_window=3, **more),
    ],
)
def test_flash_attention_gives_the_same_on_a_gpu(make, call):
    x = RNG.normal(size=(2, 6, 16)).astype("float32")
    fast, plain = make(flash_attention=True), make(flash_attention=False)
    with_weights(fast, x, x)
    plain(x, x)
    plain.set_weights(fast.get_weights())

    def value_and_slope(layer):
        return jax.jit(jax.value_and_grad(lambda x: jnp.sum(layer(x, x, **call) ** 2)))(x)

    for one, other in zip(*map(value_and_slope, (fast, plain)), strict=True):
        scale = np.abs(np.asarray(other)).max()
        np.testing.assert_allclose(np.asarray(one) / scale, np.asarray(other) / scale, atol=0.03)


# -- what goes wrong -------------------------------------------------------------------------------

MHA, GQA = MultiHeadAttention, GroupQueryAttention
RANK_4 = np.ones((2, 3, 4, 5), "float32")


@pytest.mark.parametrize(
    ("make", "words"),
    [
        (lambda: MHA(0, 3), "num_heads must be a whole number above 0, got num_heads=0"),
        (lambda: MHA(2, 3.0), "key_dim must be a whole number above 0, got key_dim=3.0"),
        (lambda: MHA(2, 3, value_dim=0), "value_dim must be a whole number above 0, got value_dim=0"),
        (lambda: MHA(2, 3, dropout=2), "dropout must be a number from 0 to 1.*got dropout=2"),
        (lambda: MHA(2, 3, sliding_window=0), "sliding_window must be a whole number above 0"),
        (lambda: MHA(2, 3, output_shape="8"), "output_shape must be a whole number or a tuple of them"),
        (
            lambda: MHA(2, 3, output_shape=(8, -1)),
            "output_shape must be a whole number above 0, got .*-1",
        ),
        (lambda: MHA(2, 3, attention_axes="1"), "attention_axes must be a whole number or a tuple"),
        (
            lambda: MHA(2, 3, attention_axes=2)(QUERY, QUERY),
            r"attention_axes=\(2,\) must be axes between",
        ),
        (
            lambda: MHA(2, 3, attention_axes=0)(QUERY, QUERY),
            r"attention_axes=\(0,\) must be axes between",
        ),
        (
            lambda: MHA(2, 3)(QUERY),
            r"called on a query and a value, layer\(query, value\), .*one tensor",
        ),
        (lambda: MHA(2, 3)([QUERY, QUERY]), r"got a list of tensors. .* layer\(x, x\)"),
        (lambda: GQA(2, 2, 1)(QUERY), "GroupQueryAttention .* got one tensor"),
        (lambda: MHA(2, 3)(QUERY, VALUE[0]), r"same number of axes.*query \(2, 3, 4\), value \(5, 6\)"),
        (lambda: MHA(2, 3)(QUERY[0], VALUE[0]), r"\(batch, steps, features\)"),
        (lambda: MHA(2, 3)(QUERY, VALUE, KEY[:, 1:]), r"a key for each value; .*key \(2, 4, 3\)"),
        (lambda: MHA(2, 3)(QUERY, VALUE[:1]), "query and value may differ in size along axis 1"),
        (lambda: GQA(3, 4, 3), "num_query_heads=4 is not a multiple of num_key_value_heads=3"),
        (lambda: GQA(3, 0, 3), "num_query_heads must be a whole number above 0"),
        (lambda: GQA(3, 2, 1)(RANK_4, RANK_4), r"\(batch, steps, features\), got \(2, 3, 4, 5\)"),
        (
            lambda: MHA(2, 3)(QUERY, VALUE, attention_mask=np.ones((2, 3, 4))),
            r"attention_mask has shape \(2, 3, 4\), but must have \(2, 3, 5\), .* or \(2, 2, 3, 5\)",
        ),
        (lambda: MHA(2, 3)(QUERY, VALUE, attention_mask=np.ones((1, 1, 2, 3, 5))), r"\(1, 1, 2, 3, 5\)"),
        (
            lambda: MHA(2, 3)(QUERY, VALUE, value_mask=QUERY_MASK),
            r"value_mask has shape \(2, 3\), but the value has shape \(2, 5, 6\), so .* \(2, 5\)",
        ),
        (lambda: MHA(2, 3)(QUERY, VALUE, query_mask=VALUE_MASK), r"query_mask has shape \(2, 5\)"),
        (lambda: MHA(2, 3)(QUERY, VALUE, KEY, key_mask=QUERY_MASK), r"key_mask has shape \(2, 3\)"),
        (
            lambda: MHA(2, 3)(RANK_4, RANK_4, use_causal_mask=True),
            r"need steps in a row, but attention is over the axes \(1, 2\)",
        ),
    ],
)
def test_errors_teach(make, words):
    with pytest.raises(ValueError, match=words):
        make()


# -- a small transformer ---------------------------------------------------------------------------


def transformer(attention, words=12, steps=8, size=16):
    """One block: words and places, attention, a small network at each step, both added to what came."""
    tokens = cornu.Input((steps,), dtype="int32")
    places = Lambda(lambda x: jnp.broadcast_to(jnp.arange(x.shape[1]), x.shape))(tokens)
    x = Embedding(words, size)(tokens) + Embedding(steps, size)(places)
    x = x + attention(x, x, use_causal_mask=True)
    x = x + Dense(size)(Dense(2 * size, activation="relu")(x))
    return cornu.Model(tokens, Dense(words, activation="softmax")(x))


@pytest.mark.parametrize(
    "make", [lambda: MultiHeadAttention(2, 8), lambda: GroupQueryAttention(8, 2, 1, use_gate=True)]
)
def test_a_transformer_learns_to_look_back(make):
    """At each step the word three steps earlier is asked for (that of the first step, before)."""
    cornu.utils.set_random_seed(3)
    x = np.random.default_rng(1).integers(0, 12, (512, 8))
    y = x[:, np.maximum(np.arange(8) - 3, 0)]
    model = transformer(make())
    model.compile(cornu.optimizers.Adam(0.01), "sparse_categorical_crossentropy")
    losses = model.fit(x, y, batch_size=32, epochs=20, verbose=0).history["loss"]
    assert 2 < losses[0] < 3  # log 12 is 2.5
    assert losses[-1] < 0.1
    # What comes later changes nothing.
    changed = x[:5].copy()
    changed[:, 5:] = 0
    one, other = (model.predict(data, verbose=0)[:, :5] for data in (x[:5], changed))
    np.testing.assert_allclose(one, other, rtol=1e-4, atol=1e-6)
