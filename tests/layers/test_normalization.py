"""Normalization: statistics worked out with NumPy, moving averages, masks, freezing, training."""

import jax
import jax.numpy as jnp
import keras
import numpy as np
import pytest

import cornu
from cornu import layers
from cornu.core.masks import mask_of, set_mask
from cornu.layers.layer import is_samplewise
from cornu.ops.formulas.moments import moments

RNG = np.random.default_rng(5)
X = RNG.normal(3, 2, size=(6, 4)).astype("float32")
IMAGES = RNG.normal(1, 2, size=(3, 2, 5, 6)).astype("float32")
SERIES = RNG.normal(1, 2, size=(3, 4, 2)).astype("float32")
STEPS = np.array([[1, 1, 0, 0], [1, 0, 0, 0], [1, 1, 1, 0]], bool)


def standard(x, axes, epsilon=1e-3):
    x = x.astype("float64")
    return (x - x.mean(axes, keepdims=True)) / np.sqrt(x.var(axes, keepdims=True) + epsilon)


# -- worked values ---------------------------------------------------------------------------------


def test_batch_normalization_uses_the_batch_while_training_and_averages_otherwise():
    layer = layers.BatchNormalization(momentum=0.9)
    np.testing.assert_allclose(layer(X), X / np.sqrt(1.001), rtol=1e-5)
    np.testing.assert_allclose(layer(X, training=True), standard(X, 0), rtol=1e-4, atol=1e-5)
    mean, variance = 0.1 * X.mean(0), 0.9 + 0.1 * X.var(0)
    np.testing.assert_allclose(layer.moving_mean, mean, rtol=1e-5)
    np.testing.assert_allclose(layer.moving_variance, variance, rtol=1e-5)
    expected = (X - mean) / np.sqrt(variance + 1e-3)
    np.testing.assert_allclose(layer(X), expected, rtol=1e-4, atol=1e-5)
    np.testing.assert_allclose(layer(X, training=None), expected, rtol=1e-4, atol=1e-5)


def test_the_averages_come_near_the_statistics_of_the_data():
    layer = layers.BatchNormalization(momentum=0.5)
    for _ in range(40):
        layer(X, training=True)
    np.testing.assert_allclose(layer.moving_mean, X.mean(0), rtol=1e-5)
    np.testing.assert_allclose(layer.moving_variance, X.var(0), rtol=1e-5)


@pytest.mark.parametrize(("axis", "rest"), [(1, (0, 2, 3)), (-1, (0, 1, 2)), (-3, (0, 2, 3))])
def test_batch_normalization_of_each_channel(axis, rest):
    layer = layers.BatchNormalization(axis=axis)
    expected = standard(IMAGES, rest)
    np.testing.assert_allclose(layer(IMAGES, training=True), expected, rtol=1e-3, atol=1e-5)
    assert layer.gamma.shape == (IMAGES.shape[axis],)


def test_renormalization_tends_to_the_moving_statistics():
    layer = layers.BatchNormalization(renorm=True, renorm_momentum=0, momentum=0)
    layer(X, training=True)
    other = RNG.normal(0, 1, size=(50, 4)).astype("float32")
    stddev = np.sqrt(X.var(0) + 1e-3)
    expected = (other - X.mean(0)) / stddev  # unclipped, it undoes the batch's own statistics
    np.testing.assert_allclose(layer(other, training=True), expected, rtol=1e-4, atol=1e-5)
    np.testing.assert_allclose(layer.renorm_stddev, np.sqrt(other.var(0) + 1e-3), rtol=1e-5)
    np.testing.assert_allclose(layer.moving_variance, other.var(0), rtol=1e-4)


@pytest.mark.parametrize("axes", [-1, 1, (1, 2), [2, 1, 3], (-1, -3), (0, -1)])
def test_layer_normalization_of_several_axes(axes):
    layer = layers.LayerNormalization(axis=axes)
    expected = standard(IMAGES, tuple(axes) if isinstance(axes, (tuple, list)) else axes)
    np.testing.assert_allclose(layer(IMAGES), expected, rtol=1e-3, atol=1e-5)


