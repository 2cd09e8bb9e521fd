"""`cornu inspect`: what a file of a model holds, as text, without building or running anything."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

from cornu.core.errors import show_shape
from cornu.core.names import snake_case
from cornu.storage.contents import Array, Contents, contents
from cornu.storage.kinds import KERAS, is_newer
from cornu.storage.naming import MODELS, code, custom, line_to_write

CALL = "inspect"
HEADERS = ("layer (class)", "input", "weights", "parameters")
SHOWN, LONGEST = 4, 60  # shapes of a row, and letters of a name
TITLES = {
    ("model", "3"): "a whole model in the format of Keras 3",
    ("model", "2"): "a whole model in the format of Keras 2",
    ("weights", "3"): "weights in the format of Keras 3",
    ("weights", "2"): "weights in the format of Keras 2",
    ("architecture", "3"): "an architecture without weights, in the words of Keras 3",
    ("architecture", "2"): "an architecture without weights, in the words of Keras 2",
}
UNITS = ("B", "KB", "MB", "GB", "TB")


def inspect(path: Path) -> str:
    """What a file holds: layers, shapes, parameters, the optimizer, versions, what loading it needs and
    what is refused.

    Raises:
        FileNotFoundError: if there is no such file.
        ValueError: if it is damaged, or no file of a model.
    """
    found = contents(path, CALL)
    rows = list(_rows(found))
    lines = [_title(path, found), "", *_table(rows), "", *_totals(found), *_compiled(found)]
    return "\n".join([*lines, *_beside(found), *_needs(found, path)]) + "\n"


def _title(path: Path, found: Contents) -> str:
    version, date = found.writer.get("keras_version"), found.writer.get("date_saved")
    by = f", by Keras {_plain(version)}" if version else ""
    when = f", of {_plain(date).replace('@', ' ')}" if date else ""
    title = TITLES[found.kind, found.format]
    if version and version.startswith("1."):
        title = title.replace("Keras 2", "Keras 1")
    newer = f" (Cornu knows those up to {KERAS})" if version and is_newer(version) else ""
    return f"{path.name}: {title}{by}{newer}{when}, {_bytes(_size(path))}"


def _size(path: Path) -> int:
    files = [path] if path.is_file() else [each for each in path.rglob("*") if each.is_file()]
    return sum(each.stat().st_size for each in files)


def _plain(value: Any) -> str:
    """A text from a file on one line, without what a terminal would obey."""
    text = "".join(each if each.isprintable() else "?" for each in str(value))
    return text if len(text) <= LONGEST else f"{text[: LONGEST - 3]}..."


def _bytes(size: float) -> str:
    for unit in UNITS:
        if size < 1024 or unit == UNITS[-1]:
            return f"{size:.0f} {unit}" if unit == "B" or size >= 100 else f"{size:.1f} {unit}"
        size /= 1024
    raise AssertionError


# ------------------------------------------------------------------------------------------ the table


def _rows(found: Contents) -> Iterator[tuple[str, ...]]:
    layers = _layers(found.config)
    if layers is None:
        if isinstance(found.config, Mapping):
            yield _name(found.config, found.config.get("class_name")), "", "", ""
        yield from _places(found)
    elif found.format == "2":
        yield from _of_layers(found, found.config, None, 0)
    else:
        yield from _of_layers(found, found.config, "", 0)


def _layers(entry: Any) -> list[Any] | None:
    """The layers that a model's description lists."""
    config = entry.get("config") if isinstance(entry, Mapping) else None
    layers = config.get("layers") if isinstance(config, Mapping) else config
    return [each for each in layers if isinstance(each, Mapping)] if isinstance(layers, list) else None


def _of_layers(found: Contents, entry: Any, prefix: str | None, depth: int) -> Iterator[tuple[str, ...]]:
    """A row for each layer; `prefix` is where in the file the model's own layers are, None in the older
    format, which knows layers by their names."""
    counts: dict[str, int] = {}
    for layer in _layers(entry) or ():
        cls = str(layer.get("class_name"))
        if prefix is None:
            inner, arrays = None, [] if depth else found.below(f"{_own_name(layer)}/")
        elif str(layer.get("module")).startswith("keras.src.ops") or (
            cls == "InputLayer" and entry.get("class_name") == "Sequential"
        ):
            inner, arrays = None, []
        else:
            number = counts[cls] = counts.get(cls, -1) + 1
            inner = f"{prefix}layers/{snake_case(cls)}{f'_{number}' if number else ''}/"
            arrays = found.below(inner)
        parts = _layers(layer) if cls in MODELS else None
        yield _row("  " * depth + _name(layer, cls), _input(layer), arrays)
        if parts is not None and depth < 20:
            yield from _of_layers(found, layer, inner, depth + 1)


def _own_name(entry: Mapping[str, Any]) -> str:
    config = entry.get("config")
    return str((config.get("name") if isinstance(config, Mapping) else None) or entry.get("name"))


def _name(entry: Mapping[str, Any], cls: Any) -> str:
    config = entry.get("config")
    frozen = isinstance(config, Mapping) and config.get("trainable") is False
    return f"{_plain(_own_name(entry))} ({_plain(cls)}{', frozen' if frozen else ''})"


def _input(entry: Mapping[str, Any]) -> str:
    """The shape of what a layer takes, as far as its description says it."""
    config, built = entry.get("config"), entry.get("build_config")
    shape = built.get("input_shape") if isinstance(built, Mapping) else None
    if shape is None and isinstance(config, Mapping):
        shape = config.get("batch_shape") or config.get("batch_input_shape")
    if isinstance(shape, list) and all(isinstance(size, (int, type(None))) for size in shape):
        return show_shape(tuple(shape))
    return ""


