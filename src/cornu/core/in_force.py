"""What holds for the whole process: the placement of arrays, and which of several processes this is."""

from __future__ import annotations

from typing import Any, Protocol


class Placement(Protocol):
    """What a distribution says about arrays; `cornu.distribution` has those there are.

    Attributes:
        replicas: into how many parts a batch is split.
        whole: the sharding of what every device has as a whole.
        shared: whether other processes hold some of the devices.
        each_its_own: whether each process is given its own part of each batch alone.
    """

    replicas: int
    whole: Any
    shared: bool
    each_its_own: bool

    def rows(self, axis: int = 0) -> Any:
        """The sharding of arrays whose axis of this number is that of the rows."""

    def own(self, size: int) -> slice:
        """The rows of a batch of this size that lie on devices of this process."""

    def total(self, rows: int) -> int:
        """How many rows a batch has of which this process has so many."""

    def variable(self, variable: Any) -> Any:
        """The sharding of a variable."""

    def gathers(self, variable: Any) -> bool:
        """Whether a variable is split among the devices that split the batch: each layer then needs it
        as a whole, for as long as it computes."""

    def tensor(self, path: str) -> Any:
        """The sharding of what a layer of this path gives; None where that is left to the compiler."""

    def check_rows(self, size: int, rows: int | None) -> None:
        """Raises an error if batches of this size cannot be split, given how many rows there are."""


class _InForce:
    placement: Placement | None = None
    said = False  # whether the user has set one for the whole process, or none
    process = 0  # the number of this process
    processes = 1
    making = False  # whether a large array is drawn within a program, of which each device draws a part
    client: Any = None  # of the coordination service, where there are several: see `core.peers`
    timeout = 300.0  # seconds that processes wait for each other
    patience = 25.0  # seconds until it is known who was lost


in_force = _InForce()