@pytest.mark.parametrize(("groups", "axis"), [(1, -1), (2, -1), (6, 3), (-1, -1), (5, 2), (1, 1)])
def test_group_normalization(groups, axis):
    layer = layers.GroupNormalization(groups, axis=axis)
    x = np.moveaxis(IMAGES, axis, 1)
    count = x.shape[1] if groups == -1 else groups
    grouped = x.reshape(len(x), count, -1)
    expected = np.moveaxis(standard(grouped, -1).reshape(x.shape), 1, axis)
    np.testing.assert_allclose(layer(IMAGES), expected, rtol=1e-3, atol=1e-5)
    assert layer.beta.shape == (IMAGES.shape[axis],)


@pytest.mark.parametrize("axis", [-1, 1, (1, 2)])
def test_root_mean_square_normalization(axis):
    layer = layers.RMSNormalization(axis=axis, epsilon=0.1)
    layer(IMAGES)
    scale = RNG.normal(size=layer.scale.shape).astype("float32")
    layer.set_weights([scale])
    power = np.mean(IMAGES**2, axis, keepdims=True) + 0.1
    shape = [
        n if axis in (i, i - 4) or (axis == (1, 2) and i in axis) else 1
        for i, n in enumerate(IMAGES.shape)
    ]
    np.testing.assert_allclose(layer(IMAGES), IMAGES / np.sqrt(power) * scale.reshape(shape), rtol=1e-5)


def test_unit_normalization_keeps_zeros_and_their_gradient_finite():
    layer = layers.UnitNormalization()
    x = np.concatenate([X, np.zeros((1, 4), "float32")])
    lengths = np.linalg.norm(layer(x), axis=1)
    np.testing.assert_allclose(lengths, [1, 1, 1, 1, 1, 1, 0], rtol=1e-6)
    assert np.isfinite(jax.grad(lambda x: layer(x).sum())(jnp.asarray(x))).all()


def test_old_scaling_of_layer_normalization():
    with pytest.warns(cornu.core.errors.CornuWarning, match=r"RMSNormalization\(\)"):
        layer = layers.LayerNormalization(rms_scaling=True)
    expected = X / np.sqrt(X.var(1, keepdims=True) + 1e-3)
    np.testing.assert_allclose(layer(X), expected, rtol=1e-5)
    assert [w.name for w in layer.weights] == ["gamma"]
    assert layer.get_config()["rms_scaling"] is True


def test_spectral_normalization_is_that_of_the_singular_values():
    inner = layers.Dense(3, use_bias=False, kernel_initializer="he_normal")
    layer = layers.SpectralNormalization(inner, power_iterations=50)
    layer(X)
    kernel = inner.kernel.numpy()
    layer(X)
    np.testing.assert_array_equal(inner.kernel, kernel)  # only training changes it
    output = layer(X, training=True)
    largest = np.linalg.svd(kernel)[1][0]
    np.testing.assert_allclose(inner.kernel, kernel / largest, rtol=1e-4)
    np.testing.assert_allclose(output, X @ kernel / largest, rtol=1e-4, atol=1e-5)


def test_spectral_normalization_leaves_a_kernel_of_zeros():
    layer = layers.SpectralNormalization(layers.Dense(3, kernel_initializer="zeros"))
    np.testing.assert_array_equal(layer(X, training=True), np.zeros((6, 3)))
    assert np.isfinite(layer.vector_u.numpy()).all()


def test_spectral_normalization_holds_after_fit():
    """Keras on JAX loses the normalized kernel at the end of each compiled step."""
    inner = layers.Dense(1, kernel_initializer=cornu.initializers.Constant(3.0))
    model = cornu.Sequential([layers.SpectralNormalization(inner, power_iterations=3)])
    model.compile(cornu.optimizers.SGD(1e-4), "mse")
    model.fit(X, X[:, 0], epochs=2, verbose=0)
    assert abs(np.linalg.norm(inner.kernel) - 1) < 0.01


# -- gradients -------------------------------------------------------------------------------------


