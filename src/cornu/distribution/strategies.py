"""Strategies: how the batch, the weights and what belongs to them lie on the devices."""

from __future__ import annotations

import re
from collections.abc import Iterator, MutableMapping, Sequence
from contextlib import contextmanager
from typing import Any

from jax.sharding import NamedSharding, PartitionSpec

from cornu.core import placement
from cornu.core.errors import describe, did_you_mean, warn
from cornu.core.in_force import in_force
from cornu.distribution.mesh import DeviceMesh, TensorLayout, list_devices

BATCH = "batch"  # the axis of a mesh that nobody has named
FEW = 2  # weights are split among devices if each gets so many rows of them at least

NO_DISTRIBUTION = (
    "set_distribution takes a distribution such as cornu.distribution.DataParallel(), or None, "
    "got {given}."
)
NO_MESH = "{kind}(device_mesh=...) takes a DeviceMesh, got {given}."
MANY_AXES = (
    "DataParallel splits the batch along the first axis {first!r} of the mesh alone; along the others "
    "all devices do the same work. ModelParallel splits weights along them."
)
NO_MAP = "ModelParallel needs layout_map=..., a LayoutMap, got {given}."
NO_AXIS = "ModelParallel(batch_dim_name={name!r}): the mesh has no such axis. {hint}"
SEVERAL = (
    'LayoutMap: "{path}" fits several of its keys: {keys}. Make them so different that each path fits '
    "one."
)
THERE = 'LayoutMap: "{key}" is in it already, with {layout}. Delete it first, or choose another key.'
NO_LAYOUT = "LayoutMap: a layout is a TensorLayout or a tuple such as (None, 'model'), got {given}."
WORD = re.compile(r"[\w/]+")  # a key that is meant as it stands
PATTERN = 'LayoutMap: "{key}" is no regular expression: {reason}.'
NOBODY = 'LayoutMap: no variable of the model and none of its layers has the path "{key}". {hint}'
RANK = (
    'LayoutMap: the layout {axes} for "{path}" has {many} axes, but the variable has shape {shape}. '
    "Give one entry for each axis of the variable, None where it is whole."
)
UNEVEN = (
    "batch_size={size} cannot be split evenly among {parts} devices. Write batch_size={below} or "
    "batch_size={above}."
)
UNEVEN_ALL = "batch_size={size} is less than the {parts} devices of the batch: write batch_size={parts}."


class Distribution:
    """How arrays lie on a mesh of devices. A subclass says how; `DataParallel`, `ModelParallel` and
    `FullySharded` are those there are.

    Args:
        device_mesh: the mesh.
        batch_dim_name: the axis of the mesh along which batches are split.
        auto_shard_dataset: where there are several processes: True (the default) if all of them are
            given the same batches, of which each takes its own part; False if each is given its own part
            alone.

    Example:
        >>> import cornu
        >>> class Alone(cornu.distribution.Distribution):
        ...     def get_data_layout(self, data_shape):
        ...         return cornu.distribution.TensorLayout([None] * len(data_shape), self.device_mesh)
        >>> mesh = cornu.distribution.DeviceMesh((1,), ["batch"], ["cpu:0"])
        >>> Alone(mesh).get_data_layout((8, 3)).axes
        (None, None)
    """

    def __init__(
        self,
        device_mesh: DeviceMesh,
        batch_dim_name: str | None = None,
        auto_shard_dataset: bool = True,
    ) -> None:
        self.device_mesh, self.batch_dim_name = device_mesh, batch_dim_name
        self.auto_shard_dataset = auto_shard_dataset
        self._placement: OnMesh | None = None

    @property
    def num_processes(self) -> int:
        """How many processes there are."""
        return in_force.processes

    @property
    def num_model_replicas(self) -> int:
        """Into how many parts a batch is split."""
        return self.device_mesh.size_of(self.batch_dim_name)

    def get_data_layout(self, data_shape: Sequence[int | None]) -> TensorLayout:
        """How data of this shape lie: their first axis is split."""
        return TensorLayout([self.batch_dim_name, *[None] * (len(data_shape) - 1)], self.device_mesh)

    def get_variable_layout(self, variable: Any) -> TensorLayout:
        """How a variable lies: as a whole on each device, unless a subclass says otherwise."""
        return TensorLayout([None] * len(variable.shape), self.device_mesh)

    def get_tensor_layout(self, path: str) -> TensorLayout | None:
        """How the tensor of this path ('dense/output') lies; None: the compiler decides."""
        return None

    def gathers(self, variable: Any) -> bool:
        """Whether layers compute with the variable as a whole, although it lies in parts."""
        return False

    @contextmanager
    def scope(self) -> Iterator[None]:
        """Within the block this distribution is in force.

        Example:
            >>> import cornu
            >>> data_parallel = cornu.distribution.DataParallel(devices=["cpu:0"])
            >>> with data_parallel.scope():
            ...     cornu.distribution.distribution() is data_parallel
            True
            >>> cornu.distribution.distribution()
        """
        with placement.under(self.placement):
            yield

    @property
    def placement(self) -> OnMesh:
        """What the training loop asks."""
        if self._placement is None:
            self._placement = OnMesh(self)
        return self._placement

    def __repr__(self) -> str:
        return f"<{type(self).__name__} device_mesh={self.device_mesh}>"


