"""How masks flow through the call of a layer: into its `mask` arguments, and on to its outputs."""

from __future__ import annotations

from typing import Any

import jax.tree_util as tree

from cornu.core.errors import note, show_shape, warn
from cornu.core.masks import mask_of, set_mask

LOST = (
    '{cls} layer "{name}" was given data with a mask, but does not say what becomes of it, so the '
    "steps that are masked count from here on. Write self.supports_masking = True in its __init__ "
    "if it keeps the steps apart, or a method compute_mask(self, inputs, mask)."
)


def fill_masks(layer: Any, args: tuple[Any, ...], kwargs: dict[str, Any]) -> Any:
    """Puts the masks of the arguments into the `mask` arguments of `call` that were not given; gives
    the mask, or the list of masks, of the first argument."""
    names = layer._call_parameters
    given = dict(zip(names, args, strict=False))
    for name, value in {**given, **kwargs}.items():
        wanted = f"{name}_mask"
        if wanted in names and given.get(wanted) is None and kwargs.get(wanted) is None:
            mask = _masks(value)
            if _any(mask):
                kwargs[wanted] = mask
    first = _masks(args[0]) if args else None
    if kwargs.get("mask") is not None:
        return kwargs["mask"]
    if "mask" in names and given.get("mask") is None and _any(first):
        kwargs["mask"] = first
    return given["mask"] if given.get("mask") is not None else first


def give_masks(layer: Any, args: tuple[Any, ...], outputs: Any, previous: Any) -> None:
    """Sets the masks of the outputs, as the layer computes them from that of its first argument."""
    if not layer.supports_masking:
        if _any(previous) and not layer.hands_masks_on:
            warn(LOST.format(cls=type(layer).__name__, name=layer.name))
        return
    leaves = tree.tree_leaves(outputs)
    if all(mask_of(leaf) is not None for leaf in leaves):
        return
    try:
        masks = layer.compute_mask(args[0] if args else None, previous)
    except Exception as error:
        shapes = ", ".join(show_shape(mask.shape) for mask in tree.tree_leaves(previous))
        note(error, f"  while computing the mask of its output from masks of shape {shapes}")
        raise
    if masks is None:
        return
    for leaf, mask in zip(leaves, tree.tree_leaves(masks, is_leaf=lambda m: m is None), strict=False):
        if mask is not None and mask_of(leaf) is None:
            set_mask(leaf, mask)


def _masks(value: Any) -> Any:
    return tree.tree_map(mask_of, value)


def _any(masks: Any) -> bool:
    return bool(tree.tree_leaves(masks))
