"""Keras 2's functions, with the values that NumPy, SciPy or a loop in Python gives."""

import numpy as np
import pytest
import scipy.sparse

import cornu
from cornu import backend as K
from cornu.core.errors import NotBuiltYetError

RNG = np.random.default_rng(3)
X = RNG.normal(size=(2, 3)).astype("float32")
SERIES = RNG.normal(size=(2, 4, 3)).astype("float32")
IMAGES = RNG.normal(size=(2, 5, 6, 3)).astype("float32")


def close(found, expected, **options):
    np.testing.assert_allclose(found, expected, **{"rtol": 1e-5, "atol": 1e-6, **options})


REDUCTIONS = ("sum", "mean", "max", "min", "prod", "std", "var")


@pytest.mark.parametrize("name", REDUCTIONS)
def test_reductions(name):
    close(getattr(K, name)(X), getattr(np, name)(X))
    found = getattr(K, name)(X, axis=1, keepdims=True)
    close(found, getattr(np, name)(X, axis=1, keepdims=True))
    assert getattr(K, name)(cornu.Input((3,)), axis=-1).shape == (None,)


def test_reductions_of_truth_values():
    assert bool(K.any(X > 5)) is False
    assert K.all([[1, 0], [2, 3]], axis=-1).tolist() == [False, True]
    assert float(K.mean(np.array([True, False]))) == 0.5
    assert K.argmax(X).tolist() == X.argmax(-1).tolist()
    assert K.argmin(X, axis=0).tolist() == X.argmin(0).tolist()
    close(K.cumsum(X), X.cumsum(0))
    close(K.cumprod(X, axis=1), X.cumprod(1))
    close(K.logsumexp(X, axis=1), np.log(np.exp(X).sum(1)))


ELEMENTS = {
    "abs": np.abs,
    "exp": np.exp,
    "sin": np.sin,
    "cos": np.cos,
    "sign": np.sign,
    "square": np.square,
    "round": np.round,
    "tanh": np.tanh,
    "sigmoid": lambda x: 1 / (1 + np.exp(-x)),
    "softplus": lambda x: np.log1p(np.exp(x)),
    "softsign": lambda x: x / (1 + np.abs(x)),
    "hard_sigmoid": lambda x: np.clip(0.2 * x + 0.5, 0, 1),
    "sqrt": lambda x: np.sqrt(np.maximum(x, 0)),
    "elu": lambda x: np.where(x > 0, x, np.expm1(x)),
    "relu": lambda x: np.maximum(x, 0),
    "softmax": lambda x: np.exp(x) / np.exp(x).sum(-1, keepdims=True),
    "l2_normalize": lambda x: x / np.sqrt((x * x).sum()),
}


@pytest.mark.parametrize("name", list(ELEMENTS))
def test_functions_of_elements(name):
    close(getattr(K, name)(3 * X), ELEMENTS[name](3 * X))
    assert getattr(K, name)(cornu.Input((3,))).shape == (None, 3)


def test_arguments_of_functions_of_elements():
    close(K.log(np.abs(X)), np.log(np.abs(X)))
    close(K.pow(X, 2), X**2)
    close(K.clip(X, 0.1, 0.5), np.clip(X, 0.1, 0.5))
    assert K.clip([0.0, 5.0], 2.0, 1.0).tolist() == [2, 2]
    assert K.clip([0.0, 5.0], None, 1.0).tolist() == [0, 1]
    x = np.array([-2.0, 0.5, 3.0, 9.0], "float32")
    close(K.relu(x, alpha=0.1, max_value=6.0, threshold=1.0), [-0.3, -0.05, 3, 6])
    close(K.elu(x, 0.5)[0], 0.5 * np.expm1(-2.0))
    close(K.l2_normalize(X, axis=1), X / np.linalg.norm(X, axis=1, keepdims=True))
    close(K.softmax(X, axis=0).sum(0), np.ones(3))
    for name in ("equal", "not_equal", "greater", "greater_equal", "less", "less_equal"):
        assert getattr(K, name)(x=X, y=0 * X).tolist() == getattr(np, name)(X, 0 * X).tolist()
    close(K.maximum(X, 0), np.maximum(X, 0))
    close(K.minimum(X, y=0), np.minimum(X, 0))
    assert str(K.cast(X, "int32").dtype) == "int32"


