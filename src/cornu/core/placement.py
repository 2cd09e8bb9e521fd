"""Where arrays lie when a program runs on more than one device or in more than one process.

Variables, layers and the training loop ask here for the placement in force (`core/in_force.py`). Without
one, as nearly always, asking costs a look at a name that is None.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any

import jax
import jax.tree_util as tree
import numpy as np

from cornu.core import peers
from cornu.core.in_force import Placement, in_force


def current() -> Any:
    """The placement in force, or None."""
    return in_force.placement


def is_first() -> bool:
    """Whether this process is the one that writes files and shows progress."""
    return in_force.process == 0


# ------------------------------------------------------------------------------- outside of programs


def put(array: Any, sharding: Any) -> Any:
    """An array of the host laid out on the devices; each process gives the parts of its own devices."""
    array = np.asarray(array)
    if sharding.is_fully_addressable:
        return jax.device_put(array, sharding)
    return jax.make_array_from_callback(array.shape, sharding, lambda part: array[part])


def moved(array: Any, sharding: Any) -> Any:
    """An array of JAX laid out so; itself if it already is."""
    if array.sharding.is_equivalent_to(sharding, array.ndim):
        return array
    if sharding.is_fully_addressable and array.is_fully_addressable:
        return jax.device_put(array, sharding)
    if array.is_fully_addressable or array.is_fully_replicated:
        return put(on_host(array), sharding)
    return jax.jit(lambda array: array, out_shardings=sharding)(array)


def put_rows(structure: Any, placement: Any, axis: int = 0) -> Any:
    """Arrays of the host, their rows split among the devices; as a whole if they cannot be."""

    def one(array: Any) -> Any:
        split = array.ndim > axis and array.shape[axis] % placement.replicas == 0
        return put(array, placement.rows(axis) if split else placement.whole)

    return tree.tree_map(one, structure)


def put_batch(structure: Any, placement: Placement, axis: int = 0) -> Any:
    """A batch of the host; the part of this process, where each has its own."""
    if not placement.each_its_own:
        return put_rows(structure, placement, axis)

    def one(array: Any) -> Any:
        array = np.asarray(array)
        rows = placement.total(array.shape[axis])
        shape = (*array.shape[:axis], rows, *array.shape[axis + 1 :])
        return jax.make_array_from_process_local_data(placement.rows(axis), array, shape)

    return tree.tree_map(one, structure)


def put_whole(structure: Any, placement: Any) -> Any:
    """Arrays of the host, all of them on every device."""
    return tree.tree_map(lambda array: put(array, placement.whole), structure)


def on_host(array: Any) -> np.ndarray[Any, Any]:
    """The numbers of an array; of one that is split among processes all of them must ask."""
    if not isinstance(array, jax.Array):
        return np.asarray(array)
    if array.is_fully_addressable:
        if array.is_fully_replicated:
            return np.asarray(array.addressable_data(0))
        whole = np.empty(array.shape, array.dtype)  # an array keeps the copy that it is asked for
        for part in array.addressable_shards:
            if part.replica_id == 0:
                whole[part.index] = part.data
        return whole
    if not array.is_fully_replicated:
        sharding = array.sharding
        everywhere = jax.sharding.NamedSharding(sharding.mesh, jax.sharding.PartitionSpec())  # type: ignore[attr-defined]
        with peers.together("the reading of split weights"):
            array = jax.jit(lambda array: array, out_shardings=everywhere)(array)
            return np.asarray(array.addressable_data(0))
    return np.asarray(array.addressable_data(0))


def home(variable: Any) -> Any:
    """On which devices a variable belongs: as the distribution in force says, or else where its value
    lies now; None where that is one device."""
    if in_force.placement is not None:
        return in_force.placement.variable(variable)
    value = vars(variable).get("_value")
    return None if value is None or len(value.devices()) == 1 else value.sharding


def is_split(variable: Any) -> bool:
    """Whether no device has a variable as a whole."""
    sharding = home(variable)
    return sharding is not None and not sharding.is_fully_replicated


def like(new: Any, old: Any) -> Any:
    """A new array of the host, laid out as an old one of JAX was; it shares no memory with the new."""
    if len(old.devices()) == 1:
        return jax.device_put(new, may_alias=False)
    return put(np.array(new), old.sharding)


def made(make: Callable[[], Any], sharding: Any) -> Any:
    """What a function makes: each device makes its part alone, or is given it where NumPy makes it."""
    on_the_host: list[Any] = []

    def traced() -> Any:
        in_force.making = True
        try:
            value = make()
        finally:
            in_force.making = False
        if isinstance(value, np.ndarray):  # it would be a constant of the program
            on_the_host.append(value)
            return None
        return jax.numpy.asarray(value)

    value = jax.jit(traced, out_shardings=sharding)()
    return put(on_the_host[0], sharding) if on_the_host else value


# --------------------------------------------------------------------------------- within programs


def split_rows(structure: Any, placement: Any) -> Any:
    """Within a program: the rows of these arrays are split among the devices."""
    sharding = placement.rows()
    return tree.tree_map(lambda array: constrained(array, sharding), structure)


def constrained(array: Any, sharding: Any) -> Any:
    """Within a program: this array lies so."""
    return jax.lax.with_sharding_constraint(array, sharding)


def laid_out(path: str | None, outputs: Any) -> Any:
    """What a layer of this path gives, laid out as the distribution in force says, if it does."""
    sharding = in_force.placement and in_force.placement.tensor(f"{path}/output")
    if sharding is None:
        return outputs

    def one(array: Any) -> Any:
        traced = isinstance(array, jax.core.Tracer)
        return constrained(array, sharding) if traced else moved(array, sharding)

    return tree.tree_map(one, outputs)


def gathered(variable: Any, value: Any) -> Any:
    """The value of a variable as a layer computes with it: as a whole, where it lies in parts."""
    placement = in_force.placement
    if placement is None or not placement.gathers(variable):
        return value
    return constrained(value, placement.whole)


def summed(variables: Any, gradients: Any) -> Any:
    """Gradients by variables, each laid out as its variable is.

    Else the compiler computes what it can of an update in parts, and gathers three arrays of an
    optimizer where one gradient would do.
    """
    placement = in_force.placement
    if placement is None:
        return gradients
    leaves, structure = tree.tree_flatten(gradients)
    laid = [constrained(g, placement.variable(v)) for v, g in zip(variables, leaves, strict=True)]
    return tree.tree_unflatten(structure, laid)


def copies(variable: Any, value: Any, placement: Any) -> Any:
    """The value once for each part of the batch, side by side: each device has one of its own, whose
    gradient is its own, too, until they are summed."""
    lies = placement.whole if placement.gathers(variable) else placement.variable(variable)
    sharding = jax.sharding.NamedSharding(
        lies.mesh, jax.sharding.PartitionSpec(*placement.rows().spec, *lies.spec)
    )
    shape = placement.replicas, *value.shape
    return constrained(jax.numpy.broadcast_to(value, shape), sharding)


@contextmanager
def under(placement: Any) -> Iterator[None]:
    """Within the block this placement is in force."""
    before, in_force.placement = in_force.placement, placement
    try:
        yield
    finally:
        in_force.placement = before
