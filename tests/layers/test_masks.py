"""Masks: from the layer that makes them, through others, to losses and metrics."""

import gc

import jax
import jax.numpy as jnp
import numpy as np
import pytest

import cornu
from cornu.core import masks
from cornu.core.errors import CornuWarning
from cornu.core.masks import mask_of, set_mask
from cornu.layers import Activation, Dense, Dropout, Flatten, Lambda

STEPS = np.array([[[1.0, 2.0], [0.0, 0.0]], [[3.0, 4.0], [5.0, 6.0]]], "float32")
COUNTS = np.array([[True, False], [True, True]])


class Skip(cornu.layers.Layer):
    """Steps of zeros do not count."""

    def call(self, inputs):
        return inputs * 1

    def compute_mask(self, inputs, previous_mask=None):
        return jnp.any(inputs != 0, axis=-1)


class MeanOverTime(cornu.layers.Layer):
    """The mean of the steps that count."""

    def call(self, inputs, mask=None):
        weight = jnp.ones(inputs.shape[:2]) if mask is None else mask.astype(inputs.dtype)
        return jnp.sum(inputs * weight[..., None], 1) / jnp.sum(weight, 1, keepdims=True)

    def compute_mask(self, inputs, previous_mask=None):
        return None


def test_a_mask_is_made_passed_on_and_used():
    x = Skip()(STEPS)
    np.testing.assert_array_equal(mask_of(x), COUNTS)
    for layer in (Dense(3), Activation("relu"), Dropout(0.5)):
        np.testing.assert_array_equal(mask_of(layer(x)), COUNTS)
    pooled = MeanOverTime()(x)
    np.testing.assert_allclose(pooled, [[1.0, 2.0], [4.0, 5.0]])
    assert mask_of(pooled) is None


def test_a_mask_lives_as_long_as_its_array():
    before = len(masks.alive)
    x = jnp.ones((2, 2)) * 3
    set_mask(x, COUNTS)
    assert len(masks.alive) == before + 1
    set_mask(x, None)
    assert mask_of(x) is None
    set_mask(x, COUNTS)
    del x
    gc.collect()
    assert len(masks.alive) == before


def test_a_mask_is_made_though_another_array_dies_meanwhile():
    class Forgetful(Skip):
        def call(self, inputs):
            held.clear()
            return inputs * 1

    gc.collect()
    masks.alive.clear()  # of tracers that errors of other tests still hold
    held = [Skip()(STEPS)]
    assert len(masks.alive) == 1
    np.testing.assert_array_equal(mask_of(Forgetful()(STEPS)), COUNTS)


def test_a_mask_that_was_given_goes_before_that_of_the_input():
    x = Skip()(STEPS)
    given = MeanOverTime()(x, mask=jnp.ones((2, 2), bool))
    np.testing.assert_allclose(given[0], [0.5, 1.0])


def test_a_mask_goes_into_the_argument_named_after_its_array():
    class Both(cornu.layers.Layer):
        def call(self, query, value, query_mask=None, value_mask=None):
            seen.append((query_mask is not None, value_mask is not None))
            return query + value

    seen = []
    x = Skip()(STEPS)
    with pytest.warns(CornuWarning, match="does not say what becomes of it"):
        Both()(x, STEPS)
    Both()(STEPS, x)
    assert seen == [(True, False), (False, True)]


def test_a_layer_that_loses_a_mask_says_so():
    with pytest.warns(CornuWarning, match=r'Flatten layer "flat".*Write self.supports_masking = True'):
        out = Flatten(name="flat")(Skip()(STEPS))
    assert mask_of(out) is None


def test_an_error_in_compute_mask_shows_the_masks_shape():
    class Wrong(cornu.layers.Layer):
        def call(self, inputs):
            return 2 * inputs

        def compute_mask(self, inputs, previous_mask=None):
            raise ValueError("no")

    skipped = Skip()(STEPS)
    with pytest.raises(ValueError, match="no") as caught:
        Wrong()(skipped)
    assert "computing the mask of its output from masks of shape (2, 2)" in str(caught.value.__notes__)


def test_a_lambda_says_what_becomes_of_the_mask():
    double = Lambda(lambda x: 2 * x, mask=lambda inputs, mask: ~mask)
    np.testing.assert_array_equal(mask_of(double(Skip()(STEPS))), ~COUNTS)
    told = Lambda(lambda x, mask: jnp.where(mask[..., None], x, -1.0), mask=COUNTS)
    np.testing.assert_array_equal(told(Skip()(STEPS))[0], [[1, 2], [-1, -1]])