def test_shapes():
    assert K.int_shape(cornu.Input((3,))) == (None, 3)
    assert K.ndim(K.placeholder(ndim=4)) == 4
    assert K.shape(X)[0] == 2
    assert K.dtype(K.variable([1, 2], dtype="int32")) == "int32"
    close(K.reshape(X, (3, -1)), X.reshape(3, 2))
    close(K.flatten(X), X.ravel())
    close(K.batch_flatten(SERIES), SERIES.reshape(2, 12))
    assert K.batch_flatten(cornu.Input((4, 3))).shape == (None, 12)
    close(K.expand_dims(X), X[..., None])
    close(K.squeeze(X[:, None], 1), X)
    close(K.permute_dimensions(SERIES, (0, 2, 1)), SERIES.transpose(0, 2, 1))
    close(K.transpose(X), X.T)
    close(K.concatenate([X, X]), np.concatenate([X, X], -1))
    close(K.concatenate([X, X], axis=0), np.concatenate([X, X]))
    close(K.stack([X, X]), np.stack([X, X]))
    close(K.tile(X, (1, 2)), np.tile(X, (1, 2)))
    close(K.tile(X[0], 2), np.tile(X[0], 2))
    close(K.repeat(X, 2), X[:, None].repeat(2, 1))
    close(K.repeat_elements(X, 2, axis=1), X.repeat(2, 1))
    close(K.reverse(X, 1), X[:, ::-1])
    close(K.reverse(X, (0, 1)), X[::-1, ::-1])
    close(K.gather(X, [1, 0, 1]), X[[1, 0, 1]])
    close(K.one_hot(np.array([0, 2]), 3), np.eye(3)[[0, 2]])
    assert K.arange(3).tolist() == [0, 1, 2]
    assert K.arange(-2).tolist() == []
    assert str(K.arange(1, 7, 2, dtype="float32").dtype) == "float32"
    with pytest.raises(ValueError, match=r"K.repeat takes a table .* \(2, 4, 3\)"):
        K.repeat(SERIES, 2)
    with pytest.raises(ValueError, match=r"both the number of rows and the size of a row are unknown"):
        K.batch_flatten(cornu.Input((None, 3)))


def test_a_choice():
    close(K.switch(X > 0, X, -X), np.abs(X))
    close(K.switch(X[:, 0] > 0, X, 0 * X), np.where(X[:, :1] > 0, X, 0))
    assert K.switch(True, lambda: 1.0, lambda: 1 / 0) == 1
    assert K.switch(K.constant(0), lambda: K.constant(1.0), lambda: K.constant(2.0)) == 2
    x = cornu.Input((3,))
    model = cornu.Model(x, K.switch(K.greater(x, 0), lambda: x, lambda: x * 0))
    close(model(X), np.maximum(X, 0))
    with pytest.raises(ValueError, match=r"has more axes than what is chosen from"):
        K.switch(X > 0, X[0], X[0])


# -- products ---------------------------------------------------------------------------------------


def test_products():
    close(K.dot(X, X.T), X @ X.T)
    close(K.dot(X, SERIES.transpose(0, 2, 1)), np.dot(X, SERIES.transpose(0, 2, 1)))
    y = RNG.normal(size=(2, 3, 5)).astype("float32")
    close(K.batch_dot(SERIES, y), SERIES @ y)
    close(K.batch_dot(SERIES, y, axes=(2, 1)), SERIES @ y)
    close(K.batch_dot(SERIES, SERIES, axes=2), SERIES @ SERIES.transpose(0, 2, 1))
    close(K.batch_dot(X, X, axes=1), (X * X).sum(1, keepdims=True))
    close(K.batch_dot(X, SERIES, axes=(1, 2)), np.einsum("bi,bti->bt", X, SERIES))
    close(K.batch_dot(IMAGES, y, axes=[-1, -2]), np.einsum("bhwc,bcn->bhwn", IMAGES, y))
    assert K.batch_dot(cornu.Input((4, 3)), cornu.Input((3, 5))).shape == (None, 4, 5)