@pytest.mark.parametrize("mask", [None, STEPS])
@pytest.mark.parametrize("arguments", [{}, {"axis": 1}, {"renorm": True}, {"scale": False}])
def test_gradients_of_batch_normalization_while_training(arguments, mask):
    with jax.enable_x64(True):
        ours = layers.BatchNormalization(dtype="float64", **arguments)
        x = jnp.asarray(SERIES, "float64")

        def total(x):
            y = cornu.core.pure.pure(lambda: ours(x, training=True, mask=mask), state)({**values})[1]
            return jnp.sum(y * jnp.cos(jnp.arange(y.size).reshape(y.shape)))

        ours(x)
        state = {"all": {w.name: w for w in ours.weights}}
        values = cornu.core.pure.read(state)
        slope = jax.grad(total)(x)
        direction = RNG.normal(size=x.shape)
        if arguments.get("renorm"):  # r and d count as constants, so differences are something else
            assert np.isfinite(slope).all()
            return
        step = 1e-6 * direction
        expected = (total(x + step) - total(x - step)) / 2e-6
        np.testing.assert_allclose(np.sum(slope * direction), expected, rtol=1e-6, atol=1e-8)


@pytest.mark.parity
@pytest.mark.parametrize("arguments", [{}, {"axis": 1}, {"renorm": True}])
def test_gradients_while_training_are_those_of_keras(arguments):
    ours, theirs = layers.BatchNormalization(**arguments), keras.layers.BatchNormalization(**arguments)
    ours(SERIES)
    theirs(SERIES)
    state = {"all": {w.name: w for w in ours.weights}}
    values = cornu.core.pure.read(state)
    fixed = [v.value for v in theirs.non_trainable_variables]
    trained = [v.value for v in theirs.trainable_variables]

    def our_loss(x):
        y = cornu.core.pure.pure(lambda: ours(x, training=True), state)(values)[1]
        return jnp.sum(jnp.sin(y) * y)

    def their_loss(x):
        y, _ = theirs.stateless_call(trained, fixed, x, training=True)
        return jnp.sum(jnp.sin(y) * y)

    x = jnp.asarray(SERIES)
    np.testing.assert_allclose(jax.grad(our_loss)(x), jax.grad(their_loss)(x), rtol=1e-4, atol=1e-5)


@pytest.mark.parametrize("axes", [(0,), (1,), (0, 1)])
def test_derivatives_of_moments_of_any_kind_and_order(axes):
    with jax.enable_x64(True):
        x, direction = jnp.asarray(X, "float64"), RNG.normal(size=X.shape)

        def plain(x):
            return sum(jnp.sum(jnp.sin(part)) for part in (jnp.mean(x, axes), jnp.var(x, axes)))

        def ours(x):
            return sum(jnp.sum(jnp.sin(part)) for part in moments(x, axes))

        np.testing.assert_allclose(ours(x), plain(x), rtol=1e-12)
        np.testing.assert_allclose(jax.grad(ours)(x), jax.grad(plain)(x), rtol=1e-9, atol=1e-12)
        along = [jax.jvp(f, (x,), (direction,))[1] for f in (ours, plain)]
        np.testing.assert_allclose(*along, rtol=1e-9)
        twice = [jax.jvp(jax.grad(f), (x,), (direction,))[1] for f in (ours, plain)]
        np.testing.assert_allclose(*twice, rtol=1e-9, atol=1e-12)
        many = [jax.vmap(jax.grad(f))(jnp.stack([x, 2 * x])) for f in (ours, plain)]
        np.testing.assert_allclose(*many, rtol=1e-9, atol=1e-12)


# -- masks -----------------------------------------------------------------------------------------


def test_masked_steps_do_not_count_in_the_statistics():
    layer = layers.BatchNormalization(momentum=0)
    output = layer(SERIES, training=True, mask=STEPS)
    kept = SERIES[STEPS]
    np.testing.assert_allclose(layer.moving_mean, kept.mean(0), rtol=1e-5)
    np.testing.assert_allclose(layer.moving_variance, kept.var(0), rtol=1e-5)
    expected = (SERIES - kept.mean(0)) / np.sqrt(kept.var(0) + 1e-3)
    np.testing.assert_allclose(output, expected, rtol=1e-4, atol=1e-5)


def test_a_mask_of_nothing_gives_finite_numbers():
    layer = layers.BatchNormalization()
    output = layer(SERIES, training=True, mask=np.zeros_like(STEPS))
    assert np.isfinite(output).all()
    np.testing.assert_array_equal(layer.moving_mean, [0, 0])


