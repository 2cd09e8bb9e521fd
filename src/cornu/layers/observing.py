"""Looking at the calls of layers while a model runs."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from typing import Any


@contextmanager
def wrapped(
    layers: Iterable[Any], attribute: str, wrap: Callable[[Any, Callable[..., Any]], Any]
) -> Iterator[None]:
    """Within the block, a method or function of each layer, such as `call`, is what `wrap` makes of it.

    Example:
        >>> import cornu, numpy as np
        >>> layer, seen = cornu.layers.ReLU(), []
        >>> def tell(layer, call):
        ...     return lambda x: seen.append(x.shape) or call(x)
        >>> with wrapped([layer], "call", tell):
        ...     y = layer(np.ones((2, 3)))
        >>> seen
        [(2, 3)]
    """
    layers = list(layers)
    before = [vars(layer).get(attribute) for layer in layers]
    for layer in layers:
        object.__setattr__(layer, attribute, wrap(layer, getattr(layer, attribute)))
    try:
        yield
    finally:
        for layer, own in zip(layers, before, strict=True):
            if own is None:
                object.__delattr__(layer, attribute)
            else:
                object.__setattr__(layer, attribute, own)


__all__ = ["wrapped"]
