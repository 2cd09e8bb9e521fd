"""cornu.config: every setting changes what it names, and is set back."""

import logging

import jax
import jax.numpy as jnp
import numpy as np
import pytest

import cornu
from cornu import config, layers
from cornu.core import settings
from cornu.core.errors import CornuWarning
from cornu.layers.attention import heads

X = np.linspace(-1, 1, 24, dtype="float32").reshape(12, 2)
Y = X.sum(axis=1)


@pytest.fixture(autouse=True)
def _as_before():
    before = dict(vars(settings._now))
    yield
    vars(settings._now).update(before)


def saturated(image):
    return layers.RandomSaturation((0.5, 0.5))(image, training=True)


def linear():
    model = cornu.Sequential([layers.Dense(1, input_shape=(2,), name="dense")], name="linear")
    model.compile("sgd", "mse")
    return model


# -- epsilon ---------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("compute", "expected"),
    [
        (lambda: cornu.losses.binary_crossentropy(jnp.ones((1, 1)), jnp.zeros((1, 1))), -np.log(0.25)),
        (lambda: cornu.constraints.UnitNorm()(jnp.array([[0.75], [0.0]])), [[0.75], [0]]),
        (lambda: layers.Dot(1, normalize=True)([np.full((1, 1), 0.125), np.ones((1, 1))]), 0.5),
        (lambda: layers.Normalization(mean=0.0, variance=0.0)(np.ones((1, 1))), 4.0),
        (
            lambda: layers.RandomSaturation((0.5, 0.5))(jnp.array([[[4.0, 3, 3]]]), training=True)[
                0, 0, 1
            ],
            10 / 3,
        ),
        (lambda: layers.STFTSpectrogram("magnitude", 4)(np.zeros((1, 8, 1)))[0, 0, 0], 0.5),
        (
            lambda: cornu.regularizers.OrthogonalRegularizer(1.0)(jnp.array([[0.125, 0], [1.0, 0]])),
            0.5,
        ),
    ],
)
def test_epsilon_is_what_numbers_are_kept_from_zero_by(compute, expected):
    usual = compute()
    config.set_epsilon(0.25)
    assert config.epsilon() == cornu.backend.epsilon() == 0.25
    np.testing.assert_allclose(np.asarray(compute()).reshape(np.shape(expected)), expected, rtol=1e-5)
    assert not np.allclose(usual, expected)


@pytest.mark.parametrize("value", [-1e-7, 2.0, "1e-7", None, True])
def test_epsilon_is_a_small_number(value):
    with pytest.raises(ValueError, match="epsilon must be a small number from 0 on, got"):
        config.set_epsilon(value)
    assert config.epsilon() == 1e-7


# -- image_data_format -----------------------------------------------------------------------------

IMAGES = np.arange(2 * 3 * 4 * 5, dtype="float32").reshape(2, 3, 4, 5)
TAKE_A_FORMAT = [
    lambda **kwargs: layers.Conv2D(2, 2, kernel_initializer="ones", **kwargs),
    lambda **kwargs: layers.DepthwiseConv2D(2, depthwise_initializer="ones", **kwargs),
    lambda **kwargs: layers.Conv2DTranspose(2, 2, kernel_initializer="ones", **kwargs),
    lambda **kwargs: layers.MaxPooling2D(**kwargs),
    lambda **kwargs: layers.GlobalAveragePooling2D(**kwargs),
    lambda **kwargs: layers.AdaptiveAveragePooling2D(2, **kwargs),
    lambda **kwargs: layers.ZeroPadding2D(**kwargs),
    lambda **kwargs: layers.Cropping2D(**kwargs),
    lambda **kwargs: layers.UpSampling2D(**kwargs),
    lambda **kwargs: layers.Flatten(**kwargs),
    lambda **kwargs: layers.Resizing(2, 2, **kwargs),
    lambda **kwargs: layers.CenterCrop(2, 2, **kwargs),
]


