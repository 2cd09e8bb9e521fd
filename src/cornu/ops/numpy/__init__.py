"""The ops of NumPy's kind, as in `keras.ops.numpy`."""

from cornu.ops.numpy import creation, elementwise, indexing, joining, products, reductions, shaping
from cornu.ops.numpy.creation import *
from cornu.ops.numpy.elementwise import *
from cornu.ops.numpy.indexing import *
from cornu.ops.numpy.joining import *
from cornu.ops.numpy.products import *
from cornu.ops.numpy.reductions import *
from cornu.ops.numpy.shaping import *

__all__ = [
    *creation.__all__,
    *elementwise.__all__,
    *indexing.__all__,
    *joining.__all__,
    *products.__all__,
    *reductions.__all__,
    *shaping.__all__,
]
