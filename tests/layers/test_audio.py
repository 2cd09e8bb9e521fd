"""Spectrograms, against SciPy and worked values."""

import numpy as np
import pytest
import scipy.signal

import cornu
from cornu.core.errors import CornuWarning
from cornu.layers import MelSpectrogram, STFTSpectrogram
from cornu.ops.formulas import signal

RNG = np.random.default_rng(5)
SOUND = RNG.normal(size=(3, 400)).astype("float32")


def test_the_transform_is_that_of_scipy():
    real, imag = signal.stft(SOUND, 64, 16, 64)
    window = scipy.signal.get_window("hann", 64)
    padded = np.pad(SOUND, ((0, 0), (32, 32)), "reflect")
    expected = scipy.signal.stft(
        padded, window=window, nperseg=64, noverlap=48, boundary=None, padded=False
    )[-1]
    expected = (expected * window.sum()).swapaxes(1, 2)
    np.testing.assert_allclose(real, expected.real, atol=1e-4)
    np.testing.assert_allclose(imag, expected.imag, atol=1e-4)


@pytest.mark.parametrize(("scaling", "scipys"), [("density", "psd"), ("spectrum", "spectrum")])
def test_a_spectrogram_is_that_of_scipy(scaling, scipys):
    layer = STFTSpectrogram("magnitude", frame_length=64, frame_step=16, scaling=scaling)
    found = np.asarray(layer(SOUND[..., None]))
    expected = scipy.signal.stft(
        SOUND,
        window=scipy.signal.get_window("hann", 64, fftbins=False),
        nperseg=64,
        noverlap=48,
        boundary=None,
        padded=False,
        scaling=scipys,
    )[-1]
    np.testing.assert_allclose(found, np.abs(expected).swapaxes(1, 2), atol=4e-4)


def test_the_parts_of_a_spectrum_go_together():
    def of(mode):
        layer = STFTSpectrogram(mode, frame_length=32)
        return np.asarray(layer(SOUND[..., None])).astype("float64")

    real, imag, both = of("real"), of("imag"), of("stft")
    np.testing.assert_allclose(both, np.concatenate([real, imag], axis=-1), atol=1e-6)
    power = real**2 + imag**2
    np.testing.assert_allclose(of("magnitude"), np.sqrt(np.maximum(power, 1e-7)), rtol=1e-4)
    np.testing.assert_allclose(of("log"), np.log(of("magnitude")), atol=1e-4)
    np.testing.assert_allclose(np.tan(of("angle")) * real, imag, atol=1e-3)
    power[..., 1:-1] *= 2
    np.testing.assert_allclose(of("psd"), power, rtol=1e-4, atol=1e-6)


def test_a_tone_is_loudest_in_its_band():
    rate = 8000
    time = np.arange(rate) / rate
    layer = MelSpectrogram(512, 128, sampling_rate=rate, num_mel_bins=40, power_to_db=False)
    edges = np.linspace(*(1127 * np.log(1 + np.array([20.0, 4000.0]) / 700)), 42)
    for hertz in (300.0, 1000.0, 2500.0):
        bands = np.asarray(layer(np.sin(2 * np.pi * hertz * time).astype("float32"))).mean(axis=-1)
        nearest = np.abs(edges[1:-1] - 1127 * np.log(1 + hertz / 700)).argmin()
        assert abs(int(bands.argmax()) - nearest) <= 1


def test_decibels_end_below_the_loudest():
    loud = np.asarray(MelSpectrogram(64, 32, num_mel_bins=8, top_db=30.0)(SOUND))
    assert loud.max() - loud.min() <= 30.001
    power = np.asarray(MelSpectrogram(64, 32, num_mel_bins=8, power_to_db=False)(SOUND))
    expected = np.maximum(10 * np.log10(np.maximum(power, 1e-10)), loud.max() - 30)
    np.testing.assert_allclose(loud, expected, atol=1e-3)