@pytest.mark.parametrize(
    ("call", "message"),
    [
        (lambda: K.batch_dot(X[0], X), "K.batch_dot: both need a batch axis and one more"),
        (lambda: K.batch_dot(X, X, axes=0), "K.batch_dot: axis 0 is that of the batch"),
        (lambda: K.batch_dot(X, X, axes=((1, 2), 1)), "axes is one number or a pair of numbers"),
        (lambda: K.batch_dot(X, X, axes=3), "axes=3, but x has 2 axes and y 2"),
        (lambda: K.batch_dot(SERIES, SERIES), "so the sizes of axis 2 of x and axis 1 of y"),
        (lambda: K.bias_add(X, SERIES), "K.bias_add: bias needs 1 axis or 1, those of a sample"),
        (lambda: K.bias_add(X, X[0], "channel_last"), 'data_format=.*Did you mean "channels_last"'),
    ],
)
def test_wrong_products_are_explained(call, message):
    with pytest.raises(ValueError, match=message):
        call()


@pytest.mark.parametrize("x", [X, cornu.KerasTensor((2, 3))])
def test_errors_of_the_engine_are_explained_in_terms_of_the_backend(x):
    with pytest.raises(
        (TypeError, ValueError), match=r"^K.batch_normalization\(.*the shapes do not go together"
    ):
        K.batch_normalization(x, np.ones(4), np.ones(4), None, None)


def test_normalization():
    mean, var = IMAGES.mean((0, 1, 2)), IMAGES.var((0, 1, 2))
    gamma, beta = np.array([1, 2, 3], "float32"), np.array([3, 2, 1], "float32")
    expected = (IMAGES - mean) / np.sqrt(var + 1e-3) * gamma + beta
    close(K.batch_normalization(IMAGES, mean, var, beta, gamma), expected, rtol=1e-4)
    first = IMAGES.transpose(0, 3, 1, 2)
    found = K.batch_normalization(first, mean, var, beta, gamma, axis=1)
    close(found, expected.transpose(0, 3, 1, 2), rtol=1e-4)
    found, m, v = K.normalize_batch_in_training(IMAGES, gamma, beta, [0, 1, 2])
    close(found, expected, rtol=1e-4, atol=1e-5)
    close(m, mean)
    close(v, var)
    close(K.bias_add(IMAGES, beta), IMAGES + beta)
    close(K.bias_add(first, beta, "channels_first"), first + beta[:, None, None])
    assert K.in_top_k([[0.1, 0.7, 0.2]], [2], 2).tolist() == [True]


# -- variables --------------------------------------------------------------------------------------