@pytest.mark.parametrize(
    "layer",
    [
        layers.BatchNormalization(),
        layers.LayerNormalization(),
        layers.GroupNormalization(2),
        layers.UnitNormalization(),
        layers.PReLU(),
        layers.Softmax(axis=1),
        layers.Identity(),
        layers.ActivityRegularization(),
        layers.GaussianNoise(0.1),
        layers.SpatialDropout1D(0.1),
        layers.AlphaDropout(0.1),
    ],
    ids=lambda layer: type(layer).__name__,
)
def test_masks_are_handed_on(layer):
    x = jnp.asarray(SERIES)
    mask = jnp.asarray(STEPS)[..., None] if isinstance(layer, layers.Softmax) else jnp.asarray(STEPS)
    set_mask(x, mask)
    for training in (False, True):
        output = layer(x, training=training)
        np.testing.assert_array_equal(mask_of(output), mask)


def test_the_mask_that_comes_with_the_data_is_used():
    x = jnp.asarray(SERIES)
    set_mask(x, jnp.asarray(STEPS))
    layer = layers.BatchNormalization(momentum=0)
    layer(x, training=True)
    np.testing.assert_allclose(layer.moving_mean, SERIES[STEPS].mean(0), rtol=1e-5)


# -- precision -------------------------------------------------------------------------------------


@pytest.mark.parametrize("policy", ["mixed_float16", "mixed_bfloat16"])
def test_averages_stay_whole_under_mixed_precision(policy):
    x = (300 * X).astype("float32")  # squares of that are beyond float16
    whole, half = (layers.BatchNormalization(dtype=dtype) for dtype in ("float32", policy))
    for _ in range(100):
        y = whole(x, training=True)
        z = half(x, training=True)
    assert half.moving_mean.dtype == half.moving_variance.dtype == half.gamma.dtype == "float32"
    for ours, theirs in zip(half.get_weights(), whole.get_weights(), strict=True):
        np.testing.assert_allclose(ours, theirs, rtol=1e-2)
    np.testing.assert_allclose(np.asarray(z, "float32"), y, atol=0.03)


@pytest.mark.parametrize(
    "make", [layers.LayerNormalization, layers.RMSNormalization, layers.UnitNormalization]
)
def test_sums_are_taken_in_float32(make):
    x = np.full((2, 200), 200.0, "float16")  # the sum of squares is beyond float16
    output = make(dtype="float16")(x)
    assert output.dtype == "float16"
    assert np.isfinite(output).all()


# -- samples ---------------------------------------------------------------------------------------


def test_normalizing_over_the_batch_couples_the_samples():
    assert not is_samplewise(layers.BatchNormalization())
    for make in (layers.LayerNormalization, layers.RMSNormalization, layers.UnitNormalization):
        for axis, samplewise in ((-1, True), ([1], True), (0, False), (-2, False), ([0, 1], False)):
            layer = make(axis=axis)
            layer(X)
            assert is_samplewise(layer) == samplewise
    layer = layers.Softmax(axis=0)
    layer(X)
    assert not is_samplewise(layer)


# -- training --------------------------------------------------------------------------------------

TARGETS = (X @ np.array([0.3, -0.2, 0.1, 0.4]) + 1).astype("float32")
DATA = np.tile(X, (5, 1)) + RNG.normal(0, 0.5, size=(30, 4)).astype("float32")
LABELS = np.tile(TARGETS, 5)


def network(library, *between, **first):
    library.utils.set_random_seed(3)
    inner = library.layers
    # No bias before the normalization: its gradient is 0, and Adam would blow up the rounding.
    return library.Sequential(
        [inner.Input((4,)), inner.Dense(6, use_bias=False, **first), *between, inner.Dense(1)]
    )


def losses_of(library, model, **arguments):
    class Recorder(library.callbacks.Callback):
        def on_train_batch_end(self, batch, logs=None):
            steps.append(logs["loss"])

    steps = []
    model.fit(DATA, LABELS, verbose=0, callbacks=[Recorder()], **arguments)
    return steps


