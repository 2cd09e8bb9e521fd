"""Convolutions: plain, transposed, of single channels."""
