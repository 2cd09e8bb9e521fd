"""Agreeing: before several processes compute together, they compare what they come with.

A collective in which one process computes something else than the others waits for ever.
"""

from __future__ import annotations

from typing import Any

import jax.tree_util as tree

from cornu.core import peers, placement
from cornu.core.errors import show_shape
from cornu.random import generator_states
from cornu.training.sources.source import Source


def agree_on(
    model: Any,
    call: str,
    source: Source,
    validation: Source | None = None,
    epochs: range | None = None,
) -> None:
    """Waits for all processes, and compares data and model, where the model is spread over several.

    Raises:
        ValueError: if they differ; and what else `peers.agree` raises.
    """
    where = placement.current()
    if where is None or not where.shared:
        return
    facts = _of_data(source)
    if validation is not None:
        facts |= {f"{name} (validation)": fact for name, fact in _of_data(validation).items()}
    if epochs is not None:
        facts |= {"epochs": epochs.stop, "first epoch": epochs.start}
    facts["random numbers"] = _generators()
    peers.agree(call, facts, {"variables": _of_model(model)})


def _of_data(source: Source) -> dict[str, Any]:
    data = source.example
    facts: dict[str, Any] = {"rows": data.rows, "batch size": source.size, "steps": source.steps}
    for name, array in data.named():
        facts[f"shape of {name}"], facts[f"dtype of {name}"] = tuple(array.shape[1:]), array.dtype
    return facts


def _of_model(model: Any) -> list[str]:
    """Paths, shapes and dtypes of all variables."""
    optimizer = getattr(model, "optimizer", None)
    variables = [*model.variables, *(optimizer.variables if optimizer is not None else ())]
    return [f"{v.path} {show_shape(v.shape)} {v.dtype}" for v in variables]


def _generators() -> str:
    """The states of what random numbers come from, as a hash."""
    states = generator_states()
    plain = [leaf.tobytes() if hasattr(leaf, "tobytes") else leaf for leaf in tree.tree_leaves(states)]
    return peers.short_hash(repr(plain))


__all__ = ["agree_on"]