@pytest.mark.parity
@pytest.mark.parametrize("batch_size", [6, 8])  # five batches, or three and a shorter one
@pytest.mark.parametrize("arguments", [{}, {"renorm": True, "renorm_momentum": 0.5}, {"scale": False}])
def test_batch_normalization_trains_as_in_keras(arguments, batch_size):
    def run(library):
        layer = library.layers.BatchNormalization(momentum=0.7, **arguments)
        model = network(library, layer)
        model.compile("adam", "mse")
        losses = losses_of(library, model, epochs=5, batch_size=batch_size)
        averages = [np.asarray(w) for w in layer.non_trainable_weights]
        return (
            losses,
            averages,
            model.evaluate(DATA, LABELS, verbose=0, batch_size=batch_size),
            model.predict(DATA, verbose=0),
        )

    ours, theirs = run(cornu), run(keras)
    assert len(ours[0]) >= 20
    np.testing.assert_allclose(ours[0], theirs[0], rtol=1e-5)
    for average, expected in zip(ours[1], theirs[1], strict=True):
        np.testing.assert_allclose(average, expected, rtol=1e-5, atol=1e-6)
    np.testing.assert_allclose(ours[2], theirs[2], rtol=1e-5)
    np.testing.assert_allclose(ours[3], theirs[3], rtol=1e-4, atol=1e-5)


@pytest.mark.parity
@pytest.mark.parametrize(
    ("name", "arguments"),
    [
        ("LayerNormalization", {}),
        ("GroupNormalization", {"groups": 3}),
        ("RMSNormalization", {}),
        ("UnitNormalization", {}),
        ("PReLU", {}),
        ("GaussianNoise", {"stddev": 0.3, "seed": 4}),
        ("GaussianDropout", {"rate": 0.3, "seed": 4}),
        ("AlphaDropout", {"rate": 0.3, "seed": 4}),
        ("ActivityRegularization", {"l1": 0.01, "l2": 0.02}),
    ],
)
def test_other_layers_train_as_in_keras(name, arguments):
    def run(library):
        model = network(library, getattr(library.layers, name)(**arguments))
        model.compile("rmsprop", "mse")
        return losses_of(library, model, epochs=5, batch_size=8)

    np.testing.assert_allclose(run(cornu), run(keras), rtol=1e-5)


def test_a_frozen_layer_uses_and_keeps_its_averages():
    layer = layers.BatchNormalization()
    model = network(cornu, layer)
    model.compile("adam", "mse")
    model.fit(DATA, LABELS, epochs=2, verbose=0)
    layer.trainable = False
    model.compile("adam", "mse")
    before = layer.get_weights()
    model.fit(DATA, LABELS, epochs=2, verbose=0)
    for now, then in zip(layer.get_weights(), before, strict=True):
        np.testing.assert_array_equal(now, then)
    hidden = model.layers[0](DATA)
    np.testing.assert_array_equal(layer(hidden, training=True), layer(hidden))
    assert layer.trainable_weights == []
    assert [w.name for w in layer.non_trainable_weights] == (
        ["gamma", "beta", "moving_mean", "moving_variance"]
    )


@pytest.mark.parity
def test_fine_tuning_on_a_frozen_base_is_that_of_keras():
    def run(library):
        inner = library.layers
        base = network(library, inner.BatchNormalization())
        base.compile("sgd", "mse")
        losses_of(library, base, epochs=2, batch_size=6)
        base.trainable = False
        model = library.Sequential([inner.Input((4,)), base, inner.Dense(1, kernel_initializer="ones")])
        model.compile("adam", "mse")
        frozen = losses_of(library, model, epochs=2, batch_size=8)
        base.trainable = True
        model.compile(library.optimizers.SGD(1e-3), "mse")
        return frozen, losses_of(library, model, epochs=2, batch_size=8)

    for ours, theirs in zip(run(cornu), run(keras), strict=True):
        np.testing.assert_allclose(ours, theirs, rtol=1e-5)


