"""Colors: gray, and hue, saturation and value."""

from cornu.ops.formulas import colors
from cornu.ops.image.images import of_formula

__all__ = ["hsv_to_rgb", "rgb_to_grayscale", "rgb_to_hsv"]

hsv_to_rgb = of_formula(colors.hsv_to_rgb, whole="refused")
rgb_to_grayscale = of_formula(colors.rgb_to_grayscale)
rgb_to_hsv = of_formula(colors.rgb_to_hsv, whole="refused")
