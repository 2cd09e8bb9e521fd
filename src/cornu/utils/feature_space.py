"""FeatureSpace: a table of numbers and categories as one vector per row."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

import jax

from cornu.core.dtypes import is_float
from cornu.core.errors import describe, did_you_mean
from cornu.core.names import auto_name
from cornu.core.symbolic import KerasTensor
from cornu.layers.input_layer import Input
from cornu.layers.layer import Layer
from cornu.layers.preprocessing.discretization import Discretization
from cornu.layers.preprocessing.encoding import CategoryEncoding
from cornu.layers.preprocessing.hashing import HashedCrossing, Hashing
from cornu.layers.preprocessing.inputs import choice, on_host
from cornu.layers.preprocessing.integer_lookup import IntegerLookup
from cornu.layers.preprocessing.lookup import Lookup
from cornu.layers.preprocessing.normalization import Normalization, Rescaling
from cornu.layers.preprocessing.string_lookup import StringLookup
from cornu.storage import save_model
from cornu.utils.features import Cross, Feature, TFDConcat, TFDIdentity, deserialized, serialized

ROWS = 32  # rows that layers adapt to at a time; Discretization's bins depend on it, in Keras too


class FeatureSpace(Layer):
    """A table of numbers and categories as one vector per row.

    Each column gets a preprocessing layer, columns may be crossed, and what comes out is encoded and
    joined, in the alphabetical order of the columns' names, crosses last.

    Args:
        features: for each column's name a type, as a string such as 'float_normalized', or with
            arguments as `FeatureSpace.float_normalized()`. The types are the class methods below.
        output_mode: 'concat' (default) for one vector per row, 'dict' for one per feature.
        crosses: tuples of columns' names, or `FeatureSpace.cross(...)`: combinations that matter.
        crossing_dim: size of a cross that is given as a tuple, 32 by default.
        hashing_dim: size of features of type 'integer_hashed' and 'string_hashed', 32 by default.
        num_discretization_bins: bins of features of type 'float_discretized', 32 by default.
        name: of the layer.

    Raises:
        ValueError: if a type or a column is unknown, `adapt` was not called, or a feature that is not
            encoded would have to be joined.

    Example:
        >>> import cornu, numpy as np
        >>> data = {"age": np.array([20.0, 40.0]), "sport": ["tennis", "golf"]}
        >>> space = cornu.utils.FeatureSpace({"age": "float_normalized", "sport": "string_categorical"})
        >>> space.adapt(data)
        >>> space(data).tolist()
        [[-1.0, 0.0, 1.0, 0.0], [1.0, 0.0, 0.0, 1.0]]
    """

    @classmethod
    def cross(cls, feature_names: Any, crossing_dim: int, output_mode: str = "one_hot") -> Cross:
        """Columns to be crossed, into `crossing_dim` numbers, which are 'one_hot' encoded or 'int'."""
        return Cross(feature_names, crossing_dim, output_mode)

    @classmethod
    def feature(cls, dtype: str, preprocessor: Any, output_mode: str) -> Feature:
        """A column of this dtype for a layer of your own; `output_mode` 'float', 'one_hot' or 'int'."""
        return Feature(dtype, preprocessor, output_mode)

    @classmethod
    def float(cls, name: str | None = None) -> Feature:
        """Floats as they are."""
        return Feature("float32", TFDIdentity(name=_layer_name("float", name)), "float")

    @classmethod
    def float_rescaled(cls, scale: Any = 1.0, offset: Any = 0.0, name: str | None = None) -> Feature:
        """Floats times `scale` plus `offset`."""
        layer = Rescaling(scale, offset, name=_layer_name("float_rescaled", name))
        return Feature("float32", layer, "float")

    @classmethod
    def float_normalized(cls, name: str | None = None) -> Feature:
        """Floats with mean 0 and standard deviation 1."""
        layer = Normalization(axis=-1, name=_layer_name("float_normalized", name))
        return Feature("float32", layer, "float")

    @classmethod
    def float_discretized(
        cls,
        num_bins: int | None,
        bin_boundaries: Any = None,
        output_mode: str = "one_hot",
        name: str | None = None,
    ) -> Feature:
        """Floats as bins: `num_bins` learned ones, or, with None, those between `bin_boundaries`."""
        layer = Discretization(bin_boundaries, num_bins, name=_layer_name("float_discretized", name))
        return Feature("float32", layer, output_mode)

    @classmethod
    def integer_categorical(
        cls,
        max_tokens: int | None = None,
        num_oov_indices: int = 1,
        output_mode: str = "one_hot",
        name: str | None = None,
    ) -> Feature:
        """Whole numbers as categories, looked up with IntegerLookup."""
        name = _layer_name("integer_categorical", name)
        return Feature("int32", IntegerLookup(max_tokens, num_oov_indices, name=name), output_mode)

    @classmethod
    def string_categorical(
        cls,
        max_tokens: int | None = None,
        num_oov_indices: int = 1,
        output_mode: str = "one_hot",
        name: str | None = None,
    ) -> Feature:
        """Strings as categories, looked up with StringLookup."""
        name = _layer_name("string_categorical", name)
        return Feature("string", StringLookup(max_tokens, num_oov_indices, name=name), output_mode)

    @classmethod
    def string_hashed(
        cls, num_bins: int, output_mode: str = "one_hot", name: str | None = None
    ) -> Feature:
        """Strings as categories, numbered by their hash."""
        return Feature("string", Hashing(num_bins, name=_layer_name("string_hashed", name)), output_mode)

    @classmethod
    def integer_hashed(
        cls, num_bins: int, output_mode: str = "one_hot", name: str | None = None
    ) -> Feature:
        """Whole numbers as categories, numbered by their hash."""
        return Feature("int32", Hashing(num_bins, name=_layer_name("integer_hashed", name)), output_mode)

    def __init__(
        self,
        features: Mapping[str, Any],
        output_mode: str = "concat",
        crosses: Any = None,
        crossing_dim: int = 32,
        hashing_dim: int = 32,
        num_discretization_bins: int = 32,
        name: str | None = None,
    ) -> None:
        super().__init__(name=name)
        if not isinstance(features, Mapping) or not features:
            raise ValueError(
                f"FeatureSpace needs features, a dict from columns' names to their types, got "
                f'{describe(features)}. Write FeatureSpace({{"age": "float_normalized"}}).'
            )
        self.crossing_dim = crossing_dim
        self.hashing_dim = hashing_dim
        self.num_discretization_bins = num_discretization_bins
        self.output_mode = choice(self, "output_mode", output_mode, ("concat", "dict"))
        self.features = {key: self._feature(key, given) for key, given in features.items()}
        self.crosses = [self._cross(given) for given in crosses or ()]
        self.inputs = {key: Input((1,), dtype=f.dtype, name=key) for key, f in self.features.items()}
        self.preprocessors = {key: feature.preprocessor for key, feature in self.features.items()}
        self.crossers = {c.name: HashedCrossing(c.crossing_dim, name=c.name) for c in self.crosses}
        self.one_hot_encoders: dict[str, CategoryEncoding] = {}
        self.concat: TFDConcat | None = None
        self.encoded_features: Any = None
        self._adapted = False

    def _feature(self, name: str, given: Any) -> Feature:
        """The feature that a type, a configuration or a feature stands for."""
        if isinstance(given, (Feature, Mapping)):
            return deserialized(given)
        sized: dict[str, dict[str, Any]] = {
            "float_discretized": {"num_bins": self.num_discretization_bins},
            "integer_hashed": {"num_bins": self.hashing_dim},
            "string_hashed": {"num_bins": self.hashing_dim},
        }
        if given not in TYPES:
            raise ValueError(
                f'FeatureSpace: the feature "{name}" has an unknown type {describe(given)}. '
                f"{did_you_mean(str(given), TYPES)}"
            )
        return getattr(self, given)(**sized.get(given, {}), name=name)

    def _cross(self, given: Any) -> Cross:
        cross = deserialized(given)
        if not isinstance(cross, Cross):
            if isinstance(cross, str) or not self.crossing_dim:
                raise ValueError(
                    f"FeatureSpace: a cross is a tuple of columns' names and has a size, got "
                    f"{describe(given)} and crossing_dim={self.crossing_dim}. "
                    'Write crosses=[("a", "b")].'
                )
            cross = Cross(cross, self.crossing_dim)
        for key in cross.feature_names:
            if key not in self.features:
                raise ValueError(
                    f'FeatureSpace: crosses name a feature "{key}" that is not among the features. '
                    f"{did_you_mean(key, self.features)}"
                )
        return cross

    # -- learning --------------------------------------------------------------------------------

    def adapt(self, dataset: Any) -> None:
        """Lets the layers of all features learn from data.

        Args:
            dataset: a dict from columns' names to arrays or lists, or something that yields such dicts.

        Raises:
            ValueError: if a feature is missing in the data.
            TypeError: if the data are no dicts.
        """
        whole = isinstance(dataset, Mapping) or hasattr(dataset, "columns")
        if not whole and (not isinstance(dataset, Iterable) or isinstance(dataset, (str, bytes))):
            raise TypeError(
                f"FeatureSpace: adapt takes a dict of arrays, or batches of such, "
                f"got {describe(dataset)}."
            )
        names = [name for name in self.features if _is_adaptable(self.preprocessors[name])]
        columns: dict[str, list[Any]] = {name: [] for name in names}
        for batch in [dataset] if whole else dataset:
            if not isinstance(batch, Mapping) and not hasattr(batch, "columns"):
                raise TypeError(
                    "FeatureSpace: adapt takes a dict of arrays, or batches of such, but a batch is "
                    f"{describe(batch)}."
                )
            for name in names:
                column, _ = _as_column(batch[self._present(name, batch)])
                columns[name] += [column[i : i + ROWS] for i in range(0, len(column), ROWS)]
        for name in names:
            self.preprocessors[name].adapt(iter(columns[name]))
        self._adapted = True
        self.one_hot_encoders, self.concat, self.encoded_features = {}, None, None
        self.get_encoded_features()

    def _present(self, name: str, data: Any) -> str:
        if name not in data:
            raise ValueError(
                f'FeatureSpace: the data have no column "{name}". {did_you_mean(name, list(data))}'
            )
        return name

    def _check_adapted(self) -> None:
        if not self._adapted and any(map(_is_adaptable, self.preprocessors.values())):
            raise ValueError(
                f'FeatureSpace "{self.name}" has not seen data yet. Call adapt(data) first, with a '
                "dict of arrays, or batches of such."
            )
        self.built = self._warm = True

    # -- encoding --------------------------------------------------------------------------------

    def get_inputs(self) -> dict[str, KerasTensor]:
        """The inputs of a model that takes columns by name."""
        self._check_adapted()
        return self.inputs

    def get_encoded_features(self) -> Any:
        """What becomes of those inputs, for a model to go on from."""
        self._check_adapted()
        if self.encoded_features is None:
            self.encoded_features = self._encoded(self.inputs)
        return self.encoded_features

    def __call__(self, data: Any) -> Any:
        """The vectors for a dict of columns; of single values, one vector."""
        self._check_adapted()
        if not isinstance(data, Mapping) and not hasattr(data, "columns"):
            raise ValueError(
                f"FeatureSpace is called with a dict of columns, got {describe(data)}. Write "
                f"space({{{next(iter(self.features))!r}: [...], ...}})."
            )
        unknown = next((name for name in data if name not in self.features), None)
        if unknown is not None:
            raise ValueError(
                f'FeatureSpace: the data have a column "{unknown}" that is no feature. Leave it out. '
                f"{did_you_mean(str(unknown), self.features)}"
            )
        columns = {name: _as_column(data[self._present(name, data)]) for name in self.features}
        encoded = self._encoded({name: column for name, (column, _) in columns.items()})
        if not any(single for _, single in columns.values()):
            return encoded
        return jax.tree_util.tree_map(lambda vectors: vectors[0], encoded)

    def _encoded(self, columns: Mapping[str, Any]) -> Any:
        """The columns, preprocessed, crossed, encoded and joined."""
        single = {name: layer(columns[name]) for name, layer in self.preprocessors.items()}
        crossed = {
            cross.name: self.crossers[cross.name]([single[name] for name in cross.feature_names])
            for cross in self.crosses
        }
        modes = {name: feature.output_mode for name, feature in self.features.items()}
        modes |= {cross.name: cross.output_mode for cross in self.crosses}
        values = {name: single[name] for name in sorted(single)} | {
            k: crossed[k] for k in sorted(crossed)
        }
        values = {
            name: self._one_hot(name, value) if modes[name] == "one_hot" else value
            for name, value in values.items()
        }
        if self.output_mode == "dict":
            return values
        for name, value in values.items():
            if not is_float(value.dtype):
                raise ValueError(
                    f'FeatureSpace: the feature "{name}" has not been encoded (its dtype is '
                    f'{value.dtype}), so it cannot be joined with others. Take output_mode="dict", or '
                    'output_mode="one_hot" for the feature.'
                )
        self.concat = self.concat or TFDConcat(axis=-1)
        return self.concat(list(values.values()))

    def _one_hot(self, name: str, numbers: Any) -> Any:
        if name not in self.one_hot_encoders:
            if is_float(numbers.dtype):
                raise ValueError(
                    f'FeatureSpace: the feature "{name}" has output_mode="one_hot", so its layer must '
                    f'give whole numbers, but it gives {numbers.dtype}. Take output_mode="float".'
                )
            size = _cardinality(name, self.preprocessors.get(name) or self.crossers[name])
            self.one_hot_encoders[name] = CategoryEncoding(size, output_mode="multi_hot")
        return self.one_hot_encoders[name](numbers)

    # -- configuration ---------------------------------------------------------------------------

    def get_config(self) -> dict[str, Any]:
        """The constructor's arguments; what the layers learned is no part of them."""
        return {
            "features": {name: serialized(feature) for name, feature in self.features.items()},
            "output_mode": self.output_mode,
            "crosses": [serialized(cross) for cross in self.crosses],
            "crossing_dim": self.crossing_dim,
            "hashing_dim": self.hashing_dim,
            "num_discretization_bins": self.num_discretization_bins,
        }

    # -- files -----------------------------------------------------------------------------------

    def get_build_config(self) -> dict[str, Any]:
        """How the layers of the features were built."""
        return {name: layer.get_build_config() for name, layer in self.preprocessors.items()}

    def build_from_config(self, config: dict[str, Any]) -> None:
        """Builds these layers; what they learned comes from the file."""
        for name, layer in self.preprocessors.items():
            layer._restore({"build_config": config.get(name)})
        self._adapted = True

    def save_own_variables(self, store: Any) -> None:
        """Nothing: the layers of the features have what there is."""

    def load_own_variables(self, store: Any) -> None:
        """Nothing, for the same reason."""

    def save(self, filepath: Any) -> None:
        """Writes the features, and what they learned, into a file for `cornu.models.load_model`.

        Args:
            filepath: a path that ends with '.keras'.

        Raises:
            ValueError: if it ends otherwise, or there is still something to learn: call adapt first.
            OSError: if the file cannot be written; what was there before stays.
        """
        self._check_adapted()
        save_model(self, filepath)


