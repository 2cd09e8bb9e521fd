"""Devices, the grid they form, and how the axes of a tensor lie on the axes of that grid."""

from __future__ import annotations

import math
from collections.abc import Iterable, Sequence
from functools import cached_property
from typing import Any

import jax
import numpy as np
from jax.sharding import Mesh, NamedSharding, PartitionSpec

from cornu.core import placement
from cornu.core.errors import describe, did_you_mean, show_shape
from cornu.core.symbolic import KerasTensor
from cornu.core.variable import Variable

NO_KIND = '{call}: there is no device of type "{kind}". {hint}'
NO_DEVICE = 'DeviceMesh: there is no device "{name}". {hint}'
TWICE = 'DeviceMesh: device "{name}" is listed twice; list each device once.'
MIXED = (
    "DeviceMesh: the devices are of different kinds ({kinds}). One program runs on all of them, so they "
    'must be alike: devices=cornu.distribution.list_devices("{first}").'
)
LENGTHS = (
    "DeviceMesh: shape={shape} has {many} axes, but axis_names={names} has {few}. Give each axis one "
    "name."
)
COUNT = (
    "DeviceMesh: shape={shape} needs {wanted} devices, but there are {found}. "
    "Write a shape whose product is {found}, or devices=... with {wanted} of them."
)
AXIS = "TensorLayout: the mesh has no axis {axis!r}. {hint}"
REPEATED = (
    "TensorLayout: axis {axis!r} stands twice in {axes}; an axis of the mesh splits one axis only."
)
MESH_TWICE = "TensorLayout: its mesh is {mesh} and cannot be changed. Make a new TensorLayout."
NO_MESH = "TensorLayout{axes} has no device_mesh yet: TensorLayout({axes}, device_mesh=...)."
RANK = "distribute_tensor: a layout of {many} axes {axes} is for tensors of as many, got shape {shape}."
UNEVEN = (
    "{what}: its axis {number} of size {size} cannot be split evenly among the {parts} devices of mesh "
    "axis {axis!r}. Choose a size that {parts} divides, or None for that axis of the layout."
)


def list_devices(device_type: str | None = None) -> list[str]:
    """The devices of all processes, as 'gpu:0' or the like.

    Args:
        device_type: 'cpu', 'gpu' or 'tpu'; by default the accelerators, or the CPU if there are none.

    Raises:
        ValueError: if there is no device of that type.

    Example:
        >>> import cornu
        >>> cornu.distribution.list_devices("cpu")[0]
        'cpu:0'
    """
    return [_name(device) for device in _devices(device_type, "list_devices")]


def get_device_count(device_type: str | None = None) -> int:
    """How many devices of a type there are, in all processes.

    Args:
        device_type: as for `list_devices`.

    Raises:
        ValueError: if there is no device of that type.

    Example:
        >>> import cornu
        >>> cornu.distribution.get_device_count("cpu") == len(cornu.distribution.list_devices("cpu"))
        True
    """
    return len(_devices(device_type, "get_device_count"))


def _devices(device_type: str | None, call: str) -> list[Any]:
    kind = device_type.lower() if device_type else None
    try:
        return list(jax.devices(kind))
    except RuntimeError:
        known = {device.platform for device in (*jax.devices(), *jax.devices("cpu"))}
        hint = did_you_mean(str(device_type), known)
        raise ValueError(NO_KIND.format(call=call, kind=device_type, hint=hint)) from None


def _name(device: Any) -> str:
    return f"{device.platform}:{device.id}"


class DeviceMesh:
    """A grid of devices, each of whose axes has a name.

    Args:
        shape: the sizes of the axes, such as (8,) or (2, 4).
        axis_names: their names, such as ["batch"] or ["batch", "model"].
        devices: names as `list_devices` gives them, or devices of JAX; all devices by default.

    Raises:
        ValueError: if the numbers do not go together, or a device is unknown, listed twice or of
            another kind than the rest.

    Example:
        >>> import cornu
        >>> cornu.distribution.DeviceMesh((1, 1), ["batch", "model"], ["cpu:0"])
        <DeviceMesh shape=(1, 1), axis_names=('batch', 'model')>
    """

    def __init__(self, shape: Sequence[int], axis_names: Sequence[str], devices: Any = None) -> None:
        self.shape, self.axis_names = tuple(shape or ()), tuple(axis_names or ())
        if len(self.shape) != len(self.axis_names) or not self.shape:
            counts = {"many": len(self.shape), "few": len(self.axis_names)}
            raise ValueError(LENGTHS.format(shape=shape, names=list(self.axis_names), **counts))
        given = list_devices() if devices is None else list(np.ravel(np.asarray(devices, object)))
        wanted = math.prod(self.shape)
        if wanted != len(given):
            raise ValueError(COUNT.format(shape=shape, wanted=wanted, found=len(given)))
        self._given = [_device(each) for each in given]
        _check_alike(self._given)
        self.devices = np.array([_name(device) for device in self._given]).reshape(self.shape)

    @cached_property
    def backend_mesh(self) -> Mesh:
        """The `jax.sharding.Mesh`."""
        return Mesh(np.array(self._given, object).reshape(self.shape), self.axis_names)

    def size_of(self, axis: Any) -> int:
        """How many devices lie along an axis, or along several taken together."""
        names = axis if isinstance(axis, tuple) else (axis,)
        return math.prod(self.shape[self.axis_names.index(name)] for name in names if name is not None)

    def __repr__(self) -> str:
        return f"<DeviceMesh shape={self.shape}, axis_names={self.axis_names}>"


