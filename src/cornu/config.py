"""Configuration: the settings that hold for the whole process."""

from cornu.core.dtypes import floatx, set_floatx
from cornu.core.policies import dtype_policy, set_dtype_policy

__all__ = ["dtype_policy", "floatx", "set_dtype_policy", "set_floatx"]