@pytest.mark.parametrize("make", TAKE_A_FORMAT)
def test_layers_of_images_take_the_format_that_is_set(make):
    expected = make(data_format="channels_first")(IMAGES)
    config.set_image_data_format("Channels_First")
    assert config.image_data_format() == cornu.backend.image_data_format() == "channels_first"
    layer = make()
    assert layer.data_format == "channels_first"
    assert layer.get_config()["data_format"] == "channels_first"
    np.testing.assert_allclose(layer(IMAGES), expected, rtol=1e-6)
    assert make(data_format="channels_last").data_format == "channels_last"


@pytest.mark.parametrize(
    ("make", "said"),
    [
        (lambda: layers.SpatialDropout2D(0.5), "channels_first"),
        (lambda: layers.STFTSpectrogram(), "channels_first"),
        (lambda: layers.ConvLSTM1D(2, 2).cell, "channels_first"),
        (lambda: layers.UpSampling1D(), "channels_last"),  # these two have no such argument
        (lambda: layers.Cropping1D(), "channels_last"),
    ],
)
def test_of_other_layers_those_with_the_argument(make, said):
    config.set_image_data_format("channels_first")
    assert make().data_format == said


def test_a_format_is_one_of_two():
    with pytest.raises(
        ValueError, match=r'data_format must be .* got \'channel_last\'. Did you mean "channels_last"'
    ):
        config.set_image_data_format("channel_last")


# -- flash attention -------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("wanted", "enabled", "used"),
    [(None, True, True), (None, False, False), (True, False, True), (False, True, False)],
)
def test_flash_attention_is_used_where_it_is_allowed(monkeypatch, wanted, enabled, used):
    calls = []

    def flash(query, key, value, mask, causal):  # what cuDNN would be asked for
        calls.append(query.shape)
        return value

    monkeypatch.setattr(heads, "flash_problem", lambda *tensors: None)
    monkeypatch.setattr(heads, "flash", flash)
    assert config.is_flash_attention_enabled()
    (config.enable_flash_attention if enabled else config.disable_flash_attention)()
    assert config.is_flash_attention_enabled() is enabled
    layer = layers.MultiHeadAttention(2, 3, flash_attention=wanted)
    layer(np.ones((1, 4, 6)), np.ones((1, 4, 6)))
    assert bool(calls) is used


# -- logging and tracebacks ------------------------------------------------------------------------


def test_without_interactive_logging_progress_goes_to_the_logger(caplog, capsys):
    config.disable_interactive_logging()
    assert not config.is_interactive_logging_enabled()
    model = linear()
    with caplog.at_level(logging.INFO, "cornu"):
        model.fit(X, Y, epochs=2, verbose="auto")
        model.summary()
    assert capsys.readouterr().out == ""
    texts = [record.getMessage() for record in caplog.records if record.name == "cornu"]
    assert [text.split(" - ")[0] for text in texts[:4]] == ["Epoch 1/2", "1/1", "Epoch 2/2", "1/1"]
    assert texts[1].split(" - ")[-1].startswith("loss: ")
    assert texts[4].startswith('Model: "linear"')
    assert len(texts) == 5
    config.enable_interactive_logging()
    model.fit(X, Y, verbose=2)
    assert capsys.readouterr().out.startswith("1/1 - ")


def test_traceback_filtering_hides_the_frames_of_the_engine():
    def frames():
        try:
            jax.jit(lambda x: jnp.ones(2) + jnp.ones(3))(1)
        except TypeError as error:
            step, files = error.__traceback__, []
            while step is not None:
                files.append(step.tb_frame.f_code.co_filename)
                step = step.tb_next
            return files

    assert config.is_traceback_filtering_enabled()
    few = frames()
    config.disable_traceback_filtering()
    try:
        assert not config.is_traceback_filtering_enabled()
        many = frames()
    finally:
        config.enable_traceback_filtering()
    assert config.is_traceback_filtering_enabled()
    assert not any("jax/_src/pjit" in file for file in few)
    assert any("jax/_src/pjit" in file for file in many)


# -- short runs ------------------------------------------------------------------------------------


