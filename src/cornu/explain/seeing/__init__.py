"""Seeing: what layers give for an input, what an image model looks at, and where vectors lie."""
