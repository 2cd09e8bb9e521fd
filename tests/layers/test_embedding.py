"""Embedding, ReversibleEmbedding and Masking: rows, masks, and indices that no row has."""

import jax
import jax.numpy as jnp
import numpy as np
import pytest

import cornu
from cornu.core.masks import mask_of
from cornu.layers import Dense, Embedding, Flatten, Masking, ReversibleEmbedding

TABLE = np.arange(15, dtype="float32").reshape(5, 3)
IDS = np.array([[1, 4, 0], [2, 2, 3]])


# -- rows ------------------------------------------------------------------------------------------


@pytest.mark.parametrize("dtype", ["int32", "int64", "uint8", "int8", "float32", "float64", "float16"])
def test_rows_are_those_of_the_table(dtype):
    layer = Embedding(5, 3, weights=TABLE)
    np.testing.assert_array_equal(layer(IDS.astype(dtype)), TABLE[IDS])
    np.testing.assert_array_equal(layer(IDS.tolist()), TABLE[IDS])
    assert layer(np.ones((2, 0), dtype)).shape == (2, 0, 3)


def test_floats_are_rounded_towards_zero_as_in_keras():
    layer = Embedding(5, 3, weights=TABLE)
    np.testing.assert_array_equal(layer(np.array([[2.9, 0.2, -0.9]])), TABLE[[[2, 0, 0]]])


def test_the_gradient_adds_up_where_a_row_is_read_twice():
    layer = Embedding(5, 3, weights=TABLE)
    model = cornu.Sequential([layer, cornu.layers.Lambda(lambda x: jnp.sum(x, axis=(1, 2)))])
    model.compile(cornu.optimizers.SGD(1.0), lambda y, p: jnp.sum(p))
    model.fit(IDS, np.zeros(2), batch_size=2, epochs=1, verbose=0, shuffle=False)
    times_read = np.bincount(IDS.ravel(), minlength=5)[:, None]
    np.testing.assert_allclose(TABLE - layer.embeddings.numpy(), times_read * np.ones(3), rtol=1e-6)


@pytest.mark.parametrize("weights", [TABLE, [TABLE], TABLE.tolist()])
def test_weights_are_the_first_value(weights):
    layer = Embedding(5, 3, weights=weights, trainable=False)
    assert layer.built
    np.testing.assert_array_equal(layer.embeddings, TABLE)
    assert "weights" not in layer.get_config()
    assert layer.trainable_weights == []


def test_input_length_declares_the_input_as_in_keras_2():
    model = cornu.Sequential([Embedding(50, 8, input_length=4), Flatten(), Dense(1)])
    assert model.input_shape == (None, 4)
    assert model.layers[-1].kernel.shape == (32, 1)
    again = cornu.Sequential.from_config(model.get_config())
    assert again.input_shape == (None, 4)


@pytest.mark.parity
@pytest.mark.parametrize("policy", ["mixed_bfloat16", "bfloat16"])
def test_half_precision_is_that_of_keras(policy):
    import keras

    ours, theirs = (library.layers.Embedding(5, 3, dtype=policy) for library in (cornu, keras))
    for layer in (ours, theirs):
        layer(IDS)
        layer.set_weights([TABLE / 7])
    assert ours(IDS).dtype == "bfloat16"
    assert ours.embeddings.dtype == ("float32" if policy.startswith("mixed") else "bfloat16")
    np.testing.assert_array_equal(np.asarray(ours(IDS), "f"), np.asarray(theirs(IDS), "f"))


# -- indices that no row has -----------------------------------------------------------------------


@pytest.mark.parametrize(
    ("ids", "words"),
    [
        ([[1, 5, 0]], r"index 5 at position \(0, 1\) .*input_dim=5 rows.*0 to 4.*input_dim=6 or more"),
        ([[1, 2], [3, -1]], r"index -1 at position \(1, 1\) .*Number from 0, or map"),
        ([[0.5, 7.5]], r"index 7\.5 at position \(0, 1\)"),
        ([[np.nan]], "index nan at position"),
        ([[np.inf]], "index inf at position"),
    ],
)
def test_an_index_that_no_row_has_is_named(ids, words):
    layer = Embedding(5, 3)
    with pytest.raises(ValueError, match=f'Embedding "embedding": {words}'):
        layer(np.array(ids))
    with pytest.raises(ValueError, match=words):
        layer.check_indices(np.array(ids))
    layer.check_indices(IDS)


