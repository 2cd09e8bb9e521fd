"""Mixed precision: computation in a short float, weights in float32, and loss scaling."""

import jax.numpy as jnp
import numpy as np
import pytest

import cornu
from cornu.optimizers import SGD, Adam, LossScaleOptimizer


@pytest.fixture
def digits():
    rng = np.random.default_rng(0)
    x = rng.normal(size=(64, 8)).astype("float32")
    return x, (x.sum(1) > 0).astype("float32")


def network(library=cornu, dtype=None):
    layers = library.layers
    model = library.Sequential(
        [
            library.Input((8,)),
            layers.Dense(16, activation="relu", dtype=dtype),
            layers.Dense(1, activation="sigmoid", dtype=dtype),
        ]
    )
    rng = np.random.default_rng(5)
    model.set_weights([0.5 * rng.normal(size=w.shape).astype("float32") for w in model.get_weights()])
    return model


@pytest.mark.parametrize("policy", ["mixed_bfloat16", "mixed_float16", "float32", "bfloat16"])
def test_the_policy_of_all_layers(policy):
    cornu.config.set_dtype_policy(policy)
    try:
        layer = cornu.layers.Dense(2)
        assert cornu.config.dtype_policy().name == layer.dtype_policy.name == policy
        assert layer(np.ones((1, 3))).dtype == layer.compute_dtype
        assert layer.kernel.dtype == layer.dtype == layer.variable_dtype
        assert cornu.Input((2,)).dtype == "float32"
        assert layer.get_config()["dtype"] == policy
    finally:
        cornu.config.set_dtype_policy(None)
    assert cornu.layers.Dense(2).dtype_policy.name == "float32"


def test_a_layer_may_keep_to_float32_within_a_mixed_model():
    whole = cornu.layers.Dense(2, dtype="float32")
    model = cornu.Sequential([cornu.layers.Dense(3, dtype="mixed_bfloat16"), whole])
    assert model(np.ones((1, 3))).dtype == "float32"
    assert model.layers[0](np.ones((1, 3))).dtype == "bfloat16"


def test_a_policy_in_any_form_makes_the_same_layer():
    config = {"module": "keras", "class_name": "DTypePolicy", "config": {"name": "mixed_bfloat16"}}
    for dtype in ("mixed_bfloat16", cornu.DTypePolicy("mixed_bfloat16"), config):
        assert cornu.layers.Dense(2, dtype=dtype).compute_dtype == "bfloat16"


@pytest.mark.parametrize(
    ("dtype", "message"),
    [
        ("mixed_bfloat61", r'Unknown dtype "mixed_bfloat61". Did you mean "mixed_bfloat16"'),
        ({"class_name": "DTypePolicyMap", "config": {}}, r'no policy "DTypePolicyMap" is known'),
    ],
)
def test_an_unknown_policy_is_named(dtype, message):
    with pytest.raises(ValueError, match=message):
        cornu.layers.Dense(2, dtype=dtype)


def test_quantization_is_not_built_yet():
    with pytest.raises(NotImplementedError, match="quantization is not built yet"):
        cornu.DTypePolicy("int8_from_float32")
    with pytest.raises(NotImplementedError, match="LoRA is not built yet"):
        cornu.layers.Dense(2, lora_rank=4)


@pytest.mark.parity
@pytest.mark.parametrize("policy", ["mixed_bfloat16", "mixed_float16"])
def test_training_in_mixed_precision_follows_keras(policy, digits):
    import keras

    x, y = digits
    found = {}
    for library in (cornu, keras):
        library.config.set_dtype_policy(policy)
        try:
            model = network(library)
            model.compile(library.optimizers.SGD(0.1), "binary_crossentropy", metrics=["accuracy"])
        finally:
            library.config.set_dtype_policy("float32")
        found[library] = [model.train_on_batch(x, y)[0] for _ in range(10)], model.get_weights()
        scaled = type(model.optimizer).__name__ == "LossScaleOptimizer"
        assert scaled == (policy == "mixed_float16")
    np.testing.assert_allclose(found[cornu][0], found[keras][0], rtol=2e-3)
    for ours, theirs in zip(found[cornu][1], found[keras][1], strict=True):
        assert ours.dtype == "float32"
        np.testing.assert_allclose(ours, theirs, rtol=0.02, atol=2e-3)
    cornu.config.set_dtype_policy(None)


