"""Models: networks that can be trained."""

from cornu.models.cloning import clone_model
from cornu.models.model import Model
from cornu.models.sequential import Sequential

__all__ = ["Model", "Sequential", "clone_model"]