def test_variables():
    v = K.variable(np.array([[1, 2], [3, 4]]), name="kvar", constraint="fixed")
    assert (v.dtype, v.name, v.constraint) == ("float32", "kvar", "fixed")
    assert K.eval(v).tolist() == [[1, 2], [3, 4]]
    K.set_value(v, [[5, 6], [7, 8]])
    assert K.get_value(v)[0].tolist() == [5, 6]
    K.batch_set_value([(v, np.zeros((2, 2)))])
    assert not K.batch_get_value([v])[0].any()
    assert K.count_params(v) == 4
    assert K.get_value(3) == 3
    K.update(v, K.ones((2, 2)))
    K.update_add(v, 1.0)
    K.update_sub(v, K.constant(0.5, shape=(2, 2)))
    assert K.moving_average_update(v, 0.0, 0.5).numpy().tolist() == [[0.75] * 2] * 2
    assert K.zeros_like(v).shape == K.ones_like(v, dtype="int32").shape == (2, 2)
    assert K.eye((2, 3)).shape == (2, 3)
    assert K.cast_to_floatx([1, 2]).dtype == "float32"
    assert K.cast_to_floatx(K.constant(1, dtype="int32")).dtype == "float32"
    assert not K.is_sparse(v)
    with pytest.raises(
        ValueError, match=r"K.zeros: the shape must be known, got \(None, 2\).*zeros_like"
    ):
        K.zeros((None, 2))
    with pytest.raises(TypeError, match=r"K.set_value takes a variable"):
        K.set_value(X, 2.0)
    sparse = scipy.sparse.eye(2)
    assert K.to_dense(sparse).tolist() == [[1, 0], [0, 1]]
    with pytest.raises(NotBuiltYetError, match=r"value.toarray\(\)"):
        K.variable(sparse)


def test_a_moving_average_as_an_update_of_a_function():
    x, average = K.placeholder((2,)), K.variable([0.0, 4.0])
    f = K.function([x], [x], updates=[K.moving_average_update(average, x, 0.5)])
    f([[2.0, 0.0]])
    f([[2.0, 0.0]])
    assert K.get_value(average).tolist() == [1.5, 1]


def test_random_numbers():
    assert K.random_normal((4,), seed=1).tolist() == cornu.random.normal((4,), seed=1).tolist()
    assert (np.asarray(K.random_uniform((50,), 2.0, 3.0, seed=1)) >= 2).all()
    assert (np.abs(K.truncated_normal((50,), 0.0, 1.0, seed=1)) <= 2).all()
    for draw in (K.random_bernoulli, K.random_binomial):
        assert set(draw((50,), p=0.5, seed=1).tolist()) == {0, 1}
    assert K.random_normal_variable((2, 3), 0, 1).shape == K.random_uniform_variable((2, 3), 0, 1).shape
    dropped = np.asarray(K.dropout(np.ones(100, "float32"), 0.5, seed=1))
    assert set(dropped.tolist()) == {0, 2}


def test_a_sampling_lambda_draws_new_numbers_in_a_compiled_model():
    """The variational autoencoder of Chollet's book, listing 8.24: no seed is given."""

    def sampling(args):
        mean, log_var = args
        epsilon = K.random_normal(shape=(K.shape(mean)[0], 3), mean=0.0, stddev=1.0)
        return mean + K.exp(log_var) * epsilon

    x = cornu.Input((3,))
    model = cornu.Model(x, cornu.layers.Lambda(sampling)([x, cornu.layers.Dense(3)(x)]))
    first, second = (model.predict(np.concatenate([X, X]), batch_size=2, verbose=0) for _ in range(2))
    assert (first != second).all()  # at each call
    assert (first[:2] != first[2:]).all()  # for each batch
    model.compile("sgd", "mse")
    model.fit(X, X, verbose=0)


def test_print_tensor(capfd):
    assert K.print_tensor(K.constant([1, 2]), message="x is ").tolist() == [1, 2]
    assert "x is" in capfd.readouterr().out
    model = cornu.Sequential([cornu.Input((3,)), cornu.layers.Dense(1)])
    model.compile("sgd", loss=lambda y, p: K.print_tensor(K.mean(K.square(y - p), axis=-1), "loss is"))
    model.fit(X, X[:, :1], verbose=0)
    assert "loss is" in capfd.readouterr().out


# -- losses -----------------------------------------------------------------------------------------


def test_crossentropies():
    p = np.array([[0.2, 0.8], [0.6, 0.4]], "float32")
    y = np.array([[0, 1], [1, 0]], "float32")
    close(K.binary_crossentropy(y, p), -y * np.log(p) - (1 - y) * np.log(1 - p), rtol=1e-4)
    close(K.categorical_crossentropy(y, p), -np.log([0.8, 0.6]), rtol=1e-4)
    close(K.sparse_categorical_crossentropy([1, 0], p), -np.log([0.8, 0.6]), rtol=1e-4)
    close(K.categorical_crossentropy(y, np.log(p), from_logits=True), -np.log([0.8, 0.6]), rtol=1e-4)


