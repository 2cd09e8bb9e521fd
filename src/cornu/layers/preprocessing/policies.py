"""What layers share that choose among the other layers of images by chance."""

from __future__ import annotations

from typing import Any

import jax

from cornu.layers.preprocessing.base import ImageLayer, RandomImageLayer
from cornu.layers.preprocessing.brightness import RandomBrightness, RandomContrast
from cornu.layers.preprocessing.contrast import AutoContrast, Equalization
from cornu.layers.preprocessing.grayscale import RandomColorDegeneration
from cornu.layers.preprocessing.rotation import RandomRotation
from cornu.layers.preprocessing.sharpness import RandomSharpness
from cornu.layers.preprocessing.shear import RandomShear
from cornu.layers.preprocessing.solarization import Solarization
from cornu.layers.preprocessing.tones import RandomPosterization
from cornu.layers.preprocessing.translation import RandomTranslation


class Policy(RandomImageLayer):
    """Base of layers that choose among other layers by chance."""

    OPERATIONS: tuple[str, ...] = (
        *("random_shear", "random_translation", "random_rotation", "random_brightness"),
        *("random_color_degeneration", "random_contrast", "random_sharpness"),
        *("random_posterization", "solarization", "auto_contrast", "equalization"),
    )
    moves = True
    interpolation: str
    value_range: Any

    def _make_operations(self, factor: tuple[float, float], names: tuple[str, ...]) -> None:
        """Sets an attribute for each operation, with strengths drawn between the bounds."""
        warped: dict[str, Any] = {"interpolation": self.interpolation, "seed": self.seed}
        colored: dict[str, Any] = {"value_range": self.value_range, "seed": self.seed}
        bits = max(1, int(8 * factor[1]))
        made: dict[str, Any] = {
            "random_shear": lambda: RandomShear(factor, factor, **warped),
            "random_translation": lambda: RandomTranslation(factor, factor, **warped),
            "random_rotation": lambda: RandomRotation(factor, **warped),
            "random_brightness": lambda: RandomBrightness(factor, **colored),
            "random_color_degeneration": lambda: RandomColorDegeneration(factor, **colored),
            "random_contrast": lambda: RandomContrast(factor, **colored),
            "random_sharpness": lambda: RandomSharpness(factor, **colored),
            "random_posterization": lambda: RandomPosterization(bits, **colored),
            "solarization": lambda: Solarization(factor, factor, **colored),
            "auto_contrast": lambda: AutoContrast(self.value_range),
            "equalization": lambda: Equalization(self.value_range),
        }
        self._names = names
        for name in names:
            setattr(self, name, made[name]())

    def operations(self) -> list[ImageLayer]:
        """The layers to choose from."""
        return [getattr(self, name) for name in self._names]


def as_function(layer: ImageLayer, drawn: Any, on_masks: bool) -> Any:
    """What a layer does with images, or with their masks, as a function."""

    def act(images: Any) -> Any:
        if on_masks and not layer.moves:
            return images
        change = layer.apply_to_masks if on_masks else layer.apply
        return change(images, drawn).astype(images.dtype)

    return act


def choose(index: Any, branches: list[Any], *operands: Any) -> Any:
    """What one of the branches makes of the operands."""
    if isinstance(index, jax.core.Tracer):
        return jax.lax.switch(index, branches, *operands)
    return branches[int(index)](*operands)


def in_turn(step: Any, state: Any, *places: Any) -> Any:
    """The state after a step for each place. A compiled program holds the step once."""
    if isinstance(places[0], jax.core.Tracer):
        return jax.lax.scan(lambda state, its: (step(state, *its), None), state, places)[0]
    for its in zip(*places, strict=True):
        state = step(state, *its)
    return state
