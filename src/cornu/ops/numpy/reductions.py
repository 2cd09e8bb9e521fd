"""One number of many, along axes."""

from __future__ import annotations

import jax.numpy as jnp

from cornu.ops.op import reduction

__all__ = ["mean"]

mean = reduction("mean", jnp.mean, "The mean of the elements along the axes.", "[1, 2]", "1.5")
