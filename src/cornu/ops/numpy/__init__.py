"""The ops of NumPy's kind, as in `keras.ops.numpy`."""

from cornu.ops.numpy import elementwise, reductions
from cornu.ops.numpy.elementwise import *
from cornu.ops.numpy.reductions import *

__all__ = [*elementwise.__all__, *reductions.__all__]
