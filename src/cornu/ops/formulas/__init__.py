"""Operations whose best formulation depends on shape and device; all others are JAX's own."""