def test_every_frequency_between_the_first_and_last_band_counts_once():
    matrix = signal.linear_to_mel_weight_matrix(10, 257, 8000, 100, 3900)
    hertz = np.linspace(0, 4000, 257)
    mel = 1127 * np.log(1 + hertz / 700)
    middles = np.linspace(*(1127 * np.log(1 + np.array([100, 3900]) / 700)), 12)[[1, -2]]
    inside = (mel > middles[0]) & (mel < middles[1])
    np.testing.assert_allclose(matrix[inside].sum(axis=1), 1)
    assert matrix[0].sum() == 0


def test_the_kernels_can_be_trained():
    model = cornu.Sequential(
        [cornu.Input((64, 1)), STFTSpectrogram("magnitude", frame_length=16), cornu.layers.Flatten()]
    )
    model.add(cornu.layers.Dense(1))
    before = model.layers[0].get_weights()
    assert [w.name for w in model.layers[0].trainable_weights] == ["real_kernel", "imag_kernel"]
    model.compile("sgd", "mse")
    model.fit(SOUND[:, :64, None], np.ones((3, 1)), epochs=1, verbose=0)
    assert not np.allclose(before[0], model.layers[0].get_weights()[0])


def test_lengths_may_be_unknown():
    x = cornu.Input((None,))
    assert MelSpectrogram(64, 32, num_mel_bins=8)(x).shape == (None, 8, None)
    y = STFTSpectrogram(frame_length=16)(cornu.Input((None, 2)))
    assert y.shape == (None, None, 18)


@pytest.mark.parametrize(
    ("make", "words"),
    [
        (lambda: MelSpectrogram(64, sequence_length=128), r"fft_length must be at least sequence_len"),
        (lambda: MelSpectrogram(64, sequence_length=0), r"sequence_length must be a whole number above"),
        (lambda: MelSpectrogram(max_freq=0), r"min_freq must be below max_freq.*max_freq=0"),
        (lambda: MelSpectrogram(min_power=0), r"min_power must be a number above 0, got min_power=0"),
        (lambda: MelSpectrogram(top_db="80"), r"top_db must be a number above 0, got top_db='80'"),
        (lambda: MelSpectrogram(0), r"fft_length must be a whole number above 0"),
        (lambda: MelSpectrogram(min_freq=9000), r"min_freq must be below max_freq.*max_freq=8000"),
        (lambda: MelSpectrogram(window="hnn"), r"Unknown window 'hnn'.*such as 'hann'"),
        (lambda: MelSpectrogram(64, window=np.ones(3)), r"window must have sequence_length=64 values"),
        (lambda: STFTSpectrogram("logg"), r'mode must be one of.*Did you mean "log"'),
        (lambda: STFTSpectrogram(scaling="densty"), r'Did you mean "density"'),
        (lambda: STFTSpectrogram(padding="vlid"), r'Did you mean "valid"'),
        (lambda: STFTSpectrogram(frame_length=8, frame_step=9), r"frame_step must be at most"),
        (lambda: STFTSpectrogram(frame_length=8, fft_length=4), r"fft_length must be at least"),
        (lambda: STFTSpectrogram(frame_length=8.5), r"frame_length must be a whole number"),
        (lambda: STFTSpectrogram(frame_length=8)(np.ones((1, 4, 1))), r"has 4 values in time"),
        (lambda: STFTSpectrogram()(np.ones((1, 4))), r"expects inputs of rank 3"),
    ],
)
def test_a_wrong_argument_is_named(make, words):
    with pytest.raises(ValueError, match=words):
        make()


def test_integers_are_no_sound():
    with pytest.raises(TypeError, match="takes a signal of floats"):
        STFTSpectrogram(frame_length=4)(np.ones((1, 4, 1), "int32"))


def test_a_transform_of_an_unusual_length_is_remarked_on():
    with pytest.warns(CornuWarning, match="fft_length=12 is no power of two"):
        STFTSpectrogram(frame_length=8, fft_length=12)
