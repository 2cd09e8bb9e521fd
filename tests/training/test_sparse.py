"""Sparse matrices as inputs: the same numbers as with their zeros written out."""

import numpy as np
import pytest
import scipy.sparse
from jax.experimental import sparse as jax_sparse

import cornu
from cornu.layers import Dense
from cornu.training.sparse import SparseRows, sparse_rows

RNG = np.random.default_rng(0)
X = (RNG.normal(size=(37, 50)) * (RNG.random((37, 50)) < 0.1)).astype("float32")
Y = RNG.normal(size=(37, 2)).astype("float32")
FORMS = {
    "csr": scipy.sparse.csr_matrix,
    "coo": scipy.sparse.coo_array,
    "csc, float64": lambda x: scipy.sparse.csc_matrix(x.astype("float64")),
    "bcoo": jax_sparse.BCOO.fromdense,
    "bcoo that is filled up": lambda x: jax_sparse.BCOO.fromdense(x, nse=300 + np.count_nonzero(x)),
}


class Own(cornu.Model):
    def __init__(self):
        super().__init__()
        self.dense = Dense(2)

    def call(self, inputs):
        return self.dense(inputs)


def graph():
    x = cornu.Input((50,), sparse=True)
    return cornu.Model(x, Dense(2)(Dense(4, activation="relu")(x)))


MODELS = {
    "graph": (graph, {}),
    "sequential": (lambda: cornu.Sequential([Dense(4, activation="relu"), Dense(2)]), {}),
    "class": (Own, {}),
    "eager": (Own, {"run_eagerly": True}),
}


def numbers(make, x, **compiling):
    """What all ways of using a model give for these inputs."""
    cornu.utils.set_random_seed(0)
    model = make()
    model.compile("adam", "mse", **compiling)
    data = {"validation_data": (x, Y), "batch_size": 8, "verbose": 0}
    history = model.fit(x, Y, epochs=2, **data).history
    return [
        *(history["loss"], history["val_loss"], model.evaluate(x, Y, verbose=0)),
        *(model.predict(x, batch_size=8, verbose=0), model.predict_on_batch(x), model(x)),
        *(model.train_on_batch(x, Y), model.test_on_batch(x, Y)),
    ]


@pytest.mark.parametrize("kind", MODELS)
def test_a_sparse_matrix_gives_the_numbers_of_the_dense_one(kind):
    make, compiling = MODELS[kind]
    expected = numbers(make, X, **compiling)
    for name in FORMS if kind == "graph" else ("csr", "bcoo"):
        for found, wanted in zip(numbers(make, FORMS[name](X), **compiling), expected, strict=True):
            np.testing.assert_allclose(found, wanted, rtol=2e-5, atol=1e-6, err_msg=name)


def test_beside_dense_inputs_and_in_a_dict():
    a, b = cornu.Input((50,), name="a"), cornu.Input((2,), name="b")
    model = cornu.Model([a, b], Dense(1)(cornu.layers.Concatenate()([a, b])))
    matrix = scipy.sparse.csr_matrix(X)
    expected = model.predict([X, Y], verbose=0)
    np.testing.assert_allclose(model.predict([matrix, Y], verbose=0), expected, rtol=1e-5, atol=1e-6)
    named = model.predict({"a": matrix, "b": Y}, verbose=0)
    np.testing.assert_allclose(named, expected, rtol=1e-5, atol=1e-6)


@pytest.mark.parity
def test_keras_takes_the_same_and_the_configuration_says_so():
    import keras

    theirs = keras.Input((50,), sparse=True)
    model = keras.Model(theirs, keras.layers.Dense(2)(theirs))
    ours = cornu.Model.from_config(graph().get_config())
    assert ours.layers[0].get_config()["sparse"] is True
    assert model.predict(scipy.sparse.csr_matrix(X), verbose=0).shape == (37, 2)
    assert ours.predict(scipy.sparse.csr_matrix(X), verbose=0).shape == (37, 2)
    config = model.layers[0].get_config()
    assert set(ours.layers[0].get_config()) == set(config)


def test_rows_hold_their_entries_and_nothing_else():
    matrix = scipy.sparse.csr_matrix(X)
    rows = sparse_rows(matrix)
    assert isinstance(rows, SparseRows)
    most = int((X != 0).sum(axis=1).max())
    assert rows.values.shape == rows.columns.shape == (37, most)
    np.testing.assert_array_equal(rows.dense(), X)
    two = np.array([1.0, 2.0], "float32")
    twice = scipy.sparse.csr_matrix((two, ([0, 0], [1, 1])), shape=(1, 9))  # of one place
    assert sparse_rows(twice).dense()[0, 1] == 3
    assert isinstance(sparse_rows(scipy.sparse.csr_matrix(np.ones((2, 3)))), np.ndarray)  # no smaller
    nothing = scipy.sparse.csr_matrix((3, 9), dtype="float32")
    np.testing.assert_array_equal(sparse_rows(nothing).dense(), np.zeros((3, 9)))
