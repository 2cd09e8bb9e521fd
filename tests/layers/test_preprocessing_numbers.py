"""Normalization, Rescaling, Discretization and CategoryEncoding."""

import jax
import keras
import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from sklearn.feature_extraction.text import CountVectorizer
from sklearn.preprocessing import KBinsDiscretizer, StandardScaler

import cornu
from cornu.layers import CategoryEncoding, Discretization, Normalization, Rescaling

RNG = np.random.default_rng(5)
X = (3 * RNG.normal(size=(57, 4)) + [0, 1, 100, -5]).astype("float32")


# Without those of less than 1e-38, which XLA takes for 0.
floats = st.floats(-100, 100, width=32, allow_subnormal=False)


class Column:
    """What adapt may be given beside arrays: a column of a table, a tensor of another library."""

    def __init__(self, values):
        self.values = values

    def __array__(self, dtype=None, copy=None):
        return np.array(self.values, dtype)


class Tensor:
    def __init__(self, values):
        self.values = values

    def numpy(self):
        return np.array(self.values)


class Sequence:
    """Batches by index, as Keras's PyDataset has them."""

    def __init__(self, *batches):
        self.batches = batches

    def __len__(self):
        return len(self.batches)

    def __getitem__(self, index):
        return self.batches[index]


# -- Normalization ---------------------------------------------------------------------------------


def test_normalization_is_that_of_scikit_learn():
    layer = Normalization()
    layer.adapt(X)
    np.testing.assert_allclose(layer(X), StandardScaler().fit_transform(X), rtol=1e-4, atol=1e-5)


@pytest.mark.parametrize(
    "data",
    [
        X.tolist(),
        [X[:20], X[20:]],
        Column(X),
        Tensor(X),
        iter([X[:1], X[1:50], X[50:]]),
        ((x, 0) for x in np.split(X, [3, 3, 40])),
        Sequence(X[:20], X[20:]),
    ],
    ids=["lists", "list of batches", "column", "tensor", "iterator", "pairs", "sequence"],
)
def test_normalization_adapts_to_data_in_any_form(data):
    layer = Normalization()
    layer.adapt(data)
    np.testing.assert_allclose(layer.adapt_mean.numpy(), X.mean(0), rtol=1e-5)
    np.testing.assert_allclose(layer.adapt_variance.numpy(), X.var(0), rtol=1e-4)


def test_mean_and_variance_keep_their_digits_where_the_spread_is_small():
    data = (1e6 + RNG.normal(size=(1000, 1))).astype("float32")
    layer = Normalization()
    layer.adapt(iter(np.split(data, 10)))
    np.testing.assert_allclose(layer.adapt_variance.numpy(), data.astype("float64").var(0), rtol=1e-4)


def test_adapting_again_forgets_what_was_learned():
    layer = Normalization(axis=None)
    layer.adapt(np.arange(5.0))
    layer.adapt(np.array([10.0, 20.0]))
    assert layer(np.array([15.0, 20.0])).tolist() == [0.0, 1.0]


def test_inverse_normalization_undoes_normalization():
    forth, back = Normalization(), Normalization(invert=True)
    forth.adapt(X)
    back.adapt(X)
    np.testing.assert_allclose(back(forth(X)), X, rtol=1e-5, atol=1e-4)


def test_a_constant_feature_is_divided_by_no_zero():
    layer = Normalization()
    layer.adapt(np.ones((4, 2)))
    assert layer(np.ones((1, 2))).tolist() == [[0.0, 0.0]]


def test_an_adapted_layer_counts_in_a_compiled_model_also_when_it_adapts_later():
    layer = Normalization()
    model = cornu.Sequential(
        [cornu.Input((4,)), layer, cornu.layers.Dense(1, kernel_initializer="ones")]
    )
    model.compile("sgd", "mse")
    with pytest.raises(ValueError, match="knows no mean and variance yet"):
        model.predict(X, verbose=0)
    layer.adapt(X)
    first = model.predict(X, verbose=0)
    np.testing.assert_allclose(first[:, 0], StandardScaler().fit_transform(X).sum(1), atol=1e-3)
    layer.adapt(X + 1)
    assert np.abs(model.predict(X, verbose=0) - first).max() > 0.1
    model.fit(X, X[:, :1], epochs=1, verbose=0)
    np.testing.assert_allclose(layer.adapt_mean.numpy(), (X + 1).mean(0), rtol=1e-4)