def test_mixed_precision_learns_as_well(digits):
    x, y = digits
    finals = []
    for dtype in (None, "mixed_bfloat16"):
        model = network(dtype=dtype)
        model.compile(Adam(0.01), "binary_crossentropy")
        finals.append(model.fit(x, y, epochs=30, verbose=0, shuffle=False).history["loss"][-1])
    assert finals[1] < 0.3
    assert abs(finals[0] - finals[1]) < 0.05


# ----------------------------------------------------------------------------- loss scaling

GRADIENTS = [[1.0], [2.0], [np.inf], [3.0], [4.0], [np.nan], [5.0], [6.0], [7.0]]


def scaled_steps(library):
    """The weight, scale and counter after each of a few steps, two of which are not finite."""
    inner = library.optimizers.SGD(0.5, momentum=0.9)
    optimizer = library.optimizers.LossScaleOptimizer(inner, initial_scale=8.0, dynamic_growth_steps=2)
    weight = library.Variable(np.array([1.0], "float32"))
    optimizer.build([weight])
    seen = []
    for gradient in GRADIENTS:
        scale = float(np.asarray(optimizer.scale_loss(1.0)))
        values = [np.asarray(v) for v in optimizer.variables]
        scaled = [jnp.array(gradient) * scale]
        (new,), own = optimizer.stateless_apply(values, scaled, [np.asarray(weight)])
        for variable, value in zip([weight, *optimizer.variables], [new, *own], strict=True):
            variable.assign(value)
        own = [optimizer.dynamic_scale, optimizer.step_counter, optimizer.iterations]
        seen.append([float(np.asarray(v)[()].item()) for v in (weight, *own)])
    return seen


@pytest.mark.parity
def test_the_scale_grows_and_shrinks_as_in_keras():
    import keras

    np.testing.assert_allclose(scaled_steps(cornu), scaled_steps(keras), rtol=1e-6)


def test_the_learning_rate_is_that_of_the_inner_optimizer():
    optimizer = LossScaleOptimizer(SGD(0.5))
    optimizer.learning_rate = 0.25
    assert float(optimizer.inner_optimizer.learning_rate) == float(optimizer.learning_rate) == 0.25


def test_the_configuration_makes_the_optimizer_again():
    optimizer = LossScaleOptimizer(Adam(0.02), initial_scale=4.0)
    again = cornu.optimizers.deserialize(cornu.optimizers.serialize(optimizer))
    assert isinstance(again.inner_optimizer, Adam)
    assert again.get_config() == optimizer.get_config()
    assert "inner=<Adam" in repr(again)


@pytest.mark.parametrize("inner", ["adam", LossScaleOptimizer(SGD())])
def test_what_is_no_inner_optimizer_is_refused(inner):
    with pytest.raises(TypeError, match=r"LossScaleOptimizer (takes another|cannot scale)"):
        LossScaleOptimizer(inner)


def test_a_step_that_is_not_finite_changes_nothing_but_the_scale(digits):
    x, y = digits
    model = network(dtype="mixed_float16")
    model.dtype_policy = "mixed_float16"
    model.compile(Adam(), "mse")
    assert isinstance(model.optimizer, LossScaleOptimizer)
    model.optimizer.dynamic_scale.assign(1e30)  # every gradient overflows
    before = model.get_weights()
    model.train_on_batch(x, y)
    for one, other in zip(before, model.get_weights(), strict=True):
        np.testing.assert_array_equal(one, other)
    assert float(model.optimizer.dynamic_scale) == pytest.approx(5e29)
    unscaled = network(dtype="mixed_float16")
    unscaled.compile(Adam(), "mse", auto_scale_loss=False)
    assert isinstance(unscaled.optimizer, Adam)
