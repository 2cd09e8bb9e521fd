"""What an entry in the table of old arguments may be, and how old values become those of today."""

from __future__ import annotations

import inspect
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any

from cornu.core.errors import NotBuiltYetError, describe


@dataclass(frozen=True)
class Call:
    """A call in the words of its time: the object or None, how errors name it, the arguments by name."""

    owner: Any
    name: str
    given: dict[str, Any]


class Entry:
    """What an old argument is today."""

    def becomes(self, call: Call, word: str, value: Any) -> dict[str, Any]:
        """Today's arguments; the old one has been taken out of the call.

        Raises:
            NotBuiltYetError: if the value has no meaning today.
        """
        raise NotImplementedError

    @property
    def names(self) -> tuple[str, ...]:
        """The names of today's arguments."""
        return ()

    @property
    def written(self) -> str:
        """How it is written today, for the note."""
        return ", ".join(f"{name}=..." for name in self.names)

    def is_old(self, value: Any) -> bool:
        """Whether this value is of the old kind."""
        return True


@dataclass(frozen=True)
class Renamed(Entry):
    """An argument that has another name today."""

    new: str

    @property
    def names(self) -> tuple[str, ...]:
        return (self.new,)

    def becomes(self, call: Call, word: str, value: Any) -> dict[str, Any]:
        return {self.new: value}


@dataclass(frozen=True)
class Changed(Entry):
    """An argument that has another form today, and mostly another name.

    `source` says for what a program may have written how it is written today; anything else stays as it
    is. `when` tells an old value from one of today where the name is the same.
    """

    new: str
    convert: Callable[[Any], Any]
    source: Mapping[str, str] = field(default_factory=dict)
    when: Callable[[Any], bool] | None = None

    @property
    def names(self) -> tuple[str, ...]:
        return (self.new,)

    def becomes(self, call: Call, word: str, value: Any) -> dict[str, Any]:
        return {self.new: self.convert(value)}

    def is_old(self, value: Any) -> bool:
        return self.when is None or self.when(value)


@dataclass(frozen=True)
class Several(Entry):
    """One argument for what are several today."""

    new: tuple[str, ...]
    convert: Callable[[Any], Any]

    @property
    def names(self) -> tuple[str, ...]:
        return self.new

    def becomes(self, call: Call, word: str, value: Any) -> dict[str, Any]:
        return dict.fromkeys(self.new, self.convert(value))


@dataclass(frozen=True)
class Together(Entry):
    """Several arguments that are one today, a tuple."""

    new: str
    parts: tuple[str, ...]

    @property
    def names(self) -> tuple[str, ...]:
        return (self.new,)

    @property
    def written(self) -> str:
        return f"{self.new}=({', '.join(self.parts)})"

    def becomes(self, call: Call, word: str, value: Any) -> dict[str, Any]:
        given = {word: value, **call.given}
        missing = [part for part in self.parts if part not in given]
        if missing:
            raise TypeError(
                f"{call.name} got {word}, but not {', '.join(missing)}. "
                f"Write {self.new}=({', '.join(['...'] * len(self.parts))})."
            )
        for part in self.parts:
            call.given.pop(part, None)
        return {self.new: tuple(given[part] for part in self.parts)}


@dataclass(frozen=True)
class Gone(Entry):
    """An argument that is no longer there: `harmless` values ask for nothing (None: all of them), any
    other is refused; `why` says why, and what to write."""

    why: str
    harmless: tuple[Any, ...] | None = ()

    @property
    def written(self) -> str:
        return f"leave it out: {self.why}"

    def becomes(self, call: Call, word: str, value: Any) -> dict[str, Any]:
        if self.harmless is not None and not any(_same(value, each) for each in self.harmless):
            raise refuse(call, word, value, self.why)
        return {}


@dataclass(frozen=True)
class Kept(Entry):
    """An argument that keeps its name and meaning here, though today's Keras has another way."""

    today: str

    @property
    def written(self) -> str:
        return self.today

    def becomes(self, call: Call, word: str, value: Any) -> dict[str, Any]:
        return {word: value}


@dataclass(frozen=True)
class Done(Entry):
    """An argument that `do` puts into the call: it changes `call.given`, which lacks this argument, or
    the call's owner. `today` is how it is written."""

    today: str
    do: Callable[[Call, Any], None]

    @property
    def written(self) -> str:
        return self.today

    def becomes(self, call: Call, word: str, value: Any) -> dict[str, Any]:
        self.do(call, value)
        return {}


@dataclass(frozen=True)
class Places:
    """Another order of arguments given by place, and how to tell it: from these and the old words.

    `today` is how they are written.
    """

    today: str
    names: tuple[str, ...]
    told: Callable[[tuple[Any, ...], frozenset[str]], bool]


# ------------------------------------------------------------------------------------------------ values


def _same(value: Any, other: Any) -> bool:
    """Whether two values are equal, 0 and False being different, and an array like nothing else."""
    if hasattr(value, "shape"):
        return False
    return isinstance(value, bool) == isinstance(other, bool) and bool(value == other)


def refuse(call: Call, word: str, value: Any, why: str) -> Exception:
    """The error for a value that has no meaning today."""
    return NotBuiltYetError(f"{call.name}({word}={describe(value)}): {why}")


def chosen(new: str, choices: Mapping[Any, Any], when: Callable[[Any], bool] | None = None) -> Changed:
    """An argument whose words are others today."""
    source = {repr(old): repr(today) for old, today in choices.items()}

    def convert(value: Any) -> Any:
        return choices.get(value, value) if isinstance(value, str) else value

    return Changed(new, convert, source, when)