@pytest.mark.parity
def test_a_convolutional_network_trains_as_in_keras():
    x = RNG.normal(1, 2, size=(40, 8, 8, 3)).astype("float32")
    y = 3 * x.mean((1, 2))[:, :1]

    def run(library):
        inner = library.layers
        library.utils.set_random_seed(4)
        model = library.Sequential(
            [
                inner.Input((8, 8, 3)),
                inner.Conv2D(4, 3, use_bias=False),
                inner.BatchNormalization(momentum=0.8),
                inner.ReLU(),
                inner.SpatialDropout2D(0.2, seed=2),
                inner.Conv2D(4, 3, use_bias=False),
                inner.BatchNormalization(),
                inner.LeakyReLU(0.1),
                inner.Flatten(),
                inner.Dense(4, use_bias=False),
                inner.LayerNormalization(),
                inner.PReLU(),
                inner.Dense(1),
            ]
        )
        model.compile(library.optimizers.SGD(0.01), "mse")
        losses = model.fit(x, y, batch_size=10, epochs=5, verbose=0).history["loss"]
        return losses, model.evaluate(x, y, batch_size=12, verbose=0), model.get_weights()

    ours, theirs = run(cornu), run(keras)
    np.testing.assert_allclose(ours[0], theirs[0], rtol=1e-5)
    np.testing.assert_allclose(ours[1], theirs[1], rtol=1e-5)
    for weight, expected in zip(ours[2], theirs[2], strict=True):
        np.testing.assert_allclose(weight, expected, rtol=1e-4, atol=1e-5)


def test_constraints_hold_and_penalties_count():
    options = {
        "gamma_constraint": cornu.constraints.MaxNorm(0.5),
        "beta_constraint": "non_neg",
        "gamma_regularizer": cornu.regularizers.L2(0.3),
        "beta_regularizer": cornu.regularizers.L1(0.2),
    }
    for layer in (
        layers.BatchNormalization(**options),
        layers.LayerNormalization(**options),
        layers.GroupNormalization(2, **options),
    ):
        model = network(cornu, layer)
        model.compile(cornu.optimizers.SGD(0.1), "mse")
        model.fit(DATA, LABELS, epochs=2, verbose=0)
        gamma, beta = layer.gamma.numpy(), layer.beta.numpy()
        assert np.linalg.norm(gamma) <= 0.5 + 1e-6
        assert beta.min() == 0
        assert beta.max() > 0
        expected = [0.3 * (gamma**2).sum(), 0.2 * np.abs(beta).sum()]
        np.testing.assert_allclose([float(loss) for loss in model.losses], expected, rtol=1e-5)


def test_in_a_functional_model_with_unknown_sizes():
    x = cornu.Input((None, None, 6))
    y = layers.GroupNormalization(3)(layers.BatchNormalization()(x))
    y = layers.LayerNormalization()(layers.UnitNormalization(axis=(1, 2))(y))
    model = cornu.Model(x, y)
    assert model.output_shape == (None, None, None, 6)
    assert model.predict(IMAGES, verbose=0).shape == IMAGES.shape


def test_synchronized_statistics_are_the_only_ones():
    one, other = layers.BatchNormalization(synchronized=True), layers.BatchNormalization()
    np.testing.assert_array_equal(one(X, training=True), other(X, training=True))


def test_an_axis_in_a_list_as_older_configurations_have_it():
    assert layers.BatchNormalization(axis=[3]).axis == 3


# -- bad input -------------------------------------------------------------------------------------

U = np.ones((2, 3, 4), "float32")


