"""Plots: curves, maps and images of what a model does, drawn by matplotlib."""

from cornu.explain.plots.plot import Plot

__all__ = ["Plot"]
