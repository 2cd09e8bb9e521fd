"""Connectionist temporal classification: sequences of labels read from probabilities at each step.

At each step a label or the blank is read; a reading becomes a sequence by writing repeated labels
once and leaving out blanks. Graves et al., Connectionist temporal classification, 2006.
"""

from __future__ import annotations

from typing import Any

import jax
import jax.numpy as jnp
from jax import lax

from cornu.core.inlining import rolled

NEVER = -1e5  # the logarithm of a probability that counts as 0, and has finite gradients


def loss(labels: Any, log_p: Any, label_lengths: Any, lengths: Any, blank: int) -> Any:
    """-log of the probability of each sequence of labels: the sum over all that can be read as it.

    The forward sums run over the labels with a blank before, between and after them.

    Args:
        labels: (batch, most labels), whole numbers.
        log_p: (batch, steps, classes), logarithms of probabilities.
        label_lengths, lengths: how many labels, and how many steps, count, (batch,).
        blank: the class that stands for no label.

    >>> log_p = jnp.log(jnp.full((1, 2, 2), 0.5))  # 1 1, 0 1 and 1 0 are read as 1
    >>> loss(jnp.array([[1]]), log_p, jnp.array([1]), jnp.array([2]), 0).tolist()
    [0.2876...]
    """
    batch, most = labels.shape
    labels = jnp.clip(labels, 0, log_p.shape[-1] - 1)  # what follows the last label may be anything
    places = jnp.full((batch, 2 * most + 1), blank, labels.dtype).at[:, 1::2].set(labels)
    # Over a blank to the next label may go only who does not come from the same label.
    skips = jnp.pad((places[:, 2:] != blank) & (places[:, 2:] != places[:, :-2]), ((0, 0), (2, 0)))
    emitted = jnp.take_along_axis(log_p, places[:, None, :], axis=2)
    counts = jnp.arange(log_p.shape[1])[:, None] < lengths

    def moved(sums: Any, by: int) -> Any:
        return jnp.pad(sums, ((0, 0), (by, 0)), constant_values=NEVER)[:, : sums.shape[1]]

    def step(sums: Any, given: Any) -> tuple[Any, None]:
        emitted, counts = given
        over = jnp.where(skips, moved(sums, 2), NEVER)
        new = jnp.logaddexp(jnp.logaddexp(sums, moved(sums, 1)), over) + emitted
        return jnp.where(counts[:, None], new, sums), None

    start = jnp.full(places.shape, NEVER, log_p.dtype).at[:, 0].set(0)
    sums, _ = rolled(lax.scan, step, start, (jnp.moveaxis(emitted, 1, 0), counts))
    ends = 2 * label_lengths[:, None]
    in_blank = jnp.take_along_axis(sums, ends, axis=1)[:, 0]
    in_label = jnp.take_along_axis(sums, jnp.maximum(ends - 1, 0), axis=1)[:, 0]
    return -jnp.logaddexp(in_blank, jnp.where(label_lengths > 0, in_label, NEVER))


def greedy(scores: Any, lengths: Any, blank: int, merge_repeated: bool) -> tuple[Any, Any]:
    """The best class of each step, written as a sequence, and minus the sum of their scores.

    >>> scores = jnp.array([[[0.0, 2.0], [0.0, 3.0], [1.0, 0.0]]])
    >>> [part.tolist() for part in greedy(scores, jnp.array([3]), 0, True)]
    [[[1, -1, -1]], [-6.0]]
    """
    steps = jnp.arange(scores.shape[1])
    counts = steps < lengths[:, None]
    classes = jnp.where(counts, jnp.argmax(scores, -1), blank).astype("int32")
    total = jnp.sum(jnp.where(counts, jnp.max(scores, -1), 0), axis=1)
    kept = classes != blank
    if merge_repeated:
        kept &= jnp.pad(classes[:, 1:] != classes[:, :-1], ((0, 0), (1, 0)), constant_values=True)
    order = jnp.argsort(jnp.where(kept, steps, len(steps)), axis=1)
    return jnp.take_along_axis(jnp.where(kept, classes, -1), order, axis=1), -total


