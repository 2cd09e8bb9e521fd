"""Looking inside: what a model computes, drawn and written out with its numbers."""

from __future__ import annotations

import importlib
from typing import Any

from cornu.core.errors import did_you_mean

# What there is, and where; each is imported when it is first used.
_LATER = {
    "activations": "cornu.explain.seeing.activations",
    "backprop": "cornu.explain.chain_rule",
    "boundary": "cornu.explain.plots.boundary",
    "calibration": "cornu.explain.plots.calibration",
    "confusion": "cornu.explain.plots.confusion",
    "curves": "cornu.explain.plots.curves",
    "descent": "cornu.explain.plots.descent",
    "embedding": "cornu.explain.seeing.embedding",
    "filters": "cornu.explain.seeing.filters",
    "forward": "cornu.explain.passing",
    "functions": "cornu.explain.plots.functions",
    "grad_cam": "cornu.explain.seeing.grad_cam",
    "gradient_check": "cornu.explain.checking",
    "graph": "cornu.explain.graphs",
    "health": "cornu.explain.checkup.health",
    "integrated_gradients": "cornu.explain.seeing.integrated_gradients",
    "learning_rates": "cornu.explain.plots.rates",
    "loss_surface": "cornu.explain.plots.loss_surface",
    "misclassified": "cornu.explain.plots.misclassified",
    "occlusion": "cornu.explain.seeing.occlusion",
    "overfitting": "cornu.explain.plots.overfitting",
    "Picture": "cornu.explain.drawing",
    "WeightPath": "cornu.explain.plots.weight_path",
}
__all__ = [*_LATER]


def __getattr__(name: str) -> Any:
    if name in _LATER:
        value = getattr(importlib.import_module(_LATER[name]), name)
        globals()[name] = value
        return value
    raise AttributeError(f"cornu.explain has no {name!r}. {did_you_mean(name, __all__)}")


def __dir__() -> list[str]:
    return __all__
