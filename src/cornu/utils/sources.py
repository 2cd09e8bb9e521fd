"""get_source_inputs: the inputs that a symbolic tensor is made from."""

from __future__ import annotations

from typing import Any

from cornu.core.symbolic import KerasTensor


def get_source_inputs(tensor: Any) -> Any:
    """The symbolic tensors of `Input` that this one is made from, each once; of anything else, itself.

    Example:
        >>> import cornu
        >>> a, b = cornu.Input((2,), name="a"), cornu.Input((2,), name="b")
        >>> [source.name for source in get_source_inputs(a + b * a)]
        ['a', 'b']
    """
    if not isinstance(tensor, KerasTensor):
        return tensor
    found: dict[int, KerasTensor] = {}
    seen: set[int] = set()
    waiting = [tensor]
    while waiting:
        each = waiting.pop()
        if id(each) in seen:
            continue
        seen.add(id(each))
        if each.node is None or not each.node.inputs:
            found[id(each)] = each
        else:
            waiting += reversed(each.node.inputs)
    return list(found.values())