def _row(name: str, shape: str, arrays: list[Array]) -> tuple[str, ...]:
    weights = [array for array in arrays if not _is_chance(array)]
    shapes = [show_shape(array.shape) for array in weights[:SHOWN]]
    more = [f"... {len(weights)} arrays"] if len(weights) > SHOWN else []
    count = f"{sum(array.count for array in weights):,}" if weights else ""
    return name, shape, " ".join(shapes + more), count


def _is_chance(array: Array) -> bool:
    """Whether this is the state of random numbers, which is no weight."""
    return array.dtype == "uint32" and array.shape == (2,)


def _places(found: Contents) -> Iterator[tuple[str, ...]]:
    """A row for each place that has arrays: all that can be known of a class of the user's, and of a
    file of weights."""
    places: dict[str, list[Array]] = {}
    for array in found.arrays:
        if not array.place.startswith("optimizer/"):
            cut = (
                array.place.rpartition("/vars/")[0]
                if found.format == "3"
                else array.place.partition("/")[0]
            )
            places.setdefault(cut, []).append(array)
    for place, arrays in places.items():
        name = found.names.get(place)
        own = f" ({_plain(name)})" if name and name != place.rpartition("/")[2] else ""
        if not all(map(_is_chance, arrays)):
            yield _row(_plain(place or "the model itself") + own, "", arrays)


def _table(rows: list[tuple[str, ...]]) -> list[str]:
    table = [HEADERS, *rows]
    used = [number for number in range(len(HEADERS)) if any(row[number] for row in rows)]
    widths = {number: max(len(row[number]) for row in table) for number in used}
    lines = [
        "  ".join(_cell(row[number], widths[number], number) for number in used).rstrip()
        for row in table
    ]
    return [lines[0], "-" * max(map(len, lines)), *lines[1:]]


def _cell(text: str, width: int, number: int) -> str:
    return text.rjust(width) if number == len(HEADERS) - 1 else text.ljust(width)


# ------------------------------------------------------------------------------------- below the table


def _totals(found: Contents) -> list[str]:
    weights = [a for a in found.arrays if not a.place.startswith("optimizer/") and not _is_chance(a)]
    if not weights:
        return ["Parameters: none in this file"]
    dtypes = sorted({array.dtype for array in weights})
    size = _bytes(sum(array.size for array in weights))
    return [f"Parameters: {sum(a.count for a in weights):,} ({size}, {', '.join(dtypes)})"]


def _compiled(found: Contents) -> list[str]:
    state = found.below("optimizer/")
    kept = f"{len(state)} arrays, {_bytes(sum(array.size for array in state))}"
    given = found.compiled if isinstance(found.compiled, Mapping) else {}
    entry = given.get("optimizer", given.get("optimizer_config"))
    lines = []
    if entry is not None or state:
        config = entry.get("config") if isinstance(entry, Mapping) else None
        rate = config.get("learning_rate", config.get("lr")) if isinstance(config, Mapping) else None
        about = [_described(entry) if entry is not None else "not named"]
        about += [f"learning rate {_described(rate)}"] if rate is not None else []
        about += [f"at step {found.step:,}"] if found.step is not None else []
        about += [kept] if state else ["no state in this file"]
        lines.append(f"Optimizer: {', '.join(about)}")
    return lines + [
        f"{name.capitalize().replace('_', ' ')}: {_described(given[name])}"
        for name in ("loss", "metrics", "weighted_metrics")
        if given.get(name)
    ]


def _described(value: Any) -> str:
    """A part of how a model is compiled, in few words."""
    if isinstance(value, Mapping) and isinstance(value.get("class_name"), str):
        inner, cls = value.get("config"), value["class_name"].removeprefix("Custom>")
        if cls == "MeanMetricWrapper" and isinstance(inner, Mapping):
            inner = inner.get("name")
        return _plain(inner if isinstance(inner, str) else cls)
    if isinstance(value, Mapping):
        return ", ".join(f"{_plain(key)}: {_described(item)}" for key, item in value.items())
    if isinstance(value, list):
        return ", ".join(_described(item) for item in value)
    return f"{value:.6g}" if isinstance(value, float) else _plain(value)


def _beside(found: Contents) -> list[str]:
    lines = [f"Asset: {_plain(name)}, {_bytes(size)}" for name, size in found.assets.items()]
    if found.others:
        shown = ", ".join(map(_plain, found.others[:SHOWN]))
        lines.append(f"Never read: {shown}{', ...' if len(found.others) > SHOWN else ''}")
    return lines


def _needs(found: Contents, path: Path) -> list[str]:
    """What the user has to give, and what is refused."""
    described = [found.config, found.compiled]
    named, places = custom(described), code(described)
    lines = [f"Needs: {_whose(each)}" for each in named]
    if named:
        call = f'load_model("{path.name}"' if found.kind == "model" else "model_from_json(text"
        lines.append(f"Write: cornu.models.{line_to_write(named, call)}")
    lines += [
        f"Refused: {_plain(place)} holds code, which is never run; give its function" for place in places
    ]
    return [*lines, *(f"Refused: {text}" for text in map(_line, found.refused))]


def _whose(named: Any) -> str:
    kind = "function" if named.function else "class"
    origin = (
        f' of the module "{_plain(named.module)}", which is never imported'
        if named.module not in ("", "builtins")
        else ""
    )
    return f"your {kind} {_plain(named.key)}{origin}"


def _line(text: str) -> str:
    return "".join(each if each.isprintable() else "?" for each in text)
