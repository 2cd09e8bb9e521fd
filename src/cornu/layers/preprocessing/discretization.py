"""Discretization: numbers as the bins that they fall into."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import jax
import jax.numpy as jnp
import numpy as np

from cornu.core.context import context, name_scope
from cornu.core.errors import describe
from cornu.core.module import Module
from cornu.core.variable import Variable
from cornu.layers.layer import Layer
from cornu.layers.preprocessing.encoding import encode
from cornu.layers.preprocessing.inputs import (
    batches,
    bins,
    choice,
    is_concrete,
    on_host,
    refuse_sparse,
    title,
)


class Discretization(Layer):
    r"""Numbers as the bins that they fall into, for bins given or learned from data.

    With `bin_boundaries` $b_1 < ... < b_n$ the bins are $(-\infty, b_1), [b_1, b_2), ...,
    [b_n, \infty)$, numbered from 0. `adapt` puts the boundaries where `num_bins` bins hold about
    equally many numbers of the data.

    Args:
        bin_boundaries: the boundaries in rising order, if they are known.
        num_bins: how many bins to learn, if they are not.
        epsilon: how exactly: the share of the data that a boundary may be off, 0.01 by default.
        output_mode: 'int' (default) for the bin's number, 'one_hot' for a vector per number,
            'multi_hot' or 'count' for one per sample, as in CategoryEncoding.
        sparse: must be False.

    Input shape:
        any

    Output shape:
        that of the input for 'int'; else the last axis becomes one of `num_bins`, or, for 'one_hot'
        with several numbers per sample, is followed by one

    Raises:
        ValueError: if neither or both of `bin_boundaries` and `num_bins` are given, the boundaries
            do not rise, or the layer is called before `adapt`.

    Example:
        >>> import cornu, numpy as np
        >>> layer = cornu.layers.Discretization(bin_boundaries=[0.0, 1.0, 2.0])
        >>> layer(np.array([[-1.5, 1.0, 3.4, 0.5]])).tolist()
        [[0, 2, 3, 1]]
    """

    samplewise = True
    summary: Any  # values of the data with what each weighs, in two rows

    def __init__(
        self,
        bin_boundaries: Any = None,
        num_bins: int | None = None,
        epsilon: float = 0.01,
        output_mode: str = "int",
        sparse: bool = False,
        dtype: Any = None,
        name: str | None = None,
        **kwargs: Any,
    ) -> None:
        super().__init__(dtype=dtype, name=name, **kwargs)
        self.autocast = False  # in half precision numbers close to a boundary would change their bin
        if (bin_boundaries is None) == (num_bins is None):
            raise ValueError(
                f"{title(self)} takes either bin_boundaries, or num_bins to learn them with "
                f"adapt(data), got bin_boundaries={describe(bin_boundaries)} and num_bins={num_bins}."
            )
        if not isinstance(epsilon, (int, float)) or not 0 < epsilon < 1:
            raise ValueError(
                f"{title(self)}: epsilon must be between 0 and 1, got epsilon={describe(epsilon)}."
            )
        modes = ("int", "one_hot", "multi_hot", "count")
        self.num_bins = None if num_bins is None else bins(self, num_bins)
        self.epsilon = epsilon
        self.output_mode = choice(self, "output_mode", output_mode, modes)
        self.sparse = refuse_sparse(self, sparse)
        self._table: _Boundaries | None = None
        self.reset_state()
        if bin_boundaries is not None:
            self.bin_boundaries = bin_boundaries

    @property
    def bin_boundaries(self) -> list[float] | None:
        """The boundaries between the bins; None until they are known."""
        return None if self._table is None else self._table.listed

    @bin_boundaries.setter
    def bin_boundaries(self, boundaries: Any) -> None:
        array = np.asarray(boundaries)
        numbers = array.dtype.kind in "fiub" and array.ndim == 1
        if not numbers or np.any(np.diff(array.astype("float64")) < 0) or np.any(np.isnan(array)):
            raise ValueError(
                f"{title(self)}: bin_boundaries must be a list of numbers in rising order, "
                f"got {describe(boundaries)}."
            )
        with name_scope(self.name):
            self._table = _Boundaries(array.tolist())

    def call(self, inputs: jax.Array) -> jax.Array:
        if self._table is None:
            return self._unlearned(inputs)
        boundaries = self._table.values.value
        found = jnp.searchsorted(boundaries, inputs, side="right").astype("int32")
        return self._encode(found, len(boundaries) + 1)

    def _encode(self, found: jax.Array, depth: int) -> jax.Array:
        if self.output_mode == "int":
            return found
        return encode(found, self.output_mode, depth, self.compute_dtype)

    def _unlearned(self, inputs: jax.Array) -> jax.Array:
        """The shape of the output, for a symbolic call before `adapt`; an error for any other."""
        if is_concrete(inputs) or context.bindings:
            raise ValueError(
                f"{title(self)} knows no bins yet. Call adapt(data) first, which learns "
                f"{self.num_bins}, or pass bin_boundaries=[...]."
            )
        return self._encode(jnp.zeros_like(inputs, "int32"), self.num_bins or 0)

    def adapt(self, data: Any, steps: int | None = None) -> None:
        """Learns the boundaries from data, after forgetting what it knew.

        Args:
            data: an array, a list or a column of numbers, or something that yields batches.
            steps: how many batches to take, all by default.

        Raises:
            ValueError: if the boundaries were given, or there are no data.
        """
        self.reset_state()
        for batch in batches(self, data, steps):
            self.update_state(batch)
        if not self.summary.size:
            raise ValueError(f"{title(self)}: adapt got no data, so there is nothing to learn.")
        self.finalize_state()

    def update_state(self, data: Any) -> None:
        """Takes one batch into the summary of the data."""
        if self.num_bins is None:
            raise ValueError(
                f"{title(self)} was given its bin_boundaries, so it cannot adapt to data. Pass num_bins "
                "instead to learn them."
            )
        try:
            values = on_host(data).astype("float32")
        except (TypeError, ValueError):
            raise TypeError(f"{title(self)} adapts to numbers, got {describe(data)}.") from None
        self.summary = merged(summarized(values, self.epsilon), self.summary, self.epsilon)

    def finalize_state(self) -> None:
        """Puts the boundaries between the bins, as the summary has it."""
        if self.num_bins is not None and self.summary.size:
            self.bin_boundaries = compressed(self.summary, 1 / self.num_bins)[0, :-1]

    def reset_state(self) -> None:
        """Forgets the data; the boundaries stay until new ones are learned."""
        self.summary = np.zeros((2, 0), "float32")

    def get_config(self) -> dict[str, Any]:
        config = super().get_config()
        del config["trainable"]  # as Keras: the layer has nothing to train
        return config

    @classmethod
    def from_config(cls, config: Mapping[str, Any]) -> Any:
        """A new layer from what `get_config` gave, with the boundaries if they were learned."""
        if config.get("num_bins") is None or config.get("bin_boundaries") is None:
            return cls(**config)
        layer = cls(**{key: value for key, value in config.items() if key != "bin_boundaries"})
        layer.bin_boundaries = config["bin_boundaries"]
        return layer


class _Boundaries(Module):
    """Boundaries on the device, as part of a program's state: no program holds old ones."""

    def __init__(self, listed: list[float]) -> None:
        self.listed = listed
        self.values = Variable(np.asarray(listed, "float32"), trainable=False, name="bin_boundaries")
        self.values.autocast = False


def summarized(values: Any, epsilon: float) -> Any:
    """About 1 / epsilon of the values, evenly spaced by rank, with how many each stands for."""
    ordered = np.sort(values, axis=None)
    step = max(ordered.size * epsilon, 1)
    chosen = ordered[int(step - 1) :: int(step)]
    return np.stack([chosen, np.full_like(chosen, step)])


def merged(one: Any, other: Any, epsilon: float) -> Any:
    """The summary of what two summaries stand for."""
    both = np.concatenate([one, other], axis=1)
    return compressed(both[:, np.argsort(both[0])], epsilon)


def compressed(summary: Any, epsilon: float) -> Any:
    """A summary by about 1 / epsilon values: those at equal steps of the weight summed up."""
    if summary.shape[1] * epsilon < 1:
        return summary
    shares = epsilon + np.arange(0.0, 1.0, epsilon)
    weights = summary[1].cumsum()
    values, reached = (
        np.interp(shares, weights / weights[-1], known) for known in (summary[0], weights)
    )
    return np.stack([values, np.diff(reached, prepend=0)]).astype("float32")
