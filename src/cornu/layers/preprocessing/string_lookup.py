"""StringLookup: strings as their places in a vocabulary, and back."""

from __future__ import annotations

from typing import Any

from cornu.core.symbolic import KerasTensor
from cornu.layers.preprocessing.inputs import as_strings, shape_of
from cornu.layers.preprocessing.lookup import Lookup


class StringLookup(Lookup):
    r"""Strings as their places in a vocabulary.

    With `output_mode` 'int' the numbers start with 0 for `mask_token` (if there is one), then
    `num_oov_indices` numbers for unknown strings, then the terms. The other modes give vectors with
    a place per term, unknown ones first, in which masked strings count for nothing: 'one_hot' one
    vector per string; 'multi_hot', 'count' and 'tf_idf' one per row. In 'tf_idf' the count of term
    $t$ is multiplied by $\log(1 + \frac{N}{1 + n_t})$ for $N$ rows of which $n_t$ have the term.

    It runs on the host, before the compiled program of a model.

    Args:
        max_tokens: size of the vocabulary at most, special tokens included; None for no limit.
        num_oov_indices: how many numbers unknown strings have, 1 by default. With more than one
            their hash decides; with 0 they are an error.
        mask_token: what stands for no string; None for nothing.
        oov_token: what an inverted lookup gives for unknown strings, '[UNK]' by default.
        vocabulary: terms as a list or array, or the path of a text file with a term per line; None to
            learn it with `adapt`.
        idf_weights: with a `vocabulary` for 'tf_idf', the weight of each term.
        invert: True to turn numbers into strings.
        output_mode: 'int' (default), 'one_hot', 'multi_hot', 'count' or 'tf_idf'.
        pad_to_max_tokens: whether vectors have size `max_tokens` however many terms there are.
        sparse: must be False.
        encoding: how strings that come as bytes, and a file, are encoded, 'utf-8' by default.
        salt: a whole number or a pair of them: unknown strings are hashed with SipHash under this key
            rather than with FarmHash.

    Input shape:
        (batch, ...) of strings, for 'multi_hot', 'count' and 'tf_idf' (batch, strings)

    Output shape:
        that of the input for 'int'; else (batch, terms), for 'one_hot' with several strings per row
        (batch, strings, terms). The numbers are 32-bit, where Keras has 64.

    Raises:
        ValueError: if a vocabulary is empty, too long, has repeated terms, or there is none yet.
        TypeError: if the input is no strings.

    Example:
        >>> import cornu
        >>> layer = cornu.layers.StringLookup(vocabulary=["a", "b"])
        >>> layer([["a", "z"], ["b", "b"]]).tolist()
        [[1, 0], [2, 2]]
        >>> back = cornu.layers.StringLookup(vocabulary=layer.get_vocabulary(), invert=True)
        >>> back([[1, 0]]).tolist()
        [['a', '[UNK]']]
    """

    on_host = True
    samplewise = True

    def __init__(
        self,
        max_tokens: int | None = None,
        num_oov_indices: int = 1,
        mask_token: str | None = None,
        oov_token: str = "[UNK]",
        vocabulary: Any = None,
        idf_weights: Any = None,
        invert: bool = False,
        output_mode: str = "int",
        pad_to_max_tokens: bool = False,
        sparse: bool = False,
        encoding: str = "utf-8",
        name: str | None = None,
        salt: Any = None,
        oov_method: str = "floormod",
        **kwargs: Any,
    ) -> None:
        self.encoding = encoding
        super().__init__(
            max_tokens=max_tokens,
            num_oov_indices=num_oov_indices,
            mask_token=mask_token,
            oov_token=oov_token,
            vocabulary=vocabulary,
            idf_weights=idf_weights,
            invert=invert,
            output_mode=output_mode,
            pad_to_max_tokens=pad_to_max_tokens,
            sparse=sparse,
            oov_method=oov_method,
            salt=salt,
            name=name,
            **kwargs,
        )

    def _canonical(self, values: Any) -> Any:
        return as_strings(self, values, self.encoding)

    def _shown(self, term: bytes) -> str:
        return term.decode()

    def call(self, inputs: Any) -> Any:
        if not self.invert:
            return self._on_host(inputs)
        return self._terms_on_host(inputs).astype(str)

    def compute_output_spec(self, inputs: Any) -> Any:
        """The output for a symbolic input, as a symbolic tensor."""
        if self.invert:
            return KerasTensor(shape_of(inputs), "string")
        return super().compute_output_spec(inputs)
