"""The ops of neural networks, as in `keras.ops.nn`."""

from cornu.ops.nn import (
    activations,
    attention,
    convolution,
    encoding,
    losses,
    normalization,
    pooling,
    rearranging,
)
from cornu.ops.nn.activations import *
from cornu.ops.nn.attention import *
from cornu.ops.nn.convolution import *
from cornu.ops.nn.encoding import *
from cornu.ops.nn.losses import *
from cornu.ops.nn.normalization import *
from cornu.ops.nn.pooling import *
from cornu.ops.nn.rearranging import *

__all__ = [
    *activations.__all__,
    *attention.__all__,
    *convolution.__all__,
    *encoding.__all__,
    *losses.__all__,
    *normalization.__all__,
    *pooling.__all__,
    *rearranging.__all__,
]