def models():
    """The same network written in three ways."""
    x = cornu.Input((2, 2))
    yield cornu.Sequential([Skip(), Dense(2, kernel_initializer="ones"), MeanOverTime()])
    yield cornu.Model(x, MeanOverTime()(Dense(2, kernel_initializer="ones")(Skip()(x))))

    class Own(cornu.Model):
        def __init__(self):
            super().__init__()
            self.parts = [Skip(), Dense(2, kernel_initializer="ones"), MeanOverTime()]

        def call(self, inputs):
            for part in self.parts:
                inputs = part(inputs)
            return inputs

    yield Own()


def test_masks_go_through_models_of_every_kind():
    for model in models():
        np.testing.assert_allclose(model(STEPS), [[3, 3], [9, 9]])
        np.testing.assert_allclose(model.predict(STEPS, verbose=0), [[3, 3], [9, 9]])
        outer = cornu.Sequential([model, Dense(1, kernel_initializer="ones")])
        np.testing.assert_allclose(outer(STEPS), [[6], [18]])


def test_masks_go_through_compiled_and_mapped_code():
    layer = cornu.Sequential([Skip(), MeanOverTime()])
    np.testing.assert_allclose(jax.jit(layer)(STEPS), [[1, 2], [4, 5]])
    np.testing.assert_allclose(jax.jit(jax.vmap(lambda x: layer(x[None])[0]))(STEPS), [[1, 2], [4, 5]])


class StepByStep(cornu.layers.Layer):
    """A prediction per step, beside the mask of the input."""

    def __init__(self):
        super().__init__()
        self.skip, self.dense = Skip(), Dense(1, kernel_initializer="ones")
        self.supports_masking = True

    def call(self, inputs):
        return self.dense(self.skip(inputs))


@pytest.mark.parametrize("batch_size", [2, 3, 5])
@pytest.mark.parametrize("weighted", [False, True])
def test_masked_steps_count_in_no_loss_and_no_metric(batch_size, weighted):
    rng = np.random.default_rng(0)
    x = rng.normal(size=(5, 4, 2)).astype("float32")
    x[rng.random((5, 4)) < 0.4] = 0
    x[:, 0] = 1
    y = rng.normal(size=(5, 4, 1)).astype("float32")
    weight = rng.random(5).astype("float32") if weighted else None
    counts = np.any(x != 0, axis=-1)
    model = cornu.Sequential([cornu.Input((4, 2)), StepByStep()])
    model.compile("sgd", "mse", metrics=["mae"], weighted_metrics=["mse"])
    each_row = None if weight is None else weight[:, None]
    loss, mae, mse = model.evaluate(x, y, batch_size=batch_size, sample_weight=each_row, verbose=0)

    error = x.sum(-1) - y[..., 0]
    rows = np.ones(5) if weight is None else weight
    losses, sizes = [], []
    for start in range(0, 5, batch_size):
        part = slice(start, start + batch_size)
        total = (error[part] ** 2 * counts[part] * rows[part, None]).sum()
        losses.append(total / counts[part].sum())
        sizes.append(len(rows[part]))
    np.testing.assert_allclose(loss, np.average(losses, weights=sizes), rtol=1e-5)
    np.testing.assert_allclose(mae, np.abs(error)[counts].mean(), rtol=1e-5)
    each = counts * rows[:, None]
    np.testing.assert_allclose(mse, (error**2 * each).sum() / each.sum(), rtol=1e-5)
    history = model.fit(x, y, batch_size=batch_size, sample_weight=each_row, shuffle=False, verbose=0)
    assert np.isfinite(history.history["loss"][0])


def test_the_metric_of_training_leaves_masked_steps_out_too():
    model = cornu.Sequential([cornu.Input((2, 2)), StepByStep()])
    model.compile(cornu.optimizers.SGD(0.0), "mse", metrics=["mae"])
    y = np.zeros((2, 2, 1), "float32")
    history = model.fit(STEPS, y, verbose=0).history
    np.testing.assert_allclose(history["mae"][0], (3 + 7 + 11) / 3, rtol=1e-6)
    np.testing.assert_allclose(history["loss"][0], (9 + 49 + 121) / 3, rtol=1e-6)