def test_the_ctc_cost_counts_all_spellings():
    p = RNG.uniform(0.1, 1, size=(1, 3, 3)).astype("float32")
    p /= p.sum(-1, keepdims=True)
    spelled = 0.0
    for path in np.ndindex(3, 3, 3):
        merged = [c for i, c in enumerate(path) if i == 0 or c != path[i - 1]]
        if [c for c in merged if c != 2] == [0, 1]:
            spelled += np.prod([p[0, t, c] for t, c in enumerate(path)])
    cost = K.ctc_batch_cost(np.array([[0, 1]]), p, np.array([[3]]), np.array([[2]]))
    assert cost.shape == (1, 1)
    close(cost, [[-np.log(spelled)]], rtol=1e-4)


def test_ctc_decoding():
    p = np.eye(3, dtype="float32")[[[0, 0, 2, 1, 2]]] * 0.8 + 0.1
    (best,), scores = K.ctc_decode(p, np.array([5]))
    assert best[0, :3].tolist() == [0, 1, -1]
    assert scores.shape == (1, 1)
    paths, _ = K.ctc_decode(p, np.array([5]), greedy=False, beam_width=10, top_paths=2)
    assert len(paths) == 2
    assert paths[0][0, :3].tolist() == [0, 1, -1]
    with pytest.raises(NotBuiltYetError, match=r"K.ctc_batch_cost takes the labels as they are"):
        K.ctc_label_dense_to_sparse(p, p)


# -- loops ------------------------------------------------------------------------------------------


def test_folds_and_maps():
    close(K.map_fn(lambda row: row * 2, X), 2 * X)
    assert str(K.map_fn(lambda row: row, X, dtype="int32").dtype) == "int32"
    close(K.foldl(lambda total, row: total / 2 + row, X), X[0] / 2 + X[1])
    close(K.foldr(lambda total, row: total / 2 + row, X, initializer=X[0] * 0), X[1] / 2 + X[0])
    assert K.foldl(lambda a, b: a + b, cornu.Input((3,))).shape == (3,)


def step_of(weights):
    def step(x, states):
        output = K.tanh(x + states[0] * weights)
        return output, [output]

    return step


def run_by_hand(x, mask=None, zero=False, weights=0.5):
    state, shown, outputs = np.zeros_like(x[:, 0]), np.zeros_like(x[:, 0]), []
    for t in range(x.shape[1]):
        new = np.tanh(x[:, t] + state * weights)
        keep = np.ones((len(x), 1), bool) if mask is None else mask[:, t, None]
        state = np.where(keep, new, state)
        shown = np.where(keep, new, 0 if zero else shown)
        outputs.append(shown)
    return np.stack(outputs, 1), state


MASK = np.array([[1, 1, 0, 1], [1, 0, 0, 0]], bool)


@pytest.mark.parametrize("backwards", [False, True])
@pytest.mark.parametrize("options", [{}, {"unroll": True}, {"mask": MASK}, {"input_length": [4, 2]}])
@pytest.mark.parametrize("zero", [False, True])
def test_a_recurrent_loop(backwards, options, zero):
    start = [np.zeros((2, 3), "float32")]
    last, outputs, states = K.rnn(
        step_of(0.5), SERIES, start, backwards, zero_output_for_mask=zero, **options
    )
    mask = options.get("mask")
    if "input_length" in options:
        mask = np.arange(4) < np.array(options["input_length"])[:, None]
    turn = slice(None, None, -1) if backwards else slice(None)
    x, mask = SERIES[:, turn], None if mask is None else mask[:, turn]
    expected, state = run_by_hand(x, mask, zero)
    close(outputs, expected)
    close(last, expected[:, -1])
    close(states[0], state)


