"""Models: networks that can be trained."""

from cornu.core import engine

engine.start()  # before anything below imports JAX

from cornu.models.cloning import clone_model
from cornu.models.model import Model
from cornu.models.sequential import Sequential

__all__ = ["Model", "Sequential", "clone_model"]