def _device(given: Any) -> Any:
    if not isinstance(given, str):
        return given
    kind, _, number = given.lower().partition(":")
    kind = "gpu" if kind == "cuda" else kind
    known = [*jax.devices(), *(jax.devices("cpu") if jax.default_backend() != "cpu" else ())]
    for device in known:
        if device.platform == kind and str(device.id) == (number or "0"):
            return device
    hint = did_you_mean(given, map(_name, known))
    raise ValueError(NO_DEVICE.format(name=given, hint=hint))


def _check_alike(devices: list[Any]) -> None:
    names = [_name(device) for device in devices]
    for name in names:
        if names.count(name) > 1:
            raise ValueError(TWICE.format(name=name))
    kinds = sorted({device.device_kind for device in devices})
    if len(kinds) > 1:
        raise ValueError(MIXED.format(kinds=", ".join(kinds), first=devices[0].platform))


class TensorLayout:
    """Along which axes of a mesh each axis of a tensor is split.

    Args:
        axes: for each axis of the tensor the name of an axis of the mesh, or None where it is whole.
        device_mesh: the mesh; may be given later, once.

    Raises:
        ValueError: if the mesh has no such axis, or one stands twice.

    Example:
        >>> import cornu
        >>> mesh = cornu.distribution.DeviceMesh((1, 1), ["batch", "model"], ["cpu:0"])
        >>> cornu.distribution.TensorLayout([None, "model"], mesh)
        <TensorLayout axes=(None, 'model'), device_mesh=<DeviceMesh shape=(1, 1), ...>>
    """

    def __init__(self, axes: Iterable[Any], device_mesh: DeviceMesh | None = None) -> None:
        self.axes = tuple(axes)
        self._mesh = device_mesh
        self._check()

    @property
    def device_mesh(self) -> DeviceMesh | None:
        return self._mesh

    @device_mesh.setter
    def device_mesh(self, mesh: DeviceMesh) -> None:
        if self._mesh is not None:
            raise ValueError(MESH_TWICE.format(mesh=self._mesh))
        self._mesh = mesh
        self._check()

    @cached_property
    def backend_layout(self) -> NamedSharding:
        """The `jax.sharding.NamedSharding`."""
        if self._mesh is None:
            raise ValueError(NO_MESH.format(axes=self.axes))
        return NamedSharding(self._mesh.backend_mesh, PartitionSpec(*self.axes))

    def check_shape(self, shape: Sequence[int], what: str) -> None:
        """Raises an error if a tensor of this shape cannot lie so."""
        assert self._mesh is not None
        for number, (size, axis) in enumerate(zip(shape, self.axes, strict=False)):
            parts = self._mesh.size_of(axis)
            if size % parts:
                raise ValueError(
                    UNEVEN.format(what=what, number=number, size=size, parts=parts, axis=axis)
                )

    def _check(self) -> None:
        named = [n for axis in self.axes for n in (axis if isinstance(axis, tuple) else (axis,)) if n]
        for axis in named:
            if named.count(axis) > 1:
                raise ValueError(REPEATED.format(axis=axis, axes=self.axes))
            if self._mesh is not None and axis not in self._mesh.axis_names:
                hint = did_you_mean(str(axis), self._mesh.axis_names)
                raise ValueError(AXIS.format(axis=axis, hint=hint))

    def __repr__(self) -> str:
        return f"<TensorLayout axes={self.axes}, device_mesh={self._mesh}>"


def distribute_tensor(tensor: Any, layout: Any) -> Any:
    """The tensor, laid out so: within a compiled program a demand on the compiler, else done at once.

    Args:
        tensor: an array, a variable, or a symbolic tensor (which is given back as it is).
        layout: a `TensorLayout`, or a sharding of JAX.

    Raises:
        ValueError: if the layout has more axes than the tensor, or the devices do not divide one.

    Example:
        >>> import cornu, numpy as np
        >>> mesh = cornu.distribution.DeviceMesh((1,), ["batch"], ["cpu:0"])
        >>> layout = cornu.distribution.TensorLayout(["batch", None], mesh)
        >>> cornu.distribution.distribute_tensor(np.ones((2, 2)), layout).sharding.mesh.axis_names
        ('batch',)
    """
    if isinstance(tensor, KerasTensor):
        return tensor
    value = tensor.value if isinstance(tensor, Variable) else tensor
    if isinstance(layout, TensorLayout):
        sharding: Any = layout.backend_layout
        if len(layout.axes) > np.ndim(value):
            shape = show_shape(np.shape(value))
            raise ValueError(RANK.format(many=len(layout.axes), axes=layout.axes, shape=shape))
        layout.check_shape(np.shape(value), "distribute_tensor")
    elif isinstance(layout, jax.sharding.Sharding):
        sharding = layout
    else:
        raise TypeError(f"distribute_tensor takes a TensorLayout, got {describe(layout)}.")
    if isinstance(value, jax.core.Tracer):
        return placement.constrained(value, sharding)
    return (
        placement.moved(value, sharding)
        if isinstance(value, jax.Array)
        else placement.put(value, sharding)
    )