DATA_FORMAT = chosen("data_format", {"th": "channels_first", "tf": "channels_last", "default": None})

CONSTRAINTS = {"maxnorm": "max_norm", "nonneg": "non_neg", "unitnorm": "unit_norm"}


def constraint(new: str) -> Changed:
    """An entry for `W_constraint` and its like."""
    return chosen(new, CONSTRAINTS)


#: What the words of Keras 1 for regularizers were, with its factors.
REGULARIZERS = {
    "l1l2": {"l1": 0.01, "l2": 0.01},
    "activity_l1": {"l1": 0.01, "l2": 0.0},
    "activity_l2": {"l1": 0.0, "l2": 0.01},
    "activity_l1l2": {"l1": 0.01, "l2": 0.01},
}
_REGULARIZER_SOURCES = {
    repr(word): f"keras.regularizers.L1L2(l1={factors['l1']}, l2={factors['l2']})"
    for word, factors in REGULARIZERS.items()
}


def regularizer_of_keras_1(value: Any) -> Any:
    """What a word of Keras 1 stands for; anything else as it is."""
    if not isinstance(value, str) or value not in REGULARIZERS:
        return value
    from cornu import regularizers

    return regularizers.L1L2(**REGULARIZERS[value])


def regularizer(new: str, when: Callable[[Any], bool] | None = None) -> Changed:
    """An entry for `W_regularizer` and its like."""
    return Changed(new, regularizer_of_keras_1, _REGULARIZER_SOURCES, when)


def among(words: Mapping[str, Any]) -> Callable[[Any], bool]:
    """Whether a value is one of these words."""
    return lambda value: isinstance(value, str) and value in words


# Keras 1 drew these from normal distributions that were not cut off, and stretched the orthogonal one.
_INITIALIZERS: dict[str, tuple[str, dict[str, Any]]] = {
    "orthogonal": ("Orthogonal", {"gain": 1.1}),
    "glorot_normal": (
        "VarianceScaling",
        {"scale": 1.0, "mode": "fan_avg", "distribution": "untruncated_normal"},
    ),
    "he_normal": (
        "VarianceScaling",
        {"scale": 2.0, "mode": "fan_in", "distribution": "untruncated_normal"},
    ),
}
INITIALIZER_WORDS = (
    *("uniform", "lecun_uniform", "normal", "identity", "orthogonal", "zero", "one"),
    *("glorot_normal", "glorot_uniform", "he_normal", "he_uniform"),
)


def _initializer_source(word: str) -> str:
    cls, arguments = _INITIALIZERS[word]
    shown = ", ".join(f"{name}={value!r}" for name, value in arguments.items())
    return f"keras.initializers.{cls}({shown})"


def initializer_of_keras_1(value: Any) -> Any:
    """What Keras 1 called `init`: a word, or a function (shape, name) that makes the weight."""
    if isinstance(value, str):
        if value not in _INITIALIZERS:
            return value
        from cornu import initializers

        cls, arguments = _INITIALIZERS[value]
        return getattr(initializers, cls)(**arguments)
    if not callable(value) or inspect.isclass(value) or hasattr(value, "get_config"):
        return value
    parameters = inspect.signature(value).parameters
    return OldFunction(value) if "name" in parameters and "dtype" not in parameters else value


class OldFunction:
    """An initializer of Keras 1, a function (shape, name) that gives a variable or an array."""

    def __init__(self, function: Callable[..., Any]) -> None:
        self.function = function
        self.__name__, self.__module__ = function.__name__, function.__module__  # for the configuration

    def __call__(self, shape: Any, dtype: Any = None) -> Any:
        import numpy as np

        made = self.function(shape, name=None)
        return np.asarray(getattr(made, "value", made), dtype)


def initializer(new: str) -> Changed:
    """An entry for `init` and its like."""
    return Changed(
        new, initializer_of_keras_1, {repr(word): _initializer_source(word) for word in _INITIALIZERS}
    )


def given_weights(call: Call, arrays: Any) -> None:
    """`weights=[...]`: what the layer's weights are to be once it is built."""
    if arrays is not None:
        object.__setattr__(call.owner, "build", BuildWithWeights(call.owner, list(arrays)))


class BuildWithWeights:
    """A layer's `build` that then sets the weights, once. An object, so that it is copied with the
    layer."""

    def __init__(self, layer: Any, arrays: list[Any]) -> None:
        self.layer, self.arrays = layer, arrays
        self.__signature__ = inspect.signature(layer.build)

    def __call__(self, *args: Any, **kwargs: Any) -> None:
        layer = self.layer
        del layer.build
        layer.build(*args, **kwargs)
        layer.set_weights(self.arrays)


def steps_of(source: Any, samples: int) -> tuple[int, Any]:
    """How many batches hold so many samples, and the source, from which one may have been taken.

    The size of a batch is that of the first one.
    """
    size = getattr(source, "batch_size", None)
    if not isinstance(size, int):
        if hasattr(source, "__getitem__"):
            size = _rows(source[0])
        else:
            rest = iter(source)
            first = next(rest)
            size, source = _rows(first), _again(first, rest)
    return max(1, -(-int(samples) // size)), source


def _again(first: Any, rest: Any) -> Any:
    yield first
    yield from rest


def _rows(batch: Any) -> int:
    """The number of samples in a batch (x, y) or (x, y, weights)."""
    x = batch[0] if isinstance(batch, tuple) else batch
    while isinstance(x, (list, dict)) and not isinstance(
        x[0] if isinstance(x, list) else 0, (int, float)
    ):
        x = x[0] if isinstance(x, list) else next(iter(x.values()))
    return len(x)
