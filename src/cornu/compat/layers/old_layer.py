"""What the layers have in common that Keras 3 no longer has."""

from __future__ import annotations

from typing import Any

from cornu.compat.notes import note
from cornu.layers.layer import Layer


class OldLayer(Layer):
    """A layer of earlier times, which notes what to write `today` when it is made.

    In configurations and files it is public in keras.layers, as it was.
    """

    today = ""

    def __init_subclass__(cls, **kwargs: Any) -> None:
        super().__init_subclass__(**kwargs)
        if cls.__module__.startswith("cornu."):
            cls._public_name = ("keras.layers", cls.__name__)

    _public_name: tuple[str, str] = ("keras.layers", "OldLayer")

    def __init__(self, **kwargs: Any) -> None:
        note(".".join(self._public_name), self.today)
        super().__init__(**kwargs)
