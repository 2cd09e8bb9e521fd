"""Source: what a pass goes over, whatever the user gave."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Callable, Iterator
from typing import Any

from cornu.core.errors import warn
from cornu.training.data import Data
from cornu.training.windows import Window

OUT_OF_DATA = "The data ran out after {found} of {wanted} {what}. {advice}"


class Source(ABC):
    """Batches, pass after pass.

    Attributes:
        example: what the model is built by: all data, or the first batch.
        size: rows of a full batch.
        steps: steps of a pass; None as long as it is not known.
        exhausted: whether there will be no further pass.
        path: what `explain_fit` says that the loop runs over.
        advice_for_speed: what would be faster.
        shapes: how many shapes of batches there were.
    """

    example: Data
    size: int
    steps: int | None = None
    exhausted = False
    path = ""
    advice_for_speed = ""
    shapes = 1

    @abstractmethod
    def windows(self, loop: Any, waiting: Callable[[], bool], start: int = 0) -> Iterator[Window]:
        """The windows of the next pass, one by one; closing the iterator ends the pass.

        Args:
            loop: the compiled loop that they are for.
            waiting: asked now and then while a batch is waited for; False ends the pass.
            start: the step to begin with, if `go_to` has put the source there.
        """

    @abstractmethod
    def each(self, eager: bool) -> Iterator[Any]:
        """The batches of one pass, on the host; where `eager`, no thread fetches them ahead."""

    def draw(self) -> None:  # noqa: B027
        """Draws what Keras draws in order to build a model; then the orders that follow agree."""

    def keep_place(self) -> None:  # noqa: B027
        """From now on `place` will be asked for; called before anything is drawn or fetched."""

    def place(self) -> dict[str, Any]:
        """What `go_to` needs: where the pass under way began, or where the next one will."""
        return {}

    def go_to(self, place: dict[str, Any], step: int | None) -> None:  # noqa: B027
        """Goes to the place, in a program that was started again, and to a step of the pass there; the
        random generators are, and stay, as they were at that step. None: the data alone are as there.
        """

    def close(self) -> None:  # noqa: B027
        """Lets go of threads and files."""

    def ended(self, epoch: int, epochs: int) -> None:  # noqa: B027
        """Warns that there is no batch left for further epochs."""

    def ran_out(self, found: int, wanted: int, advice: str, what: str = "steps") -> None:
        """Warns that there are fewer batches than were asked for."""
        warn(OUT_OF_DATA.format(found=found, wanted=wanted, advice=advice, what=what))