def beam_search(log_p: Any, lengths: Any, blank: int, width: int, top: int) -> tuple[Any, Any]:
    """The most probable sequences, and the logarithms of their probabilities, best first.

    After each step the `width` most probable beginnings are kept, each with the probabilities of
    having been read up to a blank and up to a label (Hannun et al., First-pass large vocabulary
    continuous speech recognition, 2014).

    Args:
        log_p: (batch, steps, classes), logarithms of probabilities.
        lengths: how many steps count, (batch,).
        blank: the class that stands for no label.
        width: how many beginnings are kept.
        top: how many sequences are given.

    Returns:
        (batch, top, steps), filled up with -1, and (batch, top).

    >>> log_p = jnp.log(jnp.array([[[0.6, 0.4], [0.6, 0.4]]]))  # 0 0 is the best reading, 1 the best
    >>> [part.tolist() for part in beam_search(log_p, jnp.array([2]), 0, 4, 1)]  # sequence
    [[[[1, -1]]], [[-0.446...]]]
    """
    counts = jnp.arange(log_p.shape[1]) < lengths[:, None]
    impossible = jnp.full((width - 1,), -jnp.inf, log_p.dtype)

    def one(log_p: Any, counts: Any) -> tuple[Any, Any]:
        start = (
            jnp.full((width, log_p.shape[0]), -1, "int32"),
            jnp.zeros((width,), "int32"),
            jnp.concatenate([jnp.zeros((1,), log_p.dtype), impossible]),
            jnp.full((width,), -jnp.inf, log_p.dtype),
        )

        def step(beams: Any, given: Any) -> tuple[Any, None]:
            log_p, counts = given
            new = _extended(beams, log_p, blank)
            return jax.tree.map(lambda new, old: jnp.where(counts, new, old), new, beams), None

        (paths, _, in_blank, in_label), _ = rolled(lax.scan, step, start, (log_p, counts))
        scores, best = lax.top_k(jnp.logaddexp(in_blank, in_label), top)
        return paths[best], scores

    return jax.vmap(one)(log_p, counts)


def _extended(beams: Any, log_p: Any, blank: int) -> tuple[Any, Any, Any, Any]:
    """The beams after one step more: paths, their sizes, and the logarithms of the probabilities of
    having come to a blank, and to a label."""
    paths, sizes, in_blank, in_label = beams
    width, classes = len(paths), len(log_p)
    either = jnp.logaddexp(in_blank, in_label)
    last = jnp.where(sizes > 0, paths[jnp.arange(width), sizes - 1], -1)
    # What is read on: a label again needs a blank between.
    again = jnp.arange(classes) == last[:, None]
    longer = jnp.where(again, in_blank[:, None], either[:, None]) + log_p
    longer = longer.at[:, blank].set(-jnp.inf)
    # A path that stays as long may also come from one that is kept without its last label.
    steps, alive = jnp.arange(paths.shape[1]), either > -jnp.inf
    shorter = jnp.where(steps == sizes[:, None] - 1, -1, paths)
    parents = jnp.all(shorter[:, None] == paths, axis=-1) & (alive & (sizes > 0))[:, None] & alive
    parent = jnp.where(jnp.any(parents, axis=1), jnp.argmax(parents, axis=1), width)  # width: none
    joined = longer.at[parent, last].get(mode="fill", fill_value=-jnp.inf)
    longer = longer.at[parent, last].set(-jnp.inf, mode="drop")
    stays = jnp.logaddexp(in_label + jnp.where(last < 0, -jnp.inf, log_p[last]), joined)
    # The best of those that stay as long and those that are longer.
    blanks = jnp.concatenate([either + log_p[blank], jnp.full((width * classes,), -jnp.inf)])
    labels = jnp.concatenate([stays, longer.ravel()])
    _, best = lax.top_k(jnp.logaddexp(blanks, labels), width)
    grows = best >= width
    source = jnp.where(grows, (best - width) // classes, best)
    added = jnp.where(grows, (best - width) % classes, -1)
    paths, sizes = paths[source], sizes[source]
    paths = jnp.where((steps == sizes[:, None]) & grows[:, None], added[:, None], paths)
    return paths, sizes + grows, blanks[best].astype(log_p.dtype), labels[best]
