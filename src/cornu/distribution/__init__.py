"""More than one device, more than one host: the same program, sharded."""

from cornu.distribution.communication import communication
from cornu.distribution.mesh import (
    DeviceMesh,
    TensorLayout,
    distribute_tensor,
    get_device_count,
    list_devices,
)
from cornu.distribution.processes import initialize
from cornu.distribution.strategies import (
    DataParallel,
    Distribution,
    FullySharded,
    LayoutMap,
    ModelParallel,
    distribution,
    set_distribution,
)

__all__ = [
    "DataParallel",
    "DeviceMesh",
    "Distribution",
    "FullySharded",
    "LayoutMap",
    "ModelParallel",
    "TensorLayout",
    "communication",
    "distribute_tensor",
    "distribution",
    "get_device_count",
    "initialize",
    "list_devices",
    "set_distribution",
]
