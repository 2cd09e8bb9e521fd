"""The ops of images, as in `keras.ops.image`."""

from cornu.ops.image import colors, cutting, filters, warping
from cornu.ops.image.colors import *
from cornu.ops.image.cutting import *
from cornu.ops.image.filters import *
from cornu.ops.image.warping import *

__all__ = [*colors.__all__, *cutting.__all__, *filters.__all__, *warping.__all__]
