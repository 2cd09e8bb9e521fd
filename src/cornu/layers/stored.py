"""What a layer leaves in a file, and how it is made again from that."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, ClassVar

from cornu.core.config import Configurable, parameters
from cornu.core.module import Module
from cornu.core.stored import load_variables, save_variables
from cornu.layers.building import as_shapes, own_variables

# Entries of every layer's configuration, and the attributes that hold them.
EVERY_LAYER_HAS = {"name": "name", "trainable": "_trainable", "dtype": "dtype_policy"}


class Stored(Module, Configurable):
    """The part of a layer that has to do with files: weights in a store, shapes, configuration."""

    # What the class and its parts are called in files, where Keras has other names.
    _class_in_files: ClassVar[str]
    _names_in_files: ClassVar[Mapping[str, str]] = {}
    _build_shapes: dict[str, Any] | None = None  # what `build` was called with
    _described_build: dict[str, Any] | None = None  # the same, from a file, until it is built
    name: str
    built: bool
    build: Any

    @classmethod
    def from_config(cls, config: Mapping[str, Any]) -> Any:
        """A new layer from what `get_config()` gave.

        A constructor need not take what every layer has: name, trainable, dtype.
        """
        beside = [name for name in EVERY_LAYER_HAS if name in config and name not in parameters(cls)]
        layer = cls(**{name: value for name, value in config.items() if name not in beside})
        for name in beside:
            setattr(layer, EVERY_LAYER_HAS[name], config[name])
        return layer

    def save_own_variables(self, store: Any) -> None:
        """Puts the layer's own weights into a store, a mapping from names to arrays.

        Override it, together with `load_own_variables`, for a state that is more than weights.
        """
        save_variables(own_variables(self), store)

    def load_own_variables(self, store: Any) -> None:
        """Takes out of a store what `save_own_variables` put there.

        Raises:
            ValueError: if the number of weights or a shape differs; then nothing is changed.
        """
        load_variables(f'{type(self).__name__} "{self.name}"', own_variables(self), store)

    def get_build_config(self) -> dict[str, Any] | None:
        """The shapes that the layer was built for, as plain values; None if there are none to know."""
        shapes = self._build_shapes
        if not shapes:
            return self._described_build
        return (
            {"input_shape": next(iter(shapes.values()))} if len(shapes) == 1 else {"shapes_dict": shapes}
        )

    def build_from_config(self, config: dict[str, Any]) -> None:
        """Builds the layer for the shapes that `get_build_config` gave."""
        if "input_shape" in config:
            self.build(as_shapes(config["input_shape"]))
        elif "shapes_dict" in config:
            self.build(**as_shapes(config["shapes_dict"]))

    def _restore(self, config: Mapping[str, Any]) -> None:
        """What is still to be done for a layer made from a configuration that tells how it was built.

        Only a method of the user's runs at once: else the layer is built by its first call, or before
        weights are loaded into it.
        """
        shapes = config.get("build_config")
        if not shapes or self.built:
            return
        self._described_build = shapes
        if not type(self).build_from_config.__module__.startswith("cornu."):
            self._build_as_described()

    def _build_as_described(self) -> None:
        """Builds the layer as the configuration that it was made from says, unless it is built."""
        described, self._described_build = self._described_build, None
        if described and not self.built:
            self.build_from_config(described)
            self.built = True
