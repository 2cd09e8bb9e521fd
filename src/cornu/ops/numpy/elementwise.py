"""Arithmetic on elements: a row each."""

from __future__ import annotations

import jax.numpy as jnp

from cornu.ops.op import binary, unary

__all__ = ["absolute", "add", "cos"]

absolute = unary("absolute", jnp.absolute, "|x| of every element x.", "[-2, 3]", "[2, 3]")
cos = unary("cos", jnp.cos, "cos x of every element x, in radians.", "[0]", "[1.0]", floats=True)

add = binary("add", jnp.add, "x1 + x2, by element.", "[1, 2], 3", "[4, 5]")
