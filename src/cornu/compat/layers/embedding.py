"""Keras 1's Embedding(dropout=...): words left out while training."""

from __future__ import annotations

from typing import Any

import jax

from cornu import layers, random
from cornu.layers.embedding import Embedding as Today


class Embedding(Today):
    """An Embedding that, while training, gives zeros for a part of all words, another one each time.

    With m_w = 0 for a share p of the words w, drawn for each batch, and 1 / (1 - p) for the others, word
    w becomes m_w E_w: the same word is left out wherever it stands.

    Source: Gal and Ghahramani, A theoretically grounded application of dropout in recurrent neural
    networks, 2016.
    """

    samplewise = True
    dropout = 0.0
    drawn: random.SeedGenerator

    def call(self, inputs: jax.Array, training: bool | None = None) -> jax.Array:
        rows = super().call(inputs)
        if not training:
            return rows
        kept = random.dropout(jax.numpy.ones(self.input_dim), self.dropout, seed=self.drawn)
        return rows * kept[inputs.astype("int32")][..., None].astype(rows.dtype)

    def get_config(self) -> dict[str, Any]:
        return {**super().get_config(), "dropout": self.dropout}


def leave_out_words(layer: Any, share: Any) -> None:
    """Makes an Embedding that is being constructed one that leaves out words."""
    if type(layer) is not Today:
        raise TypeError(f"{type(layer).__name__}(dropout=...): only Embedding itself takes it.")
    layer.__class__ = Embedding
    layer.drawn, layer.dropout = random.SeedGenerator(), layers.Dropout(share).rate  # which checks it


__all__ = ["Embedding", "leave_out_words"]
