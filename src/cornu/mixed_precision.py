"""Mixed precision: computing in a short float, with weights in float32."""

from cornu.core.policies import DTypePolicy, dtype_policy, set_dtype_policy
from cornu.optimizers import LossScaleOptimizer

__all__ = [
    "DTypePolicy",
    "LossScaleOptimizer",
    "Policy",
    "dtype_policy",
    "global_policy",
    "set_dtype_policy",
    "set_global_policy",
]

# Names of Keras 2.
Policy = DTypePolicy
global_policy = dtype_policy
set_global_policy = set_dtype_policy
