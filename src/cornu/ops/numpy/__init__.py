"""The ops of NumPy's kind, as in `keras.ops.numpy`."""

from cornu.ops.numpy import elementwise, logic, reductions, statistics
from cornu.ops.numpy.elementwise import *
from cornu.ops.numpy.logic import *
from cornu.ops.numpy.reductions import *
from cornu.ops.numpy.statistics import *

__all__ = [*elementwise.__all__, *logic.__all__, *reductions.__all__, *statistics.__all__]
