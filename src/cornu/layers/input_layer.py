"""The input: where a graph of layers begins."""

from __future__ import annotations

from typing import Any

import jax

from cornu.core.dtypes import floatx
from cornu.core.errors import show_shape
from cornu.core.symbolic import KerasTensor, Node
from cornu.layers.layer import Layer
from cornu.layers.spatial import is_whole

RAGGED = (
    "Input(ragged=True): an array has rows of one length; Keras on JAX refuses it as well. Fill the "
    'rows up with zeros, x = cornu.utils.pad_sequences(x, padding="post"), and put a Masking layer, or '
    "Embedding(..., mask_zero=True), after the input, so that the zeros do not count."
)


class InputLayer(Layer):
    """Stands where data enter a graph of layers. `Input(...)` makes one.

    Args:
        shape: shape of one sample, None for sizes that may vary.
        batch_size: size of the batch, usually left out.
        dtype: 'float32' by default; inputs are cast to it.
        batch_shape: shape with the batch axis, in place of `shape`.
        input_tensor: a symbolic tensor whose shape and dtype are taken.
        sparse: without effect: any input takes sparse matrices, and makes each batch dense.
        ragged: only False is taken.
        optional: whether None may be given for it.
        name: by which inputs may be given in a dict.

    Example:
        >>> import cornu
        >>> cornu.layers.InputLayer((8,)).output.shape
        (None, 8)
    """

    samplewise = True

    def __init__(
        self,
        shape: Any = None,
        batch_size: int | None = None,
        dtype: Any = None,
        sparse: bool | None = None,
        ragged: bool | None = None,
        batch_shape: Any = None,
        input_tensor: Any = None,
        optional: bool = False,
        name: str | None = None,
        **kwargs: Any,
    ) -> None:
        declared = kwargs.pop("input_shape", None)
        if input_tensor is not None:
            batch_shape, dtype = input_tensor.shape, dtype or input_tensor.dtype
        super().__init__(dtype=dtype or floatx(), name=name, **kwargs)
        if ragged:
            raise ValueError(RAGGED)
        self.sparse, self.optional = bool(sparse), bool(optional)
        shape = declared if shape is None else shape
        if shape is None and batch_shape is None:
            raise ValueError(
                "Input needs a shape, that of one sample without the batch axis: Input(shape=(8,))."
            )
        if isinstance(shape, int):
            raise ValueError(f"Input(shape={shape}): a shape is a tuple. Write Input(shape=({shape},)).")
        if shape is not None and batch_shape is not None:
            raise ValueError(
                f"Input takes shape={shape}, that of one sample, or batch_shape={batch_shape}, not both."
            )
        self.batch_shape = (batch_size, *shape) if batch_shape is None else tuple(batch_shape)
        if not all(size is None or (is_whole(size) and size >= 0) for size in self.batch_shape):
            raise ValueError(
                f"Input: a size is a whole number, 0 or more, or None if it varies, got "
                f"{show_shape(self.batch_shape)}."
            )
        self.built = self._warm = True
        node = Node(self, (), {})
        node.outputs = KerasTensor(self.batch_shape, self.dtype, self.name, node)
        self._nodes.append(node)

    def call(self, inputs: jax.Array) -> jax.Array:
        return inputs

    def get_config(self) -> dict[str, Any]:
        names = ("batch_shape", "dtype", "sparse", "name", "optional")
        return {"ragged": False, **{name: getattr(self, name) for name in names}}


def Input(
    shape: Any = None,
    batch_size: int | None = None,
    dtype: Any = None,
    sparse: bool | None = None,
    ragged: bool | None = None,
    batch_shape: Any = None,
    name: str | None = None,
    tensor: Any = None,
    optional: bool = False,
) -> KerasTensor:
    """A symbolic tensor that stands for the data: the start of a functional model.

    Args:
        shape: shape of one sample, None for sizes that may vary.
        batch_size: size of the batch, usually left out.
        dtype: 'float32' by default.
        batch_shape: shape with the batch axis, in place of `shape`.
        name: by which inputs may be given in a dict.
        tensor: a symbolic tensor whose shape and dtype are taken.
        sparse: without effect: any input takes sparse matrices (SciPy's, and BCOO of JAX's) in calls of
            the model, `fit`, `evaluate` and `predict`, and each batch is made dense.
        ragged: only False is taken.
        optional: whether None may be given for it: in calls of the model, `fit`, `evaluate` and
            `predict`. The layer that it goes into must take None.

    Raises:
        ValueError: if no shape is given, or it is no tuple, or `ragged` is True.

    Example:
        >>> import cornu
        >>> x = cornu.Input((8,))
        >>> cornu.Model(x, cornu.layers.Dense(1)(x)).output_shape
        (None, 1)
    """
    layer = InputLayer(
        shape, batch_size, dtype, sparse, ragged, batch_shape, tensor, optional, name=name
    )
    output: KerasTensor = layer.output
    return output


__all__ = ["Input", "InputLayer"]
