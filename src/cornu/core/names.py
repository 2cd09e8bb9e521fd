"""Names of layers and weights: 'dense', 'dense_1', ... as Keras counts them."""

from __future__ import annotations

import re
from collections import defaultdict
from typing import Any

_counts: defaultdict[str, int] = defaultdict(int)


def snake_case(name: str) -> str:
    """The Keras spelling of a class name.

    >>> snake_case("Dense"), snake_case("LeakyReLU"), snake_case("Conv2D")
    ('dense', 'leaky_re_lu', 'conv2d')
    """
    name = re.sub(r"\W+", "", name)
    name = re.sub(r"(.)([A-Z][a-z]+)", r"\1_\2", name)
    return re.sub(r"([a-z])([A-Z])", r"\1_\2", name).lower()


def auto_name(prefix: str) -> str:
    """`prefix`, then `prefix_1`, `prefix_2`, ... each time it is asked for."""
    count = _counts[prefix]
    _counts[prefix] += 1
    return prefix if count == 0 else f"{prefix}_{count}"


def unique_names(things: list[Any], attribute: str = "path") -> list[str]:
    """One name per thing: its attribute, with `_1`, `_2`, ... where it would repeat."""
    seen: set[str] = set()
    names = []
    for thing in things:
        base = name = str(getattr(thing, attribute))
        number = 0
        while name in seen:
            number += 1
            name = f"{base}_{number}"
        seen.add(name)
        names.append(name)
    return names


def clear_session(free_memory: bool = True) -> None:
    """Starts the numbering of automatic layer names afresh, so that the next Dense is 'dense' again.

    Cornu keeps no global graph: models and their compiled programs are freed with the model. With
    `free_memory` the garbage collector runs at once.

    Example:
        >>> clear_session()
        >>> auto_name("dense"), auto_name("dense")
        ('dense', 'dense_1')
    """
    _counts.clear()
    if free_memory:
        import gc

        gc.collect()
