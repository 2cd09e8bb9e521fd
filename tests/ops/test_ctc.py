"""Sequences of labels, against all readings counted one by one, and against optax."""

import itertools

import jax
import jax.numpy as jnp
import numpy as np
import optax
import pytest

from cornu import ops

RNG = np.random.default_rng(8)
LOGITS = RNG.normal(size=(2, 4, 3)).astype("float32")


def collapsed(reading, blank):
    """A reading as a sequence: repeated labels once, blanks left out."""
    return tuple(label for label, _ in itertools.groupby(reading) if label != blank)


def all_sequences(log_p, blank):
    """The probability of every sequence, summed over all readings."""
    steps, classes = log_p.shape
    found = {}
    for reading in itertools.product(range(classes), repeat=steps):
        p = np.exp(sum(log_p[step, label] for step, label in enumerate(reading)))
        found[collapsed(reading, blank)] = found.get(collapsed(reading, blank), 0.0) + p
    return found


def log_softmax(logits):
    shifted = np.asarray(logits, "float64")
    return shifted - np.log(np.exp(shifted).sum(-1, keepdims=True))


@pytest.mark.parametrize("blank", [0, 2])
def test_the_loss_is_the_sum_over_all_readings(blank):
    for length in (4, 3):
        chances = all_sequences(log_softmax(LOGITS[0])[:length], blank)
        labels = [sequence for sequence in chances if len(sequence) <= 3]
        filled = [list(sequence) + [1] * (3 - len(sequence)) for sequence in labels]
        found = ops.ctc_loss(
            filled,
            np.repeat(LOGITS[:1], len(labels), 0),
            [len(sequence) for sequence in labels],
            [length] * len(labels),
            blank,
        )
        np.testing.assert_allclose(found, [-np.log(chances[seq]) for seq in labels], rtol=1e-5)


def test_the_loss_is_that_of_optax():
    labels = np.array([[1, 2, 2], [2, 1, 1]])
    paddings = np.array([[0, 0, 1], [0, 0, 0]], "float32")
    steps = np.array([[0, 0, 0, 0, 0], [0, 0, 0, 0, 1]], "float32")
    logits = RNG.normal(size=(2, 5, 4)).astype("float32")
    expected = optax.ctc_loss(logits, steps, labels, paddings)
    found = ops.ctc_loss(labels, logits, [2, 3], [5, 4])
    np.testing.assert_allclose(found, expected, rtol=1e-5)
    ours = jax.grad(lambda x: ops.ctc_loss(labels, x, [2, 3], [5, 4]).sum())(jnp.asarray(logits))
    theirs = jax.grad(lambda x: optax.ctc_loss(x, steps, labels, paddings).sum())(logits)
    np.testing.assert_allclose(ours, theirs, atol=1e-5)


def test_what_follows_the_last_label_does_not_matter():
    def loss(filler):
        labels = [[1, 2, filler], [1, filler, filler]]
        return jax.value_and_grad(lambda x: ops.ctc_loss(labels, x, [2, 1], [4, 3]).sum())

    for filler in (-1, 99):
        for found, expected in zip(loss(filler)(LOGITS), loss(0)(LOGITS), strict=True):
            np.testing.assert_allclose(found, expected, rtol=1e-5)


def test_a_sequence_that_cannot_be_read_has_a_large_loss_and_finite_gradients():
    loss, slope = jax.value_and_grad(lambda x: ops.ctc_loss([[1, 1]], x, [2], [2])[0])(
        jnp.zeros((1, 2, 3))
    )
    assert loss > 1e4
    assert np.isfinite(slope).all()


@pytest.mark.parametrize("blank", [0, 2, None])
def test_a_wide_beam_finds_the_most_probable_sequences(blank):
    paths, scores = ops.ctc_decode(LOGITS, [4, 3], "beam_search", 60, 3, mask_index=blank)
    for sample, length in enumerate((4, 3)):
        chances = all_sequences(log_softmax(LOGITS[sample])[:length], 2 if blank is None else blank)
        best = sorted(chances, key=chances.get, reverse=True)[:3]
        found = [tuple(label for label in path if label >= 0) for path in np.asarray(paths[:, sample])]
        assert found == best
        np.testing.assert_allclose(scores[sample], [np.log(chances[seq]) for seq in best], rtol=1e-5)


def test_a_beam_wider_than_there_are_sequences_gives_none_twice():
    paths, scores = ops.ctc_decode(LOGITS[:, :2, :2], [2, 1], "beam_search", 8, 4)
    expected = all_sequences(log_softmax(LOGITS[0, :2, :2]), 0)
    np.testing.assert_allclose(np.exp(scores[0]).sum(), 1, rtol=1e-5)
    assert np.isfinite(np.asarray(scores)).sum(1).tolist() == [len(expected), 2]
    assert np.asarray(paths).shape == (4, 2, 2)


def test_no_steps_are_read_as_nothing():
    for strategy, nothing in (("greedy", 0.0), ("beam_search", 0.0)):
        paths, scores = ops.ctc_decode(LOGITS, [0, 4], strategy, 5)
        assert paths[0, 0].tolist() == [-1] * 4
        assert scores[0, 0] == nothing


@pytest.mark.parametrize(
    "call, words",
    [
        (lambda: ops.ctc_decode(LOGITS, [4, 4], "beem_search"), 'Did you mean "beam_search"'),
        (lambda: ops.ctc_decode(LOGITS, [4]), "for each of the 2 sequences, got shape"),
        (lambda: ops.ctc_decode(LOGITS, [4, 4], "beam_search", 2, 3), "cannot come out of beam_width=2"),
        (lambda: ops.ctc_decode(LOGITS[0], [4]), r"inputs must have 3 axes, \(batch, steps, classes\)"),
        (lambda: ops.ctc_loss([[1]], LOGITS, [1], [4]), "target has 1 rows, but output 2"),
        (lambda: ops.ctc_loss([1], LOGITS, [1], [4]), "target must have 2 axes"),
        (lambda: ops.ctc_loss([[1], [1]], LOGITS, [1, 1], [4, 4], 3), "mask_index=3 is no class"),
        (
            lambda: ops.ctc_loss([[1, -1], [1, 3]], LOGITS, [1, 2], [4, 4]),
            r"the label 3 at \(1, 1\) of target is no class: there are 3",
        ),
    ],
)
def test_bad_arguments_are_explained(call, words):
    with pytest.raises(ValueError, match=words) as caught:
        call()
    assert str(caught.value).startswith("ops.ctc_")
