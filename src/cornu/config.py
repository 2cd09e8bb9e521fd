"""Configuration: the settings that hold for the whole process."""

from cornu.core.dtypes import floatx, set_floatx

__all__ = ["floatx", "set_floatx"]