class DataParallel(Distribution):
    """Every device has the whole model and computes a part of each batch; gradients are summed.

    A step is that of one device with the same batch: batch statistics, losses and metrics are of all
    rows. `batch_size` is that of all devices together.

    Args:
        device_mesh: a mesh of one axis; by default one of all devices.
        devices: in its place, devices as `list_devices` names them.
        auto_shard_dataset: as for `Distribution`.

    Raises:
        ValueError: if a device is unknown, or the devices are of different kinds.

    Example:
        >>> import cornu, numpy as np
        >>> with cornu.distribution.DataParallel(devices=["cpu:0"]).scope():
        ...     model = cornu.Sequential([cornu.layers.Dense(1, input_shape=(2,))])
        ...     model.compile("sgd", "mse")
        ...     history = model.fit(np.ones((4, 2)), np.ones(4), verbose=0)
    """

    def __init__(
        self, device_mesh: Any = None, devices: Any = None, auto_shard_dataset: bool = True
    ) -> None:
        mesh = _mesh_of("DataParallel", device_mesh, devices)
        super().__init__(mesh, mesh.axis_names[0], auto_shard_dataset)
        if len(mesh.shape) > 1:
            warn(MANY_AXES.format(first=mesh.axis_names[0]))


class FullySharded(Distribution):
    """Data parallelism in which each device also keeps only its part of the weights and of what the
    optimizer remembers of them (ZeRO, Rajbhandari et al. 2020).

    A layer's weights are gathered when it computes, and gradients summed into parts. So the state of a
    model may be as large as the memory of all devices together. Each weight is split along its longest
    axis that the devices divide; one that none divides, or a small one, is whole on every device.

    Args:
        device_mesh: a mesh of one axis; by default one of all devices.
        devices: in its place, devices as `list_devices` names them.
        min_size: numbers below which a weight is not split. Default: 1024.
        auto_shard_dataset: as for `Distribution`.

    Raises:
        ValueError: if a device is unknown, or the devices are of different kinds.

    Example:
        >>> import cornu
        >>> cornu.distribution.FullySharded(devices=["cpu:0"])
        <FullySharded device_mesh=<DeviceMesh shape=(1,), axis_names=('batch',)>>
    """

    def __init__(
        self,
        device_mesh: Any = None,
        devices: Any = None,
        min_size: int = 1024,
        auto_shard_dataset: bool = True,
    ) -> None:
        mesh = _mesh_of("FullySharded", device_mesh, devices)
        super().__init__(mesh, mesh.axis_names[0], auto_shard_dataset)
        self.min_size = min_size

    def get_variable_layout(self, variable: Any) -> TensorLayout:
        shape, parts = tuple(variable.shape), self.num_model_replicas
        axes: list[str | None] = [None] * len(shape)
        fitting = [axis for axis, size in enumerate(shape) if size % parts == 0 and size >= FEW * parts]
        if fitting and variable.size >= self.min_size:
            axes[max(fitting, key=lambda axis: shape[axis])] = self.batch_dim_name
        return TensorLayout(axes, self.device_mesh)

    def gathers(self, variable: Any) -> bool:
        return any(self.get_variable_layout(variable).axes)


