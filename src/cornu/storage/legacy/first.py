"""Configurations as Keras 1 wrote them, put into the words of Keras 2."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

CLASSES = {
    "Convolution1D": "Conv1D",
    "Convolution2D": "Conv2D",
    "Convolution3D": "Conv3D",
    "AtrousConvolution1D": "Conv1D",
    "AtrousConvolution2D": "Conv2D",
    "Deconvolution2D": "Conv2DTranspose",
    "SeparableConvolution2D": "SeparableConv2D",
    "TimeDistributedDense": "Dense",
}
ARGUMENTS = {
    "init": "kernel_initializer",
    "inner_init": "recurrent_initializer",
    "W_regularizer": "kernel_regularizer",
    "U_regularizer": "recurrent_regularizer",
    "b_regularizer": "bias_regularizer",
    "W_constraint": "kernel_constraint",
    "b_constraint": "bias_constraint",
    "bias": "use_bias",
    "border_mode": "padding",
    "dim_ordering": "data_format",
    "nb_filter": "filters",
    "subsample": "strides",
    "subsample_length": "strides",
    "filter_length": "kernel_size",
    "pool_length": "pool_size",
    "stride": "strides",
    "atrous_rate": "dilation_rate",
    "inner_activation": "recurrent_activation",
    "forget_bias_init": "unit_forget_bias",
    "dropout_W": "dropout",
    "dropout_U": "recurrent_dropout",
    "output_dim": "units",
    "p": "rate",
    "sigma": "stddev",
    "length": "size",
}
# Where a word means something else in one class.
OF_CLASS = {
    "Embedding": {
        "init": "embeddings_initializer",
        "W_regularizer": "embeddings_regularizer",
        "W_constraint": "embeddings_constraint",
        "output_dim": "output_dim",
    },
    "PReLU": {"init": "alpha_initializer"},
    "SeparableConv2D": {"init": "depthwise_initializer"},
}
SIZES = (("nb_row", "nb_col"), ("kernel_dim1", "kernel_dim2", "kernel_dim3"))
VALUES: dict[str, dict[str, Any]] = {
    "data_format": {"th": "channels_first", "tf": "channels_last", "default": None},
    "unit_forget_bias": {"one": True, "zero": False},
    **{
        f"{part}_initializer": {
            "uniform": "random_uniform",
            "normal": "random_normal",
            "zero": "zeros",
            "one": "ones",
        }
        for part in ("kernel", "recurrent", "embeddings", "alpha", "depthwise")
    },
}
# What has no place today, with the values that ask for nothing; None: any.
GONE: dict[str, tuple[Any, ...] | None] = {
    "input_dim": None,
    "input_length": None,
    "consume_less": None,
    "mode": (0,),
    "dropout": (0, 0.0, None),
    "output_shape": None,
}
GONE_IN = {
    "Embedding": ("dropout",),
    "BatchNormalization": ("mode",),
    "Conv2DTranspose": ("output_shape",),
}
USUAL = ("input_dim", "input_length", "consume_less")
# Words that no later Keras has: by these a configuration is known.
SIGNS = {*ARGUMENTS, *sum(SIZES, ()), "input_dtype", "consume_less"} - {"stride", "length", "bias", "p"}
SIGNS_OF = {
    "Dropout": ("p",),
    "SpatialDropout1D": ("p",),
    "SpatialDropout2D": ("p",),
    "SpatialDropout3D": ("p",),
    "GaussianDropout": ("p",),
    "UpSampling1D": ("length",),
    "BatchNormalization": ("mode",),
}
# The classes of Keras 1 whose words are others today.
KNOWN = (
    *(*CLASSES, *SIGNS_OF, "InputLayer", "Dense", "Embedding", "Merge", "MaxoutDense", "Highway"),
    *("SimpleRNN", "GRU", "LSTM", "ConvLSTM2D", "LocallyConnected1D", "LocallyConnected2D"),
    *("MaxPooling1D", "AveragePooling1D", "MaxPooling2D", "AveragePooling2D", "MaxPooling3D"),
    *("AveragePooling3D", "GlobalMaxPooling2D", "GlobalAveragePooling2D", "GlobalMaxPooling3D"),
    *("GlobalAveragePooling3D", "GaussianNoise", "PReLU"),
)
SPATIAL = ("UpSampling2D", "UpSampling3D", "ZeroPadding2D", "ZeroPadding3D", "Cropping2D", "Cropping3D")
RENAMED_CONSTRAINTS = {"m": "max_value", "low": "min_value", "high": "max_value"}
MERGERS = {
    "sum": "Add",
    "mul": "Multiply",
    "concat": "Concatenate",
    "ave": "Average",
    "max": "Maximum",
    "dot": "Dot",
}
NOT_NOW = (
    '{cls} "{name}" of Keras 1 was made with {argument}={value!r}, which no later Keras has. Make the '
    "model anew without it, and load the weights alone: model.load_weights(path)."
)


def translated(value: Any) -> Any:
    """A description of a model, or of a part of one, with what Keras 1 wrote in the words of Keras 2.

    Raises:
        ValueError: if a layer was made with what has no place any longer.
    """
    return _translated(value, has_first_axis(value))


def _translated(value: Any, first_axis: bool) -> Any:
    if isinstance(value, list):
        return [_translated(item, first_axis) for item in value]
    if not isinstance(value, Mapping):
        return value
    if value.get("class_name") == "Sequential" and branched(value.get("config")):
        value = {**value, "class_name": "Model", "config": graph_of(value["config"])}
    if isinstance(value.get("class_name"), str):
        value = renamed(value, first_axis)
    return {key: _translated(item, first_axis) for key, item in value.items()}


def is_first(cls: str, config: Any) -> bool:
    """Whether a layer is described in words of Keras 1 that no later one has."""
    if not isinstance(config, Mapping) or cls not in KNOWN:
        return False
    if cls == "Embedding":
        return "init" in config
    ours = cls in CLASSES or (cls == "Merge" and "mode" in config)
    return ours or not SIGNS.isdisjoint(config) or any(word in config for word in SIGNS_OF.get(cls, ()))


def renamed(entry: Mapping[str, Any], first_axis: bool = False) -> Mapping[str, Any]:
    """A layer in the words of Keras 2; `first_axis` says where channels are in layers that do not.

    Raises:
        ValueError: if it was made with what has no place any longer.
    """
    cls, config = entry["class_name"], entry.get("config")
    if isinstance(config, Mapping) and "input_dtype" in config and cls != "InputLayer":
        config = {key: value for key, value in config.items() if key != "input_dtype"}
    if cls in SPATIAL and first_axis and isinstance(config, Mapping):
        config = {"data_format": "channels_first", **config}
    if config is not entry.get("config"):
        entry = {**entry, "config": config}
    if not is_first(cls, config):
        return entry
    if cls == "Merge":
        return _merge(entry)
    name = CLASSES.get(cls, cls)
    new = _arguments(name, dict(config or {}))
    if name == "GRU":
        new.setdefault("reset_after", False)
    if cls == "SeparableConvolution2D":
        new.setdefault("pointwise_initializer", new.get("depthwise_initializer"))
    return {**entry, "class_name": name, "config": new}


def _arguments(cls: str, config: dict[str, Any]) -> dict[str, Any]:
    for argument in (*USUAL, *GONE_IN.get(cls, ())):
        if argument in config and not (cls == "Embedding" and argument == "input_dim"):
            value, harmless = config[argument], GONE[argument]
            if harmless is not None and value not in harmless:
                raise _not_now(cls, config, argument)
            del config[argument]
    if config.get("border_mode") == "full":
        raise _not_now(cls, config, "border_mode")
    for names in SIZES:
        if all(name in config for name in names):
            config["kernel_size"] = [config.pop(name) for name in names]
    words = {
        **ARGUMENTS,
        **OF_CLASS.get(cls, {}),
        **({"input_dtype": "dtype"} if cls == "InputLayer" else {}),
    }
    new = {words.get(argument, argument): value for argument, value in config.items()}
    return {argument: _value(argument, value) for argument, value in new.items()}


def _value(argument: str, value: Any) -> Any:
    if isinstance(value, str):
        return VALUES.get(argument, {}).get(value, value)
    if isinstance(value, Mapping) and "class_name" not in value and "name" in value:
        return _penalty(argument, dict(value))
    return value


def _penalty(argument: str, value: dict[str, Any]) -> dict[str, Any]:
    """A regularizer or a constraint."""
    name = value.pop("name")
    if argument.endswith("regularizer"):
        return {"class_name": "L1L2", "config": {key: value.get(key, 0.0) for key in ("l1", "l2")}}
    config = {RENAMED_CONSTRAINTS.get(key, key): item for key, item in value.items()}
    return {"class_name": name, "config": config}


def _merge(entry: Mapping[str, Any]) -> Mapping[str, Any]:
    config = entry["config"]
    if config["mode"] not in MERGERS or config.get("mode_type", "raw") != "raw":
        raise _not_now("Merge", config, "mode")
    more = {
        "concat": {"axis": config.get("concat_axis", -1)},
        "dot": {"axes": config.get("dot_axes", -1)},
    }
    new = {"name": config.get("name"), **more.get(config["mode"], {})}
    return {**entry, "class_name": MERGERS[config["mode"]], "config": new}


def _not_now(cls: str, config: Mapping[str, Any], argument: str) -> Exception:
    return ValueError(
        NOT_NOW.format(cls=cls, name=config.get("name"), argument=argument, value=config[argument])
    )


def has_first_axis(entries: Any) -> bool:
    """Whether layers, or those within them, say that channels come first: then it was Keras's setting,
    and holds for those, too, that do not say it."""
    if isinstance(entries, Mapping):
        return entries.get("dim_ordering") == "th" or has_first_axis(list(entries.values()))
    return isinstance(entries, list) and any(map(has_first_axis, entries))


# ------------------------------------------------------------------------------ branches of a Sequential


def branched(entries: Any) -> bool:
    """Whether a Sequential begins with a Merge of others."""
    first: Any = entries[0] if isinstance(entries, list) and entries else {}
    return first.get("class_name") == "Merge" and "layers" in first["config"]


def graph_of(entries: list[Any]) -> dict[str, Any]:
    """Such a Sequential as a graph of layers, in the words of Keras 2."""
    layers: list[dict[str, Any]] = []
    end = _chain(entries, layers)
    inputs = [entry["name"] for entry in layers if entry["class_name"] == "InputLayer"]
    places = [[name, 0, 0] for name in inputs]
    return {"name": "model", "layers": layers, "input_layers": places, "output_layers": [[end, 0, 0]]}


def _chain(entries: list[Any], layers: list[dict[str, Any]]) -> str:
    """Adds the layers of a Sequential, and gives the name of the last."""
    rest = list(entries)
    if branched(entries):
        merge = rest.pop(0)
        ends = [_branch(each, layers) for each in merge["config"]["layers"]]
        last = _add(merge, ends, layers)
    else:
        shape = rest[0]["config"].get("batch_input_shape")
        name = f"{rest[0]['config']['name']}_input"
        config = {"name": name, "batch_input_shape": shape}
        if rest[0]["config"].get("input_dtype"):
            config["dtype"] = rest[0]["config"]["input_dtype"]
        last = _add({"class_name": "InputLayer", "config": config}, [], layers)
    for entry in rest:
        last = _add(entry, [last], layers)
    return last


def _branch(entry: Mapping[str, Any], layers: list[dict[str, Any]]) -> str:
    inner = entry["config"]
    return _chain(inner if isinstance(inner, list) else [entry], layers)


def _add(entry: Mapping[str, Any], inputs: list[str], layers: list[dict[str, Any]]) -> str:
    config = {key: value for key, value in entry["config"].items() if key != "layers"}
    calls = [[[name, 0, 0] for name in inputs]] if inputs else []
    name = str(config["name"])
    layers.append({**entry, "name": name, "config": config, "inbound_nodes": calls})
    return name
