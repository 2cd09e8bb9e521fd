"""Fourier transforms: NumPy's numbers, there and back, and messages that teach."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from cornu import ops

X = np.random.default_rng(0).normal(size=(2, 24)).astype("float32")


@settings(max_examples=10, deadline=None, derandomize=True)
@given(st.sampled_from([(4,), (2, 3), (2, 3, 4)]), st.sampled_from([None, 3, 6]))
def test_transforms_are_those_of_numpy(shape, length):
    rng = np.random.default_rng(1)
    real, imag = rng.normal(size=(2, *shape)).astype("float32")
    close = {"rtol": 1e-4, "atol": 1e-5}
    for ours, theirs in ((ops.fft, np.fft.fft), (ops.fft2, np.fft.fft2), (ops.ifft2, np.fft.ifft2)):
        if ours is ops.fft or len(shape) > 1:
            found = ours((real, imag))
            np.testing.assert_allclose(found[0] + 1j * found[1], theirs(real + 1j * imag), **close)
    found = ops.rfft(real, fft_length=length)
    np.testing.assert_allclose(found[0] + 1j * found[1], np.fft.rfft(real, n=length), **close)
    np.testing.assert_allclose(
        ops.irfft((real, imag), fft_length=length), np.fft.irfft(real + 1j * imag, n=length), **close
    )


@pytest.mark.parametrize("window", ["hann", "hamming", None])
@pytest.mark.parametrize("length", [None, 24])
def test_the_signal_comes_back(window, length):
    found = ops.istft(ops.stft(X, 8, 4, 8, window=window), 8, 4, 8, window=window, length=length)
    np.testing.assert_allclose(found, X, atol=1e-5)


@pytest.mark.parametrize(
    ("call", "message"),
    [
        (lambda: ops.fft(X), r"ops.fft takes a pair of tensors, .* ops.fft\(\(real, imag\)\)"),
        (lambda: ops.irfft((X, X[:1])), "ops.irfft: real and imaginary part must have one shape"),
        (lambda: ops.fft2((X[0], X[0])), "ops.fft2 needs at least 2 axes"),
        (lambda: ops.istft((X[0], X[0]), 4, 2, 4), r"ops.istft needs \(..., pieces, frequencies\)"),
        (lambda: ops.stft(X, 8, 4, 6), "ops.stft: fft_length=6 must be at least sequence_length=8"),
        (lambda: ops.stft(X, 8, 4, 8, window="hahn"), "ops.stft.*Unknown window 'hahn'"),
        (lambda: ops.stft(X, 8, 4, 8, window=[1.0]), "ops.stft.*window must have sequence_length=8"),
        (lambda: ops.extract_sequences(X, 30, 1), "ops.extract_sequences.*The signal has 24 values"),
    ],
)
def test_wrong_arguments_are_explained(call, message):
    with pytest.raises(ValueError, match=message):
        call()