def test_a_recurrent_loop_with_constants_in_a_graph():
    x = cornu.Input((4, 3))
    last, outputs, _ = K.rnn(
        lambda x, states: (x + states[1], [states[0]]),
        x,
        [x[:, 0]],
        constants=[x[:, 1]],
        time_major=False,
    )
    assert (last.shape, outputs.shape) == ((None, 3), (None, 4, 3))
    close(cornu.Model(x, outputs)(SERIES), SERIES + SERIES[:, 1:2])
    turned = SERIES.swapaxes(0, 1)
    _, outputs, _ = K.rnn(step_of(0.5), turned, [SERIES[:, 0] * 0], time_major=True)
    close(outputs.swapaxes(0, 1), run_by_hand(SERIES)[0])
    only = K.rnn(step_of(0.5), SERIES, [SERIES[:, 0] * 0], return_all_outputs=False)[1]
    assert only.shape == (2, 1, 3)
    with pytest.raises(ValueError, match=r"K.rnn: inputs must be \(batch, time, features\)"):
        K.rnn(step_of(0.5), X, [X])


# -- images -----------------------------------------------------------------------------------------


def convolved(x, kernel, step=1):
    """A convolution of 'valid' padding, place by place."""
    k, m = kernel.shape[:2]
    rows, columns = ((n - size) // step + 1 for n, size in zip(x.shape[1:3], (k, m), strict=True))
    return np.stack(
        [
            np.stack(
                [
                    np.tensordot(
                        x[:, i * step : i * step + k, j * step : j * step + m],
                        kernel,
                        ((1, 2, 3), (0, 1, 2)),
                    )
                    for j in range(columns)
                ],
                1,
            )
            for i in range(rows)
        ],
        1,
    )


def test_convolutions():
    kernel = RNG.normal(size=(3, 2, 3, 4)).astype("float32")
    close(K.conv2d(IMAGES, kernel), convolved(IMAGES, kernel), rtol=1e-4, atol=1e-5)
    close(K.conv2d(IMAGES, kernel, (2, 2)), convolved(IMAGES, kernel, 2), rtol=1e-4, atol=1e-5)
    first = K.conv2d(IMAGES.transpose(0, 3, 1, 2), kernel, data_format="channels_first")
    close(np.transpose(first, (0, 2, 3, 1)), convolved(IMAGES, kernel), rtol=1e-4, atol=1e-5)
    causal = np.pad(SERIES, ((0, 0), (1, 0), (0, 0)))[:, :, None]
    expected = convolved(causal, kernel[:2, :1])[:, :, 0]
    close(K.conv1d(SERIES, kernel[:2, 0], padding="causal"), expected, rtol=1e-4, atol=1e-5)
    volume = K.conv3d(IMAGES[:, None], kernel[None])
    close(volume[:, 0], convolved(IMAGES, kernel), rtol=1e-4, atol=1e-5)
    depth, point = kernel[..., :1], RNG.normal(size=(1, 1, 3, 2)).astype("float32")
    each = np.concatenate(
        [convolved(IMAGES[..., c : c + 1], depth[:, :, c : c + 1]) for c in range(3)], -1
    )
    close(K.depthwise_conv2d(IMAGES, depth), each, rtol=1e-4, atol=1e-5)
    close(K.separable_conv2d(IMAGES, depth, point), each @ point[0, 0], rtol=1e-4, atol=1e-5)
    with pytest.raises(ValueError, match=r"K.conv2d: unknown data_format=.*Did you mean"):
        K.conv2d(IMAGES, kernel, data_format="channels_lsat")


@pytest.mark.parametrize("padding", ["valid", "same"])
def test_the_transpose_of_a_convolution(padding):
    kernel = RNG.normal(size=(3, 3, 3, 2)).astype("float32")
    y = np.asarray(K.conv2d(IMAGES, kernel, (2, 2), padding))
    weights = RNG.normal(size=y.shape).astype("float32")
    found = K.conv2d_transpose(weights, kernel, IMAGES.shape, (2, 2), padding)
    assert found.shape == IMAGES.shape
    close((y * weights).sum(), (IMAGES * found).sum(), rtol=1e-3)  # <Ax, w> = <x, Aᵀw>
    none = K.conv2d_transpose(weights, kernel, (None, None, None, 3), (2, 2), "same")
    assert none.shape[1:3] == (2 * y.shape[1], 2 * y.shape[2])


def test_pools_paddings_and_sizes():
    windows = IMAGES[:, :4].reshape(2, 2, 2, 3, 2, 3)
    close(K.pool2d(IMAGES, (2, 2), (2, 2)), windows.max((2, 4)))
    close(K.pool2d(IMAGES, (2, 2), (2, 2), pool_mode="avg"), windows.mean((2, 4)))
    assert K.pool2d(IMAGES, (2, 2)).shape == (2, 4, 5, 3)
    assert K.pool3d(IMAGES[:, None], (1, 2, 2), (1, 2, 2)).shape == (2, 1, 2, 3, 3)
    close(K.temporal_padding(SERIES, (2, 1)), np.pad(SERIES, ((0, 0), (2, 1), (0, 0))))
    close(K.spatial_2d_padding(IMAGES), np.pad(IMAGES, ((0, 0), (1, 1), (1, 1), (0, 0))))
    first = K.spatial_2d_padding(IMAGES, ((1, 0), (0, 2)), "channels_first")
    close(first, np.pad(IMAGES, ((0, 0), (0, 0), (1, 0), (0, 2))))
    assert K.spatial_3d_padding(IMAGES[:, None]).shape == (2, 3, 7, 8, 3)
    close(K.resize_images(IMAGES, 2, 3, "channels_last"), IMAGES.repeat(2, 1).repeat(3, 2))
    assert K.resize_images(IMAGES, 2, 2, "channels_last", interpolation="bilinear").shape[1] == 10
    assert K.resize_volumes(IMAGES[:, None], 3, 2, 1, "channels_last").shape == (2, 3, 10, 6, 3)
    with pytest.raises(ValueError, match=r"padding needs 2 pairs \(before, after\)"):
        K.spatial_2d_padding(IMAGES, (1, 1))
    with pytest.raises(ValueError, match=r"K.pool2d: unknown pool_mode='mean'"):
        K.pool2d(IMAGES, (2, 2), pool_mode="mean")


def test_convolutions_with_a_kernel_for_each_place():
    kernel = RNG.normal(size=(3, 6, 4)).astype("float32")
    expected = np.stack([SERIES[:, i : i + 2].reshape(2, 6) @ kernel[i] for i in range(3)], 1)
    close(K.local_conv1d(SERIES, kernel, (2,), (1,)), expected, rtol=1e-4)
    first = K.local_conv1d(SERIES.swapaxes(1, 2), kernel, 2, 1, "channels_first")
    close(first, expected.swapaxes(1, 2), rtol=1e-4)
    kernel = RNG.normal(size=(4 * 3, 2 * 2 * 3, 2)).astype("float32")
    found = np.asarray(K.local_conv2d(IMAGES, kernel, (2, 2), (1, 2), (4, 3)))
    for i in range(4):
        for j in range(3):
            patch = IMAGES[:, i : i + 2, 2 * j : 2 * j + 2].reshape(2, -1)
            close(found[:, i, j], patch @ kernel[3 * i + j], rtol=1e-4, atol=1e-5)
    with pytest.raises(ValueError, match=r"K.local_conv1d: 5 places of 2 do not lie in"):
        K.local_conv1d(SERIES, np.ones((5, 6, 4), "float32"), 2, 1)
    with pytest.raises(ValueError, match=r"K.local_conv2d: 4 x 3 places of 2 x 2 need as many kernels"):
        K.local_conv2d(IMAGES, kernel[:3], (2, 2), (1, 2), (4, 3))


# -- settings ---------------------------------------------------------------------------------------


def test_settings():
    assert K.epsilon() == 1e-7
    K.set_epsilon(0.5)
    assert float(K.ctc_batch_cost([[0]], [[[0.5, 0.5]]], [[1]], [[1]])[0, 0]) == pytest.approx(np.log(2))
    K.set_epsilon(1e-7)
    assert K.image_data_format() == "channels_last"
    K.set_image_data_format("channels_first")
    assert cornu.layers.Conv2D(1, 2).data_format == "channels_first"
    K.set_image_data_format("channels_last")
    with pytest.raises(ValueError, match=r'Did you mean "channels_last"'):
        K.set_image_data_format("channels_lst")
    with pytest.raises(ValueError, match=r"epsilon must be a small number from 0 on"):
        K.set_epsilon(-1)
    with pytest.raises(ValueError, match=r"variables have their values from the start"):
        K.manual_variable_initialization(True)
    assert K.result_type("int32", "float32") == "float32"
    assert K.result_type("int8", int) == "int8"
    assert K.result_type() == "float32"
    assert K.is_int_dtype("int64")
    assert K.is_float_dtype("float16")
    assert not K.is_float_dtype("int32")


def test_a_model_with_functions_of_the_backend_comes_back():
    x = cornu.Input((4, 3))
    model = cornu.Model(x, K.relu(K.batch_dot(x, x, axes=2), max_value=2.0))
    again = cornu.Model.from_config(model.get_config())
    close(again(SERIES), model(SERIES))
    config = model.get_config()
    config["layers"][1]["class_name"] = "K.batch_dat"
    with pytest.raises(ValueError, match=r"calls K.batch_dat .* Import cornu.backend before loading"):
        cornu.Model.from_config(config)


def test_a_misspelt_name_is_named():
    with pytest.raises(
        AttributeError, match=r"cornu.backend has no 'meam' .yet.. Did you mean \"mean\""
    ):
        _ = K.meam


def test_focal_crossentropies():
    labels, p = np.array([[1.0, 0.0], [0.0, 1.0]]), np.array([[0.7, 0.2], [0.4, 0.6]])
    given = np.where(labels == 1, p, 1 - p)
    expected = -((1 - given) ** 2) * np.log(given)
    close(K.binary_focal_crossentropy(labels, p), expected)
    weights = np.where(labels == 1, 0.3, 0.7)
    balanced = K.binary_focal_crossentropy(labels, p, apply_class_balancing=True, alpha=0.3)
    close(balanced, weights * expected)
    close(K.binary_focal_crossentropy(labels, np.log(p / (1 - p)), from_logits=True), expected)
    whole = p / p.sum(-1, keepdims=True)
    expected = -(0.25 * (1 - whole) ** 3 * labels * np.log(whole)).sum(-1)
    close(K.categorical_focal_crossentropy(labels, p, gamma=3.0), expected)
    found = K.categorical_focal_crossentropy(labels.T, np.log(p.T), gamma=3.0, from_logits=True, axis=0)
    close(found, expected)


def test_a_class_that_is_ignored():
    p = np.array([[0.7, 0.3], [0.4, 0.6], [0.5, 0.5]])
    found = K.sparse_categorical_crossentropy(np.array([0, 255, 1]), p, ignore_class=255)
    close(found, [-np.log(0.7), 0, -np.log(0.5)])


def test_names_and_dtypes():
    K.clear_session()
    assert [K.get_uid("a"), K.get_uid("a"), K.get_uid("b")] == [1, 2, 1]
    assert K.floatx() == K.standardize_dtype(None) == "float32"
    K.set_floatx("float16")
    assert K.floatx() == "float16"
    K.set_floatx("float32")
    with K.name_scope("block"):
        assert cornu.Variable(1.0, name="weight").path == "block/weight"
    x = cornu.Variable(3.0)
    assert float(cornu.grad(lambda: x * K.stop_gradient(x), x)()) == 3
