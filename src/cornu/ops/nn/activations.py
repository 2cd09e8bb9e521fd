"""Activations as ops: those of `cornu.activations`, which have the formulas."""

from __future__ import annotations

import functools
from typing import Any

from cornu import activations
from cornu.core.errors import warn
from cornu.ops.op import Samplewise, along_rows, op
from cornu.ops.tensors import tensor

__all__ = [
    *("celu", "elu", "gelu", "glu", "hard_shrink", "hard_sigmoid", "hard_silu", "hard_swish"),
    *("hard_tanh", "leaky_relu", "log_sigmoid", "log_softmax", "relu", "relu6", "selu", "sigmoid"),
    *("silu", "soft_shrink", "softmax", "softplus", "softsign", "sparse_plus", "sparse_sigmoid"),
    *("sparsemax", "squareplus", "swish", "tanh_shrink", "threshold"),
]


def _along(x: Any, axis: Any = -1) -> bool:
    return along_rows(x, axis)


def _activation(function: Any, samplewise: Samplewise = True) -> Any:
    """An activation, its documentation included, as an op."""

    @functools.wraps(function)
    def row(x: Any, *args: Any, **kwargs: Any) -> Any:
        return function(tensor(x), *args, **kwargs)

    row.__module__ = __name__
    return op(samplewise=samplewise)(row)


celu = _activation(activations.celu)
elu = _activation(activations.elu)
glu = _activation(activations.glu, _along)
hard_shrink = _activation(activations.hard_shrink)
hard_sigmoid = _activation(activations.hard_sigmoid)
hard_silu = hard_swish = _activation(activations.hard_silu)
hard_tanh = _activation(activations.hard_tanh)
leaky_relu = _activation(activations.leaky_relu)
log_sigmoid = _activation(activations.log_sigmoid)
log_softmax = _activation(activations.log_softmax, _along)
relu6 = _activation(activations.relu6)
selu = _activation(activations.selu)
sigmoid = _activation(activations.sigmoid)
silu = swish = _activation(activations.silu)
soft_shrink = _activation(activations.soft_shrink)
softplus = _activation(activations.softplus)
softsign = _activation(activations.softsign)
sparse_plus = _activation(activations.sparse_plus)
sparse_sigmoid = _activation(activations.sparse_sigmoid)
sparsemax = _activation(activations.sparsemax, _along)
squareplus = _activation(activations.squareplus)
tanh_shrink = _activation(activations.tanh_shrink)
threshold = _activation(activations.threshold)


@op(samplewise=True)
def relu(x: Any) -> Any:
    """The rectified linear unit: max(x, 0).

    Args:
        x: tensor of any shape.

    >>> relu([-2, 3]).tolist()
    [0, 3]
    """
    return activations.relu(tensor(x))


@op(samplewise=True)
def gelu(x: Any, approximate: bool = True) -> Any:
    """The Gaussian error linear unit: x Φ(x), with Φ the standard normal distribution function.

    Args:
        x: tensor of any shape.
        approximate: whether Φ(x) is replaced by (1 + tanh(√(2/π) (x + 0.044715 x³))) / 2. Default:
            True.

    >>> round(gelu(1.0, approximate=False).item(), 4)
    0.8413
    """
    return activations.gelu(tensor(x), approximate)


@op(samplewise=_along)
def softmax(x: Any, axis: Any = -1) -> Any:
    """Probabilities: e^xᵢ / Σⱼ e^xⱼ along an axis. Warns if the axis has size 1.

    Args:
        x: tensor with at least one axis.
        axis: the axis, or tuple of axes, along which the results sum to 1. Default: the last.

    Raises:
        ValueError: if x is a single number.

    >>> softmax([0, 0]).tolist()
    [0.5, 0.5]
    """
    x = tensor(x)
    if isinstance(axis, int) and -x.ndim <= axis < x.ndim and x.shape[axis] == 1:
        warn(f"softmax along axis {axis} of size 1 is always 1. Of one number, take sigmoid.")
    return activations.softmax(x, axis)