class ModelParallel(Distribution):
    """Weights are split among devices as a `LayoutMap` says, batches along one axis of the mesh.

    Args:
        layout_map: from paths of variables to layouts.
        batch_dim_name: the axis of the mesh along which batches are split; the first by default.
        auto_shard_dataset: as for `Distribution`.

    Raises:
        ValueError: if there is no map, or the mesh has no such axis.

    Example:
        >>> import cornu
        >>> mesh = cornu.distribution.DeviceMesh((1, 1), ["batch", "model"], ["cpu:0"])
        >>> layout_map = cornu.distribution.LayoutMap(mesh)
        >>> layout_map["dense.*kernel"] = (None, "model")
        >>> cornu.distribution.ModelParallel(layout_map=layout_map).num_model_replicas
        1
    """

    def __init__(
        self,
        *,
        layout_map: Any = None,
        batch_dim_name: str | None = None,
        auto_shard_dataset: bool = True,
    ) -> None:
        if not isinstance(layout_map, LayoutMap):
            raise ValueError(NO_MAP.format(given=describe(layout_map)))
        mesh = layout_map.device_mesh
        name = batch_dim_name or mesh.axis_names[0]
        if name not in mesh.axis_names:
            raise ValueError(NO_AXIS.format(name=name, hint=did_you_mean(name, mesh.axis_names)))
        super().__init__(mesh, name, auto_shard_dataset)
        self.layout_map = layout_map

    def get_variable_layout(self, variable: Any) -> TensorLayout:
        found = self.layout_map[variable.path]
        if found is None:
            return super().get_variable_layout(variable)
        if len(found.axes) != len(variable.shape):
            about = {"axes": found.axes, "many": len(found.axes), "shape": variable.shape}
            raise ValueError(RANK.format(path=variable.path, **about))
        found.check_shape(variable.shape, f'variable "{variable.path}"')
        return found

    def get_tensor_layout(self, path: str) -> TensorLayout | None:
        return self.layout_map[path]


class LayoutMap(MutableMapping[str, Any]):
    """From paths of variables, or regular expressions for them, to layouts.

    A path is looked up as it stands, then as something that one key must match as a whole. A key may
    also be the path of a layer with '/output': so lies what the layer gives.

    Args:
        device_mesh: the mesh of the layouts that are given as tuples.

    Raises:
        ValueError: if a key is there already, is no regular expression, or a path fits several.

    Example:
        >>> import cornu
        >>> mesh = cornu.distribution.DeviceMesh((1, 1), ["batch", "model"], ["cpu:0"])
        >>> layout_map = cornu.distribution.LayoutMap(mesh)
        >>> layout_map[".*dense.*kernel"] = (None, "model")
        >>> layout_map["sequential/dense_1/kernel"].axes
        (None, 'model')
        >>> layout_map["sequential/dense_1/bias"]
    """

    def __init__(self, device_mesh: DeviceMesh) -> None:
        if not isinstance(device_mesh, DeviceMesh):
            raise ValueError(NO_MESH.format(kind="LayoutMap", given=describe(device_mesh)))
        self.device_mesh = device_mesh
        self._layouts: dict[str, TensorLayout] = {}
        self._used: set[str] = set()  # keys that some variable or layer has had

    def __getitem__(self, key: str) -> Any:
        found = [key] if key in self._layouts else [k for k in self._layouts if re.fullmatch(k, key)]
        if len(found) > 1:
            raise ValueError(SEVERAL.format(path=key, keys=", ".join(map(repr, found))))
        self._used.update(found)
        return self._layouts[found[0]] if found else None

    def __setitem__(self, key: str, layout: Any) -> None:
        if key in self._layouts:
            raise ValueError(THERE.format(key=key, layout=self._layouts[key]))
        try:
            re.compile(key)
        except re.error as error:
            raise ValueError(PATTERN.format(key=key, reason=error)) from None
        if isinstance(layout, (tuple, list)):
            layout = TensorLayout(layout)
        if not isinstance(layout, TensorLayout):
            raise ValueError(NO_LAYOUT.format(given=describe(layout)))
        if layout.device_mesh is None:
            layout.device_mesh = self.device_mesh
        self._layouts[key] = layout

    def __delitem__(self, key: str) -> None:
        del self._layouts[key]

    def __len__(self) -> int:
        return len(self._layouts)

    def __iter__(self) -> Iterator[str]:
        return iter(self._layouts)

    def check(self, paths: Sequence[str]) -> None:
        """Looks for keys that have never fitted anything; `paths` are those of the model.

        A map may serve several models, so a pattern gets a warning, and a plain path an error.
        """
        for path in paths:
            self[path]
        for key in [key for key in self._layouts if key not in self._used]:
            text = NOBODY.format(key=key, hint=did_you_mean(key, paths))
            if WORD.fullmatch(key):
                raise ValueError(text)
            self._used.add(key)
            warn(text)