@pytest.mark.parametrize(
    "ids", [[5], [-1], [-5], [2**31 - 1], [np.nan], [np.inf], [-np.inf], [3e9], [-1.0], [5.0]]
)
def test_in_a_compiled_program_no_index_reads_another_row(ids):
    table = jnp.asarray(TABLE)
    layer = Embedding(5, 3, weights=TABLE)
    ids = np.array([2, *ids, 4], "float32" if isinstance(ids[0], float) else "int32")
    found = np.asarray(jax.jit(layer)(ids))
    np.testing.assert_array_equal(found[[0, 2]], table[np.array([2, 4])])
    assert np.isnan(found[1]).all()


def test_an_unsigned_index_beyond_int32_reads_no_row():
    layer = Embedding(5, 3, weights=TABLE)
    assert np.isnan(jax.jit(layer)(np.array([2**32 - 1, 2**31 + 2], "uint32"))).all()
    with jax.enable_x64(True):
        wide = Embedding(5, 3, weights=TABLE)
        assert np.isnan(jax.jit(wide)(np.array([2**32 + 3], "uint64"))).all()
        assert np.isnan(jax.jit(wide)(np.array([-(2**32) + 3], "int64"))).all()


def test_the_loss_shows_an_index_that_no_row_has():
    def loss(table, ids):
        layer.embeddings.assign(table)
        return jnp.sum(layer(ids))

    layer = Embedding(5, 3, weights=TABLE)
    ids = jnp.array([[1, 7]])
    output = jax.jit(layer)(ids)
    assert np.isnan(output.sum())
    assert not np.isnan(output[0, 0]).any()


def lookup_of_doubled_indices(**compiling):
    ids = cornu.Input((3,), dtype="int32")
    doubled = cornu.layers.Lambda(lambda i: 2 * i)(ids)
    model = cornu.Model(ids, Dense(1)(Flatten()(Embedding(5, 3, name="words")(doubled))))
    model.compile("sgd", "mse", **compiling)
    return model


@pytest.mark.parametrize("call", ["fit", "evaluate", "predict", "train_on_batch", "test_on_batch"])
def test_run_eagerly_finds_an_index_anywhere_in_the_model(call):
    model = lookup_of_doubled_indices(run_eagerly=True)
    data = [IDS] if call == "predict" else [IDS, np.zeros(2)]
    with pytest.raises(
        ValueError, match=r'Embedding "words": index 8 at position \(0, 1\) of its input'
    ):
        getattr(model, call)(*data)
    with pytest.raises(ValueError, match=r'Embedding "words": index 8'):
        model(IDS)
    good = np.minimum(IDS, 2)
    expected = model(good)
    np.testing.assert_allclose(model.predict(good, verbose=0), expected, rtol=1e-6)
    model.compile("sgd", "mse")
    np.testing.assert_allclose(model.predict(good, verbose=0), expected, rtol=1e-6)
    assert np.isnan(model.predict(IDS, verbose=0)).any()


def test_a_loss_of_nan_may_come_of_an_index():
    with pytest.warns(
        UserWarning, match='Or "words" was given an index that it lacks.*run_eagerly=True'
    ):
        lookup_of_doubled_indices().fit(IDS, np.zeros(2), verbose=0)


@pytest.mark.parametrize(
    ("dtype", "rows"), [("float16", 2049), ("bfloat16", 257), ("float32", 2**24 + 1)]
)
def test_a_float_that_holds_every_index_is_accepted_and_no_other(dtype, rows):
    ids = cornu.Input((3,), dtype=dtype)
    wide = Embedding(rows + 1, 1)
    wide.built = True  # no table of that size is needed for this
    with pytest.raises(
        ValueError, match=rf"{dtype} cannot tell apart whole numbers above {rows - 1}.*dtype=\"int32\""
    ):
        wide(ids)
    if rows < 10000:
        assert Embedding(rows, 1)(ids).shape == (None, 3, 1)


