"""What layers over space share: the axes between batch and channels, and arguments for each of them."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from cornu.core.errors import describe, did_you_mean
from cornu.core.settings import DATA_FORMATS, image_data_format
from cornu.layers.input_spec import InputSpec
from cornu.layers.layer import Layer

AXES = {1: "(steps,)", 2: "(height, width)", 3: "(depth, height, width)"}


class ImageSpec(InputSpec):
    """A batch of images of a known rank, and from `build` on of a known number of channels."""

    def advice(self, problem: str, shape: tuple[Any, ...]) -> str:
        if "rank" not in problem:
            return super().advice(problem, shape)
        axes = AXES[(self.ndim or 4) - 2].strip("(),")
        lacks = " A single image needs an axis for the batch, x[None]; grey images need one for "
        return (
            f"It takes (samples, {axes}, channels), or with data_format='channels_first' "
            f"(samples, channels, {axes}).{lacks}the channels, x[..., None]."
        )


class Spatial(Layer):
    """A layer over the `rank` axes between the batch and the channels, or after both."""

    rank = 0
    data_format = "channels_last"

    def _over(self, data_format: str | None) -> None:
        """Sets which axes are those of space, and so what rank the input has."""
        self.data_format = data_format_of(self, data_format)
        self.input_spec = ImageSpec(ndim=self.rank + 2)

    @property
    def axes(self) -> tuple[int, ...]:
        """The axes of space."""
        start = 2 if self.data_format == "channels_first" else 1
        return tuple(range(start, start + self.rank))


def data_format_of(layer: Any, data_format: Any) -> str:
    """'channels_last' or 'channels_first'; for None what `cornu.config` says."""
    return one_of(layer, "data_format", data_format or image_data_format(), DATA_FORMATS)


def sizes(
    layer: Any, argument: str, value: Any, least: int = 1, wrong_type: type[Exception] = ValueError
) -> tuple[int, ...]:
    """A whole number for each axis of space, from one for all of them or from a sequence."""
    several = tuple(value) if isinstance(value, (tuple, list)) else (value,) * layer.rank
    whole = all(is_whole(n) for n in several)
    if not whole or len(several) != layer.rank or any(n < least for n in several):
        example = max(least, 2) if layer.rank == 1 else (max(least, 2),) * layer.rank
        raise (ValueError if whole else wrong_type)(
            f'{type(layer).__name__} "{layer.name}": {argument} must be a whole number, {least} or '
            f"more, or a tuple of {layer.rank} of them, one for each of {AXES[layer.rank]}, got "
            f"{argument}={describe(value)}. Write for instance {argument}={example}."
        )
    return tuple(int(n) for n in several)


def one_of(layer: Any, argument: str, value: Any, options: tuple[str, ...]) -> str:
    """The option that a string names, in small letters."""
    if isinstance(value, str) and value.lower() in options:
        return value.lower()
    hint = f" {did_you_mean(value, options)}" if isinstance(value, str) else ""
    raise ValueError(
        f'{type(layer).__name__} "{layer.name}": {argument} must be '
        f"{' or '.join(map(repr, options))}, got {argument}={describe(value)}.{hint}"
    )


def is_whole(value: Any) -> bool:
    """Whether it is an integer of Python's or NumPy's."""
    return hasattr(value, "__index__") and not isinstance(value, bool)


def agree(found: Sequence[int | None], expected: Sequence[int | None]) -> bool:
    """Whether two shapes may be the same, where a size that is not known may be any."""
    same_rank = len(found) == len(expected)
    return same_rank and all(
        None in pair or pair[0] == pair[1] for pair in zip(found, expected, strict=True)
    )
