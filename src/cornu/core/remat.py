"""Rematerialization: computing again in the backward pass what would take memory to keep."""

from __future__ import annotations

import functools
import math
import threading
from collections.abc import Callable, Sequence
from typing import Any

import jax
import jax.tree_util as tree

from cornu.core.context import context
from cornu.core.errors import did_you_mean
from cornu.core.pure import assigning

MODES = ("full", "activations", "larger_than", "list_of_layers")
PRODUCTS = ("dot_general", "conv_general_dilated", "convolution_by_onednn")

_stack = threading.local()


class RematScope:
    """Layers made within the scope keep no intermediate results for the backward pass; they are
    computed again when the gradients are. It takes less memory and more time.

    Args:
        mode: 'full' (default) for all layers; 'activations' keeps the results of products and
            computes the rest again; 'larger_than' for layers whose output is large;
            'list_of_layers' for those named; None for none.
        output_size_threshold: for 'larger_than': numbers in the output of one sample, 1024 by default.
        layer_names: for 'list_of_layers'.

    Raises:
        ValueError: if the mode is unknown.

    Example:
        >>> import cornu
        >>> with cornu.RematScope("full"):
        ...     layer = cornu.layers.Dense(4)

    Source: Chen et al., Training deep nets with sublinear memory cost, 2016.
    """

    def __init__(
        self,
        mode: str | None = "full",
        output_size_threshold: int = 1024,
        layer_names: Sequence[str] | None = None,
    ) -> None:
        if mode is not None and mode not in MODES:
            raise ValueError(f'Unknown mode "{mode}" of RematScope. {did_you_mean(str(mode), MODES)}')
        self.mode = mode
        self.output_size_threshold = output_size_threshold
        self.layer_names = tuple(layer_names or ())

    def __enter__(self) -> RematScope:
        _scopes().append(self)
        return self

    def __exit__(self, *exception: object) -> None:
        _scopes().pop()

    @staticmethod
    def current() -> RematScope | None:
        """The innermost scope we are in; None if there is none, or it does nothing."""
        scopes = _scopes()
        return scopes[-1] if scopes and scopes[-1].mode is not None else None


def _scopes() -> list[RematScope]:
    if not hasattr(_stack, "scopes"):
        _stack.scopes = []
    scopes: list[RematScope] = _stack.scopes
    return scopes


def remat(f: Callable[..., Any], policy: Any = None) -> Callable[..., Any]:
    """The function, whose intermediate results are computed again in the backward pass.

    It may read and assign variables and add losses, as code of a layer does.

    Args:
        f: function of arrays.
        policy: which results to keep all the same, as in `jax.checkpoint_policies`; none by default.

    Example:
        >>> import jax, jax.numpy as jnp
        >>> float(jax.grad(remat(lambda x: jnp.sin(x) ** 2))(0.0))
        0.0
    """

    @functools.wraps(f)
    def call(*args: Any, **kwargs: Any) -> Any:
        leaves, structure = tree.tree_flatten((args, kwargs))
        places = [i for i, leaf in enumerate(leaves) if isinstance(leaf, jax.Array)]
        assigned: list[Any] = []

        def inner(*arrays: Any) -> Any:
            filled = list(leaves)
            for place, array in zip(places, arrays, strict=True):
                filled[place] = array
            positional, named = tree.tree_unflatten(structure, filled)
            result, assigned[:], values, losses = _apart(lambda: f(*positional, **named))
            return result, values, losses

        result, values, losses = jax.checkpoint(inner, policy=policy)(*(leaves[i] for i in places))
        for variable, value in zip(assigned, values, strict=True):
            variable.assign(value)
        if context.losses is not None:
            context.losses.extend(losses)
        return result

    return call


def _apart(function: Callable[[], Any]) -> tuple[Any, list[Any], list[Any], list[Any]]:
    """What the function returns, assigns (variables and values) and adds as losses, none of it done."""
    outer, context.losses = context.losses, []
    try:
        return *assigning(function), context.losses
    finally:
        context.losses = outer


def rematerialized(layer: Any, scope: RematScope, args: tuple[Any, ...], kwargs: Any) -> Any:
    """The layer's `call`, rematerialized if its scope says so."""
    if scope.mode == "activations":
        return remat(layer.call, _keep_products)(*args, **kwargs)
    wanted = scope.mode == "full" or layer.name in scope.layer_names
    if scope.mode == "larger_than":
        specs = jax.eval_shape(lambda: _apart(lambda: layer.call(*args, **kwargs))[0])
        sizes = [math.prod(spec.shape[1:]) for spec in tree.tree_leaves(specs)]
        wanted = any(isinstance(n, int) and n > scope.output_size_threshold for n in sizes)
    return (remat(layer.call) if wanted else layer.call)(*args, **kwargs)


def _keep_products(primitive: Any, *_: Any, **__: Any) -> bool:
    return primitive.name in PRODUCTS