def test_weights_that_are_set_count_as_learned():
    learned, fresh = Normalization(), Normalization()
    learned.adapt(X)
    fresh.build((None, 4))
    fresh.set_weights(learned.get_weights())
    np.testing.assert_array_equal(fresh(X), learned(X))


@pytest.mark.parametrize(
    "arguments, words",
    [
        ({"mean": 1.0}, "mean and variance together"),
        ({"mean": [1.0], "variance": 1.0}, "must have the same shape"),
        ({"mean": np.ones((2, 2)), "variance": np.ones((2, 2))}, "must have the same shape"),
    ],
)
def test_mean_and_variance_have_to_fit_each_other(arguments, words):
    with pytest.raises(ValueError, match=words):
        Normalization(**arguments)


def test_normalization_names_what_is_wrong():
    with pytest.raises(ValueError, match=r"knows no mean and variance yet\. Call adapt\(data\) first"):
        Normalization()(X)
    with pytest.raises(ValueError, match=r"shape \(3,\), but the sizes .* are \(4,\)"):
        Normalization(mean=[1.0, 2.0, 3.0], variance=[1.0, 2.0, 3.0])(X)
    with pytest.raises(ValueError, match=r"axis=\(2,\) is not among the axes of its input"):
        Normalization(axis=2).adapt(X)
    for wrong in (1.5, "last", (0, None)):
        with pytest.raises(ValueError, match="axis must be a whole number, a tuple of them, or None"):
            Normalization(axis=wrong)
    with pytest.raises(
        ValueError, match=r"needs to know that size, but its input has shape \(None, 4\)"
    ):
        Normalization(axis=0)(cornu.Input((4,)))
    with pytest.raises(ValueError, match="was given its mean and variance, so it cannot adapt"):
        Normalization(mean=0.0, variance=1.0).adapt(X)
    with pytest.raises(ValueError, match="adapt got no data"):
        Normalization().adapt(iter([]))
    with pytest.raises(TypeError, match="adapts to numbers, but got"):
        Normalization().adapt(np.array([["a"]]))
    with pytest.raises(
        TypeError, match="adapt takes an array, a list, or something that yields batches"
    ):
        Normalization().adapt(7)
    with pytest.raises(TypeError, match="got a symbolic tensor"):
        Normalization().adapt(cornu.Input((4,)))
    layer = Normalization()
    layer.adapt(X)
    with pytest.raises(ValueError, match=r"was built for data .*adapt got data of shape \(57, 3\)"):
        layer.adapt(X[:, :3])


# -- Rescaling -------------------------------------------------------------------------------------


def test_rescaling_of_pixels_gives_floats():
    pixels = np.array([[0, 51, 255]], "uint8")
    output = Rescaling(1 / 255)(pixels)
    assert output.dtype == "float32"
    np.testing.assert_allclose(output, [[0, 0.2, 1]], rtol=1e-6)


def test_rescaling_per_channel_reads_the_configuration_that_keras_writes():
    theirs = keras.layers.Rescaling(np.array([1.0, 2.0]), offset=np.array([0.0, 3.0]))
    layer = Rescaling.from_config(theirs.get_config())
    assert layer(np.ones((1, 2))).tolist() == [[1.0, 5.0]]


def test_rescaling_refuses_what_is_no_number():
    with pytest.raises(ValueError, match="scale must be a number or an array of numbers, got scale='a'"):
        Rescaling("a")
    with pytest.raises(ValueError, match="offset must be a number"):
        Rescaling(1.0, offset="b")
    with pytest.raises(
        ValueError, match="scale must be a number or an array of numbers, got scale=None"
    ):
        Rescaling(None)


# -- Discretization --------------------------------------------------------------------------------


@pytest.mark.parity
@pytest.mark.parametrize("bins", [1, 2, 5, 40])
@pytest.mark.parametrize("epsilon", [0.01, 0.1, 0.3])
def test_bins_are_those_of_keras(bins, epsilon):
    ours, theirs = Discretization(None, bins, epsilon), keras.layers.Discretization(None, bins, epsilon)
    for batches in ([X], [X[:10], X[10:12], X[12:]]):
        ours.adapt(iter(batches))
        theirs.reset_state()
        for batch in batches:
            theirs.update_state(batch)
        theirs.finalize_state()
        assert ours.bin_boundaries == theirs.bin_boundaries
        np.testing.assert_array_equal(ours(X), theirs(X))