TYPES = (
    *("float", "float_rescaled", "float_normalized", "float_discretized"),
    *("integer_categorical", "string_categorical", "integer_hashed", "string_hashed"),
)


def _layer_name(kind: str, name: str | None) -> str:
    return f"{name or auto_name(kind)}_preprocessor"


def _as_column(values: Any) -> tuple[Any, bool]:
    """An array with one value per row, in the shape (rows, 1), and whether a single value was given."""
    array = on_host(values)
    if array.dtype == "float64":
        array = array.astype("float32")
    single = array.ndim == 0
    return (array.reshape(-1, 1) if array.ndim < 2 else array), single


def _is_adaptable(layer: Any) -> bool:
    """Whether there is something for a layer to learn: it was not given what it needs to know."""
    if isinstance(layer, Normalization):
        return layer.input_mean is None
    if isinstance(layer, Discretization):
        return layer.num_bins is not None
    inner = getattr(layer, "_lookup", layer)
    return not getattr(inner, "_fixed", False) and hasattr(layer, "adapt")


def _cardinality(name: str, layer: Any) -> int:
    """How many numbers a layer gives."""
    if isinstance(layer, Lookup):
        return layer.vocabulary_size()
    if isinstance(layer, Discretization):
        return len(layer.bin_boundaries or ()) + 1
    for attribute in ("num_tokens", "num_bins"):
        if hasattr(layer, attribute):
            return int(getattr(layer, attribute))
    raise ValueError(
        f'FeatureSpace: the feature "{name}" has output_mode="one_hot", but it is not known how many '
        f'numbers {type(layer).__name__} gives. Take output_mode="int".'
    )