@pytest.mark.parametrize(
    ("make", "error", "words"),
    [
        (
            lambda: layers.BatchNormalization(axis=3, name="bn")(U),
            ValueError,
            r'"bn": axis=3 is out of range.*\(2, 3, 4\).*axes are 0 to 2, or -3 to -1',
        ),
        (lambda: layers.LayerNormalization(axis=-4)(U), ValueError, "axis=-4 is out of range"),
        (lambda: layers.LayerNormalization(axis=(1, -2))(U), ValueError, "names an axis twice"),
        (lambda: layers.RMSNormalization(axis=[2, 2])(U), ValueError, "names an axis twice"),
        (lambda: layers.UnitNormalization(axis=[0, 3])(U), ValueError, r"axis=\[0, 3\] is out of range"),
        (lambda: layers.GroupNormalization(1, axis=5)(U), ValueError, "axis=5 is out of range"),
        (lambda: layers.LayerNormalization(axis=[]), ValueError, "names no axis"),
        (lambda: layers.LayerNormalization(axis="last"), TypeError, "axis='last'. Write .* axis=-1"),
        (lambda: layers.UnitNormalization(axis=1.0), TypeError, "whole number or a list of them"),
        (lambda: layers.RMSNormalization(axis=True), TypeError, "got axis=True"),
        (lambda: layers.BatchNormalization(axis=(1, 2)), ValueError, "has one axis of channels"),
        (
            lambda: layers.BatchNormalization()(cornu.Input((3, None))),
            ValueError,
            r"weights along axis 2.*needs to know its size.*\(None, 3, None\)",
        ),
        (
            lambda: layers.LayerNormalization(axis=[1, 2])(cornu.Input((None, 4))),
            ValueError,
            "weights along axis 1",
        ),
        (
            lambda: layers.GroupNormalization(1)(cornu.Input((None,))),
            ValueError,
            "GroupNormalization.*weights along axis 1",
        ),
        (lambda: layers.RMSNormalization(axis=0)(cornu.Input((4,))), ValueError, "along axis 0"),
        (
            lambda: layers.GroupNormalization(3)(U),
            ValueError,
            r"cannot divide the 4 channels .*\(2, 3, 4\) into groups=3.*one of \[1, 2, 4\], or -1",
        ),
        (lambda: layers.GroupNormalization()(U), ValueError, "into groups=32"),
        (lambda: layers.GroupNormalization(0), ValueError, "groups must be a whole number above 0"),
        (lambda: layers.GroupNormalization(-2), ValueError, "got groups=-2"),
        (lambda: layers.GroupNormalization(2.0), ValueError, "got groups=2.0"),
        (lambda: layers.GroupNormalization(2, axis=0)(U), ValueError, "axis=0 is the batch"),
        (lambda: layers.LayerNormalization(epsilon=-1), ValueError, "epsilon must be .* at least 0"),
        (lambda: layers.RMSNormalization(epsilon="x"), ValueError, "got epsilon='x'"),
        (lambda: layers.BatchNormalization(momentum=1.5), ValueError, "momentum must be .* 0 to 1"),
        (lambda: layers.BatchNormalization(renorm_momentum=-1), ValueError, "renorm_momentum must be"),
        (
            lambda: layers.BatchNormalization(renorm=True, renorm_clipping={"rmaxx": 1}),
            ValueError,
            "has a key 'rmaxx'. Did you mean \"rmax\"",
        ),
        (
            lambda: layers.BatchNormalization(renorm=True, renorm_clipping={"rmax": 1, "rmin": 2}),
            ValueError,
            "rmin must be at most rmax",
        ),
        (
            lambda: layers.BatchNormalization(renorm=True, renorm_clipping={"dmax": -1}),
            ValueError,
            r"dmax, the largest \|d\|, must be at least 0",
        ),
        (
            lambda: layers.BatchNormalization(name="bn")(U, training=True, mask=np.ones((2, 3, 4))),
            ValueError,
            r'"bn" takes a mask of .* \(2, 3\), but got a mask of shape \(2, 3, 4\)',
        ),
        (
            lambda: layers.BatchNormalization()(U, training=True, mask=np.ones((2, 5))),
            ValueError,
            r"got a mask of shape \(2, 5\)",
        ),
        (
            lambda: layers.SpectralNormalization("dense"),
            ValueError,
            "takes a layer, got layer='dense'",
        ),
        (
            lambda: layers.SpectralNormalization(layers.ReLU(name="r"))(U),
            ValueError,
            'kernel or embeddings, but ReLU "r" has neither',
        ),
        (
            lambda: layers.SpectralNormalization(layers.Dense(2), power_iterations=0),
            ValueError,
            "power_iterations must be a whole number above 0",
        ),
    ],
)
def test_errors_teach(make, error, words):
    with pytest.raises(error, match=words):
        make()


@pytest.mark.parametrize(
    ("layer", "size"),
    [(layers.BatchNormalization(), 4), (layers.GroupNormalization(2), 4)],
    ids=lambda value: type(value).__name__,
)
def test_another_number_of_channels_is_named(layer, size):
    layer(U)
    with pytest.raises(ValueError, match=f"expects size {size} on the last axis, but got size 5"):
        layer(np.ones((2, 3, 5)))
    with pytest.raises(ValueError, match="expects inputs of rank 3, but got rank 2"):
        layer(np.ones((2, 4)))