def test_bins_of_many_numbers_are_about_those_of_scikit_learn():
    data = RNG.normal(size=(4000, 1)).astype("float32")
    layer = Discretization(num_bins=8)
    layer.adapt(data)
    bins = KBinsDiscretizer(8, encode="ordinal", quantile_method="averaged_inverted_cdf").fit(data)
    np.testing.assert_allclose(layer.bin_boundaries, bins.bin_edges_[0][1:-1], atol=0.06)
    counts = np.bincount(np.ravel(layer(data)))
    assert counts.min() > 0.8 * counts.max()


@settings(deadline=None, max_examples=50)
@given(
    st.lists(floats, min_size=1, max_size=5, unique=True),
    st.lists(floats, min_size=3, max_size=3),
)
def test_each_number_lies_in_its_bin(boundaries, numbers):
    boundaries = sorted(boundaries)
    found = np.asarray(Discretization(boundaries)(np.array([numbers], "float32")))[0]
    edges = [-np.inf, *boundaries, np.inf]
    for number, place in zip(numbers, found, strict=True):
        assert edges[place] <= number < edges[place + 1]


def test_bins_reach_a_compiled_model_also_when_they_are_learned_later():
    layer = Discretization(num_bins=2)
    inputs = cornu.Input((1,))
    model = cornu.Model(inputs, layer(inputs))
    for data in (np.arange(10.0)[:, None], np.arange(100.0)[:, None]):
        layer.adapt(data)
        assert model.predict(data, verbose=0).tolist() == (data >= layer.bin_boundaries[0]).tolist()


def test_a_learned_discretization_is_made_again_from_its_configuration():
    layer = Discretization(num_bins=3)
    layer.adapt(X)
    for again in (
        Discretization.from_config(layer.get_config()),
        Discretization.from_config(
            keras.layers.Discretization.from_config(layer.get_config()).get_config()
        ),
    ):
        assert again.bin_boundaries == layer.bin_boundaries
        np.testing.assert_array_equal(again(X), layer(X))


def test_half_precision_moves_no_number_to_another_bin():
    numbers = np.array([[1.001, 1.003]], "float32")
    assert Discretization([1.002], dtype="mixed_bfloat16")(numbers).tolist() == [[0, 1]]
    encoded = CategoryEncoding(600, "count", dtype="mixed_bfloat16")(np.array([[257.0, 511.0]]))
    assert encoded.dtype == "bfloat16"
    assert np.flatnonzero(encoded).tolist() == [257, 511]


def test_discretization_names_what_is_wrong():
    with pytest.raises(ValueError, match="takes either bin_boundaries, or num_bins"):
        Discretization()
    with pytest.raises(ValueError, match="takes either bin_boundaries, or num_bins"):
        Discretization([1.0], 2)
    with pytest.raises(ValueError, match="num_bins must be a whole number from 1"):
        Discretization(num_bins=0)
    with pytest.raises(ValueError, match="epsilon must be between 0 and 1"):
        Discretization(num_bins=2, epsilon=0)
    with pytest.raises(ValueError, match="epsilon must be between 0 and 1, got epsilon='a'"):
        Discretization(num_bins=2, epsilon="a")
    with pytest.raises(ValueError, match="must be a list of numbers in rising order"):
        Discretization([2.0, 1.0])
    for wrong in (["a", "b"], [[1.0], [2.0]], [1.0, np.nan]):
        with pytest.raises(ValueError, match="must be a list of numbers in rising order"):
            Discretization(wrong)
    with pytest.raises(ValueError, match='Did you mean "multi_hot"'):
        Discretization([1.0], output_mode="multihot")
    with pytest.raises(ValueError, match="sparse=True needs a kind of tensor"):
        Discretization([1.0], output_mode="count", sparse=True)
    with pytest.raises(
        ValueError, match=r"knows no bins yet\. Call adapt\(data\) first, which learns 3"
    ):
        Discretization(num_bins=3)(X)
    with pytest.raises(ValueError, match="was given its bin_boundaries, so it cannot adapt"):
        Discretization([1.0]).adapt(X)
    with pytest.raises(ValueError, match="adapt got no data"):
        Discretization(num_bins=3).adapt(iter([]))
    with pytest.raises(TypeError, match="adapts to numbers"):
        Discretization(num_bins=3).adapt(["a"])