def test_the_most_epochs_and_steps_hold_for_every_pass():
    config.set_max_epochs(2)
    config.set_max_steps_per_epoch(3)
    assert (config.max_epochs(), config.max_steps_per_epoch()) == (2, 3)
    model, seen = linear(), []
    count = cornu.callbacks.LambdaCallback(
        on_train_batch_end=lambda batch, logs: seen.append(("train", batch)),
        on_epoch_end=lambda epoch, logs: seen.append(("epoch", epoch)),
    )
    with pytest.warns(CornuWarning) as told:
        history = model.fit(X, Y, epochs=5, batch_size=2, verbose=0, callbacks=[count])
    words = [str(warning.message) for warning in told]
    assert any("Only 2 of 5 epochs are made, as set by cornu.config.set_max_epochs" in w for w in words)
    assert any("Only 3 of 6 steps are made, as set by cornu.config.set_max_step" in w for w in words)
    steps = [("train", 0), ("train", 1), ("train", 2)]
    assert seen == [*steps, ("epoch", 0), *steps, ("epoch", 1)]
    assert history.params["epochs"] == 2
    assert history.params["steps"] == 3
    expected = float(np.mean((model(X[:6])[:, 0] - Y[:6]) ** 2))
    with pytest.warns(CornuWarning, match="Only 3 of 6 steps"):
        assert model.evaluate(X, Y, batch_size=2, verbose=0) == pytest.approx(expected, rel=1e-5)
    with pytest.warns(CornuWarning, match="Only 3 of 6 steps"):
        assert model.predict(X, batch_size=2, verbose=0).shape == (6, 1)
    assert model.predict(X[:6], batch_size=2, verbose=0).shape == (6, 1)  # within the limit: no warning
    config.set_max_epochs(None)
    config.set_max_steps_per_epoch(None)
    assert len(model.fit(X, Y, epochs=3, batch_size=2, verbose=0).epoch) == 3


@pytest.mark.parametrize("value", [0, -1, 2.5, "3", True])
def test_limits_are_whole_numbers(value):
    with pytest.raises(ValueError, match="max_epochs must be a whole number above 0, or None for no"):
        config.set_max_epochs(value)
    with pytest.raises(ValueError, match="max_steps_per_epoch must be a whole number above 0, or None"):
        config.set_max_steps_per_epoch(value)


def test_limits_may_come_from_the_environment(monkeypatch):
    monkeypatch.setenv("KERAS_MAX_EPOCHS", "3")
    monkeypatch.setenv("KERAS_MAX_STEPS_PER_EPOCH", " ")
    found = settings._Settings()
    assert (found.max_epochs, found.max_steps_per_epoch) == (3, None)
    monkeypatch.setenv("KERAS_MAX_STEPS_PER_EPOCH", "ten")
    with pytest.raises(ValueError, match="KERAS_MAX_STEPS_PER_EPOCH=ten must be a whole number"):
        settings._Settings()


# -- what there is no choice about -----------------------------------------------------------------


def test_there_is_one_engine():
    assert config.backend() == "jax"
    assert not config.is_nnx_enabled()
    config.set_backend("jax")
    with pytest.raises(ValueError, match=r"set_backend\('torch'\): Cornu has one engine, JAX"):
        config.set_backend("torch")


def test_no_file_may_run_code():
    with pytest.raises(ValueError, match=r"Cornu never runs code from a file\. Pass the functions and"):
        config.enable_unsafe_deserialization()


def test_every_name_of_keras_is_there():
    keras = pytest.importorskip("keras", reason="compared with Keras")
    names = {name for name in dir(keras.config) if not name.startswith("_")}
    assert names <= set(config.__all__)


def test_mixed_precision_under_its_old_name():
    from cornu import mixed_precision

    mixed_precision.set_global_policy("mixed_bfloat16")
    try:
        assert cornu.layers.Dense(2).compute_dtype == "bfloat16"
        assert mixed_precision.global_policy() == mixed_precision.Policy("mixed_bfloat16")
    finally:
        mixed_precision.set_global_policy(None)
    assert cornu.layers.Dense(2).compute_dtype == "float32"