@pytest.mark.parametrize(
    ("make", "words"),
    [
        (lambda: Embedding(0, 3), "input_dim must be a whole number above 0, got input_dim=0"),
        (lambda: Embedding(5, 2.0), "output_dim must be a whole number above 0, got output_dim=2.0"),
        (lambda: Embedding("5", 2), "got input_dim='5'"),
        (lambda: Embedding(5, 2, weights=TABLE), r"shape \(5, 2\).*shape \(5, 3\)"),
        (lambda: Masking(mask_value=np.nan), "NaN, which equals no number.*nan_to_num"),
        (lambda: Masking()(np.ones(3)), "rank 2 or more, but got rank 1"),
        (
            lambda: ReversibleEmbedding(5, 3, logit_soft_cap=0),
            "logit_soft_cap must be a number above 0.*got logit_soft_cap=0",
        ),
        (
            lambda: ReversibleEmbedding(5, 3)(np.ones((2, 4)), reverse=True),
            "leads vectors of output_dim=3 numbers back, but its input has 4",
        ),
    ],
)
def test_errors_teach(make, words):
    with pytest.raises(ValueError, match=words):
        make()


# -- masks -----------------------------------------------------------------------------------------


def test_index_zero_is_masked_if_asked():
    assert mask_of(Embedding(5, 3)(IDS)) is None
    np.testing.assert_array_equal(mask_of(Embedding(5, 3, mask_zero=True)(IDS)), IDS != 0)


def test_the_way_back_has_no_mask():
    layer = ReversibleEmbedding(5, 3, mask_zero=True)
    vectors = layer(IDS)
    np.testing.assert_array_equal(mask_of(vectors), IDS != 0)
    assert mask_of(layer(vectors, reverse=True)) is None


def test_masked_steps_do_not_train():
    x = cornu.Input((3,), dtype="int32")
    layer = Embedding(5, 3, mask_zero=True, weights=TABLE)
    model = cornu.Model(x, layer(x))
    model.compile(cornu.optimizers.SGD(1.0), "mse")
    model.fit(IDS, np.zeros((2, 3, 3)), verbose=0)
    changed = (layer.embeddings.numpy() != TABLE).any(-1)
    assert changed.tolist() == [False, True, True, True, True]


@pytest.mark.parametrize("dtype", ["float32", "bfloat16", "int32"])
def test_masking_compares_in_the_dtype_of_the_data(dtype):
    steps = np.array([[[3.0, 0.1], [0.1, 0.1], [2.0, 3.0]]])
    value = 0 if dtype == "int32" else 0.1
    layer = Masking(mask_value=value, dtype="float32" if dtype == "int32" else dtype)
    output = layer(steps.astype("int32") if dtype == "int32" else steps)
    assert output.dtype == dtype
    np.testing.assert_array_equal(mask_of(output), [[True, False, True]])
    assert (np.asarray(output[0, 1], "float32") == 0).all()


# -- the way back ----------------------------------------------------------------------------------


def test_tied_and_untied_tables():
    back = np.ones((3, 5), "float32")
    tied = ReversibleEmbedding(5, 3, weights=TABLE)
    untied = ReversibleEmbedding(5, 3, tie_weights=False, weights=[TABLE, back])
    x = np.array([[1.0, 2.0, 3.0]], "float32")
    np.testing.assert_allclose(tied(x, reverse=True), x @ TABLE.T)
    np.testing.assert_allclose(untied(x, reverse=True), x @ back)
    np.testing.assert_array_equal(untied(IDS), TABLE[IDS])


def test_scores_in_another_precision_and_with_a_bound():
    x = np.array([[1.0, 2.0, 3.0]], "float32")
    layer = ReversibleEmbedding(
        5, 3, weights=TABLE, dtype="mixed_bfloat16", reverse_dtype="float32", logit_soft_cap=5.0
    )
    assert layer(IDS).dtype == "bfloat16"
    scores = layer(x, reverse=True)
    assert scores.dtype == "float32"
    np.testing.assert_allclose(scores, 5 * np.tanh(x @ TABLE.T / 5), rtol=1e-5)