# -- CategoryEncoding ------------------------------------------------------------------------------


def test_counts_are_those_of_scikit_learn():
    rows = RNG.integers(0, 6, (8, 5))
    texts = [" ".join(f"w{number}" for number in row) for row in rows]
    expected = CountVectorizer(vocabulary=[f"w{i}" for i in range(6)], token_pattern=r"\w+")
    counts = expected.transform(texts).toarray()
    np.testing.assert_array_equal(CategoryEncoding(6, "count")(rows), counts)
    np.testing.assert_array_equal(CategoryEncoding(6)(rows), counts > 0)


@pytest.mark.parity
def test_weighted_counts_are_those_of_keras_and_have_gradients():
    rows, weights = np.array([[0, 1], [0, 0], [1, 2], [3, 1]]), RNG.random((4, 2)).astype("float32")
    ours, theirs = CategoryEncoding(4, "count"), keras.layers.CategoryEncoding(4, "count")
    expected = theirs(rows, count_weights=weights)
    np.testing.assert_allclose(ours(rows, count_weights=weights), expected, rtol=1e-6)
    np.testing.assert_allclose(ours(rows, count_weights=weights.tolist()), expected, rtol=1e-6)
    slope = jax.grad(lambda w: (ours(rows, count_weights=w) ** 2).sum())(weights)
    assert slope.shape == (4, 2)
    np.testing.assert_allclose(slope[0], 2 * weights[0], rtol=1e-5)


def test_samples_of_more_axes_are_encoded_along_the_last():
    rows = RNG.integers(0, 3, (2, 4, 5))
    counted = np.asarray(CategoryEncoding(3, "count")(rows))
    assert counted.shape == (2, 4, 3)
    assert (counted == (rows[..., None] == np.arange(3)).sum(-2)).all()


def test_a_single_sample_gives_one_vector():
    assert CategoryEncoding(3)([0, 2]).tolist() == [1, 0, 1]
    assert CategoryEncoding(3)(np.array(1)).tolist() == [0, 1, 0]


def test_category_encoding_trains_inside_a_model():
    model = cornu.Sequential(
        [cornu.Input((2,), dtype="int32"), CategoryEncoding(4), cornu.layers.Dense(1)]
    )
    model.compile("sgd", "mse")
    rows = RNG.integers(0, 4, (40, 2))
    history = model.fit(rows, rows.sum(1) * 1.0, epochs=20, verbose=0).history["loss"]
    assert history[-1] < history[0] / 2


def test_category_encoding_names_what_is_wrong():
    with pytest.raises(ValueError, match="needs num_tokens"):
        CategoryEncoding()
    with pytest.raises(ValueError, match="num_tokens must be a whole number above 0"):
        CategoryEncoding(0)
    with pytest.raises(ValueError, match='Did you mean "one_hot"'):
        CategoryEncoding(3, output_mode="onehot")
    with pytest.raises(ValueError, match=r"categories 0 to 2, but got 7.*pass num_tokens=8"):
        CategoryEncoding(3)([[0, 7]])
    with pytest.raises(ValueError, match="categories 0 to 2, but got -1"):
        CategoryEncoding(3)([[0, -1]])
    with pytest.raises(ValueError, match=r"categories 0 to 2, but got 0\.5"):
        CategoryEncoding(3)([[0.5]])
    with pytest.raises(ValueError, match='count_weights go with output_mode="count"'):
        CategoryEncoding(3)(np.array([[0]]), count_weights=np.array([[1.0]]))
    with pytest.raises(ValueError, match=r"inputs' shape \(1, 2\), but have shape \(1, 1\)"):
        CategoryEncoding(3, "count")(np.array([[0, 1]]), count_weights=np.array([[1.0]]))


def test_the_old_name_of_an_output_mode():
    assert CategoryEncoding(3, output_mode="binary").output_mode == "multi_hot"
