"""The ops of NumPy's kind, as in `keras.ops.numpy`."""

from cornu.ops.numpy import (
    creation,
    elementwise,
    indexing,
    joining,
    logic,
    products,
    reductions,
    shaping,
    statistics,
)
from cornu.ops.numpy.creation import *
from cornu.ops.numpy.elementwise import *
from cornu.ops.numpy.indexing import *
from cornu.ops.numpy.joining import *
from cornu.ops.numpy.logic import *
from cornu.ops.numpy.products import *
from cornu.ops.numpy.reductions import *
from cornu.ops.numpy.shaping import *
from cornu.ops.numpy.statistics import *

__all__ = [
    *creation.__all__,
    *elementwise.__all__,
    *indexing.__all__,
    *joining.__all__,
    *logic.__all__,
    *products.__all__,
    *reductions.__all__,
    *shaping.__all__,
    *statistics.__all__,
]