class OnMesh:
    """What the training loop asks of a distribution: `cornu.core.placement.Placement`."""

    def __init__(self, distribution: Distribution) -> None:
        self.distribution = distribution
        self.mesh = distribution.device_mesh.backend_mesh
        self.replicas = distribution.num_model_replicas
        self.whole = NamedSharding(self.mesh, PartitionSpec())
        self.shared = not self.whole.is_fully_addressable
        self.each_its_own = self.shared and not distribution.auto_shard_dataset
        self._rows: dict[int, NamedSharding] = {}
        self._checked: set[int] = set()

    def rows(self, axis: int = 0) -> NamedSharding:
        """The sharding of arrays whose axis of this number is that of the rows."""
        if axis not in self._rows:
            spec = PartitionSpec(*[None] * axis, self.distribution.batch_dim_name)
            self._rows[axis] = NamedSharding(self.mesh, spec)
        return self._rows[axis]

    def own(self, size: int) -> slice:
        """The rows of a batch of this size that lie on devices of this process, and what is between."""
        if not self.shared or size % self.replicas:
            return slice(0, size)
        places = self.rows().addressable_devices_indices_map((size,)).values()
        bounds = [place[0].indices(size)[:2] for place in places if place]
        return slice(min(start for start, _ in bounds), max(stop for _, stop in bounds))

    def total(self, rows: int) -> int:
        """How many rows a batch has of which this process has so many."""
        own = self.own(self.replicas)
        return rows * self.replicas // (own.stop - own.start)

    def variable(self, variable: Any) -> NamedSharding:
        """The sharding of a variable; what an optimizer remembers of one lies as that one does."""
        if variable.layout is not None:
            return variable.layout.backend_layout
        owner = variable.belongs_to
        if owner is None:
            return self.distribution.get_variable_layout(variable).backend_layout
        return self.variable(owner) if owner.shape == variable.shape else self.whole

    def gathers(self, variable: Any) -> bool:
        return self.distribution.gathers(variable)

    def tensor(self, path: str) -> Any:
        found = self.distribution.get_tensor_layout(path)
        return None if found is None else found.backend_layout

    def check_rows(self, size: int, rows: int | None) -> None:
        """Raises an error if batches of this size cannot be split; fewer rows than that are one batch,
        which every device computes."""
        parts = self.replicas
        if size % parts == 0 or (rows is not None and rows <= size):
            return
        below, above = size // parts * parts, -(-size // parts) * parts
        text = UNEVEN if below else UNEVEN_ALL
        raise ValueError(text.format(size=size, parts=parts, below=below, above=above))

    def check_model(self, model: Any) -> None:
        """Raises an error if the layout map has a key that fits nothing, now that all is built."""
        layouts = getattr(self.distribution, "layout_map", None)
        if layouts is not None:
            outputs = [f"{layer.path}/output" for layer in model._flatten_layers()]
            layouts.check([*(variable.path for variable in model.variables), *outputs])


def _mesh_of(kind: str, device_mesh: Any, devices: Any) -> DeviceMesh:
    if device_mesh is None:
        names = list_devices() if devices is None else list(devices)
        return DeviceMesh((len(names),), [BATCH], names)
    if not isinstance(device_mesh, DeviceMesh):
        raise ValueError(NO_MESH.format(kind=kind, given=describe(device_mesh)))
    return device_mesh


def distribution() -> Distribution | None:
    """The distribution in force, or None.

    Example:
        >>> import cornu
        >>> cornu.distribution.distribution()
    """
    found = placement.current()
    return None if found is None else found.distribution


def set_distribution(value: Distribution | None) -> None:
    """Puts a distribution in force for all models of the process; None ends it, and keeps `fit` from
    using several accelerators unasked.

    Models made before are laid out when they are used next.

    Raises:
        TypeError: if it is something else.

    Example:
        >>> import cornu
        >>> cornu.distribution.set_distribution(cornu.distribution.DataParallel(devices=["cpu:0"]))
        >>> cornu.distribution.distribution()
        <DataParallel device_mesh=<DeviceMesh shape=(1,), axis_names=('batch',)>>
        >>> cornu.distribution.set_distribution(None)
    """
    if value is not None and not isinstance(value, Distribution):
        raise TypeError(NO_DISTRIBUTION.format(given=describe(value)))
    in_force.said = True
    in_force.placement = None if value is None else value.placement
